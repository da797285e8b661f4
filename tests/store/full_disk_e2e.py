"""A disk that is really full, and one that is really read-only, cost no durable row: for a box
whose SD card fills up or turns itself read-only, as worn ones do. Needs unshare -m (root)."""
import os
import pathlib
import re
import subprocess
import sys

PROBE = pathlib.Path(os.environ["LL_BIN"]) / "disk_probe"
FIELDS = re.compile(r"(\w+)=(\d+)")


def inside():
    """Runs in a mount namespace of its own, with a tmpfs that is made full, larger, read-only."""
    here = pathlib.Path("/mnt")

    def mount(*options):
        subprocess.run(["mount", "-t", "tmpfs", "-o", *options, "tmpfs", here], check=True)

    def probe(first, count):
        text = subprocess.run([PROBE, here, str(first), str(count)], check=True, text=True,
                              capture_output=True).stdout
        print(text.strip())
        return {key: int(value) for key, value in FIELDS.findall(text)}

    mount("size=64k")
    tiny = probe(1, 20)
    assert tiny["failing"] == 1 and tiny["recovered"] == 0, "64 KiB do not hold a store"
    subprocess.run(["umount", here], check=True)

    mount("size=400k")
    full = probe(1, 400)
    assert full["failing"] == 1, "it fills up and says so once"
    assert 0 < full["durable"] < 400, full
    assert full["rows"] == full["durable"], "what was promised is there, nothing else"
    mount("remount,size=64m")
    more = probe(1, 400)  # the same rows come again, as after the death of the process
    assert more["failing"] == 0 and more["durable"] == 400 and more["rows"] == 400, more
    assert more["next"] == full["durable"] + 1, more
    mount("remount,ro")
    locked = probe(401, 5)
    assert locked["failing"] == 1 and locked["next"] == 401, locked
    mount("remount,rw")
    again = probe(401, 5)
    assert again["rows"] == 405 and again["failing"] == 0, again


if __name__ == "__main__":
    if len(sys.argv) > 1:
        inside()
        sys.exit(0)
    able = subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0
    if not able:
        print("SKIPPED: unshare -m is not allowed here")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    sys.exit(subprocess.run(["unshare", "-m", sys.executable, "-B", __file__, "inside"]).returncode)
