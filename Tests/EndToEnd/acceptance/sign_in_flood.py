"""500 wrong sign-ins at once for 20 s at the default hash: memory stays within its budget, the others notice nothing,
and somebody who signed in before gets in within 2 s.

  sign_in_flood.py [SECONDS]"""

import json
import os
import pathlib
import subprocess
import sys
import threading
import time

import requests.adapters
from crowd import Probe, described
from program import Verdict, percentile, resident, serving, unlimited

CONNECTIONS = 500
SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 20
# Milliseconds.
LIMIT = 10
# Seconds.
PATIENCE = 2
# MiB that one worker takes at the default parameters.
HASH = 19
WORKERS = max(1, os.cpu_count() - 1)
# MiB of a sign-in that waits: request, task, place in the queue.
WAITING = 12 / 1024


class From(requests.adapters.HTTPAdapter):
    """Connects from this address of ours."""

    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, source_address=(self.address, 0), **options)


def person(server, address):
    """A client whose cookies know an earlier sign-in, and what it signs in with."""
    account, client = server.register(), server.client()
    client.mount("http://", From(address))
    form = {"email": account.email, "password": account.password}
    assert client.post("/sessions", data=form).status_code == 200
    return client, form


class Peak:
    """The most memory that was resident, looked at twenty times a second."""

    def __init__(self, server):
        self.server, self.most, self.ends = server, resident(server), threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        while not self.ends.wait(0.05):
            self.most = max(self.most, resident(self.server))

    def end(self):
        self.ends.set()
        self.thread.join()
        return self.most


def sign_in(client, form):
    """Seconds until it succeeded; infinite when it was refused."""
    begun = time.monotonic()
    status = client.post("/sessions", data=form).status_code
    return time.monotonic() - begun if status == 200 else float("inf")


def flood(verdict, server, knows_devices):
    """What the attackers saw; the others are judged here."""
    victim = server.register()
    neighbour, stranger = person(server, server.host), person(server, "127.0.0.77")
    attack = subprocess.Popen(
        [sys.executable, str(pathlib.Path(__file__).with_name("wrong_sign_ins.py")), server.host, str(server.port),
         str(SECONDS), str(CONNECTIONS), victim.email, "nobody@example.com"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE)
    assert attack.stdout.readline() == b"ready\n"
    # With the connections: what they take is no hashing.
    before = resident(server)
    probe, peak = Probe(server, server.token(server.register())), Peak(server)
    time.sleep(2)
    begin = time.monotonic()
    attack.stdin.write(b"\n")
    attack.stdin.flush()
    waits = {"at the attackers' address": [], "elsewhere": []}
    while time.monotonic() - begin < SECONDS - 3:
        time.sleep(2.5)
        for (client, form), found in zip((neighbour, stranger), waits.values(), strict=True):
            found.append(sign_in(client, form))
    said = json.loads(attack.communicate()[0])
    end = time.monotonic()
    most = peak.end()
    results = probe.results()
    calm = [ms for at, ms, _ in results if at < begin]
    meanwhile = [ms for at, ms, _ in results if begin <= at <= end]
    verdict.figure("before: " + described(calm))
    verdict.figure("meanwhile: " + described(meanwhile))
    verdict.check(percentile(meanwhile, 0.99) < LIMIT, f"p99 of the others under {LIMIT} ms")
    statuses = {status for _, _, status in results}
    verdict.check(statuses == {200, 404}, f"the others were answered {sorted(statuses)}")
    # The default budget is 128 MiB or more; this is what the workers need of it.
    allowed = (before + WORKERS * HASH) * 1.1 + CONNECTIONS * WAITING
    verdict.check(most <= allowed, f"{most:.1f} MB resident at most, {before:.1f} before, {allowed:.1f} allowed")
    for place, found in waits.items():
        verdict.figure(f"signed in before, {place}: " + ", ".join(f"{wait:.2f}" for wait in found) + " s")
    # A known device comes first wherever it is; somebody at another address waits for one turn of each address.
    for place in waits if knows_devices else ["elsewhere"]:
        verdict.check(max(waits[place]) < PATIENCE, f"a user {place} signs in within {PATIENCE} s")
    if server.client().get("/api/v1/status").status_code != 200:
        verdict.check(False, "the server lives")
    return said


def judge(verdict, said, refused):
    statuses = {int(status): count for status, count in said["statuses"].items()}
    verdict.figure(f"wrong sign-ins: {statuses}, the longest waited {said['longest']:.1f} s")
    verdict.check(set(statuses) <= {401, 429, 503} and not said["lost"],
                  f"each was answered 401, 429 or 503; {said['lost']} connections were lost")
    verdict.check(said["unhelpful"] == 0, "each 429 and 503 has Retry-After")
    if refused:
        verdict.check(statuses.get(503, 0) + statuses.get(429, 0) > 0, "what is too much is refused at once")


def main():
    verdict = Verdict("sign-in flood")
    verdict.figure(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f} before")
    # Remembered devices and rate limits came together.
    flags = unlimited()
    runs = [("with the defaults", [], {}, False)] if flags else []
    runs += [("without rate limits", flags, {}, False),
             ("without rate limits, a short queue", flags, {"SESSIOND_PASSWORDS_QUEUE": "64"}, True)]
    for name, more, env, refused in runs:
        verdict.figure(f"-- {name}")
        with serving(cheap=False, log_format="text", flags=["--quiet", *more], env=env) as server:
            judge(verdict, flood(verdict, server, bool(flags)), refused)
    verdict.exit()


main()
