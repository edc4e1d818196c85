"""Citations and licences in the reader's language: names and titles stay, the words between not."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

Translate = Callable[[str], str]


def credit(_: Translate, text: str) -> str:
    """Write a citation or a licence for the foot of a page or a printed map.

    A citation is kept in the catalogue in one language, as it is to be quoted; here the words
    that Qazcube itself put round the names are turned into the reader's.

    Parameters
    ----------
    _ : callable
        Translates an English text.
    text : str
        As the catalogue has it.

    Returns
    -------
    str
        The same for a text without such words.

    Examples
    --------
    >>> credit(str.upper, "Argus (2011), doi:10.1029/2011GC003751")
    'Argus (2011), doi:10.1029/2011GC003751'
    """
    known = _licences(_).get(text)
    if known is not None:
        return known
    for pattern, words in _phrases(_):
        text = re.sub(pattern, partial(_filled, words), text)
    return text


def _filled(words: str, found: re.Match[str]) -> str:
    return words.format(**found.groupdict())


def _licences(_: Translate) -> dict[str, str]:
    return {
        "public domain": _("public domain"),
        "CC0-1.0": _("public domain (CC0)"),
        "free with citation": _("free with citation"),
        "NASA open data": _("open data of NASA"),
        "NASA open data policy": _("open data of NASA"),
        "NASA open data (EOSDIS Data Use and Citation Guidance)": _("open data of NASA"),
        "Copernicus Sentinel data (free and open)": _("open data of Copernicus"),
        "Copernicus Sentinel data terms (free, full and open)": _("open data of Copernicus"),
        "Copernicus open data policy": _("open data of Copernicus"),
        "as bought; not for public pages": _("as bought; not for public pages"),
        "for research; not to be redistributed": _("for research; not to be redistributed"),
    }


def _phrases(_: Translate) -> tuple[tuple[str, str], ...]:
    """Return pattern and words; the longer ones come first."""
    return (
        (
            r"Simulated by Qazcube \((?P<part>[^)]+)\); not an observation\.",
            _("Simulated by Qazcube ({part}); not an observation."),
        ),
        (
            r"Made by Qazcube \((?P<part>[^)]+)\) from the oblasts of (?P<source>[^;]+?)\.$",
            _("Made by Qazcube ({part}) from the oblasts of {source}."),
        ),
        (r"Made by Qazcube \((?P<part>[^)]+)\)\.", _("Made by Qazcube ({part}).")),
        (
            r"Made with Natural Earth \(naturalearthdata\.com\), through "
            r"(?P<source>\S+ [\d.]+\d)\.",
            _("Made with Natural Earth (naturalearthdata.com), through {source}."),
        ),
        (r"; through (?P<source>\S+ [\d.]+\d)\.$", _("; through {source}.")),
        (
            r"; distributed by NOAA/PMEL with Ferret \((?P<source>[^)]+)\)\.",
            _("; distributed by NOAA/PMEL with Ferret ({source})."),
        ),
        (r"monthly winds (?P<years>\d{4}-\d{4})", _("monthly winds {years}")),
        (r"averaged to (?P<minutes>\d+) arc minutes", _("averaged to {minutes} arc minutes")),
        (r"\breal-time feeds\b", _("real-time feeds")),
        (
            r"\(the package does not name the survey of the outlines\); names and codes added",
            _("(the package does not name the survey of the outlines); names and codes added"),
        ),
    )
