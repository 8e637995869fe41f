"""Two loops on two cores beside one on one: the cost of `/profile`, with the same clients on both cores, in turns."""

import contenders
import loads
from results import median, paired


def measure(given, keep):
    found = {"seconds": given.seconds, "loops": {}, "failures": []}
    with contenders.running() as (start, folder):
        servers = {1: start(contenders.sessiond(folder, loops=1, name="one loop")),
                   2: start(contenders.sessiond(folder, loops=2, cores=contenders.BOTH_CORES, name="two loops"))}
        for number in range(1, given.rounds + 1):
            for count, server in servers.items():
                try:
                    run = loads.run(loads.ONE_COOKIE, server, given.seconds, server.tokens_file, server.tokens[0],
                                    cores=contenders.BOTH_CORES, threads=2).rounded
                except (loads.LoadError, OSError) as error:
                    found["failures"].append(f"{server.name}: {error}")
                    continue
                found["loops"].setdefault(str(count), []).append({"round": number} | run)
            keep(found)
    return found


def ratio(found):
    return paired(found["loops"]["2"], found["loops"]["1"])


def say(found):
    for count, runs in found["loops"].items():
        print(f"   {count} loop(s): {median(runs, 'cpu'):.2f} µs, {median(runs, 'per_second'):,.0f}/s")
    print(f"   two cost {ratio(found):.2f} × one, for each request")
