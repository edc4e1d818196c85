"""Google Earth Engine through xee: an optional extra that needs an account of the user's own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.imagery import stac

if TYPE_CHECKING:
    import xarray as xr

INSTALL: Final = 'pip install "qazcube[earthengine]"'
PROJECT: Final = "EARTHENGINE_PROJECT"
"""Environment variable with the name of the user's Google Cloud project."""
_SERVICE: Final = "https://earthengine-highvolume.googleapis.com"


class EarthEngineReader(FileReader):
    """Image collections of Google Earth Engine, by addresses like ``ee://MODIS/061/MOD13Q1``."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.FileData}  # noqa: RUF012 - Intake's own way to say what it opens
    func = "xarray:open_dataset"

    def _read(self, data: Any, **options: Any) -> Any:
        options.pop("chunks", None)
        given = {name: value for name, value in options.items() if value is not None}
        if not str(data.url).startswith("ee://"):
            raise ValueError(f"{data.url} is no address of Earth Engine; write ee://COLLECTION.")
        return open_earth_engine(str(data.url).removeprefix("ee://"), **given)


def open_earth_engine(
    collection: str,
    bbox: stac.Bounds | None = None,
    start: Any = None,
    end: Any = None,
    *,
    bands: Sequence[str] | None = None,
    resolution: float = 0.01,
    project: str | None = None,
) -> xr.Dataset:
    """Open an image collection of Earth Engine, lazily.

    It was written from the documentation of xee 0.1 and was never met by the service.

    Parameters
    ----------
    collection : str
        For example "MODIS/061/MOD13Q1".
    bbox : tuple of float
        West, south, east, north, degrees.
    start, end : str or datetime
        As in :func:`analysis.sources.imagery.stac.search`.
    bands : sequence of str, optional
        Without them all.
    resolution : float, optional
        Degrees.
    project : str, optional
        Google Cloud project; without it the environment variable ``EARTHENGINE_PROJECT``.

    Returns
    -------
    xarray.Dataset
        (time, y, x) in EPSG:4326, values as the service has them: not scaled, not masked.

    Raises
    ------
    ValueError
        The packages are not installed, there is no account or project, the question is incomplete
        or the service refuses.
    """
    if not collection:
        raise ValueError('Say which image collection: collection="MODIS/061/MOD13Q1".')
    if bbox is None or start is None or end is None:
        raise ValueError("Say where and when: bbox=(west, south, east, north), start, end.")
    west, south, east, north = (float(one) for one in bbox)
    if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):
        raise ValueError(f"The box {tuple(bbox)} is none: west, south, east, north in degrees.")
    if not resolution > 0:
        raise ValueError(f"resolution={resolution!r}; it is a positive number of degrees.")
    first, last = stac.period(start, end)
    check_account(project)
    return _open(collection, (west, south, east, north), (first, last), bands, resolution, project)


def check_account(project: str | None = None) -> None:
    """Say what is missing before Earth Engine can be asked.

    Parameters
    ----------
    project : str, optional
        Google Cloud project.

    Raises
    ------
    ValueError
        A package, the sign-in or the project is missing; with the command that helps.
    """
    missing = [name for name in ("ee", "xee") if find_spec(name) is None]
    if missing:
        raise ValueError(
            f"Google Earth Engine needs packages that are not installed "
            f"({', '.join({'ee': 'earthengine-api', 'xee': 'xee'}[one] for one in missing)}): "
            f"{INSTALL}. All other sources work without it."
        )
    if not (project or os.environ.get(PROJECT)):
        raise ValueError(
            "Google Earth Engine needs an account and a Google Cloud project registered for it "
            "(earthengine.google.com): sign in with `earthengine authenticate`, and say "
            f"project=... or set {PROJECT}."
        )


def _open(
    collection: str,
    box: stac.Bounds,
    when: tuple[Any, Any],
    bands: Sequence[str] | None,
    resolution: float,
    project: str | None,
) -> xr.Dataset:
    import xarray as xr

    ee: Any = import_module("ee")

    west, south, east, north = box
    try:
        ee.Initialize(project=project or os.environ[PROJECT], opt_url=_SERVICE)
        images = ee.ImageCollection(collection).filterDate(when[0].isoformat(), when[1].isoformat())
        images = images.filterBounds(ee.Geometry.Rectangle(west, south, east, north))
        if bands:
            images = images.select(list(bands))
        shape = (round((east - west) / resolution), round((north - south) / resolution))
        opened: xr.Dataset = xr.open_dataset(
            images,
            engine="ee",
            crs="EPSG:4326",
            crs_transform=(resolution, 0.0, west, 0.0, -resolution, north),
            shape_2d=shape,
            chunks={},
        )
    except ee.EEException as error:
        raise ValueError(
            f"Google Earth Engine refuses: {error}. Sign in with `earthengine authenticate`."
        ) from error
    return opened
