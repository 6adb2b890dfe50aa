# SPDX-License-Identifier: Apache-2.0
"""What a recipient sees of a message, on a phone: its body, which runs and fetches nothing, files, appointments."""
import base64
import http.server
import threading

from checks import fail_unless
from looks import Looks
from mta import people
from mta.chromium import Phone
from mta.judge import notice_link

SECRETS = ("547-38-2916",)
PROOF = b'X-Phi-Proof: question="Date of birth"; answer="1961-03-07"\r\n'
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n"
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

# One a class of attack; {0} is an address whose every fetch is counted, and `x` is what a script would set.
ATTACKS = """
<script>top.x=1</script><script src={0}/script></script><img src=q onerror=top.x=1><img src={0}/img srcset="{0}/set 2x">
<svg onload=top.x=1><script>top.x=1</script><image xlink:href={0}/svg /><use href="{0}/use#a"/></svg>
<math><mtext><table><mglyph><style><img src onerror=top.x=1></style></mglyph></table></mtext><maction xlink:href=javascript:top.x=1>m</maction></math>
<noscript><p title="</noscript><img src=q onerror=top.x=1>"></noscript><template><img src={0}/template onerror=top.x=1></template>
<title><img src={0}/title></title><textarea><img src={0}/textarea></textarea><xmp><img src={0}/xmp></xmp>
<style>@import "{0}/import";*{{background:url({0}/style);x:expression(top.x=1)}}</style>
<p style="background:url({0}/inline);width:expression(top.x=1)">styled</p><table background={0}/background><td background={0}/cell></table>
<body onload=top.x=1 background={0}/body><meta http-equiv=refresh content="0;url={0}/refresh"><base href={0}/>
<form action={0}/form><input autofocus onfocus=top.x=1 type=image src={0}/input><button formaction=javascript:top.x=1>b</button></form>
<iframe src={0}/frame srcdoc="<script>top.x=1</script>"></iframe><object data={0}/object></object><embed src={0}/embed>
<audio src={0}/audio autoplay></audio><video poster={0}/poster src={0}/video autoplay></video><link rel=stylesheet href={0}/link>
<link rel=prefetch href={0}/prefetch><a href=javascript:top.x=1 ping={0}/ping>a</a><a href="java&#10;script&colon;top.x=1">b</a>
<a href="&#1;JaVaScRiPt:top.x=1">c</a><a href=data:text/html,x>d</a><a href=vbscript:x>e</a><a href=//127.0.0.1/x>f</a>
<![CDATA[<img src={0}/cdata onerror=top.x=1>]]><!--><img src={0}/comment onerror=top.x=1>--><!--[if IE]><img src={0}/if><![endif]-->
<im\x00g src={0}/null onerror=top.x=1>+ADw-script+AD4-top.x=1+ADw-/script+AD4-<details open ontoggle=top.x=1>d</details>
<marquee onstart=top.x=1>m</marquee><img src="cid:picture@clinic" onload=top.x=1 alt=inside><p>Dear Mira Solano, SSN 547-38-2916, asthma.</p>
"""

# What a sanitised page has none of: its own frame and style sheet aside.
LEFT = """[...document.querySelectorAll('*')].filter(one =>
  one.matches('script, style, svg, math, object, embed, base, audio, video, template, link:not([href="/style.css"]):not([href^="/brand/"]):not([rel=icon])'
              + ', meta[http-equiv], form[action^="http:"], iframe[srcdoc], [style], [background], [srcset], [ping]')
  || [...one.attributes].some(each => each.name.startsWith('on') || /script:|^data:text/i.test(each.value)))
  .map(one => one.outerHTML.slice(0, 80)).join(' ')"""

CALENDAR = (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Lung test\r\nDTSTART;TZID=America/New_York:20261203T093000\r\n"
            b"DTEND;TZID=America/New_York:20261203T100000\r\nLOCATION:12 Maple Road\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")


class Counter:
    """Listens on loopback and notes whoever asks for anything."""

    def __init__(self):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_error(404)
            do_POST = do_HEAD = do_GET

            def log_message(self, *_):
                pass
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def _part(kind, name, content, more=b""):
    return (b"--b7\r\nContent-Type: %s; name=\"%s\"\r\nContent-Transfer-Encoding: base64\r\n%s"
            b"Content-Disposition: attachment; filename=\"%s\"\r\n\r\n" % (kind, name, more, name)
            + base64.encodebytes(content).replace(b"\n", b"\r\n"))


def letter(html):
    head = (f"From: {people.LAB.name} <{people.LAB.address}>\r\nTo: <{people.PATIENT.address}>\r\n"
            "Subject: =?utf-8?b?w5xiZXJ3ZWlzdW5nIOKAkyDmoqbmn7s=?=\r\nDate: Fri, 20 Nov 2026 10:00:00 -0500\r\n"
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b7\r\n\r\n")
    return PROOF + head.encode() + (
        b"--b7\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(html.encode()).replace(b"\n", b"\r\n")
        + _part(b"image/png", b"picture.png", PNG, b"Content-ID: <picture@clinic>\r\n")
        + _part(b"application/pdf", b"report.pdf", PDF) + _part(b"text/plain", b"advice.txt", b"Twice a day.\n")
        + _part(b"image/png", b"page.png", b"<html><script>top.x=1</script>")
        + _part(b"text/html", b"page.html", b"<script>top.x=1</script>") + _part(b"text/calendar", b"visit.ics", CALENDAR)
        + b"--b7\r\nContent-Type: message/rfc822\r\n\r\nFrom: old@clinic.example\r\nSubject: Older letter\r\n\r\n"
          b"Earlier words.\r\n--b7--\r\n")


def _open(clinic, phone, letter):
    before = len(clinic.sink.deliveries(people.PATIENT.address))
    reply = clinic.submit(people.LAB.address, [people.PATIENT.address], letter)
    fail_unless(reply.code == 250, reply.text)
    link = notice_link(clinic.wait_copies(people.PATIENT.address, before + 1)[-1].data)[0]
    phone.open(link)
    phone.evaluate("document.querySelector('input[name=answer]').value = '3/7/1961'")
    phone.press("document.querySelector('form[action$=\"/proof\"] button')")
    return link


def _fetched(phone, action, number):
    """What the button's form leads to, fetched as the page would: [status, headers, text]."""
    form = f"document.querySelector('form[action$=\"/{action}/{number}\"]')"
    return phone.evaluate(
        f"fetch({form}.action, {{method: 'POST', body: new URLSearchParams(new FormData({form}))}})"
        ".then(async got => [got.status, Object.fromEntries(got.headers), await got.text()])", promise=True)


def test_nothing_runs_and_nothing_is_fetched(clinic):
    """Each class of attack in a letter's HTML, in a browser that may run scripts: none runs, none fetches."""
    counter = Counter()
    try:
        with Phone(clinic.place.root) as phone:
            _open(clinic, phone, letter(ATTACKS.format(counter.address)))
            link = phone.evaluate("location.href")
            phone.scripts(True)
            for page in ("/message", "/body", "/print"):
                phone.open(link.rsplit("/", 1)[0] + page)
                fail_unless(phone.evaluate("typeof window.x") == "undefined", f"a script ran in {page}")
                fail_unless(phone.evaluate(LEFT) == "", f"left in {page}: {phone.evaluate(LEFT)}")
                if page != "/message":
                    fail_unless("Dear Mira Solano, SSN 547-38-2916, asthma." in phone.text(),
                                f"words were swallowed in {page}: {phone.text()}")
            fail_unless(phone.evaluate("[...document.images].every(one => one.src.startsWith('data:') && one.naturalWidth)"),
                        "the picture that came along is not shown")
            fail_unless(counter.asked == [], f"fetched: {counter.asked}")
            phone.open(counter.address + "/control")
            fail_unless("/control" in counter.asked, "the counter counts nothing")
    finally:
        counter.close()


def test_files_are_looked_at_or_saved(clinic):
    """PDF, text, a message inside and an appointment can be looked at; pages under false names are saved; all is recorded."""
    looks = Looks(clinic)
    with Phone(clinic.place.root) as phone:
        phone.call("Page.setBypassCSP", {"enabled": True})   # for _fetched() alone: the pages may ask for nothing
        link = _open(clinic, phone, letter("<p>Dear Mira Solano, SSN 547-38-2916, asthma.</p>"
                                            "<img src='cid:picture@clinic'><img src=https://pictures.example/x.png>"))
        text = phone.text()
        for words in ("Überweisung – 梦査", "December 3, 2026, 09:30 – 10:00 (America/New_York)", "Lung test",
                      "12 Maple Road", "A picture from the internet is not loaded", "report.pdf", "visit.ics"):
            fail_unless(words in text, f"not on the page: {words}\n{text}")
        fail_unless("picture.png" not in text, "a picture of the body stands among the files")
        looks.at(phone, "reading-message")
        phone.scripts(True)
        status, headers, body = _fetched(phone, "view", 2)
        fail_unless(status == 200 and headers["content-type"] == "application/pdf" and body.startswith("%PDF"), headers)
        fail_unless(headers["content-disposition"].startswith("inline") and headers["x-content-type-options"] == "nosniff",
                    headers)
        for action, number in (("view", 4), ("attachment", 5)):
            status, headers, _ = _fetched(phone, action, number)
            fail_unless(status == 200 and headers["content-disposition"].startswith("attachment"), headers)
            fail_unless("html" not in headers["content-type"] and "sandbox" in headers["content-security-policy"], headers)
        fail_unless(not phone.evaluate("!!document.querySelector('form[action$=\"/view/5\"]')"), "a page can be looked at")
        phone.scripts(False)
        phone.press("document.querySelector('form[action$=\"/view/3\"] button')")
        fail_unless("Twice a day." in phone.text(), phone.text())
        looks.at(phone, "reading-text")
        phone.press("document.querySelector('main a')")
        phone.press("document.querySelector('form[action$=\"/view/7\"] button')")
        fail_unless("Earlier words." in phone.text() and "Older letter" in phone.text(), phone.text())
        phone.open(link + "/print")
        fail_unless("547-38-2916" in phone.text() and "report.pdf" in phone.text(), phone.text())
        looks.at(phone, "reading-print")
