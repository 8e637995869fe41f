"""System calls for each request: runs of their own under `strace -c`, which makes them many times slower."""

import pathlib
import re
import signal
import subprocess
import tempfile
import time

import contenders
import loads

DEADLINE = 10
# Calls rarer than this in a request belong to the start and the end.
LEAST = 0.01


def _is_traced(contender):
    return all("TracerPid:\t0\n" not in (task / "status").read_text() for pid in contender.pids()
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


def traced(contender, work):
    """What `work` returns, and how often each call was made meanwhile by the server's processes."""
    pids = [part for pid in contender.pids() for part in ("-p", str(pid))]
    with tempfile.NamedTemporaryFile("r") as table:
        tracer = subprocess.Popen(["strace", "-f", "-c", "-U", "name,calls", "-o", table.name, *pids],
                                  stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + DEADLINE
            while not _is_traced(contender):
                if tracer.poll() is not None or time.monotonic() > deadline:
                    raise loads.LoadError("strace did not attach")
                time.sleep(0.01)
            done = work()
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait(DEADLINE)
        calls = {name: int(count) for name, count in re.findall(r"^\s*(\w+)\s+(\d+)\s*$", table.read(), re.MULTILINE)}
    calls.pop("total", None)
    return done, calls


def measure(given, keep):
    found = {"loads": {}, "failures": []}
    with contenders.four(wanted=given.servers) as (servers, _, absent):
        found["failures"] += absent
        tokens, token = servers[0].tokens_file, servers[0].tokens[0]
        for load in loads.LOADS:
            if given.load and load.name not in given.load:
                continue
            for server in servers:
                if load.rivals and server.name not in load.rivals:
                    continue
                try:
                    run, calls = traced(server, lambda: loads.run(load, server, 1, tokens, token))
                except (loads.LoadError, OSError) as error:
                    found["failures"].append(f"{load.name}, {server.name}: {error}")
                    continue
                each = {name: round(count / run.requests, 2) for name, count in calls.items()}
                found["loads"].setdefault(load.name, {})[server.name] = {
                    "all": round(sum(calls.values()) / run.requests, 2),
                    "calls": {name: count for name, count in each.items() if count >= LEAST}}
            keep(found)
    return found


def say(found):
    for load, servers in found["loads"].items():
        for name, row in servers.items():
            shown = ", ".join(f"{call} {count}" for call, count in row["calls"].items())
            print(f"   {load}, {name}: {row['all']} ({shown})")
