"""How sessiond read what a client sent, seen from outside: by its log, and by its answers."""

import dataclasses
import json
import re

ANSWER = re.compile(rb"(?=HTTP/1\.1 \d\d\d )")
IDENTITY = re.compile(rb"\r\nX-Request-Id: ([0-9a-f]{16})\r\n")
REGISTERED = re.compile(rb'\r\n\r\n\{"email":"([^"]*)","message":"user created"\}\n')


def source(number):
    """An address of the loopback for each connection: the log names it with each request."""
    return f"127.{1 + number // 60000}.{number // 240 % 250}.{1 + number % 240}"


@dataclasses.dataclass(frozen=True)
class Answered:
    """One answer: the name of its request in the log, and the address that it registered."""

    identity: str
    email: str | None

    @staticmethod
    def all(data):
        """The final answers among these octets."""
        found = []
        for piece in ANSWER.split(data):
            if identity := IDENTITY.search(piece):
                email = REGISTERED.search(piece)
                found.append(Answered(identity[1].decode(), email and email[1].decode()))
        return found


class RequestLog:
    """The request lines of a server that has stopped, logging JSON."""

    def __init__(self, server):
        # By the name of the request; in the order of the answers.
        self.lines = {}
        for line in server.log:
            if '"event":"request"' in line:
                event = json.loads(line)
                self.lines[event["id"]] = event

    def refused(self):
        """How many requests the gate refused."""
        return sum(event["method"] == "-" for event in self.lines.values())

    def passed(self):
        """The lines of the requests that the gate let through, by client."""
        found = {}
        for event in self.lines.values():
            if event["method"] != "-":
                found.setdefault(event["peer"], []).append(event)
        return found
