# SPDX-License-Identifier: Apache-2.0
"""What the portal does by the calendar, from the notice to the destruction: it is started anew with its clock set
forward, while mail servers, filter and browser keep the real one."""
import datetime
import json
import os
import re

from checks import fail_unless
from looks import Looks
from mta import lab, people
from mta.browser import Browser
from mta.chromium import Phone
from mta.clinic import Clinic
from mta.judge import header, message_text, notice_link
from mta.place import PORTAL_UID, SHARED_GID
from mta.wait import wait_until
from suites.messages import result

SECRETS = ("547-38-2916",)
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
# Numbers of patients: one whose language is known to be English, one Spanish, one of whom nothing is known.
LANGUAGES = {1: "en", 2: "es", 3: None}


def make_clinic(place):
    clinic = Clinic(place)
    clinic.write_settings({"escrow.retention_days": 20})
    clinic.start()
    clinic.notices = {number: _send(clinic, number) for number in LANGUAGES}
    return clinic


def _send(clinic, number):
    language = f"; lang={LANGUAGES[number]}" if LANGUAGES[number] else ""
    proof = f'X-Phi-Proof: question="Your word"; answer="{lab.answer(number)}"{language}\r\n'.encode()
    reply = clinic.submit(people.LAB.address, [lab.patient(number)], proof + result([lab.patient(number)]))
    fail_unless(reply.code == 250, reply.text)
    return clinic.wait_copies(lab.patient(number))[0].data


def _link(clinic, number):
    return notice_link(clinic.notices[number])[0]


def _reference(clinic, number):
    return re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", message_text(clinic.notices[number])).group()


def _on_day(clinic, days):
    """The portal's clock, so many days after the messages were sent."""
    clinic.portal.stop()
    clock = ["env", f"LD_PRELOAD={FAKETIME}", f"FAKETIME=+{days}d", "FAKETIME_DONT_FAKE_MONOTONIC=1"]
    clinic.portal = clinic.place.start(
        "portal", [*clock, clinic.program("phimilter-portal"), "--settings", clinic.settings_file], uid=PORTAL_UID,
        gid=SHARED_GID)
    clinic._await_start(clinic.portal)


def _nobody_hears_on_day(clinic, days):
    _on_day(clinic, days)
    clinic.portal.stop()   # behind its first round, which looks whom to mail
    clinic.wait_quiet()
    heard = [header(one.data, "Subject") for one in clinic.sink.deliveries()]
    fail_unless(not heard, f"on day {days}: {heard}")


def _mails_to(clinic, address, count):
    clinic.wait_copies(address, count)
    clinic.wait_quiet()
    mails = [one.data for one in clinic.sink.deliveries(address)]
    fail_unless(len(mails) == count, f"{address} got {len(mails)} mails: {[header(one, 'Subject') for one in mails]}")
    return mails


def _events(clinic, number):
    shown = json.loads(clinic.phictl("messages", "show", _reference(clinic, number), "--json"))
    return [event["event"] for event in shown["events"]]


SUBJECTS = {
    "reminder": {1: "Your secure message from Alder Street Clinic is still waiting",
                 2: "Su mensaje seguro de Alder Street Clinic sigue esperándole"},
    "expiring": {1: "You can read your secure message from Alder Street Clinic until",
                 2: "Puede leer su mensaje seguro de Alder Street Clinic hasta el"},
}


def _reminded(clinic, kind):
    """Each patient got one mail in their own language, with the same link and reference, from the sender; nobody a
    second one."""
    for number in LANGUAGES:
        mail = _mails_to(clinic, lab.patient(number), 1)[0]
        text = message_text(mail)
        fail_unless(notice_link(mail)[0] == _link(clinic, number), "another link")
        fail_unless(_reference(clinic, number) in text and people.CLINIC_PHONE in text, text)
        fail_unless(people.LAB.address in header(mail, "From") and header(mail, "Auto-Submitted"), header(mail, "From"))
        subject = header(mail, "Subject")
        expected = SUBJECTS[kind].get(number, SUBJECTS[kind][1])
        fail_unless(expected in subject or SUBJECTS[kind][2] in subject, subject)
        fail_unless("hepatitis" not in text and "Quill" not in text + subject, text)


def test_reminders_and_word_to_the_sender(clinic):
    """After five days the patients are reminded, after ten the sender is told, three days before the end both: once."""
    _nobody_hears_on_day(clinic, 4)
    _on_day(clinic, 6)
    _reminded(clinic, "reminder")
    fail_unless(not clinic.sink.deliveries(people.LAB.address), "the sender was told too early")
    clinic.sink.clear()
    _on_day(clinic, 11)
    told = message_text(_mails_to(clinic, people.LAB.address, 1)[0])
    fail_unless("have not been read yet" in told and "no se han leído" in told, told)
    fail_unless(all(told.count(_reference(clinic, number)) == 2 for number in LANGUAGES), told)
    clinic.sink.clear()
    _on_day(clinic, 28)
    _reminded(clinic, "expiring")
    told = message_text(_mails_to(clinic, people.LAB.address, 1)[0])
    fail_unless("can be read for a short time only" in told, told)
    for number in LANGUAGES:
        fail_unless(_events(clinic, number).count("reminded") == 2, _events(clinic, number))
    clinic.sink.clear()
    _nobody_hears_on_day(clinic, 29)


def test_an_expired_message_is_asked_for_and_given_more_time(clinic):
    """The page says so and whom to call, and asks the sender; phictl gives more time, and the same link opens it."""
    _on_day(clinic, 31)
    looks = Looks(clinic)
    with Phone(clinic.place.root) as phone:
        for number, language in ((1, "en"), (2, "es")):
            phone.open(f"{_link(clinic, number)}?lang={language}")
            looks.at(phone, f"expired-{language}", language)
            fail_unless(people.CLINIC_PHONE in phone.text(), phone.text())
            phone.press("document.querySelector('form[action*=\"/ask\"] button')")
            looks.at(phone, f"asked-{language}", language)
    mails = _mails_to(clinic, people.LAB.address, 2)
    asked = " ".join(header(one, "Subject") for one in mails)
    fail_unless(all(_reference(clinic, number) in asked for number in (1, 2)), asked)
    browser = Browser(clinic.ca.certificate)
    page = browser.get(_link(clinic, 1))
    page = browser.submit(page, page.forms[0])
    fail_unless("The sender was asked" in page.text, page.text)
    _mails_to(clinic, people.LAB.address, 2)
    until = (datetime.date.today() + datetime.timedelta(days=45)).isoformat()
    clinic.phictl("messages", "extend", _reference(clinic, 1), "--until", until)

    def asks():
        page = browser.get(_link(clinic, 1))
        return page if page.form_to_fill() else None
    page = wait_until(asks, "the link to open again", 30)
    page = browser.submit(page, page.form_to_fill(), answer=lab.answer(1))
    fail_unless("hepatitis" in page.text, page.text)
    fail_unless({"expired", "asked_again", "extended", "shown"} <= set(_events(clinic, 1)), _events(clinic, 1))


def test_kept_so_long_and_destroyed_then(clinic):
    """Behind its retention it is destroyed, certified, and its link says that it is gone; a clock that jumped ahead
    destroys nothing before a person has said that the clock is right."""
    entries = _entries(clinic)
    _on_day(clinic, 52)
    clinic.portal.wait_log("portal.clock_ahead")
    fail_unless(_entries(clinic) == entries, "a jump of the clock destroyed something")
    clinic.portal.stop()
    os.remove(clinic.place.path("portal", "sweep.clock"))
    _on_day(clinic, 52)
    wait_until(lambda: len(_entries(clinic)) == len(entries) - 2, "two of three to be destroyed")
    certificate = json.loads(clinic.phictl("messages", "certificate", _reference(clinic, 2)))
    fail_unless("key overwritten" in certificate["destroyed"]["reasons"], certificate)
    fail_unless(certificate["recipient"] == lab.patient(2) and "hepatitis" not in str(certificate), certificate)
    page = Browser(clinic.ca.certificate).get(_link(clinic, 2))
    fail_unless(page.status in (404, 410) and people.CLINIC_PHONE in page.text, page.text)


def _entries(clinic):
    return {name for name in os.listdir(clinic.place.path("escrow")) if name.endswith(".sealed")}
