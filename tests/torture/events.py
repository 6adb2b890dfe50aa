# SPDX-License-Identifier: Apache-2.0
"""What happens to the clinic, and when: lanes of events, each drawn from the seed, each begun when so many messages have
been handed in and ended when so many more attempts have been made. Nothing is timed; a standstill is recognised."""
import dataclasses
import os
import queue
import random
import signal
import threading
import traceback

from mta import people
from torture.listener_proxy import TRAPS
from torture.setting import send_signal

# A standstill of so many seconds ends an event: short of what the mail server waits for the filter, or past it.
SHORT_S, LONG_S = 2, 16

POLICIES = ("", '[scope]\ndefault = "all"\n', '[[route]]\nid = "site.turned"\nrecipient = '
            f'["{people.DOCTOR.address}", "{people.PARTNER.address}"]\nmethods = ["portal"]\n')


@dataclasses.dataclass
class Event:
    name: str
    at: int          # messages handed in
    lasts: int       # attempts
    stands_s: int
    number: int      # for whatever must be chosen


class Actions:
    """Each action is a method named as its event: what it returns undoes it."""

    def __init__(self, clinic, say):
        self.clinic, self.say = clinic, say

    # The filter

    def filter_killed(self, _):
        self.clinic.kept_down = True
        self.clinic.filter.kill()
        return self.clinic.raise_filter

    def filter_stopped(self, _):
        self.clinic.filter_signal(signal.SIGSTOP)
        return lambda: self.clinic.filter_signal(signal.SIGCONT)

    def filter_ended(self, _):
        """SIGTERM: what is in work may end first."""
        self.clinic.kept_down = True
        self.clinic.filter_signal(signal.SIGTERM)

        def again():
            self.clinic.filter.stop(seconds=60)
            self.clinic.raise_filter()
        return again

    # Its helpers

    def readers_killed(self, event):
        send_signal(self.clinic.readers(), signal.SIGKILL)

    def zygote_killed(self, event):
        send_signal(self.clinic.zygotes(), signal.SIGKILL)

    def reader_stopped(self, event):
        return self._stopped(self._one_of(self.clinic.readers(), event))

    def zygote_stopped(self, event):
        return self._stopped(self.clinic.zygotes())

    def broker_killed(self, event):
        send_signal(self._one_of(self.clinic.brokers(), event), signal.SIGKILL)

    def brokers_killed(self, event):
        send_signal(self.clinic.brokers(), signal.SIGKILL)

    def broker_stopped(self, event):
        return self._stopped(self._one_of(self.clinic.brokers(), event))

    def gpg_killed(self, event):
        send_signal(self.clinic.encrypting(), signal.SIGKILL)

    # Redis

    def redis_killed(self, _):
        self.clinic.redis.kill()
        return self.clinic.redis.start

    def redis_stopped(self, _):
        return self._stopped([self.clinic.redis.pid])

    def redis_full(self, _):
        self.clinic.redis.cli("config", "set", "maxmemory", "1")
        return lambda: self.clinic.redis.cli("config", "set", "maxmemory", "0")

    # The mail servers

    def reentry_killed(self, _):
        send_signal(self.clinic.smtp_servers("reentry", "secure"), signal.SIGKILL)

    def reentry_stopped(self, _):
        return self._stopped(self.clinic.smtp_servers("reentry", "secure"))

    def filtered_killed(self, _):
        send_signal(self.clinic.smtp_servers("filtered"), signal.SIGKILL)

    def master_killed(self, event):
        servers = self.clinic.masters()
        if not servers:
            return None
        server = servers[event.number % len(servers)]
        server.kill()
        return lambda: self.clinic.start_again(server)

    def trap(self, event):
        """One conversation with a re-entry listener breaks at a certain word. Waited for until it has."""
        name = TRAPS[event.number % len(TRAPS)]
        for proxy in self.clinic.proxies[: 1 + event.number % 2]:
            proxy.set_trap(name)

    # Disks

    def disk_full(self, event):
        disks = self.clinic.disks
        if not disks:
            return None
        name = disks[event.number % len(disks)]
        ballast = os.path.join(self.clinic.place.path(name), "ballast")
        _fill(ballast)
        self.say(f"  {name}")
        return lambda: os.unlink(ballast)

    # Keys and rules

    def key_expired(self, _):
        address = people.SECOND_DOCTOR.address
        self.clinic.rings[address].expire("seconds=1")
        self.clinic.import_key(address)

        def renewed():
            self.clinic.rings[address].expire("1y")
            self.clinic.import_key(address)
        return renewed

    def policy_changed(self, event):
        self.clinic.reload_policy(POLICIES[event.number % len(POLICIES)])
        return None

    def _one_of(self, pids, event):
        return [pids[event.number % len(pids)]] if pids else []

    def _stopped(self, pids):
        send_signal(pids, signal.SIGSTOP)
        return lambda: send_signal(pids, signal.SIGCONT)


# Lanes run side by side, the events of one lane one after the other. Numbers: how often, in proportion.
LANES = {
    "filter": {"filter_killed": 6, "filter_stopped": 2, "filter_ended": 1},
    "helpers": {"readers_killed": 3, "zygote_killed": 2, "reader_stopped": 1, "zygote_stopped": 1, "broker_killed": 2,
                "brokers_killed": 1, "broker_stopped": 1, "gpg_killed": 2},
    "redis": {"redis_killed": 2, "redis_stopped": 1, "redis_full": 1},
    "listeners": {"reentry_killed": 2, "reentry_stopped": 1, "filtered_killed": 2, "master_killed": 1, "trap": 9},
    "around": {"disk_full": 4, "key_expired": 1, "policy_changed": 3},
}


def _fill(path):
    """To the last byte."""
    with open(path, "wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue


def schedule(seed, lane, total, count):
    rng = random.Random(f"{seed} lane {lane}")
    names, weights = zip(*LANES[lane].items())
    starts = sorted(rng.randrange(total // 50, max(total * 19 // 20, 1 + total // 50)) for _ in range(count))
    return [Event(rng.choices(names, weights)[0], at, rng.randrange(4, 24), rng.choice((SHORT_S, SHORT_S, LONG_S)),
                  rng.randrange(1 << 30)) for at in starts]


class Lanes:
    """Runs the schedule beside the clients."""

    def __init__(self, clinic, clients, plans, say):
        self._clients, self._say = clients, say
        self._actions = Actions(clinic, say)
        self.happened, self.failures = [], []
        self._plans = plans
        self._over = queue.SimpleQueue()

    def start(self):
        for name, plan in self._plans.items():
            threading.Thread(target=self._stay, args=(name, plan), daemon=True).start()

    def join(self):
        for _ in self._plans:
            self._over.get()

    def _stay(self, lane, plan):
        """A thread does not end before the run does: what it started is ended with it."""
        self._run(lane, plan)
        self._over.put(lane)
        threading.Event().wait()

    def _run(self, lane, plan):
        for event in plan:
            clients = self._clients
            while clients.done < event.at and not clients.finished():
                clients.wait_for(lambda at=event.at: clients.done >= at or clients.finished(), 60)
            if clients.finished():
                return
            try:
                self._happen(lane, event)
            except Exception:  # noqa: BLE001 - what went wrong in the torture itself must be seen, not end it
                self.failures.append(f"{lane} {event.name}: {traceback.format_exc()}")

    def _happen(self, lane, event):
        clients, begun = self._clients, self._clients.attempts
        self._say(f"{clients.done:5} {lane}: {event.name}")
        undo = getattr(self._actions, event.name)(event)
        self.happened.append(event.name)
        if undo:
            try:
                clients.wait_for(lambda: clients.attempts >= begun + event.lasts or clients.finished(),
                                 event.stands_s)
            finally:
                undo()
