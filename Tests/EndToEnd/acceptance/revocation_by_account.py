"""What one client revokes, the very next request of another is refused, on whatever connection and loop."""

import json
import sys
import time

from program import Verdict, serving
from wires import PASSWORD, Wire

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
# Several for each loop: the system gives a new connection to any of them.
CONNECTIONS = 16


def sign_out(wire, email, own, boss):
    """The client shows the same cookie on another connection."""
    return wire.ask("DELETE", "/sessions", own)[0] == 302


def reset(wire, email, own, boss):
    """Somebody who knows the address but no cookie."""
    answer = wire.ask("POST", "/reset_password", form={"email": email})[1]
    form = {"email": email, "reset_token": json.loads(answer)["reset_token"], "new_password": PASSWORD}
    return wire.ask("PUT", "/reset_password", form=form)[0] == 200


def delete_user(wire, email, own, boss):
    identifier = json.loads(wire.ask("GET", "/api/v1/users/me", own)[1])["id"]
    return wire.ask("DELETE", "/api/v1/users/" + identifier, boss)[0] == 200


def oldest_leaves(wire, email, own, boss):
    """Twenty sign-ins later there is no room for it any more. The order is that of milliseconds."""
    time.sleep(0.002)
    for _ in range(20):
        wire.sign_in(email)
    return True


# How to end a session, and how often of ten rounds.
WAYS = [sign_out, reset, delete_user, sign_out, reset, sign_out, reset, sign_out, reset, oldest_leaves]


def main():
    verdict = Verdict("revocation")
    refused, done = dict.fromkeys(WAYS, 0), dict.fromkeys(WAYS, 0)
    with serving(env={"AUTH_TYPE": "session_db_auth"}, flags=["--no-rate-limit"]) as server:
        wires = [Wire(server) for _ in range(CONNECTIONS)]
        wires[0].register("boss@example.com")
        boss = wires[0].sign_in("boss@example.com")
        email, begun = None, time.monotonic()
        for number in range(ROUNDS):
            way = WAYS[number % len(WAYS)]
            one, other = wires[number % CONNECTIONS], wires[(number * 7 + number // CONNECTIONS + 1) % CONNECTIONS]
            if one is other:
                other = wires[(number + 1) % CONNECTIONS]
            if email is None:
                email = f"person{number}@example.com"
                one.register(email)
            own = one.sign_in(email)
            assert other.ask("GET", "/profile", own)[0] == 200
            assert way(one, email, own, boss), way.__name__
            refused[way] += other.ask("GET", "/profile", own)[0] == 403
            done[way] += 1
            if way is delete_user:
                email = None
        verdict.figure(f"{ROUNDS} rounds over {CONNECTIONS} connections in {time.monotonic() - begun:.0f} s")
    for way in refused:
        verdict.check(refused[way] == done[way], f"{way.__name__}: {refused[way]} of {done[way]} refused at once")
    verdict.exit()


main()
