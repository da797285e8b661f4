"""The torture suite of the rules language, row by row as the reference prints it, from the text of the
rules and a CSV file to the lines that `lamplight replay` prints: each row is a way in which some
known engine fails a child. (T3c and T8 are cases of tests/language/data/torture.test, T3d is in
tests/engine.)"""
import json
import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "tests/language/data/torture.rules"
BIN = pathlib.Path(os.environ["LL_BIN"])


def seconds(first, last, value):
    return [(t, value) for t in range(first, last + 1)]


# name: rows, the end of the run (None: the last row), what must be told
TABLE = {
    "T1a": (seconds(0, 9, 97) + seconds(10, 29, 88) + [(30, "probe_off")], 600,
            ["20 low raised", "30 low unconfirmed probe_off", "50 lost.spo2 raised"]),
    "T1b": (seconds(0, 9, 97) + seconds(10, 29, 88), 600,
            ["20 low raised", "34 low unconfirmed stale", "54 lost.spo2 raised"]),
    "T1c": (seconds(0, 9, 97) + seconds(10, 29, 88) + [(30, "probe_off")] + seconds(60, 90, 95),
            600, ["20 low raised", "30 low unconfirmed probe_off", "50 lost.spo2 raised",
                  "60 low confirmed", "65 low cleared", "65 lost.spo2 cleared",
                  "115 lost.spo2 raised"]),
    "T2": (seconds(0, 9, 97) + [(10, 88)], 600, ["35 lost.spo2 raised"]),
    "T3a": (seconds(0, 30, 88), None, ["10 low raised"]),
    "T3b": ([(f"{t}.4", 88) for t in range(31)], None, ["10.4 low raised"]),
    "T4": ([(t, 88) for t in range(0, 6001, 600)], None, ["25 lost.spo2 raised"]),
    "T5a": (seconds(0, 9, 97) + seconds(10, 14, 88) + seconds(15, 17, "") + seconds(18, 30, 88),
            None, ["20 low raised"]),
    "T5b": (seconds(0, 9, 97) + seconds(10, 14, 88) + seconds(15, 24, "") + seconds(25, 40, 88),
            None, ["35 low raised"]),
    "T5c": (seconds(0, 9, 97) + seconds(10, 30, 255), None, ["30 lost.spo2 raised"]),
    "T6": ([(0, "")], 600, ["20 lost.spo2 raised"]),
    "T7a": (seconds(0, 9, 97) + seconds(10, 19, 88), 600,
            ["20 low raised", "24 low unconfirmed stale", "44 lost.spo2 raised"]),
    "T7b": (seconds(0, 9, 97) + seconds(10, 14, 88), 600, ["39 lost.spo2 raised"]),
    "T7c": (seconds(0, 9, 97) + seconds(10, 19, 88) + [(20, "probe_off")], 600,
            ["40 lost.spo2 raised"]),
    "T7d": (seconds(0, 9, 97) + seconds(10, 19, 88) + seconds(20, 40, 97), None, []),
}


def replay(csv, *words):
    return subprocess.run([BIN / "lamplight", "replay", "--rules", RULES, "--csv", "-", "--out", "-",
                           *words], text=True, capture_output=True, input=csv, timeout=30)


class Torture(unittest.TestCase):
    def test_each_row_tells_exactly_what_the_reference_prints(self):
        for name, (rows, until, expected) in TABLE.items():
            with self.subTest(name):
                csv = "t,spo2\n" + "".join(f"{t},{v}\n" for t, v in rows)
                done = replay(csv, *(["--until", str(until)] if until else []))
                self.assertEqual(done.returncode, 0, done.stderr)
                told = []
                for line in done.stdout.splitlines():
                    event = json.loads(line)
                    words = [f"{event['t']:g}", event["alarm"], event["event"]]
                    if event["event"] == "unconfirmed":
                        words += event["reasons"]
                    told.append(" ".join(words))
                self.assertEqual(told, expected)

    def test_the_reasons_of_what_was_never_there_and_of_a_sentinel(self):
        never = json.loads(replay("t,spo2\n0,\n", "--until", "600").stdout.splitlines()[0])
        self.assertIn("never", never["reasons"])
        rows = "".join(f"{t},{97 if t < 10 else 255}\n" for t in range(31))
        sentinel = json.loads(replay("t,spo2\n" + rows).stdout.splitlines()[0])
        self.assertIn("out_of_range", sentinel["reasons"])

    def test_t5d_a_cell_that_is_no_value_ends_it_without_a_line(self):
        for bad in ("1,NaN", "1,88x", "1"):
            done = replay(f"t,spo2\n0,97\n{bad}\n")
            self.assertEqual((done.returncode, done.stdout), (2, ""), bad)
            self.assertIn("3", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
