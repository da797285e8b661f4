#!/usr/bin/env python3
"""The Acorn OX-2, simulated: what a vendor writes so that `lamplight-conformance` can steer it.

usage: simulator.py --at serial:PATH
Prints the device's lines at PATH, a terminal that exists. Reads one JSON object a line on standard
input and answers each with {"ok":true}, with what it shows, or with {"error":"..."} for what this
device cannot do. It ends when standard input does.
"""
import argparse
import json
import os
import select
import time
import tty

BITS = {"probe_off": 0x01, "searching": 0x02, "poor_signal": 0x04, "low_battery": 0x08,
        "spo2_low": 0x10, "other": 0x80}
FAULTS = ("silence", "garble", "frozen", "restart")
SILENCED = 0x20


class Acorn:
    def __init__(self, path):
        self.port = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.port)
        self.values = {"spo2": 97.0, "pulse": 118.0}
        self.status = 0
        self.seq = 0
        self.fault, self.fault_ends = "none", None
        self.identify()

    def send(self, body):
        checksum = 0
        for byte in body.encode():
            checksum ^= byte
        text = bytearray(f"{body}*{checksum:02X}\r\n".encode())
        if self.fault == "garble":
            text[5] ^= 0x15
        if self.fault not in ("silence", "restart"):
            os.write(self.port, text)

    def identify(self):
        self.send("ID2,OX-2,A000123")

    def shown(self):
        """What the device prints: it has its own resolution and range."""
        if self.status & 0x03:
            return {"spo2": None, "pulse": None}
        return {"spo2": round(min(max(self.values["spo2"], 0), 100), 1),
                "pulse": round(min(max(self.values["pulse"], 0), 300))}

    def line(self):
        shown = self.shown()
        spo2 = "----" if shown["spo2"] is None else f"{round(shown['spo2'] * 10):04d}"
        pulse = "---" if shown["pulse"] is None else f"{shown['pulse']:03d}"
        if self.fault != "frozen":
            self.seq = (self.seq + 1) % 1000
            self.text = f"OX2,{self.seq:03d},{spo2},{pulse},{self.status:02X}"
        self.send(self.text)

    def end_fault(self):
        was, self.fault, self.fault_ends = self.fault, "none", None
        if was == "restart":
            self.seq = 0
            self.identify()

    def obey(self, word):
        if "set" in word:
            strange = set(word["set"]) - set(self.values)
            if strange:
                return {"error": f"an OX-2 does not measure {', '.join(sorted(strange))}"}
            self.values.update({name: float(value) for name, value in word["set"].items()})
            return {"ok": True, "shows": self.shown()}
        if "condition" in word or "silenced" in word:
            mask = SILENCED if "silenced" in word else BITS.get(word["condition"])
            if mask is None:
                return {"error": f"an OX-2 cannot say {word['condition']}"}
            present = word["silenced"] if "silenced" in word else word["present"]
            self.status = self.status | mask if present else self.status & ~mask
            return {"ok": True, "shows": self.shown()}
        if word.get("fault") in FAULTS + ("none",):
            if self.fault != "none":
                self.end_fault()
            self.fault = word["fault"]
            lasts = word.get("for_ms", 3000 if self.fault == "restart" else None)
            self.fault_ends = None if lasts is None else time.monotonic() + lasts / 1000
            return {"ok": True}
        return {"error": f"an OX-2's simulator cannot do {json.dumps(word)}"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--at", required=True, help="serial:PATH of a terminal that exists")
    device = Acorn(parser.parse_args().at.removeprefix("serial:").split("?")[0])
    next_line = time.monotonic()
    pending = b""
    while True:
        wait = max(0.0, next_line - time.monotonic())
        if select.select([0], [], [], wait)[0]:
            read = os.read(0, 4096)
            if not read:
                return
            *lines, pending = (pending + read).split(b"\n")
            for text in lines:
                print(json.dumps(device.obey(json.loads(text))), flush=True)
        if device.fault_ends is not None and time.monotonic() >= device.fault_ends:
            device.end_fault()
        if time.monotonic() >= next_line:
            device.line()
            next_line += 1.0


if __name__ == "__main__":
    main()
