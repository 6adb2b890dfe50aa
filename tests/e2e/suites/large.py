# SPDX-License-Identifier: Apache-2.0
"""50 MB of attachment: 69 MB on the wire."""
from checks import fail_unless
from mta import people
from mta.judge import entity, method_of, open_pgp
from suites.messages import NAME, SECRETS, with_attachment  # noqa: F401

SIZE = 50_000_000


def test_fifty_megabytes_to_a_doctor(clinic):
    """Arrives as PGP/MIME and opens to what was sent."""
    message = with_attachment([people.DOCTOR.address], SIZE)
    reply = clinic.submit(people.LAB.address, [people.DOCTOR.address], message)
    fail_unless(reply.code == 250, reply.text)
    copy = clinic.wait_copies(people.DOCTOR.address, seconds=120)[0]
    fail_unless(method_of(copy.data) == "pgp", method_of(copy.data))
    fail_unless(NAME.encode() not in copy.data, "readable")
    fail_unless(open_pgp(copy.data, clinic.rings[people.DOCTOR.address]).entity == entity(message), "another entity")
    clinic.wait_quiet()


def test_fifty_megabytes_to_two_kinds_of_recipients(clinic):
    """Re-enters as two copies, one of them over TLS as it was sent."""
    recipients = [people.HOSPITAL.address, people.PATIENT.address]
    message = with_attachment(recipients, SIZE)
    reply = clinic.submit(people.LAB.address, recipients, message)
    fail_unless(reply.code == 250, reply.text)
    copy = clinic.wait_copies(people.HOSPITAL.address, seconds=120)[0]
    fail_unless(copy.tls and entity(copy.data) == entity(message), "not as it was sent")
    notice = clinic.wait_copies(people.PATIENT.address)[0]
    fail_unless(len(notice.data) < 100_000, "the notice is large")
    clinic.wait_quiet()
