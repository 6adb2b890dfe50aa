# SPDX-License-Identifier: Apache-2.0
"""A private Redis on a unix socket. Debian's redis-tools holds the server program under another name."""
import json
import os
import subprocess

from .place import FILTER_UID, SHARED_GID
from .wait import wait_until


class Redis:
    def __init__(self, place):
        self._place = place
        self._folder = place.folder("redis", 0o750, FILTER_UID, SHARED_GID)
        self.socket = os.path.join(self._folder, "redis.sock")
        self._program = place.path("redis/redis-server")
        os.symlink("/usr/bin/redis-check-rdb", self._program)
        self._process = None

    def start(self):
        self._process = self._place.start(
            "redis", [self._program, "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "770",
                      "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--dir", self._folder],
            uid=FILTER_UID, gid=SHARED_GID)
        wait_until(lambda: self.answers() or not self._process.running(), "Redis to answer", 10)
        return self

    def stop(self):
        self._process.stop()

    def kill(self):
        self._process.kill()

    @property
    def pid(self):
        return self._process.pid

    def cli(self, *arguments):
        result = subprocess.run(["redis-cli", "-s", self.socket, *arguments], capture_output=True, timeout=20)
        return result.returncode, result.stdout.decode(errors="replace")

    def answers(self):
        return self.cli("ping")[1].strip() == "PONG"

    def entries(self, stream):
        """[(id, {field: value})] of a stream."""
        code, text = self.cli("--json", "XRANGE", stream, "-", "+")
        if code != 0 or not text.strip():
            return []
        return [(entry, dict(zip(fields[::2], fields[1::2]))) for entry, fields in json.loads(text)]
