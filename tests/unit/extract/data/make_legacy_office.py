#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the legacy Office files beside it. All people are invented.

letter.doc, letter.rtf, sheet.xls, slides.emf and slides.wmf: LibreOffice 7.4 from the flat files beside them. cells.xls and long-strings.xls:
python3-xlwt 1.3. biff5.xls and mail.msg: the npm packages xlsx 0.18 and @tutao/oxmsg 0.2.3, which node must find. The
others are written here, record by record, and looked at with other people's readers: olefile, catdoc, tnef.
"""
import datetime
import os
import struct
import subprocess
import zlib

import olefile
import xlwt

FREE, END, FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def write(name, data):
    with open(name, "wb") as out:
        out.write(data)


def compound_file(tree):
    """A compound file of version 3: {name: bytes or a tree}."""
    sectors, fat, entries, mini, mini_fat = [], [], [], [], []

    def put(data):
        if not data:
            return END
        first = len(sectors)
        for at in range(0, len(data), 512):
            sectors.append(data[at:at + 512].ljust(512, b"\0"))
            fat.append(len(sectors))
        fat[-1] = END
        return first

    def put_mini(data):
        if not data:
            return END
        first = len(mini)
        for at in range(0, len(data), 64):
            mini.append(data[at:at + 64].ljust(64, b"\0"))
            mini_fat.append(len(mini))
        mini_fat[-1] = END
        return first

    def add(name, kind, start=0, size=0):
        entries.append([name, kind, start, size, FREE, FREE, FREE])
        return len(entries) - 1

    def add_tree(parent, children):
        last = None
        for name, content in sorted(children.items(), key=lambda item: (len(item[0]), item[0].upper())):
            if isinstance(content, dict):
                number = add(name, 1)
                add_tree(number, content)
            else:
                start = put_mini(content) if len(content) < 4096 else put(content)
                number = add(name, 2, start, len(content))
            if last is None:
                entries[parent][6] = number
            else:
                entries[last][5] = number
            last = number

    add_tree(add("Root Entry", 5, END), tree)
    small = b"".join(mini)
    entries[0][2:4] = put(small), len(small)
    mini_table = struct.pack(f"<{len(mini_fat)}I", *mini_fat)
    mini_count, first_mini = -(-len(mini_table) // 512), put(mini_table.ljust(-(-len(mini_table) // 512) * 512, b"\xFF"))
    directory = b""
    for name, kind, start, size, left, right, child in entries:
        wide = name.encode("utf-16le") + b"\0\0"
        directory += wide.ljust(64, b"\0") + struct.pack("<HBBIII", len(wide), kind, 1, left, right, child)
        directory += bytes(36) + struct.pack("<IQ", start, size)
    while len(directory) % 512:
        directory += bytes(68) + struct.pack("<III", FREE, FREE, FREE) + bytes(48)
    first_directory = put(directory)
    count = 1
    while (len(fat) + count) * 4 > count * 512:
        count += 1
    places = list(range(len(sectors), len(sectors) + count))
    table = fat + [FAT_SECTOR] * count
    table += [FREE] * (count * 128 - len(table))
    header = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, count, first_directory, 0, 4096, first_mini, mini_count, END, 0)
    header += struct.pack("<109I", *(places + [FREE] * (109 - count)))
    return header + b"".join(sectors) + struct.pack(f"<{len(table)}I", *table)


def office():
    for source, target in (("letter.fodt", 'doc:MS Word 97'), ("letter.fodt", "rtf"), ("sheet.fods", 'xls:MS Excel 97'),
                           ("slides.fodp", "emf"), ("slides.fodp", "wmf")):
        subprocess.run(["soffice", "--headless", "--convert-to", target, source], check=True)


def cells():
    book = xlwt.Workbook(encoding="utf-8")
    sheet, hidden = book.add_sheet("Patients Ω"), book.add_sheet("Hidden")
    hidden.visibility = 1
    hidden.write(0, 0, "HiddenSheetWord")
    for column, title in enumerate(["Name", "DOB", "SSN", "MRN", "Phone", "Charge", "Share", "Seen"]):
        sheet.write(0, column, title)
    sheet.write(1, 0, "Zoë Quigley")
    row = [(datetime.date(1961, 3, 4), "MM/DD/YYYY"), (12345678, "000-00-0000"), (48151, "00000000"),
           (6145550143, "[<=9999999]###-####;(###) ###-####"), (-1234.5, "$#,##0.00_);($#,##0.00)"), (0.125, "0.0%"),
           (datetime.datetime(2024, 2, 29, 15, 4), "d-mmm-yy h:mm AM/PM")]
    for column, (value, form) in enumerate(row, 1):
        sheet.write(1, column, value, xlwt.easyxf(num_format_str=form))
    for column, value in enumerate([1, 2, 3.25, True]):
        sheet.write(3, column, value)
    book.save("cells.xls")
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Long")
    for number in range(60):
        sheet.write(number, 0, f"row{number}-" + ("é" if number % 3 else "Ж") * (200 + number) + f"-end{number}")
    book.save("long-strings.xls")


NODE = """
const fs = require('fs'), sheets = require('xlsx'), {Email, Attachment} = require('@tutao/oxmsg');
const sheet = sheets.utils.aoa_to_sheet([['Name', 'DOB', 'SSN', 'MRN'],
  ['Oswald Quigley', new Date(1961, 2, 4), 12345678, 48151], ['second', null, 1.5, true]], {dateNF: 'mm/dd/yyyy'});
sheet.C2.z = '000-00-0000';
const book = sheets.utils.book_new();
sheets.utils.book_append_sheet(book, sheet, 'Patients');
sheets.writeFile(book, 'biff5.xls', {bookType: 'biff5'});
const mail = new Email(false, false).subject('Results for Oswald Quigley').sender('nurse@clinic.example', 'Nurse Poole')
  .to('quigley@patients.example', 'Oswald Quigley').cc('lab@lab.example', 'The Lab')
  .bodyText('BodyWord goitre na\\u00EFve \\u041F\\u0440\\u0438\\u0432\\u0435\\u0442').bodyFormat(2)
  .bodyHtml('<html><body><p>HtmlWord <b>thyro</b>id</p></body></html>').sentOn(new Date('2024-01-02T03:04:05Z'))
  .headers('Received: from x\\r\\nX-Chart: HeaderWord\\r\\n');
mail.attach(new Attachment(new Uint8Array(Buffer.from('AttachmentWord TSH 9.1\\n')), 'result.txt', '<cid1>'));
fs.writeFileSync('mail.msg', mail.msg());
"""


def by_node():
    write("make.cjs", NODE.encode())
    subprocess.run(["node", "make.cjs"], check=True)
    os.remove("make.cjs")


def record(kind, body, version=0, instance=0):
    return struct.pack("<HHI", instance << 4 | version, kind, len(body)) + body


def slides():
    """[MS-PPT]: a slide, its notes, a comment, an embedded object."""
    text = record(0x0FA0, "SlideWord Oswald Quigley\rsecond Γειά line".encode("utf-16le"))
    low = record(0x0FA8, "Latin na\u00EFve".encode("latin-1"))
    slide = record(0x03EE, record(0xF00D, text + low, 15), 15)
    notes = record(0x03F0, record(0xF00D, record(0x0FA0, "NotesWord goitre".encode("utf-16le")), 15), 15)
    comment = record(0x2EE0, record(0x0FBA, "CommentWord".encode("utf-16le"), 0, 1), 15)
    inner = compound_file({"\x01Ole10Native": native("inside.txt", b"InsideWord TSH 9.1\n")})
    packed = record(0x1011, struct.pack("<I", len(inner)) + zlib.compress(inner), 0, 1)
    document = record(0x03E8, comment, 15) + slide + notes + packed
    user = record(0x0FF6, struct.pack("<IIIHHBBH", 0x14, 0xE391C05F, len(document), 0, 0x03F4, 3, 0, 0))
    write("slides.ppt", compound_file({"PowerPoint Document": document, "Current User": user}))
    locked = record(0x0FF6, struct.pack("<IIIHHBBH", 0x14, 0xF3D1C4DF, len(document), 0, 0x03F4, 3, 0, 0))
    write("encrypted.ppt", compound_file({"PowerPoint Document": os.urandom(600), "Current User": locked}))


def native(name, data):
    """The stream \\1Ole10Native of a packaged file."""
    path = b"C:\\scans\\" + name.encode() + b"\0"
    body = struct.pack("<H", 2) + name.encode() + b"\0" + path + struct.pack("<HHI", 0, 3, len(path)) + path
    body += struct.pack("<I", len(data)) + data
    return struct.pack("<I", len(body)) + body


def word():
    """letter.doc again, with an object in it, and as an encrypted one."""
    letter = olefile.OleFileIO("letter.doc")
    streams = {name[0]: letter.openstream(name).read() for name in letter.listdir() if len(name) == 1}
    pool = {"ObjectPool": {"_1234": {"\x01Ole10Native": native("chart.txt", b"ChartWord 48151623\n")}}}
    write("object.doc", compound_file({**streams, **pool}))
    main = bytearray(streams["WordDocument"])
    main[11] |= 1  # fEncrypted
    write("encrypted.doc", compound_file({**streams, "WordDocument": bytes(main)}))
    write("encrypted.docx", compound_file({"EncryptionInfo": os.urandom(300), "EncryptedPackage": os.urandom(900)}))
    # Word 6 and 95: fcMin, fcMac, ccpText; the text in one run of bytes.
    text = b"Word95Word Oswald Quigley\rName\x07DOB\x07\x07Quigley\x0703/04/1961\x07\x07End na\xEFve.\r"
    fib = bytearray(0x300)
    struct.pack_into("<HHHHHH", fib, 0, 0xA5DC, 0x65, 0, 0x409, 0, 0)
    struct.pack_into("<II", fib, 0x18, 0x300, 0x300 + len(text))
    struct.pack_into("<I", fib, 0x34, len(text))
    write("word95.doc", compound_file({"WordDocument": bytes(fib) + text}))
    locked = struct.pack("<HHHHHHHH", 0x809, 16, 0x600, 5, 0, 0, 0, 0) + bytes(4)
    locked += struct.pack("<HHHH", 0x2F, 4, 1, 0) + os.urandom(600)
    write("encrypted.xls", compound_file({"Workbook": locked}))


def tnef():
    """[MS-OXTNEF]: a mail with two bodies, a recipient, an attachment and a mail inside."""
    def attribute(level, number, data):
        return struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    def value(data):
        return struct.pack("<II", 1, len(data)) + data + bytes(-len(data) % 4)

    def wide(number, text):
        return struct.pack("<HH", 0x1F, number) + value(text.encode("utf-16le") + b"\0\0")

    def properties(*rows):
        return struct.pack("<I", len(rows)) + b"".join(rows)

    def stream(*attributes):
        page = attribute(1, 0x00069007, struct.pack("<II", 1252, 0))
        return struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x00089006, struct.pack("<I", 0x10000)) + page + \
            b"".join(attributes)

    # Compressed RTF that is [MS-OXRTFCP]'s own example: "{\rtf1\ansi\ansicpg1252\pard hello world}".
    rtf = bytes.fromhex("2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c0900206277"
                        "05b06c647d0a800fa0")
    html = "<p>HtmlWord thyroid</p>".encode()
    named = struct.pack("<HH", 0x1F, 0x8001) + bytes(16) + struct.pack("<II", 0, 0x8208) + \
        value("PlaceWord Room 4".encode("utf-16le"))
    inner = stream(attribute(1, 0x00069003, properties(wide(0x37, "InnerSubjectWord"), wide(0x1000, "InnerBodyWord"))))
    interface = bytes.fromhex("0703020000000000c000000000000046")
    begins = attribute(2, 0x00069002, struct.pack("<HIIII", 1, 0xFFFFFFFF, 32, 32, 0)[:14])
    write("winmail.dat", stream(
        attribute(1, 0x00018004, b"SubjectWord Oswald\0"),
        attribute(1, 0x00069003, properties(
            wide(0x0C1A, "Nurse Poole"), wide(0x1000, "BodyWord goitre Привет"), named,
            struct.pack("<HH", 0x0102, 0x1013) + value(html), struct.pack("<HH", 0x0102, 0x1009) + value(rtf))),
        attribute(1, 0x00069004, struct.pack("<I", 1) + properties(
            struct.pack("<HHI", 3, 0x0C15, 1), wide(0x3001, "Oswald Quigley"), wide(0x39FE, "quigley@patients.example"))),
        begins, attribute(2, 0x00018010, b"RESULT~1.TXT\0"), attribute(2, 0x0006800F, b"AttachmentWord TSH 9.1\n"),
        attribute(2, 0x00069005, properties(wide(0x3707, "résultat.txt"))),
        begins, attribute(2, 0x00018010, b"message\0"),
        attribute(2, 0x00069005, properties(struct.pack("<HH", 0x0D, 0x3701) + value(interface + inner)))))


def contact():
    """[MS-OXMSG]: a contact with an appointment inside, whose times are named properties."""
    def stored(**values):
        return {f"__substg1.0_{number[1:]}001F": text.encode("utf-16le") for number, text in values.items()}

    def time(number, moment):
        ticks = int((moment - datetime.datetime(1601, 1, 1)).total_seconds() * 10_000_000)
        return struct.pack("<HHIQ", 0x40, number, 6, ticks)

    names = {"__substg1.0_00030102": struct.pack("<IHH", 0x820D, 6, 0)}
    meeting = {"__properties_version1.0": bytes(24) + time(0x8000, datetime.datetime(2024, 2, 29, 15, 4)),
               **stored(_001A="IPM.Appointment", _0037="MeetingWord follow-up", _1000="bring the TSH result")}
    write("contact.msg", compound_file({
        "__properties_version1.0": bytes(32) + time(0x3A42, datetime.datetime(1961, 3, 4, 5)),
        "__nameid_version1.0": names,
        "__attach_version1.0_#00000000": {"__properties_version1.0": bytes(8), "__substg1.0_3701000D": meeting,
                                          **stored(_3001="MeetingWord")},
        **stored(_001A="IPM.Contact", _3001="Oswald Quigley", _3A1C="614-555-0143", _3A15="12 Elm St, Dayton",
                 _3A07="212-34-5678", _3A16="Quigley Farms", _3A48="Wanda Quigley", _1000="allergic to penicillin")}))


def look():
    for name in ("slides.ppt", "object.doc", "word95.doc", "encrypted.docx", "mail.msg", "contact.msg", "biff5.xls"):
        print(name, olefile.OleFileIO(name).listdir())
    for command in ("catdoc object.doc", "tnef -t winmail.dat"):
        print(command, subprocess.run(command.split(), capture_output=True, check=True).stdout.decode(errors="replace"))


if __name__ == "__main__":
    office()
    cells()
    by_node()
    slides()
    word()
    tnef()
    contact()
    look()
