"""The rules that Lamplight ships must be fit to start from: whoever installs them gets no warning,
tests that pass, and an alarm for everything that the devices can say."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
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

    def test_is_in_canonical_form(self):
        self.assertEqual(self.good("fmt", "--check", *RULES), "")

    def test_explains_itself_in_both_languages(self):
        for plan in PLANS:
            english = self.good("explain", *RULES, "--plan", plan)
            spanish = self.good("explain", *RULES, "--plan", plan, "--lang", "es")
            self.assertEqual(len(english.splitlines()), len(spanish.splitlines()))
            self.assertNotRegex(spanish, r" (rings when|stays|Stops by itself|if nobody) ")

    def test_reads_every_condition_of_its_devices(self):
        table = (ROOT / "rules/model/catalogue.cc").read_text()
        said = set(re.findall(r'condition\(Role::(\w+), "(alarm\.\w+)"', table))
        self.assertGreater(len(said), 80)
        text = " ".join("".join(r.read_text() for r in RULES).split())
        unread = [f"{role}.{name}" for role, name in sorted(said)
                  if role != "contact" and f"from {role}.{name} " not in text]
        self.assertEqual(unread, [])

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


class Verbs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.copy = pathlib.Path(shutil.copy(LIBRARY / "oximeter.rules", self.folder))

    def test_fmt_names_and_writes_what_is_not_in_form(self):
        good = self.copy.read_text()
        self.copy.write_text(good.replace("alarm oxygen_low", "alarm    oxygen_low"))
        self.assertEqual((rules("fmt", "--check", self.copy).returncode,
                          rules("fmt", "--check", self.copy).stdout), (1, f"{self.copy}\n"))
        self.assertEqual(rules("fmt", self.copy).stdout, good)
        self.assertEqual(rules("fmt", "-", stdin=good).stdout, good)
        self.copy.chmod(0o640)
        self.assertEqual(rules("fmt", "--write", self.copy).returncode, 0)
        self.assertEqual(self.copy.read_text(), good)
        self.assertEqual(self.copy.stat().st_mode & 0o777, 0o640)
        self.assertEqual(list(self.folder.iterdir()), [self.copy])
        broken = self.folder / "broken.rules"
        broken.write_text('rules 1 "x"\nalarm')
        done = rules("fmt", "--write", broken)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(broken.read_text(), 'rules 1 "x"\nalarm')
        self.assertEqual(rules("fmt", "--write", "--check", self.copy).returncode, 2)
        self.assertEqual(rules("fmt", self.folder / "none.rules").returncode, 2)

    def test_diff_of_directories_and_its_exit_codes(self):
        for path in RULES:
            shutil.copy(path, self.folder)
        self.assertEqual(rules("diff", LIBRARY, self.folder).returncode, 0)
        self.copy.write_text(self.copy.read_text().replace("limit spo2_delay = 10 s",
                                                           "limit spo2_delay = 15 s"))
        done = rules("diff", LIBRARY, self.folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("alarm oxygen_low: rings 5 s later (for 15 s instead of 10 s)", done.stdout)
        told = [json.loads(x) for x in rules("diff", LIBRARY, self.folder,
                                             "--json").stdout.splitlines()]
        self.assertIn("delay", [d["kind"] for d in told])
        self.copy.write_text("rules")
        done = rules("diff", LIBRARY, self.folder)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(rules("diff", LIBRARY).returncode, 2)

    def test_help_and_bad_words(self):
        for verb in ("check", "test", "explain", "fmt", "diff"):
            done = rules(verb, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn("FILE", done.stdout)
        self.assertEqual(rules("explain", *RULES, "--lang", "xx").returncode, 2)
        self.assertEqual(rules("test", *RULES, "--traces", "5").returncode, 2)

    def test_mutants_tells_progress_only_to_a_terminal(self):
        self.copy.write_text(
            'rules 1 "t"\nsignal x : bool from oximeter.alarm.probe_off every 1 s stale after 5 s\n'
            'alarm a "A"\n  severity minor onset prompt\n  when x for 3 s\nend\n'
            'signal y : percent from oximeter.spo2 step 0.1 range 0..100 every 1 s stale after 5 s\n'
            'lost y for 20 s: severity minor onset prompt "gone"\n')
        tests = self.folder / "x.test"
        tests.write_text('tests 1 for "t"\ntest "a"\n  x: false for 5 s, true for 9 s\n'
                         "  expect a raised low at 8 s\n")
        done = rules("test", "--mutants", self.copy, tests)
        self.assertEqual(done.returncode, 1)
        self.assertIn("SURVIVED lost y: for 20 s → 21 s (no test fails)", done.stdout)
        self.assertNotIn("\r", done.stderr)
        self.assertIn("survived", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
