"""People who use the server at random and keep a journal of what it acknowledged."""

import dataclasses
import enum
import random

import requests

from harness.client import Client, fresh_email


class Fact(enum.Enum):
    """What must hold of a session or an account; UNKNOWN: a request about it was not answered."""

    YES = True
    NO = False
    UNKNOWN = None


@dataclasses.dataclass
class Journal:
    """What was acknowledged to one person. Of passwords more than one may hold after an unanswered change."""

    email: str
    exists: Fact = Fact.NO
    passwords: set = dataclasses.field(default_factory=set)
    old_passwords: set = dataclasses.field(default_factory=set)
    sessions: dict = dataclasses.field(default_factory=dict)

    def all_sessions(self, fact, spared=None):
        """Every session that may live is now this."""
        for token, known in self.sessions.items():
            if known is not Fact.NO and token != spared:
                self.sessions[token] = fact


class Unanswered(Exception):
    """No answer, or doubt: what was asked for may have happened."""


class Person:
    """One account after the other; each action is written into the journal only as far as it was answered."""

    def __init__(self, base, seed, on_doubt=None):
        self.client, self.base = Client(base), base
        self.random = random.Random(seed)
        self.journals, self.acknowledged, self.wrong = [], 0, []
        # Called with the answer when it is 503; by default that is as wrong as any other.
        self.on_doubt = on_doubt

    def ask(self, method, path, expected, token=None, **options):
        """The answer, whose status must be one of those."""
        headers = {"Cookie": "session_id=" + token} if token else {}
        self.client.cookies.clear()
        try:
            answer = self.client.request(method, path, headers=headers, **options)
        except (requests.ConnectionError, requests.Timeout) as error:
            raise Unanswered from error
        if answer.status_code == 503 and self.on_doubt:
            self.on_doubt(answer)
            raise Unanswered
        if answer.status_code not in expected:
            self.wrong.append(f"{method} {path}: {answer.status_code} {answer.text.strip()}")
            raise Unanswered
        self.acknowledged += 1
        return answer

    def act(self):
        """One random action."""
        known = [j for j in self.journals[-3:] if j.exists is Fact.YES and len(j.passwords) == 1]
        if not known or self.random.random() < 0.1:
            self.register()
            return
        journal = self.random.choice(known)
        live = [t for t, fact in journal.sessions.items() if fact is Fact.YES]
        actions = [self.log_in] if len(live) < 5 else []
        actions += [self.log_out, self.end_one, self.end_others, self.reset, self.delete] if live else []
        weights = {self.log_in: 8, self.log_out: 4, self.end_one: 2, self.end_others: 2, self.reset: 2, self.delete: 1}
        action = self.random.choices(actions, [weights[a] for a in actions])[0]
        action(journal, self.random.choice(live) if live else None)

    def register(self):
        journal = Journal(fresh_email(), exists=Fact.UNKNOWN, passwords={"first password"})
        self.journals.append(journal)
        self.ask("POST", "/users", [200], data={"email": journal.email, "password": "first password"})
        journal.exists = Fact.YES

    def log_in(self, journal, _):
        form = {"email": journal.email, "password": next(iter(journal.passwords))}
        answer = self.ask("POST", "/sessions", [200], data=form)
        journal.sessions[answer.cookies["session_id"]] = Fact.YES

    def log_out(self, journal, token):
        journal.sessions[token] = Fact.UNKNOWN
        self.ask("DELETE", "/sessions", [302], token)
        journal.sessions[token] = Fact.NO

    def end_one(self, journal, token):
        """By its name, with another or the same."""
        other = self.random.choice([t for t, fact in journal.sessions.items() if fact is Fact.YES])
        listed = self.ask("GET", "/sessions", [200], other).json()
        name = next(s["id"] for s in listed if s["current"])
        journal.sessions[other] = Fact.UNKNOWN
        self.ask("DELETE", "/sessions/" + name, [200], token)
        journal.sessions[other] = Fact.NO

    def end_others(self, journal, token):
        journal.all_sessions(Fact.UNKNOWN, spared=token)
        self.ask("DELETE", "/sessions?others=true", [200], token)
        journal.all_sessions(Fact.NO, spared=token)

    def reset(self, journal, _):
        answer = self.ask("POST", "/reset_password", [200], data={"email": journal.email})
        new = f"password {self.random.random()}"
        old = next(iter(journal.passwords))
        journal.passwords.add(new)
        journal.all_sessions(Fact.UNKNOWN)
        self.ask("PUT", "/reset_password", [200], data={
            "email": journal.email, "reset_token": answer.json()["reset_token"], "new_password": new})
        journal.passwords = {new}
        journal.old_passwords.add(old)
        journal.all_sessions(Fact.NO)

    def delete(self, journal, token):
        me = self.ask("GET", "/users/me", [200], token).json()["id"]
        journal.exists = Fact.UNKNOWN
        journal.all_sessions(Fact.UNKNOWN)
        self.ask("DELETE", "/api/v1/users/" + me, [200], token)
        journal.exists = Fact.NO
        journal.all_sessions(Fact.NO)


def untrue(server, journal):
    """What the server says against a journal: (lost, resurrected)."""
    lost, resurrected = [], []

    def compare(fact, found, text):
        if fact is Fact.YES and not found:
            lost.append(text)
        if fact is Fact.NO and found:
            resurrected.append(text)

    for token, fact in journal.sessions.items():
        compare(fact, server.profile_status(token) == 200, f"a session of {journal.email}")
    opens = [server.sign_in_status(journal.email, p) == 200 for p in sorted(journal.passwords)]
    compare(journal.exists, any(opens), f"the account {journal.email}")
    for password in journal.old_passwords:
        compare(Fact.NO, server.sign_in_status(journal.email, password) == 200, f"a password of {journal.email}")
    return lost, resurrected
