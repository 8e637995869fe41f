"""`requests` as the tests use it: paths instead of addresses, a deadline, no redirect unless asked for."""

import dataclasses
import itertools

import requests

_numbers = itertools.count(1)


def fresh_email():
    """An address that no other test has."""
    return f"person{next(_numbers)}@example.com"


@dataclasses.dataclass(frozen=True)
class Account:
    """What a person knows about their account."""

    email: str
    password: str


class Client(requests.Session):
    """A cookie-aware client of one server."""

    def __init__(self, base, token=None):
        super().__init__()
        self.base = base
        self.trust_env = False  # no proxy, no .netrc
        if token is not None:
            self.headers["Cookie"] = "session_id=" + token

    def request(self, method, url, **options):
        options.setdefault("timeout", 30)
        options.setdefault("allow_redirects", False)
        return super().request(method, url if "://" in url else self.base + url, **options)


def multipart(fields):
    """Form fields for `files=`: multipart/form-data without file names."""
    return [(name, (None, value)) for name, value in fields.items()]
