"""Ionosphere and space weather: files of data centres to grids and tables."""
