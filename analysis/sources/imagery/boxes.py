"""The grid on which images are put: from a box in degrees, a resolution, a projection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from rasterio.transform import from_origin

if TYPE_CHECKING:
    from odc.geo.geobox import GeoBox

PIXELS: Final = 400_000_000
"""Pixels of one step at most: 20,000 x 20,000, 1.6 GB a band when somebody computes it whole."""
METRES_PER_DEGREE: Final = 111_319.49  # of the equator


def target_box(
    bbox: tuple[float, float, float, float],
    resolution: float | None,
    crs: str,
    metres: float,
    most: int = PIXELS,
) -> GeoBox:
    """Grid that covers a box.

    Parameters
    ----------
    bbox : tuple of float
        West, south, east, north, degrees.
    resolution : float or None
        Side of a pixel in units of ``crs``; None is ``metres``, or as many degrees of latitude.
    crs : str
        Coordinate reference system, for example "EPSG:32642".
    metres : float
        Side of a pixel of the product, m.
    most : int, optional
        Pixels at most.

    Returns
    -------
    odc.geo.geobox.GeoBox
        Its edges are multiples of the resolution, so that neighbouring boxes share pixels.

    Raises
    ------
    ValueError
        The box, the resolution or the system is impossible, or there would be too many pixels.

    Examples
    --------
    >>> target_box((70.0, 50.0, 70.5, 50.2), 0.1, "EPSG:4326", 10.0).shape
    Shape2d(x=5, y=2)
    """
    from odc.geo import CRS, CRSError
    from odc.geo.geobox import GeoBox
    from odc.geo.geom import box as rectangle

    if len(bbox) != 4:
        raise ValueError(f"The box {bbox} has {len(bbox)} numbers; write west, south, east, north.")
    west, south, east, north = (float(one) for one in bbox)
    if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):
        raise ValueError(
            f"The box {tuple(bbox)} is none for images: west below east, south below north, in "
            "degrees. Ask for the two sides of the date line one after the other."
        )
    try:
        system = CRS(crs)
    except CRSError as error:
        raise ValueError(f"The coordinate reference system {crs!r} is unknown.") from error
    step = resolution
    if step is None:
        step = metres / METRES_PER_DEGREE if system.geographic else metres
    if not (np.isfinite(step) and step > 0):
        raise ValueError(f"resolution={resolution!r}; it is a positive number of units of {crs}.")
    area = rectangle(west, south, east, north, "EPSG:4326")
    sides = area.to_crs(system, resolution=(east - west) / 50, check_and_fix=True).boundingbox
    if not np.isfinite([sides.left, sides.bottom, sides.right, sides.top]).all():
        raise ValueError(f"The box {tuple(bbox)} lies outside {crs}.")
    count = ((sides.right - sides.left) / step + 1) * ((sides.top - sides.bottom) / step + 1)
    if count > most:
        need = step * float(np.sqrt(count / most))
        unit = "degrees" if system.geographic else "m"
        raise ValueError(
            f"At {step:g} {unit} the box {tuple(bbox)} has {count:.3g} pixels a step; at most "
            f"{most:.3g} are opened. Ask for a smaller box, or resolution={need:.2g} ({unit})."
        )
    if system.geographic:
        sides = rectangle(west, south, east, north, "EPSG:4326").boundingbox
    # a box that ends on an edge, but for rounding, gets no further row
    tight = np.array([sides.left, sides.bottom, sides.right, sides.top]) / step
    low = np.floor(tight[:2] + 1e-6) * step
    high = np.ceil(tight[2:] - 1e-6) * step
    shape = np.maximum(np.round((high - low) / step), 1).astype(int)
    corner = from_origin(low[0], high[1], step, step)
    return GeoBox((int(shape[1]), int(shape[0])), corner, system)
