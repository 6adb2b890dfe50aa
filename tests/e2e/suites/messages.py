# SPDX-License-Identifier: Apache-2.0
"""Messages the suites send."""
import base64
import itertools

from mta import people

SSN, NAME = "547-38-2916", "Jordan Quill"
SECRETS = (SSN, NAME)
_numbers = itertools.count(1)


def _head(recipients, subject, kind):
    people_named = ", ".join(f"<{address}>" for address in recipients)
    return (f"From: {people.LAB.name} <{people.LAB.address}>\r\nTo: {people_named}\r\nSubject: {subject}\r\n"
            f"Date: Fri, 20 Nov 2026 10:00:00 -0500\r\nMessage-ID: <suite-{next(_numbers)}@clinic.example>\r\n"
            f"MIME-Version: 1.0\r\nContent-Type: {kind}\r\n").encode()


def result(recipients):
    """A lab result with PHI."""
    return _head(recipients, f"Result of {NAME}", "text/plain; charset=us-ascii") + (
        f"\r\nPatient: {NAME}, date of birth 03/07/1961, SSN {SSN}, MRN 44718820\r\n"
        "Diagnosis: chronic hepatitis C.\r\n").encode()


def chatty(recipients):
    """A mail without PHI."""
    return _head(recipients, "Lunch", "text/plain; charset=us-ascii") + b"\r\nNoon at the corner, then.\r\n"


def with_attachment(recipients, size):
    """A result with a text attachment of `size` bytes in base64."""
    line = b"ferritin,4,ng/mL,2026-11-20,Alder Street Lab,within the method's range\r\n"
    content = base64.encodebytes((line * (size // len(line) + 1))[:size]).replace(b"\n", b"\r\n")
    return b"".join((
        _head(recipients, f"Result of {NAME}", "multipart/mixed; boundary=b9"), b"\r\n--b9\r\n",
        b"Content-Type: text/plain\r\n\r\n", f"{NAME}, SSN {SSN}, diagnosis asthma.\r\n".encode(), b"--b9\r\n",
        b"Content-Type: text/csv; name=values.csv\r\nContent-Transfer-Encoding: base64\r\n\r\n", content,
        b"--b9--\r\n"))


def slow_to_read(recipients, size):
    """Without PHI, but long work for the reader of parts."""
    return _head(recipients, "Minutes", "text/html; charset=utf-8") + b"\r\n" + (
        b"<p>The garden <b>group</b> met and <i>talked</i> about tulips &amp; bulbs.</p>\r\n" * (size // 75))
