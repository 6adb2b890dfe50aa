# SPDX-License-Identifier: Apache-2.0
"""The mails of the benchmark, made up, the same at each run: clean ones, and lab results that must be protected."""
import base64
import dataclasses
import os
import random
import zlib

SENDER = "lab@clinic.example"
PGP_DOMAIN, SMIME_DOMAIN, PORTAL_DOMAIN = "cedar-practice.example", "north-pathology.example", "mail.example"
CLEAN_DOMAIN = "supplies.example"
DIFFERENT = 20

SENTENCES = (
    "The delivery of paper and printer cartridges is expected on Thursday before noon.",
    "Please send the signed offer for the new chairs to the office on the second floor.",
    "We changed the meeting from room four to room nine, since the screen there works again.",
    "The invoice for the last quarter was paid, and a receipt is on its way to your bookkeeping.",
    "Could you tell us whether the parking lot will be open during the street works next week?",
    "Our new opening hours begin with the first Monday of next month, as the poster says.",
    "The lift is out of order until the spare part arrives, so please plan for the stairs.",
    "Thank you for the catalogue; we would like to order twenty of the blue folders.",
    "The software update will be installed on Saturday night, and nobody has to do anything.",
    "Parking permits for the coming year can be collected at the front desk from Tuesday on.",
)
HEAD = ("From: Alder Street Lab <lab@clinic.example>\n"
        "To: <@RECIPIENT@>\n"
        "Subject: {subject}\n"
        "Date: Fri, 20 Nov 2026 10:30:00 -0500\n"
        "Message-ID: <@NUMBER@@clinic.example>\n"
        "MIME-Version: 1.0\n"
        "User-Agent: Invented Mailer 7.1\n")
RESULT_HEAD = ("Content-Type: text/plain; charset=us-ascii\n\n"
               "Laboratory report\n\nPatient: {name}   Date of birth: {birth}   MRN: {record}\n"
               "Ordered by: Dr. Okafor   Diagnosis: type 2 diabetes mellitus\n\n"
               "Test                      Result     Unit      Reference\n")
TESTS = ("Hemoglobin A1c", "Glucose, fasting", "Creatinine", "Potassium", "Sodium", "Cholesterol, total",
         "Triglycerides", "ALT", "AST", "TSH")
NAMES = ("Jordan Quill", "Mary Hobbs", "Peter Lang", "Susan Ortega", "David Chen", "Laura Bishop", "Anna Weiss",
         "Robert Dunn")


def text_of(chance, size):
    lines = []
    while sum(map(len, lines)) < size:
        lines.append(" ".join(chance.sample(SENTENCES, 3)) + "\n\n")
    return "".join(lines)


def wrapped(text, width=76):
    return "\n".join(text[start:start + width] for start in range(0, len(text), width)) + "\n"


def clean_text(chance):
    return HEAD.format(subject="Office news") + "Content-Type: text/plain; charset=us-ascii\n\n" + text_of(chance, 1700)


def clean_html(chance):
    body = "".join(f'<tr><td style="font-family:Arial,sans-serif;padding:4px 8px"><p class="news">{paragraph}</p>'
                   "</td></tr>\n" for paragraph in text_of(chance, 22000).split("\n\n"))
    return (HEAD.format(subject="The newsletter of this month") + "Content-Type: text/html; charset=us-ascii\n\n"
            f"<!DOCTYPE html>\n<html><body><table>\n{body}</table></body></html>\n")


def pdf(chance):
    """Four pages of text in one of the fonts that every reader has; an embedded font gives it the usual weight."""
    def stream(extra, data):
        return f"<< {extra}/Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"
    pages = []
    for _ in range(4):
        lines = [sentence for sentence in chance.choices(SENTENCES, k=40)]
        shown = "".join(f"({line[:90]}) Tj T*\n" for line in lines)
        pages.append(f"BT /F1 10 Tf 14 TL 50 780 Td\n{shown}ET\n".encode())
    kids = " ".join(f"{6 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
               b"<< /Type /FontDescriptor /FontName /Invented /Flags 4 /FontFile2 5 0 R >>",
               stream("", chance.randbytes(100_000))]
    for number, page in enumerate(pages):
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {7 + 2 * number} 0 R "
                       "/Resources << /Font << /F1 3 0 R >> >> >>".encode())
        objects.append(stream("/Filter /FlateDecode ", zlib.compress(page)))
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    return out + (f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} "
                  f"/Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n").encode()


def clean_pdf(chance):
    attachment = wrapped(base64.b64encode(pdf(chance)).decode())
    return (HEAD.format(subject="The offer") + 'Content-Type: multipart/mixed; boundary="=-offer"\n\n'
            "--=-offer\nContent-Type: text/plain; charset=us-ascii\n\n" + text_of(chance, 900) +
            '--=-offer\nContent-Type: application/pdf; name="offer.pdf"\nContent-Transfer-Encoding: base64\n'
            f'Content-Disposition: attachment; filename="offer.pdf"\n\n{attachment}--=-offer--\n')


def lab_result(chance):
    rows = "".join(f"{test:<24}  {chance.uniform(1, 300):<9.1f}  mg/dL     {chance.randint(1, 9)}-{chance.randint(90, 400)}\n"
                   for test in TESTS)
    head = RESULT_HEAD.format(name=chance.choice(NAMES), birth=f"{chance.randint(1, 12):02}/{chance.randint(1, 28):02}/"
                              f"19{chance.randint(30, 99)}", record=chance.randint(10_000_000, 99_999_999))
    return HEAD.format(subject="Laboratory report") + head + rows + "\nRemarks\n\n" + text_of(chance, 900)


def large(chance):
    """50 MB on the wire: a result with an attachment of no known kind. It is protected as what cannot be read."""
    attachment = wrapped(base64.b64encode(chance.randbytes(37_800_000)).decode())
    return (HEAD.format(subject="Images") + 'Content-Type: multipart/mixed; boundary="=-large"\n\n'
            "--=-large\nContent-Type: text/plain; charset=us-ascii\n\nMRN 44718820: pneumonia.\n"
            "--=-large\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n"
            f'Content-Disposition: attachment; filename="series.bin"\n\n{attachment}--=-large--\n')


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of mail: how it is made, and what it becomes (a name that smtp_load counts, or nothing)."""
    name: str
    make: object
    domain: str
    becomes: str = ""


KINDS = (Kind("clean 2 KB", clean_text, CLEAN_DOMAIN), Kind("clean 30 KB HTML", clean_html, CLEAN_DOMAIN),
         Kind("clean 150 KB PDF", clean_pdf, CLEAN_DOMAIN), Kind("S/MIME", lab_result, SMIME_DOMAIN, "smime"),
         Kind("PGP", lab_result, PGP_DOMAIN, "pgp"), Kind("portal", lab_result, PORTAL_DOMAIN, "notices"))
MIXED = ("clean 2 KB",) * 12 + ("clean 30 KB HTML",) * 3 + ("clean 150 KB PDF",) + ("S/MIME", "PGP", "portal", "portal")


class Plans:
    """Files of mails, and the lists of who gets which: `paths[name]` for --plan, `becomes[name]` what must arrive."""

    def __init__(self, place, bulk):
        self._place = place
        self._files = {kind.name: self._write(kind) for kind in KINDS}
        self.paths, self.becomes = {}, {}
        by_name = {kind.name: kind for kind in KINDS}
        for kind in KINDS:
            self._plan(kind.name, [kind] * DIFFERENT)
        self._plan("mixed", [by_name[name] for name in MIXED] * 5)
        self._plan("bulk", [by_name[name] for _ in range(bulk // 3) for name in ("PGP", "S/MIME", "portal")])
        large_file = place.write("bench/large.eml", large(random.Random(50)))
        for kind in KINDS[3:]:
            self.paths[f"large {kind.name}"] = place.write(f"bench/large-{kind.becomes}.plan",
                                                           f"{large_file} person0@{kind.domain}\n")

    def _write(self, kind):
        chance = random.Random(kind.name)
        name = kind.name.lower().replace("/", "").replace(" ", "-")
        return [self._place.write(f"bench/{name}-{number}.eml", kind.make(chance)) for number in range(DIFFERENT)]

    def _plan(self, name, kinds):
        counts = dict.fromkeys(KINDS, 0)
        lines = []
        for kind in kinds:
            number = counts[kind]
            counts[kind] += 1
            # Keys there are a few of; patients are all different.
            person = number if kind.becomes == "notices" else number % DIFFERENT
            lines.append(f"{self._files[kind.name][number % DIFFERENT]} person{person}@{kind.domain}\n")
        file = name.lower().replace("/", "").replace(" ", "-")
        self.paths[name] = self._place.write(f"bench/{file}.plan", "".join(lines))
        self.becomes[name] = {kind.becomes: counts[kind] / len(kinds) for kind in KINDS if kind.becomes}

    def size(self, name):
        return os.path.getsize(self._files[name][0])
