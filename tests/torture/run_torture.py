#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Messages to mixed recipients while everything around them is killed, stopped and filled; afterwards each recipient
has exactly one copy, in the right form, and nothing could be read by anybody else.

run_torture.py --build BUILD [--seed N] [--messages N] [--mail-server sendmail] [--events N] [--keep FOLDER]"""
import argparse
import collections
import os
import random
import shutil
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "e2e")]
sys.dont_write_bytecode = True

from mta.place import Place, isolate  # noqa: E402
from mta.wait import wait_until  # noqa: E402
from torture.clients import Clients  # noqa: E402
from torture.events import LANES, Lanes, schedule  # noqa: E402
from torture.ledgers import read_journal  # noqa: E402
from torture.mails import make_mail  # noqa: E402
from torture.setting import CLINICS  # noqa: E402
from torture.verdict import Verdict  # noqa: E402

SHOWN = 12           # violations of one kind
CLIENTS = 6
STANDSTILL_S = 600   # nothing was answered for so long: give up


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--mail-server", choices=CLINICS, default="postfix")
    parser.add_argument("--events", type=int, default=None, help="for each lane (default: one for each 100 messages)")
    parser.add_argument("--lanes", default=",".join(LANES), help=f"of {', '.join(LANES)}")
    parser.add_argument("--keep", help="copies logs and journals there")
    chosen = parser.parse_args()
    chosen.seed = random.SystemRandom().randrange(10**6) if chosen.seed is None else chosen.seed
    chosen.events = max(2, chosen.messages // 100) if chosen.events is None else chosen.events
    return chosen


def suffer(clinic, mails, plans):
    """All messages handed in, with everything that happens on the way."""
    clients = Clients(mails, clinic.ports["filtered"], clinic.ports["upstream"], CLIENTS)
    for proxy in clinic.proxies:
        proxy.on_answer = lambda: clinic.filter.kill()
    lanes = Lanes(clinic, clients, plans, say)
    clients.start()
    lanes.start()
    while not clients.finished():
        before = clients.attempts
        clients.wait_for(lambda: clients.finished() or clinic.filter_lies_dead(), STANDSTILL_S)
        if clinic.filter_lies_dead():
            clinic.raise_filter()
        elif clients.attempts == before and not clients.finished():
            raise AssertionError(f"nothing moves any more: {clients.done} of {clients.total} handed in")
    lanes.join()
    return clients, lanes


def recover(clinic):
    """Everything runs again, every queue is empty, the stream has caught up."""
    for proxy in clinic.proxies:
        proxy.set_trap(None)
    clinic.raise_filter()
    clinic.reload_policy("")

    def at_rest():
        clinic.raise_filter()
        if clinic.all_at_rest():
            return True
        clinic.flush()
        time.sleep(1)
        return clinic.all_at_rest()
    wait_until(at_rest, lambda: f"all queues to be empty: {clinic.queues()}", 300)

    wait_until(lambda: not stream_lags(clinic), "the stream to catch up", 120)
    clinic.filter.stop(seconds=60)


def stream_lags(clinic):
    lines, _ = read_journal(clinic.place.path("journal"))
    return sum(fields["writer"] == "filter" for _, fields in clinic.stream()) < len(lines)


def table(rows):
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"  {name:{width}}  {value}")


def report(chosen, clinic, verdict, clients, lanes, seconds):
    print(f"\nseed {chosen.seed}, {chosen.messages} messages, {chosen.mail_server}, {seconds:.0f} s")
    happened = collections.Counter(lanes.happened)
    for proxy in clinic.proxies:
        happened.update({f"trap: {name}": count for name, count in proxy.sprung.items()})
    table([(f"event {name}", count) for name, count in sorted(happened.items())]
          + [(f"answer {name}", count) for name, count in sorted(clients.replies.items())]
          + sorted(verdict.counts.items()))
    for line in verdict.verified:
        print(f"  {line}")
    for failure in lanes.failures:
        print(f"EVENT FAILED   {failure}")
    for kind, texts in sorted(verdict.violations.items()):
        print(f"VIOLATION   {kind}: {len(texts)}")
        for text in texts[:SHOWN]:
            print(f"    {text}")
    return not verdict.violations and not lanes.failures


def keep(clinic, folder):
    if not folder:
        return
    os.makedirs(folder, exist_ok=True)
    for name in ("logs", "journal"):
        shutil.copytree(clinic.place.path(name), os.path.join(folder, name), dirs_exist_ok=True)


def main():
    isolate()
    chosen = options()
    started = time.monotonic()
    say(f"seed {chosen.seed}: {chosen.messages} messages, {chosen.events} events a lane")
    mails = [make_mail(chosen.seed, number) for number in range(chosen.messages)]
    plans = {lane: schedule(chosen.seed, lane, chosen.messages, chosen.events) for lane in chosen.lanes.split(",") if lane}
    with Place(chosen.build) as place:
        clinic = CLINICS[chosen.mail_server](place).start()
        say("the clinic is open")
        try:
            clients, lanes = suffer(clinic, mails, plans)
            say("all is handed in")
            recover(clinic)
            clients.hear_of_upstream(clinic.upstream.log_text())
            say("all is at rest; judging")
            verdict = Verdict(clinic, mails, clients).judge()
        finally:
            keep(clinic, chosen.keep)
        good = report(chosen, clinic, verdict, clients, lanes, time.monotonic() - started)
        leftovers = clinic.close()
    for pid, command in leftovers:
        print(f"STILL RUNNING   {pid} {command}")
    print("PASSED" if good and not leftovers else f"FAILED; again with: make torture SEED={chosen.seed} "
          f"MESSAGES={chosen.messages} MTA={chosen.mail_server}")
    sys.exit(0 if good and not leftovers else 1)


if __name__ == "__main__":
    main()
