"""A backup of 200 MB under constant writes ends, and neither checks nor sign-ins wait for it."""

import contextlib
import http.client
import multiprocessing
import os
import sqlite3
import time
import urllib.parse

from program import Verdict, percentile, serving

MEGABYTES = 200
ROUNDS = 3
# By how much the 99th percentile may grow, factor and milliseconds: the disk is shared, and others may use it too.
FACTOR, GRACE = 3, 10


def ask(address, method, path, body, headers, wanted, pipe):
    """One request after another: when each began, and how many milliseconds it took."""
    connection = http.client.HTTPConnection(*address)
    found = []
    while not pipe.poll():
        begun = time.monotonic()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == wanted, answer.status
        found.append((begun, (time.monotonic() - begun) * 1_000))
    pipe.send(found)


@contextlib.contextmanager
def clients(server):
    """Two that check and two that sign in, each a process; yields what is filled with their figures at the end."""
    token = server.token(server.register())
    account = server.register()  # another: of too many sessions of one user the oldest end
    form = urllib.parse.urlencode({"email": account.email, "password": account.password})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    kinds = {"check": ("GET", "/profile", None, {"Cookie": "session_id=" + token}, 200),
             "sign in": ("POST", "/sessions", form, headers, 200)}
    found, running = {kind: [] for kind in kinds}, []
    for kind, request in [*kinds.items()] * 2:
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.Process(target=ask, args=(server.address, *request, theirs), daemon=True)
        process.start()
        running.append((kind, ours, process))
    yield found
    for kind, ours, process in running:
        ours.send(None)
        found[kind] += ours.recv()
        process.join()


def described(values):
    return (f"{len(values)}, p50 {percentile(values, 0.5):.2f} ms, p99 {percentile(values, 0.99):.2f} ms, "
            f"max {max(values):.1f} ms")


def main():
    verdict = Verdict("backup under load")
    verdict.figure(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f} before")
    with serving(log_format="text", flags=["--quiet"]) as server:
        with contextlib.closing(sqlite3.connect(server.data)) as data:
            data.execute("CREATE TABLE ballast AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT "
                         f"{MEGABYTES * 512}) SELECT i, randomblob(2000) AS bytes FROM n")
            data.commit()
            data.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        os.sync()  # so that the figures before are not those of writing this
        with clients(server) as found:
            time.sleep(3)
            spans = []
            for number in range(ROUNDS):
                begun = time.monotonic()
                done = server.run("backup", f"copy{number}.db")
                spans.append((begun, time.monotonic()))
                assert done.returncode == 0, done.stderr
                time.sleep(1)
        first = spans[0][0]
        sizes = [os.path.getsize(server.directory / f"copy{n}.db") / 1e6 for n in range(ROUNDS)]
        verdict.figure("backups: " + ", ".join(f"{s:.0f} MB in {e - b:.2f} s" for s, (b, e) in zip(sizes, spans)))
        for kind, figures in found.items():
            calm = [ms for at, ms in figures if at < first]
            meanwhile = [ms for at, ms in figures if any(b <= at <= e for b, e in spans)]
            verdict.figure(f"{kind} before: {described(calm)}")
            verdict.figure(f"{kind} meanwhile: {described(meanwhile)}")
            limit = FACTOR * percentile(calm, 0.99) + GRACE
            verdict.check(percentile(meanwhile, 0.99) < limit, f"p99 of {kind} under {limit:.1f} ms")
        with contextlib.closing(sqlite3.connect(server.directory / f"copy{ROUNDS - 1}.db")) as copy:
            sessions = copy.execute("SELECT count(*) FROM sessions").fetchone()[0]
            verdict.check(copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)],
                          f"the copy is sound, with {sessions} sessions in it")
    verdict.exit()


main()
