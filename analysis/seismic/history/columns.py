"""The columns of a feature table of events, filled issue time by issue time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.cells.cells import EARTH_RADIUS_KM
from analysis.cells.lattice import Lattice
from analysis.features.derivatives import length_in_days
from analysis.seismic.decluster import nearest_neighbours
from analysis.seismic.energy import log10_energy
from analysis.seismic.history.fields import Rings, Smoothed
from analysis.seismic.history.recipe import Recipe
from analysis.seismic.history.record import Record
from analysis.seismic.history.sweeping import sweep
from analysis.seismic.magnitudes import b_nearest

_DAY = 86_400_000_000_000
_YEAR = 365.25
_FLOOR = 1e-8
"""Events a year and square km that are added everywhere, so that no rate is 0."""
_FINE = 1000  # parts of log10(eta), so that sums of it are sums of whole numbers

Column = NDArray[np.float32]
Positions = NDArray[np.int64]


def fill(
    record: Record,
    lattice: Lattice,
    issue: NDArray[np.datetime64],
    step: Positions,
    cell: Positions,
    plan: Recipe,
    names: list[str],
    progress: Callable[[int, int], None] | None,
) -> dict[str, Column]:
    """Return the wanted columns.

    Parameters
    ----------
    record
        Events.
    lattice
        Cells.
    issue
        Issue times (time,).
    step, cell
        Issue time and cell of each row (row,), in ascending order.
    plan
        Settings.
    names
        Names of the features.
    progress
        Called with issue times done and to do.

    Returns
    -------
    dict
        Columns (row,), float32, in the order of the names.
    """
    place = lattice.index(record.longitude, record.latitude)
    wanted = set(names)
    found: dict[str, Column] = {}
    found |= _own(record, place, lattice.size, issue, step, cell, plan)
    starts = np.searchsorted(step, np.arange(issue.size + 1))
    rows = [slice(*starts[k : k + 2]) for k in range(issue.size)]
    works: list[Any] = []
    if wanted & {"days_since_last", "days_since_target"}:
        works.append(_Since(record, place, lattice.size, plan))
    if any(name.endswith("_km") for name in wanted):
        clusters = any("clustered" in name or "eta" in name for name in wanted)
        works.append(_Near(record, lattice, plan, clusters))
    if wanted & {"long_rate", "long_rate_target"}:
        works.append(_Rates(record, lattice, plan))
    if wanted & {"b_value", "b_std", "b_n"}:
        works.append(_Slopes(record, lattice, plan, issue, [cell[one] for one in rows]))
    wait = np.timedelta64(_ns(plan.delay) if plan.delay else 0, "ns")
    for k, when in enumerate(issue):
        known = record.before(when - wait)
        for work in works:
            for name, values in work.at(k, when, known, cell[rows[k]]).items():
                if name in wanted:
                    column = found.setdefault(name, np.empty(step.size, np.float32))
                    column[rows[k]] = values
        if progress is not None:
            progress(k + 1, issue.size)
    return {name: found[name] for name in names}


def _ns(length: str) -> int:
    return round(length_in_days(length, "length") * _DAY)


def _own(
    record: Record,
    place: Positions,
    size: int,
    issue: NDArray[np.datetime64],
    step: Positions,
    cell: Positions,
    plan: Recipe,
) -> dict[str, Column]:
    """Return what happened in the own cell."""
    keys = step * size + cell
    columns: dict[str, Column] = {}

    def put(name: str, rows: Positions, values: Any, empty: float) -> None:
        columns[name] = np.full(keys.size, empty, np.float32)
        columns[name][rows] = values

    for length, recent in ((plan.history, False), (plan.recent, True)):
        past = sweep(place, record.times, record.magnitude, issue, length, delay=plan.delay)
        sparse = past.step.astype(np.int64) * size + past.cell
        rows = np.searchsorted(keys, sparse)
        if recent:
            days = length_in_days(length, "recent")
            put("count_recent", rows, past.count, 0)
            put("energy_rate", rows, log10_energy(past.energy / days), 0)
        else:
            put("count", rows, past.count, 0)
            put("largest_magnitude", rows, past.largest, np.nan)
            put("mean_magnitude", rows, past.magnitudes / past.count, np.nan)
            put("log10_energy", rows, log10_energy(past.energy), 0)
    return columns


class _Since:
    """Days since the latest event of each cell, and since the latest as large as the target."""

    def __init__(self, record: Record, place: Positions, size: int, plan: Recipe) -> None:
        self._times = record.times.astype(np.int64)
        self._place = place
        self._big = record.magnitude >= plan.magnitude - 1e-6
        self._last = np.full((2, size), np.iinfo(np.int64).min)
        self._done = 0

    def at(self, _: int, when: Any, known: int, cell: Positions) -> dict[str, Any]:
        fresh = slice(self._done, known)
        inside = self._place[fresh] >= 0
        for kind, kept in enumerate((inside, inside & self._big[fresh])):
            np.maximum.at(self._last[kind], self._place[fresh][kept], self._times[fresh][kept])
        self._done = known
        last = self._last[:, cell]
        never = last == np.iinfo(np.int64).min
        days = (when.astype(np.int64) - np.where(never, 0, last)) / _DAY
        days[never] = np.nan
        return {"days_since_last": days[0], "days_since_target": days[1]}


class _Near:
    """Events in rings round the cells, and how they cluster."""

    def __init__(self, record: Record, lattice: Lattice, plan: Recipe, clusters: bool) -> None:
        self._record, self._plan, self._clusters = record, plan, clusters
        amounts = np.ones((record.times.size, 4), np.int64)
        if clusters:
            eta = nearest_neighbours(record.frame(slice(None)))["log_eta"].to_numpy()
            linked = np.isfinite(eta)
            amounts[:, 1] = linked
            amounts[:, 2] = linked & (eta < plan.link)
            amounts[:, 3] = np.round(np.where(linked, eta, 0) * _FINE)
        self._amounts = amounts[:, : 4 if clusters else 1]
        self._whole = Rings(lattice, plan.rings_km, self._amounts.shape[1])
        self._recent = Rings(lattice, plan.rings_km[:1], 1)
        self._windows = {"whole": [0, 0], "recent": [0, 0]}

    def _move(self, rings: Rings, name: str, begin: int, end: int) -> None:
        """Bring a window of events up to date: what is new comes in, what is old goes."""
        window = self._windows[name]
        if begin >= window[1]:  # nothing of it stays
            self._add(rings, window[0], window[1], -1)
            self._add(rings, begin, end, 1)
        else:
            self._add(rings, window[0], begin, -1)
            self._add(rings, window[1], end, 1)
        self._windows[name] = [begin, end]

    def _add(self, rings: Rings, begin: int, end: int, sign: int) -> None:
        rows = slice(begin, end)
        numbers = self._amounts[rows, : rings.values.shape[0]]
        rings.add(self._record.longitude[rows], self._record.latitude[rows], numbers, sign)

    def at(self, _: int, when: Any, known: int, cell: Positions) -> dict[str, Any]:
        back = {"whole": self._plan.history, "recent": self._plan.recent}
        for name, rings in (("whole", self._whole), ("recent", self._recent)):
            begin = self._record.before(when - np.timedelta64(_ns(back[name]), "ns"))
            self._move(rings, name, min(begin, known), known)
        found: dict[str, Any] = {}
        inner = 0.0
        for ring, outer in enumerate(self._plan.rings_km):
            found[f"count_{inner:g}_{outer:g}_km"] = self._whole.values[0, ring, cell]
            inner = outer
        near = self._plan.rings_km[0]
        found[f"count_recent_{near:g}_km"] = self._recent.values[0, 0, cell]
        if self._clusters:
            linked, close, total = self._whole.values[1:, :, cell].sum(axis=1)
            some = np.where(linked > 0, linked, np.nan)
            found[f"clustered_share_{inner:g}_km"] = close / some
            found[f"mean_log_eta_{inner:g}_km"] = total / some / _FINE
        return found


class _Rates:
    """Past events smoothed, per year and cell; the same in every block that holds the cell."""

    def __init__(self, record: Record, lattice: Lattice, plan: Recipe) -> None:
        self._big = np.flatnonzero(record.magnitude >= plan.magnitude - 1e-6)
        self._since = record.since
        heights = np.diff(np.sin(np.radians(lattice.latitude_edges)))
        width = np.radians(lattice.resolution)
        area = np.repeat(EARTH_RADIUS_KM**2 * width * heights, lattice.columns)
        self._floor = _FLOOR * area
        east, north = record.longitude, record.latitude
        big = (east[self._big], north[self._big])
        self._all = Smoothed(lattice, east, north, plan.width_km)
        self._few = Smoothed(lattice, *big, plan.width_km)

    def at(self, _: int, when: Any, known: int, cell: Positions) -> dict[str, Any]:
        years = (when - self._since) / np.timedelta64(_DAY, "ns") / _YEAR
        big = int(np.searchsorted(self._big, known))
        found = {}
        for name, field in (
            ("long_rate", self._all.at(known)),
            ("long_rate_target", self._few.at(big)),
        ):
            found[name] = np.log10(field[cell] / years + self._floor[cell])
        return found


class _Slopes:
    """b-values of the nearest events, made anew at set times that no table moves."""

    def __init__(
        self,
        record: Record,
        lattice: Lattice,
        plan: Recipe,
        issue: NDArray[np.datetime64],
        cells: list[Positions],
    ) -> None:
        self._record, self._plan = record, plan
        self._centres = lattice.centres
        every = _ns(plan.b_refresh)
        self._anchors = issue.astype(np.int64) // every * every
        self._cells = cells
        self._made: int | None = None
        self._values = np.full((3, lattice.size), np.nan)

    def at(self, k: int, _: Any, __: int, cell: Positions) -> dict[str, Any]:
        anchor = int(self._anchors[k])
        if anchor != self._made:
            same = np.flatnonzero(self._anchors == anchor)
            self._make(anchor, np.unique(np.concatenate([self._cells[one] for one in same])))
            self._made = anchor
        return dict(zip(("b_value", "b_std", "b_n"), self._values[:, cell], strict=True))

    def _make(self, anchor: int, cells: Positions) -> None:
        wait = _ns(self._plan.delay) if self._plan.delay else 0
        known = self._record.before(np.int64(anchor - wait).view("datetime64[ns]"))
        table = b_nearest(
            self._record.frame(slice(0, known)),
            self._centres[0][cells],
            self._centres[1][cells],
            n=self._plan.b_events,
            radius_km=self._plan.b_radius_km,
            mc=self._record.completeness,
        )
        self._values[:, cells] = table[["b", "std", "n"]].to_numpy().T
