#!/usr/bin/env python3
"""Enforces what the conventions mark as enforced, on every tracked or new source file.

usage: tidy.py [--root DIR] [--self-test]
Prints FILE:LINE: rule: what to do, and exits 1 if anything was found.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = {".h", ".cc", ".c"}
# What stands at the top, decided once; dot-files beside it.
TOP_LEVEL = {"CMakeLists.txt", "gateway", "drivers", "rules", "firmware-sim", "tests", "packaging",
             "README.md", "docs", "LICENSE", "CHANGELOG.md", "CMakePresets.json"}
SHIPPED = ("rules/", "drivers/", "gateway/", "firmware-sim/")

# directory prefix -> prefixes it may include; the longest matching directory decides.
ARROWS = {
    "rules/model": ["rules/model"],
    "rules/engine": ["rules/engine", "rules/model"],
    "rules/language": ["rules/language", "rules/engine", "rules/model"],
    "rules/replay": ["rules/"],
    "drivers/sdk/wire": ["drivers/sdk/wire", "rules/model"],
    "drivers/sdk": ["drivers/sdk", "rules/model"],
    "drivers/sdk/template": ["drivers/sdk", "rules/model", "decoder.h"],  # outside, it is alone
    "drivers/main": ["drivers/", "rules/model"],
    "drivers": ["drivers/sdk", "rules/model"],  # and its own directory
    # guarded_toml.h is no part of the drivers: it keeps a parser in bounds that both sides read with.
    "gateway": ["gateway/", "rules/", "drivers/sdk/wire", "drivers/sdk/guarded_toml.h"],
    "gateway/core": ["gateway/core", "gateway/store/messages.h", "rules/"],
    "gateway/sounder": ["gateway/sounder", "gateway/notify.h", "drivers/sdk/wire", "rules/model"],
    "gateway/store": ["gateway/store", "rules/model", "rules/replay"],
    "gateway/uplink": ["gateway/uplink", "drivers/sdk/wire", "rules/model"],
    "firmware-sim": ["firmware-sim", "rules/model"],
    # Whatever the kit shared with a driver or a device would be a misreading that nobody sees.
    "firmware-sim/conformance": ["firmware-sim/conformance", "rules/model", "drivers/sdk/wire"],
}
PURE_BANNED = re.compile(
    r"#include <(sys/|unistd|fcntl|poll|signal|pthread|thread|mutex|condition_variable|atomic|"
    r"future|chrono|ctime|time\.h|sqlite3|mqtt|MQTT|spdlog|modbus|filesystem|fstream|iostream)")
CLOCKS = re.compile(
    r"_clock::now\(|\bsleep_(for|until)\b|\b(u|nano)?sleep\(|\bclock_gettime\(|\bgettimeofday\(|"
    r"(?<![\w.>:])time\((nullptr|NULL|0|&)")
CLOCK_HOME = re.compile(r"(gateway|drivers/sdk|firmware-sim)(/.*)?/clock\.cc$|tests/.*clock\.cc$")
FUNCTION = re.compile(r"^( {0,4})(?![ }#/]|namespace|struct|class|enum|union|extern|if|for|while|"
                      r"switch|do|else|case|default|try|catch|return)(.*\S.*)?\{$")
MUTABLE_GLOBAL = re.compile(
    r"^(static|inline|thread_local)\s+(?!const\b|constexpr\b|constinit const\b|.*\bconst\b.*=)"
    r"[\w:<>,* ]+[ *&]\w+(\s*=.*|\{.*\})?;")
RESULT = re.compile(r"^\s*(?!.*\[\[nodiscard\]\])(static |virtual |inline |constexpr |friend )*"
                    r"(lamplight::)?(Result<[^;=]*>|Status)\s+\w+\(")


class Findings:
    def __init__(self):
        self.lines = []

    def add(self, path, line, rule, fix):
        self.lines.append(f"{path}:{line}: {rule}: {fix}")


def tracked(root):
    if (root / ".git").exists():
        out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, text=True,
                             capture_output=True, check=True).stdout.split("\n")
        names = [n for n in out if n]
    else:
        names = [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()]
    return sorted(n for n in names if (root / n).is_file())


def arrow_for(name):
    best = max((d for d in ARROWS if name.startswith(d + "/")), key=len, default=None)
    if best is None:
        return None
    allowed = list(ARROWS[best])
    if best == "drivers":
        allowed.append("/".join(name.split("/")[:2]) + "/")
    return allowed


def check_includes(name, lines, found):
    allowed = arrow_for(name)
    for number, line in enumerate(lines, 1):
        match = re.match(r'#include "([^"]+)"', line)
        if match and allowed is not None:
            if not any(match.group(1).startswith(a) for a in allowed):
                found.add(name, number, "arrow", f"{match.group(1)} may not be included here")
        if name.startswith("rules/") and PURE_BANNED.match(line):
            found.add(name, number, "pure", "rules/ knows no OS, clock, thread, file or library")


def code_of(line):
    line = re.sub(r'"(\\.|[^"\\])*"', '""', line)
    return line.split("//", 1)[0]


def check_lines(name, lines, found):
    for number, raw in enumerate(lines, 1):
        line = code_of(raw)
        if len(raw) > 100 and "http" not in raw:
            found.add(name, number, "columns", f"{len(raw)} columns, 100 allowed")
        if CLOCKS.search(line) and not CLOCK_HOME.search(name):
            found.add(name, number, "clock", "clocks and sleeps live in */clock.cc only")
        if "high_resolution_clock" in line:
            found.add(name, number, "clock", "high_resolution_clock is the wall clock here")
        if ".detach()" in line:
            found.add(name, number, "thread", "detached threads do not exist")
        if "connect_options_builder" in line:
            found.add(name, number, "paho", "its properties dangle: default-construct the options")
        if re.search(r"\bTODO\b", raw) and not re.search(r"TODO\(#\d+\)", raw):
            found.add(name, number, "todo", "write TODO(#issue) or do it")
        if not name.startswith("tests/"):
            if re.search(r"std::(recursive_|shared_)?mutex\b", line) and "mutex.h" not in name:
                found.add(name, number, "mutex", "use the annotated Mutex")
            if MUTABLE_GLOBAL.match(raw) and "NOLINT" not in raw:
                found.add(name, number, "global", "no mutable globals: give it an owner")
            if RESULT.match(raw) and name.endswith(".h") and \
                    "[[nodiscard]]" not in lines[max(0, number - 2)]:
                found.add(name, number, "nodiscard", "a dropped result is a lost error")


def check_functions(name, lines, found):
    start, indent = None, None
    for number, line in enumerate(lines, 1):
        if start is None:
            match = FUNCTION.match(line)
            if match and "(" in "".join(lines[max(0, number - 8):number]) and \
                    not line.rstrip().endswith(("= {", "({")):
                start, indent = number, match.group(1)
        elif line.startswith(indent + "}") :
            if number - start + 1 > 70:
                found.add(name, start, "function", f"{number - start + 1} lines, 70 allowed")
            start = None


def check_header(name, lines, found):
    comment = 0
    while comment < len(lines) and lines[comment].startswith("//"):
        comment += 1
    if comment == 0:
        found.add(name, 1, "header", "open with 2-6 lines: what this is and promises")
    if "#pragma once" not in lines:
        found.add(name, 1, "header", "no #pragma once")


def significant(line):
    text = re.sub(r"\s+", " ", line.split("//", 1)[0]).strip()
    if len(text) < 4 or text.startswith("#include") or text.startswith("using "):
        return None
    return text if re.search(r"\w", text) else None


def check_duplicates(files, found, least=6):
    """Runs of >= 6 equal significant lines in two places outside tests."""
    seen = {}
    reported = set()
    for name, lines in files:
        kept = [(n, s) for n, s in ((i, significant(l)) for i, l in enumerate(lines, 1)) if s]
        for i in range(len(kept) - least + 1):
            key = tuple(s for _, s in kept[i:i + least])
            here = (name, kept[i][0])
            if key in seen and not (seen[key][0] == name and abs(seen[key][1] - here[1]) < least):
                pair = (seen[key][0], name)
                if pair not in reported:
                    reported.add(pair)
                    found.add(name, here[1], "twice",
                              f"six lines that stand in {seen[key][0]}:{seen[key][1]} too")
            else:
                seen.setdefault(key, here)


def check_monitor_only(name, lines, found):
    """No Modbus function that writes may be named outside the simulator (rule 9)."""
    if not name.startswith("drivers/"):
        return
    for number, line in enumerate(lines, 1):
        if re.search(r"\bmodbus_(write|mask_write|report_slave)_?\w*\(", code_of(line)):
            found.add(name, number, "monitor", "a driver never writes to a device")


def check_readmes(names, found):
    folders = {str(pathlib.Path(n).parent) for n in names
               if pathlib.Path(n).suffix in SOURCE and n.startswith(SHIPPED + ("tests/",))}
    folders |= {"rules", "drivers", "gateway", "firmware-sim", "tests", "packaging", "docs"}
    for folder in sorted(folders):
        if folder + "/README.md" not in names and folder != ".":
            found.add(folder, 1, "readme", "every directory has a README.md of a page")


def check_top_level(names, found):
    for top in sorted({n.split("/")[0] for n in names} - TOP_LEVEL):
        if not top.startswith("."):
            found.add(top, 1, "top", "the top level is decided: this belongs in a directory below")


def run(root):
    found = Findings()
    names = tracked(root)
    shipped = []
    for name in names:
        if pathlib.Path(name).suffix not in SOURCE:
            continue
        lines = (root / name).read_text(encoding="utf-8", errors="replace").split("\n")
        if lines and lines[-1] == "":
            lines.pop()
        check_includes(name, lines, found)
        check_lines(name, lines, found)
        check_functions(name, lines, found)
        check_monitor_only(name, lines, found)
        if name.endswith(".h"):
            check_header(name, lines, found)
        if len(lines) > 500:
            found.add(name, 1, "file", f"{len(lines)} lines, 500 allowed")
        if name.startswith(SHIPPED):
            shipped.append((name, lines))
    check_duplicates(shipped, found)
    check_readmes(set(names), found)
    check_top_level(names, found)
    return found.lines


PLANTED = {
    "arrow": ("rules/engine/a.cc", '#include "rules/language/b.h"\n'),
    "pure": ("rules/engine/a.cc", "#include <chrono>\n"),
    "columns": ("gateway/a.cc", "int x;" + " " * 100 + "int y;\n"),
    "clock": ("gateway/a.cc", "auto t = std::chrono::steady_clock::now();\n"),
    "thread": ("gateway/a.cc", "t.detach();\n"),
    "paho": ("gateway/uplink/a.cc", "mqtt::connect_options_builder b;\n"),
    "todo": ("gateway/a.cc", "// TODO later\n"),
    "mutex": ("gateway/a.cc", "std::mutex m;\n"),
    "global": ("gateway/a.cc", "static int counter = 0;\n"),
    "nodiscard": ("gateway/a.h", "// a\n#pragma once\nStatus open(int x);\n"),
    "function": ("gateway/a.cc", "int f(int x) {\n" + "  x++;\n" * 70 + "}\n"),
    "header": ("gateway/a.h", "int f();\n"),
    "file": ("tests/gateway/a.cc", "int a;\n" * 501),
    "twice": ("gateway/a.cc", "".join(f"call_{i}(x);\n" for i in range(6)) * 2),
    "monitor": ("drivers/modbus/a.cc", "modbus_write_register(c, 1, 2);\n"),
    "readme": ("gateway/new/a.cc", "int x;\n"),
    "top": ("crash-1f2e3d", "left behind by a fuzzer\n"),
}


def self_test():
    """Every rule is seen to catch its planted breach."""
    missed = []
    for rule, (name, text) in PLANTED.items():
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            if not any(f": {rule}: " in line for line in run(pathlib.Path(folder))):
                missed.append(rule)
    for rule in missed:
        print(f"self-test: the planted breach of '{rule}' was not found")
    print(f"{len(PLANTED) - len(missed)} of {len(PLANTED)} planted breaches found")
    return 1 if missed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", default=str(pathlib.Path(__file__).resolve().parents[2]))
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        return self_test()
    lines = run(pathlib.Path(arguments.root))
    print("\n".join(lines) if lines else "tidy: nothing found")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
