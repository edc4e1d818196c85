"""Which variant of a method was used, in words that a page can show."""

from __future__ import annotations

from collections.abc import Callable

from analysis.seismic.decluster.gardner_knopoff import LINKING
from analysis.seismic.decluster.windows import WINDOWS
from analysis.spelling import did_you_mean

METHODS = ("gardner-knopoff", "reasenberg", "zaliapin")


def describe(
    method: str,
    *,
    window: str = "gardner-knopoff",
    linking: str = "mainshock",
    foreshocks: float = 0.0,
    three_dimensional: bool = False,
    causal: bool = False,
    _: Callable[[str], str] = str,
) -> str:
    """Say which variant of declustering was used: published counts differ by a factor of two.

    Parameters
    ----------
    method : str
        ``"gardner-knopoff"``, ``"reasenberg"`` or ``"zaliapin"``.
    window, linking, foreshocks
        Of `gardner_knopoff`; they say nothing for the other methods.
    three_dimensional, causal : bool
        As given to the method.
    _ : callable
        Translation of a text, English by default.

    Returns
    -------
    str
        One or several sentences.

    Raises
    ------
    ValueError
        There is no such method, window or linking rule.

    Examples
    --------
    >>> describe("gardner-knopoff", window="uhrhammer")
    'Windows of Uhrhammer (1986). Only mainshocks have a window. Aftershocks only: no window before
    an event. Distances between epicentres.'
    """
    for value, known in ((method, METHODS), (window, WINDOWS), (linking, LINKING)):
        if value not in known:
            msg = f"There is no {value!r}. {did_you_mean(str(value), known)}"
            raise ValueError(msg)
    parts = []
    if method == "gardner-knopoff":
        names = {
            "gardner-knopoff": _("Windows of Gardner and Knopoff (1974)."),
            "gruenthal": _("Windows of Gruenthal (van Stiphout et al. 2012)."),
            "uhrhammer": _("Windows of Uhrhammer (1986)."),
        }
        rules = {
            "mainshock": _("Only mainshocks have a window."),
            "every": _("Aftershocks have windows too, so that clusters grow along chains."),
        }
        before = _("The window before an event is {share} % of that after it.")
        none = _("Aftershocks only: no window before an event.")
        share = f"{100 * foreshocks:g}"
        parts = [names[window], rules[linking], before.format(share=share) if foreshocks else none]
    elif method == "reasenberg":
        parts = [_("Links of interaction zones (Reasenberg 1985).")]
    else:
        parts = [_("Nearest neighbours in time, space and magnitude (Zaliapin and Ben-Zion 2013).")]
    deep, flat = _("Distances between hypocentres."), _("Distances between epicentres.")
    parts.append(deep if three_dimensional else flat)
    if causal:
        parts.append(_("Each event is judged by earlier events alone."))
    return " ".join(parts)
