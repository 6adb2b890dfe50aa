# SPDX-License-Identifier: Apache-2.0
"""Private Postfix instances. What is special about them comes from contrib/postfix, read from there; only ports,
paths and users are replaced."""
import os
import re
import subprocess

from .wait import wait_until

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CONTRIB = os.path.join(REPOSITORY, "contrib")
# Users and groups that every Debian has (base-passwd) and that run nothing: Postfix wants names.
OWNER, OWNER_UID, OWNER_GID = "uucp", 10, 10
DROP_GROUP, DROP_GID = "news", 9
PUBLIC = ("incoming", "active", "deferred", "bounce", "defer", "trace", "flush", "hold", "corrupt", "saved", "private")


def contrib(name, replacements, server="postfix"):
    """A file of contrib/`server` with every replacement made. Each must occur: else the file and the tests have
    drifted apart."""
    with open(os.path.join(CONTRIB, server, name), encoding="utf-8") as file:
        text = file.read()
    for old, new in replacements.items():
        if old not in text:
            raise AssertionError(f"contrib/{server}/{name} no longer says '{old}'")
        text = text.replace(old, new)
    return text


def logical_lines(text):
    """Postfix's own rule: a line that starts with white space continues the one before; comments are dropped."""
    lines = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace() and lines:
            lines[-1] += "\n" + line
        else:
            lines.append(line)
    return lines


def parse_main(text):
    return {name.strip(): value.strip() for name, value in (line.split("=", 1) for line in logical_lines(text))}


def parse_master(text):
    """Service lines by (name, type)."""
    return {tuple(line.split()[:2]): line for line in logical_lines(text)}


class Postfix:
    def __init__(self, place, name, main, master, dns=False):
        self.place, self.name = place, name
        self._debian = os.path.join(place.debian, "postfix")
        self.config = place.folder(f"{name}/config")
        self.queue = place.folder(f"{name}/queue")
        self._process = None
        self._write(main, master, dns)
        self._make_folders()

    def _write(self, main, master, dns):
        libraries = os.path.join(self._debian, "usr/lib/postfix")
        base = {
            "compatibility_level": "3.6",
            "queue_directory": self.queue,
            "data_directory": self.place.folder(f"{self.name}/data", 0o700, OWNER_UID),
            "daemon_directory": f"{libraries}/sbin",
            "command_directory": f"{self._debian}/usr/sbin",
            "shlib_directory": libraries,
            "meta_directory": f"{self._debian}/usr/share/postfix",
            "mail_owner": OWNER,
            "setgid_group": DROP_GROUP,
            "maillog_file": os.path.join(self.place.logs, f"{self.name}.log"),
            "maillog_file_prefixes": self.place.root,
            "import_environment": "MAIL_CONFIG MAIL_LOGTAG TZ LANG=C POSTLOG_SERVICE PHIMILTER_PLACE="
                                  f"{self.place.root} LD_LIBRARY_PATH={libraries}",
            # sendmail(1) starts postdrop with this.
            "export_environment": f"TZ MAIL_CONFIG LANG LD_LIBRARY_PATH={libraries}",
            "smtputf8_enable": "yes",
        }
        if not dns:
            base["smtp_dns_support_level"] = "disabled"
        lines = [f"{key} = {value}\n" for key, value in {**main, **base}.items()]
        self.place.write(f"{self.name}/config/main.cf", "".join(lines))
        self.place.write(f"{self.name}/config/master.cf", "".join(f"{line}\n" for line in master.values()))

    def _make_folders(self):
        for folder in PUBLIC:
            self.place.folder(f"{self.name}/queue/{folder}", 0o700, OWNER_UID)
        self.place.folder(f"{self.name}/queue/pid", 0o755)
        self.place.folder(f"{self.name}/queue/maildrop", 0o730, OWNER_UID, DROP_GID)
        self.place.folder(f"{self.name}/queue/public", 0o710, OWNER_UID, DROP_GID)

    def environment(self):
        return {"MAIL_CONFIG": self.config, "LD_LIBRARY_PATH": os.path.join(self._debian, "usr/lib/postfix")}

    def start(self):
        master = os.path.join(self._debian, "usr/lib/postfix/sbin/master")
        self._process = self.place.start(f"{self.name}-master", [master, "-c", self.config, "-d"],
                                         environment=self.environment(), cwd=self.queue)
        wait_until(lambda: "daemon started" in self.log_text() or not self._process.running(),
                   f"Postfix {self.name} to start", 20)
        if not self._process.running():
            raise AssertionError(f"Postfix {self.name} did not start:\n{self._process.log_text()}{self.log_text()}")
        return self

    def stop(self):
        self._process.stop()

    def kill(self):
        """The master alone, as a crash would; its children see that and end."""
        self._process.kill()

    def running(self):
        return self._process.running()

    def program(self, name):
        return os.path.join(self._debian, "usr/sbin", name)

    def command(self, name, *arguments, stdin=None):
        """Runs postqueue, postsuper, sendmail, ... of this instance; returns what it printed."""
        result = subprocess.run([self.program(name), *arguments], input=stdin, capture_output=True, timeout=60,
                                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **self.environment()})
        if result.returncode != 0:
            raise AssertionError(f"{name} {' '.join(arguments)}: {result.stderr.decode(errors='replace')}")
        return result.stdout.decode(errors="replace")

    def log_text(self):
        path = os.path.join(self.place.logs, f"{self.name}.log")
        if not os.path.exists(path):
            return ""
        with open(path, errors="replace") as file:
            return file.read()

    def queued(self, *folders):
        """Ids of the messages in these queues (all, when none is named)."""
        found = []
        for folder in folders or ("maildrop", "incoming", "active", "deferred", "hold"):
            for _, _, files in os.walk(os.path.join(self.queue, folder)):
                found += files
        return sorted(found)

    def deferred(self):
        return self.queued("deferred")

    def wait_empty(self, seconds=60):
        wait_until(lambda: not self.queued(), lambda: f"{self.name}'s queue to be empty; in it: {self.queued()}\n"
                   + self.log_text()[-1500:], seconds)

    def flush(self):
        self.command("postqueue", "-f")

    def bounce_reasons(self):
        return re.findall(r"status=bounced \((.*)\)", self.log_text())

    def deferral_reasons(self):
        return re.findall(r"status=deferred \((.*)\)", self.log_text())


def main_instance(place, ports, milter_socket, transport):
    """`transport`: domain -> (host, port). `milter_socket` None: nothing filters, for tests of the harness itself."""
    replacements = {"127.0.0.1:10025": f"127.0.0.1:{ports['filtered']}",
                    "[127.0.0.1]:10025": f"[127.0.0.1]:{ports['filtered']}",
                    "127.0.0.1:10026": f"127.0.0.1:{ports['reentry']}",
                    "unix:/run/phimilter/milter.sock": milter_socket or "unix:/nowhere"}
    with open(os.path.join(place.debian, "postfix/usr/share/postfix/master.cf.dist"), encoding="utf-8") as file:
        master = parse_master(file.read())
    master = {key: re.sub(r"^((?:\S+\s+){4})y", r"\1n", line) for key, line in master.items()
              if key != ("smtp", "inet") and "argv=" not in line}
    master.update(parse_master(contrib("master.cf", replacements)))
    if milter_socket is None:
        master = {key: re.sub(r"\{ smtpd_milters = .*\} \}", "smtpd_milters=", line) for key, line in master.items()}
    maps = "".join(f"{domain} smtp:[{host}]:{port}\n" for domain, (host, port) in transport.items())
    main = parse_main(contrib("main.cf", {}))
    main.update({"myhostname": "mx.clinic.example", "mydestination": "", "alias_maps": "", "alias_database": "",
                 "mynetworks": "127.0.0.0/8", "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4",
                 "local_transport": "error:no local delivery", "smtp_tls_security_level": "may",
                 "authorized_submit_users": "static:anyone", "default_transport": "error:5.1.2 no such test domain",
                 "relay_domains": "",
                 "transport_maps": "texthash:" + place.write("main/config/transport", maps)})
    return Postfix(place, "main", main, master)


def secure_instance(place, ports, ca_file, transport, policy, tls_socket=None, dns=False):
    """`policy`: next hop -> TLS policy of the test, as an admin writes it for a partner with another host name.
    `tls_socket`: where the filter says what to demand; None: there is no filter. `dns`: hosts are found by MX."""
    maps = contrib("secure/transport", {"[127.0.0.1]:10026": f"[127.0.0.1]:{ports['reentry']}"})
    maps += "".join(f"{domain} smtp:[{host}]:{port}\n" for domain, (host, port) in transport.items())
    levels = contrib("secure/tls_policy", {"[127.0.0.1]:10026": f"[127.0.0.1]:{ports['reentry']}"})
    levels += "".join(f"{hop} {level}\n" for hop, level in policy.items())
    table = ", socketmap:unix:/run/phimilter/tls.sock:tls"
    main = parse_main(contrib("secure/main.cf", {
        table: table.replace("/run/phimilter/tls.sock", tls_socket) if tls_socket else "",
        **{name: place.write(f"secure/config/{os.path.basename(name)}", contrib(f"secure/{os.path.basename(name)}", {}))
           for name in ("/etc/postfix-secure/delivery_status", "/etc/postfix-secure/bounce.cf")},
        "/etc/ssl/certs/ca-certificates.crt": ca_file,
        "texthash:/etc/postfix-secure/tls_policy": "texthash:" + place.write("secure/config/tls_policy", levels),
        "texthash:/etc/postfix-secure/transport": "texthash:" + place.write("secure/config/transport", maps)}))
    main.update({"myhostname": "secure.clinic.example", "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4",
                 "multi_instance_enable": "no"})
    if not dns:
        main["default_transport"] = "error:5.1.2 no such test domain"
    checks = place.write("secure/config/bounce_checks", contrib("secure/bounce_checks", {}))
    master = parse_master(contrib("secure/master.cf", {"127.0.0.1:10027": f"127.0.0.1:{ports['secure']}",
                                                       "/etc/postfix-secure/bounce_checks": checks}))
    return Postfix(place, "secure", main, master, dns)
