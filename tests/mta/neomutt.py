# SPDX-License-Identifier: Apache-2.0
"""Opens a mail with neomutt in a terminal of its own, and gives what its pager was to show."""
import contextlib
import os
import pty
import select
import signal
import tempfile
import time

from .keys import run

RC = """set crypt_use_gpgme=yes crypt_protected_headers_read=yes header_cache="" folder=/tmp
set wait_key=no prompt_after=no pager="{pager}"
"""


@contextlib.contextmanager
def gpgsm_home(certificate, key, ca):
    """A GNUPGHOME for S/MIME with one key without passphrase, and one CA that is trusted."""
    with tempfile.TemporaryDirectory(prefix="gpgsm-") as home:
        _write(home, "gpg-agent.conf", "allow-loopback-pinentry\n")
        _write(home, "gpgsm.conf", "disable-crl-checks\ndisable-policy-checks\n")
        digest = run(["openssl", "x509", "-in", ca, "-noout", "-fingerprint", "-sha1"])[0].decode().partition("=")[2]
        _write(home, "trustlist.txt", f"{digest.strip()} S\n")
        pair = run(["openssl", "pkcs12", "-export", "-legacy", "-in", certificate, "-inkey", key, "-passout", "pass:"])[0]
        file = _write(home, "pair.p12", pair)
        gpgsm = ["gpgsm", "--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase-fd", "0"]
        run([*gpgsm, "--import", file], stdin=b"\n")
        run([*gpgsm, "--import", ca], stdin=b"\n")
        try:
            yield home
        finally:
            run(["gpgconf", "--homedir", home, "--kill", "all"])


def _write(folder, name, content, mode=0o600):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    os.chmod(path, mode)
    return path


def show(gnupg_home, data):
    with tempfile.TemporaryDirectory(prefix="neomutt-") as folder:
        mailbox = _write(folder, "mbox", b"From lab@clinic.example Sat Nov 21 21:08:33 2026\n"
                         + data.replace(b"\r\n", b"\n") + b"\n")
        shown = os.path.join(folder, "shown")
        pager = _write(folder, "pager", f'#!/bin/sh\ncat "$1" > {shown}.new && mv {shown}.new {shown}\n', 0o700)
        rc = _write(folder, "rc", RC.replace("{pager}", pager))
        process, terminal = pty.fork()
        if process == 0:
            os.environ.update(TERM="xterm", GNUPGHOME=gnupg_home, HOME=folder, LC_ALL="C.UTF-8")
            os.execvp("neomutt", ["neomutt", "-n", "-F", rc, "-R", "-f", mailbox, "-e", "push <display-message>"])
        try:
            return _await(terminal, shown)
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            os.close(terminal)


def _await(terminal, path):
    end = time.monotonic() + 60
    screen = b""
    while time.monotonic() < end and not os.path.exists(path):
        if select.select([terminal], [], [], 0.2)[0]:
            screen += os.read(terminal, 65536)
    if not os.path.exists(path):
        raise AssertionError(f"neomutt showed nothing: {screen[-500:]!r}")
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
