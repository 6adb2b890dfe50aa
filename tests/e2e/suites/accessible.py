# SPDX-License-Identifier: Apache-2.0
"""Every page of the recipient's way, in both languages: axe-core finds nothing, it fits a narrow phone, and the
keyboard alone is enough."""
import contextlib
import os
import re
import subprocess
import threading

from breaks_off import BreaksOff
from checks import fail_unless
from looks import Looks
from mta import people
from mta.browser import Browser
from mta.chromium import Phone
from mta.clinic import Clinic
from mta.judge import message_text, notice_link
from mta.wait import wait_until
from suites.messages import result
from suites.reading import letter

SECRETS = ("547-38-2916",)
PROOF = b'X-Phi-Proof: question="Date of birth"; answer="1961-03-07"\r\n'
LANGUAGES = ("en", "es")
PASSPHRASE = "lamp river 9 goats"
SUBMIT = "document.querySelector('form[action*=\"/{}\"] button')"

# All visitors of this suite come from one network.
MANY_TRIES = {"portal.tries_per_network": 100000}

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


def make_clinic(place):
    clinic = Clinic(place)
    clinic.write_settings(MANY_TRIES)
    return clinic.start()


def _letter(number, head=PROOF):
    return head + LETTER % (people.LAB.name.encode(), people.LAB.address.encode(), people.PATIENT.address.encode(),
                            number)


def _notices(clinic):
    """Codes for an account come behind the page that asked for one."""
    return [one for one in clinic.sink.deliveries(people.PATIENT.address) if "/m/" in message_text(one.data)]


def _notice(clinic, message):
    before = len(_notices(clinic))
    reply = clinic.submit(people.LAB.address, [people.PATIENT.address], message)
    fail_unless(reply.code == 250, reply.text)
    return notice_link(wait_until(lambda: _notices(clinic)[before:], "the notice")[0].data)[0]


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


def _codes(clinic):
    texts = [message_text(one.data) for one in clinic.sink.deliveries(people.PATIENT.address)]
    return [one for one in texts if re.search(r"\b\d{4} \d{4}\b", one) and "/m/" not in one]


def test_by_a_mailed_code(clinic):
    """The offer of a code, the box for it, a wrong one."""
    def walk(phone, language, look):
        phone.open(_notice(clinic, result([people.PATIENT.address])) + f"?lang={language}")
        look("code-offer")
        _press(phone, "code")
        wait_until(lambda: _codes(clinic), "the code itself, and no notice of it")
        clinic.sink.clear()
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


@contextlib.contextmanager
def _other_settings(clinic, changes):
    """Filter and portal with `changes`; as they were at the end."""
    def again(settings):
        clinic.filter.stop()
        clinic.portal.stop()
        clinic.write_settings(MANY_TRIES | settings)
        clinic.start_filter()
        clinic.start_portal()
    again(changes)
    try:
        yield
    finally:
        again({})


def _form(page, action):
    return next(form for form in page.forms if form.action.endswith(action))


def _entries(clinic):
    return {name.partition(".")[0] for name in os.listdir(clinic.place.path("escrow")) if name.endswith(".notice")}


def test_bound_to_its_link(clinic):
    """A message that only its link opens: in the list of the account, and asked for from there."""
    portal = f"https://127.0.0.1:{clinic.ports['portal']}"
    bound = {"escrow.bind_to_link": True, "escrow.recovery_key": clinic.place.path("secrets", "recovery.pub")}
    clinic.write_settings(MANY_TRIES | bound)
    clinic.phictl("setup", "recovery", clinic.place.path("recovery.key"))
    with _other_settings(clinic, bound):
        before = _entries(clinic)
        link = _notice(clinic, _letter(5))
        (entry,) = _entries(clinic) - before
        browser = Browser(clinic.ca.certificate)
        browser.submit(page := browser.get(link), _form(page, "/proof"), answer="3/7/1961")
        browser.submit(page := browser.get(link + "/account"), _form(page, "/account"), new_passphrase=PASSPHRASE)

        def walk(phone, language, look):
            phone.open(f"{portal}/account?lang={language}")
            _fill(phone, "/signin", address=people.PATIENT.address, passphrase=PASSPHRASE)
            look("account-list-bound")
            phone.open(f"{portal}/a/{entry}?lang={language}")
            look("link-needed")
            fail_unless(people.CLINIC_PHONE in phone.text() and not phone.evaluate("frames.length"), phone.text())
            phone.open(f"{portal}/account?lang={language}")
            _fill(phone, "/signout")
        _in_each_language(clinic, walk)


@contextlib.contextmanager
def _sign_ins_without_end(clinic):
    """More wrong passphrases at a time than are looked at."""
    page = Browser(clinic.ca.certificate).get(f"https://127.0.0.1:{clinic.ports['portal']}/account")
    ended = threading.Event()

    def keep_trying(mine):
        browser, tries = Browser(clinic.ca.certificate), 0
        while not ended.is_set():
            browser.submit(page, _form(page, "/signin"), address=f"nobody{mine}-{tries}@example.org",
                           passphrase="no such")
            tries += 1
    threads = [threading.Thread(target=keep_trying, args=(mine,)) for mine in range(7)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def test_too_many_at_once(clinic):
    """The page for whom there is no room just now."""
    titles = {"en": "One moment, please", "es": "Un momento, por favor"}

    def walk(phone, language, look):
        with _sign_ins_without_end(clinic):
            for number in range(100):
                phone.open(f"https://127.0.0.1:{clinic.ports['portal']}/account?lang={language}")
                _fill(phone, "/signin", address=f"other{number}{language}@example.org", passphrase="no such")
                if titles[language] in phone.text():
                    break
        fail_unless(titles[language] in phone.text(), phone.text())
        look("busy")
    _in_each_language(clinic, walk)


def _choose(phone, *paths):
    found = phone.call("Runtime.evaluate", {"expression": "document.querySelector('input[type=file]')"})
    phone.call("DOM.setFileInputFiles", {"files": list(paths), "objectId": found["result"]["objectId"]})


def test_replies_that_do_not_leave(clinic):
    """Too large, and perhaps sent: what was typed is still there."""
    text = "I can come on Tuesday."
    large = clinic.place.path("large.bin")
    with open(large, "wb") as file:
        file.truncate(27_000_000)
    listener = BreaksOff(clinic.place.free_port())

    def walk(phone, language, look):
        link = _notice(clinic, _letter(6))
        phone.open(f"{link}?lang={language}")
        _answer(phone, "3/7/1961")
        phone.open(f"{link}/reply?lang={language}")
        _choose(phone, large)
        _fill(phone, "/reply", text=text)
        look("reply-too-large")
        _fill(phone, "/reply", text=text)
        look("reply-in-doubt")
        fail_unless(phone.evaluate("document.querySelector('textarea').value") == text, "the text is gone")
    try:
        with _other_settings(clinic, {"portal.submission": listener.address}):
            _in_each_language(clinic, walk)
        fail_unless(listener.mails == len(LANGUAGES), f"{listener.mails} mails")
    finally:
        listener.close()


def _fill(phone, action, **values):
    form = f"document.querySelector('form[action$=\"{action}\"]')"
    for name, value in values.items():
        phone.evaluate(f"{form}.querySelector('[name=\"{name}\"]').value = '{value}'")
    phone.press(f"{form}.querySelector('button')")


def test_reading_and_writing_back(clinic):
    """Files and an appointment, a text, the page to print, the form of a reply, and what was sent."""
    html = ("<p>Dear Mira Solano,</p><p>Your lung test shows <b>asthma</b>. SSN 547-38-2916.</p>"
            "<img src=https://pictures.example/x.png>")

    def walk(phone, language, look):
        link = _notice(clinic, letter(html))
        phone.open(f"{link}?lang={language}")
        _answer(phone, "3/7/1961")
        look("files")
        _fill(phone, "/view/3")
        look("text")
        phone.call("Page.setBypassCSP", {"enabled": True})   # the page's sandbox keeps axe out, too
        phone.open(f"{link}/print?lang={language}")
        look("print")
        phone.call("Page.setBypassCSP", {"enabled": False})
        phone.open(f"{link}/reply?lang={language}")
        look("reply")
        _fill(phone, "/reply", text="Thank you. I can come on Tuesday.")
        look("replied")
    _in_each_language(clinic, walk)


def test_accounts(clinic):
    """Made after a proof, signed in to, an authenticator with its codes, and a passphrase that was forgotten."""
    portal = f"https://127.0.0.1:{clinic.ports['portal']}"
    address = people.PATIENT.address

    def walk(phone, language, look):
        link, ask = _notice(clinic, _letter(4)), f"?lang={language}"
        phone.open(link + ask)
        _answer(phone, "3/7/1961")
        phone.open(f"{link}/account{ask}")
        look("account-new")
        _fill(phone, "/account", new_passphrase="password1234")
        look("account-refused")
        _fill(phone, "/account", new_passphrase=PASSPHRASE)
        look("account-made")
        phone.open(f"{portal}/account{ask}")
        look("account-sign-in")
        _fill(phone, "/signin", address=address, passphrase="not this passphrase")
        look("account-wrong")
        phone.open(f"{portal}/account{ask}")
        _fill(phone, "/signin", address=address, passphrase=PASSPHRASE)
        look("account-list")
        phone.open(f"{portal}/account/settings{ask}")
        look("account-settings")
        _fill(phone, "/account/authenticator", passphrase=PASSPHRASE)
        look("account-authenticator")
        secret = re.search(r"\b[A-Z2-7]{4}(?: ?[A-Z2-7]{4}){7}\b", phone.text()).group().replace(" ", "")
        code = subprocess.run(["oathtool", "--totp", "-b", secret], capture_output=True, check=True).stdout.decode().strip()
        _fill(phone, "/confirm", code=code)
        look("account-recovery-codes")
        phone.open(f"{portal}/account/settings{ask}")
        look("account-settings-protected")
        _fill(phone, "/authenticator/remove", passphrase=PASSPHRASE)
        phone.open(f"{portal}/account{ask}")
        _fill(phone, "/signin", address=address, passphrase=PASSPHRASE)
        _fill(phone, "/signout")
        look("account-signed-out")
        phone.open(f"{portal}/account/forgotten{ask}")
        look("account-forgotten")
        _fill(phone, "/forgotten", address=address)
        look("account-reset")
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
