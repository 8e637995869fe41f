"""ab and wrk at length, with and without keep-alive: not one failure."""

from program import Verdict, resident, serving

from harness.load import ab, wrk

STATUS = "/api/v1/status"


def main():
    verdict = Verdict("load")

    def judge(run):
        verdict.figure(str(run))
        verdict.check(run.problems() == [], "; ".join(run.problems()) or "nothing failed, every answer 2xx")

    with serving(log_format="text", flags=["--quiet"]) as server:
        account = server.register()
        token = server.token(account)
        cookie = "session_id=" + token
        empty = resident(server)
        for path in (STATUS, "/profile"):
            judge(ab(server, path, requests=200_000, concurrency=200, keep_alive=True, cookie=cookie))
        for path in (STATUS, "/profile"):
            judge(wrk(server, path, connections=256, seconds=10, cookie=cookie))
        judge(ab(server, STATUS, requests=20_000, concurrency=50, keep_alive=False))
        verdict.check(server.profile_status(token) == 200, "the session works as before")
        verdict.figure(f"resident {empty:.1f} MB before, {resident(server):.1f} MB after")
    with serving() as server:
        judge(ab(server, STATUS, requests=50_000, concurrency=200, keep_alive=True))
        server.stop()
        logged = len(server.events("request"))
        verdict.check(logged == 50_000, f"{logged} of 50000 requests in the log")
    verdict.exit()


main()
