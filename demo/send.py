#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends a message to the running demo: send.py --port PORT --from A --to B [--to C ...] FILE.eml"""
import argparse
import smtplib

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--from", dest="sender", required=True)
parser.add_argument("--to", action="append", required=True)
parser.add_argument("file", type=argparse.FileType("rb"))
options = parser.parse_args()
with smtplib.SMTP("127.0.0.1", options.port) as server:
    server.sendmail(options.sender, options.to, options.file.read())
print("accepted")
