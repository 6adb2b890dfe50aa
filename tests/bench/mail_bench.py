#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole way of mail, measured: through one private Postfix without a filter, with no-op filters, OpenDKIM, rspamd and
phimilter, turn by turn; at the milter sockets; memory; and a bulk run of lab results.

    mail_bench.py --build BUILD [--json FILE] [--only SECTION,...] [--rounds N] [--scale X] [--full]

--full makes the bulk run 10,000 mails long instead of 1,500."""
import argparse
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]
sys.dont_write_bytecode = True

from bench_clinic import BenchClinic  # noqa: E402
from bench_mails import KINDS, Plans  # noqa: E402
from bench_report import summary, targets  # noqa: E402
from bench_runs import Failed, Runs  # noqa: E402
from mta.place import Place, isolate  # noqa: E402

PEERS = ["chatty no-op", "quiet no-op", "OpenDKIM", "rspamd"]
PAIR = ["Postfix alone", "phimilter"]


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


class Sections:
    """What can be measured, each by a method; `scale` makes all runs longer or shorter."""

    def __init__(self, runs, peers, options):
        self.runs, self._rounds, self._scale = runs, options.rounds, options.scale
        self._peers, self._bulk = peers, bulk_of(options)

    def _many(self, messages):
        return max(20, int(messages * self._scale))

    def clean(self):
        for mail, messages, rounds in (("clean 2 KB", 1000, self._rounds + 2), ("clean 30 KB HTML", 300, self._rounds),
                                       ("clean 150 KB PDF", 150, self._rounds)):
            self.runs.rounds(rounds, self.runs.through_postfix, PAIR + self._peers, mail, self._many(messages))

    def protected(self):
        for mail in ("S/MIME", "portal", "mixed"):
            self.runs.rounds(self._rounds, self.runs.through_postfix, PAIR, mail, self._many(600))

    def pgp(self):
        for number in range(self._rounds):
            self.runs.rounds(1, self.runs.through_postfix, PAIR, "PGP", self._many(400))
            self.runs.gpg_loop(self._many(300), round=number)

    def crowd(self):
        self.runs.rounds(2, self.runs.through_postfix, PAIR + self._peers[1:2], "clean 2 KB",
                         self._many(2000), sessions=256)

    def socket(self):
        self.runs.rounds(self._rounds, self.runs.at_the_socket, self._peers[:2], "clean 2 KB",
                         self._many(4000), sessions=2)
        for kind in KINDS[:3]:
            messages = self._many(1500 if kind.name == "clean 2 KB" else 300)
            self.runs.rounds(self._rounds, self.runs.at_the_socket, [*self._peers, "phimilter"], kind.name,
                             messages)
        for mail in ("S/MIME", "PGP", "portal", "mixed"):
            self.runs.rounds(self._rounds, self.runs.at_the_socket, ["phimilter"], mail, self._many(400))
        self.runs.rounds(1, self.runs.at_the_socket, ["phimilter"], "clean 2 KB", self._many(2000), sessions=256)

    def memory(self):
        with self.runs.watched_memory("clean 30 KB HTML, 256 sessions"):
            self.runs.at_the_socket("phimilter", "clean 30 KB HTML", 1024, sessions=256)
        for kind in KINDS[3:]:
            with self.runs.watched_memory(f"one mail of 50 MB, {kind.name}"):
                self.runs.through_postfix("phimilter", f"large {kind.name}", 1, sessions=1)
            self.runs.results[-1]["kind"] = "large"

    def bulk(self):
        self.runs.rounds(1 if self._bulk > 5000 else 2, self.runs.through_postfix, PAIR, "bulk", self._bulk)


SECTIONS = ("clean", "protected", "pgp", "crowd", "socket", "memory", "bulk")


def bulk_of(options):
    return 10_000 if options.full else 1500


def warm_up(runs, peers):
    """Daemons are started and caches filled, and everybody does what they should."""
    for name in PAIR + peers:
        runs.through_postfix(name, "clean 2 KB", 100)
    for mail in ("S/MIME", "PGP", "portal"):
        runs.through_postfix("phimilter", mail, 60)
    runs.results.clear()


def main():
    isolate()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--json")
    parser.add_argument("--only", default=",".join(SECTIONS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--peers", default=",".join(PEERS), help="filters beside ours; the no-op filters always")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--hold", action="store_true", help="leave everything running until Enter")
    options = parser.parse_args()
    peers = PEERS[:2] + [name for name in PEERS[2:] if name in options.peers.split(",")]
    with Place(options.build) as place:
        say("keys, mail server, filters")
        clinic = BenchClinic(place)
        clinic.start_peers(peers)
        clinic.start()
        clinic.wait_peers()
        runs = Runs(clinic, Plans(place, bulk_of(options)), say)
        warm_up(runs, peers)
        sections = Sections(runs, peers, options)
        failures = []
        for name in options.only.split(","):
            say(name)
            try:
                getattr(sections, name)()
            except Failed as failure:
                failures.append(name)
                say(f"{name} FAILED: {failure}")
        print(summary(runs), flush=True)
        if options.json:
            with open(options.json, "w", encoding="utf-8") as file:
                found = [{**vars(one), "reached": one.reached()} for one in targets(runs)]
                json.dump({"targets": found, "runs": runs.results}, file, indent=1)
        if options.hold:
            input(f"{place.root}: Enter ends all")
        clinic.close()
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
