"""Legends: codes, names in three languages and colours of the classes of land.

Cover is what lies on the land, use is what people do with it: bare fallow and sown land differ in
cover and share their use, hayfield and pasture the other way round. The legend ``kazakhstan``
names classes that a map can show and gives the cover and the use of each.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml
from numpy.typing import NDArray

from analysis.spelling import did_you_mean

FILE: Final = Path(__file__).with_name("legends.yml")
NODATA: Final = 0
"""Code of "no data" in every map."""
SPARE: Final = (
    *("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb"),
    *("#0077bb", "#ee7733", "#009988", "#cc3311", "#33bbee", "#ee3377", "#999933"),
)
"""Colours of classes that no legend knows (Paul Tol's bright and vibrant schemes)."""


@dataclass(frozen=True)
class LandClass:
    """One class of a legend.

    Attributes
    ----------
    code : int
        1 to 255.
    key : str
        Label, as in samples.
    names : dict
        kk, ru, en.
    colour : str
        ``#rrggbb``.
    cover, use : str
        Keys in the legends ``cover`` and ``use``; "" where there is none.
    worldcover : int
        Code of ESA WorldCover, 0 where there is none.
    lccs : str
        Class of FAO's LCCS, as A11; "" where there is none.
    """

    code: int
    key: str
    names: dict[str, str]
    colour: str
    cover: str = ""
    use: str = ""
    worldcover: int = 0
    lccs: str = ""


@dataclass(frozen=True)
class Legend:
    """Classes of a map.

    Attributes
    ----------
    key : str
    title : dict
        kk, ru, en.
    classes : tuple of LandClass
        In the order of their codes.
    """

    key: str
    title: dict[str, str]
    classes: tuple[LandClass, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def keys(self) -> tuple[str, ...]:
        """Labels in the order of the codes."""
        return tuple(one.key for one in self.classes)

    @property
    def codes(self) -> dict[str, int]:
        """Label -> code."""
        return {one.key: one.code for one in self.classes}

    @property
    def colours(self) -> dict[str, str]:
        """Label -> colour."""
        return {one.key: one.colour for one in self.classes}

    def names(self, language: str = "en") -> dict[str, str]:
        """Give label -> name in kk, ru or en.

        Raises
        ------
        ValueError
            There is no such language.
        """
        if language not in ("kk", "ru", "en"):
            raise ValueError(f"There is no language {language!r}; it is kk, ru or en.")
        return {one.key: one.names[language] for one in self.classes}

    def __getitem__(self, label: Hashable) -> LandClass:
        """Class of a label or of a code.

        Raises
        ------
        ValueError
            There is none.
        """
        for one in self.classes:
            if label in (one.key, one.code):
                return one
        known = [*self.keys, *map(str, self.codes.values())]
        raise ValueError(
            f"The legend {self.key!r} has no class {label!r}. {did_you_mean(str(label), known)}"
        )

    def colormap(self) -> dict[int, tuple[int, int, int, int]]:
        """Code -> red, green, blue, alpha, 0 to 255; no data is transparent."""
        table = {NODATA: (0, 0, 0, 0)}
        return table | {one.code: (*_rgb(one.colour), 255) for one in self.classes}

    def recode(self, codes: Any, to: str) -> NDArray[np.uint8]:
        """Turn codes of this legend into those of another one.

        Parameters
        ----------
        codes : array_like of int
            Codes of this legend; 0 is no data and stays so.
        to : str
            "cover", "use" or "worldcover".

        Returns
        -------
        numpy.ndarray of uint8
            The same shape; 0 where a class has no counterpart.

        Raises
        ------
        ValueError
            The legend has no such mapping, or a code is none of its codes.

        Examples
        --------
        Hayfield and pasture are one cover and two uses; WorldCover sees grassland in both:

        >>> land = legend("kazakhstan")
        >>> pair = [land.codes["hayfield"], land.codes["pasture"]]
        >>> [land.recode(pair, to).tolist() for to in ("cover", "use", "worldcover")]
        [[3, 3], [4, 5], [30, 30]]
        """
        if to not in ("cover", "use", "worldcover") or not any(
            getattr(c, to) for c in self.classes
        ):
            raise ValueError(f"The legend {self.key!r} cannot be turned into {to!r}.")
        given = np.asarray(codes)
        other = {} if to == "worldcover" else legend(to).codes
        table = np.zeros(256, np.uint8)
        known = np.zeros(256, bool)
        known[NODATA] = True
        for one in self.classes:
            value = getattr(one, to)
            table[one.code] = value if to == "worldcover" else other.get(value, 0)
            known[one.code] = True
        inside = (given >= 0) & (given < 256)
        safe = np.where(inside, given, 0).astype(np.int64)
        if not (inside & known[safe]).all():
            wrong = given[~(inside & known[safe])].ravel()[0]
            raise ValueError(f"The code {wrong} is none of the legend {self.key!r}.")
        return np.asarray(table[safe])


def legend(name: str = "kazakhstan") -> Legend:
    """Give a legend by name.

    Parameters
    ----------
    name : str
        kazakhstan, cover, use or worldcover.

    Returns
    -------
    Legend

    Raises
    ------
    ValueError
        There is no such legend.

    Examples
    --------
    >>> legend()["bare_fallow"].use == legend()["arable"].use
    True
    >>> legend()["bare_fallow"].cover == legend()["arable"].cover
    False
    """
    known = _load()
    if name not in known:
        raise ValueError(f"There is no legend {name!r}. {did_you_mean(name, known)}")
    return known[name]


def legend_of(labels: Iterable[Hashable], base: str = "kazakhstan") -> Legend:
    """Make the legend of a map whose classes are the given labels, with codes 1, 2, 3, ...

    Parameters
    ----------
    labels : iterable
        Labels in the order of their codes; those that the legend ``base`` knows bring their names
        and colours, others show themselves and get a colour of their own.
    base : str
        Legend to look the labels up in.

    Returns
    -------
    Legend

    Raises
    ------
    ValueError
        A label is there twice, there is none, or there are more than 254.

    Examples
    --------
    >>> made = legend_of(["water", "Soy_Corn"])
    >>> made.codes, made["water"].names["ru"], made["Soy_Corn"].names["ru"]
    ({'water': 1, 'Soy_Corn': 2}, 'Вода', 'Soy_Corn')
    """
    wanted = [str(one) for one in labels]
    if not 0 < len(wanted) <= 254:
        raise ValueError(f"A map has 1 to 254 classes, not {len(wanted)}.")
    if len(set(wanted)) < len(wanted):
        twice = next(one for one in wanted if wanted.count(one) > 1)
        raise ValueError(f"The class {twice!r} is there twice.")
    known = {one.key: one for one in legend(base).classes}
    known |= {one.key.casefold(): one for one in legend(base).classes}
    spare = iter(SPARE * (1 + len(wanted) // len(SPARE)))
    made = []
    for code, label in enumerate(wanted, start=1):
        own = known.get(label) or known.get(label.casefold())
        if own is None:
            names = dict.fromkeys(("kk", "ru", "en"), label)
            made.append(LandClass(code, label, names, next(spare)))
        else:
            made.append(
                LandClass(
                    *(code, label, own.names, own.colour),
                    **{name: getattr(own, name) for name in ("cover", "use", "worldcover", "lccs")},
                )
            )
    return Legend("map", legend(base).title, tuple(made))


def match_labels(
    labels: Iterable[Any], known: Legend, also: Iterable[str] = (), base: str = "kazakhstan"
) -> list[str | None]:
    """Bring labels as people write them to those of a legend.

    Parameters
    ----------
    labels : iterable
        Labels, codes or names in Kazakh, Russian or English, upper or lower case; None, NaN and
        empty texts are none.
    known : Legend
        Of the map.
    also : iterable of str
        Further classes, which the map does not show; taken as they are.
    base : str
        Legend whose labels and names are known as well, though the map does not show them.

    Returns
    -------
    list of str or None
        A label for each.

    Raises
    ------
    ValueError
        A label is none of these, or the name of several classes.

    Examples
    --------
    >>> made = legend_of(["water", "arable"])
    >>> match_labels(["Су", "пашня (посевы)", 1, "arable ", None, "forest"], made)
    ['water', 'arable', 'water', 'arable', None, 'forest']
    >>> match_labels(["watter"], made)
    Traceback (most recent call last):
    ValueError: The label 'watter' (1 of 1) is no class of the map. Did you mean 'water'?
    """
    given = list(labels)
    further = {_plain(one): str(one).strip() for one in also}
    words: dict[str, set[str]] = {word: {key} for word, key in further.items()}
    for one in (known, legend(base)):  # a label goes before a name, the map before what is known
        for pairs in (
            [(land.key, land.key) for land in one.classes],
            [(name, land.key) for land in one.classes for name in land.names.values()],
        ):
            fresh: dict[str, set[str]] = {}
            for word, key in pairs:
                fresh.setdefault(_plain(word), set()).add(key)
            words = fresh | words
    if not any(key.isdigit() for key in known.keys):
        words = {str(one.code): {one.key} for one in known.classes} | words
    found = [None if _none(one) else words.get(_plain(one), set()) for one in given]
    for one, keys in zip(given, found, strict=True):
        if keys is not None and len(keys) != 1:
            many = sum(1 for other in given if other == one)
            text = f"The label {one!r} ({many} of {len(given)}) is "
            if keys:
                raise ValueError(f"{text}the name of several classes: {', '.join(sorted(keys))}.")
            names = set(known.keys)
            for own in known.classes:
                names |= {name for name in own.names.values() if _plain(name) != _plain(own.key)}
            advice = did_you_mean(str(one), names | set(further.values()))
            if advice.startswith("Allowed"):
                advice = did_you_mean(str(one), known.keys)
            raise ValueError(f"{text}no class of the map. {advice}")
    return [None if keys is None else next(iter(keys)) for keys in found]


def _plain(label: Any) -> str:
    """Write a label so that spellings of it are equal."""
    if isinstance(label, float | np.floating) and float(label).is_integer():
        label = int(label)
    text = unicodedata.normalize("NFC", str(label)).casefold().replace("_", " ")
    return " ".join(text.split())


def _none(label: Any) -> bool:
    return label is None or label != label or (isinstance(label, str) and not label.strip())


@functools.cache
def _load() -> dict[str, Legend]:
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        name: Legend(name, row["title"], tuple(LandClass(**one) for one in row["classes"]))
        for name, row in rows.items()
    }


def _rgb(colour: str) -> tuple[int, int, int]:
    text = colour.removeprefix("#")
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)
