"""Every server under every load, in turns; prints a table and writes docs/benchmarks/results.json. `bench.py --help`."""

import argparse
import datetime
import json
import pathlib
import platform
import re
import statistics
import subprocess
import tempfile

import contenders
import loads

RESULTS = contenders.HERE.parent / "docs" / "benchmarks" / "results.json"
FIGURES = ("per_second", "cpu", "user", "system", "p50", "p99", "p999")


def versions():
    """Machine and programs."""
    def said(*command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip().splitlines()[0]

    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {
        "date": datetime.date.today().isoformat(), "processor": model[1] if model else platform.machine(),
        "cores": len(pathlib.Path("/sys/devices/system/cpu/online").read_text()) and __import__("os").cpu_count(),
        "kernel": platform.release(), "nginx": said("nginx", "-v"), "wrk": said("wrk", "-v"),
        "libevent": said("dpkg-query", "-W", "-f", "${Version}", "libevent-core-2.1-7"),
        "python": platform.python_version(),
    }


def compare(wanted, rounds, seconds, sessions, only):
    """Medians by load and server, and the raw results."""
    raw, memory = {}, {}
    with tempfile.TemporaryDirectory(prefix="sessiond-bench-") as folder:
        seen = {}

        def told(made):
            if "path" not in seen:
                seen["path"] = contenders.visitors(folder, made[0])
                tokens = pathlib.Path(folder) / "tokens"
                tokens.write_text("".join(token + "\n" for token in made[0].tokens))
                seen["tokens"] = tokens
            return seen["path"]

        makers = {
            "sessiond": lambda made: contenders.sessiond(folder, sessions),
            "evhttp in C": lambda made: contenders.baseline(folder, told(made)),
            "nginx, a constant": lambda made: contenders.nginx(folder),
            "Flask": lambda made: contenders.flask(told(made)),
        }
        with contenders.running(*(makers[name] for name in makers if name in wanted)) as servers:
            told(servers)
            token = servers[0].tokens[0]
            chosen = [load for load in loads.LOADS if not only or load.name in only]
            for server in servers:
                memory[server.name] = {"start": server.resident()}
            for number in range(rounds):
                for load in chosen:
                    for server in servers:
                        if load.rivals and server.name not in load.rivals:
                            continue
                        result = loads.run(load, server, seen["tokens"], token, seconds)
                        raw.setdefault(load.name, {}).setdefault(server.name, []).append(vars(result))
                print(f"round {number + 1} of {rounds} done", flush=True)
            for server in servers:
                memory[server.name]["end"] = server.resident()
    return raw, memory


def median(runs):
    return {figure: statistics.median(run[figure] for run in runs) for figure in FIGURES} | {
        "errors": sum(run["errors"] for run in runs)}


def show(raw):
    """The table, with each server's cost as a multiple of the C program's in the same round."""
    for load, servers in raw.items():
        print(f"\n{load}")
        for name, runs in servers.items():
            m = median(runs)
            ratio = ""
            if "evhttp in C" in servers:
                pairs = [ours["cpu"] / theirs["cpu"] for ours, theirs in zip(runs, servers["evhttp in C"])]
                ratio = f"{statistics.median(pairs):5.2f} x"
            print(f"  {name:18} {m['per_second']:9.0f}/s  {m['cpu']:6.2f} µs ({m['user']:5.2f} + {m['system']:5.2f}) {ratio}"
                  f"  p50 {m['p50']:6.0f}  p99 {m['p99']:6.0f}  p99.9 {m['p999']:6.0f} µs  {m['errors']} errors")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--load", action="append", help="only this one, by its name")
    parser.add_argument("--servers", default="sessiond,evhttp in C,nginx; a constant,Flask")
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS)
    given = parser.parse_args()
    wanted = [name.replace(";", ",") for name in given.servers.split(",")]
    raw, memory = compare(wanted, given.rounds, given.seconds, given.sessions, given.load)
    show(raw)
    print("\nresident, MB: " + ", ".join(f"{name} {m['start']:.1f} to {m['end']:.1f}" for name, m in memory.items()))
    given.results.parent.mkdir(parents=True, exist_ok=True)
    given.results.write_text(json.dumps(
        {"machine": versions(), "sessions": given.sessions, "seconds": given.seconds,
         "medians": {load: {name: median(runs) for name, runs in servers.items()} for load, servers in raw.items()},
         "memory": memory, "runs": raw}, indent=1) + "\n")
    print(f"written: {given.results}")


main()
