"""Labelled samples as one table: a row for a sample, a column for each band and step."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
import pandas as pd

from analysis.agrarian.samples.columns import (
    DEGREES,
    KEYS,
    NEVER,
    SKIPPED,
    as_times,
    check_places,
    open_table,
    rename_columns,
    with_places,
)
from analysis.agrarian.samples.names import feature_layout
from analysis.spelling import did_you_mean


def read_samples(
    source: Any, *, label: str | None = None, crs: Any = None, sheet: Any = 0
) -> pd.DataFrame:
    """Read labelled samples from a file or a table, long or wide.

    Long: a row for each sample and date, with the columns date and the bands. Wide: a row for each
    sample; every number that is no key is a feature. Columns named class, lon, x, from, start_date
    and the like are known by these names too.

    Parameters
    ----------
    source
        CSV, Parquet, XLSX, GeoPackage, GeoJSON or Shapefile, or a table. Shapes are points;
        polygons are for `extract`.
    label
        Column of the classes, where it has another name.
    crs
        Reference system of longitude and latitude where it is not WGS 84, or of shapes whose file
        does not state it.
    sheet
        Sheet of a workbook.

    Returns
    -------
    pandas.DataFrame
        A row for each sample: sample_id, label, longitude, latitude, start, end, zone (as far as
        given) and features named `<band>_<step>`, steps from 1 in order of time. `attrs`:
        "bands", "steps", "dates" (ISO, of the first sample), "days" (median days since the first
        date), "features".

    Raises
    ------
    ValueError
        There is no label, a label is missing, the samples have different numbers of dates, or a
        sample has a date twice.

    Examples
    --------
    >>> long = pd.DataFrame(
    ...     {
    ...         "sample_id": [1, 1, 2, 2],
    ...         "label": ["жайылым ", "жайылым", "су", "су"],
    ...         "date": ["2020-05-01", "2020-06-01", "2021-06-01", "2021-05-01"],
    ...         "ndvi": [1, 2, 4, 3],
    ...     }
    ... )
    >>> read_samples(long)[["label", "ndvi_1", "ndvi_2"]].to_numpy().tolist()
    [['жайылым', 1, 2], ['су', 3, 4]]
    """
    table = _tidy(source, label, crs, sheet)
    if "date" in table and (
        "sample_id" in table or table.duplicated(["longitude", "latitude", "label"]).any()
    ):
        return _pivot(table)
    table = table.reset_index(drop=True)
    features = [one for one in table.columns if one not in KEYS and one != "date"]
    features = [one for one in features if pd.api.types.is_numeric_dtype(table[one])]
    features = [one for one in features if not pd.api.types.is_bool_dtype(table[one])]
    features = [one for one in features if one.casefold() not in SKIPPED]
    keys = [one for one in KEYS if one in table]
    found = table[[*keys, *features]].copy()
    _describe(found, features, None)
    return found


def as_samples(source: Any) -> pd.DataFrame:
    """Return samples from a file, a long table, or a table that is one already.

    Parameters
    ----------
    source
        As for `read_samples`. A table with a column label and no dates keeps all its columns.

    Returns
    -------
    pandas.DataFrame
        A copy with tidy labels.

    Raises
    ------
    ValueError
        As `read_samples`.

    Examples
    --------
    >>> as_samples(pd.DataFrame({"label": [" a"], "x": [1.0], "y": [2.0]})).columns.tolist()
    ['label', 'x', 'y']
    """
    if not isinstance(source, pd.DataFrame) or "label" not in source or hasattr(source, "crs"):
        return read_samples(source)
    if "date" in source and ("sample_id" in source or "longitude" in source):
        return read_samples(source)
    names = {one: name for one, name in DEGREES.items() if one in source and name not in source}
    found = source.rename(columns=names)
    found["label"] = tidy_labels(found["label"])
    return found


def tidy_labels(labels: Any) -> pd.Series:
    """Return labels without outer spaces and in one spelling of the letters; whole numbers stay.

    Parameters
    ----------
    labels
        Labels (sample,) of any kind.

    Returns
    -------
    pandas.Series
        Texts (object), or int64 where all are whole numbers.

    Raises
    ------
    ValueError
        A label is missing or empty.

    Examples
    --------
    The letter й may be one sign or two; it is one letter:

    >>> tidy_labels(["Жай\u0438\u0306лым", " Жай\u0439лым "]).nunique()
    1
    """
    given = pd.Series(labels)
    empty = given.isna() | (given.astype(str).str.strip() == "")
    if empty.any():
        raise ValueError(
            f"{int(empty.sum())} of {given.size} samples have no label (first: row "
            f"{int(np.flatnonzero(empty)[0]) + 1}); label them or leave them out."
        )
    if pd.api.types.is_numeric_dtype(given) and not pd.api.types.is_bool_dtype(given):
        values = given.to_numpy(np.float64)
        if (values == np.round(values)).all():
            return pd.Series(values.astype(np.int64), given.index)
        raise ValueError("The labels are broken numbers; labels are names or whole numbers.")
    texts = [" ".join(unicodedata.normalize("NFC", str(one)).split()) for one in given]
    return pd.Series(texts, given.index, dtype=object)


def features_of(samples: pd.DataFrame, features: Any = None) -> list[str]:
    """Return the names of the features of a table of samples, in order of band and step.

    Parameters
    ----------
    samples
        As `read_samples` gives it, or any table.
    features
        Names of features or of bands; None for all.

    Returns
    -------
    list of str
        Names.

    Raises
    ------
    ValueError
        A name is unknown, or there is no feature.

    Examples
    --------
    >>> table = pd.DataFrame({"label": ["a"], "red_2": [1.0], "red_1": [2.0], "longitude": [70.0]})
    >>> features_of(table)
    ['red_1', 'red_2']
    """
    numbers = samples.select_dtypes("number").columns
    known = [one for one in numbers if one not in KEYS and str(one).casefold() not in NEVER]
    if features is None:
        chosen = known
    else:
        bands: dict[str, list[str]] = {}
        for one in known:
            bands.setdefault(str(one).rpartition("_")[0], []).append(one)
        chosen = []
        for one in [features] if isinstance(features, str) else features:
            if one not in known and one not in bands:
                raise ValueError(f"There is no feature {one!r}. {did_you_mean(str(one), known)}")
            chosen += [one] if one in known else bands[one]
    if not chosen:
        raise ValueError(
            "The samples have no features: numbers in columns beside the label, the place and "
            "the dates. Take them from a cube with `extract`."
        )
    if wrong := [one for one in chosen if not pd.api.types.is_numeric_dtype(samples[one])]:
        raise ValueError(f"The features {wrong} are no numbers.")
    order = {str(one): one for one in dict.fromkeys(chosen)}
    return [order[one] for one in feature_layout(list(order)).names]


def as_long(source: Any, label: str | None = None) -> tuple[pd.DataFrame, list[str]]:
    """Return a long table of samples in order of sample and date, and its bands.

    Parameters
    ----------
    source
        File or table with a row for each sample and date.
    label
        Column of the classes, where it has another name.

    Returns
    -------
    tuple
        Table with sample_id, date, label and the bands; names of the bands.

    Raises
    ------
    ValueError
        A date or label is missing, or a sample has a date twice or two labels.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {
    ...         "id_sample": [1, 1],
    ...         "class": "a",
    ...         "ndvi": [1, 2],
    ...         "date": ["2020-02-01", "2020-01-01"],
    ...     }
    ... )
    >>> as_long(table)[0]["ndvi"].tolist(), as_long(table)[1]
    ([2, 1], ['ndvi'])
    """
    table = _tidy(source, label, None, 0)
    if "date" not in table:
        raise ValueError("The table has no column date; a row is a sample at a date.")
    return _ordered(table)


def _tidy(source: Any, label: str | None, crs: Any, sheet: Any) -> pd.DataFrame:
    table = rename_columns(with_places(open_table(source, sheet), crs), label)
    check_places(table)
    table["label"] = tidy_labels(table["label"])
    for name in ("start", "end", "date"):
        if name in table:
            table[name] = as_times(table[name], name)
    return table


def _ordered(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    if "sample_id" not in table:
        place = [one for one in KEYS if one in table]
        table = table.assign(sample_id=table.groupby(place, sort=False, dropna=False).ngroup() + 1)
    bands = [
        one
        for one in table.columns
        if one not in (*KEYS, "date")
        and one.casefold() not in SKIPPED
        and pd.api.types.is_numeric_dtype(table[one])
        and not pd.api.types.is_bool_dtype(table[one])
    ]
    if table["date"].isna().any():
        raise ValueError(f"{int(table['date'].isna().sum())} rows have no date.")
    twice = table.duplicated(["sample_id", "date"])
    if twice.any():
        row = table.loc[twice].iloc[0]
        raise ValueError(f"Sample {row['sample_id']} has the date {row['date'].date()} twice.")
    table = table.sort_values(["sample_id", "date"], kind="stable").reset_index(drop=True)
    groups = table.groupby("sample_id", sort=False)
    for key in [one for one in KEYS if one in table and one != "sample_id"]:
        if groups[key].nunique(dropna=False).max() > 1:
            raise ValueError(f"A sample has more than one {key}; a sample has one.")
    return table, bands


def _pivot(table: pd.DataFrame) -> pd.DataFrame:
    """Turn a row for each date into a row for each sample."""
    table, bands = _ordered(table)
    keys = [one for one in KEYS if one in table]
    length = table.groupby("sample_id", sort=False).size()
    if length.min() != length.max():
        raise ValueError(
            f"The samples have from {length.min()} to {length.max()} dates; bring them to the same "
            "steps with `regularise`."
        )
    steps = int(length.iloc[0])
    first = table.iloc[::steps]
    values = {
        f"{band}_{step + 1}": table[band].to_numpy()[step::steps]
        for band in bands
        for step in range(steps)
    }
    found = pd.concat([first[keys].reset_index(drop=True), pd.DataFrame(values)], axis=1)
    _describe(found, list(values), table["date"].to_numpy().reshape(-1, steps))
    return found


def _describe(table: pd.DataFrame, features: list[str], dates: Any) -> None:
    layout = feature_layout(features)
    table.attrs = {"features": list(layout.names), "bands": list(layout.bands)}
    table.attrs["steps"] = layout.steps
    if dates is not None:
        days = (dates - dates[:, :1]) / np.timedelta64(1, "D")
        table.attrs["days"] = np.median(days, axis=0).tolist()
        table.attrs["dates"] = [str(one)[:10] for one in dates[0]]
