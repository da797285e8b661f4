#!/usr/bin/env python3
"""What must hold for a vendor: with nothing but the installed prefix and the document, a driver is
built outside Lamplight's tree, describes itself, decodes, and passes the conformance kit."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["LL_BUILD"]).resolve()
SOURCE = pathlib.Path(os.environ["LL_SOURCE"]).resolve()
CXX = os.environ["LL_CXX"]
CMAKE = os.environ["LL_CMAKE"]


def run(*command, check=True, **keys):
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True, **keys)
    if check and done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


class Outside(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = pathlib.Path(tempfile.mkdtemp(prefix="ll-sdk-"))
        cls.addClassCleanup(shutil.rmtree, cls.home)
        cls.prefix = cls.home / "prefix"
        run(CMAKE, "--install", BUILD, "--prefix", cls.prefix, "--component", "sdk")
        # A copy of the installed template is all that its author begins with.
        cls.project = cls.home / "mine"
        shutil.copytree(cls.prefix / "share/lamplight/driver-template", cls.project)
        run(CMAKE, "-G", "Ninja", "-S", cls.project, "-B", cls.project / "build",
            f"-DCMAKE_CXX_COMPILER={CXX}",
            f"-DCMAKE_PREFIX_PATH={cls.prefix}", "-DCMAKE_BUILD_TYPE=Debug")
        run(CMAKE, "--build", cls.project / "build", "-j", "2")
        cls.driver = cls.project / "build/acorn-driver"

    def test_nothing_of_the_tree_is_needed(self):
        flags = (self.project / "build/CMakeCache.txt").read_text()
        package = next(self.prefix.rglob("LamplightDriverTargets.cmake")).read_text()
        for text in (flags, package):
            self.assertNotIn(str(SOURCE), text)

    def test_describe_is_what_the_core_expects(self):
        told = json.loads(run(self.driver, "describe").stdout)
        self.assertEqual(list(told), ["wire", "protocols", "signals", "conditions", "options"])
        self.assertEqual(told["wire"], [1, 0])
        self.assertEqual(told["protocols"], ["acorn"])
        self.assertIn("oximeter.spo2", told["signals"])
        self.assertIn("oximeter.probe_off", told["conditions"])

    def test_check_says_whether_a_port_could_work_and_opens_none(self):
        for at, code in (("serial:/dev/nowhere?9600,8N1", 0), ("serial:/dev/nowhere?9601,8N1", 1)):
            configure = {"type": "configure", "port": {"name": "oxi", "driver": str(self.driver),
                                                       "at": at},
                         "devices": [{"id": "ox1", "role": "oximeter"}]}
            done = run(self.driver, "check", check=False, input=json.dumps(configure))
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
            self.assertEqual("baud" in done.stdout, code == 1, done.stdout)

    def test_decode_says_what_its_recording_must_say(self):
        run("ctest", "--test-dir", self.project / "build", "--output-on-failure")
        totals = run(self.driver, "decode", "acorn-ox2", self.project / "night.txt").stdout
        self.assertTrue(totals.endswith('"frames_bad":2,"bytes_skipped":61}\n'), totals)

    def test_what_is_wrong_is_said_with_the_way_out(self):
        for words, says in ((["decode", "cow", "-"], "known: acorn-ox2"),
                            (["decode", "acorn-ox2"], "needs a PROTOCOL and a FILE"),
                            (["decode", "acorn-ox2", "/no/such"], "No such file"),
                            (["fly"], "--help"), ([], "say describe, check, run or decode"),
                            (["run"], "fd 3")):
            done = run(self.driver, *words, check=False)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(says, done.stderr, words)
        self.assertIn("Usage", run(self.driver, "--help").stdout)

    def test_an_older_package_than_asked_for_is_refused(self):
        text = (self.project / "CMakeLists.txt").read_text().replace("Driver 0.1", "Driver 9.0")
        other = self.home / "newer"
        other.mkdir()
        (other / "CMakeLists.txt").write_text(text)
        done = run(CMAKE, "-S", other, "-B", other / "build", f"-DCMAKE_CXX_COMPILER={CXX}",
                   f"-DCMAKE_PREFIX_PATH={self.prefix}", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("9.0", done.stderr)

    def test_it_passes_the_kit_with_its_makers_simulator(self):
        # All of it takes two minutes; the quick suite has what a broken frame and its end come to.
        part = [] if os.environ.get("LL_FULL") == "1" else [
            "--checks", "launch,faults", "--faults", "garble", "--loss-limit", "6s"]
        report = self.home / "report.html"
        done = run(self.prefix / "bin/lamplight-conformance", "--driver", self.driver, "--profile",
                   "oximeter", "--simulator", self.project / "simulator.py", "--soak", "10s",
                   "--html", report, *part, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("garble: readings are missing", done.stdout)
        self.assertIn("A000123", report.read_text(), "the device's serial number")

    def test_every_installed_header_stands_alone(self):
        include = self.prefix / "include/lamplight"
        headers = sorted(str(h.relative_to(include)) for h in include.rglob("*.h"))
        self.assertGreater(len(headers), 20)
        text = "".join(f'#include "{h}"\n' for h in headers)
        # Once forwards and once backwards: what leans on a neighbour fails in one of them.
        for order in (text, "".join(reversed(text.splitlines(True)))):
            run(CXX, "-std=c++20", "-fsyntax-only", "-x", "c++", "-I", include, "-", input=order)

    def test_the_document_quotes_the_template(self):
        document = (SOURCE / "docs/write-a-driver.md").read_text()
        files = {p.name: p.read_text() for p in (SOURCE / "drivers/sdk/template").iterdir()}
        quoted = re.findall(r"```(?:cpp|cmake|python)\n(.*?)```", document, re.S)
        self.assertGreater(len(quoted), 4)
        for piece in quoted:
            # "..." stands for what is left out.
            for part in re.split(r"^ *(?://|#)? ?\.\.\.\n", piece, flags=re.M):
                self.assertTrue(any(part in text for text in files.values()), part)


if __name__ == "__main__":
    unittest.main()
