#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An evening of lab results: so many messages of one batch to as many patients, all to the portal; then the whole batch
once more. What patients are asked comes by API, by CSV and by header, a third each. Counts what left, opens some of
each third, and says what the lists take with all of it waiting, and what the programs take to keep it.

    bulk_run.py --build BUILD [--results N] [--samples N] [--json FILE]"""
import argparse
import concurrent.futures
import json
import os
import re
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]
sys.dont_write_bytecode = True

from bench_report import table  # noqa: E402
from mta import lab, people  # noqa: E402
from mta.api import Api, make_token  # noqa: E402
from mta.browser import Browser  # noqa: E402
from mta.clinic import Clinic  # noqa: E402
from mta.judge import message_text, notice_link  # noqa: E402
from mta.place import Place, isolate  # noqa: E402
from mta.wait import wait_until  # noqa: E402
from portal_bench import memory_of, say  # noqa: E402

BATCH = "2026-11-22-labs"
AT_REST_S = 20
PASSPHRASE = "seven herons over the mill pond"


def require(holds, what):
    if not holds:
        raise SystemExit(f"FAILED: {what}")


def timed(what):
    begun = time.monotonic()
    answer = what()
    return time.monotonic() - begun, answer


def median_of(what, count=5):
    """Seconds of several calls, and what the last one said."""
    runs = [timed(what) for _ in range(count)]
    return statistics.median(seconds for seconds, _ in runs), runs[-1][1]


def cpu_of(process):
    """Seconds of CPU so far, of all its threads."""
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Evening:
    def __init__(self, clinic, options):
        self._clinic, self._count, self._samples = clinic, options.results, options.samples
        self.figures = {"results": options.results}
        self.memory = []

    def note(self, name, seconds):
        self.figures[name] = seconds
        say(f"{name}: {seconds:.2f} s")

    def weigh(self, when):
        self.memory.append((when, memory_of(self._clinic.filter), memory_of(self._clinic.portal)))

    def send(self, name):
        """The whole batch; its end is said with the last message, once all others are in."""
        def run():
            return lab.send_all(self._clinic, range(self._count - 1), lambda number: lab.result(number, BATCH))
        before = len(lab.summaries(self._clinic, BATCH))
        seconds, codes = timed(run)
        self.note(name, seconds)
        require(set(codes) == {250}, {code: codes.count(code) for code in set(codes)})
        require(len(lab.summaries(self._clinic, BATCH)) == before, "a summary before the end")
        last = lab.send_all(self._clinic, [self._count - 1], lambda number: lab.result(number, BATCH, end=True), 1)
        require(last == [250], last)
        self._clinic.wait_quiet(1800)
        wait_until(lambda: len(lab.summaries(self._clinic, BATCH)) > before, "the summary", 60)
        self._clinic.wait_quiet(60)
        told = lab.summaries(self._clinic, BATCH)
        require(len(told) == before + 1, f"{len(told) - before} summaries of one run")
        self.weigh(f"after '{name}'")
        return re.search(rb"(?m)^Subject: (.*?)\r?$", told[-1].data).group(1).decode()

    def count(self):
        counts = lab.notices(self._clinic)
        twice = {name: count for name, count in counts.items() if count != 1}
        require(not twice and len(counts) == self._count, f"{len(counts)} patients, not one notice: {twice}")
        entries = [name for name in os.listdir(self._clinic.place.path("escrow")) if name.endswith(".sealed")]
        require(len(entries) == self._count, f"{len(entries)} entries")

    def open_samples(self):
        apart = 3 * (self._count // 3 // self._samples)
        numbers = [way + apart * step for way in range(len(lab.WAYS)) for step in range(self._samples)]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda number: lab.open_notice(self._clinic, number), numbers))
        say(f"opened {self._samples} messages of each of {', '.join(lab.WAYS)}: the right answer alone opens them")

    def lists(self):
        """What each list takes, and how large it is."""
        rows = self.figures["lists"] = []
        self._phictl(rows)
        self._api(rows)
        browser = self._sign_in()
        for query in ("", f"?to={lab.patient(7)}", f"?from={self._count - 50}"):
            self._page(rows, browser, "/sent/messages" + query, "patient-")
        self._page(rows, self._account(4), "/account", "Your messages")

    def _note_list(self, rows, what, seconds, size):
        rows.append((what, seconds, size))
        say(f"{what}: {seconds:.2f} s, {size} bytes")

    def _page(self, rows, browser, path, expected):
        seconds, page = median_of(lambda: browser.get(self._clinic.portal_url + path))
        require(page.status == 200 and expected in page.text, page.text)
        self._note_list(rows, f"GET {path}", seconds, len(page.body))

    def _phictl(self, rows):
        for arguments in ((), ("--json",), ("--recipient", lab.patient(7)), ("--state", "opened")):
            seconds, said = median_of(lambda: self._clinic.phictl("messages", "list", *arguments), 3)
            self._note_list(rows, " ".join(("phictl messages list", *arguments)), seconds, len(said))

    def _api(self, rows):
        api = Api(self._clinic, make_token(self._clinic, "reader", "messages:read"))
        for query in ("", "?limit=500", f"?batch={BATCH}&limit=500", f"?recipient={lab.patient(7)}",
                      f"?cursor={self._count - 100}"):
            seconds, said = median_of(lambda: api("GET", "/messages" + query))
            require(said.status == 200, said)
            self._note_list(rows, f"GET /api/v1/messages{query}", seconds, len(said.body))
        seconds, seen = timed(lambda: self._page_through(api))
        require(len(seen) == self._count, f"{len(seen)} messages by the API")
        self._note_list(rows, "all pages of the API, 500 messages each", seconds, 0)

    def _page_through(self, api):
        seen, cursor = set(), ""
        while cursor is not None:
            said = api("GET", f"/messages?batch={BATCH}&limit=500" + (f"&cursor={cursor}" if cursor else "")).json
            seen.update(one["id"] for one in said["messages"])
            cursor = said["next"]
        return seen

    def _sign_in(self):
        clinic, browser = self._clinic, Browser(self._clinic.ca.certificate)
        page = browser.get(clinic.portal_url + "/sent")
        before = len(clinic.sink.deliveries(people.LAB.address))
        page = browser.submit(page, page.form_to_fill(), address=people.LAB.address)
        mail = message_text(clinic.wait_copies(people.LAB.address, before + 1)[-1].data)
        code = re.search(r"\b(\d{4}) (\d{4})\b", mail).group().replace(" ", "")
        browser.submit(page, next(form for form in page.forms if "code" in form.open_fields), code=code)
        return browser

    def _account(self, number):
        """A patient who has made an account, and signed in."""
        browser, page = lab.opened(self._clinic, number)
        link = notice_link(self._clinic.sink.deliveries(lab.patient(number))[0].data)[0]
        page = browser.get(link + "/account")
        browser.submit(page, page.form_to_fill(), new_passphrase=PASSPHRASE)
        page = browser.get(self._clinic.portal_url + "/account")
        page = browser.submit(page, page.form_to_fill(), address=lab.patient(number), passphrase=PASSPHRASE)
        require(page.status == 200, page.text)
        return browser

    def rest(self):
        """CPU that the programs take with all that waiting and nobody asking."""
        before = [cpu_of(process) for process in (self._clinic.filter, self._clinic.portal)]
        time.sleep(AT_REST_S)
        after = [cpu_of(process) for process in (self._clinic.filter, self._clinic.portal)]
        return [100 * (late - early) / AT_REST_S for early, late in zip(before, after)]

    def proofs_taken_in(self):
        """The portal has made a slow digest of each answer that came in a header."""
        folder = self._clinic.place.path("escrow")
        names = [name for name in os.listdir(folder) if name.endswith(".proof")]
        return not any(os.path.getsize(os.path.join(folder, name)) for name in names)


def run(clinic, options):
    evening = Evening(clinic, options)
    evening.weigh("after the start")
    evening.figures["at rest, empty (% of a core: filter, portal)"] = evening.rest()
    seconds, said = timed(lambda: lab.put_on_file(clinic, options.results))
    evening.note("on file", seconds)
    say(said)
    evening.weigh("after 'on file'")
    say(evening.send("first run"))
    evening.count()
    say(evening.send("second run"))
    evening.count()
    seconds, _ = timed(lambda: wait_until(evening.proofs_taken_in, "the portal to take in what came in headers", 1800))
    evening.note("answers of headers digested, behind the second run", seconds)
    evening.open_samples()
    evening.lists()
    evening.figures["at rest, all waiting (% of a core: filter, portal)"] = evening.rest()
    evening.weigh("at the end")
    seconds, _ = timed(clinic.restart)
    evening.note("filter and portal stopped and started again", seconds)
    evening.figures["memory"] = evening.memory
    print("\n" + table(("what is asked", "seconds", "bytes"), evening.figures["lists"]))
    print("\n" + table(("memory (MB, PSS, with all that it started)", "filter", "portal"), evening.memory))
    for name, value in evening.figures.items():
        if name.startswith("at rest"):
            print(f"{name}: {value[0]:.1f}, {value[1]:.1f}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(evening.figures, file, indent=1)


def main():
    isolate()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--results", type=int, default=10_000)
    parser.add_argument("--samples", type=int, default=5, help="opened of each third")
    parser.add_argument("--json")
    options = parser.parse_args()
    if options.results < 3 * options.samples:
        parser.error("too few results for so many samples")
    with Place(options.build) as place:
        clinic = Clinic(place).start()
        clinic.portal_url = f"https://127.0.0.1:{clinic.ports['portal']}"
        run(clinic, options)
        clinic.close()


if __name__ == "__main__":
    main()
