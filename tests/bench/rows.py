"""The rows of the table, each a function of (bench) that measures one thing under the conditions
that the design calls honest and returns what it saw. Nothing is asserted but that the measurement
is one: an aim missed is printed, a run that lost its own evidence raises."""
import json
import os
import shutil
import subprocess
import time

import figures
from bench_house import REGISTERS, demo

import evidence  # of tests/crash: the blobs, read by their format page
from proxy import Proxy
from subscriber import boottime

MS = 1e6


def alarm_messages(subscriber, since=0):
    """(ns, event, durable, seq) of the first coming of each raised and cleared, in order of seq."""
    found = {}
    for now, _, retained, body in subscriber.bodies(since):
        if not retained and body.get("event") in ("alarm.raised", "alarm.cleared"):
            found.setdefault(body["seq"], (now, body["event"], body["durable"], body["seq"]))
    return [found[seq] for seq in sorted(found)]


def changes_of(truth):
    """[(jump ns, reply ns, value)]: each --changes jump and the first reply that carried it."""
    pairs, jumps = [], []
    for row in truth:
        if row["what"] == "change":
            jumps.append(row["t"])
        elif row["what"] == "sent" and "pip" in row.get("values", {}) and jumps:
            pairs.append((jumps[-1], row["t"], row["values"]["pip"], len(jumps)))
            jumps = []
    return pairs


def latency(bench, period):
    """Change at random phase → message received, durable; and reply served → received."""
    count = bench.n(1000, 60)
    with bench.house(period=period) as house:
        syncs = figures.fdatasync_ms(house.folder)
        house.start_broker()
        house.start_devices("--changes", "ventilator.pip 18 40 every 250 ms")
        subscriber = bench.subscriber(house)
        house.start_gateway()
        end = time.monotonic() + count * 0.25 * 1.6 + 30
        while len(alarm_messages(subscriber)) < count + 4 and time.monotonic() < end:
            time.sleep(2)
        time.sleep(0.5)
        house.kill_quietly("devices")  # its log is written out to the end
        house.stop_gateway()
        syncs += figures.fdatasync_ms(house.folder)
        messages, carried = alarm_messages(subscriber), changes_of(house.truth())
        whole, after_read, skipped = match(messages, carried)
        row = {"period": period, "end_to_end_ms": figures.spread(whole),
               "after_read_ms": figures.spread(after_read), "jumps_between_polls": skipped,
               "not_durable": sum(not m[2] for m in messages),
               "fdatasync_ms": figures.spread(syncs)}
        aim = 2 * row["fdatasync_ms"]["p99"] + 2
        row["aim"] = f"after read p99 <= 2 x fdatasync p99 + 2 ms = {aim:.1f} ms"
        bench.keep_syncs(syncs)
        return row


def match(messages, carried):
    """Each message with the reply that caused it: the last one of its direction before it."""
    whole, after_read, skipped = [], [], 0
    at = 0
    for now, event, durable, _ in messages:
        best = None
        while at < len(carried) and carried[at][1] < now:
            if (carried[at][2] > 30) == (event == "alarm.raised"):
                best = carried[at]
                at += 1
                break
            at += 1
        if best is None or not durable:
            continue
        skipped += best[3] - 1
        whole.append((now - best[0]) / MS)
        after_read.append((now - best[1]) / MS)
    return whole, after_read, skipped


def samples_received(subscriber):
    """How many samples the payloads hold, each (store, seq) once."""
    found = {}
    for _, _, retained, body in subscriber.bodies():
        if not retained and body.get("lane") == "vitals" and "signals" in body:
            found[(body["store_id"], body["seq"])] = sum(
                v is not None for s in body["signals"] for v in s["value"])
    return found


def samples_stored(house):
    """Readings with a value in the columns of lane vitals, decoded from the blobs."""
    path = house.folder / "state/telemetry.db"
    return sum(v is not None for segment in evidence.rows(
        path, "SELECT * FROM segment WHERE lane = 'vitals'") for _, v in evidence.decode(segment))


def throughput(bench, roles):
    """Samples a second, device to subscriber, all of them counted, at the highest poll rate that a
    configuration may ask for, 1 ms."""
    seconds = bench.n(60, 10)
    with bench.house(period="1 ms", roles=roles) as house:
        house.start_broker()
        house.start_devices()
        subscriber = bench.subscriber(house)
        house.start_gateway()
        time.sleep(3)
        begin, cpu = boottime(), {p: figures.cpu_seconds(p) for p in house.pids()}
        time.sleep(seconds)
        end = boottime()
        used = sum(figures.cpu_seconds(p) - c for p, c in cpu.items())
        newest = house.query("telemetry.db", "SELECT max(seq) FROM batch")[0][0]
        behind = newest - max((seq for _, seq in samples_received(subscriber)), default=0)
        house.kill_quietly("devices")
        time.sleep(3)
        settle(house, subscriber)
        replies = [(r["t"], len(REGISTERS[r["device"]])) for r in house.truth()
                   if r["what"] == "sent" and r.get("block") == "values"]
        inside = sum(n for t, n in replies if begin <= t < end)
        row = {"devices": len(roles), "seconds": seconds,
               "samples_per_s": round(inside / ((end - begin) / 1e9)),
               "sent": sum(n for _, n in replies), "stored": samples_stored(house),
               "received": sum(samples_received(subscriber).values()),
               "batches_behind_at_end": behind,
               "gap_records": house.query("record.db", "SELECT count(*) FROM gap")[0][0],
               "cpu_percent_of_a_core": round(100 * used / ((end - begin) / 1e9), 1),
               "aim": ">= 10000 samples/s, none lost; other software: 6085 at 52 % CPU"}
        house.stop_gateway()
        return row


def footprint(bench, period):
    """Memory and CPU of lamplightd and its children, three devices."""
    seconds = bench.n(60, 10)
    with bench.house(period=period, roles=("ventilator", "pump", "oximeter")) as house:
        house.start_broker()
        house.start_devices()
        subscriber = bench.subscriber(house)
        house.start_gateway()
        time.sleep(3)
        before = {pid: figures.cpu_seconds(pid) for pid in house.pids()}
        begin, at = time.monotonic(), len(subscriber.messages)
        time.sleep(seconds)
        took = time.monotonic() - begin
        names = house.pids()
        used = {pid: figures.cpu_seconds(pid) - before[pid] for pid in names}
        memory = {pid: figures.memory_kb(pid) for pid in names}
        parts = [{"program": names[pid], "cpu_percent": round(100 * used[pid] / took, 2),
                  "pss_mb": round(memory[pid]["Pss"] / 1024, 1),
                  "rss_mb": round(memory[pid]["Rss"] / 1024, 1)} for pid in names]
        return {"period": period, "seconds": seconds,
                "other_lamplightd_running": figures.running("lamplightd") - 1,
                "messages": len(subscriber.messages) - at,
                "pss_mb": round(sum(m["Pss"] for m in memory.values()) / 1024, 1),
                "rss_mb": round(sum(m["Rss"] for m in memory.values()) / 1024, 1),
                "cpu_percent_of_a_core": round(100 * sum(used.values()) / took, 2),
                "processes": parts,
                "aim": "<= 20 MB Pss, <= 1 % CPU in all; other software: 0.6 % at 10 Hz"}


def start(bench):
    """exec of lamplightd, device and broker up → first vitals at the subscriber. A fresh record
    and one that has run before."""
    took = {"fresh_ms": [], "again_ms": []}
    for _ in range(bench.n(10, 3)):
        with bench.house(period="100 ms") as house:
            house.start_broker()
            house.start_devices()
            subscriber = bench.subscriber(house)
            for kind in took:
                seen = len(subscriber.messages)
                begin = house.start_gateway(wait=False)
                took[kind].append((first_vitals(subscriber, seen) - begin) / MS)
                house.stop_gateway()
    return {**{k: figures.spread(v) for k, v in took.items()},
            "aim": "<= 150 ms; other software: 75 ms"}


def first_vitals(subscriber, seen):
    def look():
        for now, topic, _, _ in subscriber.messages[seen:]:
            if topic.endswith("/vitals"):
                return now
        return None
    return demo.wait_for("first vitals", look, 20, 0.005)


def reconnect(bench, outage_s):
    """CONNACK → first alarm event on the uplink's connection, after the broker was killed -9 and
    away; lamplightd is killed -9 in the middle of it. Then everything is counted."""
    with bench.house(period="100 ms") as house:
        between = Proxy(house.port)
        house.uplink_port = between.port
        house.start_broker()
        between.listen()
        house.start_devices("--changes", "ventilator.pip 18 40 every 500 ms")
        subscriber = bench.subscriber(house)
        house.start_gateway()
        time.sleep(5)
        lives = len(between.live())
        between.refuse()
        house.kill("broker")
        down = time.monotonic()
        time.sleep(outage_s / 2)
        house.kill("gateway")
        house.start_gateway(wait=False)
        time.sleep(max(0, outage_s - (time.monotonic() - down)))
        house.start_broker()
        between.listen()
        listens = time.monotonic()
        life = demo.wait_for("the uplink's connection",
                             lambda: between.live()[lives:], 60, 0.02)[0]
        first = demo.wait_for("an alarm event", lambda: next(
            (when for topic, when, _ in list(life.published) if "/alarm/" in topic or
             "/backlog/alarm" in topic), None), 30, 0.01)
        time.sleep(bench.n(15, 8))
        house.kill_quietly("devices")
        time.sleep(3)  # the batch that is open now closes within vitals_every
        missing = settle(house, subscriber)
        house.stop_gateway()
        between.refuse()
        row = {"outage_s": outage_s,
               "connack_to_alarm_ms": round((first - life.accepted_at) * 1e3, 1),
               "listening_to_alarm_ms": round((first - listens) * 1e3, 1), **missing,
               **count_of_truth(house), "samples_stored": samples_stored(house),
               "samples_received": sum(samples_received(subscriber).values())}
        row["aim"] = ("<= 500 ms after CONNACK, none lost; other software: 299 of 600 samples "
                      "lost, or none at 12.6 s")
        return row


def settle(house, subscriber):
    """Waits until the subscriber has all of the record; what never came is lost."""
    end = time.monotonic() + 30
    while True:
        have = {(lane, seq) for _, _, lane, seq in subscriber.records()}
        alarms = [("alarm", s) for s, in house.query("record.db", "SELECT seq FROM event WHERE "
                                                      "lane = 'alarm'")]
        vitals = [("vitals", s) for s, in house.query("telemetry.db", "SELECT seq FROM batch WHERE "
                                                      "lane = 'vitals'")]
        lost = {"alarm_events": len(alarms), "alarm_events_lost": len(set(alarms) - have),
                "vitals_batches": len(vitals), "vitals_batches_lost": len(set(vitals) - have)}
        if not lost["alarm_events_lost"] + lost["vitals_batches_lost"] or time.monotonic() > end:
            return lost
        time.sleep(0.5)


def count_of_truth(house):
    """What the device answered. What it was never asked while lamplightd was dead is told in
    seconds, from the record."""
    replies = sum(r["what"] == "sent" and r.get("block") == "values" for r in house.truth())
    watched = [json.loads(b) for b, in house.query(
        "record.db", "SELECT body FROM event WHERE name = 'system.not_watching'")]
    return {"samples_sent": 10 * replies,
            "not_watching_s": round(sum(w["gap_ms"] or 0 for w in watched) / 1000, 3)}


def synchronous(bench):
    """Seen from outside: how often lamplightd syncs while alarms come one by one. FULL means at
    least one sync a commit; lamplightd itself reads the pragma back and refuses another value."""
    if shutil.which("strace") is None:
        return {"skipped": "strace is not installed"}
    with bench.house(period="100 ms") as house:
        house.start_broker()
        house.start_devices("--changes", "ventilator.pip 18 40 every 500 ms")
        subscriber = bench.subscriber(house)
        house.start_gateway()
        time.sleep(2)
        record = os.path.realpath(house.folder / "state/record.db-wal")
        trace = subprocess.Popen(["strace", "-f", "-y", "-e", "trace=fdatasync,fsync", "-o",
                                  house.folder / "trace", "-p",
                                  str(house.children["gateway"].pid)], stderr=subprocess.DEVNULL)
        time.sleep(1)
        before = len(alarm_messages(subscriber))
        time.sleep(bench.n(20, 6))
        alarms = len(alarm_messages(subscriber)) - before
        trace.terminate()
        trace.wait()
        lines = (house.folder / "trace").read_text().splitlines()
        synced = sum(record in line for line in lines)
        return {"record_ok": (house.ask("status") or {}).get("record"), "alarm_turns": alarms,
                "syncs_of_record_wal": synced, "syncs_of_all_files": len(lines),
                "aim": "at least one sync of record.db-wal an alarm turn: synchronous = FULL"}


def engine(bench):
    program = bench.engine_bench()
    if program is None:
        return {"skipped": "engine_bench is not built"}
    done = os.popen(str(program)).read()
    return {"lines": done.strip().splitlines(),
            "aim": "<= 50 ns a sample with 10 rules, 0 allocations a step"}


ROWS = {
    "synchronous": synchronous,
    "latency-10ms": lambda b: latency(b, "10 ms"),
    "latency-100ms": lambda b: latency(b, "100 ms"),
    "throughput-1-device": lambda b: throughput(b, ("ventilator",)),
    "throughput-3-devices": lambda b: throughput(b, ("ventilator", "pump", "oximeter")),
    "footprint-1hz": lambda b: footprint(b, "1 s"),
    "footprint-10hz": lambda b: footprint(b, "100 ms"),
    "start": start,
    "reconnect-5s": lambda b: reconnect(b, 5),
    "reconnect-60s": lambda b: reconnect(b, 60 if not b.quick else 15),
    "engine": engine,
}
