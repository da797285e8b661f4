"""The house that is measured: lamplightd with its children, a real mosquitto, and the ten-register
devices of lamplight-sim on Modbus TCP. Its folder lies on a disk: a store in memory would make
every figure a lie."""
import json
import os
import pathlib
import signal
import sqlite3
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "packaging/demo"), str(ROOT / "tests/e2e"),
                str(ROOT / "tests/crash")]

import house as demo  # noqa: E402

HOME = "h-bench"
IN_MEMORY = ("tmpfs", "ramfs", "devtmpfs")
# Ten registers a device, the first numeric signals of the catalogue: name, unit, step.
REGISTERS = {
    "ventilator": [("pip", "cmH2O", "0.1"), ("peep", "cmH2O", "0.1"), ("p_mean", "cmH2O", "0.1"),
                   ("vti", "mL", "0.1"), ("vte", "mL", "0.1"), ("rate", "breaths/min", "0.1"),
                   ("minute_volume", "L/min", "0.01"), ("leak", "L/min", "0.1"),
                   ("fio2", "percent", "0.1"), ("since_breath", "s", "0.1")],
    "pump": [("rate", "mL/h", "0.1"), ("rate_set", "mL/h", "0.1"), ("delivered", "mL", "0.1"),
             ("total", "mL", "0.1"), ("pressure_down", "kPa", "0.1"), ("pressure_up", "kPa", "0.1"),
             ("battery", "percent", "1")],
    "oximeter": [("spo2", "percent", "0.1"), ("pulse", "bpm", "0.1"),
                 ("perfusion", "percent", "0.01")],
}
RULES = """rules 1 "bench"
signal pip : cmH2O from ventilator.pip step 0.1 range -20..150 every 1 s stale after 8 s
alarm high "Airway pressure high"
  severity irreversible onset immediate
  when pip > 30 cmH2O for 0 s
  clear when pip <= 28 cmH2O for 0 s
end
lost pip for 30 s: severity irreversible onset prompt "Pressure is not measured ({reason})"
"""


def register_map(role):
    out = (f'map = "plain-{role}"\nversion = 1\nnumbering = "zero"\n'
           'canary = { table = "holding", address = 20, value = 0x1234 }\n'
           '[[block]]\nname = "values"\ntable = "input"\nfirst = 0\n'
           f'count = {len(REGISTERS[role])}\npad = 1\n')
    for address, (name, unit, step) in enumerate(REGISTERS[role]):
        out += (f'[[register]]\nblock = "values"\naddress = {address}\ntype = "u16"\n'
                f'order = "ABCD"\nsignal = "{name}"\nscale = "{step}"\noffset = "0"\n'
                f'unit = "{unit}"\nmissing = 0xFFFF\nrange = [0, 60000]\n')
    return out


def file_system(path):
    best = ("", "?", "?")
    for line in open("/proc/self/mountinfo"):
        left, right = line.rstrip().split(" - ")
        at, words = left.split()[4], right.split()
        if str(path.resolve()).startswith(at) and len(at) >= len(best[0]):
            best = (at, words[0], words[1])
    return best[1]


def refuse_memory(path):
    if file_system(path) in IN_MEMORY:
        raise SystemExit(f"{path} lies in memory ({file_system(path)}), so its store keeps nothing"
                         "; name a directory on a disk with --dir")


class House(demo.House):
    def __init__(self, folder, period="100 ms", roles=("ventilator",), vitals_every=None):
        super().__init__(folder=folder)
        refuse_memory(self.folder)
        self.period, self.roles, self.uplink_port = period, roles, None
        self.broker_extra = f'vitals_every = "{vitals_every}"\n' if vitals_every else ""

    def start_devices(self, *arguments):
        ports = self.folder / "ports.json"
        ports.unlink(missing_ok=True)
        devices = [w for r in self.roles for w in ("--device", f"{r}=plain@tcp:127.0.0.1:0")]
        self.spawn("devices", [self.bin / "lamplight-sim", "run", *devices, "--ctl",
                               self.folder / "sim.ctl", "--truth", self.folder / "truth.jsonl",
                               "--truth-buffered", "--ports", ports, "--quiet-devices",
                               *arguments])
        self.ports = demo.wait_for("the devices", lambda: ports.exists() and
                                   ports.read_text().strip() and json.loads(ports.read_text()))

    def write_config(self):
        (self.folder / "bench.rules").write_text(RULES if "ventilator" in self.roles else "")
        text = (f'home = "{HOME}"\n[gateway]\nstate_dir = "state"\nrun_dir = "run"\n'
                f'rules = ["bench.rules"]\n[broker]\nhost = "127.0.0.1"\n'
                f'port = {self.uplink_port or self.port}\ninsecure = true\n{self.broker_extra}')
        for role in self.roles:
            (self.folder / f"{role}.toml").write_text(register_map(role))
            text += (f'[[port]]\nname = "{role}"\ndriver = "modbus"\n'
                     f'at = "{self.address_of(role)}"\nperiod = "{self.period}"\n'
                     f'[[port.device]]\nid = "{role}1"\nrole = "{role}"\nunit = 1\n'
                     f'map = "{self.folder}/{role}.toml"\n')
        (self.folder / "home.toml").write_text(text)
        return self.folder / "home.toml"

    def start_gateway(self, wait=True):
        """Returns the instant of the exec, CLOCK_BOOTTIME."""
        config = self.write_config()
        for name in ("state", "run"):
            (self.folder / name).mkdir(exist_ok=True)
        at = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        self.spawn("gateway", [self.bin / "lamplightd", "--config", config])
        if wait:
            demo.wait_for("lamplightd", lambda: self.ask("status") is not None, 20)
        return at

    def stop_gateway(self):
        child = self.children.pop("gateway", None)
        if child:
            child.terminate()
            child.wait(20)

    def pids(self):
        """lamplightd and its children, by program name."""
        gateway = self.children["gateway"].pid
        found = [gateway]
        for task in pathlib.Path(f"/proc/{gateway}/task").iterdir():
            found += [int(p) for p in (task / "children").read_text().split()]
        return {pid: pathlib.Path(f"/proc/{pid}/comm").read_text().strip() for pid in found}

    def kill_child(self, program):
        for pid, name in self.pids().items():
            if name == program[:15]:
                os.kill(pid, signal.SIGKILL)
                return pid
        raise RuntimeError(f"no {program} runs")

    def query(self, file, sql):
        path = self.folder / "state" / file
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20) as db:
            rows = db.execute(sql).fetchall()
        db.close()
        return rows

    def truth(self):
        with open(self.folder / "truth.jsonl") as lines:
            return [json.loads(line) for line in lines if line.endswith("\n")]
