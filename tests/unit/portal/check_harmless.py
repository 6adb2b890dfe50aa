# SPDX-License-Identifier: Apache-2.0
"""Reads HTML documents (JSON list of strings) on stdin and prints, as a JSON list, what in each could run, load or
submit something, as Python's own HTML parser sees it."""
import html.parser
import json
import sys

ALLOWED = set("""html head meta title link body a abbr address article aside b bdi bdo big blockquote br caption center
cite code col colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img
ins kbd li main mark nav ol p pre q s samp section small span strike strong sub summary sup table tbody td tfoot th
thead time tr tt u ul var wbr""".split())
HARMFUL_ATTRIBUTES = {"style", "srcset", "srcdoc", "action", "formaction", "background", "poster", "ping", "data",
                      "xlink:href", "http-equiv", "id", "name", "class", "autofocus", "contenteditable"}


class Checker(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.problems = []

    def handle_starttag(self, tag, attributes):
        if tag not in ALLOWED:
            self.problems.append(f"element {tag}")
        for name, value in attributes:
            value = (value or "").strip()
            scheme = value.split(":")[0].lower()
            if name.startswith("on") or name in HARMFUL_ATTRIBUTES:
                self.problems.append(f"attribute {name}")
            elif name == "href" and scheme not in ("http", "https", "mailto"):
                self.problems.append(f"link {scheme}")
            elif name == "src" and not value.startswith("data:image/"):
                self.problems.append("picture from elsewhere")

    def handle_comment(self, data):
        self.problems.append("comment")

    def handle_decl(self, decl):
        self.problems.append("declaration")

    def handle_pi(self, data):
        self.problems.append("processing instruction")


def problems(document):
    checker = Checker()
    checker.feed(document)
    checker.close()
    return checker.problems


json.dump([problems(document) for document in json.load(sys.stdin)], sys.stdout)
