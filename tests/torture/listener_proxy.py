# SPDX-License-Identifier: Apache-2.0
"""Stands between phimilter and a re-entry listener: counts what the listener took, and breaks the conversation where a
trap says so. It knows SMTP only as far as it must: commands may be pipelined, content passes as it is."""
import collections
import re
import socket
import threading

# Where a connection may break, or what may be said instead.
TRAPS = ("refuse", "later-recipient", "before-content", "before-dot", "swallow-answer", "kill-at-answer")


class ListenerProxy:
    """`taken`: {(mark, address): times} as the listener said yes to it. `swallowed`: the same for those whose yes was
    not handed on."""

    def __init__(self, port, behind):
        self.port, self._behind = port, behind
        self.taken, self.swallowed = collections.Counter(), collections.Counter()
        self.on_answer = lambda: None      # when "kill-at-answer" strikes, before the answer would be handed on
        self.sprung = collections.Counter()
        self._lock = threading.Lock()
        self._trap = None
        self._server = socket.create_server(("127.0.0.1", port), backlog=128)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._server.close()

    def set_trap(self, name):
        """Springs once."""
        with self._lock:
            self._trap = name

    def armed(self):
        with self._lock:
            return self._trap is not None

    def springs(self, *names):
        """The trap, if it is one of these; it is gone then."""
        with self._lock:
            name = self._trap
            if name not in names:
                return None
            self._trap = None
            self.sprung[name] += 1
            return name

    def _accept(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            if self.springs("refuse"):
                return
            try:
                behind = socket.create_connection(("127.0.0.1", self._behind))
            except OSError:
                return
            with behind:
                _Conversation(self, connection, behind).run()

    def count(self, mark, addresses, handed_on):
        with self._lock:
            for address in addresses:
                self.taken[mark, address] += 1
                if not handed_on:
                    self.swallowed[mark, address] += 1


class _Broken(Exception):
    pass


class _Conversation:
    def __init__(self, proxy, client, server):
        self._proxy, self._client, self._server = proxy, client, server
        self._waiting = collections.deque()     # commands whose reply is still to come
        self._in_data = False
        self._mark, self._asked, self._accepted = "", collections.deque(), []

    def run(self):
        back = threading.Thread(target=self._guard, args=(self._replies,), daemon=True)
        self._waiting.append("BANNER")
        back.start()
        self._guard(self._commands)
        back.join()

    def _guard(self, work):
        try:
            work()
        except (OSError, ValueError, _Broken):
            pass
        for end in (self._client, self._server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _commands(self):
        with self._client.makefile("rb") as reader:
            for line in reader:
                if self._in_data:
                    self._content(line)
                else:
                    self._command(line)

    def _content(self, line):
        if line == b".\r\n":
            if self._proxy.springs("before-dot"):
                raise _Broken()
            self._in_data = False
            self._waiting.append("DOT")
        self._server.sendall(line)

    def _command(self, line):
        verb = line[:4].upper().decode("latin-1")
        text = line.decode("latin-1")
        if verb == "MAIL":
            match = re.search(r"ENVID=(\S+)", text)
            self._mark, self._accepted = match.group(1) if match else "", []
            self._asked.clear()
        elif verb == "RCPT":
            self._asked.append(text.partition("<")[2].partition(">")[0].lower())
            if self._proxy.springs("later-recipient"):
                # An address that the listener cannot take now.
                line, verb = b"RCPT\r\n", "LATER"
        self._waiting.append(verb)
        self._server.sendall(line)

    def _replies(self):
        with self._server.makefile("rb") as reader:
            lines = []
            for line in reader:
                lines.append(line)
                if line[3:4] != b"-":
                    self._reply(self._waiting.popleft(), lines)
                    lines = []

    def _reply(self, verb, lines):
        yes = lines[-1][:1] == b"2"
        if verb == "LATER":
            self._asked.popleft()
            lines = [b"452 4.3.1 later\r\n"]
        elif verb == "RCPT":
            address = self._asked.popleft()
            self._accepted += [address] if yes else []
        elif verb == "DATA" and lines[-1].startswith(b"354"):
            if self._proxy.springs("before-content"):
                raise _Broken()
            self._in_data = True
        elif verb == "DOT" and yes:
            trap = self._proxy.springs("swallow-answer", "kill-at-answer")
            self._proxy.count(self._mark, self._accepted, handed_on=trap is None)
            if trap == "kill-at-answer":
                self._proxy.on_answer()
            if trap:
                raise _Broken()
        self._client.sendall(b"".join(lines))
