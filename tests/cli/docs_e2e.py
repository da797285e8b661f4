"""What the pages for users show must work as it stands: whoever copies an example at home gets what
the page promises, and every key of the sample configuration is accepted and explained."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ["LL_BIN"])


def blocks(page, kind):
    """The fenced examples of this kind, in order."""
    text = (ROOT / "docs" / page).read_text()
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.S | re.M)


def run_it(program, *words):
    return subprocess.run([BIN / program, *map(str, words)], text=True, capture_output=True,
                          timeout=30)


class Rules(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.whole,) = blocks("rules.md", "rules")

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def check(self, *words):
        done = run_it("lamplight", "rules", *words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_the_whole_file_and_its_plan_compile(self):
        (plan,) = blocks("rules.md", "plan")
        rules = self.file("small.rules", self.whole)
        self.check("check", rules)
        self.check("check", rules, "--plan", self.file("mia.plan", plan))
        self.assertIn("below 90 %", self.check("explain", rules))

    def test_every_part_compiles_within_the_whole(self):
        parts = blocks("rules.md", "rules part")
        self.assertGreaterEqual(len(parts), 3)
        for part in parts:
            self.check("check", self.file("small.rules", self.whole + part))

    def test_the_cases_pass(self):
        (tests,) = blocks("rules.md", "test")
        self.check("test", self.file("small.rules", self.whole), self.file("small.test", tests))

    def test_every_form_of_a_condition_is_built(self):
        text = (ROOT / "docs/rules.md").read_text()
        table = text.split("## What a condition may say")[1].split("A reading that is missing")[0]
        forms = [form for row in table.splitlines()[3:] for form in
                 re.findall(r"`([^`]*)`", row.split("|")[1] if "|" in row else "")]
        self.assertGreater(len(forms), 12)
        for form in forms:
            when = re.sub(r"\bD\b", "tube_blocked", re.sub(r"\bC\b", "tube_blocked", form))
            if when[0] in "<>" or when.startswith("between"):
                when = "spo2 " + when + ("" if "percent" in when else " 90 percent")
            alarm = f'alarm one "One"\n severity minor onset delayed\n when {when}\nend\n'
            with self.subTest(form):
                self.check("check", self.file("small.rules", self.whole + alarm))

    def test_what_is_said_to_be_missing_is_refused_by_name(self):
        drop = ('alarm one "One"\n severity minor onset delayed\n'
                " when mean of spo2 over 90 s > mean of spo2 over 10 s\nend\n")
        done = run_it("lamplight", "rules", "check",
                      self.file("small.rules", self.whole + drop))
        self.assertEqual(done.returncode, 1)
        self.assertIn("E10", done.stdout)


class Configuration(unittest.TestCase):
    sample = ROOT / "packaging/home.toml"

    def test_the_sample_is_accepted(self):
        done = run_it("lamplightd", "--config", self.sample, "--check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_sample_is_accepted_with_a_broker_too(self):
        text = self.sample.read_text().replace('"demo/', f'"{ROOT}/packaging/demo/')
        lines = text.splitlines()
        broker = lines.index("# [broker]")
        for i in range(broker, lines.index("", broker)):
            lines[i] = lines[i].removeprefix("# ")
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write("\n".join(lines))
            file.flush()
            done = run_it("lamplightd", "--config", file.name, "--check")
        told = done.stdout + done.stderr
        self.assertNotIn("unknown key", told)
        self.assertNotIn("out of range", told)

    def test_every_key_of_the_reader_is_on_the_page(self):
        page = (ROOT / "docs/configuration.md").read_text()
        asked = set()
        for name in ("read.cc", "read_broker.cc", "read_ports.cc"):
            code = (ROOT / "gateway/config" / name).read_text()
            asked |= set(re.findall(
                r'\b(?:find|require|integer|size|duration|word|file|path_key)'
                r'\((?:reader, )?"([a-z_]+)"', code))
        self.assertGreater(len(asked), 20)
        drivers = (ROOT / "gateway/config/drivers.cc").read_text()
        asked |= set(re.findall(r'"(timeout|probe_timeout|gap|format|set_format|module)"', drivers))
        asked -= {"device", "port"}
        for key in sorted(asked):
            self.assertRegex(page, rf"`\[?{key}\]?`", key)


class RegisterMap(unittest.TestCase):
    page = "register-map.md"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "example.toml"
        self.file.write_text(blocks(self.page, "toml")[0])

    def test_the_example_reads_the_replies_as_the_page_shows(self):
        (replies,), (shown,) = blocks(self.page, "replies"), blocks(self.page, "json")
        done = subprocess.run([BIN / "lamplight", "decode", "modbus", "--map", self.file, "-"],
                              input=replies, text=True, capture_output=True, timeout=30)
        self.assertEqual((done.returncode, done.stdout), (0, shown), done.stderr)

    def test_every_key_of_the_reader_is_on_the_page_and_every_word(self):
        page = (ROOT / "docs" / self.page).read_text()
        code = (ROOT / "drivers/modbus/register_map_toml.cc").read_text()
        lists = re.findall(r"check_keys\([^{]*\{([^}]*)\}", code)
        self.assertGreater(len(lists), 5)
        keys = {key for each in lists for key in re.findall(r'"([a-z_]+)"', each)}
        self.assertIn("order_register", keys)
        for key in sorted(keys):
            self.assertRegex(page, rf"`\[?\[?{key}\]?\]?`", key)
        words = re.findall(r'\{"(\w+)", (?:Table|RegisterType|WordOrder|Priority)::', code)
        self.assertGreater(len(words), 15)
        units = re.findall(r'\{"([A-Za-z0-9/]+)", "[A-Za-z0-9/]+", \{',
                           (ROOT / "drivers/modbus/exact.cc").read_text())
        self.assertGreater(len(units), 10)
        for word in words + units:
            self.assertRegex(page, rf'[`"]{word}[`"]', word)


if __name__ == "__main__":
    unittest.main(verbosity=2)
