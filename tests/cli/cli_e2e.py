"""What a person at the box sees and says with `lamplight` must be what lamplightd did: for the
parent who acknowledges at night, and for the nurse who reads the record the next morning."""
import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "gateway"))
from house import BIN, House, wait_for  # noqa: E402

TESTS = HERE.parent.parent / "packaging" / "demo" / "home.test"


class Lamplight(unittest.TestCase):
    def setUp(self):
        self.house = House()
        self.addCleanup(self.house.close)

    def run_it(self, *words, stdin=None):
        return subprocess.run([BIN / "lamplight", *map(str, words), "--config", self.house.config],
                              text=True, capture_output=True, input=stdin, timeout=30)

    def lines(self, *words):
        done = self.run_it(*words, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def value(self, tenths):
        (self.house.dir / "value").write_text(str(tenths))

    def open_alarm(self):
        alarms = self.lines("alarms")[0]["alarms"]
        return next((a for a in alarms if a["rule"] == "oxygen_low"), None)

    def live_a_night(self):
        """Raised, acknowledged, cleared; returns the occurrence."""
        wait_for(lambda: self.lines("watch", "--once")[0]["vitals"]["vitals"])
        self.value(840)
        alarm = wait_for(self.open_alarm)
        number = alarm["occurrence"]
        done = self.run_it("ack", number, "--by", "Mum")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Mum", done.stdout)
        self.assertEqual(self.open_alarm()["signal"], "acknowledged")
        self.value(970)
        wait_for(lambda: self.open_alarm() is None)
        return number

    def test_acknowledges_one_occurrence_and_the_record_says_who(self):
        self.house.start()
        number = self.live_a_night()
        wait_for(lambda: "alarm.cleared" in [e["event"] for e in
                                             self.lines("events", "--occurrence", number)])
        events = self.lines("events", "--occurrence", number, "--lane", "alarm")
        names = [e["event"] for e in events]
        for name in ("alarm.raised", "alarm.acknowledged", "alarm.cleared"):
            self.assertIn(name, names)
        self.assertEqual(sorted(e["seq"] for e in events), [e["seq"] for e in events])
        only = self.lines("events", "--name", "alarm.raised", "--limit", "1")
        self.assertEqual([e["event"] for e in only], ["alarm.raised"])
        self.assertEqual(self.lines("events", "--until", "2001-01-01T00:00:00Z"), [])
        history = [h for h in self.lines("alarms", "--history") if h["occurrence"] == number]
        self.assertEqual(history[0]["how"], "cleared")
        again = self.run_it("ack", 99999, "--by", "Mum")
        self.assertEqual(again.returncode, 1, again.stdout)
        self.assertIn("there is no open alarm 99999; `lamplight alarms` lists them", again.stderr)
        none = self.run_it("events", "--occurrence", 99999)
        self.assertEqual((none.returncode, none.stdout), (0, ""))
        self.assertIn("no such event", none.stderr)

    def test_a_small_window_shows_the_alarm_and_not_more_than_its_rows(self):
        self.house.start()
        wait_for(lambda: self.lines("watch", "--once")[0]["vitals"]["vitals"])
        self.value(840)
        wait_for(self.open_alarm)
        mine, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 40, 0, 0))
        environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        view = subprocess.Popen([BIN / "lamplight", "watch", "--config", self.house.config],
                                stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)
        self.addCleanup(os.close, mine)
        self.addCleanup(view.wait)
        self.addCleanup(view.terminate)
        seen = b""
        while seen.count(b"\x1b[J") < 2:  # a picture ends so
            seen += os.read(mine, 65536)
        picture = seen.split(b"\x1b[J")[1].decode()
        self.assertIn("Oxygen low", picture)
        self.assertIn("the window taller", picture)
        rows = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", picture).split("\r\n")
        self.assertLessEqual(len(rows), 12, rows)
        self.assertLessEqual(max(len(row) for row in rows), 40, rows)
        narrow = subprocess.run([BIN / "lamplight", "watch", "--once", "--config",
                                 self.house.config], text=True, capture_output=True,
                                env={**environment, "COLUMNS": "40"}, timeout=30).stdout
        self.assertLessEqual(max(len(row) for row in narrow.splitlines()), 40, narrow)

    def test_output_that_cannot_be_written_is_told_and_exits_2(self):
        self.house.start()
        wait_for(lambda: self.lines("watch", "--once")[0]["vitals"]["vitals"])
        wait_for(lambda: self.lines("status")[0]["lanes"]["vitals"]["durable"])
        for words in (("status",), ("alarms", "--json"), ("watch",), ("events",), ("--version",),
                      ("export", "--since", "1 h")):
            with open("/dev/full", "w") as full:
                done = subprocess.run([BIN / "lamplight", *words, "--config", self.house.config],
                                      text=True, stdout=full, stderr=subprocess.PIPE, timeout=30)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn("cannot write standard output", done.stderr, words)

    def test_shows_readings_with_age_and_alarms_with_what_to_do(self):
        self.house.start()
        wait_for(lambda: "97" in self.run_it("watch", "--once").stdout)
        page = self.run_it("watch", "--once").stdout
        for word in ("oximeter.spo2", "percent", "old", "ALARMS", "LINKS", "RECORD",
                     "Secondary notification"):
            self.assertIn(word, page)
        self.value(840)
        wait_for(self.open_alarm)
        text = self.run_it("alarms").stdout
        self.assertIn("Oxygen low", text)
        self.assertIn("-> Check the probe", text)
        status = self.lines("status")[0]
        self.assertEqual(status["home"], "h-1")
        self.assertEqual(status["record"], "ok")

    def test_an_export_replays_to_the_events_that_were_lived(self):
        self.house.start()
        number = self.live_a_night()
        wait_for(lambda: "alarm.cleared" in [e["event"] for e in
                                             self.lines("events", "--occurrence", number)])
        lived = [e["event"].split(".")[1] for e in self.lines("events", "--occurrence", number)
                 if e["event"] in ("alarm.raised", "alarm.cleared")]
        # A replay ends with the last sample, so two batches more must follow the clearing.
        vitals = self.lines("status")[0]["lanes"]["vitals"]["durable"]
        wait_for(lambda: self.lines("status")[0]["lanes"]["vitals"]["durable"] >= vitals + 2)
        self.house.stop()
        csv = self.run_it("export", "--store", self.house.dir / "state", "--since", "1 h")
        self.assertEqual(csv.returncode, 0, csv.stderr)
        self.assertEqual(csv.stdout.splitlines()[0], "t,oximeter.spo2")
        rules = self.house.dir / "home.rules"
        replayed = self.run_it("replay", "--rules", rules, "--csv", "-", stdin=csv.stdout)
        self.assertEqual(replayed.returncode, 0, replayed.stderr)
        events = [json.loads(line) for line in replayed.stdout.splitlines()]
        seen = [e["event"] for e in events if e["alarm"] == "oxygen_low"]
        self.assertEqual(seen, lived)
        stored = self.run_it("replay", "--rules", rules, "--store", self.house.dir / "state")
        again = [json.loads(line) for line in stored.stdout.splitlines()]
        self.assertEqual([(e["t"], e["event"]) for e in again],
                         [(e["t"], e["event"]) for e in events])

    def test_follows_events_across_the_death_of_the_core(self):
        self.house.start()
        follower = subprocess.Popen(
            [BIN / "lamplight", "events", "--follow", "--json", "--config", self.house.config],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(follower.wait)
        self.addCleanup(follower.kill)
        self.value(840)
        wait_for(self.open_alarm)
        self.house.kill()
        self.house.start()
        seen = []
        while not any(e["event"] == "system.boot" and seen for e in seen[1:]):
            seen.append(json.loads(follower.stdout.readline()))
        keys = [(e["store_id"], e["lane"], e["seq"]) for e in seen]
        self.assertEqual(len(keys), len(set(keys)), "each event once")
        self.assertIn("alarm.raised", [e["event"] for e in seen])

    def test_says_what_is_wrong_and_exits_2_when_nobody_is_there(self):
        for words in (("status",), ("alarms",), ("ack", "1", "--by", "Mum"), ("watch", "--once"),
                      ("press", "care", "--by", "Mum")):
            done = self.run_it(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn("core.sock", done.stderr)
        for words in (("events",), ("alarms", "--history")):
            done = self.run_it(*words)
            self.assertEqual(done.returncode, 2)
            self.assertIn("state/record.db: no such store", done.stderr)
            self.assertIn("--state-dir", done.stderr)


class Usage(unittest.TestCase):
    def run_it(self, *words, stdin=None):
        return subprocess.run([BIN / "lamplight", *map(str, words)], text=True,
                              capture_output=True, input=stdin, timeout=30)

    def test_bad_usage_is_2_with_nothing_on_standard_output(self):
        for words in ((), ("nonsense",), ("ack", "1"), ("ack", "x", "--by", "Mum"),
                      ("pause", "1"), ("pause", "1", "--by", "Mum", "--for", "long"),
                      ("stand-down", "1", "--by", "Mum"), ("press", "--by", "Mum"),
                      ("press", "care"), ("release", "care"), ("resume", "0", "--by", "Mum"),
                      ("rules",), ("rules", "check"), ("rules", "check", "/no/such.rules"),
                      ("replay", "--rules", "/no/such.rules", "--csv", "x"),
                      ("export", "--since", "yesterday-ish"), ("events", "--lane", "vitals"),
                      ("status", "--config", "/no/such.toml"), ("decode", "no-such-protocol", "-"),
                      ("decode",), ("events", "--limit", "-1"), ("events", "--limit", "0"),
                      ("alarms", "--history", "--limit", "-1"), ("rules", "test", TESTS)):
            done = self.run_it(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertNotEqual(done.stderr, "", words)

    def test_a_mistake_is_told_with_what_to_write(self):
        for words, told in ((("export", "--since", "1m"), "units: s, min, h, d"),
                            (("rules", "test", TESTS), "lamplight rules test home.rules home.test"),
                            (("events", "--limit", "-1"), '"-1" is no whole number from 1'),
                            (("decode", "nonin", "-"), "nonin-df2"),
                            (("decode",), "nonin-df2"),
                            (("events", "--state-dir", "/no/where"), "/no/where/record.db: no")):
            self.assertIn(told, self.run_it(*words).stderr)

    def test_a_slip_in_a_command_is_told_with_the_one_that_was_meant(self):
        for words, told in ((("statu",), 'no such command: "statu"; did you mean "status"?'),
                            (("rules", "chek", "x"), '"chek"; did you mean "check"?'),
                            (("xyzzy-frobnicate",), 'no such command: "xyzzy-frobnicate"\n'),
                            (("rules",), "subcommand is required"),
                            (("alarms", "--limit", "1"), "--limit requires --history")):
            done = self.run_it(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn(told, done.stderr)

    def test_a_directory_or_a_file_in_the_place_of_the_other_is_called_so(self):
        rules = HERE.parent.parent / "packaging" / "demo" / "home.rules"
        for words, told in ((("rules", "check", HERE), f"cannot read {HERE}: it is a directory"),
                            (("replay", "--rules", rules, "--csv", HERE), "it is a directory"),
                            (("export", "--store", TESTS, "--since", "1 h"),
                             f"{TESTS} is not a directory")):
            done = self.run_it(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn(told, done.stderr)

    def test_an_interval_the_wrong_way_round_is_no_quiet_night(self):
        rules = HERE.parent.parent / "packaging" / "demo" / "home.rules"
        wrong = ("--since", "1 h", "--until", "2 h")
        for words in (("events", *wrong), ("export", *wrong),
                      ("replay", "--rules", rules, "--store", "/nowhere", *wrong),
                      ("whatif", "--rules", rules, "--sweep", "delay=0s..1s/1s", *wrong)):
            done = self.run_it(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn('--until "2 h" lies before --since "1 h"', done.stderr)

    def test_a_mistyped_column_is_warned_of(self):
        rules = HERE.parent.parent / "packaging" / "demo" / "home.rules"
        told = ("-:1:3: warning: the column `oximeter.spo3` is read by no rule; "
                "did you mean `oximeter.spo2`?")
        csv = "t,oximeter.spo3,oximeter.perfusion\n0,97,2\n1,97,2\n"
        for words in (("replay",), ("whatif", "--sweep", "delay=0s..1s/1s")):
            done = self.run_it(*words, "--rules", rules, "--csv", "-", stdin=csv)
            self.assertEqual(done.stderr.count(told), 1, (words, done.stderr))
            self.assertNotIn("perfusion", done.stderr)

    def test_decode_help_names_formats_and_options(self):
        told = self.run_it("decode", "--help").stdout
        for word in ("masimo", "nonin-df8", "modbus", "--hex", "--map", "--rate",
                     "UNIT FUNCTION ADDRESS COUNT : HEX"):
            self.assertIn(word, told)

    def test_a_missing_driver_program_is_told_with_the_remedy(self):
        with tempfile.TemporaryDirectory() as folder:
            alone = shutil.copy(BIN / "lamplight", folder)
            done = subprocess.run([alone, "decode", "masimo", "-"], text=True,
                                  capture_output=True, timeout=30)
        self.assertEqual(done.returncode, 2)
        self.assertIn("belongs beside lamplight: install", done.stderr)

    def test_every_command_has_help(self):
        for words in ((), ("status",), ("watch",), ("alarms",), ("ack",), ("pause",), ("resume",),
                      ("stand-down",), ("press",), ("release",), ("events",), ("export",),
                      ("decode",), ("replay",), ("rules",), ("rules", "check")):
            done = self.run_it(*words, "--help")
            self.assertEqual(done.returncode, 0, words)
            self.assertNotEqual(done.stdout, "", words)

    def test_rules_exit_codes_tell_good_from_findings(self):
        data = HERE.parent / "language" / "data"
        good = HERE.parent.parent / "packaging" / "demo"
        done = self.run_it("rules", "check", good / "home.rules", "--plan", good / "demo.plan")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = self.run_it("rules", "check", "/dev/null")
        self.assertEqual(done.returncode, 1)
        done = self.run_it("rules", "explain", good / "home.rules", "--plan", good / "demo.plan")
        self.assertEqual(done.returncode, 0)
        self.assertIn("rings when", done.stdout)
        self.assertTrue(data.exists())

    def test_a_bad_csv_gives_no_event_line(self):
        rules = HERE.parent.parent / "packaging" / "demo" / "home.rules"
        done = self.run_it("replay", "--rules", rules, "--csv", "-",
                           stdin="t,oximeter.spo2\n0,97\n1,88x\n")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("3", done.stderr)

    def test_decode_is_the_drivers(self):
        done = self.run_it("decode", "nonin-ascii", "--hex", "-", stdin="")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('"frames_good":0', done.stdout)

    def test_decode_may_follow_options_of_the_program(self):
        for before in (("--json",), ("--config", "/no/such.toml"), ("--state-dir=/x", "--json")):
            done = self.run_it(*before, "decode", "nonin-ascii", "--hex", "-", stdin="")
            self.assertEqual(done.returncode, 0, (before, done.stderr))
            self.assertIn('"frames_good":0', done.stdout)
        # A file of that name is none of it.
        done = self.run_it("--config", "decode", "status")
        self.assertIn("decode", done.stderr)
        self.assertNotIn("frames_good", done.stdout)

    def test_json_is_refused_where_it_means_nothing(self):
        for words in (("export", "--since", "1 h", "--json"),
                      ("--json", "export", "--since", "1 h")):
            done = self.run_it(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn("export: it writes CSV: leave out --json", done.stderr)


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    unittest.main(verbosity=2)
