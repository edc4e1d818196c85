"""Declustering: windows, links and nearest neighbours; who belongs to which mainshock."""

from analysis.seismic.decluster.clusters import cluster_table, mainshocks
from analysis.seismic.decluster.describe import describe
from analysis.seismic.decluster.gardner_knopoff import LINKING, gardner_knopoff
from analysis.seismic.decluster.mixture import Mixture, two_normals
from analysis.seismic.decluster.reasenberg import reasenberg
from analysis.seismic.decluster.windows import WINDOWS, window_size
from analysis.seismic.decluster.zaliapin import nearest_neighbours, zaliapin

__all__ = [
    "LINKING",
    "WINDOWS",
    "Mixture",
    "cluster_table",
    "describe",
    "gardner_knopoff",
    "mainshocks",
    "nearest_neighbours",
    "reasenberg",
    "two_normals",
    "window_size",
    "zaliapin",
]
