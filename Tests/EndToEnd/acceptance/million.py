"""A million sessions: how fast a start is ready, what they take, and whether anybody notices when all end at once.

  million.py [SESSIONS [USERS]]"""

import datetime
import os
import pathlib
import subprocess
import sys
import time

import requests
from crowd import cpu_seconds
from many import fill
from program import Verdict, percentile, resident, serving

SESSIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
USERS = int(sys.argv[2]) if len(sys.argv) > 2 else max(1, SESSIONS // 20)
READY_WITHIN = 3
OCTETS_EACH = 200
# Seconds that any session lives after a start, so that all end at once; and of each watch.
LIFE = 30
WATCH = 10
WANTED_PAUSE = 2
SETTINGS = {"AUTH_TYPE": "session_db_auth", "SESSION_DURATION": str(LIFE)}
MB = 1 << 20
# Server and client come before what else the machine does, where that is allowed.
FIRST = ("nice", "-n", "-15") if os.geteuid() == 0 else ()


def start(server):
    """Seconds until /readyz is 200, and seconds of the server's processor time until then."""
    begun = time.monotonic()
    server.start()
    while requests.get(server.base + "/readyz", timeout=10).status_code != 200:
        time.sleep(0.005)
    return time.monotonic() - begun, cpu_seconds(server.pid)


class Watch:
    """checks.py: a check each millisecond."""

    def __init__(self, server, token):
        self.process = subprocess.Popen(
            [*FIRST, sys.executable, str(pathlib.Path(__file__).with_name("checks.py")), server.host, str(server.port), token],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def pauses(self):
        """Ends it; milliseconds of each check."""
        return [float(line) for line in self.process.communicate("")[0].split()]


def described(pauses):
    return (f"{len(pauses)} checks, p50 {percentile(pauses, 0.5):.2f} ms, p99 {percentile(pauses, 0.99):.2f}, "
            f"p99.9 {percentile(pauses, 0.999):.2f}, longest {max(pauses):.2f}; "
            f"{sum(p > WANTED_PAUSE for p in pauses)} over {WANTED_PAUSE} ms")


def expiry(server, verdict, ends, account, empty):
    """All end at once under a client that goes on checking: with a session of its own, which ends later."""
    control = Watch(server, server.token(account))
    time.sleep(WATCH)
    control = control.pauses()
    time.sleep(max(0, ends - 2 - time.time()))
    before, watch = cpu_seconds(server.pid), Watch(server, server.token(account))
    # Looked at afterwards: to read the log takes a core of its own.
    time.sleep(max(0, ends + WATCH - time.time()))
    pauses = watch.pauses()
    events = server.events("swept")
    swept = sum(e["expired"] for e in events)
    took = datetime.datetime.fromisoformat(events[-1]["time"]).timestamp() - ends if events else 0
    verdict.check(max(e["longest_us"] for e in events) <= WANTED_PAUSE * 1000 if events else False,
                  f"longest slice of the sweep {max((e['longest_us'] for e in events), default=0)} us by the clock")
    verdict.figure(f"without expiry: {described(control)}")
    verdict.figure(f"with expiry:    {described(pauses)}")
    verdict.check(swept >= SESSIONS, f"{swept} swept {took:.1f} s after their end, "
                  f"{cpu_seconds(server.pid) - before:.1f} s of processor time meanwhile")
    # What the machine does to both is the control's; what is beyond it is the server's.
    excess = percentile(pauses, 0.999) - percentile(control, 0.999)
    verdict.check(excess <= WANTED_PAUSE, f"p99.9 is {excess:.2f} ms longer than without expiry")
    time.sleep(3)
    left = resident(server)
    verdict.check(left <= 1.1 * empty + 16, f"{left:.1f} MB resident afterwards, {empty:.1f} MB when it was empty")


def main():
    verdict = Verdict(f"{SESSIONS} sessions of {USERS} users")
    with serving(env=SETTINGS, prefix=FIRST) as server:
        account = server.register()
        server.token(account)
        empty = resident(server)
        server.stop()
        begun = time.time()
        tokens = fill(server, SESSIONS, USERS, ends_in=3_600)
        verdict.figure(f"{server.data.stat().st_size / MB:.0f} MB of data file, made in {time.time() - begun:.1f} s")
        ends = time.time() + LIFE
        wall, processor = start(server)
        verdict.check(wall < READY_WITHIN, f"ready after {wall:.2f} s, {processor:.2f} s of processor time")
        full = resident(server)
        each = (full - empty) * MB / SESSIONS
        verdict.check(
            each <= OCTETS_EACH, f"{full:.1f} MB resident, {empty:.1f} MB when empty: {each:.0f} B a session")
        checked = sum(server.profile_status(t) == 200 for t in tokens[:100])
        verdict.check(checked == 100, f"{checked} of 100 cookies work")
        expiry(server, verdict, ends, account, empty)
        checked = sum(server.profile_status(t) == 403 for t in tokens[:100])
        verdict.check(checked == 100, f"{checked} of 100 cookies are refused")
    verdict.exit()


main()
