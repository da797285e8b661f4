"""What demo.sh runs: the live demo, or the story. Everything started here is ended here."""
import argparse
import pathlib
import signal
import subprocess
import sys

import story
from house import DEMO, House

NOTICE = "Secondary notification; stay within hearing of the bedside devices."


def live(house, seconds):
    """The simulated night, shown by `lamplight watch` until Ctrl-C or for so many seconds."""
    house.start_broker()
    house.start_devices(scenario=DEMO / "night.scenario", loop=True)
    house.start_gateway()
    print(NOTICE)
    command = [house.bin / "lamplight", "watch", "--run-dir", house.folder / "run"]
    view = subprocess.Popen([str(c) for c in command])
    try:
        view.wait(timeout=seconds)
        return view.returncode
    except subprocess.TimeoutExpired:
        return 0
    finally:
        view.terminate()
        view.wait()


def main():
    parser = argparse.ArgumentParser(prog="demo.sh")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--story", action="store_true")
    parser.add_argument("--break", dest="wrong", metavar="STEP", choices=story.STEPS)
    parser.add_argument("--steps", action="store_true")
    parser.add_argument("--keep", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.steps:
        print("\n".join(story.STEPS))
        return 0
    if arguments.keep and arguments.keep.is_dir() and any(arguments.keep.iterdir()):
        parser.error(f"--keep {arguments.keep}: not empty; name a new folder")
    # A terminated demo leaves as much behind as an interrupted one: nothing.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    house = House(folder=arguments.keep)
    try:
        if arguments.story or arguments.wrong:
            return story.tell(house, arguments.wrong)
        return live(house, arguments.seconds)
    except KeyboardInterrupt:
        return 0
    except (TimeoutError, RuntimeError, FileNotFoundError) as problem:
        print(f"demo.sh: {problem}", file=sys.stderr)
        for name in ("gateway", "devices", "broker"):
            tail = house.log(name).strip().splitlines()[-5:]
            if tail:
                print(f"  last words of {name}:", *tail, sep="\n    ", file=sys.stderr)
        return 1
    finally:
        house.stop()


if __name__ == "__main__":
    sys.exit(main())
