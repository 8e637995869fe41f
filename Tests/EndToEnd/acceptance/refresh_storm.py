"""100 parallel refreshes of one token, and kill -9 after them or in their midst: one family, nobody is thrown out."""

import concurrent.futures
import threading
import time

import requests
from program import Verdict, serving

ROUNDS, PARALLEL = 50, 100
PATH = "/api/v1/auth_session/token"


def url(server, path):
    return "http://{}:{}".format(*server.address) + path


class Clients:
    """As many connections as there are parallel requests, each kept by its thread."""

    def __init__(self, server):
        self.server = server
        self.threads = concurrent.futures.ThreadPoolExecutor(PARALLEL)
        self.kept = threading.local()

    def ask(self, form):
        """Status and body; None: no answer came."""
        if not hasattr(self.kept, "session"):
            self.kept.session = requests.Session()
        try:
            answer = self.kept.session.post(url(self.server, PATH), data=form, timeout=20)
            return answer.status_code, answer.json()
        except (requests.ConnectionError, requests.Timeout):
            self.kept.session = requests.Session()
            return None

    def refresh(self, token):
        return self.ask({"grant_type": "refresh_token", "refresh_token": token})

    def storm(self, token):
        """The answers to 100 requests that begin at once."""
        gate = threading.Barrier(PARALLEL)

        def one():
            gate.wait()
            return self.refresh(token)

        return [self.threads.submit(one) for _ in range(PARALLEL)]


def begin(server, clients):
    account = server.register()
    status, body = clients.ask({"email": account.email, "password": account.password})
    assert status == 200, (status, body)
    return body


def profile(server, body):
    """What the access token opens."""
    headers = {"Authorization": "Bearer " + body["access_token"]}
    return requests.get(url(server, "/api/v1/users/me"), headers=headers, timeout=20).status_code


def kill_between(verdict):
    with serving(flags=["--no-rate-limit"]) as server:
        clients = Clients(server)
        token, wrong, families, spans = begin(server, clients)["refresh_token"], [], [], []
        for _ in range(ROUNDS):
            begun = time.monotonic()
            answers = [storm.result() for storm in clients.storm(token)]
            spans.append(time.monotonic() - begun)
            wrong += [a for a in answers if a is None or a[0] != 200]
            fresh = {a[1]["refresh_token"] for a in answers if a and a[0] == 200}
            families.append(len(fresh))
            if not fresh:
                break
            token = fresh.pop()
            server.kill9()
            server.start()
        status, body = clients.refresh(token)
        works = status == 200 and profile(server, body) == 200
    verdict.figure(f"{PARALLEL} parallel refreshes: median {sorted(spans)[len(spans) // 2] * 1000:.0f} ms")
    verdict.check(not wrong, f"{len(spans)} rounds, kill -9 after each: {len(wrong)} not 200 {wrong[:1] or ''}")
    verdict.check(set(families) == {1}, f"one new token a round ({sorted(set(families))})")
    verdict.check(works, "the last token works")


def kill_amid(verdict):
    """Whoever got an answer goes on with it; who got none asks again with what it has."""
    with serving(flags=["--no-rate-limit"]) as server:
        clients = Clients(server)
        token, wrong, unanswered, split = begin(server, clients)["refresh_token"], [], 0, 0
        for number in range(ROUNDS):
            storm = clients.storm(token)
            time.sleep(number * 0.004)  # at another moment of the storm each time
            server.kill9()
            answers = [a.result() for a in storm]
            server.start()
            wrong += [a for a in answers if a and a[0] != 200]
            unanswered += answers.count(None)
            fresh = {a[1]["refresh_token"] for a in answers if a and a[0] == 200}
            split += len(fresh) > 1
            again = clients.refresh(token)
            if again is None or again[0] != 200 or fresh - {again[1]["refresh_token"]}:
                wrong.append(again)
                break
            token = again[1]["refresh_token"]
    verdict.check(not wrong and not split,
                  f"{ROUNDS} kills amid, {unanswered} unanswered: {len(wrong)} wrong {wrong[:1] or ''}")


def replay(verdict):
    with serving(env={"SESSIOND_TOKENS_REFRESH_GRACE": "1"}, flags=["--no-rate-limit"]) as server:
        clients = Clients(server)
        first = begin(server, clients)
        other = begin(server, clients)
        _, second = clients.refresh(first["refresh_token"])
        time.sleep(1.2)
        answers = [storm.result() for storm in clients.storm(first["refresh_token"])]
        refused = all(a == answers[0] and a[0] == 400 and a[1]["error"] == "invalid_grant" for a in answers)
        verdict.check(refused, "100 parallel replays after the window: invalid_grant")
        verdict.check(clients.refresh(second["refresh_token"])[0] == 400, "the family is dead")
        verdict.check(profile(server, second) in (401, 403), "and so is its access token")
        verdict.check(clients.refresh(other["refresh_token"])[0] == 200, "another's family lives")


def main():
    verdict = Verdict("refresh storm")
    kill_between(verdict)
    kill_amid(verdict)
    replay(verdict)
    verdict.exit()


main()
