"""What a listed event means for those that are known: new, newer, the same, merged, split, gone.

No SQL and no table here: only identities, times of change and states.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from analysis.seismic.database.filters import DELETED, PRESENT

_RANK = {"new": 5, "restored": 4, "updated": 3, "deleted": 2, "unchanged": 1, "stale": 0}


@dataclass(slots=True, eq=False)
class Solution:
    """One agency's solution of one event, as known so far."""

    origin: int
    event: int
    id: str
    updated: int | None
    state: int
    gone: int | None
    stated: frozenset[str]
    aliases: set[str]
    row: int | None = None
    fresh: bool = False
    moved: bool = False
    verdict: str = ""


@dataclass(slots=True)
class Ledger:
    """The known solutions that a batch of rows may touch, and what becomes of them.

    Parameters
    ----------
    solutions : iterable of Solution
        All whose ids occur in the batch.
    tombstones : mapping
        Id -> time of the deletion, and whether it holds for every event with this id.
    next_origin : int
        Key of the next new solution.
    differs : callable
        Whether a row has another content than a solution; asked where neither has a time of
        change.
    complete : bool
        The rows name all ids of their events: an id that a newer row does not name is no longer
        one of the event. Otherwise an event with one id may have others that the row is silent of.
    """

    solutions: dict[int, Solution]
    tombstones: dict[str, tuple[int, bool]]
    next_origin: int
    differs: Callable[[Solution, int], bool]
    complete: bool = False
    owners: dict[str, Solution] = field(default_factory=dict)
    merged: list[tuple[Solution, Solution]] = field(default_factory=list)
    claimed: set[str] = field(default_factory=set)
    released: set[str] = field(default_factory=set)
    buried: dict[str, tuple[int, bool]] = field(default_factory=dict)
    repeated: int = 0
    _spoken: dict[int, tuple[frozenset[str], bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know who owns which id."""
        for solution in self.solutions.values():
            for alias in solution.aliases:
                self.owners[alias] = solution

    def take(self, row: int, identity: str, ids: frozenset[str], updated: int | None) -> Solution:
        """Take one listed event in.

        Parameters
        ----------
        row : int
            Its place in the batch.
        identity : str
            The id that its agency prefers.
        ids : frozenset of str
            All ids that the agency gives it, the preferred one among them.
        updated : int, optional
            When the agency changed it last, microseconds.

        Returns
        -------
        Solution
            Where it went.
        """
        found = self._found(ids)
        if not found:
            return self._insert(row, identity, ids, updated)
        behind = [one for one in found if _newer(one.updated, updated)]
        if behind:
            return self._stale(found, behind, identity)
        target = max(found, key=lambda one: (_rank(one.updated), identity in one.aliases))
        if len(found) == 1 and self._is_another(target, ids, updated):
            return self._insert(row, identity, ids, updated)
        for other in found:
            if other is not target:
                self._merge(other, target)
        newer = _newer(updated, target.updated)
        wins = newer or (updated is None and self.differs(target, row))
        self._note(target, ids, newer)
        if newer and (self.complete or len(ids) > 1):
            self._release(target, target.aliases - ids)
        self._claim(target, ids)
        if wins:
            target.id, target.updated, target.row = identity, updated, row
            target.stated = ids if self.complete or len(ids) > 1 else target.stated
        verdict = "updated" if wins else "unchanged"
        if self._revive(target, updated):
            verdict = "restored"
        self._judge(target, verdict)
        return target

    def bury(self, ids: frozenset[str], moment: int, *, identity: str | None = None) -> int:
        """Take a deletion in; an event that was changed after it stays.

        Parameters
        ----------
        ids : frozenset of str
            Ids of the event.
        moment : int
            When it was deleted, microseconds.
        identity : str, optional
            The id that the agency prefers, where the deletion is its own record: then an event
            that goes by an id beyond `ids` lives on, for only a part of it was withdrawn. Without
            it the event is deleted whichever of its ids is given.

        Returns
        -------
        int
            How many known events it deleted.
        """
        count = 0
        buried = set(ids)
        for one in self._found(ids):
            if identity is not None and one.id not in ids:
                continue
            if one.updated is not None and one.updated > moment:
                continue
            if identity is not None and self.complete:  # what it does not name is another event
                self._release(one, one.aliases - ids)
            buried |= one.aliases
            if one.state != DELETED:
                count += 1
                self._judge(one, "deleted")
            if one.state != DELETED or one.gone is None or one.gone < moment:
                one.state, one.gone, one.moved = DELETED, moment, True
        for alias in buried:
            known = self.tombstones.get(alias)
            if known is None or known[0] < moment:
                self.tombstones[alias] = self.buried[alias] = (moment, identity is None)
        return count

    def counts(self) -> Counter[str]:
        """Count the solutions by what became of them."""
        counted = Counter(one.verdict for one in self.solutions.values() if one.verdict)
        counted["merged"] = len(self.merged)
        counted["repeated"] = self.repeated
        return counted

    def _found(self, ids: Iterable[str]) -> list[Solution]:
        """Solutions that own one of the ids, the oldest key first."""
        found = {one.origin: one for alias in ids if (one := self.owners.get(alias)) is not None}
        return [found[origin] for origin in sorted(found)]

    def _insert(
        self, row: int, identity: str, ids: frozenset[str], updated: int | None
    ) -> Solution:
        graves = [
            self.tombstones[alias][0]
            for alias in ids
            if alias in self.tombstones and (alias == identity or self.tombstones[alias][1])
        ]
        gone = max(graves, default=None)
        buried = gone is not None and not _newer(updated, gone)
        one = Solution(
            self.next_origin,
            self.next_origin,
            identity,
            updated,
            DELETED if buried else PRESENT,
            gone if buried else None,
            ids,
            set(),
            row,
            fresh=True,
        )
        self.next_origin += 1
        self.solutions[one.origin] = one
        self._claim(one, ids)
        self._note(one, ids, newer=True)
        self._judge(one, "stale" if buried else "new")
        return one

    def _stale(self, found: list[Solution], behind: list[Solution], identity: str) -> Solution:
        """Take a row that is older than what is known: it may still prove older ones the same."""
        owner = self.owners.get(identity)
        target = owner if owner in behind else max(behind, key=lambda one: _rank(one.updated))
        assert target is not None  # noqa: S101 - behind has at least one
        for other in found:
            apart = len(target.stated) > 1 and not other.aliases & target.stated
            if other not in behind and not apart:
                self._merge(other, target)
        self._judge(target, "stale")
        return target

    def _is_another(self, one: Solution, ids: frozenset[str], updated: int | None) -> bool:
        """Whether the listing itself has this solution already, under other ids: it was split.

        One of the two must be newer than what was known, else an old listing would undo a merge.
        """
        spoken = self._spoken.get(one.origin)
        if spoken is None or spoken[0] & ids:
            return False
        return spoken[1] or _newer(updated, one.updated)

    def _note(self, one: Solution, ids: frozenset[str], newer: bool) -> None:
        """Remember the ids under which the batch has a solution."""
        known = self._spoken.get(one.origin)
        told = (ids, newer) if known is None else (known[0] | ids, known[1] or newer)
        self._spoken[one.origin] = told

    def _claim(self, one: Solution, ids: Iterable[str]) -> None:
        for alias in ids:
            owner = self.owners.get(alias)
            if owner is not one:
                if owner is not None:
                    owner.aliases.discard(alias)
                self.owners[alias] = one
                one.aliases.add(alias)
                self.claimed.add(alias)
                self.released.discard(alias)

    def _release(self, one: Solution, ids: Iterable[str]) -> None:
        for alias in list(ids):
            one.aliases.discard(alias)
            del self.owners[alias]
            self.claimed.discard(alias)
            self.released.add(alias)

    def _merge(self, other: Solution, target: Solution) -> None:
        self._claim(target, list(other.aliases))
        spoken = self._spoken.pop(other.origin, None)
        if spoken is not None:
            self._note(target, *spoken)
        del self.solutions[other.origin]
        if other.fresh:
            self.repeated += 1
        else:
            self.merged.append((other, target))

    def _revive(self, one: Solution, updated: int | None) -> bool:
        """Bring an event back that is listed again."""
        if one.state == PRESENT:
            return False
        if one.state == DELETED and one.gone is not None and not _newer(updated, one.gone):
            return False
        one.state, one.gone, one.moved = PRESENT, None, True
        return True

    def _judge(self, one: Solution, verdict: str) -> None:
        if one.verdict:
            self.repeated += 1
        if not one.verdict or _RANK[verdict] > _RANK[one.verdict]:
            one.verdict = verdict


def order_of(identities: list[str], owners: Mapping[str, Solution]) -> list[int]:
    """Order of the rows of a batch: first those that keep the id which is known.

    Examples
    --------
    >>> known = Solution(1, 1, "b", None, PRESENT, None, frozenset("ab"), {"a", "b"})
    >>> order_of(["a", "b", "c"], {"a": known, "b": known})
    [1, 2, 0]
    """

    def renamed(row: int) -> bool:
        owner = owners.get(identities[row])
        return owner is not None and owner.id != identities[row]

    return sorted(range(len(identities)), key=renamed)


def _newer(one: int | None, other: int | None) -> bool:
    """Whether a time of change is later; none at all is earlier than any."""
    return one is not None and (other is None or one > other)


def _rank(updated: int | None) -> float:
    return float("-inf") if updated is None else updated
