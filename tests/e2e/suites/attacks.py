# SPDX-License-Identifier: Apache-2.0
"""What is done to the portal from outside: other people's ids, header and path tricks, floods, bombs in replies."""
import http.client
import io
import json
import re
import resource
import socket
import ssl
import urllib.parse
import zipfile

from checks import fail_unless
from mta import people
from mta.api import make_token
from mta.browser import Browser
from mta.judge import message_text, notice_link
from mta.wait import wait_until
from suites.messages import result, with_attachment

SECRETS = ("547-38-2916",)
PROOF = b'X-Phi-Proof: question="Date of birth"; answer="1961-03-07"\r\n'
PHRASE = "lamp river 9 goats"
BOUNDARY = "b0und4ry"


def _link(clinic, person, message):
    before = len(clinic.sink.deliveries(person.address))
    reply = clinic.submit(people.LAB.address, [person.address], PROOF + message)
    fail_unless(reply.code == 250, reply.text)
    return notice_link(clinic.wait_copies(person.address, before + 1)[-1].data)[0]


def _open(clinic, link):
    """A browser that has proved itself, and the message's page."""
    browser = Browser(clinic.ca.certificate)
    page = browser.get(link)
    page = browser.submit(page, page.form_to_fill(), answer="1961-03-07")
    fail_unless(page.status == 200 and people.LAB.name in page.text, page.text)
    return browser, page


def _entry(clinic, link):
    reference = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", Browser(clinic.ca.certificate).get(link).text).group()
    return json.loads(clinic.phictl("messages", "show", reference, "--json"))


def _routes(browser, page, link):
    """Every address and form of a message's pages: [(path, method, fields)]."""
    pages = [page] + [browser.follow(page, one) for one in ("reply", "account", "print", "body")]
    forms = [(form.action, form.method, form.fields) for each in pages for form in each.forms]
    links = [(target, "get", {}) for each in pages
             for target in each.links + [frame["src"] for frame in each.frames if frame.get("src")]]
    inside = urllib.parse.urlsplit(link).path
    found = {(path, method): fields for path, method, fields in forms + links if path.startswith(inside)}
    return [(path, method, fields) for (path, method), fields in found.items()]


def test_nobody_uses_the_ids_of_others(clinic):
    """Each route of one message, asked by who has another open, with either token: nothing of it, nothing done."""
    theirs = _link(clinic, people.PATIENT, with_attachment([people.PATIENT.address], 2000))
    owner, page = _open(clinic, theirs)
    routes = _routes(owner, page, theirs)
    names = {path.rsplit("/", 1)[-1] if not path[-1].isdigit() else path.rsplit("/", 2)[-2] for path, _, _ in routes}
    fail_unless({"attachment", "view", "original", "reply", "account", "logout", "print"} <= names, names)
    mine = _link(clinic, people.FRIEND, result([people.FRIEND.address]))
    thief, own_page = _open(clinic, mine)
    token = next(form.fields["token"] for form in own_page.forms if "token" in form.fields)
    before = _entry(clinic, theirs)
    for path, method, fields in routes:
        for given in (fields, {**fields, "token": token}):
            answer = (thief.get(urllib.parse.urljoin(theirs, path)) if method == "get" else
                      thief.send(urllib.parse.urljoin(theirs, path), urllib.parse.urlencode(
                          {**given, "text": "stolen", "new_passphrase": PHRASE}).encode()))
            fail_unless(b"asthma" not in answer.body and b"ferritin" not in answer.body, f"{method} {path}: shown")
            fail_unless(answer.status in (200, 400, 403, 404, 413), f"{method} {path}: {answer.status}")
            fail_unless(answer.status != 200 or "Date of birth" in answer.text, f"{method} {path}: {answer.text}")
    after = _entry(clinic, theirs)
    kinds = [[one["event"] for one in each["events"] if one["event"] != "fetched"] for each in (before, after)]
    fail_unless(kinds[0] == kinds[1], kinds)
    fail_unless("asthma" in owner.get(theirs + "/message").text, "the owner lost it")


def test_nobody_uses_the_ids_of_others_by_an_account(clinic):
    """Signed in, with the id of somebody else's message: as if it were not there."""
    theirs = _link(clinic, people.PATIENT, result([people.PATIENT.address]))
    owner, page = _open(clinic, theirs)
    routes = _routes(owner, page, theirs)
    identity = _entry(clinic, theirs)["id"]
    browser, page = _open(clinic, _link(clinic, people.FRIEND, result([people.FRIEND.address])))
    page = browser.follow(page, "account")
    page = browser.submit(page, page.form_to_fill(), new_passphrase=PHRASE)
    portal = theirs[:theirs.index("/m/")]
    page = browser.get(portal + "/account")
    page = browser.submit(page, page.form_to_fill(), address=people.FRIEND.address, passphrase=PHRASE)
    own = [form.action for form in page.forms if form.action.endswith("/open")]
    fail_unless(own and identity not in page.text + "".join(own), f"not signed in, or too much: {page.text}")
    nobody = browser.get(f"{portal}/a/{'0' * 32}")
    for path, method, fields in routes + [("/open", "post", {}), ("", "get", {})]:
        what = path.partition("?")[0].removeprefix(urllib.parse.urlsplit(theirs).path)
        address = f"{portal}/a/{identity}{what}"
        answer = browser.get(address) if method == "get" else browser.send(
            address, urllib.parse.urlencode(fields).encode())
        fail_unless((answer.status, answer.text) == (nobody.status, nobody.text),
                    f"{method} {what}: {answer.status} {answer.text}")
        fail_unless("hepatitis" not in answer.text, f"{method} {what}: shown")


def test_senders_see_their_own_alone(clinic):
    """A sender's session with the id of another sender's message, for each action."""
    link = _link(clinic, people.PATIENT, result([people.PATIENT.address]))
    identity, portal = _entry(clinic, link)["id"], link[:link.index("/m/")]
    browser = Browser(clinic.ca.certificate)
    page = browser.get(portal + "/sent")
    before = len(clinic.sink.deliveries(people.NURSE.address))
    page = browser.submit(page, page.form_to_fill(), address=people.NURSE.address)
    mail = message_text(clinic.wait_copies(people.NURSE.address, before + 1)[-1].data)
    page = browser.submit(page, page.form_to_fill(), code=re.search(r"\b\d{4} \d{4}\b", mail).group())
    token = next(form.fields["token"] for form in page.forms if "token" in form.fields)
    nobody = browser.get(f"{portal}/sent/message/{'0' * 32}")
    address = f"{portal}/sent/message/{identity}"
    answers = [browser.get(address)] + [
        browser.send(f"{address}/{action}", urllib.parse.urlencode({"token": token, "days": "30"}).encode())
        for action in ("retract", "extend", "resend", "unlock")]
    for answer in answers:
        fail_unless((answer.status, answer.text) == (404, nobody.text), f"{answer.status} {answer.text}")
    fail_unless("Date of birth" in Browser(clinic.ca.certificate).get(link).text, "it was taken back")


def _raw(clinic, request, source="127.0.0.1"):
    """Sends the bytes; (status, headers, body), or None where the connection is ended without an answer."""
    context = ssl.create_default_context(cafile=clinic.ca.certificate)
    with socket.create_connection(("127.0.0.1", clinic.ports["portal"]), 60, (source, 0)) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            try:
                connection.sendall(request)
                response = http.client.HTTPResponse(connection)
                response.begin()
                return response.status, response.getheaders(), response.read()
            except (http.client.HTTPException, OSError):
                return None


def test_nothing_gets_into_a_header(clinic):
    """CR and LF in paths, queries, form fields, cookies and the names of files: no header of the visitor's making."""
    link = _link(clinic, people.PATIENT, result([people.PATIENT.address]).replace(
        b"Content-Type: text/plain; charset=us-ascii\r\n",
        b"Content-Type: multipart/mixed; boundary=b7\r\n").replace(b"\r\n\r\n", (
            b"\r\n\r\n--b7\r\nContent-Type: application/x-a%0d%0aX-Injected: 1; name*=utf-8''a%0D%0AX-Injected%3A%201.pdf\r\n"
            b"Content-Disposition: attachment; filename*=utf-8''a%0D%0AX-Injected%3A%201%22%3B.pdf\r\n\r\nx\r\n"
            b"--b7\r\nContent-Type: text/plain\r\n\r\n"), 1) + b"--b7--\r\n")
    browser, page = _open(clinic, link)
    path = urllib.parse.urlsplit(link).path
    bad = "a%0d%0aX-Injected:%201%0d%0a%0d%0a<b>"
    requests = [f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
                for method in ("GET", "HEAD") for cookie in ("x=y", f"__Host-phi={bad}")
                for target in (f"{path}?lang={bad}", f"/account?lang={bad}", f"/sent?lang={bad}", f"/{bad}", f"/m/{bad}",
                               f"/sent/message/{bad}?done={bad}", f"/api/v1/{bad}", f"/brand/{bad}")]
    body = urllib.parse.urlencode({"lang": "en\r\nX-Injected: 1", "address": "a@b.example\r\nX-Injected: 1"})
    requests += [f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n"
                 f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
                 for target in (path + "/proof", "/sent/code", "/account/signin", "/account/forgotten")]
    for request in requests:
        answer = _raw(clinic, request.encode())
        names = [name.lower() for name, _ in answer[1]] if answer else []
        fail_unless("x-injected" not in names and (answer is None or answer[0] < 500), f"{request}: {answer}")
    for form in page.forms:
        if "/attachment/" in form.action:
            got = browser.submit(page, form)
            fail_unless("X-Injected" not in got.headers and got.status == 200, dict(got.headers))
            fail_unless("\r" not in got.headers["Content-Disposition"] and "\n" not in got.headers["Content-Disposition"],
                        got.headers["Content-Disposition"])
    clinic.wait_quiet()
    fail_unless(not [one for one in clinic.sink.deliveries("a@b.example")], "a mail was sent by a forged address")


def test_paths_lead_nowhere(clinic):
    """Dots, escapes and NUL in a path reach no file and no page; what is malformed is refused or ended."""
    for target in ("/../../../../etc/passwd", "/brand/../../../etc/passwd", "/brand/..%2f..%2f..%2fetc%2fpasswd",
                   "/brand/%2e%2e/%2e%2e/etc/passwd", "/brand//etc/passwd", "/m/../account", "/m/%2e%2e%2faccount",
                   "/m/%00", "/a/../../etc/passwd", "/sent/../account/settings", "/style.css/../../etc/passwd",
                   "//etc/passwd", "/\\..\\..\\etc\\passwd", "/.env", "/api/v1/../../etc/passwd", "*", "http://x.example/",
                   "/m/" + "A" * 2000, "/" + "%41" * 600):
        answer = _raw(clinic, f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        fail_unless(answer is None or answer[0] in (400, 404)
                    or (answer[0] == 303 and dict(answer[1])["Location"] == "/account"), f"{target}: {answer}")
        fail_unless(answer is None or b"root:" not in answer[2], f"{target}: a file")
    for raw in (b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x00\x00", b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
                b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 10_000 + b"\r\n",
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"):
        answer = _raw(clinic, raw)
        fail_unless(answer is None or answer[0] in (400, 404, 413), f"{raw[:60]}: {answer}")
    fail_unless(_raw(clinic, b"GET /sent HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")[0] == 200, "it ended")


def _resident_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)) / 1000


def test_idle_connections_are_bounded(clinic):
    """1,000 clients that finish the handshake and say nothing: others are served, in bounded memory."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    fail_unless(hard == resource.RLIM_INFINITY or hard >= 1500, f"needs 1,500 descriptors; ulimit -Hn is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1500), hard))
    context = ssl.create_default_context(cafile=clinic.ca.certificate)
    before, idle = _resident_mb(clinic.portal.pid), []
    try:
        for number in range(1000):
            plain = socket.create_connection(("127.0.0.1", clinic.ports["portal"]), 60, (f"127.0.0.{2 + number % 4}", 0))
            idle.append(context.wrap_socket(plain, server_hostname="127.0.0.1"))
        page = Browser(clinic.ca.certificate).get(f"https://127.0.0.1:{clinic.ports['portal']}/sent")
        fail_unless(page.status == 200, page.status)
        more = _resident_mb(clinic.portal.pid) - before
        fail_unless(more < 150, f"{more:.0f} MB for 1,000 connections")
    finally:
        for one in idle:
            one.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _multipart(fields, files):
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
             for name, value in fields.items()]
    parts += [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
              "Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n" for name, content in files]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def _reply(browser, page, files):
    form = next(form for form in page.forms if form.action.endswith("/reply"))
    fields = {**form.fields, "text": "Please see what I attached."}
    fields.pop("files", None)
    return browser.send(urllib.parse.urljoin(page.address, form.action), _multipart(fields, files),
                        f"multipart/form-data; boundary={BOUNDARY}")


LARGE = 30_000_000


def _upload(clinic, context):
    """A stranger's upload, all but its last byte."""
    plain = socket.create_connection(("127.0.0.1", clinic.ports["portal"]), 120)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    one = context.wrap_socket(plain, server_hostname="127.0.0.1")
    one.sendall(f"POST /m/{'A' * 43}/reply HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {LARGE}\r\n"
                f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nCookie: __Host-phi={'A' * 43}\r\n"
                "Connection: close\r\n\r\n".encode())
    one.sendall(bytes(LARGE - 1))
    return one


def _answer(one):
    one.sendall(b"x")
    answer = b""
    while some := one.recv(65536):
        answer += some
    return answer


def _handed_in(clinic, context, token):
    connection = http.client.HTTPSConnection("127.0.0.1", clinic.ports["portal"], timeout=60, context=context)
    try:
        connection.request("PUT", "/api/v1/batches/a/b", bytes(10_000_000), {"Authorization": f"Bearer {token}"})
        return connection.getresponse().status
    finally:
        connection.close()


def test_uploads_of_strangers_are_bounded(clinic):
    """Twelve at once of 30 MB without a session: two are held, the others hear 503; a visitor's reply with 10 MB leaves,
    and a program with a token is let in, without a good one not."""
    browser, page = _open(clinic, _link(clinic, people.PATIENT, result([people.PATIENT.address])))
    form = browser.follow(page, "reply")
    token = make_token(clinic, "sender", "messages:send")
    context = ssl.create_default_context(cafile=clinic.ca.certificate)
    before = _resident_mb(clinic.portal.pid)
    uploads = [_upload(clinic, context) for _ in range(12)]
    try:
        more = _resident_mb(clinic.portal.pid) - before
        fail_unless(more < 100, f"{more:.0f} MB for twelve uploads of 30 MB")
        page = Browser(clinic.ca.certificate).get(f"https://127.0.0.1:{clinic.ports['portal']}/sent")
        fail_unless(page.status == 200, page.status)
        answer = _reply(browser, form, [("scan.bin", bytes(10_000_000))])
        fail_unless("Your reply was sent." in answer.text, answer.text)
        for bearer, known in ((token, True), (token[:-1] + ("A" if token[-1] != "A" else "E"), False)):
            status = _handed_in(clinic, context, bearer)
            fail_unless((status != 503) == known, f"{status} for {'a' if known else 'no'} token")
        answers = [_answer(one) for one in uploads]
    finally:
        for one in uploads:
            one.close()
    busy = [one for one in answers if one.startswith(b"HTTP/1.1 503 ") and b"\r\nRetry-After: " in one]
    others = [one[:60] for one in answers if one not in busy]
    fail_unless(len(busy) == 10 and len(others) == 2 and all(b" 4" in one[:13] for one in others), others)


def _zip_bomb():
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(16):
            archive.writestr(f"{number}.txt", bytes(50_000_000))
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"{number}.zip", inner.getvalue())
    return outer.getvalue()


def test_bombs_in_a_reply(clinic):
    """16 GB in a zip, thousands of parts, names of paths and headers: refused in words, or delivered under plain names."""
    link = _link(clinic, people.PATIENT, result([people.PATIENT.address]))
    browser, page = _open(clinic, link)
    form = browser.follow(page, "reply")
    before = len(clinic.sink.deliveries(people.LAB.address))
    many = _reply(browser, form, [(f"{number}.txt", b"x") for number in range(5000)])
    fail_unless(many.status in (400, 413) and "Your reply was sent" not in many.text, f"{many.status} {many.text[:300]}")
    answer = _reply(browser, browser.follow(page, "reply"), [
        ("bomb.zip", _zip_bomb()), ("../../etc/cron.d/x", b"one"), ("a%0D%0ABcc: evil@mail.example", b"two"),
        ("C:\\\\autoexec.bat", b"three")])
    fail_unless("Your reply was sent." in answer.text, answer.text)
    mail = wait_until(lambda: clinic.sink.deliveries(people.LAB.address)[before:], "the reply", 120)[-1].data
    names = re.findall(rb"filename=\"?([^\"\r\n]*)", mail)
    fail_unless(len(names) == 4 and not [one for one in names if b"/" in one or b"\\" in one or b":" in one], names)
    fail_unless(b"\nBcc" not in mail and not clinic.sink.deliveries("evil@mail.example"), "a header was put in")
    fail_unless(clinic.submit(people.LAB.address, [people.PATIENT.address], result([people.PATIENT.address])).code == 250,
                "the filter takes nothing any more")
