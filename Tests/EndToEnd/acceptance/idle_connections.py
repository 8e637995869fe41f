"""What connections cost: 20,000 idle ones, some that pipeline and never read, and 50,000 short ones in a row."""

import contextlib
import os
import resource
import socket
import subprocess
import sys
import time

from crowd import SOURCES, Crowd, private_memory, raise_descriptor_limit
from program import Verdict, resident, serving

from harness.wire import Wire

WANTED = 20_000
# Descriptors that the server, and each process that holds connections, need for other things.
SPARE = 64
# Octets of user memory: of an idle connection; of one that pipelines and never reads.
IDLE, GREEDY = 4_096, 65_536
GREEDY_COUNT = 200
SHORT = 50_000
RAISED = {"SESSIOND_TIMEOUTS_IDLE": "600"}


def hold(host, port, first, count):
    """In a process of its own: opens connections, one answered request each, and holds them until stdin closes."""
    raise_descriptor_limit()
    request = f"GET /api/v1/status HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
    wires = []
    for number in range(first, first + count):
        wire = socket.socket()
        wire.bind((SOURCES[number % len(SOURCES)], 0))
        wire.settimeout(20)
        wire.connect((host, port))
        wire.sendall(request)
        assert wire.recv(4096).startswith(b"HTTP/1.1 200 "), "not answered"
        wires.append(wire)
    print("ready", flush=True)
    sys.stdin.read()
    closed = 0
    for wire in wires:
        wire.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            closed += not wire.recv(1)
    print(closed, flush=True)


def idle(verdict):
    count = min(WANTED, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - SPARE)
    if count < WANTED:
        verdict.figure(f"the system allows {count + SPARE} descriptors: {count} connections instead of {WANTED}")
    with serving(log_format="text", flags=["--quiet"], env=RAISED) as server:
        with Wire(server) as wire:
            wire.send(f"GET / HTTP/1.1\r\nHost: {server.authority}\r\n\r\n".encode()).read()
        start = private_memory(server.pid)
        half = count // 2
        holders = []
        begun = time.monotonic()
        for first, share in ((0, half), (half, count - half)):
            holders.append(subprocess.Popen(
                [sys.executable, __file__, server.host, str(server.port), str(first), str(share)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        ready = [h.stdout.readline() for h in holders]
        verdict.check(ready == ["ready\n"] * 2, f"{count} idle connections, each with one request answered, "
                                                f"in {time.monotonic() - begun:.1f} s")
        each = (private_memory(server.pid) - start) / count
        verdict.check(each <= IDLE, f"{each:.0f} octets of user memory each, at most {IDLE}")
        closed = [int(h.communicate("")[0] or -1) for h in holders]
        verdict.check(closed == [0, 0], f"{sum(closed)} of them were closed by the server")
        deadline = time.monotonic() + 5
        while private_memory(server.pid) > start + (5 << 20) and time.monotonic() < deadline:
            time.sleep(0.2)
        verdict.figure(f"{(private_memory(server.pid) - start) / 2**20:+.1f} MB after they left")


def greedy(verdict):
    """As much as the server reads: requests without an end, nothing of the answers taken."""
    with serving(log_format="text", flags=["--quiet"]) as server:
        with Wire(server) as wire:
            wire.send(f"GET / HTTP/1.1\r\nHost: {server.authority}\r\n\r\n".encode()).read()
        start = private_memory(server.pid)
        crowd = Crowd(server.address)
        rows = f"GET /nowhere HTTP/1.1\r\nHost: {server.authority}\r\n\r\n".encode() * 2_000
        for _ in range(GREEDY_COUNT):
            crowd.add("greedy", rows, receive_buffer=4096, reads=False)
        most, sent = 0, 0
        until = time.monotonic() + 8
        while time.monotonic() < until:
            for member in crowd.waiting():
                with contextlib.suppress(OSError):
                    member.sent += member.wire.send(rows)
            sent = sum(m.sent for m in crowd.members.values())
            most = max(most, private_memory(server.pid) - start)
            crowd.watch(0.05)
        verdict.figure(f"{GREEDY_COUNT} that pipeline and never read sent {sent / 2**20:.0f} MB")
        verdict.check(most / GREEDY_COUNT <= GREEDY,
                      f"{most / GREEDY_COUNT:.0f} octets of user memory each, at most {GREEDY}")
        crowd.close()


def short(verdict):
    with serving(log_format="text", flags=["--quiet"]) as server:
        before = resident(server)
        begun, complete, failed = time.monotonic(), 0, 0
        command = ["ab", "-q", "-c", "50", "-n", str(SHORT // 5), server.base + "/api/v1/status"]
        for number in range(5):
            done = subprocess.run([*command[:1], "-B", SOURCES[number], *command[1:]], capture_output=True, text=True,
                                  check=False)
            for line in done.stdout.splitlines():
                complete += int(line.split()[2]) if line.startswith("Complete requests:") else 0
                failed += int(line.split()[2]) if line.startswith(("Failed requests:", "Non-2xx")) else 0
        verdict.figure(f"{complete / (time.monotonic() - begun):.0f} connections a second")
        verdict.check(complete == SHORT and failed == 0, f"{complete} of {SHORT} short connections, {failed} failed")
        verdict.figure(f"resident {before:.1f} MB before, {resident(server):.1f} MB after")


def main():
    verdict = Verdict("idle connections")
    raise_descriptor_limit()
    verdict.figure(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f} before")
    idle(verdict)
    greedy(verdict)
    short(verdict)
    verdict.exit()


if len(sys.argv) == 5:
    hold(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
else:
    main()
