# SPDX-License-Identifier: Apache-2.0
"""The mail servers alone, without a filter: what the other tests stand on, and what contrib/postfix promises."""
from checks import fail_unless
from mta import people
from mta.clinic import Clinic
from mta.judge import without_trace
from mta.submit import Client, submit
from mta.wait import wait_until

MAIL = b"""From: Rosa Lind <rosa.lind@clinic.example>\r
To: Ben Ode <ben.ode@mail.example>\r
Subject: Lunch\r
Date: Fri, 20 Nov 2026 09:12:03 -0500\r
Message-ID: <%s@clinic.example>\r
\r
Noon at the corner.\r
"""


def make_clinic(place):
    return Clinic(place, filtered=False).start(programs=False)


def test_mail_passes_unchanged(clinic):
    """What Postfix adds stands above; below, nothing changes, and the parameters arrive."""
    reply = clinic.submit(people.NURSE.address, [people.FRIEND.address], MAIL % b"h1", "RET=HDRS ENVID=x1",
                          {people.FRIEND.address: "NOTIFY=FAILURE"})
    fail_unless(reply.code == 250, reply.text)
    copy = clinic.wait_copies(people.FRIEND.address)[0]
    fail_unless(without_trace(copy.data) == MAIL % b"h1", repr(copy.data))
    fail_unless({"RET=HDRS", "ENVID=x1"} <= set(copy.mail_arguments), copy.mail_arguments)
    fail_unless("NOTIFY=FAILURE" in copy.arguments_of(people.FRIEND.address), copy.recipients)


def test_local_submission_takes_the_filtered_listener(clinic):
    """sendmail(1) hands its mail to the listener with the filter."""
    clinic.main.command("sendmail", "-f", people.NURSE.address, people.FRIEND.address, stdin=MAIL % b"h2")
    copy = clinic.wait_copies(people.FRIEND.address)[0]
    fail_unless(copy.data.count(b"Received:") == 2, repr(copy.data))
    fail_unless("postfix/phi-filtered/smtpd" in clinic.main.log_text(), clinic.main.log_text())


def test_requeued_local_mail_takes_the_filtered_listener_again(clinic):
    """`postsuper -r` drops routes; pickup gives the route back, so that nothing slips past the filter."""
    clinic.sink.refuse[people.FRIEND.address] = "450 4.2.0 later"
    clinic.main.command("sendmail", "-f", people.NURSE.address, people.FRIEND.address, stdin=MAIL % b"h3")
    wait_until(lambda: clinic.main.queued("deferred"), "the mail to be deferred")
    clinic.sink.refuse.clear()
    seen = clinic.main.log_text().count("phi-filtered/smtpd")
    clinic.main.command("postsuper", "-r", "ALL")
    clinic.main.flush()
    copy = clinic.wait_copies(people.FRIEND.address)[0]
    fail_unless(b"h3@" in copy.data, repr(copy.data))
    fail_unless(clinic.main.log_text().count("phi-filtered/smtpd") > seen, "it went past the filtered listener")


def test_secure_instance_delivers_over_verified_tls(clinic):
    """A partner whose mail host offers TLS and has the right name gets the mail."""
    submit(clinic.ports["secure"], people.NURSE.address, [people.HOSPITAL.address], MAIL % b"h4")
    copy = clinic.wait_copies(people.HOSPITAL.address)[0]
    fail_unless(copy.tls.startswith("TLSv1."), copy.tls)
    fail_unless("Verified TLS connection" in clinic.secure.log_text(), clinic.secure.log_text())


def test_secure_instance_never_sends_in_the_clear(clinic):
    """STARTTLS is put off: nothing more is said, also after `postsuper -r`."""
    clinic.sink.no_tls_now = True
    submit(clinic.ports["secure"], people.NURSE.address, [people.OLD_HOSPITAL.address], MAIL % b"h5")
    wait_until(clinic.secure.deferral_reasons, "the mail to be deferred")
    clinic.secure.command("postsuper", "-r", "ALL")
    clinic.secure.flush()
    wait_until(lambda: len(clinic.secure.deferral_reasons()) >= 2, "the mail to be deferred again")
    fail_unless(all("TLS is required" in one for one in clinic.secure.deferral_reasons()),
                clinic.secure.deferral_reasons())
    fail_unless("MAIL" not in clinic.sink.verbs("outside"), clinic.sink.verbs("outside"))
    clinic.secure.command("postsuper", "-d", "ALL")
    clinic.sink.no_tls_now = False


def test_sender_is_told_at_once_and_nothing_of_the_message(clinic):
    """No STARTTLS at all: a notice with a way out, by way of the main instance, without subject and text."""
    message = MAIL.replace(b"Subject: Lunch", b"Subject: Mira Solano,\r\n\tferritin 4\r\nX-Patient: 55120043") % b"h8"
    submit(clinic.ports["secure"], people.NURSE.address, [people.OLD_HOSPITAL.address], message, "RET=HDRS")
    notice = clinic.wait_copies(people.NURSE.address)[-1]
    fail_unless(notice.mail_from == "" and b"[portal]" in notice.data, repr(notice.data))
    for word in (b"Mira", b"ferritin", b"55120043", b"Noon at the corner"):
        fail_unless(word not in notice.data, f"{word} is in the notice: {notice.data!r}")
    for word in (b"oldmill.example", b"<h8@clinic.example>", b"was not offered"):
        fail_unless(word in notice.data, f"{word} is not in the notice: {notice.data!r}")
    fail_unless(not clinic.sink.deliveries(people.OLD_HOSPITAL.address), "it was delivered")
    fail_unless(not clinic.secure.queued(), "it is still in the queue")


def test_bare_line_feeds_do_not_end_a_message(clinic):
    """"<LF>.<LF>" is text: what follows is not read as commands, so no mail passes unseen inside another."""
    client = Client(clinic.ports["filtered"])
    for line in ("EHLO x", f"MAIL FROM:<{people.NURSE.address}>", f"RCPT TO:<{people.FRIEND.address}>", "DATA"):
        client.command(line)
    client.send_raw((MAIL % b"h6") + b"\n.\nMAIL FROM:<a@clinic.example>\r\nRCPT TO:<ben.ode@mail.example>\r\n"
                    b"DATA\r\nSubject: smuggled\r\n\r\nx\r\n")
    reply = client.end_data()
    client.close()
    fail_unless(reply.code in (250, 521, 550, 554), reply.text)
    clinic.wait_quiet()
    fail_unless(len(clinic.sink.deliveries()) <= 1, "a second mail was smuggled in")


def test_redis_answers_on_its_socket(clinic):
    """And on no port."""
    fail_unless(clinic.redis.answers(), "no answer")
    fail_unless(clinic.redis.cli("config", "get", "port")[1].split() == ["port", "0"], "it has a port")

