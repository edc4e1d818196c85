"""Training and judging: one classifier after the other, what is finished is kept.

An :class:`Outcome` is all that the page shows of one classifier. It depends on the samples with
their features, the classifier and the way of judging, and is kept under a name made of all these:
in memory for all sessions of the process, and in a file that survives it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import settings
from analysis.keeping import hold, trim, used
from analysis.sealed import read_sealed, write_sealed

log = logging.getLogger(__name__)

KEPT = 24
SEED = 0
WAYS = ("random", "block")
"""Ways of judging that always stand side by side."""

_lock = threading.RLock()
_outcomes: OrderedDict[str, Outcome] = OrderedDict()
Report = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Judged:
    """One way of judging one classifier."""

    accuracy: float
    low: float
    high: float
    folds: int
    commonest: float
    """What giving the commonest class of the samples learnt from would score."""
    matrix: pd.DataFrame
    right: Any
    """Whether each sample was classified rightly, NaN where it was not judged (sample,)."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """One classifier: fitted on all samples, judged in two ways on parts of them."""

    key: str
    name: str
    family: str
    titles: dict[str, str]
    ways: dict[str, Judged]
    fitted: Any
    seconds: float
    judging: float
    size: int

    def title(self, language: str) -> str:
        """Return the classifier's name in the reader's language."""
        return self.titles.get(language) or self.titles["en"]

    @property
    def gap(self) -> float:
        """Accuracy of the random parts less that in blocks."""
        return self.ways["random"].accuracy - self.ways["block"].accuracy

    def gap_interval(self, blocks: Any) -> tuple[float, float]:
        """Return the 95 % interval of the gap: samples are paired, whole blocks drawn together."""
        from analysis.agrarian.landcover.validate import interval

        both = self.ways["random"].right - self.ways["block"].right
        known = np.isfinite(both)
        return interval(both[known], np.asarray(blocks)[known], seed=SEED)


def outcome_key(samples: pd.DataFrame, name: str, way: dict[str, Any]) -> str:
    """Name a result by all that it depends on."""
    digest = hashlib.sha256()
    digest.update(pd.util.hash_pandas_object(samples, index=False).to_numpy().tobytes())
    about = {"columns": list(map(str, samples)), "name": name, **way, "seed": SEED}
    about |= {"sklearn": version("scikit-learn"), "layout": 1}
    digest.update(json.dumps(about, sort_keys=True, default=str).encode())
    return digest.hexdigest()[:24]


def kept(key: str) -> Outcome | None:
    """Return a finished result from memory or its file; None where there is none."""
    with _lock:
        if key in _outcomes:
            _outcomes.move_to_end(key)
            used(folder() / f"{key}.joblib")
            return _outcomes[key]
    path = folder() / f"{key}.joblib"
    try:
        found = read_sealed(path)
    except FileNotFoundError:
        return None
    except Exception as error:  # of another installation or version, or cut off: made anew
        log.warning("The result %s cannot be read and is made anew: %s", path, error)
        path.unlink(missing_ok=True)
        return None
    if not isinstance(found, Outcome):
        return None
    hold(path, found)
    _remember(found)
    return found


def keep(outcome: Outcome) -> None:
    """Keep a finished result in memory and in a sealed file, which appears in one step."""
    _remember(outcome)
    where = folder()
    try:
        where.mkdir(parents=True, exist_ok=True)
        write_sealed(outcome, where / f"{outcome.key}.joblib", compress=3)
        hold(where / f"{outcome.key}.joblib", outcome)
        tidy()
    except OSError as error:
        log.warning("The result of %s cannot be kept: %s", outcome.name, error)


def _remember(outcome: Outcome) -> None:
    with _lock:
        _outcomes[outcome.key] = outcome
        while len(_outcomes) > KEPT:
            _outcomes.popitem(last=False)


def folder() -> Path:
    """Return the folder of finished results."""
    return settings.cache_dir() / "landcover" / "models"


def tidy() -> None:
    """Keep finished classifiers and maps within the limits of the settings."""
    where = folder()
    trim([where, where.with_name("maps")])


def train(
    samples: pd.DataFrame,
    name: str,
    *,
    folds: int,
    block: float,
    report: Report,
) -> Outcome:
    """Judge one classifier in random parts and in blocks, and fit it on all samples.

    Parameters
    ----------
    samples
        With features, as `analysis.agrarian.samples` gives them.
    name
        A key of `analysis.agrarian.CLASSIFIERS`.
    folds
        Parts.
    block
        Side of a block, degrees.
    report
        Told what is done, the total and what; it raises to give up.

    Returns
    -------
    Outcome
        Kept already.

    Raises
    ------
    ValueError
        The samples do not suffice, or the classifier cannot learn from them.
    """
    from analysis.agrarian.landcover.fitting import fit
    from analysis.agrarian.landcover.registry import CLASSIFIERS
    from analysis.agrarian.landcover.validate import cross_validate

    key = outcome_key(samples, name, {"folds": folds, "block": block})
    found = kept(key)
    if found is not None:
        return found
    about = CLASSIFIERS[name]
    total = 2 * folds + 1
    ways, begun = {}, time.perf_counter()
    for place, way in enumerate(WAYS):

        def told(done: int, _all: int, _text: str, at: int = place, by: str = way) -> None:
            report(at * folds + min(done, folds), total, by)

        scores = cross_validate(
            samples, [name], way, folds=folds, block_degrees=block, seed=SEED, progress=told
        )
        ways[way] = _judged(scores, name)
    judging = time.perf_counter() - begun
    report(2 * folds, total, "fit")
    fitted = fit(samples, name, seed=SEED)
    made = Outcome(
        key, name, about.family, dict(about.title), ways, fitted, fitted.seconds, judging,
        fitted.size,
    )  # fmt: skip
    keep(made)
    report(total, total, "")
    return made


def _judged(scores: pd.DataFrame, name: str) -> Judged:
    row: Any = scores.loc[name]
    if row["failure"]:
        raise ValueError(str(row["failure"]))
    predictions = scores.attrs["predictions"]
    given = predictions[name]
    right = (given == predictions["label"]).astype(float).where(given.notna())
    return Judged(
        float(row["overall_accuracy"]),
        float(row["overall_accuracy_low"]),
        float(row["overall_accuracy_high"]),
        len(scores.attrs["folds"]),
        float(row["always_commonest"]),
        scores.attrs["matrices"][name],
        right.to_numpy(),
        tuple(scores.attrs["notes"]),
    )
