# SPDX-License-Identifier: Apache-2.0
"""Every TOML file and every Postfix fragment of the tree parses."""
import os
import re
import tomllib

import tree

_SERVICE = re.compile(r"^\S+\s+(inet|unix|unix-dgram|fifo|pass)\s+[yn-]\s+[yn-]\s+[yn-]\s+\S+\s+\S+\s+\S")
_OPTION = re.compile(r"^\s+(-o\s+(\{\s*[\w-]+\s*=.*\}|[\w-]+=\S*)|-v|\w+=\S.*)\s*$")
_PARAMETER = re.compile(r"^[\w-]+\s*=")


def toml(root):
    out = []
    for path in tree.files(root, ".toml", ".toml.in"):
        if "/bad" in path or "/invalid" in path:
            continue
        try:
            tomllib.loads(tree.read(root, path))
        except tomllib.TOMLDecodeError as error:
            out.append(f"{path}: is no TOML: {error}")
    return out


def _logical_lines(text):
    """(line number, text) with what continues joined, comments left out: postconf(5), master(5)."""
    joined = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0] in " \t":
            if not joined:
                yield number, line
                continue
            joined[-1][1].append(line)
        else:
            joined.append((number, [line]))
    yield from ((number, "\n".join(lines)) for number, lines in joined)


def _templates(root, path):
    """bounce(5): name = <<EOF, lines, EOF."""
    begun = None
    for number, line in enumerate(tree.read(root, path).splitlines(), 1):
        if begun is None and line.strip() and not line.lstrip().startswith("#"):
            if not re.match(r"^[\w-]+\s*=\s*<<EOF$", line):
                yield f"{path}:{number}: is not name = <<EOF: {line.strip()[:60]}"
            begun = number
        elif begun is not None and line == "EOF":
            begun = None
    if begun is not None:
        yield f"{path}:{begun}: has no EOF at its end"


def postfix(root):
    out = []
    for path in tree.files(root, ".cf"):
        if os.path.basename(path).startswith("bounce"):
            out += _templates(root, path)
            continue
        is_master = os.path.basename(path).startswith("master")
        for number, line in _logical_lines(tree.read(root, path)):
            first, *options = line.split("\n")
            good = (_SERVICE if is_master else _PARAMETER).match(first)
            if good and is_master:
                good = all(_OPTION.match(option) for option in options)
            if not good:
                what = "a service with its eight columns and -o name=value" if is_master else "name = value"
                out.append(f"{path}:{number}: is not {what}: {first.strip()[:60]}")
    return out


def complaints(root):
    return toml(root) + postfix(root)
