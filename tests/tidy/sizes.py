# SPDX-License-Identifier: Apache-2.0
"""Files under 400 lines, functions under 60."""
import re

import tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 60

_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b[^()=]*$")


def long_files(root):
    out = []
    for path in tree.files(root, ".cc", ".h", ".py", ".sh", ".cmake"):
        lines = tree.read(root, path).count("\n")
        if lines >= LONGEST_FILE:
            out.append(f"{path}: {lines} lines; a file has less than {LONGEST_FILE}: find the seam and make it two")
    return out


def _kind(before):
    """What a brace opens, by the text of its statement so far: a scope, a function or a value."""
    text = before.strip()
    if not text or _SCOPE.search(text):
        return "scope"
    if ")" not in text or re.search(r"(=|,|\(|\breturn)$", text):
        return "value"
    # A member initialiser: `: size_{0}`; the function's own brace comes behind a ')' , a '}' or a qualifier.
    if re.search(r"\)\s*(noexcept\s*)?:[^:].*\b\w+$", text, re.DOTALL):
        return "value"
    return "function"


def functions(text):
    """(first line, last line) of every function that does not stand inside another one."""
    code = tree.code_only(text)
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda match: "\n" * match.group().count("\n"), code,
                  flags=re.MULTILINE)
    found, stack, start, line = [], [], 0, 1
    for position, c in enumerate(code):
        if c == "\n":
            line += 1
        elif c == "{":
            kind = "inside" if any(k != "scope" for k, _ in stack) else _kind(code[start:position])
            begun = line - code[start:position].lstrip().count("\n")
            stack.append((kind, begun))
            if kind == "scope":
                start = position + 1
        elif c == "}" and stack:
            kind, begun = stack.pop()
            if kind == "function":
                found.append((begun, line))
            if kind in ("scope", "function"):
                start = position + 1
        elif c == ";" and all(k == "scope" for k, _ in stack):
            start = position + 1
    return found


def long_functions(root):
    out = []
    for path in tree.files(root, ".cc", ".h"):
        for first, last in functions(tree.read(root, path)):
            if last - first + 1 >= LONGEST_FUNCTION:
                out.append(f"{path}:{first}: a function of {last - first + 1} lines; it has less than "
                           f"{LONGEST_FUNCTION}: name its steps")
    return out


def complaints(root):
    return long_files(root) + long_functions(root)
