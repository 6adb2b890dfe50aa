# SPDX-License-Identifier: Apache-2.0
"""Reads a mail on stdin as Python's email package does; prints header fields, text and files as JSON."""
import email.policy
import hashlib
import json
import sys

raw = sys.stdin.buffer.read()
mail = email.message_from_bytes(raw, policy=email.policy.default)
body = mail.get_body(("plain",))
json.dump({
    "headers": [[name, str(value)] for name, value in mail.items()],
    "from": [[one.display_name, one.addr_spec] for one in mail["From"].addresses],
    "reply_to": [one.addr_spec for one in mail["Reply-To"].addresses],
    "to": [one.addr_spec for one in mail["To"].addresses],
    "text": body.get_content() if body else None,
    "files": [[part.get_filename(), part.get_content_type(),
               hashlib.sha256(part.get_payload(decode=True) or b"").hexdigest()]
              for part in mail.iter_attachments()],
    "defects": [type(defect).__name__ for part in mail.walk() for defect in part.defects],
    "longest_line": max(len(line) for line in raw.split(b"\r\n")),
    "bare": raw.replace(b"\r\n", b"").count(b"\n") + raw.replace(b"\r\n", b"").count(b"\r"),
    "ascii": raw.isascii(),
}, sys.stdout)
