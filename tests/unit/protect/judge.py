#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads what phimilter made, with Python's email package and with no code of phimilter's.

judge.py outline FILE              content type and chosen fields, a line a part; defects too
judge.py part FILE NUMBER OUT      the n-th leaf, decoded, into OUT
judge.py entity PAYLOAD OUT        the one entity inside a protected payload, byte for byte, into OUT
judge.py fields FILE               the fields of the top, one a line, unfolded and decoded
"""
import email
import email.policy
import sys


def parsed(path):
    with open(path, "rb") as file:
        return email.message_from_binary_file(file, policy=email.policy.default)


def outline(path):
    for part in parsed(path).walk():
        parameters = sorted((k.lower(), v) for k, v in part.get_params([], unquote=True)[1:]
                            if k.lower() not in ("boundary",))
        print(part.get_content_type(), part.get("Content-Transfer-Encoding", "-"),
              " ".join(f"{k}={v}" for k, v in parameters))
        for defect in part.defects:
            print("DEFECT", type(defect).__name__)


def part(path, number, out):
    leaves = [each for each in parsed(path).walk() if not each.is_multipart()]
    with open(out, "wb") as file:
        file.write(leaves[int(number)].get_payload(decode=True))


def entity(path, out):
    with open(path, "rb") as file:
        payload = file.read()
    head = payload[:payload.index(b"\r\n\r\n")]
    boundary = email.message_from_bytes(head, policy=email.policy.default).get_boundary().encode()
    start = payload.index(b"\r\n\r\n--" + boundary + b"\r\n") + len(boundary) + 8
    assert payload.endswith(b"\r\n--" + boundary + b"--\r\n"), "it does not end with the boundary"
    end = len(payload) - len(boundary) - 8
    assert payload.count(b"--" + boundary) == 2, "not exactly one part"
    with open(out, "wb") as file:
        file.write(payload[start:end])


def fields(path):
    for name, value in parsed(path).items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    {"outline": outline, "part": part, "entity": entity, "fields": fields}[sys.argv[1]](*sys.argv[2:])
