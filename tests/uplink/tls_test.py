"""What leaves a home leaves it encrypted, to the broker the family chose and to no other; and a
box without a clock must say so instead of blaming the certificate."""
import os
import socket
import tempfile
import unittest

import harness


class TlsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="ll-uplink-")
        cls.ours = harness.Authority(cls.directory.name, "ours")
        cls.stranger = harness.Authority(cls.directory.name, "stranger")
        cls.broker = harness.Broker(cls.directory.name, tls=cls.ours).start()

    @classmethod
    def tearDownClass(cls):
        cls.broker.stop()
        cls.directory.cleanup()

    def core(self, **keys):
        settings = {"port": self.broker.port, "insecure": False, "ca": self.ours.ca,
                    "cert": self.ours.client, "key": self.ours.client_key, **keys}
        core = harness.Core(**settings)
        self.addCleanup(core.stop)
        return core

    def refused(self, why, **keys):
        core = self.core(**keys)
        link = core.hear("link")
        self.assertEqual((link["state"], link["why"]), ("refused", why), core.stderr())
        core.poll(1.0)
        self.assertFalse(core.up["live"])
        return core

    def publishes(self, **keys):
        core = self.core(**keys)
        generation = core.connected()
        core.run_lane(generation, 1, 300)
        harness.until(lambda: core.poll(0.05) and core.up.get("backlog"), lambda: core.up)

    def test_publishes_with_a_certificate_of_both_ends(self):
        self.publishes()

    def test_publishes_by_mqtt_3_1_1(self):
        self.publishes(protocol="3.1.1")

    def test_publishes_to_a_broker_called_by_its_name(self):
        try:
            socket.getaddrinfo("localhost", None)
        except socket.gaierror as refusal:  # a chroot without /etc/hosts
            self.skipTest(f"no name is known here, not even localhost: {refusal}")
        self.publishes(host="localhost")

    def test_refuses_a_broker_of_another_authority(self):
        self.refused("certificate", ca=self.stranger.ca)

    def test_says_that_the_broker_refuses_our_certificate(self):
        self.refused("certificate", cert=self.stranger.client, key=self.stranger.client_key)
        self.refused("certificate", cert="", key="")

    def test_refuses_a_certificate_of_another_host(self):
        elsewhere = harness.Authority(self.directory.name, "elsewhere", "DNS:elsewhere.example")
        broker = harness.Broker(self.directory.name, tls=elsewhere).start()
        self.addCleanup(broker.stop)
        self.refused("certificate", port=broker.port, ca=elsewhere.ca, cert=elsewhere.client,
                     key=elsewhere.client_key)

    def test_blames_the_clock_when_the_clock_is_old_and_comes_up_when_it_is_right(self):
        core = self.refused("clock_unset", ca=self.stranger.ca, clock_older=True)
        core.say({"type": "clock", "older": False})
        self.assertEqual(core.hear("link")["why"], "certificate")

    def test_does_not_blame_the_clock_when_nobody_listens(self):
        core = self.core(port=harness.free_port(), clock_older=True)
        self.assertEqual(core.hear("link")["why"], "unreachable")

    def test_names_a_file_that_cannot_be_read(self):
        core = self.refused("certificate", ca=os.path.join(self.directory.name, "nowhere.pem"))
        self.assertIn("nowhere.pem", core.stderr())

    def test_refuses_to_speak_plainly_to_another_box(self):
        core = self.core(insecure=True, host="192.0.2.1", ca="", cert="", key="")
        link = core.hear("link")
        self.assertEqual((link["state"], link["why"]), ("refused", "insecure"))
        core.hear("heartbeat")


if __name__ == "__main__":
    unittest.main()
