# SPDX-License-Identifier: Apache-2.0
"""The licence on the first line, and no notes to oneself."""
import re

import tree

SPDX = "SPDX-License-Identifier: Apache-2.0"
CODE = (".cc", ".h", ".py", ".cmake", ".sh", ".toml", ".cf", ".in", ".mc", ".service", ".sysusers", ".tmpfiles", ".1",
        ".5", ".8", "CMakeLists.txt", "Makefile")

_NOTE = re.compile(r"\b(" + "TO" + r"DO|FIX" + r"ME)\b|(//|#|\*|;)\s*X" + r"XX\b")


def licence(root):
    """Behind what must stand first: #! of a script, '\\" of a manual with tables, divert of an m4 file."""
    out = []
    for path in tree.files(root, *CODE):
        lines = tree.read(root, path).splitlines()
        first = lines[1:2] if lines and lines[0].startswith(("#!", "'\\\"", "divert(")) else lines[:1]
        if not first or SPDX not in first[0]:
            out.append(f"{path}:1: the first line must say {SPDX} (the second one behind #!)")
    return out


def notes(root):
    out = []
    for path in tree.files(root, *CODE):
        for number, line in enumerate(tree.read(root, path).splitlines(), 1):
            if _NOTE.search(line):
                out.append(f"{path}:{number}: a note to oneself; do it now, or write an issue")
    return out


def complaints(root):
    return licence(root) + notes(root)
