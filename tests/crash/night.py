"""A night for the crash run: somebody lets alarms come and go, somebody kills processes at random
instants, somebody (systemd, in a real home) starts them again at once. Writes what was done as
JSON lines with the devices' clock, CLOCK_BOOTTIME."""
import json
import os
import pathlib
import random
import signal
import socket
import struct
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging/demo"))

import house as demo  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
DRIVERS = {"oxi": "oximeter", "vent": "ventilator", "pump": "pump"}  # port: role

# What somebody may do at the bed: each alarm of home.rules can begin and end.
WORDS = [("set spo2 84 over 0 s", "set spo2 97 over 0 s", "set spo2 91 over 0 s",
          "set spo2 88 over 0 s"),
         ("set pulse 190 over 0 s", "set pulse 120 over 0 s"),
         ("set ventilator.pip 36 over 0 s", "set ventilator.pip 18 over 0 s"),
         ("condition pump patient_tube_blocked on", "condition pump patient_tube_blocked off"),
         ("condition pump feed_bag_empty on", "condition pump feed_bag_empty off"),
         ("condition oximeter probe_off on", "condition oximeter probe_off off")]
CALM = ("set spo2 97 over 0 s", "set pulse 120 over 0 s", "set ventilator.pip 18 over 0 s",
        "condition pump patient_tube_blocked off", "condition pump feed_bag_empty off",
        "condition oximeter probe_off off")


def boottime():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class House(demo.House):
    """The demo's house under rules of our own, and its gateway started again whenever it dies."""

    def __init__(self, folder):
        super().__init__(folder=folder)
        self.lock, self.broker_lock = threading.RLock(), threading.Lock()
        self.ends = False

    def write_config(self):
        config = super().write_config()
        text = config.read_text().replace(f"{demo.DEMO}/home.rules", f"{HERE}/home.rules")
        config.write_text(text.replace(f"{demo.DEMO}/demo.plan", f"{HERE}/home.plan"))
        return config

    def spawn_gateway(self):
        self.spawn("gateway", [self.bin / "lamplightd", "--config", self.folder / "home.toml"])

    def watch_gateway(self, log):
        """What systemd does: Restart=always. Runs in a thread until `ends`."""
        while not self.ends:
            with self.lock:
                child = self.children.get("gateway")
                if child is not None and child.poll() is not None and not self.ends:
                    log("restart", process="core", ended=child.returncode)
                    self.spawn_gateway()
            time.sleep(0.02)

    def links(self):
        """What the core says of its children: {name: row}, asked at core.sock."""
        def send(sock, body):
            data = json.dumps(body, separators=(",", ":")).encode()
            sock.send(struct.pack("<4sHHI", b"LLW1", 1, 0, len(data)) + data)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
            sock.settimeout(1.0)
            try:
                sock.connect(str(self.folder / "run/core.sock"))
                send(sock, {"type": "hello", "role": "cli", "name": "crash", "wire": [1, 0]})
                send(sock, {"type": "query", "id": 1, "what": "links"})
                for _ in range(20):
                    body = json.loads(sock.recv(65536)[12:] or b"{}")
                    if body.get("type") == "answer":
                        return {row["name"]: row for row in body["result"]["links"]}
            except (OSError, ValueError):
                pass
        return {}

    def pid_of(self, name):
        row = self.links().get(name, {})
        return row.get("pid") if row.get("state") == "running" else None


class Night:
    def __init__(self, house, seed, seconds):
        self.house, self.seconds = house, seconds
        self.dice, self.steps = random.Random(seed), random.Random(seed + 1)
        self.out = open(house.folder / "night.jsonl", "w")
        self.write_lock, self.ends = threading.Lock(), threading.Event()
        self.kills, self.threads = 0, []

    def log(self, what, **fields):
        with self.write_lock:
            self.out.write(json.dumps({"t": boottime(), "what": what, **fields}) + "\n")
            self.out.flush()

    def steer(self):
        while not self.ends.wait(self.steps.uniform(0.6, 1.8)):
            word = self.steps.choice(self.steps.choice(WORDS))
            self.house.say(word)
            if word == "condition oximeter probe_off on":
                self.ends.wait(1.5)
                self.house.say("condition oximeter probe_off off")
        self.house.say(*CALM)

    def plan(self):
        """[(seconds from the start, process)]: at least 4 of each in 10 minutes, in random order at
        random instants; some fall together, which is meant."""
        each = max(1, round(self.seconds / 100))
        kinds = [k for k in ("driver", "uplink", "core", "broker") for _ in range(each)]
        return sorted((self.dice.uniform(6, self.seconds - 4), kind) for kind in kinds)

    def kill(self, kind):
        if kind == "broker":
            self.kill_broker_later(self.dice.uniform(1, 20))
            return True
        name, pid = kind, None
        if kind == "driver":
            port = self.dice.choice(sorted(DRIVERS))
            name = f"driver of {DRIVERS[port]}"
            pid = self.await_pid(lambda: self.house.pid_of(port))
        elif kind == "uplink":
            pid = self.await_pid(lambda: self.house.pid_of("uplink"))
        else:
            with self.house.lock:
                pid = self.house.children["gateway"].pid
        if pid is None:
            self.log("spared", process=name)
            return False
        self.log("kill", process=name, pid=pid)  # before it: no sample after it is expected
        os.kill(pid, signal.SIGKILL)
        self.kills += 1
        return True

    @staticmethod
    def await_pid(look):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            pid = look()
            if pid:
                return pid
            time.sleep(0.05)
        return None

    def kill_broker_later(self, down_s):
        self.threads.append(threading.Thread(target=self.kill_broker, args=[down_s]))
        self.threads[-1].start()

    def kill_broker(self, down_s):
        with self.house.broker_lock:  # two brokers' nights follow each other
            self.log("kill", process="broker", down_s=down_s)
            self.house.kill("broker")
            self.kills += 1
            time.sleep(down_s)
            self.house.start_broker()
            self.log("restart", process="broker")

    def run(self, progress):
        begin = time.monotonic()
        steering = threading.Thread(target=self.steer)
        steering.start()
        for at, kind in self.plan():
            while time.monotonic() - begin < at:
                progress(time.monotonic() - begin, self.kills)
                time.sleep(min(1.0, max(0.0, begin + at - time.monotonic())))
            self.kill(kind)
        while time.monotonic() - begin < self.seconds:
            progress(time.monotonic() - begin, self.kills)
            time.sleep(0.5)
        self.ends.set()
        for thread in (steering, *self.threads):
            thread.join()
