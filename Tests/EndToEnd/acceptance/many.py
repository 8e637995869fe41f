"""Data files with a great many sessions: the server makes the tables, this fills them."""

import base64
import contextlib
import hashlib
import os
import sqlite3
import time

from harness.client import Account


def fill(server, sessions, users, ends_in, known=1_000):
    """Gives the stopped server's data file so many sessions of so many users, ending in so many seconds.

    Returns the tokens of the first `known`."""
    now = int(time.time() * 1000)
    tokens = []

    def owners():
        for number in range(users):
            email = f"user{number}@example.com"
            yield os.urandom(16), email, email, HASH, 0, 1, now, now

    def rows():
        first, last = data.execute("SELECT min(seq), max(seq) FROM users WHERE email LIKE 'user%'").fetchone()
        identifiers = os.urandom(16 * sessions)
        for number in range(sessions):
            if number < known:
                secret = os.urandom(32)
                tokens.append(base64.urlsafe_b64encode(secret).decode().rstrip("="))
                name = hashlib.blake2b(secret, digest_size=32).digest()[:16]
            else:
                name = identifiers[16 * number:16 * number + 16]
            yield (name, first + number % (last - first + 1), now, now + 1000 * ends_in, now, 0, 1, "127.0.0.1",
                   "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")

    with contextlib.closing(sqlite3.connect(server.data, isolation_level=None)) as data:
        data.execute("PRAGMA synchronous = OFF")
        data.execute("PRAGMA cache_size = -1000000")
        # Made again at the end, which is quicker than keeping them in order.
        indexes = data.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'sessions' AND sql NOT NULL"
        ).fetchall()
        data.execute("BEGIN")
        for name, _ in indexes:
            data.execute("DROP INDEX " + name)
        data.executemany(
            "INSERT INTO users (id, email, email_key, password_hash, is_administrator, credential_version, created_at,"
            " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", owners())
        data.executemany(
            "INSERT INTO sessions (id, user, created_at, expires_at, seen_at, is_remembered, credential_version,"
            " address, user_agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", sorted(rows()))
        for _, sql in indexes:
            data.execute(sql)
        data.execute("COMMIT")
        data.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return tokens


# Of a password that nobody knows; as long as a real one.
HASH = "$argon2id$v=19$m=19456,t=2,p=1$" + "A" * 22 + "$" + "A" * 43
