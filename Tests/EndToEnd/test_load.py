"""Real load generators, briefly: no failure and no answer but 2xx. The long runs are in acceptance/load.py."""

import pytest

from harness.load import ab, wrk

STATUS = "/api/v1/status"


@pytest.fixture(scope="module")
def cookie(server):
    return "session_id=" + server.token(server.admin)


@pytest.mark.parametrize("path", [STATUS, "/profile"])
def test_ab_with_keep_alive(server, cookie, path):
    run = ab(server, path, requests=20_000, concurrency=100, keep_alive=True, cookie=cookie)
    assert run.problems() == []
    assert run.kept_alive == 20_000


def test_ab_without_keep_alive(server):
    assert ab(server, STATUS, requests=3_000, concurrency=50, keep_alive=False).problems() == []


def test_ab_with_posted_forms(server, tmp_path):
    account = server.register()
    body = tmp_path / "form"
    body.write_text(f"email={account.email.replace('@', '%40')}&password=correct+horse")
    run = ab(server, "/sessions", requests=1_000, concurrency=20, keep_alive=True, form=body)
    assert run.problems() == []


@pytest.mark.parametrize("path", [STATUS, "/profile"])
def test_wrk(server, cookie, path):
    assert wrk(server, path, connections=256, seconds=2, cookie=cookie).problems() == []


def test_the_server_is_as_good_as_new_afterwards(server, cookie):
    with server.client(cookie.removeprefix("session_id=")) as client:
        assert client.get("/profile").json() == {"email": server.admin.email}
