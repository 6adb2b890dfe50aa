# SPDX-License-Identifier: Apache-2.0
"""How a page looks and to whom it is open: axe-core, narrow screens, both themes, a picture of each."""
import os
import subprocess

from checks import fail_unless
from mta.postfix import REPOSITORY

PHONE, NARROW = 390, 320     # points; 320 is what WCAG 1.4.10 asks for, and 1,280 points at 400 % zoom
SMALLEST_TARGET = 24         # points either way, WCAG 2.5.8

# Buttons, fields and links that stand alone (a link within a sentence may be as high as its line).
TARGETS = """JSON.stringify([...document.querySelectorAll('button, input:not([type=hidden]), select, textarea, header a')]
  .filter(one => !one.className.includes('skip'))
  .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().width, one.getBoundingClientRect().height])
  .filter(([html, width, height]) => width > 0 && (width < %d || height < %d)))""" % (SMALLEST_TARGET, SMALLEST_TARGET)


def axe_script(build):
    """The text of axe-core, fetched once into the build folder."""
    folder = os.path.join(build, "web")
    subprocess.run([os.path.join(REPOSITORY, "packaging", "fetch-axe"), folder], check=True)
    with open(os.path.join(folder, "axe.min.js"), encoding="utf-8") as file:
        return file.read()


class Looks:
    """Looks at the page that a phone shows. Pictures go into BUILD/screenshots/."""

    def __init__(self, clinic):
        self._folder = os.path.join(clinic.place.build, "screenshots")
        self._axe = axe_script(clinic.place.build)
        self.seen = []

    def at(self, phone, name, language=None):
        """Fails with all that is wrong at once."""
        wrong = []
        if language and phone.evaluate("document.documentElement.lang") != language:
            wrong.append(f"its language is {phone.evaluate('document.documentElement.lang')}")
        for theme in ("dark", "light"):
            phone.theme(theme)
            wrong += [f"{theme}: {sentence}" for sentence in phone.axe(self._axe)]
        for width in (NARROW, PHONE):
            phone.resize(width)
            if phone.width() > width:
                wrong.append(f"it scrolls sideways at {width}: {phone.width()}")
            small = phone.evaluate(TARGETS)
            if small != "[]":
                wrong.append(f"too small to tap at {width}: {small}")
        phone.resize(PHONE, scale=1)
        phone.screenshot(os.path.join(self._folder, f"{name}.png"))
        self.seen.append(name)
        fail_unless(not wrong, f"{name}: " + "\n  ".join(wrong))
