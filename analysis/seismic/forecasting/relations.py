"""Features made of other features: conditions joined by "and", correlations in a window."""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.features import all_of, rolling_correlation
from analysis.features.conditions import parse_conditions
from analysis.learning.splits import length_of_time
from analysis.seismic.forecasting.choices import Settings
from analysis.seismic.forecasting.grids import Steps
from analysis.spelling import did_you_mean

WINDOW: Final = "1096D"
"""Of a correlation that states none: three years."""
_CORRELATION: Final = re.compile(
    r"(?P<method>pearson|spearman)\(\s*(?P<first>\w+)\s*,\s*(?P<second>\w+)\s*"
    r"(?:,\s*(?P<window>\w+)\s*)?\)"
)


def relation_features(
    parts: list[Any],
    settings: Settings,
    steps: list[Steps],
    issue: pd.DatetimeIndex,
    about: dict[str, Any],
) -> dict[str, Any]:
    """Add the relations of the settings to tables.

    ``pearson(lwe_thickness, displacement, 1096D)`` and ``spearman(...)`` correlate two variables
    of gridded sources over the steps that both have and that were published; all else is read as
    a condition, such as ``lwe_thickness > 2 sigma and tec > 1.5 sigma``, of features by name.

    Parameters
    ----------
    parts
        Tables in the making, see `rows.Part`; columns ``relation_1``, ... are added.
    settings
        Relations.
    steps
        Variables of the gridded sources.
    issue
        Issue times.
    about
        What is known of the features so far.

    Returns
    -------
    dict
        What is known of the relations.

    Raises
    ------
    ValueError
        A relation cannot be read, or names what is not there.
    """
    found: dict[str, Any] = {}
    for number, text in enumerate(settings.relations, 1):
        name, match = f"relation_{number}", _CORRELATION.fullmatch(text.strip().lower())
        if match:
            values, used = _correlated(match, steps, issue, settings)
            for part in parts:
                part.put(name, values)
            simulated = any(bool(one.values.attrs.get("simulated")) for one in used)
            delay = max((one.delay for one in used), key=pd.Timedelta)
            known = f"{delay} after the step's end"
        else:
            for part in parts:
                part.columns[name] = _condition(text, part)
            words = re.findall(r"[^\W\d][\w.]*", text)
            sources = [
                about[word] for word in about if set(words) & {word, word.removesuffix("_z")}
            ]
            simulated = any(one["simulated"] for one in sources)
            delay = min((one["delay"] for one in sources), key=pd.Timedelta, default="0D")
            known = "with the features that it compares"
        found[name] = {
            "group": "relation",
            "units": "1",
            "known": known,
            "delay": delay,
            "simulated": simulated,
            "title": dict.fromkeys(("kk", "ru", "en"), text.strip()),
        }
    return found


def check_relations(settings: Settings) -> None:
    """Refuse relations that cannot be read, before any work.

    Parameters
    ----------
    settings
        Relations.

    Raises
    ------
    ValueError
        A condition cannot be read, or a correlation has an impossible window.
    """
    for text in settings.relations:
        match = _CORRELATION.fullmatch(text.strip().lower())
        if match is None:
            parse_conditions(text)
        elif match["window"]:
            length_of_time(match["window"].upper(), "window of the correlation")


def correlated_names(text: str) -> tuple[str, ...]:
    """Return the two variables that a relation correlates, in small letters; () for a condition.

    Examples
    --------
    >>> correlated_names("Pearson(tec, displacement)"), correlated_names("tec > 2 sigma")
    (('tec', 'displacement'), ())
    """
    match = _CORRELATION.fullmatch(text.strip().lower())
    return (match["first"], match["second"]) if match else ()


def _condition(text: str, part: Any) -> NDArray[np.float32]:
    """Return 1 where all comparisons hold, 0 where one fails, NaN where unknown (row,)."""
    columns = {str(name): part.table[name].to_numpy() for name in part.table.columns}
    columns |= {name: values for name, values in part.columns.items() if name != "events"}
    hidden = {"target", "weight"}
    values = {
        name: xr.DataArray(one, dims="row") for name, one in columns.items() if name not in hidden
    }
    return all_of(text, values).to_numpy().astype(np.float32)


def _correlated(
    match: re.Match[str], steps: list[Steps], issue: pd.DatetimeIndex, settings: Settings
) -> tuple[NDArray[np.float32], list[Steps]]:
    """Return the correlation known at each issue time (issue, cell), and what it is of."""
    names = {one.name.lower(): one for one in steps}
    pair = []
    for word in (match["first"], match["second"]):
        if word not in names:
            raise ValueError(
                f"The relation {match[0]!r} names {word!r}, which is no variable of a chosen "
                f"source. {did_you_mean(word, names)}"
            )
        pair.append(names[word])
    known = [pd.Series(one.known, index=one.values["time"].to_numpy()) for one in pair]
    arrays = [one.values.drop_vars("time_bounds", errors="ignore").compute() for one in pair]
    first, second = xr.align(*arrays, join="inner", copy=False)
    if not first.sizes["time"]:
        raise ValueError(f"The variables of {match[0]!r} have no step in common.")
    window = match["window"].upper() if match["window"] else WINDOW
    found = rolling_correlation(first, second, window, method=match["method"])
    values = found["correlation"].transpose("time", "cell").to_numpy()
    times = first["time"].to_numpy()
    late = np.maximum(known[0].loc[times].to_numpy(), known[1].loc[times].to_numpy())
    out = np.full((len(issue), values.shape[1]), np.nan, np.float32)
    back = pd.Timedelta(settings.history).to_timedelta64()
    for at, when in enumerate(issue.to_numpy()):
        last = int(np.searchsorted(late, when, side="right")) - 1
        if last >= 0 and times[last] >= when - back - np.timedelta64(31, "D"):
            out[at] = values[last]
    return out, pair
