#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of one module of suites/ in a clinic of its own:
run_suite.py --build BUILD [--mail-server sendmail] SUITE [TEST...]"""
import argparse
import importlib
import os
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]
sys.dont_write_bytecode = True

from leaks import find_leaks  # noqa: E402
from mta.clinic import Clinic  # noqa: E402
from mta.place import Place, isolate  # noqa: E402
from mta.sendmail import SendmailClinic  # noqa: E402


def run_test(clinic, test):
    started = time.monotonic()
    clinic.sink.clear()
    clinic.sink.refuse.clear()
    try:
        test(clinic)
        outcome = "ok"
    except Exception as error:  # noqa: BLE001 - a test must not stop the others
        outcome = "FAILED"
        print(str(error) if isinstance(error, AssertionError) else "")
        traceback.print_exc(file=sys.stdout)
        for process in (clinic.filter, clinic.portal):
            if process:
                print(process.log_text()[-3000:])
    sentence = " ".join((test.__doc__ or test.__name__).split())
    print(f"{outcome:7}{test.__name__} ({time.monotonic() - started:.1f} s): {sentence}", flush=True)
    return outcome == "ok"


def main():
    isolate()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    # A suite whose make_clinic() takes the kind of clinic runs with either.
    parser.add_argument("--mail-server", choices=("postfix", "sendmail"))
    parser.add_argument("suite")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    suite = importlib.import_module(f"suites.{options.suite}")
    tests = [value for name, value in vars(suite).items() if name.startswith("test_")
             and (not options.names or name in options.names)]
    if not tests:
        sys.exit(f"no tests in {options.suite}")
    with Place(options.build) as place:
        make = getattr(suite, "make_clinic", lambda place: Clinic(place).start())
        clinic = make(place, SendmailClinic) if options.mail_server == "sendmail" else make(place)
        good = [run_test(clinic, test) for test in tests]
        leaks = find_leaks(clinic, getattr(suite, "SECRETS", ()))
        leftovers = clinic.close()
    for leak in leaks:
        print(f"LEAK   {leak}")
    for pid, command in leftovers:
        print(f"STILL RUNNING   {pid} {command}")
    print(f"{sum(good)} of {len(good)} tests passed")
    sys.exit(0 if all(good) and not leaks and not leftovers else 1)


if __name__ == "__main__":
    main()
