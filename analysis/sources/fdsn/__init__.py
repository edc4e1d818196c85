"""Earthquake catalogues of the FDSN event services."""
