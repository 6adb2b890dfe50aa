# SPDX-License-Identifier: Apache-2.0
"""Other addresses of a recipient: who may open what is sent to whom, and that the page tells nobody else."""
import json
import os
import re
import subprocess

from checks import fail_unless
from mta import people
from mta.browser import Browser
from mta.clinic import Clinic
from mta.judge import message_text, notice_link
from suites.messages import result

SECRETS = ("547-38-2916",)
MAIN, SECOND = people.PATIENT.address, people.FRIEND.address
SHOWN = "hepatitis C"


def make_clinic(place):
    clinic = Clinic(place).start()
    clinic.phictl("recipients", "import", "-", stdin=(
        f"address,question,answer,language\n{MAIN},Name of your street,Elm,es\n").encode())
    return clinic


def _link(clinic, recipient):
    before = len(clinic.sink.deliveries(recipient))
    reply = clinic.submit(people.LAB.address, [recipient], result([recipient]))
    fail_unless(reply.code == 250, reply.text)
    return notice_link(clinic.wait_copies(recipient, before + 1)[-1].data)


def _form(page, action):
    return next(form for form in page.forms if form.action.endswith(action))


def _alias(clinic, *words, ok=(0,)):
    return clinic.phictl("recipients", "alias", *words, ok=ok)


def _last_change(clinic):
    changes = [one for one in map(json.loads, clinic.phictl("audit", "export", "--format", "jsonl").splitlines())
               if one["event"] == "recipient_changed"]
    return changes[-1]


def _asked_at(clinic, link, address):
    """Types `address` as the other one: the page that follows, and the page's bytes without what is each time new."""
    browser = Browser(clinic.ca.certificate)
    page = browser.submit(browser.get(link), _form(browser.get(link), "/code"))
    page = browser.submit(page, next(form for form in page.forms if "address" in form.fields), address=address)
    return browser, page, re.sub(rb"/m/[A-Za-z0-9_=-]+|[0-9A-Z]{4}-[0-9A-Z]{4}", b"", page.body)


def test_second_address_asks_for_the_proof_on_file(clinic):
    """The notice goes to the second address; the question of the main address opens it, once the clinic says so."""
    link, _ = _link(clinic, SECOND)
    fail_unless("Elm" not in Browser(clinic.ca.certificate).get(link).text
                and "street" not in Browser(clinic.ca.certificate).get(link).text, "the question without an alias")
    said = _alias(clinic, "add", MAIN, SECOND, "--same-person")
    fail_unless(f"{SECOND} can open what is sent to {MAIN}" in said, said)
    record = _last_change(clinic)
    fail_unless(record["recipients"][0]["address"] == MAIN and record["login"]
                and record["recipients"][0]["reasons"] == [f"alias {SECOND}"], str(record))
    link, text = _link(clinic, SECOND)
    fail_unless("mensaje" in text, f"not in the language on file: {text}")
    browser = Browser(clinic.ca.certificate)
    page = browser.get(link)
    fail_unless("Name of your street" in page.text, page.text)
    wrong = browser.submit(page, _form(page, "/proof"), answer="Oak")
    fail_unless(wrong.status == 403 and SHOWN not in wrong.text, wrong.text)
    page = browser.submit(wrong, _form(wrong, "/proof"), answer="ELM")
    fail_unless(page.status == 200 and SHOWN in page.text, page.text)
    fail_unless(len(json.loads(_alias(clinic, "list", "--json"))) == 1, "the list")
    _alias(clinic, "remove", MAIN, SECOND)
    fail_unless("Name of your street" not in Browser(clinic.ca.certificate).get(link).text, "it still counts")
    _alias(clinic, "remove", MAIN, SECOND, ok=(1,))


def test_code_to_an_alias_of_a_shared_mailbox(clinic):
    """The office's notice, the code to Anna's own mailbox; nobody else's address gets one, and the page is the same."""
    office, anna = SECOND, "anna.berg@mail.example"
    link, _ = _link(clinic, office)
    browser, page, unattached = _asked_at(clinic, link, anna)
    _alias(clinic, "add", office, anna)
    browser, page, attached = _asked_at(clinic, link, anna)
    fail_unless(unattached == attached, "the page tells whether an address is attached")
    code = re.search(r"\b\d{4} \d{4}\b", message_text(clinic.wait_copies(anna)[-1].data)).group()
    clinic.wait_quiet()
    fail_unless(len(clinic.sink.deliveries(anna)) == 1, "a code was mailed before she was attached")
    page = browser.submit(page, _form(page, "/proof"), answer=code)
    fail_unless(page.status == 200 and SHOWN in page.text, page.text)
    own, _ = _link(clinic, anna)
    before = len(clinic.sink.deliveries(office))
    _asked_at(clinic, own, office)
    clinic.wait_quiet()
    fail_unless(len(clinic.sink.deliveries(office)) == before, "what is Anna's own opened to the office")


def test_no_address_stands_in_the_folder_and_a_changed_key_follows(clinic):
    """Neither name nor content of a file holds an address; after a change of the portal's key the list is still there."""
    _alias(clinic, "add", MAIN, "mira@home.example", "--same-person")
    folder = clinic.place.path("escrow", "recipients")
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as file:
            content = name.encode() + file.read()
        fail_unless(b"example" not in content and b"mira" not in content.lower(), name)
    clinic.phictl("setup", "rotate-portal-key")
    listed = json.loads(_alias(clinic, "list", MAIN, "--json"))
    fail_unless(listed == [{"recipient": MAIN, "alias": "mira@home.example", "same_person": True, "finished": True}], str(listed))
    shown = subprocess.run(["find", folder, "!", "-group", str(os.stat(folder).st_gid)], capture_output=True, text=True)
    fail_unless(not shown.stdout, f"the portal cannot read {shown.stdout}")
    link, _ = _link(clinic, MAIN)
    fail_unless("Name of your street" in Browser(clinic.ca.certificate).get(link).text, "the question after the change")
