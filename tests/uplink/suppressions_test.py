"""A sanitizer must stay able to find our faults: exactly these suppressions, for Paho only, each with
its reason. One more is a decision that this test makes visible."""
import os
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECTED = {"lsan.supp": ["leak:libpaho-mqtt3as"], 
            "tsan.supp": ["race:libpaho-mqttpp3.so", "deadlock:libpaho-mqtt3as.so"]}


class Suppressions(unittest.TestCase):
    def test_are_the_three_we_decided_on_each_with_its_reason(self):
        files = {name for name in os.listdir(HERE) if name.endswith(".supp")}
        self.assertEqual(files, set(EXPECTED))
        for name, lines in EXPECTED.items():
            with open(os.path.join(HERE, name)) as f:
                text = [line.rstrip("\n") for line in f if line.strip()]
            self.assertEqual([t for t in text if not t.startswith("#")], lines)
            for before, line in zip(["", *text], text):
                self.assertTrue(line.startswith("#") or before.startswith("#"),
                                f"{name}: the reason of {line} stands before it")


if __name__ == "__main__":
    unittest.main()
