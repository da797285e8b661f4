"""People and programs that get in the way cost no alarm: a second lamplightd on the same record,
clients of core.sock that say or read nothing, a record deleted while in use. Real processes."""
import re
import shutil
import socket
import stat
import subprocess
import time
import unittest

from house import BIN, House, wait_for


class Intruder(unittest.TestCase):
    def house(self):
        house = House()
        self.addCleanup(house.close)
        house.start()
        return house

    def log(self, house):
        return (house.dir / "log").read_text()

    def test_a_second_one_on_the_same_record_goes_and_names_the_first(self):
        house = self.house()
        second = house.dir / "second.toml"
        second.write_text(house.config.read_text().replace('run_dir = "run"', 'run_dir = "run2"'))
        for _ in range(3):
            ended = subprocess.run([BIN / "lamplightd", "--config", second], capture_output=True,
                                   text=True, timeout=20)
            self.assertEqual(ended.returncode, 1, ended.stderr)
            self.assertIn(f"is in use by process {house.core.pid}", ended.stderr)
            self.assertNotIn("died before", ended.stderr)
        house.kill()
        house.start()

    def test_silent_clients_do_not_lock_the_bedside_out(self):
        house = self.house()
        silent = []
        self.addCleanup(lambda: [s.close() for s in silent])
        for _ in range(200):
            one = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            one.connect(str(house.dir / "run/core.sock"))
            one.settimeout(5)
            silent.append(one)
        self.assertTrue(house.read("status"))
        self.assertEqual(silent[-1].recv(10), b"", "it is closed soon")
        self.assertLess(self.log(house).count("a client of core.sock"), 5)

    def test_a_deleted_socket_is_there_again_and_clients_stay(self):
        house = self.house()
        before = house.client()
        shutil.rmtree(house.dir / "run")
        wait_for(house.is_ready, 8)
        for client in (before, house.client()):
            self.assertEqual(client.ask({"type": "query", "what": "status"})["outcome"], "done")
        wait_for(lambda: self.log(house).count("is made again") == 1)

    def test_a_socket_that_could_not_be_made_at_start_is_made_as_soon_as_it_can(self):
        def in_its_place(house):
            (house.dir / "run/core.sock/something").mkdir(parents=True)
            return lambda: shutil.rmtree(house.dir / "run/core.sock")

        def instead_of_its_directory(house):
            (house.dir / "run").write_text("")
            return lambda: (house.dir / "run").unlink()

        # One of them outlasts a try that fails, too.
        for hinder, patience in ((in_its_place, 6), (instead_of_its_directory, 0)):
            with self.subTest(hinder.__name__):
                house = House()
                self.addCleanup(house.close)
                allow = hinder(house)
                house.start(ready=False)
                wait_for(lambda: "cannot listen on" in self.log(house))
                time.sleep(patience)
                allow()
                wait_for(house.is_ready, 12)
                self.assertTrue(house.read("status"))
                wait_for(lambda: self.log(house).count("could be made at last") == 1)
                self.assertEqual(self.log(house).count("cannot listen on"), 1, "said once")

    def test_a_record_deleted_while_in_use_is_failing_and_said_in_whole_lines(self):
        house = self.house()
        for path in (house.dir / "state").iterdir():
            self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o007, 0, path)
        for part in ("", "-wal", "-shm"):
            (house.dir / f"state/record.db{part}").unlink()
        wait_for(lambda: "record.db was deleted" in self.log(house))
        wait_for(lambda: "record_failing" in house.alarms())
        line = next(li for li in self.log(house).splitlines() if "was deleted" in li)
        self.assertRegex(line, re.compile(r"^\d{4}-\d\d-\d\dT.* warning: store failing: record.db"))
        house.kill()
        house.start()
        wait_for(lambda: "record.db was deleted or emptied" in self.log(house))
        self.assertIn("record_damaged", house.alarms())


if __name__ == "__main__":
    unittest.main()
