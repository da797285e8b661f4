"""An alarm must reach the broker whatever the broker does: come late, die, say no, say nothing.
And those who listen must learn when the home itself is gone."""
import signal
import tempfile
import unittest

import harness
import tcp_peers


class BrokerTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="ll-uplink-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def broker(self, **keys):
        broker = harness.Broker(self.directory, **keys)
        self.addCleanup(broker.stop)
        return broker

    def core(self, port, **keys):
        core = harness.Core(port=port, **keys)
        self.addCleanup(core.stop)
        return core

    def subscriber(self, broker, **keys):
        subscriber = harness.Subscriber(broker, **keys)
        self.addCleanup(subscriber.stop)
        # Connected when it gets what is published to it.
        harness.until(lambda: harness.publish(broker, "lamplight/v1/h1/probe", "x") or
                      subscriber.payloads("probe"), "the subscriber never got anything")
        return subscriber

    def peer(self, answer):
        peer = tcp_peers.Peer(answer)
        self.addCleanup(peer.stop)
        return peer

    def publishes_in_order(self, protocol):
        broker = self.broker().start()
        seen = self.subscriber(broker)
        core = self.core(broker.port, protocol=protocol)
        generation = core.connected()
        self.assertEqual(generation, 1)
        for seq in range(1, 301):
            core.publish(generation, "alarm/1", f"alarm {seq}", lane="alarm", seq=seq)
        for seq in range(1, 301):
            done = core.hear("published")
            self.assertEqual((done["lane"], done["seq"], done["generation"]), ("alarm", seq, 1))
        harness.until(lambda: len(seen.payloads("alarm/1")) == 300, lambda: seen.seen[-3:])
        self.assertEqual(seen.payloads("alarm/1"), [f"alarm {s}" for s in range(1, 301)])
        return broker

    def test_publishes_in_order_and_tells_each_puback(self):
        broker = self.publishes_in_order("5")
        self.assertRegex(broker.read_log(), r"as lamplight-h1 \(p5, c1, k5\)")

    def test_publishes_in_order_by_mqtt_3_1_1(self):
        broker = self.publishes_in_order("3.1.1")
        self.assertRegex(broker.read_log(), r"as lamplight-h1 \(p2, c1, k5\)")
        self.assertRegex(broker.read_log(), r"as lamplight-h1-backlog \(p2, c1, k5\)")

    def test_gives_a_message_its_expiry_by_mqtt_5_and_none_by_3_1_1(self):
        broker = self.broker().start()
        for protocol, expected in (("5", ["60", ""]), ("3.1.1", ["", ""])):
            seen = self.subscriber(broker, args=("-F", "%r\t%t\t%E"))
            core = self.core(broker.port, protocol=protocol)
            generation = core.connected()
            core.publish(generation, "vitals", "x", token="v", expiry_s=60)
            core.publish(generation, "vitals", "x", token="w")
            harness.until(lambda: len(seen.payloads("vitals")) == 2, lambda: seen.seen)
            self.assertEqual(seen.payloads("vitals"), expected, protocol)
            core.stop()

    def test_keeps_retained_what_is_said_to_be_retained(self):
        broker = self.broker().start()
        core = self.core(broker.port)
        generation = core.connected()
        core.publish(generation, "alarms", "open: 0", token=1, retain=True)
        core.publish(generation, "alarm/1", "passing", token=2)
        self.assertEqual(core.hear("published")["token"], 1)
        self.assertEqual(core.hear("published")["token"], 2)
        seen = self.subscriber(broker)
        harness.until(lambda: seen.payloads("alarms"), lambda: seen.seen)
        self.assertTrue(seen.messages("alarms")[0][1])
        self.assertEqual(seen.payloads("alarm/1"), [])

    def test_carries_a_payload_that_needs_several_datagrams(self):
        broker = self.broker().start()
        seen = self.subscriber(broker)
        core = self.core(broker.port)
        generation = core.connected()
        parts = ["a" * 40000, "b" * 40000, "c"]
        for part in parts[:-1]:
            core.say({"type": "publish", "conn": "live", "generation": generation, "more": True,
                      "payload": part})
        core.publish(generation, "clip/7", parts[-1], token="clip")
        core.hear("published", token="clip")
        harness.until(lambda: seen.payloads("clip/7"), "no clip")
        self.assertEqual(seen.payloads("clip/7"), ["".join(parts)])

    def test_connects_when_a_broker_that_was_absent_appears(self):
        broker = self.broker()
        core = self.core(broker.port)
        self.assertEqual(core.hear("link")["why"], "unreachable")
        core.poll(1.0)
        broker.start()
        generation = core.connected(limit_s=3)
        core.publish(generation, "status", "here", token="s", retain=True)
        core.hear("published", token="s")
        harness.until(lambda: core.poll(0.05) and core.up.get("backlog"), lambda: core.up)

    def test_resumes_on_both_connections_after_the_broker_was_killed(self):
        broker = self.broker().start()
        core = self.core(broker.port)
        live = core.connected()
        core.publish(live, "status", "here", token="s")
        killed = []

        def kill_in_between(done):
            if done >= 500 * (len(killed) + 1) and len(killed) < 3:
                killed.append(done)
                broker.kill()
                broker.start()

        used = core.run_lane(live, 1, 2000, step=kill_in_between)
        self.assertEqual(len(killed), 3)
        self.assertGreaterEqual(len(used), 4)
        self.assertEqual(used, sorted(set(used)), "every generation is new")
        core.publish(used[-1], "status", "here", token="s")
        harness.until(lambda: core.poll(0.05) and core.up.get("backlog"), lambda: core.up)
        core.run_lane(core.up["backlog"], 1, 200, conn="backlog", lane="vitals")

    def test_backs_off_from_a_broker_that_closes_at_once(self):
        peer = self.peer(tcp_peers.closes_at_once)
        core = self.core(peer.port)
        refused = core.hear("link")
        self.assertEqual((refused["state"], refused["why"]), ("refused", "kicked"))
        self.doubles(core, peer)

    def test_backs_off_from_a_broker_that_refuses(self):
        peer = self.peer(tcp_peers.refuses_by_connack)
        core = self.core(peer.port)
        refused = core.hear("link")
        self.assertEqual((refused["state"], refused["why"]), ("refused", "connack 135"))
        self.doubles(core, peer)

    def test_backs_off_from_a_broker_that_accepts_and_kicks(self):
        peer = self.peer(tcp_peers.accepts_and_kicks)
        core = self.core(peer.port)
        self.doubles(core, peer)
        generations = [m["generation"] for m in core.heard
                       if m["type"] == "link" and m["conn"] == "live"]
        self.assertEqual(generations, sorted(generations))

    def doubles(self, core, peer):
        harness.until(lambda: core.poll(0.05) and len(peer.at) >= 6, lambda: peer.gaps())
        floors = [0.25, 0.5, 1, 2]
        live = [g for g in peer.gaps()]
        for gap, floor in zip(live, floors):
            self.assertGreaterEqual(gap, floor * 0.99, live)
            self.assertLess(gap, floor + 1.5, live)

    def test_gives_up_a_broker_that_says_nothing(self):
        peer = self.peer(tcp_peers.says_nothing)
        core = self.core(peer.port)
        self.assertEqual(core.hear("link", limit_s=6)["why"], "unreachable")
        harness.until(lambda: len(peer.at) >= 2, "it did not try again")

    def test_ends_a_generation_that_makes_no_progress(self):
        peer = self.peer(tcp_peers.never_acknowledges)
        core = self.core(peer.port)
        generation = core.connected()
        core.publish(generation, "alarm/1", "never acknowledged", lane="alarm", seq=1)
        lost = core.hear("link", limit_s=6, conn="live")
        self.assertEqual((lost["why"], lost["generation"]), ("no_progress", generation))

    def test_beats_while_it_cannot_connect(self):
        peer = self.peer(tcp_peers.says_nothing)
        core = self.core(peer.port)
        times = [core.hear("heartbeat")["heard_at"] for _ in range(4)]
        for gap in (b - a for a, b in zip(times, times[1:])):
            self.assertLess(gap, 1.5)

    def test_lets_the_will_speak_when_it_is_killed_or_the_core_is(self):
        broker = self.broker().start()
        for end in ("kill -9", "core gone"):
            seen = self.subscriber(broker)
            core = self.core(broker.port)
            generation = core.connected()
            core.publish(generation, "status", "online", token="s", retain=True)
            core.hear("published", token="s")
            if end == "kill -9":
                core.process.send_signal(signal.SIGKILL)
            else:
                core.socket.close()
            core.process.wait(harness.PATIENCE_S)
            harness.until(lambda: '{"state":"offline"}' in seen.payloads("status"), seen.seen)
            later = self.subscriber(broker)
            harness.until(lambda: later.messages("status"), "nothing retained")
            self.assertEqual(later.messages("status")[0][1:3], (True, '{"state":"offline"}'), end)

    def test_says_goodbye_when_it_is_told_to_stop(self):
        broker = self.broker().start()
        seen = self.subscriber(broker)
        core = self.core(broker.port)
        core.connected()
        core.say({"type": "offline", "topic": "lamplight/v1/h1/status", "payload": "goodbye"})
        self.assertEqual(core.process.wait(4), 0)
        harness.until(lambda: seen.payloads("status"), "no goodbye")
        self.assertEqual(seen.payloads("status"), ["goodbye"], "and the will stays silent")
        self.assertNotIn("closed its connection", broker.read_log().split("lamplight-h1")[-1])

    def test_stops_within_its_time_when_there_is_no_broker(self):
        core = self.core(harness.free_port())
        core.hear("link")
        core.say({"type": "offline", "topic": "lamplight/v1/h1/status", "payload": "goodbye"})
        self.assertEqual(core.process.wait(4), 0)

    def test_outlives_the_signals_of_a_terminal(self):
        broker = self.broker().start()
        core = self.core(broker.port)
        generation = core.connected()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
            core.process.send_signal(number)
        core.publish(generation, "alarm/1", "still here", token=1)
        core.hear("published", token=1)

    def test_ends_on_a_datagram_that_is_not_of_the_wire(self):
        for datagram in (b"x", b"LLW1" + bytes(8), b"\0" * 70000):
            core = self.core(harness.free_port())
            core.say_raw(datagram)
            self.assertNotEqual(core.process.wait(4), -11)
            self.assertIsNotNone(core.process.returncode)


if __name__ == "__main__":
    unittest.main()
