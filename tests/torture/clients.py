# SPDX-License-Identifier: Apache-2.0
"""Who hands in the messages: clients that come again after a 4xx and after an answer that never came, and one whose own
mail server does that."""
import collections
import queue
import re
import threading
import time

from mta.postfix import Postfix, parse_main, parse_master
from mta.submit import Client, Dropped, wire

# What a client waits before it comes again. Short, so that a run is short; nothing depends on it.
PAUSE_S = 0.25

UPSTREAM_MAIN = """
myhostname = ehr.clinic.example
mydestination =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
local_transport = error:no local delivery
relay_domains =
relayhost = [127.0.0.1]:{filtered}
message_size_limit = 104857600
smtpd_client_connection_count_limit = 0
smtp_destination_concurrency_limit = 4
smtp_destination_recipient_limit = 50
smtp_connect_timeout = 10s
queue_run_delay = 2s
minimal_backoff_time = 1s
maximal_backoff_time = 4s
"""


def upstream(place, port, filtered):
    """The mail server of the health record system: hands everything to the filtered listener, and tries again from its
    queue."""
    with open(f"{place.debian}/postfix/usr/share/postfix/master.cf.dist", encoding="utf-8") as file:
        master = parse_master(file.read())
    master = {key: " ".join(line.split(None, 5)[:4] + ["n", *line.split()[5:]]) for key, line in master.items()
              if key != ("smtp", "inet") and "argv=" not in line and "\n" not in line}
    master["in", "inet"] = f"127.0.0.1:{port} inet n - n - - smtpd"
    return Postfix(place, "upstream", parse_main(UPSTREAM_MAIN.format(filtered=filtered)), master)


class Clients:
    """`count` of them share the mails of one run. `done`: handed in. `attempts`: how often something was tried."""

    def __init__(self, mails, filtered, upstream_port, count):
        self._ports = {"client": filtered, "hasty client": filtered, "queue": upstream_port}
        self._left = queue.SimpleQueue()
        for mail in mails:
            self._left.put(mail)
        self._condition = threading.Condition()
        self.total, self.done, self.attempts = len(mails), 0, 0
        self.replies = collections.Counter()
        self.refused = []              # (mail, reply): for good
        self.upstream_ids = {}         # queue id upstream -> mail number
        self.unheard = collections.Counter()   # mail number -> attempts whose answer never came
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(count)]

    def start(self):
        for thread in self._threads:
            thread.start()

    def wait_for(self, condition, seconds):
        """Until condition() holds, or nothing at all has moved for so many seconds. Looked at whenever an attempt has
        ended."""
        with self._condition:
            while not condition():
                seen = self.attempts
                self._condition.wait(seconds)
                if self.attempts == seen:
                    return False
        return True

    def finished(self):
        return self.done == self.total

    def hear_of_upstream(self, log):
        """Which answers the mail server upstream waited for in vain, by its own log."""
        for queue_id in re.findall(r"(?m)smtp\[\d+\]: (\w+): .*lost connection with \S+ while sending end of data", log):
            self.unheard[self.upstream_ids[queue_id]] += 1

    def _work(self):
        while True:
            try:
                mail = self._left.get_nowait()
            except queue.Empty:
                return
            self._hand_in(mail)

    def _hand_in(self, mail):
        hasty = mail.way == "hasty client"
        while True:
            outcome = self._attempt(mail, leave_early=hasty)
            hasty = False
            with self._condition:
                self.attempts += 1
                self.replies[outcome[:3] if outcome[0].isdigit() else outcome] += 1
                if outcome == "unheard":
                    self.unheard[mail.number] += 1
                if outcome[0] == "5":
                    self.refused.append((mail, outcome))
                if outcome[0] in "25":
                    self.done += 1
                if mail.way == "queue" and outcome[0] == "2":
                    self.upstream_ids[outcome.rpartition("queued as ")[2].split()[0]] = mail.number
                self._condition.notify_all()
            if outcome[0] in "25":
                return
            time.sleep(PAUSE_S)

    def _attempt(self, mail, leave_early):
        """The text of the reply that decides, "unreached" or "unheard"."""
        try:
            client = Client(self._ports[mail.way], seconds=900)
        except (Dropped, OSError, ValueError):
            return "unreached"
        whole = False
        try:
            steps = ["EHLO ward.clinic.example", f"MAIL FROM:<{mail.sender}> ENVID={mail.mark}"]
            steps += [f"RCPT TO:<{address}>" for address in mail.recipients] + ["DATA"]
            for step in steps:
                reply = client.command(step)
                if not reply.ok:
                    return reply.text
            client.send_raw(wire(mail.message))
            whole = True
            if leave_early:
                client.send_raw(b".\r\n")
                return "unheard"
            return client.end_data().text
        except (Dropped, OSError, ValueError):
            return "unheard" if whole else "unreached"
        finally:
            client.close()
