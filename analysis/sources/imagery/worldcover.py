"""ESA WorldCover: land cover of 2020 and 2021 at 10 m, 11 classes.

The maps of the two years were made by different algorithms (v100 and v200). A difference between
them is mostly one of method; it is no change of land cover, and is never computed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from analysis.sources.imagery import stac
from analysis.sources.imagery.boxes import target_box
from analysis.sources.imagery.loading import CHUNK, load_assets
from analysis.sources.imagery.products import Product, Sign

if TYPE_CHECKING:
    import pystac

VERSIONS: Final[Mapping[int, str]] = {2020: "1.0.0", 2021: "2.0.0"}


@dataclass(frozen=True)
class CoverClass:
    """One class of the map: its number, its names, its colour."""

    value: int
    names: Mapping[str, str]
    colour: str


def _class(value: int, kk: str, ru: str, en: str, colour: str) -> CoverClass:
    return CoverClass(value, {"kk": kk, "ru": ru, "en": en}, colour)


CLASSES: Final = (
    _class(10, "Ағаштар", "Древесный покров", "Tree cover", "#006400"),
    _class(20, "Бұталар", "Кустарники", "Shrubland", "#ffbb22"),
    _class(30, "Шөптесін өсімдіктер", "Травяной покров", "Grassland", "#ffff4c"),
    _class(40, "Егістік", "Пашня", "Cropland", "#f096ff"),
    _class(50, "Құрылыс салынған жер", "Застройка", "Built-up", "#fa0000"),
    _class(
        60,
        "Жалаңаш жер және сирек өсімдіктер",
        "Голый грунт и разреженная растительность",
        "Bare / sparse vegetation",
        "#b4b4b4",
    ),
    _class(70, "Қар мен мұз", "Снег и лёд", "Snow and ice", "#f0f0f0"),
    _class(80, "Тұрақты су айдындары", "Постоянные водоёмы", "Permanent water bodies", "#0064c8"),
    _class(
        90,
        "Шөптесін сулы-батпақты жер",
        "Травяные водно-болотные угодья",
        "Herbaceous wetland",
        "#0096a0",
    ),
    _class(95, "Мангр тоғайлары", "Мангровые заросли", "Mangroves", "#00cf75"),
    _class(100, "Мүк пен қына", "Мхи и лишайники", "Moss and lichen", "#fae6a0"),
)
"""The 11 classes with the colours of the product."""

WORLDCOVER: Final = Product(
    name="worldcover",
    collections=("esa-worldcover",),
    bands={"land_cover": ("map", "Map")},
    flag=(),
    classes={one.value: one.names["en"] for one in CLASSES},
    good=(),
    usable=(),
    bits=False,
    scale=1.0,
    offset=0.0,
    valid=(1, 254),
    resolution=10.0,
)


def land_cover(
    items: Sequence[pystac.Item],
    bbox: stac.Bounds,
    *,
    year: int | None = None,
    resolution: float | None = None,
    crs: str = "EPSG:4326",
    sign: Sign | None = None,
    chunk: int = CHUNK,
) -> xr.Dataset:
    """Open the land cover of one year, lazily.

    Parameters
    ----------
    items : sequence of pystac.Item
        Of WorldCover.
    bbox : tuple of float
        West, south, east, north, degrees.
    year : int, optional
        2020 or 2021; needed where the items are of both.
    resolution : float, optional
        Side of a pixel in units of ``crs``; without it 10 m. A coarser pixel takes the class in
        its middle, for classes have no mean.
    crs : str, optional
        Coordinate reference system of the result.
    sign : callable, optional
        Turns an address into one that may be read.
    chunk : int, optional
        Pixels along a side of a chunk.

    Returns
    -------
    xarray.Dataset
        ``land_cover`` (time, latitude, longitude), numbers of :data:`CLASSES`, NaN where there is
        none; ``flag_values``, ``flag_meanings`` and ``version`` in its attributes; one step, the
        year.

    Raises
    ------
    ValueError
        There is no such year, or the items are of both years and none is chosen.
    """
    if year is not None and year not in VERSIONS:
        raise ValueError(f"There is no WorldCover of {year}; there are 2020 (v100), 2021 (v200).")
    years = sorted({stac.moments(item)[0].year for item in items})
    if year is None and len(years) > 1:
        raise ValueError(
            f"The maps are of {' and '.join(map(str, years))}, made by different algorithms and "
            f"not comparable. Choose one: year={years[-1]}."
        )
    chosen = year if year is not None else years[0] if years else 0
    mine = [item for item in items if stac.moments(item)[0].year == chosen]
    if not mine:
        raise ValueError(f"There is no WorldCover of {chosen or 'any year'} there.")
    box = target_box(bbox, resolution, crs, WORLDCOVER.resolution)
    groups: dict[str, list[pystac.Item]] = {}
    for item in mine:
        key = next((name for name in WORLDCOVER.bands["land_cover"] if name in item.assets), "")
        if not key:
            raise ValueError(f"The item {item.id!r} has no asset for the map (map, Map).")
        groups.setdefault(key, []).append(item)
    parts = [load_assets(group, (key,), box, sign, chunk)[key] for key, group in groups.items()]
    numbers = parts[0].max("time")
    for other in parts[1:]:
        numbers = xr.where(numbers > 0, numbers, other.max("time"))
    values = numbers.where((numbers >= 1) & (numbers <= 254)).astype(np.float32)
    start, end = np.datetime64(f"{chosen}-01-01", "ns"), np.datetime64(f"{chosen + 1}-01-01", "ns")
    out = values.expand_dims(time=[start]).to_dataset(name="land_cover")
    out["land_cover"].attrs = class_attrs(chosen)
    out["time_bounds"] = (("time", "bnds"), np.array([[start, end]]))
    out.attrs = {"product": "worldcover", "version": VERSIONS.get(chosen, "")}
    return out


def class_attrs(year: int) -> dict[str, Any]:
    """Attributes of a map of classes (CF flag attributes).

    Parameters
    ----------
    year : int
        2020 or 2021.

    Returns
    -------
    dict

    Examples
    --------
    >>> class_attrs(2021)["version"], len(class_attrs(2021)["flag_values"])
    ('2.0.0', 11)
    """
    return {
        "units": "1",
        "long_name": f"Land cover {year} (ESA WorldCover)",
        "version": VERSIONS.get(year, ""),
        "flag_values": [one.value for one in CLASSES],
        "flag_meanings": " ".join(
            one.names["en"].lower().replace(" / ", "_or_").replace("-", "_").replace(" ", "_")
            for one in CLASSES
        ),
        "flag_colors": " ".join(one.colour for one in CLASSES),
        "comment": "2020 (v100) and 2021 (v200) were made by different algorithms: no comparison",
    }
