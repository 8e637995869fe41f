"""Fixtures: one server per module by default, others on demand; each must end with exit code 0."""

import os
import shutil

import pytest

from harness.curl import Curl
from harness.server import Server, binary

os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"


def pytest_sessionstart(session):
    if session.config.option.collectonly:
        return
    if not os.access(binary(), os.X_OK):
        pytest.exit(f"no program at {binary()}: build it first, or set SESSIOND_BINARY", returncode=2)
    missing = [tool for tool in ("curl", "ab", "chromium", "faketime", "wrk", "nginx", "openssl", "ss") if shutil.which(tool) is None]
    if missing:
        pytest.exit(f"missing on this machine: {', '.join(missing)}", returncode=2)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for server in Server.running:
            report.sections.append((f"stderr of sessiond {server.pid}", server.tail()))
    return report


@pytest.fixture(scope="module")
def server(request, tmp_path_factory):
    """The module's server. Its first account, the administrator, is `server.admin`.

    A module may say more in `SERVER`, keyword arguments of `Server`."""
    settings = getattr(request.module, "SERVER", {})
    running = Server(tmp_path_factory.mktemp("server"), **settings).start()
    running.admin = running.register("admin@example.com")
    yield running
    running.stop()


@pytest.fixture
def launch(tmp_path):
    """Starts servers of a test's own; `launch(directory=…)` for a second one on the same data."""
    started = []

    def start(directory=None, **settings):
        place = directory or tmp_path / f"server{len(started)}"
        place.mkdir(exist_ok=True)
        started.append(Server(place, **settings).start())
        return started[-1]

    yield start
    try:
        for running in started:
            if running.process is not None:
                running.stop()
    finally:
        for running in started:
            running.kill9()


@pytest.fixture
def anonymous(server):
    """A client without a credential."""
    with server.client() as client:
        yield client


@pytest.fixture
def admin(server):
    """A client signed in as administrator."""
    with server.signed_in(server.admin) as client:
        yield client


@pytest.fixture
def account(server):
    """A new, ordinary account."""
    return server.register()


@pytest.fixture
def user(server, account):
    """A client signed in as `account`."""
    with server.signed_in(account) as client:
        client.account = account
        yield client


@pytest.fixture(scope="module")
def form(server):
    """The bytes of a form that signs in."""
    account = server.register("wire@example.com")
    return f"email={account.email}&password=correct+horse".encode()


@pytest.fixture
def curl(server, tmp_path):
    """curl with a cookie jar of its own."""
    return Curl(server, tmp_path)
