# SPDX-License-Identifier: Apache-2.0
"""The escrow cannot be written: nobody gets a notice for a message that is not there."""
import os
import signal

from checks import fail_unless
from mta import people
from mta.judge import method_of
from mta.place import FILTER_UID
from mta.wait import wait_until
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


def _with_policy(clinic, content):
    seen = clinic.filter.log_text().count("policy_loaded")
    clinic.write_site_policy(content)
    os.kill(clinic.filter.pid, signal.SIGUSR1)
    wait_until(lambda: clinic.filter.log_text().count("policy_loaded") > seen, "the other policy")


def test_policy_changed_between_two_tries(clinic):
    """What an unfinished message was to become, it becomes, whatever the rules say when its client comes again."""
    folder = clinic.place.path("escrow")
    recipients = [people.DOCTOR.address, people.PATIENT.address]
    message = result(recipients)
    os.chmod(folder, 0o550)
    try:
        fail_unless(clinic.submit(people.LAB.address, recipients, message).later, "the first try")
    finally:
        os.chmod(folder, 0o2770)
    _with_policy(clinic, f'''
[[route]]
id = "site.turned"
recipient = ["{people.PATIENT.address}", "{people.DOCTOR.address}"]
methods = ["hold"]
''')
    try:
        fail_unless(clinic.submit(people.LAB.address, recipients, message).code == 250, "the second try")
    finally:
        _with_policy(clinic, "")
    clinic.wait_quiet()
    forms = {one: [method_of(copy.data) for copy in clinic.sink.deliveries(one)] for one in recipients}
    fail_unless(forms == {recipients[0]: ["pgp"], recipients[1]: ["portal"]}, str(forms))


def _expire(clinic, address, lifetime):
    ring = clinic.rings[address]
    ring.expire(lifetime)
    clinic.phictl("keys", "import", clinic.place.write(f"keys/{address}.asc", ring.public_key()), uid=FILTER_UID)
    return ring


def test_key_expired_between_two_tries(clinic):
    """Nobody can encrypt to it any more: the portal takes its place, never less, and the record says why."""
    address = people.SECOND_DOCTOR.address
    message = result([address])
    clinic.write_settings({"reentry.listener": f"inet:127.0.0.1:{clinic.place.free_port()}", "reentry.always": True})
    clinic.filter.stop()
    clinic.start_filter()
    fail_unless(clinic.submit(people.LAB.address, [address], message).later, "with no listener for copies")
    ring = _expire(clinic, address, "seconds=1")
    try:
        wait_until(lambda: "\npub:e:" in "\n" + ring.gpg("--with-colons", "--list-keys")[0].decode(), "the key to expire")
        clinic.write_settings()
        clinic.filter.stop()
        clinic.start_filter()
        fail_unless(clinic.submit(people.LAB.address, [address], message).code == 250, "the second try")
        clinic.wait_quiet()
    finally:
        _expire(clinic, address, "1y")
    forms = [method_of(copy.data) for copy in clinic.sink.deliveries(address)]
    fail_unless(forms == ["portal"], str(forms))
    done = wait_until(lambda: [one for one in clinic.records() if one["event"] == "completed"
                               and one["recipients"][0]["address"] == address], "its record")
    fail_unless("instead of pgp: its key is gone since the first try" in done[-1]["recipients"][0]["reasons"], str(done))
