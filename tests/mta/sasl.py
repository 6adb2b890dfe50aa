# SPDX-License-Identifier: Apache-2.0
"""Who may log in, as Postfix asks a Dovecot for it (smtpd_sasl_type = dovecot): the part of that protocol that PLAIN
needs. The login that Postfix then names to filters is Postfix's own."""
import base64
import os
import socketserver
import threading


class Logins:
    """`passwords`: login -> password. `path`: the socket that smtpd_sasl_path names."""

    def __init__(self, path, passwords):
        logins = self
        self.passwords = passwords

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(b"VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\n"
                                 b"COOKIE\t0123456789abcdef0123456789abcdef\nDONE\n")
                for line in self.rfile:
                    words = line.decode().rstrip("\n").split("\t")
                    if words[0] == "AUTH":
                        self.wfile.write(logins.answer(words[1], words).encode() + b"\n")

        self._server = socketserver.ThreadingUnixStreamServer(path, Handler)
        self._server.daemon_threads = True
        os.chmod(path, 0o666)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, number, words):
        given = next((word[5:] for word in words if word.startswith("resp=")), "")
        _, login, password = (base64.b64decode(given).decode().split("\0") + ["", ""])[:3]
        if login and self.passwords.get(login) == password:
            return f"OK\t{number}\tuser={login}"
        return f"FAIL\t{number}\tuser={login}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def plain(login, password):
    """What follows AUTH PLAIN."""
    return base64.b64encode(f"\0{login}\0{password}".encode()).decode()
