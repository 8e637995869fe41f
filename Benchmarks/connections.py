"""Throughput against the number of connections: `/profile` with one cookie, in turns."""

import dataclasses

import contenders
import loads

COUNTS = (1, 8, 64, 256, 1000)
ROUNDS = 3


def measure(given, keep):
    found = {"seconds": 1, "servers": {}, "failures": []}
    with contenders.four(wanted=given.servers) as (servers, _, absent):
        found["failures"] += absent
        for number in range(1, min(given.rounds, ROUNDS) + 1):
            for count in COUNTS:
                load = dataclasses.replace(loads.ONE_COOKIE, connections=count)
                for server in servers:
                    try:
                        run = loads.run(load, server, 1, servers[0].tokens_file, servers[0].tokens[0]).rounded
                    except (loads.LoadError, OSError) as error:
                        found["failures"].append(f"{count} connections, {server.name}: {error}")
                        continue
                    at = found["servers"].setdefault(server.name, {}).setdefault(str(count), [])
                    at.append({"round": number} | run)
            keep(found)
    return found


def say(found):
    for name, counts in found["servers"].items():
        shown = (f"{count}: {max(run['per_second'] for run in runs):,.0f}" for count, runs in counts.items())
        print(f"   {name:12} at most, by connections: " + ", ".join(shown))
