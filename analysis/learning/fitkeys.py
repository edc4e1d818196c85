"""Fits and forecasts kept by a hash of all that they depend on."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import pickle
import platform
from collections.abc import Callable
from typing import Any

import numpy as np

from analysis.compute import backend
from analysis.learning.fitting import Fitted
from analysis.learning.models import Model
from analysis.learning.sheet import Floats, Sheet
from analysis.learning.yardsticks import Known

_VERSION = 2  # of what is kept; raise it when fits change
_PACKAGES = ("numpy", "scikit-learn", "xgboost-cpu", "xgboost", "torch", "cuml-cu12", "cuml-cu13")


class FitCache:
    """A user's cache, asked by hashes; without one, everything is computed.

    Parameters
    ----------
    cache
        Object with ``get(key)`` and ``put(key, value)``, a dict, or None.
    known
        Rows and parts.
    seed, method
        Seed and calibration.
    """

    def __init__(self, cache: Any, known: Known, *, seed: int, method: str | None) -> None:
        self._cache = cache
        self._rows: dict[int, str] = {}
        if cache is not None:
            split = known.split
            parts = [hash_of(split.train), hash_of(split.validation)]
            self._base = [*parts, self._sheet(known.sheet), seed, method, versions()]

    def fitted(
        self, name: str, model: Any, params: dict[str, Any], make: Callable[[], Any]
    ) -> tuple[Any, str]:
        """Return a fit with its importance, kept or made, and its key."""
        if self._cache is None:
            return make(), ""
        what = [name, _described(model), sorted(params.items(), key=str)]
        key = _key("fit", [*self._base, *what])
        return self._of(key, make), key

    def forecast(self, fitted: Fitted, key: str, sheet: Sheet) -> Floats:
        """Return the forecasts (row,) of a fit, kept or made."""

        def make() -> Floats:
            return fitted.predict(sheet).astype(np.float32)

        if self._cache is None:
            return make()
        return self._of(_key("forecast", [key, self._sheet(sheet)]), make)

    def _of(self, key: str, make: Callable[[], Any]) -> Any:
        found = self._cache.get(key)
        if found is None:
            found = make()
            put = getattr(self._cache, "put", None)
            if put is None:
                self._cache[key] = found
            else:
                put(key, found)
        return found

    def _sheet(self, sheet: Sheet) -> str:
        if id(sheet) not in self._rows:
            times = sheet.times.astype(np.int64)
            parts = [hash_of(one) for one in (sheet.values, sheet.outcome, sheet.weights, times)]
            self._rows[id(sheet)] = "-".join([*parts, *sheet.names])
        return self._rows[id(sheet)]


def _key(kind: str, what: list[Any]) -> str:
    text = json.dumps(what, default=repr)
    return f"{kind}-" + hashlib.sha256(text.encode()).hexdigest()[:40]


def hash_of(values: Any) -> str:
    """Return a hash of an array's numbers and shape.

    Parameters
    ----------
    values
        Array.

    Returns
    -------
    str
        Hexadecimal digits.

    Examples
    --------
    >>> hash_of(np.zeros(3)) == hash_of(np.zeros(3)), hash_of(np.zeros(3)) == hash_of(np.ones(3))
    (True, False)
    """
    array = np.ascontiguousarray(values)
    found = hashlib.blake2b(repr((array.shape, array.dtype.str)).encode(), digest_size=16)
    found.update(array.view(np.uint8).reshape(-1).data)
    return found.hexdigest()


def versions() -> dict[str, str]:
    """Return the versions that fits depend on, and the processor that makes them.

    Returns
    -------
    dict
        Version by package.

    Examples
    --------
    >>> "scikit-learn" in versions()
    True
    """
    found = {"python": platform.python_version(), "fits": str(_VERSION), "compute": backend()}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _described(model: Any) -> str:
    """Return what makes a model different from others, as text."""
    if isinstance(model, Model):
        return repr((model.name, dict(model.defaults), model.most_rows, model.balance))
    try:
        return hashlib.sha256(pickle.dumps(model)).hexdigest()
    except (pickle.PicklingError, TypeError, AttributeError):
        return repr(model)
