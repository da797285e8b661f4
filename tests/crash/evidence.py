"""The evidence of a crash run, read from its folder: the devices' truth log, the record on the
home's disk (its blobs by gateway/store/FORMAT.md, not by our own reader), what the care team's
receiver wrote, and when which process was killed."""
import dataclasses
import hashlib
import json
import sqlite3
from decimal import Decimal

ROLES = {"ox1": "oximeter", "vent1": "ventilator", "pump1": "pump"}
DEVICE = {role: device for device, role in ROLES.items()}


@dataclasses.dataclass
class Evidence:
    truth: list      # lines of the simulator's log, in order
    events: list     # rows of record.db: dict(lane, seq, t, name, rule, body, prev_hash, hash)
    gaps: list       # rows of record.db: dict(lane, first, last, t0, t1, why)
    store_id: str
    batches: list    # rows of telemetry.db, lane vitals: dict(seq, t)
    samples: dict    # (role, name) -> [(measured_at ns, value in units or None)]
    received: list   # what the care team took: dict(topic, retain, payload)
    log: list        # what was done: dict(t ns, what, …)


def json_lines(path):
    with open(path, errors="replace") as lines:
        return [json.loads(line) for line in lines if line.endswith("\n")]


def rows(path, query):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20) as db:
        db.row_factory = sqlite3.Row
        found = [dict(row) for row in db.execute(query)]
    db.close()
    return found


def varints(blob):
    number, shift = 0, 0
    for byte in blob:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield number
            number, shift = 0, 0
    assert shift == 0, "a blob ends inside a number"


def pairs(blob):
    assert blob[0] == 1, "a blob of another format"
    numbers = list(varints(blob[1:]))
    assert len(numbers) % 2 == 0
    return list(zip(numbers[::2], numbers[1::2]))


def decode(segment):
    """The samples of one segment: [(ns, integer or None)]."""
    times, t = [segment["t0"]], segment["t0"]
    for repeats, zigzag in pairs(segment["runs"]):
        for _ in range(repeats):
            t += (zigzag >> 1) ^ -(zigzag & 1)
            times.append(t)
    width, vals, valid = segment["vals"][1], segment["vals"][2:], segment["valid"]
    assert len(times) == segment["n"] and len(vals) == segment["n"] * width
    assert t == segment["t1"] and width in (1, 2, 4)
    assert sum(many * seqs for many, seqs in pairs(segment["seqs"])) == segment["n"]
    found = []
    for i, at in enumerate(times):
        is_valid = valid is None or valid[1 + i // 8] >> (i % 8) & 1
        offset = int.from_bytes(vals[i * width:(i + 1) * width], "little")
        found.append((at, segment["min"] + offset if is_valid else None))
    return found


def read_samples(path):
    names = {row["id"]: row for row in rows(path, "SELECT * FROM signal")}
    samples = {}
    for segment in rows(path, "SELECT * FROM segment WHERE lane = 'vitals'"):
        name = names[segment["signal"]]
        step = Decimal(name["step"])
        key = ROLES[name["device"]], name["name"]
        samples.setdefault(key, []).extend(
            (t, None if v is None else v * step) for t, v in decode(segment))
    for list_of in samples.values():
        list_of.sort(key=lambda s: s[0])
    return samples


def chain_hash(row):
    """gateway.md 5: SHA-256 of prev_hash, lane, 0, seq, t, body."""
    return hashlib.sha256((row["prev_hash"] or b"") + row["lane"].encode() + b"\0" +
                          row["seq"].to_bytes(8, "little") + row["t"].to_bytes(8, "little") +
                          row["body"].encode()).digest()


def load(folder):
    record, telemetry = folder / "state/record.db", folder / "state/telemetry.db"
    meta = {row["k"]: row["v"] for row in rows(record, "SELECT k, v FROM meta")}
    return Evidence(
        truth=json_lines(folder / "truth.jsonl"),
        events=rows(record, "SELECT * FROM event ORDER BY lane, seq"),
        gaps=rows(record, "SELECT * FROM gap"),
        store_id=meta["store_id"],
        batches=rows(telemetry, "SELECT seq, t FROM batch WHERE lane = 'vitals' ORDER BY seq"),
        samples=read_samples(telemetry),
        received=json_lines(folder / "care_team.jsonl"),
        log=json_lines(folder / "night.jsonl"))
