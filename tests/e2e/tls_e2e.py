"""A family's data must leave the house encrypted, to their broker only, with every way of speaking
that a broker may ask for; and a broker that refuses must be a technical alarm, not silence."""
import os
import unittest
import unittest.mock

import e2e
import harness
from e2e import until


class TlsHouse(e2e.House):
    """The demo's broker with the certificates of the test."""

    def start_broker(self):
        broker = harness.Broker(str(self.folder), port=self.port, persistent=True, tls=self.tls)
        with open(broker.conf) as f:
            text = f.read()
        (self.folder / "broker.conf").write_text(text)
        self.spawn("broker", ["mosquitto", "-c", self.folder / "broker.conf"])
        until("the broker", lambda: e2e.demo_house.listens(self.port))


class Tls(e2e.Case):
    def run_house(self, house, *extra):
        self.addCleanup(self.finish, house)
        house.start_oximeter()
        house.start_broker()
        care = self.care_team(house, *extra)
        house.start_gateway()
        house.say("set spo2 84 over 0 s")
        until("the alarm", lambda: care.events("alarm.raised", "oxygen_lowest"))
        until("vitals", lambda: [m for m in care.messages() if m["topic"].endswith("/vitals")])
        until("everything", lambda: self.has_all(house, care, "alarm"))
        return care

    def test_publishes_over_tls_with_a_certificate_of_both_ends(self):
        tls = harness.Authority(str(self.folder))
        house = TlsHouse(self.folder, tls=tls)
        care = self.run_house(house, "--cafile", tls.ca, "--cert", tls.client, "--key",
                              tls.client_key)
        self.assertEqual(care.snapshot()["alarms"][0]["signal"], "on")
        self.assertNotIn("insecure", (self.folder / "home.toml").read_text())

    def test_goes_to_the_broker_of_the_configuration_whatever_the_environment_says(self):
        # Paho takes http_proxy for the way to every broker, and an empty one for a host's name.
        for proxy in ("", "http://127.0.0.1:9"):
            with self.subTest(proxy=proxy), unittest.mock.patch.dict(
                    os.environ, http_proxy=proxy, https_proxy=proxy):
                self.folder = self.folder / f"p{len(proxy)}"
                self.folder.mkdir()
                self.run_house(e2e.House(self.folder))

    def test_publishes_by_mqtt_3_1_1(self):
        self.run_house(e2e.House(self.folder, protocol="3.1.1"))

    def test_raises_a_technical_alarm_when_the_broker_refuses_the_certificate(self):
        theirs = harness.Authority(str(self.folder), "theirs")
        ours = harness.Authority(str(self.folder), "ours")
        house = TlsHouse(self.folder, tls=theirs)
        self.addCleanup(house.stop)
        house.start_oximeter()
        house.start_broker()
        house.tls = ours
        house.start_gateway()
        house.say("set spo2 84 over 0 s")
        until("alarms at home", lambda: "oxygen_lowest" in house.rules_raised())
        until("the technical alarm", lambda: "uplink_lost" in house.rules_raised(), 50)
        self.assertEqual(house.log("gateway").count("live connection refused: certificate"), 1, "the log says it once")

    def test_names_the_clock_and_not_the_certificate_when_the_clock_is_older_than_the_record(self):
        theirs = harness.Authority(str(self.folder), "theirs")
        ours = harness.Authority(str(self.folder), "ours")
        house = TlsHouse(self.folder, tls=theirs)
        self.addCleanup(house.stop)
        house.program = "lamplightd_test"
        house.environment = {"LL_TEST_WALL": str(self.folder / "wall")}
        (self.folder / "wall").write_text("0 synchronised")
        house.start_oximeter()
        house.start_broker()
        house.tls = ours
        house.start_gateway()
        until("the newest time in the record", house.newest_wall)
        house.kill("gateway")
        # A dead battery: the box believes that it is 1970, when no certificate was valid yet.
        (self.folder / "wall").write_text(f"{-56 * 365 * 86400 * 10**9} unsynchronised")
        house.start_gateway()
        until("the technical alarm", lambda: "clock_unset" in house.rules_raised(), 50)
        house.say("set spo2 84 over 0 s")
        until("alarms at home", lambda: "oxygen_lowest" in house.rules_raised())


if __name__ == "__main__":
    unittest.main()
