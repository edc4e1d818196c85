"""Relations between variables as features: correlations over the history, conditions that meet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from analysis.features.conditions import Condition, parse_conditions
from analysis.features.derivatives import length_in_days
from analysis.features.tablekinds import Variable
from analysis.spelling import did_you_mean

CORRELATIONS: Final = ("pearson", "spearman")
FEWEST: Final = 5
"""Pairs of values below which there is no correlation."""
_CALL: Final = re.compile(
    r"\s*(\w+)\s*\(\s*([^,()]+?)\s*,\s*([^,()]+?)\s*(?:,\s*([^,()]+?)\s*)?\)\s*"
)
_WORDS: Final = {">": "above", ">=": "at_least", "<": "below", "<=": "at_most"}


@dataclass(frozen=True)
class Relation:
    """A correlation of two variables, or conditions that hold together.

    Attributes
    ----------
    name
        Name of the column.
    text
        As a person reads it.
    variables
        Names of the variables.
    ranked
        For a correlation: whether of ranks; None for conditions.
    window
        For a correlation: how long the window is that ends with the last known window of the
        cube; None for the length of the history.
    conditions
        For conditions.
    """

    name: str
    text: str
    variables: tuple[str, ...]
    ranked: bool | None
    window: str | None = None
    conditions: tuple[Condition, ...] = ()


def read_relations(relations: Any, known: Mapping[str, Variable]) -> list[Relation]:
    """Read relations.

    Parameters
    ----------
    relations
        Each one "pearson(a, b)", "spearman(a, b)", with a window of its own "pearson(a, b,
        365D)", a pair of names (both correlations), or conditions as
        :func:`~analysis.features.conditions.parse_conditions` reads them.
    known
        The variables.

    Returns
    -------
    list of Relation
        Without repetitions.

    Raises
    ------
    ValueError
        One cannot be read, or names an unknown variable.

    Examples
    --------
    >>> from analysis.features.tablekinds import Variable
    >>> one = Variable("x", "measured", "both", "", "x", "", 0, None, False)
    >>> [found] = read_relations(["abs(x) > 2 sigma and x < 7.5"], {"x": one})
    >>> found.name
    'abs_x_above_2_sigma_and_x_below_7.5'
    """
    if not isinstance(relations, Iterable):
        raise ValueError(
            f"The relations are {relations!r}; give texts such as 'pearson(a, b)' or 'a > 2 sigma'."
        )
    given = [relations] if isinstance(relations, str) else list(relations)
    found: dict[str, Relation] = {}
    for one in given:
        for relation in _read_one(one):
            for name in relation.variables:
                if name not in known:
                    raise ValueError(
                        f"The relation {relation.text!r} names {name!r}, which the cube has not. "
                        f"{did_you_mean(name, list(known))}"
                    )
                if known[name].axes == "cell":
                    raise ValueError(f"{name} does not change, so it has no {relation.text!r}.")
            found.setdefault(relation.name, relation)
    return list(found.values())


def _read_one(given: Any) -> list[Relation]:
    if isinstance(given, str):
        call = _CALL.fullmatch(given)
        if call is not None and call[1].lower() != "abs":
            return [_correlation(call[1].lower(), call[2], call[3], call[4])]
        return [_conditions(parse_conditions(given))]
    if isinstance(given, Sequence) and len(given) == 2 and all(isinstance(x, str) for x in given):
        return [_correlation(method, *given) for method in CORRELATIONS]
    raise ValueError(
        f"The relation {given!r} cannot be read; give 'pearson(a, b)', 'spearman(a, b)', a pair "
        "of names, or a condition such as 'a > 2 sigma and b > 1.5 sigma'."
    )


def _correlation(method: str, one: str, other: str, window: str | None = None) -> Relation:
    if method not in CORRELATIONS:
        raise ValueError(f"There is no relation {method!r}; it is pearson or spearman.")
    if one == other:
        raise ValueError(f"{one} is correlated with itself; name two variables.")
    text = f"{method}({one}, {other}{f', {window}' if window else ''})"
    if window is not None:
        length_in_days(window, f"window of {text}")
    name = f"{method}_{one}_{other}{f'_{window}' if window else ''}"
    return Relation(name, text, (one, other), method == "spearman", window)


def _conditions(conditions: list[Condition]) -> Relation:
    parts = []
    for one in conditions:
        name = f"abs_{one.variable}" if one.absolute else one.variable
        sigma = "_sigma" if one.sigma else ""
        parts.append(f"{name}_{_WORDS[one.sign]}_{one.number}{sigma}")
    names = tuple(dict.fromkeys(one.variable for one in conditions))
    text = " and ".join(map(str, conditions))
    return Relation("_and_".join(parts), text, names, None, None, tuple(conditions))
