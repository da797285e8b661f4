"""A broker that means harm, or has gone mad, may cost its own connection: it must not stop the
uplink, and nothing that it invents may reach the core as a command."""
import unittest

import harness
import tcp_peers

OURS = b"lamplight/v1/h1/command"


def packet(kind, body):
    length, size = len(body), b""
    while True:
        size += bytes([length & 127 | (128 if length > 127 else 0)])
        length >>= 7
        if not length:
            return bytes([kind]) + size + body


def publish(topic, payload=b"{}"):
    """MQTT 5, QoS 0, no properties."""
    return packet(0x30, len(topic).to_bytes(2, "big") + topic + b"\0" + payload)


def takes_two_subscriptions(connection):
    tcp_peers.read_packet(connection)
    connection.sendall(bytes([0x20, 3, 0, 0, 0]))
    for _ in range(2):
        _, body = tcp_peers.read_packet(connection)
        connection.sendall(bytes([0x90, 4, body[0], body[1], 0, 1]))


class HostileTest(unittest.TestCase):
    def peer(self, answer):
        peer = tcp_peers.Peer(answer)
        self.addCleanup(peer.stop)
        return peer

    def core(self, peer, **keys):
        core = harness.Core(port=peer.port, **keys)
        self.addCleanup(core.stop)
        return core

    def survives(self, *messages):
        """All of them before each right command; the right ones must come, and no other."""
        def answer(connection, _):
            takes_two_subscriptions(connection)
            for message in messages:
                connection.sendall(message)
                connection.sendall(publish(OURS, b'{"right":1}'))
            return "keep"

        core = self.core(self.peer(answer))
        self.assertEqual(core.hear("command")["payload"], '{"right":1}')
        core.poll(1.0)
        self.assertIsNone(core.process.poll(), core.stderr())
        for message in core.heard:
            if message["type"] == "command":
                self.assertEqual((message["topic"], message["payload"]), ("command", '{"right":1}'))
        return core

    def test_outlives_topics_that_are_no_text(self):
        core = self.survives(publish(b"lamplight/v1/h1/\xff\xfe"), publish(b"\xc3"))
        self.assertLessEqual(core.stderr().count("not asked for"), 2, core.stderr())

    def test_outlives_topics_as_long_as_mqtt_has_them(self):
        core = self.survives(publish(b"x" * 65535), publish(b"\x01" * 65535))
        self.assertIn("1 messages dropped: on topics that were not asked for", core.stderr())

    def test_takes_no_command_of_another_home_or_of_none(self):
        core = self.survives(publish(b"lamplight/v1/h2/command"), publish(b"command"),
                             publish(b"command/"), publish(b"/"))
        self.assertIn("1 messages dropped: on topics that were not asked for", core.stderr())

    def test_states_the_largest_packet_it_takes(self):
        said = []

        def answer(connection, _):
            said.append(tcp_peers.read_packet(connection)[1])

        core = self.core(self.peer(answer))
        core.hear("link")
        # Protocol name and level, flags, keep-alive; then the properties: 0x27 is their maximum.
        self.assertEqual(said[0][:7], b"\0\4MQTT\5")
        properties = said[0][11:11 + said[0][10]]
        self.assertIn(b"\x27" + (1 << 20).to_bytes(4, "big"), properties)


if __name__ == "__main__":
    unittest.main()
