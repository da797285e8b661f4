"""What a parent says at the bedside must be heard in the room, shown on every screen with its author
and its end, and found in the record; and whoever forgets it must be called again all the same."""
import json
import socket
import struct
import subprocess
import threading
import unittest

import e2e
from e2e import until


class Room:
    """Follows `annunciate` as a sounder does: what the room must sound now."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(str(path))
        self.rings, self.lights = set(), {}
        self.say({"type": "hello", "role": "cli", "name": "room", "wire": [1, 0]})
        self.say({"type": "follow", "what": ["annunciate"]})
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def say(self, message):
        body = json.dumps(message, separators=(",", ":")).encode()
        self.socket.send(struct.pack("<4sHHI", b"LLW1", 1, 0, len(body)) + body)

    def listen(self):
        while datagram := self.socket.recv(70000):
            message = json.loads(datagram[12:])
            if message["type"] == "annunciate":
                self.lights = {row["rule"]: row["signal"] for row in message["visible"]}
                self.rings = {row["rule"] for row in message["audible"]}

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.socket.close()


class House(e2e.House):
    def write_config(self):
        super().write_config()
        config = self.folder / "home.toml"
        config.write_text(config.read_text().replace("home.rules", "bedside.rules"))


class Bedside(e2e.Case):
    def setUp(self):
        super().setUp()
        self.h = House(self.folder)
        self.addCleanup(self.finish, self.h)
        self.h.start_oximeter()
        self.h.start_broker()
        self.care = self.care_team(self.h)
        self.h.start_gateway()
        self.room = Room(self.h.folder / "run/core.sock")
        self.addCleanup(self.room.close)
        until("readings", lambda: "97" in self.lamplight("watch", "--once"))

    def lamplight(self, *words, code=0):
        """Standard output, or of a refusal the sentence."""
        done = subprocess.run([self.h.bin / "lamplight", *map(str, words), "--config",
                               self.h.folder / "home.toml"], text=True, capture_output=True,
                              timeout=30)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if code == 0 else done.stderr

    def open(self, rule):
        for row in json.loads(self.lamplight("alarms", "--json"))["alarms"]:
            if row["rule"] == rule and row["condition"] != "idle":
                return row
        return None

    def raised(self, rule):
        return until(rule, lambda: self.open(rule))["occurrence"]

    def history(self, number):
        lines = map(json.loads, self.lamplight("alarms", "--history", "--json").splitlines())
        return next(life for life in lines if life["occurrence"] == number)

    def test_a_pause_is_heard_shown_and_ends_by_itself(self):
        self.h.say("set spo2 88 over 0 s")
        number = self.raised("oxygen_low")
        until("the sound", lambda: self.room.rings == {"oxygen_low"})
        self.assertIn("may last 2 min at most",
                      self.lamplight("pause", number, "--by", "Mum", "--for", "3 min", code=1))
        self.assertIn("rings again in", self.lamplight("pause", number, "--by", "Mum", "--for",
                                                       "6 s"))
        until("silence", lambda: not self.room.rings)
        self.assertEqual(self.room.lights["oxygen_low"], "on", "the light stays")
        shown = self.lamplight("alarms")
        self.assertIn("sound paused by Mum, rings again in", shown)
        self.assertIn("1 paused", self.lamplight("status"))
        self.assertIn("is paused already", self.lamplight("pause", number, "--by", "Dad", code=1))
        until("the sound again", lambda: self.room.rings == {"oxygen_low"})
        self.lamplight("pause", number, "--by", "Dad")
        self.lamplight("resume", number, "--by", "Mum")
        until("the sound again", lambda: self.room.rings == {"oxygen_low"})
        self.lamplight("ack", number, "--by", "Mum")
        self.h.say("set spo2 97 over 0 s")
        until("the end", lambda: self.open("oxygen_low") is None)
        until("the record", lambda: self.history(number)["ended_at"])
        life = self.history(number)
        self.assertEqual([(a["act"], a["by"]) for a in life["acts"]],
                         [("paused", "caregiver-1"), ("paused", "caregiver-2"),
                          ("resumed", "caregiver-1"), ("acknowledged", "caregiver-1")])
        until("the care team", lambda: self.care.events("alarm.audio_resumed", "oxygen_low"))

    def test_a_window_holds_back_what_it_names_ends_and_rests(self):
        self.assertIn("the buttons of these rules are: care",
                      self.lamplight("press", "carre", "--by", "Mum", code=1))
        self.assertIn("ends by itself in", self.lamplight("press", "care", "--by", "Mum"))
        self.h.say("set spo2 75 over 0 s")
        number = self.raised("oxygen_low")
        until("the floor", lambda: self.room.rings == {"oxygen_crash"})
        self.assertIn("care is pressed by Mum, ends in", self.lamplight("status"))
        self.assertIn("held back by care", self.lamplight("alarms"))
        until("its end", lambda: self.room.rings == {"oxygen_crash", "oxygen_low"}, 20)
        self.assertIn("care rests between two presses; it can be pressed again in",
                      self.lamplight("press", "care", "--by", "Mum", code=1))
        self.assertIn("care is not pressed", self.lamplight("release", "care", "--by", "Mum",
                                                            code=1))
        self.assertEqual(self.history(number)["held_back"], 1)
        ended = until("the care team", lambda: self.care.events("window.ended"))
        self.assertNotIn("actor", ended[0], "nobody released it")

    def test_what_cannot_be_judged_is_stood_down_and_its_reading_watched_on(self):
        self.h.say("set spo2 88 over 0 s")
        number = self.raised("oxygen_low")
        self.assertIn("can be judged", self.lamplight("stand-down", number, "--by", "Mum",
                                                      "--reason", "bath", code=1))
        self.h.say("condition oximeter probe_off on")
        self.raised("lost.spo2")
        said = self.lamplight("stand-down", number, "--by", "Mum", "--reason", "Mia's bath")
        self.assertIn("lost.spo2 goes on", said)
        until("lost rings", lambda: self.room.rings == {"lost.spo2"})
        self.assertIn("was stood down by Mum", self.lamplight("status"))
        until("the record", lambda: self.history(number)["how"] == "closed")
        life = self.history(number)
        self.assertEqual((life["cause"], life["reason"]), ("to_lost", "the child's bath"))
        self.h.say("condition oximeter probe_off off")
        until("it rings anew", lambda: "oxygen_low" in self.room.rings)
        self.assertNotEqual(self.open("oxygen_low")["occurrence"], number)
        until("the care team", lambda: self.care.events("alarm.closed", "oxygen_low"))


if __name__ == "__main__":
    unittest.main()
