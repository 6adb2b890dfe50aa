#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""https_server.py CERTIFICATE KEY: prints its port and serves, by path, what a careful client must sort out."""
import http.server
import ssl
import sys

ANSWERS = {
    "/policy": (200, "text/plain; charset=utf-8", b"version: STSv1\n"),
    "/bare": (200, "Text/Plain", b"bare\n"),
    "/page": (200, "text/html", b"<html></html>"),
    "/long": (200, "text/plain", b"x" * (64 * 1024 + 1)),
    "/full": (200, "text/plain", b"x" * (64 * 1024)),
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/policy")
            self.end_headers()
            return
        code, kind, body = ANSWERS.get(self.path, (404, "text/plain", b"none\n"))
        self.send_response(code)
        self.send_header("Content-Type", kind)
        if self.path != "/long":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """Clients that hang up are what is tested."""


server = Server(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
