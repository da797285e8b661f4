#!/usr/bin/env python3
"""Fuzzes every target, two at once, and says what was covered.

usage: tests/fuzz/run.py [--seconds 60] [--target NAME]... [--skip-planted] [--list]

Per target: executions and edges under ASan and UBSan; line coverage of what it targets from the
committed corpus alone (90 % asked); and a build with its planted bug, which must be found within the
same time. Exits 1 if anything was found that should not be, or not found that should be.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEAST_COVERAGE = 90.0
# target -> sources whose lines its committed corpus must cover.
TARGETS = json.loads((ROOT / "tests/fuzz/targets.json").read_text())
BUILDS = {
    "fuzz": [],
    "fuzz-planted": ["-DCMAKE_CXX_FLAGS=-DLL_PLANTED_BUG"],
    "fuzz-coverage": ["-DLL_SANITIZE=",
                      "-DCMAKE_CXX_FLAGS=-fprofile-instr-generate -fcoverage-mapping"],
}


def build(kind, targets):
    folder = ROOT / "build" / kind
    command = ["cmake", "--preset", "fuzz", "-B", str(folder)] + BUILDS[kind]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    print(f"building {kind} …", flush=True)
    programs = [f"fuzz_{t}" for t in targets]
    done = subprocess.run(["cmake", "--build", str(folder), "-j", str(os.cpu_count()), "--target"]
                          + programs, cwd=ROOT, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(done.stdout[-4000:] + done.stderr[-2000:])
    return folder / "bin"


def corpus(target):
    folder = ROOT / "tests/fuzz/corpus" / target
    if not folder.is_dir() or not any(folder.iterdir()):
        sys.exit(f"no committed corpus in {folder}")
    return folder


def fuzz(program, target, seconds):
    """Runs one target in a scratch folder; returns (found, executions, edges, output)."""
    with tempfile.TemporaryDirectory() as scratch:
        grown = pathlib.Path(scratch) / "grown"
        grown.mkdir()
        command = [str(program), str(grown), str(corpus(target)), f"-max_total_time={seconds}",
                   "-print_final_stats=1", "-timeout=10", "-rss_limit_mb=2048", "-max_len=65536",
                   f"-artifact_prefix={scratch}/"]
        environment = dict(os.environ, ASAN_SYMBOLIZER_PATH="/usr/bin/llvm-symbolizer-19")
        done = subprocess.run(command, text=True, errors="replace", capture_output=True,
                              env=environment, timeout=seconds * 3 + 120)
        output = done.stderr
        if done.returncode != 0:  # keep the input that did it
            kept = ROOT / "build" / "fuzz-found" / target
            kept.mkdir(parents=True, exist_ok=True)
            for file in pathlib.Path(scratch).glob("*-*"):
                shutil.copy(file, kept)
        executions = re.search(r"number_of_executed_units:\s*(\d+)", output)
        edges = re.findall(r"cov: (\d+)", output)
        return (done.returncode != 0, int(executions.group(1)) if executions else 0,
                int(edges[-1]) if edges else 0, output)


def coverage(programs, target):
    """Line coverage in percent of the target's sources, from the committed corpus alone."""
    with tempfile.TemporaryDirectory() as scratch:
        raw, merged = scratch + "/raw", scratch + "/merged"
        program = str(programs / f"fuzz_{target}")
        files = [str(f) for f in corpus(target).iterdir()]
        for at in range(0, len(files), 500):
            subprocess.run([program] + files[at:at + 500], capture_output=True, check=True,
                           env=dict(os.environ, LLVM_PROFILE_FILE=raw + "-%p"))
        raws = [str(p) for p in pathlib.Path(scratch).glob("raw-*")]
        subprocess.run(["llvm-profdata-19", "merge", "-o", merged] + raws, check=True)
        sources = [str(ROOT / s) for s in TARGETS[target]]
        done = subprocess.run(["llvm-cov-19", "export", "-summary-only", program,
                               f"-instr-profile={merged}"] + sources, text=True,
                              capture_output=True, check=True)
        return json.loads(done.stdout)["data"][0]["totals"]["lines"]["percent"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--target", action="append", choices=sorted(TARGETS))
    parser.add_argument("--skip-planted", action="store_true")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(sorted(TARGETS)))
        return 0
    targets = arguments.target or sorted(TARGETS)
    clean = build("fuzz", targets)
    covered = build("fuzz-coverage", targets)
    planted = None if arguments.skip_planted else build("fuzz-planted", targets)
    bad = []
    print(f"{'target':<16}{'executions':>12}{'edges':>8}{'lines %':>9}  planted bug", flush=True)

    def one(target):
        found, executions, edges, output = fuzz(clean / f"fuzz_{target}", target,
                                                arguments.seconds)
        percent = coverage(covered, target)
        seen = "not tried"
        if planted is not None:
            seen = "found" if fuzz(planted / f"fuzz_{target}", target, 60)[0] else "NOT FOUND"
        problems = []
        if found:
            problems.append(output[-3000:])
        if percent < LEAST_COVERAGE:
            problems.append(f"{percent:.1f} % of lines covered, {LEAST_COVERAGE} asked")
        if seen == "NOT FOUND":
            problems.append("the planted bug was not found")
        line = f"{target:<16}{executions:>12}{edges:>8}{percent:>9.1f}  {seen}"
        return target, line, problems

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for target, line, problems in pool.map(one, targets):
            print(line, flush=True)
            bad += [(target, p) for p in problems]
    for target, problem in bad:
        print(f"\n{target}: {problem}")
    print(f"{len(targets) - len({t for t, _ in bad})} of {len(targets)} targets passed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
