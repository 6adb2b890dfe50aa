# SPDX-License-Identifier: Apache-2.0
"""Makes pictures of pages small: of a browser's PNG (RGB, not interlaced) one with a palette."""
import collections
import struct
import zlib

COLOURS = 64
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def _chunks(data):
    at = len(SIGNATURE)
    while at < len(data):
        length, = struct.unpack_from(">I", data, at)
        yield data[at + 4:at + 8], data[at + 8:at + 8 + length]
        at += 12 + length


def _chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _paeth(left, above, corner):
    guess = left + above - corner
    by_left, by_above, by_corner = abs(guess - left), abs(guess - above), abs(guess - corner)
    return left if by_left <= by_above and by_left <= by_corner else above if by_above <= by_corner else corner


def _line(kind, line, before):
    for x in range(len(line)):
        left, above, corner = (line[x - 3], before[x], before[x - 3]) if x >= 3 else (0, before[x], 0)
        more = (0, left, above, (left + above) >> 1, _paeth(left, above, corner) if kind == 4 else 0)[kind]
        line[x] = (line[x] + more) & 255
    return line


def _lines(raw, width):
    size, before = 3 * width, bytearray(3 * width)
    for at in range(0, len(raw), size + 1):
        line = bytearray(raw[at + 1:at + 1 + size])
        before = _line(raw[at], line, before) if raw[at] else line
        yield before


def smaller(data):
    """The most frequent colours stay as they are, each other one becomes the nearest of them."""
    parts = list(_chunks(data))
    header = next(content for kind, content in parts if kind == b"IHDR")
    width, height = struct.unpack(">II", header[:8])
    if header[8:] != bytes((8, 2, 0, 0, 0)):
        raise ValueError("not an RGB picture of eight bits")
    raw = zlib.decompress(b"".join(content for kind, content in parts if kind == b"IDAT"))
    pixels = [list(zip(line[0::3], line[1::3], line[2::3])) for line in _lines(raw, width)]
    counted = collections.Counter(pixel for line in pixels for pixel in line)
    palette = [colour for colour, _ in counted.most_common(COLOURS)]
    index = {colour: min(range(len(palette)), key=lambda each: sum((one - other) ** 2 for one, other
                                                                    in zip(palette[each], colour)))
             for colour in counted}
    packed = zlib.compress(b"".join(b"\0" + bytes(index[pixel] for pixel in line) for line in pixels), 9)
    return (SIGNATURE + _chunk(b"IHDR", struct.pack(">II", width, height) + bytes((8, 3, 0, 0, 0)))
            + _chunk(b"PLTE", b"".join(map(bytes, palette))) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b""))
