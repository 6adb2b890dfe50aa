# SPDX-License-Identifier: Apache-2.0
"""A mailbox of the organisation that the mail server's own tables send on: what leads outside is treated as outside."""
import os

from checks import fail_unless
from mta import people
from mta.clinic import Clinic
from mta.judge import method_of
from suites.messages import NAME, SECRETS, SSN, chatty, result  # noqa: F401

STUDY, TEAM, WARD = "study@clinic.example", "team@clinic.example", "ward@clinic.example"
OUTSIDE, INSIDE = people.FRIEND.address, people.COLLEAGUE.address


def _write_table(clinic, entries):
    table = clinic.place.write("main/config/virtual", "".join(f"{name} {value}\n" for name, value in entries.items()))
    clinic.main.command("postmap", f"hash:{table}")
    os.chmod(table + ".db", 0o644)
    return table


def make_clinic(place):
    clinic = Clinic(place)
    table = _write_table(clinic, {STUDY: OUTSIDE, TEAM: f"{INSIDE}, {STUDY}", WARD: INSIDE})
    clinic.main.command("postconf", "-e", f"virtual_alias_maps = hash:{table}")
    asker = clinic.place.write("postmap", "#!/bin/sh\n" + "".join(
        f"export {name}={value}\n" for name, value in clinic.main.environment().items())
        + f'exec {clinic.main.program("postmap")} "$@"\n', 0o755)
    clinic.alias_settings = {"mta.alias_maps": [f"hash:{table}"], "mta.postmap": asker}
    clinic.write_settings(clinic.alias_settings)
    return clinic.start()


def _submit(clinic, recipient, message):
    reply = clinic.submit(people.LAB.address, [recipient], message)
    fail_unless(reply.code == 250, reply.text)
    clinic.wait_quiet()


def _protected(clinic, recipient=OUTSIDE):
    copies = clinic.wait_copies(recipient)
    fail_unless(len(copies) == 1, f"{len(copies)} copies")
    fail_unless(method_of(copies[0].data) == "portal", method_of(copies[0].data))
    for secret in (NAME, SSN):
        fail_unless(secret.encode() not in copies[0].data, f"'{secret}' in the clear")


def test_an_alias_that_leads_outside_is_outside(clinic):
    """The one behind the list gets a notice, and nothing in the clear."""
    _submit(clinic, STUDY, result([STUDY]))
    _protected(clinic)


def test_over_two_steps_and_among_others(clinic):
    """A list of one inside and one list that leads outside: both get the protected copy."""
    _submit(clinic, TEAM, result([TEAM]))
    _protected(clinic)
    fail_unless(method_of(clinic.wait_copies(INSIDE)[0].data) == "portal", "the list has one copy for all")


def test_an_alias_that_stays_inside_is_inside(clinic):
    """Nothing is protected that does not leave."""
    _submit(clinic, WARD, result([WARD]))
    fail_unless(SSN.encode() in clinic.wait_copies(INSIDE)[0].data, "an inside copy was protected")


def test_mail_without_findings_is_left_alone(clinic):
    """Also to a list that leads outside."""
    _submit(clinic, STUDY, chatty([STUDY]))
    fail_unless(method_of(clinic.wait_copies(OUTSIDE)[0].data) == "clear", "it was protected")


def test_every_delimiter_of_the_mta_begins_an_extension(clinic):
    """study-ward@ goes where study@ goes, as soon as main.cf and the settings say so."""
    clinic.main.command("postconf", "-e", "recipient_delimiter = +-")
    clinic.main.command("postfix", "reload")
    clinic.restart({**clinic.alias_settings, "mta.recipient_delimiter": "+-"})
    try:
        for extension in ("+ward", "-ward"):
            at = STUDY.replace("@", extension + "@")
            _submit(clinic, at, result([at]))
            _protected(clinic, OUTSIDE.replace("@", extension + "@"))
    finally:
        clinic.restart(clinic.alias_settings)


def test_a_changed_table_counts_at_once(clinic):
    """postmap after a change: the filter sees it without a restart."""
    _write_table(clinic, {WARD: OUTSIDE})
    try:
        _submit(clinic, WARD, result([WARD]))
        _protected(clinic)
    finally:
        _write_table(clinic, {STUDY: OUTSIDE, TEAM: f"{INSIDE}, {STUDY}", WARD: INSIDE})


def test_a_table_that_cannot_be_asked_is_outside(clinic):
    """More protection, never less."""
    clinic.restart({**clinic.alias_settings, "mta.postmap": "/nowhere/postmap"})
    try:
        _submit(clinic, people.NURSE.address, result([people.NURSE.address]))
        _protected(clinic, people.NURSE.address)
    finally:
        clinic.restart(clinic.alias_settings)
