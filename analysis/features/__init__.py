"""Numbers for a place at a time: norms, departures, trends, gaps, correlations, conditions."""

from analysis.features.anomalies import departure, zscore
from analysis.features.climatology import climatology
from analysis.features.components import PrincipalComponents, principal_components
from analysis.features.conditions import Condition, all_of, parse_conditions
from analysis.features.correlations import rolling_correlation
from analysis.features.derivatives import derivative
from analysis.features.gaps import fill
from analysis.features.trends import trend

__all__ = [
    "Condition",
    "PrincipalComponents",
    "all_of",
    "climatology",
    "departure",
    "derivative",
    "fill",
    "parse_conditions",
    "principal_components",
    "rolling_correlation",
    "trend",
    "zscore",
]
