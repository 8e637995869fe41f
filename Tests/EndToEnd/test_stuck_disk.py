"""A disk that hangs: changes wait, everything else goes on, and nothing acknowledged is lost."""

import concurrent.futures
import shutil
import subprocess
import time

import pytest

from harness.client import Account, fresh_email

# Holds back every sync while a file exists; SQLite's are the only ones.
HOLD = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
static void hold(void) { while (access(getenv("HOLD_WHILE"), F_OK) == 0) usleep(10000); }
int fsync(int file) { hold(); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file); }
int fdatasync(int file) { hold(); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file); }
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hold")
    (folder / "hold.c").write_text(HOLD)
    compiler = shutil.which("cc") or shutil.which("clang")
    assert compiler, "a C compiler is needed; Swift's toolchain has clang"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", "hold.so", "hold.c", "-ldl"], cwd=folder, check=True)
    return folder / "hold.so"


def eventually(condition):
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def readiness(server):
    with server.client() as client:
        return client.get("/readyz").status_code


@pytest.mark.parametrize("end", ["released", "killed"])
def test_checks_go_on_while_the_disk_hangs(launch, library, tmp_path, end):
    stuck = tmp_path / "stuck"
    server = launch(env={"LD_PRELOAD": str(library), "HOLD_WHILE": str(stuck)})
    account = server.register()
    token, leaving = server.token(account), server.token(account)
    stuck.touch()
    try:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            emails = [fresh_email() for _ in range(6)]
            waiting = [pool.submit(register, server, Account(email, "correct horse")) for email in emails]
            signing_out = pool.submit(sign_out, server, leaving)
            assert eventually(lambda: readiness(server) == 503)
            begun = time.monotonic()
            for _ in range(200):
                assert server.profile_status(token) == 200
            assert time.monotonic() - begun < 5
            assert not any(f.done() for f in [*waiting, signing_out]), "answered before it was on the disk"
            assert server.profile_status(leaving) == 200, "signed out before it was on the disk"
            if end == "killed":
                server.kill9()
            stuck.unlink()
            answers = [f.result() for f in waiting]
            gone = signing_out.result()
    finally:
        stuck.unlink(missing_ok=True)
    if end == "killed":
        server.start()
        assert answers == [None] * 6 and gone is None
        assert server.profile_status(token) == 200
    else:
        assert answers == [200] * 6 and gone == 302
        assert eventually(lambda: readiness(server) == 200)
        server.kill9()
        server.start()
        assert [server.sign_in_status(email, "correct horse") for email in emails] == [200] * 6
        assert (server.profile_status(token), server.profile_status(leaving)) == (200, 403)


def register(server, account):
    return status(server, None, "post", "/users", {"email": account.email, "password": account.password})


def sign_out(server, token):
    return status(server, token, "delete", "/sessions", None)


def status(server, token, method, path, form):
    """The status; None when the server died before it answered."""
    with server.client(token) as client:
        try:
            return getattr(client, method)(path, data=form).status_code
        except OSError:
            return None
