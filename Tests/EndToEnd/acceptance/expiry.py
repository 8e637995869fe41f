"""Sessions and reset tokens end when they should, and leave nothing in memory or on disk."""

import contextlib
import sqlite3
import time

from program import Verdict, serving

from harness.wire import eventually

DURATION = 4
SESSIONS = 40
# Seconds: the least that the setting allows.
TOKEN_LIFETIME = 60


def session_ends(verdict, word):
    settings = {"AUTH_TYPE": word, "SESSION_DURATION": str(DURATION), "SESSIOND_SESSIONS_PER_USER": str(SESSIONS)}
    with serving(env=settings) as server:
        account = server.register()
        born = {}
        for _ in range(SESSIONS):
            born[server.token(account)] = time.monotonic()
            time.sleep(0.05)
        ages, waiting = [], dict(born)
        while waiting:
            for token in list(waiting):
                if server.profile_status(token) == 403:
                    ages.append(time.monotonic() - waiting.pop(token))
            if time.monotonic() - max(born.values()) > DURATION + 2:
                break
        verdict.figure(f"{word}: ended at {min(ages):.2f} to {max(ages):.2f} s of {DURATION}" if ages else word)
        verdict.check(
            not waiting and DURATION - 1 <= min(ages) and max(ages) <= DURATION + 1,
            f"{word}: all {SESSIONS} ended within 1 s of their time")

        def swept():
            return sum(e["expired"] for e in server.events("swept"))

        begun = time.monotonic()
        empty = eventually(lambda: swept() == SESSIONS, seconds=30)
        verdict.check(
            empty and server.events("swept")[-1]["live"] == 0,
            f"{word}: the map is empty {time.monotonic() - begun:.1f} s later ({swept()} swept)")


def tokens_and_rows_end(verdict):
    lifetime = {"SESSIOND_RESET_TOKEN_LIFETIME": str(TOKEN_LIFETIME), "SESSION_DURATION": "5"}
    with serving(env=lifetime | {"AUTH_TYPE": "session_db_auth"}) as server:
        early, late = server.register(), server.register()
        for _ in range(20):
            server.token(early)

        def rows():
            with contextlib.closing(sqlite3.connect(server.data)) as data:
                return data.execute("SELECT count(*) FROM sessions").fetchone()[0]

        with server.client() as client:
            begun = time.monotonic()
            tokens = {a: client.post("/reset_password", data={"email": a.email}).json()["reset_token"]
                      for a in (early, late)}
            verdict.check(rows() == 20, "20 sessions on disk")

            def redeem(account, age):
                time.sleep(begun + age - time.monotonic())
                form = {"email": account.email, "reset_token": tokens[account], "new_password": "a new password"}
                return client.put("/reset_password", data=form).status_code

            verdict.check(redeem(early, TOKEN_LIFETIME - 2) == 200, f"a token works at {TOKEN_LIFETIME - 2} s")
            verdict.check(redeem(late, TOKEN_LIFETIME + 1) == 403, f"a token is refused at {TOKEN_LIFETIME + 1} s")
        verdict.check(server.sign_in_status(late.email, "a new password") == 401, "and changed nothing")
        verdict.check(eventually(lambda: rows() == 0, seconds=90, pause=1),
                      f"no session is left on disk after {time.monotonic() - begun:.0f} s")


def main():
    verdict = Verdict("expiry")
    for word in ("session_exp_auth", "session_auth", "session_db_auth"):
        session_ends(verdict, word)
    tokens_and_rows_end(verdict)
    verdict.exit()


main()
