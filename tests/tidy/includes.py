# SPDX-License-Identifier: Apache-2.0
"""Includes go only downwards, and vendor headers stay in the .cc files of the rooms that may have them."""
import re

import tree

# The message's way. A room may include from itself and from the rooms before it.
ROOMS = ["base", "mail", "extract", "policy", "protect", "escrow", "audit", "delivery"]
# Programs may include from every room, and never from each other.
PROGRAMS = ["milter", "portal", "phictl"]

VENDORS = {
    "OpenSSL": r"openssl/", "spdlog": r"(spdlog|fmt)/", "toml++": r"toml\+\+/", "systemd": r"systemd/",
    "GMime": r"(gmime|glib)[/.-]?", "gumbo": r"gumbo\.h", "ICU": r"unicode/", "seccomp": r"seccomp\.h", "RE2": r"re2/",
    "GPGME": r"gpgme", "RNP": r"rnp/", "argon2": r"argon2\.h", "nlohmann": r"nlohmann/", "hiredis": r"hiredis/",
    "libarchive": r"archive(_entry)?\.h", "pugixml": r"pugixml\.hpp", "zlib": r"zlib\.h", "libmilter": r"libmilter/", "RESTinio": r"(restinio|asio|http_parser)", "CLI11": r"CLI/",
    "unbound": r"unbound\.h", "curl": r"curl/", "LDAP": r"ldap\.h", "qrencode": r"qrencode\.h",
}

ALLOWED = {
    "base": {"spdlog", "toml++", "OpenSSL", "systemd"},  # OpenSSL for digests and wiping
    "mail": set(),
    "extract": {"GMime", "gumbo", "ICU", "seccomp", "OpenSSL", "libarchive", "pugixml", "zlib"},
    "policy": {"RE2", "ICU"},
    "protect": {"GPGME", "RNP", "OpenSSL", "unbound", "curl", "LDAP"},
    "escrow": {"OpenSSL", "argon2", "nlohmann", "ICU"},  # ICU to compare answers whatever their case
    "audit": {"hiredis", "nlohmann"},
    "delivery": set(),
    "milter": {"libmilter", "systemd"},
    "portal": {"RESTinio", "GMime", "gumbo", "systemd", "nlohmann", "OpenSSL", "qrencode", "ICU"},  # OpenSSL for TLS and one-time passwords, ICU for the zones of calendars
    "phictl": {"CLI11", "nlohmann", "OpenSSL"},  # OpenSSL to look at certificates and their keys
}

# The Result type is made of it, so every room sees it: base/result.h alone names it.
EVERYWHERE = {"base/result.h": "tl/expected.hpp"}

_SYSTEM = re.compile(r"^(sys|netinet|arpa|net|linux)/\w+\.h$|^(unistd|fcntl|poll|grp|pwd|signal|spawn|sched|netdb|ifaddrs|dirent"
                     r"|syslog|termios|fnmatch|glob|dlfcn|getopt|iconv|pthread|setjmp|string|time|errno|locale|langinfo|malloc|elf|sysexits|emmintrin)\.h$")
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def _includes(root, path):
    text = tree.read(root, path)
    for match in _INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match.group(1), match.group(2)


def _room_files(root):
    for path in tree.files(root, ".h", ".cc", ".in"):
        room = path.split("/")[0]
        if room in ROOMS or room in PROGRAMS:
            yield room, path


def _may_include(room, other):
    if room == other:
        return True
    if other in PROGRAMS:
        return False
    return room in PROGRAMS or ROOMS.index(other) < ROOMS.index(room)


def direction(root):
    out = []
    for room, path in _room_files(root):
        for line, _, name in _includes(root, path):
            other = name.split("/")[0]
            if "/" not in name or other not in ROOMS + PROGRAMS or _may_include(room, other):
                continue
            if other in PROGRAMS:
                rule = f"{other}/ is a program, and nobody includes from a program but itself"
            else:
                rule = f"{other}/ comes after {room}/ on the message's way ({', '.join(ROOMS)}), and a file includes " \
                       "only from rooms before its own"
            out.append(f'{path}:{line}: includes "{name}": {rule}')
    return out


def _vendor_of(name):
    return next((vendor for vendor, pattern in VENDORS.items() if re.match(pattern, name)), None)


def _includers(root):
    """{header: the files that include it}"""
    found = {}
    for path in tree.files(root, ".h", ".cc", ".in"):
        for _, mark, name in _includes(root, path):
            if mark == '"':
                found.setdefault(name, []).append(path)
    return found


def _is_private(path, includers):
    """A header that only .cc files of its own room and their tests come to see is as good as a part of them."""
    room, seen, waiting = path.split("/")[0], set(), [path]
    while waiting:
        for other in includers.get(waiting.pop(), []):
            if not other.startswith((f"{room}/", "tests/")):
                return False
            if other.endswith(".h") and other not in seen:
                seen.add(other)
                waiting.append(other)
    return True


def vendors(root):
    out, includers = [], _includers(root)
    for room, path in _room_files(root):
        for line, _, name in _includes(root, path):
            vendor = _vendor_of(name)
            if vendor and path.endswith(".h") and not _is_private(path, includers):
                out.append(f"{path}:{line}: includes <{name}>: headers of {vendor} stay in .cc files, and in headers that "
                           "only .cc files of the same room include, so that nobody else comes to need them")
            elif vendor and vendor not in ALLOWED[room]:
                may = ", ".join(sorted(ALLOWED[room])) or "no vendor at all"
                out.append(f"{path}:{line}: includes <{name}>: {room}/ may not use {vendor}; it may use {may} "
                           "(the table stands in tests/tidy/includes.py)")
    return out


def unknown(root):
    out = []
    for _, path in _room_files(root):
        for line, mark, name in _includes(root, path):
            standard = "/" not in name and "." not in name
            if mark == '"' or standard or _SYSTEM.match(name) or _vendor_of(name) or EVERYWHERE.get(path) == name:
                continue
            out.append(f"{path}:{line}: includes <{name}>, which no table of tests/tidy/includes.py knows; if it is a "
                       "vendor's, say there which room may have it")
    return out


def complaints(root):
    return direction(root) + vendors(root) + unknown(root)
