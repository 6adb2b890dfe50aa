# SPDX-License-Identifier: Apache-2.0
"""An SMTP client that sends the bytes it is given, with the parameters it is given."""
import dataclasses
import re
import socket


@dataclasses.dataclass
class Reply:
    code: int
    text: str

    @property
    def ok(self):
        return 200 <= self.code < 400

    @property
    def later(self):
        return 400 <= self.code < 500


class Dropped(Exception):
    """The server closed the connection; the sender of a real mail would try again later."""


class Client:
    def __init__(self, port, host="127.0.0.1", seconds=300):
        self._socket = socket.create_connection((host, port), timeout=seconds)
        self._file = self._socket.makefile("rb")
        self.greeting = self._read()

    def _read(self):
        lines = []
        while True:
            line = self._file.readline()
            if not line:
                raise Dropped()
            lines.append(line.decode(errors="replace").rstrip("\r\n"))
            if line[3:4] != b"-":
                return Reply(int(lines[-1][:3]), "\n".join(lines))

    def command(self, line):
        self._socket.sendall(line.encode() + b"\r\n")
        return self._read()

    def send_raw(self, data):
        self._socket.sendall(data)

    def end_data(self):
        self._socket.sendall(b".\r\n")
        return self._read()

    def close(self):
        self._file.close()
        self._socket.close()


def wire(message):
    """CRLF line ends and stuffed dots; ends with a line end."""
    data = re.sub(rb"\r?\n", b"\r\n", message)
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", data)


def queue_id(reply):
    match = re.search(r"queued as (\S+)", reply.text)
    return match.group(1) if match else ""


def submit(port, sender, recipients, message, mail_arguments="", recipient_arguments=None, helo="ehr.clinic.example"):
    """Returns the first reply that is not ok, else that of the end of data. A dropped connection is a 421."""
    try:
        client = Client(port)
    except Dropped:
        return Reply(421, "421 dropped")
    try:
        steps = [f"EHLO {helo}", f"MAIL FROM:<{sender}> {mail_arguments}".rstrip()]
        for recipient in recipients:
            steps.append(f"RCPT TO:<{recipient}> {(recipient_arguments or {}).get(recipient, '')}".rstrip())
        steps.append("DATA")
        for step in steps:
            reply = client.command(step)
            if not reply.ok:
                return reply
        client.send_raw(wire(message))
        reply = client.end_data()
        client.send_raw(b"QUIT\r\n")
        return reply
    except (Dropped, ConnectionError):
        return Reply(421, "421 dropped")
    finally:
        client.close()
