"""Superposed epochs: what anomalies were before events, beside matched other times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.seismic.columns import as_events
from analysis.seismic.joinedgrids import Source
from analysis.seismic.precursors.correction import CORRECTIONS, adjust
from analysis.seismic.precursors.matching import Matched, match
from analysis.seismic.precursors.memory import block_length, days_of
from analysis.seismic.precursors.randomisation import randomised
from analysis.seismic.precursors.surroundings import lagged, mean_between, surroundings
from analysis.seismic.regimes import tectonic_regimes
from analysis.yearly import Base

LAGS = ("-150D", "-120D", "-90D", "-60D", "-30D", "0D")
RADII = (0.0, 100.0, 300.0)
ALTERNATIVES = ("two-sided", "greater", "less")
ALL = "all"


@dataclass(frozen=True, eq=False)
class Epochs:
    """What was found before events.

    Attributes
    ----------
    table
        A row for each test: variable, group, lag_days, radius_km, events, before (mean Z before
        events, less the mean of the reference time), control (the same at matched times), effect
        (their difference), low and high (its 95 % interval), null_low and null_high (95 % of what
        chance gives), effect_units (in units of the variable), p, p_adjusted, passes.
    tests
        How many were made; `p_adjusted` knows of all of them.
    by_chance
        How many of them chance alone lets pass at the level without correction.
    counts
        Events: given, preceded (left out, another one came shortly before), outside (no data),
        used.
    correction, level, alternative
        As asked for.
    units, titles
        Of the variables.
    simulated
        Variables and events that are simulated.
    notes
        What a reader must know.
    block_days
        Length of the blocks of time that were drawn, days.
    """

    table: pd.DataFrame
    tests: int
    by_chance: float
    counts: dict[str, int]
    correction: str
    level: float
    alternative: str
    units: dict[str, str]
    titles: dict[str, str]
    simulated: list[str]
    notes: list[str] = field(default_factory=list)
    block_days: float = 30.0

    def scale(self) -> pd.DataFrame:
        """Return where, when and how strong an anomaly is that passes, a row a variable and group.

        Returns
        -------
        pandas.DataFrame
            variable, group, passing (tests that pass), of the strongest test lag_days, radius_km,
            effect, effect_units, p_adjusted; first_lag_days, last_lag_days, least_radius_km,
            greatest_radius_km over those that pass, NaN where none does.
        """
        rows = []
        for (variable, group), part in self.table.groupby(["variable", "group"], sort=False):
            tested = part[part["p"].notna()]
            if tested.empty:
                continue
            good = tested[tested["passes"]]
            ordered = (good if len(good) else tested).sort_values(
                ["p_adjusted", "p", "effect"],
                key=lambda one: -abs(one) if one.name == "effect" else one,
            )
            best = ordered.iloc[0]
            rows.append(
                {
                    "variable": variable,
                    "group": group,
                    "passing": len(good),
                    **{
                        name: best[name]
                        for name in (
                            "lag_days",
                            "radius_km",
                            "effect",
                            "effect_units",
                            "p_adjusted",
                        )
                    },
                    "first_lag_days": good["lag_days"].min(),
                    "last_lag_days": good["lag_days"].max(),
                    "least_radius_km": good["radius_km"].min(),
                    "greatest_radius_km": good["radius_km"].max(),
                }
            )
        return pd.DataFrame(rows)


def superposed_epochs(  # noqa: PLR0913
    events: Any,
    sources: Source | Sequence[Source],
    *,
    lags: Sequence[Any] = LAGS,
    radii: Sequence[float] = RADII,
    by: str | Sequence[str] | None = "regime",
    reference: Any = "365D",
    apart_km: float = 300.0,
    block: Any = None,
    alternative: str = "two-sided",
    correction: str = "holm",
    level: float = 0.05,
    draws: int = 4999,
    minimum: int = 10,
    base: Base = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Epochs:
    """Return what variables were before events, beside what they were at matched other times.

    Each event is compared with the same place at the same season of other years (matched times).
    The statistic is the mean over events of Z at a lag, less the mean Z of the time `reference`
    before the first lag, so that neither a trend nor a lasting step passes for a precursor. Only
    steps that had ended by then are used. Chance is what comes out when the years are drawn at
    random (randomisation test, the true years among them): events of one `block` of time move
    together, for they share the anomalies of that time; where these last, so do the blocks. An
    event that another one preceded nearby, within the lags and the reference, is left out, and so
    are matched times that an event preceded so or followed within the lags: what one earthquake
    leaves behind would pass for the precursor of the next.

    Parameters
    ----------
    events
        Events in any form that :func:`~analysis.seismic.as_events` reads.
    sources
        Cubes, normalised datasets or their names; "name/variable" takes one variable.
    lags
        Times relative to the event, none after it: "-30D" is 30 days before; "0D" is the last step
        that had ended.
    radii
        Radii, km; 0 is the cell of the epicentre.
    by
        Groups besides all events: "regime" or "setting" of
        :func:`~analysis.seismic.tectonic_regimes`, a column of the events, names (event,), or None.
    reference
        Length of the time before the first lag that the values are compared with.
    apart_km
        How near another event must be to count as nearby.
    block
        Length of the blocks of time that are drawn; None for as long as the anomalies last
        (:func:`~analysis.seismic.precursors.memory.memory`), not less than 30 days.
    alternative
        "two-sided", "greater" or "less".
    correction
        For the number of variables x lags x radii x groups: one of
        :data:`~analysis.seismic.precursors.correction.CORRECTIONS`.
    level
        Level of the tests.
    draws
        How many times years are drawn.
    minimum
        Groups with fewer events in a test are not tested.
    base
        Base period of the norms; None for all times.
    seed
        Same seed, same numbers.
    progress
        Takes what is done and the total; what it raises ends the work.

    Returns
    -------
    Epochs
        The tests, and what they rest on.

    Raises
    ------
    ValueError
        A parameter is impossible, the events cannot be read, or none of them lies in the time of
        the variables.

    Examples
    --------
    A variable that knows nothing of the events passes no test:

    >>> import xarray as xr
    >>> random = np.random.default_rng(1)
    >>> axes = {
    ...     "time": pd.date_range("2000-01-01", periods=120, freq="MS"),
    ...     "latitude": np.arange(-10.5, 11),
    ...     "longitude": np.arange(0.5, 30),
    ... }
    >>> noise = random.normal(size=[one.size for one in map(np.asarray, axes.values())])
    >>> grid = xr.Dataset({"noise": (tuple(axes), noise, {"units": "cm"})}, axes)
    >>> events = pd.DataFrame(
    ...     {
    ...         "time": pd.Timestamp("2002-01-01")
    ...         + pd.to_timedelta(random.uniform(0, 2500, 40), "D"),
    ...         "longitude": random.uniform(0, 30, 40),
    ...         "latitude": random.uniform(-10, 10, 40),
    ...     }
    ... )
    >>> found = superposed_epochs(events, grid, radii=[0, 300], by=None, draws=499)
    >>> found.tests, bool(found.table["passes"].any())
    (12, False)
    """
    _check_options(alternative, correction, (level, draws, minimum))
    near = _radii(radii)
    frame = as_events(events, fill=False)
    good = frame[["time", "longitude", "latitude"]].notna().all(axis=1)
    good &= frame["latitude"].between(-90, 90)
    frame = frame[good]
    labels = _labels(frame, by, np.asarray(good))
    order = np.argsort(frame["time"].to_numpy(), kind="stable")
    frame, labels = frame.iloc[order].reset_index(drop=True), labels[order]
    if frame.empty:
        raise ValueError("There is no event with a time and a place.")
    matched = match(frame, lags, reference=reference, apart_km=apart_km)
    kept = matched.kept
    if not kept.any():
        raise ValueError(
            f"Each of the {len(frame)} events was preceded by another within {apart_km:g} km; take "
            "stronger events, a smaller distance or shorter lags."
        )
    places = frame[["longitude", "latitude"]].to_numpy(dtype=np.float64)[kept]
    histories = surroundings(
        sources, places[:, 0], places[:, 1], near, base=base, progress=progress
    )
    length = block_length(block, histories, matched.reference)
    matched = matched.in_blocks(length)
    years = max(_years(one.ends) for one in histories)
    times = matched.shifted(years)
    open_ = matched.open(years)
    groups = [ALL, *sorted({one for one in labels[kept] if one})]
    rows, sums, numbers, amounts = [], [], [], []
    for one in histories:
        difference, departure = (
            _difference(series, one, times, open_, matched) for series in (one.z, one.departure)
        )
        for group in groups:
            inside = np.ones(int(kept.sum()), bool) if group == ALL else labels[kept] == group
            part = difference * np.where(inside, 1.0, np.nan)[:, np.newaxis, np.newaxis, np.newaxis]
            total, number = matched.by_block(part)
            sums.append(total.reshape(*total.shape[:2], -1))
            numbers.append(number.reshape(*number.shape[:2], -1))
            amounts.append(_amounts(departure[inside]).ravel())
            rows += [
                {"variable": one.name, "group": group, "lag_days": lag, "radius_km": radius}
                for lag in matched.lag_days
                for radius in near
            ]
    table = pd.DataFrame(rows)
    tested = randomised(
        np.concatenate(sums, axis=2), np.concatenate(numbers, axis=2), years, draws, seed,
        alternative, minimum,
    )  # fmt: skip
    table = pd.concat([table, tested], axis=1)
    table["effect_units"] = np.where(table["p"].notna(), np.concatenate(amounts), np.nan)
    table["p_adjusted"] = adjust(table["p"], correction)
    table["passes"] = table["p_adjusted"] <= level
    tests = int(table["p"].notna().sum())
    silent = [one.name for one in histories if not np.isfinite(one.z).any()]
    if not tests:
        still = f" Missing or without any change there: {', '.join(silent)}." if silent else ""
        raise ValueError(
            f"No test has {minimum} events: of {len(frame)} events {int(kept.sum())} stand alone, "
            "and too few of those lie in the time of the variables with matched times around."
            f"{still}"
        )
    used = int(table.loc[table["group"] == ALL, "events"].max())
    counts = {
        "given": len(frame),
        "preceded": int((~kept).sum()),
        "outside": int(kept.sum()) - used,
        "used": used,
    }
    simulated = [one.name for one in histories if one.simulated]
    if "simulated" in frame and frame["simulated"].any():
        simulated.append("events")
    notes = _notes(tests, draws, correction, level)
    if silent:
        notes.append(f"Missing or without any change there, so not tested: {', '.join(silent)}.")
    return Epochs(
        table, tests, tests * level, counts, correction, level, alternative,
        {one.name: one.units for one in histories}, {one.name: one.title for one in histories},
        simulated, notes, days_of(length),
    )  # fmt: skip


def _difference(
    series: NDArray[Any], one: Any, times: NDArray[Any], open_: NDArray[np.bool_], matched: Matched
) -> NDArray[np.float64]:
    """Return values (event, shift, lag, radius) less the mean of the time before the first lag."""
    first = times + matched.lags.min()
    before = mean_between(series, one, first - matched.reference, first)
    before = np.where(open_[..., np.newaxis], before, np.nan)
    at = [lagged(series, one, times + lag) - before for lag in matched.lags]
    return np.stack(at, axis=2)


def _amounts(difference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over events less that over matched times (lag, radius), in units."""
    middle = difference.shape[1] // 2
    own = difference[:, middle]
    others = np.delete(difference, middle, axis=1)
    count = np.isfinite(others).sum(axis=1)
    usual = np.where(count > 0, np.nansum(others, axis=1) / np.maximum(count, 1), np.nan)
    apart = own - usual
    number = np.isfinite(apart).sum(axis=0)
    return np.where(number > 0, np.nansum(apart, axis=0) / np.maximum(number, 1), np.nan)


def _years(ends: NDArray[np.datetime64]) -> int:
    return int((ends.max() - ends.min()) / np.timedelta64(365, "D")) + 1


def _check_options(alternative: str, correction: str, numbers: tuple[Any, Any, Any]) -> None:
    if alternative not in ALTERNATIVES:
        raise ValueError(f"alternative={alternative!r}; it is one of {', '.join(ALTERNATIVES)}.")
    if correction not in CORRECTIONS:
        raise ValueError(f"correction={correction!r}; it is one of {', '.join(CORRECTIONS)}.")
    level, draws, minimum = numbers
    plain = all(isinstance(one, int | float | np.number) for one in numbers)
    if not plain or not 0 < level < 1 or draws < 99 or minimum < 2:
        raise ValueError(
            f"level={level}, draws={draws}, minimum={minimum}: a level from 0 to 1, 99 draws or "
            "more, groups of 2 or more."
        )


def _radii(radii: Sequence[float]) -> tuple[float, ...]:
    found = tuple(float(one) for one in radii)
    if not found or not all(0 <= one <= 5000 for one in found):
        raise ValueError(f"The radii are {radii}; each is a number of km from 0 to 5000.")
    return found


def _labels(frame: pd.DataFrame, by: Any, good: NDArray[np.bool_]) -> NDArray[Any]:
    """Return the group of each event, empty where there is none."""
    if by is None:
        return np.full(len(frame), "", dtype=object)
    if isinstance(by, str) and by in ("regime", "setting"):
        found = tectonic_regimes(frame)[by]
    elif isinstance(by, str):
        if by not in frame.columns:
            raise ValueError(
                f"The events have no column {by!r}; they have {', '.join(map(str, frame.columns))}."
            )
        found = frame[by]
    else:
        names = np.asarray(by, dtype=object)
        if names.shape != good.shape:
            raise ValueError(f"There are {names.size} names of groups for {good.size} events.")
        found = pd.Series(names[good])
    return np.array(["" if pd.isna(one) else str(one) for one in found], dtype=object)


def _notes(tests: int, draws: int, correction: str, level: float) -> list[str]:
    notes = [
        "No satellite precursor is accepted as reliable; a test that passes here is a reason to "
        "test the same on other data, not a precursor."
    ]
    if correction == "holm" and tests / (draws + 1) > level:
        notes.append(
            f"With {draws} draws the least p is {1 / (draws + 1):.2g}, and {tests} times that is "
            f"above {level:g}: nothing could pass. Take more draws or fewer tests."
        )
    return notes
