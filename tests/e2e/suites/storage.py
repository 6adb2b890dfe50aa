# SPDX-License-Identifier: Apache-2.0
"""The escrow cannot be written: nobody gets a notice for a message that is not there."""
import os

from checks import fail_unless
from mta import people
from suites.messages import SECRETS, result  # noqa: F401


def test_escrow_not_writable(clinic):
    """4xx, no notice, no clear text; when the disk is back, the retry brings one notice."""
    folder = clinic.place.path("escrow")
    message = result([people.PATIENT.address])
    os.chmod(folder, 0o550)
    try:
        reply = clinic.submit(people.LAB.address, [people.PATIENT.address], message)
    finally:
        os.chmod(folder, 0o2770)
    fail_unless(reply.later, reply.text)
    clinic.wait_quiet()
    fail_unless(not clinic.sink.deliveries(), "something left")
    reply = clinic.submit(people.LAB.address, [people.PATIENT.address], message)
    fail_unless(reply.code == 250, reply.text)
    clinic.wait_copies(people.PATIENT.address)
    clinic.wait_quiet()
    fail_unless(len(clinic.sink.deliveries(people.PATIENT.address)) == 1, "more than one notice")


def test_escrow_not_writable_with_others_waiting(clinic):
    """A doctor and a patient on one message: while the patient's copy cannot be sealed, a retry gives the doctor no
    second copy."""
    folder = clinic.place.path("escrow")
    recipients = [people.DOCTOR.address, people.PATIENT.address]
    message = result(recipients)
    os.chmod(folder, 0o550)
    try:
        for _ in range(2):
            reply = clinic.submit(people.LAB.address, recipients, message)
            fail_unless(reply.later, reply.text)
    finally:
        os.chmod(folder, 0o2770)
    fail_unless(clinic.submit(people.LAB.address, recipients, message).code == 250, "the retry")
    clinic.wait_quiet()
    for recipient in recipients:
        fail_unless(len(clinic.sink.deliveries(recipient)) == 1,
                    f"{recipient}: {len(clinic.sink.deliveries(recipient))} copies")
