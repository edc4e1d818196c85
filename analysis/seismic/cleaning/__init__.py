"""Raw to clean: duplicates, event types, magnitudes, homogeneity. Nothing is thrown away."""

from analysis.seismic.cleaning.agencies import AGENCIES
from analysis.seismic.cleaning.candidates import Windows
from analysis.seismic.cleaning.homogeneity import RateChanges, rate_changes
from analysis.seismic.cleaning.kinds import EVENT_KINDS, event_kinds
from analysis.seismic.cleaning.matching import match_catalogues, unmatched
from analysis.seismic.cleaning.merging import merge_catalogues
from analysis.seismic.cleaning.moment import (
    MAGNITUDE_FAMILIES,
    add_moment_magnitudes,
    magnitude_families,
    moment_magnitudes,
    preferred_magnitudes,
)
from analysis.seismic.cleaning.procedure import clean
from analysis.seismic.cleaning.relations import RELATIONS, Piece, Relation, find_relations
from analysis.seismic.cleaning.report import REASONS, CleaningReport
from analysis.seismic.cleaning.steps import STEPS, Rules

__all__ = [
    "AGENCIES",
    "EVENT_KINDS",
    "MAGNITUDE_FAMILIES",
    "REASONS",
    "RELATIONS",
    "STEPS",
    "CleaningReport",
    "Piece",
    "RateChanges",
    "Relation",
    "Rules",
    "Windows",
    "add_moment_magnitudes",
    "clean",
    "event_kinds",
    "find_relations",
    "magnitude_families",
    "match_catalogues",
    "merge_catalogues",
    "moment_magnitudes",
    "preferred_magnitudes",
    "rate_changes",
    "unmatched",
]
