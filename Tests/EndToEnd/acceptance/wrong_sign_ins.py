"""Signs in with wrong passwords over many connections at once, in a process of its own.

  wrong_sign_ins.py HOST PORT SECONDS CONNECTIONS EMAIL...

Each connection asks for the status once; then it prints a line, and waits for one before it begins. In the end it
prints JSON: how often each status came, refusals without a usable Retry-After, connections lost, and the longest wait
in seconds. A connection asks again as soon as it has its answer; after a refusal a little later, but far earlier than
Retry-After says: two cores have to do for attackers, server and the other clients."""

import heapq
import itertools
import json
import os
import random
import select
import socket
import sys
import time
import urllib.parse

from crowd import raise_descriptor_limit

# Seconds until somebody who was refused tries again, at least and at most: not all at once.
IMPATIENCE = (0.1, 0.3)


class Attacker:
    """One connection."""

    def __init__(self, address, forms):
        self.forms = forms
        self.wire = socket.create_connection(address, timeout=20)
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer, self.since = b"", 0.0

    def ask(self, data=None):
        self.since = time.monotonic()
        self.wire.sendall(data or next(self.forms))

    def answer(self):
        """Status and Retry-After, once all of it is there; None before. An end raises."""
        piece = self.wire.recv(4096)
        if not piece:
            raise ConnectionResetError
        self.buffer += piece
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        fields = head.lower()
        if not end or len(body) < int(fields.partition(b"content-length:")[2].split(b"\r\n")[0]):
            return None
        self.buffer = b""
        return int(head[9:12]), fields.partition(b"\r\nretry-after:")[2].split(b"\r\n")[0].strip().decode()


def requests(host, port, emails):
    for number, email in enumerate(itertools.cycle(emails)):
        body = urllib.parse.urlencode({"email": email, "password": f"wrong {number}"}).encode()
        yield (f"POST /sessions HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
               f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def main():
    host, port, seconds, count = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    os.nice(5)
    raise_descriptor_limit()
    forms = requests(host, port, sys.argv[5:])
    poll, attackers, resting = select.epoll(), {}, []
    statuses, unhelpful, lost, longest = {}, 0, 0, 0.0
    for _ in range(count):
        attacker = Attacker((host, port), forms)
        attackers[attacker.wire.fileno()] = attacker
        poll.register(attacker.wire.fileno(), select.EPOLLIN)
    status = f"GET /api/v1/status HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
    for attacker in attackers.values():
        attacker.ask(status)
        while attacker.answer() is None:
            pass
    print("ready", flush=True)
    sys.stdin.readline()
    for attacker in attackers.values():
        attacker.ask()
    until = time.monotonic() + seconds
    while (now := time.monotonic()) < until:
        while resting and resting[0][0] <= now:
            attackers[heapq.heappop(resting)[1]].ask()
        for number, _ in poll.poll(max(0, (resting[0][0] if resting else until) - now)):
            attacker = attackers[number]
            try:
                found = attacker.answer()
            except OSError:
                lost += 1
                poll.unregister(number)
                continue
            if found is None:
                continue
            status, retry_after = found
            statuses[status] = statuses.get(status, 0) + 1
            longest = max(longest, time.monotonic() - attacker.since)
            if status in (429, 503):
                unhelpful += not (retry_after.isdigit() and int(retry_after) > 0)
                heapq.heappush(resting, (time.monotonic() + random.uniform(*IMPATIENCE), number))
            else:
                attacker.ask()
    json.dump({"statuses": statuses, "unhelpful": unhelpful, "lost": lost, "longest": longest}, sys.stdout)


main()
