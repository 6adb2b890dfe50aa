# SPDX-License-Identifier: Apache-2.0
"""The clinic of the benchmark: one Postfix with a listener for each filter, so that all share queue, queue manager and
delivery; the filters beside ours; keys for recipients by the dozen."""
import concurrent.futures
import os
import re
import shutil

import bench_mails
from mta.clinic import Clinic
from mta.keys import KeyRing, run
from mta.place import FILTER_UID
from mta.postfix import OWNER_GID, OWNER_UID, main_instance, secure_instance
from mta.wait import wait_until

# What of Debian's rspamd asks other hosts: there are none here, and what waits in vain would be measured.
RSPAMD_OFF = ("rbl", "surbl", "spf", "dmarc", "dkim", "arc", "fuzzy_check", "asn", "mx_check", "dkim_signing", "redis",
              "greylist", "ratelimit", "replies", "history_redis", "neural", "url_redirector", "rspamd_update",
              "reputation", "bimi", "elastic", "clickhouse", "external_relay", "hfilter", "phishing", "whitelist")
# Of Postfix, for measuring: it must not slow its clients down on purpose, and have room for 256 of them.
POSTFIX_SETTINGS = "minimal_backoff_time = 2s\nqueue_run_delay = 2s\ndefault_process_limit = 400\nsmtpd_peername_lookup = no\n"


class BenchClinic(Clinic):
    def __init__(self, place):
        self.tools = os.path.join(place.build, "tests")
        self.peers = {name: place.path("peers", f"{name.replace(' ', '-')}.sock") for name in
                      ("chatty no-op", "quiet no-op", "OpenDKIM", "rspamd")}
        self.listeners = {}
        super().__init__(place)
        self._make_recipients()

    def _make_mail_servers(self, socket):
        place = self.place
        self.sink_port = place.free_port()
        sink = ("127.0.0.1", self.sink_port)
        domains = (bench_mails.PGP_DOMAIN, bench_mails.SMIME_DOMAIN, bench_mails.PORTAL_DOMAIN,
                   bench_mails.CLEAN_DOMAIN, "clinic.example")
        self.main = main_instance(place, self.ports, socket, {domain: sink for domain in domains})
        self.secure = secure_instance(place, self.ports, self.ca.certificate, {}, {})
        self.listeners["phimilter"] = self.ports["filtered"]
        with open(os.path.join(self.main.config, "main.cf"), "a", encoding="utf-8") as file:
            file.write(POSTFIX_SETTINGS)
        with open(os.path.join(self.main.config, "master.cf"), "r+", encoding="utf-8") as file:
            filtered = re.search(rf"^127\.0\.0\.1:{self.ports['filtered']}\s(?:.*\n)(?:\s.*\n)*", file.read(),
                                 re.MULTILINE).group(0)
            for name in ("Postfix alone", *self.peers):
                file.write(self._listener(filtered, name))

    def _listener(self, filtered, name):
        """The filtered listener with another filter, or none."""
        self.listeners[name] = self.place.free_port()
        line = filtered.replace(f":{self.ports['filtered']} ", f":{self.listeners[name]} ", 1)
        line = line.replace("phi-filtered", name.replace(" ", "-"))
        if name in self.peers:
            return line.replace(f"unix:{self.milter_socket}", f"unix:{self.peers[name]}")
        return re.sub(r"\{ smtpd_milters = .*\} \}", "smtpd_milters=", line)

    def _make_recipients(self):
        self.pgp = KeyRing(self.place, "bench")
        people = [f"person{number}" for number in range(bench_mails.DIFFERENT)]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            done = [pool.submit(self._make_certificate, name) for name in people]
            self._make_pgp_keys(people)
            for one in done:
                one.result()

    def _make_pgp_keys(self, people):
        """All in one run of gpg."""
        one = ("%no-protection\nKey-Type: eddsa\nKey-Curve: ed25519\nSubkey-Type: ecdh\nSubkey-Curve: cv25519\n"
               "Name-Real: Invented Person\nName-Email: {}@" + bench_mails.PGP_DOMAIN + "\nExpire-Date: 1y\n%commit\n")
        wanted = "".join(one.format(name) for name in people)
        self.pgp.gpg("--generate-key", self.place.write("keys/bench-pgp.txt", wanted))

    def _make_certificate(self, name):
        """Not by Authority: its serial numbers are for one at a time."""
        folder = self.place.folder("keys/bench", 0o755)
        key, request, certificate = (os.path.join(folder, f"{name}.{kind}") for kind in ("key", "csr", "pem"))
        extensions = self.place.write(
            f"keys/bench/{name}.ext", f"basicConstraints=CA:FALSE\nsubjectAltName=email:{name}@{bench_mails.SMIME_DOMAIN}"
                                      "\nkeyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=emailProtection\n")
        run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request])
        run(["openssl", "x509", "-req", "-in", request, "-CA", self.ca.certificate, "-CAkey", self.ca.key, "-set_serial",
             str(1000 + int(name[6:])), "-days", "29", "-extfile", extensions, "-out", certificate])
        shutil.copy(certificate, os.path.join(self.certificates, f"{name}.pem"))

    def make_secrets(self):
        super().make_secrets()
        file = self.place.write("keys/bench.asc", self.pgp.public_key())
        self.phictl("keys", "import", file, uid=FILTER_UID)

    def start_peers(self, names):
        """rspamd compiles its patterns for seconds; the others are not waited for before."""
        self.place.folder("peers", 0o750, OWNER_UID, OWNER_GID)
        noop = os.path.join(self.place.folder("tools"), "noop_milter")
        shutil.copy(os.path.join(self.tools, "noop_milter"), noop)
        folder = self._rspamd_settings()
        variables = [f"--var={name}={folder}" for name in ("LOCAL_CONFDIR", "DBDIR", "RUNDIR", "LOGDIR")]
        commands = {"rspamd": ["/usr/bin/rspamd", "-f", *variables],
                    "OpenDKIM": ["/usr/sbin/opendkim", "-f", "-x", self._opendkim_settings()],
                    **{f"{mood} no-op": [noop, mood, self.peers[f"{mood} no-op"]] for mood in ("chatty", "quiet")}}
        self._processes = {name: self.place.start(name.replace(" ", "-"), command, uid=OWNER_UID, gid=OWNER_GID)
                           for name, command in commands.items() if name in names}

    def wait_peers(self):
        for name, process in self._processes.items():
            wait_until(lambda: os.path.exists(self.peers[name]) or not process.running(), f"{name} to listen", 60)
            if not process.running():
                raise AssertionError(f"{name} ended with {process.exit_code}:\n{process.log_text()}")

    def _opendkim_settings(self):
        key = self.place.path("peers", "dkim.key")
        run(["openssl", "genrsa", "-traditional", "-out", key, "2048"])
        os.chmod(key, 0o600)
        os.chown(key, OWNER_UID, OWNER_GID)
        return self.place.write("peers/opendkim.conf",
                                f"Mode s\nDomain clinic.example\nSelector bench\nKeyFile {key}\nSyslog no\nUMask 002\n"
                                f"InternalHosts 127.0.0.1\nCanonicalization relaxed/relaxed\n"
                                f"Socket local:{self.peers['OpenDKIM']}\n")

    def _rspamd_settings(self):
        folder = self.place.folder("peers/rspamd", 0o755, OWNER_UID, OWNER_GID)
        local = {f"{name}.conf": "enabled = false;\n" for name in RSPAMD_OFF}
        local.update({
            "worker-proxy.inc": f'bind_socket = "{self.peers["rspamd"]} mode=0660";\nmilter = yes;\ncount = 2;\n'
                                'upstream "local" { default = yes; self_scan = yes; }\n',
            "worker-normal.inc": "enabled = false;\n", "worker-controller.inc": "enabled = false;\n",
            "options.inc": 'filters = "chartable,regexp";\ndns { nameserver = ["127.0.0.1"]; }\n'
                           f'control_socket = "{folder}/control.sock mode=0600";\n',
            "logging.inc": 'type = "console";\nlevel = "notice";\n'})
        for name, content in local.items():
            self.place.write(f"peers/rspamd/local.d/{name}", content)
        return folder
