"""What the end-to-end tests stand on: a small real house (house.py of the demo, one oximeter, rules
that follow it at once), a care team outside it (care_team.py), and a last look at every message
that any of them saw: valid by its schema, and without the child's name."""
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "packaging/demo"), str(ROOT / "tests/uplink")]

import house as demo_house  # noqa: E402
import messages  # noqa: E402
from story import CareTeam  # noqa: E402

HOME = demo_house.HOME
until = demo_house.wait_for

CONFIG = """home = "{home}"
[gateway]
state_dir = "state"
run_dir = "run"
rules = ["{here}/home.rules"]
plan = "{here}/home.plan"
[broker]
host = "127.0.0.1"
port = {port}
protocol = "{protocol}"
{broker}
[[port]]
name = "oxi"
driver = "masimo"
at = "serial:{folder}/oximeter?9600,8N1"
[[port.device]]
id = "ox1"
role = "oximeter"
"""


class House(demo_house.House):
    """tls: an Authority; proxy: True puts a Proxy between uplink and broker."""

    def __init__(self, folder, protocol="5", tls=None, port=None):
        super().__init__(folder=folder, protocol=protocol)
        self.tls, self.uplink_port = tls, port
        self.program, self.environment = "lamplightd", {}

    def write_config(self):
        broker = "insecure = true"
        if self.tls:
            broker = (f'ca = "{self.tls.ca}"\ncert = "{self.tls.client}"\n'
                      f'key = "{self.tls.client_key}"')
        (self.folder / "home.toml").write_text(CONFIG.format(
            home=HOME, here=HERE, port=self.uplink_port or self.port, protocol=self.protocol,
            broker=broker, folder=self.folder))

    def start_oximeter(self):
        self.spawn("devices", [
            self.bin / "lamplight-sim", "run", "--device", "oximeter=rad8@pty", "--link",
            f"oximeter={self.folder}/oximeter", "--ctl", self.folder / "sim.ctl", "--truth",
            self.folder / "truth.jsonl", "--ports", self.folder / "ports.json"])
        until("the oximeter", (self.folder / "sim.ctl").exists)
        self.say("set spo2 97 over 0 s")

    def start_gateway(self):
        self.write_config()
        for name in ("state", "run"):
            (self.folder / name).mkdir(exist_ok=True)
        self.spawn("gateway", [self.bin / self.program, "--config", self.folder / "home.toml"],
                   env={**os.environ, **self.environment})
        until("core.sock", (self.folder / "run/core.sock").exists)

    def child_pid(self, program):
        """The process of this program that our lamplightd started, or None."""
        gateway = self.children["gateway"].pid
        for task in pathlib.Path(f"/proc/{gateway}/task").iterdir():
            for pid in (task / "children").read_text().split():
                try:
                    first = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
                except OSError:
                    continue
                if os.path.basename(first.decode()) == program:
                    return int(pid)
        return None

    def journal(self, lane):
        """What the record holds: {seq: name}. The truth that the care team is held against."""
        path = self.folder / "state/record.db"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as db:
            rows = db.execute("SELECT seq, name FROM event WHERE lane = ?", (lane,)).fetchall()
        db.close()
        return dict(rows)

    def newest_wall(self):
        path = self.folder / "state/record.db"
        if not path.exists():
            return 0
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as db:
            row = db.execute("SELECT v FROM meta WHERE k = 'newest_wall'").fetchone()
        db.close()
        return int(row[0]) if row else 0

    def rules_raised(self):
        path = self.folder / "state/record.db"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as db:
            rows = db.execute("SELECT rule FROM event WHERE name = 'alarm.raised'").fetchall()
        db.close()
        return {rule for (rule,) in rows}


class Swing:
    """Lets the oxygen fall and rise until stopped, so that alarms come and go without end."""

    def __init__(self, house):
        self.house, self.end = house, threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        value = 84
        while not self.end.wait(1.1):
            self.house.say(f"set spo2 {value} over 0 s")
            value = 97 if value == 84 else 84

    def stop(self):
        self.end.set()
        self.thread.join()


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ll-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def house(self, **keys):
        house = House(self.folder, **keys)
        self.addCleanup(self.finish, house)
        return house

    def finish(self, house):
        care = house.children.get("care_team")
        died = care is not None and care.poll() is not None
        house.stop()
        record = house.folder / "care_team.jsonl"
        seen = [json.loads(x) for x in open(record)] if record.exists() else []
        result = self._outcome.result
        failed = any(test is self for test, _ in result.errors + result.failures)
        if failed:
            print(house.log("gateway")[-3000:], file=sys.stderr)
        self.assertFalse(died, "the care team died: " + house.log("care_team"))
        said = house.log("gateway") + house.log("devices")
        for report in ("Sanitizer", "runtime error"):
            self.assertNotIn(report, said, "a sanitizer spoke in one of the house's processes")
        self.assertTrue(seen or failed, "the care team saw nothing at all")
        for problem in messages.problems(seen):
            self.fail(problem)

    def care_team(self, house, *extra):
        care = CareTeam(house)
        house.kill("care_team")
        house.spawn("care_team", [sys.executable, demo_house.DEMO / "care_team.py", "--port",
                                  str(house.port), "--home", HOME, "--record", care.record,
                                  "--report", house.folder / "report.json", *map(str, extra)])
        return care

    def report(self, house):
        """Ends the care team and returns what it has, by lane."""
        child = house.children.pop("care_team")
        child.send_signal(signal.SIGTERM)
        child.wait(10)
        lanes = json.loads((house.folder / "report.json").read_text())["lanes"]
        return {row["lane"]: row for row in lanes}

    def has_all(self, house, care, lane):
        """True when the care team has every event that the record holds."""
        have = {m["payload"]["seq"] for m in care.messages()
                if isinstance(m["payload"], dict) and m["payload"].get("lane") == lane}
        return house.journal(lane).keys() <= have
