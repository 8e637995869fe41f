"""The mail server is down for 30 s and sessiond is killed twice meanwhile: every reset mail comes, and works."""

import sys
import time

from program import Verdict, percentile, serving

from harness.mail import Sink

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 30
USERS = 60


def ask(server, account):
    """Milliseconds until the answer."""
    with server.client() as client:
        client.get("/api/v1/status")
        begun = time.monotonic()
        answer = client.post("/reset_password", data={"email": account.email})
        assert answer.status_code == 200 and "reset_token" not in answer.text
        return (time.monotonic() - begun) * 1000


def main():
    verdict = Verdict(f"mail outage, {SECONDS:.0f} s")
    sink = Sink()
    with serving(env=sink.environment()) as server:
        accounts = [server.register() for _ in range(USERS)]
        begun = time.monotonic()
        times = []
        for number, account in enumerate(accounts):
            while time.monotonic() - begun < number * SECONDS / USERS:
                time.sleep(0.01)
            if number in (USERS // 3, 2 * USERS // 3):
                server.kill9()
                server.start()
            times.append(ask(server, account))
        attempts = len(server.events("mail server does not take mail"))
        back = time.monotonic()
        with sink:
            try:
                sink.wait(USERS, seconds=180)
            except AssertionError as failure:
                verdict.figure(str(failure))
            arrived = time.monotonic() - back
            missing = [account for account in accounts if not sink.to(account.email)]
            verdict.figure(f"answers: median {percentile(times, 0.5):.1f} ms, worst {max(times):.1f} ms")
            verdict.figure(f"{attempts} lines about the outage; the last mail {arrived:.1f} s after its end")
            verdict.check(not missing, f"{USERS} asked, {USERS - len(missing)} mails")
            worthless = 0
            with server.client() as client:
                for account in set(accounts) - set(missing):
                    form = {"email": account.email, "new_password": "another one",
                            "reset_token": sink.to(account.email)[-1].token}
                    worthless += client.put("/reset_password", data=form).status_code != 200
            verdict.check(not worthless, f"{worthless} newest tokens that did not work")
            time.sleep(2)
            extra = len([mail for mail in sink.mails if "Reset" in mail.message["Subject"]]) - USERS
            verdict.check(extra == 0, f"{extra} mails twice")
    verdict.exit()


main()
