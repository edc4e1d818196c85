"""What a forecast is made of, as plain values that fit into a file."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd
import yaml

from analysis.cells.lattice import Bounds, Lattice
from analysis.learning.splits import length_of_time, temporal_split
from analysis.seismic.events import check_region
from analysis.seismic.forecasting.choicechecks import (
    BASELINES,
    RANDOM,
    check_choices,
    check_numbers,
    check_sequence,
    read_yaml,
)
from analysis.spelling import did_you_mean

CATALOGUE: Final = "catalogue"
STATIC: Final = "static"
DEFAULT_MODELS: Final = (
    "LogisticRegression",
    "XGBoost",
    "GradientBoosting",
    "SVM",
    "RandomForest",
)
"""The five models of a first run, the quickest first."""
_NOT_DATA: Final = ("name", "title")
_ONLY_LEARNING: Final = (
    "models",
    "params",
    "only",
    "calibrate",
    "threshold",
    "draws",
)  # the split stays: it says which windows are judged


@dataclass(frozen=True)
class Settings:
    """All choices of a forecast; equal settings over equal data give equal numbers.

    Attributes
    ----------
    name
        Under which it is stored: letters, digits, hyphens, underscores; "" for one made from the
        settings.
    title
        For people; any text.
    events
        "events_gcmt" or another source of events of the catalogue, "database" for the event
        database, or a file (.csv, .parquet) of events.
    region
        Name of a packaged region, or west, south, east, north in degrees.
    learn_from
        Region whose rows the models learn from, as `region`; "" for the region itself. They are
        judged, and forecast, in the region only.
    resolution
        Side of a cell, degrees; it divides 180.
    since
        From when on the record of the events is complete; rates count from here.
    period
        First issue time, and the time by which the last target window has ended.
    horizon
        Length of the target window; windows follow one another without a gap.
    history
        How far back the features look.
    magnitude
        Least magnitude of the target.
    completeness
        Magnitude from which the record is complete; None to estimate it.
    allow_incomplete
        Take a target below the completeness, with a note.
    features
        Groups of features: "catalogue" (past events), "static" (relief), and names of gridded
        sources.
    only
        Names of features of these groups to learn from; () for all.
    relations
        Conditions and correlations made of other features, as `analysis.features.all_of` reads
        them.
    components
        Number of principal components added; 0 for none.
    models, params
        Names of models, and for some of them parameters other than their defaults.
    baselines
        Baselines, of `BASELINES`.
    split
        First issue time of validation and of test, or shares of train, validation and test; ()
        for 70, 15 and 15 per cent. ("random",), written ``random``, parts the rows at random, as it
        must not be done: for teaching what leakage does to scores. All that comes of it says so.
    gap
        Least time between issue times of different parts.
    keep_empty
        Share of the rows without any event and history that is kept for learning.
    delays
        Publication delay of a source, such as {"gravity_simulated": "60D"}, instead of what the
        catalogue states.
    calibrate
        "isotonic", "sigmoid", or "" for none.
    threshold
        Probability from which a forecast is an alarm; None to choose it on the validation part.
    draws
        Drawings of windows for the intervals.
    seed
        Start of all random numbers.

    Examples
    --------
    What is written is read back:

    >>> chosen = Settings(region="japan", magnitude=5.5, params={"XGBoost": {"max_depth": 3}})
    >>> Settings.from_yaml(chosen.to_yaml()) == chosen
    True
    """

    name: str = ""
    title: str = ""
    events: str = "events_gcmt"
    region: str | Bounds = "kazakhstan_central_asia"
    learn_from: str | Bounds = ""
    resolution: float = 0.5
    since: str = "1996-01-01"
    period: tuple[str, str] = ("2000-01-01", "2017-06-30")
    horizon: str = "30D"
    history: str = "180D"
    magnitude: float = 5.0
    completeness: float | None = None
    allow_incomplete: bool = False
    features: tuple[str, ...] = (CATALOGUE,)
    only: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    components: int = 0
    models: tuple[str, ...] = DEFAULT_MODELS
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    baselines: tuple[str, ...] = BASELINES
    split: tuple[Any, ...] = ()
    gap: str = "30D"
    keep_empty: float = 0.02
    delays: Mapping[str, str] = field(default_factory=dict)
    calibrate: str = "isotonic"
    threshold: float | None = None
    draws: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        """Bring lists to tuples and refuse what cannot be."""
        for name in ("period", "features", "only", "relations", "models", "baselines", "split"):
            value = getattr(self, name)
            if name == "split" and value == RANDOM:
                value = (RANDOM,)
            check_sequence(name, value)
            object.__setattr__(self, name, tuple(value))
        for name in ("params", "delays"):
            if not isinstance(getattr(self, name), Mapping):
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be a mapping.")
        for name in ("region", "learn_from"):
            value = getattr(self, name)
            if not isinstance(value, str):
                check_sequence(name, value)
                object.__setattr__(self, name, check_numbers(name, value))
        check_choices(self)

    @classmethod
    def from_yaml(cls, source: str | Path) -> Settings:
        """Read settings from a file, or from the text of one.

        Parameters
        ----------
        source
            Path, or YAML text of several lines.

        Returns
        -------
        Settings
            What is not stated has its default.

        Raises
        ------
        ValueError
            There is no such file, it is no YAML mapping, or a key or value is impossible.
        """
        text = str(source)
        if isinstance(source, Path) or "\n" not in text:
            path = Path(source).expanduser()
            if not path.is_file():
                raise ValueError(f"There is no settings file {path}.")
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                raise ValueError(f"The settings file {path} is no text in UTF-8.") from error
        found = read_yaml(text)
        if not isinstance(found, dict):
            raise ValueError(f"The settings are a {type(found).__name__}; give keys with values.")
        return cls.from_mapping(found)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Settings:
        """Return settings from keys and values, as a file holds them.

        Parameters
        ----------
        values
            Keys are the attributes.

        Returns
        -------
        Settings
            What is not stated has its default.

        Raises
        ------
        ValueError
            A key is unknown or a value impossible.
        """
        known = [one.name for one in dataclasses.fields(cls)]
        for key in values:
            if key not in known:
                hint = did_you_mean(str(key), known)
                raise ValueError(f"There is no setting {key!r}. {hint}")
        plain = dict(values)
        for key in ("since", "period", "split"):  # YAML reads dates as dates
            if key in plain:
                plain[key] = _texts(plain[key])
        return cls(**plain)

    def to_mapping(self) -> dict[str, Any]:
        """Return keys and plain values: lists, texts, numbers."""
        return {one.name: _plain(getattr(self, one.name)) for one in dataclasses.fields(self)}

    def to_yaml(self) -> str:
        """Return the text of a settings file."""
        return str(yaml.safe_dump(self.to_mapping(), sort_keys=False, allow_unicode=True))

    def replace(self, **changes: Any) -> Settings:
        """Return settings with some of them changed."""
        return dataclasses.replace(self, **changes)

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north in degrees."""
        return check_region(self.region)

    @property
    def lattice(self) -> Lattice:
        """The cells."""
        return Lattice.from_bounds(self.bounds, self.resolution)

    @property
    def learning_bounds(self) -> Bounds:
        """West, south, east, north of the region that the models learn from, degrees."""
        return check_region(self.learn_from or self.region)

    @property
    def learning_lattice(self) -> Lattice:
        """The cells that the models learn from."""
        return Lattice.from_bounds(self.learning_bounds, self.resolution)

    @property
    def leaky(self) -> bool:
        """Whether the rows are parted at random, for teaching: scores are inflated."""
        return self.split == (RANDOM,)

    @property
    def issue_times(self) -> pd.DatetimeIndex:
        """Issue times whose target windows end within the period."""
        first, last = (pd.Timestamp(one) for one in self.period)
        step = length_of_time(self.horizon, "horizon")
        return pd.date_range(first, last - step, freq=step).as_unit("ns")

    def key(self, *, table: bool = False) -> str:
        """Return a short text that is the same for equal choices.

        Parameters
        ----------
        table
            Only what the tables depend on: neither models nor split.

        Returns
        -------
        str
            Sixteen hexadecimal digits.

        Examples
        --------
        >>> one, other = Settings(), Settings(models=("SVM",), title="Mine")
        >>> one.key() == other.key(), one.key(table=True) == other.key(table=True)
        (False, True)
        """
        values = self.to_mapping()
        for name in _NOT_DATA + (_ONLY_LEARNING if table else ()):
            del values[name]
        text = json.dumps(values, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def split_times(settings: Settings) -> dict[str, pd.Timestamp]:
    """Return the first issue times of the validation and of the test part.

    Parameters
    ----------
    settings
        Split, gap, period and horizon.

    Returns
    -------
    dict
        "validation" and "test"; of rows parted at random, those by default.

    Raises
    ------
    ValueError
        As for `temporal_split`.

    Examples
    --------
    >>> found = split_times(Settings(split=("2010-01-01", "2014-01-01")))
    >>> found["test"] >= pd.Timestamp("2014-01-01") > found["validation"]
    True
    """
    times, chosen = settings.issue_times, settings.split
    options: dict[str, Any] = {"gap": settings.gap, "horizon": settings.horizon}
    if len(chosen) == 2:
        options["dates"] = chosen
    elif chosen and not settings.leaky:
        options["shares"] = chosen
    split = temporal_split(times, **options)
    return {name: split.bounds[name][0] for name in ("validation", "test")}


def _texts(value: Any) -> Any:
    """Return dates as texts; other things as they are."""
    if isinstance(value, list | tuple):
        return [_texts(one) for one in value]
    return value if isinstance(value, str | int | float) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    return value
