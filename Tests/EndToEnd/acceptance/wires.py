"""Kept-alive connections that a program asks over, one request at a time."""

import http.client
import json
import socket
import urllib.parse

PASSWORD = "correct horse"


class Wire:
    """One kept-alive connection."""

    def __init__(self, server):
        self.http = http.client.HTTPConnection(server.host, server.port, timeout=30)
        self.http.connect()
        self.http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method, path, token=None, form=None, data=None):
        """Status, body, and the session cookie that was set."""
        fields, body = {}, None
        if token:
            fields["Cookie"] = "session_id=" + token
        if form is not None:
            fields["Content-Type"], body = "application/x-www-form-urlencoded", urllib.parse.urlencode(form)
        if data is not None:
            fields["Content-Type"], body = "application/json", json.dumps(data)
        self.http.request(method, path, body, fields)
        answer = self.http.getresponse()
        text = answer.read()
        cookie = (answer.getheader("Set-Cookie") or "").partition("session_id=")[2].partition(";")[0]
        return answer.status, text, cookie

    def register(self, email):
        status, _, _ = self.ask("POST", "/users", form={"email": email, "password": PASSWORD})
        assert status == 200, status

    def sign_in(self, email):
        """A new session: its token."""
        status, _, cookie = self.ask("POST", "/sessions", form={"email": email, "password": PASSWORD})
        assert status == 200 and cookie, status
        return cookie
