# SPDX-License-Identifier: Apache-2.0
"""Partners whose gateway decrypts for everybody there; the organisation's own signature; and who may opt out, by login."""
import base64
import os
import re

from checks import fail_unless
from mta import people
from mta.clinic import Clinic
from mta.judge import armored_part, method_of, open_pgp, open_smime
from mta.keys import KeyRing, run
from mta.place import FILTER_UID, SHARED_GID
from mta.sasl import Logins, plain
from mta.submit import Client, wire
from suites import messages

RIVER, LAKE = "river-hospital.example", "lake-hospital.example"
POLICY = """[[role]]
id = "physician"
login = ["rosa"]
[[mark]]
id = "plain"
subject = "[plain]"
action = "opt_out"
role = ["physician"]
"""
PASSWORDS = {"rosa": "thistle-9", "tom": "bramble-4"}


class Network(Clinic):
    more_domains = (RIVER, LAKE)


def make_clinic(place):
    clinic = Network(place)
    clinic.write_site_policy(POLICY)
    clinic.logins = Logins(place.path("logins"), PASSWORDS)
    _let_people_log_in(clinic)
    clinic.river = KeyRing(place, "river").create("River Hospital", f"gateway@{RIVER}")
    clinic.lake = clinic.ca.mail("lake", "Lake Hospital", f"gateway@{LAKE}")
    clinic.signer = KeyRing(place, "signer").create(people.CLINIC, f"gateway@{people.CLINIC_DOMAIN}")
    clinic.rings |= {RIVER: clinic.river, "signer": clinic.signer}
    clinic.river.gpg("--import", place.write("signer.pub", clinic.signer.gpg("--export")[0]))
    _give_secret_key(clinic)
    clinic.write_settings({
        "keys.partners": [f"{RIVER}:{_fingerprint(clinic.river)}", f"{LAKE}:{_digest(clinic, clinic.lake[0])}"],
        "pgp.sign_key": _fingerprint(clinic.signer)})
    clinic.start()
    for name, key in (("river.asc", clinic.river.gpg("--export")[0]), ("lake.pem", _bytes(clinic.lake[0]))):
        clinic.phictl("keys", "import", place.write(name, key))
    return clinic


def _bytes(path):
    with open(path, "rb") as file:
        return file.read()


def _fingerprint(ring):
    listed = ring.gpg("--with-colons", "--list-keys")[0].decode()
    return re.search(r"^fpr:+([0-9A-F]{40}):", listed, re.M).group(1)


def _digest(clinic, certificate):
    said = run(["openssl", "x509", "-in", certificate, "-noout", "-fingerprint", "-sha256"])[0].decode()
    return said.partition("=")[2].strip().replace(":", "").lower()


def _let_people_log_in(clinic):
    path = os.path.join(clinic.main.config, "master.cf")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    name = "  -o milter_macro_daemon_name=OUTBOUND"
    fail_unless(name in text, text)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(name, f"{name}\n  -o smtpd_sasl_auth_enable=yes\n  -o smtpd_sasl_type=dovecot\n"
                                f"  -o smtpd_sasl_path={clinic.place.path('logins')}"))


def _give_secret_key(clinic):
    """Into the filter's own keyring, as its admin would: without a passphrase."""
    secret = clinic.place.write("signer.key", clinic.signer.gpg("--export-secret-keys")[0])
    home = clinic.place.path("gnupg")
    filters = KeyRing.__new__(KeyRing)
    filters.home = home
    filters.gpg("--import", secret)
    filters.close()
    for folder, _, files in os.walk(home):
        for entry in [folder, *(os.path.join(folder, file) for file in files)]:
            os.chown(entry, FILTER_UID, SHARED_GID, follow_symlinks=False)
    os.unlink(secret)


def _send(clinic, address):
    clinic.sink.clear()
    reply = clinic.submit(people.LAB.address, [address], messages.result([address]))
    fail_unless(reply.code == 250, reply.text)
    clinic.last_reply = reply
    return clinic.wait_copies(address)[0].data


def _reasons(clinic):
    return clinic.wait_record(clinic.last_reply)["recipients"][0]["reasons"]


def test_a_gateway_with_an_openpgp_key(clinic):
    """Anybody at the domain is encrypted to the gateway's key alone; gpg, as that gateway, reads it."""
    data = _send(clinic, f"ward-3@{RIVER}")
    opened = open_pgp(data, clinic.river)
    fail_unless(messages.SSN.encode() in opened.entity, "the entity is not the sender's")
    fail_unless(len(opened.keys) == 1, opened.keys)
    fail_unless("key from partner" in " ".join(_reasons(clinic)), _reasons(clinic))


def test_a_gateway_with_a_certificate(clinic):
    """The same with S/MIME, read by openssl."""
    opened = open_smime(_send(clinic, f"ward-4@{LAKE}"), *clinic.lake, clinic.ca.certificate)
    fail_unless(messages.SSN.encode() in opened.entity and opened.signed, "not the sender's, or not signed")


def test_pgp_mail_is_signed_by_the_organisation(clinic):
    """gpg says so, with the public key alone; somebody without it still reads the mail."""
    data = _send(clinic, f"ward-5@{RIVER}")
    fail_unless(open_pgp(data, clinic.river).signed, "no good signature")
    status = clinic.river.gpg("--status-fd", "2", "--decrypt", stdin=armored_part(data))[1].decode()
    fail_unless(f"VALIDSIG {_fingerprint(clinic.signer)}" in status, status)
    plain, status = _decrypted_without_our_key(clinic, _send(clinic, people.DOCTOR.address))
    fail_unless(messages.SSN.encode() in plain and "NO_PUBKEY" in status, status)


def _decrypted_without_our_key(clinic, data):
    """gpg shows all and ends with 2, since it cannot check who signed."""
    home = clinic.rings[people.DOCTOR.address].home
    plain, status = run(["gpg", "--homedir", home, "--batch", "--no-tty", "--status-fd", "2", "--decrypt"],
                        stdin=armored_part(data), ok=(2,))
    return plain, status.decode(errors="replace")


def test_the_signing_key_is_tried_out(clinic):
    """`keys list` says that it signs, and what is wrong once its file is gone; mail then waits."""
    fail_unless("pgp-signing" in clinic.phictl("keys", "list"), "it is not listed")
    secrets = clinic.place.path("gnupg/private-keys-v1.d")
    os.rename(secrets, f"{secrets}.away")
    try:
        said = clinic.phictl("keys", "list", ok=(1,))
        fail_unless(re.search(r"pgp-signing +unusable", said), said)
        reply = clinic.submit(people.LAB.address, [people.DOCTOR.address], messages.result([people.DOCTOR.address]))
        fail_unless(reply.later, reply.text)
    finally:
        os.rename(f"{secrets}.away", secrets)
    fail_unless(messages.SSN.encode() in _decrypted_without_our_key(
        clinic, _send(clinic, people.DOCTOR.address))[0], "it cannot be read")


def _log_in_and_send(clinic, login, subject):
    """Through Postfix, with AUTH PLAIN; the form in which it arrives, and its record."""
    clinic.sink.clear()
    client = Client(clinic.ports["filtered"])
    try:
        message = messages.result([people.PATIENT.address]).replace(b"Subject: Result", f"Subject: {subject}".encode())
        fail_unless(client.command("EHLO desk.clinic.example").ok, "EHLO")
        reply = client.command(f"AUTH PLAIN {plain(login, PASSWORDS[login])}")
        fail_unless(reply.code == 235, reply.text)
        for line in (f"MAIL FROM:<{people.LAB.address}>", f"RCPT TO:<{people.PATIENT.address}>", "DATA"):
            fail_unless(client.command(line).ok, line)
        client.send_raw(wire(message))
        reply = client.end_data()
        fail_unless(reply.code == 250, "the end of data")
    finally:
        client.close()
    form = method_of(clinic.wait_copies(people.PATIENT.address)[0].data)
    return form, clinic.wait_record(reply)


def test_who_may_opt_out_is_known_by_login(clinic):
    """A physician's mark counts, and the journal says whose login it was; a colleague's does not."""
    form, record = _log_in_and_send(clinic, "rosa", "[plain] Result")
    fail_unless(form == "clear" and record["login"] == "rosa", f"{form}: {record}")
    fail_unless("mark plain" in " ".join(record["recipients"][0]["reasons"]), record)
    form, record = _log_in_and_send(clinic, "tom", "[plain] Result")
    fail_unless(form == "portal" and record["login"] == "tom", f"{form}: {record}")


def test_a_wrong_password_is_no_login(clinic):
    """Postfix says no; what such a client sends is nobody's."""
    client = Client(clinic.ports["filtered"])
    try:
        client.command("EHLO desk.clinic.example")
        wrong = base64.b64encode(b"\0rosa\0guess").decode()
        fail_unless(client.command(f"AUTH PLAIN {wrong}").code == 535, "it was let in")
    finally:
        client.close()
