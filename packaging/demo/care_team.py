"""The care team's side, independent of Lamplight: a persistent mosquitto_sub that knows a record by
(home, store_id, lane, seq) and asks `resend-from` its last contiguous seq after every return."""
import argparse
import json
import signal
import subprocess
import sys
import time

LANES, MAY_DIFFER = ("alarm", "system", "vitals"), ("durable", "historical")  # between two copies
AGAIN_S = 1.0  # the home may come back to the broker later than we do


class CareTeam:
    def __init__(self, options):
        self.options = options
        self.out = open(options.record, "w") if options.record else sys.stdout
        # By (home, store_id, lane, seq): content. By lane: what we have. By lane and channel: run.
        self.records, self.lanes, self.runs = {}, {}, {}
        self.store_id, self.returns, self.asked, self.asked_at = None, 0, {}, 0.0

    def broker_is_back(self):
        """What the broker had may be gone, PUBACK or not: ask, as soon as we know whom."""
        self.returns += 1
        self.asked = {f"resend-{time.time_ns()}-{lane}": lane for lane in LANES}

    def ask(self):
        self.asked_at = time.monotonic()
        for name, lane in self.asked.items():
            have = self.lanes.get((self.store_id, lane), {}).get("contiguous", 0)
            body = {"v": 1, "id": name, "type": "resend-from", "store_id": self.store_id,
                    "lane": lane, "seq": max(1, have), "actor": "svc-1", "role": "service"}
            topic = f"lamplight/v1/{self.options.home}/command"
            subprocess.run(["mosquitto_pub", *self.options.broker, "-q", "1", "-t", topic, "-m",
                            json.dumps(body)], stderr=subprocess.DEVNULL, check=False)

    def take(self, topic, retained, payload):
        try:
            body = json.loads(payload)
        except ValueError:
            body = payload
        print(json.dumps({"at": time.monotonic(), "topic": topic, "retain": retained,
                          "payload": body}), file=self.out, flush=True)
        if topic.endswith("/command") or not isinstance(body, dict):
            return
        self.asked.pop(body.get("id"), None)  # of command-result: answered
        self.store_id = body.get("store_id", self.store_id)
        if not retained and body.get("seq") and body.get("lane"):
            self.keep(body, "backlog" if "/backlog/" in topic else "live")
        if self.asked and self.store_id and time.monotonic() - self.asked_at > AGAIN_S:
            self.ask()

    def keep(self, body, channel):
        store, lane, seq = body["store_id"], body["lane"], body["seq"]
        key = body["home"], store, lane
        state = self.lanes.setdefault((store, lane), dict.fromkeys(
            ("contiguous", "newest", "records", "duplicates", "different", "reordered"), 0))
        content = {k: v for k, v in body.items() if k not in MAY_DIFFER}
        newest, before = self.runs.get((store, lane, channel), (0, 0))
        if (*key, seq) in self.records:
            state["duplicates"] += 1
            state["different"] += self.records[(*key, seq)] != content
        else:  # new: below one that came before, and not the next of a replay, is out of order
            state["reordered"] += seq < newest and seq != before + 1 and not self.asked
            state["records"] += 1
            self.records[(*key, seq)] = content
        self.runs[(store, lane, channel)] = max(newest, seq), seq
        state["newest"] = max(state["newest"], seq)
        while (*key, state["contiguous"] + 1) in self.records:
            state["contiguous"] += 1

    def report(self):
        rows = [{"store_id": store, "lane": lane, "missing": state["newest"] - state["records"],
                 **state} for (store, lane), state in sorted(self.lanes.items())]
        with open(self.options.report or "/dev/stderr", "w") as out:
            json.dump({"returns": self.returns, "lanes": rows}, out)


def main():
    parser = argparse.ArgumentParser()
    for name in ("--port", "--home", "--record", "--report"):
        parser.add_argument(name)
    options, extra = parser.parse_known_args()  # the rest is for mosquitto's programs: --cafile …
    options.broker = ["-h", "127.0.0.1", "-p", options.port, *extra]
    sub = subprocess.Popen(["mosquitto_sub", *options.broker, "-c", "-i", f"care-{options.home}",
                            "-q", "1", "-d", "-F", "%j", "-t", f"lamplight/v1/{options.home}/#"],
                           stdout=subprocess.PIPE, text=True, errors="replace")
    signal.signal(signal.SIGTERM, lambda *_: sub.terminate())
    team = CareTeam(options)
    for line in sub.stdout:
        if line.startswith("{"):
            got = json.loads(line, strict=False)
            team.take(got["topic"], bool(got["retain"]), got["payload"] or "")
        elif line.rstrip().endswith("received SUBACK"):
            team.broker_is_back()
    team.report()


if __name__ == "__main__":
    main()
