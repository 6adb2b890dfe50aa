# SPDX-License-Identifier: Apache-2.0
"""Lab results in bulk: what is asked comes by API, CSV and header; the batch is run twice, by many clients at once.

`make bulk` makes a whole evening of it."""
import concurrent.futures
import json
import time

from checks import fail_unless
from mta import lab, people
from mta.clinic import Clinic
from mta.wait import wait_until

RESULTS = 300
SECRETS = ("ferritin result of", "answer-of-")
BATCH = "2026-11-22-labs"


def make_clinic(place):
    return Clinic(place).start()


def test_a_batch_run_twice_is_sent_once(clinic):
    """Each patient has one notice, the sender one summary, and each the question that was put on file."""
    started = time.monotonic()
    print(lab.put_on_file(clinic, RESULTS))
    filed = time.monotonic()
    codes = lab.send_all(clinic, range(RESULTS), lambda number: lab.result(number, BATCH))
    fail_unless(set(codes) == {250}, {code: codes.count(code) for code in set(codes)})
    sent = time.monotonic()
    codes = lab.send_all(clinic, range(RESULTS), lambda number: lab.result(number, BATCH))
    again = time.monotonic()
    fail_unless(set(codes) == {250}, {code: codes.count(code) for code in set(codes)})
    fail_unless(not lab.summaries(clinic), "the summary came before the end")
    sender = lab.Sender(clinic)
    reply = sender.send(lab.patient(0), lab.result(0, BATCH, end=True))
    sender.close()
    fail_unless(reply.code == 250, reply.text)
    clinic.wait_quiet(600)
    summary = wait_until(lambda: lab.summaries(clinic), "the summary of the batch", 60)
    print(f"{RESULTS} results: on file {filed - started:.1f} s, sent {sent - filed:.1f} s, again {again - sent:.1f} s")
    counts = lab.notices(clinic)
    fail_unless(counts == {lab.patient(number): 1 for number in range(RESULTS)},
                {name: count for name, count in counts.items() if count != 1} or f"{len(counts)} patients")
    fail_unless(len(summary) == 1, f"{len(summary)} summaries")
    text = summary[0].data.decode()
    fail_unless(f"Subject: Batch {BATCH}: {RESULTS} sent, {RESULTS} left out\r\n" in text, text)
    fail_unless("ferritin" not in text and "patient-" not in text and "Auto-Submitted: auto-generated" in text, text)
    for number in (0, 1, 2, RESULTS - 3, RESULTS - 2, RESULTS - 1):
        lab.open_notice(clinic, number)


def test_two_runs_at_once_and_a_killed_filter(clinic):
    """Two runs race, and the filter is killed in the middle: each patient has one notice."""
    numbers = range(40)
    make = lambda number: lab.message(number, lab.batch_mark(number, "race"))  # noqa: E731

    def deliver(number):
        while True:
            reply = clinic.submit(people.LAB.address, [lab.patient(number)], make(number))
            if reply.code == 250:
                return
            fail_unless(reply.code // 100 == 4, reply.text)
            time.sleep(0.05)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        work = [pool.submit(deliver, number) for number in numbers for _ in range(2)]
        wait_until(lambda: len(lab.notices(clinic)) >= 10, "a quarter of the batch", 120)
        clinic.filter.kill()
        clinic.start_filter()
        for one in work:
            one.result(300)
    clinic.wait_quiet(120)
    counts = lab.notices(clinic)
    fail_unless(set(counts) == {lab.patient(number) for number in numbers}, counts)
    twice = [name for name, count in counts.items() if count > 1]
    wait_until(lambda: len(twice) <= sum("in doubt" in one["status"] for record in clinic.records()
                                         for one in record["recipients"]), f"as many records in doubt as {twice}")


def test_what_is_an_item(clinic):
    """Without a mark two mails are two; with a mark and no item the content is the item; another content under an item
    is refused; who is not believed marks nothing; another batch is another."""
    def send(message, sender=people.LAB.address):
        return clinic.submit(sender, [lab.patient(7)], message).code

    def copies():
        clinic.wait_quiet()
        return len(clinic.sink.deliveries(lab.patient(7)))
    fail_unless([send(lab.message(7)) for _ in range(2)] == [250, 250] and copies() == 2, copies())
    fail_unless([send(lab.message(7, lab.batch_mark(7, "b2", item=False))) for _ in range(2)] == [250, 250]
                and copies() == 3, copies())
    item = lab.batch_mark(7, "b3")
    fail_unless([send(lab.message(7, item)) for _ in range(2)] == [250, 250] and copies() == 4, copies())
    changed = lab.message(7, item).replace(b"iron deficiency anemia", b"hemochromatosis")
    fail_unless(send(changed) == 554 and copies() == 4, copies())
    fail_unless(send(changed.replace(b"item=7", b"item=7-corrected")) == 250 and copies() == 5, copies())
    fail_unless(send(lab.message(7, b"X-Phi-Batch: item=7\r\n")) == 550 and copies() == 5, "a mark without id")
    fail_unless(send(lab.message(7, b"x-phi-BATCH:\r\n id=b4;\r\n\titem=7\r\n")) == 250 and copies() == 6, "folded")
    clinic.restart({"milter.trusted_clients": []})
    fail_unless([send(lab.message(7, item)) for _ in range(2)] == [250, 250] and copies() == 8, copies())
    for copy in clinic.sink.deliveries(lab.patient(7)):
        fail_unless(b"x-phi" not in copy.data.lower(), copy.data)
    clinic.restart()


def test_other_methods_are_of_a_batch_too(clinic):
    """PGP, S/MIME, TLS and mail without PHI: run again, each has one; the summary counts them by method."""
    everybody = [people.DOCTOR.address, people.PARTNER.address, people.HOSPITAL.address, people.COLLEAGUE.address]
    for _ in range(2):
        for recipient in everybody:
            message = lab.message(1, lab.batch_mark(1, "mixed")).replace(lab.patient(1).encode(), recipient.encode())
            fail_unless(clinic.submit(people.LAB.address, [recipient], message).code == 250, recipient)
    plain = b"X-Phi-Batch: id=mixed; item=lunch; end=yes\r\nFrom: <lab@clinic.example>\r\nTo: <ben.ode@mail.example>\r\n" \
            b"Subject: Lunch\r\n\r\nNoon at the corner.\r\n"
    fail_unless(clinic.submit(people.LAB.address, [people.FRIEND.address], plain).code == 250, "lunch")
    clinic.wait_quiet()
    for recipient in everybody + [people.FRIEND.address]:
        fail_unless(len(clinic.wait_copies(recipient)) == 1, f"{recipient}: {len(clinic.sink.deliveries(recipient))}")
    summary = wait_until(lambda: [one for one in lab.summaries(clinic) if b"Batch mixed" in one.data], "the summary")
    text = summary[0].data.decode()
    fail_unless("5 sent, 4 left out" in text and "1 encrypted with pgp" in text and "1 over TLS" in text, text)


def test_csv_is_taken_whole_or_not_at_all(clinic):
    """10,000 rows; one of them wrong: named by line, nothing written, no answer repeated; then all."""
    rows = [f"csv-{number}@mail.example,Your word,{lab.answer(number)}" for number in range(10_000)]
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
