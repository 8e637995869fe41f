"""The tables of docs/benchmarks/README.md, written between its marks from results.json: no figure is typed by hand."""

import re
import statistics

import compare
import latency
import live_sessions
import verdicts
from results import FOLDER, median

MARK = re.compile(r"<!-- table: (\S+) -->\n.*?<!-- end -->", re.DOTALL)


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def _number(value, digits=0):
    return "–" if value is None else f"{value:,.{digits}f}"


def machine(data):
    m = data["machine"]
    kind = " of a virtual machine" if m["virtual"] else ""
    lines = [f"{m['processor']}, {m['cores']} cores{kind}, {m['memory_gib']} GiB, {m['system']}, Linux {m['kernel']}.",
             f"{m['swift']}; {m['cc']}; libevent {m['libevent']}, OpenSSL {m['openssl']}, glibc {m['glibc']}.",
             f"nginx {m['nginx']}, Python {m['python']}, Flask {m['flask']}, gunicorn {m['gunicorn']}; wrk {m['wrk']},"
             f" ab {m['ab']}."]
    parts = {name: part for name, part in data.items() if name != "machine"}
    builds = {(part["sessiond"]["commit"], part["sessiond"]["sha256"]) for part in parts.values()}
    for commit, digest in sorted(builds):
        ours = {name: part for name, part in parts.items() if part["sessiond"]["sha256"] == digest}
        which = "All parts" if len(builds) == 1 else ", ".join(ours)
        first, last = min(part["measured"] for part in ours.values()), max(part["measured"] for part in ours.values())
        lines.append(f"{which}: sessiond at {commit}, SHA-256 {digest}…, {first} to {last}.")
    lines += [f"Went wrong in {name}: {failure}" for name, part in parts.items() for failure in part["failures"]]
    return "\n".join(f"- {line}" for line in lines) + "\n"


def acceptance(data):
    judged = list(verdicts.judged(data))
    if all(figure is None for _, figure, _, _ in judged):
        raise ValueError("nothing was measured")
    return _table(["claim", "measured", "wanted", ""], [
        [claim, _number(figure, 2), limit, "" if figure is None else "holds" if holds else "**does not hold**"]
        for claim, figure, limit, holds in judged])


def loads(data):
    calls = data.get("syscalls", {}).get("loads", {})
    rows = []
    for load, name, row in compare.table(data["compare"]):
        traced = calls.get(load, {}).get(name, {}).get("all")
        rows.append([load, name, _number(row["per_second"]), f"{row['cpu']:.2f}",
                     f"{row['user']:.1f} + {row['system']:.1f}", _number(row["ratio"], 2), _number(row["p50"]),
                     _number(row["p99"]), _number(row["p999"]), _number(traced, 1), row["errors"]])
    part = data["compare"]
    rounds = max(len(runs) for servers in part["loads"].values() for runs in servers.values())
    usual, worst = compare.others(part)
    head = ["load", "server", "requests/s", "CPU µs", "user + system", "× C", "p50 µs", "p99 µs", "p99.9 µs",
            "system calls", "errors"]
    return _table(head, rows) + (
        f"\nMedians of {rounds} rounds of {part['seconds']} s. Other work took {usual:.1f} % of the servers' core (median),"
        f" {worst:.1f} % in the worst run.\n")


def memory(data):
    return _table(["server", "before, MB", "after, MB"], [
        [name, row["before"], row.get("after", "–")] for name, row in data["compare"]["memory"].items()])


def answers(data):
    found = data["compare"]["answers"]
    names = list(found["octets"]["/profile"])
    return _table(["octets of an answer", *names], [
        [f"`{path}`", *(servers.get(name, "–") for name in names)] for path, servers in found["octets"].items()]) + (
        "\nOver TLS: " + ", ".join(f"{name} {cipher}" for name, cipher in found["tls"].items()) + ".\n")


def syscalls(data):
    found = data["syscalls"]["loads"]["profile, one cookie"]
    return _table(["server", "in all", "which"], [
        [name, row["all"], ", ".join(f"{call} {count:g}" for call, count in sorted(
            row["calls"].items(), key=lambda call: -call[1])[:7])] for name, row in found.items()])


def steady(data):
    part, rows = data["latency"], []
    for name, runs in part["servers"].items():
        intended = [run["intended"] for run in runs]
        rows.append([name, _number(median(runs, "rate")), *(
            _number(median(intended, share)) for share in ("50", "90", "99", "99.9")), f"{latency.ratio(runs):.2f}", f"{latency.calm(runs):.2f}"])
    return _table(["server", "requests/s", "p50 µs", "p90 µs", "p99 µs", "p99.9 µs", "p99 : p50", "in 20 ms"], rows) + (
        f"\nMedians of runs of {part['seconds']} s, {part['connections']} connections. In 20 ms: the same of the median window of"
        " that length, which the machine's own pauses do not reach.\n")


def sessions(data):
    sizes = data["live-sessions"]["sizes"]
    return _table(["live sessions", "CPU µs", "resident, MB"], [
        [_number(int(size)), f"{median(row['runs'], 'cpu'):.2f}", row["resident"]] for size, row in sizes.items()]) + (
        f"\nThe most cost {live_sessions.ratio(data['live-sessions']):.2f} × the fewest, in pairs.\n")


def loops(data):
    return _table(["loops", "CPU µs", "requests/s"], [
        [count, f"{median(runs, 'cpu'):.2f}", _number(median(runs, "per_second"))]
        for count, runs in data["loops"]["loops"].items()])


def storm(data):
    part, rows = data["storm"], []
    for workers, row in part["workers"].items():
        name = "one hash worker (default)" if workers == "0" else f"{workers} hash workers"
        for when in ("calm", "storm"):
            at = row[when]["intended"]
            signed_in = _number(row["signed_in_per_second"]) if when == "storm" else "–"
            rows.append([name, when, signed_in, *(f"{at[share] / 1e3:.2f}" for share in ("50", "99", "99.9", "100"))])
    return _table(["hashes", "", "sign-ins/s", "p50 ms", "p99 ms", "p99.9 ms", "longest ms"], rows)


def footprint(data):
    part = data["footprint"]
    rows = [[f"first answer, {name}",
             f"{statistics.median(times):.1f} ms, at most {max(times):.1f} ms of {len(times)} starts"]
            for name, times in part["starts"].items()]
    rows += [[f"memory {name}", f"{row['resident']} MB resident, {row['private']} MB of it private"]
             for name, row in part["memory"].items()]
    rows.append([f"wake-ups in {part['idle']['seconds']} idle seconds", ", ".join(
        f"{row['thread']} {row['wake_ups']} (≥ {row['shortest_pause']} s apart)"
        for row in part["idle"]["threads"] if row["wake_ups"]) or "none"])
    rows.append(["program", f"{part['program']['built']:,} octets, {part['program']['stripped']:,} without symbols"])
    return _table(["what", "how much"], rows)


TABLES = {table.__name__: table for table in (
    machine, acceptance, loads, memory, answers, syscalls, steady, sessions, loops, storm, footprint)}


def write(data, path):
    """The page of this repository with its tables made anew, at `path`."""
    def filled(found):
        try:
            table = TABLES[found[1]](data)
        except (KeyError, ValueError, TypeError) as error:
            print(f"   table {found[1]} left as it was: {type(error).__name__} {error}")
            return found[0]
        return f"<!-- table: {found[1]} -->\n{table}<!-- end -->"

    path.write_text(MARK.sub(filled, (FOLDER / "README.md").read_text()))
