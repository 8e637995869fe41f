"""The claims about the server's speed and size, each with the figure measured for it."""

import statistics

import compare
import latency
import live_sessions
import loops
from results import paired


def _of_baseline(data, load):
    servers = data["compare"]["loads"][load]
    return paired(servers["sessiond"], servers[compare.BASELINE])


def _times_flask(data):
    servers = data["compare"]["loads"]["profile, one cookie"]
    return 1 / paired(servers["Flask"], servers["sessiond"], "per_second")


def _storm(data):
    return data["storm"]["workers"]["0"]["storm"]["intended"]["99"] / 1e3


def _starts(data):
    return statistics.median(data["footprint"]["starts"]["on its data file"])


def _memory(data):
    return max(row["resident"] for row in data["footprint"]["memory"].values())


def _wake_ups(data):
    """The most often that one thread woke in a second."""
    idle = data["footprint"]["idle"]
    return max(row["wake_ups"] for row in idle["threads"]) / idle["seconds"]


def _cost(load, limit):
    return (f"`{load}`: CPU for each request, × the C program's", lambda data: _of_baseline(data, load), "<=", limit)


CLAIMS = [
    _cost("status", 0.80),
    _cost("profile, 10,000 cookies", 0.80),
    _cost("profile, 12 fields", 0.70),
    ("`/profile` with 1,000,000 sessions, × the CPU with 1,000",
     lambda data: live_sessions.ratio(data["live-sessions"]), "<=", 1.3),
    ("`/profile`: requests a second, × Flask's", _times_flask, ">=", 20),
    ("p99 at half of the maximum, × p50", lambda data: latency.ratio(data["latency"]["servers"]["sessiond"]), "<=", 3),
    ("the same in the median window of 20 ms", lambda data: latency.calm(data["latency"]["servers"]["sessiond"]), "<=", 3),
    ("p99 of `/profile` in a storm of sign-ins, ms", _storm, "<", 10),
    ("two loops: CPU for each request, × one loop's", lambda data: loops.ratio(data["loops"]), "<=", 1.1),
    ("resident when empty, MB", _memory, "<", 25),
    ("from start to first answer, median, ms", _starts, "<", 50),
    ("wake-ups of one thread in an idle second", _wake_ups, "<=", 1.05),
]
HOLDS = {"<=": lambda a, b: a <= b, "<": lambda a, b: a < b, ">=": lambda a, b: a >= b}
SIGNS = {"<=": "≤", "<": "<", ">=": "≥"}


def judged(data):
    """(claim, figure or nothing, limit in words, whether it holds)."""
    for claim, measured, relation, limit in CLAIMS:
        try:
            figure = measured(data)
        except (KeyError, ValueError, statistics.StatisticsError, TypeError):
            figure = None  # its part has not run, or not whole
        yield claim, figure, f"{SIGNS[relation]} {limit:g}", figure is not None and HOLDS[relation](figure, limit)


def say(data):
    print("== verdicts")
    for claim, figure, limit, holds in judged(data):
        shown = "not measured" if figure is None else f"{figure:.2f}"
        print(f"   {'ok  ' if holds else 'FAIL'} {claim}: {shown} ({limit})")
