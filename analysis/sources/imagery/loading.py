"""Assets of STAC items on a grid, lazily: one step for each solar day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely
import xarray as xr
from pyproj.exceptions import CRSError
from pystac.errors import STACError

from analysis.sources.imagery import stac
from analysis.sources.imagery.products import Sign

if TYPE_CHECKING:
    import pystac

CHUNK: Final = 1024
"""Pixels along a side of a chunk."""

# what is raised below at absurd properties and outlines of items
_UNREADABLE: Final = (
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError),
    *(RecursionError, STACError, shapely.errors.ShapelyError, CRSError),
)


def load_assets(
    items: Sequence[pystac.Item],
    keys: Sequence[str],
    box: Any,
    sign: Sign | None = None,
    chunk: int = CHUNK,
) -> xr.Dataset:
    """Load assets lazily onto a grid, one step for each solar day.

    Parameters
    ----------
    items : sequence of pystac.Item
        All with these assets.
    keys : sequence of str
        Names of assets of whole numbers, 0 where there is none.
    box : odc.geo.geobox.GeoBox
        The grid.
    sign : callable, optional
        Turns an address into one that may be read.
    chunk : int, optional
        Pixels along a side of a chunk.

    Returns
    -------
    xarray.Dataset
        (time, latitude, longitude) or (time, y, x) by asset, as stored; ``time`` is the day.
    """
    import odc.stac

    odc.stac.configure_rio(cloud_defaults=True, GDAL_HTTP_MAX_RETRY="4", GDAL_HTTP_TIMEOUT="60")
    days = {np.datetime64(stac.moments(item)[0], "us"): _solar_day(item) for item in items}
    plain = {"*": {"assets": {"*": {"data_type": "uint16", "nodata": 0}}}}
    try:
        loaded = odc.stac.load(
            [_with_footprint(item) for item in items],
            bands=list(dict.fromkeys(keys)),
            geobox=box,
            groupby=lambda item, _parsed, _number: _solar_day(item),
            chunks={"x": chunk, "y": chunk},
            resampling="nearest",
            patch_url=sign,
            stac_cfg=plain,
        )
    except _UNREADABLE as error:
        told = " ".join(str(error).split()) or type(error).__name__
        names = ", ".join(str(item.id) for item in items[:3])
        raise ValueError(f"The items {names} ... cannot be put on a grid: {told}") from error
    stamps = [days[np.datetime64(one, "us")] for one in loaded["time"].to_numpy()]
    return loaded.assign_coords(time=np.array(stamps, "datetime64[ns]"))


def _with_footprint(item: pystac.Item) -> pystac.Item:
    """Give an item without a footprint that of its box."""
    box = stac.footprint(item)
    if item.geometry is not None or box is None:
        return item
    copy = item.clone()
    copy.geometry = shapely.geometry.mapping(shapely.box(*box))
    return copy


def _solar_day(item: pystac.Item) -> np.datetime64:
    """Day at the place of a scene: an overpass near midnight UTC is not cut in two."""
    moment = stac.moments(item)[0]
    box = stac.footprint(item)
    if box is not None:
        west, _, east, _ = box
        middle = (west + east) / 2 if west <= east else (west + east + 360) / 2
        moment = moment + pd.Timedelta(hours=middle / 15)
    return np.datetime64(moment.normalize(), "ns")
