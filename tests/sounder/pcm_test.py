#!/usr/bin/env python3
"""What is heard and seen at home stands inside the limits that a trained ear relies on: judged
from the rendered samples alone, for every priority and melody (alarms design, section 11, 1-7).

The judge is itself judged: each planted mistake must be called by its name.
"""
import math
import os
import pathlib
import random
import subprocess
import tempfile
import unittest

import judge
import measure

BIN = pathlib.Path(os.environ.get("LL_BIN", "build/release/bin"))
MELODIES = ("single", "ventilation", "oxygen", "feeding", "equipment")
PRIORITIES = ("high", "medium", "low")


class Rendered(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.wav = os.path.join(scratch.name, "sound.wav")
        self.csv = os.path.join(scratch.name, "light.csv")

    def render(self, *words):
        subprocess.run([BIN / "lamplight-sounder", "--render", self.wav, *map(str, words)],
                       check=True)

    def judged(self, sounds_as, *words, light=False):
        self.render("--priority", sounds_as, *words,
                    *(["--light", self.csv] if light else []))
        wrong, found = judge.judge(self.wav, sounds_as, self.csv if light else None)
        self.assertEqual(wrong, [], f"{sounds_as} {words}")
        return found


class EveryPriority(Rendered):
    def test_burst_pause_and_light_stand_inside_the_table(self):
        for priority in PRIORITIES:
            with self.subTest(priority):
                bursts = self.judged(priority, light=True)
                self.assertEqual(len(bursts), 2)

    def test_louder_is_never_less_urgent(self):
        level = {p: self.judged(p)[0][0].level for p in PRIORITIES}
        self.render("--priority", "high")
        self.assertAlmostEqual(20 * math.log10(measure.read_wav(self.wav).peak),
                               -3.0, delta=0.2)
        for priority in PRIORITIES:
            below = 20 * math.log10(level["high"] / level[priority])
            self.assertAlmostEqual(below, judge.TABLE[priority].below_high, delta=0.2)
        self.assertGreater(level["medium"], level["low"])

    def test_a_reminder_is_one_quiet_pulse(self):
        pulses = self.judged("reminder")[0]
        high = self.judged("high")[0][0]
        self.assertAlmostEqual(pulses[0].level / high.level, 0.501, delta=0.02)

    def test_the_two_tone_turns_every_quarter_of_a_second(self):
        turns = self.judged("two-tone", "--seconds", 6)
        self.assertGreaterEqual(len(turns), 22)

    def test_the_chirp_of_a_start_is_no_burst(self):
        self.render("--priority", "chirp")
        stretches = measure.loud_stretches(measure.read_wav(self.wav))
        self.assertEqual(len(stretches), 1)
        begin, end = stretches[0]
        self.assertLess(end - begin, 0.075 * 48000)  # no alarm's pulse is so short


class EveryMelody(Rendered):
    NOTES = {"ventilation": (261.63, 440.00, 349.23, 440.00, 349.23),
             "oxygen": (523.25, 493.88, 440.00, 392.00, 349.23),
             "feeding": (523.25, 293.66, 392.00, 523.25, 293.66),
             "equipment": (523.25, 261.63, 261.63, 523.25, 261.63),
             "single": (523.25,) * 5}

    def test_stands_inside_the_table_and_plays_its_notes(self):
        seconds = {"high": 12.5, "medium": 12.5, "low": 32.0}
        for melody in MELODIES:
            for priority in PRIORITIES:
                with self.subTest(melody=melody, priority=priority):
                    bursts = self.judged(priority, "--melody", melody,
                                         "--seconds", seconds[priority])
                    self.assertEqual(len(bursts), 2)
                    for burst in bursts:
                        for i, pulse in enumerate(burst):
                            self.assertAlmostEqual(pulse.f0, self.NOTES[melody][i % 5], delta=0.5)


class EveryPitch(Rendered):
    """A property: whatever pitch is configured, the table holds."""

    def test_from_150_to_800_hz(self):
        chance = random.Random(11)
        pitches = [150.0, 800.0] + [round(chance.uniform(150, 800), 2) for _ in range(12)]
        seconds = {"high": 3.8, "medium": 1.4, "low": 1.0}
        for f0 in pitches:
            for priority in PRIORITIES:
                with self.subTest(f0=f0, priority=priority):
                    burst, = self.judged(priority, "--f0", f0, "--seconds", seconds[priority])
                    for pulse in burst:
                        self.assertAlmostEqual(pulse.f0, f0, delta=0.5)

    def test_a_pitch_whose_harmonics_would_leave_the_range_is_refused(self):
        for f0 in ("149", "801", "nan", "x"):
            outcome = subprocess.run(
                [BIN / "lamplight-sounder", "--render", self.wav, "--f0", f0],
                capture_output=True, check=False)
            self.assertEqual(outcome.returncode, 2, f0)
            self.assertFalse(os.path.exists(self.wav))


class TheJudge(Rendered):
    """A judge that lets mistakes pass would prove nothing."""

    def complaints(self, mistake):
        subprocess.run([BIN / "planted_sounder", mistake, self.wav], check=True)
        wrong, _ = judge.judge(self.wav, "high")
        return " ".join(wrong)

    def test_finds_nothing_where_nothing_is_wrong(self):
        self.assertEqual(self.complaints("none"), "")

    def test_calls_every_planted_mistake_by_its_name(self):
        names = {"spacing": "pulse spacing", "close": "pulse spacing", "gap": "of 2x + t_d",
                 "count": "9 pulses", "length": "t_d", "sharp": "rise of t_d",
                 "slow": "rise of t_d", "pitch": ": f0 is", "pause": "t_b",
                 "pure": "only harmonics"}
        for mistake, name in names.items():
            with self.subTest(mistake):
                self.assertIn(name, self.complaints(mistake))

    def test_finds_wrong_lights(self):
        lights = {"0,red\n100,dark\n200,red\n300,dark\n400,red\n": "light, Hz",
                  "0,red\n30,dark\n500,red\n530,dark\n1000,red\n": "light, duty",
                  "0,yellow\n250,dark\n500,yellow\n750,dark\n1000,yellow\n": "not red"}
        for rows, name in lights.items():
            with open(self.csv, "w", encoding="utf-8") as file:
                file.write("ms,colour\n" + rows)
            verdict = judge.Verdict()
            judge.judge_light(verdict, "high", self.csv)
            self.assertIn(name, " ".join(verdict.wrong))


if __name__ == "__main__":
    unittest.main()
