#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
#
# Opens a sealed file, written from the description at the top of escrow/sealed_file.cc and from nothing else.
#   read_sealed.py PRIVATE.pem FILE        plain bytes to standard output
#   read_sealed.py --entry PRIVATE.pem FILE    the facts, a line end, the message
import hashlib
import json
import struct
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

CHUNK = 65536
TAG = 16


def open_sealed(private_key, data):
    header = data[:152]
    assert header[:8] == b"PHISEAL\n" and header[8] == 1 and header[10:16] == bytes(6)
    public = private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert header[64:72] == hashlib.sha256(public).digest()[:8]
    ephemeral = header[72:104]
    shared = private_key.exchange(X25519PublicKey.from_public_bytes(ephemeral))
    wrap_key = HKDF(hashes.SHA256(), 32, salt=ephemeral + public, info=b"phimilter sealed file 1").derive(shared)
    data_key = AESGCM(wrap_key).decrypt(bytes(12), header[104:152], header[:104])
    cipher, plain, rest, counter = AESGCM(data_key), b"", data[152:], 0
    while True:
        last = len(rest) <= CHUNK + TAG
        sealed, rest = rest[: CHUNK + TAG], rest[CHUNK + TAG :]
        nonce = bytes(4) + struct.pack(">Q", counter)
        plain += cipher.decrypt(nonce, sealed, header + (b"\x01" if last else b"\x00"))
        if last:
            return header, plain
        counter += 1


def split_entry(header, plain):
    size = struct.unpack(">I", plain[:4])[0]
    facts = json.loads(plain[4 : 4 + size])
    created, expires = struct.unpack(">qq", header[48:64])
    assert header[9] == 1 and header[16:32].hex() == facts["id"]
    assert (created, expires) == (facts["created"], facts["expires"])
    return facts, plain[4 + size :]


def main(arguments):
    as_entry = arguments[0] == "--entry"
    key_file, sealed_file = arguments[as_entry:]
    with open(key_file, "rb") as pem, open(sealed_file, "rb") as sealed:
        header, plain = open_sealed(load_pem_private_key(pem.read(), None), sealed.read())
    if as_entry:
        facts, message = split_entry(header, plain)
        plain = json.dumps(facts, sort_keys=True).encode() + b"\n" + message
    sys.stdout.buffer.write(plain)


if __name__ == "__main__":
    main(sys.argv[1:])
