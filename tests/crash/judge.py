"""The judge of a crash run: what was lost, reordered, changed or invented, in sentences; counts.
The truth is the devices' own log and the record on the disk; the witness is the care team's
receiver. Run alone on a kept folder: `judge.py FOLDER`."""
import json
import pathlib
import sys

import evidence
import naive

MAY_DIFFER = ("durable", "historical")  # between two copies of one record (mqtt contract)
SECOND = 1_000_000_000
BEFORE_S = 0.25   # a frame sent this short before its reader was killed may have died with it
OPENED_S = 0.3    # and one sent while the port was being opened may have been flushed
LATE_S = 3.0      # a frame may lie this long before its driver gets the processor
REPLAY_S = 20.0   # what was asked for begins to come by then
NOTED_S = 1.0     # a broker's return is noted once it answers: its first messages may be sooner
LAST_BATCH_S = 1.5  # the batch that was open when it was stopped waits for the next start
BACK_S = 20.0     # a killed process must have its devices open again by then


def bare(body):
    return {k: v for k, v in body.items() if k not in MAY_DIFFER}


def is_record(body):
    """Of a lane and numbered; a command, the care team's own word, has no head."""
    return isinstance(body, dict) and "mono_ms" in body and bool(body.get("seq"))


def kills(e, *what):
    return [row["t"] for row in e.log if row["what"] == "kill" and row["process"] in what]


def stopped_at(e):
    return next(row["t"] for row in e.log if row["what"] == "stop")


def dead_spans(e, role, problems):
    """Spans [from, to] in which nobody was there to read this device: from each kill of the core or
    of its driver to the opening of its port after it."""
    opened = [row["t"] for row in e.truth if row["what"] == "opened" and row["device"] == role]
    spans = [(0, opened[0] + OPENED_S * SECOND)] if opened else []
    starts = kills(e, "core", f"driver of {role}")
    for t in starts:
        back = [at for at in opened if at > t]
        if not back or back[0] > t + BACK_S * SECOND:
            problems.append(f"{role}: not read again within {BACK_S:g} s of the kill at {t}")
        end = back[0] if back else t + BACK_S * SECOND
        spans.append((t - BEFORE_S * SECOND, end + OPENED_S * SECOND))
    spans.append((stopped_at(e) - BEFORE_S * SECOND, float("inf")))
    return spans


def within(t, spans):
    return any(a <= t <= b for a, b in spans)


def gap_spans(e):
    return [(g["t0"], g["t1"]) for g in e.gaps if g["t0"] is not None and g["t1"] is not None]


def judge_samples(e, problems, counts):
    """Each value of each frame that left must be stored, once, unless nobody was there. Returns the
    frames that were heard: all of whose values are stored."""
    heard, gaps = [], gap_spans(e)
    used = dict.fromkeys(e.samples, 0)
    for role in evidence.DEVICE:
        dead = dead_spans(e, role, problems)
        frames = [row for row in e.truth if row["what"] == "sent" and row["device"] == role and
                  row.get("values") and row.get("intact", True)]
        for frame in frames:
            stored = [find(e.samples, used, (role, name), frame["t"], value)
                      for name, value in frame["values"].items()]
            counts["samples sent"] += len(stored)
            counts["samples stored"] += sum(stored)
            if all(stored):
                heard.append(frame)
            elif within(frame["t"], dead):
                counts["samples sent to nobody (killed)"] += len(stored) - sum(stored)
                counts["frames half stored around a kill"] += any(stored)
            elif within(frame["t"], gaps):
                counts["samples in a recorded gap"] += len(stored) - sum(stored)
            else:
                counts["samples lost"] += len(stored) - sum(stored)
                missing = [n for n, s in zip(frame["values"], stored) if not s]
                problems.append(f"{role}: sent at {frame['t']} and nowhere: {missing}")
    return sorted(heard, key=lambda f: f["t"])


def find(samples, used, key, sent_at, value):
    """Whether the next stored sample of this signal that is not older is the one that was sent."""
    stored, i = samples.get(key, []), used.get(key, 0)
    while i < len(stored) and stored[i][0] < sent_at:
        i += 1
    for j in range(i, min(i + 4, len(stored))):
        at, seen = stored[j]
        if at > sent_at + LATE_S * SECOND:
            break
        same = seen is None if value is None else seen is not None and float(seen) == float(value)
        if same:
            used[key] = j + 1
            return True
    return False


def judge_record(e, problems, counts):
    """The record itself: dense, chained, explained."""
    explained = {(g["lane"], s) for g in e.gaps if g["first"] is not None
                 for s in range(g["first"], g["last"] + 1)}
    for lane in ("alarm", "system"):
        rows = [row for row in e.events if row["lane"] == lane]
        counts[f"{lane} events in the record"] = len(rows)
        seqs = {row["seq"] for row in rows}
        holes = [s for s in range(1, max(seqs, default=0)) if s not in seqs and
                 (lane, s) not in explained]
        if holes:
            problems.append(f"record: lane {lane} lacks {holes[:10]} and no gap says why")
        before = None
        for row in rows:
            if (row["prev_hash"] or b"") != (before or b"") or \
                    evidence.chain_hash(row) != row["hash"]:
                problems.append(f"record: the chain of lane {lane} breaks at seq {row['seq']}")
            before = row["hash"]
    watched = [row for row in e.events if row["name"] == "system.not_watching"]
    counts["recorded: not watching"] = len(watched)
    if len(watched) < len(kills(e, "core")):
        problems.append(f"{len(kills(e, 'core'))} kills of the core, but only {len(watched)} times "
                        "'not watching' in the record")


def judge_care_team(e, problems, counts):
    """The care team has each event of the record, with that content, and nothing else."""
    first, order, excuses = {}, [], {}
    for message in e.received:
        topic, body = message["topic"], message["payload"]
        if topic.endswith(("/command", "/status")):
            for channel in replayed_by(body):
                excuses.setdefault(channel, []).append(message["at"])
        if message["retain"] or not is_record(body):
            continue
        key = body["store_id"], body["lane"], body["seq"]
        channel = body["lane"], "backlog" if "/backlog/" in topic else "live"
        order.append((channel, body["seq"], message["at"], key in first))
        if key in first:
            counts["duplicates"] += 1
            if bare(first[key]) != bare(body):
                problems.append(f"care team: two contents under {key}")
        first.setdefault(key, body)
    judge_order(order, excuses, broker_returns(e), problems, counts)
    stop = stopped_at(e)
    for row in e.events:
        if row["emitted"] >= stop:
            continue  # written while it stopped: published when it starts again
        got = first.get((e.store_id, row["lane"], row["seq"]))
        if got is None:
            counts[f"{row['lane']} events lost"] += 1
            problems.append(f"care team: {row['lane']} {row['seq']} ({row['name']}) never came")
        elif bare(got) != bare(json.loads(row["body"])):
            problems.append(f"care team: {row['lane']} {row['seq']} differs from the record")
    ours = {(e.store_id, row["lane"], row["seq"]) for row in e.events}
    for key in first:
        if key[1] in ("alarm", "system") and key not in ours:
            problems.append(f"care team: {key} is not in the record")
    missing = [b["seq"] for b in e.batches if b["t"] < stop - LAST_BATCH_S * SECOND and
               (e.store_id, "vitals", b["seq"]) not in first]
    counts["vitals batches in the record"] = len(e.batches)
    counts["vitals batches lost"] = len(missing)
    if missing:
        problems.append(f"care team: vitals {missing[:10]} never came")


def replayed_by(body):
    """The channels that may begin again at a lower seq: a resend was asked for, or a connection of
    the home began or ended (its status)."""
    is_resend = isinstance(body, dict) and body.get("type") == "resend-from"
    lanes = [body["lane"]] if is_resend else ["alarm", "system", "vitals"]
    return [(lane, kind) for lane in lanes for kind in ("live", "backlog")]


def broker_returns(e):
    return [row["t"] / SECOND for row in e.log
            if row["what"] == "restart" and row["process"] == "broker"]


def judge_order(order, excuses, returns, problems, counts):
    """Within a lane's stream a seq never comes before a smaller one, except where a replay begins,
    soon after a reason for it; each reason serves once. A replay itself is in order as well. What
    was here before and comes again from a broker that has just come back is its own saved queue."""
    last = {}
    for channel, seq, at, is_again in order:
        if seq <= last.get(channel, 0):
            if is_again and any(at - REPLAY_S <= t <= at + NOTED_S for t in returns):
                continue
            fresh = [t for t in excuses.get(channel, []) if at - REPLAY_S <= t <= at]
            if fresh:
                excuses[channel].remove(fresh[0])
                counts["replays seen"] += 1
            else:
                counts["out of order"] += 1
                problems.append(f"care team: {channel} {seq} came after {last[channel]}")
        last[channel] = seq


def judge_alarms(e, heard, problems, counts):
    """What the frames that were heard must have rung is in the record, in that order, and nothing
    beside it."""
    for rule, (role, name, _, _) in naive.RULES.items():
        want = [(event, t) for r, event, t in naive.expected(heard) if r == rule]
        may = naive.between_frames(e.truth, heard, role, name) if role == "pump" else []
        seen = [(row["name"], row["t"]) for row in e.events if row["rule"] == rule and
                row["name"] in ("alarm.raised", "alarm.cleared")]
        counts["alarm beginnings and ends expected"] += len(want)
        while seen:
            if want and fits(seen[0], want[0]):
                want.pop(0)
            else:
                hidden = [m for m in may if fits(seen[0], m)]
                if not hidden:
                    break
                may.remove(hidden[0])
                counts["and told by a pump's ring alone"] += 1
            seen.pop(0)
        if want or seen:
            problems.append(f"{rule}: expected next {want[:1] or 'nothing'}, the record has "
                            f"{seen[:1] or 'nothing'} ({len(want)} and {len(seen)} left)")


def fits(seen, wanted):
    return seen[0] == wanted[0] and -SECOND < seen[1] - wanted[1] < LATE_S * SECOND


def judge(e):
    problems = []
    counts = dict.fromkeys((
        "samples sent", "samples stored", "samples sent to nobody (killed)",
        "frames half stored around a kill", "samples in a recorded gap", "samples lost",
        "alarm events lost", "system events lost", "out of order", "duplicates", "replays seen",
        "alarm beginnings and ends expected", "and told by a pump's ring alone"), 0)
    for process in ("core", "uplink", "broker"):
        counts[f"kills of {process}"] = len(kills(e, process))
    counts["kills of driver"] = len(kills(e, *(f"driver of {r}" for r in evidence.DEVICE)))
    judge_record(e, problems, counts)
    heard = judge_samples(e, problems, counts)
    judge_care_team(e, problems, counts)
    judge_alarms(e, heard, problems, counts)
    counts["gap records"] = len(e.gaps)
    return problems, counts


def show(problems, counts):
    for name, value in counts.items():
        print(f"  {name:<38} {value:>8}")
    for problem in problems[:40]:
        print("WRONG", problem)
    if len(problems) > 40:
        print(f"WRONG and {len(problems) - 40} more")


if __name__ == "__main__":
    found, numbers = judge(evidence.load(pathlib.Path(sys.argv[1])))
    show(found, numbers)
    sys.exit(1 if found else 0)
