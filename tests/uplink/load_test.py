"""A night's history must reach the broker complete and in order, with a window in flight on both
connections, a broker that dies in between and a receiver that dies with it."""
import json
import tempfile
import unittest

import harness

COUNT = 10000
WINDOW = 100  # of run_lane: as many may be acknowledged and die inside the broker, unseen


class LoadTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="ll-uplink-")
        self.addCleanup(directory.cleanup)
        self.broker = harness.Broker(directory.name).start()
        self.addCleanup(self.broker.stop)
        self.core = harness.Core(port=self.broker.port)
        self.addCleanup(self.core.stop)

    def seqs(self, subscriber, end):
        return [json.loads(p)["seq"] for p in subscriber.payloads(end)]

    def test_ten_thousand_messages_arrive_once_and_in_order(self):
        seen = harness.Subscriber(self.broker)
        self.addCleanup(seen.stop)
        harness.until(lambda: harness.publish(self.broker, "lamplight/v1/h1/probe", "x") or
                      seen.payloads("probe"), "the subscriber never got anything")
        generation = self.core.connected()
        self.assertEqual(self.core.run_lane(generation, 1, COUNT), [generation])
        harness.until(lambda: len(seen.payloads("alarm/live")) >= COUNT, lambda: len(seen.seen))
        self.assertEqual(self.seqs(seen, "alarm/live"), list(range(1, COUNT + 1)))

    def test_nothing_is_lost_or_out_of_order_when_the_broker_is_killed_twice(self):
        """Each life of the broker has a receiver of its own. What it saw must be in order, and
        together they must have all that was acknowledged, but for what died inside the broker: the
        care team asks for that again, and that is lamplightd's to answer."""
        generation = self.core.connected()
        lives = [self.receiver()]
        done_at_kill = []

        def kill_in_between(done):
            if done >= 3000 * len(lives) and len(lives) < 3:
                harness.until(lambda: done in set(self.seqs(lives[-1], "alarm/live")), "lag")
                self.broker.kill()
                done_at_kill.append(done)
                self.broker.start()
                lives.append(self.receiver())

        self.core.run_lane(generation, 1, 9000, step=kill_in_between)
        harness.until(lambda: 9000 in self.seqs(lives[-1], "alarm/live"), "the last one")
        got = [self.seqs(life, "alarm/live") for life in lives]
        for seqs in got:
            self.assertEqual(seqs, sorted(seqs), "order within a life of the broker")
        died_inside = {seq for done in done_at_kill for seq in range(done + 1, done + 1 + WINDOW)}
        self.assertEqual(sorted(set(range(1, 9001)) - set().union(*got) - died_inside), [])

    def receiver(self):
        subscriber = harness.Subscriber(self.broker)
        self.addCleanup(subscriber.stop)
        harness.until(lambda: harness.publish(self.broker, "lamplight/v1/h1/probe", "x") or
                      subscriber.payloads("probe"), "the subscriber never got anything")
        return subscriber


if __name__ == "__main__":
    unittest.main()
