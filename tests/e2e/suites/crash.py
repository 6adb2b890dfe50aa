# SPDX-License-Identifier: Apache-2.0
"""phimilter, or a part of it, dies at the worst moment: 4xx to the client, nothing in the clear, nobody forgotten,
nobody served twice."""
import os
import signal
import threading

from checks import fail_unless
from mta import people
from mta.clinic import Clinic
from mta.judge import entity, method_of, open_pgp
from mta.milter_proxy import DISCARD, END_OF_BODY, REPLACE_BODY, MilterProxy
from mta.postfix import OWNER_GID, OWNER_UID
from mta.submit import Client, wire
from mta.wait import wait_until
from suites.messages import NAME, SECRETS, SSN, result, slow_to_read, with_attachment  # noqa: F401


def make_clinic(place):
    """Postfix talks to the filter through the proxy."""
    place.folder("milter", 0o755)
    place.folder("proxy", 0o755)
    clinic = Clinic(place, milter_socket=place.path("proxy", "milter.sock"))
    clinic.proxy = MilterProxy(place.path("proxy", "milter.sock"), clinic.milter_socket, OWNER_UID, OWNER_GID)
    return clinic.start()


def _nothing_clear(clinic):
    _nothing_clear_but(clinic, "nobody")


def _nothing_clear_but(clinic, address):
    for delivery in clinic.sink.deliveries():
        if address in delivery.addresses():
            continue
        fail_unless(method_of(delivery.data) != "clear", f"in the clear to {delivery.addresses()}")
        for secret in (NAME, SSN):
            fail_unless(secret.encode() not in delivery.data, f"'{secret}' to {delivery.addresses()}")


def _start_again(clinic):
    clinic.proxy.on_packet = lambda direction, kind: False
    clinic.filter.stop()
    clinic.start_filter()


def _kill_at(clinic, direction, kind, count=1):
    """The filter is killed when the `count`th such packet passes."""
    seen = []

    def on_packet(packet_direction, packet_kind):
        if (packet_direction, packet_kind) != (direction, kind):
            return False
        seen.append(packet_kind)
        if len(seen) == count:
            os.kill(clinic.filter.pid, signal.SIGKILL)
        return len(seen) >= count
    clinic.proxy.on_packet = on_packet
    return seen


def _retry(clinic, recipients, message):
    """What the client's own queue does after a 4xx."""
    reply = clinic.submit(people.LAB.address, recipients, message)
    fail_unless(reply.code == 250, f"the retry: {reply.text}")
    clinic.wait_quiet()
    for recipient in recipients:
        fail_unless(len(clinic.sink.deliveries(recipient)) == 1,
                    f"{recipient} has {len(clinic.sink.deliveries(recipient))} copies after the retry")


def test_killed_between_recipients_and_data(clinic):
    """phimilter is killed while Postfix waits for the message: 4xx."""
    message = result([people.DOCTOR.address])
    client = Client(clinic.ports["filtered"])
    for line in ("EHLO x", f"MAIL FROM:<{people.LAB.address}>", f"RCPT TO:<{people.DOCTOR.address}>", "DATA"):
        fail_unless(client.command(line).ok, line)
    clinic.filter.kill()
    client.send_raw(wire(message))
    reply = client.end_data()
    client.close()
    fail_unless(reply.later, reply.text)
    again = clinic.submit(people.LAB.address, [people.DOCTOR.address], message)
    fail_unless(again.later, f"with no filter at all: {again.text}")
    fail_unless(not clinic.sink.deliveries(), "something left")
    _start_again(clinic)
    _retry(clinic, [people.DOCTOR.address], message)
    _nothing_clear(clinic)


def test_killed_when_asked_for_the_verdict(clinic):
    """Killed at the end of the message, before anything was decided: 4xx, and one copy each after the retry."""
    recipients = [people.DOCTOR.address, people.PARTNER.address, people.PATIENT.address]
    message = result(recipients)
    seen = _kill_at(clinic, "to", END_OF_BODY)
    reply = clinic.submit(people.LAB.address, recipients, message)
    fail_unless(seen and reply.later, f"{seen} {reply.text}")
    fail_unless(not clinic.sink.deliveries(), "something left")
    _start_again(clinic)
    _retry(clinic, recipients, message)
    _nothing_clear(clinic)


def test_killed_in_the_middle_of_a_body(clinic):
    """Killed when half of a large new body has been handed over: 4xx, and nothing half-changed leaves."""
    message = with_attachment([people.DOCTOR.address], 8_000_000)
    seen = _kill_at(clinic, "from", REPLACE_BODY, 60)
    reply = clinic.submit(people.LAB.address, [people.DOCTOR.address], message)
    fail_unless(len(seen) >= 60, f"only {len(seen)} pieces of a body were seen")
    fail_unless(reply.later, reply.text)
    clinic.wait_quiet()
    fail_unless(not clinic.sink.deliveries(), "something left")
    _start_again(clinic)
    _retry(clinic, [people.DOCTOR.address], message)
    _nothing_clear(clinic)
    opened = open_pgp(clinic.sink.deliveries()[0].data, clinic.rings[people.DOCTOR.address])
    fail_unless(opened.entity == entity(message), "the copy of the retry is another")


def test_killed_before_the_answer_is_read(clinic):
    """Killed when everybody has a copy and Postfix has not read the answer: 4xx, and the retry makes no second one. The
    same mail once more, on purpose, is a second mail."""
    recipients = [people.DOCTOR.address, people.PARTNER.address, people.PATIENT.address, people.HOSPITAL.address]
    message = result(recipients)
    seen = _kill_at(clinic, "from", DISCARD)
    reply = clinic.submit(people.LAB.address, recipients, message)
    fail_unless(seen and reply.later, f"{seen} {reply.text}")
    clinic.wait_quiet()
    fail_unless(len(clinic.sink.deliveries()) == 4, "not everybody had a copy when it was killed")
    _start_again(clinic)
    _retry(clinic, recipients, message)
    _nothing_clear_but(clinic, people.HOSPITAL.address)
    fail_unless(clinic.submit(people.LAB.address, recipients, message).code == 250, "a second time")
    clinic.wait_quiet()
    for recipient in recipients:
        fail_unless(len(clinic.sink.deliveries(recipient)) == 2, f"{recipient} has no copy of the second mail")


def test_second_mail_on_the_same_connection(clinic):
    """Two identical mails on one connection, one behind the other, and one on another: each reaches its recipients."""
    recipients = [people.DOCTOR.address, people.PATIENT.address]
    message = result(recipients)
    client = Client(clinic.ports["filtered"])
    fail_unless(client.command("EHLO x").ok, "EHLO")
    for _ in range(2):
        for line in (f"MAIL FROM:<{people.LAB.address}>", *(f"RCPT TO:<{one}>" for one in recipients), "DATA"):
            fail_unless(client.command(line).ok, line)
        client.send_raw(wire(message))
        fail_unless(client.end_data().code == 250, "the mail")
    fail_unless(clinic.submit(people.LAB.address, recipients, message).code == 250, "beside an open connection")
    client.close()
    clinic.wait_quiet()
    for recipient in recipients:
        fail_unless(len(clinic.sink.deliveries(recipient)) == 3,
                    f"{recipient} has {len(clinic.sink.deliveries(recipient))} copies of three mails")


def test_one_listener_away(clinic):
    """The secure instance is away: 4xx, and after the client's retry each recipient has exactly one copy."""
    recipients = [people.DOCTOR.address, people.PATIENT.address, people.HOSPITAL.address]
    message = result(recipients)
    clinic.secure.stop()
    reply = clinic.submit(people.LAB.address, recipients, message)
    fail_unless(reply.later, reply.text)
    again = clinic.submit(people.LAB.address, recipients, message)
    fail_unless(again.later, again.text)
    clinic.secure.start()
    _retry(clinic, recipients, message)


def test_killed_after_half_of_the_copies(clinic):
    """Killed when one copy was accepted and the other was not: after the restart the retry brings the other alone."""
    recipients = [people.DOCTOR.address, people.HOSPITAL.address]
    message = result(recipients)
    clinic.secure.stop()
    reply = clinic.submit(people.LAB.address, recipients, message)
    fail_unless(reply.later, reply.text)
    clinic.filter.kill()
    clinic.secure.start()
    _start_again(clinic)
    _retry(clinic, recipients, message)


def _workers(clinic):
    """Pids of the readers at work: phimilter-extract processes whose parent is one too."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
                name, _, rest = file.read().partition("(")[2].rpartition(")")
        except OSError:
            continue
        if name.startswith("phimilter-extra"):
            found[int(pid)] = int(rest.split()[1])
    ours = {pid for pid, parent in found.items() if parent == clinic.filter.pid}
    return [pid for pid, parent in found.items() if parent in ours]


def test_reader_dies_again_and_again(clinic):
    """A message on which every reader dies is opaque: protected, and not lost."""
    message = slow_to_read([people.DOCTOR.address], 3_500_000)
    done = threading.Event()
    killed = []

    def kill_readers():
        while not done.wait(0.005):
            for pid in _workers(clinic):
                try:
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
                except ProcessLookupError:
                    pass
    killer = threading.Thread(target=kill_readers)

    def on_packet(direction, kind):
        if (direction, kind) == ("to", END_OF_BODY) and not killer.is_alive() and not done.is_set():
            killer.start()
        return False
    clinic.proxy.on_packet = on_packet
    reply = clinic.submit(people.LAB.address, [people.DOCTOR.address], message)
    done.set()
    killer.join()
    clinic.proxy.on_packet = lambda direction, kind: False
    fail_unless(killed, "no reader was found")
    if reply.later:
        # No reader was alive at all: the client comes again.
        _retry(clinic, [people.DOCTOR.address], message)
        return
    fail_unless(reply.code == 250, reply.text)
    copy = clinic.wait_copies(people.DOCTOR.address)[0]
    fail_unless(method_of(copy.data) == "pgp", f"{len(killed)} readers died, and the copy is {method_of(copy.data)}")
    wait_until(lambda: _workers(clinic), "new readers")


def test_told_to_stop_while_a_message_is_in_work(clinic):
    """SIGTERM: the message is finished, nobody new is let in, and the program ends by itself."""
    message = slow_to_read([people.FRIEND.address], 3_000_000)
    stopped = []

    def on_packet(direction, kind):
        if (direction, kind) == ("to", END_OF_BODY) and not stopped:
            stopped.append(kind)
            threading.Timer(0.2, lambda: os.kill(clinic.filter.pid, signal.SIGTERM)).start()
        return False
    clinic.proxy.on_packet = on_packet
    reply = clinic.submit(people.LAB.address, [people.FRIEND.address], message)
    wait_until(lambda: not clinic.filter.running(), "the filter to end")
    fail_unless(clinic.filter.exit_code == 0, f"it ended with {clinic.filter.exit_code}")
    fail_unless(stopped and reply.code == 250, reply.text)
    clinic.wait_quiet()
    fail_unless(len(clinic.sink.deliveries(people.FRIEND.address)) == 1, "it was lost")
    fail_unless(clinic.submit(people.LAB.address, [people.FRIEND.address], message).later, "with no filter at all")
    _start_again(clinic)


def test_reload_while_messages_are_in_work(clinic):
    """SIGUSR1 with other settings: what is in work is finished, what comes next is judged by them, nothing is lost."""
    reply = []
    sender = threading.Thread(target=lambda: reply.append(
        clinic.submit(people.LAB.address, [people.FRIEND.address], slow_to_read([people.FRIEND.address], 3_000_000))))
    started = threading.Event()

    def on_packet(direction, kind):
        if (direction, kind) == ("to", END_OF_BODY):
            started.set()
        return False
    clinic.proxy.on_packet = on_packet
    sender.start()
    started.wait(60)
    clinic.write_settings({"organisation.domains": [people.CLINIC_DOMAIN, "mail.example"]})
    seen = clinic.filter.log_text().count("policy_loaded")
    os.kill(clinic.filter.pid, signal.SIGUSR1)
    wait_until(lambda: clinic.filter.log_text().count("policy_loaded") > seen, "the reload")
    # mail.example is inside now.
    inside = clinic.submit(people.LAB.address, [people.PATIENT.address], result([people.PATIENT.address]))
    sender.join()
    fail_unless(inside.code == 250 and reply[0].code == 250, f"{inside.text} {reply[0].text}")
    clinic.wait_quiet()
    fail_unless(method_of(clinic.sink.deliveries(people.PATIENT.address)[0].data) == "clear", "the old settings")
    fail_unless(len(clinic.sink.deliveries(people.FRIEND.address)) == 1, "it was lost")
    clinic.sink.clear()
    clinic.write_settings()
    os.kill(clinic.filter.pid, signal.SIGUSR1)
    wait_until(lambda: clinic.filter.log_text().count("policy_loaded") > seen + 1, "the second reload")
    fail_unless(clinic.submit(people.LAB.address, [people.PATIENT.address],
                              result([people.PATIENT.address])).code == 250, "after the second reload")
    fail_unless(method_of(clinic.wait_copies(people.PATIENT.address)[0].data) == "portal", "the first settings")
