"""docs/OPERATIONS.md, "Metrics": what is counted, and who can see it."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import stat
import tempfile
import time

import pytest

from harness.expect import answered, refused
from harness.metrics import LISTENER, TYPE, promtool, scrape, scrape_until, scraper
from harness.server import ROOT, free_port, run
from harness.systemd import activation
from harness.wire import Wire, get, one

SERVER = {"env": LISTENER}
PROFILE = "/profile"


@pytest.fixture
def figures(server):
    with scraper(server) as client:
        yield client


def since(before, after):
    """The answers between two looks."""
    old = before.requests()
    return {key: count - old.get(key, 0) for key, count in after.requests().items() if count != old.get(key, 0)}


def patterns():
    source = (ROOT / "Sources/App/Serving/Routes.swift").read_text(encoding="utf-8")
    return set(re.findall(r"^ +\.\w+\(\.\w+, \"(/[^\"]*)\"", source, re.M))


# What is counted

def test_counts_after_known_requests_are_exact(server, admin, user, anonymous, figures):
    before = scrape(figures)
    me = user.get("/users/me").json()["id"]
    for _ in range(7):
        user.get(PROFILE)
    for _ in range(3):
        anonymous.get(PROFILE)
    user.head(PROFILE)
    user.post(PROFILE)
    user.options(PROFILE)
    user.get(f"/api/v1/users/{me}")
    user.get("/api/v1/users/nobody")
    anonymous.get("/nowhere")
    user.get("/nowhere")
    anonymous.post("/sessions", data={"email": "nobody@example.com", "password": "wrong"})
    wanted = {
        ("/users/me", "GET", 200): 1, (PROFILE, "GET", 200): 7, (PROFILE, "GET", 403): 3, (PROFILE, "HEAD", 200): 1,
        (PROFILE, "POST", 405): 1, (PROFILE, "OPTIONS", 204): 1, ("/api/v1/users/:id", "GET", 200): 1,
        ("/api/v1/users/:id", "GET", 404): 1, ("none", "GET", 401): 1, ("none", "GET", 404): 1,
        ("/sessions", "POST", 401): 1,
    }
    after = scrape_until(figures, lambda found: sum(since(before, found).values()) >= sum(wanted.values()))
    assert since(before, after) == wanted


def test_a_histogram_has_as_many_as_there_were_requests(user, anonymous, figures):
    for _ in range(20):
        user.get(PROFILE)
        anonymous.get("/nowhere")
    total = {}
    after = scrape_until(figures, lambda found: found.requests().get((PROFILE, "GET", 200), 0) >= 20)
    for (route, _, _), count in after.requests().items():
        total[route] = total.get(route, 0) + count
    name = "sessiond_http_request_duration_seconds"
    assert {dict(labels)["route"]: count for labels, count in after.of(name + "_count").items()} == total
    for route, count in total.items():
        bounds = [(float(dict(labels)["le"]), value) for labels, value in after.of(name + "_bucket").items()
                  if dict(labels)["route"] == route]
        assert bounds == sorted(bounds) and [value for _, value in bounds] == sorted(value for _, value in bounds)
        assert bounds[0][0] == 0.00005 and bounds[-1] == (float("inf"), count) and len(bounds) == 17
        assert 0 < after.one(name + "_sum", route=route) < 60


def test_no_request_makes_a_label(server, user, anonymous, figures):
    before = scrape(figures)
    for number in range(100):
        anonymous.get(f"/random{number}")
        user.get(f"/api/v1/users/{number}/%22%7D%0a{number}")
    for line in [b"GET /%22,x=%22 HTTP/1.1", b"BREW /pot HTTP/1.1", b"GET /a\"b HTTP/1.1", b"PROPFIND / HTTP/1.1"]:
        one(server, line + b"\r\nHost: a\r\nConnection: close\r\n\r\n")
    after = scrape_until(figures, lambda found: sum(since(before, found).values()) >= 204)
    new = since(before, after)
    assert {route for route, _, _ in new} == {"none"} and sum(new.values()) == 204
    assert {route for route, _, _ in after.requests()} <= patterns() | {"none"}
    assert {method for _, method, _ in new} <= {"GET", "none"}


def test_what_the_gate_refuses_counts_without_a_route(server, figures):
    before = scrape(figures)
    for request in [b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", b"nonsense\r\n\r\n"]:
        one(server, request)
    after = scrape_until(figures, lambda found: sum(since(before, found).values()) >= 3)
    assert since(before, after) == {("none", "none", 400): 2, ("none", "none", 505): 1}


def test_loops_are_summed(launch):
    server = launch(env=LISTENER, flags=["--loops", "2"])
    for _ in range(60):
        with Wire(server) as wire:
            wire.send(get(server, "/api/v1/status") * 2).read()
    with scraper(server) as figures:
        key = ("/api/v1/status", "GET", 200)
        found = scrape_until(figures, lambda found: found.requests().get(key, 0) >= 60)
        assert found.requests() == {key: 60}
        assert {dict(labels)["loop"] for labels in found.of("sessiond_loop_lag_seconds_count")} == {"0", "1"}


def test_sessions_sign_ins_hashes_and_commits(launch):
    server = launch(env=LISTENER | {"SESSIOND_SESSIONS_REMEMBERED_LIFETIME": "1"})
    account = server.register()
    with scraper(server) as figures:
        before = scrape(figures)
        assert before.one("sessiond_sessions_live") == 0
        tokens = [server.token(account) for _ in range(3)]
        with server.client(tokens[0]) as client:
            client.delete("/sessions")
        with server.client() as client:
            for form in [{"email": account.email, "password": "wrong"}] * 2 + [{"email": "a@example.com", "password": "b"}]:
                client.post("/sessions", data=form)
            client.post("/sessions", data={"email": account.email, "password": account.password, "remember": "true"})
        after = scrape_until(
            figures, lambda found: found.one("sessiond_sessions_expired_total") and found.one("sessiond_hash_duration_seconds_count") >= 8)
    for name, count in [("live", 2), ("created_total", 4), ("revoked_total", 1), ("expired_total", 1)]:
        assert after.one("sessiond_sessions_" + name) == count, name
    results = {dict(labels)["result"]: count for labels, count in after.of("sessiond_sign_ins_total").items() if count}
    assert results == {"ok": 4, "wrong_password": 2, "unknown_account": 1}
    # Eight hashes: the registration and seven tries.
    assert after.one("sessiond_hash_duration_seconds_count") == after.one("sessiond_hash_wait_seconds_count") == 8
    assert after.one("sessiond_hash_queue_length") == after.one("sessiond_hash_refused_total") == 0
    commits = "sessiond_store_commit_duration_seconds_"
    assert after.one(commits + "count") - before.one(commits + "count") >= 5
    assert 0 < after.one(commits + "sum") < 10 and after.one("sessiond_store_failing") == 0


def test_process_figures_are_those_of_the_process(server, figures):
    found = scrape(figures)
    place = pathlib.Path(f"/proc/{server.pid}")
    assert abs(found.one("process_open_fds") - len(os.listdir(place / "fd"))) <= 2
    resident = int(re.search(r"VmRSS:\s+(\d+) kB", (place / "status").read_text())[1]) * 1024
    assert abs(found.one("process_resident_memory_bytes") - resident) < 4 << 20
    limit = (place / "limits").read_text().partition("Max open files")[2].split()[0]
    assert found.one("process_max_fds") == int(limit)
    assert 0 <= time.time() - found.one("process_start_time_seconds") < 600
    assert 0 < found.one("process_cpu_seconds_total") < 600
    assert found.one("sessiond_build_info", version="0.1.0") == 1


# Who can see it

def test_promtool_has_nothing_to_say(server, admin, user, anonymous, figures):
    user.get(PROFILE)
    anonymous.get("/nowhere")
    for client in (figures, admin):
        assert promtool(client.get("/metrics").text) == ("", 0)
    assert promtool("a{ 1\n")[1] != 0, "promtool finds nothing at all"


def test_the_documents_name_every_figure_and_their_examples_are_valid(figures, tmp_path):
    section = (ROOT / "docs/OPERATIONS.md").read_text(encoding="utf-8").partition("\n## Metrics\n")[2].partition("\n## ")[0]
    scraping, alerts = re.findall(r"^```yaml\n(.*?)^```$", section, re.M | re.S)
    table = "".join(line for line in section.splitlines() if line.startswith("| `"))
    named = set(re.findall(r"\b(?:sessiond|process)_[a-z_]+", table)) | {
        "sessiond_sessions" + rest for rest in re.findall(r"`…(_[a-z_]+)`", table)}
    assert named == set(scrape(figures).types)
    assert {re.sub("_(bucket|count)$", "", name) for name in re.findall(r"\bsessiond_[a-z_]+", alerts)} <= named
    (tmp_path / "alerts.yml").write_text(alerts)
    said, code = promtool("", "check", "rules", str(tmp_path / "alerts.yml"))
    assert code == 0 and "SUCCESS: 3 rules found" in said, said
    (tmp_path / "key").touch()
    (tmp_path / "prometheus.yml").write_text(scraping.replace("/etc/prometheus/sessiond.key", str(tmp_path / "key")))
    said, code = promtool("", "check", "config", str(tmp_path / "prometheus.yml"))
    assert code == 0, said


def test_administrators_see_it_on_the_other_listeners(server, admin, user, anonymous):
    shown = scrape(admin)
    assert shown.one("sessiond_sessions_live") >= 2
    assert admin.get("/metrics").headers["Cache-Control"] == "no-store"
    head = admin.head("/metrics")
    assert head.status_code == 200 and head.headers["Content-Type"] == TYPE and head.content == b""
    refused(user.get("/metrics"), 403)
    refused(anonymous.get("/metrics"), 401)


def test_a_read_only_key_of_an_administrator_is_enough(server, admin, anonymous):
    issued = admin.post("/api/v1/users/me/keys", json={"name": "prometheus", "read_only": True}).json()
    anonymous.headers["Authorization"] = "Bearer " + issued["key"]
    assert scrape(anonymous).one("sessiond_sessions_live") >= 1


def test_the_listener_of_its_own_answers_nothing_else(server, user, figures):
    for path in ("/livez", "/readyz"):
        answered(figures.get(path), 200, {"status": "OK"})
    for path in ("/", PROFILE, "/api/v1/status", "/api/v1/users", "/openapi.json", "/metrics/x", "/metric"):
        refused(figures.get(path), 404)
        refused(user.get(figures.base + path), 404)
    refused(figures.post("/users", data={"email": "m@example.com", "password": "correct horse"}), 404)
    refused(figures.post("/metrics"), 405)
    assert figures.options("/metrics").headers["Allow"] == "GET, HEAD, OPTIONS"
    assert figures.head("/metrics").headers["Content-Type"] == TYPE


def test_there_is_none_by_default(launch):
    server = launch()
    server.stop()
    assert [event.get("for") for event in server.events("listening")] == [None]


def test_it_answers_when_every_connection_is_taken(launch):
    server = launch(env=LISTENER | {"SESSIOND_CONNECTIONS_TOTAL": "2"})
    with scraper(server) as figures, contextlib.ExitStack() as held:
        for _ in range(2):
            wire = held.enter_context(Wire(server))
            assert wire.send(get(server, "/", close=False)).read().status_code == 200
        for _ in range(3):
            with Wire(server) as wire:
                assert wire.read().status_code == 503
        found = scrape_until(figures, lambda found: found.one("sessiond_connections_shed_total") >= 3)
        assert found.one("sessiond_connections_shed_total") == 3 and found.one("sessiond_connections_open") == 2


def test_a_unix_domain_socket_will_do(launch):
    place = tempfile.mkdtemp(prefix="sd")
    try:
        path = pathlib.Path(place) / "metrics"
        server = launch(env={"SESSIOND_METRICS_LISTEN": f"unix:{path}", "SESSIOND_SERVER_SOCKET_MODE": "0600"})
        assert stat.S_IMODE(os.lstat(path).st_mode) == 0o600
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and b"\nsessiond_build_info{" in answer
        server.stop()
        assert not path.exists()
    finally:
        shutil.rmtree(place)


def test_inherited_sockets_do_not_take_its_place(launch):
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        server = launch(env=LISTENER, **activation(listener))
        assert server.address == listener.getsockname()
        with scraper(server) as figures:
            assert scrape(figures).one("sessiond_connections_open") == 0
            refused(figures.get(PROFILE), 404)


def test_an_address_in_use_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = "127.0.0.1:%d" % taken.getsockname()[1]
        done = run("serve", "--port", "0", cwd=tmp_path, env={"SESSIOND_METRICS_LISTEN": place})
    assert done.returncode == 1 and place in done.stderr


def test_a_stop_does_not_wait_for_a_scraper(launch):
    server = launch(env=LISTENER)
    with scraper(server) as figures:
        scrape(figures)
        begin = time.monotonic()
        server.stop()
        assert time.monotonic() - begin < 5


def test_a_start_tells_of_a_listener_that_is_everywhere(launch):
    server = launch(env=LISTENER | {"SESSIOND_METRICS_LISTEN": f"*:{free_port()}"})
    server.await_events("listening")
    assert "metrics.listen" in [event["setting"] for event in server.events("relaxed setting")]
