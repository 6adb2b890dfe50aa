# SPDX-License-Identifier: Apache-2.0
"""phimilter-portal is killed, at moments that a seed chooses, while recipients prove, read and answer and staff give more
time and take back: what somebody was told happened, no answer is there twice, and the journal verifies."""
import http.client
import json
import os
import queue
import random
import ssl
import threading
import time
import urllib.error

from checks import fail_unless
from mta import people
from mta.browser import Browser
from mta.clinic import Clinic
from mta.judge import header, message_text, notice_link
from mta.wait import wait_until
from suites.messages import NAME, result, with_attachment
from suites.tracking import _events, _reference, _show

SECRETS = ("547-38-2916",)
SEED = int(os.environ.get("PHIMILTER_SEED", "20261122"))
PATIENT, LAB = people.PATIENT.address, people.LAB.address
PROOF = b'X-Phi-Proof: question="Date of birth"; answer="1961-03-07"\r\n'
PEOPLE, EACH, KILLS = 4, 3, 12
NO_PORTAL = (urllib.error.URLError, http.client.HTTPException, ConnectionError, ssl.SSLError, TimeoutError)


def make_clinic(place):
    clinic = Clinic(place)
    clinic.write_settings({"portal.tries_per_network": 10000, "portal.tries_per_recipient": 1000})
    return clinic.start()


class Killer:
    """Counts the requests that begin; kills the portal at those that the seed names, a moment into them."""

    def __init__(self, clinic):
        self._clinic, self._rng, self._due = clinic, random.Random(SEED), queue.Queue()
        self._lock, self._count, self.kills = threading.Lock(), 0, 0
        self._next = self._rng.randrange(2, 9)

    def request_begins(self):
        with self._lock:
            self._count += 1
            if self._count >= self._next:
                self._next = self._count + self._rng.randrange(4, 14)
                self._due.put(self._rng.random() * 0.03)

    def work_until(self, done):
        """In the thread that started the portal, whose end would be the portal's."""
        while not done():
            try:
                moment = self._due.get(timeout=0.2)
            except queue.Empty:
                continue
            if self.kills < KILLS:
                time.sleep(moment)
                self.kills += 1
                self._clinic.portal.kill()
                self._clinic.start_portal()


class Person:
    """Reads and answers; comes again when the portal is away, as a person at a browser does."""

    def __init__(self, clinic, killer, number):
        self.clinic, self.killer = clinic, killer
        self.rng = random.Random(SEED * 100 + number)
        self.shown, self.sent, self.problems = [], {}, []

    def ask(self, action, good):
        """Does it until the page is one that `good` likes."""
        deadline, page = time.monotonic() + 60, None
        while time.monotonic() < deadline:
            self.killer.request_begins()
            try:
                page = action()
            except NO_PORTAL:
                continue
            if good(page):
                return page
        raise AssertionError(f"in vain, the last page: {page.status if page else '-'} {page.text[:300] if page else ''}")

    def prove(self, browser, link):
        page = self.ask(lambda: browser.get(link), lambda page: page.status == 200)
        wrong = self.rng.random() < 0.5
        while NAME not in page.text:
            if wrong:
                wrong = False
                self.ask(lambda: browser.submit(page, _form(page, "/proof"), answer="1/1/1950"),
                         lambda page: page.status in (403, 429))
            page = self.ask(lambda: browser.submit(page, _form(page, "/proof"), answer="3/7/1961"),
                            lambda page: page.status == 200)
        return page

    def read_and_answer(self, link, reference):
        browser = Browser(self.clinic.ca.certificate)
        page = self.prove(browser, link)
        self.shown.append(reference)
        saved = next((form for form in page.forms if "/attachment/" in form.action), None)
        if saved:
            self.ask(lambda: browser.submit(page, saved), lambda page: page.status == 200)
        text = f"Thank you, my number is {reference} {self.rng.random()}"
        page = self.ask(lambda: browser.get(link + "/reply"), lambda page: page.status in (200, 403))
        while not _form_or_none(page, "/reply"):
            self.prove(browser, link)
            page = self.ask(lambda: browser.get(link + "/reply"), lambda page: page.status in (200, 403))
        form = _form(page, "/reply")
        self.ask(lambda: browser.submit(page, form, text=text), lambda page: "Your reply was sent." in page.text)
        self.sent[reference] = text

    def run(self, messages):
        for link, reference in messages:
            try:
                self.read_and_answer(link, reference)
            except Exception as error:  # noqa: BLE001 - told by who waits for the thread
                self.problems.append(f"{reference}: {error!r}")


def _form_or_none(page, action):
    return next((form for form in page.forms if form.action.endswith(action)), None)


def _form(page, action):
    form = _form_or_none(page, action)
    if form is None:
        raise AssertionError(f"no form for {action}: {page.status} {page.text[:300]}")
    return form


def _notices(clinic, count):
    messages = []
    for number in range(count):
        before = len(clinic.sink.deliveries(PATIENT))
        message = with_attachment([PATIENT], 70_000) if number % 3 == 0 else result([PATIENT])
        reply = clinic.submit(LAB, [PATIENT], PROOF + message)
        fail_unless(reply.code == 250, reply.text)
        link, text = notice_link(clinic.wait_copies(PATIENT, before + 1)[-1].data)
        messages.append((link, _reference(text)))
    return messages


def _replies(clinic, text):
    return [one.data for one in clinic.sink.deliveries(LAB) if text in message_text(one.data)]


def _staff(clinic, messages, for_staff, ends):
    """Gives more time, takes back, orders a notice again."""
    for _, reference in messages[::2]:
        clinic.phictl("messages", "extend", reference, "--days", "300")
        ends[reference] = _show(clinic, reference)["expires"]
    for _, reference in for_staff[:2]:
        clinic.phictl("messages", "retract", reference)
    clinic.phictl("messages", "resend", for_staff[2][1])


def test_killed_while_everybody_works(clinic):
    """Twelve kills: confirmed is kept."""
    messages = _notices(clinic, PEOPLE * EACH + 4)
    for_staff = messages[PEOPLE * EACH:]
    killer = Killer(clinic)
    persons = [Person(clinic, killer, number) for number in range(PEOPLE)]
    threads = [threading.Thread(target=person.run, args=(messages[number * EACH:(number + 1) * EACH],))
               for number, person in enumerate(persons)]
    for thread in threads:
        thread.start()
    ends = {}
    staff = threading.Thread(target=_staff, args=(clinic, messages, for_staff, ends))
    staff.start()
    threads.append(staff)
    killer.work_until(lambda: not any(thread.is_alive() for thread in threads))
    print(f"seed {SEED}: {killer.kills} kills")
    fail_unless(len(ends) == len(messages[::2]), f"staff stopped after {len(ends)}")
    fail_unless(killer.kills >= 5, f"only {killer.kills} kills")
    fail_unless(not [one for person in persons for one in person.problems],
                [one for person in persons for one in person.problems])
    clinic.wait_quiet()
    for person in persons:
        for reference in person.shown:
            fail_unless("shown" in _events(clinic, reference), f"{reference} was shown: {_events(clinic, reference)}")
        for reference, text in person.sent.items():
            copies = _replies(clinic, text)
            names = {header(copy, "Message-ID") for copy in copies}
            fail_unless(copies, f"the answer of {reference} is lost")
            fail_unless(len(names) == 1, f"{reference}: {len(copies)} answers, {len(names)} names")
            fail_unless("replied" in _events(clinic, reference), _events(clinic, reference))
    for reference, end in ends.items():
        if reference not in [reference for _, reference in for_staff[:2]]:
            fail_unless(_show(clinic, reference)["expires"] == end, f"{reference} has another end")
    for link, reference in for_staff[:2]:
        fail_unless(Browser(clinic.ca.certificate).get(link).status == 410, f"{reference} opens")
        wait_until(lambda reference=reference: "destroyed" in _events(clinic, reference), f"the end of {reference}", 60)
        certificate = clinic.phictl("messages", "certificate", reference)
        fail_unless(json.loads(certificate)["destroyed"]["by"], certificate)
    wait_until(lambda: "resent" in _events(clinic, for_staff[2][1]), "the notice once more", 60)
    clinic.portal.stop()
    said = clinic.phictl("audit", "verify")
    fail_unless("verified" in said, said)
    clinic.start_portal()
