"""Principal components: fewer columns that say almost the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class PrincipalComponents:
    """Directions of greatest spread of standardised columns.

    Attributes
    ----------
    mean, scale
        Mean and standard deviation (column) of the rows that were learnt from.
    loadings
        Share of each column in each component: (column, component), columns of length 1.
    explained
        Share of the spread (component), 0 to 1.
    """

    mean: pd.Series[Any]
    scale: pd.Series[Any]
    loadings: pd.DataFrame
    explained: pd.Series[Any]

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the components of rows, of other tables too.

        Parameters
        ----------
        table
            A table with the same columns.

        Returns
        -------
        pandas.DataFrame
            (row, component); NaN for a row with a missing value.

        Raises
        ------
        ValueError
            A column is missing.
        """
        missing = [str(one) for one in self.mean.index if one not in table.columns]
        if missing:
            raise ValueError(f"The table has no column {', '.join(missing)}.")
        values = (table[self.mean.index].astype(float) - self.mean) / self.scale
        scores: NDArray[np.float64] = values.to_numpy() @ self.loadings.to_numpy()
        return pd.DataFrame(scores, table.index, self.loadings.columns)


def principal_components(
    table: pd.DataFrame,
    *,
    share: float = 0.95,
    most: int | None = None,
    fit: ArrayLike | None = None,
) -> PrincipalComponents:
    """Find the principal components of the columns of a table.

    Columns are standardised first, so that units do not matter (Jolliffe and Cadima 2016,
    doi:10.1098/rsta.2015.0202). The sign of each component makes its largest loading positive.

    Parameters
    ----------
    table
        Numbers (row, column); rows with a missing value are left out.
    share
        Components are kept until they explain this share of the spread, 0 to 1.
    most
        At most so many components; None for all that are needed.
    fit
        True (row,) for the rows to learn from, such as those of the training period: the
        components of a test must not know it. None for all.

    Returns
    -------
    PrincipalComponents
        Its ``transform`` gives the components of rows.

    Raises
    ------
    ValueError
        A column is no number or never changes, too few rows are complete, or a parameter is
        impossible.

    Examples
    --------
    Two columns that say the same are one component; nothing is lost with all of them:

    >>> x = np.random.default_rng(0).normal(size=100)
    >>> table = pd.DataFrame({"a": x, "b": 3 - 2 * x, "c": np.sin(40 * x)})
    >>> found = principal_components(table, share=0.999)
    >>> found.loadings.shape, bool(found.explained.sum() > 0.999)
    ((3, 2), True)
    >>> back = found.transform(table) @ found.loadings.T * found.scale + found.mean
    >>> bool(np.allclose(back, table))
    True
    """
    if not 0 < share <= 1 or (most is not None and most < 1):
        raise ValueError(f"share={share!r}, most={most!r}: 0 < share <= 1, and most 1 or more.")
    if not table.columns.is_unique:
        twice = sorted(set(map(str, table.columns[table.columns.duplicated()])))
        raise ValueError(f"These columns are there twice: {', '.join(twice)}.")
    numbers = [one for one in table.columns if pd.api.types.is_numeric_dtype(table[one])]
    if len(numbers) < table.shape[1] or not numbers:
        words = sorted(set(map(str, table.columns)) - set(map(str, numbers)))
        raise ValueError(f"All columns must be numbers; these are not: {', '.join(words) or '-'}.")
    rows = table.astype(float)
    if fit is not None:
        chosen = np.asarray(fit, dtype=bool)
        if chosen.shape != (len(table),):
            raise ValueError(f"fit has the shape {chosen.shape}; the table has {len(table)} rows.")
        rows = rows[chosen]
    known = np.isfinite(rows.to_numpy())
    if len(rows) and not known.any(axis=0).all():
        empty = rows.columns[~known.any(axis=0)]
        raise ValueError(f"These columns have no value: {', '.join(map(str, empty))}.")
    rows = rows[known.all(axis=1)]
    if len(rows) <= table.shape[1]:
        message = f"{len(rows)} rows are complete; more than {table.shape[1]} columns are needed."
        raise ValueError(message)
    mean, scale = rows.mean(), rows.std(ddof=1)
    still = scale[~(scale > 1e-12 * rows.abs().max())]
    if len(still):
        raise ValueError(f"These columns never change: {', '.join(map(str, still.index))}.")
    _, sizes, directions = np.linalg.svd(((rows - mean) / scale).to_numpy(), full_matrices=False)
    explained = sizes**2 / (sizes**2).sum()
    needed = int(np.searchsorted(np.cumsum(explained), share * (1 - 1e-12))) + 1
    kept = min(needed, sizes.size, most or sizes.size)
    largest = np.abs(directions).argmax(axis=1)
    directions = directions * np.sign(directions[np.arange(sizes.size), largest])[:, None]
    names = [f"pc{number}" for number in range(1, kept + 1)]
    return PrincipalComponents(
        mean,
        scale,
        pd.DataFrame(directions[:kept].T, table.columns, names),
        pd.Series(explained[:kept], names, name="explained"),
    )
