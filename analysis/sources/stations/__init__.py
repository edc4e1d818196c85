"""Stations on the ground: GNSS, geomagnetic observatories, wells and rivers as tables of points."""
