"""The shop's orders and what became of their mails, in SQLite: what was ordered is mailed, whoever is away for a while."""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing, contextmanager

DATABASE = os.environ.get("SHOP_DATABASE", os.path.join(os.path.dirname(__file__), "shop.db"))

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  email TEXT NOT NULL,
  mail TEXT NOT NULL DEFAULT 'waiting'
);
CREATE TABLE IF NOT EXISTS seen_events (pk TEXT, event_id TEXT, PRIMARY KEY (pk, event_id));
"""


@contextmanager
def transaction():
    """All of it is stored, or nothing."""
    with closing(sqlite3.connect(DATABASE)) as connection, connection:
        connection.row_factory = sqlite3.Row
        yield connection


def create_tables() -> None:
    with closing(sqlite3.connect(DATABASE)) as connection:
        connection.executescript(SCHEMA)


def add(email: str) -> int:
    with transaction() as db:
        return db.execute("INSERT INTO orders (email) VALUES (?)", (email,)).lastrowid


def find(number: int) -> dict | None:
    with transaction() as db:
        row = db.execute("SELECT * FROM orders WHERE number = ?", (number,)).fetchone()
    return row and dict(row)


def waiting() -> list[dict]:
    with transaction() as db:
        return [dict(row) for row in db.execute("SELECT * FROM orders WHERE mail = 'waiting' ORDER BY number")]


def handed_over(numbers: Iterable[int]) -> None:
    """Those whose report was quicker than this keep what it said."""
    with transaction() as db:
        db.executemany(
            "UPDATE orders SET mail = 'queued' WHERE number = ? AND mail = 'waiting'", [(number,) for number in numbers]
        )


def take_event(number: int, event: tuple[str, str], mail: str | None) -> bool:
    """What an event says of an order's mail, once however often it is told; False where there is no such order."""
    with transaction() as db:
        is_new = db.execute("INSERT OR IGNORE INTO seen_events VALUES (?, ?)", event).rowcount == 1
        if is_new and mail is not None:
            db.execute("UPDATE orders SET mail = ? WHERE number = ?", (mail, number))
        return db.execute("SELECT 1 FROM orders WHERE number = ?", (number,)).fetchone() is not None
