"""A box with a sounder on it: a core that says what the test wants, a sound card that is a file,
LEDs that are files. A position in that file is an instant: the sounder opens its device and then
connects, so what stands at position p was heard at the latest p / rate after that connection."""
import json
import os
import pathlib
import select
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

import measure

BIN = pathlib.Path(os.environ.get("LL_BIN", "build/release/bin"))
CARD = """
pcm.null {{ type null }}
pcm.lltest {{ type file; slave.pcm null; file "{wav}"; format wav }}
"""


def frame(message):
    body = json.dumps(message, separators=(",", ":")).encode()
    return struct.pack("<4sHHI", b"LLW1", 1, 0, len(body)) + body


class FakeCore:
    """Answers hello and follow, sends heartbeats, and the state that it was given last."""

    def __init__(self, run_dir):
        self.path = run_dir / "core.sock"
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(self.path))
        self.listener.listen(4)
        self.state = {"type": "annunciate", "audible": [], "visible": []}
        self.heard = []
        self.connected = self.last_beat = None
        self.stop_now = self.mute = False
        self.lock = threading.Lock()
        self.client = None
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        next_beat = 0.0
        while not self.stop_now:
            wanted = [self.listener] if self.client is None else [self.client]
            if select.select(wanted, [], [], 0.01)[0]:
                self.read()
            if self.client and not self.mute and time.monotonic() >= next_beat:
                next_beat = time.monotonic() + 0.5
                self.send({"type": "heartbeat"})
                self.last_beat = time.monotonic()

    def read(self):
        if self.client is None:
            self.client, _ = self.listener.accept()
            self.connected = time.monotonic()
            return
        datagram = self.client.recv(70000)
        if not datagram:
            self.client.close()
            self.client = None
            return
        message = json.loads(datagram[12:])
        self.heard.append((time.monotonic(), message))
        if self.mute:
            return
        if message["type"] == "hello":
            self.send({"type": "welcome", "boot": "b"})
        if message["type"] == "follow":
            self.send({"type": "answer", "outcome": "done"})
            self.send(self.state)

    def send(self, message):
        with self.lock:
            if self.client:
                self.client.send(frame(message))

    def say(self, audible, visible=None, **more):
        """What shall sound from now on; returns when that was said."""
        self.state = {"type": "annunciate", "audible": audible,
                      "visible": audible if visible is None else visible}
        at = time.monotonic()
        self.send({**self.state, **more})
        return at

    def of_type(self, kind):
        return [m for _, m in list(self.heard) if m["type"] == kind]

    def end(self):
        self.stop_now = True
        self.thread.join()
        for end in (self.client, self.listener):
            if end:
                end.close()
        self.path.unlink(missing_ok=True)


def alarm(occurrence, priority, signal_state="on", **more):
    return {"occurrence": occurrence, "rule": "r", "priority": priority, "title": "t",
            "signal": signal_state, **more}


class Box:
    def __init__(self, with_leds=True):
        self.scratch = tempfile.TemporaryDirectory(prefix="ll-sounder-")
        self.dir = pathlib.Path(self.scratch.name)
        self.wav = self.dir / "card.wav"
        (self.dir / "asound.conf").write_text(CARD.format(wav=self.wav))
        for colour in ("red", "green", "blue") if with_leds else ():
            lamp = self.dir / "leds" / f"lamplight:{colour}:alarm"
            lamp.mkdir(parents=True)
            (lamp / "brightness").write_text("0\n")
            (lamp / "max_brightness").write_text("255\n")
        self.process = None
        self.environment = {**os.environ, "ALSA_CONFIG_PATH": str(self.dir / "asound.conf")}
        self.log = self.dir / "log"

    def start(self, *words, device="lltest", run_dir=None):
        with open(self.log, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [BIN / "lamplight-sounder", "--run-dir", run_dir or self.dir, "--device", device,
                 "--leds", self.dir / "leds", *words], env=self.environment, stderr=log)
        return time.monotonic()

    def end(self):
        """Ends it well and gives back what was on the card."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            assert self.process.wait(5) == 0
        return measure.read_wav(self.wav) if self.wav.exists() else None

    def lit(self):
        """The LEDs as one reads them; None while one is being written."""
        values = [(self.dir / "leds" / f"lamplight:{c}:alarm" / "brightness").read_text()
                  for c in ("red", "green", "blue")]
        return None if "" in values else tuple(int(v) for v in values)

    def remove(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.scratch.cleanup()


def wait_for(what, seconds=5.0):
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        assert time.monotonic() < end, f"waited {seconds} s in vain"
        time.sleep(0.005)
