"""A session that one client ends is refused to the others with their next request: 10,000 times, over all loops."""

import json
import time
from http.cookies import SimpleCookie

from program import Verdict, percentile, serving

from harness.wire import Wire, get, post

ROUNDS = 10_000
LOOPS = 4
# Connections that show the session; each loop has some of them, most likely.
WITNESSES = 8


class Round:
    """A server, its connections, and an account with a session that ends the others."""

    def __init__(self, server):
        self.server = server
        self.boss, self.account = server.register(), server.register()
        self.wires = [Wire(server) for _ in range(WITNESSES)]
        self.hand = Wire(server)
        self.boss_token = self.sign_in(self.boss)
        self.killer = self.sign_in(self.account)
        self.user = json.loads(self.ask(self.hand, "/users/me", self.killer).content)["id"]

    def sign_in(self, account):
        form = f"email={account.email}&password={account.password.replace(' ', '+')}".encode()
        answer = self.hand.send(post(self.server, "/sessions", form)).read()
        assert answer.status_code == 200, answer
        return SimpleCookie(answer.headers["Set-Cookie"])["session_id"].value

    def ask(self, wire, path, token, method="GET"):
        return wire.send(get(self.server, path, f"Cookie: session_id={token}", method=method, close=False)).read(method)

    def end(self, token, way):
        """Ends a session by itself, by its name, with the others, or with all of its user's."""
        if way == 0:
            return self.ask(self.hand, "/sessions", token, "DELETE").status_code == 302
        if way == 1:
            name = json.loads(self.ask(self.hand, "/sessions/whoami", token).content)["session"]["id"]
            return self.ask(self.hand, "/sessions/" + name, self.killer, "DELETE").status_code == 200
        if way == 2:
            return self.ask(self.hand, "/sessions?others=true", self.killer, "DELETE").content == b'{"ended":1}\n'
        ended = self.ask(self.hand, f"/api/v1/users/{self.user}/sessions", self.boss_token, "DELETE").content
        self.killer = self.sign_in(self.account)
        return ended == b'{"ended":2}\n'

    def play(self, number):
        """How many witnesses saw something else than the truth, and whether it ended as asked."""
        token = self.sign_in(self.account)
        before = [self.ask(wire, "/sessions/whoami", token).status_code for wire in self.wires]
        done = self.end(token, number % 4)
        after = [self.ask(wire, "/sessions/whoami", token).status_code for wire in self.wires]
        return sum(s != 200 for s in before), sum(s != 401 for s in after), done


def main():
    verdict = Verdict("revocation")
    with serving(flags=["--loops", str(LOOPS), "--quiet"], log_format="text") as server:
        game = Round(server)
        too_early = too_late = undone = 0
        times = []
        for number in range(ROUNDS):
            begun = time.monotonic()
            early, late, done = game.play(number)
            times.append(time.monotonic() - begun)
            too_early, too_late, undone = too_early + early, too_late + late, undone + (not done)
    median, worst = (percentile(times, share) * 1000 for share in (0.5, 0.99))
    verdict.figure(f"a round: median {median:.1f} ms, 99 % {worst:.1f} ms")
    verdict.check(
        too_late == 0, f"{ROUNDS} rounds, {ROUNDS * WITNESSES} next requests, {too_late} answered after the end")
    verdict.check(too_early == 0, f"{too_early} refused before the end")
    verdict.check(undone == 0, f"{undone} ends not acknowledged as asked")
    verdict.exit()


main()
