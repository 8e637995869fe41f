"""A full disk, filled by others and by ourselves, with kill -9 meanwhile: nothing acknowledged is lost or undone."""

import contextlib
import errno
import os
import pathlib
import random
import sqlite3
import subprocess
import sys
import tempfile
import time

import requests
from program import Verdict
from visitors import Journal, Person, Visitor

from harness.client import fresh_email
from harness.server import Server

SIZE = "12m"
VISITORS = 4
KILLS = 5
# Octets that we fill ourselves.
LEFT = 1 << 20
# Seconds.
PATIENCE = 5


@contextlib.contextmanager
def small_disk():
    if os.geteuid() != 0:
        sys.exit("full_disk needs root: it mounts a small tmpfs")
    with tempfile.TemporaryDirectory(prefix="sessiond-full-") as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", folder], check=True)
        try:
            yield pathlib.Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def fill(file):
    """Another program takes every page that is left."""
    with open(file, "ab", buffering=0) as filler:
        while True:
            try:
                filler.write(bytes(4096))
            except OSError as full:
                assert full.errno == errno.ENOSPC, full
                return


def eventually(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def log_size(server):
    return pathlib.Path(f"{server.data}-wal").stat().st_size


def ready(server):
    with server.client() as client:
        return client.get("/readyz").status_code


@contextlib.contextmanager
def visited(server, journal):
    visitors = [Visitor(server, journal, journal.people[n::VISITORS], n) for n in range(VISITORS)]
    for visitor in visitors:
        visitor.start()
    try:
        yield
    finally:
        for visitor in visitors:
            visitor.done.set()
        for visitor in visitors:
            visitor.join(60)


def figures(verdict, name, journal):
    refused = {action: n for (action, status), n in sorted(journal.answers.items()) if status == 503}
    granted = {action: n for (action, status), n in sorted(journal.answers.items()) if status != 503}
    verdict.figure(f"{name}: acknowledged {granted}, 503 {refused}")


def truth(verdict, server, journal, when, sign_in=False):
    false = journal.false_answers(server, sign_in)
    facts = sum(1 + len(p.live) + len(p.ended) for p in journal.people)
    verdict.check(not false, f"{when}: {facts} facts of {len(journal.people)} people, {len(false)} untrue {false[:3]}")
    verdict.check(not journal.untrue, f"{when}: no answer but the right one or 503 {journal.untrue[:3]}")


def filled_by_another(verdict, server, disk, journal):
    # Before the log has grown, so that what it has from the start must do.
    fill(disk / "filler")
    verdict.figure(f"log {log_size(server)} octets, data file {server.data.stat().st_size} octets, disk full")
    with visited(server, journal):
        verdict.check(eventually(lambda: journal.count("register", 503) >= 20), "a full disk is 503 for registrations")
        verdict.check(eventually(lambda: ready(server) == 503), "/readyz says so")
        time.sleep(2)
    figures(verdict, "full", journal)
    verdict.figure(f"log {log_size(server)} octets, data file {server.data.stat().st_size} octets")
    verdict.check(log_size(server) <= 1 << 20, "the log was written over again and again: it has not grown")
    verdict.check(journal.count("check", 200) > 20, "checks go on")
    verdict.check(journal.count("sign out", 302) > 20 and not journal.count("sign out", 503),
                  f"{journal.count('sign out', 302)} sign-outs on the full disk, none refused")
    truth(verdict, server, journal, "full")
    generator = random.Random(1)
    for number in range(KILLS):
        with visited(server, journal):
            time.sleep(0.2 + generator.random())
            server.kill9()
        server.start()
        truth(verdict, server, journal, f"kill -9 number {number + 1} while full")
    os.unlink(disk / "filler")
    verdict.check(eventually(lambda: ready(server) == 200), "ready again by itself when there is room")
    journal.answers.clear()
    with visited(server, journal):
        time.sleep(1)
    figures(verdict, "room again", journal)
    verdict.check(not any(s == 503 for _, s in journal.answers), "and nothing is refused")
    truth(verdict, server, journal, "room again", sign_in=True)


def filled_by_ourselves(verdict, server, disk, journal):
    fill(disk / "filler")
    os.truncate(disk / "filler", (disk / "filler").stat().st_size - LEFT)
    names = {}
    with server.client(server.admin_token) as client:
        while True:
            person, name = Person(fresh_email()), f"{len(names):04}" * 256
            form = {"email": person.email, "password": person.password, "first_name": name, "last_name": name}
            answer = client.post("/api/v1/users", json=form)
            if answer.status_code != 201:
                break
            journal.add(person)
            names[answer.json()["id"]] = name
        verdict.check(answer.status_code == 503, f"full after {len(names)} registrations with long names")
        statuses = []
        for person, token in [(p, t) for p in journal.people for t in sorted(p.live)][:200]:
            with server.client(token) as leaving:
                statuses.append(leaving.delete("/sessions").status_code)
            person.live.discard(token)
            if statuses[-1] == 302:
                person.ended.add(token)
        verdict.check(set(statuses) == {302}, f"{len(statuses)} sign-outs one after another on the full disk")
        server.kill9()
        server.start()
        truth(verdict, server, journal, "kill -9 while full of our own")
    with server.client(server.admin_token) as client:
        found = {u["id"]: u["first_name"] for u in client.get("/api/v1/users").json()}
        verdict.check(all(found[u] == name for u, name in names.items()), f"{len(names)} long names are as they were")
        deleted = {client.delete(f"/api/v1/users/{user}").status_code for user in names}
        verdict.check(deleted == {200}, f"an administrator makes room on the full disk: {deleted}")
        gone = {u["email"] for u in client.get("/api/v1/users").json()}
        journal.people[:] = [p for p in journal.people if p.email in gone]
    verdict.check(eventually(lambda: ready(server) == 200), "ready again by itself")
    truth(verdict, server, journal, "after that", sign_in=True)


def main():
    verdict = Verdict("full disk")
    with small_disk() as disk:
        server = Server(disk, flags=["--no-rate-limit"]).start()
        try:
            server.admin = server.register()
            server.admin_token = server.token(server.admin)
            journal = Journal()
            filled_by_another(verdict, server, disk, journal)
            filled_by_ourselves(verdict, server, disk, journal)
            server.restart()
            truth(verdict, server, journal, "after a restart", sign_in=True)
            server.stop()
        except (requests.RequestException, AssertionError):
            print(server.tail())
            raise
        finally:
            server.kill9()
        with contextlib.closing(sqlite3.connect(server.data)) as data:
            verdict.check(data.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "the data file is sound")
    verdict.exit()


main()
