"""Durable sign-ins a second, and how few fsyncs they take.

The hash is the cheapest there is, so that the way of a sign-in through the server is measured and not Argon2."""

import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import threading

from crowd import cpu_seconds
from program import Verdict, serving

from harness.load import wrk

ACCOUNTS = 500
SECONDS = 10
CONNECTIONS = 128
WANTED = 5_000
CHEAPEST = {"SESSIOND_PASSWORDS_HASH_MEMORY_KIB": "8", "SESSIOND_PASSWORDS_HASH_ITERATIONS": "1",
            "AUTH_TYPE": "session_db_auth"}
SCRIPT = pathlib.Path(__file__).with_name("sign_ins.lua")


def register(server):
    def some(numbers):
        with server.client() as client:
            for number in numbers:
                form = {"email": f"wrk{number}@example.com", "password": "correct horse"}
                assert client.post("/users", data=form).status_code == 200

    threads = [threading.Thread(target=some, args=(range(n, ACCOUNTS + 1, 8),)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextlib.contextmanager
def counting_syncs(server):
    """Has strace count; the list has the numbers in the end. It stops the server at every call, which takes time."""
    found = []
    with tempfile.NamedTemporaryFile() as summary:
        command = ["strace", "-f", "-c", "-e", "trace=fsync,fdatasync", "-o", summary.name]
        watcher = subprocess.Popen([*command, "-p", str(server.pid)], stderr=subprocess.DEVNULL)
        try:
            yield found
        finally:
            watcher.terminate()
            watcher.wait()
        for line in pathlib.Path(summary.name).read_text().splitlines():
            fields = line.split()
            if fields and fields[-1] in ("fsync", "fdatasync"):
                found.append(int(fields[3]))


def sign_in(server, verdict, seconds=SECONDS):
    before = cpu_seconds(server.pid)
    run = wrk(server, "/sessions", connections=CONNECTIONS, seconds=seconds, script=SCRIPT)
    spent = cpu_seconds(server.pid) - before
    verdict.figure(str(run))
    if run.complete:
        verdict.figure(f"{spent / run.complete * 1e6:.0f} µs of the server's processor time each")
    verdict.check(run.problems() == [], "; ".join(run.problems()) or "every answer 2xx")
    return run


def main():
    verdict = Verdict("sign-ins")
    os.environ["ACCOUNTS"] = str(ACCOUNTS)
    with serving(env=CHEAPEST, log_format="text", flags=["--quiet"]) as server:
        register(server)
        sign_in(server, verdict, seconds=2)  # until each account has as many sessions as it may
        run = sign_in(server, verdict)
        verdict.check(run.per_second >= WANTED, f"{run.per_second:.0f} durable sign-ins a second, {WANTED} wanted")
        if shutil.which("strace"):
            with counting_syncs(server) as syncs:
                run = sign_in(server, verdict, seconds=5)
            verdict.check(
                0 < sum(syncs) < run.complete / 5, f"{sum(syncs)} fsyncs for {run.complete} sign-ins (strace -f -c)")
        server.stop()
        with contextlib.closing(sqlite3.connect(server.data)) as data:
            rows = data.execute("SELECT count(*), count(DISTINCT user) FROM sessions").fetchone()
        verdict.check(rows == (20 * ACCOUNTS, ACCOUNTS), f"{rows[0]} sessions of {rows[1]} users on disk: 20 of each")
    verdict.exit()


main()
