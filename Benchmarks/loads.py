"""What is asked of the servers: `wrk` and `ab` on the other core, and what they report."""

import dataclasses
import os
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Load:
    """One line of the table. `servers`: nil is all of them."""

    name: str
    path: str
    connections: int = 64
    script: str | None = None
    signed_in: bool = True
    fields: tuple = ()
    rivals: tuple | None = None
    tool: str = "wrk"


PROFILE = "/profile"
LOADS = [
    Load("status", "/api/v1/status", signed_in=False),
    Load("profile, one cookie", PROFILE),
    Load("profile, 10,000 cookies", PROFILE, script="cookies.lua", rivals=("sessiond", "evhttp in C", "Flask")),
    Load("whoami, 10,000 cookies", "/sessions/whoami", script="cookies.lua", rivals=("sessiond", "evhttp in C", "Flask")),
    Load("profile, 12 fields", PROFILE, script="fields.lua", rivals=("sessiond", "evhttp in C", "nginx, a constant")),
    Load("profile, pipelined", PROFILE, script="pipeline.lua", rivals=("sessiond", "evhttp in C", "nginx, a constant")),
    Load("profile, 1,000 connections", PROFILE, connections=1_000,
         rivals=("sessiond", "evhttp in C", "nginx, a constant")),
    Load("status, no keep-alive", "/api/v1/status", signed_in=False, fields=("Connection: close",)),
    Load("profile, ab -k", PROFILE, tool="ab", rivals=("sessiond", "evhttp in C", "nginx, a constant")),
]


@dataclasses.dataclass
class Result:
    """Figures of one run; times in µs of processor or wall clock."""

    per_second: float
    cpu: float
    user: float
    system: float
    p50: float
    p99: float
    p999: float
    requests: int
    errors: int



def _command(load, contender, token, seconds):
    url = contender.base + load.path
    fields = list(load.fields)
    if load.signed_in and not load.script:
        fields.append(f"Cookie: session_id={token}")
    if load.tool == "ab":
        return ["ab", "-q", "-k", "-r", "-t", str(seconds), "-n", "100000000", "-c", str(load.connections),
                *[part for field in fields for part in ("-H", field)], url]
    command = ["wrk", "-t1", f"-c{load.connections}", f"-d{seconds}s", "--timeout", "20s", "-s"]
    # It prints the figures; the other scripts end with it.
    command.append(str(HERE / (load.script or "figures.lua")))
    return [*command, *[part for field in fields for part in ("-H", field)], url]


def run(load, contender, sessions, token, seconds):
    """One run, measured on the server's side."""
    env = {**os.environ, "COOKIES": str(sessions), "TOKEN": token,
           "FIGURES": str(HERE / "figures.lua")}
    before = contender.sample()
    done = subprocess.run(["taskset", "-c", "1", *_command(load, contender, token, seconds)], env=env,
                          capture_output=True, text=True, timeout=seconds + 120, check=False)
    used = [after - then for after, then in zip(contender.sample(), before)]
    text = done.stdout + done.stderr

    def figure(pattern):
        found = re.search(pattern, text)
        return float(found[1]) if found else 0.0

    if load.tool == "ab":
        requests = int(figure(r"Complete requests:\s+(\d+)"))
        errors = int(figure(r"Failed requests:\s+(\d+)") + figure(r"Non-2xx responses:\s+(\d+)"))
        latencies = [figure(rf" {share}%\s+(\d+)") * 1_000 for share in ("50", "99", "100")]
        per_second = figure(r"Requests per second:\s+([\d.]+)")
    else:
        found = re.search(r"^FIGURES (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$", text, re.MULTILINE)
        if not found:
            raise RuntimeError(f"{load.name}, {contender.name}: {text[-2000:]}")
        requests, duration, errors, *latencies = map(int, found.groups())
        per_second = requests / duration * 1e6
    if requests == 0:
        raise RuntimeError(f"{load.name}, {contender.name}: no answer\n{text[-2000:]}")
    return Result(per_second, *(share / requests * 1e6 for share in used), *latencies, requests, errors)
