"""Every server under every load, in turns (A B C A B C …), round after round."""

import statistics

import alike
import contenders
import loads
from results import median, paired

BASELINE = "evhttp in C"


def measure(given, keep):
    """The rounds; `keep` stores what there is so far."""
    chosen = [load for load in loads.LOADS if not given.load or load.name in given.load]
    found = {"seconds": given.seconds, "sessions": contenders.KNOWN, "loads": {}, "memory": {}, "failures": []}
    with contenders.four(wanted=given.servers) as (servers, _, absent):
        tokens, token = servers[0].tokens_file, servers[0].tokens[0]
        different, found["answers"] = alike.differences(servers, token)
        found["failures"] += absent + different
        for server in servers:
            found["memory"][server.name] = {"before": round(server.resident(), 1)}
        for number in range(1, given.rounds + 1):
            for load in chosen:
                for server in servers:
                    if load.rivals and server.name not in load.rivals:
                        continue
                    try:
                        result = loads.run(load, server, given.seconds, tokens, token).rounded
                    except (loads.LoadError, OSError) as error:
                        found["failures"].append(f"round {number}, {load.name}, {server.name}: {error}")
                        continue
                    runs = found["loads"].setdefault(load.name, {}).setdefault(server.name, [])
                    runs.append({"round": number} | result)
            # A server that died has failed in each load since; the figures of the others stand.
            for server in servers:
                if server.is_alive():
                    found["memory"][server.name]["after"] = round(server.resident(), 1)
            keep(found)
            print(f"   round {number} of {given.rounds}", flush=True)
    return found


def table(found):
    """Rows of (load, server, figures); `ratio` is the cost as a multiple of the C program's in the same round."""
    for load, servers in found["loads"].items():
        for name, runs in servers.items():
            row = {figure: median(runs, figure) for figure in
                   ("per_second", "cpu", "user", "system", "p50", "p99", "p999")}
            ratio = paired(runs, servers[BASELINE]) if BASELINE in servers else None
            yield load, name, row | {"ratio": ratio, "errors": sum(run["errors"] for run in runs), "runs": len(runs)}


def others(found):
    """Percent of the servers' core that other work took: the median of all runs, and the worst."""
    each = [run["others"] for servers in found["loads"].values() for runs in servers.values() for run in runs]
    return statistics.median(each), max(each)


def say(found):
    last = None
    for load, name, row in table(found):
        if load != last:
            print(f"   {load}")
        last = load
        ratio = f"{row['ratio']:5.2f} ×" if row["ratio"] else " " * 7
        p50, p99, p999 = ("     –" if row[at] is None else f"{row[at]:6.0f}" for at in ("p50", "p99", "p999"))
        print(f"     {name:12} {row['per_second']:8.0f}/s {row['cpu']:7.2f} µs"
              f" ({row['user']:6.2f} + {row['system']:6.2f}) {ratio}  p50 {p50}  p99 {p99}  p99.9 {p999} µs  {row['errors']} errors")
    usual, worst = others(found)
    print(f"   other work took {usual:.1f} % of the servers' core, in the worst run {worst:.1f} %")
    print("   resident, MB: " + ", ".join(f"{name} {' to '.join(map(str, m.values()))}"
                                         for name, m in found["memory"].items()))
