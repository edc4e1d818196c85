"""Numbers for a place at a time: norms, departures, trends, gaps, correlations, conditions."""

from analysis.features.anomalies import departure, zscore
from analysis.features.climatology import climatology

__all__ = ["climatology", "departure", "zscore"]
