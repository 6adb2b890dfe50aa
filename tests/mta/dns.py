# SPDX-License-Identifier: Apache-2.0
"""A DNS of our own: zones signed by ldns, served and validated by unbound on an address of its own."""
import os
import random

from .keys import run
from .place import Isolation
from .wait import wait_until


def own_network():
    """The first three bytes of loopback addresses that nobody else uses."""
    return f"127.{random.randrange(1, 255)}.{random.randrange(1, 255)}"


class NameServer:
    def __init__(self, place, address):
        self.place, self.address = place, address
        self.folder = place.folder("dns", 0o755)
        self._zones, self._anchors = {}, []
        self._libraries = ":".join(os.path.join(place.debian, package, "usr/lib/x86_64-linux-gnu")
                                   for package in ("libldns3", "libprotobuf-c1"))

    def _file(self, name):
        return os.path.join(self.folder, name)

    def _ldns(self, program, *arguments):
        path = os.path.join(self.place.debian, "ldnsutils/usr/bin", program)
        return run(["env", f"LD_LIBRARY_PATH={self._libraries}", path, *arguments], cwd=self.folder)[0].decode()

    def add_zone(self, name, records, signed=False, tamper=None):
        """`records`: lines of a zone file below the SOA. `tamper`: (old, new) in the signed zone."""
        text = (f"$ORIGIN {name}.\n$TTL 60\n@ IN SOA ns hostmaster 1 3600 600 86400 60\n@ IN NS ns\n"
                f"ns IN A {self.address}\n" + "".join(f"{line}\n" for line in records))
        path = self.place.write(f"dns/{name}.zone", text)
        if signed:
            key = self._ldns("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", name).strip()
            self._ldns("ldns-signzone", path, key)
            path += ".signed"
            with open(self._file(f"{key}.ds"), encoding="ascii") as file:
                self._anchors.append(file.read())
        if tamper:
            with open(path, encoding="ascii") as file:
                text = file.read()
            if tamper[0] not in text:
                raise AssertionError(f"'{tamper[0]}' is not in {path}")
            self.place.write(f"dns/{os.path.basename(path)}", text.replace(*tamper))
        self._zones[name] = path

    @property
    def anchors(self):
        return self._file("anchors")

    def start(self):
        self.place.write("dns/anchors", "".join(self._anchors))
        zones = "".join(f'auth-zone:\n  name: "{name}."\n  zonefile: "{path}"\n  for-downstream: no\n'
                        "  for-upstream: yes\n  fallback-enabled: no\n" for name, path in self._zones.items())
        config = self.place.write("dns/unbound.conf", f"""server:
  interface: {self.address}
  port: 53
  do-daemonize: no
  chroot: ""
  username: ""
  directory: "{self.folder}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  verbosity: 1
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  root-hints: ""
  trust-anchor-file: "{self.anchors}"
  module-config: "validator iterator"
remote-control:
  control-enable: no
{zones}""")
        program = os.path.join(self.place.debian, "unbound/usr/sbin/unbound")
        process = self.place.start("unbound", [program, "-c", config], environment={"LD_LIBRARY_PATH": self._libraries})
        wait_until(lambda: "start of service" in process.log_text() or not process.running(), "unbound to start", 20)
        if not process.running():
            raise AssertionError(f"unbound did not start:\n{process.log_text()}")
        return self

    def become_the_resolver(self):
        """Of everything that this run starts; seen by nobody else. False where mounting is not allowed."""
        file = self.place.write("dns/resolv.conf", f"nameserver {self.address}\noptions edns0 trust-ad\n")
        if not Isolation.mounts:
            return False
        run(["mount", "--bind", file, os.path.realpath("/etc/resolv.conf")])
        return True

    def answer(self, name, kind):
        """(status flags line, answer lines) as ldns' drill sees them."""
        return self._ldns("drill", "-D", f"@{self.address}", name, kind)


def tlsa_of(certificate):
    """The data of a TLSA record, DANE-EE with SHA-256 of the public key, by openssl."""
    key = run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"])[0]
    der = run(["openssl", "pkey", "-pubin", "-outform", "DER"], stdin=key)[0]
    digest = run(["openssl", "dgst", "-sha256", "-r"], stdin=der)[0].decode().split()[0]
    return f"3 1 1 {digest}"
