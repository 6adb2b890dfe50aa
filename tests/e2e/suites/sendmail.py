# SPDX-License-Identifier: Apache-2.0
"""The same promises with Sendmail, set up as contrib/sendmail says. What the mail server does not matter for is in the
cases, which run with Sendmail too."""
from checks import fail_unless
from mta import people
from mta.judge import crlf, entity, field_name, header, method_of, open_pgp, split, without_trace
from mta.milter_proxy import MilterProxy
from mta.postfix import OWNER_GID, OWNER_UID
from mta.sendmail import SendmailClinic
from mta.submit import Client
from mta.wait import wait_until
from suites.crash import (test_killed_between_recipients_and_data, test_killed_in_the_middle_of_a_body,  # noqa: F401
                          test_killed_when_asked_for_the_verdict)
from suites.messages import NAME, SECRETS, SSN, chatty, result  # noqa: F401

# Fields of one name around others, ours first, between and last, a folded one, and a type that must go.
PATCHWORK = crlf(f"""X-Phi-Nothing: first
Received: from a.clinic.example by b.clinic.example; Fri, 20 Nov 2026 09:59:58 -0500
Received: from c.clinic.example by a.clinic.example; Fri, 20 Nov 2026 09:59:57 -0500
Comments: one about {NAME}
From: Alder Street Lab <lab@clinic.example>
X-Phi-Nothing: second
Comments: two about {NAME}
To: <ada.okafor@cedar-practice.example>
Content-Description: result of {NAME}
Subject: Result of {NAME},
 folded
Content-Transfer-Encoding: 8bit
Date: Fri, 20 Nov 2026 10:00:00 -0500
Comments: three about {NAME}
Message-ID: <patchwork-1@clinic.example>
Content-Type: text/plain;
 charset=utf-8
X-Phi-Nothing: third
MIME-Version: 1.0

Patient: {NAME}, SSN {SSN}, diagnosis asthma. \u00c4rztin.
""".encode())
OUTSIDE_FIELDS = ["from", "to", "date", "message-id", "subject", "mime-version", "content-type"]


def make_clinic(place):
    """Sendmail talks to the filter through the proxy."""
    place.folder("milter", 0o755)
    place.folder("proxy", 0o755)
    clinic = SendmailClinic(place, place.path("proxy", "milter.sock"))
    clinic.proxy = MilterProxy(place.path("proxy", "milter.sock"), clinic.milter_socket, OWNER_UID, OWNER_GID)
    return clinic.start()


def test_clean_mail_passes_unchanged(clinic):
    """Below what Sendmail puts on top, byte for byte."""
    message = chatty([people.FRIEND.address])
    reply = clinic.submit(people.LAB.address, [people.FRIEND.address], message)
    fail_unless(reply.code == 250, reply.text)
    copy = clinic.wait_copies(people.FRIEND.address)[0]
    fail_unless(without_trace(copy.data) == message, f"{copy.data!r}\n{message!r}")


def test_fields_of_ours_are_removed_from_clean_mail(clinic):
    """Three of one name, scattered: the others stay, byte for byte and in order."""
    fields, body = split(chatty([people.FRIEND.address]))
    mark = b"X-Phi-Nothing: x\r\n"
    reply = clinic.submit(people.LAB.address, [people.FRIEND.address],
                          b"".join([mark, *fields[:3], mark, *fields[3:], mark]) + b"\r\n" + body)
    fail_unless(reply.code == 250, reply.text)
    copy = clinic.wait_copies(people.FRIEND.address)[0]
    fail_unless(without_trace(copy.data) == b"".join(fields) + b"\r\n" + body, repr(copy.data))


def test_edits_in_place_hit_the_right_fields(clinic):
    """Removals, changes and additions among fields of one name: each needed field once, none that tells."""
    reply = clinic.submit(people.LAB.address, [people.DOCTOR.address], PATCHWORK, "BODY=8BITMIME")
    fail_unless(reply.code == 250, reply.text)
    data = clinic.wait_copies(people.DOCTOR.address)[0].data
    fail_unless(method_of(data) == "pgp", method_of(data))
    names = [field_name(field) for field in split(without_trace(data))[0]]
    fail_unless(sorted(names) == sorted(OUTSIDE_FIELDS), names)
    fail_unless(header(data, "Subject") == "[...]", header(data, "Subject"))
    for name in ("From", "To", "Date", "Message-ID"):
        fail_unless(header(data, name) == header(PATCHWORK, name), f"{name}: {header(data, name)}")
    opened = open_pgp(data, clinic.rings[people.DOCTOR.address])
    fail_unless(opened.entity == entity(PATCHWORK), f"{opened.entity!r}")
    fail_unless(" ".join(opened.headers["Subject"].split()) == f"Result of {NAME}, folded", opened.headers["Subject"])


def test_without_the_filter_mail_waits(clinic):
    """F=T: 451 at MAIL, and the re-entry listener does not miss it."""
    clinic.filter.kill()
    reply = clinic.submit(people.LAB.address, [people.FRIEND.address], chatty([people.FRIEND.address]))
    fail_unless(reply.code == 451, reply.text)
    fail_unless(not clinic.sink.deliveries(), "something left")
    clinic.start_filter()


def test_what_sendmail_refuses(clinic):
    """What the guide says that is not supported is refused before the filter has any part in it, and nothing leaves."""
    friend, message = [people.FRIEND.address], chatty([people.FRIEND.address])
    reply = clinic.submit(people.LAB.address, friend, message, "SMTPUTF8")
    fail_unless(reply.code == 555, reply.text)
    reply = clinic.submit(people.LAB.address, friend, b"".join(b"X-Long-%d: %s\r\n" % (number, b"a" * 900)
                                                               for number in range(40)) + message)
    fail_unless(reply.code == 552, reply.text)
    for line_end in (b"\n", b"\r"):
        client = Client(clinic.ports["filtered"])
        for line in ("EHLO x", f"MAIL FROM:<{people.LAB.address}>", f"RCPT TO:<{friend[0]}>", "DATA"):
            client.command(line)
        client.send_raw(message + b"a" + line_end + b".\r\n")
        reply = client.end_data()
        client.close()
        fail_unless(reply.code == 421, reply.text)
    clinic.wait_quiet()
    fail_unless(not clinic.sink.deliveries(), "something left")


def test_tls_or_nothing(clinic):
    """No STARTTLS, then a certificate with another name: nothing but EHLO is said in the clear, and no sender is named.
    With the right certificate the next queue run delivers over TLS."""
    message = result([people.OLD_HOSPITAL.address])
    reply = clinic.submit(people.LAB.address, [people.OLD_HOSPITAL.address], message)
    fail_unless(reply.code == 250, reply.text)

    def refused(reason):
        wait_until(lambda: any(reason in one for one in clinic.main.reasons().values()),
                   lambda: f"'{reason}'; the queue: {clinic.main.reasons()}")
        fail_unless("MAIL" not in clinic.sink.verbs("outside"), clinic.sink.verbs("outside"))

    def run_queue_until(condition):
        """A run passes over what another process still holds."""
        wait_until(lambda: clinic.main.flush() or condition(), lambda: f"a queue run: {clinic.main.reasons()}")
    refused("does not support STARTTLS")
    run_queue_until(lambda: clinic.sink.verbs("outside").count("EHLO") >= 2)
    refused("does not support STARTTLS")
    clinic.sink.offer_tls("outside", *clinic.ca.server("stranger", "DNS:stranger.example"))
    run_queue_until(lambda: "STARTTLS" in clinic.sink.verbs("outside"))
    refused("does not match oldmill.example")
    clinic.sink.offer_tls("outside", *clinic.hospital_server)
    run_queue_until(lambda: clinic.sink.deliveries(people.OLD_HOSPITAL.address))
    copy = clinic.sink.deliveries(people.OLD_HOSPITAL.address)[0]
    fail_unless(copy.tls.startswith("TLSv1."), copy.tls)
    fail_unless(without_trace(copy.data) == message, repr(copy.data))
    clinic.wait_quiet()
