# SPDX-License-Identifier: Apache-2.0
"""Redis may come and go: mail flows, and every record arrives once."""
import threading

from checks import fail_unless
from mta import people
from mta.wait import wait_until
from suites.messages import SECRETS, chatty, result  # noqa: F401 - SECRETS is read by the runner


def _sequences(clinic):
    """(writer, sequence) of every record in the stream, in order."""
    return [(record["writer"], record["seq"]) for record in clinic.records()]


def _wait_complete(clinic, mails):
    def complete():
        done = [one for one in clinic.records() if one["event"] == "completed"]
        return len(done) >= mails
    wait_until(complete, lambda: f"{mails} completed records; there are {_sequences(clinic)}", 60)
    seen = _sequences(clinic)
    fail_unless(len(seen) == len(set(seen)), f"records doubled: {seen}")
    filters = [number for writer, number in seen if writer == "filter"]
    fail_unless(filters == list(range(1, len(filters) + 1)), f"records missing or out of order: {filters}")


def test_records_arrive_after_redis_was_away(clinic):
    """Redis is stopped, mail flows; Redis is back, the records arrive, none doubled."""
    fail_unless(clinic.submit(people.LAB.address, [people.FRIEND.address],
                              chatty([people.FRIEND.address])).code == 250, "before")
    _wait_complete(clinic, 1)
    clinic.redis.stop()
    for person in (people.DOCTOR, people.FRIEND, people.PATIENT):
        message = chatty([person.address]) if person is people.FRIEND else result([person.address])
        reply = clinic.submit(people.LAB.address, [person.address], message)
        fail_unless(reply.code == 250, f"without Redis: {reply.text}")
    for person in (people.DOCTOR, people.PATIENT):
        clinic.wait_copies(person.address)
    clinic.redis.start()
    _wait_complete(clinic, 4)


def test_records_survive_redis_dying_under_load(clinic):
    """Redis is killed while records are on their way, twice; afterwards the stream is whole."""
    before = sum(one["event"] == "completed" for one in clinic.records())
    replies = []

    def send():
        for _ in range(10):
            replies.append(clinic.submit(people.LAB.address, [people.DOCTOR.address],
                                         result([people.DOCTOR.address])))
    senders = [threading.Thread(target=send) for _ in range(3)]
    for sender in senders:
        sender.start()
    for wanted in (5, 15):
        wait_until(lambda: len(replies) >= wanted, f"{wanted} replies", 120)
        clinic.redis.kill()
        clinic.redis.start()
    for sender in senders:
        sender.join()
    fail_unless(all(reply.code == 250 for reply in replies), [reply.text for reply in replies])
    _wait_complete(clinic, before + len(replies))
