"""The few conversions of units that Qazcube does, written out."""

from __future__ import annotations

from typing import Final

_SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    "K": ("kelvin", "kelvins", "degk", "deg_k", "degrees_kelvin", "k"),
    "degC": ("degc", "celsius", "degrees_celsius", "degree_celsius", "deg_c", "c", "°c", "degreec"),
    "degF": ("degf", "fahrenheit", "degrees_fahrenheit", "deg_f", "°f"),
    "m": ("meter", "meters", "metre", "metres", "m", "m water", "m_of_water_equivalent"),
    "cm": ("centimeter", "centimeters", "centimetre", "centimetres", "cm", "cm water"),
    "mm": ("millimeter", "millimeters", "millimetre", "millimetres", "mm", "kg m-2", "kg/m2"),
    "km": ("kilometer", "kilometers", "kilometre", "kilometres", "km"),
    "m/s": ("m/s", "m s-1", "m s**-1", "m s^-1", "meter/sec", "metres/second", "ms-1", "m.s-1"),
    "km/h": ("km/h", "km h-1", "kph", "kmh"),
    "knots": ("knot", "knots", "kt", "kts"),
    "TECU": ("tecu", "1e16 e/m^2", "1e16 e m-2", "1e16 electrons m-2", "10^16 e/m^2"),
    "e/m2": ("e/m^2", "e m-2", "electrons m-2", "m-2"),
    "1": ("1", "dimensionless", "unitless", "-", "none", "ratio", "fraction", "index", "ndvi"),
    "%": ("%", "percent", "per cent"),
    "Pa": ("pa", "pascal", "pascals"),
    "hPa": ("hpa", "mbar", "millibar", "millibars", "mb"),
    "kg m-2 s-1": ("kg m-2 s-1", "kg/m2/s", "mm/s", "mm s-1"),
    "mm/day": ("mm/day", "mm/d", "mm day-1", "mm d-1"),
    "W m-2": ("w m-2", "w/m2", "w/m^2", "w m**-2", "watts m-2"),
}
_CANONICAL: Final = {word: unit for unit, words in _SPELLINGS.items() for word in words}

# (from, to): to = from * factor + offset
_CONVERSIONS: Final[dict[tuple[str, str], tuple[float, float]]] = {
    ("K", "degC"): (1.0, -273.15),
    ("degF", "degC"): (5.0 / 9.0, -160.0 / 9.0),
    ("degC", "K"): (1.0, 273.15),
    ("m", "cm"): (100.0, 0.0),
    ("mm", "cm"): (0.1, 0.0),
    ("m", "mm"): (1000.0, 0.0),
    ("cm", "mm"): (10.0, 0.0),
    ("cm", "m"): (0.01, 0.0),
    ("mm", "m"): (0.001, 0.0),
    ("km", "m"): (1000.0, 0.0),
    ("m/year", "mm/year"): (1000.0, 0.0),
    ("cm/year", "mm/year"): (10.0, 0.0),
    ("km/h", "m/s"): (1.0 / 3.6, 0.0),
    ("knots", "m/s"): (1852.0 / 3600.0, 0.0),
    ("e/m2", "TECU"): (1e-16, 0.0),
    ("%", "1"): (0.01, 0.0),
    ("1", "%"): (100.0, 0.0),
    ("Pa", "hPa"): (0.01, 0.0),
    ("kg m-2 s-1", "mm/day"): (86400.0, 0.0),
}


def canonical(units: str) -> str:
    """One spelling for the units that we know; others stay as they are.

    Examples
    --------
    >>> canonical("METERS"), canonical("m s**-1"), canonical("furlong")
    ('m', 'm/s', 'furlong')
    """
    words = " ".join(units.strip().split())
    return _CANONICAL.get(words.lower(), _CANONICAL.get(words.lower().replace(" ", "_"), words))


def conversion(given: str, wanted: str) -> tuple[float, float]:
    """Factor and offset that turn values in one unit into another.

    Parameters
    ----------
    given, wanted : str
        Units in any spelling that :func:`canonical` knows.

    Returns
    -------
    factor, offset : float
        ``wanted = given * factor + offset``.

    Raises
    ------
    ValueError
        No conversion between the two is known.

    Examples
    --------
    >>> conversion("Kelvin", "degC")
    (1.0, -273.15)
    >>> conversion("m/s", "M/S")
    (1.0, 0.0)
    """
    start, end = canonical(given), canonical(wanted)
    if start == end:
        return 1.0, 0.0
    try:
        return _CONVERSIONS[start, end]
    except KeyError:
        known = sorted(one for one, other in _CONVERSIONS if other == end)
        raise ValueError(
            f"Values in {given!r} cannot be converted to {wanted!r}; "
            f"known for {wanted!r}: {', '.join([end, *known])}."
        ) from None
