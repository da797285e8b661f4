"""What must have rung, read off single readings by the plainest means: a value beyond its limit
begins an alarm, one beyond the other limit ends it, no value changes nothing. Shares nothing with
the engine; the limits are written here a second time, after home.rules."""
import operator

# rule: (role, name, begins, ends). Values in the catalogue's unit.
RULES = {
    "oxygen_low": ("oximeter", "spo2", (operator.lt, 90), (operator.ge, 92)),
    "oxygen_lowest": ("oximeter", "spo2", (operator.lt, 86), (operator.ge, 89)),
    "pulse_high": ("oximeter", "pulse", (operator.gt, 180), (operator.le, 170)),
    "pressure_high": ("ventilator", "pip", (operator.gt, 32), (operator.le, 29)),
    "tube_blocked": ("pump", "patient_tube_blocked", (operator.eq, 1), (operator.eq, 0)),
    "bag_empty": ("pump", "feed_bag_empty", (operator.eq, 1), (operator.eq, 0)),
    "probe_is_off": ("oximeter", "probe_off", (operator.eq, 1), (operator.eq, 0)),
}


def reading(frame, name):
    """What this frame says of a value or a condition; None: nothing."""
    if name in frame.get("values", {}):
        return frame["values"][name]
    return int(name in frame["conditions"]) if "conditions" in frame else None


def expected(frames):
    """Events that frames heard at home must have made: [(rule, event, ns of the frame)]."""
    events = []
    for rule, (role, name, begins, ends) in RULES.items():
        rings = False
        for frame in frames:
            value = reading(frame, name) if frame["device"] == role else None
            if value is None:
                continue
            if not rings and begins[0](value, begins[1]):
                rings = True
                events.append((rule, "alarm.raised", frame["t"]))
            elif rings and ends[0](value, ends[1]):
                rings = False
                events.append((rule, "alarm.cleared", frame["t"]))
    return sorted(events, key=lambda e: e[2])


def between_frames(truth, heard, role, name):
    """Beginnings and ends of a condition that no frame shows, because both fell between two: a pump
    keeps a ring of events, so its driver may tell of them, as it should; nobody else can."""
    frames = {frame["t"] for frame in heard if frame["device"] == role and "conditions" in frame}
    hidden, pending = [], []
    for row in truth:
        if row.get("device") != role:
            continue
        if row["what"] == "condition" and row["condition"] == name:
            pending.append(("alarm.raised" if row["present"] else "alarm.cleared", row["t"]))
        elif row["what"] == "sent" and row["t"] in frames:
            hidden += pending if len(pending) % 2 == 0 else pending[:-1]
            pending = []
    return hidden
