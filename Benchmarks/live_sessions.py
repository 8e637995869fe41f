"""What `/profile` costs with a thousand and with a million live sessions: servers of each size, in turns."""

import contenders
import loads
from results import median, paired

SIZES = (1_000, 10_000, 100_000, 1_000_000)
LOAD = next(load for load in loads.LOADS if load.name == "profile, 10,000 cookies")


def measure(given, keep):
    found = {"seconds": given.seconds, "sizes": {}, "failures": []}
    with contenders.running() as (start, folder):
        servers = {size: start(contenders.sessiond(folder, size, name=f"{size} sessions")) for size in SIZES}
        for size, server in servers.items():
            found["sizes"][str(size)] = {"resident": round(server.resident(), 1), "runs": []}
        for number in range(1, given.rounds + 1):
            for size, server in servers.items():
                try:
                    run = loads.run(LOAD, server, given.seconds, server.tokens_file, server.tokens[0]).rounded
                except (loads.LoadError, OSError) as error:
                    found["failures"].append(f"{size} sessions: {error}")
                    continue
                found["sizes"][str(size)]["runs"].append({"round": number} | run)
            keep(found)
    return found


def ratio(found):
    """The cost with most sessions as a multiple of that with fewest, in pairs."""
    sizes = found["sizes"]
    return paired(sizes[str(SIZES[-1])]["runs"], sizes[str(SIZES[0])]["runs"])


def say(found):
    for size, row in found["sizes"].items():
        print(f"   {int(size):9,} sessions: {median(row['runs'], 'cpu'):.2f} µs, {row['resident']} MB resident")
    print(f"   the most cost {ratio(found):.2f} × the fewest")
