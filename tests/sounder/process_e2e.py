#!/usr/bin/env python3
"""The room hears the right sound at the right time, also when monitoring itself has stopped:
lamplight-sounder as a process, judged by positions in what it gave its sound card (alarms design,
section 11, 8-10). The core here is a fake, so that every instant is known."""
import socket
import time
import unittest

import judge
import measure
from scene import Box, FakeCore, alarm, wait_for

MARGIN = 0.020  # of a loaded machine: between what we did and when we say we did it


class Room(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.remove)
        self.cores = []
        self.addCleanup(lambda: [c.end() for c in self.cores])

    def core(self):
        self.cores.append(FakeCore(self.box.dir))
        return self.cores[-1]

    def begin(self, *words):
        """A sounder that has heard the state of its core, after its chirp."""
        core = self.core()
        self.box.start(*words)
        wait_for(lambda: core.of_type("follow"))
        self.zero = core.connected
        time.sleep(0.4)
        return core

    def pulses(self, after=0.3):
        """What was heard, at instants of our clock; the chirp left out."""
        sound = self.box.end()
        found = [p for p in measure.pulses_of(sound) if p.start > after]
        return [(self.zero + p.start, p) for p in found]


class PreEmption(Room):
    def test_a_high_alarm_breaks_into_a_medium_burst_within_100_ms_and_starts_at_pulse_1(self):
        core = self.begin()
        core.say([alarm(1, "medium")])
        time.sleep(0.5)  # in the middle of its second pulse
        at = core.say([alarm(2, "high"), alarm(1, "medium")])
        time.sleep(4.0)
        pulses = self.pulses()
        high = [p for when, p in pulses if when > at]
        first = self.zero + high[0].start
        print(f"high after {1000 * (first - at):.0f} ms")
        self.assertLess(first - at, 0.100)
        self.assertGreater(first, at)
        verdict = judge.Verdict()
        judge.judge_burst(verdict, "high", high)  # ten pulses, from the first
        self.assertEqual(verdict.wrong, [])
        medium = [p for when, p in pulses if when < at]
        self.assertEqual(len(medium), 2)  # and the third was never heard

    def test_a_second_high_alarm_waits_for_the_end_of_the_burst(self):
        core = self.begin()
        core.say([alarm(1, "high")])
        time.sleep(1.0)
        core.say([alarm(2, "high"), alarm(1, "high")])
        time.sleep(6.5)
        bursts = measure.bursts_of([p for _, p in self.pulses()])
        verdict = judge.Verdict()
        judge.judge_burst(verdict, "high", bursts[0])
        self.assertEqual(verdict.wrong, [])
        pause = bursts[1][0].start - bursts[0][-1].end
        self.assertAlmostEqual(pause, 2.5, delta=0.02)  # the shortest that the table allows

    def test_an_acknowledged_alarm_is_silent_at_once(self):
        core = self.begin()
        core.say([alarm(1, "high")])
        time.sleep(0.6)
        at = core.say([], [alarm(1, "high", "acknowledged")])
        time.sleep(1.0)
        last = self.pulses()[-1][1]
        self.assertLess(self.zero + last.end - at, 0.100)

    def test_a_reminder_is_heard_once_and_only_in_silence(self):
        core = self.begin()
        core.say([], [alarm(1, "high", "acknowledged")], remind=[1])
        time.sleep(1.0)
        core.say([alarm(2, "medium")], remind=[1])
        time.sleep(1.5)
        lengths = [round(p.length, 2) for _, p in self.pulses()]
        self.assertEqual(lengths, [0.15, 0.20, 0.20, 0.20])


class Pacing(Room):
    def test_ten_seconds_hold_ten_seconds_of_sound(self):
        core = self.begin()
        core.say([alarm(1, "high")])
        for _ in range(9):
            time.sleep(1.0)
            held = (self.box.wav.stat().st_size - 44) / 96000
            self.assertLess(held, time.monotonic() - self.zero + 0.060 + MARGIN)
        before = time.monotonic()
        sound = self.box.end()
        passed = before - self.zero
        self.assertGreater(passed, 9.0)
        print(f"{sound.seconds:.3f} s of sound after {passed:.3f} s")
        self.assertGreater(sound.seconds, passed)
        self.assertLess(sound.seconds, passed + 0.060 + MARGIN)

    def test_a_sounder_that_was_stopped_is_not_ahead_afterwards(self):
        core = self.begin()
        self.box.process.send_signal(19)  # SIGSTOP
        time.sleep(1.0)
        self.box.process.send_signal(18)
        time.sleep(0.5)
        core.say([])
        before = time.monotonic()
        sound = self.box.end()
        self.assertLess(sound.seconds, before - self.zero + 0.060 + MARGIN)


class CoreLoss(Room):
    def two_tone(self, sound):
        """(begin, end) of every stretch that turns between 660 and 880 Hz, on our clock."""
        found = []
        for begin, end in measure.loud_stretches(sound):
            if end - begin < 0.45 * sound.rate:
                continue
            turns = judge.two_tone_turns(sound, begin / sound.rate + 0.03, end / sound.rate - 0.03)
            self.assertEqual({hertz for _, hertz in turns}, {660.0, 880.0})
            found.append((self.zero + begin / sound.rate, self.zero + end / sound.rate))
        return found

    def assert_after_patience(self, begin, last_beat):
        print(f"two-tone {begin - last_beat:.3f} s after the last heartbeat")
        self.assertGreater(begin, last_beat + 1.5 - 0.005)  # the RMS sees it 5 ms early
        self.assertLess(begin, last_beat + 1.6)

    def test_a_killed_core_is_heard_after_one_and_a_half_seconds(self):
        core = self.begin()
        time.sleep(0.7)
        core.end()
        time.sleep(2.5)
        (begin, _), = self.two_tone(self.box.end())
        self.assert_after_patience(begin, core.last_beat)

    def test_a_hung_core_too_and_one_that_goes_on_silences_it_with_its_state(self):
        core = self.begin()
        time.sleep(0.7)
        core.mute = True
        last_beat = core.last_beat
        time.sleep(2.5)
        core.mute = False
        back = time.monotonic()
        time.sleep(1.6)
        (begin, end), = self.two_tone(self.box.end())
        self.assert_after_patience(begin, last_beat)
        self.assertLess(end - back, 0.02 + 0.5 + 0.5 + 0.1)  # a beat, and the rest of a period

    def test_a_core_that_is_back_in_time_is_never_heard(self):
        core = self.begin()
        time.sleep(0.3)
        core.end()
        time.sleep(0.9 - 0.05)
        self.core()
        time.sleep(3.0)
        self.assertEqual([p for _, p in self.pulses()], [])

    def test_a_core_that_is_back_sounds_its_true_alarm(self):
        core = self.begin()
        core.end()
        time.sleep(2.5)
        core = self.core()
        core.state = {"type": "annunciate", "audible": [alarm(3, "medium")]}
        time.sleep(2.5)
        sound = self.box.end()
        (_, end), = self.two_tone(sound)
        after = [p for p in measure.pulses_of(sound) if self.zero + p.start > end - 0.01]
        verdict = judge.Verdict()
        judge.judge_burst(verdict, "medium", after)
        self.assertEqual(verdict.wrong, [])

    def test_an_alarm_goes_on_until_the_core_is_known_to_be_gone(self):
        core = self.begin()
        core.say([alarm(1, "high")])
        time.sleep(0.2)
        core.end()
        time.sleep(1.0)
        self.assertEqual(len([p for _, p in self.pulses()]), 4)

    def test_a_box_on_which_no_core_ever_came_is_not_silent(self):
        started = self.box.start()
        time.sleep(3.0)
        self.zero = started
        (begin, _), = self.two_tone(self.box.end())
        self.assertLess(begin - started, 1.6 + MARGIN)


class Lights(Room):
    def watch(self, seconds):
        """(instant, red, green, blue) at each change."""
        seen, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            lit = self.box.lit()
            if lit is not None and (not seen or seen[-1][1:] != lit):
                seen.append((time.monotonic(), *lit))
            time.sleep(0.002)
        # One lamp is written after the other: a mixture between two colours is no light.
        ends = [at for at, *_ in seen[1:]] + [end]
        return [shown for shown, over in zip(seen, ends) if over - shown[0] > 0.05]

    def flashing(self, priority, lit):
        core = self.begin()
        core.say([alarm(1, priority)])
        seen = self.watch(4.2)
        on = [at for at, *rgb in seen if tuple(rgb) == lit]
        off = [at for at, *rgb in seen if at > on[0] and tuple(rgb) == (0, 0, 0)]
        self.assertEqual({tuple(rgb) for _, *rgb in seen}, {lit, (0, 0, 0)})
        period = (on[-1] - on[0]) / (len(on) - 1)
        return 1 / period, (off[0] - on[0]) / period

    def test_high_flashes_red(self):
        hertz, duty = self.flashing("high", (255, 0, 0))
        self.assertTrue(1.4 <= hertz <= 2.8 and 0.2 <= duty <= 0.6, (hertz, duty))
        self.assertAlmostEqual(hertz, 2.0, delta=0.1)

    def test_medium_flashes_yellow(self):
        hertz, duty = self.flashing("medium", (255, 255, 0))
        self.assertTrue(0.4 <= hertz <= 0.8 and 0.2 <= duty <= 0.6, (hertz, duty))
        self.assertAlmostEqual(hertz, 0.6, delta=0.05)

    def test_low_and_everything_acknowledged_is_steady(self):
        core = self.begin()
        for state, lit in (([alarm(1, "low")], (0, 255, 255)),
                           ([alarm(1, "high", "acknowledged")], (255, 0, 0)),
                           ([alarm(1, "medium", "marked")], (255, 255, 0)),
                           ([], (0, 0, 0))):
            core.say([], state)
            time.sleep(0.1)
            self.assertEqual([tuple(rgb) for _, *rgb in self.watch(1.0)], [lit])

    def test_a_lost_core_flashes_red(self):
        core = self.begin()
        core.end()
        time.sleep(2.0)
        self.assertEqual({tuple(rgb) for _, *rgb in self.watch(1.0)}, {(255, 0, 0), (0, 0, 0)})


class Reports(Room):
    def test_the_self_test_of_a_start_is_told_and_again_to_a_core_that_is_back(self):
        core = self.begin()
        test = wait_for(lambda: core.of_type("selftest"))[0]
        self.assertEqual((test["when"], test["outcome"]), ("start", "passed"))
        core.end()
        core = self.core()
        again = wait_for(lambda: core.of_type("selftest"))[0]
        self.assertEqual(again, test)

    def test_a_device_that_is_not_there_is_told_and_one_that_comes_as_well(self):
        core = self.core()
        self.box.start(device="later")
        test = wait_for(lambda: core.of_type("selftest"))[0]
        self.assertEqual((test["when"], test["outcome"]), ("start", "failed"))
        self.assertIn("later", test["text"])
        self.assertGreaterEqual(len(core.of_type("heartbeat")), 1)  # it lives

    def test_a_lamp_that_cannot_be_written_is_told(self):
        core = self.begin()
        lamp = self.box.dir / "leds" / "lamplight:red:alarm" / "brightness"
        lamp.unlink()
        lamp.mkdir()
        core.say([alarm(1, "high")])
        wait_for(lambda: [t for t in core.of_type("selftest") if t["outcome"] == "failed"
                          and "brightness" in t["text"]])

    def test_every_burst_is_told_with_the_alarms_it_stands_for(self):
        core = self.begin()
        core.say([alarm(4, "high"), alarm(2, "low")])
        told = wait_for(lambda: core.of_type("signalled"))[0]
        self.assertEqual(told, {"type": "signalled", "sound": "high", "occurrences": [4, 2]})

    def test_it_says_that_it_lives_every_half_second(self):
        core = self.begin()
        time.sleep(2.0)
        beats = [at for at, m in core.heard if m["type"] == "heartbeat"]
        for before, after in zip(beats, beats[1:]):
            self.assertAlmostEqual(after - before, 0.5, delta=0.1)

    def test_systemd_hears_of_its_turns_and_of_none_when_it_hangs(self):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(listener.close)
        listener.bind(str(self.box.dir / "notify"))
        listener.settimeout(5)
        self.box.environment.update(NOTIFY_SOCKET=str(self.box.dir / "notify"),
                                    WATCHDOG_USEC="2000000")
        self.begin()
        self.assertEqual(listener.recv(4096), b"READY=1")
        fed = []
        while len(fed) < 8:
            self.assertEqual(listener.recv(4096), b"WATCHDOG=1")
            fed.append(time.monotonic())
        worst = max(b - a for a, b in zip(fed, fed[1:]))
        self.assertLess(worst, 1.5, "systemd would have killed it")
        self.assertGreater(fed[-1] - fed[0], 2.0, "not each turn of 5 ms is worth a word")
        self.box.process.send_signal(19)  # SIGSTOP
        listener.settimeout(1.2)  # what was on its way comes at once
        with self.assertRaises(TimeoutError):
            for _ in range(3):
                listener.recv(4096)

    def test_garbage_of_a_core_ends_nothing(self):
        core = self.begin()
        for message in ({"type": "annunciate", "audible": 7, "visible": "x"}, {"type": 3},
                        {"type": "annunciate", "audible": [1, {"priority": []}], "remind": {}}):
            core.send(message)
        core.client.send(b"LLW1 garbage")
        wait_for(lambda: len(core.of_type("hello")) == 2)  # it ended the connection, and is back
        self.assertIsNone(self.box.process.poll())


if __name__ == "__main__":
    unittest.main()
