# SPDX-License-Identifier: Apache-2.0
"""Runs the load programs against the filters, turn by turn, and keeps every result."""
import contextlib
import glob
import json
import os
import statistics
import subprocess
import threading
import time

from bench_mails import SENDER
from mta.place import FILTER_UID, SHARED_GID


class Failed(Exception):
    pass


class Runs:
    def __init__(self, clinic, plans, say):
        self.clinic, self.plans, self.say = clinic, plans, say
        self.results = []      # dictionaries, in the order of the runs
        self._next = 0

    def _run(self, tool, entry, *arguments):
        """`entry` says what is measured; the result is added to it. Numbers never come twice: each mail is another."""
        program = os.path.join(self.clinic.tools, tool)
        command = [program, "--plan", self.plans.paths[entry["mail"]], "--sender", SENDER, "--first", str(self._next),
                   "--messages", str(entry["messages"]), "--sessions", str(entry["sessions"]), *arguments]
        self._next += entry["messages"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=1800)
        try:
            entry.update(json.loads(result.stdout))
        except ValueError:
            raise Failed(f"{tool}: {result.stdout} {result.stderr}") from None
        self.results.append(entry)
        return entry

    def through_postfix(self, filter_name, mail, messages, sessions=16, **notes):
        entry = {"way": "Postfix", "filter": filter_name, "mail": mail, "messages": messages, "sessions": sessions, **notes}
        self._run("smtp_load", entry, "--port", str(self.clinic.listeners[filter_name]), "--sink",
                  str(self.clinic.sink_port))
        if entry["refused"] or entry["arrived"] != entry["accepted"]:
            raise Failed(f"{mail} through {filter_name}: {entry}\n{self.clinic.main.log_text()[-3000:]}")
        if filter_name == "phimilter" and mail in self.plans.becomes:
            self._check_forms(entry)
        self.clinic.main.wait_empty()
        return entry

    def _check_forms(self, entry):
        """A filter that protects nothing would look fast."""
        for form in ("smime", "pgp", "notices"):
            expected = self.plans.becomes[entry["mail"]].get(form, 0) * entry["messages"]
            if abs(entry[form] - expected) > (len(self.plans.becomes) if expected % 1 else 0):
                raise Failed(f"{entry['mail']}: {entry[form]} {form} arrived, not {expected:.0f}: {entry}")

    def at_the_socket(self, filter_name, mail, messages, sessions=8, **notes):
        socket = self.clinic.peers.get(filter_name, self.clinic.milter_socket)
        entry = {"way": "socket", "filter": filter_name, "mail": mail, "messages": messages, "sessions": sessions, **notes}
        self._run("milter_load", entry, "--socket", socket, "--sink", str(self.clinic.sink_port))
        if entry["failed"]:
            raise Failed(f"{mail} at the socket of {filter_name}: {entry}\n{self.clinic.filter.log_text()[-2000:]}")
        return entry

    def rounds(self, count, run, filters, mail, messages, **more):
        """A B C, B C A, ...: what the machine does besides falls on all alike."""
        for number in range(count):
            turn = number % len(filters)
            for name in filters[turn:] + filters[:turn]:
                run(name, mail, messages, round=number, **more)
        self.say(f"  {mail}: {', '.join(filters)}")

    def gpg_loop(self, count, **notes):
        """One encryption after the other by gpg itself, with the settings and keys that the filter uses."""
        mail = self.clinic.place.path("bench", "pgp-0.eml")
        command = (f"i=0; while [ $i -lt {count} ]; do gpg --homedir {self.clinic.place.path('gnupg')} --batch --quiet "
                   "--no-tty --trust-model always --armor --encrypt --recipient person$((i % 20))@cedar-practice.example"
                   f" < {mail} > /dev/null || exit 1; i=$((i + 1)); done")
        begin = time.monotonic()
        subprocess.run(["setpriv", f"--reuid={FILTER_UID}", f"--regid={SHARED_GID}", "--clear-groups", "sh", "-c", command],
                       check=True)
        seconds = time.monotonic() - begin
        self.results.append({"way": "gpg loop", "filter": "gpg", "mail": "PGP", "messages": count, "sessions": 1,
                             "end_to_end_per_s": count / seconds, "accepted_per_s": count / seconds, **notes})

    # Memory

    def memory_mb(self):
        """Sum over all our processes of what is theirs and of their share in what they share (PSS)."""
        return sum(kilobytes for _, kilobytes in self.memory_by_process()) / 1024

    def memory_by_process(self):
        found = []
        for path in glob.glob("/proc/[0-9]*/smaps_rollup"):
            with contextlib.suppress(OSError):
                program = os.readlink(os.path.join(os.path.dirname(path), "exe"))
                if program.startswith(self.clinic.place.programs):
                    with open(path, encoding="ascii") as file:
                        pss = next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
                    found.append((os.path.basename(program), pss))
        return found

    @contextlib.contextmanager
    def watched_memory(self, name):
        before = self.memory_mb()
        peak, done = [before], threading.Event()

        def watch():
            while not done.wait(0.1):
                peak[0] = max(peak[0], self.memory_mb())
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()
            self.results.append({"way": "memory", "mail": name, "before_mb": before, "peak_mb": peak[0]})

    # What was measured

    def values(self, field, **wanted):
        return [one[field] for one in self.results
                if field in one and all(one.get(key) == value for key, value in wanted.items())]

    def median(self, field, **wanted):
        found = self.values(field, **wanted)
        return statistics.median(found) if found else float("nan")

    def ratio(self, field, over, **wanted):
        """Median of the ratios within each round. `over`: what is different in what is compared with."""
        ratios = [one / other for one, other in zip(self.values(field, **wanted), self.values(field, **{**wanted, **over}))]
        return statistics.median(ratios) if ratios else float("nan")
