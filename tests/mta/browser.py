# SPDX-License-Identifier: Apache-2.0
"""A browser without pictures and scripts: follows links, fills in forms, keeps cookies, checks the certificate."""
import dataclasses
import html.parser
import http.cookiejar
import ssl
import urllib.error
import urllib.parse
import urllib.request

VOID = {"input", "br", "img", "meta", "link", "hr"}


@dataclasses.dataclass
class Form:
    action: str
    method: str
    fields: dict
    open_fields: list      # names a person fills in


class _Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms, self.links, self.frames, self.text = [], [], [], []
        self._hidden = 0

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag in ("style", "script", "title"):
            self._hidden += 1
        elif tag == "a" and values.get("href"):
            self.links.append(values["href"])
        elif tag == "iframe":
            self.frames.append(values)
        elif tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get").lower(), {}, []))
        elif tag in ("input", "textarea") and values.get("name") and self.forms:
            self._field(values)
        elif tag == "button" and values.get("name") and self.forms:
            self.forms[-1].fields.setdefault(values["name"], values.get("value", ""))

    def _field(self, values):
        form = self.forms[-1]
        form.fields[values["name"]] = values.get("value", "")
        if values.get("type", "text") not in ("hidden", "submit", "checkbox", "radio"):
            form.open_fields.append(values["name"])

    def handle_endtag(self, tag):
        if tag in ("style", "script", "title"):
            self._hidden = max(0, self._hidden - 1)

    def handle_data(self, data):
        if not self._hidden:
            self.text.append(data)


class Page:
    def __init__(self, address, status, headers, body):
        self.address, self.status, self.headers, self.body = address, status, headers, body
        reader = _Reader()
        if "html" in headers.get("Content-Type", "html"):
            reader.feed(body.decode(errors="replace"))
        self.forms, self.links, self.frames = reader.forms, reader.links, reader.frames
        self.text = " ".join(" ".join(reader.text).split())

    def form_to_fill(self):
        return next((form for form in self.forms if form.open_fields), None)


class Browser:
    def __init__(self, ca_file, seconds=60):
        self._seconds = seconds  # each answer may take
        context = ssl.create_default_context(cafile=ca_file)
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context),
                                                   urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, address):
        return self._open(urllib.request.Request(address))

    def follow(self, page, link):
        return self.get(urllib.parse.urljoin(page.address, link))

    def submit(self, page, form, **answers):
        """`answers` by field name; "answer" goes into the one field that a person fills in."""
        values = dict(form.fields)
        if "answer" in answers and "answer" not in values and len(form.open_fields) == 1:
            answers[form.open_fields[0]] = answers.pop("answer")
        values.update(answers)
        address = urllib.parse.urljoin(page.address, form.action)
        data = urllib.parse.urlencode(values).encode()
        headers = {"Origin": "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(address)), "Referer": page.address}
        return self._open(urllib.request.Request(address, data=data, headers=headers, method="POST"))

    def send(self, address, body, kind="application/x-www-form-urlencoded"):
        """POSTs these bytes as a page of the portal would."""
        origin = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(address))
        return self._open(urllib.request.Request(address, data=body, headers={"Origin": origin, "Content-Type": kind},
                                                 method="POST"))

    def _open(self, request):
        try:
            with self._opener.open(request, timeout=self._seconds) as answer:
                return Page(answer.url, answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as answer:
            return Page(request.full_url, answer.code, answer.headers, answer.read())
