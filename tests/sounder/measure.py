"""Measures a sound from its samples alone: where pulses begin and end, how fast they rise, how
loud they are and what they are made of. Standard library only; it shares no code and no constant
with lamplight-sounder and does not know what it should find.

Times are seconds. A pulse starts and ends where its envelope is at half of its plateau.
"""
import array
import cmath
import itertools
import math
import operator
import statistics
import struct
import sys
from dataclasses import dataclass

QUIET = 0.03  # of full scale, RMS; whatever is below is no pulse


@dataclass
class Pulse:
    start: float
    end: float
    rise: float  # 10 to 90 %
    fall: float  # 90 to 10 %
    level: float  # RMS of the plateau, of full scale
    f0: float
    harmonics: dict  # number: dB relative to the fundamental

    @property
    def length(self):
        return self.end - self.start


class Sound:
    """Samples of full scale 1, and sums that make the RMS of any stretch cheap."""

    def __init__(self, samples, rate):
        self.samples = samples
        self.rate = rate
        squares = map(operator.mul, samples, samples)
        self.sums = array.array("d", [0.0])
        self.sums.extend(itertools.accumulate(squares))

    @property
    def seconds(self):
        return len(self.samples) / self.rate

    @property
    def peak(self):
        return max(max(self.samples), -min(self.samples)) / 32768

    def rms(self, begin, end):
        """Of samples begin to end, as far as they exist; what lies outside is silent."""
        first, last = max(0, min(begin, len(self.samples))), max(0, min(end, len(self.samples)))
        if end <= begin or last <= first:
            return 0.0
        return math.sqrt((self.sums[last] - self.sums[first]) / (end - begin)) / 32768


def read_wav(path):
    """A RIFF file as one reads it who trusts no length field: it may still be growing."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError(f"{path} is no WAV file")
    at = 12
    form = None
    while at + 8 <= len(data):
        name, size = data[at:at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if name == b"fmt ":
            form = struct.unpack_from("<HHIIHH", data, at + 8)
        if name == b"data":
            break
        at += 8 + size + size % 2
    if form is None or (form[0], form[1], form[5]) != (1, 1, 16):
        raise ValueError(f"{path} is not 16 bit mono PCM: {form}")
    samples = array.array("h")
    body = data[at + 8:]
    samples.frombytes(body[:len(body) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return Sound(samples, form[2])


def loud_stretches(sound, threshold=QUIET):
    """Begin and end, in samples, of what is not quiet: 10 ms of RMS, every millisecond."""
    step, half = sound.rate // 1000, sound.rate // 200
    found, begin = [], None
    for at in range(0, len(sound.samples) + step, step):
        is_loud = sound.rms(at - half, at + half) > threshold
        if is_loud and begin is None:
            begin = at
        if not is_loud and begin is not None:
            found.append((begin, at))
            begin = None
    if begin is not None:
        found.append((begin, len(sound.samples)))
    return found


def goertzel(samples, rate, hertz):
    """Amplitude and phase of one frequency under a Hann window, as one complex number."""
    count = len(samples)
    turn = 2 * math.pi * hertz / rate
    twice = 2 * math.cos(turn)
    before = last = 0.0
    for value in samples:
        last, before = value + twice * last - before, last
    return (last - before * cmath.exp(-1j * turn)) * cmath.exp(-1j * turn * (count - 1))


def windowed(samples):
    count = len(samples)
    return [v * (0.5 - 0.5 * math.cos(2 * math.pi * (i + 0.5) / count))
            for i, v in enumerate(samples)]


def correlation(samples, lag):
    count = len(samples) - lag
    head, tail = samples[:count], samples[lag:]
    across = sum(map(operator.mul, head, tail))
    own = math.sqrt(sum(map(operator.mul, head, head)) * sum(map(operator.mul, tail, tail)))
    return across / own if own else 0.0


def fundamental(samples, rate):
    """By the first lag at which the wave looks like itself, then by the turn of its phase."""
    coarse = 4
    thin = [sum(samples[i:i + coarse]) for i in range(0, len(samples) - coarse, coarse)]
    lags = range(rate // coarse // 1300, rate // coarse // 100)
    likeness = {lag: correlation(thin, lag) for lag in lags}
    best = max(likeness.values())
    lag = next(lag for lag in lags[1:-1] if likeness[lag] > 0.9 * best
               and likeness[lag] >= likeness[lag - 1] and likeness[lag] >= likeness[lag + 1])
    fine = max(range((lag - 1) * coarse, (lag + 1) * coarse + 1),
               key=lambda l: correlation(samples, l))
    guess = rate / fine
    half = len(samples) // 2
    first = goertzel(windowed(samples[:half]), rate, guess)
    second = goertzel(windowed(samples[half:2 * half]), rate, guess)
    turned = cmath.phase(second / first * cmath.exp(-2j * math.pi * guess * half / rate))
    return guess + turned * rate / (2 * math.pi * half)


def harmonics_of(samples, rate, f0, lowest=300.0, highest=4000.0):
    """Those of 2 f0 and up that lie in the range, in dB relative to f0."""
    samples = windowed(samples)
    base = abs(goertzel(samples, rate, f0))
    return {n: 20 * math.log10(max(abs(goertzel(samples, rate, n * f0)) / base, 1e-9))
            for n in range(2, int((highest + 1) / f0) + 1) if n * f0 >= lowest - 1}


def crossing(levels, at, step, wanted):
    """Walks from index `at` until `levels` falls below `wanted`; the place between two samples."""
    while 0 < at < len(levels) - 1 and levels[at] >= wanted:
        at += step
    inner = at - step
    if levels[inner] == levels[at]:
        return float(at)
    return inner + step * (levels[inner] - wanted) / (levels[inner] - levels[at])


def pulse_at(sound, begin, end):
    rate = sound.rate
    middle, quarter = (begin + end) // 2, (end - begin) // 4
    plateau = list(sound.samples[middle - quarter:middle + quarter])
    f0 = fundamental(plateau, rate)
    # RMS over one period has no ripple; a quarter of a millisecond is the resolution.
    period, step, margin = round(rate / f0), rate // 4000, rate // 25
    places = range(begin - margin, end + margin, step)
    levels = [sound.rms(p - period // 2, p - period // 2 + period) for p in places]
    level = statistics.median(sound.rms(p, p + period)
                              for p in range(middle - quarter, middle + quarter - period, step))
    top = len(levels) // 2

    def time_of(direction, part):
        return (places[0] + step * crossing(levels, top, direction, part * level)) / rate
    return Pulse(start=time_of(-1, 0.5), end=time_of(1, 0.5),
                 rise=time_of(-1, 0.9) - time_of(-1, 0.1), fall=time_of(1, 0.1) - time_of(1, 0.9),
                 level=level, f0=f0, harmonics=harmonics_of(plateau, rate, f0))


def pulses_of(sound, threshold=QUIET):
    shortest = sound.rate // 50
    return [pulse_at(sound, begin, end) for begin, end in loud_stretches(sound, threshold)
            if end - begin > shortest]


def bursts_of(pulses, pause=2.0):
    """Pulses that follow each other within `pause` belong together."""
    bursts = []
    for pulse in pulses:
        if bursts and pulse.start - bursts[-1][-1].end < pause:
            bursts[-1].append(pulse)
        else:
            bursts.append([pulse])
    return bursts


def strongest(sound, at, candidates, width=0.03):
    """Which of some frequencies is strongest around `at`, and by how many dB over the next."""
    half = int(width * sound.rate / 2)
    centre = int(at * sound.rate)
    piece = windowed(sound.samples[max(0, centre - half):centre + half])
    power = sorted(((abs(goertzel(piece, sound.rate, f)), f) for f in candidates), reverse=True)
    return power[0][1], 20 * math.log10(power[0][0] / max(power[1][0], 1e-9))


def highest_above(sound, begin, end, hertz, step=40.0):
    """The strongest component above `hertz`, in dB relative to the strongest at or below it."""
    piece = windowed(sound.samples[int(begin * sound.rate):int(end * sound.rate)])

    def strength(low, high):
        count = int((high - low) / step)
        return max(abs(goertzel(piece, sound.rate, low + i * step)) for i in range(1, count + 1))
    return 20 * math.log10(strength(hertz, sound.rate / 2 - step) / strength(100, hertz))
