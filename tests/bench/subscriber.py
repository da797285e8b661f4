"""A minimal MQTT 3.1.1 subscriber that stamps each packet with CLOCK_BOOTTIME, the devices' clock,
at the instant its bytes were read: mosquitto_sub's stamps are made later, by a pipe's reader. It
returns by itself, with its session, and then asks `resend-from` for what it lacks."""
import json
import socket
import threading
import time


def boottime():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def text(value):
    data = value.encode()
    return len(data).to_bytes(2, "big") + data


def packet(kind, body):
    length, size = b"", len(body)
    while True:
        size, byte = size >> 7, size & 127
        length += bytes([byte | (128 if size else 0)])
        if not size:
            return bytes([kind]) + length + body


def cut(data):
    """Whole packets at the front of `data`: ([(first byte, body)], how many bytes they took)."""
    found, at = [], 0
    while at + 2 <= len(data):
        length, shift, i = 0, 0, at + 1
        while i < len(data):
            length |= (data[i] & 127) << shift
            shift += 7
            i += 1
            if data[i - 1] < 128:
                break
        else:
            break
        if i + length > len(data):
            break
        found.append((data[at], bytes(data[i:i + length])))
        at = i + length
    return found, at


class Subscriber:
    """messages: (ns, topic, retained, payload bytes), appended by its own thread."""

    def __init__(self, port, home, name="bench", asks=True):
        self.port, self.home, self.name, self.asks = port, home, name, asks
        self.messages, self.ends = [], threading.Event()
        self.returns, self.numbers, self.have = 0, 0, {}
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ends.is_set():
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as sock:
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self.converse(sock)
            except OSError:
                pass
            self.ends.wait(0.05)

    def converse(self, sock):
        sock.settimeout(0.5)
        sock.sendall(packet(0x10, text("MQTT") + b"\x04\x00\x00\x00" + text(self.name)))
        topics = text(f"lamplight/v1/{self.home}/#") + b"\x01"
        sock.sendall(packet(0x82, b"\x00\x01" + topics))
        data = bytearray()
        while not self.ends.is_set():
            try:
                piece = sock.recv(1 << 20)
            except TimeoutError:
                continue
            now = boottime()
            if not piece:
                return
            data += piece
            packets, taken = cut(data)
            del data[:taken]
            acks = b"".join(filter(None, (self.take(now, *p) for p in packets)))
            if acks:
                sock.sendall(acks)
            if any(first >> 4 == 9 for first, _ in packets):
                self.returned(sock)

    def take(self, now, first, body):
        if first >> 4 != 3:
            return b""
        size = int.from_bytes(body[:2], "big")
        qos, rest = first >> 1 & 3, 2 + size + (2 if first >> 1 & 3 else 0)
        self.messages.append((now, body[2:2 + size].decode(), bool(first & 1), body[rest:]))
        return b"\x40\x02" + body[2 + size:4 + size] if qos else b""

    def returned(self, sock):
        """Subscribed: what the broker held for us may be gone, so we ask from what we have."""
        self.returns += 1
        self.ready.set()
        if not self.asks or self.returns == 1:
            return
        have = {}
        for _, store, lane, seq in self.records():
            have.setdefault((store, lane), set()).add(seq)
        for (store, lane), seqs in have.items():
            seq = next(s for s in range(1, max(seqs) + 2) if s not in seqs)
            body = {"v": 1, "id": f"b-{self.returns}-{lane}", "type": "resend-from",
                    "actor": "svc-1", "role": "service", "store_id": store, "lane": lane,
                    "seq": seq}
            topic = text(f"lamplight/v1/{self.home}/command")
            self.numbers += 1
            sock.sendall(packet(0x32, topic + self.numbers.to_bytes(2, "big") +
                                json.dumps(body).encode()))

    def bodies(self, since=0):
        """(ns, topic, retained, object) of each message that is one."""
        for now, topic, retained, payload in self.messages[since:]:
            try:
                body = json.loads(payload)
            except ValueError:
                continue
            if isinstance(body, dict):
                yield now, topic, retained, body

    def records(self):
        for now, _, retained, body in self.bodies():
            if "mono_ms" in body and not retained and body.get("seq"):
                yield now, body["store_id"], body["lane"], body["seq"]

    def stop(self):
        self.ends.set()
        self.thread.join()
