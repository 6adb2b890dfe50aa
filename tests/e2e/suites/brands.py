# SPDX-License-Identifier: Apache-2.0
"""A second sender domain with a face of its own, in both languages: notice, pages, pictures."""
import os
import struct
import zlib

from checks import fail_unless
from looks import Looks
from mta import people
from mta.chromium import Phone
from mta.clinic import Clinic
from mta.judge import message_text, notice_link
from suites.messages import result

SECRETS = ("547-38-2916",)
PROOF = b'X-Phi-Proof: question="Date of birth"; answer="1961-03-07"\r\n'
SUBMIT = "document.querySelector('form[action*=\"/proof\"] button')"
DOMAIN, COLOUR, SIDE = "birch-lab.example", (122, 31, 92), 96
NAME, PHONE_NUMBER, FOOTER = "Birch Lane Laboratory", "+1 555 0155", "Birch Lane 7, Riverton"


def make_clinic(place):
    clinic = Clinic(place)
    brand = {"name": NAME, "phone": PHONE_NUMBER, "colour": "#%02x%02x%02x" % COLOUR, "footer": FOOTER,
             "logo": _logo(place)}
    clinic.write_settings({"organisation.domains": [people.CLINIC_DOMAIN, DOMAIN],
                           **{f'brand."{DOMAIN}".{name}': value for name, value in brand.items()}})
    return clinic.start()


def _logo(place):
    """A PNG: a ring in the brand's colour."""
    rows = []
    for y in range(SIDE):
        inside = [20 ** 2 < (x - 47.5) ** 2 + (y - 47.5) ** 2 < 44 ** 2 for x in range(SIDE)]
        rows.append(b"\0" + b"".join(bytes(COLOUR if one else (255, 255, 255)) for one in inside))
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)),
              (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    path = place.path("lab-logo.png")
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
            for kind, content in chunks))
    os.chmod(path, 0o644)
    return path


def _notice(clinic, sender):
    before = len(clinic.sink.deliveries(people.PATIENT.address))
    reply = clinic.submit(sender, [people.PATIENT.address], PROOF + result([people.PATIENT.address]))
    fail_unless(reply.code == 250, reply.text)
    return clinic.wait_copies(people.PATIENT.address, before + 1)[-1].data


def _colour(phone):
    return phone.evaluate("getComputedStyle(document.querySelector('button.wide')).backgroundColor")


def _answer(phone):
    phone.evaluate("document.querySelector('input[name=answer]').value = '3/7/1961'")
    phone.press(SUBMIT)


def test_another_sender_domain_has_its_own_face(clinic):
    """Name, number, colour, line and logo of a brand in the notice and on the pages; nothing of the organisation's."""
    looks = Looks(clinic)
    for language in ("en", "es"):
        notice = _notice(clinic, f"results@{DOMAIN}")
        said = message_text(notice)
        fail_unless(NAME in said and PHONE_NUMBER in said and FOOTER in said and people.CLINIC not in said, said)
        with Phone(clinic.place.root) as phone:
            phone.open(notice_link(notice)[0] + f"?lang={language}")
            looks.at(phone, f"brand-question-{language}", language)
            _answer(phone)
            shown = phone.evaluate("document.body.innerText")
            fail_unless(PHONE_NUMBER in shown and NAME in shown and FOOTER in shown, shown)
            fail_unless(people.CLINIC not in shown and people.CLINIC_PHONE not in shown, shown)
            fail_unless(phone.evaluate("document.querySelector('header img').naturalWidth") == SIDE, "no logo")
            fail_unless(_colour(phone) == "rgb(%d, %d, %d)" % COLOUR, _colour(phone))
            looks.at(phone, f"brand-message-{language}", language)


def test_the_others_have_the_organisations(clinic):
    """A sender of the clinic's own domain at the same portal: its name and number, its colour, no logo."""
    notice = _notice(clinic, people.LAB.address)
    fail_unless(people.CLINIC in message_text(notice) and NAME not in message_text(notice), message_text(notice))
    with Phone(clinic.place.root) as phone:
        phone.open(notice_link(notice)[0])
        _answer(phone)
        shown = phone.evaluate("document.body.innerText")
        fail_unless(people.CLINIC_PHONE in shown and PHONE_NUMBER not in shown and FOOTER not in shown, shown)
        fail_unless(not phone.evaluate("!!document.querySelector('header img')"), "a logo")
        fail_unless(_colour(phone) != "rgb(%d, %d, %d)" % COLOUR, _colour(phone))
