# SPDX-License-Identifier: Apache-2.0
"""Files under 400 lines, functions under 60. Tables of values inside a function are data, and do not count."""
import re

import tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 60

_TABLE = re.compile(r"(=|[\w\]>] k[A-Z]\w*)\s*$")
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
    """(first line, lines that count) of every function that does not stand inside another one."""
    code = tree.code_only(text)
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda match: "\n" * match.group().count("\n"), code,
                  flags=re.MULTILINE)
    found, stack, start, line, tables = [], [], 0, 1, 0
    for position, c in enumerate(code):
        if c == "\n":
            line += 1
        elif c == "{":
            if any(kind != "scope" for kind, _ in stack):
                in_table = any(kind == "table" for kind, _ in stack)
                stack.append(("table" if not in_table and _TABLE.search(code[:position]) else "inside", line))
                continue
            kind = _kind(code[start:position])
            stack.append((kind, line - code[start:position].lstrip().count("\n")))
            if kind == "scope":
                start = position + 1
        elif c == "}" and stack:
            kind, begun = stack.pop()
            if kind == "table":
                tables += line - begun
            if kind == "function":
                found.append((begun, line - begun + 1 - tables))
                tables = 0
            if kind in ("scope", "function"):
                start = position + 1
        elif c == ";" and all(k == "scope" for k, _ in stack):
            start = position + 1
    return found


def long_functions(root):
    out = []
    for path in tree.files(root, ".cc", ".h"):
        for first, lines in functions(tree.read(root, path)):
            if lines >= LONGEST_FUNCTION:
                out.append(f"{path}:{first}: a function of {lines} lines; it has less than {LONGEST_FUNCTION}: name its "
                           "steps")
    return out


def complaints(root):
    return long_files(root) + long_functions(root)
