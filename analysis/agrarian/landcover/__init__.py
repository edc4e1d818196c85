"""Classifiers of land cover, and how they are judged.

Doors: `CLASSIFIERS`, `cross_validate`, `compare_ways`, `fit`; they load scikit-learn when they
are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from analysis.agrarian.landcover.registry import CLASSIFIERS, Classifier

if TYPE_CHECKING:
    from analysis.agrarian.landcover.fitted import Fitted
    from analysis.agrarian.landcover.fitting import fit
    from analysis.agrarian.landcover.validate import cross_validate
    from analysis.agrarian.landcover.ways import compare_ways

__all__ = ["CLASSIFIERS", "Classifier", "Fitted", "compare_ways", "cross_validate", "fit"]

_HOMES = {
    "Fitted": "fitted",
    "fit": "fitting",
    "cross_validate": "validate",
    "compare_ways": "ways",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
