"""What tells that a setting of passwords has changed while the server runs."""

import contextlib
import sqlite3

from harness.client import fresh_email
from harness.effects import setting
from harness.wire import eventually


@setting("passwords.minLength", 12)
def short_passwords(live):
    live.server.register(password="sh0rt")
    yield
    with live.server.client() as client:
        answer = client.post("/users", data={"email": fresh_email(), "password": "sh0rt"})
    assert answer.status_code == 400 and "at least 12 bytes" in answer.text
    done = live.server.run("user", "add", fresh_email(), password="shorter pw")
    assert done.returncode == 1 and "at least 12 bytes" in done.stderr


@setting("passwords.refuseCommon", False)
def common_passwords(live):
    with live.server.client() as client:
        answer = client.post("/users", data={"email": fresh_email(), "password": "password"})
    assert answer.status_code == 400 and "too common" in answer.text
    yield
    live.server.register(password="password")


@setting("passwords.words", ["lovelace"])
def words_that_do_not_count(live):
    live.server.register(password="LoveLace18")
    yield
    with live.server.client() as client:
        answer = client.post("/users", data={"email": fresh_email(), "password": "LoveLace18"})
    assert answer.status_code == 400 and "easily guessed" in answer.text
    live.server.register(password="LoveLace-1843")


def column(live, query, *arguments):
    with contextlib.closing(sqlite3.connect(live.server.data)) as data:
        (value,), = data.execute(query, arguments).fetchall()
    return value


def cost_of_hashing(word, start):
    def look(live):
        old = live.server.register()
        query = "SELECT password_hash FROM users WHERE email = ?"
        assert word not in column(live, query, old.email)
        yield
        assert word in column(live, query, live.server.register().email)
        live.server.token(old)
        assert eventually(lambda: word in column(live, query, old.email))
    for key in start:
        if word in (f"m={2 * start[key]},", f"t={2 * start[key]},"):
            setting(key, 2 * start[key], start, cheap=False)(look)


CHEAP = {"passwords.hashMemoryKiB": 64, "passwords.hashIterations": 1}
cost_of_hashing("m=128,", CHEAP)
cost_of_hashing("t=2,", CHEAP)


@setting("passwords.memoryBudgetMiB", 1, CHEAP, cheap=False)
def the_budget_of_hashes(live):
    account = live.server.register()
    larger = "$argon2id$v=19$m=2048,t=1,p=1$" + "A" * 22 + "$" + "A" * 43
    with contextlib.closing(sqlite3.connect(live.server.data)) as data, data:
        data.execute("UPDATE users SET password_hash = ? WHERE email = ?", (larger, account.email))
    assert live.server.sign_in_status(account.email, account.password) == 401
    yield
    assert live.server.sign_in_status(account.email, account.password) == 503
