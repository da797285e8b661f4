"""A house for demo, story and tests: a real broker, the simulated devices and lamplightd, each a
process of its own in a scratch folder, on loopback ports that were free. Nothing outlives stop().
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "packaging/demo"
HOME = "h-demo"

CONFIG = """home = "{home}"
[gateway]
state_dir = "state"
run_dir = "run"
rules = ["{demo}/home.rules"]
plan = "{demo}/demo.plan"
[broker]
host = "127.0.0.1"
port = {port}
insecure = true
protocol = "{protocol}"
{extra}
[[port]]
name = "oxi"
driver = "masimo"
at = "serial:{folder}/oximeter?9600,8N1"
[[port.device]]
id = "ox1"
role = "oximeter"
[[port]]
name = "vent"
driver = "modbus"
at = "{ventilator}"
[[port.device]]
id = "vent1"
role = "ventilator"
unit = 1
map = "lvp-1"
[[port]]
name = "pump"
driver = "modbus"
at = "serial:{folder}/pump?19200,8E1"
[[port.device]]
id = "pump1"
role = "pump"
unit = 1
map = "lfp-1"
"""


def wait_for(what, check, seconds=10.0, every=0.05):
    """Polls until check() is true; an error that says what never came."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = check()
        if value:
            return value
        time.sleep(every)
    raise TimeoutError(f"{what} did not come within {seconds:g} s")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
        return True
    return False


class House:
    def __init__(self, programs=None, folder=None, protocol="5", broker_extra=""):
        self.bin = pathlib.Path(programs or os.environ.get("LL_BIN", ROOT / "build/release/bin"))
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="lamplight-"))
        self.keeps_folder = folder is not None
        self.port = free_port()
        self.protocol, self.broker_extra = protocol, broker_extra
        self.children = {}
        (self.folder / "broker").mkdir(parents=True, exist_ok=True)

    # -- processes ---------------------------------------------------------------------------
    def spawn(self, name, command, **extra):
        """No signal ends us between the birth of a child and our knowing of it."""
        endings = {signal.SIGTERM, signal.SIGHUP, signal.SIGINT}
        before = signal.pthread_sigmask(signal.SIG_BLOCK, endings)
        try:
            with open(self.folder / f"{name}.log", "ab") as log:
                settings = {"stdout": log, "stderr": log, "stdin": subprocess.DEVNULL,
                            "cwd": self.folder, **extra}
                self.children[name] = subprocess.Popen(
                    [str(c) for c in command], **settings,
                    preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before))
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return self.children[name]

    def kill(self, name):
        """kill -9, and the body is collected."""
        child = self.children.pop(name)
        child.send_signal(signal.SIGKILL)
        child.wait()

    def log(self, name):
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start_broker(self):
        (self.folder / "broker.conf").write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {self.folder}/broker/\nautosave_interval 1\n"
            "max_queued_messages 0\nmax_inflight_messages 0\nmax_packet_size 1048576\n"
            "user root\n")
        mosquitto = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        self.spawn("broker", [mosquitto, "-c", self.folder / "broker.conf"])
        wait_for("the broker", lambda: listens(self.port))

    def start_devices(self, scenario=None, loop=False, arguments=()):
        ports = self.folder / "ports.json"
        with contextlib.suppress(FileNotFoundError):
            ports.unlink()
        command = [self.bin / "lamplight-sim", "run", "--device", "oximeter=rad8@pty",
                   "--device", "ventilator=lvp1@tcp:127.0.0.1:0", "--device", "pump=lfp1@pty",
                   "--link", f"oximeter={self.folder}/oximeter",
                   "--link", f"pump={self.folder}/pump", "--ctl", self.folder / "sim.ctl",
                   "--truth", self.folder / "truth.jsonl", "--ports", ports, *arguments]
        if scenario:
            command += ["--scenario", scenario] + (["--loop"] if loop else [])
        self.spawn("devices", command)
        self.ports = wait_for("the simulated devices",
                              lambda: ports.exists() and ports.read_text().strip() and
                              json.loads(ports.read_text()))

    def say(self, *words):
        """Steers the simulated devices: one word line each, as a scenario writes it."""
        for line in words:
            done = subprocess.run([self.bin / "lamplight-sim", "ctl", "--ctl",
                                   self.folder / "sim.ctl", line], text=True, capture_output=True)
            if done.returncode != 0:
                raise RuntimeError(f"the simulator refused '{line}': {done.stdout}{done.stderr}")

    def address_of(self, role):
        found = self.ports.get(role) if isinstance(self.ports, dict) else None
        if isinstance(found, dict):
            found = found.get("at")
        if not found:
            for row in self.ports.get("ports", []) if isinstance(self.ports, dict) else self.ports:
                if row.get("role", row.get("device")) == role:
                    found = row["at"]
        return found

    def write_config(self):
        config = self.folder / "home.toml"
        config.write_text(CONFIG.format(home=HOME, demo=DEMO, folder=self.folder, port=self.port,
                                        protocol=self.protocol, extra=self.broker_extra,
                                        ventilator=self.address_of("ventilator")))
        return config

    def start_gateway(self):
        config = self.folder / "home.toml"
        if not config.exists():
            self.write_config()
        for name in ("state", "run"):
            (self.folder / name).mkdir(exist_ok=True)
        self.spawn("gateway", [self.bin / "lamplightd", "--config", config])
        wait_for("lamplightd", lambda: self.ask("status") is not None)

    def ask(self, *words):
        """The lamplight command at home, as JSON; None if it failed."""
        done = subprocess.run([self.bin / "lamplight", *words, "--json", "--run-dir",
                               self.folder / "run"], text=True, capture_output=True)
        if done.returncode != 0:
            return None
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
        return lines[0] if len(lines) == 1 else lines

    def lamplight(self, *words):
        return subprocess.run([self.bin / "lamplight", *words, "--run-dir", self.folder / "run"],
                              text=True, capture_output=True)

    def stop(self):
        for name in ("view", "gateway", "devices", "care_team", "broker"):
            child = self.children.pop(name, None)
            if child is None:
                continue
            child.terminate()
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        for child in self.children.values():
            child.kill()
            child.wait()
        self.children.clear()
        if not self.keeps_folder:
            shutil.rmtree(self.folder, ignore_errors=True)
