"""Sizes of files as the reader writes them."""

from __future__ import annotations

from analysis.language import MISSING, format_number

STEPS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
BYTES = {"GB": "ГБ", "MB": "МБ", "kB": "кБ"}  # in Kazakh and Russian


def size_text(size: float, language: str) -> str:
    r"""Write a number of bytes.

    >>> size_text(0, "en"), size_text(12_300_000, "en"), size_text(950, "ru")
    ('–', '12.3\xa0MB', '950\xa0Б')
    """
    if size <= 0:
        return MISSING
    for unit, step in STEPS:
        if size >= step:
            value = size / step
            digits = 1 if value < 100 and value != round(value) else 0
            own = unit if language == "en" else BYTES[unit]
            return f"{format_number(value, language, digits)}\u00a0{own}"
    return f"{size:.0f}\u00a0{'B' if language == 'en' else 'Б'}"
