"""A home for the end-to-end tests of lamplightd: a directory, a configuration, real processes.
Nothing here knows how lamplightd works inside: it reads core.sock and record.db as anyone may."""
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import tempfile
import time

BIN = pathlib.Path(os.environ["LL_BIN"])
HERE = pathlib.Path(__file__).resolve().parent

RULES = """rules 1 "ox"
signal spo2 : percent from oximeter.spo2 step 0.1 range 0..100 every 1 s stale after 5 s
limit spo2_low = 90 percent allowed 80..95
alarm oxygen_low "Oxygen low"
  severity irreversible onset prompt
  when spo2 < spo2_low for 1 s
  clear when spo2 >= spo2_low + 2 percent for 2 s
  never inhibited
  say "{child}'s oxygen is {spo2}"
  do "Check the probe"
end
lost spo2 for 20 s: severity reversible onset prompt "Oxygen is not being measured ({reason})"
  do "Check the probe"
"""

CONFIG = """home = "h-1"
[gateway]
state_dir = "state"
run_dir = "run"
rules = ["home.rules"]
[store]
free_floor = "0 B"
{extra}
[[port]]
name = "oxi"
driver = "{driver}"
at = "{at}"
{options}
[[port.device]]
id = "ox1"
role = "oximeter"
"""


def wait_for(what, seconds=10.0, every=0.02):
    """The first true value of what(), or an assertion with its last one."""
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        assert time.monotonic() < end, f"waited {seconds} s in vain; last: {value!r}"
        time.sleep(every)


def varint(blob, position):
    value = shift = 0
    while True:
        byte = blob[position]
        position += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, position


class Client:
    """One connection to core.sock."""

    def __init__(self, path, role="cli"):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(str(path))
        self.socket.settimeout(5)
        self.say({"type": "hello", "role": role, "name": "test", "wire": [1, 0]})
        self.welcome = self.hear()

    def say(self, message):
        body = json.dumps(message, separators=(",", ":")).encode()
        self.socket.send(struct.pack("<4sHHI", b"LLW1", 1, 0, len(body)) + body)

    def hear(self):
        datagram = self.socket.recv(70000)
        return json.loads(datagram[12:]) if datagram else None

    def hear_until(self, wanted, seconds=10.0):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            message = self.hear()
            if message is None or wanted(message):
                return message
        raise AssertionError("it never came")

    def ask(self, message):
        self.say({"id": 7, **message})
        return self.hear_until(lambda m: m.get("id") == 7)

    def close(self):
        self.socket.close()


class House:
    def __init__(self, program="lamplightd", driver=None, at="tcp:127.0.0.1:9", options=None,
                 extra=""):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ll-house-"))
        self.program = program
        self.processes = []
        self.environment = dict(os.environ)
        (self.dir / "home.rules").write_text(RULES)
        (self.dir / "value").write_text("970")
        (self.dir / "mode").write_text("good")
        if options is None:
            options = f'value_file = "{self.dir}/value"\nmode_file = "{self.dir}/mode"'
        self.config = self.dir / "home.toml"
        self.config.write_text(CONFIG.format(driver=driver or HERE / "tiny_driver.py", at=at,
                                             options=options, extra=extra))
        self.core = None

    # ---- the process
    def start(self, ready=True):
        with open(self.dir / "log", "a") as log:
            self.core = subprocess.Popen([BIN / self.program, "--config", self.config],
                                         stderr=log, stdout=log, env=self.environment)
        self.processes.append(self.core)
        if ready:
            self.wait_ready()
        return self.core

    def wait_ready(self, seconds=10.0):
        return wait_for(self.is_ready, seconds)

    def is_ready(self):
        try:
            client = Client(self.dir / "run/core.sock")
        except OSError:
            return False
        client.close()
        return True

    def kill(self):
        self.core.send_signal(signal.SIGKILL)
        self.core.wait()

    def stop(self):
        self.core.send_signal(signal.SIGTERM)
        return self.core.wait(timeout=10)

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    # ---- the device
    def set_value(self, tenths):
        self.write("value", str(tenths))

    def set_mode(self, mode):
        self.write("mode", mode)

    def write(self, name, text):
        (self.dir / (name + ".new")).write_text(text)
        (self.dir / (name + ".new")).rename(self.dir / name)

    # ---- what anyone can see
    def client(self, role="cli"):
        return Client(self.dir / "run/core.sock", role)

    def read(self, what):
        client = self.client()
        try:
            return client.ask({"type": "query", "what": what})["result"]
        finally:
            client.close()

    def alarms(self):
        return {alarm["rule"]: alarm for alarm in self.read("alarms")["alarms"]}

    def link(self, name="oxi"):
        return next(link for link in self.read("links")["links"] if link["name"] == name)

    def events(self, name=None):
        path = self.dir / "state/record.db"
        if not path.exists():
            return []
        record = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            rows = record.execute("SELECT name, body FROM event ORDER BY t, lane, seq").fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            record.close()
        return [json.loads(body) for row, body in rows if name in (None, row)]

    # ---- what became of each sample, by the instant at which the driver took it
    def log_samples(self):
        text = self.config.read_text()
        self.config.write_text(text.replace(
            "mode_file", f'sent_file = "{self.dir}/sent"\nmode_file', 1))

    def sent(self):
        lines = (self.dir / "sent").read_text().split("\n")[:-1]
        return [int(line) for line in lines]

    def stored(self):
        """Of oximeter.spo2, those that are readings (gateway/store/FORMAT.md)."""
        file = sqlite3.connect(f"file:{self.dir}/state/telemetry.db?mode=ro", uri=True)
        rows = file.execute("SELECT t0, n, runs, valid FROM segment JOIN signal ON "
                            "signal = signal.id WHERE name = 'spo2'").fetchall()
        file.close()
        instants = []
        for t0, n, runs, valid in rows:
            at, position, times = t0, 1, [t0]
            while position < len(runs):
                count, position = varint(runs, position)
                step, position = varint(runs, position)
                for _ in range(count):
                    at += step >> 1 ^ -(step & 1)
                    times.append(at)
            assert len(times) == n
            instants += [t for i, t in enumerate(times)
                         if valid is None or valid[1 + i // 8] >> i % 8 & 1]
        return instants

    def losses(self):
        """Where samples are known to be lost: [(t0, t1)]."""
        missing = [event["missing"] for event in self.events("system.gap")]
        return [(m["t0"], m["t1"]) for m in missing if m["why"] == "overflow"]

    def log(self):
        return (self.dir / "log").read_text()

    def raise_alarm(self):
        self.set_value(800)
        return wait_for(lambda: self.alarms().get("oxygen_low"))
