# SPDX-License-Identifier: Apache-2.0
"""What a rule holds waits for a person, who lets it go or refuses it: once, on record, and the sender is told."""
import json
import subprocess

from checks import fail_unless
from mta import people
from mta.clinic import Clinic
from mta.judge import entity, method_of, open_pgp
from mta.submit import Client, wire
from suites.messages import NAME, SECRETS, SSN, result  # noqa: F401

HOLD = """
[[rule]]
id = "site.hold"
action = "hold"
need = [{ classes = ["id.ssn"] }]
"""


def make_clinic(place, kind=Clinic):
    clinic = kind(place)
    clinic.write_site_policy(HOLD)
    return clinic.start()


def _held(clinic):
    return json.loads(clinic.phictl("held", "list", "--json"))


def _hold(clinic, recipient, sender=people.LAB.address):
    """Submits a result that is held; the message and its entry."""
    message = result([recipient])
    before = {one["id"] for one in _held(clinic)}
    reply = clinic.submit(sender, [recipient], message)
    fail_unless(reply.code == 250, reply.text)
    clinic.wait_quiet()
    entries = [one for one in _held(clinic) if one["id"] not in before]
    fail_unless(len(entries) == 1 and entries[0]["recipient"] == recipient, f"held: {entries}")
    return message, entries[0]


def _acts(clinic):
    """What people did, from the journals."""
    lines = clinic.phictl("audit", "export", "--format", "jsonl").splitlines()
    return [record for record in map(json.loads, lines) if record["writer"] == "phictl"]


def _notices(clinic):
    return [one for one in clinic.sink.deliveries(people.LAB.address) if one.mail_from in ("", "<>")]


def _no_word_of_it(data):
    for secret in (NAME.encode(), SSN.encode(), b"hepatitis"):
        fail_unless(secret not in data, f"{secret} in {data!r}")


def _release(clinic, entry, *more, ok=(0,)):
    return clinic.phictl("held", "release", entry["id"], "--reason", "checked by phone", *more, ok=ok)


def test_held_told_listed_and_released_by_portal(clinic):
    """The sender is told that it waits; who lets it go stands in the journal; the recipient gets it protected."""
    recipient = people.PATIENT.address
    _, entry = _hold(clinic, recipient)
    fail_unless(not clinic.sink.deliveries(recipient), "it left")
    fail_unless(entry["sender"] == people.LAB.address and "site.hold" in entry["rules"] and entry["bytes"] > 100
                and entry["state"] == "held", entry)
    _no_word_of_it(json.dumps(_held(clinic)).encode() + clinic.phictl("held", "list").encode())
    notices = _notices(clinic)
    fail_unless(len(notices) == 1 and b"Action: delayed" in notices[0].data, f"{len(notices)} notices")
    _no_word_of_it(notices[0].data)
    _release(clinic, entry)
    copy = clinic.wait_copies(recipient)[0]
    fail_unless(method_of(copy.data) == "portal", method_of(copy.data))
    _no_word_of_it(copy.data)
    fail_unless(entry["id"] not in {one["id"] for one in _held(clinic)}, "it is held still")
    act = _acts(clinic)[-1]
    fail_unless(act["event"] == "released" and act["login"] and act["recipients"][0]["escrow_id"] == entry["id"]
                and "checked by phone" in act["recipients"][0]["reasons"][0], act)
    _release(clinic, entry, ok=(1,))
    clinic.wait_quiet()
    fail_unless(len(clinic.sink.deliveries(recipient)) == 1, "it left twice")


def test_released_copy_is_the_senders_own(clinic):
    """What is decrypted stands there byte for byte, under the sender's own addresses."""
    recipient = people.DOCTOR.address
    message, entry = _hold(clinic, recipient)
    _release(clinic, entry)
    copy = clinic.wait_copies(recipient)[0]
    opened = open_pgp(copy.data, clinic.rings[recipient])
    fail_unless(opened.entity == entity(message), "another entity")
    fail_unless(copy.mail_from.strip("<>") == people.LAB.address and b"X-Phi" not in copy.data, copy.mail_from)


def test_shown_is_written_down_first(clinic):
    """The message as it came, for who has the key; who read it and why stands in the journal."""
    _, entry = _hold(clinic, people.PATIENT.address)
    shown = clinic.phictl("held", "show", entry["id"], "--reason", "asked by the sender")
    fail_unless(SSN in shown and "Subject:" in shown, "not the message")
    act = _acts(clinic)[-1]
    fail_unless(act["event"] == "held_shown" and act["recipients"][0]["escrow_id"] == entry["id"], act)
    clinic.phictl("held", "show", entry["id"], uid=65534, ok=(1,))
    clinic.phictl("held", "release", entry["id"], ok=(2,))
    clinic.phictl("held", "refuse", entry["id"], "--reason", "done with it")


def test_refused_is_told_and_deleted(clinic):
    """Nothing leaves, the sender is told without a word of it, and the entry is gone."""
    _, entry = _hold(clinic, people.PATIENT.address)
    before = len(_notices(clinic))
    clinic.phictl("held", "refuse", entry["id"], "--reason", "wrong recipient")
    clinic.wait_quiet()
    notices = _notices(clinic)
    fail_unless(len(notices) == before + 1 and b"Status: 5.7.1" in notices[-1].data, f"{len(notices)} notices")
    _no_word_of_it(notices[-1].data)
    fail_unless(b"wrong recipient" not in notices[-1].data, "the reason is in the notice")
    fail_unless(entry["id"] not in {one["id"] for one in _held(clinic)} and not clinic.sink.deliveries(people.PATIENT.address), "it is there still")
    act = _acts(clinic)[-1]
    fail_unless(act["event"] == "held_refused" and "wrong recipient" in act["recipients"][0]["reasons"][0], act)
    _release(clinic, entry, ok=(1,))


def test_a_listener_without_filter_gets_nothing(clinic):
    """hold.listener is wrong: the message stays held."""
    _, entry = _hold(clinic, people.PATIENT.address)
    clinic.write_settings({"hold.listener": f"inet:127.0.0.1:{clinic.ports['reentry']}"})
    try:
        _release(clinic, entry, ok=(1,))
    finally:
        clinic.write_settings()
    clinic.wait_quiet()
    fail_unless(not clinic.sink.deliveries(people.PATIENT.address), "it left")
    for delivery in clinic.sink.deliveries():
        _no_word_of_it(delivery.data)
    fail_unless([one for one in _held(clinic) if one["id"] == entry["id"]][0]["state"] == "held", _held(clinic))
    _release(clinic, entry)
    clinic.wait_copies(people.PATIENT.address)


def test_filter_away_while_it_is_released(clinic):
    """phictl says so, and can be asked again: one copy."""
    _, entry = _hold(clinic, people.DOCTOR.address)
    clinic.filter.stop()
    _release(clinic, entry, ok=(1,))
    clinic.start_filter()
    _release(clinic, entry)
    clinic.wait_copies(people.DOCTOR.address)
    clinic.wait_quiet()
    fail_unless(len(clinic.sink.deliveries(people.DOCTOR.address)) == 1, "not one copy")


def test_two_people_release_at_once(clinic):
    """One of them does."""
    _, entry = _hold(clinic, people.DOCTOR.address)
    command = [clinic.program("phictl"), "--settings", clinic.settings_file, "held", "release", entry["id"],
               "--reason", "both"]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(4)]
    codes = sorted(one.wait(120) for one in running)
    clinic.wait_copies(people.DOCTOR.address)
    clinic.wait_quiet()
    fail_unless(codes == [0, 1, 1, 1], codes)
    fail_unless(len(clinic.sink.deliveries(people.DOCTOR.address)) == 1, "not one copy")


def test_a_forged_release_lets_nothing_go(clinic):
    """Who knows the id and not the key is refused; a field that names nothing is taken off like any mark."""
    message, entry = _hold(clinic, people.PATIENT.address)

    def forge(name):
        client = Client(clinic.ports["filtered"])
        for line in ("EHLO x", f"MAIL FROM:<{people.LAB.address}>", f"RCPT TO:<{people.PATIENT.address}>", "DATA"):
            client.command(line)
        field = f"X-Phi-Release: id={name}; to=; probe=0; clear=1; login=; client=; listener=; mac={'0' * 64}\r\n"
        client.send_raw(field.encode() + wire(message))
        reply = client.end_data()
        client.close()
        return reply
    fail_unless(forge(entry["id"]).code == 550, "a forged release was taken")
    fail_unless(forge("7" * 32).code == 250, "a mark from outside was a reason to refuse")
    clinic.wait_quiet()
    fail_unless(not clinic.sink.deliveries(people.PATIENT.address), "it left")
    for one in _held(clinic):
        clinic.phictl("held", "refuse", one["id"], "--reason", "end of the test")
