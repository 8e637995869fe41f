"""Digest by hand (RFC 7616), where a client library would do it right; and a relay that changes challenges."""

import hashlib
import http.client
import http.server
import re
import threading

REALM = "sessiond"


class Digest:
    """What one client knows: a name, an app password, and the nonce of a challenge."""

    def __init__(self, name, secret, nonce, algorithm="SHA-256"):
        self.name, self.secret, self.nonce, self.algorithm = name, secret, nonce, algorithm

    def hash(self, text):
        function = hashlib.sha256 if self.algorithm == "SHA-256" else hashlib.md5
        return function(text.encode()).hexdigest()

    def __call__(self, target, count=1, method="GET", **changes):
        """The value of `Authorization`; `changes` replace parameters as they are written, None leaves one out."""
        digits, client = f"{count:08x}", "c"
        key = self.hash(f"{self.name}:{REALM}:{self.secret}")
        proof = self.hash(":".join([key, self.nonce, digits, client, "auth", self.hash(f"{method}:{target}")]))
        parameters = {
            "username": quoted(self.name), "realm": quoted(REALM), "nonce": quoted(self.nonce), "uri": quoted(target),
            "response": quoted(proof), "algorithm": self.algorithm, "cnonce": quoted(client), "nc": digits,
            "qop": "auth"}
        parameters.update(changes)
        return "Digest " + ", ".join(f"{name}={value}" for name, value in parameters.items() if value is not None)


def quoted(text):
    """A quoted-string (RFC 9110 §5.6.4)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def challenges(answer):
    """The Digest challenges of an answer, each as a dictionary."""
    if hasattr(answer, "fields"):
        fields = [value for name, value in answer.fields if name.lower() == "www-authenticate"]
    else:
        fields = answer.raw.headers.getlist("WWW-Authenticate")
    return [parameters(field) for field in fields if field.startswith("Digest ")]


def parameters(text):
    """`name=value` and `name="value"`, without quotes."""
    return {name: value.strip('"') for name, value in re.findall(r'([\w-]+)=("[^"]*"|[^\s,]+)', text)}


def md5_alone(challenge):
    """For a relay: clients see no challenge of Digest but that of MD5."""
    return challenge if "algorithm=MD5" in challenge else None


class Relay:
    """A relay in front of a server; `rewrite` is given each challenge and returns what clients see of it, or None."""

    def __init__(self, server, rewrite):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                link = http.client.HTTPConnection(*server.address, timeout=10)
                link.request("GET", self.path, headers=dict(self.headers))
                answer = link.getresponse()
                body = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    value = rewrite(value) if name.lower() == "www-authenticate" else value
                    if value:
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                link.close()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
