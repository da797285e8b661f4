"""One bus for bus_of_four.py: the simulator with three of the units, the driver's process, and what
both say. Nothing here knows how the driver works: it listens where the core would."""
import bisect
import collections
import json
import os
import pathlib
import socket
import struct
import subprocess
import time
from decimal import Decimal

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("LL_BIN") or ROOT / "build/release/bin").resolve()

Device = collections.namedtuple("Device", "role unit map simulated")
Poll = collections.namedtuple("Poll", "at heard values")  # values: path -> number, None: missing

# By the babbler's fault. The simulator has one device of a role, so that its unit of no profile is the
# fourth: a babbler whose map is no matter because it never answers, or the neighbour of a ventilator
# that babbles. The dead one is nobody: what asks unit 3 is heard by all and answered by none.
PUMP = Device("pump", 1, "lfp-1", "pump")
DEAD = Device("pump", 3, "lfp-1", None)
BUSES = {
    "only_stray_bytes": {"pump": PUMP, "other": Device("ventilator", 2, "lvp-1", "ventilator"),
                         "dead": DEAD, "babbler": Device("ventilator", 4, "lvp-1", "oximeter")},
    "stray_bytes": {"pump": PUMP, "other": Device("oximeter", 2, "plain.toml", "oximeter"),
                    "dead": DEAD, "babbler": Device("ventilator", 4, "lvp-1", "ventilator")},
}
LOST = {"only_stray_bytes": ["dead", "babbler"], "stray_bytes": ["dead"]}
KINDS = {"pump": "lfp1", "ventilator": "lvp1", "oximeter": "plain"}
PLAIN = """map = "plain-oximeter"
version = 1
numbering = "zero"
canary = { table = "holding", address = 20, value = 0x1234 }
[[block]]
name = "values"
table = "input"
first = 0
count = 10
pad = 1
""" + "".join(f"""[[register]]
block = "values"
address = {address}
type = "u16"
order = "ABCD"
signal = "{signal}"
scale = "0.1"
offset = "0"
unit = "{unit}"
missing = 0xFFFF
range = [0, 60000]
""" for address, signal, unit in ((0, "spo2", "percent"), (1, "pulse", "bpm")))
MISSING = 2  # of a sample's quality


def boottime():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Truth:
    """What the simulator says that it did."""

    def __init__(self, path):
        self.sent = collections.defaultdict(list)  # role -> answers with values, by time
        self.unanswered = collections.Counter()    # of requests, by unit
        self.bursts, self.cut = [], 0
        with open(path) as lines:
            for line in lines:
                self.add(json.loads(line, parse_float=Decimal))

    def add(self, record):
        what = record["what"]
        if what == "cut":
            self.cut += record["bytes"]
        elif what == "sent" and record.get("noise"):
            self.bursts.append(record)
        elif what == "sent" and "values" in record:
            self.sent[record["device"]].append(record)
        elif what in ("ignored", "not_sent") and "unit" in record:
            self.unanswered[record["unit"]] += 1

    def values_at(self, role, time_ns):
        """Of the newest answer that had begun by then."""
        at = bisect.bisect_right(self.sent[role], time_ns, key=lambda record: record["t"])
        return self.sent[role][at - 1]["values"] if at else {}


class Bus:
    def __init__(self, folder, fault, seed):
        self.folder, self.fault = folder, fault
        self.devices, self.lost = BUSES[fault], LOST[fault]
        self.names = list(self.devices)
        self.polls = {name: [] for name in self.names}
        self.links = {name: [] for name in self.names}
        self.notes = {name: collections.Counter() for name in self.names}
        self.counters = {}
        folder.mkdir(parents=True)
        (folder / "plain.toml").write_text(PLAIN)
        self.start_simulator(seed)
        self.began = boottime()
        self.start_driver()

    def start_simulator(self, seed):
        babbler = self.devices["babbler"].simulated
        (self.folder / "scenario").write_text(f"+0 s fault {babbler} {self.fault}\n")
        units = [word for d in self.devices.values() if d.simulated for word in
                 ("--device", f"{d.simulated}={KINDS[d.simulated]}@bus?unit={d.unit}")]
        self.simulator = subprocess.Popen(
            [BIN / "lamplight-sim", "run", "--bus", "bus=pty", *units, "--pace", "--quiet-devices",
             "--seed", str(seed), "--scenario", self.folder / "scenario",
             "--truth", self.folder / "truth", "--ports", self.folder / "ports"],
            stdout=subprocess.DEVNULL)
        while not (self.folder / "ports").exists():
            assert self.simulator.poll() is None, "the simulator ended"
            time.sleep(0.02)
        self.at = json.loads((self.folder / "ports").read_text())["pump"]["at"]

    def start_driver(self):
        described = json.loads(subprocess.run([BIN / "lamplight-driver", "describe", "modbus"],
                                              capture_output=True, check=True).stdout)
        conditions = [path.replace(".", ".alarm.", 1) for path in described["conditions"]]
        self.signals = described["signals"] + conditions
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.driver = subprocess.Popen(
            [BIN / "lamplight-driver", "run", "modbus"], cwd=self.folder, pass_fds=[3],
            preexec_fn=lambda: os.dup2(theirs.fileno(), 3))
        theirs.close()
        self.say({"type": "configure", "options": {},
                  "port": {"name": "bus", "driver": "modbus", "at": self.at, "period_ms": 1000},
                  "devices": [{"id": name, "role": d.role, "unit": d.unit, "map": d.map}
                              for name, d in self.devices.items()]})
        self.say({"type": "welcome", "boot": "b",
                  "devices": {name: i for i, name in enumerate(self.names)},
                  "signals": {path: i for i, path in enumerate(self.signals)}})

    def say(self, message):
        body = json.dumps(message).encode()
        self.socket.send(struct.pack("<4sHHI", b"LLW1", 1, 0, len(body)) + body)

    def hear(self):
        datagram = self.socket.recv(70000)
        now = boottime()
        assert datagram, "the driver ended"
        if struct.unpack_from("<H", datagram, 4)[0] == 2:
            self.hear_samples(now, datagram[12:])
        else:
            self.hear_fact(json.loads(datagram[12:]))

    def hear_samples(self, now, body):
        device, count = struct.unpack_from("<HH", body)
        name = self.names[device]
        polls = self.polls[name]
        for i in range(count):
            at, value, signal, quality = struct.unpack_from("<qiHB", body, 4 + 24 * i)
            if quality == MISSING and self.links[name][-1:] != ["up"]:
                continue  # told because the link is lost, not read
            if not polls or polls[-1].at != at:
                polls.append(Poll(at, now, {}))
            polls[-1].values[self.signals[signal]] = None if quality == MISSING else value

    def hear_fact(self, message):
        if message["type"] != "fact":
            return
        name, fact = self.names[message["device"]], message["fact"]
        if fact == "link":
            self.links[name].append(message["name"])
        elif fact == "counters":
            self.counters[name] = message
        elif fact != "identity":
            self.notes[name][f"{message['name']}: {message.get('text') or 'over'}"] += 1

    def bad_polls(self, name):
        return self.counters.get(name, {}).get("frames_bad", 0)

    def unanswered(self, name):
        return self.truth.unanswered[self.devices[name].unit]

    def untrue_values(self):
        """How many values were compared with what their device sent, and a sentence for each other."""
        checked, untrue = 0, []
        decimals = collections.defaultdict(lambda: {0, 1, 2})  # path -> what its step may have
        for name, device in self.devices.items():
            for poll in self.polls[name]:
                sent = self.truth.values_at(device.simulated, poll.at)
                for signal, value in sent.items():
                    path = f"{device.role}.{signal}"
                    if path not in poll.values:
                        continue
                    checked += 1
                    got = poll.values[path]
                    if None not in (value, got):
                        decimals[path] &= {n for n in (0, 1, 2) if value * 10**n == got}
                    if (value is None) != (got is None) or not decimals[path]:
                        untrue.append(f"{name}: {path} is {got}, {value} was sent")
                untrue += [f"{name}: {path} is {value}, and nothing was wrong"
                           for path, value in poll.values.items() if ".alarm." in path and value]
        return checked, untrue

    def close(self):
        self.ended = boottime()
        self.socket.close()
        self.driver.wait(10)
        self.simulator.terminate()
        self.simulator.wait(10)
        self.truth = Truth(self.folder / "truth")
