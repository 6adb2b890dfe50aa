#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Copies what the suites have photographed into docs/portal/, with a page that shows each in both languages:
collect_pictures.py BUILD. A page that is listed here and has no picture is an error."""
import os
import sys

from png import smaller

HERE = os.path.dirname(os.path.abspath(__file__))
DOCUMENTS = os.path.join(os.path.dirname(os.path.dirname(HERE)), "docs", "portal")
LANGUAGES = ("en", "es")
MOST_BYTES = 3_000_000

CHAPTERS = (
    ("From the link to the message", (
        ("question", "The link of the notice: what the sender asks"),
        ("wrong-answer", "A wrong answer"),
        ("code-offer", "Without a question: a code by mail"),
        ("code-box", "The code is on its way"),
        ("wrong-code", "A wrong code"),
        ("message", "The message"),
        ("files", "A message with files and an appointment"),
        ("text", "A text among the files"),
        ("print", "The page to print"),
        ("reply", "A reply"),
        ("reply-too-large", "A reply with too large a file: the text stays"),
        ("reply-in-doubt", "The connection broke off: perhaps it was sent"),
        ("replied", "The reply was sent"),
        ("closed", "Closed"),
        ("brand-question", "From another sender domain, with a brand of its own"),
        ("brand-message", "Its message"))),
    ("Dead ends, each with whom to call", (
        ("unknown", "A link that leads nowhere"),
        ("locked", "Too many wrong answers"),
        ("expired", "Its time is over"),
        ("asked", "The sender was asked for more time"),
        ("retracted", "Taken back by the sender"),
        ("link-needed", "A message that only the link in its e-mail opens, asked for from an account"),
        ("busy", "Too many visitors just now"))),
    ("An account, for who wants one", (
        ("account-new", "Made while a message is open"),
        ("account-refused", "A passphrase that many people use"),
        ("account-made", "It is there"),
        ("account-sign-in", "Signing in"),
        ("account-wrong", "Wrong address or passphrase: nobody learns which"),
        ("account-list", "The messages"),
        ("account-list-bound", "The messages, one of which only its link opens"),
        ("account-settings", "Settings"),
        ("account-authenticator", "A second factor"),
        ("account-recovery-codes", "Its recovery codes"),
        ("account-settings-protected", "Settings, with a second factor"),
        ("account-signed-out", "Signed out"),
        ("account-forgotten", "A forgotten passphrase"),
        ("account-reset", "The code that was mailed, and a new one"))),
    ("The sender's own page", (
        ("sent-sign-in", "Signing in with a code to the mailbox"),
        ("sent-code", "The code is on its way"),
        ("sent-list", "What was sent"),
        ("sent-message", "One message, and what can be done with it"))),
)


def page():
    lines = ["# The portal's pages", "",
             "On a phone of 390 points, without JavaScript, in English and in Spanish. `make screenshots` makes these",
             "pictures anew, from the tests that also hold each page to axe-core.", ""]
    for title, pictures in CHAPTERS:
        lines += [f"## {title}", ""]
        for name, caption in pictures:
            shown = " ".join(f'<img src="{name}-{language}.png" width="320" alt="{caption} ({language})">'
                             for language in LANGUAGES)
            lines += [f"{caption}", "", shown, ""]
    return "\n".join(lines)


def main(build):
    os.makedirs(DOCUMENTS, exist_ok=True)
    size = 0
    for _, pictures in CHAPTERS:
        for name, _ in pictures:
            for language in LANGUAGES:
                source = os.path.join(build, "screenshots", f"{name}-{language}.png")
                if not os.path.exists(source):
                    sys.exit(f"{source} is not there: run the suites first")
                with open(source, "rb") as file:
                    picture = smaller(file.read())
                size += len(picture)
                with open(os.path.join(DOCUMENTS, f"{name}-{language}.png"), "wb") as file:
                    file.write(picture)
    if size > MOST_BYTES:
        sys.exit(f"the pictures have {size} bytes, more than {MOST_BYTES}")
    with open(os.path.join(DOCUMENTS, "README.md"), "w", encoding="utf-8") as file:
        file.write(page())
    print(f"{DOCUMENTS}: {size} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
