# SPDX-License-Identifier: Apache-2.0
"""The portal's API, by programs with tokens; every answer is as docs/openapi.yaml says."""
import base64
import concurrent.futures
import fcntl
import json
import os
import re
import subprocess
import urllib.parse

import jsonschema

from checks import fail_unless
from mta import people
from mta.api import Api, Description, make_token
from mta.clinic import Clinic
from mta.judge import notice_link
from mta.browser import Browser
from mta.postfix import REPOSITORY
from mta.wait import wait_until
from suites.messages import result

def make_clinic(place):
    clinic = Clinic(place)
    clinic.write_settings({"portal.api_send": True})
    return clinic.start()


ANSWER, PASSPHRASE = "Zanzibar 1961", "blue kettle 7"
SECRETS = (ANSWER, PASSPHRASE)
DESCRIPTION = Description()


def _api(clinic, name, *scopes):
    return Api(clinic, make_token(clinic, name, *scopes), DESCRIPTION)


def _at(address):
    return "/recipients/" + urllib.parse.quote(address, safe="")


def _expect(answer, status, code=None):
    fail_unless(answer.status == status, f"{answer.status} and not {status}: {answer.body!r}")
    if code:
        fail_unless(answer.json["code"] == code, answer.json)
    return answer


def _forget_everybody(api):
    """Nobody of an earlier test is on file, however it ended."""
    while people_on_file := _expect(api("GET", "/recipients"), 200).json["recipients"]:
        for one in people_on_file:
            _expect(api("DELETE", _at(one["address"])), 204)


def _acts(clinic, event):
    lines = clinic.phictl("audit", "export", "--format", "jsonl").splitlines()
    return [record for record in map(json.loads, lines) if record["event"] == event]


def test_description_is_openapi(clinic):
    """By the schema that the OpenAPI Initiative publishes; without a token there is no API."""
    folder = os.path.join(clinic.place.build, "web")
    subprocess.run([os.path.join(REPOSITORY, "packaging", "fetch-openapi-schema"), folder], check=True)
    with open(os.path.join(folder, "openapi-3.1.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator(schema).validate(DESCRIPTION.document)
    for kind in DESCRIPTION.document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(kind)
    nobody = Api(clinic, "", DESCRIPTION)
    _expect(nobody("GET", "/openapi.yaml"), 404, "no-api")
    _api(clinic, "first", "messages:read")
    with open(os.path.join(REPOSITORY, "docs", "openapi.yaml"), "rb") as file:
        fail_unless(_expect(nobody("GET", "/openapi.yaml"), 200).body == file.read(), "another document")


def test_put_get_delete(clinic):
    """What a program puts on file is there, its answer is not shown, and who did it stands in the journal."""
    api, mira = _api(clinic, "lab-system", "recipients:write", "recipients:read"), people.PATIENT.address
    _forget_everybody(api)
    before = len(_acts(clinic, "recipient_changed"))
    _expect(api("GET", _at(mira)), 404, "no-such-recipient")
    body = {"language": "es", "proof": {"question": "Place", "answer": ANSWER},
            "consent": {"date": "2026-01-31", "version": "2", "expires": "2036-01-31"}}
    added = _expect(api("PUT", _at(mira.upper()), body), 201)
    shown = _expect(api("GET", _at(mira)), 200)
    fail_unless(shown.json == added.json == {
        "address": mira, "language": "es", "proof": True,
        "consent": {"state": "given", "date": "2026-01-31", "version": "2", "expires": "2036-01-31"}}, shown.json)
    fail_unless(ANSWER.encode() not in shown.body, "the answer is shown")
    # The same again; then without proof: it stays, and what else is left out goes.
    _expect(api("PUT", _at(mira), body), 200)
    kept = _expect(api("PUT", _at(mira), {"language": "en"}), 200).json
    fail_unless(kept == {"address": mira, "language": "en", "proof": True, "consent": None}, kept)
    fail_unless(not _expect(api("PUT", _at(mira), {"proof": None}), 200).json["proof"], "it is asked still")
    _expect(api("DELETE", _at(mira)), 204)
    _expect(api("DELETE", _at(mira)), 404)
    acts = _acts(clinic, "recipient_changed")[before:]
    fail_unless([act["recipients"][0]["status"] for act in acts] ==
                ["added", "changed", "changed", "changed", "deleted"], acts)
    fail_unless({act["login"] for act in acts} == {"api-token:lab-system"} and
                acts[0]["recipients"][0]["address"].lower() == mira, acts)


def test_what_was_put_is_asked(clinic):
    """A message that comes afterwards asks for it, and the right answer opens it."""
    api, mira = _api(clinic, "asks", "recipients:read", "recipients:write"), people.PATIENT.address
    _forget_everybody(api)
    _expect(api("PUT", _at(mira), {"language": "en", "proof": {"passphrase": PASSPHRASE}}), 201)
    reply = clinic.submit(people.LAB.address, [mira], result([mira]))
    fail_unless(reply.code == 250, reply.text)
    browser = Browser(clinic.ca.certificate)
    page = browser.get(notice_link(clinic.wait_copies(mira)[0].data)[0])
    fail_unless(f"passphrase that {people.CLINIC} gave you" in page.text, page.text)
    page = browser.submit(page, page.form_to_fill(), answer=PASSPHRASE.upper())
    fail_unless("hepatitis" in page.text, page.text)
    _expect(api("DELETE", _at(mira)), 204)


def test_nobody_overwrites_what_was_not_read(clinic):
    """If-Match and If-None-Match; without them the last write wins."""
    api, ben = _api(clinic, "careful", "recipients:write", "recipients:read"), people.FRIEND.address
    _forget_everybody(api)
    first = _expect(api("PUT", _at(ben), {"language": "en"}, {"If-None-Match": "*"}), 201).headers["etag"]
    _expect(api("PUT", _at(ben), {"language": "es"}, {"If-None-Match": "*"}), 412, "changed-meanwhile")
    second = _expect(api("PUT", _at(ben), {"language": "es"}, {"If-Match": first}), 200).headers["etag"]
    _expect(api("PUT", _at(ben), {"language": "en"}, {"If-Match": first}), 412)
    _expect(api("DELETE", _at(ben), headers={"If-Match": first}), 412)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(lambda _: api("PUT", _at(ben), {"language": "en"}, {"If-Match": second}).status,
                                range(8)))
    fail_unless(codes == [200] + [412] * 7, codes)
    _expect(api("DELETE", _at(ben)), 204)


def test_nobody_changes_what_another_program_is_about_to_change(clinic):
    """While an import, phictl or a change of keys holds the recipients, the API says: come again."""
    api = _api(clinic, "patient", "recipients:read", "recipients:write")
    _forget_everybody(api)
    _expect(api("PUT", _at("pat@mail.example"), {"consent": {"date": "2026-01-31"}}), 201)
    with open(os.path.join(clinic.place.path("escrow"), "recipients", ".import-lock"), "r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        _expect(api("PUT", _at("pat@mail.example"), {"language": "es"}), 503)
        _expect(api("DELETE", _at("pat@mail.example")), 503)
        _expect(api("GET", _at("pat@mail.example")), 200)
    _expect(api("PUT", _at("pat@mail.example"), {"language": "es"}), 200)
    clinic.phictl("recipients", "set", "pat@mail.example", "--consent-date", "2026-01-31")
    fail_unless(api("GET", _at("pat@mail.example")).json["language"] == "es", "the change before is undone")


def test_what_is_wrong_is_said_and_never_repeated(clinic):
    """Malformed, nested, twice, unknown, too large, of another type: each with its status, none with the value."""
    api, path = _api(clinic, "clumsy", "recipients:write", "recipients:read"), _at("a@mail.example")
    for raw, status in ((b"", 400), (b"{", 400), (b"[]", 400), (b'"x"', 400), (b'{"language":"\xff"}', 400),
                        (b"[" * 50_000, 400), (b'{"a":' * 5000, 400), (b'{"language":"en","language":"es"}', 400),
                        (b'{"language":NaN}', 400), (b'{"language":"en"} x', 400),
                        (b'{"proof":{"question":"q","answer":"%s"}' % ANSWER.encode(), 400),
                        (b" " * 70_000, 413)):
        answer = _expect(api("PUT", path, raw=raw), status)
        fail_unless(ANSWER.encode() not in answer.body, answer.body)
    for body, at in (({"language": "fr"}, "/language"), ({"languages": "en"}, ""), ({"language": 1}, "/language"),
                     ({"consent": {"date": "2026-02-30"}}, "/consent/date"), ({"consent": {}}, "/consent/date"),
                     ({"consent": {"date": "2026-02-03", "expires": "2025-01-01"}}, "/consent"),
                     ({"consent": []}, "/consent"), ({"proof": "x"}, "/proof"),
                     ({"proof": {"question": "", "answer": ANSWER}}, "/proof/question"),
                     ({"proof": {"question": "q\n", "answer": ANSWER}}, "/proof/question"),
                     ({"proof": {"question": "q", "answer": "..."}}, "/proof/answer"),
                     ({"proof": {"question": "q", "answer": ANSWER + "x" * 200}}, "/proof/answer"),
                     ({"proof": {"passphrase": ANSWER, "answer": "a"}}, "/proof")):
        answer = _expect(api("PUT", path, body), 422, "invalid-values")
        fail_unless(at in [error["at"] for error in answer.json["errors"]], f"{body}: {answer.json}")
        fail_unless(ANSWER.encode() not in answer.body, answer.body)
    _expect(api("PUT", path, {}, {"Content-Type": "text/plain"}), 415, "not-json")
    _expect(api("PUT", "/recipients/nobody", {}), 422, "invalid-address")
    _expect(api("GET", "/recipients?limit=0"), 422)
    _expect(api("GET", "/recipients?cursor=x"), 422)
    _expect(api("GET", "/recipients?limit=1&limit=2"), 400)
    _expect(api("GET", path), 404)
    fail_unless(ANSWER not in clinic.portal.log_text(), "an answer is in the log")


def test_methods_and_paths(clinic):
    """HEAD is GET without a body, OPTIONS says what there is and lets no other site in, the rest is refused."""
    api, path = _api(clinic, "curious", "recipients:read", "recipients:write"), _at("head@mail.example")
    _expect(api("PUT", path, {"language": "en"}), 201)
    head, get = api("HEAD", path), api("GET", path)
    fail_unless(get.headers["content-disposition"].startswith("attachment"), get.headers)
    fail_unless(head.status == 200 and not head.body and head.headers["etag"] == get.headers["etag"], head)
    options = _expect(api("OPTIONS", path, headers={"Origin": "https://evil.example",
                                                     "Access-Control-Request-Method": "PUT"}), 204)
    fail_unless(set(options.headers["allow"].split(", ")) == {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"},
                options.headers)
    for answer in (options, get):
        fail_unless(not [name for name in answer.headers if name.startswith("access-control")], answer.headers)
    refused = _expect(api("POST", path, {}), 405, "method-not-allowed")
    fail_unless("PUT" in refused.headers["allow"], refused.headers)
    for unknown in ("/", "/recipients/", "/recipients/a@b.example/more", "/recipients/%00", "/%2e%2e", "/secrets"):
        fail_unless(api("GET", unknown).status in (404, 422), unknown)
    _expect(api("DELETE", path), 204)


def test_tokens(clinic):
    """Each does what its scopes say until it is revoked or over; wrong ones are counted; none stands in clear text."""
    reader, writer = _api(clinic, "reader", "recipients:read"), _api(clinic, "writer", "recipients:write")
    path = _at("scoped@mail.example")
    _expect(reader("PUT", path, {}), 403, "insufficient-scope")
    _expect(writer("GET", path), 403, "insufficient-scope")
    _expect(writer("PUT", path, {}), 201)
    _expect(writer("DELETE", path), 204)
    token = reader.token
    for wrong in ("", token[:-1] + ("A" if token[-1] != "A" else "E"), token.replace("phi_", "phj_"),
                  f"phi_{'0' * 16}_{token[-43:]}", token + "x", "../../../etc/passwd"):
        refused = _expect(Api(clinic, wrong, DESCRIPTION)("GET", path), 401)
        fail_unless(refused.headers["www-authenticate"].startswith("Bearer"), refused.headers)
    table = clinic.phictl("api-token", "list")
    fail_unless("reader" in table and "recipients:read" in table and token not in table, table)
    for folder, _, names in os.walk(clinic.place.root):
        for name in filter(lambda name: os.path.isfile(os.path.join(folder, name)), names):
            with open(os.path.join(folder, name), "rb") as file:
                fail_unless(token[-43:].encode() not in file.read(), f"the token stands in {name}")
    clinic.phictl("api-token", "revoke", "reader")
    _expect(reader("GET", path), 401, "invalid-token")
    clinic.phictl("api-token", "revoke", "reader", ok=(1,))
    clinic.phictl("api-token", "create", "writer", "--scope", "recipients:write", ok=(1,))
    clinic.phictl("api-token", "create", "odd", "--scope", "everything", ok=(1,))
    made = [record["recipients"][0]["status"] for record in _acts(clinic, "api_token_made")]
    fail_unless("writer" in made and "odd" not in made, made)
    fail_unless([record["recipients"][0]["status"] for record in _acts(clinic, "api_token_revoked")] == ["reader"],
                "the revocation is not on record")


def test_everybody_is_listed_a_page_at_a_time(clinic):
    """25 people in pages of 10: each once."""
    api = _api(clinic, "lister", "recipients:read", "recipients:write")
    _forget_everybody(api)
    rows = "".join(f"p{number}@mail.example,en\n" for number in range(25))
    clinic.phictl("recipients", "import", "-", stdin=("address,language\n" + rows).encode())
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        page = _expect(api("GET", "/recipients?limit=10" + (f"&cursor={cursor}" if cursor else "")), 200).json
        seen += [one["address"] for one in page["recipients"]]
        cursor, pages = page["next"], pages + 1
    fail_unless(sorted(seen) == sorted(f"p{number}@mail.example" for number in range(25)) and pages == 3, seen)


def _listed(clinic, api, query, count):
    def there():
        found = _expect(api("GET", "/messages?" + query), 200).json["messages"]
        return found if len(found) == count else None
    return wait_until(there, f"{count} messages of {query}", 30)


def test_messages_are_followed_and_managed(clinic):
    """Sent, found, read, taken back; given more time; each act on record under the token's name, once said twice."""
    ben = people.FRIEND.address
    api = _api(clinic, "office", "messages:read", "messages:write", "recipients:read", "recipients:write")
    _forget_everybody(api)
    _expect(api("PUT", _at(ben), {"proof": {"question": "Place", "answer": ANSWER}}), 201)
    for _ in range(2):
        fail_unless(clinic.submit(people.LAB.address, [ben], result([ben])).code == 250, "not sent")
    links = [notice_link(copy.data)[0] for copy in clinic.wait_copies(ben, 2)]
    first, second = _listed(clinic, api, f"recipient={ben.upper()}&sender={people.LAB.address}&state=unread", 2)
    fail_unless(first["shown"] is None and first["created"] >= second["created"], first)
    page = _expect(api("GET", f"/messages?recipient={ben}&limit=1"), 200).json
    rest = _expect(api("GET", f"/messages?recipient={ben}&limit=1&cursor={page['next']}"), 200).json
    fail_unless([page["messages"][0]["id"], rest["messages"][0]["id"], rest["next"]] ==
                [first["id"], second["id"], None], (page, rest))
    browser = Browser(clinic.ca.certificate)
    asked = browser.get(links[0])
    fail_unless("hepatitis" in browser.submit(asked, asked.form_to_fill(), answer=ANSWER).text, "it stays closed")
    read = _listed(clinic, api, f"recipient={ben}&state=opened", 1)[0]
    whole = _expect(api("GET", f"/messages/{read['id']}"), 200)
    fail_unless("verified" in [one["event"] for one in whole.json["events"]] and b"hepatitis" not in whole.body,
                whole.json)
    later = {"expires": "2027-03-31"}
    for _ in range(2):
        extended = _expect(api("POST", f"/messages/{read['id']}/extend", later), 200).json
    fail_unless(extended["expires"] == "2027-03-31T23:59:59.000000Z" and
                [one["by"] for one in extended["events"] if one["event"] == "extended"] == ["api-token:office"],
                extended)
    _expect(api("POST", f"/messages/{read['id']}/extend", {"expires": "2026-12-01"}), 409, "not-longer")
    _expect(api("POST", f"/messages/{read['id']}/extend", {"expires": "2099-12-01"}), 409, "too-long")
    _expect(api("POST", f"/messages/{read['id']}/extend", {"expires": "soon"}), 422)
    _expect(api("POST", f"/messages/{read['id']}/extend", raw=b"{"), 400)
    _expect(api("POST", f"/messages/{read['id']}/extend", later, {"Content-Type": "text/plain"}), 415)
    taken = [_expect(api("POST", f"/messages/{read['id']}/retract"), 200).json for _ in range(2)]
    fail_unless([one["before"] for one in taken] == [False, True] and taken[0]["shown"], taken)
    fail_unless("hepatitis" not in browser.get(links[0]).text, "it can be read still")
    _expect(api("POST", f"/messages/{read['id']}/extend", {"expires": "2028-01-01"}), 409)
    _listed(clinic, api, f"recipient={ben}&state=retracted", 1)
    for path in ("/messages/" + "0" * 32, "/messages/x", "/messages/%2e%2e"):
        _expect(api("GET", path), 404, "no-such-message")
        _expect(api("POST", path + "/retract"), 404)
    for query in ("state=read", "since=yesterday", "limit=501", "cursor=-1", "order=up"):
        _expect(api("GET", "/messages?" + query), 422)
    reader = _api(clinic, "only-looks", "messages:read")
    _expect(reader("POST", f"/messages/{second['id']}/retract"), 403, "insufficient-scope")
    _expect(api("DELETE", f"/messages/{second['id']}"), 405)
    _expect(api("DELETE", _at(ben)), 204)


def test_examples_of_the_guide_work(clinic):
    """Each command of docs/api.md, as it stands there, in order."""
    with open(os.path.join(REPOSITORY, "docs", "api.md"), encoding="utf-8") as file:
        commands = re.findall(r"(?ms)^```sh\n(.*?)^```$", file.read())
    fail_unless(len(commands) >= 6, commands)
    surroundings = {"PATH": os.environ["PATH"], "CURL_CA_BUNDLE": clinic.ca.certificate,
                    "TOKEN": make_token(clinic, "guide", "recipients:read", "recipients:write", "messages:read", "messages:send"),
                    "PORTAL": f"https://127.0.0.1:{clinic.ports['portal']}"}
    for command in commands:
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], env=surroundings, capture_output=True,
                              timeout=60)
        fail_unless(done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}")


def _sending(recipients, message, sender=people.LAB.address):
    return {"sender": sender, "recipients": recipients, "message": base64.b64encode(message).decode()}


def test_a_message_handed_in_twice_is_sent_once(clinic):
    """By one item of a batch: once, also when said by eight at once; protected; found by its batch; on record by name."""
    api, mira, ben = _api(clinic, "sender", "messages:send", "messages:read"), people.PATIENT.address, people.FRIEND.address
    proof = f'X-Phi-Proof: question="Place"; answer="{ANSWER}"; rcpt="{mira}"\r\n'
    message = proof.encode() + result([mira, ben])
    path, body = "/batches/run-7/4711", _sending([mira, ben], message)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: api("PUT", path, body).status, range(8)))
    fail_unless(200 in statuses and set(statuses) <= {200, 503}, statuses)
    for _ in range(2):
        answer = _expect(api("PUT", path, body), 200).json
        fail_unless([one["accepted"] for one in answer["recipients"]] == [True, True] and answer["queue_id"], answer)
    copies = [clinic.wait_copies(address)[0] for address in (mira, ben)]
    clinic.wait_quiet()
    fail_unless([len(clinic.sink.deliveries(address)) for address in (mira, ben)] == [1, 1], "sent more than once")
    browser = Browser(clinic.ca.certificate)
    page = browser.get(notice_link(copies[0].data)[0])
    fail_unless("hepatitis" in browser.submit(page, page.form_to_fill(), answer=ANSWER).text, "it stays closed")
    found = _listed(clinic, api, "batch=run-7", 2)
    fail_unless({one["recipient"] for one in found} == {mira, ben} and found[0]["batch"] == "run-7", found)
    fail_unless(_expect(api("GET", "/messages?batch=run-8"), 200).json["messages"] == [], "of another batch")
    _expect(api("PUT", path, _sending([mira, ben], message.replace(b"hepatitis C", b"hepatitis B"))), 409, "other-content")
    fail_unless(_expect(api("PUT", "/batches/run-7/4712", body), 200).json["queue_id"], "another item")
    fail_unless(len(clinic.wait_copies(mira, 2)) == 2, "another item is another message")
    acts = [act for act in _acts(clinic, "handed_in") if act["login"] == "api-token:sender"]
    fail_unless(acts and acts[0]["recipients"][0]["reasons"] == ["batch run-7", "item 4711"], acts)


def test_what_cannot_be_handed_in(clinic):
    """Other senders, forged fields, broken messages, other scopes: nothing leaves."""
    api, mira = _api(clinic, "wild", "messages:send"), people.PATIENT.address
    fine = result([mira])
    for body, at in ((_sending([mira], fine, "ceo@bank.example"), "/sender"), (_sending([mira], fine, "x"), "/sender"),
                     (_sending([], fine), "/recipients"), (_sending([mira] * 101, fine), "/recipients"),
                     (_sending([mira, "a@b\r\nRCPT TO:<c@d.example>"], fine), "/recipients/1"),
                     (_sending([mira], b""), "/message"), (_sending([mira], b"no header"), "/message"),
                     (_sending([mira], b"X-Phi-Batch: id=a; item=b\r\n" + fine), "/message"),
                     ({"sender": people.LAB.address, "recipients": [mira], "message": "%%%"}, "/message"),
                     ({**_sending([mira], fine), "priority": 1}, "")):
        answer = _expect(api("PUT", "/batches/wild/1", body), 422, "invalid-values")
        fail_unless(at in [error["at"] for error in answer.json["errors"]], f"{str(body)[:99]}: {answer.json}")
    for path in ("/batches/wi%20ld/1", "/batches/wild/" + "x" * 65, "/batches/a;item=b/1", "/batches/wild/1%0d%0aBcc"):
        fail_unless(api("PUT", path, _sending([mira], fine)).status in (404, 422), path)
    large = _sending([mira], fine + b"x" * 22_000_000)
    _expect(api("PUT", "/batches/wild/1", large), 413, "too-large")
    _expect(_api(clinic, "reads", "messages:write")("PUT", "/batches/wild/1", _sending([mira], fine)), 403)
    _expect(api("GET", "/batches/wild/1"), 405)
    clinic.wait_quiet()
    fail_unless(not clinic.sink.deliveries(mira), "something left")


def test_a_listener_of_its_own(clinic):
    """With portal.api_listen the pages' listener knows no API, and the API's no page."""
    port = clinic.place.free_port()
    try:
        clinic.portal.stop()
        clinic.write_settings({"portal.api_send": True, "portal.api_listen": f"inet:127.0.0.1:{port}"})
        clinic.start_portal()
        api = _api(clinic, "inside", "recipients:read")
        outside = Browser(clinic.ca.certificate).get(f"https://127.0.0.1:{clinic.ports['portal']}/api/v1/openapi.yaml")
        fail_unless(outside.status == 404, outside.status)
        inside = Browser(clinic.ca.certificate).get(f"https://127.0.0.1:{port}/sent")
        fail_unless(inside.status == 404 and "problem+json" in inside.headers["Content-Type"], inside.status)
        _expect(api.at(port)("GET", "/recipients"), 200)
    finally:
        clinic.portal.stop()
        clinic.write_settings({"portal.api_send": True})
        clinic.start_portal()


def test_wrong_tokens_are_counted_by_network(clinic):
    """After ten nobody of that network is listened to for a minute, with the right token either."""
    api, path = _api(clinic, "late", "recipients:read"), _at("late@mail.example")
    stranger = Api(clinic, "phi_wrong", DESCRIPTION)
    answers = [stranger("GET", path) for _ in range(12)]
    fail_unless(answers[-1].status == 429 and int(answers[-1].headers["retry-after"]) > 0, answers[-1])
    _expect(api("GET", path), 429, "too-many-wrong-tokens")
