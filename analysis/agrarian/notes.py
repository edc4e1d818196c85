"""Sentences beside results: those of :mod:`analysis.notes`, under the name used in this room."""

from analysis.notes import Note, in_language, mark, note

__all__ = ["Note", "in_language", "mark", "note"]
