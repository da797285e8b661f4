"""The last look at every message of a run. Schemas: docs/mqtt/*.schema.json, read by a checker of the
keywords they use (an unknown keyword is an error, so that nothing passes by not being checked)."""
import json
import os
import pathlib
import re
import sys

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs/mqtt"
NAME = "Mia"  # of home.plan and of the demo's plan: never leaves the home
PREFIX = re.compile(r"^lamplight/v1/[A-Za-z0-9-]{1,32}/")
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
SAID = {"$schema", "$id", "$defs", "title", "description", "examples", "default", "$comment",
        "format", "definitions"}


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


class Schema:
    def __init__(self, path):
        self.path, self.root = path, json.loads(path.read_text())

    def resolve(self, reference):
        file, _, pointer = reference.partition("#")
        schema = Schema(self.path.parent / file) if file else self
        at = schema.root
        for step in pointer.strip("/").split("/"):
            at = at[step] if step else at
        return schema, at

    def problems(self, value, rule=None, where="$"):
        rule = self.root if rule is None else rule
        if rule is True or rule is False:
            return [] if rule else [f"{where}: may not be here"]
        found = []
        for keyword, want in rule.items():
            if keyword not in SAID:
                check = getattr(self, "check_" + keyword.lstrip("$"), None)
                if check is None:
                    found.append(f"{self.path.name}: keyword {keyword} is not checked by us")
                else:
                    found += check(value, want, where, rule)
        return found

    def check_ref(self, value, want, where, _):
        schema, rule = self.resolve(want)
        return schema.problems(value, rule, where)

    def check_type(self, value, want, where, _):
        names = want if isinstance(want, list) else [want]
        return [] if any(is_type(value, n) for n in names) else [f"{where}: {value!r} is no {want}"]

    def check_const(self, value, want, where, _):
        return [] if value == want else [f"{where}: {value!r} is not {want!r}"]

    def check_enum(self, value, want, where, _):
        return [] if value in want else [f"{where}: {value!r} is none of {want}"]

    def check_required(self, value, want, where, _):
        lacks = [k for k in want if isinstance(value, dict) and k not in value]
        return [f"{where}: {k} is missing" for k in lacks]

    def check_properties(self, value, want, where, _):
        both = [k for k in want if isinstance(value, dict) and k in value]
        return [p for k in both for p in self.problems(value[k], want[k], f"{where}.{k}")]

    def check_additionalProperties(self, value, want, where, rule):
        if not isinstance(value, dict):
            return []
        known = rule.get("properties", {})
        patterns = rule.get("patternProperties", {})
        extra = [k for k in value if k not in known and not any(re.search(p, k) for p in patterns)]
        return [p for k in extra for p in self.problems(value[k], want, f"{where}.{k}")]

    def check_patternProperties(self, value, want, where, _):
        if not isinstance(value, dict):
            return []
        return [p for pattern, rule in want.items() for k in value if re.search(pattern, k)
                for p in self.problems(value[k], rule, f"{where}.{k}")]

    def check_items(self, value, want, where, _):
        rows = value if isinstance(value, list) else []
        return [p for i, v in enumerate(rows) for p in self.problems(v, want, f"{where}[{i}]")]

    def check_minimum(self, value, want, where, _):
        return [f"{where}: {value} < {want}"] if is_type(value, "number") and value < want else []

    def check_maximum(self, value, want, where, _):
        return [f"{where}: {value} > {want}"] if is_type(value, "number") and value > want else []

    def check_minLength(self, value, want, where, _):
        return [f"{where}: too short"] if isinstance(value, str) and len(value) < want else []

    def check_maxLength(self, value, want, where, _):
        return [f"{where}: too long"] if isinstance(value, str) and len(value) > want else []

    def check_minItems(self, value, want, where, _):
        return [f"{where}: too few"] if isinstance(value, list) and len(value) < want else []

    def check_maxItems(self, value, want, where, _):
        return [f"{where}: too many"] if isinstance(value, list) and len(value) > want else []

    def check_pattern(self, value, want, where, _):
        bad = isinstance(value, str) and not re.search(want, value)
        return [f"{where}: {value!r} does not match {want}"] if bad else []

    def check_not(self, value, want, where, _):
        return [] if self.problems(value, want, where) else [f"{where}: fits what it must not"]

    def check_allOf(self, value, want, where, _):
        return [p for rule in want for p in self.problems(value, rule, where)]

    def check_anyOf(self, value, want, where, _):
        good = any(not self.problems(value, rule, where) for rule in want)
        return [] if good else [f"{where}: none of anyOf"]

    def check_oneOf(self, value, want, where, _):
        good = sum(not self.problems(value, rule, where) for rule in want)
        return [] if good == 1 else [f"{where}: {good} of oneOf"]


# docs/mqtt/README.md: first words of a topic -> schemas, of which one must fit.
SCHEMAS = {"status": ["status", "last-will"], "alarms": ["alarms"], "alarm": ["alarm"],
           "vitals": ["batch"], "wave": ["batch"], "system": ["system"], "gap": ["gap"],
           "device": ["device"], "command-result": ["command-result"], "backlog/alarm": ["alarm"],
           "backlog/vitals": ["batch"], "backlog/wave": ["batch"],
           "backlog/system": ["system", "gap"]}


def schemas_for(words, payload):
    """The schemas that must hold, each a list of alternatives; None: nothing is written."""
    key = "/".join(words[:2]) if words[0] == "backlog" else words[0]
    names = [SCHEMAS.get(key, [])]
    if payload.get("event") == "alarm.raised":
        names.append(["alarm-raised"])
    rows = [[DOCS / f"{n}.schema.json" for n in alternatives] for alternatives in names]
    exists = all(row and all(path.exists() for path in row) for row in rows)
    return [[Schema(path) for path in row] for row in rows] if exists else None


def addresses():
    """The topics of the AsyncAPI document, as patterns."""
    channels = json.loads((DOCS / "asyncapi.json").read_text())["channels"].values()
    return [re.compile(re.sub(r"\{\w+\}", "[^/]+", c["address"])) for c in channels]


def problems(seen):
    """Sentences about what is wrong with these messages ({topic, payload}); also prints what could
    not be checked, which is a failure where CI says so."""
    found, unchecked, described = [], set(), addresses()
    for message in seen:
        topic, payload = message["topic"], message["payload"]
        words = PREFIX.sub("", topic).split("/")
        if not any(address.fullmatch(topic) for address in described):
            found.append(f"{topic} is not in docs/mqtt/asyncapi.json")
        if words[0] in ("command", "stored"):
            continue  # not ours: the care team's own words
        if NAME in topic or NAME in json.dumps(payload):
            found.append(f"the child's name left the home on {topic}: {payload}")
        if not isinstance(payload, dict):
            if payload != "":
                found.append(f"{topic}: not a JSON object: {payload!r}")
            continue
        schemas = schemas_for(words, payload)
        if schemas is None:
            unchecked.add(words[0])
        for alternatives in schemas or []:
            wrong = [schema.problems(payload) for schema in alternatives]
            if all(wrong):
                found += [f"{topic}: {p} in {payload}" for p in min(wrong, key=len)]
    if unchecked:
        print("SKIPPED: no schema in docs/mqtt for", ", ".join(sorted(unchecked)), file=sys.stderr)
        if os.environ.get("CI") == "true":
            found.append(f"no schema for {sorted(unchecked)}")
    return found
