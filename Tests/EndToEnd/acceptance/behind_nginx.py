"""sessiond behind nginx: no client may make sessiond see a request that nginx does not know of, or get an answer that
belongs to another client."""

import json
import random

from beside_nginx import PROXY, case, finish, path, send
from program import serving
from views import Answered, RequestLog, source

from harness.peer import Peer
from harness.server import free_port

# Connections through nginx that are open at once: they share those to sessiond.
WIDTH = 40


def passed_on(log):
    """(method, path) of each request that nginx gave to sessiond, by client address, in order."""
    result = {}
    for line in log.read_text("latin-1").split("\n")[:-1]:
        event = json.loads(line)
        if event["upstream"] not in ("", "-"):
            result.setdefault(event["client"], []).append((event["method"], path(event["target"])))
    return result


def subsequence(few, many):
    rest = iter(many)
    return all(one in rest for one in few)


def chain(verdict, count, seed):
    generator = random.Random(f"{seed}/chain")
    plain, streaming = free_port(), free_port()
    # The client's address is the mark that only nginx can set.
    common = (f"{PROXY} proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header Forwarded \"\";"
              "proxy_set_header X-Forwarded-For $remote_addr; proxy_next_upstream off;")
    answers = {}
    with serving(env={"SESSIOND_AUTH_FILTER": "none", "SESSIOND_PROXIES_TRUSTED": "127.0.0.1"}) as server:
        with Peer([plain, streaming], (
                "log_format seen escape=json '{\"client\":\"$remote_addr\",\"method\":\"$request_method\","
                "\"target\":\"$request_uri\",\"upstream\":\"$upstream_status\"}';\n"
                f"upstream sessiond {{ server {server.authority}; keepalive 32; }}\n"
                f"server {{ listen 127.0.0.1:{plain}; {common} location / {{ proxy_pass http://sessiond; }} }}\n"
                f"server {{ listen 127.0.0.1:{streaming}; {common} proxy_request_buffering off;\n"
                "location / { proxy_pass http://sessiond; } }"), access_log="seen.log seen") as peer:
            for start in range(0, count, WIDTH):
                numbers = range(start, min(start + WIDTH, count))
                wires = [(n, send(generator.choice([plain, streaming]), n, case(generator, n))) for n in numbers]
                answers.update((source(n), Answered.all(finish(wire))) for n, wire in wires)
            peer.stop()
            theirs = passed_on(peer.folder / "seen.log")
        server.stop()
        log = RequestLog(server)
    ours = {client: [(e["method"], e["path"]) for e in events] for client, events in log.passed().items()}
    unknown = {client: seen for client, seen in ours.items() if not subsequence(seen, theirs.get(client, []))}
    events = [(client, log.lines[answer.identity]) for client, all_of_it in answers.items() for answer in all_of_it]
    foreign = [client for client, event in events if event["method"] != "-" and event["peer"] != client]
    known, seen = sum(map(len, theirs.values())), sum(map(len, ours.values()))
    verdict.figure(f"{count} connections through nginx to sessiond: nginx passed on {known} requests, sessiond served "
                   f"{seen} and refused {log.refused()}")
    for client, requests in list(unknown.items())[:10]:
        verdict.figure(f"{client}: sessiond {requests}, nginx {theirs.get(client)}")
    verdict.check(seen > count / 2, "there was something to pass on")
    verdict.check(not unknown, f"{len(unknown)} connections of which sessiond saw what nginx did not")
    verdict.check(seen + log.refused() <= known, "sessiond saw no more requests than nginx")
    verdict.check(not foreign, f"{len(foreign)} answers went to another client")
