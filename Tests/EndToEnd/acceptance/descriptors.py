"""256 descriptors and 1,000 connections: no spinning, no flood of log lines, and full service when they leave."""

import contextlib
import os
import socket
import time

from crowd import SOURCES, cpu_seconds, raise_descriptor_limit
from program import Verdict, serving

from harness.wire import Wire, get

DESCRIPTORS, CONNECTIONS, SECONDS = 256, 1_000, 10
# CPU seconds in those ten; milliseconds until a new client is answered.
CPU, BACK = 0.1, 50




def besiege(server):
    """Connections that ask nothing: some are accepted, the rest waits in the kernel."""
    wires = []
    for number in range(CONNECTIONS):
        wire = socket.socket()
        wire.setblocking(False)
        wire.bind((SOURCES[number % len(SOURCES)], 0))
        with contextlib.suppress(BlockingIOError):
            wire.connect(server.address)
        wires.append(wire)
    return wires


def main():
    verdict = Verdict("descriptors")
    raise_descriptor_limit()
    verdict.figure(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f} before")
    with serving(prefix=["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}"]) as server:
        token = server.token(server.register())
        with Wire(server) as signed_in:
            ask = get(server, "/profile", f"Cookie: session_id={token}", close=False)
            assert signed_in.send(ask).read().status_code == 200
            wires = besiege(server)
            time.sleep(1)
            lines, cpu, asked, worst = len(server.log), cpu_seconds(server.pid), 0, 0
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                begun = time.monotonic()
                answer = signed_in.send(ask).read()
                worst = max(worst, time.monotonic() - begun)
                asked += answer.status_code == 200
                time.sleep(1)
            cpu = cpu_seconds(server.pid) - cpu
            # A line for each request of ours is not what is meant.
            new = [line for line in server.log[lines:] if '"event":"request"' not in line.replace(" ", "")]
            open_now = len(os.listdir(f"/proc/{server.pid}/fd"))
            verdict.figure(f"{open_now} of {DESCRIPTORS} descriptors in use")
            verdict.check(cpu <= CPU, f"{cpu:.2f} s CPU in {SECONDS} s, at most {CPU}")
            verdict.check(len(new) <= SECONDS, f"{len(new)} log lines in {SECONDS} s, at most one a second")
            verdict.check(asked >= SECONDS - 1, f"a signed-in client was served all the time: {asked} times, "
                                                f"at worst after {worst * 1000:.1f} ms")
            for wire in wires:
                wire.close()
            begun = time.monotonic()
            with Wire(server) as wire:
                status = wire.send(get(server, "/api/v1/status")).read().status_code
            back = (time.monotonic() - begun) * 1000
            verdict.check(status == 200 and back <= BACK, f"{status} after {back:.1f} ms when they left, at most {BACK}")
    verdict.exit()


main()
