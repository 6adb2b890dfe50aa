#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the archives and office documents beside it, with other people's tools: Python's zipfile and tarfile, 7-Zip,
genisoimage, gcab, xz, zstd, python-docx, openpyxl, XlsxWriter, odfpy.

Made with Debian 12's Python 3.11.2, 7zip 22.01, genisoimage 1.1.11, gcab 1.5, xz 5.4.1, zstd 1.5.4, python3-docx 0.8.11,
python3-openpyxl 3.0.9, python3-xlsxwriter 3.0.2, python3-odf 1.4.2. All people are invented. Run it in this folder.
damaged.cab is plain.cab with random changes, found by a fuzzer.
"""
import datetime
import gzip
import io
import os
import struct
import subprocess
import tarfile
import tempfile
import zipfile
import zlib

NOTE = "Patient: Olga Ivanova\nMRN 48205517, potassium 6.1\n"


def save(name, data):
    with open(name, "wb") as out:
        out.write(data)


def zip_of(files, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 2, 10, 0, 0)), data)
    return buffer.getvalue()


def zips():
    plain = zip_of([("Ärzte/Befund.txt", NOTE), ("table.csv", "name,mrn\nOlga,48205517\n")])
    save("plain.zip", plain)
    save("prefixed.zip", b"#!/bin/sh\nexit 1\n" + plain)
    save("nested.zip", zip_of([("inner.zip", plain), ("mail.eml", "Subject: Olga\r\n\r\npotassium 6.1\r\n")]))
    # A file that only the headers before the files show, and the first zip behind it.
    hidden = zip_of([("hidden.txt", "Olga's potassium\n")])
    save("hidden-local.zip", hidden[:hidden.index(b"PK\x01\x02")] + zip_of([("shown.txt", "nothing\n")]))
    save("no-directory.zip", plain[:plain.index(b"PK\x01\x02")])
    commented = io.BytesIO()
    with zipfile.ZipFile(commented, "w") as archive:
        archive.writestr("a.txt", "a\n")
        archive.comment = b"MRN 48205517"
    save("comment.zip", commented.getvalue())
    # Names that only one of the two lists gives.
    save("two-names.zip", zip_of([("safe.txt", NOTE)]).replace(b"safe.txt", b"Olga.txt", 1))
    # Written to a pipe: the sizes stand behind the files.
    class Pipe(io.BytesIO):
        def seekable(self):
            return False
        def seek(self, *_):
            raise OSError
        def tell(self):
            raise OSError
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("note.txt", NOTE)
        archive.writestr("more.txt", "more\n")
    save("streamed.zip", pipe.getvalue())


def with_tools():
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "Größe.txt"), "w", encoding="utf-8") as out:
            out.write(NOTE)

        def run(*command):
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        here = os.getcwd()
        for name, options in [("plain.7z", []), ("encrypted.7z", ["-psecret"]), ("encrypted-names.7z", ["-psecret", "-mhe"]),
                              ("encrypted.zip", ["-tzip", "-psecret"]),
                              ("encrypted-aes.zip", ["-tzip", "-psecret", "-mem=AES256"])]:
            if os.path.exists(name):
                os.remove(name)
            run("7zz", "a", *options, os.path.join(here, name), "Größe.txt")
        run("genisoimage", "-quiet", "-J", "-o", os.path.join(here, "plain.iso"), "Größe.txt")
        run("gcab", "-c", os.path.join(here, "plain.cab"), "Größe.txt")
        for tool, ending in [("xz", "xz"), ("bzip2", "bz2"), ("zstd", "zst"), ("gzip", "gz")]:
            with open(os.path.join(folder, "note.txt"), "w", encoding="utf-8") as out:
                out.write(NOTE)
            run(tool, "-f", "note.txt")
            with open(os.path.join(folder, "note.txt." + ending), "rb") as made:
                save("note.txt." + ending, made.read())


def iso_is_small():
    # What genisoimage pads an image with says nothing.
    with open("plain.iso", "rb") as file:
        data = file.read().rstrip(b"\0")
    save("plain.iso.gz", gzip.compress(data + b"\0" * (-len(data) % 2048), 9, mtime=0))
    os.remove("plain.iso")


def tars():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("Ärzte/" + "long" * 40 + ".txt")
        info.size = len(NOTE)
        archive.addfile(info, io.BytesIO(NOTE.encode()))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "Olga.txt"
        archive.addfile(link)
    data = buffer.getvalue()
    save("plain.tar.gz", gzip.compress(data, 9, mtime=0))
    save("v7.tar.gz", gzip.compress(old_tar(), 9, mtime=0))


def old_tar():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        info = tarfile.TarInfo("old.txt")
        info.size = len(NOTE)
        archive.addfile(info, io.BytesIO(NOTE.encode()))
    data = bytearray(buffer.getvalue())
    data[257:265] = bytes(8)  # before ustar there was no magic word
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


def tar_of(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), 9, mtime=0)


def past_limits():
    for levels in (8, 9):
        data = NOTE
        for level in range(levels):
            data = zip_of([("note.txt" if level == 0 else f"{level}.zip", data)])
        save(f"deep-{levels}.zip", data)
    for count in (4999, 5001):
        save(f"many-{count}.tar.gz", tar_of([(f"{i}.txt", b"%d." % i) for i in range(count)]))
    lines = (NOTE * 60000).encode()
    save("ratio-ok.gz", gzip.compress(lines, 9, mtime=0))
    save("ratio.gz", gzip.compress(lines * 2, 9, mtime=0))
    # Each of them is within its ratio, all together are not within the message's.
    save("total.tar.gz", tar_of([(f"{i}.gz", gzip.compress(bytes(3 << 20), 9, mtime=0)) for i in range(50)]))


def rar(encrypted):
    """By hand, by RARLAB's technote.txt for version 1.5 to 4: no program of Debian writes them."""
    def block(kind, flags, rest):
        body = struct.pack("<BHH", kind, flags, 7 + len(rest)) + rest
        return struct.pack("<H", zlib.crc32(body) & 0xFFFF) + body
    data = NOTE.encode()
    name = b"note.txt"
    stored = struct.pack("<IIBIIBBHI", len(data), len(data), 3, zlib.crc32(data), 0x5C625000, 20, 0x30, len(name), 0o644)
    return (b"Rar!\x1a\x07\x00" + block(0x73, 0, bytes(6)) + block(0x74, 0x8000 | (4 if encrypted else 0), stored + name)
            + data + block(0x7B, 0, b""))


def rars():
    save("plain.rar", rar(False))
    save("encrypted.rar", rar(True))


def encrypted_odt():
    """What LibreOffice writes: the parts are random bytes, the manifest says how they became so."""
    manifest = ('<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
                '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml" manifest:size="9">'
                '<manifest:encryption-data manifest:checksum-type="SHA256/1K" manifest:checksum="x"/>'
                '</manifest:file-entry></manifest:manifest>')
    save("encrypted.odt", zip_of([("mimetype", "application/vnd.oasis.opendocument.text"),
                                  ("content.xml", bytes(range(1, 128))), ("META-INF/manifest.xml", manifest)]))


def powerpoint():
    """By LibreOffice 7.4, from an OpenDocument presentation."""
    from odf import draw, presentation, style, table, text
    from odf.opendocument import OpenDocumentPresentation
    slides = OpenDocumentPresentation()
    layout = style.PageLayout(name="layout")
    slides.automaticstyles.addElement(layout)
    master = style.MasterPage(name="master", pagelayoutname=layout)
    slides.masterstyles.addElement(master)
    slide = draw.Page(name="first", masterpagename=master)
    frame = draw.Frame(width="10cm", height="2cm", x="1cm", y="1cm")
    box = draw.TextBox()
    line = text.P(text="Pota")
    line.addElement(text.Span(text="ssium"))
    box.addElement(line)
    frame.addElement(box)
    slide.addElement(frame)
    frame = draw.Frame(width="10cm", height="2cm", x="1cm", y="4cm")
    grid = table.Table()
    grid.addElement(table.TableColumn(numbercolumnsrepeated=2))
    row = table.TableRow()
    for value in ("Na", "131"):
        cell = table.TableCell()
        cell.addElement(text.P(text=value))
        row.addElement(cell)
    grid.addElement(row)
    frame.addElement(grid)
    slide.addElement(frame)
    notes = presentation.Notes()
    frame = draw.Frame(width="10cm", height="2cm", x="1cm", y="1cm")
    box = draw.TextBox()
    box.addElement(text.P(text="notes on Olga"))
    frame.addElement(box)
    notes.addElement(frame)
    slide.addElement(notes)
    slides.presentation.addElement(slide)
    with tempfile.TemporaryDirectory() as folder:
        slides.save(os.path.join(folder, "slides.odp"))
        subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{folder}/user", "--convert-to", "pptx",
                        "--outdir", folder, os.path.join(folder, "slides.odp")], check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(folder, "slides.pptx"), "rb") as file:
            save("slides.pptx", slim(file.read()))


def word():
    import docx
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls
    document = docx.Document()
    document.core_properties.title = "Report on Olga"
    document.core_properties.author = "Dr. Núñez"
    document.sections[0].header.paragraphs[0].text = "Header: MRN 48205517"
    document.sections[0].footer.paragraphs[0].text = "Footer words"
    paragraph = document.add_paragraph("")
    for piece in ("Pota", "ssi", "um"):
        paragraph.add_run(piece).bold = piece == "ssi"
    paragraph.add_run(" 6.1")
    table = document.add_table(rows=2, cols=3)
    for row, cells in enumerate([("Test", "Result", "Flag"), ("Na", "131", "L")]):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    table.cell(1, 2).add_paragraph("low\tvalue")
    nested = table.cell(1, 0).add_table(rows=1, cols=2)
    nested.cell(0, 0).text, nested.cell(0, 1).text = "inner", "table"
    changed = document.add_paragraph("Patient ")
    changed._p.append(parse_xml(
        f'<w:del {nsdecls("w")} w:id="1" w:author="A"><w:r><w:delText>Olga</w:delText></w:r></w:del>'))
    changed._p.append(parse_xml(
        f'<w:ins {nsdecls("w")} w:id="2" w:author="A"><w:r><w:t>X</w:t></w:r></w:ins>'))
    box = document.add_paragraph("around the box")
    box._p.append(parse_xml(
        f'<w:r {nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml"><w:pict><v:shape alt="drawing of a kidney"><v:textbox>'
        '<w:txbxContent><w:p><w:r><w:t>in the box</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r>'))
    line = document.add_paragraph("first")
    line.add_run().add_break()
    line.add_run("second\tcolumn")
    document.part.relate_to("mailto:olga@patient.example",
                            "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink", is_external=True)
    buffer = io.BytesIO()
    document.save(buffer)
    save("report.docx", slim(buffer.getvalue()))


def slim(package):
    """Without the picture of the first page, and packed as small as can be."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for info in old.infolist():
            if not info.filename.endswith((".jpeg", "theme1.xml", "styles.xml", "stylesWithEffects.xml")) or "xl/" in info.filename:
                new.writestr(zipfile.ZipInfo(info.filename, (2026, 3, 2, 10, 0, 0)), old.read(info), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def excel():
    import xlsxwriter
    book = xlsxwriter.Workbook("book.xlsx")
    book.set_properties({"title": "Visits", "company": "Lakeside Clinic"})
    sheet = book.add_worksheet("Visits")
    sheet.write_row(0, 0, ["Name", "DOB", "SSN", "MRN", "Seen", "Temp"])
    sheet.write(1, 0, "Olga Ivanova")
    sheet.write_datetime(1, 1, datetime.datetime(1961, 3, 4), book.add_format({"num_format": "mm/dd/yyyy"}))
    sheet.write_number(1, 2, 12093456, book.add_format({"num_format": "000-00-0000"}))
    sheet.write_number(1, 3, 48205517)
    sheet.write_datetime(1, 4, datetime.datetime(2026, 3, 2, 14, 30), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
    sheet.write_number(1, 5, 98.6)
    sheet.write(2, 0, "Jo")
    sheet.write(2, 3, "under its heading")
    sheet.write_rich_string(3, 0, "pota", book.add_format({"bold": True}), "ssium")
    sheet.write_boolean(3, 1, True)
    sheet.write_formula(3, 2, '="HIV "&"positive"', None, "HIV positive")
    sheet.write_comment(1, 0, "comment on Olga")
    sheet.write_url(4, 0, "mailto:olga@patient.example", string="mail")
    sheet.set_header('&L&"Arial,Bold"&12header words&RR&&D')
    hidden = book.add_worksheet("Hidden")
    hidden.write(0, 0, "hidden words")
    hidden.hide()
    book.close()
    import openpyxl
    inline = openpyxl.Workbook(write_only=True)
    inline.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    page = inline.create_sheet("Mac")
    page.append(["DOB", datetime.date(1961, 3, 4)])
    buffer = io.BytesIO()
    inline.save(buffer)
    save("mac-1904.xlsx", buffer.getvalue())


def opendocument():
    from odf import dc, draw, office, table, text
    from odf.opendocument import OpenDocumentSpreadsheet, OpenDocumentText
    document = OpenDocumentText()
    document.meta.addElement(dc.Title(text="Report on Olga"))
    paragraph = text.P(text="Pota")
    paragraph.addElement(text.Span(text="ssi"))
    paragraph.addText("um")
    paragraph.addElement(text.S(c=3))
    paragraph.addText("6.1")
    note = office.Annotation()
    note.addElement(text.P(text="comment on Olga"))
    paragraph.addElement(note)
    document.text.addElement(paragraph)
    frame = draw.Frame(width="1cm", height="1cm", anchortype="paragraph")
    box = draw.TextBox()
    box.addElement(text.P(text="in the box"))
    frame.addElement(box)
    around = text.P(text="around the box")
    around.addElement(frame)
    document.text.addElement(around)
    document.save("report.odt")
    save("report.fodt", document.xml() if isinstance(document.xml(), bytes) else document.xml().encode())
    sheets = OpenDocumentSpreadsheet()
    page = table.Table(name="Visits")
    for cells in (["Name", "", "", "MRN"], ["Olga", "", "", "48205517"]):
        row = table.TableRow()
        cell = table.TableCell()
        cell.addElement(text.P(text=cells[0]))
        row.addElement(cell)
        row.addElement(table.TableCell(numbercolumnsrepeated=2))
        cell = table.TableCell()
        cell.addElement(text.P(text=cells[3]))
        row.addElement(cell)
        page.addElement(row)
    row = table.TableRow()
    row.addElement(table.TableCell(valuetype="date", datevalue="1961-03-04"))
    page.addElement(row)
    sheets.spreadsheet.addElement(page)
    sheets.save("visits.ods")


if __name__ == "__main__":
    for make in (zips, with_tools, iso_is_small, tars, past_limits, rars, encrypted_odt, word, excel, opendocument, powerpoint):
        make()
