# SPDX-License-Identifier: Apache-2.0
"""How the demo speaks: calm, in columns, in colour on a terminal only."""
import os
import sys
import textwrap

COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ
FORMS = {"pass": "as it came", "pgp": "PGP/MIME", "smime": "S/MIME", "tls": "as it came, only over verified TLS",
         "portal": "a notice; the message waits in the portal", "hold": "held", "reject": "refused"}


def _paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def bold(text):
    return _paint("1", text)


def faint(text):
    return _paint("2", text)


def green(text):
    return _paint("32", text)


def say(text="", indent=0):
    print(" " * indent + text, flush=True)


def paragraph(text):
    say(textwrap.fill(text, 100))


def row(label, text, width=24):
    lines = textwrap.wrap(text, 100 - width, break_on_hyphens=False) or [""]
    say(f"  {label:<{width}}{lines[0]}")
    for line in lines[1:]:
        say(f"  {'':<{width}}{line}")


def command(line):
    say(faint(f"    $ {line}"))


def output(text, most=12):
    """The first lines of what a command printed, or of what somebody sees."""
    lines = []
    for line in text.strip("\n").splitlines():
        lines += textwrap.wrap(line.rstrip(), 94) or [""]
    for line in lines[:most]:
        say(f"      {line}")
    if len(lines) > most:
        say(faint(f"      ... {len(lines) - most} more lines"))


def proved(text):
    say(f"    {green('proved')}  {text}")


def findings(record):
    if not record["findings"]:
        return "nothing"
    return ", ".join(f"{name} x {count}" for name, count in sorted(record["findings"].items()))


def reasons(entry):
    """Why this form and no other; the rules stand above already."""
    own = [reason for reason in entry["reasons"] if not reason.startswith("rule ")]
    return "; ".join(own) or "the first form in the list that this recipient can read"
