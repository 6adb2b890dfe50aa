# SPDX-License-Identifier: Apache-2.0
"""C++ is formatted as .clang-format says, by the version of Debian 12."""
import os
import re
import shutil
import subprocess

import tree


class NotChecked(Exception):
    pass


def program():
    for name in ("clang-format-14", "clang-format"):
        path = shutil.which(name)
        if path and " 14." in subprocess.run([path, "--version"], capture_output=True, text=True).stdout:
            return path
    raise NotChecked("not checked: clang-format 14 is not installed (apt-get install clang-format-14)")


def complaints(root):
    formatter = program()
    sources = tree.files(root, ".cc", ".h")
    out = []
    for start in range(0, len(sources), 50):
        run = subprocess.run([formatter, "--dry-run", "--style=file", *sources[start:start + 50]], cwd=root,
                             capture_output=True, text=True)
        places = re.findall(r"^([^\s:]+):(\d+):\d+: (?:warning|error): code should be clang-formatted", run.stderr,
                            re.MULTILINE)
        out += [f"{path}:{line}: not formatted; run {os.path.basename(formatter)} -i {path}"
                for path, line in {path: line for path, line in reversed(places)}.items()]
        if run.returncode != 0 and not places:
            out.append(f"clang-format failed: {run.stderr.strip()[:300]}")
    return out
