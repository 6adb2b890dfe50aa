#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An invented clinic sends six messages through a real Postfix with phimilter, and the demo proves what became of
them. `--keep` leaves everything running until Enter."""
import argparse
import os
import shutil
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests"))
sys.dont_write_bytecode = True

from letters import letters  # noqa: E402
from mta import people  # noqa: E402
from mta.clinic import Clinic  # noqa: E402
from mta.judge import crlf  # noqa: E402
from mta.place import Isolation, Place, isolate  # noqa: E402
from mta.wait import wait_until  # noqa: E402
from proofs import Proofs, require  # noqa: E402
from show import FORMS, bold, faint, findings, paragraph, reasons, row, say  # noqa: E402


def completed(clinic, before):
    """The decision record of the message just sent, from Redis."""
    def find():
        records = [one for one in clinic.records()[before:] if one["event"] == "completed"]
        return records[0] if records else None
    return wait_until(find, "the decision record in Redis", 30)


def show_letter(letter, record):
    say()
    say(bold(f"{letter.number}. {letter.title}"))
    row("from", f"{letter.sender.name} <{letter.sender.address}>")
    for label, persons in (("to", letter.to), ("cc", letter.cc), ("bcc", letter.bcc)):
        if persons:
            row(label, ", ".join(f"{one.name} <{one.address}>" for one in persons))
    row("found", findings(record))
    row("rules that matched", ", ".join(record["rules"]) or "none")
    for entry in record["recipients"]:
        one = people.person(entry["address"])
        row(one.name, f"{FORMS[entry['method']]}   ({reasons(entry)})")


def send(clinic, proofs, letter):
    before = len(clinic.records())
    clinic.sink.clear()
    proofs.save(f"{letter.number}-sent.eml", crlf(letter.message()))
    addresses = [one.address for one in letter.recipients()]
    reply = clinic.submit(letter.sender.address, addresses, letter.message(), "BODY=8BITMIME")
    require(reply.code == 250, f"Postfix said: {reply.text}\n{clinic.filter.log_text()[-2000:]}")
    record = completed(clinic, before)
    show_letter(letter, record)
    prove(clinic, proofs, letter, {entry["address"]: entry["method"] for entry in record["recipients"]})


def prove(clinic, proofs, letter, methods):
    waiting = [one for one in letter.recipients() if one is people.OLD_HOSPITAL]
    deliveries = {}
    for one in letter.recipients():
        if one in waiting:
            continue
        deliveries[one.address] = clinic.wait_copies(one.address)[0]
        proofs.show(letter, one, deliveries[one.address], methods[one.address])
    for one in waiting:
        proofs.wait_refused(letter, one)
        proofs.turn_tls_on(letter, one)
    if letter.bcc:
        proofs.blind_copy_is_blind(letter, deliveries)


def keep(clinic, folder):
    """Everything goes on until Enter; what arrives outside is written down and named."""
    count = [0]

    def arrived(delivery):
        count[0] += 1
        path = os.path.join(folder, f"inbox-{count[0]}-{delivery.addresses()[0].partition('@')[0]}.eml")
        with open(path, "wb") as file:
            file.write(delivery.data)
        say(f"  arrived for {', '.join(delivery.addresses())}{' over ' + delivery.tls if delivery.tls else ''}: {path}")
    clinic.sink.on_delivery = arrived
    inside = f"sudo nsenter --mount --target {Isolation.pid}"
    path = os.path.relpath(os.path.join(folder, "5-sent.eml"))
    say()
    say(bold("Everything keeps running. From another terminal of this host:"))
    for what, line in (
            ("to send a message", f"demo/send.py --port {clinic.ports['filtered']} --from {people.LAB.address} "
             f"--to {people.PATIENT.address} {path}"),
            ("to see what was decided", f"{inside} {clinic.program('phictl')} --settings {clinic.settings_file} "
             "audit export --format csv"),
            ("to read along in the log", f"{inside} tail -f {clinic.filter.log}")):
        say(f"  {what}\n      {line}")
    row("people to send to", ", ".join(one.address for one in people.EVERYBODY if one.has != "inside"))
    row("the portal", f"https://127.0.0.1:{clinic.ports['portal']} (the links are in the notices)")
    input(bold("\nPress Enter to stop everything.\n"))


def give_back(folder):
    """Files made under sudo belong to the person who started it."""
    if "SUDO_UID" in os.environ:
        for path, folders, files in os.walk(folder):
            for name in ("", *folders, *files):
                os.chown(os.path.join(path, name), int(os.environ["SUDO_UID"]), int(os.environ["SUDO_GID"]),
                         follow_symlinks=False)


def run_demo(options, folder):
    started = time.monotonic()
    paragraph(f"{people.CLINIC} is a small, invented clinic. Its Postfix now gets phimilter, and sends six messages. "
              "All people, numbers and illnesses are invented; the mail servers, keys and programs are real.")
    with Place(options.build) as place:
        clinic = Clinic(place).start()
        say(faint(f"\nstarted: Redis, two Postfix instances, phimilter, the portal, and a mail host for the world "
                  f"outside ({time.monotonic() - started:.1f} s)"))
        proofs = Proofs(clinic, folder)
        for letter in letters():
            send(clinic, proofs, letter)
        say()
        proofs.audit()
        proofs.save_keys()
        if options.keep:
            keep(clinic, folder)
        leftovers = clinic.close()
    require(not leftovers, f"still running: {leftovers}")
    say(faint(f"\nEverything is stopped, after {time.monotonic() - started:.0f} s. Every message, every copy and the "
              f"keys are in {os.path.relpath(folder)}/, to repeat the commands there."))


def main():
    isolate()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    folder = os.path.join(os.path.abspath(options.build), "demo")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    try:
        run_demo(options, folder)
    except KeyboardInterrupt:
        say("\nStopped.")
        sys.exit(130)
    finally:
        give_back(folder)


if __name__ == "__main__":
    main()
