# SPDX-License-Identifier: Apache-2.0
"""Tables of what was measured, and the targets."""
import dataclasses

COLUMNS = ("filter", "accepted/s", "of alone", "end to end/s", "of alone", "p50 ms", "p99 ms", "max ms")
SOCKET_COLUMNS = ("filter", "mails/s", "verdict p50 ms", "p99 ms", "max ms")


def table(columns, rows):
    rows = [[cell if isinstance(cell, str) else f"{cell:.2f}" if abs(cell) < 10 else f"{cell:.0f}" for cell in row]
            for row in rows]
    widths = [max(len(row[at]) for row in [list(columns), *rows]) for at in range(len(columns))]
    lines = []
    for row in [list(columns), *rows]:
        lines.append("  " + row[0].ljust(widths[0]) + "".join("  " + cell.rjust(width)
                                                              for cell, width in zip(row[1:], widths[1:])))
    return "\n".join(lines)


def _groups(runs, way):
    seen = []
    for one in runs.results:
        key = (one["mail"], one.get("sessions"))
        if one["way"] == way and key not in seen:
            seen.append(key)
    return seen


def _filters(runs, **wanted):
    return list(dict.fromkeys(runs.values("filter", **wanted)))


def through_postfix(runs):
    parts = []
    for mail, sessions in _groups(runs, "Postfix"):
        wanted = {"way": "Postfix", "mail": mail, "sessions": sessions}
        rows = []
        for name in sorted(_filters(runs, **wanted), key=lambda name: name != "Postfix alone"):
            one, alone = {**wanted, "filter": name}, {"filter": "Postfix alone"}
            rows.append([name, runs.median("accepted_per_s", **one), runs.ratio("accepted_per_s", alone, **one),
                         runs.median("end_to_end_per_s", **one), runs.ratio("end_to_end_per_s", alone, **one),
                         *(runs.median(f"reply_{which}_ms", **one) for which in ("p50", "p99", "max"))])
        parts.append(f"\nThrough Postfix: {mail}, {sessions} sessions\n{table(COLUMNS, rows)}")
    return "\n".join(parts)


def at_the_socket(runs):
    parts = []
    for mail, sessions in _groups(runs, "socket"):
        wanted = {"way": "socket", "mail": mail, "sessions": sessions}
        rows = [[name, runs.median("per_s", **wanted, filter=name),
                 *(runs.median(f"verdict_{which}_ms", **wanted, filter=name) for which in ("p50", "p99", "max"))]
                for name in _filters(runs, **wanted)]
        parts.append(f"\nAt the milter socket: {mail}, {sessions} sessions\n{table(SOCKET_COLUMNS, rows)}")
    return "\n".join(parts)


@dataclasses.dataclass
class Target:
    what: str
    limit: float
    measured: float
    at_most: bool = False

    def reached(self):
        """None: not measured in this run."""
        if self.measured != self.measured:
            return None
        return self.measured <= self.limit if self.at_most else self.measured >= self.limit

    def row(self):
        words = {True: "reached", False: "NOT REACHED", None: "not measured"}
        return [self.what, ("at most " if self.at_most else "at least ") + f"{self.limit:g}",
                "-" if self.reached() is None else f"{self.measured:.2f}", words[self.reached()]]


def targets(runs):
    clean = {"way": "Postfix", "filter": "phimilter", "mail": "clean 2 KB", "sessions": 16}
    crowd = {**clean, "sessions": 256}
    quiet = {"way": "socket", "filter": "quiet no-op", "mail": "clean 2 KB", "sessions": 2}
    rate = "end_to_end_per_s"

    def ratio(other, **changes):
        return runs.ratio(rate, {"filter": other}, **{**clean, **changes})

    def added():
        pairs = zip(runs.values("reply_p99_ms", **clean), runs.values("reply_p99_ms", **{**clean, "filter": "Postfix alone"}))
        differences = sorted(one - alone for one, alone in pairs)
        return differences[len(differences) // 2] if differences else float("nan")

    def memory(name, field="peak_mb"):
        return max(runs.values(field, way="memory", mail=name), default=float("nan"))
    pgp = runs.ratio(rate, {"way": "gpg loop", "filter": "gpg", "sessions": 1}, **{**clean, "mail": "PGP"})
    grown = [after - before for after, before in zip(runs.values("peak_mb", way="memory", kind="large"),
                                                     runs.values("before_mb", way="memory", kind="large"))]
    return [Target("clean 2 KB / quiet no-op", 0.85, ratio("quiet no-op")),
            Target("clean 2 KB / OpenDKIM", 1.4, ratio("OpenDKIM")),
            Target("clean 2 KB / rspamd", 1.2, ratio("rspamd")),
            Target("S/MIME / Postfix alone", 0.45, ratio("Postfix alone", mail="S/MIME")),
            Target("portal / Postfix alone", 0.55, ratio("Postfix alone", mail="portal")),
            Target("PGP / one loop of gpg", 0.7, pgp),
            Target("added p99, clean 2 KB, 16 sessions (ms)", 30, added(), True),
            Target("slowest reply, clean 2 KB, 256 sessions (ms)", 1000,
                   max(runs.values("reply_max_ms", **crowd), default=float("nan")), True),
            Target("memory, 256 sessions of 30 KB (MB, sum of PSS)", 150, memory("clean 30 KB HTML, 256 sessions"), True),
            Target("memory added by one mail of 50 MB (MB)", 150, max(grown, default=float("nan")), True),
            Target("bulk run: time / Postfix alone", 2,
                   runs.ratio("seconds", {"filter": "Postfix alone"}, **{**clean, "mail": "bulk"}), True),
            Target("quiet / chatty no-op at the socket", 3, runs.ratio("per_s", {"filter": "chatty no-op"}, **quiet))]


def summary(runs):
    found = targets(runs)
    parts = [through_postfix(runs), at_the_socket(runs)]
    memory = [[one["mail"], one["before_mb"], one["peak_mb"]] for one in runs.results if one["way"] == "memory"]
    if memory:
        parts.append("\nMemory (MB, sum of PSS over all our processes)\n" + table(("run", "before", "peak"), memory))
    loop = runs.median("end_to_end_per_s", way="gpg loop")
    if loop == loop:
        parts.append(f"\nOne loop of gpg: {loop:.0f} encryptions/s")
    parts.append("\nTargets, judged by what arrived (end to end)\n"
                 + table(("figure", "target", "measured", ""), [one.row() for one in found]))
    return "\n".join(parts)
