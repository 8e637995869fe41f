"""CPU time per request of the whole server with one loop: `wrk -t1 -c64`, user and system time of the process.

Only reported: the figures of docs/PERFORMANCE.md. Not among the runs of `make acceptance`; run it by its name."""

import os
import statistics

from program import Verdict, serving

from harness.load import wrk

ROUNDS, SECONDS = 7, 3
PATHS = {"/api/v1/status": False, "/profile": True}


def seconds(server):
    """User and system time of the process so far."""
    with open(f"/proc/{server.pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    verdict = Verdict(f"CPU time per request, one loop, {ROUNDS} rounds of {SECONDS} s in turns")
    costs = {}
    with serving(env={"SESSIOND_SERVER_LOOPS": "1"}, flags=["--quiet"], log_format="text") as server:
        token = server.token(server.register())
        for _ in range(ROUNDS):
            for path, signed_in in PATHS.items():
                before = seconds(server)
                run = wrk(server, path, 64, SECONDS, f"session_id={token}" if signed_in else None)
                for problem in run.problems():
                    verdict.check(False, problem)
                costs.setdefault(path, []).append((seconds(server) - before) / run.complete * 1e6)
    for path, found in costs.items():
        verdict.figure(f"{path}: {statistics.median(found):.2f} µs (from {min(found):.2f} to {max(found):.2f})")
    verdict.exit()


main()
