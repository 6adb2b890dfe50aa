# SPDX-License-Identifier: Apache-2.0
"""Hosts that give MTA-STS policies (RFC 8461 3.3)."""
import http.server
import ssl
import threading


class PolicyWeb:
    """`policies`: host -> text of its policy file. One certificate names them all."""

    def __init__(self, address, certificate, key, policies):
        web = self
        self.policies, self.asked = policies, []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                host = self.headers.get("Host", "").partition(":")[0]
                web.asked.append((host, self.path))
                text = web.policies.get(host) if self.path == "/.well-known/mta-sts.txt" else None
                body = (text or "").encode()
                self.send_response(200 if text else 404)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer((address, 443), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
