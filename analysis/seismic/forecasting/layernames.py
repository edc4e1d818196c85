"""How a cube of forecasts is known: light, for pages that only ask."""

from __future__ import annotations

from typing import Any, Final

PREFIX: Final = "forecast-"
"""Begins the name of every cube of forecasts."""
PROBABILITY: Final = "forecast_probability"
SMOOTHED: Final = "forecast_smoothed"


def is_forecast(cube: Any) -> bool:
    """Say whether a cube holds forecasts.

    Parameters
    ----------
    cube : analysis.cubes.Cube
        Any.

    Returns
    -------
    bool
        True for the cube of a stored run.
    """
    return bool(getattr(cube, "about", {}).get("forecast_of"))
