"""A real browser: what another site's page can do to somebody who is signed in, and what the own pages can do."""

import json

import pytest

from harness.browser import Site, chromium
from harness.curl import Curl
from harness.server import Server
from harness.tls import Secure, make_pair
from harness.wire import eventually

# Where the server is, and where the attacker's page. Over plain HTTP only localhost is told `Sec-Fetch-Site`.
PLACES = {
    "another site": ("http://app.test", "http://evil.test"),
    "another site, localhost": ("http://localhost", "http://evil.test"),
    "another port of the host": ("http://app.test", "http://app.test"),
    "another port of localhost": ("http://localhost", "http://localhost"),
    "another host of the domain": ("http://app.test", "http://evil.app.test"),
    "another site, TLS": ("https://app.test", "https://evil.test"),
    "another host of the domain, TLS": ("https://app.test", "https://evil.app.test"),
    "the host itself in the clear": ("https://app.test", "http://app.test"),
}

# Each is run on the attacker's page; `url` is the server's.
FORM = """([url, fields, enctype, target]) => {
    const form = document.createElement("form");
    Object.assign(form, {method: "POST", action: url, enctype, target});
    for (const [name, value] of Object.entries(fields)) {
        const input = document.createElement("input");
        Object.assign(input, {name, value, type: "hidden"});
        form.append(input);
    }
    document.body.append(form);
    form.submit();
}"""
FETCH = """async ([url, options]) => {
    try {
        const answer = await fetch(url, {credentials: "include", ...options});
        return {type: answer.type, status: answer.status, text: await answer.text()};
    } catch (error) { return {type: "error", status: 0, text: String(error)}; }
}"""
IFRAME = """(url) => new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.name = "frame";
    frame.src = url;
    frame.onload = () => done(true);
    document.body.append(frame);
})"""
OTHERS = """async ([base, form]) => {
    navigator.sendBeacon(base + "/sessions", new URLSearchParams(form));
    for (const path of ["/sessions?others=true&_method=DELETE", "/api/v1/auth_session/logout", "/reset_password"]) {
        await new Promise((done) => {
            const image = new Image();
            image.onload = image.onerror = done;
            image.src = base + path;
        });
    }
    await new Promise((done) => {
        const script = document.createElement("script");
        script.onload = script.onerror = done;
        script.src = base + "/api/v1/users/me";
        document.body.append(script);
    });
    await new Promise((done) => {
        const request = new XMLHttpRequest();
        request.withCredentials = true;
        request.onloadend = done;
        request.open("POST", base + "/users");
        request.send(new URLSearchParams(form));
    });
}"""
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def world(server):
    """The module's server with TLS as well, and the attacker's site with and without."""
    pair = server.pair
    sites = {"http": Site(), "https": Site(pair)}
    secure = Secure(server, pair)
    ports = {"http": server.port, "https": secure.address[1]}

    def place(name):
        """The addresses of server and attacker."""
        ours, theirs = PLACES[name]
        return f"{ours}:{ports[ours.split(':')[0]]}", f"{theirs}:{sites[theirs.split(':')[0]].port}"

    yield place
    for site in sites.values():
        site.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    pair = make_pair(folder)
    running = Server(folder, env=pair.environment).start()
    running.pair = pair
    running.admin = running.register("admin@example.com")
    yield running
    running.stop()


def own_page(context, base):
    """A page of the server's own host, as a proxy in front would add it: our answers are no pages."""
    context.route(base + "/page", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page = context.new_page()
    page.goto(base + "/page")
    return page


class Victim:
    """Somebody signed in, in a browser context of their own."""

    def __init__(self, server, browser, base):
        self.server, self.base = server, base
        self.account, self.evil = server.register(), server.register()
        self.context = browser.new_context(ignore_https_errors=True)
        self.context.set_default_timeout(10_000)
        page = own_page(self.context, base)
        form = {"email": self.account.email, "password": self.account.password}
        assert status_of_form(page, base + "/sessions", form) == 200
        self.context.unroute_all()
        self.cookie = self.cookie_now()
        self.token = self.cookie["value"]
        self.before = self.state()

    def cookie_now(self):
        return next((c for c in self.context.cookies(self.base) if c["name"].endswith("session_id")), None)

    def state(self):
        """What an attack could have changed."""
        with self.server.client(self.token) as client:
            me = client.get("/api/v1/users/me")
            sessions = [s["id"] for s in client.get("/sessions").json()]
        with self.server.signed_in(self.server.admin) as admin:
            users = admin.get("/api/v1/users").json()
        assert me.status_code == 200, me.text
        return me.json(), sessions, users

    def is_unharmed(self):
        """Still signed in as before, and nothing else has happened."""
        assert self.cookie_now() == self.cookie
        assert self.state() == self.before
        assert self.server.sign_in_status(self.account.email, self.account.password) == 200


@pytest.fixture(params=PLACES)
def attack(request, server, browser, world):
    """A victim who looks at the attacker's page: (victim, page)."""
    base, theirs = world(request.param)
    victim = Victim(server, browser, base)
    page = victim.context.new_page()
    page.goto(theirs + "/attack")
    with server.client() as client:
        last = client.get("/api/v1/status").headers["X-Request-Id"]
    # What the victim asked for has been logged by then.
    assert eventually(lambda: any(last in line for line in server.log))
    start = len(server.log)
    yield victim, page
    page.wait_for_timeout(100)  # what is on its way
    arrived = [event for event in map(json.loads, server.log[start:]) if event["event"] == "request"]
    victim.is_unharmed()
    victim.context.close()
    # Whatever could have changed something was refused, though the cookie came along.
    assert not [e for e in arrived if e["method"] not in ("GET", "HEAD", "OPTIONS") and e["status"] != 403], arrived


def status_of_form(page, url, fields, enctype="application/x-www-form-urlencoded", target=""):
    """Sends a form that navigates a copy of the page, or a frame of it; the answer's status."""
    copy = page.context.new_page()
    copy.goto(page.url)
    if target:
        copy.evaluate(IFRAME, "about:blank")
    with copy.expect_response(url) as caught:
        copy.evaluate(FORM, [url, fields, enctype, target])
    if not target:  # an answer that may not be shown in a frame never finishes
        caught.value.finished()
        copy.wait_for_load_state()
    return caught.value.status


def test_a_form_signs_nobody_in_or_up(attack):
    victim, page = attack
    evil = {"email": victim.evil.email, "password": victim.evil.password}
    new = {"email": "eve@example.com", "password": "evil evil"}
    for path, fields in (("/sessions", evil), ("/api/v1/auth_session/login", evil), ("/users", new),
                         ("/reset_password", {"email": victim.account.email}), ("/sessions?_method=DELETE", evil)):
        assert status_of_form(page, victim.base + path, fields) == 403
    for enctype in ("multipart/form-data", "text/plain"):
        assert status_of_form(page, victim.base + "/sessions", evil, enctype) == 403


def test_a_form_in_a_frame_or_a_new_window(attack):
    victim, page = attack
    evil = {"email": victim.evil.email, "password": victim.evil.password}
    kind = "application/x-www-form-urlencoded"
    assert status_of_form(page, victim.base + "/sessions", evil, target="frame") == 403
    with victim.context.expect_page() as opened:
        page.evaluate(FORM, [victim.base + "/sessions", evil, kind, "_blank"])
    opened.value.wait_for_load_state()
    assert "Forbidden" in opened.value.locator("body").inner_text()


def test_a_script_changes_nothing_and_reads_nothing(attack):
    victim, page = attack
    for mode in ("no-cors", "cors"):
        ask_everything(victim, page, mode)


def ask_everything(victim, page, mode):
    """What a script can send, and what it must not read."""
    me = victim.before[0]["id"]
    form = f"email={victim.evil.email}&password={victim.evil.password}".replace(" ", "+")
    create = '{"email":"eve@example.com","password":"evil evil"}'
    for method, path, headers, body in (
            ("POST", "/sessions", URLENCODED, form),
            ("POST", "/users", URLENCODED, "email=eve@example.com&password=evil+evil"),
            ("POST", "/reset_password", URLENCODED, f"email={victim.account.email}"),
            ("POST", "/api/v1/users", {"Content-Type": "text/plain"}, create), ("POST", "/api/v1/users", JSON, create),
            ("PUT", f"/api/v1/users/{me}", JSON, '{"first_name":"Eve"}'), ("DELETE", f"/api/v1/users/{me}", {}, None),
            ("DELETE", "/sessions", {}, None), ("DELETE", "/sessions?others=true", {}, None),
            ("DELETE", "/api/v1/auth_session/logout", {}, None), ("PUT", "/reset_password", URLENCODED, "email=x")):
        options = {"method": method, "mode": mode, "headers": headers} | ({"body": body} if body else {})
        answer = page.evaluate(FETCH, [victim.base + path, options])
        assert answer["type"] in ("error", "opaque") and "@" not in answer["text"], (method, path, answer)
    for path in ("/profile", "/api/v1/users/me", "/sessions/whoami"):
        answer = page.evaluate(FETCH, [victim.base + path, {"mode": mode}])
        assert answer["type"] in ("error", "opaque") and victim.account.email not in answer["text"]


def test_pictures_scripts_beacons(attack):
    victim, page = attack
    page.evaluate(OTHERS, [victim.base, {"email": victim.evil.email, "password": victim.evil.password}])


def test_a_frame_shows_nothing(attack):
    victim, page = attack
    page.evaluate(IFRAME, victim.base + "/profile")
    shown = [frame for frame in page.frames if frame != page.main_frame]
    assert victim.account.email not in "".join(frame.content() for frame in shown)


def test_following_a_link_changes_nothing(attack):
    victim, page = attack
    url = page.url
    for path in ("/sessions?_method=DELETE&others=true", "/api/v1/auth_session/logout", "/reset_password?email=x",
                 f"/api/v1/users/{victim.before[0]['id']}?disabled=true", "/profile", "/"):
        page.goto(url)
        with page.expect_navigation(url=victim.base + path):
            page.evaluate("(url) => { location = url; }", victim.base + path)


# The server's own pages


@pytest.mark.parametrize("place", ["another site", "another site, localhost", "another site, TLS"])
def test_own_pages_do_everything(server, browser, world, place):
    base, _ = world(place)
    context = browser.new_context(ignore_https_errors=True)
    page = own_page(context, base)
    email = f"own{list(PLACES).index(place)}@example.com"
    form = f"email={email}&password=correct+horse"

    def ask(method, path, body=None, headers=URLENCODED):
        options = {"method": method} | ({"body": body, "headers": headers} if body else {})
        return page.evaluate(FETCH, [base + path, options])

    assert ask("POST", "/users", form)["status"] == 200
    assert ask("POST", "/sessions", form)["status"] == 200
    cookie = next(c for c in context.cookies(base) if c["name"].endswith("session_id"))
    is_secure = base.startswith("https")
    assert cookie["name"] == ("__Host-session_id" if is_secure else "session_id")
    assert cookie["httpOnly"] and cookie["secure"] == is_secure and not cookie["domain"].startswith(".")
    me = ask("GET", "/api/v1/users/me")
    assert me["status"] == 200 and email in me["text"]
    user = me["text"].split('"id":"')[1].split('"')[0]
    assert ask("PUT", f"/api/v1/users/{user}", '{"first_name":"Ada"}', JSON)["status"] == 200
    # Sign-out leaves what belongs to the device.
    assert ask("DELETE", "/api/v1/auth_session/logout")["status"] == 200
    assert [c["name"] for c in context.cookies(base)] == ["__Host-device" if is_secure else "device"]
    assert ask("GET", "/profile")["status"] == 403
    # A form without a script, and sign-out with its redirect.
    assert status_of_form(page, base + "/sessions", {"email": email, "password": "correct horse"}) == 200
    assert email in ask("GET", "/profile")["text"]
    # Scripts follow a 302 with DELETE again (Fetch, "HTTP-redirect fetch"); the session has ended by then.
    assert ask("DELETE", "/sessions")["status"] == 405
    assert len(context.cookies(base)) == 1 and ask("GET", "/profile")["status"] == 403
    context.close()


def test_a_listed_origin_may_what_the_own_may(launch, browser):
    site = Site()
    page_origin = f"http://front.app.test:{site.port}"
    server = launch(env={"SESSIOND_CORS_ORIGINS": page_origin})
    account, base = server.register(), f"http://app.test:{server.port}"
    context = browser.new_context()
    page = context.new_page()
    form = f"email={account.email}&password=correct+horse"
    try:
        for origin, may in ((page_origin, True), (f"http://other.app.test:{site.port}", False)):
            page.goto(origin + "/")
            answer = page.evaluate(FETCH, [base + "/sessions", {"method": "POST", "headers": URLENCODED, "body": form}])
            names = {c["name"] for c in context.cookies(base)}
            assert (answer["status"] == 200) == may and ("session_id" in names) == may
            answer = page.evaluate(FETCH, [base + "/profile", {}])
            assert (account.email in answer["text"]) == may
            answer = page.evaluate(FETCH, [base + "/api/v1/auth_session/logout", {"method": "DELETE"}])
            assert (answer["status"] == 200) == may
    finally:
        context.close()
        site.close()


def test_a_cookie_planted_in_the_clear_is_nothing_over_tls(server, browser, world):
    secure, _ = world("another site, TLS")
    plain, _ = world("another site")
    context = browser.new_context(ignore_https_errors=True)
    evil = server.token(server.register())
    context.add_cookies([{"name": "session_id", "value": evil, "url": plain}])
    page = context.new_page()
    assert page.goto(plain + "/profile").status == 200
    assert page.goto(secure + "/profile").status == 403
    context.close()


def test_curl_over_tls_is_as_before(server, tmp_path):
    curl = Curl(Secure(server, server.pair), tmp_path)
    account = server.register()
    trust = ("--cacert", server.pair.certificate)
    form = ("-d", f"email={account.email}", "--data-urlencode", f"password={account.password}")
    assert curl("/sessions", *trust, *form).status_code == 200
    assert len(curl.cookie("__Host-session_id")) == 43
    assert curl("/profile", *trust).status_code == 200
    assert curl("/sessions", *trust, "-X", "DELETE").status_code == 302 and curl.cookie("__Host-session_id") is None
    assert curl("/profile", *trust).status_code == 403
