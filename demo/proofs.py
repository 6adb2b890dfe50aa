# SPDX-License-Identifier: Apache-2.0
"""Proves what each recipient got, with gpg, openssl and a browser's requests; prints the commands it runs."""
import csv
import io
import os
import shutil

from letters import ANSWER, WRONG_ANSWER
from mta.browser import Browser
from mta.judge import armored_part, crlf, entity, header, notice_link, open_pgp, open_smime, without_trace
from mta.keys import run
from show import command, output, proved, say


def require(condition, what):
    if not condition:
        raise SystemExit(f"\nThe demo did not work: {what}")


class Proofs:
    def __init__(self, clinic, folder):
        self._clinic, self._folder = clinic, folder

    def save(self, name, data):
        path = os.path.join(self._folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def show(self, letter, person, delivery, method):
        name = f"{letter.number}-{person.address}"
        self.save(f"{name}.eml", delivery.data)
        getattr(self, f"_{method}")(letter, person, delivery, name)

    def _pass(self, letter, person, delivery, name):
        fields = [line for line in crlf(letter.message()).split(b"\r\n") if not line.startswith(b"X-Phi-")]
        require(without_trace(delivery.data) == b"\r\n".join(fields), f"{person.name}'s copy was changed")
        above = crlf(delivery.data).count(b"\n") - without_trace(delivery.data).count(b"\n")
        self._shell(f"tail -n +{above + 1} {name}.eml | cmp - {letter.number}-sent.eml && echo the same")
        proved(f"{person.name}'s copy is what was sent, byte for byte")

    def _pgp(self, letter, person, delivery, name):
        ring = self._clinic.rings[person.address]
        self.save(f"{name}.asc", armored_part(delivery.data))
        opened = open_pgp(delivery.data, ring)
        require(opened.entity == entity(letter.message()), f"{person.name}'s copy holds something else")
        home = os.path.basename(ring.home)
        command(f"gpg --homedir {home} --decrypt {name}.asc")
        output(opened.entity.decode(errors="replace").partition("\r\n\r\n")[2], 5)
        others = [key for key in opened.keys if key not in ring.key_ids()]
        require(not others, "the copy names other keys")
        command(f"gpg --homedir {home} --list-packets {name}.asc | grep 'pubkey enc'")
        output("\n".join(f":pubkey enc packet: keyid {key}" for key in opened.keys))
        proved(f"opens with {person.name}'s key, is what was sent, and names no other key; outside stands "
               f"\"Subject: {header(delivery.data, 'Subject')}\"")

    def _smime(self, letter, person, delivery, name):
        opened = open_smime(delivery.data, *self._clinic.partner_pair, self._clinic.ca.certificate)
        require(opened.entity == entity(letter.message()), f"{person.name}'s copy holds something else")
        require(opened.signed, "the copy is not signed inside")
        command(f"openssl cms -decrypt -in {name}.eml -recip partner.pem -inkey partner.key |")
        command("openssl cms -verify -CAfile ca.pem")
        output(opened.headers["Subject"] and f"Subject: {opened.headers['Subject']}\n"
               + opened.entity.decode(errors="replace"), 6)
        proved(f"opens with {person.name}'s certificate ({', '.join(sorted(set(opened.keys)))}), is signed inside by "
               "the clinic, and is what was sent")

    def _tls(self, letter, person, delivery, name):
        require(delivery.tls, f"{person.name}'s copy came without TLS")
        require(without_trace(delivery.data) == crlf(letter.message()), f"{person.name}'s copy was changed")
        proved(f"{person.name}'s mail host took it over {delivery.tls}, as it was sent")

    def _portal(self, letter, person, delivery, name):
        for secret in (b"Solano, born", b"219-09-9940", b"547-38-2916", b"55120043", b"anemia", b"X-Phi"):
            require(secret not in delivery.data, "the notice says too much")
        link, text = notice_link(delivery.data)
        say("    the notice:")
        output(text, 8)
        proved("no health information, no number and no subject of the message stands in it")
        if letter.extra:
            self._follow(link)

    def _follow(self, link):
        browser = Browser(self._clinic.ca.certificate)
        page = browser.get(link)
        command(f"(browser) {link[:60]}...")
        output(_page(page), 5)
        page = browser.submit(page, page.form_to_fill(), answer=WRONG_ANSWER)
        require("ferrous" not in page.text, "a wrong answer opened the message")
        command(f"(browser) answer: {WRONG_ANSWER}")
        output(_page(page), 2)
        page = browser.submit(page, page.form_to_fill(), answer=ANSWER)
        require("ferrous sulfate" in page.text, "the right answer did not open the message")
        command(f"(browser) answer: {ANSWER}")
        output(_page(page), 6)
        proved("a wrong answer shows nothing, the right one opens the message")

    def wait_refused(self, letter, person):
        """A partner without TLS gets nothing, and the sender hears of it at once, with the way out."""
        clinic = self._clinic
        notice = clinic.wait_copies(letter.sender.address)[0].data.decode()
        require(not clinic.sink.deliveries(person.address), f"{person.name} got a copy without TLS")
        require("Quill" not in notice, "the notice to the sender tells of the patient")
        reason = clinic.secure.bounce_reasons()[-1]
        say("    The sender reads at once:")
        output("\n".join(line for line in notice.splitlines() if line.startswith("Subject:")), 1)
        proved(f"{person.name}'s mail host offers no TLS and got nothing: {reason}")

    def turn_tls_on(self, letter, person):
        clinic = self._clinic
        say(f"    Now {person.name} turns TLS on, and the sender sends it again.")
        clinic.sink.offer_tls("outside", *clinic.hospital_server)
        reply = clinic.submit(letter.sender.address, [person.address], letter.message(), "BODY=8BITMIME")
        require(reply.code == 250, f"Postfix said: {reply.text}")
        delivery = clinic.wait_copies(person.address)[0]
        self.show(letter, person, delivery, "tls")

    def blind_copy_is_blind(self, letter, deliveries):
        """`deliveries`: address -> delivery."""
        blind = letter.bcc[0]
        ids = self._clinic.rings[blind.address].key_ids()
        for address, delivery in deliveries.items():
            if address == blind.address:
                continue
            require(blind.address.encode() not in delivery.data, f"{blind.name} stands in {address}'s copy")
            if delivery.data.find(b"BEGIN PGP MESSAGE") >= 0:
                opened = open_pgp(delivery.data, self._clinic.rings[address])
                require(not set(opened.keys) & set(ids), f"{blind.name}'s key id stands in {address}'s copy")
        self._shell(f"grep -l {blind.address} {letter.number}-*.eml")
        proved(f"{blind.name} (Bcc) stands in nobody else's copy, also not as a key id")

    def audit(self):
        say("What was recorded, for the compliance officer:")
        exported = self._clinic.phictl("audit", "export", "--format", "csv")
        self.save("audit.csv", exported.encode())
        command("phictl audit export --format csv > audit.csv   # five of its columns:")
        columns = "time", "event", "recipient", "method", "status"
        rows = [columns] + [[line[name] for name in columns] for line in csv.DictReader(io.StringIO(exported))]
        for time, *others in rows[:1] + rows[-16:]:
            say("      " + f"{time[:19]:<20}" + "".join(f"{text:<{width}}" for text, width in
                                                       zip(others, (12, 36, 8, 14))).rstrip())
        say(f"      ... of {len(rows) - 1} rows, the last 16")
        command("phictl audit verify")
        output(self._clinic.phictl("audit", "verify"))
        command("redis-cli XLEN phimilter:decisions")
        output(run(["redis-cli", "-s", self._clinic.redis.socket, "XLEN", "phimilter:decisions"])[0].decode())

    def save_keys(self):
        """So that everything can be tried again by hand."""
        clinic = self._clinic
        for name, path in (("partner.pem", clinic.partner_pair[0]), ("partner.key", clinic.partner_pair[1]),
                           ("ca.pem", clinic.ca.certificate)):
            shutil.copy(path, os.path.join(self._folder, name))
        for ring in clinic.rings.values():
            shutil.copytree(ring.home, os.path.join(self._folder, os.path.basename(ring.home)),
                            ignore=lambda _, names: [name for name in names if name.startswith("S.")])

    def _shell(self, line):
        command(line)
        output(run(["sh", "-c", line], cwd=self._folder)[0].decode())


def _page(page):
    """What stands in the middle of a page of the portal."""
    return page.text.partition("Español ")[2]
