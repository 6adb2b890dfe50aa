# SPDX-License-Identifier: Apache-2.0
"""A clinic to be tortured: proxies before the re-entry listeners, a mail server upstream, small disks, and answers to
"which processes are that"."""
import os
import signal
import subprocess
import threading

from mta.clinic import Clinic
from mta.place import FILTER_UID, Isolation
from mta.sendmail import SendmailClinic
from mta.wait import wait_until
from torture.clients import upstream
from torture.listener_proxy import ListenerProxy
from torture.mails import HELD

ROUTES = f"""
[[route]]
id = "site.held"
recipient = ["{HELD.address}"]
methods = ["hold"]
"""
# Megabytes of each disk: far more than a run needs.
DISKS = {"spool": 96, "escrow": 512, "journal": 128}


class _Torture:
    """What is added to a clinic of either mail server."""

    def __init__(self, *arguments):
        self.kept_down, self._raising = False, threading.Lock()
        super().__init__(*arguments)

    def _make_mail_servers(self, socket):
        self.ports["proxy"], self.ports["secure_proxy"] = self.place.free_port(), self.place.free_port()
        self.ports["upstream"] = self.place.free_port()
        super()._make_mail_servers(socket)
        self.upstream = upstream(self.place, self.ports["upstream"], self.ports["filtered"])
        self.proxies = (ListenerProxy(self.ports["proxy"], self.ports["reentry"]),
                        ListenerProxy(self.ports["secure_proxy"], self.ports["secure"]))

    def _make_folders(self):
        super()._make_folders()
        self.disks = []
        if Isolation.mounts:
            for name, size in DISKS.items():
                self._mount_disk(name, size)
        self.write_site_policy(ROUTES)

    def _mount_disk(self, name, size):
        path, info = self.place.path(name), os.stat(self.place.path(name))
        options = f"size={size}m,uid={info.st_uid},gid={info.st_gid},mode={info.st_mode & 0o7777:o}"
        if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path]).returncode == 0:
            self.disks.append(name)

    def default_settings(self):
        settings = super().default_settings()
        settings["reentry"] = {"listener": f"inet:127.0.0.1:{self.ports['proxy']}",
                               "secure_listener": f"inet:127.0.0.1:{self.ports['secure_proxy']}"}
        return settings

    def start(self, programs=True):
        super().start(programs)
        self.upstream.start()
        return self

    def close(self):
        for proxy in self.proxies:
            proxy.close()
        left = super().close()
        return left

    # Who is who

    def children(self, parent, name):
        """Processes of that program (its first 15 letters count) whose parent is one of these."""
        found = []
        for pid, (program, its_parent) in processes().items():
            if its_parent in parent and program == name[:15]:
                found.append(pid)
        return sorted(found)

    def zygotes(self):
        return self.children([self.filter.pid], "phimilter-extract")

    def readers(self):
        return self.children(self.zygotes(), "phimilter-extract")

    def brokers(self):
        return self.children([self.filter.pid], "phimilter-gpg")

    def encrypting(self):
        """gpg at work for a broker, and the agent of its keyring."""
        home = self.place.path("gnupg")
        agents = [pid for pid, (program, _) in processes().items() if program == "gpg-agent"
                  and home in command_line(pid)]
        return self.children(self.brokers(), "gpg") + agents

    def smtp_servers(self, *names):
        """Processes that speak SMTP behind these listeners."""
        ports = [f"127.0.0.1:{self.ports[name]}" for name in names]
        return sorted(pid for pid, (program, _) in processes().items()
                      if program == "smtpd" and any(port in command_line(pid).split() for port in ports))

    # What happens to it

    def start_filter(self):
        """As systemd does it: also when something that it needs comes back only later."""
        def started():
            try:
                super(_Torture, self).start_filter()
                return True
            except AssertionError:
                return False
        wait_until(started, "the filter to start", 300)

    def filter_lies_dead(self):
        """And nobody means it to."""
        return not self.kept_down and not self.filter.running()

    def raise_filter(self):
        with self._raising:
            if not self.filter.running():
                self.filter.stop()
                self.start_filter()
            self.kept_down = False

    def reload_policy(self, text):
        self.write_site_policy(ROUTES + text)
        if self.filter.running():
            self.filter_signal(signal.SIGUSR1)

    def filter_signal(self, number):
        try:
            os.kill(self.filter.pid, number)
        except ProcessLookupError:
            pass

    def import_key(self, address):
        ring = self.rings[address]
        file = self.place.write(f"keys/{address}.asc", ring.public_key())
        self.phictl("keys", "import", file, uid=FILTER_UID)

    def abandoned(self):
        """Files of a mail server that was killed while it took a message in."""
        return set()

    def queues(self):
        """What is where."""
        return {"upstream": self.upstream.queued(), "main": self.main.queued()}

    def all_at_rest(self):
        return not self.upstream.queued() and self._mail_servers_at_rest()


class PostfixTorture(_Torture, Clinic):
    def _make_mail_servers(self, socket):
        super()._make_mail_servers(socket)
        # A filter that stands still is given up within this run, and a service that died is not left alone for long.
        _change(self.place.path("main/config/master.cf"), {"command_timeout=30s": "command_timeout=8s",
                                                           "content_timeout=300s": "content_timeout=12s"})
        for name in ("main", "secure"):
            with open(self.place.path(name, "config/main.cf"), "a", encoding="utf-8") as file:
                file.write("service_throttle_time = 1s\n")

    def masters(self):
        return [self.main, self.secure]

    def start_again(self, server):
        """A master whose children still hold the queue says so and ends."""
        def up():
            server.start()
            return not _ends_soon(server)
        wait_until(up, f"Postfix {server.name} to start again", 60)

    def flush(self):
        for server in (self.upstream, self.main, self.secure):
            server.flush()

    def _mail_servers_at_rest(self):
        return not self.main.queued() and not self.secure.queued()


class SendmailTorture(_Torture, SendmailClinic):
    def masters(self):
        return []

    def smtp_servers(self, *names):
        """Sendmail forks for each connection; the one whose parent is not Sendmail listens."""
        names = {"sendmail", "sendmail-mta"}
        every = {pid: parent for pid, (program, parent) in processes().items() if program in names}
        return sorted(pid for pid, parent in every.items() if parent in every)

    def flush(self):
        self.upstream.flush()
        self.main.flush()

    def _mail_servers_at_rest(self):
        return not any(name.startswith("qf") for name in os.listdir(self.main.queue))

    def abandoned(self):
        """Data files without a control file: of a Sendmail that was killed before it had said yes. Nobody's mail, and
        as it came in."""
        names = set(os.listdir(self.main.queue))
        return {os.path.join(self.main.queue, name) for name in names
                if name.startswith("df") and "qf" + name[2:] not in names}


def _ends_soon(server):
    try:
        wait_until(lambda: not server.running(), "its end", 1)
        return True
    except AssertionError:
        return False


def _change(path, replacements):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for old, new in replacements.items():
        if old not in text:
            raise AssertionError(f"{path} no longer says '{old}'")
        text = text.replace(old, new)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def processes():
    """{pid: (program, parent)}"""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
                name, _, rest = file.read().partition("(")[2].rpartition(")")
        except OSError:
            continue
        found[int(pid)] = (name, int(rest.split()[1]))
    return found


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def send_signal(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


CLINICS = {"postfix": PostfixTorture, "sendmail": SendmailTorture}
