# SPDX-License-Identifier: Apache-2.0
"""escrow.bind_to_link: a message opens by the link in its notice alone, and everything else works as it does without."""
import os
import re
import shutil
import subprocess
import sys

from checks import fail_unless
from leaks import our_files
from mta import people
from mta.browser import Browser
from mta.clinic import Clinic
from mta.judge import message_text, notice_link
from mta.place import FILTER_UID, PORTAL_UID, SHARED_GID
from mta.wait import wait_until
from suites.messages import NAME, SSN, result, with_attachment
from suites.tracking import _events, _reference

SECRETS = ("547-38-2916",)
PATIENT = people.PATIENT.address
PROOF = b'X-Phi-Proof: question="Date of birth"; answer="1961-03-07"\r\n'
PASSPHRASE = "lamp river 9 goats"
READER = os.path.join(os.path.dirname(__file__), "..", "..", "unit", "escrow", "read_sealed.py")


def make_clinic(place):
    clinic = Clinic(place)
    _set(clinic)
    clinic.redis.start()
    clinic.main.start()
    clinic.secure.start()
    clinic.make_secrets()
    clinic.phictl("setup", "recovery", place.path("recovery.key"))
    clinic.start_filter()
    clinic.start_portal()
    return clinic


def _set(clinic, changes=None):
    clinic.write_settings({"escrow.bind_to_link": True, "tracking.receipts": "each",
                           "escrow.recovery_key": clinic.place.path("secrets", "recovery.pub")} | (changes or {}))


def _notices(clinic, count=0):
    """Those that the patient got, once there are `count`; there are other mails, too."""
    def found():
        return [one for one in clinic.sink.deliveries(PATIENT) if "/m/" in message_text(one.data)]
    wait_until(lambda: len(found()) >= count, f"{count} notices")
    return found()


def _notice(clinic, message=None, proof=PROOF):
    before = len(_notices(clinic))
    reply = clinic.submit(people.LAB.address, [PATIENT], proof + (message or result([PATIENT])))
    fail_unless(reply.code == 250, reply.text)
    return notice_link(_notices(clinic, before + 1)[-1].data)


def _form(page, action):
    return next(form for form in page.forms if form.action.endswith(action))


def _open(clinic, link):
    browser = Browser(clinic.ca.certificate)
    page = browser.get(link)
    page = browser.submit(page, _form(page, "/proof"), answer="3/7/1961")
    fail_unless(page.status == 200 and NAME in page.text, page.text)
    return browser, page


def _secret(link):
    return link.rpartition("/")[2]


def _sealed_files(clinic):
    folder = clinic.place.path("escrow")
    return {os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".sealed")}


def _read(clinic, how, key, file, *link):
    """What the reader of docs/escrow-format.md makes of a file: (ended well, output)."""
    done = subprocess.run([sys.executable, "-B", READER, how, clinic.place.path(key), file, *link],
                          capture_output=True, timeout=60)
    return done.returncode == 0, done.stdout


def test_read_saved_and_answered(clinic):
    """Notice, proof, message, file, reply: each on record, and the sender has receipt and reply."""
    link, text = _notice(clinic, with_attachment([PATIENT], 200_000))
    reference = _reference(text)
    browser, page = _open(clinic, link)
    saved = browser.submit(page, next(form for form in page.forms if "/attachment/" in form.action))
    fail_unless(saved.status == 200 and saved.body.startswith(b"ferritin,4,ng/mL") and len(saved.body) == 200_000,
                f"{saved.status} {len(saved.body)}")
    page = browser.get(link + "/reply")
    page = browser.submit(page, _form(page, "/reply"), text="Thank you, I will come on Tuesday.")
    fail_unless("Your reply was sent." in page.text, page.text)
    reply = wait_until(lambda: [one for one in clinic.sink.deliveries(people.LAB.address)
                                if "come on Tuesday" in message_text(one.data)], "the reply")
    fail_unless(len(reply) == 1, "more than one reply")
    for event in ("challenged", "verified", "shown", "downloaded", "replied"):
        fail_unless(event in _events(clinic, reference), f"{event} is not in {_events(clinic, reference)}")
    wait_until(lambda: "sender_told" in _events(clinic, reference), "the receipt", 90)


def test_disk_and_key_without_the_link_open_nothing(clinic):
    """By another reader: the facts have no subject and no link, the body does not open; with the link it does. The
    link stands in no file of ours, before and after it was used."""
    before = _sealed_files(clinic)
    link, _ = _notice(clinic)
    (file,) = _sealed_files(clinic) - before
    good, facts = _read(clinic, "--facts", "secrets/portal.key", file)
    fail_unless(good and PATIENT.encode() in facts and NAME.encode() not in facts
                and _secret(link).encode() not in facts, facts)
    good, said = _read(clinic, "--entry", "secrets/portal.key", file)
    fail_unless(not good and SSN.encode() not in said, "disk and key opened it")
    other, _ = _notice(clinic)
    good, said = _read(clinic, "--entry", "secrets/portal.key", file, _secret(other))
    fail_unless(not good and SSN.encode() not in said, "another message's link opened it")
    good, said = _read(clinic, "--entry", "secrets/portal.key", file, _secret(link))
    fail_unless(good and SSN.encode() in said, "disk, key and link did not open it")
    good, said = _read(clinic, "--recover", "recovery.key", file)
    fail_unless(good and said.decode().strip() == _secret(link), "the recovery key gave another link")
    good, said = _read(clinic, "--entry", "recovery.key", file, _secret(link))
    fail_unless(not good, "the recovery key and the link opened it without the portal's key")
    _open(clinic, link)
    for path in filter(os.path.isfile, our_files(clinic)):
        with open(path, "rb") as content:
            fail_unless(_secret(link).encode() not in content.read(), f"the link stands in {path}")


def test_an_account_says_where_the_link_is(clinic):
    """Without the link in hand: the list and the page say that it opens from the e-mail, and nothing is recorded."""
    link, text = _notice(clinic)
    browser, _ = _open(clinic, link)
    page = browser.get(link + "/account")
    browser.submit(page, _form(page, "/account"), new_passphrase=PASSPHRASE)
    portal = link[:link.index("/m/")]
    visitor = Browser(clinic.ca.certificate)
    page = visitor.get(portal + "/account")
    page = visitor.submit(page, _form(page, "/signin"), address=PATIENT, passphrase=PASSPHRASE)
    fail_unless("Your messages" in page.text, page.text)

    def listed():
        page = visitor.get(portal + "/account")
        return page if _reference(text) in page.text else None
    page = wait_until(listed, "the message in the list")
    fail_unless("Open it by the link in the e-mail that you got." in page.text, page.text)
    fail_unless(not [form for form in page.forms if form.action.endswith("/open")], "a button that cannot work")
    entry = next(name for name in os.listdir(clinic.place.path("escrow")) if name.endswith(".notice")).partition(".")[0]
    page = visitor.get(f"{portal}/a/{entry}")
    fail_unless(page.status == 403 and "Open it from the e-mail that you got" in page.text
                and people.CLINIC_PHONE in page.text, page.text)
    page = visitor.get(link)
    fail_unless("Date of birth" in page.text, page.text)


def test_a_code_by_mail_opens_it(clinic):
    """No question: the code comes to the mailbox, the link is in the visitor's hand."""
    link, _ = _notice(clinic, proof=b"")
    browser = Browser(clinic.ca.certificate)
    page = browser.get(link)
    page = browser.submit(page, _form(page, "/code"))

    def codes():
        texts = [message_text(one.data) for one in clinic.sink.deliveries(PATIENT)]
        return [one for one in texts if re.search(r"\b\d{4} \d{4}\b", one) and "/m/" not in one]
    mail = wait_until(codes, "the code")[-1]
    fail_unless(_secret(link) not in mail, "the code's mail has the link")
    code = re.search(r"\b\d{4} \d{4}\b", mail).group()
    page = browser.submit(page, _form(page, "/proof"), answer=code)
    fail_unless(page.status == 200 and NAME in page.text, page.text)


def _resend(clinic, reference, *words):
    """What phictl says when it refuses."""
    try:
        clinic.phictl("messages", "resend", reference, *words)
    except AssertionError as error:
        return str(error)
    return ""


def test_mailed_again_with_the_recovery_key_alone(clinic):
    """Without the key, or with another: said, and nothing leaves. With it: the same link once more, on record,
    with the day to which the message was extended."""
    link, text = _notice(clinic)
    reference = _reference(text)
    before = len(_notices(clinic))
    fail_unless("--recovery-key" in _resend(clinic, reference), "no word about the key")
    wrong = clinic.place.path("wrong.key")
    subprocess.run(["openssl", "genpkey", "-algorithm", "X25519", "-out", wrong], check=True, timeout=60)
    os.chmod(wrong, 0o600)
    said = _resend(clinic, reference, "--recovery-key", wrong)
    fail_unless("not sealed to this recovery key" in said, said)
    clinic.wait_quiet()
    fail_unless(len(_notices(clinic)) == before, "a notice was mailed")
    fail_unless("resent" not in _events(clinic, reference), "on record as mailed")
    clinic.phictl("messages", "resend", reference, "--recovery-key", clinic.place.path("recovery.key"))
    again = _notices(clinic, before + 1)[-1]
    fail_unless(notice_link(again.data)[0] == link and again.mail_from == people.LAB.address, "another notice")
    fail_unless(_events(clinic, reference)[-1] == "resent", _events(clinic, reference))
    _open(clinic, link)
    clinic.phictl("messages", "extend", reference, "--until", "2031-03-05T12:00:00Z")
    clinic.phictl("messages", "resend", reference, "--recovery-key", clinic.place.path("recovery.key"))
    fail_unless("March 5, 2031" in message_text(_notices(clinic, before + 2)[-1].data), "the day before it was extended")
    owners = {os.stat(os.path.join(folder, name)).st_uid for folder, _, names in
              os.walk(clinic.place.path("phictl-journal")) for name in names}
    fail_unless(owners == {FILTER_UID}, f"the journal belongs to {owners}")


def test_more_time_taken_back_and_a_changed_key(clinic):
    """extend, a new portal key, retract: as with any message."""
    link, text = _notice(clinic)
    clinic.phictl("messages", "extend", _reference(text), "--days", "400")
    clinic.phictl("setup", "rotate-portal-key")
    _open(clinic, link)
    clinic.phictl("messages", "retract", _reference(text))
    fail_unless(Browser(clinic.ca.certificate).get(link).status == 410, "still there")
    wait_until(lambda: "destroyed" in _events(clinic, _reference(text)), "its destruction")


def test_a_try_that_broke_off_and_another_filter(clinic):
    """The copy could not be handed in, the filter is started anew, and the link of the first try is forgotten: one
    notice, whose link opens it."""
    message = PROOF + result([PATIENT])
    before = len(_notices(clinic))
    clinic.filter.stop()
    _set(clinic, {"reentry.listener": f"inet:127.0.0.1:{clinic.place.free_port()}", "reentry.always": True})
    clinic.start_filter()
    fail_unless(clinic.submit(people.LAB.address, [PATIENT], message).later, "with no listener for copies")
    clinic.filter.kill()
    _set(clinic)
    clinic.start_filter()
    fail_unless(clinic.submit(people.LAB.address, [PATIENT], message).code == 250, "the second try")
    copies = _notices(clinic, before + 1)
    clinic.wait_quiet()
    fail_unless(len(_notices(clinic)) == before + 1, "more than one notice")
    _open(clinic, notice_link(copies[-1].data)[0])


def test_the_keys_come_from_systemd(clinic):
    """No key file that the portal could read, CREDENTIALS_DIRECTORY alone: messages of before and of now open."""
    link, _ = _notice(clinic)
    clinic.portal.stop()
    folder = clinic.place.folder("credentials", 0o550, 0, SHARED_GID)
    moved = {}
    for name in ("portal.key", "pepper.key"):
        source, target = clinic.place.path("secrets", name), os.path.join(folder, name)
        shutil.copy(source, target)
        # As systemd leaves them: root's, and readable by the service through the group bits of an ACL.
        os.chown(target, 0, SHARED_GID)
        os.chmod(target, 0o440)
        moved[name] = source + ".away"
        os.rename(source, moved[name])
    try:
        clinic.portal = clinic.place.start(
            "portal", [clinic.program("phimilter-portal"), "--settings", clinic.settings_file], uid=PORTAL_UID,
            gid=SHARED_GID, environment={"CREDENTIALS_DIRECTORY": folder})
        wait_until(lambda: " started" in clinic.portal.log_text()[clinic.portal.log_start:] or not clinic.portal.running(),
                   "the portal")
        fail_unless(clinic.portal.running(), clinic.portal.log_text()[clinic.portal.log_start:])
        _open(clinic, link)
        _open(clinic, _notice(clinic)[0])
    finally:
        for name, away in moved.items():
            os.rename(away, clinic.place.path("secrets", name))
        clinic.portal.stop()
        clinic.start_portal()
