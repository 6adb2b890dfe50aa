# SPDX-License-Identifier: Apache-2.0
"""Reads pages (JSON list of strings) on stdin; prints, for each, its elements with their attribute names, its language,
how many h1 it has, and what a screen reader or a strict browser would stumble over."""
import html.parser
import json
import sys

VOID = {"meta", "link", "input", "br", "hr", "img"}


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.elements, self.open, self.problems = [], [], []
        self.language, self.h1 = None, 0
        self.ids, self.labels, self.inputs, self.described = set(), set(), set(), set()

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.elements.append([tag, sorted(named)])
        if tag not in VOID:
            self.open.append(tag)
        if tag == "html":
            self.language = named.get("lang")
        self.h1 += tag == "h1"
        if "id" in named:
            if named["id"] in self.ids:
                self.problems.append("id twice: " + named["id"])
            self.ids.add(named["id"])
        if tag == "label":
            self.labels.add(named.get("for"))
        if tag == "input" and named.get("type") != "hidden":
            self.inputs.add(named.get("id"))
            if not named.get("autocomplete"):
                self.problems.append("input without autocomplete")
        for name in ("aria-describedby", "aria-labelledby"):
            self.described.update((named.get(name) or "").split())
        if tag == "form" and named.get("method") != "post":
            self.problems.append("a form that is no POST")
        if tag == "script" or "style" in named or any(name.startswith("on") for name in named):
            self.problems.append("script or style in the page")
        if tag == "iframe" and (not named.get("title") or "allow-scripts" in named.get("sandbox", "allow-scripts")
                                or "allow-same-origin" in named["sandbox"]):
            self.problems.append("frame without title or sandbox")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append("crossed tags at " + tag)


def read(page):
    reader = Reader()
    reader.feed(page)
    reader.close()
    problems = reader.problems
    problems += ["left open: " + tag for tag in reader.open]
    problems += ["input without label: " + str(name) for name in reader.inputs - reader.labels]
    problems += ["points nowhere: " + name for name in reader.described - reader.ids]
    return {"elements": reader.elements, "language": reader.language, "h1": reader.h1, "problems": problems}


json.dump([read(page) for page in json.load(sys.stdin)], sys.stdout)
