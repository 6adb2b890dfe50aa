# SPDX-License-Identifier: Apache-2.0
"""A private Sendmail, and a clinic that uses it. What is special about it comes from contrib/sendmail, read from there;
only ports and paths are replaced."""
import os
import re
import subprocess
import sys

from . import people
from .clinic import Clinic
from .judge import field_name, split
from .keys import run
from .place import Isolation
from .postfix import contrib
from .wait import wait_until

SKIPPED = 77

# What a site has in its own sendmail.mc. `relay` is the mailer for the partners whose mail host listens on another port.
SITE = """divert(0)dnl
OSTYPE(`linux')dnl
define(`MAIL_SETTINGS_DIR', `{folder}/')dnl
define(`QUEUE_DIR', `{folder}/queue')dnl
define(`ALIAS_FILE', `{folder}/aliases')dnl
define(`STATUS_FILE', `{folder}/statistics')dnl
define(`HELP_FILE', `')dnl
define(`confPID_FILE', `{folder}/sendmail.pid')dnl
define(`confSERVICE_SWITCH_FILE', `{folder}/service.switch')dnl
define(`confDOMAIN_NAME', `mx.clinic.example')dnl
define(`confTO_IDENT', `0s')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
define(`ESMTP_MAILER_ARGS', `TCP $h {outside}')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {outside_tls}')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`mailertable')dnl
FEATURE(`virtusertable')dnl
VIRTUSER_DOMAIN(`clinic.example')dnl
"""


class Sendmail:
    """One Sendmail with all three listeners. Its folder is called `main`, as the queue of the other mail server is:
    what lies there is the mail server's."""

    def __init__(self, place, ports, milter_socket, ca_file, mailers):
        """`mailers`: domain -> `esmtp` (the plain sink) or `relay` (the one with TLS)."""
        self.place = place
        self._root = os.path.join(place.debian, "sendmail-bin")
        self.folder = place.folder("main")
        self.queue = place.folder("main/queue", 0o700)
        self._trace = place.path("main", "trace")
        self._process = None
        self._environment = {"LD_LIBRARY_PATH": self._library_folder()}
        self._make_configuration(ports, milter_socket, ca_file)
        self._make_maps(mailers)

    def _library_folder(self):
        for folder, _, files in os.walk(os.path.join(self.place.debian, "libwrap0", "usr", "lib")):
            if any(name.startswith("libwrap.so") for name in files):
                return folder
        raise AssertionError("no libwrap")

    def _program(self, name):
        """A copy: the original is setgid, and then the loader looks for no private library."""
        copy = self.place.path("main", "programs", name)
        if not os.path.exists(copy):
            with open(os.path.join(self._root, "usr/libexec/sendmail", name), "rb") as file:
                self.place.write(f"main/programs/{name}", file.read(), 0o755)
        return copy

    def _run(self, program, *arguments, stdin=b""):
        result = subprocess.run([program, *arguments], input=stdin, capture_output=True, timeout=60, cwd=self.folder,
                                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **self._environment})
        if result.returncode != 0:
            raise AssertionError(f"{program} {' '.join(arguments)}: {result.stderr.decode()}{result.stdout.decode()[-500:]}")
        return result.stdout

    def _make_maps(self, mailers):
        self.place.write("main/service.switch", "hosts files\naliases files\n")
        maps = {"mailertable": "".join(f"{domain} {mailer}:{domain}\n" for domain, mailer in mailers.items()),
                "access": "", "aliases": "@ @\n", "virtusertable": ""}
        for name, content in maps.items():
            self.write_map(name, content)

    def write_map(self, name, content):
        """Its path, without the .db that makemap gives it."""
        path = self.place.path("main", name)
        self._run(self._program("makemap"), "-C", self.configuration, "hash", path, stdin=content.encode())
        return path

    def makemap_for_others(self):
        """A makemap that can be called with an empty environment."""
        words = "".join(f"export {name}={value}\n" for name, value in self._environment.items())
        return self.place.write("makemap", f'#!/bin/sh\n{words}exec {self._program("makemap")} -C {self.configuration} "$@"\n',
                                0o755)

    def _authorities(self, ca_file):
        """A folder of certificates under the names of their hashes, as /etc/ssl/certs is."""
        with open(ca_file, "rb") as file:
            self.place.write("main/authorities/ca.pem", file.read())
        run(["openssl", "rehash", self.place.path("main", "authorities")])
        return self.place.path("main", "authorities")

    def _make_configuration(self, ports, milter_socket, ca_file):
        site = SITE.format(folder=self.folder, outside=ports["outside"], outside_tls=ports["outside_tls"])
        lines = contrib("phimilter.mc", {
            "Port=10025": f"Port={ports['filtered']}", "Port=10026": f"Port={ports['reentry']}",
            "Port=10027": f"Port={ports['secure']}", "/run/phimilter/milter.sock": milter_socket,
            "/etc/ssl/certs/ca-certificates.crt": ca_file, "/etc/ssl/certs": self._authorities(ca_file)}, "sendmail")
        source = self.place.write("main/sendmail.mc", site + lines)
        macros = os.path.join(self.place.debian, "sendmail-cf/usr/share/sendmail/cf/")
        self.configuration = self.place.write(
            "main/sendmail.cf", self._run("m4", f"-D_CF_DIR_={macros}", f"{macros}m4/cf.m4", source))

    def start(self):
        self._process = self.place.start(
            "sendmail", [self._program("sendmail"), "-C", self.configuration, "-X", self._trace, "-bD"],
            environment=self._environment, cwd=self.folder)
        wait_until(lambda: os.path.exists(os.path.join(self.folder, "sendmail.pid")) or not self._process.running(),
                   "Sendmail to start", 20)
        if not self._process.running():
            raise AssertionError(f"Sendmail did not start:\n{self._process.log_text()}")
        return self

    def log_text(self):
        """Every word spoken over SMTP, with everybody."""
        if not os.path.exists(self._trace):
            return ""
        with open(self._trace, encoding="latin-1") as file:
            return file.read()

    def queued(self):
        """Ids of the messages in the queue."""
        return sorted({name[2:] for name in os.listdir(self.queue) if name[:2] in ("qf", "df")})

    def reasons(self):
        """{id: why it is still in the queue}; a message that is under way for the first time has no reason yet."""
        found = {}
        for identity in self.queued():
            try:
                with open(os.path.join(self.queue, "qf" + identity), encoding="latin-1") as file:
                    match = re.search(r"(?m)^M(.*)$", file.read())
            except FileNotFoundError:
                match = None
            found[identity] = match.group(1) if match else ""
        return found

    def deferred(self):
        """Ids of the messages that were tried and wait."""
        return [identity for identity, reason in self.reasons().items() if reason]

    def flush(self):
        """One run through the queue, to its end."""
        self._run(self._program("sendmail"), "-C", self.configuration, "-X", self._trace, "-q")


def _what_is_missing():
    """Why Sendmail cannot run on this machine, or None."""
    if not Isolation.mounts:
        return "Sendmail needs host names for the sinks, and nothing may be mounted here"
    if not os.path.exists("/etc/hosts"):
        return "Sendmail needs host names for the sinks, and there is no /etc/hosts to mount them on"
    if os.stat("/run").st_mode & 0o002:
        return "everybody may write to /run here, and Sendmail refuses a milter socket below such a folder"
    return None


class SendmailClinic(Clinic):
    """The clinic with Sendmail, which is the main and the secure mail server in one."""

    def __init__(self, place, milter_socket=None):
        reason = _what_is_missing()
        if reason:
            print(f"skipped: {reason}")
            sys.exit(SKIPPED)
        super().__init__(place, milter_socket=milter_socket)

    def _make_mail_servers(self, socket):
        domains = sorted({people.domain(person.address) for person in people.EVERYBODY})
        hosts = self.place.write("main/hosts", "127.0.0.1 localhost\n127.0.0.1 mx.clinic.example\n"
                                 + "".join(f"127.0.0.1 {domain}\n" for domain in domains))
        subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
        mailers = {domain: "relay" if domain == people.domain(people.HOSPITAL.address) else "esmtp"
                   for domain in domains}
        self.main = self.secure = Sendmail(self.place, self.ports, socket.removeprefix("unix:"), self.ca.certificate,
                                           mailers)

    def as_carried(self, message):
        """Sendmail breaks lists of addresses into lines of its own."""
        fields, body = split(message)
        fields = [re.sub(rb"\r\n[ \t]+", b" ", field) if field_name(field) in ("to", "cc") else field
                  for field in fields]
        return b"".join(fields) + b"\r\n" + body

    def wait_quiet(self, seconds=60):
        """No message in the queue, but those that wait for TLS."""
        wait_until(lambda: all("403 4.7.0" in reason for reason in self.main.reasons().values()),
                   lambda: f"the queue to rest; in it: {self.main.reasons()}", seconds)
