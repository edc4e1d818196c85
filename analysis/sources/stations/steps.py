"""Steps of GNSS series: changes of equipment and earthquakes (steps.txt of Nevada's laboratory).

Layout: station, date (95MAY19), 1 and the kind of equipment change; or station, date, 2, threshold
distance (km), distance of the epicentre (km), magnitude, id of the event (USGS).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from analysis.sources.ionosphere.packed import unpack

_MONTHS: Final = [
    "JAN",
    "FEB",
    "MAR",
    "APR",
    "MAY",
    "JUN",
    "JUL",
    "AUG",
    "SEP",
    "OCT",
    "NOV",
    "DEC",
]
_DATE: Final = re.compile(r"(\d\d)([A-Z]{3})(\d\d)")


def read_steps(path: str | Path) -> pd.DataFrame:
    r"""Read the table of steps.

    Parameters
    ----------
    path : str or pathlib.Path
        ``steps.txt``.

    Returns
    -------
    pandas.DataFrame
        ``station``, ``time`` (day), ``kind`` ("equipment" or "earthquake"), ``cause`` (what was
        changed, or the id of the event), ``distance`` (km), ``magnitude``.

    Raises
    ------
    ValueError
        A line is of another layout.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "steps.txt"
    >>> size = path.write_text("ALBH 01FEB28 2  630.957  218.209 6.8 uw10530748\n")
    >>> read_steps(path)[["kind", "distance", "magnitude"]].values.tolist()
    [['earthquake', 218.209, 6.8]]
    """
    rows = []
    for line in unpack(path).decode("latin-1").splitlines():
        words = line.split()
        if not words:
            continue
        date = _DATE.fullmatch(words[1].upper()) if len(words) > 3 else None
        if not date or date.group(2) not in _MONTHS or words[2] not in ("1", "2"):
            raise ValueError(f"{path} cannot be read: {line.strip()[:40]!r} is no step.")
        year = int(date.group(1))
        when = f"{year + (1900 if year >= 80 else 2000)}-{_MONTHS.index(date.group(2)) + 1:02d}"
        moment = pd.to_datetime(f"{when}-{date.group(3)}", errors="coerce")
        if words[2] == "1":
            rows.append((words[0], moment, "equipment", " ".join(words[3:]), np.nan, np.nan))
            continue
        sizes = pd.to_numeric(pd.Series(words[4:6]), errors="coerce")
        if len(words) < 7 or sizes.isna().any():
            raise ValueError(f"{path} cannot be read: {line.strip()[:40]!r} is no step.")
        rows.append((words[0], moment, "earthquake", words[6], sizes.iloc[0], sizes.iloc[1]))
    if not rows or any(pd.isna(row[1]) for row in rows):
        raise ValueError(f"{path} cannot be read: it has no steps, or a date that is none.")
    names = ["station", "time", "kind", "cause", "distance", "magnitude"]
    table = pd.DataFrame(rows, columns=names).astype({"time": "datetime64[ns]"})
    table.attrs["units"] = {"distance": "km"}
    return table
