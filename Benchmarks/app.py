"""The same routes as sessiond's on Flask: what a Python programmer would write. Served by gunicorn."""

import itertools
import os

from flask import Flask, Response, jsonify, request

app = Flask(__name__)
numbers = itertools.count(1)
sessions = {}
with open(os.environ["SESSIONS"], encoding="ascii") as file:
    for line in file:
        token, email, whoami = line.rstrip("\n").split(" ", 2)
        sessions[token] = (email, whoami + "\n")


@app.after_request
def fields(answer):
    answer.headers["X-Request-Id"] = f"{next(numbers):016x}"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@app.get("/api/v1/status")
def status():
    return jsonify(status="OK")


def caller():
    return sessions.get(request.cookies.get("session_id"))


@app.get("/profile")
def profile():
    found = caller()
    return jsonify(email=found[0]) if found else (jsonify(error="Forbidden"), 403)


@app.get("/sessions/whoami")
def whoami():
    found = caller()
    return Response(found[1], content_type="application/json") if found else (jsonify(error="Unauthorized"), 401)
