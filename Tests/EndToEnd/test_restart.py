"""What survives a restart and a crash, and the ways a start is refused."""

import os
import select
import signal
import socket
import stat

import pytest

from harness.client import fresh_email
from harness.expect import answered, refused
from harness.server import Server, free_port, run
from harness.wire import Wire, eventually, post

# Some hundred milliseconds on a free core; on a busy machine, under a sanitizer, many seconds, for which a stop waits.
SLOW_HASHING = {
    "SESSIOND_PASSWORDS_HASH_MEMORY_KIB": "65536", "SESSIOND_PASSWORDS_HASH_ITERATIONS": "12",
    "SESSIOND_SERVER_DRAIN_TIMEOUT": "60", "SESSIOND_TIMEOUTS_HANDLING": "60",
}


def test_the_account_and_the_durable_session_survive(launch):
    server = launch(env={"AUTH_TYPE": "session_db_auth"})
    account = server.register()
    tokens = [server.token(account) for _ in range(3)]
    with server.client(tokens[0]) as client:
        assert client.delete("/sessions").status_code == 302
    with server.client(tokens[1]) as client:
        me = client.get("/api/v1/users/me").json()
    server.restart()
    assert [server.profile_status(t) for t in tokens] == [403, 200, 200]
    with server.client(tokens[1]) as client:
        answered(client.get("/api/v1/users/me"), 200, me, private=True)
        answered(client.get("/api/v1/users"), 200, [me])  # still administrator
        assert client.delete("/sessions").status_code == 302
    assert server.sign_in_status(account.email, account.password) == 200
    server.restart()
    assert [server.profile_status(t) for t in tokens] == [403, 403, 200]


def test_the_default_is_durable(launch):
    server = launch()
    token = server.token(server.register())
    server.restart()
    assert server.profile_status(token) == 200


@pytest.mark.parametrize("word", ["session_exp_auth", "session_auth"])
def test_sessions_in_memory_end_with_the_process(launch, word):
    server = launch(env={"AUTH_TYPE": word, "SESSION_DURATION": "600"})
    account = server.register()
    token = server.token(account)
    assert server.profile_status(token) == 200
    server.restart()
    with server.client(token) as client:
        refused(client.get("/profile"), 403, private=True)
        refused(client.get("/api/v1/users/me"), 403, private=True)
    assert server.sign_in_status(account.email, account.password) == 200


def test_what_ended_stays_ended_over_a_restart(launch):
    server = launch()
    server.register()
    kept, deleted, changed = server.register(), server.register(), server.register()
    tokens = {a.email: server.token(a) for a in (kept, deleted, changed)}
    with server.client(tokens[deleted.email]) as client:
        me = client.get("/users/me").json()["id"]
        answered(client.delete(f"/api/v1/users/{me}"), 200, {})
    with server.client() as client:
        reset = client.post("/reset_password", data={"email": changed.email}).json()["reset_token"]
        form = {"email": changed.email, "reset_token": reset, "new_password": "a new password"}
        assert client.put("/reset_password", data=form).status_code == 200
    server.restart()
    assert {e: server.profile_status(t) for e, t in tokens.items()} == {
        kept.email: 200, deleted.email: 403, changed.email: 403}
    assert server.sign_in_status(deleted.email, deleted.password) == 401
    assert server.sign_in_status(changed.email, changed.password) == 401
    assert server.sign_in_status(changed.email, "a new password") == 200


def test_nothing_acknowledged_is_lost_by_kill_9(launch):
    server = launch()
    accounts, live, ended = [], [], []
    for number in range(6):
        accounts.append(server.register())
        if number % 2:
            live.append(server.token(accounts[-1]))
            token = server.token(accounts[-1])
            with server.client(token) as client:
                assert client.delete("/sessions").status_code == 302
            ended.append(token)
        server.kill9()  # right after a 200 of registration, or after a sign-out
        server.start()
        assert [server.sign_in_status(a.email, a.password) for a in accounts] == [200] * len(accounts)
        assert [server.profile_status(t) for t in live] == [200] * len(live)
        assert [server.profile_status(t) for t in ended] == [403] * len(ended)


def test_a_restart_on_the_same_port_works_at_once(launch):
    server = launch(port=free_port())
    port = server.port
    token = server.token(server.register())
    for _ in range(3):
        with server.client(token) as client:
            assert client.get("/profile").status_code == 200
            server.restart()
            assert server.port == port
            assert client.get("/profile").status_code == 200


@pytest.mark.parametrize("umask", [0, 0o077, 0o022])
def test_the_data_file_is_for_the_owner_alone(launch, umask):
    server = launch(umask=umask)
    server.token(server.register())
    files = [f for f in server.directory.iterdir() if f.name.startswith(server.data.name) and f.is_file()]
    assert server.data in files
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) & 0o177 == 0, file.name
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o600


def refused_start(directory, *arguments, env=None, config=None):
    """A start that must fail: the one line it printed."""
    command = ["serve", "--data", str(directory / "own.db"), *arguments]
    if config is not None:
        command += ["--config", str(config)]
    done = run(*command, cwd=directory, env=env)
    assert done.returncode > 0, (done.returncode, done.stderr)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    assert "Fatal error" not in lines[0] and ".swift" not in lines[0]
    return lines[0]


def test_a_second_instance_on_the_same_data_file_is_refused(launch, tmp_path):
    server = launch()
    account = server.register()
    line = refused_start(tmp_path, "--port", "0", "--data", str(server.data))
    assert "sessiond.db" in line
    assert server.sign_in_status(account.email, account.password) == 200


def test_the_data_file_is_free_again_after_kill_9(launch):
    server = launch()
    server.kill9()
    server.start()
    server.register()


def test_an_address_in_use_is_refused(launch, tmp_path):
    server = launch()
    line = refused_start(tmp_path, "--port", str(server.port))
    assert str(server.port) in line
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert str(port) in refused_start(tmp_path, "--port", str(port))
    server.register()


def test_a_foreign_address_is_refused(tmp_path):
    assert "192.0.2.1" in refused_start(tmp_path, "--host", "192.0.2.1", "--port", "0")


def test_a_data_file_in_no_folder_is_refused(tmp_path):
    line = refused_start(tmp_path, "--port", "0", "--data", str(tmp_path / "nowhere" / "x.db"))
    assert "nowhere" in line


def test_a_data_file_that_is_no_database_is_refused(tmp_path):
    file = tmp_path / "letter.db"
    file.write_text("Dear Sir or Madam,\n" * 1_000)
    before = file.read_bytes()
    assert "letter.db" in refused_start(tmp_path, "--port", "0", "--data", str(file))
    assert file.read_bytes() == before


@pytest.mark.parametrize("text,names", [
    ("{server: {port: 70000}}", ["server.port", "70000", "65535"]),
    ("{server: {loops: -1}}", ["server.loops", "-1"]),
    ('{server: {port: "5000"}}', ["server.port", "5000"]),
    ("{server: {prot: 5000}}", ["server.prot", "port"]),
    ("{sesions: {lifetime: 5}}", ["sesions", "sessions"]),
    ('{access: {users: "all"}}', ["access.users", "all", "self", "authenticated"]),
    ('{auth: {schemes: ["cookie"]}}', ["auth.schemes", "cookie", "session", "basic"]),
    ("{registration: {open: 1}}", ["registration.open", "1", "true"]),
    ("{reset: {tokenLifetime: 59}}", ["reset.tokenLifetime", "59", "60"]),
    ("{limits: 5}", ["limits", "5"]),
    ("[]", []),
    ("{", []),
    ("", []),
])
def test_a_bad_configuration_is_refused(tmp_path, text, names):
    config = tmp_path / "bad.json5"
    config.write_text(text)
    line = refused_start(tmp_path, "--port", "0", config=config)
    for name in names or ["bad.json5"]:
        assert name in line


def test_a_missing_configuration_file_is_refused(tmp_path):
    assert "nowhere.json5" in refused_start(tmp_path, "--port", "0", config=tmp_path / "nowhere.json5")


@pytest.mark.parametrize("name,value", [
    ("SESSIOND_SERVER_PORT", "many"), ("SESSIOND_SERVER_LOOPS", "1.5"), ("SESSIOND_SESSIONS_DURABLE", "yes"),
    ("SESSIOND_SERVER_PROT", "1"), ("SESSIOND_NONSENSE", "1")])
def test_a_bad_variable_is_refused(tmp_path, name, value):
    assert name in refused_start(tmp_path, env={name: value})


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path):
    ports = [free_port() for _ in range(3)]
    config = tmp_path / "ports.json5"
    config.write_text("{server: {port: %d}}" % ports[0])
    show = ["config", "show", "--config", str(config)]
    for env, flags, wanted in (
            ({}, [], ports[0]), ({"SESSIOND_SERVER_PORT": str(ports[1])}, [], ports[1]),
            ({"API_PORT": str(ports[1])}, [], ports[1]),
            ({"SESSIOND_SERVER_PORT": str(ports[1]), "API_PORT": "1"}, [], ports[1])):
        done = run(*show, *flags, cwd=tmp_path, env=env)
        assert done.returncode == 0, done.stderr
        assert f"port: {wanted}," in done.stdout
    server = Server(tmp_path, env={"SESSIOND_SERVER_PORT": str(ports[1])}, config=config, port=ports[2]).start()
    try:
        assert server.port == ports[2]
    finally:
        server.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_an_idle_server_in_order(launch, number):
    server = launch()
    idle = Wire(server)
    server.process.send_signal(number)
    server.wait()
    idle.socket.close()


def test_sigterm_finishes_a_sign_in_on_its_way(launch):
    slow = SLOW_HASHING
    server = launch(env=slow)
    account = server.register()
    form = f"email={account.email.replace('@', '%40')}&password=correct+horse".encode()
    with Wire(server, timeout=30) as wire:
        wire.send(post(server, "/sessions", form))
        assert select.select([wire.socket], [], [], 0.15)[0] == [], "answered before the signal: hash is too cheap"
        server.terminate()
        answer = wire.read("POST")
        answered(answer, 200, {"email": account.email, "message": "logged in"}, private=True)
        assert answer.headers["Connection"].lower() == "close"
    server.wait()
    token = answer.headers["Set-Cookie"].partition(";")[0].removeprefix("session_id=")
    server.start()
    assert server.profile_status(token) == 200


def test_a_stopping_server_takes_no_new_connection(launch):
    slow = SLOW_HASHING
    server = launch(env=slow)
    with Wire(server, timeout=30) as wire:
        wire.send(post(server, "/users", f"email={fresh_email()}&password=correct+horse".encode()))
        assert select.select([wire.socket], [], [], 0.15)[0] == []
        server.terminate()
        while True:  # until the listener is gone
            try:
                socket.create_connection(server.address, timeout=5).close()
            except ConnectionRefusedError:
                break
            assert select.select([wire.socket], [], [], 0.01)[0] == [], "still accepts while it drains"
        assert wire.read("POST").status_code == 200
    server.wait()


def test_no_descriptor_is_left_behind(server):
    def descriptors():
        return len(os.listdir(f"/proc/{server.pid}/fd"))

    account = server.register()
    server.token(account)
    before = descriptors()
    for _ in range(100):
        Wire(server).socket.close()
        server.sign_in_status(account.email, account.password)
    assert eventually(lambda: descriptors() <= before + 2), (before, descriptors())
