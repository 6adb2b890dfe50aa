# SPDX-License-Identifier: Apache-2.0
"""Each rule is shown a tree that breaks it, and one that does not: a rule that cannot fail is no rule."""
import os
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import formatting
import includes
import registered
import samples
import settings_documented
import sizes
import words

LICENCE = "// " + words.SPDX + "\n"
TABLE = 'Setting{"milter", "socket", &Settings::milter_socket, "unix:/a-b", Check::socket, "", "Where."},\n'
MANUAL = ".SS [milter]\n.TP\n.B socket\nWhere.\nDefault: \\fBunix:/a\\-b\\fR\n"
SAMPLE = '[milter]\n#socket = "unix:/a-b"\n'
NOTE = "TO" + "DO"


def long_function(lines):
    return "int f(int a) {\n" + "  a += 1;\n" * (lines - 2) + "}\n"


# rule, files that break it, what the complaint must say; None: a tree without complaint.
CASES = [
    (includes.direction, {"mail/a.cc": '#include "base/result.h"\n#include "mail/a.h"\n'}, None),
    (includes.direction, {"milter/a.cc": '#include "delivery/facts.h"\n#include <vector>\n'}, None),
    (includes.direction, {"base/a.cc": '#include "mail/a.h"\n'}, "mail/ comes after base/"),
    (includes.direction, {"policy/a.h": '  #  include "escrow/vault.h"\n'}, "policy/a.h:1"),
    (includes.direction, {"portal/a.cc": '#include "milter/session.h"\n'}, "milter/ is a program"),
    (includes.direction, {"audit/a.h": '#include "phictl/verb.h"\n'}, "phictl/ is a program"),
    (includes.vendors, {"policy/a.cc": "#include <re2/re2.h>\n"}, None),
    (includes.vendors, {"policy/a.h": "#include <re2/re2.h>\n", "policy/a.cc": '#include "policy/a.h"\n'}, None),
    (includes.vendors, {"policy/a.h": "#include <re2/re2.h>\n", "policy/b.h": '#include "policy/a.h"\n',
                        "policy/b.cc": '#include "policy/b.h"\n'}, None),
    (includes.vendors, {"policy/a.h": "#include <re2/re2.h>\n", "policy/b.h": '#include "policy/a.h"\n',
                        "protect/b.cc": '#include "policy/b.h"\n'}, "policy/a.h:1"),
    (includes.vendors, {"policy/a.h": "#include <re2/re2.h>\n", "milter/a.cc": '#include "policy/a.h"\n'},
     "stay in .cc files"),
    (includes.vendors, {"mail/a.cc": "#include <openssl/sha.h>\n"}, "no vendor at all"),
    (includes.vendors, {"delivery/a.cc": "#include <gpgme.h>\n"}, "may not use GPGME"),
    (includes.unknown, {"mail/a.cc": "#include <sys/stat.h>\n#include <unistd.h>\n#include <map>\n"}, None),
    (includes.unknown, {"base/result.h": "#include <tl/expected.hpp>\n"}, None),
    (includes.unknown, {"mail/a.h": "#include <tl/expected.hpp>\n"}, "no table"),
    (includes.unknown, {"mail/a.cc": "#include <boost/any.hpp>\n"}, "no table"),
    (sizes.long_files, {"mail/a.cc": "\n" * 399}, None),
    (sizes.long_files, {"mail/a.cc": "\n" * 400}, "400 lines"),
    (sizes.long_files, {"tests/a.py": "\n" * 500}, "500 lines"),
    (sizes.long_functions, {"mail/a.cc": "namespace a {\n" + long_function(59) + "}\n"}, None),
    (sizes.long_functions, {"mail/a.cc": "namespace a {\n" + long_function(60) + "}\n"}, "mail/a.cc:2: a function of 60"),
    (sizes.long_functions, {"mail/a.cc": "class A {\n " + long_function(80) + "};\n"}, "80 lines"),
    (sizes.long_functions, {"mail/a.cc": "A::A(int a)\n    : a_{a} {\n" + "  x();\n" * 70 + "}\n"}, "73 lines"),
    (sizes.long_functions, {"mail/a.cc": "TEST(A, b) {\n  // }\n  f(\"}\", '}');\n" + "  x();\n" * 70 + "}\n"},
     "74 lines"),
    (sizes.long_functions, {"mail/a.cc": "void f() {\n  const A a[] = {\n" + "    {1},\n" * 90 + "  };\n}\n"}, None),
    (sizes.long_functions, {"mail/a.cc": "void f() {\n  const A a[] = {\n    {1},\n  };\n" + "  x();\n" * 70 + "}\n"},
     "73 lines"),
    (sizes.long_functions, {"mail/a.cc": "void f() {\n  if (a) {\n" + "    x();\n" * 70 + "  }\n}\n"}, "74 lines"),
    (sizes.long_functions, {"mail/a.cc": "constexpr int kTable[] = {\n" + "  1,\n" * 90 + "};\n"}, None),
    (sizes.long_functions, {"mail/a.cc": "constexpr std::array kTable{\n" + "  A{(1)},\n" * 90 + "};\n"}, None),
    (words.leftovers, {"mail/original.cc": "", "docs/a.backup": ""}, None),
    *((words.leftovers, {f"mail/a.cc{ending}": ""}, f"mail/a.cc{ending}: ") for ending in
      (".orig", ".rej", ".bak", ".swp", "~")),
    (words.licence, {"mail/a.cc": LICENCE, "a.py": "#!/usr/bin/python3\n# " + words.SPDX + "\n"}, None),
    (words.licence, {"mail/a.cc": "\n" + LICENCE}, "mail/a.cc:1"),
    (words.licence, {"cmake/a.cmake": "project(a)\n"}, "cmake/a.cmake:1"),
    (words.notes, {"mail/a.cc": LICENCE + '// mkstemp("XXXXXX")\n'}, None),
    (words.notes, {"mail/a.cc": LICENCE + f"// {NOTE}: later\n"}, "mail/a.cc:2"),
    (words.notes, {"mail/a.cc": LICENCE + "// X" + "XX: why\n"}, "mail/a.cc:2"),
    (registered.complaints, {"docs/portal-security.md": "`Access.Opens*` `suites/api.py` no_such_test\n",
                             "tests/e2e/suites/api.py": "def test_one(clinic):\n"}, "there is no test Access.Opens*"),
    (registered.cited, {"docs/portal-security.md": "`Access.Opens` `suites/api.py` one_two, `suites/no.py`\n",
                        "tests/a_test.cc": "TEST(Access, Opens) {\n",
                        "tests/e2e/suites/api.py": "def test_one_two_three(clinic):\n"}, "there is no tests/e2e/suites/no.py"),
    (registered.complaints, {"tests/unit/mail/a_test.cc": "", "tests/unit/mail/CMakeLists.txt": "t(a_test.cc)"}, None),
    (registered.complaints, {"tests/unit/mail/a_test.cc": "", "tests/unit/mail/CMakeLists.txt": "t(b_a_test.cc)"},
     "never run"),
    (registered.complaints, {"tests/unit/mail/a_test.cc": "", "tests/unit/mail/CMakeLists.txt": "# a_test.cc\n"},
     "never run"),
    (registered.complaints, {"tests/unit/mail/a_test.cc": ""}, "never run"),
    (samples.toml, {"a.toml": "[a]\nb = 1\n"}, None),
    (samples.toml, {"policy/packs/a.toml": "[a\n"}, "is no TOML"),
    (samples.postfix, {"main.cf": "# a\na_b = c\n  d\n", "master.cf": "a inet n - n - - smtpd\n  -o b=c\n"}, None),
    (samples.postfix, {"main.cf": "a b\n"}, "main.cf:1"),
    (samples.postfix, {"master.cf": "a inet n - smtpd\n"}, "eight columns"),
    (samples.postfix, {"master.cf": "a inet n - n - - smtpd\n  -o b c d\n"}, "master.cf:1"),
    (settings_documented.complaints, {}, None),
    (settings_documented.complaints, {"base/settings_table.cc": TABLE + TABLE.replace('"socket"', '"spool"')},
     "does not describe milter.spool"),
    (settings_documented.complaints, {"packaging/phimilter.toml.in": "[milter]\n"}, "does not show milter.socket"),
    (settings_documented.complaints, {"packaging/phimilter.toml.in": SAMPLE + "#old = 1\n"}, "shows milter.old"),
    (settings_documented.complaints, {"packaging/phimilter.toml.in": '[milter]\n#socket = "c"\n'}, "is not its default 'unix:/a-b'"),
    (settings_documented.complaints, {"packaging/phimilter.toml.in": '[milter]\n# for example:\n#socket = "c"\n'}, None),
    (settings_documented.complaints, {"docs/man/phimilter.toml.5": MANUAL + ".TP\n.B old\nDefault: none\n"},
     "describes milter.old"),
    (settings_documented.complaints, {"docs/man/phimilter.toml.5": MANUAL.replace("a\\-b", "b")}, "says that the default"),
    (settings_documented.complaints, {"base/settings_table.cc": "\n"}, "no settings found"),
    (formatting.complaints, {"mail/a.cc": "int f();\n"}, None),
    (formatting.complaints, {"mail/a.cc": "int  f( );\n"}, "mail/a.cc:1: not formatted"),
]

SETTINGS_TREE = {"base/settings_table.cc": TABLE, "docs/man/phimilter.toml.5": MANUAL,
                 "packaging/phimilter.toml.in": SAMPLE}


def write_tree(root, files):
    for path, text in files.items():
        os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
        with open(os.path.join(root, path), "w", encoding="utf-8") as file:
            file.write(text)


class Rules(unittest.TestCase):
    def complaints_about(self, rule, files):
        whole = {**SETTINGS_TREE, **files} if rule is settings_documented.complaints else files
        with tempfile.TemporaryDirectory() as root:
            write_tree(root, {".clang-format": "BasedOnStyle: Google\n", **whole})
            return rule(root)

    def test_cases(self):
        for rule, files, said in CASES:
            with self.subTest(rule=f"{rule.__module__}.{rule.__name__}", files=files):
                try:
                    complaints = self.complaints_about(rule, files)
                except formatting.NotChecked as reason:
                    self.skipTest(str(reason))
                if said is None:
                    self.assertEqual(complaints, [])
                else:
                    self.assertIn(said, "\n".join(complaints))

    def test_without_clang_format_the_answer_is_not_checked(self):
        with mock.patch("shutil.which", return_value=None), self.assertRaises(formatting.NotChecked):
            formatting.complaints(".")


if __name__ == "__main__":
    unittest.main()
