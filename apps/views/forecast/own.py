"""A comparison with one more forecast in it, and the file that such a forecast starts from."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd

from analysis.notes import Note, note
from analysis.notes import mark as _
from apps.views.forecast.selection import ForecastSelection

COLUMNS = _(
    "The file has the columns {names}; it needs time, cell (or longitude and latitude) and "
    "probability."
)
RANGE = _("{count} probabilities are no numbers from 0 to 1, the first: {first}.")
ABSENT = _(
    "{count} of the {rows} cells and windows of the test have no row in the file, first {time}, "
    "cell {cell}. All are needed, else the scores could not be compared."
)


def joined(run: Any, name: str, file: Any) -> Any:
    """Return a run whose comparison has one more forecast, judged by the same rows.

    Parameters
    ----------
    run
        A finished run.
    name
        What the forecast is called.
    file
        CSV with time, cell (or longitude and latitude), probability; path or open file.

    Returns
    -------
    object
        A copy of the run.

    Raises
    ------
    ValueError
        Columns, rows or probabilities are missing or impossible, or the name is taken.
    """
    from analysis.learning.judging import check_forecast, judge
    from analysis.learning.ownpredictions import read_predictions

    comparison, lattice = run.comparison, run.prepared.lattice
    if name in comparison.judged and comparison.kinds[name] != "own":
        raise ValueError(f"There is a {comparison.kinds[name]} named {name!r}; take another name.")
    table = read_table(file)
    if "cell" not in table and {"longitude", "latitude"} <= set(table):
        places = lattice.index(table["longitude"], table["latitude"])
        table = table[places >= 0].assign(cell=lattice.ids[places[places >= 0]])
    table = table.drop(columns=["longitude", "latitude"], errors="ignore")
    grid, settings = comparison.grid, comparison.settings
    try:
        told = check_forecast(read_predictions(table, grid.index), len(grid))
    except ValueError as error:
        raise ValueError(reason(table, grid.index) or str(error)) from error
    draws = grid.draws(int(settings.get("draws", 0)), int(settings.get("seed", 0)))
    found = dataclasses.replace(
        comparison,
        forecasts={**comparison.forecasts, name: told},
        judged={**comparison.judged, name: judge(grid, told, comparison.threshold, draws)},
        kinds={**comparison.kinds, name: "own"},
    )
    return dataclasses.replace(run, comparison=found)


def reason(table: pd.DataFrame, index: pd.MultiIndex) -> Note | None:
    """Return the commonest reasons why a table is refused as a sentence in three languages.

    Parameters
    ----------
    table
        As it was read.
    index
        (time, cell) of all rows that are judged.

    Returns
    -------
    Note or None
        None where the reason is another.
    """
    if not {"time", "cell", "probability"} <= set(table):
        return note(COLUMNS, names=[str(name) for name in table])
    numbers = pd.to_numeric(table["probability"], errors="coerce")
    bad = ~numbers.between(0, 1)
    if bad.any():
        first = str(table["probability"][bad].iloc[0])
        return note(RANGE, count=int(bad.sum()), first=first)
    times = pd.to_datetime(table["time"], errors="coerce", utc=True).dt.tz_localize(None)
    given = pd.MultiIndex.from_arrays([times.astype("datetime64[ns]"), table["cell"]])
    absent = ~index.isin(given)
    if not absent.any():
        return None
    time, cell = index[int(absent.argmax())]
    day = f"{time:%Y-%m-%d}"
    return note(ABSENT, count=int(absent.sum()), rows=len(index), time=day, cell=str(cell))


def read_table(file: Any) -> pd.DataFrame:
    r"""Read a CSV whose columns are parted by commas, semicolons or tabs.

    Raises
    ------
    ValueError
        It is no CSV.

    >>> import io
    >>> read_table(io.StringIO("time;cell;probability\n2020-01-01;7;0,5"))["probability"].tolist()
    [0.5]
    """
    try:
        table = pd.read_csv(file, sep=None, engine="python", encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"The file is no CSV: {error}") from error
    table.columns = [str(name).strip().casefold() for name in table]
    for name in ("probability", "longitude", "latitude"):
        if name in table and table[name].dtype.kind not in "fi":
            text = table[name].astype(str).str.replace(",", ".", regex=False)
            numbers = pd.to_numeric(text, errors="coerce")
            if name != "probability" or numbers.notna().all():  # else: told what is none
                table[name] = numbers
    return table


def template(selection: ForecastSelection) -> bytes:
    """Return all cells and windows of the test as CSV, with the base rate as the probability.

    Raises
    ------
    ValueError
        There is no comparison yet.
    """
    shown = selection.shown
    if shown is None:
        raise ValueError("There is no comparison yet.")
    table = shown.comparison.predictions[[]].reset_index()
    longitude, latitude = shown.lattice.centres
    order = pd.Index(shown.lattice.ids).get_indexer(table["cell"])
    table["longitude"], table["latitude"] = longitude[order], latitude[order]
    table["probability"] = f"{shown.base_rate():.6g}"
    return table.to_csv(index=False, date_format="%Y-%m-%d").encode()
