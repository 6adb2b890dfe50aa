# SPDX-License-Identifier: Apache-2.0
"""What a case can say about a copy. Each check is a method named after its word; a failed one raises."""
import base64
import email
import email.policy
import quopri
import re

from mta.browser import Browser
from mta.judge import (crlf, entity, field_name, header, message_text, method_of, notice_link, open_pgp, open_smime, split,
                       without_trace)
from mta import neomutt
from mta.keys import run

OURS = "x-phi-"


def fail_unless(condition, text):
    if not condition:
        raise AssertionError(text)


def readable(data):
    """The message as it stands, and every clear part of it decoded: where a leak would be."""
    views = [data, quopri.decodestring(data)]
    message = email.message_from_bytes(data)
    for part in message.walk():
        if not part.is_multipart() and part.get_content_type() != "application/pkcs7-mime":
            views.append(part.get_payload(decode=True) or b"")
    for name, value in email.message_from_bytes(data, policy=email.policy.default).items():
        views.append(f"{name}: {value}".encode("utf-8", "replace"))
    return b"\n".join(views)


def spellings(secret):
    """A secret as it could stand in a log or a file: plain, or in base64 at any offset."""
    plain = secret.encode()
    found = [plain]
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + plain)
        found.append(coded[(4 if shift else 0):-4])
    return [one for one in found if len(one) >= 6]


class CopyChecks:
    """The checks for one delivery of one case."""

    def __init__(self, clinic, case, delivery, recipient, form):
        self._clinic, self._case, self._delivery = clinic, case, delivery
        self._recipient, self._form = recipient, form
        self._data = delivery.data
        self._opened = None
        self._browser = self._page = None

    def run(self, checks):
        self._right_form()
        self._nothing_of_ours()
        if self._form in ("pgp", "smime", "portal"):
            self._no_secret()
        if self._form == "portal":
            self._case.link_secrets.append(notice_link(self._data)[0].rpartition("/")[2])
        for name, argument in checks:
            method = getattr(self, "check_" + name.replace("-", "_"), None)
            fail_unless(method, f"unknown check '{name}'")
            try:
                method(argument)
            except AssertionError as error:
                raise AssertionError(f"{self._recipient}: {name} {argument}: {error}") from error

    def _right_form(self):
        seen = method_of(self._data)
        if self._form == "tls":
            fail_unless(self._delivery.listener == "outside-tls" and self._delivery.tls, "not delivered over TLS")
            seen = "tls" if seen == "clear" else seen
        fail_unless(seen == self._form, f"{self._recipient}: the copy is {seen}, not {self._form}")

    def _nothing_of_ours(self):
        ours = [field_name(field) for field in split(self._data)[0] if field_name(field).startswith(OURS)]
        fail_unless(not ours, f"{self._recipient}: header fields of ours left: {ours}")

    def _no_secret(self):
        view = readable(self._data)
        for secret in self._case.secrets:
            fail_unless(secret.encode() not in view, f"{self._recipient}: '{secret}' can be read")

    def opened(self):
        if self._opened is None:
            if self._form == "pgp":
                self._opened = open_pgp(self._data, self._clinic.rings[self._recipient])
            else:
                self._opened = open_smime(self._data, *self._clinic.partner_pair, self._clinic.ca.certificate)
        return self._opened

    def check_original(self, _):
        if self._form in ("clear", "tls"):
            sent, got = (self._clinic.as_carried(one) for one in (self._sent_without_ours(), without_trace(self._data)))
            fail_unless(got == sent, f"changed on the way:\n{_difference(sent, got)}")
        else:
            sent, got = entity(self._case.message), self.opened().entity
            fail_unless(got == sent, f"the opened entity is another:\n{_difference(sent, got)}")

    def _sent_without_ours(self):
        fields, body = split(crlf(self._case.message))
        kept = [field for field in fields if not field_name(field).startswith(OURS)]
        return b"".join(kept) + b"\r\n" + body

    def check_header(self, argument):
        name, _, value = argument.partition(":")
        seen = header(self._data, name)
        fail_unless(seen == value.strip(), f"it is '{seen}'")

    def check_no_header(self, argument):
        fail_unless(header(self._data, argument) is None, "it is there")

    def check_inside(self, argument):
        name, _, value = argument.partition(":")
        policy = email.policy.default
        seen = email.message_from_bytes(self.opened().headers.as_bytes(), policy=policy).get(name)
        fail_unless(seen is not None and str(seen) == value.strip(), f"it is '{seen}'")

    def check_lacks(self, argument):
        fail_unless(argument.encode() not in readable(self._data), "it can be read")

    def check_has(self, argument):
        fail_unless(argument.encode() in readable(self._data), "it is missing")

    def check_as_sent(self, _):
        """Content that the filter left alone, in a form that looks protected."""
        sent, got = entity(self._case.message), entity(without_trace(self._data))
        fail_unless(got == sent, f"changed on the way:\n{_difference(sent, got)}")

    def check_verifies(self, _):
        """The sender's own signature, on what was decrypted."""
        run(["openssl", "cms", "-verify", "-CAfile", self._clinic.ca.certificate, "-out", "/dev/null"],
            stdin=self.opened().entity)

    def check_inside_part(self, argument):
        """A part of what was decrypted: its type, and a parameter that it must have."""
        kind, _, parameter = argument.partition(" ")
        name, _, value = parameter.partition("=")
        parts = [part for part in email.message_from_bytes(self.opened().entity).walk()
                 if part.get_content_type() == kind]
        fitting = [part for part in parts if not parameter or part.get_param(name) == value]
        fail_unless(fitting, f"{len(parts)} such parts, none with it")

    def check_neomutt_shows(self, argument):
        """What a person sees who opens the mail with neomutt, protected fields included."""
        if self._form == "pgp":
            shown = neomutt.show(self._clinic.rings[self._recipient].home, self._data)
        else:
            with neomutt.gpgsm_home(*self._clinic.partner_pair, self._clinic.ca.certificate) as home:
                shown = neomutt.show(home, self._data)
        fail_unless(argument in shown, f"it shows: {shown}")

    def check_signed(self, _):
        fail_unless(self.opened().signed, "no good signature inside")

    def check_keys(self, argument):
        """Who could open a PGP copy: the people named, and nobody else."""
        allowed = [self._clinic.rings[address].key_ids() for address in argument.split()]
        seen = self.opened().keys
        fail_unless(len(seen) == len(allowed), f"encrypted to {len(seen)} keys")
        for ids in allowed:
            fail_unless(any(key in ids for key in seen), f"not encrypted to {ids}; seen: {seen}")

    def check_algorithm(self, argument):
        fail_unless(argument in self.opened().keys, f"seen: {self.opened().keys}")

    def check_from_argument(self, argument):
        fail_unless(argument in self._delivery.mail_arguments, f"seen: {self._delivery.mail_arguments}")

    def check_no_from_argument(self, argument):
        fail_unless(argument not in self._delivery.mail_arguments, f"seen: {self._delivery.mail_arguments}")

    def check_to_argument(self, argument):
        seen = self._delivery.arguments_of(self._recipient)
        fail_unless(argument in seen, f"seen: {seen}")

    def check_sender(self, argument):
        fail_unless(self._delivery.mail_from == argument.strip("<>"), f"it is <{self._delivery.mail_from}>")

    def check_alone(self, _):
        fail_unless(self._delivery.addresses() == [self._recipient], f"with {self._delivery.addresses()}")

    def check_lines_up_to(self, argument):
        longest = max(len(line) for line in self._data.split(b"\r\n"))
        fail_unless(longest <= int(argument), f"one has {longest}")

    # The portal, as a recipient sees it

    def check_says(self, argument):
        fail_unless(argument in notice_link(self._data)[1], "the notice does not say it")

    def check_wrong_answer(self, argument):
        browser = Browser(self._clinic.ca.certificate)
        page = browser.get(notice_link(self._data)[0])
        page = self._proof_page(browser, page)
        page = browser.submit(page, page.form_to_fill(), answer=argument)
        body = entity(self._case.message).split(b"\r\n\r\n", 1)[1]
        fail_unless(body.strip()[:40] not in page.body, "the message is shown")
        fail_unless(page.form_to_fill(), f"no second try: {page.status} {page.text}")

    def check_right_answer(self, argument):
        self._browser = Browser(self._clinic.ca.certificate)
        page = self._proof_page(self._browser, self._browser.get(notice_link(self._data)[0]))
        self._page = self._browser.submit(page, page.form_to_fill(), answer=argument)
        fail_unless(self._page.status == 200, f"status {self._page.status}: {self._page.text}")

    def check_code_opens(self, argument):
        """Nothing on file to ask for: a code is mailed to the recipient, and opens the message."""
        browser = Browser(self._clinic.ca.certificate)
        page = browser.get(notice_link(self._data)[0])
        fail_unless(page.form_to_fill() is None and page.forms, f"no button for a code: {page.text}")
        seen = len(self._clinic.sink.deliveries(self._recipient))
        page = browser.submit(page, page.forms[0])
        mail = self._clinic.wait_copies(self._recipient, seen + 1)[-1]
        code = re.search(r"\b(\d{4} ?\d{4})\b", message_text(mail.data))
        fail_unless(code and page.form_to_fill(), f"no code in the mail, or no field for it: {page.text}")
        self._page = browser.submit(page, page.form_to_fill(), answer=code.group(1))
        fail_unless(argument in self._page.text, f"the page says: {self._page.text}")

    def _proof_page(self, browser, page):
        """The link's own page may only have a button, since link scanners follow links."""
        if page.form_to_fill() is None and page.forms:
            page = browser.submit(page, page.forms[0])
        fail_unless(page.form_to_fill(), f"nothing to fill in at {page.address}: {page.status} {page.text}")
        return page

    def check_shows(self, argument):
        fail_unless(argument in self._page.text, f"the page says: {self._page.text}")

    def _frame(self):
        frames = self._page.frames
        fail_unless(len(frames) == 1 and "sandbox" in frames[0], f"no sandboxed frame: {frames}")
        fail_unless("allow-scripts" not in (frames[0]["sandbox"] or ""), "the frame may run scripts")
        if frames[0].get("srcdoc"):
            return frames[0]["srcdoc"]
        return self._browser.follow(self._page, frames[0]["src"]).body.decode()

    def check_frame_shows(self, argument):
        fail_unless(argument in self._frame(), f"the frame says: {self._frame()}")

    def check_frame_lacks(self, argument):
        fail_unless(argument not in self._frame(), f"the frame says: {self._frame()}")

    def check_attachment(self, argument):
        """A name and what the file must hold: some link or button of the page gives it."""
        name, _, content = argument.partition(" ")
        fail_unless(name in self._page.text, f"the page says: {self._page.text}")
        forms = [form for form in self._page.forms if "/attachment/" in form.action]
        pages = [self._browser.submit(self._page, form) for form in forms]
        found = [page for page in pages if "attachment" in page.headers.get("Content-Disposition", "")]
        fail_unless(any(content.encode() in page.body for page in found), f"{len(found)} downloads, none with it")


def _difference(sent, got):
    position = next((at for at, (a, b) in enumerate(zip(sent, got)) if a != b), min(len(sent), len(got)))
    start = max(0, position - 60)
    return f"  sent: {sent[start:position + 60]!r}\n  got:  {got[start:position + 60]!r}"


