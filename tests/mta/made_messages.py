# SPDX-License-Identifier: Apache-2.0
"""Messages that a mailer makes with keys: signed or encrypted by openssl or gpg. `make(name, clinic)` gives the mail."""
import base64
import os
import re

from . import people
from .keys import run

SECRETS = b"Patient: Jordan Quill\r\nSSN: 547-38-2916\r\nMRN: 44718820\r\nDiagnosis: chronic hepatitis C.\r\n"
TEXT = b"Content-Type: text/plain; charset=us-ascii\r\n\r\n" + SECRETS


def _head(to, subject):
    return (f"From: Alder Street Lab <lab@clinic.example>\r\nTo: {to}\r\nSubject: {subject}\r\n"
            "Date: Fri, 20 Nov 2026 10:00:00 -0500\r\nMessage-ID: <made-1@clinic.example>\r\n").encode()


def _openssl(clinic, *arguments, entity):
    """What openssl writes as a mail, with CRLFs."""
    out = run(["openssl", "cms", "-binary", *arguments], stdin=entity)[0]
    return re.sub(rb"\r?\n", b"\r\n", out)


def _signed(clinic, *more):
    certificate, key = clinic.organisation_pair
    return _openssl(clinic, "-sign", "-signer", certificate, "-inkey", key, *more, entity=TEXT)


def multipart_signed(clinic):
    return _head(people.DOCTOR.address, "Signed result of Jordan Quill") + _signed(clinic)


def opaque_signed(clinic):
    return _head(people.DOCTOR.address, "Signed result of Jordan Quill") + _signed(clinic, "-nodetach")


def cms_encrypted(clinic):
    entity = _openssl(clinic, "-encrypt", "-aes256", clinic.partner_pair[0], entity=TEXT)
    return _head(people.PATIENT.address, "Report") + entity


def _pgp_mime(armored):
    return (b"MIME-Version: 1.0\r\nContent-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\r\n"
            b" boundary=\"=_x\"\r\n\r\n--=_x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n"
            b"--=_x\r\nContent-Type: application/octet-stream\r\n\r\n" + armored + b"\r\n--=_x--\r\n")


def pgp_encrypted(clinic):
    ring = clinic.rings[people.DOCTOR.address]
    armored = ring.gpg("--armor", "--trust-model", "always", "--encrypt", "--recipient", people.DOCTOR.address,
                       stdin=TEXT)[0]
    return _head(people.PATIENT.address, "Report") + _pgp_mime(re.sub(rb"\r?\n", b"\r\n", armored))


def pgp_fake(clinic):
    """Says that it is encrypted, and is not: text in an armor."""
    body = base64.encodebytes(SECRETS).replace(b"\n", b"\r\n")
    armored = b"-----BEGIN PGP MESSAGE-----\r\n\r\n" + body + b"-----END PGP MESSAGE-----\r\n\r\n" + SECRETS
    return _head(people.PATIENT.address, "Report") + _pgp_mime(armored)


def cms_fake(clinic):
    """Says that it is enveloped data, and is a signature that everybody reads."""
    entity = _signed(clinic, "-nodetach").replace(b"smime-type=signed-data", b"smime-type=enveloped-data")
    return _head(people.PATIENT.address, "Report") + entity


def make(name, clinic):
    return globals()[name.replace("-", "_")](clinic)
