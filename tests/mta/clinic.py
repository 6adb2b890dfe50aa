# SPDX-License-Identifier: Apache-2.0
"""A whole clinic: Redis, two Postfix instances, phimilter, the portal, and the world outside."""
import concurrent.futures
import json
import os
import shutil
import signal
import subprocess

from . import people
from .keys import Authority, KeyRing
from .place import FILTER_UID, PORTAL_UID, SHARED_GID
from .postfix import OWNER_GID, REPOSITORY, main_instance, secure_instance
from .redis import Redis
from .sink import Sink
from .submit import submit
from .wait import wait_until

STREAM = "phimilter:decisions"


class Clinic:
    more_domains = ()   # whose clear mail goes to the sink, too

    def __init__(self, place, filtered=True, milter_socket=None):
        """`milter_socket`: what Postfix connects to, when it is not the filter itself."""
        self.place = place
        self.ports = {name: place.free_port() for name in
                      ("filtered", "reentry", "secure", "outside", "outside_tls", "portal", "portal_http")}
        self._make_keys()
        self.sink = Sink()
        self.sink.listen("outside", self.ports["outside"])
        self.sink.listen("outside-tls", self.ports["outside_tls"], *self.hospital_server)
        self.redis = Redis(place)
        self.milter_socket = place.path("milter", "milter.sock")
        self.tls_socket = place.path("milter", "tls.sock")
        self._make_mail_servers(f"unix:{milter_socket or self.milter_socket}" if filtered else None)
        self._make_folders()
        self.settings_file = self.write_settings()
        self.filter = self.portal = None

    # Keys

    def _make_keys(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            rings = {person.address: pool.submit(self._make_ring, person) for person in people.EVERYBODY
                     if "pgp" in person.has}
            self.ca = Authority(self.place)
            self.partner_pair = self.ca.mail("partner", people.PARTNER.name, people.PARTNER.address)
            self.organisation_pair = self.ca.mail("organisation", people.CLINIC, people.LAB.address)
            self.hospital_server = self.ca.server("hospital", "DNS:hospital.example,DNS:oldmill.example")
            self.portal_server = self.ca.server("portal", "IP:127.0.0.1,DNS:localhost")
            self.rings = {address: ring.result() for address, ring in rings.items()}

    def _make_ring(self, person):
        ring = KeyRing(self.place, person.address.partition("@")[0].replace(".", "-"))
        if person.has.startswith("expired"):
            return ring.create(person.name, person.address, "30d", "20200301T120000")
        return ring.create(person.name, person.address)

    # Mail servers

    def _make_mail_servers(self, socket):
        outside = ("127.0.0.1", self.ports["outside"])
        outside_tls = ("127.0.0.1", self.ports["outside_tls"])
        domains = {people.domain(person.address) for person in people.EVERYBODY} | set(self.more_domains)
        self.main = main_instance(self.place, self.ports, socket, {domain: outside for domain in domains})
        # The same partner twice: one whose mail host offers TLS, one whose does not.
        self.secure = secure_instance(
            self.place, self.ports, self.ca.certificate,
            {"hospital.example": outside_tls, "oldmill.example": outside},
            {f"[{host}]:{port}": "secure match=hospital.example:oldmill.example"
             for host, port in (outside, outside_tls)},
            self.tls_socket if socket else None)

    # phimilter

    def _make_folders(self):
        place = self.place
        place.folder("milter", 0o750, FILTER_UID, OWNER_GID)
        for name in ("spool", "journal", "phictl-journal", "gnupg", "keybook", "batches"):
            place.folder(name, 0o700, FILTER_UID, SHARED_GID)
        place.folder("escrow", 0o2770, FILTER_UID, SHARED_GID)
        for name in ("portal", "portal/journal"):
            place.folder(name, 0o700, PORTAL_UID, SHARED_GID)
        place.folder("secrets", 0o755)
        self.certificates = place.folder("certificates", 0o755)
        shutil.copy(self.partner_pair[0], os.path.join(self.certificates, "north-pathology.pem"))
        for kind in ("packs", "lexicons"):
            source = os.path.join(REPOSITORY, "policy", kind)
            if os.path.isdir(source):
                shutil.copytree(source, place.path("policy", kind), dirs_exist_ok=True)
        self.write_site_policy()
        place.write("secrets/organisation.key", _read(self.organisation_pair[1]), 0o600, FILTER_UID, SHARED_GID)
        place.write("secrets/portal-tls.key", _read(self.portal_server[1]), 0o600, PORTAL_UID, SHARED_GID)

    def default_settings(self):
        path, programs = self.place.path, self.place.programs or "/nowhere"
        return {
            "organisation": {"name": people.CLINIC, "phone": people.CLINIC_PHONE,
                             "domains": [people.CLINIC_DOMAIN], "time_zone": people.TIME_ZONE},
            "milter": {"socket": f"unix:{self.milter_socket}", "socket_group": "uucp", "spool": path("spool"),
                       "trusted_clients": ["127.0.0.1"], "reentry_listeners": ["REENTRY", "SECURE"]},
            "reentry": {"listener": f"inet:127.0.0.1:{self.ports['reentry']}",
                        "secure_listener": f"inet:127.0.0.1:{self.ports['secure']}"},
            "extract": {"program": f"{programs}/phimilter-extract"},
            "policy": {"files": [path("policy/packs/hipaa.toml"), path("policy/site.toml")]},
            "pgp": {"home": path("gnupg"), "program": f"{programs}/phimilter-gpg"},
            "smime": {"certificates": self.certificates, "ca_file": self.ca.certificate,
                      "sign_certificate": self.organisation_pair[0], "sign_key": path("secrets/organisation.key")},
            "keys": {"folder": path("keybook")},
            "tls": {"domains": list(people.TLS_DOMAINS), "policy_socket": f"unix:{self.tls_socket}"},
            "escrow": {"folder": path("escrow"), "public_key": path("secrets/portal.pub"),
                       "link_key": path("secrets/link.key")},
            "portal": {"url": f"https://127.0.0.1:{self.ports['portal']}",
                       "https": f"inet:127.0.0.1:{self.ports['portal']}",
                       "http": f"inet:127.0.0.1:{self.ports['portal_http']}",
                       "certificate": self.portal_server[0], "certificate_key": path("secrets/portal-tls.key"),
                       "private_key": path("secrets/portal.key"), "pepper": path("secrets/pepper.key"),
                       "state": path("portal"), "sender": f"no-reply@{people.CLINIC_DOMAIN}",
                       "submission": f"inet:127.0.0.1:{self.ports['filtered']}"},
            "audit": {"journal": path("journal"), "portal_journal": path("portal/journal"),
                      "phictl_journal": path("phictl-journal"),
                      "redis": f"unix:{self.redis.socket}", "stream": STREAM},
            "mta": {},
            "tracking": {},
            "batch": {"folder": path("batches")},
            "hold": {"listener": f"inet:127.0.0.1:{self.ports['filtered']}"},
            "log": {"level": "info", "target": "stderr"},
        }

    def write_settings(self, changes=None):
        """`changes`: {"section.name": value}; None as a value leaves the setting out."""
        settings = self.default_settings()
        for key, value in (changes or {}).items():
            section, _, name = key.partition(".")
            settings.setdefault(section, {})[name] = value
        lines = []
        for section, values in settings.items():
            lines.append(f"[{section}]")
            lines += [f"{name} = {_toml(value)}" for name, value in values.items() if value is not None]
        return self.place.write("phimilter.toml", "\n".join(lines) + "\n")

    def start(self, programs=True):
        self.redis.start()
        for server in dict.fromkeys((self.main, self.secure)):
            server.start()
        if programs:
            self.make_secrets()
            self.start_filter()
            self.start_portal()
        return self

    def make_secrets(self):
        self.phictl("setup", "keys", "--filter-user", str(FILTER_UID), "--portal-user", str(PORTAL_UID))
        owners = {"portal.key": PORTAL_UID, "pepper.key": PORTAL_UID, "link.key": FILTER_UID}
        for name, uid in owners.items():
            os.chown(self.place.path("secrets", name), uid, SHARED_GID)
        os.chmod(self.place.path("secrets", "portal.pub"), 0o644)
        for address, ring in self.rings.items():
            file = self.place.write(f"keys/{address}.asc", ring.public_key())
            self.phictl("keys", "import", file, uid=FILTER_UID)

    def start_filter(self):
        self.filter = self.place.start(
            "phimilter", [self.program("phimilter"), "--settings", self.settings_file],
            uid=FILTER_UID, gid=SHARED_GID, groups=(OWNER_GID,))
        self._await_start(self.filter)

    def start_portal(self):
        self.portal = self.place.start("portal", [self.program("phimilter-portal"), "--settings", self.settings_file],
                                       uid=PORTAL_UID, gid=SHARED_GID)
        self._await_start(self.portal)

    def _await_start(self, process):
        def last_run():
            return " started" in process.log_text()[process.log_start:] or not process.running()
        wait_until(last_run, lambda: f"{process.name} to start:\n{process.log_text()[process.log_start:]}", 60)
        if not process.running():
            raise AssertionError(f"{process.name} ended with {process.exit_code}:\n"
                                 + process.log_text()[process.log_start:])

    def program(self, name):
        return os.path.join(self.place.programs, name)

    def phictl(self, *arguments, uid=0, stdin=None, ok=(0,)):
        """What phictl prints. Runs as the user that owns the data."""
        command = ["setpriv", f"--reuid={uid}", f"--regid={SHARED_GID if uid else 0}", "--clear-groups",
                   self.program("phictl"), "--settings", self.settings_file, *arguments]
        result = subprocess.run(command, input=stdin, capture_output=True, timeout=120, cwd=self.place.root,
                                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
                                     "HOME": self.place.root})
        if result.returncode not in ok:
            raise AssertionError(f"phictl {' '.join(arguments)} ended with {result.returncode}: "
                                 f"{result.stdout.decode(errors='replace')}{result.stderr.decode(errors='replace')}")
        return result.stdout.decode(errors="replace")

    # Mail

    def submit(self, sender, recipients, message, mail_arguments="", recipient_arguments=None):
        return submit(self.ports["filtered"], sender, recipients, message, mail_arguments, recipient_arguments)

    def wait_copies(self, recipient, count=1, seconds=60):
        """The copies that reached somebody, once there are `count`."""
        return wait_until(lambda: len(self.sink.deliveries(recipient)) >= count and self.sink.deliveries(recipient),
                          lambda: f"{count} copies for {recipient}; there are "
                                  f"{len(self.sink.deliveries(recipient))}\n{self.main.log_text()[-1500:]}", seconds)

    def as_carried(self, message):
        """A clear message without the liberties that the mail server takes with it."""
        return message

    def wait_quiet(self, seconds=60):
        """No message on its way in the main instance; in the secure one, none that is not waiting for TLS."""
        self.main.wait_empty(seconds)
        wait_until(lambda: not self.secure.queued("maildrop", "incoming", "active"), "the secure queue to rest",
                   seconds)
        self.main.wait_empty(seconds)

    def stream(self):
        return self.redis.entries(STREAM)

    def records(self):
        """The decision records in Redis, in order, as docs/decision-record.md describes them."""
        return [json.loads(fields["record"]) for _, fields in self.stream()]

    def wait_record(self, reply, event="completed", seconds=60):
        """The record of the message that this reply took; it comes behind the mail."""
        return wait_until(lambda: next((one for one in self.records() if one["event"] == event and one["queue_id"]
                                        and one["queue_id"] in reply.text), None),
                          f"a record '{event}' of what was answered {reply.text}", seconds)

    def restart(self, changes=None):
        """The programs again, with changed settings."""
        for process in (self.portal, self.filter):
            process.stop()
        self.write_settings(changes)
        self.start_filter()
        self.start_portal()

    def write_site_policy(self, content="", name="site"):
        return self.place.write(f"policy/{name}.toml", f'format = 1\nname = "{name}"\n{content}')

    def change_site_policy(self, content=""):
        """And the running filter has it."""
        seen = self.filter.log_text().count("policy_loaded")
        self.write_site_policy(content)
        os.kill(self.filter.pid, signal.SIGUSR1)
        wait_until(lambda: self.filter.log_text().count("policy_loaded") > seen, "the other policy")

    def case_values(self):
        """Paths that cases may name, and what no case file can hold as it is."""
        return {"cr": "\r", "forty-kilobytes-of-header": "\n".join(
                    f"X-Long-{number}: {'a' * 900}" for number in range(45)),
                "packs": self.place.path("policy/packs"),
                "scope-all": self.write_site_policy('[scope]\ndefault = "all"\n', "everything"),
                "scope-monitor": self.write_site_policy('[scope]\ndefault = "monitor"\n', "watching"),
                "marks": self.write_site_policy(
                    '[[mark]]\nid = "plain"\nsubject = "[plain]"\naction = "opt_out"\nlogin = ["rosa"]\n'
                    '[[mark]]\nid = "clinic"\nheader = "X-Clinic-Secure"\naction = "raise"\n', "marks")}

    def close(self):
        for ring in self.rings.values():
            ring.close()
        self.sink.close()
        return self.place.close()


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def _toml(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
