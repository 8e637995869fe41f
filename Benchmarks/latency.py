"""Latency of `/profile` at half of each server's maximum, requests at a constant rate (steady.c), in turns."""

import json
import statistics

import contenders
import loads

CONNECTIONS = 64
SHARE = 0.5


def steady(program, contender, tokens, rate, seconds, connections, cores, spins):
    """What steady.c reports."""
    text = loads.client([program, *(["-s"] if spins else []), contender.port, loads.PROFILE, tokens, rate, seconds,
                         connections], cores, seconds + 30)
    return json.loads(text)


def measure(given, keep):
    found = {"seconds": given.seconds, "connections": CONNECTIONS, "share": SHARE, "servers": {}, "failures": []}
    with contenders.four(wanted=given.servers or loads.EVENTED) as (servers, folder, absent):
        found["failures"] += absent
        program, tokens = contenders.compiled(folder, "steady.c"), servers[0].tokens_file
        for number in range(1, given.rounds + 1):
            for server in servers:
                try:
                    most = loads.run(loads.ONE_COOKIE, server, 1, tokens, servers[0].tokens[0]).per_second
                    run = steady(program, server, tokens, int(most * SHARE), given.seconds, CONNECTIONS,
                                 contenders.CLIENT_CORE, spins=True)
                except (loads.LoadError, OSError) as error:
                    found["failures"].append(f"{server.name}: {error}")
                    continue
                row = found["servers"].setdefault(server.name, [])
                row.append({"round": number, "most": round(most)} | run)
            keep(found)
    return found


def ratio(runs):
    """The median of p99 over p50."""
    return statistics.median(run["intended"]["99"] / run["intended"]["50"] for run in runs)


def calm(runs):
    """The same in the median window of 20 ms, which the machine's own pauses do not reach."""
    return statistics.median(run["windows"]["p99"] / run["windows"]["p50"] for run in runs)


def say(found):
    for name, runs in found["servers"].items():
        for run in runs:
            at = run["intended"]
            print(f"   {name:12} {run['rate']:6} of {run['most']:6}/s: p50 {at['50']:6.1f}  p90 {at['90']:6.1f}"
                  f"  p99 {at['99']:7.1f} ({at['99'] / at['50']:.2f} ×)  p99.9 {at['99.9']:8.1f}"
                  f"  most {at['100']:8.1f} µs  {run['failures']} failures")
        held = statistics.median(run["windows"]["held"] for run in runs)
        print(f"   {name:12} p99 is {ratio(runs):.2f} × p50, median; {calm(runs):.2f} × in the median window of 20 ms,"
              f" at most 3 × in {held:.0%} of them")
