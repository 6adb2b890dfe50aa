# SPDX-License-Identifier: Apache-2.0
"""Every setting of the table stands in the manual and in the sample file, and nothing else does."""
import re

import tree

TABLE = "base/settings_table.cc"
MANUAL = "docs/man/phimilter.toml.5"
SAMPLE = "packaging/phimilter.toml.in"

_ENTRY = re.compile(r'Setting\{\s*"(\w+)",\s*"(\w+)",\s*&Settings::(\w+),\s*"([^"]*)"')


def table(root):
    """{section.name: default}, in order."""
    return {f"{section}.{name}": default for section, name, _, default in _ENTRY.findall(tree.read(root, TABLE))}


def manual(root):
    """{section.name: the default that the manual says}"""
    found, section = {}, None
    lines = tree.read(root, MANUAL).splitlines()
    for number, line in enumerate(lines):
        if match := re.match(r"\.SS \[(\w+)\]$", line):
            section = match.group(1)
        elif match := re.match(r"\.B (\w+)$", line):
            if section and number and lines[number - 1] == ".TP":
                entry = " ".join(lines[number + 1:number + 12]).split(".TP")[0].split(".SS")[0]
                said = re.search(r"Default: (?:\\fB(.*?)\\fR|(none))", entry)
                default = (said.group(1) or "") if said else None
                found[f"{section}.{match.group(1)}"] = None if default is None else default.replace(r"\-", "-")
    return found


def sample(root):
    """{section.name: its value where it is commented out as the default, else None}"""
    found, section, example = {}, None, False
    for line in tree.read(root, SAMPLE).splitlines():
        if match := re.match(r"#?\[([\w.\"]+)\]$", line):
            section = match.group(1)
        elif (match := re.match(r"(#?)(\w+) = (.*)", line)) and not section.startswith("brand"):
            is_default = match.group(1) and not example
            found[f"{section}.{match.group(2)}"] = match.group(3).strip('"[]') if is_default else None
        example = line == "# for example:"
    return found


def complaints(root):
    settings, described, shown = table(root), manual(root), sample(root)
    out = []
    if not settings:
        return [f"{TABLE}: no settings found; has the table changed its form?"]
    for name, default in settings.items():
        if name not in described:
            out.append(f"{MANUAL}: does not describe {name}")
        elif described[name] != default:
            out.append(f"{MANUAL}: says that the default of {name} is {described[name]!r}; the table says {default!r}")
        if name not in shown:
            out.append(f"{SAMPLE}: does not show {name}")
        elif shown[name] not in (None, default):
            out.append(f"{SAMPLE}: shows {name} commented out as {shown[name]!r}, which is not its default {default!r}; "
                       "write '# for example:' above it")
    out += [f"{MANUAL}: describes {name}, which is no setting" for name in described if name not in settings]
    out += [f"{SAMPLE}: shows {name}, which is no setting" for name in sorted(shown) if name not in settings]
    return out
