"""What is asked of the servers: `wrk` and `ab` on the other core, and what they report."""

import csv
import dataclasses
import os
import pathlib
import re
import subprocess
import tempfile
import time

import contenders

HERE = pathlib.Path(__file__).resolve().parent
EVENTED = ("sessiond", "evhttp in C", "nginx")
CHECKING = ("sessiond", "evhttp in C", "Flask")


@dataclasses.dataclass(frozen=True)
class Load:
    """One line of the table."""

    name: str
    path: str
    connections: int = 64
    script: str | None = None
    signed_in: bool = True
    fields: tuple = ()
    # Who is asked; nothing is all.
    rivals: tuple | None = None
    tool: str = "wrk"
    secure: bool = False


STATUS, PROFILE, WHOAMI = "/api/v1/status", "/profile", "/sessions/whoami"
ONE_COOKIE = Load("profile, one cookie", PROFILE)
LOADS = [
    Load("status", STATUS, signed_in=False),
    ONE_COOKIE,
    Load("profile, 10,000 cookies", PROFILE, script="cookies.lua", rivals=CHECKING),
    Load("whoami, 10,000 cookies", WHOAMI, script="cookies.lua", rivals=CHECKING),
    Load("profile, 12 fields", PROFILE, script="fields.lua", rivals=EVENTED),
    Load("profile, pipelined", PROFILE, script="pipeline.lua", rivals=EVENTED),
    Load("profile, 1,000 connections", PROFILE, connections=1_000, rivals=EVENTED),
    Load("status, no keep-alive", STATUS, signed_in=False, fields=("Connection: close",)),
    Load("profile, ab -k", PROFILE, tool="ab", rivals=EVENTED),
    Load("profile, TLS", PROFILE, rivals=("sessiond", "nginx"), secure=True),
    Load("status, TLS, no keep-alive", STATUS, signed_in=False, fields=("Connection: close",),
         rivals=("sessiond", "nginx"), secure=True),
]


@dataclasses.dataclass
class Result:
    """Figures of one run; times in µs, of the processor for each request or of the clock.

    ab knows no p99.9, and wrk no latency of requests that it sends many at a time."""

    per_second: float
    cpu: float
    user: float
    system: float
    p50: float | None
    p99: float | None
    p999: float | None
    requests: int
    errors: int
    # Percent of the server's core that others took meanwhile, and the host of a virtual one.
    others: float

    @property
    def rounded(self):
        return {name: round(value, 3) if isinstance(value, float) else value for name, value in vars(self).items()}


class LoadError(Exception):
    """A run that gave no figures."""


def client(command, cores, timeout, env=None):
    """Runs a load generator on these cores: what it printed."""
    try:
        done = subprocess.run(["taskset", "-c", cores, *map(str, command)], env=env and {**os.environ, **env},
                              capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as late:
        raise LoadError(f"{command[0]} did not end: {late.stdout}") from late
    if done.returncode != 0:
        raise LoadError(f"{command[0]} exited with {done.returncode}: {(done.stdout + done.stderr)[-500:].strip()}")
    return done.stdout + done.stderr


def figure(pattern, text):
    """The number that a program printed, or 0."""
    found = re.search(pattern, text)
    return float(found[1]) if found else 0.0


def _wrk(load, url, fields, env, seconds, cores, threads):
    # Without a script of its own a load has the one that prints the figures; the others end with that.
    text = client(["wrk", f"-t{threads}", f"-c{load.connections}", f"-d{seconds}s", "--timeout", "20s", "-s",
                   HERE / (load.script or "figures.lua"), *fields, url], cores, seconds + 60, env)
    found = re.search(r"^FIGURES (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$", text, re.MULTILINE)
    if not found:
        raise LoadError(text[-500:])
    requests, duration, errors, *latencies = map(int, found.groups())
    if load.script == "pipeline.lua":
        latencies = [None] * 3
    return requests, requests / duration * 1e6, errors, latencies


def _ab(load, url, fields, seconds, cores):
    with tempfile.NamedTemporaryFile("r", suffix=".csv") as table:
        text = client(["ab", "-q", "-k", "-r", "-e", table.name, "-t", seconds, "-n", "100000000",
                       "-c", load.connections, *fields, url], cores, seconds + 60)
        milliseconds = {row[0]: float(row[1]) for row in list(csv.reader(table))[1:]}

    errors = int(figure(r"Failed requests:\s+(\d+)", text) + figure(r"Non-2xx responses:\s+(\d+)", text))
    requests, kept = (int(figure(name + r" requests:\s+(\d+)", text)) for name in ("Complete", "Keep-Alive"))
    # A few end their connection at the server's limit; most that do are a fault.
    if kept < requests * 0.99:
        raise LoadError(f"ab: {kept} of {requests} connections kept alive")
    latencies = [milliseconds["50"] * 1_000, milliseconds["99"] * 1_000, None]
    return requests, figure(r"Requests per second:\s+([\d.]+)", text), errors, latencies


def run(load, contender, seconds, tokens, token, cores=contenders.CLIENT_CORE, threads=1):
    """One run, measured on the server's side. `tokens`: the file with those of the loads with many cookies."""
    url = (contender.secure_base if load.secure else contender.base) + load.path
    cookie = "__Host-session_id" if load.secure else "session_id"
    wanted = [*load.fields, *([f"Cookie: {cookie}={token}"] if load.signed_in and not load.script else [])]
    fields = [part for field in wanted for part in ("-H", field)]
    env = {"COOKIES": str(tokens), "TOKEN": token, "FIGURES": str(HERE / "figures.lua")}
    begin, core, before = time.monotonic(), contenders.core_seconds(contenders.SERVER_CORE), contender.sample()
    if load.tool == "ab":
        requests, per_second, errors, latencies = _ab(load, url, fields, seconds, cores)
    else:
        requests, per_second, errors, latencies = _wrk(load, url, fields, env, seconds, cores, threads)
    used = [after - then for after, then in zip(contender.sample(), before)]
    core = contenders.core_seconds(contenders.SERVER_CORE) - core
    others = max(0.0, core - used[0]) / (time.monotonic() - begin) * 100
    # The figures of a run in which more than one in a hundred went wrong are of something else.
    if errors * 100 >= requests:
        raise LoadError(f"{errors} errors in {requests} requests")
    return Result(per_second, *(share / requests * 1e6 for share in used), *latencies, requests, errors, others)
