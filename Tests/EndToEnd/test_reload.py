"""SIGHUP: the configuration and the certificate are read again and put in force, all of it or nothing."""

import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

from harness.client import fresh_email
from harness.reload import OUTCOMES, Reloading, nested, settings_that_need_a_restart
from harness.server import binary, environment, free_port, run
from harness.systemd import Manager
from harness.tls import Secure, make_pair
from harness.wire import Wire, eventually, get, post

STATUS = "/api/v1/status"


def too_short(live, length):
    """Whether a password of so many octets is refused for that."""
    form = f"email={fresh_email()}&password={'p' * length}".encode()
    with Wire(live.server) as wire:
        answer = wire.send(post(live.server, "/users", form)).read("POST")
    return b"too short" in answer.content


# Nothing to do


def test_a_reload_that_changes_nothing_says_so_in_one_line(launch, tmp_path):
    live = Reloading(launch, tmp_path, {"passwords.minLength": 9})
    before = len(live.server.log)
    assert live.reload() == live.outcomes()[0] and live.outcomes()[0]["event"] == "configuration unchanged"
    # Written in another way, it is the same.
    live.write("// said differently\n{passwords: {'minLength': +9,}, auth: {schemes: ['session', 'bearer']}}")
    assert live.reload()["event"] == "configuration unchanged"
    assert len(live.server.log) == before + 2 and {e["level"] for e in live.outcomes()} == {"info"}


def test_without_a_file_there_is_nothing_to_change(launch):
    server = launch()
    server.process.send_signal(signal.SIGHUP)
    server.await_events("configuration unchanged")


# What is not taken

BAD = {
    "not JSON5": ("{passwords: {minLength: 12}", "is not valid JSON5"),
    "empty": ("", "is not valid JSON5"),
    "not UTF-8": (b"{passwords: {minLength: 12}} // \xff", "is not UTF-8"),
    "no object": ("[]", "is not an object"),
    "unknown key": ("{passwords: {minLength: 12, minimum: 12}}", "passwords.minimum is not a setting"),
    "unknown section": ("{passwords: {minLength: 12}, smtp: {}}", "smtp is not a setting"),
    "out of range": ("{passwords: {minLength: 12, hashIterations: 65}}", "passwords.hashIterations is 65"),
    "of another kind": ("{passwords: {minLength: '12'}}", 'passwords.minLength is "12"'),
    "conflict": ("{passwords: {minLength: 12}, sessions: {cookie: {name: '__Host-s'}}}", "sessions.cookie.name"),
    "half of TLS": ("{passwords: {minLength: 12}, tls: {key: 'x'}}", "tls.key"),
    "gone": (None, "No such file"),
    "a folder": (pathlib.Path.mkdir, "cannot be read"),
    "a pipe": (os.mkfifo, "is a pipe or a device"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "is a pipe or a device"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "Too many levels"),
    "too long": ("// " + (1 << 20) * "x" + "\n{passwords: {minLength: 12}}", "is longer than"),
}


@pytest.mark.parametrize("content, words", BAD.values(), ids=BAD)
def test_a_bad_file_changes_nothing_and_is_told_as_config_check_tells_it(launch, tmp_path, content, words):
    live = Reloading(launch, tmp_path, {"passwords.minLength": 9, "limits.body": 2000}, cheap=False,
                     env={"SESSIOND_PASSWORDS_HASH_MEMORY_KIB": "64"})
    live.file.unlink()
    if callable(content):
        content(live.file)
    elif content is not None:
        live.file.write_bytes(content if isinstance(content, bytes) else content.encode())
    outcome = live.reload()
    check = run("config", "check", "--config", str(live.file), cwd=tmp_path, cheap=False)
    assert check.returncode == 1 and check.stderr == f"sessiond: {outcome['error']}\n"
    assert outcome["event"] == "configuration kept" and outcome["level"] == "error"
    assert words in outcome["error"] and str(live.file) in outcome["error"]
    assert too_short(live, 8) and not too_short(live, 9)
    live.file.rmdir() if live.file.is_dir() else live.file.unlink(missing_ok=True)
    assert live.change({"passwords.minLength": 7, "limits.body": 2000}) == {"passwords.minLength"}
    assert too_short(live, 6) and not too_short(live, 7)


def test_a_file_that_may_no_longer_be_read_changes_nothing(launch, tmp_path):
    # Root may read anything, unless it gives that up.
    prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    live = Reloading(launch, tmp_path, {"passwords.minLength": 9}, prefix=prefix)
    live.write({"passwords.minLength": 12})
    live.file.chmod(0)
    outcome = live.reload()
    assert outcome["event"] == "configuration kept" and "Permission denied" in outcome["error"]
    assert not too_short(live, 9)


def test_what_stands_in_a_bad_file_by_mistake_is_not_in_the_log(launch, tmp_path):
    live = Reloading(launch, tmp_path)
    for text in ("{mail: {password: 'hunter2'}}", "{password: 'hunter2'}", "{password 'hunter2'}",
                 "{passwords: {hunter2: {}}} hunter2", "{tls: {passphrase: ['hunter2']}}"):
        live.write(text)
        assert live.reload()["event"] == "configuration kept"
    assert "hunter2" not in "\n".join(live.server.log)


# What is taken in part


def test_what_needs_a_restart_is_named_each_time_and_the_rest_holds(launch, tmp_path):
    live = Reloading(launch, tmp_path, {"server.loops": 2}, env={"SESSIOND_SESSIONS_DURABLE": "true"})
    live.write({"server.loops": 3, "passwords.minLength": 12, "passwords.queue": 5, "sessions.durable": False})
    assert live.reload()["changed"] == "passwords.minLength"
    assert too_short(live, 11)
    assert live.reload()["event"] == "configuration unchanged"
    warnings = live.server.await_events("restart needed", count=2)
    # Not sessions.durable, which the environment decides.
    assert [(w["level"], w["settings"]) for w in warnings] == [("warning", "server.loops, passwords.queue")] * 2
    threads = pathlib.Path(f"/proc/{live.server.pid}/task").iterdir()
    assert sum((t / "comm").read_text().startswith("loop-") for t in threads) == 2
    # Put back, there is nothing to say.
    live.change({"server.loops": 2})
    live.server.stop()
    assert len(live.server.events("restart needed")) == 2


OTHERS = {
    "server.host": "127.0.0.2", "server.port": 1, "server.loops": 3, "server.socket": "x", "server.socketMode": "0600",
    "server.replyPath": "library", "tls.port": 1, "data.file": "x.db", "data.keyFile": "x.key",
    "sessions.durable": False,
    "passwords.workers": 3, "passwords.queue": 3, "metrics.listen": "127.0.0.1:1", "log.format": "text", "log.audit": "off"}


def told(process, event):
    """The next line of this event; a process that ends without it fails the test."""
    for line in process.stderr:
        if (entry := json.loads(line))["event"] == event:
            return entry
    raise AssertionError(f"no {event}")


def test_each_setting_that_needs_a_restart_is_named(tmp_path):
    assert set(OTHERS) == settings_that_need_a_restart()[1]
    # By hand: the harness would say where to listen and so on by flags, which win.
    file = tmp_path / "x.json5"
    port = free_port()
    file.write_text(json.dumps(nested({"server.port": port, "log.format": "json"})))
    with subprocess.Popen([binary(), "--config", str(file)], cwd=tmp_path, env=environment(), text=True,
                          stderr=subprocess.PIPE) as process:
        try:
            assert told(process, "listening")["address"].endswith(f":{port}")
            file.write_text(json.dumps(nested(OTHERS)))
            process.send_signal(signal.SIGHUP)
            assert told(process, "restart needed")["settings"].split(", ") == list(OTHERS)
            assert not (tmp_path / "x").exists() and not (tmp_path / "x.db").exists()
        finally:
            process.terminate()
        assert process.wait(30) == 0


def test_flags_and_the_environment_win_as_at_the_start(launch, tmp_path):
    live = Reloading(launch, tmp_path, flags=["--loops", "2"], env={"SESSIOND_LIMITS_BODY": "1500", "API_PORT": "2"})
    assert live.change({"limits.body": 3000, "server.port": 1, "server.loops": 3, "data.file": "x",
                        "access.users": "authenticated"}) == {"access.users"}
    with Wire(live.server) as wire:
        wire.send(post(live.server, "/sessions", b"email=" + 2000 * b"x"))
        assert wire.read("POST").status_code == 413
    live.server.stop()
    assert not live.server.events("restart needed")


def test_a_change_back_is_a_change(launch, tmp_path):
    live = Reloading(launch, tmp_path)
    for _ in range(3):
        assert live.change({"registration.open": False}) == {"registration.open"}
        with live.server.client() as client:
            form = {"email": fresh_email(), "password": "correct horse"}
            assert client.post("/users", data=form).status_code == 403
            assert live.change({}) == {"registration.open"}
            assert client.post("/users", data=form).status_code == 200


# TLS


@pytest.fixture
def pair(tmp_path):
    return make_pair(tmp_path)


def tls(pair, **more):
    return {"tls.certificate": str(pair.certificate), "tls.key": str(pair.key), "tls.port": 0} | more


def test_a_bad_certificate_keeps_all_of_the_old(launch, tmp_path, pair):
    live = Reloading(launch, tmp_path, tls(pair))
    secure, before = Secure(live.server, pair), pair.der
    pair.certificate.write_text("nonsense")
    live.write(tls(pair) | {"passwords.minLength": 12, "tls.hsts": 9})
    outcome = live.reload()
    assert outcome["event"] == "configuration kept" and str(pair.certificate) in outcome["error"]
    assert not too_short(live, 11) and secure.served() == before


def test_a_bad_file_keeps_the_old_certificate(launch, tmp_path, pair):
    live = Reloading(launch, tmp_path, tls(pair))
    secure, before = Secure(live.server, pair), pair.der
    pair.replace_by(make_pair(tmp_path, "other"))
    live.write(tls(pair) | {"passwords.minLength": 0})
    assert live.reload()["event"] == "configuration kept" and secure.served() == before
    assert live.change(tls(pair)) == {"the certificate"} and secure.served() == pair.der


def test_tls_is_switched_on_and_off_by_a_restart_only(launch, tmp_path, pair):
    live = Reloading(launch, tmp_path)
    live.write(tls(pair))
    assert live.reload()["event"] == "configuration unchanged"
    warning, = live.server.await_events("restart needed")
    assert warning["settings"] == "tls.certificate, tls.key, tls.port"
    live.server.restart()
    secure = Secure(live.server, pair)
    assert live.change({"tls.hsts": 9}) == {"tls.hsts"}
    live.server.await_events("restart needed", count=2)
    with secure.wire() as wire:
        answer = wire.send(get(secure, STATUS)).read()
    assert answer.status_code == 200 and answer.headers["Strict-Transport-Security"] == "max-age=9"


# Warnings


def test_a_filter_that_is_taken_away_is_a_warning_once(launch, tmp_path):
    live = Reloading(launch, tmp_path)
    live.change({"auth.filter": "none"})
    live.change({"auth.filter": "none", "limits.body": 2000})
    live.server.stop()
    assert len(live.server.events("no filter: every path is open")) == 1


def test_what_becomes_too_relaxed_for_a_network_is_a_warning(launch, tmp_path):
    live = Reloading(launch, tmp_path, {"passwords.minLength": 12}, host="0.0.0.0")
    known = len(live.server.await_events("relaxed setting"))
    live.change({"passwords.minLength": 11})
    live.change({"passwords.minLength": 10})
    live.server.stop()
    assert [e["setting"] for e in live.server.events("relaxed setting")[known:]] == ["passwords.minLength"]


# When it comes at another time


def hang_up(pid, done):
    """SIGHUP without a pause until something is done."""
    count = 0
    while not done():
        os.kill(pid, signal.SIGHUP)
        count += 1
    return count


def blocks_hangups(pid):
    """Whether the process has got as far as to hold them back."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("SigBlk:"):
            return bool(int(line.split()[1], 16) >> (signal.SIGHUP - 1) & 1)
    return False


@pytest.mark.parametrize("ignored", [False, True])
def test_hangups_during_the_start_are_one_reload_after_it(tmp_path, ignored):
    file = tmp_path / "x.json5"
    file.write_text("{passwords: {hashIterations: 20}}")  # a start of half a second
    # As nohup does it; else a signal ends the process until it has come as far as to block it.
    prepare = (lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) if ignored else None
    with subprocess.Popen([binary(), "--port", "0", "--config", str(file), "--log-format", "json"], cwd=tmp_path,
                          text=True, env=environment(cheap=False), stderr=subprocess.PIPE,
                          preexec_fn=prepare) as process:  # pylint: disable=subprocess-popen-preexec-fn
        try:
            assert ignored or eventually(lambda: blocks_hangups(process.pid), pause=0)
            until = time.monotonic() + 0.3
            assert hang_up(process.pid, lambda: time.monotonic() > until) > 100
            told(process, "listening")
            told(process, "configuration unchanged")
        finally:
            process.terminate()
        assert process.wait(30) == 0


def test_hangups_during_the_stop_change_nothing(launch, tmp_path):
    live = Reloading(launch, tmp_path)
    with Wire(live.server) as silent:
        live.server.terminate()  # a new connection that asks nothing: a second to go
        live.server.await_events("stopping")
        live.write("nonsense")
        process = live.server.process
        until = time.monotonic() + 0.3
        assert hang_up(process.pid, lambda: time.monotonic() > until) > 100
        assert process.poll() is None and silent.is_silent(0)
        live.server.wait()
    assert not [e for e in live.server.events() if e["event"] in OUTCOMES]


def test_a_storm_of_hangups_ends_with_the_last_file(launch, tmp_path):
    live = Reloading(launch, tmp_path, {"passwords.minLength": 9})
    for length in range(10, 40):
        live.write({"passwords.minLength": length} if length % 3 else "{")
        live.server.process.send_signal(signal.SIGHUP)
    live.write({"passwords.minLength": 50})
    live.reload()
    assert eventually(lambda: too_short(live, 49)) and not too_short(live, 50)


def test_the_service_manager_is_told(launch, tmp_path):
    manager = Manager(f"@sessiond-{os.getpid()}-{time.monotonic_ns()}")
    try:
        live = Reloading(launch, tmp_path, env=manager.env)
        assert manager.next() == {"READY": "1", "STATUS": "Serving"}
        for text, status in (("{", "Serving; the new configuration was refused"), ("{}", "Serving")):
            live.write(text)
            before = time.monotonic_ns() // 1000
            live.reload()
            begun, ended = manager.next(), manager.next()
            assert begun["RELOADING"] == "1" and ended == {"READY": "1", "STATUS": status}
            assert before <= int(begun["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000
    finally:
        manager.close()
