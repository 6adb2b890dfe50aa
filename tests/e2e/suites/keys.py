# SPDX-License-Identifier: Apache-2.0
"""Keys from the net and from mail that comes in: none is used before somebody trusts it, and a changed one waits."""
import base64
import http.server
import itertools
import json
import os
import ssl
import subprocess
import sys
import threading
import urllib.parse

from checks import fail_unless
from mta import people
from mta.clinic import Clinic
from mta.judge import method_of, open_pgp, open_smime, without_trace
from mta.keys import KeyRing
from mta.place import Isolation
from mta.submit import submit
from mta.wait import wait_until
from suites import messages

SECRETS = messages.SECRETS
WKD_ADDRESS = "127.44.7.9"
WKD_HOST = "openpgpkey.mail.example"
_numbers = itertools.count(1)


class Directory:
    """A Web Key Directory: {local part: key}."""

    def __init__(self, certificate, key):
        self.keys, self.asked = {}, []
        directory = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                directory.asked.append(self.path)
                found = directory.keys.get(query["l"][0])
                self.send_response(200 if found else 404)
                self.send_header("Content-Length", str(len(found or b"")))
                self.end_headers()
                self.wfile.write(found or b"")

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer((WKD_ADDRESS, 443), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()


def make_clinic(place):
    if not Isolation.mounts:
        sys.exit(77)
    hosts = place.write("hosts", f"127.0.0.1 localhost\n{WKD_ADDRESS} {WKD_HOST}\n")
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
    clinic = Clinic(place)
    clinic.directory = Directory(*clinic.ca.server("wkd", f"DNS:{WKD_HOST}"))
    clinic.ports["inbound"] = place.free_port()
    milter = f"unix:{clinic.milter_socket}"
    with open(os.path.join(clinic.main.config, "master.cf"), "a", encoding="utf-8") as file:
        file.write(f"127.0.0.1:{clinic.ports['inbound']} inet n - n - - smtpd\n"
                   f"  -o {{ smtpd_milters = {{ {milter}, default_action=accept }} }}\n"
                   "  -o milter_macro_daemon_name=INBOUND\n")
    clinic.write_settings({"keys.wkd": ["mail.example"], "keys.wkd_ca_file": clinic.ca.certificate,
                           "keys.lookup_ms": 20000, "milter.learn_listeners": ["INBOUND"]})
    return clinic.start()


def _ring(clinic, person, name):
    ring = KeyRing(clinic.place, name).create(person.name, person.address)
    clinic.rings[name] = ring
    return ring, ring.gpg("--export")[0]


def _listed(clinic, person):
    return [entry for entry in json.loads(clinic.phictl("keys", "list", "--json"))
            if person.address in entry["addresses"] and "source" in entry]


def _send(clinic, person):
    clinic.sink.clear()
    reply = clinic.submit(people.LAB.address, [person.address], messages.result([person.address]))
    fail_unless(reply.code == 250, reply.text)
    clinic.last_reply = reply
    return clinic.wait_copies(person.address)[0].data


def _receive(clinic, message):
    """A mail from outside, through the listener that only learns: it arrives as it was sent."""
    clinic.sink.clear()
    # Whole, so that Postfix adds nothing.
    message = (f"To: {people.NURSE.address}\r\nDate: Fri, 20 Nov 2026 10:00:00 -0500\r\n"
               f"Message-ID: <in-{next(_numbers)}@mail.example>\r\n").encode() + message
    reply = submit(clinic.ports["inbound"], "anybody@mail.example", [people.NURSE.address], message)
    fail_unless(reply.code == 250, reply.text)
    copy = clinic.wait_copies(people.NURSE.address)[0].data
    fail_unless(without_trace(copy) == message, f"the mail was changed: {copy}")


def _wait_pending(clinic, person, source):
    return wait_until(lambda: [each for each in _listed(clinic, person)
                               if each["state"] == "pending" and each["source"] == source],
                      lambda: f"a key of {person.address} from {source}: {_listed(clinic, person)}")[0]


def test_a_found_key_waits_for_trust(clinic):
    """Found on the net: the portal takes the mail until `keys trust`; then the next mail is PGP."""
    clinic.first_ring, clinic.directory.keys["ben.ode"] = _ring(clinic, people.FRIEND, "ben-1")
    fail_unless(method_of(_send(clinic, people.FRIEND)) == "portal", "it was not the portal's")
    found = _wait_pending(clinic, people.FRIEND, "wkd")
    clinic.phictl("keys", "trust", found["fingerprint"])
    open_pgp(_send(clinic, people.FRIEND), clinic.first_ring)
    fail_unless(len(clinic.directory.asked) == 1, clinic.directory.asked)
    reasons = clinic.wait_record(clinic.last_reply)["recipients"][0]["reasons"]
    fail_unless("key from wkd" in reasons, reasons)


def test_a_changed_key_waits(clinic):
    """The directory answers with another key: the one that was used stays in use, and `keys list` says so."""
    _, clinic.directory.keys["ben.ode"] = _ring(clinic, people.FRIEND, "ben-2")
    said = clinic.phictl("keys", "find", people.FRIEND.address)
    fail_unless("wkd at mail.example: found" in said and "pending" in said, said)
    fail_unless("pending (changed)" in clinic.phictl("keys", "list"), clinic.phictl("keys", "list"))
    open_pgp(_send(clinic, people.FRIEND), clinic.first_ring)


def test_a_refused_key_is_not_used(clinic):
    """The person says no: the next method."""
    for key in _listed(clinic, people.FRIEND):
        clinic.phictl("keys", "refuse", key["fingerprint"])
    fail_unless(method_of(_send(clinic, people.FRIEND)) == "portal", "it was not the portal's")


def test_a_signature_teaches_a_certificate(clinic):
    """Signed mail that comes in brings the certificate; it is used once it is trusted."""
    certificate, key = clinic.ca.mail("mira", people.PATIENT.name, people.PATIENT.address)
    entity = clinic.place.write("entity", b"Content-Type: text/plain\r\n\r\nThank you.\r\n")
    signed = subprocess.run(["openssl", "cms", "-sign", "-binary", "-in", entity, "-signer", certificate, "-inkey",
                             key], capture_output=True, check=True).stdout.replace(b"\r\n", b"\n")
    _receive(clinic, (f"From: {people.PATIENT.address}\n".encode() + signed).replace(b"\n", b"\r\n"))
    learned = _wait_pending(clinic, people.PATIENT, "learned")
    fail_unless(method_of(_send(clinic, people.PATIENT)) == "portal", "it was not the portal's")
    clinic.phictl("keys", "trust", learned["fingerprint"])
    open_smime(_send(clinic, people.PATIENT), certificate, key, clinic.ca.certificate)


def test_autocrypt_teaches_a_key(clinic):
    """An Autocrypt field brings a new key for somebody whose old one has expired."""
    ring, key = _ring(clinic, people.RETIRED, "elin-2")
    _receive(clinic, b"From: %s\r\nAutocrypt: addr=%s; keydata=%s\r\nSubject: hello\r\n\r\nHello.\r\n" % (
        people.RETIRED.address.encode(), people.RETIRED.address.encode(),
        base64.encodebytes(key).strip().replace(b"\n", b"\r\n ")))
    learned = _wait_pending(clinic, people.RETIRED, "autocrypt")
    fail_unless(method_of(_send(clinic, people.RETIRED)) == "portal", "it was not the portal's")
    clinic.phictl("keys", "trust", learned["fingerprint"])
    open_pgp(_send(clinic, people.RETIRED), ring)


def test_mail_that_comes_in_is_never_refused(clinic):
    """Broken signatures and fields teach nothing and stop nothing."""
    before = len(json.loads(clinic.phictl("keys", "list", "--json")))
    for fields in (b"Autocrypt: addr=x", b"Content-Type: multipart/signed; boundary=x",
                   b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n"
                   b"Content-Transfer-Encoding: base64"):
        _receive(clinic, b"From: eve@mail.example\r\n" + fields + b"\r\n\r\nAAAA\r\n")
    fail_unless(len(json.loads(clinic.phictl("keys", "list", "--json"))) == before, "something was learned")
