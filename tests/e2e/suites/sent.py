# SPDX-License-Identifier: Apache-2.0
"""The sender's page on a phone, without JavaScript: code to the mailbox, list, message, each button."""
import datetime
import re
import zoneinfo

from checks import fail_unless
from looks import Looks
from mta import people
from mta.chromium import Phone
from mta.judge import message_text, notice_link
from mta.wait import wait_until
from suites.messages import result

SECRETS = ("547-38-2916",)
PROOF = b'X-Phi-Proof: question="Date of birth"; answer="1961-03-07"\r\n'
SUBMIT = "document.querySelector('form[action*=\"/{}\"] button')"


def _notice(clinic, sender=people.LAB, recipient=people.PATIENT):
    before = len(clinic.sink.deliveries(recipient.address))
    reply = clinic.submit(sender.address, [recipient.address], PROOF + result([recipient.address]))
    fail_unless(reply.code == 250, reply.text)
    link, text = notice_link(clinic.wait_copies(recipient.address, before + 1)[-1].data)
    return link, re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", text).group()


def _press(phone, action):
    phone.press(SUBMIT.format(action))


def _ask(phone, clinic, address, query=""):
    """Asks for a code; the code that was mailed to `address`."""
    before = len(clinic.sink.deliveries(address))
    phone.open(f"https://127.0.0.1:{clinic.ports['portal']}/sent{query}")
    phone.evaluate(f"document.querySelector('input[name=address]').value = '{address}'")
    _press(phone, "sent/code")
    mail = message_text(clinic.wait_copies(address, before + 1)[-1].data)
    reference = phone.evaluate("document.querySelector('input[name=reference]').value")
    fail_unless(reference in mail, "the mail shows another reference than the page")
    return re.search(r"\b(\d{4}) (\d{4})\b", mail).group().replace(" ", "")


def _sign_in(phone, clinic, address, query=""):
    code = _ask(phone, clinic, address, query)
    phone.evaluate(f"document.querySelector('input[name=code]').value = '{code}'")
    _press(phone, "sent/login")


def _item(reference):
    return f"[...document.querySelectorAll('li')].find(one => one.innerText.includes('{reference}'))"


def _list(phone, clinic, reference, query=""):
    """The list, once the portal has read the filter's journal so far."""
    def listed():
        phone.open(f"https://127.0.0.1:{clinic.ports['portal']}/sent/messages{query}")
        return phone.evaluate(f"!!{_item(reference)}")
    wait_until(listed, "the message in the list", 60)


def _open_message(phone, clinic, reference):
    _list(phone, clinic, reference)
    phone.press(f"{_item(reference)}.querySelector('a')")


def test_sender_sees_and_changes_own_messages(clinic):
    """Sign in, list, one message, more time, mail again, take back; the recipient's page follows."""
    link, reference = _notice(clinic)
    foreign_link, foreign = _notice(clinic, sender=people.NURSE)
    with Phone(clinic.place.root) as phone:
        _sign_in(phone, clinic, people.LAB.address)
        _open_message(phone, clinic, reference)
        fail_unless(people.PATIENT.address in phone.text() and "Not read yet" in phone.text(), phone.text())
        until = phone.text()
        said = re.search(r"\w+ \d+, \d{4}, \d\d:\d\d E[SD]T", until)
        fail_unless(said and " UTC" not in until, until)
        when = datetime.datetime.strptime(said.group()[:-4], "%B %d, %Y, %H:%M")
        now = datetime.datetime.now(zoneinfo.ZoneInfo(people.TIME_ZONE)).replace(tzinfo=None)
        fail_unless(datetime.timedelta(0) <= now - when < datetime.timedelta(hours=1), f"{said.group()}, and it is {now}")
        phone.evaluate("document.querySelector('select[name=days]').value = '90'")
        _press(phone, "extend")
        fail_unless("has more time" in phone.text() and phone.text() != until, phone.text())
        before = len(clinic.sink.deliveries(people.PATIENT.address))
        _press(phone, "resend")
        fail_unless("mailed again" in phone.text(), phone.text())
        again = clinic.wait_copies(people.PATIENT.address, before + 1)[-1]
        fail_unless(notice_link(again.data)[0] == link, "another link")
        _press(phone, "retract")
        fail_unless("taken back. Nobody had seen it" in phone.text(), phone.text())
        phone.open(link)
        fail_unless("taken back" in phone.text(), phone.text())
        phone.open(f"https://127.0.0.1:{clinic.ports['portal']}/sent/messages")
        fail_unless(foreign not in phone.text(), "another sender's message is listed")
        phone.open(foreign_link)
        fail_unless("Date of birth" in phone.text(), phone.text())


def test_outsiders_get_no_code(clinic):
    """The same page for an address outside, and no mail."""
    with Phone(clinic.place.root) as phone:
        before = len(clinic.sink.deliveries(people.FRIEND.address))
        phone.open(f"https://127.0.0.1:{clinic.ports['portal']}/sent")
        phone.evaluate(f"document.querySelector('input[name=address]').value = '{people.FRIEND.address}'")
        _press(phone, "sent/code")
        fail_unless("a code is on its way" in phone.text(), phone.text())
        _ask(phone, clinic, people.NURSE.address)
        clinic.wait_quiet()
        fail_unless(len(clinic.sink.deliveries(people.FRIEND.address)) == before, "a code was mailed outside")


def test_pages_are_good_to_look_at(clinic):
    """axe-core finds nothing, nothing scrolls sideways, in both languages and themes."""
    looks = Looks(clinic)
    _, reference = _notice(clinic)
    for language in ("en", "es"):
        with Phone(clinic.place.root) as phone:
            def look(name):
                looks.at(phone, f"sent-{name}-{language}", language)
            phone.open(f"https://127.0.0.1:{clinic.ports['portal']}/sent?lang={language}")
            look("sign-in")
            code = _ask(phone, clinic, people.LAB.address, f"?lang={language}")
            look("code")
            phone.evaluate(f"document.querySelector('input[name=code]').value = '{code}'")
            _press(phone, "sent/login")
            _list(phone, clinic, reference, f"?lang={language}")
            look("list")
            phone.press(f"{_item(reference)}.querySelector('a')")
            phone.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            look("message")
