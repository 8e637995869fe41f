"""Hostile requests over sockets: nothing may end the server or be answered 500, and sessiond may not be more lenient
than nginx, beside it or behind it.

  http_fuzz.py [--count 100000] [--seconds 0] [--compared 10000] [--chained 5000] [--seed 1]

SESSIOND_BINARY should be a build with AddressSanitizer (`make http-fuzz`). A find is printed with its seed and octets."""

import argparse
import contextlib
import random
import re
import socket
import struct
import time

import mutation
from beside_nginx import compare, finish
from behind_nginx import chain
from program import Verdict, serving

BATCH = 500
# Connections that are open at once.
WIDTH = 50
# One that is reset at any octet, one that is sent in pieces.
RESET, SPLIT = 0.15, 0.3
STATUS = re.compile(rb"HTTP/1\.1 (\d\d\d) ")


def connect(address):
    wire = socket.create_connection(address, timeout=20)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return wire


def send(generator, wire, data):
    """In one piece or several, to its end or to any octet; false: it was reset."""
    end = len(data)
    reset = generator.random() < RESET
    if reset:
        end = generator.randint(0, end)
    at = 0
    while at < end:
        size = generator.randint(1, end) if generator.random() < SPLIT else end
        wire.sendall(data[at:min(end, at + size)])
        at += size
    if reset:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.close()
    return not reset


def batch(generator, address, count):
    """Sends that many; what was answered, by what was sent."""
    found = []
    for start in range(0, count, WIDTH):
        open_now = []
        for _ in range(min(WIDTH, count - start)):
            data, wire = mutation.hostile(generator), connect(address)
            with contextlib.suppress(ConnectionError):
                if send(generator, wire, data):
                    open_now.append((data, wire))
        found += [(data, finish(wire)) for data, wire in open_now]
    return found


def alive(address):
    with connect(address) as wire:
        wire.sendall(mutation.get())
        return wire.recv(65536).startswith(b"HTTP/1.1 200 ")


def attack(verdict, options):
    statuses, done, begun = {}, 0, time.monotonic()
    with serving(log_format="text", flags=["--quiet", "--no-rate-limit"]) as server:
        while done < options.count and not (options.seconds and time.monotonic() - begun > options.seconds):
            seed = f"{options.seed}/{done}"
            for data, answer in batch(random.Random(seed), server.address, BATCH):
                if answer and not answer.startswith(b"HTTP/1.1 "):
                    verdict.check(False, f"seed {seed}: no HTTP: {answer[:80]!r} after {data!r}")
                for status in STATUS.findall(answer):
                    statuses[int(status)] = statuses.get(int(status), 0) + 1
                    if status == b"500":
                        verdict.check(False, f"seed {seed}: answered 500: {data!r}")
            done += BATCH
            if server.process.poll() is not None or not alive(server.address):
                verdict.check(False, f"seed {seed}: the server is gone or answers nothing:\n{server.tail()}")
                return
        # In the log, or in the exit code that `serving` looks at.
        clean = not any("AddressSanitizer" in line for line in server.log)
    verdict.figure(f"{done} connections in {time.monotonic() - begun:.0f} s, answers {dict(sorted(statuses.items()))}")
    verdict.check(done > 0 and statuses.get(200, 0) > 0, "some requests were served")
    verdict.check(clean, "no sanitizer report")
    verdict.check(statuses.get(500, 0) == 0, f"{statuses.get(500, 0)} answers 500")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=100_000, help="connections with hostile requests")
    parser.add_argument("--compared", type=int, default=10_000, help="connections that nginx gets too; 0: none")
    parser.add_argument("--chained", type=int, default=5_000, help="connections to sessiond behind nginx; 0: none")
    parser.add_argument("--seconds", type=float, default=0, help="end after this time; 0: after the count")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    verdict = Verdict(f"hostile requests, seed {options.seed}")
    if options.count:
        attack(verdict, options)
    if options.compared:
        compare(verdict, options.compared, options.seed)
    if options.chained:
        chain(verdict, options.chained, options.seed)
    verdict.exit()


main()
