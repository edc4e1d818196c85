"""Numbers for a place at a time: norms, departures, trends, correlations, the feature table."""

from analysis.features.anomalies import departure, zscore
from analysis.features.climatology import climatology
from analysis.features.components import PrincipalComponents, principal_components
from analysis.features.conditions import Condition, all_of, parse_conditions
from analysis.features.correlations import rolling_correlation
from analysis.features.derivatives import derivative
from analysis.features.gaps import fill
from analysis.features.table import build_table
from analysis.features.tablecomponents import add_components
from analysis.features.tableknown import known_at, undeclared
from analysis.features.trends import trend

__all__ = [
    "Condition",
    "PrincipalComponents",
    "add_components",
    "all_of",
    "build_table",
    "climatology",
    "departure",
    "derivative",
    "fill",
    "known_at",
    "parse_conditions",
    "principal_components",
    "rolling_correlation",
    "trend",
    "undeclared",
    "zscore",
]
