"""What tells that a setting has changed while the server runs: one look before, one look after."""

import contextlib
import select
import socket
import time

from harness.wire import Closed, Wire, get

STATUS = "/api/v1/status"
EFFECTS = {}


def setting(key, to, start=(), **options):
    """A generator that looks at the server with `start` in its file, yields, and looks again when `key` is `to`."""
    def register(look):
        EFFECTS[key] = (look, dict(start), {**dict(start), key: to}, options)
        return look
    return register


def status_of(wire, data, method="GET"):
    return wire.send(data).read(method).status_code


def stalled(server):
    """A connection on which answers wait that nobody reads."""
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.connect(server.address)
    wire.setblocking(False)
    data, quiet = get(server, STATUS, close=False) * 1_000, 0
    while quiet < 3:
        try:
            wire.send(data)
            quiet = 0
        except BlockingIOError:
            quiet += 1
            time.sleep(0.1)
    return wire


def is_cut(wire, seconds):
    poll = select.poll()
    poll.register(wire, select.POLLHUP | select.POLLERR)
    return bool(poll.poll(seconds * 1000))


def seconds_until_closed(wire):
    begun = time.monotonic()
    with contextlib.suppress(Closed):
        while True:
            wire.read()
    return time.monotonic() - begun


def over_one_connection(key, to, data, before, after):
    """A setting that turns the answer to one request from `before` to `after`, on a connection that stays open."""
    @setting(key, to)
    def look(live):
        request = data(live.server)
        with Wire(live.server) as wire:
            assert status_of(wire, request) == before
            yield
            assert status_of(wire, request) == after
