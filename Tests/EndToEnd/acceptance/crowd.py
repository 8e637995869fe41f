"""Many connections at once in one process: opened from several loopback addresses, watched through one epoll."""

import contextlib
import json
import pathlib
import resource
import select
import socket
import subprocess
import sys
import time

from program import percentile

# A connection needs a port for each pair of addresses, and the system has some 28,000.
SOURCES = [f"127.0.0.{n}" for n in range(2, 10)]


def raise_descriptor_limit():
    """As many descriptors as the system allows; returns how many."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Member:
    """One connection of a crowd."""

    def __init__(self, wire, kind):
        self.wire, self.kind = wire, kind
        self.begun = time.monotonic()
        self.ended = None
        self.answer = b""
        self.sent = 0


class Crowd:
    """Connections that say what they are told, and note when the server ends them."""

    def __init__(self, address):
        self.address = address
        self.poll = select.epoll()
        self.members = {}
        self.failed = 0

    def add(self, kind, data, receive_buffer=None, reads=True):
        """Opens a connection and sends `data`; a full accept queue makes it wait, not fail."""
        wire = socket.socket()
        if receive_buffer:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.bind((SOURCES[len(self.members) % len(SOURCES)], 0))
        wire.settimeout(20)
        wire.connect(self.address)
        wire.setblocking(False)
        member = Member(wire, kind)
        if data:
            member.sent = wire.send(data)
        self.members[wire.fileno()] = member
        self.poll.register(wire.fileno(), (select.EPOLLIN if reads else 0) | select.EPOLLRDHUP)
        return member

    def drip(self, member, octet):
        """One octet more; an error shows as the end of the connection."""
        if member.ended is None:
            with contextlib.suppress(OSError):
                member.wire.send(octet)

    def watch(self, seconds):
        """Takes in what happens within that time."""
        until = time.monotonic() + seconds
        while True:
            for number, _ in self.poll.poll(max(0, until - time.monotonic())):
                member = self.members[number]
                member.ended = time.monotonic()
                self.poll.unregister(number)
                with contextlib.suppress(OSError):
                    member.answer = member.wire.recv(4096)
                member.wire.close()
            if time.monotonic() >= until:
                return

    def waiting(self):
        return [m for m in self.members.values() if m.ended is None]

    def of(self, kind):
        return [m for m in self.members.values() if m.kind == kind]

    def close(self):
        for member in self.waiting():
            member.wire.close()
        self.poll.close()


class Probe:
    """The other clients: probe.py in a process of its own."""

    def __init__(self, server, token):
        self.process = subprocess.Popen(
            [sys.executable, str(pathlib.Path(__file__).with_name("probe.py")), server.host, str(server.port), token],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def results(self):
        """Ends it: [begin, ms, status] of each request."""
        return json.loads(self.process.communicate(b"")[0])


def described(values):
    return (f"{len(values)} requests, p50 {percentile(values, 0.5):.2f} ms, p99 {percentile(values, 0.99):.2f} ms, "
            f"max {max(values):.2f} ms")


def private_memory(pid):
    """Anonymous resident memory in octets: what the process holds itself."""
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) * 1024
    return 0


def cpu_seconds(pid):
    """User and system time of the process so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
