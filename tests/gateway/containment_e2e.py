#!/usr/bin/env python3
"""Whatever one driver does, the child on another driver's oximeter is watched all the same: its alarm
rings as soon while a neighbour dies, hangs, floods or sends a million samples a second. And no lie becomes
a reading: NaN-like numbers and old times are neither shown nor alarmed on."""
import os
import time
import unittest

from house import HERE, House, wait_for

NEIGHBOUR = """[[port]]
name = "pump"
driver = "{here}/tiny_driver.py"
at = "tcp:127.0.0.1:8"
value_file = "{dir}/value"
mode_file = "{dir}/pump_mode"
[[port.device]]
id = "pump1"
role = "pump"
"""


class Containment(unittest.TestCase):
    def started(self):
        house = House()
        self.addCleanup(house.close)
        house.start()
        wait_for(lambda: house.vital()["quality"] == "ok")
        return house

    def count(self, house, name):
        return sum(event.get("rule") == "oxygen_low" for event in house.events(name))

    def test_a_neighbour_at_its_worst_delays_no_alarm(self):
        house = House()
        self.addCleanup(house.close)
        house.write("pump_mode", "good")
        text = house.config.read_text()
        house.config.write_text(text + NEIGHBOUR.format(here=HERE, dir=house.dir))
        house.start()
        wait_for(lambda: house.spo2() == 97)
        wait_for(lambda: house.link("pump")["state"] == "running")
        rounds = 0
        modes = ["million", "hang"]
        if os.environ.get("LL_FULL") == "1":
            modes = ["million", "flood", "crash", "garbage", "nan", "hang"]
        for mode in modes:
            with self.subTest(mode):
                house.write("pump_mode", mode)
                if mode in ("million", "crash", "garbage"):
                    before = house.link("pump")["deaths"]
                    wait_for(lambda: house.link("pump")["deaths"] > before, 20)
                else:
                    time.sleep(0.5)
                began = time.monotonic()
                house.set_value(800)
                rounds += 1
                wait_for(lambda: self.count(house, "alarm.raised") == rounds, 10)
                # The rule itself asks for 1 s below the limit; the rest is ours, on a busy machine.
                self.assertLess(time.monotonic() - began, 3.0)
                self.assertEqual(house.link()["deaths"], 0, "its own driver was left alone")
                house.set_value(970)
                wait_for(lambda: self.count(house, "alarm.cleared") == rounds, 15)
        self.assertEqual(house.link()["refused_samples"], 0)

    def test_numbers_that_are_no_numbers_are_refused(self):
        house = self.started()
        house.set_mode("nan")
        wait_for(lambda: house.link()["refused_samples"] >= 15)
        self.assertEqual(house.link()["deaths"], 0)
        self.assertEqual(house.spo2(), 97, "the true ones among them stand")
        self.assertNotIn("oxygen_low", house.alarms())

    def test_an_old_reading_is_none(self):
        house = self.started()
        house.set_value(800)
        house.set_mode("past")
        # Nothing but hour-old readings: what was true goes stale, and the fall they tell is not now.
        reading = wait_for(lambda: house.vital()["quality"] == "missing" and house.vital(), 15)
        self.assertEqual(reading["reason"], "stale")
        self.assertNotIn("oxygen_low", house.alarms())
        house.set_mode("good")
        wait_for(lambda: "oxygen_low" in house.alarms(), 10)


def vital(self):
    readings = self.read("vitals")["vitals"]
    return next((r for r in readings if r["signal"] == "oximeter.spo2"), {"quality": ""})


House.vital = vital
House.spo2 = lambda self: self.vital().get("value")

if __name__ == "__main__":
    unittest.main()
