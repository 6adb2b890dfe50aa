# SPDX-License-Identifier: Apache-2.0
"""The licence on the first line, no notes to oneself, and nothing that an editor or a merge left behind."""
import re
import subprocess

import tree

SPDX = "SPDX-License-Identifier: Apache-2.0"
CODE = (".cc", ".h", ".py", ".cmake", ".sh", ".toml", ".cf", ".in", ".mc", ".service", ".sysusers", ".tmpfiles", ".1",
        ".5", ".8", "CMakeLists.txt", "Makefile")

_NOTE = re.compile(r"\b(" + "TO" + r"DO|FIX" + r"ME)\b|(//|#|\*|;)\s*X" + r"XX\b")


_LEFT = (".orig", ".rej", ".bak", ".swp", "~")


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


def leftovers(root):
    """Of the files that git has; of all, where there is no git."""
    listed = subprocess.run(["git", "-c", f"safe.directory={root}", "-C", root, "ls-files", "-z"], capture_output=True)
    paths = listed.stdout.decode(errors="replace").split("\0") if listed.returncode == 0 else tree.files(root)
    return [f"{path}: what an editor or a merge left behind" for path in paths if path.endswith(_LEFT)]


def complaints(root):
    return licence(root) + notes(root) + leftovers(root)
