"""What the care team sends must arrive as it was sent, once, or be said to be unreadable; and no
message of a stranger may stop the uplink."""
import json
import tempfile
import unittest

import harness


class CommandsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="ll-uplink-")
        cls.broker = harness.Broker(cls.directory.name).start()

    @classmethod
    def tearDownClass(cls):
        cls.broker.stop()
        cls.directory.cleanup()

    def core(self, **keys):
        core = harness.Core(port=self.broker.port, **keys)
        self.addCleanup(core.stop)
        core.connected()
        harness.until(lambda: "SUBACK to lamplight-h1" in self.broker.read_log(), "no SUBACK")
        return core

    def send(self, payload, topic="command", *args):
        harness.publish(self.broker, "lamplight/v1/h1/" + topic, payload, *args)

    def arrives(self, core, payload, topic="command", *args):
        self.send(payload, topic, *args)
        return core.hear("command", topic=topic)

    def test_hands_a_command_on_as_it_came(self):
        core = self.core()
        text = json.dumps({"v": 1, "id": "c-81 \"quoted\" \\ \u00e9\n", "type": "acknowledge"})
        got = self.arrives(core, text)
        self.assertEqual(got["payload"], text)
        self.assertEqual((got["retained"], got["too_large"], got["size"]), (False, False, len(text)))

    def test_hands_the_store_s_acknowledgement_on(self):
        core = self.core()
        got = self.arrives(core, '{"store_id":"5f2c","alarm":7}', "stored")
        self.assertEqual(got["payload"], '{"store_id":"5f2c","alarm":7}')

    def test_works_the_same_by_mqtt_3_1_1(self):
        core = self.core(protocol="3.1.1")
        self.assertEqual(self.arrives(core, '{"v":1}')["payload"], '{"v":1}')

    def test_says_that_a_command_was_retained(self):
        self.send('{"v":1,"id":"old"}', "command", "-r")
        try:
            got = self.core().hear("command")
            self.assertEqual((got["payload"], got["retained"]), ('{"v":1,"id":"old"}', True))
        finally:
            self.send("", "command", "-r")

    def test_passes_a_large_command_without_its_text_from_16_kib_and_one_byte(self):
        core = self.core()
        got = self.arrives(core, "x" * 16384)
        self.assertEqual((len(got["payload"]), got["too_large"]), (16384, False))
        got = self.arrives(core, "x" * 16385)
        self.assertEqual((got["payload"], got["too_large"], got["size"]), ("", True, 16385))

    def test_marks_what_is_no_text(self):
        core = self.core()
        for payload in (b"\xff\xfe{}", b"{\"id\":\"c-\xc3\"}", b"\0", b"\x01" * 16384):
            got = self.arrives(core, payload)
            self.assertEqual((got["payload"], got["unreadable"]), ("", True), payload[:8])
            self.assertEqual(got["size"], len(payload))

    def test_passes_an_empty_command(self):
        core = self.core()
        self.assertEqual(self.arrives(core, "")["size"], 0)

    def test_is_not_stopped_by_a_message_of_two_megabytes(self):
        core = self.core()
        self.send("x" * (2 << 20))
        got = self.arrives(core, '{"after":true}')
        self.assertEqual(got["payload"], '{"after":true}', "the broker keeps the large one back")
        self.assertTrue(core.up["live"])

    def test_keeps_order_and_loses_nothing_of_a_burst_it_can_hold(self):
        core = self.core()
        lines = "\n".join(f'{{"n":{n}}}' for n in range(200))
        import subprocess
        subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.broker.port), "-q", "1",
                        "-t", "lamplight/v1/h1/command", "-l"], input=lines.encode(), check=True,
                       timeout=harness.PATIENCE_S)
        got = [json.loads(core.hear("command")["payload"])["n"] for _ in range(200)]
        self.assertEqual(got, list(range(200)))


if __name__ == "__main__":
    unittest.main()
