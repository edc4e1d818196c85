"""Raw to clean: duplicates, event types, magnitudes, homogeneity. Nothing is thrown away."""

from analysis.seismic.cleaning.kinds import EVENT_KINDS, event_kinds
from analysis.seismic.cleaning.matching import match_catalogues, unmatched
from analysis.seismic.cleaning.procedure import clean
from analysis.seismic.cleaning.report import REASONS, CleaningReport
from analysis.seismic.cleaning.steps import AGENCIES, STEPS, Rules

__all__ = [
    "AGENCIES",
    "EVENT_KINDS",
    "REASONS",
    "STEPS",
    "CleaningReport",
    "Rules",
    "clean",
    "event_kinds",
    "match_catalogues",
    "unmatched",
]
