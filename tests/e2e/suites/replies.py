# SPDX-License-Identifier: Apache-2.0
"""A recipient writes back on a phone: once, in the thread, with files, and nothing typed is lost."""
import concurrent.futures
import email
import email.policy
import glob
import hashlib
import os
import signal

from checks import fail_unless
from looks import Looks
from mta import people
from mta.browser import Browser
from mta.chromium import Phone
from mta.judge import notice_link
from mta.wait import wait_until
from suites.messages import result

SECRETS = ("547-38-2916",)
SEND = "document.querySelector('form[action$=\"/reply\"] button')"
LINK = "document.querySelector('a[href$=\"{}\"]')"
MESSAGE = b'X-Phi-Proof: question="Date of birth"; answer="1961-03-07"\r\n' + result([people.PATIENT.address])


def _notice(clinic):
    """The link of a new message."""
    before = len(clinic.sink.deliveries(people.PATIENT.address))
    reply = clinic.submit(people.LAB.address, [people.PATIENT.address], MESSAGE)
    fail_unless(reply.code == 250, reply.text)
    return notice_link(clinic.wait_copies(people.PATIENT.address, before + 1)[-1].data)[0]


def _open(clinic, phone):
    phone.open(_notice(clinic))
    phone.evaluate("document.querySelector('input[name=answer]').value = '3/7/1961'")
    phone.press("document.querySelector('form[action$=\"/proof\"] button')")
    return email.message_from_bytes(MESSAGE)["Message-ID"]


def _choose(phone, *paths):
    found = phone.call("Runtime.evaluate", {"expression": "document.querySelector('input[type=file]')"})
    phone.call("DOM.setFileInputFiles", {"files": list(paths), "objectId": found["result"]["objectId"]})


def _file(clinic, name, content):
    path = os.path.join(clinic.place.root, name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def _begin(clinic, phone, text):
    """A reply with that text in it. How many mails the sender had before."""
    _open(clinic, phone)
    before = len(clinic.sink.deliveries(people.LAB.address))
    phone.press("document.querySelector('a[href$=\"/reply\"]')")
    phone.evaluate(f"document.querySelector('textarea').value = '{text}'")
    return before


def test_a_reply_with_files_reaches_the_sender(clinic):
    """Text and files arrive byte for byte, from the portal for the patient, in the thread; the page shows what was sent."""
    looks = Looks(clinic)
    scan = os.urandom(300_000)
    with Phone(clinic.place.root) as phone:
        original = _open(clinic, phone)
        phone.press("document.querySelector('a[href$=\"/reply\"]')")
        looks.at(phone, "replies-form")
        phone.evaluate("document.querySelector('textarea').value = 'Thank you.\\nSí, iré el martes. <b>'")
        _choose(phone, _file(clinic, "Röntgen 1.jpg", scan), _file(clinic, "note.txt", b"hello\n"))
        phone.press(SEND)
        fail_unless("Your reply was sent." in phone.text() and "Sí, iré el martes. <b>" in phone.text(), phone.text())
        looks.at(phone, "replies-sent")
    mail = email.message_from_bytes(clinic.wait_copies(people.LAB.address)[-1].data, policy=email.policy.default)
    sender = mail["From"].addresses[0]
    fail_unless(sender.addr_spec == f"no-reply@{people.CLINIC_DOMAIN}" and people.PATIENT.address in sender.display_name,
                mail["From"])
    fail_unless(mail["Reply-To"].addresses[0].addr_spec == people.PATIENT.address, mail["Reply-To"])
    fail_unless(mail["In-Reply-To"] == original and original in mail["References"], mail["References"])
    fail_unless("Sí, iré el martes. <b>" in mail.get_body(("plain",)).get_content(), "the text")
    files = {part.get_filename(): hashlib.sha256(part.get_payload(decode=True)).hexdigest()
             for part in mail.iter_attachments()}
    fail_unless(files == {"Röntgen 1.jpg": hashlib.sha256(scan).hexdigest(),
                          "note.txt": hashlib.sha256(b"hello\n").hexdigest()}, files)


def test_files_that_are_too_large_leave_the_text(clinic):
    """27 MB are refused in words, with the text still there; nothing leaves."""
    with Phone(clinic.place.root) as phone:
        before = _begin(clinic, phone, "typed for an hour")
        _choose(phone, _file(clinic, "large.bin", bytes(27_000_000)))
        phone.press(SEND)
        fail_unless("at most 25 MB" in phone.text(), phone.text())
        fail_unless(phone.evaluate("document.querySelector('textarea').value") == "typed for an hour", "the text is gone")
        phone.press(SEND)
        fail_unless("Your reply was sent." in phone.text(), phone.text())
    fail_unless(len(clinic.wait_copies(people.LAB.address, before + 1)) == before + 1, "sent more than once")


def test_sixty_photos_leave_the_text(clinic):
    """More files than a form may hold are refused in words, with the text still there; fewer of them leave."""
    with Phone(clinic.place.root) as phone:
        before = _begin(clinic, phone, "see the photos")
        photos = [_file(clinic, f"photo{number}.jpg", b"x") for number in range(60)]
        _choose(phone, *photos)
        phone.press(SEND)
        fail_unless("at most 50 files" in phone.text(), phone.text())
        fail_unless(phone.evaluate("document.querySelector('textarea').value") == "see the photos", "the text is gone")
        _choose(phone, *photos[:50])
        phone.press(SEND)
        fail_unless("Your reply was sent." in phone.text(), phone.text())
    mail = email.message_from_bytes(clinic.wait_copies(people.LAB.address, before + 1)[-1].data)
    fail_unless(len([part for part in mail.walk() if part.get_filename()]) == 50, "not all of them")


def test_taps_while_the_filter_is_slow(clinic):
    """The second tap hears that the reply is being sent; the button once more says that it was. It leaves once."""
    browser = Browser(clinic.ca.certificate)
    page = browser.get(_notice(clinic))
    page = browser.submit(page, page.form_to_fill(), answer="3/7/1961")
    page = browser.follow(page, next(link for link in page.links if link.endswith("/reply")))
    before, known = len(clinic.sink.deliveries(people.LAB.address)), len(_replies(clinic))

    def tap():
        return browser.submit(page, page.form_to_fill(), text="one is enough")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        os.kill(clinic.filter.pid, signal.SIGSTOP)
        try:
            first = pool.submit(tap)
            wait_until(lambda: len(_replies(clinic)) > known, "the reply to be on its way")
            second = tap()
        finally:
            os.kill(clinic.filter.pid, signal.SIGCONT)
        first.result(120)
    fail_unless(second.status == 409 and "Your reply is being sent just now." in second.text, second.text)
    fail_unless(b">\none is enough</textarea>" in second.body, "the text is gone")
    wait_until(lambda: "Your reply was sent." in tap().text, "the page to say that it was sent", 120)
    clinic.wait_quiet()
    fail_unless(len(clinic.wait_copies(people.LAB.address, before + 1)) == before + 1, "sent more than once")


def test_to_everybody_and_to_somebody_else(clinic):
    """Where the settings allow it: the others who got the message get the answer, and a third person all of it, protected
    like any mail. Elsewhere neither is offered."""
    others = [people.PATIENT.address, people.FRIEND.address]
    proofs = (f'X-Phi-Proof: question="Date of birth"; answer="1961-03-07"; rcpt="{one}"\r\n' for one in others)
    message = "".join(proofs).encode() + result(others)
    with Phone(clinic.place.root) as phone:
        _open(clinic, phone)
        fail_unless(not phone.evaluate(f"!!{LINK.format('/reply-all')} || !!{LINK.format('/forward')}"), phone.text())
        clinic.restart({"portal.reply_all": True, "portal.forward": True})
        clinic.sink.clear()
        reply = clinic.submit(people.LAB.address, others, message)
        fail_unless(reply.code == 250, reply.text)
        phone.open(notice_link(clinic.wait_copies(people.PATIENT.address)[-1].data)[0])
        phone.evaluate("document.querySelector('input[name=answer]').value = '3/7/1961'")
        phone.press("document.querySelector('form[action$=\"/proof\"] button')")
        clinic.sink.clear()
        phone.press(LINK.format("/reply-all"))
        fail_unless(people.FRIEND.address in phone.text() and people.LAB.address in phone.text(), phone.text())
        phone.evaluate("document.querySelector('textarea').value = 'Thank you both.'")
        phone.press("document.querySelector('form[action$=\"/reply-all\"] button')")
        fail_unless("Your reply was sent." in phone.text(), phone.text())
        clinic.wait_copies(people.LAB.address)
        clinic.wait_copies(people.FRIEND.address)
        phone.press(LINK.format("/forward"))
        phone.evaluate(f"document.querySelector('input[name=to]').value = '{people.DOCTOR.address}'")
        phone.press("document.querySelector('form[action$=\"/forward\"] button')")
        fail_unless(f"To {people.DOCTOR.address}" in phone.text(), phone.text())
    copy = clinic.wait_copies(people.DOCTOR.address)[-1].data
    fail_unless(b"hepatitis" not in copy and b"547-38-2916" not in copy, "sent on in the clear")
    clinic.restart()


OFFICES = f'''
[[route]]
id = "site.offices"
recipient = ["{people.PATIENT.address}", "{people.FRIEND.address}"]
methods = ["portal"]
reply_all = true
forward = true
'''
KEPT = """
[[rule]]
id = "site.kept"
forward = false
[[rule.need]]
classes = ["health.*"]
"""


def _ways(clinic, content):
    """Which of the two ways the page of a message under that policy offers, and which of their pages are there."""
    both = [people.PATIENT.address, people.FRIEND.address]
    proof = f'X-Phi-Proof: question="Date of birth"; answer="1961-03-07"; rcpt="{people.PATIENT.address}"\r\n'
    clinic.change_site_policy(content)
    before = len(clinic.sink.deliveries(people.PATIENT.address))
    reply = clinic.submit(people.LAB.address, both, proof.encode() + result(both))
    fail_unless(reply.code == 250, reply.text)
    browser = Browser(clinic.ca.certificate)
    link = notice_link(clinic.wait_copies(people.PATIENT.address, before + 1)[-1].data)[0]
    page = browser.get(link)
    page = browser.submit(page, page.form_to_fill(), answer="3/7/1961")
    fail_unless("November 20, 2026, 10:00 EST" in page.text, page.text)
    offered = {way for way in ("reply-all", "forward") if any(one.endswith("/" + way) for one in page.links)}
    there = {way for way in ("reply-all", "forward") if browser.get(f"{link}/{way}").address.endswith("/" + way)}
    return offered, there


def test_a_rule_says_whom_the_reader_may_write_to(clinic):
    """A route allows both, a rule for what is sensitive keeps it; without them neither, as the settings have it."""
    try:
        for content, ways in ((OFFICES, {"reply-all", "forward"}), (OFFICES + KEPT, {"reply-all"}), ("", set())):
            fail_unless(_ways(clinic, content) == (ways, ways), f"other ways than {ways}")
    finally:
        clinic.change_site_policy()
    said = [one["recipients"][0]["terms"] for one in clinic.records()
            if one["event"] == "intended" and one["recipients"][0].get("terms")]
    fail_unless(said == ["reply to all, forward", "reply to all, no forward"], said)


def _replies(clinic):
    return glob.glob(clinic.place.path("portal/replies/*/*.reply"))
