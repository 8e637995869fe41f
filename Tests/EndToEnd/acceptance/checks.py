"""Checks a session each millisecond on eight connections, until its standard input closes; prints milliseconds each.

  checks.py HOST PORT TOKEN

A check that was due while the one before was unanswered counts from when it was due, so that no stall is hidden."""

import gc
import select
import socket
import sys
import time

PACE = 0.001
# The system gives a new connection to any loop; with so many each loop has some.
CONNECTIONS = 8


def main():
    host, port, token = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    gc.disable()
    wires = [socket.create_connection((host, port), timeout=30) for _ in range(CONNECTIONS)]
    for wire in wires:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    request = f"GET /profile HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: session_id={token}\r\n\r\n".encode()
    found, turn, due = [], 0, time.monotonic()
    while not select.select([sys.stdin], [], [], 0)[0]:
        due += PACE
        wait = due - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        begun = time.monotonic() if wait > 0 else due
        turn = (turn + 1) % CONNECTIONS
        wires[turn].sendall(request)
        answer = wires[turn].recv(65536)
        assert answer.startswith(b"HTTP/1.1 200 "), answer[:100]
        found.append(time.monotonic() - begun)
    print("\n".join(f"{1000 * seconds:.3f}" for seconds in found))


main()
