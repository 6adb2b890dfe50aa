# SPDX-License-Identifier: Apache-2.0
"""Stands between Postfix and phimilter and looks at the milter protocol as it passes, so that a test can do
something at an exact moment: when the filter is asked for its verdict, or in the middle of a new body."""
import os
import socket
import struct
import threading

END_OF_BODY, REPLACE_BODY, PROGRESS, DISCARD = "E", "b", "p", "d"


class MilterProxy:
    """`on_packet(direction, kind)` is called before each packet goes on: "to" or "from" the filter, kind as in the
    protocol. Returns True to drop both connections at that point."""

    def __init__(self, path, filter_path, uid, gid):
        self.on_packet = lambda direction, kind: False
        self._filter_path = filter_path
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(path)
        os.chown(path, uid, gid)
        os.chmod(path, 0o660)
        self._server.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._server.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        behind = socket.socket(socket.AF_UNIX)
        try:
            behind.connect(self._filter_path)
        except OSError:
            connection.close()
            return
        pumps = [threading.Thread(target=self._pump, args=pair, daemon=True)
                 for pair in (("to", connection, behind), ("from", behind, connection))]
        for pump in pumps:
            pump.start()
        for pump in pumps:
            pump.join()
        connection.close()
        behind.close()

    def _pump(self, direction, source, target):
        reader = source.makefile("rb")
        try:
            while True:
                length = reader.read(4)
                if len(length) < 4:
                    break
                packet = reader.read(struct.unpack(">I", length)[0])
                if self.on_packet(direction, chr(packet[0])):
                    break
                target.sendall(length + packet)
        except (OSError, ValueError):
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
