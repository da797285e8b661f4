"""What demo.sh runs: the live demo, or the story. Everything started here is ended here."""
import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys

import story
from house import DEMO, ROOT, House

PROGRAMS = ("lamplightd", "lamplight", "lamplight-driver", "lamplight-uplink", "lamplight-sim")
TOOLS = {"mosquitto": "mosquitto", "mosquitto_sub": "mosquitto-clients",
         "mosquitto_pub": "mosquitto-clients"}
NOTICE = "Secondary notification; stay within hearing of the bedside devices."


def live(house, seconds):
    """The simulated night, shown by `lamplight watch` until Ctrl-C or for so many seconds."""
    house.start_broker()
    house.start_devices(scenario=DEMO / "night.scenario", loop=True)
    house.start_gateway()
    print(NOTICE)
    command = [house.bin / "lamplight", "watch", "--run-dir", house.folder / "run"]
    view = house.spawn("view", command, stdout=None, stderr=None, stdin=None, cwd=None)
    try:
        view.wait(timeout=seconds)
        return view.returncode
    except subprocess.TimeoutExpired:
        return 0
    finally:
        view.terminate()
        view.wait()


class Parser(argparse.ArgumentParser):
    """Says the mistake alone; demo.sh says the usage."""

    def error(self, message):
        sys.exit(f"demo.sh: {message}")


def positive(text):
    seconds = float(text)
    if not 0 < seconds < 1e7:
        raise argparse.ArgumentTypeError(f"{text} is no length of a demo; say --seconds 60")
    return seconds


def from_the_caller(text):
    return pathlib.Path(os.environ.get("LL_DEMO_CALLER", ".")) / text


def arguments_of(words):
    parser = Parser(prog="demo.sh", add_help=False, allow_abbrev=False)
    parser.add_argument("--seconds", type=positive)
    parser.add_argument("--story", action="store_true")
    parser.add_argument("--break", dest="wrong", metavar="STEP", choices=story.STEPS)
    parser.add_argument("--steps", action="store_true")
    parser.add_argument("--keep", type=from_the_caller)
    parser.add_argument("--only-look", action="store_true")
    arguments = parser.parse_args(words)
    if arguments.seconds and (arguments.story or arguments.wrong):
        parser.error("the story has its own length; --seconds is for the live demo")
    if arguments.keep and arguments.keep.exists():
        if not arguments.keep.is_dir() or any(arguments.keep.iterdir()):
            parser.error(f"--keep {arguments.keep}: not an empty folder; name a new one")
    return arguments


def missing(tells_story):
    """What this machine lacks, with the remedy; nothing if it can be told or shown."""
    place = os.environ.get("LL_BIN")
    for name in PROGRAMS if place else ():
        if not os.access(from_the_caller(place) / name, os.X_OK):
            return (f"LL_BIN={place}: no program {name} there. Name the folder that holds "
                    f"{', '.join(PROGRAMS)}, or unset LL_BIN to build them")
    for name, package in TOOLS.items():
        path = os.environ["PATH"] + ":/usr/sbin:/sbin"
        if (tells_story or package == "mosquitto") and not shutil.which(name, path=path):
            return f"the program {name} is missing; install the package {package}"
    return None


def main():
    arguments = arguments_of(sys.argv[1:])
    if arguments.only_look:
        return 0
    if arguments.steps:
        print("\n".join(story.STEPS))
        return 0
    if lacks := missing(arguments.story or arguments.wrong):
        print(f"demo.sh: {lacks}", file=sys.stderr)
        return 1
    # A demo that is ended or whose terminal is closed leaves as much behind as an interrupted
    # one: nothing.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup means it
            signal.signal(number, lambda taken, _: sys.exit(128 + taken))
    place = os.environ.get("LL_BIN")
    programs = from_the_caller(place) if place else ROOT / "build/release/bin"
    house = House(programs=programs.resolve(), folder=arguments.keep)
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
        # Whoever closes the terminal may send more than one signal; the end is not interrupted.
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        house.stop()


if __name__ == "__main__":
    sys.exit(main())
