# SPDX-License-Identifier: Apache-2.0
"""A mailbox of the organisation that the mail server's own tables send on: what leads outside is treated as outside."""
import os
import signal

from checks import fail_unless
from mta import people
from mta.clinic import Clinic
from mta.judge import method_of
from mta.wait import wait_until
from suites.messages import NAME, SECRETS, SSN, chatty, result  # noqa: F401

STUDY, TEAM, WARD = "study@clinic.example", "team@clinic.example", "ward@clinic.example"
OUTSIDE, INSIDE = people.FRIEND.address, people.COLLEAGUE.address


class PostfixTables:
    """virtual_alias_maps."""
    extensions = ("+ward", "-ward")

    def __init__(self, clinic):
        self._clinic = clinic
        asker = clinic.place.write("postmap", "#!/bin/sh\n" + "".join(
            f"export {name}={value}\n" for name, value in clinic.main.environment().items())
            + f'exec {clinic.main.program("postmap")} "$@"\n', 0o755)
        table = clinic.place.path("main", "config", "virtual")
        clinic.main.command("postconf", "-e", f"virtual_alias_maps = hash:{table}")
        self.settings = {"mta.alias_maps": [f"hash:{table}"], "mta.postmap": asker}
        self.out_of_reach = {"mta.postmap": "/nowhere/postmap"}

    def write(self, entries):
        table = self._clinic.place.write("main/config/virtual", "".join(f"{name} {value}\n" for name, value in entries.items()))
        self._clinic.main.command("postmap", f"hash:{table}")
        os.chmod(table + ".db", 0o644)

    def allow_extensions(self):
        self._clinic.main.command("postconf", "-e", "recipient_delimiter = +-")
        self._clinic.main.command("postfix", "reload")
        return {"mta.recipient_delimiter": "+-"}

    @staticmethod
    def with_extension(address, extension):
        return address.replace("@", extension + "@")


class SendmailTables:
    """virtusertable, where a name leads to one other, and aliases, where it leads to several."""
    extensions = ("+ward",)     # the only one that Sendmail knows

    def __init__(self, clinic):
        self._clinic = clinic
        self.settings = {"mta.alias_maps": [f"sendmail-hash:{clinic.place.path('main', name)}" for name in
                                            ("virtusertable", "aliases")],
                         "mta.makemap": clinic.main.makemap_for_others()}
        self.out_of_reach = {"mta.makemap": "/nowhere/makemap"}

    def write(self, entries):
        lists = {name: name.partition("@")[0] + "-list" for name, value in entries.items() if "," in value}
        virtual = {name: lists.get(name, value) for name, value in entries.items()}
        aliases = {"@": "@", **{local: entries[name] for name, local in lists.items()}}
        for name, content in (("virtusertable", virtual), ("aliases", aliases)):
            path = self._clinic.main.write_map(name, "".join(f"{key}\t{value}\n" for key, value in content.items()))
            os.chmod(path + ".db", 0o644)

    @staticmethod
    def allow_extensions():
        return {}

    @staticmethod
    def with_extension(address, _):
        """Sendmail keeps the extension where the table says %2, and this one does not."""
        return address


ENTRIES = {STUDY: OUTSIDE, TEAM: f"{INSIDE}, {STUDY}", WARD: INSIDE}


def make_clinic(place, kind=Clinic):
    clinic = kind(place)
    clinic.tables = PostfixTables(clinic) if kind is Clinic else SendmailTables(clinic)
    clinic.tables.write(ENTRIES)
    clinic.write_settings(clinic.tables.settings)
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
    """study-ward@ goes where study@ goes, as soon as the mail server and the settings say so."""
    clinic.restart({**clinic.tables.settings, **clinic.tables.allow_extensions()})
    try:
        for extension in clinic.tables.extensions:
            at = STUDY.replace("@", extension + "@")
            clinic.sink.clear()
            _submit(clinic, at, result([at]))
            _protected(clinic, clinic.tables.with_extension(OUTSIDE, extension))
    finally:
        clinic.restart(clinic.tables.settings)


def test_a_changed_table_counts_at_once(clinic):
    """Made anew after a change: the filter sees it without a restart."""
    clinic.tables.write({WARD: OUTSIDE})
    try:
        _submit(clinic, WARD, result([WARD]))
        _protected(clinic)
    finally:
        clinic.tables.write(ENTRIES)


def test_a_reload_does_not_forget_where_an_alias_led(clinic):
    """The mail server's processes may still have the old table when the filter has read its settings anew."""
    _submit(clinic, STUDY, result([STUDY]))
    clinic.tables.write({STUDY: INSIDE})
    try:
        seen = clinic.filter.log_text().count("policy_loaded")
        os.kill(clinic.filter.pid, signal.SIGUSR1)
        wait_until(lambda: clinic.filter.log_text().count("policy_loaded") > seen, "the reload")
        clinic.sink.clear()
        _submit(clinic, STUDY, result([STUDY]))
        copy = wait_until(clinic.sink.deliveries, "a copy by any of the tables")[0].data
        fail_unless(method_of(copy) == "portal", method_of(copy))
    finally:
        clinic.tables.write(ENTRIES)


def test_a_table_that_cannot_be_asked_is_outside(clinic):
    """More protection, never less."""
    clinic.restart({**clinic.tables.settings, **clinic.tables.out_of_reach})
    try:
        _submit(clinic, people.NURSE.address, result([people.NURSE.address]))
        _protected(clinic, people.NURSE.address)
    finally:
        clinic.restart(clinic.tables.settings)
