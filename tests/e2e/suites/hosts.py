# SPDX-License-Identifier: Apache-2.0
"""Two portals behind one address: one vault, one folder of state, one Redis, a journal each. Whatever one has seen, the
other knows."""
import itertools
import json
import os
import re
import socket
import threading

from checks import fail_unless
from mta import people
from mta.browser import Browser
from mta.clinic import Clinic
from mta.judge import header, message_text, notice_link
from mta.place import PORTAL_UID, SHARED_GID
from mta.wait import wait_until
from suites.messages import NAME, result
from suites.tracking import _reference

SECRETS = ("547-38-2916",)
PATIENT, LAB = people.PATIENT.address, people.LAB.address
PROOF = b'X-Phi-Proof: question="Date of birth"; answer="1961-03-07"\r\n'


class Front:
    """One address for both, as a load balancer is: each connection goes to the host that is named, or by turns."""

    def __init__(self, port, hosts):
        self._hosts, self._turn, self.only = hosts, itertools.cycle(sorted(hosts)), None
        self._socket = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            try:
                host = socket.create_connection(("127.0.0.1", self._hosts[self.only or next(self._turn)]))
            except OSError:
                client.close()
                continue
            for one, other in ((client, host), (host, client)):
                threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    @staticmethod
    def _pump(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self._socket.close()


def make_clinic(place):
    clinic = Clinic(place)
    place.folder("portal-b", 0o700, PORTAL_UID, SHARED_GID)
    common = {"portal.redis": f"unix:{clinic.redis.socket}"}
    front, ports = clinic.ports["portal"], {"a": place.free_port(), "b": place.free_port()}
    of_b = common | {"portal.https": f"inet:127.0.0.1:{ports['b']}", "portal.http": f"inet:127.0.0.1:{place.free_port()}",
                     "audit.portal_journal": place.path("portal-b", "journal")}
    os.rename(clinic.write_settings(of_b), place.path("b.toml"))
    clinic.write_settings(common | {"portal.https": f"inet:127.0.0.1:{ports['a']}"})
    clinic.front = Front(front, ports)
    clinic.start()
    start_b(clinic)
    return clinic


def start_b(clinic):
    clinic.portal_b = clinic.place.start(
        "portal-b", [clinic.program("phimilter-portal"), "--settings", clinic.place.path("b.toml")],
        uid=PORTAL_UID, gid=SHARED_GID)
    clinic.portal_b.wait_log(" started")


def _notice(clinic):
    before = len(clinic.sink.deliveries(PATIENT))
    reply = clinic.submit(LAB, [PATIENT], PROOF + result([PATIENT]))
    fail_unless(reply.code == 250, reply.text)
    link, text = notice_link(clinic.wait_copies(PATIENT, before + 1)[-1].data)
    return link, _reference(text)


def _form(page, action):
    return next(form for form in page.forms if form.action.endswith(action))


def _has_form(page, action):
    return any(form.action.endswith(action) for form in page.forms)


def _at(clinic, host, ask):
    clinic.front.only = host
    try:
        return ask()
    finally:
        clinic.front.only = None


def _events(clinic, host, event):
    """The events of one host's journal, oldest first, without a line that is being written."""
    folder = clinic.place.path("portal" if host == "a" else "portal-b", "journal")
    found = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".jsonl"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                found += [json.loads(line)["rec"] for line in file if line.endswith("\n")]
    return [one for one in found if one["event"] == event]


def _open(clinic, link, host):
    browser = Browser(clinic.ca.certificate)
    page = _at(clinic, host, lambda: browser.get(link))
    page = _at(clinic, host, lambda: browser.submit(page, _form(page, "/proof"), answer="3/7/1961"))
    fail_unless(NAME in page.text, page.text)
    return browser, page


def test_wrong_answers_are_counted_together(clinic):
    """Ten at the same time, five through each: five are looked at, then the link is locked on both, for the right
    answer too."""
    link, _ = _notice(clinic)
    browsers = [Browser(clinic.ca.certificate) for _ in range(10)]
    pages = [browser.get(link) for browser in browsers]
    threads = [threading.Thread(target=lambda browser=browser, page=page: browser.submit(
        page, _form(page, "/proof"), answer="1/1/1950")) for browser, page in zip(browsers, pages)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tried = {host: len(_events(clinic, host, "refused")) for host in "ab"}
    fail_unless(sum(tried.values()) == 5, f"answers that were looked at: {tried}")
    for host in "ab":
        page = _at(clinic, host, lambda: Browser(clinic.ca.certificate).get(link))
        fail_unless(page.status == 429, f"{host}: {page.status} {page.text}")


def test_a_session_is_good_on_both(clinic):
    """Proved on a, read on b without another proof; signed out on b, gone on a."""
    link, _ = _notice(clinic)
    browser, _ = _open(clinic, link, "a")
    page = _at(clinic, "b", lambda: browser.get(link + "/message"))
    fail_unless(page.status == 200 and NAME in page.text, page.text)
    _at(clinic, "b", lambda: browser.submit(page, _form(page, "/logout")))
    page = _at(clinic, "a", lambda: browser.get(link + "/message"))
    fail_unless(NAME not in page.text, "still open")


def _sender_code(clinic, browser, host):
    """Asked for at one host: the page to type it in, and the code that was mailed."""
    before = len(clinic.sink.deliveries(LAB))
    page = _at(clinic, host, lambda: browser.get(f"https://127.0.0.1:{clinic.ports['portal']}/sent"))
    page = _at(clinic, host, lambda: browser.submit(page, _form(page, "/code"), address=LAB))
    mail = message_text(clinic.wait_copies(LAB, before + 1)[-1].data)
    return page, re.search(r"\b\d{4} \d{4}\b", mail).group()


def test_a_senders_code_is_good_on_both(clinic):
    """Asked for at a, given to b: the sender is in, and it is good once. Wrong answers to b void it at a."""
    browser = Browser(clinic.ca.certificate)
    page, code = _sender_code(clinic, browser, "a")
    inside = _at(clinic, "b", lambda: browser.submit(page, _form(page, "/login"), code=code))
    fail_unless(inside.status == 200 and LAB in inside.text and not _has_form(inside, "/login"), inside.text)
    again = _at(clinic, "a", lambda: Browser(clinic.ca.certificate).submit(page, _form(page, "/login"), code=code))
    fail_unless(again.status == 403, f"a second time: {again.status}")
    page, code = _sender_code(clinic, Browser(clinic.ca.certificate), "b")
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    for host in "aabba":
        stranger = Browser(clinic.ca.certificate)
        tried = _at(clinic, host, lambda: stranger.submit(page, _form(page, "/login"), code=wrong))
        fail_unless(tried.status == 403, f"{host}: {tried.status} {tried.text}")
    late = _at(clinic, "b", lambda: Browser(clinic.ca.certificate).submit(page, _form(page, "/login"), code=code))
    fail_unless(late.status == 403, f"after five wrong answers: {late.status}")


def test_taken_back_on_one_is_gone_on_both_at_once(clinic):
    """Retracted while it is open on b: the next look there shows nothing, and one of them destroys it, once."""
    link, reference = _notice(clinic)
    browser, _ = _open(clinic, link, "b")
    clinic.phictl("messages", "retract", reference)
    page = _at(clinic, "b", lambda: browser.get(link + "/message"))
    fail_unless(page.status == 410 and NAME not in page.text, page.text)
    wait_until(lambda: _events(clinic, "a", "destroyed") + _events(clinic, "b", "destroyed"), "its destruction", 60)
    fail_unless(len(_events(clinic, "a", "destroyed") + _events(clinic, "b", "destroyed")) == 1, "destroyed twice")


def test_one_answer_whichever_way_it_comes(clinic):
    """The same form, sent through both at the same time and once more: one mail to the sender."""
    link, _ = _notice(clinic)
    browser, _ = _open(clinic, link, "a")
    page = browser.get(link + "/reply")
    form = _form(page, "/reply")
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(browser.submit(page, form, text="Thank you, at noon then.")))
               for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = [one.text for one in answers]
    fail_unless(all("Your reply was sent." in one or "is being sent just now" in one for one in said), said)
    last = browser.submit(page, form, text="Thank you, at noon then.").text
    fail_unless("Your reply was sent." in last, last)
    clinic.wait_quiet()
    copies = [one.data for one in clinic.sink.deliveries(LAB) if "at noon then" in message_text(one.data)]
    fail_unless(len(copies) == 1, f"{len(copies)} answers, {len({header(one, 'Message-ID') for one in copies})} names")
    replied = {host: len(_events(clinic, host, "replied")) for host in "ab"}
    fail_unless(sum(replied.values()) == 1, f"on record: {replied}")


def test_one_mails_for_both(clinic):
    """A notice is ordered again: one of them mails it."""
    _, reference = _notice(clinic)
    before = len(clinic.sink.deliveries(PATIENT))
    clinic.phictl("messages", "resend", reference)
    wait_until(lambda: _events(clinic, "a", "resent") + _events(clinic, "b", "resent"), "the record", 60)
    clinic.wait_quiet()
    fail_unless(len(clinic.sink.deliveries(PATIENT)) == before + 1, "more than one")


def test_one_dies_and_the_other_goes_on(clinic):
    """a is killed: the session goes on through b, and b takes over what a swept."""
    link, reference = _notice(clinic)
    browser, _ = _open(clinic, link, "a")
    clinic.portal.kill()
    try:
        page = _at(clinic, "b", lambda: browser.get(link + "/message"))
        fail_unless(NAME in page.text, page.text)
        destroyed = len(_events(clinic, "b", "destroyed"))
        clinic.phictl("messages", "retract", reference)
        wait_until(lambda: len(_events(clinic, "b", "destroyed")) > destroyed, "b to sweep", 60)
    finally:
        clinic.start_portal()
