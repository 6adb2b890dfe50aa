# SPDX-License-Identifier: Apache-2.0
"""What is known about a message that waits: machines that follow links open nothing, each event has its own name, and
`phictl messages` tells and changes it."""
import datetime
import json
import re
import ssl
import urllib.error
import urllib.request

from checks import fail_unless
from mta import people
from mta.browser import Browser
from mta.chromium import Phone
from mta.clinic import Clinic
from mta.judge import message_text, notice_link
from mta.wait import wait_until
from suites.messages import result, with_attachment

SECRETS = ("547-38-2916",)
PROOF = b'X-Phi-Proof: question="Date of birth"; answer="1961-03-07"\r\n'
SCANNER = "Mozilla/5.0 (compatible; LinkScanner/1.0)"


def make_clinic(place):
    clinic = Clinic(place)
    clinic.write_settings({"tracking.receipts": "each"})
    return clinic.start()


def _notice(clinic, message):
    before = len(clinic.sink.deliveries(people.PATIENT.address))
    reply = clinic.submit(people.LAB.address, [people.PATIENT.address], message)
    fail_unless(reply.code == 250, reply.text)
    return notice_link(clinic.wait_copies(people.PATIENT.address, before + 1)[-1].data)


def _reference(text):
    return re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", text).group()


def _show(clinic, name):
    return json.loads(clinic.phictl("messages", "show", name, "--json"))


def _events(clinic, name):
    return [event["event"] for event in _show(clinic, name)["events"]]


def _fetch(address, method):
    request = urllib.request.Request(address, method=method, headers={"User-Agent": SCANNER})
    context = ssl._create_unverified_context()
    try:
        with urllib.request.urlopen(request, timeout=30, context=context) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def _follow_everything(phone, link):
    """Opens the link and every address on the pages behind it, forms' too, by GET and by HEAD."""
    origin, waiting, seen = link[:link.index("/m/")], [link], set()
    while waiting:
        address = waiting.pop()
        if address in seen or not address.startswith(origin):
            continue
        seen.add(address)
        for method in ("HEAD", "GET"):
            _fetch(address, method)
        phone.open(address)
        waiting += json.loads(phone.evaluate(
            "JSON.stringify([...document.querySelectorAll('a, link, form, img, iframe')]"
            ".map(one => one.href || one.action || one.src).filter(one => one))"))
    return seen


def test_scanners_open_nothing(clinic):
    """A browser that follows every link of the notice and of the pages: unread, no code mailed, nothing expired."""
    for message in (PROOF + result([people.PATIENT.address]), result([people.PATIENT.address])):
        link, text = _notice(clinic, message)
        reference = _reference(text)
        mails = len(clinic.sink.deliveries(people.PATIENT.address))
        with Phone(clinic.place.root) as phone:
            seen = _follow_everything(phone, link)
        fail_unless(len(seen) >= 4, f"only {seen}")
        wait_until(lambda: "fetched" in _events(clinic, reference), "the look to be on record")
        clinic.wait_quiet()
        fail_unless(len(clinic.sink.deliveries(people.PATIENT.address)) == mails, "something was mailed")
        state = _show(clinic, reference)
        fail_unless(state["state"] == "unread", state)
        events = _events(clinic, reference)
        fail_unless(set(events) <= {"fetched", "noticed"} and events.count("fetched") == 1, events)


def test_each_event_has_its_name(clinic):
    """Looked up, challenged, verified, shown, downloaded: in the record with their times; the sender gets a receipt."""
    link, text = _notice(clinic, PROOF + with_attachment([people.PATIENT.address], 2000))
    reference = _reference(text)
    browser = Browser(clinic.ca.certificate)
    page = browser.get(link)
    page = browser.submit(page, page.form_to_fill(), answer="1970-01-01")
    page = browser.submit(page, page.form_to_fill(), answer="March 7, 1961")
    fail_unless(page.status == 200, page.status)
    attachment = next(form for form in page.forms if "/attachment/" in form.action)
    browser.submit(page, attachment)
    wait_until(lambda: "fetched" in _events(clinic, reference), "the look to be on record")
    events = _events(clinic, reference)
    for event in ("fetched", "challenged", "refused", "verified", "shown", "downloaded"):
        fail_unless(event in events, f"{event} is not in {events}")
    fail_unless(_show(clinic, reference)["state"] == "opened", "not opened")
    exported = clinic.phictl("audit", "export", "--format", "jsonl")
    for event in ("fetched", "shown", "downloaded"):
        fail_unless(f'"event":"{event}"' in exported.replace(" ", ""), f"{event} is not in the export")
    receipt = wait_until(
        lambda: [one for one in clinic.sink.deliveries(people.LAB.address) if reference.encode() in one.data],
        "the receipt", 90)
    fail_unless(len(receipt) == 1, "more than one receipt")
    said = message_text(receipt[0].data)
    fail_unless(people.PATIENT.address in said and "Jordan" not in said, said)
    wait_until(lambda: "sender_told" in _events(clinic, reference), "the receipt to be on record")


def test_a_notice_is_mailed_again(clinic):
    """phictl messages resend: the same link and reference once more, from the sender's address."""
    link, text = _notice(clinic, PROOF + result([people.PATIENT.address]))
    reference = _reference(text)
    before = len(clinic.sink.deliveries(people.PATIENT.address))
    clinic.phictl("messages", "resend", reference)
    again = clinic.wait_copies(people.PATIENT.address, before + 1)[-1]
    fail_unless(notice_link(again.data)[0] == link, "another link")
    fail_unless(again.mail_from == people.LAB.address, again.mail_from)
    fail_unless(f"<{people.LAB.address}>".encode() in again.data, again.data)
    wait_until(lambda: "resent" in _events(clinic, reference), "the record")
    fail_unless(next(one for one in _show(clinic, reference)["events"] if one["event"] == "resent")["by"], "nobody's name")


def _days(clinic, reference):
    shown = _show(clinic, reference)
    begun, end = (datetime.datetime.fromisoformat(shown[name].replace("Z", "+00:00")) for name in ("created", "expires"))
    return (end - begun).days


def test_a_policy_says_how_long(clinic):
    """A rule's week and a route's two: the week, in entry, notice and record; without them the settings' month."""
    clinic.change_site_policy(f'''
[[rule]]
id = "site.short"
expiry = "7d"
[[rule.need]]
classes = ["health.*"]
[[route]]
id = "site.patient"
recipient = ["{people.PATIENT.address}"]
methods = ["portal"]
expiry = "2w"
remind_after = "3d"
''')
    try:
        _, text = _notice(clinic, PROOF + result([people.PATIENT.address]))
    finally:
        clinic.change_site_policy()
    fail_unless(_days(clinic, _reference(text)) == 7, _show(clinic, _reference(text)))
    entry = _show(clinic, _reference(text))["id"]
    intent = wait_until(lambda: [one for one in clinic.records() if one["event"] == "intended"
                                 and one["recipients"][0]["escrow_id"] == entry], "the intent's record")
    fail_unless(intent[-1]["recipients"][0]["terms"] == "expiry 7d, remind after 3d", intent)
    _, text = _notice(clinic, PROOF + result([people.PATIENT.address]))
    fail_unless(_days(clinic, _reference(text)) == 30, _show(clinic, _reference(text)))


def test_extend_and_retract(clinic):
    """More time moves the end; retract says whether it had been seen; both are on record with a name."""
    link, text = _notice(clinic, PROOF + result([people.PATIENT.address]))
    reference = _reference(text)
    before = _show(clinic, reference)["expires"]
    clinic.phictl("messages", "extend", reference, "--days", "400")
    fail_unless(_show(clinic, reference)["expires"] > before, "no more time")
    browser = Browser(clinic.ca.certificate)
    page = browser.get(link)
    browser.submit(page, page.form_to_fill(), answer="3/7/1961")
    said = clinic.phictl("messages", "retract", reference)
    fail_unless("It had been shown before" in said, said)
    fail_unless(browser.get(link).status == 410, "still there")
    wait_until(lambda: "retracted" in _events(clinic, reference), "the record")
    fail_unless(reference in clinic.phictl("messages", "list", "--all", "--state", "retracted"), "not in the list")
    fail_unless(reference not in clinic.phictl("messages", "list", "--state", "unread"), "in the wrong list")
