# SPDX-License-Identifier: Apache-2.0
"""Reads a case. A case is a text file:

    One sentence that says what must happen.

    SECRET Mira Solano                      must stand in no protected copy, log, record or temporary file
    SETTING smime.ca_file = "/x"            changes a setting for this case
    FROM <lab@clinic.example> RET=HDRS      starts a submission; what follows the address are SMTP parameters
    RCPT <ada@example.org> NOTIFY=NEVER
    MESSAGE                                 everything up to a line END, sent as it stands
    Subject: ...
    END
    MADE multipart-signed                   instead of a message: one that made_messages.py makes with keys
    TIMES 2                                 sends it so often (default 1)
    REPLY 250                               the reply's code, or its beginning (default 250)
    REFUSED-BY sendmail 555 why             this mail server cannot: it says so, and nothing arrives

    COPY ada@example.org pgp                one copy for this recipient, in this form: clear, pgp, smime, tls, portal
      original                              its content is what was sent, byte for byte
      ...                                   see checks.py: one method each
    COPIES 2                                so many copies of the one above (default: TIMES)
    NO-COPY eve@example.org
    RECORD ada@example.org portal           the decision record's method, when the copy does not say it

`{name}` is replaced by what the runner has under that name, a path of this run."""
import dataclasses
import os
import tomllib


@dataclasses.dataclass
class Copy:
    recipient: str
    form: str
    checks: list = dataclasses.field(default_factory=list)   # (name, argument)
    count: int = 0


@dataclasses.dataclass
class Case:
    path: str
    sentence: str = ""
    secrets: list = dataclasses.field(default_factory=list)
    settings: dict = dataclasses.field(default_factory=dict)
    sender: str = ""
    mail_arguments: str = ""
    recipients: list = dataclasses.field(default_factory=list)
    recipient_arguments: dict = dataclasses.field(default_factory=dict)
    message: bytes = b""
    made: str = ""
    times: int = 1
    reply: str = "250"
    copies: list = dataclasses.field(default_factory=list)
    absent: list = dataclasses.field(default_factory=list)
    records: dict = dataclasses.field(default_factory=dict)
    refused_by: dict = dataclasses.field(default_factory=dict)     # mail server -> (reply, why)
    link_secrets: list = dataclasses.field(default_factory=list)   # of the notices that came: for the leak check

    @property
    def name(self):
        return os.path.splitext(os.path.basename(self.path))[0]


class CaseError(Exception):
    pass


def _angle(text):
    address, _, arguments = text.partition(">")
    return address.lstrip("<"), arguments.strip()


def _sender(case, rest):
    case.sender, case.mail_arguments = _angle(rest)


def _recipient(case, rest):
    address, arguments = _angle(rest)
    case.recipients.append(address)
    case.recipient_arguments[address] = arguments


def _setting(case, rest):
    name, _, value = rest.partition("=")
    case.settings[name.strip()] = tomllib.loads(f"value = {value}")["value"]


def _copy(case, rest):
    recipient, form = rest.split()
    case.copies.append(Copy(recipient, form))


def _record(case, rest):
    address, method = rest.split()
    case.records[address] = method


def _refused_by(case, rest):
    server, code, why = rest.split(None, 2)
    case.refused_by[server] = (code, why)


VERBS = {
    "SECRET": lambda case, rest: case.secrets.append(rest),
    "SETTING": _setting,
    "FROM": _sender,
    "RCPT": _recipient,
    "MADE": lambda case, rest: setattr(case, "made", rest),
    "TIMES": lambda case, rest: setattr(case, "times", int(rest)),
    "REPLY": lambda case, rest: setattr(case, "reply", rest),
    "REFUSED-BY": _refused_by,
    "COPY": _copy,
    "COPIES": lambda case, rest: setattr(case.copies[-1], "count", int(rest)),
    "NO-COPY": lambda case, rest: case.absent.append(rest),
    "RECORD": _record,
}


def expect_refusal(case, server):
    """What this mail server does not take, with its own expectation: the reply, and that nothing arrives."""
    case.reply, why = case.refused_by[server]
    case.sentence += f" {server.capitalize()} refuses it: {why}."
    case.copies, case.absent, case.records = [], list(case.recipients), {}
    return case


def read_case(path, values, server="postfix"):
    case = Case(path)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        verb, _, rest = line.strip().partition(" ")
        if not line.strip() or line.startswith("#"):
            continue
        if verb == "MESSAGE":
            end = lines.index("END", number)
            case.message = ("\n".join(lines[number:end]) + "\n").encode("utf-8")
            number = end + 1
        elif verb in VERBS:
            VERBS[verb](case, rest.strip())
        elif line.startswith("  ") and case.copies:
            case.copies[-1].checks.append((verb, rest.strip()))
        elif not case.sender and not case.copies:
            case.sentence = f"{case.sentence} {line.strip()}".strip()
        else:
            raise CaseError(f"{path}:{number}: unknown line '{line}'")
    for copy in case.copies:
        copy.count = copy.count or case.times
    return expect_refusal(case, server) if server in case.refused_by else case
