# SPDX-License-Identifier: Apache-2.0
"""`phictl doctor` on a clinic in good health, and on one with each ailment."""
import json
import os
import re
import shutil
import subprocess

from checks import fail_unless
from mta import people
from mta.place import FILTER_UID

# What depends on the machine that runs the tests.
OF_THIS_MACHINE = ("clock", "disk.", "mta.forward", "postfix.unfiltered", "expiry.")


def _doctor(clinic, *options, main=None, secure=None):
    """Exit code and report."""
    debian = os.path.join(clinic.place.debian, "postfix")
    # root for the portal: its number has no entry here, so nobody could say what groups it is in.
    command = [clinic.program("phictl"), "--settings", clinic.settings_file, "doctor", "--json",
               "--postfix", main or clinic.main.config, "--postfix", secure or clinic.secure.config,
               "--postconf", os.path.join(debian, "usr/sbin/postconf"), "--filter-user", str(FILTER_UID),
               "--portal-user", "root", *options]
    result = subprocess.run(command, capture_output=True, timeout=120, cwd=clinic.place.root,
                            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
                                 "LD_LIBRARY_PATH": os.path.join(debian, "usr/lib/postfix")})
    fail_unless(not result.stderr, result.stderr.decode(errors="replace"))
    return result.returncode, json.loads(result.stdout)


def _of(report, *healths):
    return {one["about"]: one["what"] for one in report["observations"]
            if one["health"] in healths and not one["about"].startswith(OF_THIS_MACHINE)}


def test_a_healthy_clinic(clinic):
    """Nothing to mend, every question answered, and a canary for each method leaves by it."""
    canaries = {"pgp": people.DOCTOR, "smime": people.PARTNER, "tls": people.HOSPITAL, "portal": people.PATIENT}
    options = [word for method, person in canaries.items() for word in ("--canary", f"{method}:{person.address}")]
    _, report = _doctor(clinic, *options)
    fail_unless(not _of(report, "problem", "unknown"), _of(report, "problem", "unknown"))
    good = _of(report, "good")
    wanted = {"filter.running", "mta.reentry", "mta.secure", "redis.running", "redis.stream", "postfix.default_action",
              "postfix.order", "postfix.reentry_open", "postfix.tls_table", "filter.tls_table", "postfix.secure", "postfix.local", "check",
              *(f"canary.{method}" for method in canaries)}
    fail_unless(wanted <= set(good), wanted - set(good))
    fail_unless(re.match(r"\d{4}-\d\d-\d\dT", report["made"]) and report["host"], report)


def test_a_canary_by_the_wrong_method(clinic):
    """The journal tells how it really left."""
    code, report = _doctor(clinic, "--canary", f"smime:{people.DOCTOR.address}")
    said = _of(report, "problem").get("canary.smime", "")
    fail_unless(code == 1 and "left as pgp" in said, report)


def _copy(clinic, source, name, changes):
    """A folder of settings with texts replaced; each must occur."""
    target = clinic.place.path("ailing", name)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    for file, old, new in changes:
        path = os.path.join(target, file)
        with open(path, encoding="utf-8") as opened:
            text = opened.read()
        fail_unless(old in text, f"{file} does not say '{old}'")
        with open(path, "w", encoding="utf-8") as opened:
            opened.write(text.replace(old, new))
    return target


def _hosts_in_bad_health(clinic):
    """Changes to the settings, and what each host then suffers from."""
    reentry = clinic.ports["reentry"]
    aliases = clinic.place.write("ailing.aliases", "results@clinic.example ann@clinic.example, lab@elsewhere.example\n")
    return {
        "neglected": (
            ["default_action", "local", "reentry_name", "bare_newline", "message_size_limit", "in_flow_delay",
             "bcc", "aliases", "delimiter"],
            [("master.cf", "default_action=tempfail", "default_action=accept"),
             ("master.cf", "content_filter=phi-local:", "content_filter=smtp:[127.0.0.1]:1 -o syslog_name="),
             ("master.cf", "daemon_name=REENTRY", "daemon_name=SOMETHING"),
             ("main.cf", "smtpd_forbid_bare_newline = normalize", "smtpd_forbid_bare_newline = no"),
             ("main.cf", "message_size_limit = 104857600", "message_size_limit = 0"),
             ("main.cf", "in_flow_delay = 0", "in_flow_delay = 1s"),
             ("main.cf", "milter_protocol = 6", "always_bcc = watcher@elsewhere.example\nrecipient_delimiter = +-\n"
                                                f"virtual_alias_maps = texthash:{aliases}")]),
        "signed too early": (
            ["order"], [("master.cf", "content_timeout=300s } }", "content_timeout=300s }, inet:127.0.0.1:8891 }")]),
        "open": (
            ["signer", "reentry_open"],
            [("master.cf", "{ smtpd_milters = {", "{ smtpd_milters = inet:127.0.0.1:8891, {"),
             ("master.cf", f"127.0.0.1:{reentry} inet", f"{reentry} inet"),
             ("master.cf", "mynetworks=127.0.0.0/8", "mynetworks=0.0.0.0/0"),
             ("main.cf", "inet_interfaces = 127.0.0.1", "inet_interfaces = all")]),
        "without filter and way back": (
            ["filtered", "reentry"],
            [("master.cf", f"unix:{clinic.milter_socket}", "unix:/nowhere/at-all"),
             ("master.cf", f"127.0.0.1:{reentry} inet", "127.0.0.1:1 inet")]),
    }


def test_each_ailment_of_the_main_instance(clinic):
    """One line for each, with what to do; and a healthy host has none of them."""
    _, healthy = _doctor(clinic)
    for name, (ailments, changes) in _hosts_in_bad_health(clinic).items():
        code, report = _doctor(clinic, main=_copy(clinic, clinic.main.config, name, changes))
        for about in (f"postfix.{ailment}" for ailment in ailments):
            found = [one for one in report["observations"] if one["about"] == about and one["health"] == "problem"]
            fail_unless(code == 1 and found, f"{about} was not noticed: {_of(report, 'problem', 'unknown')}")
            fail_unless(all(one["advice"] for one in found), f"{about}: no advice")
            fail_unless(about not in _of(healthy, "problem"), f"{about} on a healthy host")


def test_a_secure_instance_that_does_not_ask(clinic):
    """The table of smtp_tls_policy_maps is missing, another one, or there is nobody behind it."""
    table = f", socketmap:unix:{clinic.tls_socket}:tls"
    fail_unless("asks the filter" in _of(_doctor(clinic)[1], "good")["postfix.tls_table"], "not seen on a healthy host")
    for name, new, words in (("no-table", "", "does not ask the filter"),
                             ("other-table", ", socketmap:unix:/nowhere:tls", "asks socketmap:unix:/nowhere:tls")):
        folder = _copy(clinic, clinic.secure.config, name, [("main.cf", table, new)])
        code, report = _doctor(clinic, secure=folder)
        fail_unless(code == 1 and words in _of(report, "problem").get("postfix.tls_table", ""), report)


def test_a_listener_that_only_learns(clinic):
    """Right for mail from outside; people who log in there are not filtered."""
    milter = f"unix:{clinic.milter_socket}"
    listener = (f"127.0.0.1:1 inet n - n - - smtpd\n  -o {{ smtpd_milters = {{ {milter}, default_action=accept }} }}\n"
                "  -o milter_macro_daemon_name=INBOUND\n")
    clinic.write_settings({"milter.learn_listeners": ["INBOUND"]})
    try:
        for options, health, words in (("", "unknown", "hosts of mynetworks may relay"),
                                       ("  -o mynetworks=\n", "good", "no host inside may relay"),
                                       ("  -o smtpd_sasl_auth_enable=yes\n", "problem", "people log in")):
            folder = _copy(clinic, clinic.main.config, "learning", [])
            with open(os.path.join(folder, "master.cf"), "a", encoding="utf-8") as file:
                file.write(listener + options)
            _, report = _doctor(clinic, main=folder)
            fail_unless(words in _of(report, health).get("postfix.learning", ""), report)
            fail_unless("postfix.default_action" not in _of(report, "problem"), report)
    finally:
        clinic.write_settings({})


def test_a_secure_instance_that_is_not(clinic):
    """A level that lets mail leave in the clear."""
    folder = _copy(clinic, clinic.secure.config, "secure", [
        ("main.cf", "smtp_tls_security_level = secure", "smtp_tls_security_level = may")])
    code, report = _doctor(clinic, secure=folder)
    fail_unless(code == 1 and "may" in _of(report, "problem").get("postfix.secure", ""), report)


def test_a_host_where_nothing_runs(clinic):
    """Filter and Redis away: both are said, and the rest is still looked at."""
    clinic.filter.stop()
    clinic.redis.stop()
    try:
        code, report = _doctor(clinic)
        problems = _of(report, "problem")
        fail_unless(code == 1 and {"filter.running", "filter.tls_table", "redis.running"} <= set(problems), problems)
        fail_unless("mta.reentry" in _of(report, "good"), report)
    finally:
        clinic.redis.start()
        clinic.start_filter()


def test_the_report_for_people(clinic):
    """Problems first, each with what to do."""
    folder = _copy(clinic, clinic.main.config, "people", [
        ("master.cf", "default_action=tempfail", "default_action=quarantine")])
    debian = os.path.join(clinic.place.debian, "postfix")
    result = subprocess.run([clinic.program("phictl"), "--settings", clinic.settings_file, "doctor", "--postfix", folder,
                             "--postfix", clinic.secure.config, "--postconf", f"{debian}/usr/sbin/postconf"],
                            capture_output=True, timeout=120, env={
                                "PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": f"{debian}/usr/lib/postfix"})
    said = result.stdout.decode()
    fail_unless(result.returncode == 1, said)
    fail_unless(said.index("Problems") < said.index("postfix.default_action") < said.index("In order"), said)
    fail_unless(re.search(r"quarantine.*\n +-> Write default_action=tempfail", said), said)
