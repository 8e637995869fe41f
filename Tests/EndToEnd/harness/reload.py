"""A server with a configuration file that changes while it runs."""

import json
import re
import signal

from harness.server import ROOT
from harness.wire import eventually

OUTCOMES = ("configuration reloaded", "configuration unchanged", "configuration kept")


def nested(settings):
    """{"a.b": 1} as the sections of a configuration file."""
    tree = {}
    for key, value in settings.items():
        *sections, name = key.split(".")
        place = tree
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    return tree


def settings_that_need_a_restart():
    """(all settings, those whose changes wait for a restart) as config/sessiond.json5 says."""
    every, waiting, sections = set(), set(), []
    for line in (ROOT / "config" / "sessiond.json5").read_text().splitlines()[3:]:
        line = line.strip()
        if opening := re.fullmatch(r"(\w+): \{", line):
            sections.append(opening[1])
        elif line.startswith("}") and sections:
            sections.pop()
        elif setting := re.match(r"(\w+): ", line):
            key = ".".join([*sections, setting[1]])
            every.add(key)
            if line.endswith("// needs a restart"):
                waiting.add(key)
    return every, waiting


class Reloading:
    """The server and its file."""

    def __init__(self, launch, folder, settings=(), **options):
        self.file = folder / "sessiond.json5"
        self.write(dict(settings))
        self.server = launch(config=self.file, **options)

    def write(self, settings):
        """Puts settings, or any text, into the file, at once."""
        draft = self.file.with_name("draft")
        draft.write_text(settings if isinstance(settings, str) else json.dumps(nested(settings)))
        draft.rename(self.file)

    def outcomes(self, start=0):
        """What the log says of reloads, from a line on."""
        lines = [line for line in self.server.log[start:] if '"event":"configuration ' in line]
        return [event for event in map(json.loads, lines) if event["event"] in OUTCOMES]

    def reload(self):
        """SIGHUP, and what the log says of it."""
        start = len(self.server.log)
        self.server.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: self.outcomes(start), seconds=30, pause=0.005), self.server.tail()
        return self.outcomes(start)[0]

    def change(self, settings):
        """Other settings in the file, which must be taken."""
        self.write(settings)
        outcome = self.reload()
        assert outcome["event"] == "configuration reloaded", outcome
        return set(outcome["changed"].split(", "))
