# SPDX-License-Identifier: Apache-2.0
"""A test that is in no target never fails: every *_test.cc must be in one, and what a document cites must be there."""
import os
import re

import tree


CITING = "docs/portal-security.md"


def _cited_unit(root, text):
    known = {f"{suite}.{name}" for path in tree.files(root, "_test.cc")
             for suite, name in re.findall(r"\bTEST(?:_F|_P)?\((\w+),\s*(\w+)\)", tree.read(root, path))}
    for cited in re.findall(r"`([A-Z]\w+\.(?:[A-Z]\w*(?:\.\.\.|\*)?|\*))`", text):
        start = cited.rstrip(".*") if cited.endswith(("...", "*")) else None
        if not (any(name.startswith(start) for name in known) if start else cited in known):
            yield f"{CITING}: there is no test {cited}"


def _cited_suites(root, text):
    for suite, name in re.findall(r"`suites/(\w+)\.py`(?: ([a-z]+(?:_[a-z]+)+))?", text):
        path = f"tests/e2e/suites/{suite}.py"
        if not os.path.exists(os.path.join(root, path)):
            yield f"{CITING}: there is no {path}"
        elif name and f"def test_{name}" not in tree.read(root, path):
            yield f"{CITING}: there is no test_{name} in {path}"


def cited(root):
    if not os.path.exists(os.path.join(root, CITING)):
        return []
    text = tree.read(root, CITING)
    return [*_cited_unit(root, text), *_cited_suites(root, text)]


def complaints(root):
    out = cited(root)
    for path in tree.files(root, "_test.cc"):
        folder, name = os.path.split(path)
        lists = os.path.join(folder, "CMakeLists.txt")
        known = tree.read(root, lists) if os.path.exists(os.path.join(root, lists)) else ""
        known = re.sub(r"#[^\n]*", "", known)
        if not re.search(r"(^|[\s(/])" + re.escape(name) + r"($|[\s)])", known):
            out.append(f"{path}: in no CMake target, so it is never run; name it in {lists}")
    return out
