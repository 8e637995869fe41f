#!/usr/bin/env python3
"""Lists what asks for memory on the way of a request, and why.

    allocations.py [--raw] [PAGE]    writes the page, default docs/benchmarks/allocations.md; --raw prints stacks instead
    allocations.py --limits          writes what CI allows, Benchmarks/allocations.json, as it is now

SESSIOND_BINARY and SESSIOND_BENCH name the two programs, release builds."""

import collections
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Tests" / "EndToEnd"))

from harness.allocations import LIMITS, Counted, Counter, bench, limits_of, measure_parts, talks  # noqa: E402
from harness.server import ROOT, binary, free_port  # noqa: E402

LISTED = ("GET /api/v1/status", "GET /profile", "GET /sessions/whoami")
BASELINE = (*LISTED[:2], "GET /profile, 12 fields")
# What lies between the allocator and whoever wanted something of it: the runtime, the standard library, no names.
BETWEEN = re.compile(r"^(\?\?|strdup|bufferevent_run_readcb_|bufferevent_trigger|swift_.*|_ZN.*|(?!static Task).*[(<].*)$")
# The standard library's functions are compiled into ours.
STANDARD = re.compile(r"^(closure in |static )*(_|String\b|Substring\b|Array|ContiguousArray|Set\b|Dictionary|Sequence|Collection)")


@dataclasses.dataclass(frozen=True)
class Frame:
    """One function of a stack. `file` is empty for what is not ours."""

    function: str
    file: str


class Baseline(Counter):
    """Raw C on evhttp, under the same library."""

    def __init__(self, folder):
        super().__init__(folder)
        program, sessions = pathlib.Path(folder) / "evhttp-baseline", pathlib.Path(folder) / "sessions"
        subprocess.run(["cc", "-O2", "-o", program, HERE / "evhttp-baseline.c", "-levent"], check=True)
        self.token, self.address = "A" * 43, ("127.0.0.1", free_port())
        sessions.write_text(f'{self.token} admin@example.com {{"email":"admin@example.com"}}\n')
        self._process = subprocess.Popen([program, str(self.address[1]), sessions], env=os.environ | self.env)
        deadline = time.monotonic() + 10
        while True:
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(self.address).close()
                break
            assert time.monotonic() < deadline, "the baseline does not start"
            time.sleep(0.01)
        self.open()

    def stop(self):
        self._process.kill()
        self._process.wait()
        self.close()


def compared():
    """Allocations of a request by name, in raw C."""
    with tempfile.TemporaryDirectory() as folder:
        baseline = Baseline(folder)
        try:
            return {name: baseline.each(talks(baseline)[name])[0] for name in BASELINE}
        finally:
            baseline.stop()


def mapped(pid):
    """(start, end, where the file begins, path) of each mapping of a file."""
    found, bases = [], {}
    for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and fields[5].startswith("/"):
            start, end = (int(part, 16) for part in fields[0].split("-"))
            found.append((start, end, bases.setdefault(fields[5], start), fields[5]))
    return found


def symbols(addresses, mappings):
    """The frames of each address: more than one where functions were inlined."""
    wanted = collections.defaultdict(list)
    for address in sorted(addresses):
        for start, end, base, path in mappings:
            if start <= address < end:
                # A return address: the call is before it.
                wanted[path].append((address, address - base - 1))
    found = {}
    for path, places in wanted.items():
        if path.endswith("/allocations.so"):
            continue
        lines = run(["llvm-symbolizer", "-e", path, "-i", "-f", "--no-demangle"],
                    "".join(f"{place:#x}\n" for _, place in places))
        blocks = run(["swift-demangle", "--simplified", "--compact"], lines).strip("\n").split("\n\n")
        for (address, _), block in zip(places, blocks, strict=True):
            names = block.split("\n")
            found[address] = [frame(*pair) for pair in zip(names[::2], names[1::2])]
    return found


def run(command, text):
    return subprocess.run(command, input=text, text=True, capture_output=True, check=True).stdout


def frame(function, place):
    if "StackAllocator" in function:
        function = "the task's stack"
    path = place.rsplit(":", 2)[0]
    ours = path.startswith(str(ROOT / "Sources") + "/")
    return Frame(function, path.removeprefix(str(ROOT) + "/") if ours else "")


def stacks(counted, talk, count=200):
    """How often and for how many octets one request asks for memory, by stack; what happens more rarely is left out."""
    talk(1_000)
    with counted.tracing() as kept:
        talk(count)
        # The end of a request comes after its answer.
        time.sleep(0.2)
    names = symbols({caller for _, callers in kept for caller in callers}, mapped(counted.pid))
    found = collections.Counter()
    # From the end, which is the end of a request: so they come in its order.
    for octets, callers in reversed(kept):
        found[octets, tuple(frame for caller in callers for frame in names.get(caller, ()))] += 1
    return {key: round(times / count) for key, times in reversed(found.items()) if times >= count / 2}


def who(stack):
    """Whoever wanted the memory: names up to the first function of ours."""
    names = []
    for each in stack:
        name = re.sub(r"^(specialized |@objc |implicit )+", "", each.function)
        name = re.sub(r"^((implicit )?closure #\d+ in )+", "closure in ", name)
        is_ours = each.file and not STANDARD.search(name)
        if is_ours or not BETWEEN.search(name):
            names.append(name)
        if is_ours:
            return " ← ".join(dict.fromkeys(names)), each.file
    return " ← ".join(dict.fromkeys(names)), ""


def listed(counted):
    """Rows of the list: (who, file) to [octets, times in each of LISTED]."""
    rows = {}
    # The last does the most: the others' rows are among its own.
    for column, name in reversed(list(enumerate(LISTED))):
        for (octets, stack), times in stacks(counted, talks(counted)[name]).items():
            row = rows.setdefault(who(stack), [set(), *[0] * len(LISTED)])
            row[0].add(octets)
            row[1 + column] += times
    return rows


def reason(caller, reasons):
    for entry in reasons:
        if re.search(entry["who"], caller):
            return entry["why"]
    return "**unexplained**"


def page(counted):
    """The page as Markdown, and whether each row has its reason."""
    reasons = json.loads((HERE / "allocation-reasons.json").read_text())
    rows = listed(counted)
    text = [INTRODUCTION, REQUESTS, "| request | allocations | octets | raw C on evhttp |", "| --- | --- | --- | --- |"]
    raw = compared()
    for name, talk in talks(counted).items():
        allocations, octets = counted.each(talk)
        other = f"{raw[name]:.1f}" if name in raw else ""
        text.append(f"| {name} | {allocations:.1f} | {octets:,.0f} | {other} |")
    text += [LIST, "| " + " | ".join(LISTED) + " | octets | who | why |", "| --- " * (len(LISTED) + 3) + "|"]
    for (caller, file), (octets, *times) in rows.items():
        sizes = f"{min(octets):,}" + (f" to {max(octets):,}" if len(octets) > 1 else "")
        place = f"`{caller}`" + (f", {file}" if file else "")
        text.append(f"| {' | '.join(map(str, times))} | {sizes} | {place} | {reason(caller, reasons)} |")
    sums = [sum(times[column] for _, *times in rows.values()) for column in range(len(LISTED))]
    text.append(f"| {' | '.join(map(str, sums))} | | in all | |")
    text += [PARTS, "| part | ns | allocations |", "| --- | --- | --- |"]
    for part in measure_parts():
        text.append(f"| {part['name']} | {part['median']:,.0f} | {part['allocations']:.1f} |")
    return "\n".join(text) + "\n", all(reason(caller, reasons) != "**unexplained**" for caller, _ in rows)


INTRODUCTION = """# Allocations

How often one request asks the allocator for memory: `malloc`, `calloc`, `realloc` and the aligned ones, by anybody in the
process, counted one by one in front of glibc's (`Sources/CAllocations`). One loop, no line for each request in the log,
everything warm. Debian 12, Swift 6.3; nothing else here depends on the machine but the nanoseconds.

    make bench-allocations               # writes this page
    make bench-allocations ARGS=--limits # writes what CI allows: Benchmarks/allocations.json

`make test` fails when a figure grows, and says when one has shrunk. This page is written by a program; the reasons are in
`Benchmarks/allocation-reasons.json`.
"""
REQUESTS = """## For a request

Beside it the allocations of `Benchmarks/evhttp-baseline.c`, for the same octets.
"""
LIST = """
## Who asks, and why

Times in a request, in the order in which they happen. Left of an arrow is whom the one on the right has called, the last
is ours. The functions of libevent that have no name in the library are left out.
"""
PARTS = """
## Parts

`make bench-parts`: each part alone, without a socket. Nanoseconds of processor time, median.
"""


def main(arguments):
    with tempfile.TemporaryDirectory() as folder:
        counted = Counted(folder)
        try:
            if "--raw" in arguments:
                for (octets, stack), times in stacks(counted, talks(counted)[LISTED[-1]]).items():
                    print(f"{times} × {octets} octets")
                    for each in stack:
                        print(f"    {each.function}  {each.file}")
            elif "--limits" in arguments:
                LIMITS.write_text(json.dumps(limits_of(counted), indent=2) + "\n")
            else:
                text, is_whole = page(counted)
                target = pathlib.Path(arguments[0] if arguments else ROOT / "docs" / "benchmarks" / "allocations.md")
                target.parent.mkdir(exist_ok=True)
                target.write_text(text)
                if not is_whole:
                    sys.exit(f"{target}: some rows have no reason in allocation-reasons.json")
        finally:
            counted.stop()


if __name__ == "__main__":
    print(f"{binary()}, {bench()}", file=sys.stderr)
    main(sys.argv[1:])
