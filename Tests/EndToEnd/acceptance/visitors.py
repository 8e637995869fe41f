"""Clients that write down every acknowledged answer, and what must hold afterwards."""

import collections
import random
import threading

import requests

from harness.client import fresh_email

PASSWORD = "correct horse"


class Person:
    """One account as its client knows it. What a 503 left in doubt is forgotten, not guessed."""

    def __init__(self, email):
        self.email, self.password = email, PASSWORD
        self.live, self.ended = set(), set()


class Journal:
    """Facts of all clients, and how often which answer came."""

    def __init__(self):
        self.people, self.answers, self.untrue = [], collections.Counter(), []
        self.doubtful = 0
        self._lock = threading.Lock()

    def add(self, person):
        with self._lock:
            self.people.append(person)

    def note(self, action, status):
        with self._lock:
            self.answers[action, status] += 1

    def count(self, action, status):
        return self.answers[action, status]

    def false_answers(self, server, sign_in):
        """What is not as it was acknowledged: lost, resurrected. Signing in writes, so it needs room."""
        found = []
        with server.signed_in(server.admin) if sign_in else server.client(server.admin_token) as client:
            known = {u["email"] for u in client.get("/api/v1/users").json()}
        for person in self.people:
            if person.email not in known:
                found.append(("lost account", person.email))
            found += [("lost session", person.email) for t in person.live if server.profile_status(t) != 200]
            found += [("resurrected", person.email) for t in person.ended if server.profile_status(t) != 403]
            if sign_in and person.password and server.sign_in_status(person.email, person.password) != 200:
                found.append(("lost password", person.email))
        return found


class Visitor(threading.Thread):
    """A real client: registers, signs in and out, resets passwords, until it is told to stop or the server dies."""

    def __init__(self, server, journal, people, seed):
        super().__init__(daemon=True)
        self.server, self.journal, self.random = server, journal, random.Random(seed)
        self.mine, self.done = [p for p in people if p.password], threading.Event()

    def run(self):
        with self.server.client() as self.client:
            while not self.done.is_set():
                try:
                    self.act()
                except requests.RequestException:
                    return  # killed: what was on its way is in doubt, and was forgotten before it was asked

    def act(self):
        action = self.random.choice(["register", "sign in", "sign in", "sign out", "check", "reset"])
        if action == "register" or not self.mine:
            self.register()
            return
        person = self.random.choice(self.mine)
        token = self.random.choice(sorted(person.live)) if person.live else None
        if action == "sign in" or (token is None and action != "reset"):
            self.sign_in(person)
        elif action == "sign out":
            self.sign_out(person, token)
        elif action == "check":
            self.expect("check", self.ask("get", "/profile", token=token), 200, doubt=False)
        else:
            self.reset(person)

    def register(self):
        person = Person(fresh_email())
        if self.expect("register", self.ask("post", "/users", email=person.email, password=PASSWORD), 200):
            self.mine.append(person)
            self.journal.add(person)

    def sign_in(self, person):
        answer = self.ask("post", "/sessions", email=person.email, password=person.password)
        if self.expect("sign in", answer, 200):
            person.live.add(answer.cookies["session_id"])

    def sign_out(self, person, token):
        person.live.discard(token)
        if self.expect("sign out", self.ask("delete", "/sessions", token=token), 302):
            person.ended.add(token)

    def reset(self, person):
        answer = self.ask("post", "/reset_password", email=person.email)
        if not self.expect("ask for a reset", answer, 200):
            return
        live, person.live = person.live, set()
        password, person.password = f"changed {self.random.random()}", None
        self.mine.remove(person)
        answer = self.ask("put", "/reset_password", email=person.email, new_password=password,
                          reset_token=answer.json()["reset_token"])
        if self.expect("reset", answer, 200):
            person.password, person.ended = password, person.ended | live
            self.mine.append(person)

    def ask(self, method, path, token=None, **form):
        self.client.cookies.clear()
        headers = {"Cookie": "session_id=" + token} if token else {}
        return getattr(self.client, method)(path, data=form or None, headers=headers)

    def expect(self, action, answer, wanted, doubt=True):
        """Whether it was acknowledged; 503 is doubt, and anything else is untrue."""
        self.journal.note(action, answer.status_code)
        if answer.status_code == wanted:
            return True
        if not (doubt and answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0):
            self.journal.untrue.append((action, answer.status_code, answer.text))
        return False
