"""What the uplink's tests stand on: a mosquitto of their own on a free loopback port, a fake core
on the other end of the uplink's fd 3, and subscribers that keep what they saw. Standard library
and mosquitto's programs only. Everything started is ended by its own process id."""
import collections
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

MAGIC = 0x31574C4C
# Programs are waited for generously: these limits say that something hangs, not how fast it is.
PATIENCE_S = float(os.environ.get("LL_TEST_PATIENCE_S", "20"))


def program(name):
    """The built program: LL_BIN is the build's bin directory."""
    path = os.path.join(os.environ["LL_BIN"], name)
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"{path} is not built")
    return path


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(claim, what, limit_s=PATIENCE_S):
    """Waits for a claim about another process to become true; what() tells what is there."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        value = claim()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError(f"not within {limit_s:.0f} s: {what() if callable(what) else what}")


class Broker:
    """A mosquitto that can be killed and started again on the same port. persistent: it writes its
    sessions to disk once a second, so a kill -9 loses what the last second brought."""

    def __init__(self, directory, port=None, persistent=False, tls=None, extra=""):
        self.port = port or free_port()
        self.conf = os.path.join(directory, f"mosquitto-{self.port}.conf")
        self.log = os.path.join(directory, f"mosquitto-{self.port}.log")
        lines = [f"listener {self.port} 127.0.0.1", "allow_anonymous true", "max_queued_messages 0",
                 "max_inflight_messages 20", f"log_dest file {self.log}", "log_type all"]
        if os.geteuid() == 0:
            lines.append("user root")
        if persistent:
            data = os.path.join(directory, f"data-{self.port}")
            os.makedirs(data, exist_ok=True)
            lines += ["persistence true", f"persistence_location {data}/", "autosave_interval 1"]
        if tls:
            lines += [f"cafile {tls.ca}", f"certfile {tls.server}", f"keyfile {tls.server_key}",
                      "require_certificate true"]
        with open(self.conf, "w") as f:
            f.write("\n".join(lines) + "\n" + extra)
        self.process = None

    def start(self):
        self.process = subprocess.Popen(["mosquitto", "-c", self.conf], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        until(self.listens, lambda: f"mosquitto on {self.port}: {self.read_log()[-500:]}")
        return self

    def listens(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def read_log(self):
        try:
            with open(self.log, errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    stop = kill


class Subscriber:
    """mosquitto_sub on every topic; keeps (topic, retained, payload) in order of arrival."""

    FORMAT = "%r\t%t\t%p"

    def __init__(self, broker, home="h1", args=(), version="mqttv5"):
        self.seen = []
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-V", version, "-q", "1",
             "-t", f"lamplight/v1/{home}/#", "-F", self.FORMAT, *args],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace")
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            parts = line.rstrip("\n").split("\t", 2)
            if len(parts) == 3:
                with self.lock:
                    self.seen.append((parts[1], parts[0] == "1", parts[2], time.monotonic()))

    def messages(self, end=""):
        with self.lock:
            return [m for m in self.seen if m[0].endswith(end)]

    def payloads(self, end=""):
        return [m[2] for m in self.messages(end)]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.thread.join()
        self.process.stdout.close()


def publish(broker, topic, payload, *args):
    data = payload if isinstance(payload, bytes) else payload.encode()
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1", "-t",
                    topic, "-s" if data else "-n", *args], input=data, check=True,
                   timeout=PATIENCE_S)


class Core:
    """A fake lamplightd: starts the uplink with a socketpair on its fd 3 and speaks wire v1; beats
    until it falls silent. stderr: where the uplink's log goes, if not to a file of ours."""

    def __init__(self, stderr=None, **configure):
        self.configure = {
            "type": "configure", "home": "h1", "protocol": "5", "host": "127.0.0.1",
            "insecure": True, "will": {"topic": "lamplight/v1/h1/status",
                                       "payload": '{"state":"offline"}'},
            "subscribe": ["lamplight/v1/h1/command", "lamplight/v1/h1/stored"]}
        self.configure.update(configure)
        self.heard = []
        self.up = {}  # connection -> generation, while it is connected
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for s in (ours, theirs):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self.socket = ours
        self.errors = tempfile.TemporaryFile("w+")

        def on_fd_3():
            os.dup2(theirs.fileno(), 3)
            os.set_inheritable(3, True)

        if theirs.fileno() == 3:  # dup2 onto itself would leave it close-on-exec
            theirs = socket.socket(fileno=os.dup(theirs.detach()))
        self.process = subprocess.Popen([program("lamplight-uplink"), "run"], preexec_fn=on_fd_3,
                                        close_fds=False, stderr=stderr or self.errors)
        theirs.close()
        self.silent = threading.Event()
        self.heart = threading.Thread(target=self.beat)
        self.heart.start()
        self.say(self.configure)
        hello = self.hear("hello")
        assert hello["role"] == "uplink" and hello["wire"] == [1, 0], hello
        self.say({"type": "welcome", "boot": "b", "devices": {}, "signals": {}})

    def say(self, message, flags=0):
        body = json.dumps(message).encode()
        self.socket.send(struct.pack("<IHHI", MAGIC, 1, 0, len(body)) + body, flags)

    def beat(self):
        while not self.silent.wait(1.0):
            try:
                self.say({"type": "heartbeat"}, socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
            except OSError:
                return  # one of the two is gone

    def fall_silent(self):
        self.silent.set()
        self.heart.join()

    def say_raw(self, datagram):
        self.socket.send(datagram)

    def poll(self, timeout_s):
        """Reads what is there into `heard`; false at the end of the connection."""
        ready, _, _ = select.select([self.socket], [], [], timeout_s)
        while ready:
            try:
                datagram = self.socket.recv(1 << 17, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return True
            except ConnectionResetError:
                return False
            if not datagram:
                return False
            magic, kind, zero, length = struct.unpack_from("<IHHI", datagram)
            assert (magic, kind, zero, length) == (MAGIC, 1, 0, len(datagram) - 12), datagram[:40]
            message = json.loads(datagram[12:])
            message["heard_at"] = time.monotonic()
            self.heard.append(message)
            if message["type"] == "link":
                connected = message["state"] == "connected"
                self.up[message["conn"]] = message["generation"] if connected else None
        return True

    def hear(self, kind, limit_s=PATIENCE_S, **keys):
        """The next message of this type with these members; those before it are passed over,
        heartbeats and others of a type nobody asks for included."""
        end = time.monotonic() + limit_s
        while True:
            for i, m in enumerate(self.heard):
                if m["type"] == kind and all(m.get(k) == v for k, v in keys.items()):
                    del self.heard[:i + 1]
                    return m
            left = end - time.monotonic()
            if left <= 0 or not self.poll(min(left, 0.2)) and not self.heard:
                raise AssertionError(f"no {kind} {keys} but {self.heard[-3:]} {self.stderr()}")

    def connected(self, conn="live", **keys):
        return self.hear("link", conn=conn, state="connected", **keys)["generation"]

    def publish(self, generation, topic, payload, conn="live", **keys):
        self.say({"type": "publish", "conn": conn, "generation": generation, "qos": 1,
                  "retain": False, "topic": "lamplight/v1/h1/" + topic, "payload": payload, **keys})

    def run_lane(self, generation, first, count, conn="live", lane="alarm", step=None, window=100):
        """A core that keeps its window full and resumes each generation from the lowest seq that
        was not published. Calls step(published so far). Returns the generations it used."""
        done, sent, used = first - 1, first - 1, [generation]
        while done < first + count - 1:
            while generation and sent < first + count - 1 and sent - done < window:
                sent += 1
                self.publish(generation, f"{lane}/{conn}", json.dumps({"seq": sent}), conn=conn,
                             lane=lane, seq=sent)
            assert self.poll(PATIENCE_S), "the uplink is gone: " + self.stderr()
            for m in self.heard:
                if m["type"] == "link" and m["conn"] == conn:
                    generation = m["generation"] if m["state"] == "connected" else None
                    sent = done
                    used += [generation] if generation else []
                elif m["type"] == "published" and m.get("lane") == lane:
                    if m["generation"] == generation:
                        assert m["seq"] == done + 1, f"published {m['seq']} after {done}"
                        done = m["seq"]
            self.heard.clear()
            if step:
                step(done)
        return used

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read()

    def stop(self):
        if self.errors.closed:
            return
        self.fall_silent()
        self.socket.close()
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        said = self.stderr()
        sys.stderr.write(said)
        self.errors.close()
        crashed = self.process.returncode not in (0, 1, -signal.SIGKILL)
        if crashed or "Sanitizer" in said or "runtime error" in said:
            raise AssertionError(f"the uplink ended with {self.process.returncode}")


class Authority:
    """A certificate authority of the test's own, a server and a client certificate by it, and a
    client certificate by a stranger. days: how long they are valid from now (negative: over)."""

    def __init__(self, directory, name="ca", host="IP:127.0.0.1,DNS:localhost"):
        self.directory = os.path.join(directory, name)
        os.makedirs(self.directory)
        self.ca, ca_key = self.path("ca.pem"), self.path("ca.key")
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                     "-nodes", "-keyout", ca_key, "-out", self.ca, "-days", "30", "-subj",
                     f"/CN=Test CA {name}")
        self.server, self.server_key = self.certificate("server", host)
        self.client, self.client_key = self.certificate("home", "DNS:home")

    def path(self, name):
        return os.path.join(self.directory, name)

    def openssl(self, *args):
        subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=PATIENCE_S)

    def certificate(self, name, alternative):
        key, request, out = self.path(name + ".key"), self.path(name + ".csr"), self.path(name + ".pem")
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                     "-keyout", key, "-out", request, "-subj", f"/CN={name}", "-addext",
                     f"subjectAltName={alternative}")
        self.openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.path("ca.key"),
                     "-CAcreateserial", "-days", "30", "-copy_extensions", "copy", "-out", out)
        return out, key
