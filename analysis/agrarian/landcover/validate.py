"""How well classifiers do on samples held back, at random, by block, by zone, forward in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.agrarian.landcover.fitting import (
    check_labels,
    check_values,
    choose,
    fit_arrays,
)
from analysis.agrarian.landcover.registry import Classifier
from analysis.agrarian.landcover.schemes import Folds, make_folds
from analysis.agrarian.landcover.scoring import confidence, macro_f1, too_sure
from analysis.agrarian.landcover.scoring import interval as interval
from analysis.agrarian.samples.table import as_samples, features_of
from analysis.learning import Cancelled
from analysis.notes import Note, note
from analysis.notes import mark as _
from analysis.spelling import did_you_mean

FEW: Final = 10
"""Groups below which an interval drawn from them is told to be too narrow."""
ROWS, COLUMNS = "map (rows)", "reference (columns)"
Progress = Callable[[int, int, str], None]


def cross_validate(  # noqa: PLR0913
    samples: Any,
    classifiers: Any = None,
    by: str = "random",
    *,
    folds: int = 5,
    block_degrees: float | None = None,
    seed: int = 0,
    features: Sequence[str] | str | None = None,
    params: Mapping[str, Mapping[str, Any]] | None = None,
    together: str = "copies",
    buffer_km: float = 0.0,
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
) -> pd.DataFrame:
    """Judge classifiers on samples that they have not learnt from.

    Parameters
    ----------
    samples
        A file or a table, as for :func:`~analysis.agrarian.samples.table.read_samples`: label,
        features, and what the scheme needs: longitude and latitude, zone, or start.
    classifiers
        Names of `CLASSIFIERS`, or a mapping from name to name or to an estimator of scikit-learn's
        interface; None for all that can be used here.
    by
        "random" (within classes), "block" (whole blocks of the globe), "zone" (one zone after the
        other) or "time" (forward).
    folds
        How many.
    block_degrees
        Side of a block, degrees of arc; None for the range of the samples' variogram.
    seed
        Same seed, same numbers.
    features
        Names of features or bands; None for all.
    params
        Name to settings.
    together
        What random folds do not part: "copies" (samples of one place or pixel in the same period),
        "places" (those of all periods), or "nothing".
    buffer_km
        Samples nearer than this to one that is judged are not learnt from, so that neighbours
        across the edge of a block do not tell; 0 for none. A good width is the range of
        :func:`~analysis.agrarian.samples.semivariance.variogram`.
    progress
        Called with fits done, fits in all, and what is done now.
    cancel
        Asked before each fit; True stops with `Cancelled`.

    Returns
    -------
    pandas.DataFrame
        Index classifier, best first. Columns: family, overall_accuracy with `_low` and `_high`
        (95 %, samples of one place, block, zone or year drawn together; NaN where all judged ones
        are of one), always_commonest (accuracy of giving one class to all, the commonest of those
        judged), confidence (mean probability that it gives its own answers; well above the
        accuracy, the probabilities are too high), macro_f1, fold_<k>, worst_fold, seconds, failure
        (empty, or why it could not be judged). `attrs`: "by", "predictions" (label, fold,
        and the class that each gives; None where a sample is not judged),
        "probabilities" (name to array (sample, class)), "classes", "matrices" (name to error
        matrix), "failures", "folds", "notes", "block_degrees", "seed".

    Raises
    ------
    ValueError
        Unknown names, fewer than 2 classes, a class of one sample, or the scheme lacks something.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> table = pd.DataFrame(rng.normal(size=(60, 3)), columns=["blue", "red", "nir"])
    >>> table["label"] = np.where(table["nir"] > 0, "егін", "жалаңаш жер")
    >>> found = cross_validate(table, ["LinearDiscriminant", "NearestNeighbours"])
    >>> bool((found["overall_accuracy"] > found["always_commonest"]).all())
    True
    """
    chosen = choose(classifiers)
    for name in params or {}:
        if name not in chosen:
            advice = did_you_mean(str(name), chosen)
            raise ValueError(f"There are settings of {name!r}, which is not judged. {advice}")
    table = as_samples(samples)
    columns = features_of(table, features)
    labels = check_labels(table["label"])
    values = check_values(table, columns)
    held = make_folds(
        *(table, labels, by),
        folds=folds,
        block_degrees=block_degrees,
        seed=seed,
        columns=columns,
        together=together,
        buffer_km=buffer_km,
    )
    judged, notes = _check_folds(held, labels)
    predictions = pd.DataFrame({"label": labels, "fold": _fold_of(held, labels.size)}, table.index)
    commonest = float(np.unique(labels[judged], return_counts=True)[1].max() / judged.size)
    rows: dict[str, dict[str, Any]] = {}
    matrices, chances, failures = {}, {}, {}
    done, total = 0, len(chosen) * len(held.pairs)
    for name, kind in chosen.items():

        def tell(fold: str, name: str = name, done: int = done) -> None:
            if cancel is not None and cancel():
                raise Cancelled(f"Stopped at {name}.")
            if progress is not None:
                progress(done + held.names.index(fold), total, f"{name}, {fold}")

        start = time.perf_counter()
        settings = dict((params or {}).get(name, {}))
        try:
            found, chance = _held_back(
                name, kind, settings, values, labels, columns, held, seed, tell
            )
        except (ValueError, ImportError) as error:
            failures[name] = str(error)
            rows[name] = {"family": _family(kind), "failure": str(error)}
            done += len(held.pairs)
            continue
        done += len(held.pairs)
        predictions[name] = found
        chances[name] = chance
        matrices[name] = error_table(found[judged], labels[judged])
        matrices[name].attrs["held_back"] = by
        rows[name] = {
            "family": _family(kind),
            **_scores(found, labels, held, judged, seed),
            "always_commonest": commonest,
            "confidence": confidence(chance[judged]),
            "seconds": time.perf_counter() - start,
            "failure": "",
        }
        notes += too_sure(name, rows[name])
    if progress is not None:
        progress(total, total, "")
    result = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=_columns(held))
    result.index.name = "classifier"
    result = result.sort_values("overall_accuracy", ascending=False, kind="stable")
    result.attrs = {
        "by": by,
        "seed": seed,
        "predictions": predictions,
        "probabilities": chances,
        "matrices": matrices,
        "failures": failures,
        "folds": held.names,
        "classes": np.unique(labels).tolist(),
        "block_degrees": held.block_degrees,
        "notes": [*held.notes, *notes],
    }
    return result


def error_table(given: NDArray[Any], reference: NDArray[Any]) -> pd.DataFrame:
    """Return how often each class was given for each class of the reference.

    Parameters
    ----------
    given
        Classes given (sample,).
    reference
        Classes of the reference (sample,).

    Returns
    -------
    pandas.DataFrame
        Counts; rows the map, columns the reference, all classes of either in both.

    Examples
    --------
    A classifier that always says one thing fills one row:

    >>> table = error_table(np.array(["a", "a", "a"]), np.array(["a", "b", "b"]))
    >>> table.loc["a"].tolist(), table.loc["b"].tolist()
    ([1, 2], [0, 0])
    """
    classes, place = np.unique(np.concatenate([given, reference]), return_inverse=True)
    first, second = place[: given.size], place[given.size :]
    counts = np.bincount(first * classes.size + second, minlength=classes.size**2)
    return pd.DataFrame(
        counts.reshape(classes.size, classes.size),
        pd.Index(classes, name=ROWS),
        pd.Index(classes, name=COLUMNS),
    )


def _held_back(  # noqa: PLR0913
    name: str,
    kind: Any,
    params: Mapping[str, Any],
    values: NDArray[np.float64],
    labels: NDArray[Any],
    columns: list[str],
    held: Folds,
    seed: int,
    tell: Callable[[str], None],
) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Return the class given to every sample while it was held back, and the probabilities."""
    classes = np.unique(labels)
    found = np.empty(labels.size, dtype=object)
    chance = np.full((labels.size, classes.size), np.nan, np.float32)
    for fold, (train, test) in zip(held.names, held.pairs, strict=True):
        tell(fold)
        fitted = fit_arrays(name, kind, values[train], labels[train], columns, params, seed)
        if hasattr(fitted.estimator, "predict_proba"):
            part = fitted.predict_proba(pd.DataFrame(values[test], columns=columns))
            place = np.searchsorted(classes, fitted.classes)
            chance[np.ix_(test, np.arange(classes.size))] = 0.0
            chance[np.ix_(test, place)] = part
            found[test] = fitted.classes[part.argmax(axis=1)]
        else:
            found[test] = fitted.estimator.predict(fitted.filling.apply(values[test])[0])
    return found, chance


def _check_folds(held: Folds, labels: NDArray[Any]) -> tuple[NDArray[np.intp], list[Note]]:
    """Return the samples that are judged, and what to tell of the folds."""
    notes: list[Note] = []
    for fold, (train, test) in zip(held.names, held.pairs, strict=True):
        known = np.unique(labels[train])
        if known.size < 2:
            text = _(
                "Without fold {fold} ({by}) the samples have {count} class; choose smaller blocks, "
                "other zones or another scheme."
            )
            raise ValueError(note(text, fold=fold, by=held.by, count=known.size))
        if unknown := sorted(set(labels[test]) - set(known.tolist())):
            text = _(
                "Fold {fold} holds all samples of {names}: nothing can be learnt of them there, so "
                "they count as errors."
            )
            notes.append(note(text, fold=fold, names=[str(one) for one in unknown]))
    judged = np.sort(np.concatenate([test for _learnt, test in held.pairs]))
    groups = np.unique(held.groups[judged]).size
    if groups < FEW:
        notes.append(_few(groups, held.by))
    if judged.size < labels.size:
        only = labels.size - judged.size
        notes.append(note(_("{count} samples are learnt from only."), count=only))
    return judged, notes


def _few(groups: int, by: str) -> Note:
    one = {
        "random": _("All samples judged are of one place."),
        "block": _("All samples judged are of one block."),
        "zone": _("All samples judged are of one zone."),
        "time": _("All samples judged are of one year."),
    }
    some = {
        "random": _("The intervals rest on {count} places only; they are too narrow."),
        "block": _("The intervals rest on {count} blocks only; they are too narrow."),
        "zone": _("The intervals rest on {count} zones only; they are too narrow."),
        "time": _("The intervals rest on {count} years only; they are too narrow."),
    }
    if groups > 1:
        return note(some[by], count=groups)
    text = _("{all} Nothing tells how far the accuracy may be off.")
    return note(text, all=note(one[by]))


def _scores(
    found: NDArray[Any], labels: NDArray[Any], held: Folds, judged: NDArray[np.intp], seed: int
) -> dict[str, float]:
    right = (found[judged] == labels[judged]).astype(np.float64)
    low, high = interval(right, held.groups[judged], seed=seed)
    per_fold = {
        f"fold_{k + 1}": float((found[test] == labels[test]).mean())
        for k, (_learnt, test) in enumerate(held.pairs)
    }
    return {
        "overall_accuracy": float(right.mean()),
        "overall_accuracy_low": low,
        "overall_accuracy_high": high,
        "macro_f1": macro_f1(found[judged], labels[judged]),
        "worst_fold": min(per_fold.values()),
        **per_fold,
    }


def _fold_of(held: Folds, size: int) -> NDArray[Any]:
    found = np.empty(size, dtype=object)
    for name, (_learnt, test) in zip(held.names, held.pairs, strict=True):
        found[test] = name
    return found


def _family(kind: Any) -> str:
    return kind.family if isinstance(kind, Classifier) else "own"


def _columns(held: Folds) -> list[str]:
    score = "overall_accuracy"
    folds = [f"fold_{k + 1}" for k in range(len(held.names))]
    return [
        *("family", score, f"{score}_low", f"{score}_high", "always_commonest", "confidence"),
        "macro_f1",
        *(*folds, "worst_fold", "seconds", "failure"),
    ]
