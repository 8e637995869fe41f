"""kill -9 right after a 200 of registration, and in the middle of many: nothing acknowledged is lost."""

import threading
import time

import requests
from program import Verdict, serving

from harness.client import Account, fresh_email

ROUNDS = 50


def missing(server, boss, emails):
    """Which of these the data file does not know."""
    with server.signed_in(boss) as client:
        known = {u["email"] for u in client.get("/api/v1/users").json()}
    return [e for e in emails if e not in known]


def right_after_each(verdict):
    with serving() as server:
        boss = server.register()
        accounts, lost, starts = [], 0, []
        for _ in range(ROUNDS):
            accounts.append(server.register())
            server.kill9()
            begun = time.monotonic()
            server.start()
            starts.append(time.monotonic() - begun)
            lost += server.sign_in_status(accounts[-1].email, accounts[-1].password) != 200
        lost += len(missing(server, boss, [a.email for a in accounts]))
    verdict.figure(f"start after a kill: median {sorted(starts)[ROUNDS // 2] * 1000:.0f} ms, "
                   f"longest {max(starts) * 1000:.0f} ms")
    verdict.check(lost == 0, f"{ROUNDS} rounds, {lost} lost")


def sessions_too(verdict):
    with serving(env={"AUTH_TYPE": "session_db_auth"}) as server:
        account = server.register()
        live, ended, wrong = [], [], 0
        for number in range(20):
            live.append(server.token(account))
            if number % 2:
                ended.append(live.pop(0))
                with server.client(ended[-1]) as client:
                    assert client.delete("/sessions").status_code == 302
            server.kill9()
            server.start()
            wrong += sum(server.profile_status(t) != 200 for t in live)
            wrong += sum(server.profile_status(t) != 403 for t in ended)
    verdict.check(wrong == 0, f"20 rounds of sign-in and sign-out, {wrong} untrue afterwards")


def in_the_middle(verdict):
    with serving(flags=["--no-rate-limit"]) as server:
        boss = server.register()
        acknowledged, lock = [], threading.Lock()

        def register():
            with server.client() as client:
                while True:
                    email = fresh_email()
                    try:
                        answer = client.post("/users", data={"email": email, "password": "correct horse"})
                    except requests.ConnectionError:
                        return
                    if answer.status_code == 200:
                        with lock:
                            acknowledged.append(Account(email, "correct horse"))

        for number in range(10):
            before = len(acknowledged)
            threads = [threading.Thread(target=register) for _ in range(8)]
            for thread in threads:
                thread.start()
            while len(acknowledged) < before + 20 + 7 * number:
                time.sleep(0.0005)
            server.kill9()
            for thread in threads:
                thread.join()
            server.start()
        lost = missing(server, boss, [a.email for a in acknowledged])
    verdict.check(not lost, f"10 kills in the middle, {len(acknowledged)} acknowledged, {len(lost)} lost")


def main():
    verdict = Verdict("kill -9")
    right_after_each(verdict)
    sessions_too(verdict)
    in_the_middle(verdict)
    verdict.exit()


main()
