"""docs/HTTP.md: 200, 401 and 403 are facts, 503 is doubt."""

import concurrent.futures
import contextlib
import sqlite3

from harness.client import fresh_email
from harness.expect import ANY, answered, refused


def doubtful(answer):
    refused(answer, 503, ANY)
    assert int(answer.headers["Retry-After"]) > 0


def test_a_locked_store_gives_503_and_never_signs_anybody_out(launch):
    server = launch()
    account = server.register()
    token, leaving = server.token(account), server.token(account)
    email = fresh_email()
    form = {"email": email, "password": "correct horse"}
    with contextlib.closing(sqlite3.connect(server.data, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            sign_in = {"email": account.email, "password": account.password}
            waiting = [
                pool.submit(server.client().post, "/users", data=form),
                pool.submit(server.client().post, "/sessions", data=sign_in),
                pool.submit(server.client(leaving).delete, "/sessions")]
            with server.client(token) as client, server.client("A" * 43) as stranger:
                for _ in range(20):  # while the others wait
                    answered(client.get("/profile"), 200, {"email": account.email}, private=True)
                    answered(client.get("/api/v1/status"), 200, {"status": "OK"})
                    refused(stranger.get("/profile"), 403)
            for answer in waiting:
                doubtful(answer.result())
        other.execute("ROLLBACK")
    with server.client() as client:
        answered(client.post("/users", data=form), 200, {"email": email, "message": "user created"})
    assert server.profile_status(token) == 200
    assert server.sign_in_status(account.email, account.password) == 200


def test_a_hash_that_never_fits_into_the_budget_is_503_and_names_the_setting(launch):
    server = launch(cheap=False, env={"SESSIOND_PASSWORDS_HASH_MEMORY_KIB": "4096"})
    account = server.register()
    server.stop()
    server.env = {"SESSIOND_PASSWORDS_HASH_MEMORY_KIB": "64", "SESSIOND_PASSWORDS_MEMORY_BUDGET_MIB": "3"}
    server.start()
    with server.client() as client:
        form = {"email": account.email, "password": account.password}
        doubtful(client.post("/sessions", data=form))
        refused(client.post("/sessions", data={**form, "email": "nobody@example.com"}), 401)
    event = server.await_events("hash larger than the budget")[0]
    assert (event["hash_kib"], event["budget_kib"], event["setting"]) == (4096, 3072, "passwords.memoryBudgetMiB")
    server.stop()
    server.env["SESSIOND_PASSWORDS_MEMORY_BUDGET_MIB"] = "4"
    server.start()
    assert server.sign_in_status(account.email, account.password) == 200


def test_more_sign_ins_than_the_queue_holds_get_503_at_once(launch):
    server = launch(cheap=False, env={
        "SESSIOND_PASSWORDS_WORKERS": "1", "SESSIOND_PASSWORDS_QUEUE": "1",
        "SESSIOND_PASSWORDS_HASH_MEMORY_KIB": "65536", "SESSIOND_PASSWORDS_HASH_ITERATIONS": "8"})
    account = server.register()
    token = server.token(account)

    def sign_in(_):
        with server.client() as client:
            return client.post("/sessions", data={"email": account.email, "password": account.password})

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(sign_in, range(12)))
    statuses = sorted(a.status_code for a in answers)
    assert set(statuses) == {200, 503}, statuses
    for answer in answers:
        if answer.status_code == 503:
            doubtful(answer)
    # One line a second, not one for each.
    events = server.await_events("overloaded")
    assert sum(event["requests"] for event in events) <= statuses.count(503)
    assert server.profile_status(token) == 200
    assert server.sign_in_status(account.email, account.password) == 200
