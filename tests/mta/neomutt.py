# SPDX-License-Identifier: Apache-2.0
"""Opens a mail with neomutt in a terminal of its own, and gives what its pager was to show."""
import os
import pty
import select
import signal
import time

RC = """set crypt_use_gpgme=yes crypt_protected_headers_read=yes header_cache="" folder=/tmp
set wait_key=no prompt_after=no read_inc=0 pager="{pager}"
ignore *
unignore from to subject
"""


def show(place, gnupg_home, data):
    mailbox = place.write("neomutt/mbox", b"From lab@clinic.example Sat Nov 21 21:08:33 2026\n"
                          + data.replace(b"\r\n", b"\n") + b"\n")
    shown = os.path.join(os.path.dirname(mailbox), "shown")
    pager = place.write("neomutt/pager", f'#!/bin/sh\ncat "$1" > {shown}.new && mv {shown}.new {shown}\n', 0o755)
    rc = place.write("neomutt/rc", RC.replace("{pager}", pager))
    if os.path.exists(shown):
        os.unlink(shown)
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update(TERM="xterm", GNUPGHOME=gnupg_home, HOME=os.path.dirname(mailbox), LC_ALL="C.UTF-8")
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
