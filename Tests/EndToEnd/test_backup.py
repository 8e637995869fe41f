"""`sessiond backup` and `sessiond restore`: of a running and of a stopped server, and what they refuse."""

import concurrent.futures
import contextlib
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import time

import pytest

from harness.server import binary, environment, run


def succeeded(done):
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    return done.stdout


def failed(done, *names):
    """Exit code 1 and one clear line."""
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("sessiond: "), done.stderr
    for name in names:
        assert name in lines[0]


def rows(file, sql):
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as data:
        return data.execute(sql).fetchall()


def beside(server, word):
    return sorted(f.name for f in server.directory.iterdir() if word in f.name)


@pytest.fixture(params=["running", "stopped", "killed"])
def data(request, launch):
    """A server with an account and a session, in the state it is backed up in."""
    server = launch()
    server.account = server.register()
    server.session = server.token(server.account)
    if request.param == "stopped":
        server.stop()
    elif request.param == "killed":
        server.kill9()
    return server


def test_a_backup_is_one_whole_file_for_its_owner(data):
    file = data.directory / "copy.db"
    assert str(file) in succeeded(data.run("backup", "copy.db"))  # relative to the client's folder
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert beside(data, "copy.db") == ["copy.db"]
    assert rows(file, "PRAGMA integrity_check") == [("ok",)]
    assert rows(file, "PRAGMA journal_mode") == [("delete",)]
    assert rows(file, "PRAGMA application_id") == [(0x53455344,)]
    assert rows(file, "PRAGMA user_version") == rows(data.data, "PRAGMA user_version")
    assert rows(file, "SELECT email FROM users") == [(data.account.email,)]
    assert rows(file, "SELECT count(*) FROM sessions") == [(1,)]
    assert beside(data, "copy.db") == ["copy.db"]


def test_a_relative_name_is_that_of_the_client(launch, tmp_path):
    server = launch()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    succeeded(run("backup", "copy.db", "--data", str(server.data), cwd=elsewhere))
    assert [f.name for f in elsewhere.iterdir()] == ["copy.db"]


def test_a_backup_never_overwrites(data):
    file = data.directory / "copy.db"
    file.write_text("precious")
    failed(data.run("backup", str(file)), "copy.db", "exists already")
    (data.directory / "link.db").symlink_to("nowhere")
    failed(data.run("backup", "link.db"), "exists already")
    assert file.read_text() == "precious" and beside(data, "partial") == []


def test_a_backup_names_what_is_wrong_with_the_place(data):
    failed(data.run("backup", "nowhere/copy.db"), "nowhere", "No such file or directory")
    failed(data.run("backup", "sessiond.db/copy.db"), "Not a directory")
    assert beside(data, "partial") == []


def test_a_backup_of_nothing_makes_nothing(tmp_path):
    failed(run("backup", "copy.db", cwd=tmp_path), "sessiond.db", "No such file or directory")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_without_permission_is_one_line(launch):
    server = launch()
    server.register()
    server.stop()
    (server.directory / "closed").mkdir(mode=0o500)
    # Root may write everywhere, unless it gives the capability up.
    less = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*less, binary(), "backup", "closed/copy.db", "--data", str(server.data)], cwd=server.directory,
        env=environment(), capture_output=True, text=True, check=False)
    failed(done, "closed/copy.db", "Permission denied")


def test_a_backup_is_true_while_clients_write(launch):
    server = launch()
    acknowledged = [server.register()]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(server.register) for _ in range(400)]
        for number in range(5):
            before = [f.result().email for f in writing if f.done()] + [acknowledged[0].email]
            succeeded(server.run("backup", f"copy{number}.db"))
            copied = {email for (email,) in rows(server.directory / f"copy{number}.db", "SELECT email FROM users")}
            assert set(before) <= copied
            assert rows(server.directory / f"copy{number}.db", "PRAGMA integrity_check") == [("ok",)]
    assert len(rows(server.data, "SELECT email FROM users")) == 401


def test_a_restore_brings_the_accounts_back_and_signs_everybody_out(launch):
    server = launch()
    kept, changed = server.register(), server.register()
    live, ended = server.token(kept), server.token(kept)
    succeeded(server.run("backup", "copy.db"))
    with server.client(ended) as client:
        assert client.delete("/sessions").status_code == 302
    late = server.register()
    succeeded(server.run("user", "set-password", changed.email, password="another password"))
    failed(server.run("restore", "copy.db"), "sessiond.db", "stop it before a restore")
    server.kill9()  # its latest changes are in the log only
    printed = succeeded(server.run("restore", "copy.db"))
    assert "2 users" in printed and "removed 2 sessions" in printed
    (before,) = beside(server, ".before-restore-")
    assert before in printed
    assert beside(server, "sessiond.db-") == [] and beside(server, ".restoring") == []
    assert rows(server.directory / before, "PRAGMA integrity_check") == [("ok",)]
    assert (late.email,) in rows(server.directory / before, "SELECT email FROM users")
    server.start()
    assert [server.profile_status(t) for t in (live, ended)] == [403, 403]
    assert server.sign_in_status(kept.email, kept.password) == 200
    assert server.sign_in_status(changed.email, changed.password) == 200
    assert server.sign_in_status(late.email, late.password) == 401


def test_a_restore_keeps_sessions_when_asked(launch):
    server = launch()
    token = server.token(server.register())
    succeeded(server.run("backup", "copy.db"))
    server.stop()
    assert "removed" not in succeeded(server.run("restore", "copy.db", "--keep-sessions"))
    server.start()
    assert server.profile_status(token) == 200


def test_a_restore_to_a_new_place_needs_no_data_file(launch):
    server = launch()
    account = server.register()
    succeeded(server.run("backup", "copy.db"))
    place = server.directory / "new"
    place.mkdir()
    printed = succeeded(run("restore", "copy.db", "--data", str(place / "sessiond.db"), cwd=server.directory))
    assert "kept" not in printed
    other = launch(directory=place)
    assert other.sign_in_status(account.email, account.password) == 200


def test_a_restore_refuses_what_is_no_backup(launch):
    server = launch()
    account = server.register()
    server.stop()
    before = server.data.read_bytes()
    (server.directory / "letter").write_text("Dear Sir or Madam,\n" * 1_000)
    (server.directory / "empty").touch()
    for file, word in (("nowhere", "No such file"), ("letter", "not a data file"), ("empty", "not a data file"),
                       (".", "no file"), ("sessiond.db", "the data file itself")):
        failed(server.run("restore", file), word)
    assert server.data.read_bytes() == before
    assert beside(server, "restor") == []
    server.start()
    assert server.sign_in_status(account.email, account.password) == 200


def test_a_restore_that_is_killed_leaves_the_one_or_the_other(launch, tmp_path):
    server = launch()
    old = [server.register()]
    succeeded(server.run("backup", "copy.db"))
    old.append(server.register())  # in the log only
    server.kill9()
    longest, outcomes = None, set()
    for number in range(31):
        place = tmp_path / f"round{number}"
        place.mkdir()
        for name in ("sessiond.db", "sessiond.db-wal", "sessiond.db-shm", "sessiond.db.key", "copy.db"):
            shutil.copy(server.directory / name, place)
        restoring = subprocess.Popen([binary(), "restore", "copy.db"], cwd=place, env=environment(),
                                     stdout=subprocess.DEVNULL)
        begun = time.monotonic()
        try:
            restoring.wait(longest and longest * (number - 1) / 25)
        except subprocess.TimeoutExpired:
            restoring.kill()
            restoring.wait()
        longest = longest or time.monotonic() - begun  # the first is not killed
        listed = succeeded(run("user", "list", cwd=place)).splitlines()
        assert len(listed) in (1, 2) and all(a.email in line for a, line in zip(old, listed))
        assert rows(place / "sessiond.db", "PRAGMA integrity_check") == [("ok",)]
        outcomes.add(len(listed))
    assert outcomes == {1, 2}


def heavy(server):
    """Makes a copy take a second or so."""
    with contextlib.closing(sqlite3.connect(server.data)) as other:
        other.execute("CREATE TABLE ballast AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT "
                      "100000) SELECT i, randomblob(2000) AS bytes FROM n")
        other.commit()


def begun(server):
    """A backup that has begun and will take a while."""
    copying = subprocess.Popen([binary(), "backup", "copy.db", "--data", str(server.data)], cwd=server.directory,
                               env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while not beside(server, "copy.db.partial-"):
        assert copying.poll() is None, copying.stderr.read()
    return copying


def test_other_commands_do_not_wait_for_a_backup(launch):
    server = launch()
    account = server.register()
    heavy(server)
    copying = begun(server)
    assert account.email in succeeded(server.run("user", "list"))
    failed(server.run("backup", "second.db"), "a backup is being made already")
    assert copying.poll() is None, "the backup was over too soon to tell"
    assert copying.wait(30) == 0
    copying.stderr.close()
    assert rows(server.directory / "copy.db", "SELECT count(*) FROM ballast") == [(100_000,)]
    assert beside(server, "second.db") == []


def test_a_stop_ends_a_backup(launch):
    """The server does not wait for a long one, and leaves no half of it."""
    server = launch()
    server.register()
    heavy(server)
    copying = begun(server)
    server.process.send_signal(signal.SIGTERM)
    server.wait()
    _, printed = copying.communicate(timeout=30)
    assert copying.returncode == 1 and printed == "sessiond: the backup was ended: the server stops\n"
    assert beside(server, "copy.db") == []


@pytest.mark.parametrize("way", ["key", "drop"])
def test_app_passwords_need_the_key_they_were_sealed_under(launch, way):
    server = launch()
    account = server.register()
    for kind in ("app-password", "api-key"):
        succeeded(server.run(kind, "issue", account.email, "--name", "tv"))
    succeeded(server.run("backup", "copy.db"))
    place = server.directory / "new"
    place.mkdir()
    restore = ["restore", "copy.db", "--data", str(place / "sessiond.db")]
    failed(run(*restore, cwd=server.directory), "copy.db", "1 app passwords", "another key")
    assert list(place.iterdir()) == [place / "sessiond.db.lock"]
    if way == "key":
        shutil.copy(f"{server.data}.key", place / "sessiond.db.key")
        assert "another key" not in succeeded(run(*restore, cwd=server.directory))
    else:
        assert "another key" in succeeded(run(*restore, "--drop-app-passwords", cwd=server.directory))
    other = launch(directory=place)
    assert other.sign_in_status(account.email, account.password) == 200
    assert ("tv" in succeeded(other.run("app-password", "list", account.email))) is (way == "key")
    assert "tv" in succeeded(other.run("api-key", "list", account.email))
