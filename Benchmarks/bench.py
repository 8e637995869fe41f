"""Measures sessiond beside its rivals and alone, writes results.json, plots and tables: docs/benchmarks/README.md."""

import argparse
import os
import pathlib
import resource
import signal
import sys
import time
import traceback

import compare
import connections
import footprint
import latency
import live_sessions
import loops
import storm
import syscalls
import verdicts
from loads import LOADS
from results import FOLDER, Results

# In the order in which they run. Each has `measure(given, keep)` and `say(found)`.
PARTS = {"compare": compare, "connections": connections, "latency": latency, "live-sessions": live_sessions,
         "loops": loops, "storm": storm, "footprint": footprint, "syscalls": syscalls}
ALSO = ("verdicts", "plots", "page")
# What is measured in part or in a hurry does not replace the results in git.
TRIAL = FOLDER.parents[1] / ".build" / "benchmarks"


def shown(folder):
    return folder.relative_to(FOLDER.parents[1])


def names(text):
    return [name.strip() for name in text.split(",")]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=names, default=[*PARTS, *ALSO], help=f"of {', '.join([*PARTS, *ALSO])}")
    parser.add_argument("--rounds", type=int, default=5, help="of each load on each server, in turns")
    parser.add_argument("--seconds", type=int, default=2, help="for each run")
    parser.add_argument("--idle", type=int, default=footprint.IDLE, help="seconds without requests")
    parser.add_argument("--quick", action="store_true", help="to try it: one round, one second, ten idle ones")
    parser.add_argument("--servers", type=names, help="beside sessiond: evhttp in C, nginx, Flask")
    parser.add_argument("--load", action="append", choices=[load.name for load in LOADS], metavar="NAME",
                        help="this one of the loads; may be repeated. " + "; ".join(load.name for load in LOADS))
    parser.add_argument("--results", type=pathlib.Path,
                        help=f"the file; plots and page go beside it. Default {shown(FOLDER)}/results.json, or in"
                             f" {shown(TRIAL)} with --quick, --servers or --load")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS) - set(ALSO):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if not {0, 1} <= os.sched_getaffinity(0):
        parser.error("the servers run on core 0 and the clients on core 1: both are needed")
    if given.results is None:
        given.results = (TRIAL if given.quick or given.servers or given.load else FOLDER) / "results.json"
    if given.quick:
        given.rounds, given.seconds, given.idle = 1, 1, 10
    return given


def run(name, given, results):
    """One part; what goes wrong in it is told and kept from the others."""
    print(f"== {name}", flush=True)
    begin = time.monotonic()
    try:
        found = PARTS[name].measure(given, lambda so_far: results.put(name, so_far))
        results.put(name, found)
        PARTS[name].say(found)
        failures = found["failures"]
    except Exception as error:
        traceback.print_exc()
        failures = [f"{type(error).__name__}: {error}"]
    for failure in failures:
        print(f"   FAILED {failure}")
    print(f"   {time.monotonic() - begin:.0f} s", flush=True)
    return bool(failures)


def main():
    given = arguments()
    # An end from outside stops the servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # 1,000 connections are more than the usual limit of descriptors; the children inherit it.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    results = Results(given.results)
    given.results.parent.mkdir(parents=True, exist_ok=True)
    failed = [name for name in PARTS if name in given.parts and run(name, given, results)]
    if "verdicts" in given.parts:
        verdicts.say(results.data)
    if "plots" in given.parts:
        import plots  # matplotlib takes a second

        plots.draw(results.data, given.results.parent)
    if "page" in given.parts:
        import page

        page.write(results.data, given.results.parent / "README.md")
    if failed:
        print(f"went wrong in part: {', '.join(failed)}", file=sys.stderr)
    sys.exit(1 if failed else 0)


main()
