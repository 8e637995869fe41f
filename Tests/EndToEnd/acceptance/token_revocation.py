"""A sign-out is true for the same access token on every other connection with its next request: 1,000 times."""

import json

from program import Verdict, serving

from harness.tokens import TOKEN
from harness.wire import Wire, get, post

ROUNDS = 1_000
LOOPS = 4
# Connections that show the token; each loop has some of them, most likely.
WITNESSES = 8


class Round:
    """A server, its connections, and an account."""

    def __init__(self, server):
        self.server, self.account = server, server.register()
        self.wires = [Wire(server) for _ in range(WITNESSES)]
        self.hand = Wire(server)

    def grant(self):
        form = f"email={self.account.email}&password={self.account.password.replace(' ', '+')}".encode()
        answer = self.hand.send(post(self.server, TOKEN, form)).read()
        assert answer.status_code == 200, answer
        return json.loads(answer.content)["access_token"]

    def ask(self, wire, path, token, method="GET"):
        asking = get(self.server, path, f"Authorization: Bearer {token}", method=method, close=False)
        return wire.send(asking).read(method).status_code

    def play(self, number):
        """How many witnesses saw something else than the truth."""
        token = self.grant()
        early = sum(self.ask(wire, "/sessions/whoami", token) != 200 for wire in self.wires)
        if number % 2:
            assert self.ask(self.hand, "/sessions", token, "DELETE") == 302
        else:
            assert self.ask(self.hand, "/api/v1/auth_session/logout", token, "DELETE") == 200
        return early, sum(self.ask(wire, "/sessions/whoami", token) != 401 for wire in self.wires)


def main():
    verdict = Verdict("sign-out ends access tokens")
    with serving(flags=["--loops", str(LOOPS), "--quiet"], log_format="text") as server:
        game = Round(server)
        played = [game.play(number) for number in range(ROUNDS)]
    early, late = (sum(column) for column in zip(*played))
    verdict.check(late == 0, f"{ROUNDS} sign-outs, {ROUNDS * WITNESSES} next requests, {late} answered after the end")
    verdict.check(early == 0, f"{early} refused before the end")
    verdict.exit()


main()
