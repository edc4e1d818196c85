"""Raw to clean: duplicates, event types, magnitudes, homogeneity. Nothing is thrown away."""

from analysis.seismic.cleaning.matching import match_catalogues, unmatched

__all__ = ["match_catalogues", "unmatched"]
