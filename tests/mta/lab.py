# SPDX-License-Identifier: Apache-2.0
"""A laboratory that mails results in bulk: what patients are asked comes by API, by CSV and by header, a third each."""
import concurrent.futures
import itertools
import re
import time
import urllib.parse

from . import people
from .api import Api, make_token
from .browser import Browser
from .judge import method_of, notice_link
from .submit import Client, wire

CLIENTS = 8
QUESTION = "Your word"
WAYS = ("API", "CSV", "header")
_runs = itertools.count()


def patient(number):
    return f"patient-{number}@mail.example"


def answer(number):
    return f"answer-of-{number}"


def message(number, headers=b""):
    """The result of one patient, written anew: another Date, Message-ID and boundary each time."""
    run = next(_runs)
    boundary = f"=_{run}_{number}"
    return headers + (
        f"From: {people.LAB.name} <{people.LAB.address}>\r\nTo: <{patient(number)}>\r\nSubject: Your result\r\n"
        f"Date: Sun, 22 Nov 2026 {run // 3600 % 24:02}:{run // 60 % 60:02}:{run % 60:02} -0500\r\n"
        f"Message-ID: <run-{run}@lis.clinic.example>\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n"
        f"Content-Type: text/plain; charset=us-ascii\r\n\r\nferritin result of patient {number}, "
        f"SSN 547-38-{number % 9000 + 1000}, diagnosis: iron deficiency anemia.\r\n--{boundary}--\r\n").encode()


def batch_mark(number, batch, end=False, item=True):
    parts = [f"id={batch}"] + ([f"item={number}"] if item else []) + (["end=yes"] if end else [])
    return b"X-Phi-Batch: " + "; ".join(parts).encode() + b"\r\n"


def proof(number):
    return f'X-Phi-Proof: question="{QUESTION}"; answer="{answer(number)}"; lang=en\r\n'.encode()


def result(number, batch, end=False):
    return message(number, batch_mark(number, batch, end) + (proof(number) if number % 3 == 2 else b""))


class Sender:
    """Many mails over one connection, each tried again while the answer is 4xx."""

    def __init__(self, clinic):
        self._client = Client(clinic.ports["filtered"])
        self._client.command("EHLO lis.clinic.example")

    def send(self, recipient, mail):
        for _ in range(100):
            for line in (f"MAIL FROM:<{people.LAB.address}>", f"RCPT TO:<{recipient}>", "DATA"):
                reply = self._client.command(line)
                if not reply.ok:
                    raise AssertionError(reply.text)
            self._client.send_raw(wire(mail))
            reply = self._client.end_data()
            if reply.code != 451:
                return reply
            time.sleep(0.02)
        return reply

    def close(self):
        self._client.close()


def send_all(clinic, numbers, make, clients=CLIENTS):
    """Each number's message, by some clients at once. The codes they heard."""
    parts = [list(numbers)[start::clients] for start in range(clients)]

    def work(part):
        sender = Sender(clinic)
        codes = [sender.send(patient(number), make(number)).code for number in part]
        sender.close()
        return codes
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        return sum(pool.map(work, parts), [])


def put_on_file(clinic, results):
    """A third each: by API, by CSV; the last third has it in a header of each message. What phictl says of the CSV."""
    api = Api(clinic, make_token(clinic, "lis", "recipients:write"))

    def put(number):
        said = api("PUT", "/recipients/" + urllib.parse.quote(patient(number), safe=""),
                   {"language": "en", "proof": {"question": QUESTION, "answer": answer(number)}})
        if said.status != 201:
            raise AssertionError(said)
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(put, range(0, results, 3)))
    rows = "".join(f"{patient(number)};{QUESTION};{answer(number)};en\r\n" for number in range(1, results, 3))
    table = "\ufeffaddress;question;answer;language\r\n" + rows
    return clinic.phictl("recipients", "import", "-", stdin=table.encode("utf-16-le")).strip()


def summaries(clinic, batch=""):
    return [copy for copy in clinic.sink.deliveries(people.LAB.address)
            if re.search(rb"(?m)^Subject: Batch " + batch.encode(), copy.data)]


def notices(clinic):
    """Patients, and how many copies each has."""
    counts = {}
    for copy in clinic.sink.deliveries():
        for address in copy.addresses():
            if address.startswith("patient-"):
                counts[address] = counts.get(address, 0) + 1
    return counts


def opened(clinic, number):
    """A browser in which the patient has given proof, wrong once and then right, and the last page."""
    browser = Browser(clinic.ca.certificate)
    page = browser.get(notice_link(clinic.sink.deliveries(patient(number))[0].data)[0])
    if QUESTION not in page.text:
        raise AssertionError(f"{patient(number)} is asked something else: {page.text}")
    page = browser.submit(page, page.form_to_fill(), answer=answer(number + 1))
    if "ferritin" in page.text:
        raise AssertionError(f"a wrong answer opens the message of {patient(number)}")
    page = browser.submit(page, page.form_to_fill(), answer=answer(number).upper())
    return browser, page


def open_notice(clinic, number):
    """As the patient does. Complains when something else comes than what was sent."""
    data = clinic.sink.deliveries(patient(number))[0].data
    if method_of(data) != "portal" or b"X-Phi" in data:
        raise AssertionError(f"{patient(number)} got {method_of(data)}")
    page = opened(clinic, number)[1]
    if f"ferritin result of patient {number}," not in page.text:
        raise AssertionError(f"{patient(number)} reads: {page.text}")
