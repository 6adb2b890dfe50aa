# SPDX-License-Identifier: Apache-2.0
"""The messages of a run, all made from one seed: who gets them, what they look like, and what in them may be read by
nobody else."""
import base64
import dataclasses
import random

from mta import people

HELD = people.Person("Old Records", "records@willow.example", "held")

# Who may get a copy, and how often they are asked.
PUBLIC = ((people.DOCTOR, 6), (people.SECOND_DOCTOR, 4), (people.PARTNER, 5), (people.HOSPITAL, 4),
          (people.PATIENT, 4), (people.FRIEND, 3), (people.RETIRED, 2), (people.COLLEAGUE, 3), (HELD, 1))

# Every family name of a run begins so, and every record number: a search for these finds any of them.
NAME_ROOT, RECORD_ROOT = "Zylphor", "77419"
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "ki", "lo", "mu", "ne")

# Forms in which somebody may get a message with PHI. The portal stands in where a key is not to be had at the moment.
FORMS = {"pgp": {"pgp", "portal"}, "smime": {"smime", "portal"}, "tls": {"tls"}, "nothing": {"portal"},
         "expired pgp": {"portal"}, "inside": {"clear"}, "held": {"hold"}}


@dataclasses.dataclass
class Mail:
    number: int
    sender: str
    recipients: list          # addresses
    phi: bool
    canaries: tuple           # texts that may stand in ciphertext only
    message: bytes
    way: str                  # "client", "hasty client" or "queue"

    @property
    def mark(self):
        """Its name in the envelope, which every copy keeps (RFC 3461 4.4)."""
        return f"torture-{self.number}"

    def forms(self, address):
        """What a copy for this recipient may be."""
        has = person(address).has
        return FORMS[has] if self.phi else {"clear"} | FORMS[has] - {"hold"}


def person(address):
    return HELD if address == HELD.address else people.person(address)


def _canaries(number):
    name = "".join(SYLLABLES[int(digit)] for digit in f"{number:05d}")
    security_number = f"{501 + number // 90 % 90}-{10 + number % 90}-{2000 + number:04d}"
    return NAME_ROOT + name, security_number, f"{RECORD_ROOT}{number:05d}"


def _text(canaries):
    name, security_number, record = canaries
    return (f"Patient: Jordan {name}, date of birth 03/07/1961, SSN {security_number}, MRN {record}\r\n"
            "Diagnosis: chronic hepatitis C, viral load 1,200,000 IU/mL.\r\n")


def _filler(size):
    line = "The values of this run were read twice by the method that is named in the report of the year.\r\n"
    return (line * (size // len(line) + 1))[:size] + "\r\n"


def _plain(text, size, _):
    return "text/plain; charset=us-ascii", text + _filler(size)


def _html(text, size, _):
    lines = "".join(f"<p>{line}</p>\r\n" for line in text.splitlines() + _filler(size).splitlines())
    return "text/html; charset=utf-8", f"<html><body>\r\n{lines}</body></html>\r\n"


def _attached(text, size, rng):
    """The finding stands in the attachment alone."""
    border = f"b{rng.randrange(10**9)}"
    content = base64.encodebytes((text + _filler(size)).encode()).decode().replace("\n", "\r\n")
    return (f"multipart/mixed; boundary={border}",
            f"--{border}\r\nContent-Type: text/plain\r\n\r\nThe report is attached.\r\n"
            f"--{border}\r\nContent-Type: text/plain; name=report.txt\r\n"
            f"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=report.txt\r\n\r\n"
            f"{content}--{border}--\r\n")


def _both(text, size, rng):
    border = f"a{rng.randrange(10**9)}"
    kind, html = _html(text, size, rng)
    return (f"multipart/alternative; boundary={border}",
            f"--{border}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n{text}"
            f"--{border}\r\nContent-Type: {kind}\r\n\r\n{html}--{border}--\r\n")


SHAPES = (_plain, _plain, _html, _attached, _both)
# Past one mebibyte a message goes through the spool.
SIZES = ((0, 60), (2_000, 20), (30_000, 14), (200_000, 4), (1_300_000, 2))


def _weighted(rng, pairs):
    return rng.choices([value for value, _ in pairs], [weight for _, weight in pairs])[0]


def _recipients(rng):
    count = _weighted(rng, ((1, 45), (2, 25), (3, 15), (5, 15)))
    chosen = []
    while len(chosen) < count:
        one = _weighted(rng, PUBLIC)
        if one not in chosen:
            chosen.append(one)
    return chosen


def _head(rng, number, sender, shown, subject, kind):
    to = [one for one in shown if rng.random() < 0.7] or shown
    copies = [one for one in shown if one not in to]
    lines = [f"From: {sender.name} <{sender.address}>"]
    if to:
        lines.append("To: " + ",\r\n ".join(f"{one.name} <{one.address}>" for one in to))
    if copies:
        lines.append("Cc: " + ",\r\n ".join(f"{one.name} <{one.address}>" for one in copies))
    lines += [f"Subject: {subject}", f"Date: Fri, 20 Nov 2026 {number // 3600 % 24:02d}:{number // 60 % 60:02d}:"
              f"{number % 60:02d} -0500"]
    # Without one, the mail server or the filter gives it one.
    if rng.random() < 0.85:
        lines.append(f"Message-ID: <torture-{number}@clinic.example>")
    return "\r\n".join(lines + ["MIME-Version: 1.0", f"Content-Type: {kind}"]) + "\r\n\r\n"


def make_mail(seed, number):
    rng = random.Random(f"{seed} mail {number}")
    recipients = _recipients(rng)
    hidden = [one for one in recipients if rng.random() < 0.12]
    phi = rng.random() < 0.8
    canaries = _canaries(number) if phi else ()
    text = _text(canaries) if phi else f"Noon at the corner, then. We are {number} by now.\r\n"
    subject = f"Result of Jordan {canaries[0]}" if phi and rng.random() < 0.5 else f"Report {number}"
    sender = rng.choice((people.LAB, people.LAB, people.NURSE))
    kind, body = rng.choice(SHAPES)(text, _weighted(rng, SIZES), rng)
    shown = [one for one in recipients if one not in hidden]
    head = _head(rng, number, sender, shown, subject, kind)
    return Mail(number, sender.address, [one.address for one in recipients], phi, canaries, (head + body).encode(),
                _weighted(rng, (("client", 60), ("hasty client", 2), ("queue", 38))))
