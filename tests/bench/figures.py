"""Figures of the machine that every row is read against."""
import os
import pathlib
import subprocess
import time


def percentile(values, q):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else float("nan")


def spread(values_ms):
    """{p50, p95, p99, max, n} of a list of milliseconds, to a microsecond."""
    row = {f"p{q}": round(percentile(values_ms, q / 100), 3) for q in (50, 95, 99)}
    return {**row, "max": round(max(values_ms), 3), "n": len(values_ms)}


def fdatasync_ms(folder, n=200):
    """n times 4 KiB written and synced on the disk that the store lies on."""
    path, page, took = folder / "sync.bench", b"x" * 4096, []
    fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    for _ in range(n):
        begin = time.monotonic_ns()
        os.write(fd, page)
        os.fdatasync(fd)
        took.append((time.monotonic_ns() - begin) / 1e6)
    os.close(fd)
    path.unlink()
    return took


def cpu_model():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return f"{os.cpu_count()} x {line.split(':', 1)[1].strip()}"
    return f"{os.cpu_count()} cores"


def commit(root):
    done = subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip() or None


def cpu_seconds(pid):
    """utime + stime of this process, all its threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_kb(pid):
    found = {}
    for line in open(f"/proc/{pid}/smaps_rollup"):
        if line.startswith(("Pss:", "Rss:")):
            found[line[:3]] = int(line.split()[1])
    return found


def running(program):
    """How many processes of this name run: others of ours share pages, which flatters Pss."""
    names = (p / "comm" for p in pathlib.Path("/proc").iterdir() if p.name.isdigit())
    count = 0
    for name in names:
        try:
            count += name.read_text().strip() == program[:15]
        except OSError:
            pass  # it has ended meanwhile
    return count
