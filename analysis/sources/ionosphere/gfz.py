"""Kp, ap, sunspot number and solar radio flux of GFZ Potsdam.

Layout and meaning: header of the files ``Kp_ap_Ap_SN_F107_since_1932.txt`` and
``Kp_ap_since_1932.txt``; J. Matzka et al., "The geomagnetic Kp index and derived indices of
geomagnetic activity", Space Weather 19 (2021), doi:10.1029/2020SW002641.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import dask.dataframe as dd
import numpy as np
import pandas as pd
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.ionosphere.lazytables import (
    dates,
    empty_table,
    limited,
    numbers,
    open_tables,
)
from analysis.sources.ionosphere.packed import unpack

_EIGHT: Final = range(1, 9)
DAILY: Final = (
    *("year", "month", "day", "days", "days_m", "rotation", "rotation_day"),
    *(f"kp{k}" for k in _EIGHT),
    *(f"ap{k}" for k in _EIGHT),
    *("ap_daily", "sunspot_number", "f107_observed", "f107_adjusted", "definitive"),
)
"""Columns of a line of the file by days."""

THREE_HOURLY: Final = (
    *("year", "month", "day", "hour", "hour_m", "days", "days_m", "kp", "ap", "definitive"),
)
"""Columns of a line of the file by three hours."""

NO_INDICES: Final = empty_table(
    time="datetime64[ns]",
    kp="float32",
    ap="float32",
    ap_daily="float32",
    sunspot_number="float32",
    f107_observed="float32",
    f107_adjusted="float32",
    definitive="int8",
)
"""Columns of the table: units nT for ap, sfu (1e-22 W m-2 Hz-1) for F10.7, else 1."""

_LIMITS: Final = {
    "kp": (0.0, 9.0),
    "ap": (0.0, 400.0),
    "ap_daily": (0.0, 400.0),
    "sunspot_number": (0.0, 1000.0),
    "f107_observed": (30.0, 2000.0),
    "f107_adjusted": (30.0, 2000.0),
}


class GfzReader(FileReader):
    """Reader for the catalogue: Kp, ap and F10.7 of GFZ, see `open_gfz`."""

    output_instance = "dask.dataframe:DataFrame"
    implements = {datatypes.Text}  # noqa: RUF012 - Intake's own way to say what a reader opens

    def _read(self, data: Any, **_: Any) -> dd.DataFrame:
        return open_gfz(data.url)


def open_gfz(paths: str | Path | Sequence[str | Path]) -> dd.DataFrame:
    """Open files of Kp, ap and F10.7.

    Parameters
    ----------
    paths : path, pattern, folder or sequence of them
        ``Kp_ap_Ap_SN_F107_*.txt`` (a line for each day) or ``Kp_ap_*.txt`` (for three hours).

    Returns
    -------
    dask.dataframe.DataFrame
        A row for three hours; ``time`` is their beginning, UTC. Columns as in `NO_INDICES`; daily
        values stand in each row of their day. What the file calls missing is NaN. ``definitive``
        is 0 (preliminary), 1 (Kp definitive) or 2 (sunspot number too).

    Raises
    ------
    ValueError
        There is no file; when values are asked for, also: the file is none of the two kinds, or
        damaged.

    Notes
    -----
    F10.7 is measured at local noon of Penticton, about 20 h UT, and holds for its day here. GFZ
    recommends the observed flux (not that adjusted to 1 au) for the ionosphere.

    Examples
    --------
    >>> open_gfz("nowhere/Kp*.txt")
    Traceback (most recent call last):
    ...
    ValueError: No file matches nowhere/Kp*.txt.
    """
    return open_tables(paths, read_gfz, NO_INDICES)


def read_gfz(path: str | Path) -> pd.DataFrame:
    r"""Read one file at once.

    Parameters
    ----------
    path : str or pathlib.Path
        File of either kind.

    Returns
    -------
    pandas.DataFrame
        As `open_gfz`, in order of time, units in ``attrs["units"]``.

    Raises
    ------
    ValueError
        As `open_gfz`.

    Examples
    --------
    Kp holds for three hours from its time on:

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "Kp_ap_x.txt"
    >>> line = "2024 01 31 15.0 16.50 33633.62500 33633.68750  2.333    9 1"
    >>> size = path.write_text(f"# header\n{line}\n")
    >>> table = read_gfz(path)
    >>> str(table["time"][0]), round(float(table["kp"][0]), 3), float(table["ap"][0])
    ('2024-01-31 15:00:00', 2.333, 9.0)
    """
    text = unpack(path).decode("latin-1")
    first = next((line for line in text.splitlines() if line.strip() and line[0] != "#"), "")
    if len(first.split()) == len(THREE_HOURLY):
        table = _three_hourly(numbers(text, THREE_HOURLY, what="file of Kp by three hours"))
    else:
        table = _daily(numbers(text, DAILY, what="file of Kp, ap and F10.7 of GFZ"))
    for name, (low, high) in _LIMITS.items():
        values = table[name].to_numpy()
        table[name] = limited(np.where(values < 0, np.nan, values), low, high, name)
    table["definitive"] = limited(table["definitive"], 0, 2, "The mark of definitive values")
    table = table.astype(NO_INDICES.dtypes.to_dict())
    if not table["time"].is_monotonic_increasing or table["time"].duplicated().any():
        raise ValueError("its lines are not in order of time; the file is damaged.")
    table.attrs["units"] = {"ap": "nT", "ap_daily": "nT", "f107_observed": "sfu"}
    return table


def _daily(raw: pd.DataFrame) -> pd.DataFrame:
    """Make eight rows of each day."""
    midnight = dates(raw["year"], raw["month"], raw["day"])
    hours = np.arange(0, 24, 3).astype("timedelta64[h]")
    table = pd.DataFrame({"time": (midnight[:, None] + hours).ravel()})
    table["kp"] = raw[[f"kp{k}" for k in _EIGHT]].to_numpy().ravel()
    table["ap"] = raw[[f"ap{k}" for k in _EIGHT]].to_numpy().ravel()
    for name in DAILY[-5:]:
        table[name] = np.repeat(raw[name].to_numpy(), 8)
    # a value of -1 for F10.7 is missing; so is 0, which stood there before 1947
    for name in ("f107_observed", "f107_adjusted"):
        table[name] = table[name].where(table[name] > 0)
    return table


def _three_hourly(raw: pd.DataFrame) -> pd.DataFrame:
    midnight = dates(raw["year"], raw["month"], raw["day"])
    hours = limited(raw["hour"], 0, 21, "The hour")
    table = pd.DataFrame({"time": midnight + hours.astype("timedelta64[h]")})
    for name in NO_INDICES.columns[1:]:
        table[name] = raw.get(name, np.nan)
    return table
