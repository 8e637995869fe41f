"""4,500 slow clients at once, with the default deadlines: all are cut in time, nobody else notices, and the memory
comes back."""

import os
import threading
import time

from crowd import Crowd, Probe, described, raise_descriptor_limit
from program import Verdict, percentile, resident, serving

from harness.client import fresh_email
from harness.wire import Wire, post

HEADS, BODIES, READERS = 2_000, 2_000, 500
# Users in the data file: an answer of GET /api/v1/users of some 60 kB.
USERS = 350
# Requests pipelined by one that does not read: more than the kernel's buffers hold.
PIPELINED = 20
# Parts of a second.
TURNS = 50
# Milliseconds; megabytes.
LIMIT, GROWTH, REST = 20, 60, 5
# Seconds: earliest and latest end. A tick a second looks at them, so each may be a second early or late. The body's
# comes from its rate: 500 octets a second are asked for from the sixth second on. The readers' begins when their
# second list, the first that does not fit into the kernel, is there: lists are written one after another.
DEADLINES = {"head": (9, 11), "body": (5, 7), "reader": (9, 11)}


def fill(server):
    """Registers users over a few pipelining connections; the first one, who is administrator, signs in."""
    boss = server.register()
    with Wire(server, timeout=60) as wire:
        for start in range(0, USERS, 50):
            for _ in range(50):
                wire.send(post(server, "/users", f"email={fresh_email()}&password=correct+horse".encode()))
            for _ in range(50):
                assert wire.read("POST").status_code == 200
    return server.token(boss)


def gather(server, crowd, token):
    """Opens all connections, slow ones that have said a little."""
    host = f"Host: {server.authority}\r\n"
    large = f"GET /api/v1/users HTTP/1.1\r\n{host}Cookie: session_id={token}\r\n\r\n".encode() * PIPELINED
    body = f"POST /sessions HTTP/1.1\r\n{host}Content-Length: 60000\r\n\r\n".encode()
    for number in range(max(HEADS, BODIES)):
        if number < HEADS:
            crowd.add("head", b"GET / HTTP/1.1\r\nX: ")
        if number < BODIES:
            crowd.add("body", body)
        if number < READERS:
            crowd.add("reader", large, receive_buffer=4096, reads=False)
        if number % 50 == 0:
            crowd.watch(0)


class LastInLine(threading.Thread):
    """Asks for two lists behind all the readers: by then each of them has its second one."""

    def __init__(self, server, token):
        super().__init__()
        self.server, self.token, self.seconds = server, token, 0.0

    def run(self):
        begun = time.monotonic()
        with self.server.client(self.token) as client:
            for _ in range(2):
                assert client.get("/api/v1/users").status_code == 200
        self.seconds = time.monotonic() - begun


def main():
    verdict = Verdict("slow clients")
    raise_descriptor_limit()
    verdict.figure(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f} before")
    with serving(log_format="text", flags=["--quiet"]) as server:
        token = fill(server)
        with server.client(token) as client:
            verdict.figure(f"the large answer has {len(client.get('/api/v1/users').content)} octets")
        probe = Probe(server, token)
        time.sleep(2)
        start, begin = resident(server), time.monotonic()
        crowd = Crowd(server.address)
        gather(server, crowd, token)
        verdict.figure(f"{len(crowd.members)} slow clients connected in {time.monotonic() - begin:.2f} s")
        last_in_line = LastInLine(server, token)
        last_in_line.start()
        peak, due = start, time.monotonic()
        while crowd.waiting() and time.monotonic() < begin + 40:
            # An octet a second from each; not from all in the same instant, which would be a flood.
            dripping = [m for m in crowd.waiting() if m.kind != "reader"]
            for turn in range(TURNS):
                for member in dripping[turn::TURNS]:
                    crowd.drip(member, b"x")
                due += 1 / TURNS
                crowd.watch(max(0, due - time.monotonic()))
            peak = max(peak, resident(server))
        end = time.monotonic()
        last_in_line.join()
        verdict.figure(f"lists for all were there after {last_in_line.seconds:.2f} s")
        for kind, (first, last) in DEADLINES.items():
            last += last_in_line.seconds if kind == "reader" else 0
            ends = sorted(m.ended - m.begun for m in crowd.of(kind) if m.ended is not None)
            count = len(crowd.of(kind))
            verdict.check(len(ends) == count, f"{kind}: {len(ends)} of {count} were cut")
            if ends:
                verdict.check(first <= ends[0] and ends[-1] <= last,
                              f"{kind}: cut after {ends[0]:.2f} to {ends[-1]:.2f} s, due in {first} to {last:.2f}")
        told = sum(m.answer.startswith(b"HTTP/1.1 408 ") for m in crowd.of("head") + crowd.of("body"))
        verdict.check(told == HEADS + BODIES, f"{told} of {HEADS + BODIES} that were heard were answered 408")
        crowd.close()
        found = probe.results()
        meanwhile = [ms for at, ms, _ in found if begin <= at <= end]
        verdict.figure("other clients before: " + described([ms for at, ms, _ in found if at < begin]))
        verdict.figure("other clients meanwhile: " + described(meanwhile))
        verdict.check(percentile(meanwhile, 0.99) < LIMIT, f"p99 of the others under {LIMIT} ms")
        verdict.check({s for _, _, s in found} == {200, 404}, "the others were answered: 200, 404 for an unknown path")
        deadline = time.monotonic() + 10
        while resident(server) > start + REST and time.monotonic() < deadline:
            time.sleep(0.2)
        verdict.figure(f"resident {start:.1f} MB before, {peak:.1f} MB at most, {resident(server):.1f} MB afterwards")
        verdict.check(peak - start < GROWTH, f"grew by {peak - start:.1f} MB, under {GROWTH}")
        verdict.check(abs(resident(server) - start) <= REST,
                      f"back to {resident(server) - start:+.1f} MB of the start, within {REST}")
    verdict.exit()


main()
