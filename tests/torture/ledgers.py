# SPDX-License-Identifier: Apache-2.0
"""What the clinic wrote down, read by a program that is not its own: journals as docs/decision-record.md describes
them, the Redis stream, the vault."""
import collections
import glob
import hashlib
import importlib.util
import json
import os

from cryptography.hazmat.primitives import serialization

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_spec = importlib.util.spec_from_file_location("read_sealed", os.path.join(TESTS, "unit/escrow/read_sealed.py"))
_reader = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_reader)


def read_journal(folder):
    """([(record, its bytes, its hash)], what is wrong with the chain)."""
    lines, problems, previous, sequence = [], [], "0" * 64, 0
    for name in sorted(glob.glob(f"{folder}/journal-*.jsonl"), key=lambda one: int(one.rsplit("-", 1)[1][:-6])):
        with open(name, "rb") as file:
            for number, line in enumerate(file, 1):
                head, _, tail = line.rpartition(b',"hash":"')
                entry = json.loads(line)
                good = (hashlib.sha256(head).hexdigest() == entry["hash"] and tail == entry["hash"].encode() + b'"}\n'
                        and (entry["prev"], entry["seq"], entry["rec"]["seq"]) == (previous, sequence + 1, sequence + 1))
                if not good:
                    problems.append(f"{name} line {number} does not follow from the line before")
                previous, sequence = entry["hash"], entry["seq"]
                raw = head.partition(b',"rec":')[2]
                lines.append((entry["rec"], raw, entry["hash"]))
    return lines, problems


class Story:
    """What a filter's journal tells of each submission. One submission: a digest and an instance."""

    def __init__(self, records):
        self.intended = {}                                   # (instance, token) -> [(method, key)], in order
        self.address = {}                                    # (instance, token) -> address
        self.settled = collections.Counter()                 # (instance, token) -> accepted or refused for good
        self.in_doubt = set()                                # (instance, token)
        self.completed = collections.defaultdict(list)       # (digest, instance) -> [queue id]
        self.instances = collections.defaultdict(list)       # digest -> [instance], in order
        self.digest_of = {}                                  # queue id -> digest
        for record in records:
            self._read(record)

    def _read(self, record):
        digest, instance = record["digest"], record["instance"]
        self.digest_of[record["queue_id"]] = digest
        if instance and instance not in self.instances[digest]:
            self.instances[digest].append(instance)
        if record["event"] == "completed":
            self.completed[digest, instance].append(record["queue_id"])
        for recipient in record["recipients"]:
            self._read_recipient(record, instance, recipient)

    def _read_recipient(self, record, instance, recipient):
        key = instance, recipient["token"]
        if not recipient["token"]:
            return
        self.address[key] = recipient["address"].lower()
        if record["event"] == "intended":
            self.intended.setdefault(key, []).append((recipient["method"], recipient["key"]))
        if record["event"] == "accepted":
            self.settled[key] += 1
            if recipient["status"].endswith(", in doubt"):
                self.in_doubt.add(key)
        if record["event"] == "held" or recipient["status"].startswith("refused "):
            self.settled[key] += 1

    def all_settled(self, instance):
        """Everybody is served: the filter ended after that, before or after the mail server had read its answer."""
        return all(self.settled[key] for key in self.intended if key[0] == instance)

    def open_intents(self):
        """[(instance, whether another submission of the same mail was completed)]"""
        begun = {instance for instance, _ in self.intended}
        done = {instance for (_, instance), queue_ids in self.completed.items() if queue_ids}
        return [(instance, bool(done & set(instances))) for instances in self.instances.values()
                for instance in instances if instance in begun - done]


def entries(folder, private_key_file):
    """{escrow id: (facts, message)} of a vault, opened with the portal's private key; (None, why) for what is none."""
    with open(private_key_file, "rb") as file:
        private_key = serialization.load_pem_private_key(file.read(), None)
    found = {}
    for path in sorted(glob.glob(f"{folder}/*.sealed")):
        with open(path, "rb") as file:
            data = file.read()
        name = os.path.basename(path).partition(".")[0]
        try:
            facts, message = _reader.open_sealed(private_key, data)
            found[name] = _reader.known_facts(data, facts), message
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever is wrong with it, it cannot be read
            found[name] = None, repr(error)
    return found


def id_of_link(link):
    """The vault's name for what a link leads to: the first 16 bytes of the SHA-256 of the link's secret."""
    return hashlib.sha256(link.rpartition("/")[2].encode()).hexdigest()[:32]


def stream_problems(entries_of_stream, journals):
    """`journals`: writer -> lines. The stream holds each line once, in order, byte for byte."""
    problems = []
    for writer, lines in journals.items():
        seen = [fields for _, fields in entries_of_stream if fields["writer"] == writer]
        wanted = [(str(record["seq"]), raw.decode(), line_hash) for record, raw, line_hash in lines]
        got = [(fields["seq"], fields["record"], fields["hash"]) for fields in seen]
        if got != wanted:
            doubled = len(got) - len(set(got))
            problems.append(f"the stream has {len(got)} records of the {writer} ({doubled} doubled), the journal "
                            f"{len(wanted)}")
    return problems
