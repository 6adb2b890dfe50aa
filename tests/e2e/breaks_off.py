# SPDX-License-Identifier: Apache-2.0
"""A mail server that leaves it in doubt whether it has a mail."""
import contextlib
import socket
import threading


class BreaksOff:
    """A listener that takes a mail and ends the connection instead of an answer."""

    def __init__(self, port):
        self.address, self.mails = f"inet:127.0.0.1:{port}", 0
        self._socket = socket.create_server(("127.0.0.1", port))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                with client, client.makefile("rwb", 0) as lines:
                    self._talk(lines)

    def _talk(self, lines):
        lines.write(b"220 here\r\n")
        for line in lines:
            if line.upper().startswith(b"DATA"):
                lines.write(b"354 go on\r\n")
                while lines.readline() not in (b".\r\n", b""):
                    pass
                self.mails += 1
                return
            greeting = line.upper().startswith(b"EHLO")
            lines.write(b"250-here\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n" if greeting else b"250 ok\r\n")

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
