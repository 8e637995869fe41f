"""Figures in Prometheus' text format, read strictly, and `promtool`."""

import re
import shutil
import subprocess
import time

from harness.client import Client
from harness.server import ROOT

# A listener for figures alone, on a free port.
LISTENER = {"SESSIOND_METRICS_LISTEN": "127.0.0.1:0"}
TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LINE = re.compile(r"([a-z_]+)(?:\{(.*)\})? (-?[0-9]+(?:\.[0-9]+)?)")
_LABEL = re.compile(r'([a-z]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')


class Figures(dict):
    """(name, labels) to value, labels as a sorted tuple."""

    def __init__(self, text):
        super().__init__()
        assert text.endswith("\n")
        self.types = {}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                assert name not in self.types
                self.types[name] = kind
                continue
            if line.startswith("# HELP "):
                continue
            name, labels, value = _LINE.fullmatch(line).groups()
            found = _LABEL.findall(labels or "")
            assert "".join(f'{k}="{v}",' for k, v in found) == (labels + "," if labels else "")
            key = (name, tuple(sorted(found)))
            assert key not in self, f"twice: {line}"
            self[key] = float(value)

    def one(self, name, **labels):
        """A figure; 0 when it was never counted."""
        return self.get((name, tuple(sorted(labels.items()))), 0)

    def of(self, name):
        """All figures of this name, by their labels."""
        return {labels: value for (found, labels), value in self.items() if found == name}

    def requests(self):
        """(route, method, code) to the number of answers."""
        return {(d["route"], d["method"], int(d["code"])): int(value)
                for labels, value in self.of("sessiond_http_requests_total").items() for d in [dict(labels)]}


def scraper(server):
    """A client of the listener for figures alone."""
    (event,) = server.await_events("listening", lambda e: e.get("for") == "metrics")
    return Client("http://" + event["address"])


def scrape(client, path="/metrics"):
    answer = client.get(path)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == TYPE, answer.text
    return Figures(answer.text)


def scrape_until(client, wanted):
    """The figures once they are as wanted: the last answers may be counted a moment after they were sent."""
    deadline = time.monotonic() + 10
    while not wanted(found := scrape(client)):
        assert time.monotonic() < deadline, found
        time.sleep(0.01)
    return found


def promtool(text, *command):
    """What `promtool check metrics`, or another command, says of a text, and its exit code."""
    program = shutil.which("promtool", path=f"{ROOT}/.venv/bin") or shutil.which("promtool")
    assert program, "no promtool: run make setup-test"
    done = subprocess.run([program, *(command or ("check", "metrics"))], input=text, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr, done.returncode
