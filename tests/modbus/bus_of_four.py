#!/usr/bin/env python3
"""What must hold for the child whose pump and ventilator share a bus with a dead unit and a babbling
one: both are read as often as if they were alone, who says nothing right is told lost, and no stray
byte becomes a value. The real driver and simulator at 19200 8E1, paced, period 1 s; the test stands
where the core does. Two buses at once: on one the babbler answers nobody, on the other it answers too.

usage: bus_of_four.py [--minutes 10] [--seed N] [--keep FOLDER]; programs in $LL_BIN
"""
import argparse
import math
import pathlib
import random
import selectors
import shutil
import sys
import tempfile

from bus_house import BUSES, Bus, boottime

MOST_P95 = 1.1  # seconds, of a period of 1
NEIGHBOURS = ["pump", "other"]


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("--keep", type=pathlib.Path, help="leave the evidence in this folder")
    return parser.parse_args()


def listen(buses, seconds):
    selector = selectors.DefaultSelector()
    for bus in buses:
        selector.register(bus.socket, selectors.EVENT_READ, bus)
    end = boottime() + int(seconds * 1e9)
    while boottime() < end:
        for key, _ in selector.select((end - boottime()) / 1e9):
            key.data.hear()


def rank(values, share):
    """The least of the sorted values that this share of them does not exceed."""
    return values[max(0, math.ceil(share * len(values)) - 1)]


def intervals(bus, name):
    """Seconds between good polls as the core met them, sorted. The first begins with the driver, the
    last is open and ends with the run: a unit that is never heard has one long one."""
    times = [bus.began, *(poll.heard for poll in bus.polls[name]), bus.ended]
    return sorted((b - a) / 1e9 for a, b in zip(times, times[1:]))


def describe(bus, name):
    gaps = intervals(bus, name)
    p50, p95, p99 = (rank(gaps, share) for share in (0.5, 0.95, 0.99))
    late = sum(gap > MOST_P95 for gap in gaps)
    print(f"  {name:7} {len(bus.polls[name])} good polls, {bus.bad_polls(name)} bad; apart "
          f"p50 {p50:.3f} p95 {p95:.3f} p99 {p99:.3f} max {gaps[-1]:.3f} s, {late} over {MOST_P95}; "
          f"link {' '.join(bus.links[name])}; {bus.unanswered(name)} not answered")
    for note, times in bus.notes[name].items():
        print(f"          {times} x {note}")


def judge(bus):
    for name in bus.devices:
        lost = name in bus.lost
        if bus.links[name] != ["down" if lost else "up"]:
            yield f"{name}: its link was told {bus.links[name]}"
        if lost and bus.polls[name]:
            yield f"{name}: {len(bus.polls[name])} good polls of a unit that never answered"
    for name in NEIGHBOURS:
        p95 = rank(intervals(bus, name), 0.95)
        if p95 > MOST_P95:
            yield f"{name}: its good polls are {p95:.3f} s apart at p95"


def judge_babble(bus, minutes):
    """That the babbler was the one asked for: over few minutes chance may have it otherwise."""
    bursts = bus.truth.bursts
    sizes = {burst["bytes"] for burst in bursts}
    every = minutes * 60 / max(1, len(bursts))
    print(f"  babble  {len(bursts)} bursts, one every {every:.2f} s, {sum(b['bytes'] for b in bursts)} "
          f"bytes; {bus.truth.cut} did not leave because a frame began")
    if minutes >= 5 and (not 1.6 < every < 2.5 or min(sizes) != 1 or max(sizes) != 20):
        yield f"a babbler of {sorted(sizes)} bytes every {every:.2f} s is not the one asked for"


def main():
    asked = options()
    folder = asked.keep or pathlib.Path(tempfile.mkdtemp(prefix="bus-of-four-"))
    print(f"two buses of four, {asked.minutes} min at period 1 s, seed {asked.seed}", flush=True)
    buses, wrong = [], []
    try:
        buses += [Bus(folder / fault, fault, asked.seed) for fault in BUSES]
        listen(buses, asked.minutes * 60)
    finally:
        for bus in buses:
            bus.close()
    for bus in buses:
        print(f"{bus.fault}:")
        for name in bus.devices:
            describe(bus, name)
        found = [*judge(bus), *judge_babble(bus, asked.minutes)]
        checked, untrue = bus.untrue_values()
        print(f"  values  {checked} compared with what the devices sent, {len(untrue)} wrong")
        wrong += [f"{bus.fault}: {each}" for each in found + untrue[:5]]
    if not asked.keep:
        shutil.rmtree(folder)
    for each in wrong:
        print("WRONG:", each)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
