"""Who sets up a box must learn every mistake before anything is watched: `lamplightd --check` on
configuration, rules and plan, and what it says of drivers that are not ours."""
import json
import subprocess
import unittest

from house import BIN, HERE, House


class Check(unittest.TestCase):
    def setUp(self):
        self.house = House()
        self.addCleanup(self.house.close)

    def check(self, *arguments):
        return subprocess.run([BIN / "lamplightd", *arguments], capture_output=True, text=True,
                              timeout=30)

    def edit(self, old, new):
        self.house.config.write_text(self.house.config.read_text().replace(old, new))

    def check_house(self):
        return self.check("--config", self.house.config, "--check")

    def test_a_good_home_is_good_and_nothing_is_started(self):
        result = self.check_house()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("good", result.stdout)
        self.assertFalse((self.house.dir / "state").exists())
        self.assertFalse((self.house.dir / "run").exists())

    def test_usage_and_unreadable_files_are_two(self):
        self.assertEqual(self.check().returncode, 2)
        self.assertEqual(self.check("--config", "/nowhere.toml", "--check").returncode, 2)
        self.assertEqual(self.check("--config", "/tmp", "--check").returncode, 2)
        self.assertEqual(self.check("--bogus").returncode, 2)

    def test_help_says_what_this_is_not(self):
        result = self.check("--help")
        self.assertEqual(result.returncode, 0)
        self.assertIn("secondary notification; stay within hearing of the bedside devices",
                      result.stdout)
        self.assertRegex(self.check("--version").stdout, r"^lamplightd \d+\.\d+\.\d+\n$")

    def test_all_mistakes_of_the_configuration_at_once(self):
        self.edit('home = "h-1"', 'home = "the smiths"')
        self.edit('id = "ox1"', 'id = "OX 1"')
        result = self.check_house()
        self.assertEqual(result.returncode, 1)
        first_lines = [l for l in result.stderr.splitlines() if ": error: " in l]
        self.assertEqual(len(first_lines), 2)
        self.assertTrue(first_lines[0].startswith(f"{self.house.config}:1:8: error: "))

    def test_rules_and_plan_are_checked_where_they_stand(self):
        (self.house.dir / "home.rules").write_text(
            (self.house.dir / "home.rules").read_text().replace("90 percent", "99 percent"))
        result = self.check_house()
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"home\.rules:3:\d+: E5: ")
        self.edit('rules = ["home.rules"]', 'rules = ["gone.rules"]\nplan = "gone.plan"')
        result = self.check_house()
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"home\.toml:5:\d+: error: cannot read the rules ")
        self.assertRegex(result.stderr, r"home\.toml:6:\d+: error: cannot read the plan ")

    def test_a_step_coarser_than_the_catalogue_is_refused(self):
        rules = self.house.dir / "home.rules"
        rules.write_text(rules.read_text().replace("step 0.1", "step 1"))
        result = self.check_house()
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("W12", result.stderr)
        run = self.check("--config", self.house.config)
        self.assertEqual(run.returncode, 1, "and it does not start either")

    def test_a_role_that_nobody_has_is_warned_of(self):
        self.edit('role = "oximeter"', 'role = "pump"')
        result = self.check_house()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("no device has the role `oximeter`", result.stderr)

    def test_a_disk_with_less_than_its_floor_is_warned_of(self):
        self.assertNotIn("free_floor", self.check_house().stderr)
        self.edit('free_floor = "0 B"', 'free_floor = "16 TiB"')
        result = self.check_house()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, r"has \d+ MiB free, less than free_floor")

    def test_a_home_without_a_sounder_is_warned_of(self):
        self.assertIn("alarms will make no sound in this home", self.check_house().stderr)
        self.edit("[store]", "sounder = true\n[store]")
        result = self.check_house()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("make no sound", result.stderr)

    def test_certificates_are_read_by_check(self):
        self.edit('[[port]]\n', '[broker]\nhost = "b.example.org"\nca = "no.pem"\n[[port]]\n')
        result = self.check_house()
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot read the PEM file", result.stderr)

    def test_a_foreign_driver_is_asked_for_its_keys(self):
        self.edit("mode_file =", "mood_file =")
        result = self.check_house()
        self.assertEqual(result.returncode, 1)
        self.assertIn("unknown key `mood_file`", result.stderr)
        self.edit(str(HERE / "tiny_driver.py"), "/bin/false")
        self.assertIn("does not answer `describe`", self.check_house().stderr)

    def vent(self, register_map, role="ventilator"):
        text = self.house.config.read_text().split("[[port]]")[0]
        text += ('[[port]]\nname = "vent"\ndriver = "modbus"\nat = "tcp:127.0.0.1:502"\n'
                 f'[[port.device]]\nid = "v1"\nrole = "{role}"\nunit = 1\n'
                 f'map = "{register_map}"\n')
        self.house.config.write_text(text)
        return text[:text.index("map = ")].count("\n") + 1

    def test_a_register_map_that_cannot_be_read_is_no_good_home(self):
        (self.house.dir / "own.toml").write_text(
            'map = "own"\nversion = 1\nnumbering = "zero"\n'
            'canary = { table = "holding", address = 12, value = 0x1234 }\n'
            'block = [{ name = "a", table = "input", first = 0, count = 4 }]\n'
            'register = [{ block = "a", address = 0, type = "u16", signal = "pipp", '
            'unit = "cmH2O" }]\n')
        for name, told in (("nope.toml", "no register map '{}': No such file"),
                           ("home.rules", "{}:1:"), ("./", "Is a directory"),
                           ("own.toml",
                            "{}:6:64: error: the role ventilator has no signal 'pipp'")):
            line = self.vent(name)
            result = self.check_house()
            with self.subTest(name):
                self.assertEqual(result.returncode, 1, result.stderr)
                place = f'{self.house.config}:{line}:7: error: the driver `modbus` cannot read the '
                self.assertIn(place + f'device `v1` like this\nmap = "{name}"\n      ^\n',
                              result.stderr)
                self.assertIn(told.format(self.house.dir / name), result.stderr)
        self.assertIn("did you mean 'pip'?", result.stderr)
        own = (self.house.dir / "own.toml")
        own.write_text(own.read_text().replace("pipp", "pip"))
        result = self.check_house()
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_foreign_driver_must_say_what_it_speaks_and_sends(self):
        driver = self.house.dir / "driver"
        self.edit(str(HERE / "tiny_driver.py"), str(driver))
        good = ('"options": ["value_file", "mode_file"], "wire": [1, 3], '
                '"signals": ["oximeter.spo2"]')
        for said, told in (("", "which version of the wire"),
                           (good.replace("[1, 3]", "[2, 0]"), "speaks version 2 of the wire"),
                           (good.replace("[1, 3]", '"1"'), "which version of the wire"),
                           (good.replace("oximeter.spo2", "oxymeter.spo2"),
                            "any signal of the catalogue"),
                           (good.replace("oximeter.spo2", "pump.rate"),
                            "this driver sends no signal of the role `oximeter`"),
                           (good, None)):
            driver.write_text("#!/bin/sh\ncat << END\n{" + said + "}\nEND\n")
            driver.chmod(0o755)
            result = self.check_house()
            with self.subTest(said):
                self.assertEqual(result.returncode, 0 if told is None else 1, result.stderr)
                self.assertIn(told or "", result.stderr)

    def test_our_own_drivers_know_the_keys_that_the_configuration_takes(self):
        described = json.loads(subprocess.run([BIN / "lamplight-driver", "describe"], check=True,
                                              capture_output=True, text=True).stdout)
        example = {"duration": '"1 s"'}
        for option in described["options"]:
            with self.subTest(**option):
                house = House(driver=option["protocol"],
                              options=f'{option["name"]} = {example.get(option["type"], 1)}')
                self.addCleanup(house.close)
                text = house.config.read_text()
                if option["protocol"] == "modbus":
                    text += 'unit = 1\nmap = "lfp-1"\n'
                house.config.write_text(text)
                result = self.check("--config", house.config, "--check")
                self.assertNotIn("unknown key", result.stderr)

    def test_our_own_drivers_send_what_the_role_of_their_device_is_made_of(self):
        driver = [BIN / "lamplight-driver", "describe"]
        everything = json.loads(subprocess.check_output(driver, text=True))
        for name in everything["protocols"]:
            told = json.loads(subprocess.check_output([*driver, name], text=True))
            sent = {path.split(".")[0] for path in told["signals"] + told["conditions"]}
            for role in ("oximeter", "ventilator", "pump", "contact"):
                house = House(driver=name, at="serial:/dev/ttyS0?9600,8N1", options="")
                self.addCleanup(house.close)
                house.config.write_text(house.config.read_text().replace("oximeter", role))
                result = self.check("--config", house.config, "--check")
                with self.subTest(driver=name, role=role):
                    self.assertEqual("has the role" in result.stderr and "what `" in result.stderr,
                                     role not in sent, result.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
