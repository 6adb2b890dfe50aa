# SPDX-License-Identifier: Apache-2.0
"""The portal on a phone, in Chromium."""
import os
import struct

from checks import fail_unless
from mta import people
from mta.chromium import Phone
from mta.judge import notice_link
from suites.messages import result

SECRETS = ("547-38-2916",)
FIELD = "document.querySelector('form input:not([type=hidden]):not([type=submit])')"
BUTTON = "document.querySelector('form button, form input[type=submit]')"


def _notice(clinic, answer):
    message = b'X-Phi-Proof: question="Date of birth"; answer="%s"\r\n' % answer + result([people.PATIENT.address])
    reply = clinic.submit(people.LAB.address, [people.PATIENT.address], message)
    fail_unless(reply.code == 250, reply.text)
    return notice_link(clinic.wait_copies(people.PATIENT.address)[0].data)[0]


def _picture(clinic, phone, name):
    path = phone.screenshot(os.path.join(clinic.place.build, "screenshots", f"{name}.png"))
    with open(path, "rb") as file:
        width, height = struct.unpack(">II", file.read(24)[16:])
    fail_unless(width == 780 and height >= 1688, f"the picture is {width} x {height}")
    fail_unless(phone.width() <= 390, f"{name} scrolls sideways: {phone.width()}")


def test_portal_on_a_phone(clinic):
    """Link, proof, message: each page says what it should, fits the screen, and nothing shows before the proof."""
    link = _notice(clinic, b"1961-03-07")
    with Phone(clinic.place.root) as phone:
        phone.open(link)
        text = phone.text()
        fail_unless(people.CLINIC in text and people.CLINIC_PHONE in text, text)
        _picture(clinic, phone, "portal-link")
        if not phone.evaluate(f"!!{FIELD}"):
            phone.press(BUTTON)
        fail_unless("Date of birth" in phone.text(), phone.text())
        fail_unless("hepatitis" not in phone.evaluate("document.documentElement.outerHTML"), "shown before the proof")
        _picture(clinic, phone, "portal-proof")
        phone.evaluate(f"{FIELD}.value = '1970-01-01'")
        phone.press(BUTTON)
        fail_unless("hepatitis" not in phone.text(), "shown after a wrong answer")
        _picture(clinic, phone, "portal-wrong")
        phone.evaluate(f"{FIELD}.value = '3/7/1961'")
        phone.press(BUTTON)
        fail_unless("hepatitis C" in phone.text(), phone.text())
        _picture(clinic, phone, "portal-message")
