#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An HTTPS server that tells the truth, lies, hangs or is broken, by the local part it is asked for:
wkd_server.py CERTIFICATE KEY LOG. Prints its port. Each request's host and path stand in LOG."""
import http.server
import ssl
import sys
import threading
import urllib.parse


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(sys.argv[3], "a", encoding="utf-8") as log:
            log.write(f"{self.headers['Host'].split(':')[0]} {self.path}\n")
        who = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["l"][0]
        if who == "hang":
            threading.Event().wait(60)
        elif who == "drop":
            self.close_connection = True
        elif who == "elsewhere":
            self.send_response(302)
            self.send_header("Location", "https://localhost/found")
            self.end_headers()
        elif who.isdigit():
            self.send_response(int(who))
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            body = b"x" * (3 << 20) if who == "huge" else f"key of {who}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream")
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
