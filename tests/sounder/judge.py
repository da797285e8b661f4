#!/usr/bin/env python3
"""Judges a sound and its light against the table of the alarms design, section 11.

usage: judge.py FILE.wav --as high|medium|low|two-tone|reminder [--light FILE.csv]
Every number below is copied from that page by hand; nothing is shared with lamplight-sounder.
Prints what was measured, then what is wrong with it; exits 1 if anything is.
"""
import argparse
import csv
import sys

import measure

TOLERANCE = 0.05  # "spacing and t_d within a burst ± 5 %"
NEAR = 0.002  # what we play is meant to the sample
BLUR = 0.5  # of a period of f0: the envelope is an RMS over one, and slower by as much


class Limits:
    """One column of the limits table, and beneath it the row of what we play."""

    def __init__(self, **values):
        self.__dict__.update(values)


TABLE = {
    "high": Limits(count=10, spacing=(0.050, 0.125), length=(0.075, 0.200), pause=(2.5, 15.0),
                   starts=(0, .25, .5, 1.0, 1.25, 2.0, 2.25, 2.5, 3.0, 3.25), t_d=.150, rise=.025,
                   played_pause=5.0, period=8.4, below_high=0.0),
    "medium": Limits(count=3, spacing=(0.125, 0.250), length=(0.125, 0.250), pause=(2.5, 30.0),
                     starts=(0, .4, .8), t_d=.200, rise=.030, played_pause=10.0, period=11.0,
                     below_high=3.0),
    "low": Limits(count=2, spacing=(0.125, 0.250), length=(0.125, 0.250), pause=(15.0, 1e9),
                  starts=(0, .4), t_d=.200, rise=.040, played_pause=30.0, period=30.6,
                  below_high=6.0),
}
LIGHTS = {"high": ("red", 1.4, 2.8, 2.0), "medium": ("yellow", 0.4, 0.8, 0.6)}


class Verdict:
    def __init__(self):
        self.wrong = []

    def within(self, what, value, low, high):
        if not low <= value <= high:
            self.wrong.append(f"{what} is {value:.4f}, must be {low:.4f} to {high:.4f}")

    def near(self, what, value, wanted, by=NEAR):
        self.within(what, value, wanted - by, wanted + by)

    def alike(self, what, values):
        middle = sum(values) / len(values)
        for value in values:
            self.within(f"{what} beside its mean", value / middle, 1 - TOLERANCE, 1 + TOLERANCE)

    def must(self, what, holds):
        if not holds:
            self.wrong.append(what)


def judge_pulse(verdict, name, pulse, limits):
    verdict.within(f"{name}: t_d", pulse.length, *limits.length)
    verdict.within(f"{name}: rise of t_d", pulse.rise / pulse.length, 0.10, 0.40)
    verdict.near(f"{name}: t_d played", pulse.length, limits.t_d)
    verdict.near(f"{name}: rise played", pulse.rise, limits.rise, NEAR + BLUR / pulse.f0)
    verdict.near(f"{name}: fall played", pulse.fall, limits.rise, NEAR + BLUR / pulse.f0)
    judge_tone(verdict, name, pulse)


def judge_tone(verdict, name, pulse):
    verdict.within(f"{name}: f0", pulse.f0, 150.0 - 0.5, 1000.0)
    close = [n for n, db in pulse.harmonics.items() if abs(db) <= 15.0]
    verdict.must(f"{name}: only harmonics {close} within 15 dB of f0: {pulse.harmonics}",
                 len(close) >= 4)


def judge_spacing(verdict, priority, burst, limits):
    gaps = [after.start - pulse.end for pulse, after in zip(burst, burst[1:])]
    inner = gaps
    if priority == "high":
        t_d = sum(p.length for p in burst) / len(burst)
        inner = [gaps[i] for i in (0, 1, 3, 5, 6, 8)]
        x = sum(inner) / len(inner)
        for i in (2, 7):
            verdict.within(f"gap {i + 1}-{i + 2} of 2x + t_d", gaps[i] / (2 * x + t_d),
                           1 - TOLERANCE, 1 + TOLERANCE)
        verdict.within("gap 5-6", gaps[4], 0.35, 1.30)
    for gap in inner:
        verdict.within("pulse spacing", gap, *limits.spacing)
    verdict.alike("pulse spacing", inner)
    verdict.alike("t_d", [p.length for p in burst])
    for pulse, gap in zip(burst, gaps):
        verdict.within("fall", pulse.fall, 0.0, gap - pulse.rise)
    for pulse, start in zip(burst, limits.starts):
        verdict.near("pulse start", pulse.start - burst[0].start, start)


def judge_burst(verdict, priority, burst):
    limits = TABLE[priority]
    verdict.must(f"{priority}: {len(burst)} pulses, not {limits.count}",
                 len(burst) == limits.count)
    if len(burst) != limits.count:
        return
    for number, pulse in enumerate(burst, 1):
        judge_pulse(verdict, f"{priority} pulse {number}", pulse, limits)
    judge_spacing(verdict, priority, burst, limits)
    levels = [p.level for p in burst]
    verdict.within(f"{priority}: level of the pulses", max(levels) / min(levels), 1.0, 1.06)


def judge_alarm(verdict, priority, sound):
    """All bursts of a file, and the pauses between them; a last one that is cut off is left out."""
    bursts = measure.bursts_of(measure.pulses_of(sound))
    verdict.must("nothing is heard", bursts)
    limits = TABLE[priority]
    if bursts and bursts[-1][0].start + limits.starts[-1] + 0.4 > sound.seconds:
        bursts.pop()
    for burst in bursts:
        judge_burst(verdict, priority, burst)
    for burst, after in zip(bursts, bursts[1:]):
        verdict.within("t_b", after[0].start - burst[-1].end, *limits.pause)
        verdict.near("t_b played", after[0].start - burst[-1].end, limits.played_pause, 0.01)
        verdict.near("period", after[0].start - burst[0].start, limits.period, 0.01)
    return bursts


def judge_reminder(verdict, sound):
    pulses = measure.pulses_of(sound)
    verdict.must(f"{len(pulses)} pulses, not one", len(pulses) == 1)
    for pulse in pulses:
        verdict.near("t_d", pulse.length, 0.150)
        verdict.near("rise", pulse.rise, 0.025)
        judge_tone(verdict, "reminder", pulse)
    return [pulses]


def two_tone_turns(sound, begin, end):
    """(instant, frequency) of every change between 660 and 880 Hz."""
    turns, last, at = [], None, begin
    while at < end:
        hertz, lead = measure.strongest(sound, at, (550.0, 660.0, 770.0, 880.0, 990.0))
        if lead > 3.0 and hertz != last:
            turns.append((at, hertz))
            last = hertz
        at += 0.004
    return turns


def judge_two_tone(verdict, sound):
    stretches = measure.loud_stretches(sound)
    verdict.must("it is not one sound without a pause", len(stretches) == 1)
    if not stretches:
        return []
    begin, end = (place / sound.rate for place in stretches[0])
    turns = two_tone_turns(sound, begin + 0.03, end - 0.03)
    verdict.must(f"other tones than 660 and 880 Hz by turns: {turns[:8]}",
                 {hertz for _, hertz in turns} == {660.0, 880.0})
    instants = [at for at, _ in turns][1:]
    for before, after in zip(instants, instants[1:]):
        verdict.near("one of the two tones", after - before, 0.250, 0.015)
    for before, after in zip(instants, instants[2:]):
        verdict.near("period", after - before, 0.500, 0.012)
    verdict.within("strongest above 4000 Hz, dB",
                   measure.highest_above(sound, begin + 0.3, begin + 0.6, 4000.0), -200.0, -60.0)
    return turns


def judge_light(verdict, priority, path):
    with open(path, newline="", encoding="utf-8") as file:
        changes = [(float(row["ms"]) / 1000, row["colour"]) for row in csv.DictReader(file)]
    verdict.must("the light does not begin at once", changes and changes[0][0] == 0.0)
    if priority == "low":
        verdict.must(f"not steady cyan or yellow: {changes[:3]}",
                     len(changes) == 1 and changes[0][1] in ("cyan", "yellow"))
        return
    colour, slowest, fastest, played = LIGHTS[priority]
    verdict.must(f"not {colour} and dark by turns", len(changes) > 3 and all(
        shown == (colour, "dark")[i % 2] for i, (_, shown) in enumerate(changes)))
    times = [at for at, _ in changes]
    for on, off, again in zip(times[::2], times[1::2], times[2::2]):
        verdict.within("light, Hz", 1 / (again - on), slowest, fastest)
        verdict.near("light played, Hz", 1 / (again - on), played, 0.01)
        verdict.within("light, duty", (off - on) / (again - on), 0.20, 0.60)
        verdict.near("light played, duty", (off - on) / (again - on), 0.50, 0.01)


def judge(path, sounds_as, light=None):
    """Every complaint, and what was measured."""
    verdict = Verdict()
    sound = measure.read_wav(path)
    verdict.must(f"{sound.rate} Hz, not 48000", sound.rate == 48000)
    if sounds_as == "two-tone":
        found = judge_two_tone(verdict, sound)
    elif sounds_as == "reminder":
        found = judge_reminder(verdict, sound)
    else:
        found = judge_alarm(verdict, sounds_as, sound)
    if light:
        judge_light(verdict, sounds_as, light)
    return verdict.wrong, found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("file")
    parser.add_argument("--as", dest="sounds_as", default="high",
                        choices=[*TABLE, "two-tone", "reminder"])
    parser.add_argument("--light")
    arguments = parser.parse_args()
    wrong, found = judge(arguments.file, arguments.sounds_as, arguments.light)
    for item in found:
        print(item if isinstance(item, tuple) else "\n".join(map(str, item)))
    for complaint in wrong:
        print("wrong:", complaint)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
