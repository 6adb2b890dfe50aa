# SPDX-License-Identifier: Apache-2.0
"""Opens protected mail with gpg, openssl and Python's email package, and says what is in it."""
import dataclasses
import email
import email.policy
import re

from .keys import run

TRACE = ("received", "return-path", "delivered-to", "x-original-to", "dkim-signature", "authentication-results")


def crlf(message):
    return re.sub(rb"\r?\n", b"\r\n", message)


def split(message):
    """(header fields as spelled, each with its line ends; body)."""
    head, separator, body = message.partition(b"\r\n\r\n")
    if not separator:
        head, body = message.rstrip(b"\r\n"), b""
    return re.findall(rb"[^\r\n]+(?:\r\n[ \t][^\r\n]*)*\r\n", head + b"\r\n"), body


def field_name(field):
    return field.partition(b":")[0].strip().lower().decode(errors="replace")


def without_trace(message):
    """What stands below the fields that mail servers put on top."""
    fields, body = split(message)
    while fields and field_name(fields[0]) in TRACE:
        fields.pop(0)
    return b"".join(fields) + b"\r\n" + body


def header(message, name):
    """Decoded value of the first such field, or None."""
    value = email.message_from_bytes(b"".join(split(message)[0]), policy=email.policy.default).get(name)
    return None if value is None else str(value)


def entity(message):
    """The MIME entity of a message: its Content-* fields as spelled, an empty line, its body."""
    fields, body = split(crlf(message))
    return b"".join(field for field in fields if field_name(field).startswith("content-")) + b"\r\n" + body


@dataclasses.dataclass
class Opened:
    method: str
    headers: object            # protected fields, as email.message.Message
    entity: bytes              # what the sender wrote, as sent
    signed: bool = False
    keys: list = dataclasses.field(default_factory=list)


def head_of(data):
    """The header fields of a message or of a part."""
    return email.message_from_bytes(b"".join(split(data)[0]) + b"\r\n")


def pieces_of(data):
    """The parts of a multipart as they are spelled: bytes, not a parser, since spelling is what is compared. (And
    since Python's parser needs minutes for 100 MB.)"""
    border = b"--" + head_of(data).get_boundary().encode()
    pieces = (b"\r\n" + split(data)[1]).split(b"\r\n" + border)
    if not pieces[-1].startswith(b"--"):
        raise AssertionError("a multipart without its end")
    return [piece.removeprefix(b"\r\n") for piece in pieces[1:-1]]


def method_of(data):
    """What a copy is, judged by its outer form alone."""
    head = head_of(data)
    kind = head.get_content_type()
    if kind == "multipart/encrypted" and head.get_param("protocol") == "application/pgp-encrypted":
        return "pgp"
    if kind == "application/pkcs7-mime":
        return "smime"
    if head.get("Auto-Submitted", "").startswith("auto-generated") and re.search(rb"/m/[A-Za-z0-9_=-]{20,}", data):
        return "portal"
    return "clear"


def _payload(plain):
    """Takes the header-protection wrapper off: (protected fields, the sender's entity)."""
    plain = crlf(plain)
    head = head_of(plain)
    if head.get_content_type() != "multipart/mixed" or head.get_param("hp") != "cipher":
        raise AssertionError(f"no header protection: {head.get('Content-Type')}")
    pieces = pieces_of(plain)
    if len(pieces) != 1:
        raise AssertionError(f"the wrapper holds {len(pieces)} parts")
    return head, pieces[0]


def armored_part(data):
    """The second part of PGP/MIME, after a look at the first (RFC 3156, section 4)."""
    pieces = pieces_of(data)
    kinds = [head_of(piece).get_content_type() for piece in pieces]
    if kinds != ["application/pgp-encrypted", "application/octet-stream"]:
        raise AssertionError(f"PGP/MIME with parts {kinds}")
    if split(pieces[0])[1].strip() != b"Version: 1":
        raise AssertionError("PGP/MIME without 'Version: 1'")
    return split(pieces[1])[1]


def open_pgp(data, ring):
    armored = armored_part(data)
    plain, status = ring.decrypt(armored)
    headers, inner = _payload(plain)
    return Opened("pgp", headers, inner, "GOODSIG" in status, ring.recipients(armored))


def open_smime(data, certificate, key, ca_file):
    """RFC 8551: decrypts, then takes off and checks the signature when there is one inside."""
    plain, _ = run(["openssl", "cms", "-decrypt", "-inform", "SMTP", "-recip", certificate, "-inkey", key], stdin=data)
    signed = False
    if head_of(plain).get_content_type() in ("multipart/signed", "application/pkcs7-mime"):
        plain, _ = run(["openssl", "cms", "-verify", "-inform", "SMTP", "-CAfile", ca_file], stdin=plain)
        signed = True
    structure = run(["openssl", "cms", "-cmsout", "-print", "-inform", "SMTP"], stdin=data)[0].decode(errors="replace")
    algorithms = re.findall(r"algorithm: (\S+)", structure)
    headers, inner = _payload(plain)
    return Opened("smime", headers, inner, signed, algorithms)


def message_text(data):
    """All text parts of a message, decoded."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    return "\n".join(part.get_content() for part in message.walk() if part.get_content_maintype() == "text")


def notice_link(data):
    """The portal link of a notice, the same in its text and in its HTML; and all its text."""
    text = message_text(data)
    links = set(re.findall(r"https?://[^\s\"'<>]+/m/[A-Za-z0-9_=-]+", text))
    if len(links) != 1:
        raise AssertionError(f"a notice with {len(links)} links")
    return links.pop(), text
