#!/usr/bin/env python3
"""The whole way at home: a reading falls, lamplightd decides, the room hears it; lamplightd dies or
hangs, and the room hears that; the sounder dies, hangs or has no card, and the record and the care
team hear of that. Real processes; the room is the file behind the sound card."""
import pathlib
import signal
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "gateway"))

import house as gateway  # noqa: E402
import judge  # noqa: E402
import measure  # noqa: E402
from scene import Box, wait_for  # noqa: E402


class Home(unittest.TestCase):
    def setUp(self):
        self.house = gateway.House()
        self.addCleanup(self.house.close)
        self.box = Box()
        self.addCleanup(self.box.remove)

    def require_sounder(self):
        text = self.house.config.read_text()
        self.house.config.write_text(text.replace("[store]", "sounder = true\n[store]", 1))

    def begin(self, device="lltest"):
        self.house.start()
        self.started = self.box.start(device=device, run_dir=self.house.dir / "run")

    def journaled(self, outcome):
        return wait_for(lambda: [e for e in self.house.events("system.selfcheck")
                                 if e["outcome"] == outcome])

    def test_a_falling_reading_is_heard_and_an_acknowledgement_is_silent(self):
        self.begin()
        self.journaled("passed")
        self.house.set_value(800)
        alarm = wait_for(lambda: self.house.alarms().get("oxygen_low"))
        time.sleep(4.0)
        self.house.client().ask({"type": "acknowledge", "occurrence": alarm["occurrence"],
                                 "by": "Anna"})
        acknowledged = time.monotonic()
        time.sleep(6.0)
        self.assertEqual(self.box.lit(), (255, 0, 0))  # still open
        sound = self.box.end()
        pulses = [p for p in measure.pulses_of(sound) if p.start > 0.3]
        verdict = judge.Verdict()
        judge.judge_burst(verdict, "high", pulses)
        self.assertEqual(verdict.wrong, [])
        self.assertLess(self.started + pulses[-1].end, acknowledged + 0.1)

    def test_a_killed_core_is_heard_within_two_seconds_and_silenced_when_it_is_back(self):
        self.begin()
        self.journaled("passed")
        killed = time.monotonic()
        self.house.kill()
        time.sleep(4.0)
        back = time.monotonic()
        self.house.start()
        time.sleep(3.0)
        ended = time.monotonic()
        sound = self.box.end()
        (begin, end), = [s for s in measure.loud_stretches(sound) if s[1] - s[0] > 24000]
        # The last sample was handed over at most 60 ms before it would be heard.
        zero = ended - sound.seconds + 0.060
        first, last = zero + begin / sound.rate, zero + end / sound.rate
        print(f"two-tone {first - killed:.2f} s after the kill, "
              f"silent {last - back:.2f} s after the start")
        self.assertLess(first - killed, 2.0)
        self.assertGreater(last, back)
        self.assertLess(last - back, 2.0)
        turns = judge.two_tone_turns(sound, begin / sound.rate + .03, end / sound.rate - .03)
        self.assertEqual({hertz for _, hertz in turns}, {660.0, 880.0})

    def test_a_restart_of_the_core_that_takes_a_second_is_never_heard(self):
        self.begin()
        self.journaled("passed")
        self.house.kill()
        self.house.start()
        time.sleep(3.0)
        sound = self.box.end()
        self.assertEqual([p for p in measure.pulses_of(sound) if p.start > 0.3], [])

    def test_a_hung_core_is_heard_and_one_that_goes_on_is_believed(self):
        self.begin()
        self.journaled("passed")
        self.house.core.send_signal(signal.SIGSTOP)
        time.sleep(3.0)
        self.house.core.send_signal(signal.SIGCONT)
        time.sleep(2.5)
        sound = self.box.end()
        stretches = [s for s in measure.loud_stretches(sound) if s[1] - s[0] > 24000]
        self.assertEqual(len(stretches), 1)
        self.assertLess(stretches[0][1], len(sound.samples) - sound.rate)  # silent at the end

    def test_a_sounder_that_is_configured_and_missing_is_an_alarm_until_it_comes(self):
        self.require_sounder()
        self.house.start()
        started = time.monotonic()
        self.assertEqual(self.house.read("status")["sounder"]["connected"], 0)
        alarm = wait_for(lambda: self.house.alarms().get("sounder_failing"), 10)
        self.assertGreater(time.monotonic() - started, 3.0)
        self.assertEqual(alarm["class"], "technical")
        self.box.start(run_dir=self.house.dir / "run")
        wait_for(lambda: "sounder_failing" not in self.house.alarms() or
                 self.house.alarms()["sounder_failing"]["condition"] == "idle", 12)
        for what in ("status", "alarms"):
            self.assertEqual(self.house.read(what)["sounder"]["connected"], 1)

    def test_a_sounder_that_nobody_configured_is_not_missed(self):
        self.house.start()
        time.sleep(6.0)
        self.assertNotIn("sounder_failing", self.house.alarms())

    def test_a_sounder_that_hangs_is_an_alarm(self):
        self.begin()
        self.journaled("passed")
        self.box.process.send_signal(signal.SIGSTOP)
        wait_for(lambda: self.house.alarms().get("sounder_failing"), 8)

    def test_a_sounder_that_lives_and_does_not_sound_is_an_alarm(self):
        self.house.start()
        mute = self.house.client("sounder")
        self.addCleanup(mute.close)
        mute.say({"type": "heartbeat"})
        self.house.set_value(800)
        for _ in range(10):
            mute.say({"type": "heartbeat"})
            time.sleep(0.5)
        self.assertIn("sounder_failing", self.house.alarms())

    def test_a_sounder_that_comes_after_a_restart_and_stays_mute_is_an_alarm(self):
        self.house.start()
        self.house.raise_alarm()
        wait_for(lambda: self.house.events("alarm.raised"))
        self.house.kill()
        self.house.start()
        mute = self.house.client("sounder")
        self.addCleanup(mute.close)
        for _ in range(8):
            mute.say({"type": "heartbeat"})
            time.sleep(0.5)
        self.assertIn("sounder_failing", self.house.alarms())

    def test_a_sounder_that_goes_on_sounding_over_a_restart_is_no_alarm(self):
        self.begin()
        self.journaled("passed")
        self.house.raise_alarm()
        time.sleep(1.0)
        self.house.kill()
        self.house.start()  # in the middle of a burst: the next one is seconds away
        time.sleep(5.0)
        self.assertNotIn("sounder_failing", self.house.alarms())

    def test_a_sounder_without_a_card_is_an_alarm_and_in_the_record(self):
        self.begin(device="nowhere")
        test, = self.journaled("failed")
        self.assertEqual((test["part"], test["when"]), ("sounder", "start"))
        self.assertIn("nowhere", test["text"])
        wait_for(lambda: self.house.alarms().get("sounder_failing"))


if __name__ == "__main__":
    unittest.main()
