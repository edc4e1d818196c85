"""What was before earthquakes: superposed epochs, corrected, and hypotheses written beforehand."""

from analysis.seismic.precursors.correction import CORRECTIONS, adjust
from analysis.seismic.precursors.epochs import Epochs, superposed_epochs
from analysis.seismic.precursors.hypothesis import ANY, DIRECTIONS, Hypothesis
from analysis.seismic.precursors.matching import Matched, match
from analysis.seismic.precursors.register import HypothesisRegister
from analysis.seismic.precursors.surroundings import Surroundings, surroundings

__all__ = [
    "ANY",
    "CORRECTIONS",
    "DIRECTIONS",
    "Epochs",
    "Hypothesis",
    "HypothesisRegister",
    "Matched",
    "Surroundings",
    "adjust",
    "match",
    "superposed_epochs",
    "surroundings",
]
