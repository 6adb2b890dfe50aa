#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the files beside it, with other people's tools: Python's email package and codecs, gpg, openssl, reportlab.

Made with Debian 12's Python 3.11.2, gpg 2.2.40, OpenSSL 3.0, reportlab 3.6. All people are invented. Run it in this
folder to make all of them anew (the encrypted ones then have other bytes), or one kind: make_data.py pdf
"""
import base64
import os
import subprocess
import tempfile
from email import policy
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.header import Header

SMTP = policy.SMTP.clone(max_line_length=78)


def write(name, message):
    data = message if isinstance(message, bytes) else message.as_bytes(policy=SMTP)
    with open(name, "wb") as out:
        out.write(data)


def start(subject="Lab result"):
    message = EmailMessage()
    message["From"] = "Lab <lab@clinic.example>"
    message["To"] = "Dr. Ana Núñez <ana@practice.example>"
    message["Subject"] = subject
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 -0500"
    message["Message-ID"] = "<1@clinic.example>"
    return message


def plain():
    message = start("Befund für Jürgen Großmann – Größe")
    message.set_content("Patient: Jürgen Großmann\nGlucose 212 mg/dL – high\n", charset="utf-8", cte="quoted-printable")
    write("plain-quoted-printable.eml", message)
    message = start()
    message.set_content("Patient: María Peña\nHbA1c 9.1 %\n", charset="iso-8859-1", cte="base64")
    write("plain-latin1-base64.eml", message)
    message = start()
    message.set_content("Patient: Jürgen Großmann\n", charset="utf-8", cte="8bit")
    write("plain-8bit.eml", message)


def alternatives():
    message = start()
    message.set_content("Text: potassium 6.1\n")
    message.add_alternative(
        "<html><body><p>HTML: <b>pot</b>assium&nbsp;6.1</p><table><tr><td>Na</td><td>131</td></tr></table></body></html>",
        subtype="html")
    message.get_payload()[1].add_related(PNG, "image", "png", cid="<logo@clinic.example>")
    message.add_attachment("name,result\nOlga Ivanova,positive\n", subtype="csv", filename="Ergebnis Größe.csv")
    message.add_attachment(b"%PDF-1.7\n1 0 obj\n", maintype="application", subtype="octet-stream", filename="report.pdf")
    inner = start("Fwd: Olga")
    inner.set_content("Inner text about Olga\n")
    message.add_attachment(inner)
    write("nested.eml", message)


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def headers():
    parts = [
        b"Received: from a by b; Mon, 02 Mar 2026 10:00:00 -0500\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha256; b=abc\r\n",
        b"From: =?utf-8?q?J=C3=BCrgen?= <j@clinic.example>\r\n",
        b"Subject: ", Header("Результат анализа крови для Ольги Ивановой, дата рождения 04.03.1961", "koi8-r",
                            header_name="Subject").encode(linesep="\r\n").encode(), b"\r\n",
        b"Comments: folded\r\n here\r\n",
        b"X-Raw: caf\xe9 au lait\r\n",
        b"X-Utf8: caf\xc3\xa9\r\n",
        # One UTF-8 character cut in two encoded-words, as some mailers do.
        b"X-Cut: =?utf-8?B?", base64.b64encode("né".encode()[:2]), b"?= =?utf-8?B?",
        base64.b64encode("né".encode()[2:]), b"?=\r\n",
        b"X-Quoted: \"=?iso-8859-15?q?=A4_5?=\"\r\n",
        b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nx\r\n",
    ]
    write("headers.eml", b"".join(parts))


def file_names():
    message = MIMEMultipart()
    message["Subject"] = "names"
    for kind, name in (("utf-8", "Befund Jürgen Großmann.bin"), ("iso-8859-1", "Peña María.bin")):
        part = MIMEApplication(b"\x00\x01\x02")
        part.add_header("Content-Disposition", "attachment", filename=(kind, "", name))
        message.attach(part)
    part = MIMEApplication(b"\x00\x01\x02")
    part.set_param("name", Header("Олег.bin", "koi8-r").encode())
    message.attach(part)
    part = MIMEApplication(b"\x00\x01\x02")
    part["Content-Disposition"] = ("attachment; filename*0*=utf-8''Sehr%20langer%20; filename*1=\"Name; mit\"; "
                                   "filename*2*=%20Gr%C3%B6%C3%9Fe.bin")
    message.attach(part)
    write("file-names.eml", message.as_bytes(policy=policy.SMTP))


CHARSETS = [
    ("utf-8", "utf-8", "Jürgen – 检验 🩸"), ("us-ascii", "ascii", "plain"), ("iso-8859-1", "latin-1", "María Peña ½"),
    ("iso-8859-2", "iso-8859-2", "Łukasz Źródło"), ("iso-8859-5", "iso-8859-5", "Анализ"),
    ("iso-8859-7", "iso-8859-7", "Εξέταση"), ("iso-8859-8", "iso-8859-8", "בדיקה"), ("iso-8859-9", "iso-8859-9", "Şükrü Ağ"),
    ("iso-8859-15", "iso-8859-15", "Œuvre 5 €"), ("windows-1250", "cp1250", "Žofie Řehoř"),
    ("windows-1251", "cp1251", "Ольга"), ("windows-1252", "cp1252", "“García” – €"), ("windows-1256", "cp1256", "تحليل"),
    ("koi8-r", "koi8-r", "Олег Иванов"), ("koi8-u", "koi8-u", "Їжак Ґанок"), ("macintosh", "mac-roman", "Peña ™"),
    ("utf-16", "utf-16", "BOM Größe"), ("utf-16le", "utf-16-le", "LE Größe"), ("utf-16be", "utf-16-be", "BE Größe 🩸"),
    ("utf-32", "utf-32", "wide Größe"), ("utf-7", "utf-7", "Größe 7"), ("shift_jis", "shift_jis", "検査 結果 ハナコ"),
    ("euc-jp", "euc_jp", "検査結果"), ("iso-2022-jp", "iso2022_jp", "検査結果 OK"), ("gb2312", "gb2312", "检验结果"),
    ("gbk", "gbk", "檢驗結果 龍"), ("gb18030", "gb18030", "检验 🩸 㐀"), ("big5", "big5", "檢驗結果"), ("euc-kr", "euc_kr", "검사 결과"),
    ("ks_c_5601-1987", "cp949", "검사 똠방"), ("tis-620", "tis_620", "ผลตรวจ"), ("ibm850", "cp850", "Größe ñ"), ("hz-gb-2312", "hz", "检验"),
    ("\"UTF8\"", "utf-8", "quoted label ü"), ("", "utf-8", "no label ü"),
]


def charsets():
    with open("charsets.tsv", "w", encoding="utf-8") as out:
        for label, codec, text in CHARSETS:
            out.write(f"{label}\t{text.encode(codec).hex()}\t{text}\n")


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, **options).stdout


def open_pgp():
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o700)
        gpg = ["gpg", "--homedir", home, "--batch", "--quiet", "--trust-model", "always"]
        run(*gpg, "--passphrase", "", "--quick-generate-key", "Ana <ana@practice.example>", "ed25519", "cert,sign", "never")
        fingerprint = run(*gpg, "--list-keys", "--with-colons").decode().split("fpr:::::::::")[1].split(":")[0]
        run(*gpg, "--passphrase", "", "--quick-add-key", fingerprint, "cv25519", "encr", "never")
        secret = b"Content-Type: text/plain\r\n\r\nsealed words\r\n"
        armour = run(*gpg, "--armor", "--recipient", fingerprint, "--encrypt", input=secret)
        binary = run(*gpg, "--recipient", fingerprint, "--encrypt", input=secret * 3000)
        signed = run(*gpg, "--armor", "--sign", input=secret)
        clear = run(*gpg, "--clear-sign", input=b"clear signed words\n")
        run("gpgconf", "--homedir", home, "--kill", "all")
    write("message.asc", armour)
    write("message.gpg", binary)
    write("signed-only.asc", signed)
    crlf = armour.replace(b"\n", b"\r\n")

    def pgp_mime(version, data):
        return (b"From: a@clinic.example\r\nSubject: ...\r\nMIME-Version: 1.0\r\nContent-Type: multipart/encrypted; "
                b"protocol=\"application/pgp-encrypted\"; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: application/pgp-encrypted"
                b"\r\n\r\n" + version + b"\r\n--b\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\r\n" +
                data + b"\r\n--b--\r\n")
    write("pgp-mime.eml", pgp_mime(b"Version: 1\r\n", crlf))
    write("pgp-mime-signed-inside.eml", pgp_mime(b"Version: 1\r\n", signed.replace(b"\n", b"\r\n")))
    write("pgp-mime-text-inside.eml", pgp_mime(b"Version: 1\r\n", b"Patient: Olga Ivanova\r\n"))
    write("pgp-mime-text-in-control.eml", pgp_mime(b"Version: 1\r\nPatient: Olga Ivanova\r\n", crlf))
    head = b"From: a@clinic.example\r\nSubject: x\r\nContent-Type: text/plain\r\n\r\n"
    write("pgp-inline.eml", head + crlf)
    write("pgp-inline-with-text.eml", head + b"Olga is positive\r\n" + crlf + b"bye\r\n")
    write("pgp-clear-signed.eml", head + clear.replace(b"\n", b"\r\n"))


def smime():
    with tempfile.TemporaryDirectory() as home:
        key, cert = os.path.join(home, "k.pem"), os.path.join(home, "c.pem")
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "3650",
            "-subj", "/CN=Ana/emailAddress=ana@practice.example")
        body = b"Content-Type: text/plain\r\n\r\nsigned words about Olga\r\n"
        head = ["-from", "a@clinic.example", "-to", "ana@practice.example", "-subject", "x"]
        for name, cipher in (("smime-cbc.eml", "-aes256"), ("smime-gcm.eml", "-aes-256-gcm")):
            write(name, run("openssl", "cms", "-encrypt", cipher, *head, cert, input=body))
        write("smime-stream.eml", run("openssl", "cms", "-encrypt", "-aes256", "-stream", *head, cert, input=body))
        sign = ["openssl", "cms", "-sign", "-signer", cert, "-inkey", key, *head]
        write("smime-signed-opaque.eml", run(*sign, "-nodetach", input=body))
        write("smime-signed-clear.eml", run(*sign, input=body))


def pdf():
    from reportlab.lib.pagesizes import letter
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas
    from PIL import Image

    def page(name, text, image=None, **options):
        canvas = Canvas(name, pagesize=letter, invariant=1, **options)
        for row, line in enumerate(text):
            for column, cell in enumerate(line):
                canvas.drawString(72 + 150 * column, 700 - 20 * row, cell)
        if image:
            canvas.drawImage(ImageReader(image), 72, 72, 200, 200)
        canvas.save()
    rows = [("Patient: Zofia Größe", "MRN 20417733"), ("Potassium", "6.1", "high")]
    page("report.pdf", rows)
    page("report-with-logo.pdf", rows, Image.new("L", (300, 100), 200))
    page("report-with-scan.pdf", rows, Image.new("1", (1700, 2200), 1))
    page("scan.pdf", [], Image.new("L", (300, 100), 200))
    page("password.pdf", rows, encrypt=StandardEncryption("secret", "owner"))


def pdf_extras():
    """Forms, notes, information, files in a PDF (pdfattach) and a scanned letter (pdftoppm, both of poppler-utils 22.12)."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas("form.pdf", invariant=1)
    canvas.setTitle("Discharge of Zofia Größe")
    canvas.setSubject("MRN 20417733")
    canvas.setKeywords("potassium")
    canvas.drawString(72, 700, "Intake form")
    canvas.acroForm.textfield(name="dob", value="DOB 04/03/1961", x=72, y=600, width=200, height=20)
    canvas.textAnnotation("Note: HIV positive", [100, 100, 120, 120])
    canvas.save()

    canvas = Canvas("owner-only.pdf", invariant=1,
                    encrypt=StandardEncryption("", "owner", canPrint=0, canCopy=0, canModify=0))
    canvas.drawString(72, 700, "MRN 20417733")
    canvas.save()

    lines = ["Dear Doctor Santos", "Thank you for seeing Zofia Kowalska", "who was born on 04 March 1961",
             "She was admitted with chest pain and shortness of breath", "Her potassium was low and was replaced",
             "Please see her again within two weeks", "With kind regards"]
    with tempfile.TemporaryDirectory() as folder:
        canvas = Canvas(folder + "/letter.pdf", invariant=1)
        canvas.setFont("Helvetica", 14)
        for row, line in enumerate(lines):
            canvas.drawString(72, 700 - 24 * row, line)
        canvas.save()
        subprocess.run(["pdftoppm", "-png", "-mono", "-r", "120", "-singlefile", folder + "/letter.pdf",
                        folder + "/letter"], check=True)
        write("letter.png", open(folder + "/letter.png", "rb").read())
        canvas = Canvas("letter-scan.pdf", invariant=1)
        canvas.drawImage(folder + "/letter.png", 0, 0, 595, 842)
        canvas.save()
        open(folder + "/labs.txt", "w").write("Potassium 6.1")
        subprocess.run(["pdfattach", "-replace", "report.pdf", folder + "/labs.txt", "with-file.pdf"], check=True)


def bombs():
    """What grows: a zip in a zip of 200 MB of zeros, and the shape of billion laughs."""
    import io
    import zipfile
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("zeros.txt"), b"0" * 200_000_000, zipfile.ZIP_DEFLATED)
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("inner.zip"), inner.getvalue(), zipfile.ZIP_DEFLATED)
    write("bomb.zip", outer.getvalue())


if __name__ == "__main__":
    import sys
    if len(sys.argv) > 1:
        globals()[sys.argv[1]]()
        sys.exit()
    pdf()
    pdf_extras()
    bombs()
    plain()
    alternatives()
    headers()
    file_names()
    charsets()
    open_pgp()
    smime()
