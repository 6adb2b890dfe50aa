# SPDX-License-Identifier: Apache-2.0
"""Judges a run: opens every copy with its recipient's key, counts, and looks for what should not be readable. Nothing
here asks phimilter what happened but through its journal, and that has to agree with what came."""
import collections
import concurrent.futures
import os
import re

from checks import readable, spellings
from leaks import NOT_OURS
from mta import people
from mta.judge import entity, header, method_of, notice_link, open_pgp, open_smime
from torture.ledgers import Story, entries, id_of_link, read_journal, stream_problems
from torture.mails import HELD, NAME_ROOT, RECORD_ROOT

CANARY = re.compile(b"|".join([re.escape(one) for one in spellings(NAME_ROOT)]
                              + [re.escape(RECORD_ROOT.encode()) + rb"\d{5}(?!\d)", rb"(?<!\d)5\d\d-\d\d-[2-9]\d{3}(?!\d)"]))
# A mail server's queue held the message anyway; its empty queue is looked at all the same.
QUEUES = ("main", "secure", "upstream")


class Verdict:
    def __init__(self, clinic, mails, clients):
        self._clinic, self._mails, self._clients = clinic, {mail.mark: mail for mail in mails}, clients
        self.violations = collections.defaultdict(list)
        self.counts = collections.Counter()
        self._copies = collections.defaultdict(list)       # (mark, address) -> deliveries
        self._digests = collections.defaultdict(set)       # mark -> digests, by the queue ids in its copies

    def judge(self):
        self._read_records()
        self._sort_deliveries()
        self._read_vaults()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for _ in pool.map(self._judge_mail, self._mails.values()):
                pass
        self._judge_story()
        self._search_files()
        return self

    def blame(self, kind, text):
        self.violations[kind].append(text)

    # Records

    def _read_records(self):
        clinic = self._clinic
        journals = {}
        for writer, folder in (("filter", clinic.place.path("journal")), ("portal", clinic.place.path("portal/journal"))):
            journals[writer], problems = read_journal(folder)
            for problem in problems:
                self.blame("journal does not verify", problem)
        said = clinic.phictl("audit", "verify", ok=(0, 1, 2, 3, 4, 5))
        self.verified = said.strip().splitlines()
        if "problem" in said.lower() or "not" in said.lower().split():
            self.blame("journal does not verify", said)
        for problem in stream_problems(clinic.stream(), journals):
            self.blame("stream is not the journal", problem)
        self.records = [record for record, _, _ in journals["filter"]]
        self.story = Story(self.records)
        self.counts["records"] = len(self.records)

    def _sort_deliveries(self):
        for delivery in self._clinic.sink.deliveries():
            mark = next((one.partition("=")[2] for one in delivery.mail_arguments if one.startswith("ENVID=")), "")
            if mark not in self._mails or not delivery.mail_from:
                self.counts["bounces and notices of failure"] += 1
                self._no_canary(delivery.data, f"a message to {delivery.addresses()} that is no copy")
                continue
            for address in delivery.addresses():
                self._copies[mark, address].append(delivery)
            for queue_id in re.findall(rb"\bid ([0-9A-Za-z]{6,})", delivery.data.partition(b"\r\n\r\n")[0]):
                digest = self.story.digest_of.get(queue_id.decode())
                if digest:
                    self._digests[mark].add(digest)
        for mark, address in self._copies:
            if address not in self._mails[mark].recipients:
                self.blame("came to somebody else", f"{mark} {address}")

    def _read_vaults(self):
        clinic = self._clinic
        key = clinic.place.path("secrets/portal.key")
        self.vault = entries(clinic.place.path("escrow"), key)
        self.held = collections.defaultdict(list)
        for facts, message in entries(clinic.place.path("escrow/held"), key).values():
            if facts is None:
                self.blame("vault entry cannot be read", message)
            else:
                self.held[facts["subject"], facts["recipient"].lower()].append(message)
                self.story.digest_of.get(facts["queue_id"])
        self.counts["vault entries"] = len(self.vault)

    # Copies

    def _judge_mail(self, mail):
        sent = entity(mail.message)
        for address in mail.recipients:
            copies = self._copies[mail.mark, address]
            # Without PHI somebody's mail is held when the policy, at the moment, protects everything.
            if address == HELD.address and (mail.phi or not copies):
                self._judge_held(mail, address, sent)
                continue
            self.counts["copies expected"] += 1
            if not copies:
                self.blame("lost", f"{mail.mark} {address}")
                continue
            for delivery in copies:
                self._judge_copy(mail, address, delivery, sent)
            if len(copies) > 1:
                self._judge_double(mail, address, copies)

    def _judge_held(self, mail, address, sent):
        self.counts["held expected"] += 1
        found = self.held[header(mail.message, "Subject"), address]
        if self._copies[mail.mark, address]:
            self.blame("held and sent all the same", mail.mark)
        if len(found) > 1 and self._clients.unheard[mail.number]:
            self.counts["second copies: the client heard no answer and came again"] += len(found) - 1
        elif len(found) != 1:
            self.blame("held not once", f"{mail.mark}: {len(found)} times")
        elif entity(found[0]) != sent:
            self.blame("is not what was sent", f"{mail.mark} held")

    def _judge_copy(self, mail, address, delivery, sent):
        form = method_of(delivery.data)
        if form == "clear" and delivery.listener == "outside-tls" and delivery.tls:
            form = "tls"
        self.counts[f"copies {form}"] += 1
        where = f"{mail.mark} {address}"
        if form not in mail.forms(address):
            self.blame("wrong form", f"{where}: {form}")
        open_to_read = form == "tls" or people.domain(address) == people.CLINIC_DOMAIN
        if not (open_to_read and form in ("tls", "clear")):
            self._no_canary(delivery.data, where)
        if len(delivery.recipients) > 1 and form in ("smime", "portal"):
            self.blame("copy shared that should not be", where)
        try:
            if self._opened(form, address, delivery) != sent:
                self.blame("is not what was sent", f"{where} {form}")
        except Exception as error:  # noqa: BLE001 - whatever it is, its recipient cannot read it
            self.blame("cannot be opened", f"{where} {form}: {str(error)[:300]}")

    def _opened(self, form, address, delivery):
        clinic = self._clinic
        if form == "pgp":
            return open_pgp(delivery.data, clinic.rings[address]).entity
        if form == "smime":
            return open_smime(delivery.data, *clinic.partner_pair, clinic.ca.certificate).entity
        if form == "portal":
            entry = id_of_link(notice_link(delivery.data)[0])
            facts, message = self.vault.get(entry, (None, "there is no such entry"))
            if facts is None or facts["recipient"].lower() != address:
                raise AssertionError(f"the notice's entry: {message if facts is None else facts['recipient']}")
            if not os.path.exists(self._clinic.place.path("escrow", f"{entry}.notice")):
                self.blame("notice not noted in the vault", entry)
            return entity(message)
        return entity(delivery.data)

    def _judge_double(self, mail, address, copies):
        """Second copies must be explained: by a mark in the journal, or by a client that heard no answer."""
        where, more = f"{mail.mark} {address}", len(copies) - 1
        tries = [instance for digest in self._digests[mail.mark] for instance in self.story.instances[digest]]
        if self._came_again(mail):
            # It came again although its first mail was in work or done: nobody can know that it is no second one.
            self.counts["second copies: the client heard no answer and came again"] += more
            return
        names = {header(copy.data, "Message-ID") for copy in copies}
        if len(names) != 1:
            self.blame("second copy with another Message-ID", f"{where}: {names}")
        if any(key[0] in tries and self.story.address[key] == address for key in self.story.in_doubt):
            self.counts["second copies: in doubt at the listener, marked"] += more
        elif len(tries) > 1:
            self.blame("doubled: done, and the mail server told to come again", f"{where}: {tries}")
        else:
            swallowed = sum(proxy.swallowed[mail.mark, address] for proxy in self._clinic.proxies)
            self.blame("doubled: not marked as in doubt", f"{where}: {len(copies)} copies, {swallowed} answers lost, "
                                                           f"{tries}")

    def _came_again(self, mail):
        """The mail server was done with it, or at it, and the client had heard nothing."""
        done = sum(len(ids) for (digest, _), ids in self.story.completed.items() if digest in self._digests[mail.mark])
        tries = sum(len(self.story.instances[digest]) for digest in self._digests[mail.mark])
        return self._clients.unheard[mail.number] > 0 and max(done, tries) > 1

    # All in all

    def _judge_story(self):
        story = self.story
        for instance, made_good in story.open_intents():
            if story.all_settled(instance):
                self.counts["served, and the filter ended before it was written down as completed"] += 1
            elif made_good:
                self.counts["intents left for a later try of the same mail"] += 1
            else:
                self.blame("intent never completed", instance)
        for key, decided in story.intended.items():
            methods = list(dict.fromkeys(decided))
            if len(methods) == 1:
                continue
            # Nobody can encrypt to a key that has expired.
            instead = {method for method, _ in methods[1:]} <= {"portal"} and methods[0][0] == "pgp"
            if story.address[key] == people.SECOND_DOCTOR.address and instead:
                self.counts["portal instead: the key had expired"] += 1
            else:
                self.blame("an unfinished intent was changed", f"{story.address[key]}: {methods}")
        self.counts["marked in doubt"] = len(story.in_doubt)
        self.counts["submissions completed"] = sum(len(ids) for ids in story.completed.values())
        self.counts["tries that failed, on record"] = sum(record["event"] == "failed" for record in self.records)
        for mail, text in self._clients.refused:
            self.blame("refused for good", f"{mail.mark}: {text}")

    def _no_canary(self, data, where):
        found = CANARY.search(readable(data))
        if found:
            self.blame("clear text", f"{where}: {found.group()!r}")

    def _search_files(self):
        clinic = self._clinic
        stay_out = {clinic.place.path(name) for name in NOT_OURS} - {clinic.place.path(name) for name in QUEUES}
        # Every word that the tests' Sendmail speaks or hears, which no site writes down.
        stay_out.add(clinic.place.path("main/trace"))
        abandoned = clinic.abandoned()
        self.counts["data files of a killed mail server"] = len(abandoned)
        stay_out |= abandoned
        for folder, folders, files in os.walk(clinic.place.root):
            folders[:] = [name for name in folders if os.path.join(folder, name) not in stay_out]
            for path in (os.path.join(folder, name) for name in files):
                if path not in stay_out:
                    self._search_file(path)
        for name in os.listdir("/tmp"):
            if name.startswith(("phimilter", "gpg-", "phi-", "core")) and os.path.isfile(f"/tmp/{name}"):
                self._search_file(f"/tmp/{name}")
        for name in os.listdir(clinic.place.path("spool")):
            self.blame("left behind in the spool", name)

    def _search_file(self, path):
        name = os.path.basename(path)
        if name.startswith("core") and name != "core":
            self.blame("core dump", path)
        if name.endswith(".sealing"):
            self.counts["unfinished vault files"] += 1
        try:
            with open(path, "rb") as file:
                found = CANARY.search(file.read())
        except OSError:
            return
        self.counts["files searched"] += 1
        if found:
            self.blame("clear text", f"{path}: {found.group()!r}")
