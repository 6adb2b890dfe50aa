#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the files beside it with other people's programs: dump2dcm (dcmtk 3.6.7), uuencode
(sharutils 4.15.2) and binhex (macutils 2.0b3). yEnc is written here after its draft 1.3, since no
program in Debian writes it. Nobody in them is real."""

import os
import subprocess
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
NOTE = "Patient: Zelda Fitzwater\nMRN 48151623\nmetformin 500 mg\n"

HEADER = """
(0008,0005) CS [ISO_IR 100]
(0008,0016) UI =CTImageStorage
(0008,0018) UI [1.2.3.4.5]
(0008,0020) DA [20240105]
(0008,0050) SH [ACC9]
(0008,0090) PN [Welby^Marcus]
(0008,1030) LO [CT abdomen]
(0010,0010) PN [Fitzwater^Zeld\u00e1^Q]
(0010,0020) LO [48151623]
(0010,0030) DA [19610304]
(0010,1040) LO [12 Oak St Omaha]
(0010,21b0) LT [metformin]
(0032,1032) PN [House^Greg]
(0040,0275) SQ
(fffe,e000) na
(0040,0007) LO [Abdomen with contrast]
(fffe,e00d) na
(fffe,e0dd) na
"""
PIXELS = "(7fe0,0010) OW 0000\\0000\n"
REMOVED = "(0012,0062) CS [YES]\n"


def path(name):
    return os.path.join(HERE, name)


def dicom(name, options, text):
    with tempfile.NamedTemporaryFile("wb", suffix=".dump") as dump:
        dump.write(text.encode("latin-1"))
        dump.flush()
        subprocess.run(["dump2dcm", *options, dump.name, path(name)], check=True)


def yenc(data, name):
    out = bytearray()
    for byte in data:
        value = (byte + 42) % 256
        if value in (0, 9, 10, 13, 61):
            out += bytes([61, (value + 64) % 256])
        else:
            out.append(value)
    lines = [bytes(out[i:i + 128]) for i in range(0, len(out), 128)]
    # No line may end in the escape character.
    assert not any(line.endswith(b"=") for line in lines)
    return (b"=ybegin line=128 size=%d name=%s\r\n" % (len(data), name)
            + b"\r\n".join(lines) + b"\r\n"
            + b"=yend size=%d crc32=%08x\r\n" % (len(data), zlib.crc32(data)))


def main():
    dicom("explicit.dcm", ["+te"], HEADER + PIXELS)
    dicom("implicit.dcm", ["+ti"], HEADER)
    dicom("big-endian.dcm", ["+tb"], HEADER)
    dicom("no-preamble-explicit.dcm", ["-F", "+te"], HEADER)
    dicom("no-preamble-implicit.dcm", ["-F", "+ti"], HEADER)
    dicom("deflated.dcm", ["+td"], HEADER)
    dicom("removed.dcm", ["+te"], HEADER + REMOVED)

    for name, options in (("note.uu", []), ("note.b64uu", ["-m"])):
        done = subprocess.run(["uuencode", *options, "note for you.txt"], input=NOTE.encode(),
                              capture_output=True, check=True)
        with open(path(name), "wb") as out:
            out.write(done.stdout)

    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "note.txt"), "w", encoding="ascii") as note:
            note.write(NOTE)
        done = subprocess.run(["binhex", "-d", "note.txt"], cwd=folder, capture_output=True,
                              check=True)
        with open(path("note.hqx"), "wb") as out:
            out.write(done.stdout.replace(b"\r", b"\n"))

    with open(path("note.yenc"), "wb") as out:
        out.write(yenc(NOTE.encode() + bytes(range(256)), b"note 1.bin"))


if __name__ == "__main__":
    main()
