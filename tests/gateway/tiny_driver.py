#!/usr/bin/env python3
"""A driver of one page for the tests of the supervisor: an oximeter whose value and manners are
read from two files ten times a second, so that a test can make it hang, die, flood or lie."""
import json
import os
import socket
import struct
import sys
import time

DESCRIBE = {"wire": [1, 0], "protocols": ["tiny"],
            "signals": ["oximeter.spo2", "pump.rate"], "conditions": [],
            "options": [{"name": "value_file"}, {"name": "mode_file"}, {"name": "sent_file"}]}


def now():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Driver:
    def __init__(self):
        self.core = socket.socket(fileno=3)
        configure = self.hear()
        self.value_file = configure["options"]["value_file"]
        self.mode_file = configure["options"]["mode_file"]
        self.device = configure["devices"][0]["number"]
        sent = configure["options"].get("sent_file")
        self.sent_file = open(sent, "a") if sent else None   # when it took each sample
        self.number = 0
        if self.mode() == "mute":
            time.sleep(1000)
        if self.mode() == "crash":
            os._exit(3)
        version = 2 if self.mode() == "wire2" else 1
        self.say({"type": "hello", "role": "driver", "name": "tiny", "wire": [version, 0]})
        signals = self.hear()["signals"]
        self.spo2 = signals["oximeter.spo2" if "oximeter.spo2" in signals else "pump.rate"]
        self.say({"type": "fact", "device": self.device, "fact": "link", "name": "up",
                  "text": "the device is heard"})

    def mode(self):
        with open(self.mode_file) as file:
            return file.read().strip()

    def hear(self):
        while True:
            datagram = self.core.recv(70000)
            if not datagram:
                os._exit(0)
            message = json.loads(datagram[12:])
            if message["type"] != "heartbeat":
                return message

    def send(self, kind, body):
        self.core.send(struct.pack("<4sHHI", b"LLW1", kind, 0, len(body)) + body)

    def say(self, message):
        self.send(1, json.dumps(message, separators=(",", ":")).encode())

    def samples(self, count=1, device=None, signal=None, value=None, ahead_ns=0):
        with open(self.value_file) as file:
            current = int(file.read())
        value = current if value is None else value
        records = b""
        for _ in range(count):
            at = now() + ahead_ns
            if self.sent_file:
                self.sent_file.write(f"{at}\n")
            records += struct.pack("<qiHBBII", at, value,
                                   self.spo2 if signal is None else signal, 0, 0, self.number, 0)
            self.number += 1
        device = self.device if device is None else device
        self.send(2, struct.pack("<HH", device, count) + records)

    def misbehave(self, mode):
        if mode == "hang":
            time.sleep(1000)
        elif mode == "crash":
            os._exit(3)
        elif mode == "flood":       # about 50,000 a second
            for _ in range(5):
                self.samples(1000)
        elif mode == "deluge":
            while True:
                self.samples(2000)
        elif mode == "million":     # a second, at least: one datagram, again and again
            at = now()
            record = struct.pack("<qiHBBII", at, 970, self.spo2, 0, 0, self.number, 0)
            body = struct.pack("<HH", self.device, 2000) + record * 2000
            message = struct.pack("<4sHHI", b"LLW1", 2, 0, len(body)) + body
            while True:
                self.core.send(message)
        elif mode == "nan":         # what the bits of a float, or a sentinel, look like as a number
            for value in (0x7FC00000, 0x7F800000, -0x80000000, 0x7FFFFFFF, -0x7FFFFFFF):
                self.samples(value=value)
        elif mode == "past":
            self.samples(ahead_ns=-3600 * 10**9)
        elif mode == "other_device":
            self.samples(device=77)
        elif mode == "future":
            self.samples(ahead_ns=10**12)
        elif mode == "unknown_signal":
            self.samples(signal=60000)
        elif mode == "other_role":
            self.samples(signal=self.spo2 + 100)
        elif mode == "other_fact":
            self.say({"type": "fact", "device": 77, "fact": "link", "name": "down"})
        elif mode == "acknowledge":
            self.say({"type": "acknowledge", "occurrence": 1, "by": "a driver"})
        elif mode == "garbage":
            self.core.send(b"this is no message of ours")
        elif mode == "bad_json":
            self.send(1, b'{"type":')

    def run(self):
        turn = 0
        while True:
            mode = self.mode()
            if mode != "good":
                self.misbehave(mode)
            if mode not in ("future", "past", "silent"):
                self.samples()
            if turn % 10 == 0:
                self.say({"type": "heartbeat"})
            turn += 1
            if self.sent_file:
                self.sent_file.flush()
            time.sleep(0.1)


if sys.argv[1] == "describe":
    print(json.dumps(DESCRIBE))
else:
    try:
        Driver().run()
    except (BrokenPipeError, ConnectionResetError):
        pass
