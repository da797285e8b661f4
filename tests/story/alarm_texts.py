"""What the child's people and the care team read must be what the rules say, letter by letter: the
child's name at home, "the child" in every message that leaves the home, and no byte besides."""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "packaging/demo"))
from house import House, wait_for  # noqa: E402
from story import CareTeam  # noqa: E402

RULE = "circuit_disconnected"
DO = ("Follow the tube from the machine to {} and reconnect it. "
      "Bag if you cannot find the gap.")


def row_of(document):
    return next((a for a in (document or {}).get("alarms", []) if a["rule"] == RULE), None)


class AlarmTexts(unittest.TestCase):
    def test_the_words_of_an_alarm_arrive_exactly_with_the_name_only_at_home(self):
        house = House(programs=os.environ["LL_BIN"])
        self.addCleanup(house.stop)
        house.start_broker()
        house.start_devices(arguments=("--quiet-devices",))
        care = CareTeam(house)
        house.start_gateway()
        wait_for("readings", lambda: any(
            v["signal"] == "ventilator.pip" and v["quality"] == "ok"
            for v in house.ask("watch", "--once")["vitals"]["vitals"]), 30)
        house.say("condition ventilator circuit_disconnected on")
        home = wait_for("the alarm at home", lambda: row_of(house.ask("alarms")), 30)
        self.assertEqual(home["do"], DO.format("Mia"))
        self.assertEqual(home["title"], "Breathing circuit disconnected")
        self.assertEqual(home["priority"], "high")
        sent = wait_for("the retained alarms", lambda: row_of(care.snapshot()), 30)
        self.assertEqual(sent["do"], DO.format("the child"))
        self.assertEqual(sent["occurrence"], home["occurrence"])

        def raised():
            for message in care.messages():
                body = message["payload"]
                if (isinstance(body, dict) and body.get("event") == "alarm.raised"
                        and body.get("rule") == RULE and not message["retain"]):
                    return message
            return None
        live = wait_for("alarm.raised on the live topic", raised, 30)
        self.assertNotIn("backlog", live["topic"])
        self.assertEqual(live["payload"]["occurrence"], home["occurrence"])
        for message in care.messages():
            self.assertIsInstance(message["payload"], (dict, list), "a payload that is no JSON")
            self.assertNotIn("Mia", str(message["payload"]), message["topic"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
