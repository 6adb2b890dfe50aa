# SPDX-License-Identifier: Apache-2.0
"""Who may read: two proofs, an account with an authenticator, sessions, and guesses that several hosts count together."""
import os
import re
import subprocess
import time

from checks import fail_unless
from mta import people
from mta.browser import Browser
from mta.chromium import Phone
from mta.clinic import Clinic
from mta.judge import notice_link
from mta.wait import wait_until
from suites.messages import result

SECRETS = ("547-38-2916",)
PATIENT = people.PATIENT.address
PASSPHRASE, NEW_PASSPHRASE = "lamp river 9 goats", "four quiet blue kettles"


def _settings(clinic, **changes):
    return {f"portal.{key}": value for key, value in changes.items()} | {
        "portal.redis": f"unix:{clinic.redis.socket}"}


def make_clinic(place):
    clinic = Clinic(place)
    clinic.write_settings(_settings(clinic))
    return clinic.start()


def _again(clinic, **changes):
    """The portal alone, with other settings."""
    clinic.portal.stop()
    clinic.write_settings(_settings(clinic, **changes))
    clinic.start_portal()


def _link(clinic, proof=b'question="Date of birth"; answer="1961-03-07"'):
    before = len(clinic.sink.deliveries(PATIENT))
    header = b"X-Phi-Proof: " + proof + b"\r\n" if proof else b""
    reply = clinic.submit(people.LAB.address, [PATIENT], header + result([PATIENT]))
    fail_unless(reply.code == 250, reply.text)
    return notice_link(clinic.wait_copies(PATIENT, before + 1)[-1].data)[0]


def _mailed_code(clinic, before):
    copy = clinic.wait_copies(PATIENT, before + 1)[-1]
    return re.search(rb"\b(\d{4}) (\d{4})\b", copy.data).group(0).decode()


def _form(page, action):
    return next(form for form in page.forms if form.action.endswith(action))


def _answer(browser, page, text):
    return browser.submit(page, _form(page, "/proof"), answer=text)


def _opened(page):
    return "hepatitis C" in page.text


def _ask_code(clinic, browser, page):
    before = len(clinic.sink.deliveries(PATIENT))
    page = browser.submit(page, _form(page, "/code"))
    return page, _mailed_code(clinic, before)


def test_two_proofs(clinic):
    """The question, then a code; neither alone opens, and the second is not offered before the first."""
    _again(clinic, two_proofs="always")
    browser = Browser(clinic.ca.certificate)
    page = browser.get(_link(clinic))
    fail_unless("Step 1 of 2" in page.text, page.text)
    page = _answer(browser, page, "7 de marzo de 1961")
    fail_unless("Step 2 of 2" in page.text and not _opened(page), page.text)
    page, code = _ask_code(clinic, browser, page)
    fail_unless(not _opened(_answer(Browser(clinic.ca.certificate), page, code)), "the code alone opened it")
    page = _answer(browser, page, code)
    fail_unless(_opened(page), page.text)
    _again(clinic)


def test_who_can_give_one_of_two_is_told_to_call(clinic):
    """No question and no account: after the code there is a phone number, and no message."""
    _again(clinic, two_proofs="always")
    browser = Browser(clinic.ca.certificate)
    page, code = _ask_code(clinic, browser, browser.get(_link(clinic, b"")))
    page = _answer(browser, page, code)
    fail_unless(people.CLINIC_PHONE in page.text and "One more step" in page.text, page.text)
    fail_unless(not _opened(page), "it opened")
    _again(clinic)


def test_session_outlives_a_restart_and_moves(clinic):
    """The portal is killed and started: still open. Another browser opens it: the first is told."""
    link, first = _link(clinic), Browser(clinic.ca.certificate)
    fail_unless(_opened(_answer(first, first.get(link), "1961-03-07")), "not opened")
    clinic.portal.kill()
    clinic.start_portal()
    fail_unless(_opened(first.get(link)), "a restart asked again")
    second = Browser(clinic.ca.certificate)
    fail_unless(_opened(_answer(second, second.get(link), "March 7th, 1961")), "not opened")
    page = first.get(link + "/message")
    fail_unless("opened on another device" in page.text and not _opened(page), page.text)
    fail_unless(_opened(second.get(link)), "the newest lost it")


def _authenticator(clinic, phone):
    """The secret, as an app's camera reads it off the screen."""
    picture = phone.screenshot(os.path.join(clinic.place.build, "screenshots", "portal-authenticator.png"))
    read = subprocess.run(["zbarimg", "--quiet", "--raw", picture], capture_output=True, timeout=60)
    uri = read.stdout.decode()
    fail_unless(uri.startswith("otpauth://totp/"), uri or read.stderr)
    return re.search(r"secret=([A-Z2-7]+)", uri).group(1)


def _totp(secret, ahead=0):
    done = subprocess.run(["oathtool", "--totp", "-b", "-N", f"@{int(time.time()) + ahead}", secret],
                          capture_output=True, timeout=10)
    return done.stdout.decode().strip()


def _fill(phone, action, **values):
    for name, value in values.items():
        phone.evaluate(f"document.querySelector('form[action$=\"{action}\"] [name=\"{name}\"]').value = '{value}'")
    phone.press(f"document.querySelector('form[action$=\"{action}\"] button')")


def test_account_with_an_authenticator(clinic):
    """Made after a proof, on a phone; the QR code is read from the screen, the codes come from oathtool."""
    _link(clinic, b"")
    link = _link(clinic)
    portal = f"https://127.0.0.1:{clinic.ports['portal']}"
    with Phone(clinic.place.root) as phone:
        phone.open(link)
        _fill(phone, "/proof", answer="3/7/1961")
        phone.open(link + "/account")
        _fill(phone, "/account", new_passphrase="password1234")
        fail_unless("Many people use this passphrase" in phone.text(), phone.text())
        _fill(phone, "/account", new_passphrase=PASSPHRASE)
        phone.open(portal + "/account")
        _fill(phone, "/signin", address=PATIENT, passphrase="not this passphrase")
        fail_unless("is not right" in phone.text(), phone.text())
        _fill(phone, "/signin", address=PATIENT.upper(), passphrase=PASSPHRASE)
        fail_unless("Your messages" in phone.text(), phone.text())
        fail_unless(phone.width() <= 390, f"scrolls sideways: {phone.width()}")
        phone.screenshot(os.path.join(clinic.place.build, "screenshots", "portal-account.png"))
        _fill(phone, _entry_path(phone, 1))
        fail_unless("hepatitis C" in phone.text(), phone.text())
        phone.open(portal + "/account/settings")
        _fill(phone, "/account/authenticator", passphrase=PASSPHRASE)
        secret = _authenticator(clinic, phone)
        _fill(phone, "/confirm", code=_totp(secret, -30))
        recovery = re.search(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", phone.text()).group(0)
        phone.open(portal + "/account")
        _fill(phone, "/signout")
        phone.open(portal + "/account")
        _fill(phone, "/signin", address=PATIENT, passphrase=PASSPHRASE)
        fail_unless("is not right" in phone.text(), "no code was asked for")
        code = _totp(secret, 30)
        _fill(phone, "/signin", address=PATIENT, passphrase=PASSPHRASE, code=code)
        fail_unless("Your messages" in phone.text(), phone.text())
        _fill(phone, "/signout")
        for typed, works in ((code, False), (recovery, True)):
            phone.open(portal + "/account")
            _fill(phone, "/signin", address=PATIENT, passphrase=PASSPHRASE, code=typed)
            fail_unless(("Your messages" in phone.text()) == works, f"{typed}: {phone.text()}")


def _entry_path(phone, number):
    """Where the form goes that opens the list's message with that number, from the newest."""
    actions = phone.evaluate("[...document.querySelectorAll('form[action$=\"/open\"]')].map(f => f.getAttribute('action'))")
    return actions[number]


def test_guesses_are_counted_together_and_never_open(clinic):
    """Wrong answers over many links lock the recipient; Redis holds no address; without Redis it is stricter."""
    _again(clinic, tries_per_recipient=6)
    links = [_link(clinic) for _ in range(4)]
    locked = 0
    for number in range(12):
        browser = Browser(clinic.ca.certificate)
        page = browser.get(links[number % 4])
        if page.status == 429:
            locked += 1
            continue
        fail_unless(not _opened(_answer(browser, page, "1/1/1970")), "a wrong answer opened it")
    fail_unless(locked >= 5, f"{locked} of 12 were turned away")
    keys = clinic.redis.cli("--scan", "--pattern", "phimilter:guess:*")[1]
    fail_unless(keys.strip() and "mira" not in keys.lower() and "127.0" not in keys, keys)
    clinic.redis.kill()
    page = Browser(clinic.ca.certificate).get(links[0])
    fail_unless(page.status == 429, "the lock was Redis's alone")
    clinic.redis.start()
    wait_until(clinic.redis.answers, "Redis")
