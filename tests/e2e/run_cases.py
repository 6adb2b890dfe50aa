#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs cases against a real mail server with phimilter, all in one clinic: those of the folders that are named, or of
all, or some by name. MTA in the environment is the same as --mail-server.
run_cases.py --build BUILD [--mail-server sendmail] [FOLDER | CASE]..."""
import argparse
import glob
import os
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.dont_write_bytecode = True

from case_file import read_case  # noqa: E402
from checks import CopyChecks, fail_unless  # noqa: E402
from leaks import find_leaks  # noqa: E402
from mta import made_messages  # noqa: E402
from mta.clinic import Clinic  # noqa: E402
from mta.place import Place, isolate  # noqa: E402
from mta.sendmail import SendmailClinic  # noqa: E402

CLINICS = {"postfix": Clinic, "sendmail": SendmailClinic}


def submit_all(clinic, case):
    replies = []
    for _ in range(case.times):
        reply = clinic.submit(case.sender, case.recipients, case.message, case.mail_arguments,
                              case.recipient_arguments)
        fail_unless(str(reply.code).startswith(case.reply), f"the reply was: {reply.text}")
        replies.append(reply)
    return replies


def await_copies(clinic, case):
    for copy in case.copies:
        clinic.wait_copies(copy.recipient, copy.count)
    clinic.wait_quiet()


def check_copies(clinic, case):
    for copy in case.copies:
        deliveries = clinic.sink.deliveries(copy.recipient)
        fail_unless(len(deliveries) == copy.count, f"{copy.recipient} has {len(deliveries)} copies")
        for delivery in deliveries:
            CopyChecks(clinic, case, delivery, copy.recipient, copy.form).run(copy.checks)
    for recipient in case.absent:
        fail_unless(not clinic.sink.deliveries(recipient), f"{recipient} has a copy")


def expected_records(case):
    methods = {copy.recipient: "pass" if copy.form == "clear" else copy.form for copy in case.copies}
    return {**methods, **case.records}


def check_records(clinic, case, replies):
    """Each message has its *completed* record in Redis, with the method of every recipient."""
    wanted = expected_records(case)
    if not wanted or not case.reply.startswith("2"):
        return
    for reply in replies:
        record = clinic.wait_record(reply)
        seen = {one["address"].lower(): one["method"] for one in record["recipients"]}
        for address, method in wanted.items():
            fail_unless(seen.get(address.lower()) == method, f"record for {address}: {seen}")


def run_case(clinic, case):
    clinic.sink.clear()
    case.message = made_messages.make(case.made, clinic) if case.made else case.message
    replies = submit_all(clinic, case)
    await_copies(clinic, case)
    check_records(clinic, case, replies)
    check_copies(clinic, case)


def run_all(clinic, cases):
    """In groups of equal settings, so that the filter is started again as seldom as possible."""
    failed, current = [], {}
    for case in sorted(cases, key=lambda one: repr(sorted(one.settings.items()))):
        if case.settings != current:
            clinic.restart(case.settings)
            current = case.settings
        started = time.monotonic()
        try:
            run_case(clinic, case)
            outcome = "ok"
        except Exception as error:  # noqa: BLE001 - a case must not stop the others
            outcome = "FAILED"
            failed.append(case.name)
            text = str(error) if isinstance(error, AssertionError) else traceback.format_exc()
            print(f"--- {case.path}\n    {case.sentence}\n{text}\n{clinic.filter.log_text()[-3000:]}\n{clinic.main.log_text()[-2500:]}\n---")
        print(f"{outcome:7}{case.name} ({time.monotonic() - started:.1f} s): {case.sentence}", flush=True)
    return failed


def wanted_paths(wanted):
    paths = sorted(glob.glob(os.path.join(HERE, "cases", "*", "*.case")))
    folders = {os.path.basename(os.path.dirname(path)) for path in paths} & set(wanted)
    names = set(wanted) - folders
    chosen = [path for path in paths if not folders or os.path.basename(os.path.dirname(path)) in folders]
    chosen = [path for path in chosen if not names or os.path.splitext(os.path.basename(path))[0] in names]
    if not chosen:
        sys.exit(f"no such cases: {' '.join(wanted)}")
    return chosen


def main():
    isolate()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--mail-server", choices=CLINICS, default=os.environ.get("MTA", "postfix"))
    parser.add_argument("wanted", nargs="*", metavar="FOLDER|CASE")
    options = parser.parse_args()
    paths = wanted_paths(options.wanted)
    with Place(options.build) as place:
        clinic = CLINICS[options.mail_server](place).start()
        values = clinic.case_values()
        cases = [read_case(path, values, options.mail_server) for path in paths]
        failed = run_all(clinic, cases)
        secrets = {secret for case in cases for secret in case.secrets + case.link_secrets}
        leaks = find_leaks(clinic, secrets)
        leftovers = clinic.close()
    for leak in leaks:
        print(f"LEAK   {leak}")
    for pid, command in leftovers:
        print(f"STILL RUNNING   {pid} {command}")
    print(f"{len(cases) - len(failed)} of {len(cases)} cases passed")
    sys.exit(1 if failed or leaks or leftovers else 0)


if __name__ == "__main__":
    main()
