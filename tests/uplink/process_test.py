"""The uplink holds the home's place at the broker: it must give it up when the core hangs, go on
when only the log does, and say what it is to somebody who starts it by hand."""
import fcntl
import os
import subprocess
import tempfile
import time
import unittest

import harness


def full_pipe():
    """A pipe that takes no more; blocking, as a log is."""
    reader, writer = os.pipe()
    flags = fcntl.fcntl(writer, fcntl.F_GETFL)
    fcntl.fcntl(writer, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    for piece in (4096, 1):
        try:
            while True:
                os.write(writer, b"x" * piece)
        except BlockingIOError:
            pass
    fcntl.fcntl(writer, fcntl.F_SETFL, flags)
    return reader, writer


class ProcessTest(unittest.TestCase):
    def core(self, port, **keys):
        core = harness.Core(port=port, **keys)
        self.addCleanup(core.stop)
        return core

    def test_lets_the_will_speak_when_the_core_says_nothing_for_ten_seconds(self):
        directory = tempfile.TemporaryDirectory(prefix="ll-uplink-")
        self.addCleanup(directory.cleanup)
        broker = harness.Broker(directory.name).start()
        self.addCleanup(broker.stop)
        seen = harness.Subscriber(broker)
        self.addCleanup(seen.stop)
        core = self.core(broker.port)
        core.publish(core.connected(), "status", "online", token="s", retain=True)
        core.hear("published", token="s")
        core.poll(2.0)
        core.fall_silent()
        began = time.monotonic()
        self.assertEqual(core.process.wait(harness.PATIENCE_S), 1)
        took = time.monotonic() - began
        self.assertGreater(took, 8.5)
        self.assertLess(took, 12)
        harness.until(lambda: '{"state":"offline"}' in seen.payloads("status"), seen.seen)
        self.assertEqual(core.stderr().count("the core has said nothing for 10 s"), 1)

    def test_outlives_a_core_that_only_beats(self):
        core = self.core(harness.free_port())
        core.poll(0)
        end = time.monotonic() + 12
        while time.monotonic() < end:
            self.assertTrue(core.poll(0.2), core.stderr())

    def test_beats_on_when_nobody_reads_the_log_and_tells_later_what_was_lost(self):
        reader, writer = full_pipe()
        core = self.core(harness.free_port(), stderr=writer)
        os.close(writer)
        core.hear("link")  # said in the log as well
        for _ in range(6):
            core.hear("heartbeat", limit_s=3)
        said = b""
        while b"were lost" not in said:
            said += os.read(reader, 1 << 16)
        self.assertIn(b"lamplight-uplink: 1 lines of this log were lost\n", said)
        self.addCleanup(os.close, reader)

    def run_by_hand(self, *words, **keys):
        return subprocess.run([harness.program("lamplight-uplink"), *words], capture_output=True,
                              text=True, timeout=harness.PATIENCE_S, **keys)

    def test_says_that_it_is_not_started_by_hand(self):
        done = self.run_by_hand("run")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("fd 3 is no SOCK_SEQPACKET connection; lamplightd starts this", done.stderr)
        here = os.open("/dev/null", os.O_RDWR)
        self.addCleanup(os.close, here)
        done = self.run_by_hand("run", preexec_fn=lambda: os.dup2(here, 3), close_fds=False)
        self.assertEqual(done.returncode, 2)

    def test_helps_whoever_asks(self):
        done = self.run_by_hand("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("usage: lamplight-uplink run", done.stdout)
        for words in ((), ("walk",), ("run", "run")):
            done = self.run_by_hand(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn("usage:", done.stderr)


if __name__ == "__main__":
    unittest.main()
