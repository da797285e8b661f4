"""A scripted night of about 75 seconds, told as `expected | seen | at`. What counts is what an
outside subscriber received from the broker, never what Lamplight says of itself."""
import json
import subprocess
import sys
import time

from house import DEMO, HOME

STEPS = ["vitals", "breath_and_feed", "raised", "seen", "rings_on", "acknowledged", "unconfirmed", "alarms_first",
         "back", "same_occurrence", "gap_recorded", "lost", "tube_blocked", "no_pressure",
         "confirmed", "cleared", "all_cleared"]
RULE = "oxygen_low"


class CareTeam:
    """The independent receiver: its process writes every message it took as one JSON line."""

    def __init__(self, house):
        self.house = house
        self.record = house.folder / "care_team.jsonl"
        house.spawn("care_team", [sys.executable, DEMO / "care_team.py", "--port", str(house.port),
                                  "--home", HOME, "--record", self.record])

    def messages(self):
        if not self.record.exists():
            return []
        with open(self.record) as lines:
            return [json.loads(line) for line in lines if line.endswith("\n")]

    def events(self, name, rule=None, after=0):
        """Journal events of this name, oldest first, each once, received after line `after`."""
        seen, found = set(), []
        for message in self.messages()[after:]:
            body = message["payload"]
            if not isinstance(body, dict) or body.get("event") != name or message["retain"]:
                continue
            key = (body.get("store_id"), body.get("lane"), body.get("seq"))
            if key not in seen and (rule is None or body.get("rule") == rule):
                seen.add(key)
                found.append(body)
        return found

    def snapshot(self):
        """The newest retained set of open occurrences."""
        for message in reversed(self.messages()):
            if message["topic"].endswith("/alarms"):
                return message["payload"]
        return None

    def occurrence(self, number):
        for row in (self.snapshot() or {}).get("alarms", []):
            if row["occurrence"] == number:
                return row
        return None

    def command(self, **fields):
        body = json.dumps({"v": 1, **fields})
        subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.house.port), "-q", "1",
                        "-t", f"lamplight/v1/{HOME}/command", "-m", body], check=True)


class Story:
    def __init__(self, house, wrong):
        self.house, self.wrong = house, wrong
        self.begin = time.monotonic()
        self.failed = []
        self.care = None

    def at(self, second):
        """Waits for that second of the story."""
        time.sleep(max(0.0, self.begin + second - time.monotonic()))

    def now(self):
        return time.monotonic() - self.begin

    def line(self, expected, seen, good):
        mark = " " if good else "  <-- NOT AS EXPECTED"
        print(f"{expected:<58} | {seen:<52} | {self.now():5.1f} s{mark}", flush=True)

    def tell(self, what):
        self.line(what, "", True)

    def expect(self, step, expected, look, until, since=0.0):
        """look() → what was seen, or None while it has not been; before `since` it is seen too
        early, which is as wrong as too late. A broken step expects never."""
        assert step in STEPS
        seen = None
        while self.now() < until:
            seen = look()
            if seen:
                break
            time.sleep(0.1)
        good = bool(seen) and self.now() >= since
        if seen and not good:
            seen = f"too early: {seen}"
        if step == self.wrong:
            expected, good = f"(wrong on purpose) not: {expected}", not good
        self.line(expected, str(seen) if seen else "nothing", good)
        if not good:
            self.failed.append(step)
        return seen

    def done(self):
        """Whether a story told with a wrong expectation has seen it fail."""
        return self.wrong is not None and self.wrong in self.failed


def newest(care, wanted):
    """The latest value of a signal that the care team was told, or None."""
    for message in reversed(care.messages()):
        body = message["payload"]
        if not message["topic"].endswith("/vitals") or not isinstance(body, dict):
            continue
        for signal in body.get("signals", []):
            values = [v for v in signal.get("value", []) if v is not None]
            if signal.get("signal") == wanted and values:
                return values[-1]
    return None


def spo2_is(care, wanted):
    return f"vitals: SpO2 {wanted} %" if newest(care, "oximeter.spo2") == wanted else None


def breath_and_feed(care):
    """The ventilator's peak pressure and the pump's rate, as the simulated ones run."""
    pip, rate = newest(care, "ventilator.pip"), newest(care, "pump.rate")
    if pip is None or rate is None or not pip > 0 or not rate > 0:
        return None
    return f"vitals: peak pressure {pip:g} cmH2O, feed {rate:g} mL/h"


def raised_and_answered(story):
    care, house = story.care, story.house
    story.expect("vitals", "SpO2 97 arrives at the care team", lambda: spo2_is(care, 97), 8)
    story.expect("breath_and_feed", "      … and the ventilator and the pump",
                 lambda: breath_and_feed(care), 9)
    story.at(10)
    house.say("set spo2 84 over 0 s")
    story.tell("10 s: SpO2 falls to 84")

    def raised():
        for event in care.events("alarm.raised", RULE):
            if event["durable"] is True:
                story.number, story.store = event["occurrence"], event["store_id"]
                return f"{RULE} raised, occurrence {story.number}, durable"
        return None
    if not story.expect("raised", "20 s: oxygen_low raised and published", raised, 22.5, 19.5):
        return
    story.at(23)
    care.command(id="story-1", type="acknowledge", occurrence=story.number, store_id=story.store,
                 actor="n-204", role="nurse")

    def seen():
        answered = [m["payload"] for m in care.messages() if m["topic"].endswith("command-result")]
        done = [a for a in answered if a.get("id") == "story-1" and a.get("outcome") == "done"]
        events = [e for e in care.events("alarm.seen", RULE) if e["occurrence"] == story.number]
        return "alarm.seen in the record, answered 'done'" if done and events else None
    story.expect("seen", "23 s: the nurse answers: alarm.seen, answered", seen, 25.5)

    def rings():
        row = care.occurrence(story.number)
        return "the bedside rings on" if row and row["signal"] == "on" else None
    story.expect("rings_on", "      … and the bedside rings on", rings, 25.8)


def bedside_and_broker(story):
    care, house = story.care, story.house
    story.at(26)
    house.lamplight("ack", str(story.number), "--by", "Mum")

    def acknowledged():
        for event in care.events("alarm.acknowledged", RULE):
            if event["occurrence"] == story.number and event["place"] == "bedside":
                return "acknowledged at the bedside; no name left the home" if "Mum" not in \
                    json.dumps(event) else None
        return None
    story.expect("acknowledged", "26 s: acknowledged at the bedside", acknowledged, 29.5)
    story.at(30)
    house.kill("broker")
    story.killed = time.clock_gettime(time.CLOCK_BOOTTIME) * 1000
    story.tell("30 s: broker killed -9")
    story.at(33)
    house.say("condition oximeter probe_off on")
    story.tell("33 s: probe off, no broker there")
    story.at(38)
    story.mark = len(care.messages())
    house.start_broker()
    story.tell("38 s: broker back")

    def unconfirmed():
        events = care.events("alarm.unconfirmed", RULE, story.mark)
        if care.events("alarm.cleared", RULE):
            return None
        return "unconfirmed, reasons " + ",".join(events[-1]["reasons"]) if events else None
    story.expect("unconfirmed", "      unconfirmed arrives, never cleared", unconfirmed, 43)

    def alarms_first():
        for message in care.messages()[story.mark:]:
            if message["retain"] or not isinstance(message["payload"], dict):
                continue
            if message["payload"].get("mono_ms", story.killed) < story.killed:
                continue  # the broker had taken it before it died, and hands it on now
            lane = message["payload"].get("lane")
            if lane in ("alarm", "system", "vitals"):
                return "the first journal message is of lane alarm" if lane == "alarm" else None
        return None
    story.expect("alarms_first", "      … alarms first", alarms_first, 43)


def crash(story):
    care, house = story.care, story.house
    story.at(45)
    story.mark = len(care.messages())
    house.kill("gateway")
    killed = story.now()
    house.start_gateway()
    away = story.now() - killed
    story.expect("back", "45 s: lamplightd killed -9, back within 1 s",
                 lambda: f"asked and answering after {away:.1f} s" if away <= 1.0 else None, 46)

    def same():
        if len(care.messages()) == story.mark:
            return None
        row = care.occurrence(story.number)
        newer = [m for m in care.messages()[story.mark:] if m["topic"].endswith("/alarms")]
        if not newer or not row or row["signal"] != "acknowledged" or not row["seen"]:
            return None
        return f"occurrence {story.number}: seen and acknowledged still"
    story.expect("same_occurrence", "      same occurrence, same seen, same acknowledgement", same, 49)

    def gap():
        for event in care.events("system.not_watching", after=story.mark):
            return f"not watching for {event['gap_ms'] / 1000:g} s, recorded"
        return None
    story.expect("gap_recorded", "      the gap is recorded", gap, 49)
    story.at(50)
    house.say("set ventilator.circuit disconnected")
    story.tell("50 s: the tube comes off the ventilator's circuit")

    def lost():
        for event in care.events("alarm.raised", "lost.spo2"):
            return "lost.spo2 raised: " + ",".join(event.get("reasons", [])) or "lost"
        return None
    story.expect("lost", "53 s: 'oxygen is not being measured' raised", lost, 56, 52)


def raised_by(care, rule):
    """Which priority the care team was told for it."""
    def look():
        for event in care.events("alarm.raised", rule):
            return f"{rule} raised, {event['priority']}"
        return None
    return look


def other_devices(story):
    care, house = story.care, story.house
    story.at(56)
    house.say("condition pump patient_tube_blocked on")
    story.tell("56 s: the feeding tube is kinked")
    story.expect("tube_blocked", "      the pump calls: raised", raised_by(care, "tube_blocked"), 59,
                 56)
    story.expect("no_pressure", "60 s: no pressure for ten seconds: raised",
                 raised_by(care, "ventilation_lost"), 63, 59.5)
    story.at(63.5)
    house.say("set ventilator.circuit connected", "condition pump patient_tube_blocked off")
    story.tell("63 s: both are put right")


def recovery(story):
    care, house = story.care, story.house
    story.at(65)
    house.say("condition oximeter probe_off off", "set spo2 97 over 0 s")
    story.tell("65 s: probe on, SpO2 97")

    def event_of(name):
        def look():
            for event in care.events(name, RULE):
                if event["occurrence"] == story.number:
                    return f"{name} of occurrence {story.number}"
            return None
        return look
    story.expect("confirmed", "      confirmed", event_of("alarm.confirmed"), 70, 65)
    story.expect("cleared", "      cleared", event_of("alarm.cleared"), 76, 69.5)

    def all_cleared():
        over = [rule for rule in ("tube_blocked", "ventilation_lost")
                if care.events("alarm.cleared", rule)]
        return "cleared: " + ", ".join(over) if len(over) == 2 else None
    story.expect("all_cleared", "      … and so are the other two", all_cleared, 78)


def tell(house, wrong=None):
    story = Story(house, wrong)
    house.start_broker()
    house.start_devices(arguments=("--quiet-devices",))
    story.care = CareTeam(house)
    house.say("set spo2 97")
    house.start_gateway()
    print(f"{'expected':<58} | {'seen by an outside subscriber':<52} | at")
    story.begin = time.monotonic()
    for part in (raised_and_answered, bedside_and_broker, crash, other_devices, recovery):
        part(story)
        if story.done() or (part is raised_and_answered and "raised" in story.failed):
            break
    good = not story.failed
    print("The night was told as expected." if good else
          "Not as expected: " + ", ".join(story.failed))
    return 0 if good else 1
