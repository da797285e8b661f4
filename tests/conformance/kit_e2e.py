#!/usr/bin/env python3
"""What must hold for whoever reads a conformance report: drivers of ours pass, and six drivers with one
flaw each fail with the line that names it. With LL_FULL=1 the drivers of SHIPPED are judged whole.

usage: kit_e2e.py [--reports DIR] [KIND...]     by hand: keep the reports, only these kinds
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

BIN = pathlib.Path(os.environ["LL_BIN"]).resolve()
HERE = pathlib.Path(__file__).resolve().parent
IS_FULL = os.environ.get("LL_FULL") == "1"
UNTOLD = ["--device", "cms50", "--profile", "oximeter", "--protocol", "cms50"]
FAST = UNTOLD + ["--option", "format=uart"]
PUMP = ["--device", "lfp1", "--profile", "pump", "--protocol", "modbus", "--period", "300ms"]

# kind of lamplight-sim: profile, protocol, what else
SHIPPED = {
    "rad8": ("oximeter", "masimo"),
    "nonin-df2": ("oximeter", "nonin"),
    "nonin-df7": ("oximeter", "nonin"),
    "nonin-df8": ("oximeter", "nonin"),
    "nonin-df13": ("oximeter", "nonin"),
    "nonin-ascii": ("oximeter", "nonin"),
    "n595": ("oximeter", "nellcor"),
    "cms50": ("oximeter", "cms50", "--option", "format=uart"),
    "cms50-v7": ("oximeter", "cms50"),
    "lfp1": ("pump", "modbus", "--period", "300ms"),
    "lvp1": ("ventilator", "modbus", "--period", "300ms"),
    "pb840": ("ventilator", "pb840"),
    "v200": ("ventilator", "pb840"),
    "evita": ("ventilator", "medibus"),
    "contact": ("contact", "contact"),
    "contact-open": ("contact", "contact", "--option", "contact=normally_open"),
}


class Outcome:
    def __init__(self, words, flaw=None, reports=None):
        driver = HERE / "broken.py" if flaw else BIN / "lamplight-driver"
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(reports or folder)
            name = flaw or words[1]
            junit, html = folder / f"{name}.xml", folder / f"{name}.html"
            surroundings = {**os.environ, "LL_DRIVER": str(BIN / "lamplight-driver"),
                            "LL_FLAW": flaw or ""}
            done = subprocess.run(
                [BIN / "lamplight-conformance", "--driver", driver, *words, "--quiet",
                 "--junit", junit, "--html", html],
                capture_output=True, text=True, env=surroundings)
            self.code, self.text = done.returncode, done.stdout + done.stderr
            self.html = html.read_text() if html.exists() else ""
            self.failed, self.passed = [], 0
            for case in xml.parse(junit).iter("testcase") if junit.exists() else []:
                if case.find("failure") is not None:
                    self.failed.append(case.get("name"))
                elif case.find("skipped") is None:
                    self.passed += 1


def judge_shipped(kind, reports=None, soak="20s"):
    profile, protocol, *more = SHIPPED[kind]
    return Outcome(["--device", kind, "--profile", profile, "--protocol", protocol, "--soak", soak,
                    *more], reports=reports)


class Kit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        faults = ["--checks", "launch,faults", "--loss-limit", "4s", "--faults"]
        values = ["--checks", "values,conditions", "--patience", "2s"]
        wanted = {
            "good": (FAST + ["--soak", "2s", "--faults", "silence,garble,unplug"], None),
            "bit7": (FAST + values, "bit7"),
            "probe_off": (FAST + values, "probe_off"),
            "keeps": (FAST + faults + ["silence"], "keeps"),
            "restamps": (FAST + faults + ["silence"], "restamps"),
            "wrong_unit": (PUMP + faults + ["wrong_unit"], "wrong_unit"),
            "stops": (FAST + ["--checks", "launch,soak", "--soak", "14s"], "stops"),
            "untold": (UNTOLD + ["--reconnect-limit", "3s"], None),
            "right_unit": (PUMP + faults + ["wrong_unit"], None),
        }
        # They mostly wait; together they take as long as the longest.
        with concurrent.futures.ThreadPoolExecutor(len(wanted)) as pool:
            running = {k: pool.submit(Outcome, *words) for k, words in wanted.items()}
            cls.outcomes = {key: one.result() for key, one in running.items()}

    def failed_with(self, flaw, line):
        outcome = self.outcomes[flaw]
        self.assertEqual(outcome.code, 1, outcome.text)
        self.assertIn(line, outcome.failed, outcome.text)
        self.assertIn("Remedy", outcome.html)
        self.assertIn("Does not conform", outcome.html)

    def test_a_good_driver_passes(self):
        for key in ("good", "right_unit"):
            outcome = self.outcomes[key]
            self.assertEqual((outcome.code, outcome.failed), (0, []), outcome.text)
        good = self.outcomes["good"]
        self.assertGreater(good.passed, 60, good.text)
        for part in ("Conforms", "<svg", "oximeter.alarm.probe_off", "Capabilities"):
            self.assertIn(part, good.html)
        for outside in ("http://", "https://", "<script", "<link"):
            self.assertNotIn(outside, good.html, "the page needs nothing else")

    def test_a_dropped_high_bit_is_found(self):
        self.failed_with("bit7", "oximeter.pulse = 200 bpm")
        self.assertIn("bit 7 of the pulse field is lost", self.outcomes["bit7"].html)
        self.assertNotIn("oximeter.pulse = 127 bpm", self.outcomes["bit7"].failed)

    def test_a_value_kept_for_ever_is_found(self):
        self.failed_with("keeps", "silence: readings are missing")

    def test_answers_of_another_unit_are_found(self):
        self.failed_with("wrong_unit", "wrong_unit: readings are missing")

    def test_a_reading_that_stops_for_good_is_found(self):
        self.failed_with("stops", "no pause")

    def test_a_swallowed_probe_off_is_found(self):
        self.failed_with("probe_off", "oximeter.alarm.probe_off on")
        self.failed_with("probe_off", "no number while oximeter.alarm.probe_off")

    def test_a_driver_that_hears_nothing_is_told_at_once_what_may_be_missing(self):
        outcome = self.outcomes["untold"]
        self.assertEqual((outcome.code, outcome.failed), (1, ["driver and device start"]))
        self.assertIn("the driver says: the port is open, but no valid data", outcome.text)
        self.assertIn("does it need an --option?", outcome.text)

    def test_old_values_with_new_times_are_found(self):
        self.failed_with("restamps", "silence: nothing is newer than its bytes")


class CommandLine(unittest.TestCase):
    def kit(self, *words):
        return subprocess.run([BIN / "lamplight-conformance", *words], text=True,
                              capture_output=True)

    def test_help_and_usage(self):
        self.assertEqual(self.kit("--help").returncode, 0)
        self.assertIn("Example", self.kit("--help").stdout)
        driver = str(BIN / "lamplight-driver")
        good = ["--driver", driver, "--profile", "oximeter", "--device", "rad8"]
        for words, says in ((["--driver", driver], "--profile"),
                            (good[:4], "--device NAME"),
                            (good + ["--soak", "long"], "write it like 90s"),
                            (good + ["--checks", "cows"], "there are: launch"),
                            (good + ["--option", "x"], "KEY=VALUE"),
                            (["--driver", "/no/such", *good[2:]], "no executable"),
                            (good + ["--quiet"], "name one with --protocol"),
                            (good + ["--simulator", "x"], "one of them")):
            done = self.kit(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(says, done.stderr, words)

    def test_what_is_no_driver_fails_and_says_so(self):
        done = self.kit("--driver", "/bin/true", "--profile", "oximeter", "--device", "rad8")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("it is no JSON object", done.stdout)


@unittest.skipUnless(IS_FULL, "every shipped driver: LL_FULL=1")
class Shipped(unittest.TestCase):
    def test_every_shipped_driver_passes_whole(self):
        with concurrent.futures.ThreadPoolExecutor(len(SHIPPED)) as pool:
            outcomes = dict(zip(SHIPPED, pool.map(judge_shipped, SHIPPED)))
        for kind, outcome in outcomes.items():
            with self.subTest(kind):
                self.assertEqual((outcome.code, outcome.failed), (0, []), outcome.text)


def by_hand(words):
    reports = words[1] if words[0] == "--reports" else None
    for kind in (words[2:] if reports else words) or SHIPPED:
        outcome = judge_shipped(kind, reports, "10s")
        print(f"{kind}: {outcome.passed} passed, {len(outcome.failed)} failed")
        if outcome.code != 0:
            print(outcome.text)


if __name__ == "__main__":
    by_hand(sys.argv[1:]) if len(sys.argv) > 1 else unittest.main()
