"""How often the server asks the allocator for memory: the program under a library that counts
(Sources/CAllocations), which writes its figures to a file shared with this process. And of its parts."""

import contextlib
import json
import mmap
import os
import pathlib
import shutil
import socket
import struct
import subprocess

from harness.server import ROOT, Server, binary

SOURCE = ROOT / "Sources" / "CAllocations"
# As in allocations.c.
DEPTH, TRACES = 46, 65536
TRACE = struct.Struct(f"<{DEPTH + 2}Q")
HEAD = struct.Struct("<4Q")
TRACING = struct.Struct("<Q"), 16
# What is allowed, by name; in git, so that more is a decision.
LIMITS = ROOT / "Benchmarks" / "allocations.json"
# Allocations come one by one: less than half of one is what a second or a thousand requests share.
TOLERANCE = 0.5

# One loop and no line for each request, as where the server is compared with others.
SETTINGS = {"SESSIOND_LOG_QUIET": "true", "SESSIOND_SERVER_LOOPS": "1"}


def build(folder):
    """The library that counts."""
    library = pathlib.Path(folder) / "allocations.so"
    # clang comes with Swift.
    subprocess.run([shutil.which("clang") or "cc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I", SOURCE / "include",
                    "-o", library, SOURCE / "allocations.c"], check=True)
    return library


class Counter:
    """What a program under the library has asked for."""

    def __init__(self, folder):
        self._file = pathlib.Path(folder) / "allocations"
        self.env = {"LD_PRELOAD": str(build(folder)), "ALLOCATIONS": str(self._file)}
        self._shared = None

    def open(self):
        """Once the program runs."""
        with self._file.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 0)

    def close(self):
        self._shared.close()

    @property
    def figures(self):
        """Allocations and octets so far."""
        return HEAD.unpack_from(self._shared)[:2]

    @contextlib.contextmanager
    def tracing(self):
        """Keeps who asks meanwhile; yields the list that is filled in the end: (octets, callers innermost first)."""
        kept = []
        before = HEAD.unpack_from(self._shared)[3]
        TRACING[0].pack_into(self._shared, TRACING[1], 1)
        try:
            yield kept
        finally:
            TRACING[0].pack_into(self._shared, TRACING[1], 0)
            after = HEAD.unpack_from(self._shared)[3]
            assert after <= TRACES, "more allocations than the file holds"
            for number in range(before, after):
                octets, *callers = TRACE.unpack_from(self._shared, HEAD.size + number * TRACE.size)
                kept.append((octets, [caller for caller in callers if caller]))

    def each(self, work, count=1_000, rounds=5):
        """Allocations and octets that one of `count` takes, once everything is warm.

        What else the server does in the meantime can only add to it: the round with the fewest counts."""
        work(count)
        costs = []
        for _ in range(rounds):
            before = self.figures
            work(count)
            costs.append([(after - then) / count for after, then in zip(self.figures, before)])
        return min(costs)


class Counted(Counter):
    """A server whose allocations are counted."""

    def __init__(self, folder):
        super().__init__(folder)
        # JSON lines would be waited for, and it is quiet.
        self.server = Server(folder, env=SETTINGS | self.env, log_format="text").start()
        self.open()
        self.address, self.pid = self.server.address, self.server.pid
        self.token = self.server.token(self.server.register("admin@example.com"))

    def stop(self):
        self.server.stop()
        self.close()


class Talk:
    """Says one request again and again, on one connection or on a new one each time, and awaits each answer."""

    def __init__(self, counted, request, status, closes=False):
        self._address, self._request, self._status, self._closes = (
            counted.address, request, b"HTTP/1.1 %d " % status, closes)

    def __call__(self, count):
        if self._closes:
            for _ in range(count):
                with socket.create_connection(self._address) as connection:
                    connection.sendall(self._request)
                    answer = b""
                    while part := connection.recv(65536):
                        answer += part
                self._check(answer)
            return
        with socket.create_connection(self._address) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(count):
                connection.sendall(self._request)
                self._check(connection.recv(65536))

    def _check(self, answer):
        assert answer.startswith(self._status), answer[:200]


def talks(counted):
    """What is counted, by name."""
    cookie = f"Cookie: session_id={counted.token}"
    browser = [cookie, "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
               "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "Accept-Language: en-GB,en;q=0.5",
               "Accept-Encoding: gzip, deflate, br, zstd", "DNT: 1", "Upgrade-Insecure-Requests: 1",
               "Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: none", "Priority: u=0, i"]

    def talk(path, *fields, status=200, closes=False):
        lines = [f"GET {path} HTTP/1.1", "Host: {}:{}".format(*counted.address), *fields, *["Connection: close"] * closes]
        return Talk(counted, "".join(line + "\r\n" for line in [*lines, ""]).encode(), status, closes)

    return {
        "GET /api/v1/status": talk("/api/v1/status"),
        "GET /profile": talk("/profile", cookie),
        "GET /profile, 12 fields": talk("/profile", *browser),
        "GET /sessions/whoami": talk("/sessions/whoami", cookie),
        "GET /api/v1/users/me": talk("/api/v1/users/me", cookie),
        "401": talk("/api/v1/users/me", status=401),
        "403": talk("/profile", status=403),
        "404": talk("/nowhere", cookie, status=404),
        "GET /api/v1/status, a connection each": talk("/api/v1/status", closes=True),
    }


def bench():
    """The program that measures parts: SESSIOND_BENCH, or beside the program under test."""
    return os.environ.get("SESSIOND_BENCH") or str(pathlib.Path(binary()).with_name("sessiond-bench"))


def measure_parts(*options):
    """What it says of each part."""
    done = subprocess.run([bench(), "parts", "--json", *options], capture_output=True, text=True, check=True, timeout=300)
    return json.loads(done.stdout)["parts"]


def parts():
    """Allocations by part. A few thousand times each are enough to count them."""
    return {part["name"]: part["allocations"] for part in measure_parts("--rounds", "3", "--milliseconds", "5")}


def requests(counted):
    """Allocations by request."""
    return {name: counted.each(talk)[0] for name, talk in talks(counted).items()}


def limits_of(counted):
    """What would be allowed if nothing were to grow from now on."""
    return {kind: {name: round(figure) for name, figure in figures.items()}
            for kind, figures in (("requests", requests(counted)), ("parts", parts()))}


def compare(figures, kind):
    """Two lists of sentences: what has grown, or is not listed; and what has shrunk."""
    allowed = json.loads(LIMITS.read_text())[kind]
    grown = [f"{name}: {figure:.2f} allocations, {allowed.get(name, 'none')} allowed" for name, figure in figures.items()
             if name not in allowed or figure > allowed[name] + TOLERANCE]
    grown += [f"{name}: not measured any more" for name in allowed if name not in figures]
    shrunk = [f"{name}: {figure:.2f} allocations, {allowed[name]} allowed" for name, figure in figures.items()
              if name in allowed and figure < allowed[name] - TOLERANCE]
    return grown, shrunk
