# SPDX-License-Identifier: Apache-2.0
"""Mail of sendmail(1), cron and PHP: it takes the filtered way, and waits in the mail server's queue while there is no
filter."""
from checks import fail_unless
from mta import people
from mta.judge import method_of
from mta.wait import wait_until
from suites.messages import NAME, SECRETS, SSN, chatty, result  # noqa: F401


def _send(clinic, message, *recipients):
    clinic.main.command("sendmail", "-f", people.LAB.address, *(recipients or ("-t",)), stdin=message)


def _protected(clinic, recipient):
    copies = clinic.wait_copies(recipient)
    clinic.wait_quiet()
    fail_unless(len(clinic.sink.deliveries(recipient)) == 1, f"{len(copies)} copies")
    fail_unless(method_of(copies[0].data) == "portal", method_of(copies[0].data))
    fail_unless(SSN.encode() not in copies[0].data and NAME.encode() not in copies[0].data, "in the clear")


def test_recipients_from_the_header(clinic):
    """sendmail -t."""
    _send(clinic, result([people.PATIENT.address]))
    _protected(clinic, people.PATIENT.address)


def test_recipients_of_the_command_line(clinic):
    """As cron calls it."""
    _send(clinic, result([people.PATIENT.address]), people.PATIENT.address)
    _protected(clinic, people.PATIENT.address)


def test_filter_away_and_back(clinic):
    """The message waits deferred, not in the maildrop that is read again and again, and leaves protected, once."""
    clinic.filter.stop()
    before = len(clinic.main.deferral_reasons())
    _send(clinic, result([people.PATIENT.address]))
    _send(clinic, chatty([people.FRIEND.address]))
    wait_until(lambda: len(clinic.main.queued("deferred")) >= 2, "both to be deferred")
    fail_unless(not clinic.main.queued("maildrop"), clinic.main.queued("maildrop"))
    fail_unless(len(clinic.main.deferral_reasons()) == before + 2, clinic.main.deferral_reasons())
    fail_unless(not clinic.sink.deliveries(), "something left")
    clinic.start_filter()
    clinic.main.flush()
    _protected(clinic, people.PATIENT.address)
    fail_unless(len(clinic.wait_copies(people.FRIEND.address)) == 1, "the other one")
