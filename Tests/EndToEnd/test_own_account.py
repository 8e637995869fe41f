"""docs/HTTP.md, "The own account": password, address and end of an account, by its user."""

import concurrent.futures

import pytest

from harness.expect import ANY, answered, refused

ME = "/api/v1/users/me"
NEW = "a new password"


def change(account, new=NEW, current=None):
    return {"current_password": current or account.password, "new_password": new}


def test_a_new_password_keeps_the_caller_signed_in_and_nobody_else(server, user, account):
    other, before = server.token(account), user.headers.get("Cookie")
    answer = user.put(ME + "/password", json=change(account))
    answered(answer, 200, {}, private=True)
    renewed = answer.cookies["session_id"]
    assert renewed not in before
    assert server.profile_status(renewed) == 200
    assert server.profile_status(other) == 403
    assert server.profile_status(before.removeprefix("session_id=")) == 403
    assert server.sign_in_status(account.email, NEW) == 200
    assert server.sign_in_status(account.email, account.password) == 401


def test_a_new_password_voids_reset_tokens(server, user, account, anonymous):
    token = anonymous.post("/reset_password", data={"email": account.email}).json()["reset_token"]
    assert user.put(ME + "/password", json=change(account)).status_code == 200
    form = {"email": account.email, "reset_token": token, "new_password": "third password"}
    refused(anonymous.put("/reset_password", data=form), 403)


def test_a_wrong_password_is_403_and_changes_nothing(server, user, account):
    wrong = {"email": "new@example.com", "password": "wrong"}
    refused(user.put(ME + "/password", json=change(account, current="wrong")), 403, "wrong password")
    refused(user.put(ME + "/email", json=wrong), 403, "wrong password")
    refused(user.delete(ME, json=wrong), 403, "wrong password")
    assert user.get("/profile").json() == {"email": account.email}


@pytest.mark.parametrize("password", ["four", "x" * 257])
def test_a_refused_password_is_400(user, account, password):
    refused(user.put(ME + "/password", json=change(account, password)), 400, ANY)
    assert user.get("/profile").status_code == 200


def test_without_a_credential_it_is_401(anonymous):
    for method, path in (("PUT", "/password"), ("PUT", "/email"), ("POST", "/email/confirm"), ("DELETE", "")):
        refused(anonymous.request(method, ME + path, json={}), 401)
        stale = {"Cookie": "session_id=" + "A" * 43}
        refused(anonymous.request(method, ME + path, json={}, headers=stale), 401)


def test_of_parallel_changes_with_one_password_one_wins(server, account):
    tokens = [server.token(account) for _ in range(8)]

    def put(number):
        with server.client(tokens[number]) as client:
            return client.put(ME + "/password", json=change(account, f"parallel {number}")).status_code

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(put, range(8)))
    assert statuses.count(200) == 1 and set(statuses) <= {200, 401, 403}
    assert server.sign_in_status(account.email, f"parallel {statuses.index(200)}") == 200


def test_another_address_is_used_once_its_token_is_shown(server, user, account):
    answer = user.put(ME + "/email", json={"email": "Next@Example.com", "password": account.password})
    token = answer.json()["confirmation_token"]
    answered(answer, 200, {"confirmation_token": token, "email": "Next@Example.com"}, private=True)
    confirmed = user.post(ME + "/email/confirm", json={"token": token})
    assert confirmed.status_code == 200 and confirmed.json()["email"] == "Next@Example.com"
    assert server.sign_in_status("next@example.com", account.password) == 200
    assert server.sign_in_status(account.email, account.password) == 401
    refused(user.post(ME + "/email/confirm", json={"token": token}), 400, ANY)


def test_an_address_that_is_taken_meanwhile_is_409(server, user, account):
    body = {"email": "soon.taken@example.com", "password": account.password}
    token = user.put(ME + "/email", json=body).json()["confirmation_token"]
    server.register("Soon.Taken@example.com")
    refused(user.post(ME + "/email/confirm", json={"token": token}), 409, "email already registered")
    assert user.get("/profile").json() == {"email": account.email}


@pytest.mark.parametrize("email", ["no address", "", None, 5, "a@b\r\nBcc: c@d"])
def test_what_is_no_address_is_400(user, account, email):
    refused(user.put(ME + "/email", json={"email": email, "password": account.password}), 400, ANY)


def test_a_user_deletes_the_own_account_with_the_password(server, user, account):
    other = server.token(account)
    answer = user.delete(ME, json={"password": account.password})
    answered(answer, 200, {})
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert server.profile_status(other) == 403
    assert server.sign_in_status(account.email, account.password) == 401
    assert server.register(account.email)


def test_other_bodies_are_415(user, account):
    for options in ({"data": change(account)}, {"data": "{}", "headers": {"Content-Type": "text/plain"}}, {}):
        assert user.put(ME + "/password", **options).status_code == 415
