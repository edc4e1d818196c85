"""Flags of quality and counts of values as layers of the explorer: their names and meanings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.language import LANGUAGES, translator
from analysis.sources.roles import COUNT, QUALITY, role
from analysis.sources.vocabulary import Variable, variable

COLORMAPS = {QUALITY: "colorcet:bmy", COUNT: "cmocean:matter"}
MOST = 8
"""Meanings of flags that a legend lists."""


def described(name: str, attrs: Mapping[str, Any]) -> Variable:
    """Describe a variable of a cube; flags and counts are named after what they belong to.

    Parameters
    ----------
    name : str
        Name in the cube.
    attrs : mapping
        Its attributes.

    Returns
    -------
    Variable
        As :func:`analysis.sources.vocabulary.variable` gives it for a quantity.

    Examples
    --------
    >>> described("lst_day_count", {"role": "count"}).names["en"]
    'Land surface temperature by day: number of values'
    """
    kind = role(attrs)
    if kind is None:
        return variable(name, attrs)
    base = variable(name.removesuffix(f"_{kind}"))
    names = {}
    for language in LANGUAGES:
        _ = translator(language)
        text = {QUALITY: _("{name}: quality flag"), COUNT: _("{name}: number of values")}[kind]
        names[language] = text.format(name=base.names.get(language) or base.names["en"])
    return Variable(name, "1", names, None, None, COLORMAPS[kind])


def meanings(attrs: Mapping[str, Any]) -> list[str]:
    """Return what the values of a flag mean, as ``0: good``; empty where nothing is stated.

    Parameters
    ----------
    attrs : mapping
        With ``flag_meanings``, and perhaps ``flag_values``, as the CF conventions write them.

    Returns
    -------
    list of str
        At most `MOST`; where bits are meant, the mask of the bits stands in brackets.

    Examples
    --------
    >>> meanings({"flag_meanings": "good cloudy_sky", "flag_values": [0, 2]})
    ['0: good', '2: cloudy sky']
    """
    stated = attrs.get("flag_meanings") or ()
    words = stated.split() if isinstance(stated, str) else [str(one) for one in stated]
    values: Sequence[Any] = attrs.get("flag_values", range(len(words)))
    if isinstance(values, int | float) or len(values) != len(words):
        return [word.replace("_", " ") for word in words[:MOST]]
    masks = attrs.get("flag_masks")
    if masks is not None and len(masks) == len(words):
        heads = [f"{value:g} ({mask:g})" for value, mask in zip(values, masks, strict=True)]
    else:
        heads = [f"{value:g}" for value in values]
    pairs = zip(heads, words, strict=True)
    return [f"{head}: {word.replace('_', ' ')}" for head, word in pairs][:MOST]
