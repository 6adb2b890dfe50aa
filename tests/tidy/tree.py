# SPDX-License-Identifier: Apache-2.0
"""The files of the source tree, and C++ text without what is not code."""
import os
import re

NOT_SOURCE = ("build", ".git", ".cache", "__pycache__")


def files(root, *endings):
    """Paths relative to root, sorted; all files when no ending is given."""
    found = []
    for folder, folders, names in os.walk(root):
        at_top = os.path.samefile(folder, root)
        folders[:] = sorted(name for name in folders
                            if name not in NOT_SOURCE and not (at_top and name.startswith("build")))
        for name in names:
            if not endings or name.endswith(endings):
                found.append(os.path.relpath(os.path.join(folder, name), root))
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


_NOT_CODE = re.compile(
    r'R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)"'  # raw strings
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'"  # characters; 1'000 is a number
    r"|//[^\n]*|/\*.*?\*/", re.DOTALL)


def code_only(text):
    """Strings become "" and comments blanks; every line end stays, so that line numbers do."""
    def replace(match):
        lines = "\n" * match.group().count("\n")
        return ('""' if match.group()[0] in "R\"'" else " ") + lines
    return _NOT_CODE.sub(replace, text)
