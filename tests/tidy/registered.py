# SPDX-License-Identifier: Apache-2.0
"""A test that is in no target never fails: every *_test.cc and every tidy rule must be in one."""
import os
import re

import tree


def complaints(root):
    out = []
    for path in tree.files(root, "_test.cc"):
        folder, name = os.path.split(path)
        lists = os.path.join(folder, "CMakeLists.txt")
        known = tree.read(root, lists) if os.path.exists(os.path.join(root, lists)) else ""
        known = re.sub(r"#[^\n]*", "", known)
        if not re.search(r"(^|[\s(/])" + re.escape(name) + r"($|[\s)])", known):
            out.append(f"{path}: in no CMake target, so it is never run; name it in {lists}")
    return out
