"""Whoever starts the demo for the first time must be told what is wrong, where, and what to do; and a
demo whose terminal is closed must leave neither a process nor a file."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

DEMO = pathlib.Path(sys.argv.pop(1))
BIN = pathlib.Path(os.environ["LL_BIN"])


def processes_naming(text):
    """Command lines of those whose arguments or environment name it, ours excepted: a driver's
    own words do not, but every process of a demo is born with its TMPDIR."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            known = line + (process / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if text in known and line and int(process.name) != os.getpid():
            found.append(line)
    return found


class Usage(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()

    def run_it(self, *words, **environment):
        return subprocess.run([DEMO, *words], text=True, capture_output=True, cwd=self.folder,
                              timeout=60, env={**os.environ, **environment})

    def test_a_wrong_argument_is_told_with_the_usage_of_help(self):
        usage = self.run_it("--help").stdout
        self.assertIn("--story", usage)
        for words in (("--nonsense",), ("--seconds", "0"), ("--seconds", "-5"),
                      ("--seconds", "x"), ("--seconds",), ("--break", "no_such_step"),
                      ("--story", "--seconds", "5"), ("--keep", "/dev/null")):
            done = self.run_it(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn("demo.sh: ", done.stderr)
            self.assertTrue(done.stderr.endswith(usage), done.stderr)

    def test_missing_programs_are_told_with_ll_bin_and_the_remedy(self):
        for place in ("/nonexistent", "no/such"):
            done = self.run_it("--seconds", "3", LL_BIN=place)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"LL_BIN={place}: no program lamplightd there", done.stderr)
            self.assertIn("unset LL_BIN", done.stderr)
            self.assertNotIn("Traceback", done.stderr)

    def test_missing_mosquitto_clients_are_told_by_their_package(self):
        tools = self.folder / "tools"
        tools.mkdir()
        for name in ("bash", "python3", "dirname", "cat", "env", "mosquitto"):
            (tools / name).write_text("") if name == "mosquitto" else \
                (tools / name).symlink_to(subprocess.check_output(["which", name],
                                                                  text=True).strip())
        (tools / "mosquitto").chmod(0o755)
        done = self.run_it("--story", PATH=str(tools))
        self.assertEqual(done.returncode, 1)
        self.assertIn("mosquitto_sub is missing; install the package mosquitto-clients",
                      done.stderr)

    def test_folders_are_meant_from_where_they_were_typed(self):
        (self.folder / "programs").symlink_to(BIN)
        done = self.run_it("--keep", "kept", "--seconds", "4", LL_BIN="programs")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.folder / "kept/home.toml").exists())
        again = self.run_it("--keep", "kept", "--seconds", "4")
        self.assertEqual(again.returncode, 2)
        self.assertIn("not an empty folder", again.stderr)

    def test_ctrl_c_and_a_closed_terminal_end_everything(self):
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            with tempfile.TemporaryDirectory() as scratch:
                demo = subprocess.Popen([DEMO], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True,
                                        env={**os.environ, "TMPDIR": scratch})
                end = time.monotonic() + 30
                while not any("watch" in line for line in processes_naming(scratch)):
                    self.assertLess(time.monotonic(), end, "the demo did not come up")
                    time.sleep(0.1)
                self.assertTrue(any("lamplight-driver" in line
                                    for line in processes_naming(scratch)))
                demo.send_signal(number)
                self.assertEqual(demo.wait(30), 0 if number == signal.SIGINT else 128 + number)
                self.assertEqual(processes_naming(scratch), [])
                self.assertEqual(os.listdir(scratch), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
