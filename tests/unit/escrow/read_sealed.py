# SPDX-License-Identifier: Apache-2.0
#
# Opens a sealed file, written from docs/escrow-format.md and from nothing else.
#   read_sealed.py PRIVATE.pem FILE                      the body to standard output
#   read_sealed.py --entry PRIVATE.pem FILE [LINK]       the facts, a line end, the body
#   read_sealed.py --facts PRIVATE.pem FILE              the facts
#   read_sealed.py --recover RECOVERY.pem FILE           the link secret
import base64
import hashlib
import json
import struct
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

FIXED, SLOT, SLOTS, CHUNK, TAG = 128, 96, 4, 65536, 16
NAME = b"phimilter sealed file 2 "


def derive(secret, salt, what):
    return HKDF(hashes.SHA256(), 32, salt=salt, info=NAME + what).derive(secret)


def unwrap(head, private_key, slot_type):
    """What a slot of this type holds for this key."""
    public = private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    key_id = hashlib.sha256(public).digest()[:8]
    for number in range(SLOTS):
        slot = head[FIXED + number * SLOT:][:SLOT]
        if slot[0] != slot_type or slot[8:16] != key_id:
            continue
        ephemeral = slot[16:48]
        shared = private_key.exchange(X25519PublicKey.from_public_bytes(ephemeral))
        wrap_key = derive(shared, ephemeral + public, b"wrap")
        return AESGCM(wrap_key).decrypt(bytes(12), slot[48:96], head[:FIXED] + slot[:48])
    raise SystemExit("no slot for this key")


def open_facts(head, root, data):
    size = struct.unpack(">I", head[64:68])[0]
    if size == 0:
        return None, data
    key = derive(root, None, b"facts")
    return AESGCM(key).decrypt(bytes(12), data[:size + TAG], head[:FIXED] + b"\x02"), data[size + TAG:]


def open_body(head, root, data, link):
    bound = head[10] == 1
    key = derive(root + link.encode(), None, b"bound body") if bound else derive(root, None, b"body")
    cipher, plain, counter = AESGCM(key), b"", 0
    while True:
        last = len(data) <= CHUNK + TAG
        nonce = bytes(4) + struct.pack(">Q", counter)
        plain += cipher.decrypt(nonce, data[:CHUNK + TAG], head[:FIXED] + (b"\x01" if last else b"\x00"))
        if last:
            return plain
        data, counter = data[CHUNK + TAG:], counter + 1


def check_head(head):
    assert head[:8] == b"PHISEAL\n" and head[8] == 2 and head[11:16] == bytes(5) and head[68:FIXED] == bytes(60)


def open_sealed(private_key, data, link=""):
    """(the facts as bytes, None where there are none; the body)."""
    head, data = data[:512], data[512:]
    check_head(head)
    root = unwrap(head, private_key, 1)
    facts, data = open_facts(head, root, data)
    return facts, open_body(head, root, data, link)


def known_facts(data, facts):
    """The facts of an entry; they say the same as the head."""
    known = json.loads(facts)
    assert data[9] == 1 and data[16:32].hex() == known["id"]
    assert struct.unpack(">qq", data[48:64]) == (known["created"], known["expires"])
    return known


def main(arguments):
    how = arguments.pop(0) if arguments[0].startswith("--") else "--body"
    with open(arguments[0], "rb") as pem, open(arguments[1], "rb") as sealed:
        private_key, data = load_pem_private_key(pem.read(), None), sealed.read()
    if how == "--recover":
        check_head(data[:512])
        print(base64.urlsafe_b64encode(unwrap(data[:512], private_key, 2)).decode().rstrip("="))
        return
    if how == "--facts":
        head = data[:512]
        check_head(head)
        facts, body = open_facts(head, unwrap(head, private_key, 1), data[512:])[0], b""
    else:
        facts, body = open_sealed(private_key, data, arguments[2] if len(arguments) > 2 else "")
    if how in ("--entry", "--facts"):
        sys.stdout.buffer.write(json.dumps(known_facts(data, facts), sort_keys=True).encode() + b"\n")
    sys.stdout.buffer.write(body)


if __name__ == "__main__":
    main(sys.argv[1:])
