"""TLS over the life of a server: files that do not fit, reload at SIGHUP, drain."""

import signal
import subprocess
import threading

import pytest

from harness.server import run
from harness.tls import Secure, let_expire, make_pair
from harness.wire import eventually, get

STATUS = b'{"status":"OK"}\n'


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return make_pair(tmp_path_factory.mktemp("pki"))


def start(launch, pair, **env):
    return Secure(launch(env={**pair.environment, **env}), pair)


@pytest.mark.parametrize("wrong, words", [
    ("missing", ["no.crt", "No such file or directory"]),
    ("not PEM", ["text", "no start line"]),
    ("key", ["other.key", "does not belong", "server.crt"]),
    ("other kind", ["rsa.key", "does not belong", "server.crt"]),
    ("no key", ["tls.key"]),
    ("encrypted", ["locked.key", "cannot use the TLS key"]),
])
def test_files_that_do_not_fit_keep_it_from_starting(pair, tmp_path, wrong, words):

    other, rsa = make_pair(tmp_path, "other"), make_pair(tmp_path, "rsa", ("rsa:2048",))
    (tmp_path / "text").write_text("no certificate\n")
    locked = tmp_path / "locked.key"
    subprocess.run(["openssl", "ec", "-aes256", "-passout", "pass:abcd", "-in", pair.key, "-out", locked], check=True,
                   capture_output=True)
    certificate, key = {
        "missing": (tmp_path / "no.crt", pair.key), "not PEM": (tmp_path / "text", pair.key),
        "key": (pair.certificate, other.key), "other kind": (pair.certificate, rsa.key),
        "no key": (pair.certificate, ""), "encrypted": (pair.certificate, locked)}[wrong]
    done = run("serve", "--port", "0", cwd=tmp_path, env={
        "SESSIOND_TLS_CERTIFICATE": str(certificate), "SESSIOND_TLS_KEY": str(key), "SESSIOND_TLS_PORT": "0"})
    lines = done.stderr.splitlines()
    assert done.returncode == 1 and len(lines) == 1, done.stderr
    assert all(word in lines[0] for word in words), lines


def test_an_expired_certificate_is_a_warning(launch, tmp_path):
    secure = start(launch, let_expire(make_pair(tmp_path)))
    warning, = secure.server.events("certificate")
    assert warning["level"] == "warning" and "server.crt" in warning["warning"] and "expired" in warning["warning"]


def test_fifty_reloads_under_load_fail_nobody(launch, tmp_path):
    pairs = [make_pair(tmp_path, "a"), make_pair(tmp_path, "b", ("rsa:2048",))]
    live = make_pair(tmp_path, "live")
    live.replace_by(pairs[0])
    secure = start(launch, live, SESSIOND_SERVER_LOOPS="2")
    # Before the first reload: they trust the certificate that is there now.
    wires = [secure.wire(), secure.wire()]
    failures, done, stop = [], [0, 0], threading.Event()

    def keep_alive():
        with wires.pop() as wire:
            while not stop.is_set():
                assert wire.send(get(secure, "/", close=False)).read().status_code == 200
                done[0] += 1

    def anew():
        while not stop.is_set():
            assert secure.served() in (pairs[0].der, pairs[1].der)
            done[1] += 1

    def guarded(work):
        try:
            work()
        except Exception as error:  # pylint: disable=broad-except
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in (keep_alive, keep_alive, anew, anew)]
    for thread in threads:
        thread.start()
    for index in range(1, 51):
        live.replace_by(pairs[index % 2])
        secure.server.process.send_signal(signal.SIGHUP)
        assert eventually(lambda count=index: len(secure.server.events("configuration reloaded")) == count)
    assert eventually(lambda: secure.served() == pairs[0].der)
    stop.set()
    for thread in threads:
        thread.join(10)
    assert not failures and min(done) > 20, (failures, done)


def test_an_invalid_new_certificate_changes_nothing(launch, pair, tmp_path):
    live = make_pair(tmp_path, "live")
    secure = start(launch, live)
    before = live.der
    with secure.wire() as wire:
        assert wire.send(get(secure, "/", close=False)).read().status_code == 200
        live.certificate.write_text("nonsense")
        secure.server.process.send_signal(signal.SIGHUP)
        kept, = secure.server.await_events("configuration kept")
        assert kept["level"] == "error" and "live.crt" in kept["error"]
        assert wire.send(get(secure, "/", close=False)).read().status_code == 200
    assert secure.served() == before


def test_the_server_drains_over_tls(launch, pair):
    secure = start(launch, pair)
    with secure.wire() as idle, secure.wire() as half:
        assert idle.send(get(secure, "/", close=False)).read().status_code == 200
        half.send(b"GET / HTTP/1.1\r\n")
        assert secure.client().get("/").status_code == 200
        secure.server.terminate()
        assert not idle.read_all()
        secure.server.wait()


@pytest.mark.parametrize("path", ["library", "fast"])
def test_both_reply_paths_work_over_tls(launch, pair, path):
    secure = start(launch, pair, SESSIOND_SERVER_REPLY_PATH=path)
    with secure.wire() as wire:
        wire.send(get(secure, "/api/v1/status", close=False) * 3)
        assert [wire.read().content for _ in range(3)] == [STATUS] * 3
        answer, = wire.send(get(secure, "/")).read_all()
        assert answer.status_code == 200
