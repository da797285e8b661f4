"""A checker that lets everything pass would hide a name or a broken message: each kind of mistake
must be found in a message that was good before."""
import copy
import pathlib
import tempfile
import unittest

import messages

TOPIC = "lamplight/v1/h-demo/command-result"
GOOD = {"v": 1, "id": "c-1", "outcome": "done", "why": None, "seq": 7}


def problems(payload, topic=TOPIC):
    return messages.problems([{"topic": topic, "payload": payload}])


class Messages(unittest.TestCase):
    def test_lets_a_good_message_pass(self):
        self.assertEqual(problems(GOOD), [])

    def test_finds_the_child_s_name_in_topic_and_payload(self):
        self.assertTrue(problems({**GOOD, "id": "for Mia"}))
        self.assertTrue(problems({**GOOD, "x": [{"y": "Mia's oxygen"}]}))
        self.assertTrue(problems(GOOD, "lamplight/v1/h-demo/device/Mia"))

    def test_finds_what_breaks_the_schema(self):
        for key, wrong in (("outcome", "perhaps"), ("v", 2), ("id", 7), ("seq", "7")):
            self.assertTrue(problems({**GOOD, key: wrong}), key)
        for key in ("v", "id", "outcome"):
            less = copy.copy(GOOD)
            del less[key]
            self.assertTrue(problems(less), key)

    def test_finds_what_is_no_object(self):
        self.assertTrue(problems("text"))

    def test_takes_a_keyword_it_does_not_know_for_an_error(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            f.write('{"properties": {"a": {"multipleOf": 2}}}')
            f.flush()
            self.assertTrue(messages.Schema(pathlib.Path(f.name)).problems({"a": 3}))


if __name__ == "__main__":
    unittest.main()
