"""A mail server that keeps what it is given, and the settings with which sessiond sends to it."""

import email
import email.policy
import gc
import re
import ssl
import threading
import time
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from harness.server import free_port

SENDER = "no-reply@example.org"
LINK = "https://example.org/reset?email={email}&token={token}"
TOKEN = re.compile(r"token=([A-Za-z0-9_-]{43})$|^ +([A-Za-z0-9_-]{43})$", re.M)


class Mail:
    """One message as it came."""

    def __init__(self, envelope):
        self.raw = envelope.original_content
        self.sender, self.recipients = envelope.mail_from, envelope.rcpt_tos
        self.message = email.message_from_bytes(self.raw, policy=email.policy.default)
        self.text = self.message.get_content().replace("\r\n", "\n")

    @property
    def token(self):
        found = TOKEN.search(self.text)
        return found.group(1) or found.group(2)


class Sink:
    """Takes mail on a port that stays the same while it is down; with `pair` only after STARTTLS."""

    def __init__(self, pair=None, login=None):
        self.pair, self.login, self.port = pair, login, free_port()
        # What it answers to RCPT, by address, until taken out.
        self.replies = {}
        self.mails, self.refused, self.sessions = [], [], 0
        self._changed = threading.Condition()
        self._controller = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        options = {}
        if self.pair:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.pair.certificate, self.pair.key)
            options = {"tls_context": context, "require_starttls": True}
        if self.login:
            options |= {"authenticator": self._authenticate, "auth_required": True,
                        "auth_require_tls": bool(self.pair)}
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=True, **options)
        self._controller.start()
        return self

    def stop(self):
        if self._controller:
            self._controller.stop()
            self._controller = None
            # It drops connections that were open without closing them.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                gc.collect()

    def _authenticate(self, server, session, envelope, mechanism, data):
        right = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == self.login
        return AuthResult(success=right)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.replies:
            with self._changed:
                self.refused.append(address)
                self._changed.notify_all()
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        with self._changed:
            self.mails.append(Mail(envelope))
            self._changed.notify_all()
        return "250 OK"

    def wait(self, count=1, seconds=20):
        """The mails, once there are so many."""
        return self._wait(self.mails, count, seconds)

    def wait_refused(self, count=1, seconds=20):
        return self._wait(self.refused, count, seconds)

    def _wait(self, what, count, seconds):
        deadline = time.monotonic() + seconds
        with self._changed:
            while len(what) < count:
                assert self._changed.wait(deadline - time.monotonic()), f"{len(what)} of {count} after {seconds} s"
            return list(what)

    def to(self, address):
        return [mail for mail in self.mails if mail.recipients == [address]]

    def environment(self, **more):
        """What the server needs to send here."""
        env = {"SESSIOND_RESET_DELIVERY": "mail", "SESSIOND_MAIL_SERVER": f"smtp://localhost:{self.port}",
               "SESSIOND_MAIL_FROM": SENDER, "SESSIOND_RESET_LINK": LINK}
        if self.pair:
            env["SESSIOND_MAIL_AUTHORITIES"] = str(self.pair.certificate)
        else:
            env["SESSIOND_MAIL_SECURITY"] = "none"
        return env | more
