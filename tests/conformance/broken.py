#!/usr/bin/env python3
"""A driver that is one of ours but for one flaw, named by LL_FLAW: what the conformance kit must find.

It starts the real driver (LL_DRIVER) and stands between it and the core, and for `wrong_unit` between it
and its port as well. The flaws are mistakes that drivers in the field have made.
"""
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time
import tty

DRIVER = os.environ["LL_DRIVER"]
FLAW = os.environ["LL_FLAW"]
HEADER = "<4sHHI"
RECORD = "<qiHBBII"
OK, MISSING = 0, 2
PROBE_OFF = 3  # the reason


def crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    return struct.pack("<H", crc)


class Line:
    """A pseudo-terminal before the real port; answers of any unit become those of the asked one."""

    def __init__(self, path):
        self.real = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.real)
        self.ours, theirs = os.openpty()
        tty.setraw(theirs)
        self.path = os.ttyname(theirs)
        self.unit = 1

    def pass_on(self, fd):
        data = os.read(fd, 4096)
        if fd == self.ours:
            self.unit = data[0]
            os.write(self.real, data)
            return
        if len(data) > 4 and data[-2:] == crc16(data[:-2]):
            body = bytes([self.unit]) + data[1:-2]
            data = body + crc16(body)
        os.write(self.ours, data)


class Broken:
    def __init__(self):
        self.core = socket.socket(fileno=3)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.inner = ours
        self.line = None
        self.names = {}
        self.last = {}     # signal -> (value, quality) of the last reading that was one
        self.device = 0
        self.number = 0
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$0" "$@" 3<&%d' % theirs.fileno(), DRIVER, *sys.argv[1:]],
            pass_fds=[theirs.fileno()], close_fds=True)
        theirs.close()

    def say(self, to, kind, body):
        to.send(struct.pack(HEADER, b"LLW1", kind, 0, len(body)) + body)

    def from_core(self, datagram):
        message = json.loads(datagram[12:])
        if message["type"] == "configure" and FLAW == "wrong_unit":
            self.line = Line(message["port"]["at"].removeprefix("serial:").split("?")[0])
            message["port"]["at"] = f"serial:{self.line.path}?19200,8N1"
        if message["type"] == "welcome":
            self.names = {number: name for name, number in message["signals"].items()}
        self.say(self.inner, 1, json.dumps(message).encode())

    def from_driver(self, datagram):
        kind = struct.unpack_from("<H", datagram, 4)[0]
        if kind == 1:
            if FLAW == "keeps" and b'"name":"down"' in datagram:
                return
            self.core.send(datagram)
            return
        self.device, count = struct.unpack_from("<HH", datagram, 12)
        self.send([struct.unpack_from(RECORD, datagram, 16 + 24 * i)[:5] for i in range(count)])

    def send(self, samples):
        records = b""
        if FLAW == "stops" and time.monotonic() - self.began > 3:
            samples = [s for s in samples if self.names[s[2]] != "oximeter.pulse"]
            if not samples:
                return
        for at, value, signal, quality, reason in samples:
            value, quality, reason = self.tamper(self.names[signal], value, quality, reason)
            if quality != MISSING:
                self.last[signal] = (value, quality)
            records += struct.pack(RECORD, at, value, signal, quality, reason, self.number, 0)
            self.number += 1
        self.say(self.core, 2, struct.pack("<HH", self.device, len(samples)) + records)

    def tamper(self, name, value, quality, reason):
        signal = next((n for n, path in self.names.items() if path == name), None)
        if FLAW == "bit7" and name == "oximeter.pulse" and quality != MISSING:
            return (value // 10 & ~128) * 10, quality, reason
        if FLAW == "keeps" and quality == MISSING and signal in self.last:
            return *self.last[signal], 0
        if FLAW == "probe_off":
            if name == "oximeter.alarm.probe_off":
                return 0, OK, 0
            if reason == PROBE_OFF and signal in self.last:
                return *self.last[signal], 0
        return value, quality, reason

    def restamp(self):
        now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        again = [(now, value, signal, quality, 0) for signal, (value, quality) in self.last.items()]
        if again:
            self.send(again)

    def run(self):
        again_at = time.monotonic() + 0.5
        while True:
            ends = [self.core, self.inner] + ([self.line.ours, self.line.real] if self.line else [])
            for end in select.select(ends, [], [], 0.1)[0]:
                if isinstance(end, int):
                    self.line.pass_on(end)
                    continue
                datagram = end.recv(70000)
                if not datagram:
                    self.inner.close()
                    sys.exit(self.process.wait())
                self.from_core(datagram) if end is self.core else self.from_driver(datagram)
            if FLAW == "restamps" and time.monotonic() >= again_at:
                again_at += 0.5
                self.restamp()


if __name__ == "__main__":
    if sys.argv[1] != "run":
        os.execv(DRIVER, [DRIVER, *sys.argv[1:]])
    try:
        os.fstat(3)
    except OSError:
        sys.exit("fd 3 is no connection")
    Broken().run()
