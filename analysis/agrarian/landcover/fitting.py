"""Fit a classifier to samples, and what comes of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.agrarian.landcover.fitted import Fitted
from analysis.agrarian.landcover.gaps import learn_filling
from analysis.agrarian.landcover.registry import Classifier, classifier
from analysis.agrarian.samples.names import Layout, feature_layout
from analysis.agrarian.samples.table import as_samples, features_of
from analysis.learning import Cancelled as Cancelled
from analysis.notes import Note, note
from analysis.notes import mark as _


def fit(
    samples: Any,
    names: Any = "RandomForest",
    *,
    features: Sequence[str] | str | None = None,
    params: Mapping[str, Any] | None = None,
    seed: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Any:
    """Fit one classifier, or several, to samples.

    Parameters
    ----------
    samples
        As for :func:`~analysis.agrarian.samples.table.read_samples`.
    names
        A name of `CLASSIFIERS` or an estimator of scikit-learn's interface; or a list of names, or
        a mapping from name to name or estimator, for several.
    features
        Names of features or bands; None for all.
    params
        Settings: of the one classifier, or for several a mapping from name to settings.
    seed
        Same seed, same classifier.
    progress
        Called with what is done, what there is, and the name.
    cancel
        Asked before each; True stops with :class:`Cancelled`.

    Returns
    -------
    Fitted or dict of Fitted
        One for a name or an estimator, a mapping from name for several.

    Raises
    ------
    ValueError
        An unknown name or feature, fewer than 2 classes, a class of one sample, samples without
        any value.

    Examples
    --------
    >>> table = pd.DataFrame({"label": ["су", "су", "құм", "құм"], "nir_1": [0.0, 0.1, 0.4, 0.5]})
    >>> fitted = fit(table, "MinimumDistance")
    >>> fitted.predict([[0.02], [0.6]]).tolist(), fitted.predict_proba([[0.6]]).shape
    (['су', 'құм'], (1, 2))
    """
    chosen = choose(names)
    single = not isinstance(names, (Mapping, list, tuple, set)) and names is not None
    table = as_samples(samples)
    columns = features_of(table, features)
    labels = check_labels(table["label"])
    values = check_values(table, columns)
    found = {}
    for done, (name, one) in enumerate(chosen.items()):
        if cancel is not None and cancel():
            raise Cancelled(f"Stopped before {name}.")
        if progress is not None:
            progress(done, len(chosen), name)
        settings = dict((params or {}) if single else (params or {}).get(name, {}))
        found[name] = fit_arrays(name, one, values, labels, columns, settings, seed)
    if progress is not None:
        progress(len(chosen), len(chosen), "")
    return next(iter(found.values())) if single else found


def fit_arrays(
    name: str,
    kind: Any,
    values: NDArray[np.float64],
    labels: NDArray[Any],
    columns: list[str],
    params: Mapping[str, Any],
    seed: int,
) -> Fitted:
    """Fit one classifier to arrays that have been checked.

    Parameters
    ----------
    name
        What it is called.
    kind
        `Classifier`, or an estimator.
    values
        (sample, feature), NaN for gaps.
    labels
        (sample,).
    columns
        Names of the features, in order of band and step.
    params
        Settings.
    seed
        Seed.

    Returns
    -------
    Fitted
        It.
    """
    start = time.perf_counter()
    layout = feature_layout(columns)
    if layout.patch > 1 and not (isinstance(kind, Classifier) and kind.images):
        # classifiers of pixels see the sample's own pixel, whatever lies round it
        values = values[:, [columns.index(one) for one in layout.pixel]]
        columns = [one.rpartition("@")[0] for one in layout.pixel]
        layout = feature_layout(columns)
    filling = learn_filling(values, layout)
    filled, empty = filling.apply(values)
    estimator = _make(kind, params, layout, seed)
    estimator.fit(filled[~empty], labels[~empty])
    kinds, counts = np.unique(labels[~empty], return_counts=True)
    notes: list[Note] = []
    gaps = int(np.isnan(values[~empty]).sum())
    if gaps:
        text = _("{gaps} of {all} values were missing and have been filled.")
        notes.append(note(text, gaps=gaps, all=values[~empty].size))
    if shrunk := getattr(estimator, "shrunk_", None):
        text = _(
            "Too few samples for so many features: the covariance of {names} was drawn towards "
            "one without correlations."
        )
        notes.append(note(text, names=[str(one) for one in shrunk]))
    return Fitted(
        name=name,
        family=kind.family if isinstance(kind, Classifier) else "own",
        estimator=estimator,
        classes=np.asarray(estimator.classes_),
        feature_names=list(columns),
        layout=layout,
        filling=filling,
        counts={one: int(count) for one, count in zip(kinds.tolist(), counts, strict=True)},
        seed=seed,
        seconds=time.perf_counter() - start,
        notes=(*notes, *getattr(estimator, "notes_", ())),
        params=dict(params),
    )


def choose(names: Any) -> dict[str, Any]:
    """Return the classifiers that are meant, by name.

    Parameters
    ----------
    names
        Name, `Classifier`, estimator; list of names; mapping from name to any of them; None for all
        that can be used here.

    Returns
    -------
    dict
        Name to `Classifier` or estimator.

    Raises
    ------
    ValueError
        An unknown name, or something that is no classifier.

    Examples
    --------
    >>> list(choose(["SVM", "MLP"]))
    ['SVM', 'MLP']
    """
    from analysis.agrarian.landcover.registry import CLASSIFIERS

    if names is None:
        return {name: one for name, one in CLASSIFIERS.items() if one.available}
    if isinstance(names, Mapping):
        pairs = list(names.items())
    elif isinstance(names, (list, tuple, set)):
        pairs = [(one if isinstance(one, str) else _name(one), one) for one in names]
    else:
        pairs = [(names if isinstance(names, str) else _name(names), names)]
    if not pairs:
        raise ValueError("No classifier is named.")
    found = {}
    for name, one in pairs:
        kind = classifier(one) if isinstance(one, str) else one
        if not isinstance(kind, Classifier) and not hasattr(kind, "fit"):
            raise ValueError(f"{name} is {kind!r}; give a name or an estimator with fit.")
        found[str(name)] = kind
    return found


def check_labels(labels: pd.Series) -> NDArray[Any]:
    """Return labels as an array, having made sure that there is something to learn.

    Parameters
    ----------
    labels
        Labels (sample,), tidy.

    Returns
    -------
    numpy.ndarray
        (sample,).

    Raises
    ------
    ValueError
        Fewer than 2 classes, or a class of one sample.
    """
    counts = labels.value_counts()
    if counts.size < 2:
        text = _("The samples have {count} class; there must be 2 or more.")
        raise ValueError(note(text, count=counts.size))
    if single := sorted(map(str, counts.index[counts < 2])):
        text = _(
            "One sample is all there is of {names}; a class needs 2 or more: add samples, join the "
            "class with another, or leave it out."
        )
        raise ValueError(note(text, names=single))
    return np.asarray(labels.to_numpy())


def check_values(table: pd.DataFrame, columns: list[str]) -> NDArray[np.float64]:
    """Return the features of samples.

    Parameters
    ----------
    table
        Samples.
    columns
        Features.

    Returns
    -------
    numpy.ndarray
        (sample, feature), NaN for gaps.

    Raises
    ------
    ValueError
        Infinite values, a feature or a sample without any value.
    """
    values = table[columns].to_numpy(np.float64, na_value=np.nan)
    for where, what in ((np.isinf(values), "infinite"), (np.abs(values) > 1e30, "beyond 1e30")):
        if where.any():
            name = columns[int(np.flatnonzero(where.any(axis=0))[0])]
            raise ValueError(f"Values of {name} are {what}; is that a code for no data?")
    gaps = np.isnan(values)
    if gaps.all(axis=0).any():
        names = [columns[k] for k in np.flatnonzero(gaps.all(axis=0))]
        raise ValueError(f"The features {names[:8]} have no value at all; leave them out.")
    if gaps.all(axis=1).any():
        text = _(
            "{count} samples have no value at all (outside the imagery, or without data); leave "
            "them out."
        )
        raise ValueError(note(text, count=int(gaps.all(axis=1).sum())))
    return values


def _make(kind: Any, params: Mapping[str, Any], layout: Layout, seed: int) -> Any:
    if not isinstance(kind, Classifier):
        from sklearn.base import clone

        made = clone(kind)
        return made.set_params(**params) if params else made
    settings = dict(params)
    if kind.seeded:
        settings.setdefault("random_state", seed)
    if kind.images:
        settings.setdefault("patch", layout.patch)
    if kind.series:
        settings.setdefault("bands", len(layout.bands) if layout.steps > 1 else 1)
    return kind.make(**settings)


def _name(estimator: Any) -> str:
    return estimator.name if isinstance(estimator, Classifier) else type(estimator).__name__
