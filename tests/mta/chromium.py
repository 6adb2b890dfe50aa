# SPDX-License-Identifier: Apache-2.0
"""Chromium as a phone, driven over its debugging pipe (no port, no further packages)."""
import base64
import json
import os
import subprocess
import tempfile

from .wait import Timeout, wait_until

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
             "--ignore-certificate-errors", "--hide-scrollbars", "--remote-debugging-pipe", "about:blank"]

# Levels A and AA of WCAG 2.0 to 2.2, and what else axe-core holds for good practice.
AXE_RUN = """axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(
  done => JSON.stringify(done.violations.map(one => ({id: one.id, impact: one.impact, help: one.help,
    nodes: one.nodes.slice(0, 3).map(node => node.html.slice(0, 120))}))))"""


class Phone:
    """390 by 844 points, as a common phone has. Pages run no scripts: evaluate() alone does, from outside."""

    def __init__(self, folder):
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        self._profile = tempfile.TemporaryDirectory(dir=folder)

        def descriptors():
            os.dup2(to_read, 100)
            os.dup2(to_write, 101)
            os.dup2(100, 3)
            os.dup2(101, 4)
        environment = {"PATH": "/usr/bin:/bin", "HOME": self._profile.name, "LANG": "C.UTF-8"}
        self._process = subprocess.Popen(
            ["chromium", f"--user-data-dir={self._profile.name}", *ARGUMENTS], preexec_fn=descriptors,
            close_fds=False, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(to_read)
        os.close(to_write)
        self._answers, self._number = os.fdopen(self._read, "rb"), 0
        target = self.call("Target.createTarget", {"url": "about:blank"}, None)["targetId"]
        self._session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True}, None)["sessionId"]
        self.call("Page.enable")
        self.resize(390)
        self.scripts(False)

    def call(self, method, parameters=None, session=""):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters or {}}
        if session is not None:
            message["sessionId"] = session or self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]

    def _next(self):
        data = bytearray()
        while not data.endswith(b"\0"):
            piece = self._answers.read(1)
            if not piece:
                raise Timeout("chromium ended")
            data += piece
        return json.loads(data[:-1])

    def evaluate(self, expression, promise=False):
        result = self.call("Runtime.evaluate",
                           {"expression": expression, "returnByValue": True, "awaitPromise": promise})
        if "exceptionDetails" in result:
            said = result["exceptionDetails"].get("exception", {}).get("description", "an exception")
            raise AssertionError(f"{said.splitlines()[0]}: {expression[:200]}")
        return result["result"].get("value")

    def resize(self, width, height=844, scale=2):
        """In points. 320 is also what 1,280 points are at 400 % zoom."""
        self.call("Emulation.setDeviceMetricsOverride",
                  {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": True})

    def theme(self, name):
        """"light" or "dark"."""
        self.call("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": name}]})

    def scripts(self, allowed):
        self.call("Emulation.setScriptExecutionDisabled", {"value": not allowed})

    def axe(self, script):
        """What axe-core, whose text is given, finds wrong with this page: a list of sentences."""
        self.scripts(True)
        try:
            self.evaluate(script + ";0")
            found = json.loads(self.evaluate(AXE_RUN, promise=True))
        finally:
            self.scripts(False)
        return [f"{one['id']} ({one['impact']}): {one['help']}: {one['nodes']}" for one in found]

    def open(self, address):
        self.call("Page.navigate", {"url": address})
        self.wait_loaded()

    def wait_loaded(self):
        wait_until(lambda: self.evaluate("document.readyState") == "complete"
                   and self.evaluate("location.href") != "about:blank", "the page to load", 30)

    def text(self):
        return self.evaluate("document.body.innerText")

    def width(self):
        """Of what the page needs; more than 390 would scroll sideways."""
        return self.evaluate("document.documentElement.scrollWidth")

    def press(self, expression):
        """Presses the button that the expression finds, and waits for the next page."""
        self.evaluate("window.old = true")
        self.evaluate(f"({expression}).click()")
        self._wait_next_page()

    def _wait_next_page(self):
        wait_until(lambda: self.evaluate("window.old !== true && document.readyState === 'complete'"),
                   "the next page", 30)

    def key(self, name):
        """"Tab" or "Enter"."""
        code = {"Tab": 9, "Enter": 13}[name]
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", {"type": kind, "key": name, "code": name, "windowsVirtualKeyCode": code,
                                                 **({"text": "\r"} if name == "Enter" and kind == "keyDown" else {})})

    def key_to_next_page(self, name):
        self.evaluate("window.old = true")
        self.key(name)
        self._wait_next_page()

    def write(self, text):
        """Into the field that has the focus."""
        self.call("Input.insertText", {"text": text})

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True})["data"]
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
        return path

    def close(self):
        try:
            self.call("Browser.close", session=None)
        except (OSError, AssertionError):
            pass
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._write)
        self._answers.close()
        self._profile.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
