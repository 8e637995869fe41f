"""server.socket: HTTP over a Unix-domain socket."""

import contextlib
import os
import pathlib
import shutil
import socket
import stat
import subprocess
import tempfile

import pytest

from harness.server import binary, environment


@pytest.fixture
def path():
    """In a short directory: a socket's path has 107 octets at most."""
    place = tempfile.mkdtemp(prefix="sd")
    yield pathlib.Path(place) / "http"
    shutil.rmtree(place)


def settings(path, **more):
    return {"env": {"SESSIOND_SERVER_SOCKET": str(path)} | more}


def curl(path, *options):
    """(status, body) over the socket."""
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--max-time", "30", "--unix-socket", path, "-w", "\n%{http_code}", *options],
        capture_output=True, text=True, check=True)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def status(path):
    return curl(path, "http://localhost/api/v1/status")[0]


def mode(path):
    found = os.lstat(path)
    assert stat.S_ISSOCK(found.st_mode)
    return stat.S_IMODE(found.st_mode)


@pytest.mark.parametrize("loops", ["1", "4"])
def test_answers_beside_the_port(launch, path, loops):
    server = launch(flags=["--loops", loops], **settings(path))
    assert curl(path, "http://localhost/api/v1/status") == (200, '{"status":"OK"}\n')
    account = server.register()
    form = ["-d", f"email={account.email}&password=correct+horse", "http://localhost/sessions"]
    assert curl(path, *form)[0] == 200
    assert mode(path) == 0o660
    where = [server.authority, f"unix:{path}"]
    server.stop()
    assert not path.exists()
    assert [e["address"] for e in server.events("listening")] == where
    assert [e["peer"] for e in server.events("request") if e["path"] == "/api/v1/status"] == ["unix"]


def test_the_mode_is_as_configured_whatever_the_umask(launch, path):
    launch(umask=0o077, **settings(path, SESSIOND_SERVER_SOCKET_MODE="0666"))
    assert mode(path) == 0o666 and status(path) == 200


def test_there_is_none_by_default(launch, path):
    server = launch()
    server.stop()
    assert [e["address"] for e in server.events("listening")] == [server.authority]


def test_a_socket_left_over_by_kill_9_is_replaced(launch, path):
    server = launch(**settings(path))
    server.kill9()
    assert mode(path) == 0o660
    server.start()
    assert status(path) == 200


def fails_to_start(directory, path, reason):
    directory.mkdir()
    done = subprocess.run(
        [binary(), "serve", "--port", "0", "--data", directory / "sessiond.db"], cwd=directory, capture_output=True,
        text=True, timeout=30, env=environment(settings(path)["env"]), check=False)
    assert done.returncode == 1
    assert f"sessiond: cannot listen on unix:{path}: {reason}\n" in done.stderr


def test_a_socket_in_use_is_left_alone(launch, path, tmp_path):
    server = launch(**settings(path))
    fails_to_start(tmp_path / "second", path, "Address already in use")
    assert status(path) == 200
    server.stop()


def test_a_file_that_is_no_socket_is_left_alone(path, tmp_path):
    path.write_text("precious")
    fails_to_start(tmp_path / "server", path, "File exists")
    assert path.read_text() == "precious"


def test_clients_that_have_names_of_their_own(launch, path):
    """evhttp would ask for them: CVE-2026-63388."""
    launch(**settings(path))
    longest = str(path.parent / ("n" * (107 - len(str(path.parent)) - 1)))
    for name in (str(path.parent / "short"), longest, "\0abstract", "\0" + "a" * 107):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(30)
            client.bind(name)
            client.connect(str(path))
            client.sendall(b"GET /api/v1/status HTTP/1.0\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200 ")


def test_requests_in_flight_are_answered_at_stop(launch, path):
    server = launch(flags=["--loops", "1"], cheap=False, **settings(path))
    account = server.register()
    body = f"email={account.email}&password=correct+horse".encode()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(8)]
        for client in clients:
            client.settimeout(30)
            client.connect(str(path))
            client.sendall(
                b"POST /sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        assert status(path) == 200  # one loop: it has read the others before
        server.terminate()
        for client in clients:
            assert client.recv(100).startswith(b"HTTP/1.1 200 ")
        server.wait()
