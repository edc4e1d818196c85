"""What must stand beside every forecast: what is known, and what is not."""

from __future__ import annotations

from analysis.language import translator


def leaky_statement(language: str = "en") -> str:
    """Return the text that belongs to all that a split at random made.

    Parameters
    ----------
    language
        "kk", "ru" or "en".

    Returns
    -------
    str
        Plain text, two sentences.

    Raises
    ------
    ValueError
        The language is another.

    Examples
    --------
    >>> leaky_statement("en").startswith("Split at random, for teaching")
    True
    """
    _ = translator(language)
    return _(
        "Split at random, for teaching what leakage does: the models have seen the windows that "
        "they are judged in. The scores are inflated and say nothing about the future."
    )


def statement(language: str = "en") -> str:
    """Return the text that belongs to every forecast, on pages and in files.

    The sentence in quotes is that of the USGS ("Can you predict earthquakes?",
    https://www.usgs.gov/faqs/can-you-predict-earthquakes).

    Parameters
    ----------
    language
        "kk", "ru" or "en".

    Returns
    -------
    str
        Plain text, five sentences.

    Raises
    ------
    ValueError
        The language is another.

    Examples
    --------
    >>> statement("en").startswith("An educational experiment, not a warning.")
    True
    >>> len({statement(language) for language in ("kk", "ru", "en")})
    3
    """
    _ = translator(language)
    parts = [
        _("An educational experiment, not a warning."),
        _(
            "Short-term earthquake prediction is an unsolved problem: “Neither the USGS nor any "
            "other scientists have ever predicted a major earthquake” (USGS)."
        ),
        _(
            "The probabilities are small, from hundredths of a per cent to a few per cent; most "
            "alarms are false, and a forecast means something only beside its base rate."
        ),
        _("No satellite precursor is accepted as reliable."),
        _("For official information turn to the national seismological service."),
    ]
    return " ".join(parts)
