"""Sign-ins from many addresses of this machine: each 127.x.y.z is a client of its own."""

import http.client
import urllib.parse


class Source:
    """A client that comes from one loopback address, over one connection."""

    def __init__(self, server, address, timeout=30):
        self.connection = http.client.HTTPConnection(*server.address, timeout=timeout, source_address=(address, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def ask(self, method, path, form=None, **headers):
        """(status, head, text) of one request; `form` becomes its body, `X_Y` the field X-Y."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        body = None
        if form is not None:
            fields["Content-Type"] = "application/x-www-form-urlencoded"
            body = urllib.parse.urlencode(form)
        self.connection.request(method, path, body, fields)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        return answer.status, answer.headers, text

    def sign_in(self, email, password, **headers):
        return self.ask("POST", "/sessions", {"email": email, "password": password}, **headers)


def cookie(head, name):
    """The value that an answer's `Set-Cookie` lines give a cookie; nothing where they do not."""
    for line in head.get_all("Set-Cookie") or []:
        pair = line.partition(";")[0]
        if pair.startswith(name + "="):
            return pair.partition("=")[2]
    return None


def addresses(count, block=1):
    """127.BLOCK.y.z, different ones; at most 65,000."""
    return [f"127.{block}.{1 + number // 250}.{1 + number % 250}" for number in range(count)]
