"""Behind the real nginx with the example configuration, and what clients may not make the server believe."""

import shutil
import subprocess
import tempfile

import pytest

from harness.nginx import Nginx
from harness.wire import Wire
from test_journey import walk

# nginx comes from 127.0.0.1. Clients come from other addresses of the loopback, which nobody trusts.
SERVER = {"env": {"SESSIOND_PROXIES_TRUSTED": "127.0.0.1"}}
SPOOF = ["X-Forwarded-For: 192.0.2.66", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example",
         "Forwarded: for=192.0.2.66;proto=https;host=evil.example"]


@pytest.fixture(scope="module")
def nginx(server, tmp_path_factory):
    running = Nginx(tmp_path_factory.mktemp("nginx"), server.authority).start()
    yield running
    running.stop()


def curl(url, path="/api/v1/status", source="127.0.0.9", cacert=None, fields=(), data=()):
    """(status, head) of a request from an address of the loopback."""
    command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "30", "--interface", source]
    command += ["--cacert", cacert] if cacert else []
    for field in fields:
        command += ["-H", field]
    for item in data:
        command += ["--data-urlencode", item]
    done = subprocess.run(command + ["-D", "-", "-o", "/dev/null", url + path], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[1]), done.stdout


def peer(server, path):
    """Whom the log names for the one request of this path."""
    found = server.await_events("request", lambda e: e["path"] == path)
    assert len(found) == 1, found
    return found[0]["peer"]


def sign_in(server):
    account = server.register()
    return [f"email={account.email}", f"password={account.password}"]


def set_cookie(head):
    """The session's, which is the first; of a sign-in there is the device's, too."""
    found = [line for line in head.splitlines() if line.lower().startswith("set-cookie:")]
    assert len(found) == 2, head
    return found[0]


def test_the_journey_through_nginx(server, nginx, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(nginx.certificate))
    walk(nginx.base, "guillaume@holberton.io")
    assert nginx.errors() == ""


def test_the_cookie_is_secure_over_https_only(server, nginx):
    form = sign_in(server)
    status, head = curl(nginx.base, "/sessions", cacert=nginx.certificate, data=form)
    assert status == 200 and set_cookie(head).endswith("; Secure")
    status, head = curl(server.base, "/sessions", data=form)
    assert status == 200 and "Secure" not in set_cookie(head)


def test_a_page_of_the_proxys_host_is_ours(server, nginx):
    form = sign_in(server)
    clear = nginx.base.replace("https", "http")
    for origin, wanted in ((nginx.base, 200), (clear, 403), ("https://evil.example", 403)):
        status, _ = curl(
            nginx.base, "/sessions", fields=["Origin: " + origin], cacert=nginx.certificate, data=form)
        assert status == wanted, origin


def test_plain_http_is_sent_to_https(nginx):
    status, head = curl(f"http://127.0.0.1:{nginx.plain_port}", "/x?y=1")
    assert status == 308 and "Location: https://127.0.0.1/x?y=1" in head


def test_the_log_names_the_client_and_not_nginx(server, nginx):
    curl(nginx.base, "/honest", cacert=nginx.certificate)
    assert peer(server, "/honest") == "127.0.0.9"


def test_what_a_client_says_through_nginx_is_not_believed(server, nginx):
    curl(nginx.base, "/spoofed", cacert=nginx.certificate, fields=SPOOF)
    assert peer(server, "/spoofed") == "127.0.0.9"


def test_what_a_client_says_to_the_server_itself_is_not_believed(server):
    curl(server.base, "/direct", fields=SPOOF)
    assert peer(server, "/direct") == "127.0.0.9"
    status, head = curl(server.base, "/sessions", fields=SPOOF, data=sign_in(server))
    assert status == 200 and "Secure" not in set_cookie(head)


@pytest.mark.parametrize("number, fields, named", [
    (1, ["X-Forwarded-For: 192.0.2.66, 192.0.2.1"], "192.0.2.1"),
    (2, ["X-Forwarded-For: 192.0.2.66", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: 127.0.0.1"], "192.0.2.1"),
    (3, ["X-Forwarded-For: 192.0.2.66, nonsense"], "127.0.0.1"),
    (4, ["X-Forwarded-For: 2001:db8::1"], "2001:db8:0:0:0:0:0:1"),
    (5, ["Forwarded: for=192.0.2.66"], "127.0.0.1"),
    (6, ["X-Forwarded-For: " + "127.0.0.1," * 1000], "127.0.0.1"),
])
def test_hops_of_a_trusted_proxy(server, number, fields, named):
    curl(server.base, f"/hops{number}", source="127.0.0.1", fields=fields)
    assert peer(server, f"/hops{number}") == named


def test_by_default_nobody_is_believed(launch):
    server = launch()
    curl(server.base, "/default", source="127.0.0.1", fields=SPOOF)
    assert peer(server, "/default") == "127.0.0.1"


def test_forwarded_when_that_is_what_proxies_say(launch):
    server = launch(env=SERVER["env"] | {"SESSIOND_PROXIES_FIELDS": "forwarded"})
    fields = ['Forwarded: for="\\", for="[2001:db8::1]:80";proto=https', "X-Forwarded-For: 192.0.2.66",
              "X-Forwarded-Proto: http"]
    status, head = curl(server.base, "/sessions", source="127.0.0.1", fields=fields, data=sign_in(server))
    assert status == 200 and set_cookie(head).endswith("; Secure")
    assert peer(server, "/sessions") == "2001:db8:0:0:0:0:0:1"


def test_nginx_over_a_unix_socket(launch, tmp_path, monkeypatch):
    place = tempfile.mkdtemp(prefix="sd")
    try:
        path = place + "/http"
        server = launch(env={"SESSIOND_SERVER_SOCKET": path, "SESSIOND_PROXIES_TRUSTED": "unix"})
        directory = tmp_path / "nginx"
        directory.mkdir()
        nginx = Nginx(directory, "unix:" + path).start()
        try:
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(nginx.certificate))
            walk(nginx.base, "guillaume@holberton.io")
            status, head = curl(nginx.base, "/sessions", cacert=nginx.certificate, data=sign_in(server))
            assert status == 200 and set_cookie(head).endswith("; Secure")
            curl(nginx.base, "/unix", cacert=nginx.certificate, fields=SPOOF)
            assert peer(server, "/unix") == "127.0.0.9"
            assert nginx.errors() == ""
        finally:
            nginx.stop()
    finally:
        shutil.rmtree(place)


def test_nginx_keeps_its_connections(server, nginx, monkeypatch):
    """Requests share connections: the kernel has seen few from nginx, however many were asked."""
    for _ in range(20):
        curl(nginx.base, cacert=nginx.certificate)
    done = subprocess.run(["ss", "-Htn", "state", "established", f"( sport = :{server.port} )"],
                          capture_output=True, text=True, check=True)
    assert 1 <= len(done.stdout.splitlines()) <= 4


def test_a_refused_request_is_logged_with_the_proxys_address(server):
    with Wire(server) as wire:
        wire.send(b"GET / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.66\r\n\r\n")
        assert wire.read_all()[0].status_code == 400
    refused = server.await_events("request", lambda e: e["status"] == 400 and e["method"] == "-")
    assert [e["peer"] for e in refused] == ["127.0.0.1"]
