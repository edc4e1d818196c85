"""The error matrix: map in rows, reference in columns, no data counted apart."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.agrarian.legends import Legend, match_labels
from analysis.notes import mark as _
from analysis.notes import note
from analysis.spelling import did_you_mean

MAP: Final = "map"
"""Name of the rows of an error matrix."""
REFERENCE: Final = "reference"
"""Name of its columns."""
_TOTALS: Final = frozenset(
    [
        *("total", "totals", "sum", "all", "row total", "column total", "итого", "всего", "сумма"),
        *("итог", "барлығы", "жиыны", "жалпы", "қосынды"),
    ]
)


def error_matrix(
    map: Any,
    reference: Any,
    *,
    labels: Sequence[Hashable] | Mapping[Hashable, Hashable] | Legend | None = None,
    nodata: Any = None,
) -> pd.DataFrame:
    """Count places by the class of the map and by that of the reference.

    Parameters
    ----------
    map : array_like
        Class in the map at each place, any shape; words or numbers.
    reference : array_like
        Class that was found there, the same shape and order.
    labels : sequence, mapping or Legend, optional
        Classes in the order of the table, those that occur nowhere included; or a mapping from
        the codes of map and reference to names; or a legend: then both sides may say a class by
        its label, its code or its name in any of the three languages, and classes that the legend
        of Kazakhstan knows stand after those of this one. By default all that occur, sorted.
    nodata : value or collection of values, optional
        Classes that mean "no data" or "not seen", on either side. None and NaN always do.

    Returns
    -------
    pandas.DataFrame
        (class of the map, class of the reference): counts. The axes are named "map" and
        "reference". ``attrs``: ``nodata_map``, ``nodata_reference`` and ``nodata_both``, the
        places that could not be compared; ``compared``, those that were.

    Raises
    ------
    ValueError
        The two differ in shape, nothing is left to compare, a class is not among the labels, or one
        is a number on one side and a text on the other.

    Examples
    --------
    A constant map has one row with counts, the reference keeps its columns:

    >>> error_matrix(["crop"] * 3, ["crop", "water", "crop"])
    reference  crop  water
    map
    crop          2      1
    water         0      0

    Swapping map and reference transposes the matrix:

    >>> one, other = ["a", "b", "b", None], ["a", "a", "b", "b"]
    >>> bool((error_matrix(one, other).T.to_numpy() == error_matrix(other, one).to_numpy()).all())
    True
    >>> error_matrix(one, other).attrs["nodata_map"]
    1
    """
    first, second = (np.asarray(one) for one in (map, reference))
    if first.shape != second.shape:
        raise ValueError(
            f"The map has the shape {first.shape}, the reference {second.shape}: give the class of "
            "both at the same places, in the same order."
        )
    one, other = pd.Series(first.ravel()), pd.Series(second.ravel())
    if isinstance(labels, Legend):
        gone = [_missing(side, nodata) for side in (one, other)]
        one, other = (
            pd.Series(match_labels(side.astype(object).mask(hidden, None), labels), dtype=object)
            for side, hidden in zip((one, other), gone, strict=True)
        )
        beyond = {*one.dropna(), *other.dropna()} - {*labels.keys}
        labels = [*labels.keys, *sorted(beyond)]
        nodata = None
    lost, unseen = _missing(one, nodata), _missing(other, nodata)
    counts = {
        "nodata_map": int((lost & ~unseen).sum()),
        "nodata_reference": int((unseen & ~lost).sum()),
        "nodata_both": int((lost & unseen).sum()),
    }
    keep = ~(lost | unseen)
    if labels is None:
        _refuse_mixed(one[keep], other[keep])
    if not keep.any():
        text = _(
            "No place can be compared: of {count}, none has both a class on the map and a label. "
            "Do the places belong to another map?"
        )
        raise ValueError(note(text, count=int(one.size)))
    one, other = one[keep], other[keep]
    names = dict(labels) if isinstance(labels, Mapping) else None
    wanted = list(labels) if labels is not None else _in_order(one, other)
    if len(set(wanted)) < len(wanted):
        raise ValueError(f"A class stands twice among the labels: {wanted}.")
    rows, columns = (_places(v, wanted, n) for v, n in ((one, MAP), (other, REFERENCE)))
    size = len(wanted)
    table = np.bincount(rows * size + columns, minlength=size * size).reshape(size, size)
    shown = wanted if names is None else [names[code] for code in wanted]
    out = pd.DataFrame(
        table, index=pd.Index(shown, name=MAP), columns=pd.Index(shown, name=REFERENCE)
    )
    out.attrs.update(counts, compared=int(keep.sum()))
    return out


def as_matrix(matrix: Any, labels: Sequence[Hashable] | None = None) -> pd.DataFrame:
    """Bring an error matrix to one shape: the same classes in rows and columns, whole counts.

    Parameters
    ----------
    matrix : array_like or pandas.DataFrame
        Counts, rows the classes of the map, columns those of the reference. A table may lack a
        class on one side; it is put in with counts of 0.
    labels : sequence, optional
        Names of the classes of an array; 0, 1, ... by default.

    Returns
    -------
    pandas.DataFrame
        (class, class), float64.

    Raises
    ------
    ValueError
        Not a matrix, not square, no counts, a row or column that is the sum of the others, or the
        axes are named the other way round.

    Notes
    -----
    A file gives numbers as the classes of the rows and texts as those of the columns; classes that
    read the same, blanks around them left out, are one.

    Examples
    --------
    >>> part = pd.DataFrame({"crop": [4]}, index=["water"])
    >>> as_matrix(part).to_numpy().tolist(), as_matrix(part).index.tolist()
    ([[0.0, 4.0], [0.0, 0.0]], ['water', 'crop'])
    """
    if isinstance(matrix, pd.DataFrame):
        matrix = _same_names(matrix)
        _refuse_swapped(matrix)
        for axis, name in ((matrix.index, "row"), (matrix.columns, "column")):
            if not axis.is_unique:
                raise ValueError(f"The {name} {axis[axis.duplicated()][0]!r} is there twice.")
        _refuse_totals(_counts(matrix.to_numpy()), list(matrix.index), list(matrix.columns))
        order = [*matrix.index, *(one for one in matrix.columns if one not in set(matrix.index))]
        square = matrix.reindex(index=order, columns=order, fill_value=0)
        values = _counts(square.to_numpy())
    else:
        values = _counts(np.asarray(matrix))
        if values.ndim != 2 or values.shape[0] != values.shape[1]:
            raise ValueError(
                f"The error matrix has the shape {values.shape}; it is square, a row for each "
                "class of the map and a column for each of the reference."
            )
        order = list(range(len(values))) if labels is None else list(labels)
        if len(order) == len(values):
            _refuse_totals(values, order, order)
        if len(order) != len(values):
            raise ValueError(f"There are {len(order)} labels for {len(values)} classes.")
    if not values.sum() > 0:
        raise ValueError("The error matrix is empty: there is no sample in it.")
    return pd.DataFrame(
        values, index=pd.Index(order, name=MAP), columns=pd.Index(order, name=REFERENCE)
    )


def _same_names(matrix: pd.DataFrame) -> pd.DataFrame:
    """Return the matrix with the columns named as the rows that read the same."""
    rows = [one.strip() if isinstance(one, str) else one for one in matrix.index]
    by_text = {str(one): one for one in rows}
    columns = [one.strip() if isinstance(one, str) else one for one in matrix.columns]
    columns = [by_text.get(str(one), one) for one in columns]
    names = matrix.index.name, matrix.columns.name
    return matrix.set_axis(pd.Index(rows, name=names[0]), axis=0).set_axis(
        pd.Index(columns, name=names[1]), axis=1
    )


def _refuse_mixed(one: pd.Series, other: pd.Series) -> None:
    """Refuse the class 1 on one side and "1" on the other: they would never agree."""
    first, second = set(one.unique().tolist()), set(other.unique().tolist())
    texts = {str(value): value for value in first - second}
    for value in sorted(second - first, key=str):
        if str(value) in texts:
            raise ValueError(
                f"The map has the class {texts[str(value)]!r}, the reference {value!r}: give both "
                "as numbers or both as texts."
            )


def _refuse_swapped(matrix: pd.DataFrame) -> None:
    named = str(matrix.index.name).casefold(), str(matrix.columns.name).casefold()
    if named[0] == REFERENCE or named[1] == MAP:
        raise ValueError(
            "The axes are swapped: rows must be the map, columns the reference; here the rows are "
            f"named {matrix.index.name!r} and the columns {matrix.columns.name!r}. Give matrix.T."
        )


def _refuse_totals(values: NDArray[np.float64], rows: list[Any], columns: list[Any]) -> None:
    """Refuse margins of a spreadsheet: the sum of the others by its name, or on one side only.

    A class with a row and a column of its own may be the sum of the others by chance.
    """
    sums = []
    for counts, names in ((values, columns), (values.T, rows)):
        total = counts.sum(axis=1, keepdims=True)
        same = (2 * counts == total).all(axis=0) & counts.any()
        sums.append({name for name, one in zip(names, same, strict=True) if one})
    for name in (*columns, *rows):
        sides = [side for side, found in zip(("column", "row"), sums, strict=True) if name in found]
        named = str(name).strip().casefold() in _TOTALS
        # One column more than there are rows, by chance the sum of the others, takes two rows.
        counts = values if sides == ["column"] else values.T
        many = counts.shape[1] > 2 and int(counts.any(axis=1).sum()) > 1
        alone = (name in rows) != (name in columns) and many
        if sides and (named or alone):
            raise ValueError(
                f"The {' and the '.join(sides)} {name!r} of the error matrix is the sum of the "
                "others: leave totals out. If it is a class, give it a row and a column."
            )


def _counts(values: NDArray[Any]) -> NDArray[np.float64]:
    try:
        numbers = values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"The error matrix holds something that is no number: {error}.") from error
    bad = ~np.isfinite(numbers) | (numbers < 0) | (numbers != np.round(numbers))
    if bad.any():
        raise ValueError(
            f"The error matrix holds {numbers[bad][0]:g}; it must hold counts of samples, whole "
            "numbers of 0 or more (not proportions)."
        )
    return numbers


def _missing(values: pd.Series, nodata: Any) -> NDArray[np.bool_]:
    gone = values.isna().to_numpy()
    if nodata is None:
        return gone
    scalar = isinstance(nodata, str) or not np.iterable(nodata)
    return np.asarray(gone | values.isin([nodata] if scalar else list(nodata)).to_numpy())


def _in_order(one: pd.Series, other: pd.Series) -> list[Any]:
    found = set(one.unique().tolist()) | set(other.unique().tolist())
    return sorted(found, key=lambda value: (isinstance(value, str), value))


def _places(values: pd.Series, labels: list[Any], side: str) -> NDArray[np.int64]:
    found = pd.Index(labels, dtype=object).get_indexer(pd.Index(values, dtype=object))
    if (found < 0).any():
        unknown = values.iloc[int(np.flatnonzero(found < 0)[0])]
        known = [str(one) for one in labels]
        raise ValueError(
            f"The {side} holds the unknown class {unknown!r} at {int((found < 0).sum())} of "
            f"{len(values)} places. {did_you_mean(str(unknown), known)}"
        )
    return np.asarray(found, np.int64)
