# SPDX-License-Identifier: Apache-2.0
"""Every page of the recipient's way, in both languages: axe-core finds nothing, it fits a narrow phone, and the
keyboard alone is enough."""
import re

from checks import fail_unless
from looks import Looks
from mta import people
from mta.chromium import Phone
from mta.judge import notice_link
from suites.messages import result

SECRETS = ("547-38-2916",)
PROOF = b'X-Phi-Proof: question="Date of birth"; answer="1961-03-07"\r\n'
LANGUAGES = ("en", "es")
SUBMIT = "document.querySelector('form[action*=\"/{}\"] button')"

LETTER = b"""From: %s <%s>\r
To: <%s>\r
Subject: Your result\r
Date: Fri, 20 Nov 2026 10:00:00 -0500\r
Message-ID: <accessible-%d@clinic.example>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b7\r
\r
--b7\r
Content-Type: text/html; charset=utf-8\r
\r
<p>Dear Mira Solano,</p><p>SSN 547-38-2916, diagnosis <b>asthma</b>.</p>\r
<table><tr><th>Test</th><th>Value</th></tr><tr><td>Ferritin</td><td>4 ng/mL</td></tr></table>\r
<img src="https://pictures.example/logo.png" alt="">\r
--b7\r
Content-Type: text/plain; name="advice.txt"\r
Content-Disposition: attachment; filename="advice.txt"\r
\r
Use the inhaler twice a day.\r
--b7--\r
"""


def _letter(number, head=PROOF):
    return head + LETTER % (people.LAB.name.encode(), people.LAB.address.encode(), people.PATIENT.address.encode(),
                            number)


def _notice(clinic, message):
    before = len(clinic.sink.deliveries(people.PATIENT.address))
    reply = clinic.submit(people.LAB.address, [people.PATIENT.address], message)
    fail_unless(reply.code == 250, reply.text)
    return notice_link(clinic.wait_copies(people.PATIENT.address, before + 1)[-1].data)[0]


def _press(phone, action):
    phone.press(SUBMIT.format(action))


def _answer(phone, text):
    phone.evaluate(f"document.querySelector('input[name=answer]').value = '{text}'")
    _press(phone, "proof")


def _in_each_language(clinic, walk):
    looks = Looks(clinic)
    with Phone(clinic.place.root) as phone:
        for language in LANGUAGES:
            walk(phone, language, lambda name: looks.at(phone, f"{name}-{language}", language))
    return looks.seen


def test_from_the_link_to_the_message(clinic):
    """Question, wrong answer, message, closed."""
    def walk(phone, language, look):
        phone.open(_notice(clinic, _letter(1)) + f"?lang={language}")
        look("question")
        _answer(phone, "1970-01-01")
        look("wrong-answer")
        _answer(phone, "3/7/1961")
        fail_unless("Ferritin" in phone.evaluate("document.body.innerHTML") or phone.evaluate("frames.length"),
                    "no body")
        look("message")
        _press(phone, "logout")
        look("closed")
    _in_each_language(clinic, walk)


def test_by_a_mailed_code(clinic):
    """The offer of a code, the box for it, a wrong one."""
    def walk(phone, language, look):
        phone.open(_notice(clinic, result([people.PATIENT.address])) + f"?lang={language}")
        look("code-offer")
        _press(phone, "code")
        look("code-box")
        _answer(phone, "00000000")
        look("wrong-code")
    _in_each_language(clinic, walk)


def test_dead_ends(clinic):
    """A link that leads nowhere, too many wrong answers, a message taken back: each says whom to call."""
    def walk(phone, language, look):
        link = _notice(clinic, _letter(2))
        phone.open(link[:-4] + f"AAAA?lang={language}")
        look("unknown")
        fail_unless(people.CLINIC_PHONE in phone.text(), phone.text())
        phone.open(f"{link}?lang={language}")
        reference = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", phone.text()).group()
        while phone.evaluate("!!document.querySelector('input[name=answer]')"):
            _answer(phone, "1970-01-01")
        look("locked")
        fail_unless(people.CLINIC_PHONE in phone.text(), phone.text())
        clinic.phictl("messages", "retract", reference)
        phone.open(f"{link}?lang={language}")
        look("retracted")
        fail_unless(people.CLINIC_PHONE in phone.text(), phone.text())
    _in_each_language(clinic, walk)


def test_what_is_wrong_is_seen(clinic):
    """A page with a pale word, a field without a label and a width of its own does not get through."""
    looks = Looks(clinic)
    with Phone(clinic.place.root) as phone:
        phone.open("data:text/html,<html lang=en><title>t</title><main style='width:50rem'><h1>t</h1><input>"
                   "<p style='color:%23ccc'>pale</p></main>")
        try:
            looks.at(phone, "bad-page")
        except AssertionError as error:
            for word in ("color-contrast", "label", "scrolls sideways at 320", "too small"):
                fail_unless(word in str(error), f"{word} was not seen: {error}")
        else:
            fail_unless(False, "nothing was seen")


def test_with_the_keyboard_alone(clinic):
    """Tab and Enter lead from the link to the message; where the focus is can be seen."""
    link = _notice(clinic, _letter(3))
    with Phone(clinic.place.root) as phone:
        phone.open(link)
        while phone.evaluate("document.activeElement.name") != "answer":
            phone.key("Tab")
            fail_unless(phone.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
                        or phone.evaluate("document.activeElement === document.body"), "the focus cannot be seen")
        phone.write("3/7/1961")
        phone.key_to_next_page("Enter")
        fail_unless(phone.evaluate("location.pathname").endswith("/message"), phone.text())
