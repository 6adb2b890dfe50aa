# SPDX-License-Identifier: Apache-2.0
"""What the clinic sends. All people, numbers and illnesses are invented."""
import base64
import dataclasses
import email.utils

from mta import people
from pdf import make_pdf

ANSWER, WRONG_ANSWER = "March 7, 1961", "May 1, 1960"


@dataclasses.dataclass
class Letter:
    title: str
    sender: people.Person
    to: list
    subject: str
    body: str                   # MIME header fields, an empty line, the body
    cc: list = dataclasses.field(default_factory=list)
    bcc: list = dataclasses.field(default_factory=list)
    extra: str = ""
    number: int = 0
    date: str = dataclasses.field(default_factory=lambda: email.utils.formatdate(localtime=True))

    def recipients(self):
        return [*self.to, *self.cc, *self.bcc]

    def message(self):
        def listed(persons):
            return ",\n ".join(f'"{one.name}" <{one.address}>' for one in persons)
        copy = f"Cc: {listed(self.cc)}\n" if self.cc else ""
        return (f'From: "{self.sender.name}" <{self.sender.address}>\nTo: {listed(self.to)}\n{copy}'
                f"Subject: {self.subject}\n{self.extra}Date: {self.date}\n"
                f"Message-ID: <demo-{self.number}@{people.CLINIC_DOMAIN}>\nMIME-Version: 1.0\n{self.body}").encode()


PLAIN = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"

CHAT = PLAIN + """Hi Ben,

the choir meets on Thursday at seven, in the room above the bakery. Bring the red folder, and a cake if you like.

Rosa
"""

RESULT = PLAIN + """Dear Dr. Okafor,

Patient: Jordan Quill       Date of birth: 07/19/1984
SSN: 547-38-2916            MRN: 44718820

HbA1c            9.1 %      (4.0 - 5.6)   high
Fasting glucose  212 mg/dL  (70 - 99)     high

Diagnosis: type 2 diabetes mellitus. Started on metformin 500 mg.
"""

REFERRAL = PLAIN + """Dear colleagues,

we refer Jordan Quill, born 07/19/1984, SSN 547-38-2916, MRN 44718820, for laser treatment.
Diagnosis: diabetic retinopathy. Current medication: metformin 500 mg, lisinopril 10 mg.
"""

TO_PATIENT = PLAIN + """Dear Mira Solano,

your blood test of Tuesday (MRN 55120043, born 03/07/1961, SSN 219-09-9940) shows iron deficiency anemia.
Please take ferrous sulfate once a day. We look again in six weeks.
"""

TO_ALL = PLAIN + """Care team meeting about Jordan Quill, born 07/19/1984, SSN 547-38-2916, MRN 44718820

Diagnosis: diabetic nephropathy, stage 3. Creatinine 2.1 mg/dL. Next step: nephrology, dialysis access to be discussed.
"""


def pathology_report():
    report = make_pdf(["Alder Street Clinic - Laboratory report", "", "Patient: Jordan Quill, born 07/19/1984",
                       "MRN 44718820", "", "Specimen: skin, left forearm, excision",
                       "Diagnosis: basal cell carcinoma, margins free"])
    coded = base64.encodebytes(report).decode()
    return ('Content-Type: multipart/mixed; boundary="=_demo"\n\n--=_demo\nContent-Type: text/html; charset=utf-8\n'
            "Content-Transfer-Encoding: 8bit\n\n<html><body><p>Report for <b>Jordan Quill</b>, SSN 547-38-2916</p>"
            "<p>Diagnosis: basal cell carcinoma. The report is attached.</p></body></html>\n"
            '--=_demo\nContent-Type: application/pdf; name="report.pdf"\nContent-Disposition: attachment; '
            f'filename="report.pdf"\nContent-Transfer-Encoding: base64\n\n{coded}--=_demo--\n')


def letters():
    proof = f'X-Phi-Proof: question="Your date of birth?"; answer="1961-03-07"; rcpt="{people.PATIENT.address}"; lang=en\n'
    written = [
        Letter("A chatty mail, no PHI in it", people.NURSE, [people.FRIEND], "Choir on Thursday", CHAT),
        Letter("A lab result to a doctor who has a PGP key", people.LAB, [people.DOCTOR],
               "HbA1c of Jordan Quill", RESULT),
        Letter("An HTML mail with a PDF report to a partner who has an S/MIME certificate", people.LAB,
               [people.PARTNER], "Pathology report, Jordan Quill", pathology_report()),
        Letter("A referral to two hospitals whose domains are TLS-only; the second one's mail host has no TLS",
               people.NURSE, [people.HOSPITAL, people.OLD_HOSPITAL], "Referral: Jordan Quill", REFERRAL),
        Letter("A result to a patient who has nothing but an address; the lab system gives a question to ask",
               people.LAB, [people.PATIENT], "Your blood test, MRN 55120043", TO_PATIENT, extra=proof),
        Letter("One message to all of them, a second doctor in Bcc, and a colleague inside", people.NURSE,
               [people.DOCTOR, people.PARTNER, people.HOSPITAL], "Care team: Jordan Quill", TO_ALL,
               cc=[people.PATIENT, people.COLLEAGUE], bcc=[people.SECOND_DOCTOR]),
    ]
    for number, letter in enumerate(written, 1):
        letter.number = number
    return written
