"""Declustering: windows, links and nearest neighbours; who belongs to which mainshock."""

from analysis.seismic.decluster.clusters import cluster_table, mainshocks
from analysis.seismic.decluster.gardner_knopoff import LINKING, gardner_knopoff
from analysis.seismic.decluster.reasenberg import reasenberg
from analysis.seismic.decluster.windows import WINDOWS, window_size

__all__ = [
    "LINKING",
    "WINDOWS",
    "cluster_table",
    "gardner_knopoff",
    "mainshocks",
    "reasenberg",
    "window_size",
]
