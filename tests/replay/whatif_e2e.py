"""A clinical engineer has a store, two plans and `lamplight whatif --help`, and nobody to ask: what
it prints must be right, and what it cannot do must be said with what to do instead."""
import datetime
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import unittest
from html.parser import HTMLParser

BIN = pathlib.Path(os.environ["LL_BIN"])
PLAN = ('plan 1 for "A" rules 1 "bench"\n'
        '{limit} = {value} by "nurse B" on 2026-03-02 because "trial"\n')


class Closed(HTMLParser):
    """Every element that opens closes."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "rect", "line", "path"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()
        elif tag not in ("rect",):
            raise ValueError(f"</{tag}> closes {self.open[-1:]}")


class WhatIf(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="ll-whatif-"))
        cls.store = cls.dir / "store"
        cls.store.mkdir()
        subprocess.run([BIN / "replay_bench", "make", cls.store, "2"], check=True)
        rules = subprocess.run([BIN / "replay_bench", "rules"], check=True, text=True,
                               capture_output=True).stdout
        # What only tests may leave out: nobody is told when a reading is gone.
        lost = "".join(f"lost s{n} for 20 s: severity reversible onset delayed \"gone\"\n"
                       for n in range(10))
        cls.rules = cls.dir / "bench.rules"
        bands = rules
        for n in range(10):
            bands = bands.replace(f"clear when s{n} >= low{n} for",
                                  f"clear when s{n} >= low{n} + {cls.band(n)} for")
        cls.rules.write_text(bands + lost)
        cls.low = cls.dir / "low.plan"
        cls.low.write_text(PLAN.format(limit="low0", value="88 percent"))
        cls.slow = cls.dir / "slow.plan"
        cls.slow.write_text(PLAN.format(limit="wait0", value="20 s"))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    @staticmethod
    def band(n):
        return ["2 percent", "2 bpm", "0.1 percent", "1 cmH2O", "1 cmH2O", "1 L/min", "2 mL",
                "1 breaths/min", "1 mL/h", "1 mL"][n]

    def run_it(self, *words, stdin=None, env=None):
        return subprocess.run([BIN / "lamplight", *map(str, words)], text=True, timeout=600,
                              capture_output=True, input=stdin,
                              env={**os.environ, "TZ": "UTC", **(env or {})})

    def whatif(self, *words, **more):
        return self.run_it("whatif", "--store", self.store, "--rules", self.rules, "--since",
                           "2026-01-01T00:00:00Z", *words, **more)

    def report(self, *words):
        done = self.whatif(*words, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_says_what_a_longer_delay_would_have_changed(self):
        report = self.report("--plan", self.slow, "--verify")
        self.assertEqual(report["old"]["evaluated_by"], "columns")
        self.assertAlmostEqual(report["days"], 2, places=2)
        self.assertAlmostEqual(report["nights"], 2, places=2)
        low = next(a for a in report["alarms"] if a["alarm"] == "a0")
        self.assertGreater(low["old"], 10)
        self.assertEqual(low["new"], low["old"] - low["vanished"])
        self.assertGreater(low["vanished"], 0)
        self.assertEqual(low["later"]["min_s"], 10)
        self.assertEqual(low["later"]["max_s"], 10)
        others = [a for a in report["alarms"] if a["alarm"] != "a0"]
        self.assertEqual({a["unannounced_s"] for a in others}, {0})
        self.assertEqual(report["unannounced_s"], low["unannounced_s"])
        self.assertEqual(len(report["vanished"]), low["vanished"])
        # Each of those in both is 10 s later; each that vanished was announced for less than that.
        least = 10 * low["later"]["count"]
        self.assertGreater(low["unannounced_s"], least)
        self.assertLess(low["unannounced_s"], least + 10.05 * low["vanished"])

    def test_both_ways_and_an_export_tell_the_same(self):
        columns = self.report("--plan", self.low)
        online = self.report("--plan", self.low, "--online")
        self.assertEqual(online["new"]["evaluated_by"], "online")
        for key in ("figures", "alarms", "vanished", "appeared", "unannounced_s", "known"):
            self.assertEqual(columns[key], online[key], key)
        hours = ("--since", "2026-01-01T20:00:00Z", "--until", "2026-01-02T02:00:00Z")
        part = self.run_it("whatif", "--store", self.store, "--rules", self.rules, "--plan",
                           self.low, "--json", *hours)
        self.assertEqual(part.returncode, 0, part.stderr)
        csv = self.run_it("export", "--store", self.store, *hours)
        self.assertEqual(csv.returncode, 0, csv.stderr)
        done = self.run_it("whatif", "--csv", "-", "--wall", self.wall_of_first(csv.stdout),
                           "--rules", self.rules, "--plan", self.low, "--json", stdin=csv.stdout)
        self.assertEqual(done.returncode, 0, done.stderr)
        for key in ("figures", "alarms", "vanished", "appeared", "unannounced_s", "known"):
            self.assertEqual(json.loads(part.stdout)[key], json.loads(done.stdout)[key], key)

    def wall_of_first(self, csv):
        # 2026-01-01 12:00 is engine time 1000 s in the made store.
        whole, _, fraction = csv.splitlines()[1].split(",")[0].partition(".")
        at = datetime.datetime(2026, 1, 1, 12) + datetime.timedelta(seconds=int(whole) - 1000)
        return at.isoformat() + "." + (fraction or "0") + "Z"

    def test_a_sweep_fills_the_table_and_the_page(self):
        page = self.dir / "page.html"
        report = self.report("--plan", self.low, "--sweep", "low0=86..92/2", "--sweep",
                             "delay=0s..20s/10s", "--html", page)
        cells = report["sweep"]["cells"]
        self.assertEqual(len(cells), 4 * 3)
        self.assertEqual(report["sweep"]["alarms"], ["a0"])
        present = next(c for c in cells if c["at"] == ["90 percent", "10 s"])
        self.assertEqual(present["unannounced_s"], 0)
        old = next(a for a in report["alarms"] if a["alarm"] == "a0")["old"]
        self.assertEqual(present["alarms"], old)
        slowest = next(c for c in cells if c["at"] == ["86 percent", "20 s"])
        self.assertGreater(slowest["unannounced_s"], 0)
        text = page.read_text()
        parser = Closed()
        parser.feed(text)
        self.assertEqual(parser.open, [])
        for banned in ("<script", "http:", "https:", "src="):
            self.assertNotIn(banned, text)
        self.assertGreaterEqual(text.count("<svg"), 4)
        shown = self.whatif("--plan", self.low, "--sweep", "low0=86..92/2", "--sweep",
                            "delay=0s..20s/10s")
        self.assertIn("Sweep over low0 (down) and delay (across)", shown.stdout)

    def test_progress_is_said_where_it_is_asked_for_and_nowhere_else(self):
        quiet = self.whatif("--plan", self.low)
        self.assertEqual((quiet.returncode, quiet.stderr), (0, ""))
        told = self.whatif("--plan", self.low, "--progress")
        self.assertIn("reading", told.stderr)
        self.assertIn("new rules", told.stderr)
        self.assertEqual(told.stdout, quiet.stdout)

    def test_help_tells_what_the_figures_mean(self):
        done = self.run_it("whatif", "--help")
        self.assertEqual(done.returncode, 0)
        for word in ("--plan", "--against", "--sweep", "unannounced", "woken", "a night", "--html"):
            self.assertIn(word, done.stdout)

    def test_replay_from_the_store_carries_wall_times(self):
        done = self.run_it("replay", "--store", self.store, "--since", "2026-01-01T00:00:00Z",
                           "--rules", self.rules)
        self.assertEqual(done.returncode, 0, done.stderr)
        first = json.loads(done.stdout.splitlines()[0])
        self.assertEqual(list(first)[:4], ["t", "alarm", "event", "priority"])
        self.assertTrue(first["wall"].startswith("2026-01-0"))
        self.assertEqual(first["emitted"], first["t"])

    def test_replay_against_older_rules_is_the_same_report(self):
        done = self.run_it("replay", "--store", self.store, "--since", "2026-01-01T00:00:00Z",
                           "--rules", self.rules, "--plan", self.slow, "--against", self.rules,
                           "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout), self.report("--plan", self.slow))

    # ---- what cannot be done

    def refused(self, done, *words):
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_what_is_missing_is_named(self):
        self.refused(self.run_it("whatif", "--plan", self.low), "--rules FILE", "--config")
        self.refused(self.whatif(), "nothing differs", "--plan", "--sweep")
        self.refused(self.whatif("--plan", self.dir / "none.plan"), "none.plan")
        self.refused(self.whatif("--plan", self.low, "--sweep", "low=84..94"), "low0", "delay")
        self.refused(self.whatif("--plan", self.low, "--sweep", "low0=84..94", "--sweep",
                                 "low1=60..70", "--sweep", "delay=0s..1s"), "at most two")
        self.refused(self.whatif("--plan", self.low, "--html", "/nonexistent/page.html"),
                     "cannot write /nonexistent/page.html")
        self.refused(self.run_it("whatif", "--store", self.dir / "none", "--rules", self.rules,
                                 "--plan", self.low), "no such store")
        self.refused(self.run_it("whatif", "--store", self.store, "--rules", self.rules, "--plan",
                                 self.low, "--since", "2037-01-01T00:00:00Z"), "no sample")

    def test_bad_rows_of_a_csv_are_told_with_their_place(self):
        def csv(rows):
            return self.run_it("whatif", "--csv", "-", "--rules", self.rules, "--plan", self.low,
                               stdin="t,s0\n0,95\n" + rows)
        for rows, place in (("1,NaN\n", "-:3:3:"), ("1,1e308\n", "-:3:3:"), ("1,word\n", "-:3:3:"),
                            ("0,95\n", "-:3:1: time does not rise"), ("-1,95\n", "-:3:1:"),
                            ("1\n", "-:3:2: a column is missing"), ("1,95,7\n", "-:3:6:"),
                            ("nan,95\n", "-:3:1:"), ("1e308,95\n", "-:3:1:")):
            self.refused(csv(rows), place)
        gaps = csv("1,95\n500,80\n520,\n530,80\n")
        self.assertEqual(gaps.returncode, 0, gaps.stderr)
        self.assertIn("unknown", gaps.stdout)
        self.assertIn("say --wall", gaps.stdout)

    def test_what_nobody_pressed_or_acknowledged_is_said(self):
        latching = self.dir / "latching.rules"
        latching.write_text(self.rules.read_text().replace(
            "  clear when", "  latch until acknowledged\n  clear when", 1))
        for rules, told in ((self.rules, False), (latching, True)):
            done = self.run_it("whatif", "--csv", "-", "--rules", rules, "--plan", self.low,
                               stdin="t,s0\n0,95\n1,95\n")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual("what latches is never reset (a0)" in done.stdout, told, done.stdout)

    def copy(self):
        place = pathlib.Path(tempfile.mkdtemp(dir=self.dir))
        for file in ("record.db", "telemetry.db"):
            shutil.copy(self.store / file, place / file)
        return place

    def of(self, place):
        return self.run_it("whatif", "--store", place, "--rules", self.rules, "--plan", self.low,
                           "--since", "2026-01-01T00:00:00Z")

    def test_a_store_that_cannot_be_read_is_no_quiet_night(self):
        whole = self.of(self.copy())
        self.assertEqual(whole.returncode, 0, whole.stderr)
        for version, word in ((0, "no store of Lamplight"), (2, "newer lamplight")):
            older = self.copy()
            with sqlite3.connect(older / "telemetry.db") as db:
                db.execute(f"PRAGMA user_version = {version}")
            self.refused(self.of(older), f"schema version {version}", word)
        short = self.copy()
        with open(short / "telemetry.db", "r+b") as file:
            file.truncate(file.seek(0, 2) // 2)
        self.refused(self.of(short), "telemetry.db")
        locked = self.copy()
        holder = sqlite3.connect(locked / "telemetry.db", isolation_level=None)
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        self.refused(self.of(locked), "locked", "try again")
        holder.close()


if __name__ == "__main__":
    unittest.main()
