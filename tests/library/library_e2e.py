"""The rules that Lamplight ships must be fit to start from: whoever installs them gets no warning,
tests that pass, and an alarm for everything that the devices can say."""
import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "rules/library"
BIN = pathlib.Path(os.environ["LL_BIN"])
RULES = sorted(LIBRARY.glob("*.rules"))
TESTS = sorted(LIBRARY.glob("*.test"))
PLANS = sorted(LIBRARY.glob("*.plan"))


def rules(*words, stdin=None):
    return subprocess.run([BIN / "lamplight", "rules", *map(str, words)], text=True,
                          capture_output=True, input=stdin, timeout=120)


class Library(unittest.TestCase):
    def good(self, *words):
        done = rules(*words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_no_warning_with_any_plan(self):
        self.assertEqual(self.good("check", "--strict", *RULES), "")
        self.assertEqual(len(PLANS), 3)
        for plan in PLANS:
            self.assertEqual(self.good("check", "--strict", *RULES, "--plan", plan), "", plan)

    def test_every_rules_file_has_its_tests_and_all_pass(self):
        self.assertEqual([r.stem for r in RULES], [t.stem for t in TESTS])
        out = self.good("test", *RULES, *TESTS)
        self.assertGreater(len(out.splitlines()), 120)
        self.assertNotIn("FAIL", out)

    def test_reads_every_condition_of_its_devices(self):
        table = (ROOT / "rules/model/catalogue.cc").read_text()
        said = set(re.findall(r'condition\(Role::(\w+), "(alarm\.\w+)"', table))
        self.assertGreater(len(said), 80)
        text = "".join(r.read_text() for r in RULES)
        for role, name in sorted(said):
            if role != "contact":
                self.assertIn(f"from {role}.{name} ", text)

    def test_every_limit_and_delay_says_where_it_comes_from(self):
        marks = set(re.findall(r"^#   \[([^\]]+)\]", (LIBRARY / "care.rules").read_text(), re.M))
        self.assertGreater(len(marks), 8)
        used = set()
        for path in RULES:
            for mark in re.findall(r"\[([^\]:]+)[\]:]", path.read_text()):
                self.assertIn(mark, marks, path.name)
                used.add(mark)
            lines = path.read_text().splitlines()
            for i, line in enumerate(lines):
                if line.startswith("limit "):
                    above = i
                    while lines[above - 1].startswith(("#", "limit ", "  ")):
                        above -= 1
                    said = " ".join(x for x in lines[above:i] if x.startswith("#"))
                    self.assertRegex(said, r"\[|\d{4}", f"{path.name}: {line}")
        self.assertEqual(marks - used, set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
