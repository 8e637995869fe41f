"""The file of results: a section for each part, each with when and on what it was measured; medians over runs."""

import datetime
import functools
import hashlib
import importlib.metadata
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess

import contenders
from harness.server import binary

FOLDER = contenders.HERE.parent / "docs" / "benchmarks"


def _said(*command):
    """The first line that a program prints."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=contenders.HERE)
    except FileNotFoundError:
        return "not found"
    return ((done.stdout + done.stderr).strip().splitlines() or [""])[0]


def _package(name):
    return _said("dpkg-query", "-W", "-f", "${Version}", name)


def _python(name):
    return importlib.metadata.version(name)


@functools.cache
def machine():
    """What the figures hold for."""
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return {
        "processor": model[1] if model else platform.machine(), "cores": os.cpu_count(),
        "virtual": "hypervisor" in pathlib.Path("/proc/cpuinfo").read_text(),
        "memory_gib": round(int(memory[1]) / 2**20), "kernel": platform.release(),
        "system": platform.freedesktop_os_release()["PRETTY_NAME"], "swift": _said("swift", "--version"),
        "cc": _said("cc", "--version"), "libevent": _package("libevent-core-2.1-7"), "openssl": _package("libssl3"),
        "glibc": _package("libc6"), "nginx": _package("nginx"), "wrk": _package("wrk"), "ab": _package("apache2-utils"),
        "python": platform.python_version(), "flask": _python("flask"), "gunicorn": _python("gunicorn"),
    }


@functools.cache
def program():
    """The binary under test, and the sources that are beside this program."""
    content = pathlib.Path(binary()).read_bytes()
    changed = "+" if _said("git", "status", "--porcelain", "--", "../Sources", "../Package.swift") else ""
    return {"commit": _said("git", "rev-parse", "--short", "HEAD") + changed,
            "sha256": hashlib.sha256(content).hexdigest()[:16], "octets": len(content)}


class Results:
    """results.json: read at the beginning, so that a run of some parts keeps the others; written after each step."""

    def __init__(self, path):
        self.path = path
        self.data = json.loads(path.read_text()) if path.exists() else {}

    def put(self, section, value):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        self.data[section] = {"measured": now, "sessiond": program(), **value}
        self.data["machine"] = machine()
        self.write()

    def write(self):
        text = json.dumps(self.data, indent=1, ensure_ascii=False)
        # What holds no further list or object goes on one line.
        text = re.sub(r"[\[{][^\[\]{}]*[\]}]", lambda found: re.sub(r"\n\s*", " ", found[0]), text)
        temporary = self.path.with_suffix(".new")
        temporary.write_text(text + "\n")
        temporary.replace(self.path)


def median(runs, figure):
    """Of one figure over runs; nothing if none has it."""
    found = [run[figure] for run in runs if run.get(figure) is not None]
    return statistics.median(found) if found else None


def paired(runs, others, figure="cpu"):
    """The median of the ratios of runs of the same round; nothing without such rounds."""
    theirs = {run["round"]: run[figure] for run in others}
    found = [run[figure] / theirs[run["round"]] for run in runs if theirs.get(run["round"])]
    return statistics.median(found) if found else None
