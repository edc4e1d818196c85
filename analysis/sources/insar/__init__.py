"""Displacement of the ground from radar interferometry: one module for each family of files."""
