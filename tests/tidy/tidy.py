# SPDX-License-Identifier: Apache-2.0
"""tidy.py RULE [TREE]: says in words what in the source tree breaks a rule. 0 clean, 1 not, 77 not checked."""
import os
import sys

import formatting
import includes
import registered
import samples
import settings_documented
import sizes
import words

RULES = {
    "includes": includes.complaints,
    "sizes": sizes.complaints,
    "words": words.complaints,
    "registered": registered.complaints,
    "settings": settings_documented.complaints,
    "samples": samples.complaints,
    "format": formatting.complaints,
}


def main(arguments):
    if not arguments or arguments[0] not in RULES:
        print(f"usage: tidy.py {'|'.join(RULES)} [TREE]", file=sys.stderr)
        return 2
    here = os.path.dirname(os.path.abspath(__file__))
    root = arguments[1] if len(arguments) > 1 else os.path.dirname(os.path.dirname(here))
    try:
        complaints = RULES[arguments[0]](root)
    except formatting.NotChecked as reason:
        print(reason)
        return 77
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
