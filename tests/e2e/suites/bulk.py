# SPDX-License-Identifier: Apache-2.0
"""Lab results in bulk: what is asked comes by API, CSV and header; the batch is run twice, by many clients at once.

BULK_RESULTS=10000 makes a whole evening of it."""
import concurrent.futures
import json
import os
import re
import time
import urllib.parse

from checks import fail_unless
from mta import people
from mta.api import Api, make_token
from mta.browser import Browser
from mta.clinic import Clinic
from mta.judge import method_of, notice_link
from mta.submit import Client, wire
from mta.wait import wait_until

RESULTS = int(os.environ.get("BULK_RESULTS", "300"))
CLIENTS = 8
SECRETS = ("ferritin result of", "answer-of-")
BATCH = "2026-11-22-labs"
_runs = iter(range(1_000_000))


def make_clinic(place):
    return Clinic(place).start()


def _patient(number):
    return f"patient-{number}@mail.example"


def _answer(number):
    return f"answer-of-{number}"


def _message(number, headers=b""):
    """The result of one patient, written anew: another Date, Message-ID and boundary each time."""
    run = next(_runs)
    boundary = f"=_{run}_{number}"
    return headers + (
        f"From: {people.LAB.name} <{people.LAB.address}>\r\nTo: <{_patient(number)}>\r\nSubject: Your result\r\n"
        f"Date: Sun, 22 Nov 2026 {run // 3600 % 24:02}:{run // 60 % 60:02}:{run % 60:02} -0500\r\n"
        f"Message-ID: <run-{run}@lis.clinic.example>\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n"
        f"Content-Type: text/plain; charset=us-ascii\r\n\r\nferritin result of patient {number}, "
        f"SSN 547-38-{number % 9000 + 1000}, diagnosis: iron deficiency anemia.\r\n--{boundary}--\r\n").encode()


def _batch(number, end=False, item=True, batch=BATCH):
    parts = [f"id={batch}"] + ([f"item={number}"] if item else []) + (["end=yes"] if end else [])
    return b"X-Phi-Batch: " + "; ".join(parts).encode() + b"\r\n"


def _proof(number):
    return f'X-Phi-Proof: question="Your word"; answer="{_answer(number)}"; lang=en\r\n'.encode()


class Sender:
    """Many mails over one connection, each tried again while the answer is 4xx."""

    def __init__(self, clinic):
        self._client = Client(clinic.ports["filtered"])
        self._client.command("EHLO lis.clinic.example")

    def send(self, recipient, message):
        for _ in range(100):
            for line in (f"MAIL FROM:<{people.LAB.address}>", f"RCPT TO:<{recipient}>", "DATA"):
                reply = self._client.command(line)
                fail_unless(reply.ok, reply.text)
            self._client.send_raw(wire(message))
            reply = self._client.end_data()
            if reply.code != 451:
                return reply
            time.sleep(0.02)
        return reply

    def close(self):
        self._client.close()


def _run(clinic, numbers, make, clients=CLIENTS):
    """Each number's message, by some clients at once. The codes they heard."""
    parts = [list(numbers)[start::clients] for start in range(clients)]

    def work(part):
        sender = Sender(clinic)
        codes = [sender.send(_patient(number), make(number)).code for number in part]
        sender.close()
        return codes
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        return sum(pool.map(work, parts), [])


def _summaries(clinic):
    return [copy for copy in clinic.sink.deliveries(people.LAB.address)
            if re.search(rb"(?m)^Subject: Batch ", copy.data)]


def _notices(clinic):
    """Patients, and how many copies each has."""
    counts = {}
    for copy in clinic.sink.deliveries():
        for recipient in copy.recipients:
            address = recipient if isinstance(recipient, str) else recipient[0]
            if address.strip("<>").startswith("patient-"):
                counts[address.strip("<>")] = counts.get(address.strip("<>"), 0) + 1
    return counts


def _put_on_file(clinic):
    """A third each: by API, by CSV; the last third has it in a header of each message."""
    api = Api(clinic, make_token(clinic, "lis", "recipients:write"))

    def put(number):
        answer = api("PUT", "/recipients/" + urllib.parse.quote(_patient(number), safe=""),
                     {"language": "en", "proof": {"question": "Your word", "answer": _answer(number)}})
        fail_unless(answer.status == 201, answer)
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(put, range(0, RESULTS, 3)))
    rows = "".join(f"{_patient(number)};Your word;{_answer(number)};en\r\n" for number in range(1, RESULTS, 3))
    table = "\ufeffaddress;question;answer;language\r\n" + rows
    print(clinic.phictl("recipients", "import", "-", stdin=table.encode("utf-16-le")).strip())


def _result_of(number):
    return _message(number, _batch(number) + (_proof(number) if number % 3 == 2 else b""))


def test_a_batch_run_twice_is_sent_once(clinic):
    """Each patient has one notice, the sender one summary, and each the question that was put on file."""
    started = time.monotonic()
    _put_on_file(clinic)
    filed = time.monotonic()
    codes = _run(clinic, range(RESULTS), _result_of)
    fail_unless(set(codes) == {250}, {code: codes.count(code) for code in set(codes)})
    sent = time.monotonic()
    codes = _run(clinic, range(RESULTS), _result_of)
    again = time.monotonic()
    fail_unless(set(codes) == {250}, {code: codes.count(code) for code in set(codes)})
    fail_unless(not _summaries(clinic), "the summary came before the end")
    sender = Sender(clinic)
    reply = sender.send(_patient(0), _message(0, _batch(0, end=True)))
    sender.close()
    fail_unless(reply.code == 250, reply.text)
    clinic.wait_quiet(600)
    summary = wait_until(lambda: _summaries(clinic), "the summary of the batch", 60)
    print(f"{RESULTS} results: on file {filed - started:.1f} s, sent {sent - filed:.1f} s, again {again - sent:.1f} s")
    counts = _notices(clinic)
    fail_unless(counts == {_patient(number): 1 for number in range(RESULTS)},
                {name: count for name, count in counts.items() if count != 1} or f"{len(counts)} patients")
    fail_unless(len(summary) == 1, f"{len(summary)} summaries")
    text = summary[0].data.decode()
    fail_unless(f"Subject: Batch {BATCH}: {RESULTS} sent, {RESULTS + 1} left out\r\n" in text, text)
    fail_unless("ferritin" not in text and "patient-" not in text and "Auto-Submitted: auto-generated" in text, text)
    for number in (0, 1, 2, RESULTS - 3, RESULTS - 2, RESULTS - 1):
        _open(clinic, number)


def _open(clinic, number):
    copy = clinic.sink.deliveries(_patient(number))[0]
    fail_unless(method_of(copy.data) == "portal" and b"X-Phi" not in copy.data, method_of(copy.data))
    browser = Browser(clinic.ca.certificate)
    page = browser.get(notice_link(copy.data)[0])
    fail_unless("Your word" in page.text, page.text)
    page = browser.submit(page, page.form_to_fill(), answer=_answer(number + 1))
    fail_unless("ferritin" not in page.text, "a wrong answer opens it")
    page = browser.submit(page, page.form_to_fill(), answer=_answer(number).upper())
    fail_unless(f"ferritin result of patient {number}," in page.text, page.text)


def test_two_runs_at_once_and_a_killed_filter(clinic):
    """Two runs race, and the filter is killed in the middle: each patient has one notice."""
    numbers = range(40)
    make = lambda number: _message(number, _batch(number, batch="race"))  # noqa: E731

    def deliver(number):
        while True:
            reply = clinic.submit(people.LAB.address, [_patient(number)], make(number))
            if reply.code == 250:
                return
            fail_unless(reply.code // 100 == 4, reply.text)
            time.sleep(0.05)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        work = [pool.submit(deliver, number) for number in numbers for _ in range(2)]
        wait_until(lambda: len(_notices(clinic)) >= 10, "a quarter of the batch", 120)
        clinic.filter.kill()
        clinic.start_filter()
        for one in work:
            one.result(300)
    clinic.wait_quiet(120)
    counts = _notices(clinic)
    fail_unless(set(counts) == {_patient(number) for number in numbers}, counts)
    twice = [name for name, count in counts.items() if count > 1]
    wait_until(lambda: len(twice) <= sum("in doubt" in one["status"] for record in clinic.records()
                                         for one in record["recipients"]), f"as many records in doubt as {twice}")


def test_what_is_an_item(clinic):
    """Without a mark two mails are two; with a mark and no item the content is the item; another content under an item
    is refused; who is not believed marks nothing; another batch is another."""
    def send(message, sender=people.LAB.address):
        return clinic.submit(sender, [_patient(7)], message).code

    def copies():
        clinic.wait_quiet()
        return len(clinic.sink.deliveries(_patient(7)))
    fail_unless([send(_message(7)) for _ in range(2)] == [250, 250] and copies() == 2, copies())
    fail_unless([send(_message(7, _batch(7, item=False, batch="b2"))) for _ in range(2)] == [250, 250]
                and copies() == 3, copies())
    fail_unless([send(_message(7, _batch(7, batch="b3"))) for _ in range(2)] == [250, 250] and copies() == 4, copies())
    changed = _message(7, _batch(7, batch="b3")).replace(b"iron deficiency anemia", b"hemochromatosis")
    fail_unless(send(changed) == 554 and copies() == 4, copies())
    fail_unless(send(changed.replace(b"item=7", b"item=7-corrected")) == 250 and copies() == 5, copies())
    fail_unless(send(_message(7, b"X-Phi-Batch: item=7\r\n")) == 550 and copies() == 5, "a mark without id")
    fail_unless(send(_message(7, b"x-phi-BATCH:\r\n id=b4;\r\n\titem=7\r\n")) == 250 and copies() == 6, "folded")
    clinic.restart({"milter.trusted_clients": []})
    fail_unless([send(_message(7, _batch(7, batch="b3"))) for _ in range(2)] == [250, 250] and copies() == 8, copies())
    for copy in clinic.sink.deliveries(_patient(7)):
        fail_unless(b"x-phi" not in copy.data.lower(), copy.data)
    clinic.restart()


def test_other_methods_are_of_a_batch_too(clinic):
    """PGP, S/MIME, TLS and mail without PHI: run again, each has one; the summary counts them by method."""
    everybody = [people.DOCTOR.address, people.PARTNER.address, people.HOSPITAL.address, people.COLLEAGUE.address]
    for _ in range(2):
        for recipient in everybody:
            message = _message(1, _batch(1, batch="mixed")).replace(_patient(1).encode(), recipient.encode())
            fail_unless(clinic.submit(people.LAB.address, [recipient], message).code == 250, recipient)
    plain = b"X-Phi-Batch: id=mixed; item=lunch; end=yes\r\nFrom: <lab@clinic.example>\r\nTo: <ben.ode@mail.example>\r\n" \
            b"Subject: Lunch\r\n\r\nNoon at the corner.\r\n"
    fail_unless(clinic.submit(people.LAB.address, [people.FRIEND.address], plain).code == 250, "lunch")
    clinic.wait_quiet()
    for recipient in everybody + [people.FRIEND.address]:
        fail_unless(len(clinic.wait_copies(recipient)) == 1, f"{recipient}: {len(clinic.sink.deliveries(recipient))}")
    summary = wait_until(lambda: [one for one in _summaries(clinic) if b"Batch mixed" in one.data], "the summary")
    text = summary[0].data.decode()
    fail_unless("5 sent, 4 left out" in text and "1 encrypted with pgp" in text and "1 over TLS" in text, text)


def test_csv_is_taken_whole_or_not_at_all(clinic):
    """10,000 rows; one of them wrong: named by line, nothing written, no answer repeated; then all."""
    rows = [f"csv-{number}@mail.example,Your word,{_answer(number)}" for number in range(10_000)]
    before = len(json.loads(clinic.phictl("recipients", "list", "--json")))
    wrong = rows.copy()
    wrong[4321] = "csv-4321@mail.example,Your word,=CMD(answer-of-1)"
    started = time.monotonic()
    for more in ((), ("--dry-run",)):
        said = clinic.phictl("recipients", "import", "-", *more, ok=(1,),
                             stdin=("address,question,answer\n" + "\n".join(wrong)).encode())
        fail_unless("added" not in said, said)
    fail_unless(len(json.loads(clinic.phictl("recipients", "list", "--json"))) == before, "something was written")
    whole = ("address,question,answer\n" + "\n".join(rows)).encode()
    fail_unless("10000 added" in clinic.phictl("recipients", "import", "-", "--dry-run", stdin=whole), "the dry run")
    begun = time.monotonic()
    fail_unless("10000 added" in clinic.phictl("recipients", "import", "-", stdin=whole), "the import")
    print(f"10,000 rows: {time.monotonic() - begun:.1f} s; with dry runs {time.monotonic() - started:.1f} s")
    fail_unless(len(json.loads(clinic.phictl("recipients", "list", "--json"))) == before + 10_000, "not all")
