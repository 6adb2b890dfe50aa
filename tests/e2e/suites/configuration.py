# SPDX-License-Identifier: Apache-2.0
"""Broken files: the filter does not start, or keeps what it had, and says which line."""
import os
import re
import signal
import subprocess

from checks import fail_unless
from mta import people
from mta.judge import method_of
from mta.place import FILTER_UID, SHARED_GID
from mta.wait import wait_until
from suites.messages import chatty

SITE = "policy/site.toml"
BROKEN_RULE = """format = 1

[[rule]]
id = "site.x"
actoin = "pass"
need = [{ classes = ["id.ssn"] }]
"""


def _refusal(clinic, settings):
    """What phimilter says when it does not start."""
    command = ["setpriv", f"--reuid={FILTER_UID}", f"--regid={SHARED_GID}", "--clear-groups",
               clinic.program("phimilter"), "--settings", settings]
    result = subprocess.run(command, capture_output=True, timeout=60, cwd=clinic.place.root, env={"PATH": "/usr/bin"})
    fail_unless(result.returncode not in (0, -signal.SIGTERM), f"it ended with {result.returncode}")
    return (result.stdout + result.stderr).decode()


def _changed(clinic, name, change):
    with open(clinic.settings_file, encoding="utf-8") as file:
        text = file.read().replace(clinic.milter_socket, clinic.place.path("milter", "second.sock"))
    return clinic.place.write(name, change(text))


def _line_of(path, text):
    with open(path, encoding="utf-8") as file:
        return next(number for number, line in enumerate(file, 1) if text in line)


def test_unknown_setting(clinic):
    """File, line, and the name that was meant."""
    path = _changed(clinic, "unknown.toml", lambda text: text.replace("spool =", "spol ="))
    said = _refusal(clinic, path)
    fail_unless(f"{path}:{_line_of(path, 'spol =')}" in said and "spool" in said, said)


def test_settings_that_are_no_toml(clinic):
    """File and line of a syntax error."""
    path = _changed(clinic, "syntax.toml", lambda text: text.replace("[tls]", "[tls"))
    said = _refusal(clinic, path)
    fail_unless(re.search(re.escape(path) + r":\d+", said), said)


def test_unknown_section(clinic):
    """A section that does not exist."""
    path = _changed(clinic, "section.toml", lambda text: text + "\n[extra]\n")
    said = _refusal(clinic, path)
    fail_unless(f"{path}:{_line_of(path, '[extra]')}" in said, said)


def test_wrong_type(clinic):
    """A text where a number belongs."""
    path = _changed(clinic, "type.toml", lambda text: text.replace("[extract]", '[extract]\nworkers = "two"'))
    said = _refusal(clinic, path)
    fail_unless(f"{path}:{_line_of(path, 'workers =')}" in said, said)


def test_broken_policy_at_start(clinic):
    """File and line of the rule file; nothing is half loaded."""
    broken = clinic.place.write("policy/broken.toml", BROKEN_RULE)
    path = _changed(clinic, "policy.toml", lambda text: text.replace(
        clinic.place.path(SITE), broken))
    said = _refusal(clinic, path)
    fail_unless(re.search(re.escape(broken) + r":[345]", said), said)


def test_missing_file(clinic):
    """A settings file that is not there."""
    said = _refusal(clinic, "/nowhere/phimilter.toml")
    fail_unless("/nowhere/phimilter.toml" in said, said)


def _reload(clinic, event):
    start = len(clinic.filter.log_text())
    os.kill(clinic.filter.pid, signal.SIGUSR1)
    return wait_until(lambda: event(clinic.filter.log_text()[start:]) and clinic.filter.log_text()[start:],
                      lambda: f"a word about the reload: {clinic.filter.log_text()[start:]}", 20)


def _copy(clinic):
    clinic.sink.clear()
    message = chatty([people.DOCTOR.address])
    reply = clinic.submit(people.NURSE.address, [people.DOCTOR.address], message)
    fail_unless(reply.code == 250, reply.text)
    return method_of(clinic.wait_copies(people.DOCTOR.address)[0].data)


def test_reload_of_a_broken_policy_keeps_the_old_one(clinic):
    """SIGUSR1 with a broken rule file: an error that names the line, and the old rules go on; mended, the new ones
    hold."""
    path = clinic.place.path(SITE)
    fail_unless(_copy(clinic) == "clear", "a chatty mail is protected")
    clinic.place.write(SITE, BROKEN_RULE)
    said = _reload(clinic, lambda text: f"{path}:" in text and "policy_kept" in text)
    fail_unless(re.search(re.escape(path) + ":[3456]", said), said)
    fail_unless(_copy(clinic) == "clear" and clinic.filter.running(), "the old rules are gone")
    clinic.write_site_policy('[scope]\ndefault = "all"\n')
    _reload(clinic, lambda text: "policy_loaded" in text)
    fail_unless(_copy(clinic) == "pgp", "the new rules do not hold")
