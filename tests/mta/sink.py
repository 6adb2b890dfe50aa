# SPDX-License-Identifier: Apache-2.0
"""The outside world: an SMTP server that records every message it takes, byte for byte."""
import dataclasses
import socket
import ssl
import threading


@dataclasses.dataclass
class Delivery:
    listener: str
    tls: str                   # "" or the version, "TLSv1.3"
    helo: str
    mail_from: str
    mail_arguments: list
    recipients: list           # [(address, [arguments])]
    data: bytes                # CRLF, dots unstuffed

    def addresses(self):
        return [address.lower() for address, _ in self.recipients]

    def arguments_of(self, recipient):
        return next(arguments for address, arguments in self.recipients if address.lower() == recipient)


class Sink:
    """Several listeners, one record. Replies can be changed by recipient: `refuse["a@b"] = "450 4.2.0 later"`."""

    def __init__(self):
        self._lock = threading.Lock()
        self._deliveries = []
        self._sockets = []
        self._contexts = {}
        self.on_delivery = lambda delivery: None
        self.refuse = {}
        self.no_tls_now = False   # STARTTLS is offered and put off
        self.commands = []     # (listener, verb), also of sessions that delivered nothing

    def listen(self, name, port, certificate=None, key=None, host="127.0.0.1"):
        self._contexts[name] = None
        if certificate:
            self.offer_tls(name, certificate, key)
        server = socket.create_server((host, port), backlog=64)
        self._sockets.append(server)
        threading.Thread(target=self._accept, args=(server, name), daemon=True).start()

    def offer_tls(self, name, certificate, key):
        """From the next connection on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._contexts[name] = context

    def close(self):
        for server in self._sockets:
            server.close()

    def deliveries(self, recipient=None):
        with self._lock:
            return [d for d in self._deliveries if recipient is None or recipient in d.addresses()]

    def clear(self):
        with self._lock:
            self._deliveries.clear()
            self.commands.clear()

    def verbs(self, listener):
        with self._lock:
            return [verb for name, verb in self.commands if name == listener]

    def _accept(self, server, name):
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, name), daemon=True).start()

    def _serve(self, connection, name):
        try:
            connection.settimeout(300)
            _Session(self, connection, name, self._contexts[name]).run()
        except (OSError, ValueError):
            pass
        finally:
            connection.close()

    def record(self, delivery):
        with self._lock:
            self._deliveries.append(delivery)
        self.on_delivery(delivery)

    def note(self, listener, verb):
        with self._lock:
            self.commands.append((listener, verb))


class _Session:
    def __init__(self, sink, connection, name, context):
        self._sink, self._connection, self._name, self._context = sink, connection, name, context
        self._file = connection.makefile("rb")
        self._tls, self._helo = "", ""
        self._reset()

    def _reset(self):
        self._mail, self._mail_arguments, self._recipients = None, [], []

    def _reply(self, text):
        self._connection.sendall(text.encode() + b"\r\n")

    def run(self):
        self._reply("220 sink.example ESMTP")
        while True:
            line = self._file.readline(65536)
            if not line:
                return
            verb, _, rest = line.decode("utf-8", "surrogateescape").strip().partition(" ")
            verb = verb.upper()
            self._sink.note(self._name, verb)
            if verb == "QUIT":
                self._reply("221 2.0.0 bye")
                return
            handler = getattr(self, f"_on_{verb.lower()}", None)
            if handler is None:
                self._reply("502 5.5.1 unknown")
            else:
                handler(rest)

    def _on_ehlo(self, rest):
        self._helo = rest
        offers = ["sink.example", "PIPELINING", "SIZE 200000000", "8BITMIME", "SMTPUTF8", "DSN",
                  "ENHANCEDSTATUSCODES"]
        if (self._context or self._sink.no_tls_now) and not self._tls:
            offers.append("STARTTLS")
        for offer in offers[:-1]:
            self._reply(f"250-{offer}")
        self._reply(f"250 {offers[-1]}")

    def _on_helo(self, rest):
        self._helo = rest
        self._reply("250 sink.example")

    def _on_starttls(self, _):
        if not self._context or self._sink.no_tls_now:
            self._reply("454 4.7.0 not now")
            return
        self._reply("220 2.0.0 go ahead")
        self._file.close()
        self._connection = self._context.wrap_socket(self._connection, server_side=True)
        self._file = self._connection.makefile("rb")
        self._tls = self._connection.version()
        self._reset()

    def _on_mail(self, rest):
        address, arguments = _path(rest)
        self._reset()
        self._mail, self._mail_arguments = address, arguments
        self._reply("250 2.1.0 ok")

    def _on_rcpt(self, rest):
        address, arguments = _path(rest)
        refusal = self._sink.refuse.get(address.lower())
        if refusal:
            self._reply(refusal)
            return
        self._recipients.append((address, arguments))
        self._reply("250 2.1.5 ok")

    def _on_data(self, _):
        if not self._recipients:
            self._reply("503 5.5.1 no recipients")
            return
        self._reply("354 go ahead")
        lines = []
        while True:
            line = self._file.readline()
            if not line:
                return
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        self._sink.record(Delivery(self._name, self._tls, self._helo, self._mail, self._mail_arguments,
                                   self._recipients, b"".join(lines)))
        self._reset()
        self._reply("250 2.0.0 taken")

    def _on_rset(self, _):
        self._reset()
        self._reply("250 2.0.0 ok")

    def _on_noop(self, _):
        self._reply("250 2.0.0 ok")


def _path(text):
    """("a@b", ["BODY=8BITMIME"]) from "FROM:<a@b> BODY=8BITMIME"."""
    inside, _, rest = text.partition(":")[2].strip().partition(">")
    return inside.lstrip("<"), rest.split()
