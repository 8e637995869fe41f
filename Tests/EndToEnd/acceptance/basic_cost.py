"""CPU time per request of Basic whose password is remembered, beside that of a session cookie, on the same routes.

Server with one loop, `wrk -t1 -c64`, user and system time of the process; the two in turns, each pair a ratio."""

import base64
import os
import statistics

from program import Verdict, serving

from harness.load import wrk

ROUNDS, SECONDS = 7, 3
PATHS = ["/profile", "/sessions/whoami"]
MOST = 1.3
SETTINGS = {"SESSIOND_SERVER_LOOPS": "1", "SESSIOND_AUTH_SCHEMES": "session,basic"}


def seconds(server):
    """User and system time of the process so far."""
    with open(f"/proc/{server.pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cost(server, path, verdict, **credential):
    """Microseconds of a request."""
    before = seconds(server)
    run = wrk(server, path, 64, SECONDS, **credential)
    for problem in run.problems():
        verdict.check(False, problem)
    return (seconds(server) - before) / run.complete * 1e6


def main():
    verdict = Verdict(f"CPU time of Basic from memory and of a cookie, {ROUNDS} pairs of {SECONDS} s")
    with serving(env=SETTINGS, flags=["--quiet"], log_format="text") as server:
        account = server.register()
        cookie = "session_id=" + server.token(account)
        basic = "Basic " + base64.b64encode(f"{account.email}:{account.password}".encode()).decode()
        for path in PATHS:
            pairs = [(cost(server, path, verdict, cookie=cookie), cost(server, path, verdict, authorization=basic))
                     for _ in range(ROUNDS)]
            for name, found in zip(["cookie", "Basic"], zip(*pairs)):
                verdict.figure(f"{path}, {name}: {statistics.median(found):.2f} µs "
                               f"(from {min(found):.2f} to {max(found):.2f})")
            ratio = statistics.median(after / before for before, after in pairs)
            verdict.check(ratio < MOST, f"{path}: Basic takes {ratio:.2f} × a cookie, less than {MOST} wanted")
    verdict.exit()


main()
