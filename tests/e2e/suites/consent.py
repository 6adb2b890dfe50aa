# SPDX-License-Identifier: Apache-2.0
"""Patients who asked for plain mail: consent on file, with the verbs that keep it, and what it never opens."""
import json

from checks import fail_unless
from mta import people
from mta.clinic import Clinic
from mta.judge import method_of

ROUTE = """[[route]]
id = "plain-mail"
consent = "given"
methods = ["pass", "portal"]
"""


def make_clinic(place, kind=Clinic):
    clinic = kind(place)
    clinic.write_site_policy(ROUTE)
    return clinic.start()


def _send(clinic, text, address=people.PATIENT.address):
    """The form in which it arrived, and the reasons on record."""
    clinic.sink.clear()
    clinic.sent = getattr(clinic, "sent", 0) + 1
    reply = clinic.submit(people.LAB.address, [address], (
        f"From: <{people.LAB.address}>\r\nTo: <{address}>\r\nSubject: Result\r\nMessage-ID: <c{clinic.sent}@clinic.example>\r\n"
        f"Date: Fri, 20 Nov 2026 09:12:03 -0500\r\n\r\n{text}\r\n").encode())
    fail_unless(reply.code == 250, reply.text)
    form = method_of(clinic.wait_copies(address)[0].data)
    return form, clinic.wait_record(reply)["recipients"][0]["reasons"]


PLAIN = "Patient: Mira Solano, date of birth 03/07/1961, MRN 44718820. Diagnosis: asthma. Take albuterol."
SENSITIVE = "Patient: Mira Solano, date of birth 03/07/1961, MRN 44718820. Her HIV test is positive; viral load 400."


def test_without_consent(clinic):
    """Nothing on file: the portal."""
    form, reasons = _send(clinic, PLAIN)
    fail_unless(form == "portal", f"{form}: {reasons}")


def test_given_and_withdrawn(clinic):
    """Set, mail passes, and the record says on what; withdrawn, it does not."""
    clinic.phictl("recipients", "set", people.PATIENT.address, "--consent-date", "2026-01-31", "--consent-version", "2",
                  "--consent-expires", "2099-12-31")
    form, reasons = _send(clinic, PLAIN)
    fail_unless(form == "clear" and "consent on file: 2026-01-31, text 2, until 2099-12-31" in reasons,
                f"{form}: {reasons}")
    clinic.phictl("recipients", "set", people.PATIENT.address, "--consent-date", "none")
    form, reasons = _send(clinic, PLAIN)
    fail_unless(form == "portal", f"{form}: {reasons}")


def test_never_for_sensitive_content(clinic):
    """With consent, too."""
    clinic.phictl("recipients", "set", people.PATIENT.address, "--consent-date", "2026-01-31")
    form, reasons = _send(clinic, SENSITIVE)
    fail_unless(form == "portal", f"{form}: {reasons}")


def test_expired_and_imported(clinic):
    """A last day that is over; and a list with the columns of consent, which keeps what it does not name."""
    address = people.FRIEND.address
    clinic.phictl("recipients", "import", "-", stdin=(
        f"address,consent_date,consent_version,consent_expires\r\n{address},2020-01-01,1,2020-12-31\r\n").encode())
    form, reasons = _send(clinic, PLAIN, address)
    fail_unless(form == "portal", f"{form}: {reasons}")
    clinic.phictl("recipients", "import", "-", stdin=f"address,language\r\n{address},es\r\n".encode())
    shown = clinic.phictl("recipients", "show", address)
    fail_unless("expired: 2020-01-01, text 1, until 2020-12-31" in shown and "es" in shown, shown)
    listed = json.loads(clinic.phictl("recipients", "list", "--json", "--consent", "expired"))
    fail_unless([one["address"] for one in listed] == [address], listed)


def test_what_is_wrong_is_said(clinic):
    """A day that is none, a last day before the first, an address that is none; nothing is written."""
    for arguments in (("--consent-date", "2026-02-30"), ("--consent-expires", "2026-01-01"),
                      ("--consent-date", "2026-02-01", "--consent-expires", "2026-01-01")):
        clinic.phictl("recipients", "set", "new@mail.example", *arguments, ok=(2,))
    clinic.phictl("recipients", "set", "nobody", "--language", "en", ok=(1, 2))
    clinic.phictl("recipients", "show", "new@mail.example", ok=(1,))
