"""The outcome of a row: whether conditions hold in the windows that follow."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.features.conditions import Condition, parse_conditions
from analysis.features.tablekinds import Variable
from analysis.features.tablestats import gather
from analysis.spelling import did_you_mean

_NAME: Final = re.compile(r"[^<>=]+")
_SIGNS: Final[Mapping[str, Any]] = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
}
Values = NDArray[np.float64]
Read = Callable[[str, bool], Values]


@dataclass(frozen=True)
class Target:
    """What is to be forecast.

    Attributes
    ----------
    conditions
        All of them must hold.
    """

    conditions: tuple[Condition, ...]

    def __str__(self) -> str:
        return " and ".join(map(str, self.conditions))

    @property
    def variables(self) -> list[str]:
        """Names of the variables."""
        return list(dict.fromkeys(one.variable for one in self.conditions))


def with_outcome(cube: Any, target: Any) -> tuple[Any, Any]:
    """Return a cube that has the target among its variables, and its name, if it is an array.

    Parameters
    ----------
    cube
        Dataset or DataArray, before it is brought to (time, cell).
    target
        DataArray on the axes of the cube; plain numbers with the shape of one of its variables; a
        function of the cube that returns one of these. What is above 0 (True) comes true, NaN is
        not known. Anything else comes back as it is.

    Returns
    -------
    tuple
        Cube and target.

    Raises
    ------
    ValueError
        The array does not lie on the axes of the cube, or holds no numbers.

    Examples
    --------
    >>> times = np.array(["2020-01-01", "2020-02-01"], "datetime64[ns]")
    >>> heat = xr.DataArray([1.0, 3.0], {"time": times}, ("time",), name="heat")
    >>> cube, name = with_outcome(heat, lambda cube: cube["heat"] > 2)
    >>> name, cube[name].values.tolist()
    ('outcome', [False, True])
    """
    if isinstance(cube, xr.DataArray):
        cube = cube.to_dataset(name=cube.name or "value")
    if not isinstance(cube, xr.Dataset):
        return cube, target  # refused by what reads cubes
    if callable(target) and not isinstance(target, xr.DataArray):
        target = target(cube)
        if target is None:
            raise ValueError("The target is a function that returned None; return an array.")
    if isinstance(target, np.ndarray):
        target = _on_axes(cube, target)
    if not isinstance(target, xr.DataArray):
        return cube, target
    _check_axes(cube, target)
    name = "outcome"
    while name in cube.variables:
        name += "_"
    bare = target.drop_vars([one for one in target.coords if one not in target.dims])
    bare.attrs = {"role": "quality"}  # no feature unless it is named
    if target.attrs.get("simulated"):
        bare.attrs["simulated"] = True
    return cube.assign({name: bare}), name


def _on_axes(cube: xr.Dataset, target: NDArray[Any]) -> xr.DataArray:
    """Return plain numbers on the axes of a variable of their shape."""
    axes = [one.dims for one in cube.data_vars.values() if one.shape == target.shape]
    if not axes:
        shapes = sorted({str(one.shape) for one in cube.data_vars.values()})
        raise ValueError(
            f"The target is an array {target.shape}; the variables of the cube have "
            f"{', '.join(shapes)}."
        )
    return xr.DataArray(target, dims=axes[0])


def _check_axes(cube: xr.Dataset, target: xr.DataArray) -> None:
    """Raise where a target does not lie on the axes of the cube."""
    if target.dtype.kind not in "fiub" or "time" not in target.dims:
        axes = ", ".join(map(str, target.dims)) or "no axes"
        raise ValueError(
            f"The target is an array of {target.dtype} with {axes}; give numbers or True and "
            "False with the axis 'time' of the cube."
        )
    for dim in target.dims:
        here, there = target.indexes.get(dim), cube.indexes.get(dim)
        other = here is not None and there is not None and not here.equals(there)
        if other or target.sizes[dim] != cube.sizes.get(dim):
            raise ValueError(
                f"The target has another axis {dim!r} than the cube: compute it from the "
                "variables of the cube."
            )


def read_target(target: Any, known: Mapping[str, Variable]) -> Target:
    """Read a target: the name of a variable, or conditions.

    Parameters
    ----------
    target
        "count" (something happened: above 0), "largest_magnitude >= 5", "a > 2 and b > 1 sigma",
        or a list of such texts that must hold together.
    known
        The variables.

    Returns
    -------
    Target
        Conditions.

    Raises
    ------
    ValueError
        A text cannot be read, or a variable is unknown or has no times.
    """
    if isinstance(target, str):
        texts = [target.strip()]
    elif isinstance(target, Sequence) and target and all(isinstance(one, str) for one in target):
        texts = [one.strip() for one in target]
    else:
        told = repr(target) if isinstance(target, int | float) else f"a {type(target).__name__}"
        raise ValueError(
            f"The target is {told}; give the name of a variable, a condition such as "
            "'largest_magnitude >= 5', or an array (time, cell) of True and False."
        )
    conditions: list[Condition] = []
    for text in texts:
        if text in known:
            conditions.append(Condition(text, ">", 0.0))
            continue
        if _NAME.fullmatch(text) and " and " not in text.casefold():
            raise ValueError(
                f"The target names no variable of the cube: {text!r}. "
                f"{did_you_mean(text, list(known))}"
            )
        conditions += parse_conditions(text)
    for one in conditions:
        if one.variable not in known:
            raise ValueError(
                f"The target '{one}' names a variable that the cube has not. "
                f"{did_you_mean(one.variable, list(known))}"
            )
        if known[one.variable].axes == "cell":
            raise ValueError(f"The target {one.variable} does not change in time.")
    return Target(tuple(conditions))


def outcome(
    target: Target,
    known: Mapping[str, Variable],
    read: Read,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return whether the target comes true: 1, 0, or NaN where that is not known.

    Counts and energies are summed over the windows; of others the largest counts for > and >=,
    the least for < and <=. A window without a largest size had no event; where less than half of
    the windows of another variable are valid, nothing is known.

    Parameters
    ----------
    target
        Conditions.
    known
        The variables.
    read
        Gives the values (time, column) of a variable, or its Z.
    first, last
        First window of the outcome and the first after these (issue,).

    Returns
    -------
    numpy.ndarray
        (issue, column).
    """
    holds: Any = True
    certain: Any = True
    fails: Any = False
    for one in target.conditions:
        kind = known[one.variable].kind
        values = read(one.variable, one.sigma)
        values = np.abs(values) if one.absolute else values
        summed = kind in ("count", "energy") and not one.sigma
        how = 0 if summed else 1 if one.sign.startswith(">") else 2
        size, valid = gather(values, first, last, how)
        none = kind == "largest" and not one.sigma
        enough = np.ones(size.shape, bool) if none else 2 * valid >= (last - first)[:, np.newaxis]
        met = _SIGNS[one.sign](size, one.threshold)
        holds = holds & met
        certain = certain & (enough | (met & one.sign.startswith(">")))
        fails = fails | (~met & enough)
    return np.where(fails, 0.0, np.where(holds & certain, 1.0, np.nan))


def held(target: Target, read: Read) -> NDArray[np.bool_]:
    """Return in which windows the conditions held, each window by itself.

    Parameters
    ----------
    target, read
        As for :func:`outcome`.

    Returns
    -------
    numpy.ndarray
        True (time, column).
    """
    result: Any = True
    for one in target.conditions:
        values = read(one.variable, one.sigma)
        values = np.abs(values) if one.absolute else values
        result = result & _SIGNS[one.sign](values, one.threshold)
    return np.asarray(result)
