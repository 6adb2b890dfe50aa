# SPDX-License-Identifier: Apache-2.0
"""install_test.py BUILD: installs into an empty root, and compares what stands there with what units, settings, users
and folders name."""
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import tomllib
import unittest

BUILD = ""

HARDENING = {
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
    "MemoryDenyWriteExecute": "yes", "LimitCORE": "0", "Type": "notify", "RestrictNamespaces": "yes",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
}
USERS = {"phimilter": "phimilter", "phimilter-portal": "phiportal"}


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(s|min)?", text).groups()
    return int(number) * (60 if unit == "min" else 1)


class Unit:
    def __init__(self, path):
        # Directives may stand more than once; a list of pairs keeps them all.
        with open(path, encoding="utf-8") as file:
            lines = [line.strip() for line in file if re.match(r"\w+=", line.strip())]
        self.pairs = [line.split("=", 1) for line in lines]

    def all(self, name):
        return [value for key, value in self.pairs if key == name]

    def one(self, name):
        values = self.all(name)
        return values[0] if len(values) == 1 else None


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp(prefix="phi-install-")
        cls.addClassCleanup(shutil.rmtree, cls.root)
        cls.install()
        with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as cache:
            cls.prefix = re.search(r"^CMAKE_INSTALL_PREFIX:\w+=(.*)$", cache.read(), re.MULTILINE).group(1)
        cls.units = {name: Unit(cls.place(f"{cls.prefix}/lib/systemd/system/{name}.service")) for name in USERS}
        with open(cls.place("/etc/phimilter/phimilter.toml"), "rb") as file:
            cls.settings = tomllib.load(file)
        cls.users, cls.groups, cls.members = cls.read_sysusers()
        cls.folders = cls.read_tmpfiles()

    @classmethod
    def install(cls):
        run = subprocess.run(["cmake", "--install", BUILD], env={**os.environ, "DESTDIR": cls.root},
                             capture_output=True, text=True)
        if run.returncode != 0:
            raise AssertionError("cmake --install failed; is everything built?\n" + run.stderr)

    @classmethod
    def place(cls, path):
        return cls.root + path

    @classmethod
    def rows(cls, path):
        with open(cls.place(path), encoding="utf-8") as file:
            return [line.split() for line in file if line.strip() and not line.startswith("#")]

    @classmethod
    def read_sysusers(cls):
        rows = cls.rows(f"{cls.prefix}/lib/sysusers.d/phimilter.conf")
        users = {row[1] for row in rows if row[0] == "u"}
        return users, users | {row[1] for row in rows if row[0] == "g"}, \
            {(row[1], row[2]) for row in rows if row[0] == "m"}

    @classmethod
    def read_tmpfiles(cls):
        return {row[1]: (row[2], row[3], row[4]) for row in cls.rows(f"{cls.prefix}/lib/tmpfiles.d/phimilter.conf")}

    def assert_program(self, path):
        self.assertTrue(os.access(self.place(path), os.X_OK), f"{path} is not installed, or is no program")

    def test_units_start_programs_that_are_installed(self):
        for name, unit in self.units.items():
            words = unit.one("ExecStart").split()
            self.assert_program(words[0])
            self.assertEqual(words[1], "--settings")
            self.assertTrue(os.path.isfile(self.place(words[2])), words[2])
            self.assertEqual(os.path.basename(words[0]), name)
        self.assertEqual(self.units["phimilter"].one("ExecReload"), "/bin/kill -USR1 $MAINPID")
        self.assert_program(f"{self.prefix}/bin/phictl")

    def test_units_are_closed(self):
        for name, unit in self.units.items():
            with self.subTest(unit=name):
                for directive, value in HARDENING.items():
                    self.assertEqual(unit.one(directive), value, directive)
                self.assertIn("@system-service", unit.all("SystemCallFilter"))
                self.assertGreaterEqual(seconds(unit.one("TimeoutStopSec")), 30)
        self.assertEqual(self.units["phimilter"].one("CapabilityBoundingSet"), "")
        self.assertEqual(self.units["phimilter-portal"].one("CapabilityBoundingSet"), "CAP_NET_BIND_SERVICE")
        allowed = " ".join(self.units["phimilter"].all("SystemCallFilter")).split()
        for call in ("seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"):
            self.assertIn(call, allowed)

    def test_users_and_folders_of_the_units_are_made(self):
        for name, unit in self.units.items():
            with self.subTest(unit=name):
                self.assertEqual(unit.one("User"), USERS[name])
                self.assertIn(unit.one("User"), self.users)
                self.assertIn((unit.one("User"), unit.one("SupplementaryGroups")), self.members)
                for folder in unit.one("ReadWritePaths").split():
                    self.assertIn(folder, self.folders)
                state = "/var/lib/" + unit.one("StateDirectory")
                self.assertEqual(self.folders[state], (unit.one("StateDirectoryMode"), USERS[name], USERS[name]))

    def test_folders_belong_to_users_that_are_made(self):
        for path, (_, user, group) in self.folders.items():
            self.assertIn(user, self.users | {"root"}, path)
            self.assertIn(group, self.groups | {"root"}, path)
        self.assertEqual(self.folders["/var/lib/phimilter/gnupg"][0], "0700")
        self.assertEqual(self.folders["/var/lib/phimilter-escrow"], ("2770", "phimilter", "phiescrow"))

    def test_settings_name_what_is_installed(self):
        for file in self.settings["policy"]["files"]:
            self.assertTrue(os.path.isfile(self.place(file)), file)
        self.assert_program(self.settings["extract"]["program"])
        self.assert_program(self.settings["pgp"]["program"])
        for folder in (self.settings["pgp"]["home"], self.settings["smime"]["certificates"],
                       self.settings["escrow"]["folder"]):
            self.assertIn(folder, self.folders)
        runtime = "/run/" + self.units["phimilter"].one("RuntimeDirectory")
        self.assertEqual(os.path.dirname(self.settings["milter"]["socket"]), "unix:" + runtime)

    def test_folders_of_default_settings_are_made(self):
        run = subprocess.run([self.place(f"{self.prefix}/bin/phictl"), "settings"], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        defaults = set(re.findall(r'^#\w+ = "(/var/lib/[^"]+)"', run.stdout, re.MULTILINE))
        self.assertGreater(len(defaults), 3)
        self.assertEqual(defaults - set(self.folders), set())

    def test_man_pages_of_the_units_are_installed(self):
        for name, unit in self.units.items():
            for page, section in re.findall(r"man:([\w.-]+)\((\d)\)", unit.one("Documentation")):
                path = f"{self.prefix}/share/man/man{section}/{page}.{section}"
                self.assertTrue(os.path.isfile(self.place(path)), path)
        self.assertTrue(os.path.isfile(self.place(f"{self.prefix}/share/man/man1/phictl.1")))

    def test_installing_again_keeps_the_admins_settings(self):
        path = self.place("/etc/phimilter/phimilter.toml")
        with open(path, "a", encoding="utf-8") as file:
            file.write("# mine\n")
        self.install()
        with open(path, encoding="utf-8") as file:
            self.assertTrue(file.read().endswith("# mine\n"))

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not there")
    def test_systemd_accepts_the_units(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name in self.units:
                with open(self.place(f"{self.prefix}/lib/systemd/system/{name}.service"), encoding="utf-8") as file:
                    text = file.read()
                # The program stands below the test's root, and the user is not on this machine.
                text = re.sub(r"ExecStart=", f"ExecStart={self.root}", text)
                paths.append(os.path.join(folder, f"{name}.service"))
                with open(paths[-1], "w", encoding="utf-8") as file:
                    file.write(text)
            run = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *paths],
                                 capture_output=True, text=True)
            said = [line for line in run.stderr.splitlines() if "phimilter" in line]
            self.assertEqual((run.returncode, said), (0, []))

    @unittest.skipUnless(shutil.which("systemd-sysusers") and os.geteuid() == 0, "needs systemd-sysusers and root")
    def test_systemd_makes_users_and_folders(self):
        os.makedirs(self.place("/etc"), exist_ok=True)
        for tool, *arguments in (("systemd-sysusers",), ("systemd-tmpfiles", "--create")):
            conf = f"{self.prefix}/lib/{tool[8:]}.d/phimilter.conf"
            run = subprocess.run([tool, f"--root={self.root}", *arguments, self.place(conf)], capture_output=True,
                                 text=True)
            self.assertEqual(run.returncode, 0, run.stderr)
        with open(self.place("/etc/passwd"), encoding="utf-8") as file:
            uids = {row.split(":")[0]: int(row.split(":")[2]) for row in file}
        for path, (mode, user, _) in self.folders.items():
            found = os.stat(self.place(path))
            self.assertEqual(stat.S_IMODE(found.st_mode), int(mode, 8), path)
            self.assertEqual(found.st_uid, uids.get(user, 0), path)


if __name__ == "__main__":
    BUILD = sys.argv.pop(1)
    unittest.main()
