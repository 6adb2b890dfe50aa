# SPDX-License-Identifier: Apache-2.0
"""What a sending system writes for phimilter leaves with nobody: whichever way the message goes, however it is
spelled, whoever wrote it. At the end no file of the clinic holds an answer, but what is sealed."""
from checks import fail_unless
from mta import people
from mta.clinic import Clinic
from mta.judge import open_pgp
from mta.wait import wait_until
from suites.messages import chatty, result

ANSWERS = ("Zanzibar-1", "blue-kettle-2")
SECRETS = ANSWERS
PROOF = b'x-PHI-proof:\r\n question="Place"; answer*0="Zanz";\r\n\tanswer*1="ibar-1"\r\n'
PASSPHRASE = b'X-Phi-Proof: passphrase="blue-kettle-2"; lang=es\r\n'
BATCH = b"X-PHI-BATCH: id=headers-%d;\r\n item=1\r\n"
HOLD = '[[rule]]\nid = "site.hold"\naction = "hold"\nneed = [{ classes = ["id.ssn"] }]\n'
_numbers = iter(range(1_000_000))


def make_clinic(place, kind=Clinic):
    return kind(place).start()


def _ours(proof):
    return proof + BATCH % next(_numbers) + b"X-Phi-Anything: Zanzibar-1\r\n"


def _no_trace(data):
    lower = data.lower()
    # Four letters alone may stand in any Base64.
    for word in (b"x-phi", b'"zanz', b"=zanz", b"zanzibar", b"ibar-1", b"kettle"):
        fail_unless(word not in lower, f"{word} is in {data!r}")


def _send(clinic, recipient, message, code=250):
    reply = clinic.submit(people.LAB.address, [recipient], message)
    fail_unless(reply.code == code, reply.text)
    _no_trace(reply.text.encode())


def test_gone_from_what_is_not_protected(clinic):
    """Clear mail, also when it is of no batch and leaves as the mail server's own copy."""
    for head in (_ours(PROOF), PROOF, PASSPHRASE):
        clinic.sink.clear()
        _send(clinic, people.FRIEND.address, head + chatty([people.FRIEND.address]))
        copy = clinic.wait_copies(people.FRIEND.address)[0]
        _no_trace(copy.data)
        fail_unless(b"Noon at the corner" in copy.data, copy.data)


def test_gone_from_what_is_protected(clinic):
    """By re-entry and in place: outside, and inside of what the recipient decrypts."""
    for head in (_ours(PROOF), PROOF, PASSPHRASE):
        clinic.sink.clear()
        doctor = people.DOCTOR.address
        _send(clinic, doctor, head + result([doctor]))
        copy = clinic.wait_copies(doctor)[0]
        _no_trace(copy.data)
        _no_trace(open_pgp(copy.data, clinic.rings[doctor]).entity)
    for recipient in (people.PATIENT.address, people.PARTNER.address, people.HOSPITAL.address):
        _send(clinic, recipient, _ours(PASSPHRASE) + result([recipient]))
        _no_trace(clinic.wait_copies(recipient)[0].data)


def test_gone_from_bounces_and_retries(clinic):
    """The next host says later, then no: what the sender gets holds nothing of it."""
    for head in (_ours(PROOF), PASSPHRASE):
        clinic.sink.clear()
        clinic.sink.refuse[people.FRIEND.address] = "450 4.2.0 later"
        _send(clinic, people.FRIEND.address, head + chatty([people.FRIEND.address]))
        wait_until(clinic.main.deferred, "the mail to be deferred")
        clinic.sink.refuse[people.FRIEND.address] = "550 5.1.1 nobody of that name"
        clinic.main.flush()
        bounce = clinic.wait_copies(people.LAB.address)[-1]
        _no_trace(bounce.data)
        clinic.sink.refuse.clear()


def test_gone_when_the_filter_fails_and_the_client_comes_again(clinic):
    """4xx while the listener for copies is away, then a second try of the same bytes."""
    message = _ours(PASSPHRASE) + result([people.PATIENT.address])
    clinic.restart({"reentry.listener": f"inet:127.0.0.1:{clinic.place.free_port()}"})
    _send(clinic, people.PATIENT.address, message, 451)
    clinic.restart()
    _send(clinic, people.PATIENT.address, message)
    _no_trace(clinic.wait_copies(people.PATIENT.address)[0].data)


def test_refused_in_words_that_repeat_nothing(clinic):
    """Malformed, twice, of both kinds, too long: 550 from a believed sender, and no answer in it."""
    for head in (PROOF.replace(b'question="Place"', b'question="Place'), PROOF + PASSPHRASE, PASSPHRASE + PASSPHRASE,
                 b'X-Phi-Proof: passphrase="blue-kettle-2"; answer="Zanzibar-1"\r\n',
                 b'X-Phi-Proof: question="q"; answer="' + b"x" * 300 + b'Zanzibar-1"\r\n',
                 BATCH % 1 + BATCH % 1, b"X-Phi-Batch: item=Zanzibar-1\r\n", b"X-Phi-Batch: id=Zanz ibar-1\r\n"):
        _send(clinic, people.PATIENT.address, head + result([people.PATIENT.address]), 550)


def test_gone_from_what_is_held_and_let_go(clinic):
    """Neither in what a person is shown nor in what leaves."""
    clinic.write_site_policy(HOLD)
    clinic.restart()
    _send(clinic, people.PATIENT.address, _ours(PASSPHRASE) + result([people.PATIENT.address]))
    clinic.wait_quiet()
    for notice in clinic.sink.deliveries(people.LAB.address):
        _no_trace(notice.data)
    entry = clinic.phictl("held", "list").splitlines()[1].split()[0]
    _no_trace(clinic.phictl("held", "show", entry, "--reason", "test").encode())
    clinic.phictl("held", "release", entry, "--reason", "test")
    _no_trace(clinic.wait_copies(people.PATIENT.address)[0].data)
    clinic.write_site_policy()
    clinic.restart()


def test_gone_from_a_sender_who_is_not_believed(clinic):
    """Nothing is read, nothing is a reason to refuse, and all of it is gone."""
    clinic.restart({"milter.trusted_clients": []})
    head = (_ours(PROOF) + PROOF + PASSPHRASE + b"X-Phi-Batch: %%%\r\nX-Phi-Proof: answer=Zanzibar-1\r\n"
            b"X-Phi-Proof: passphrase=\"blue-kettle-2\r\n")
    for recipient, message in ((people.FRIEND.address, chatty), (people.PATIENT.address, result),
                               (people.DOCTOR.address, result)):
        _send(clinic, recipient, head + message([recipient]))
        _no_trace(clinic.wait_copies(recipient)[0].data)
    clinic.restart()
