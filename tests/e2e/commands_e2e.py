"""A nurse's answer must change exactly the one alarm it names and be confirmed; everything else
that arrives on the command topic must be answered with a reason and change nothing. And whatever a
nurse does from afar, the bedside rings on."""
import json
import subprocess
import time
import unittest

import e2e
from e2e import until


class Commands(e2e.Case):
    def setUp(self):
        super().setUp()
        self.h = self.house()
        self.h.start_oximeter()
        self.h.start_broker()
        self.care = self.care_team(self.h)
        self.h.start_gateway()
        self.h.say("set spo2 89 over 0 s")
        until("the alarm", lambda: self.care.events("alarm.raised", "oxygen_low"))
        raised = self.care.events("alarm.raised", "oxygen_low")[0]
        self.occurrence, self.store = raised["occurrence"], raised["store_id"]
        self.clock = raised["clock"]

    def send(self, payload, *options):
        """With -l each line is a command of its own."""
        data = payload if isinstance(payload, bytes) else payload.encode()
        whole = [] if "-l" in options else ["-s" if data else "-n"]
        subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.h.port), "-q", "1", "-t",
                        f"lamplight/v1/{e2e.HOME}/command", *whole, *options],
                       input=data, check=True, timeout=20)

    def answers(self):
        return [m["payload"] for m in self.care.messages()
                if m["topic"].endswith("/command-result")]

    def ask(self, *options, raw=None, **body):
        """Sends one command; the answer that came after it."""
        known = len(self.answers_to(body.get("id")))
        self.send(raw if raw is not None else json.dumps(body), *options)
        until("an answer", lambda: len(self.answers_to(body.get("id"))) > known)
        return self.answers_to(body.get("id"))[-1]

    def answers_to(self, name):
        return [a for a in self.answers() if a["id"] == name]

    def seen(self, name, **changes):
        body = {"v": 1, "id": name, "type": "acknowledge", "occurrence": self.occurrence,
                "store_id": self.store, "actor": "n-204", "role": "nurse"}
        body.update(changes)
        return body

    def is_rejected(self, why, answer):
        self.assertEqual((answer["outcome"], answer["why"]), ("rejected", why), answer)

    def test_acknowledge_means_seen_and_the_bedside_rings_on(self):
        answer = self.ask(**self.seen("c-1"))
        self.assertEqual((answer["outcome"], answer["why"]), ("done", None))
        until("alarm.seen", lambda: self.care.events("alarm.seen", "oxygen_low"))
        event = self.care.events("alarm.seen", "oxygen_low")[0]
        self.assertEqual((event["occurrence"], event["seq"]), (self.occurrence, answer["seq"]))
        self.assertEqual(self.h.journal("alarm")[answer["seq"]], "alarm.seen")
        row = until("the snapshot", lambda: (self.care.occurrence(self.occurrence) or {}).get(
            "seen") and self.care.occurrence(self.occurrence))
        self.assertEqual(row["signal"], "on", "the bedside rings on")
        self.assertNotIn("alarm.acknowledged", self.h.journal("alarm").values())

    def test_answers_everything_that_is_wrong_and_changes_nothing(self):
        before = dict(self.h.journal("alarm"))
        past = {"issued_at": "2020-01-01T00:00:00Z", "expires_at": "2020-01-01T00:02:00Z"}
        self.is_rejected("unknown_occurrence", self.ask(**self.seen("c-2", occurrence=4711)))
        self.is_rejected("other_store", self.ask(**self.seen("c-3", store_id="0000")))
        self.is_rejected("unknown_type", self.ask(**self.seen("c-4", type="silence")))
        self.is_rejected("unsupported", self.ask(**self.seen("c-5", type="set-plan")))
        self.is_rejected("malformed", self.ask(v=1, id="c-6", type="acknowledge"))
        late = self.ask(**self.seen("c-7", occurrence=4711, **past))
        if self.clock == "synchronised":
            self.is_rejected("expired", late)
            self.assertNotIn("expiry_unchecked", late)
        else:  # a clock that is not set judges no expiry and says so; the occurrence is judged
            self.is_rejected("unknown_occurrence", late)
            self.assertIs(late["expiry_unchecked"], True)
        for garbage in ("", "{", "null", "[1,2]", "not json", b"\xff\xfe", b"\0\0", b"\x01" * 9000):
            self.is_rejected("malformed", self.ask(raw=garbage, id=None))
        self.is_rejected("too_large", self.ask(raw="x" * 20000, id=None))
        large = json.dumps(self.seen("c-8", actor="x" * 17000))
        self.is_rejected("too_large", self.ask(raw=large, id=None))
        time.sleep(0.5)
        self.assertEqual(self.h.journal("alarm"), before, "no alarm was touched")

    def test_a_role_too_long_is_refused_and_the_uplink_lives_on(self):
        # Cut at 23 bytes it would have ended in half a character, which no reader takes.
        uplink = self.h.child_pid("lamplight-uplink")
        self.is_rejected("malformed", self.ask(**self.seen("c-13", role="x" * 22 + "\u00e4rztin")))
        answer = self.ask(**self.seen("c-14", role="x" * 21 + "\u00e4"))
        self.assertEqual((answer["outcome"], answer["why"]), ("done", None))
        event = until("alarm.seen", lambda: self.care.events("alarm.seen", "oxygen_low"))[0]
        self.assertEqual(event["role"], "x" * 21 + "\u00e4")
        self.assertEqual(self.h.child_pid("lamplight-uplink"), uplink)

    def test_answers_a_repeated_id_with_the_first_answer_s_seq(self):
        first = self.ask(**self.seen("c-9"))
        again = self.ask(**self.seen("c-9"))
        self.assertEqual((again["outcome"], again["seq"]), ("duplicate", first["seq"]))
        self.assertEqual(list(self.h.journal("alarm").values()).count("alarm.seen"), 1)

    def test_rejects_a_retained_command_after_every_connect(self):
        self.send(json.dumps(self.seen("c-10")), "-r")
        # Delivered live it bears no mark; whoever connects later gets it as retained.
        until("an answer", lambda: self.answers_to("c-10"))
        self.send(json.dumps(self.seen("c-11")), "-r")
        until("an answer", lambda: self.answers_to("c-11"))
        self.h.kill("gateway")
        self.h.start_gateway()
        until("a rejection", lambda: any(a["why"] == "retained" for a in self.answers()))
        self.send("", "-r")

    def test_a_flood_of_commands_is_dropped_and_said_and_an_acknowledgement_passes(self):
        flood = [{"v": 1, "id": f"w-{n}", "type": "watch", "device": "ox1", "actor": "n-204",
                  "role": "nurse"} for n in range(1000)]
        self.send("\n".join(map(json.dumps, flood)), "-l")
        until("the word of it", lambda: "commands dropped so far" in self.h.log("gateway"))
        answer = self.ask(**self.seen("c-20"))
        self.assertEqual(answer["outcome"], "done", "it is not dropped with the others")
        until("the record's word", lambda: "system.process" in self.h.journal("system").values())
        watched = [a for a in self.answers() if (a["id"] or "").startswith("w-")]
        self.assertGreaterEqual(len(watched), 100)
        self.assertLess(len(watched), 500)
        late = json.dumps({**flood[0], "id": "c-21"})
        until("it is taken again", lambda: self.send(late) or self.answers_to("c-21"))

    def test_rejects_an_answer_to_a_closed_occurrence(self):
        self.h.say("set spo2 97 over 0 s")
        until("cleared", lambda: self.care.events("alarm.cleared", "oxygen_low"))
        self.is_rejected("closed", self.ask(**self.seen("c-12")))
        self.assertNotIn("alarm.seen", self.h.journal("alarm").values())


if __name__ == "__main__":
    unittest.main()
