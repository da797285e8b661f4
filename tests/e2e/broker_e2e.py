"""A nurse must get every alarm, in order, whatever happens to the broker or to the uplink: absent
at boot, killed in the middle of events, killed uplink. Judged by the record on the home's disk and
by an independent receiver."""
import os
import signal
import time
import unittest

import e2e
import proxy
from e2e import until


class Broker(e2e.Case):
    def all_arrives(self, house, care, swing=None):
        if swing:
            swing.stop()
        until("every event of the record", lambda: all(
            self.has_all(house, care, lane) for lane in ("alarm", "system")), 20)
        lanes = self.report(house)
        for lane in ("alarm", "system", "vitals"):
            row = lanes[lane]
            wrong = {k: row[k] for k in ("missing", "different", "reordered")}
            self.assertEqual(wrong, {"missing": 0, "different": 0, "reordered": 0}, row)
        return lanes

    def test_watches_without_a_broker_and_publishes_when_it_appears(self):
        house = self.house()
        house.start_oximeter()
        house.start_gateway()
        house.say("set spo2 84 over 0 s")
        until("alarms in the record", lambda: len(house.journal("alarm")) >= 3)
        house.start_broker()
        care = self.care_team(house)
        until("the alarms at the care team", lambda: care.snapshot() and self.has_all(
            house, care, "alarm"))
        self.assertEqual({row["rule"] for row in care.snapshot()["alarms"]} &
                         {"oxygen_low", "oxygen_lower", "oxygen_lowest"},
                         {"oxygen_low", "oxygen_lower", "oxygen_lowest"})
        until("vitals", lambda: [m for m in care.messages() if m["topic"].endswith("/vitals")])
        self.all_arrives(house, care)

    def test_loses_and_reorders_nothing_when_the_broker_is_killed_and_sends_alarms_first(self):
        house = self.house()
        between = proxy.Proxy(house.port)
        house.uplink_port = between.port
        self.addCleanup(between.refuse)
        house.start_oximeter()
        house.start_broker()
        between.listen()
        care = self.care_team(house)
        house.start_gateway()
        until("vitals", lambda: [m for m in care.messages() if m["topic"].endswith("/vitals")])
        swing = e2e.Swing(house)
        self.addCleanup(swing.stop)
        for down_s in (5, 2):
            before = len(house.journal("alarm"))
            until("events", lambda: len(house.journal("alarm")) >= before + 8, 15)
            lives = len(between.live())
            between.refuse()
            house.kill("broker")
            time.sleep(down_s)
            house.start_broker()
            between.listen()
            until("a new connection", lambda: len(between.live()) > lives, 10)
            self.alarms_come_first(between.live()[lives])
        lanes = self.all_arrives(house, care, swing)
        print("care team:", lanes)

    def test_a_hung_disk_delays_no_alarm_and_the_care_team_is_told_that_it_is_not_kept_yet(self):
        house = self.house()
        hang = self.folder / "hang"
        house.program = "lamplightd_test"
        house.environment = {"LL_TEST_VFS": "hang", "LL_TEST_HANG": str(hang)}
        house.start_oximeter()
        house.start_broker()
        care = self.care_team(house)
        house.start_gateway()
        until("vitals", lambda: [m for m in care.messages() if m["topic"].endswith("/vitals")])
        hang.touch()
        house.say("set spo2 84 over 0 s")
        early = until("the alarm, not durable", lambda: care.events(
            "alarm.raised", "oxygen_lowest"), 5)[0]
        self.assertIs(early["durable"], False)
        self.assertEqual(house.journal("alarm"), {}, "the disk has nothing yet")
        hang.unlink()
        until("the same event on the disk", lambda: house.journal("alarm").get(
            early["seq"]) == "alarm.raised", 20)
        until("the retained alarms, durable", lambda: care.snapshot().get("durable") is True)
        self.all_arrives(house, care)

    def alarms_come_first(self, connection):
        def of_a_lane():
            words = [(topic.split("/")[3:], when) for topic, when, _ in connection.published]
            return [(w, t) for w, t in words if w[0] not in ("status", "alarms", "device")]
        until("an event", of_a_lane)
        (words, when) = of_a_lane()[0]
        self.assertIn("alarm", words, "alarms first")
        took = when - connection.accepted_at
        print(f"CONNACK to the first alarm event: {took * 1000:.0f} ms")
        self.assertLess(connection.published[0][1] - connection.accepted_at, 0.5)
        self.assertLess(took, 0.5)

    def test_loses_nothing_when_the_uplink_is_killed_at_any_moment(self):
        house = self.house()
        house.start_oximeter()
        house.start_broker()
        care = self.care_team(house)
        house.start_gateway()
        swing = e2e.Swing(house)
        self.addCleanup(swing.stop)
        for _ in range(4):
            before = len(house.journal("alarm"))
            until("events", lambda: len(house.journal("alarm")) >= before + 4, 15)
            pid = until("the uplink", lambda: house.child_pid("lamplight-uplink"))
            os.kill(pid, signal.SIGKILL)
            until("another uplink", lambda: house.child_pid("lamplight-uplink") not in (None, pid))
        self.all_arrives(house, care, swing)
        offline = [m for m in care.messages() if m["topic"].endswith("/status")]
        self.assertGreaterEqual(len(offline), 5, "the will spoke, and each connect said status")

    def test_says_offline_when_it_is_stopped_and_ends_soon(self):
        house = self.house()
        house.start_oximeter()
        house.start_broker()
        care = self.care_team(house)
        house.start_gateway()

        def states():
            return [m["payload"]["state"] for m in care.messages()
                    if m["topic"].endswith("/status")]
        until("online", lambda: "online" in states())
        gateway = house.children.pop("gateway")
        gateway.terminate()
        self.assertEqual(gateway.wait(3), 0)
        until("offline", lambda: states()[-1] == "offline")


if __name__ == "__main__":
    unittest.main()
