"""Hypotheses written down before the data are looked at, and who looked at what, and when."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import settings
from analysis.seismic.precursors.hypothesis import (
    ANY,
    DIRECTIONS,
    Hypothesis,
    check_names,
    meets,
    pseudonym,
)

_BUSY = 30.0  # seconds to wait for another process that writes
_VERSION = 1
_TABLES = """
CREATE TABLE entries (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('hypothesis', 'look', 'result')),
  time TEXT NOT NULL,
  author TEXT NOT NULL,
  content TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE TRIGGER entries_stay BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'entries of the register are never changed'); END;
CREATE TRIGGER entries_remain BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'entries of the register are never deleted'); END;
"""


class HypothesisRegister:
    """A register that only grows: hypotheses, looks at data, results.

    Each entry holds the hash of all before it, so that a change made behind its back is seen by
    `check`. Authors are pseudonyms; nothing else of a person is kept.

    Parameters
    ----------
    path
        The SQLite file; None for ``hypotheses.sqlite`` in the cache folder.

    Examples
    --------
    What is written after the data were looked at is not beforehand:

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> register = HypothesisRegister(Path(folder.name) / "hypotheses.sqlite")
    >>> told = {"groups": ["subduction"], "direction": "greater"}
    >>> first = register.write("TEC rises before", author="Saiga 7", variables=["tec"], **told)
    >>> register.look(author="Saiga 7", variables=["tec"], groups=["subduction"], what="epochs")
    2
    >>> late = register.write("TEC rises before", author="Marmot 3", variables=["tec"], **told)
    >>> register.hypothesis(first).beforehand, register.hypothesis(late).beforehand
    (True, False)
    >>> register.check()
    3
    >>> folder.cleanup()
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path) if path else settings.cache_dir() / "hypotheses.sqlite"

    # writing -------------------------------------------------------------------------------------

    def write(
        self,
        text: str,
        *,
        author: str,
        variables: Sequence[str],
        groups: Sequence[str] = (ANY,),
        direction: str = "two-sided",
        lags_days: tuple[float, float] = (-30.0, 0.0),
        radius_km: float = 300.0,
    ) -> int:
        """Write a hypothesis down.

        Parameters
        ----------
        text
            What is expected, 10 to 2000 characters.
        author
            A pseudonym, 2 to 40 characters; no e-mail address, no number of a telephone.
        variables
            Variables it speaks of, "*" for all.
        groups
            Groups of events ("subduction"), "*" for all.
        direction
            One of :data:`DIRECTIONS`.
        lags_days
            First and last lag, none after the event.
        radius_km
            How near.

        Returns
        -------
        int
            Its number.

        Raises
        ------
        ValueError
            Something is missing or impossible.
        """
        words = " ".join(str(text).split())
        if not 10 <= len(words) <= 2000:
            raise ValueError(f"The hypothesis has {len(words)} characters; write 10 to 2000.")
        if direction not in DIRECTIONS:
            raise ValueError(f"direction={direction!r}; it is one of {', '.join(DIRECTIONS)}.")
        first, last = (float(one) for one in lags_days)
        if not -3650 <= first <= last <= 0:
            raise ValueError(
                f"The lags are {lags_days} days; two ascending numbers from -3650 to 0 are needed."
            )
        if not 0 <= radius_km <= 5000:
            raise ValueError(f"The radius is {radius_km} km; give 0 to 5000.")
        content = {
            "text": words,
            "variables": check_names(variables, "variable"),
            "groups": check_names(groups, "group"),
            "direction": direction,
            "first_lag_days": first,
            "last_lag_days": last,
            "radius_km": float(radius_km),
        }
        return self._append("hypothesis", pseudonym(author), content)

    def look(
        self,
        *,
        author: str,
        variables: Sequence[str],
        groups: Sequence[str] = (ANY,),
        what: str,
        details: Mapping[str, Any] | None = None,
    ) -> int:
        """Write down that results on some data were shown.

        Parameters
        ----------
        author
            Pseudonym of who looked.
        variables, groups
            Of the data; "*" for all.
        what
            Kind of look ("epochs").
        details
            What else is to be kept: numbers of tests, period, correction.

        Returns
        -------
        int
            Number of the entry.
        """
        content = {
            "variables": check_names(variables, "variable"),
            "groups": check_names(groups, "group"),
            "what": str(what)[:80],
            "details": dict(details or {}),
        }
        return self._append("look", pseudonym(author), content)

    def result(self, number: int, *, author: str, outcome: Mapping[str, Any]) -> int:
        """Write down what a test of a hypothesis gave.

        Parameters
        ----------
        number
            Number of the hypothesis.
        author
            Pseudonym of who tested.
        outcome
            What came out: effect, p, p_adjusted, tests, ...

        Returns
        -------
        int
            Number of the entry.

        Raises
        ------
        ValueError
            There is no such hypothesis.
        """
        self.hypothesis(number)
        content = {"hypothesis": int(number), "outcome": dict(outcome)}
        return self._append("result", pseudonym(author), content)

    # reading -------------------------------------------------------------------------------------

    def hypothesis(self, number: int) -> Hypothesis:
        """Return a hypothesis.

        Raises
        ------
        ValueError
            There is none with this number.
        """
        found = [one for one in self.hypotheses() if one.number == number]
        if not found:
            raise ValueError(f"The register has no hypothesis number {number}.")
        return found[0]

    def hypotheses(self) -> list[Hypothesis]:
        """Return all hypotheses, newest first, each with the looks that came before it."""
        entries = self._entries()
        looks = [one for one in entries if one["kind"] == "look"]
        found = []
        for entry in entries:
            if entry["kind"] != "hypothesis":
                continue
            told = entry["content"]
            seen = [
                look
                for look in looks
                if look["number"] < entry["number"] and meets(look["content"], told)
            ]
            own = [look for look in seen if look["author"] == entry["author"]]
            found.append(
                Hypothesis(
                    entry["number"],
                    entry["time"],
                    entry["author"],
                    told["text"],
                    tuple(told["variables"]),
                    tuple(told["groups"]),
                    told["direction"],
                    told["first_lag_days"],
                    told["last_lag_days"],
                    told["radius_km"],
                    seen[0]["time"] if seen else None,
                    own[0]["time"] if own else None,
                )
            )
        return found[::-1]

    def results(self, number: int | None = None) -> list[dict[str, Any]]:
        """Return what tests gave, oldest first: hypothesis, time, author, and what came out.

        Parameters
        ----------
        number
            Number of a hypothesis; None for all.
        """
        return [
            {name: one[name] for name in ("time", "author")}
            | {"hypothesis": one["content"]["hypothesis"]}
            | one["content"]["outcome"]
            for one in self._entries()
            if one["kind"] == "result" and number in (None, one["content"]["hypothesis"])
        ]

    def looks(self) -> list[dict[str, Any]]:
        """Return all looks, newest first: number, time, author, and what was looked at."""
        found = [one for one in self._entries() if one["kind"] == "look"][::-1]
        return [
            {name: one[name] for name in ("number", "time", "author")} | one["content"]
            for one in found
        ]

    def check(self) -> int:
        """Return the number of entries, if none was changed since it was written.

        Raises
        ------
        ValueError
            An entry was changed, or one is missing.
        """
        before, expected = "", 1
        written = self._written()  # first, for others may write meanwhile
        entries = self._entries()
        for one in entries:
            digest = _hash(before, one["kind"], one["stamp"], one["author"], one["raw"])
            if digest != one["hash"] or one["number"] != expected:
                raise ValueError(
                    f"The register {self.path} was changed: entry {expected} is not what was "
                    "written."
                )
            before, expected = digest, expected + 1
        if written > len(entries):
            raise ValueError(
                f"The register {self.path} was changed: {written} entries were written, "
                f"{len(entries)} are there."
            )
        return len(entries)

    # the file ------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self.path, timeout=_BUSY, isolation_level=None)
        except sqlite3.Error as error:
            raise ValueError(f"The register {self.path} cannot be opened: {error}.") from error
        try:
            connection.execute("PRAGMA synchronous=FULL")
            if connection.execute("PRAGMA user_version").fetchone()[0] < _VERSION:
                self._make(connection)
            yield connection
        except sqlite3.DatabaseError as error:
            raise ValueError(
                f"The register {self.path} cannot be used: {error}. Nothing was written."
            ) from error
        finally:
            connection.close()

    def _written(self) -> int:
        """Return how many entries were ever written, which the file counts by itself."""
        if not self.path.exists():
            return 0
        with self._open() as connection:
            found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'")
            row = found.fetchone()
        return int(row[0]) if row else 0

    @staticmethod
    def _make(connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("PRAGMA user_version").fetchone()[0] < _VERSION:
            for statement in re.split(r"(?<=\);)\n|(?<=END;)\n", _TABLES.strip() + "\n"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version={_VERSION}")
        connection.execute("COMMIT")

    def _append(self, kind: str, author: str, content: Mapping[str, Any]) -> int:
        raw = json.dumps(content, ensure_ascii=False, sort_keys=True, allow_nan=True)
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            last = connection.execute(
                "SELECT time, hash FROM entries ORDER BY number DESC LIMIT 1"
            ).fetchone()
            # a clock that was set back must not make a late entry an early one
            stamp = pd.Timestamp.now("UTC").tz_localize(None).isoformat(timespec="milliseconds")
            stamp = max(stamp, last[0]) if last else stamp
            digest = _hash(last[1] if last else "", kind, stamp, author, raw)
            done = connection.execute(
                "INSERT INTO entries (kind, time, author, content, hash) VALUES (?, ?, ?, ?, ?)",
                (kind, stamp, author, raw, digest),
            )
            connection.execute("COMMIT")
            return int(done.lastrowid or 0)

    def _entries(self) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        with self._open() as connection:
            rows = connection.execute(
                "SELECT number, kind, time, author, content, hash FROM entries ORDER BY number"
            ).fetchall()
        return [
            {
                "number": number,
                "kind": kind,
                "time": pd.Timestamp(stamp),
                "stamp": stamp,
                "author": author,
                "content": json.loads(raw),
                "raw": raw,
                "hash": digest,
            }
            for number, kind, stamp, author, raw, digest in rows
        ]


def _hash(before: str, kind: str, stamp: str, author: str, raw: str) -> str:
    return hashlib.sha256("\n".join((before, kind, stamp, author, raw)).encode()).hexdigest()
