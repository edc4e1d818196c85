"""Scenes of Sentinel-2 and Landsat from STAC items as a lazy cube of masked reflectances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from analysis.sources.imagery import masks, products, stac
from analysis.sources.imagery.boxes import target_box
from analysis.sources.imagery.composites import check_way, monthly
from analysis.sources.imagery.indices import index_bands, spectral_index
from analysis.sources.imagery.loading import CHUNK, load_assets
from analysis.sources.imagery.products import Product, Sign
from analysis.spelling import did_you_mean

if TYPE_CHECKING:
    import pystac

BRIGHTEST: Final = 1.6
"""Greatest reflectance that is one; the correction of the atmosphere leaves more only by error."""


@dataclass(frozen=True)
class SceneOptions:
    """What to make of scenes.

    Attributes
    ----------
    bands : sequence of str
        Of blue, green, red, nir, swir16, swir22 (Landsat also surface_temperature).
    index : str or None
        A spectral index instead of bands: ndvi, evi, evi2, savi, ndwi, mndwi, ndmi, nbr.
    quality : str or sequence
        "good" (default), "usable", "all", or classes: :func:`masks.kept_classes`.
    composite : str or None
        "median" or "mean" of each calendar month; None is every day.
    resolution : float or None
        Side of a pixel in units of ``crs``: degrees, or m. None is that of the product.
    crs : str
        Coordinate reference system of the result.
    harmonise : "auto" or int
        Sentinel-2: what to take from the digital numbers. "auto" asks each item.
    chunk : int
        Pixels along a side of a chunk.
    """

    bands: Sequence[str] = ("red", "nir")
    index: str | None = None
    quality: str | Sequence[int | str] = "good"
    composite: str | None = None
    resolution: float | None = None
    crs: str = "EPSG:4326"
    harmonise: str | int = "auto"
    chunk: int = CHUNK

    @classmethod
    def of(cls, **options: Any) -> SceneOptions:
        """Options by name.

        Parameters
        ----------
        **options
            Attributes of this class; None is the default.

        Returns
        -------
        SceneOptions

        Raises
        ------
        ValueError
            There is no such option.

        Examples
        --------
        >>> SceneOptions.of(index="ndvi", bands=None).bands
        ('red', 'nir')
        """
        names = [one.name for one in fields(cls)]
        for name in options:
            if name not in names:
                raise ValueError(f"There is no option {name!r}. {did_you_mean(name, names)}")
        return cls(**{name: value for name, value in options.items() if value is not None})

    def plan(self, product: Product, bbox: stac.Bounds) -> tuple[tuple[str, ...], Any, Any]:
        """Check everything before a service is asked.

        Parameters
        ----------
        product : Product
            What the scenes are of.
        bbox : tuple of float
            West, south, east, north, degrees.

        Returns
        -------
        tuple
            Bands to read, classes to keep, grid (odc.geo.geobox.GeoBox).

        Raises
        ------
        ValueError
            Something is unknown or impossible.
        """
        given = (self.bands,) if isinstance(self.bands, str) else tuple(self.bands)
        wanted = index_bands(self.index) if self.index else given
        for band in wanted:
            if band not in product.bands:
                hint = did_you_mean(band, product.bands)
                raise ValueError(f"{product.name} has no band {band!r}. {hint}")
        if not wanted:
            raise ValueError(f"There are no bands; {product.name} has {', '.join(product.bands)}.")
        if self.composite is not None:
            check_way(self.composite)
        take = self.harmonise
        number = isinstance(take, int) and not isinstance(take, bool) and 0 <= take <= 5000
        if not number and take != "auto":
            raise ValueError(f'harmonise={take!r}; it is "auto" or a number from 0 to 5000.')
        if not isinstance(self.chunk, int) or self.chunk < 16:
            raise ValueError(f"chunk={self.chunk!r}; it is a number of pixels, 16 or more.")
        box = target_box(bbox, self.resolution, self.crs, product.resolution)
        return wanted, masks.kept_classes(product, self.quality), box


def open_imagery(  # noqa: PLR0913 - the question to the service, one argument a side
    url: str | Path,
    collection: str | None = None,
    *,
    product: str | None = None,
    bbox: stac.Bounds | None = None,
    start: Any = None,
    end: Any = None,
    cloud_cover: float | None = None,
    limit: int = stac.LIMIT,
    sign: str | Sign | None = None,
    **options: Any,
) -> xr.Dataset:
    """Open Sentinel-2 or Landsat scenes that a STAC catalogue has of a box and a period.

    Parameters
    ----------
    url, collection, bbox, start, end, cloud_cover, limit
        As in :func:`analysis.sources.imagery.stac.search`.
    product : str, optional
        "sentinel2" or "landsat", where the id of the collection does not tell.
    sign : str or callable, optional
        How addresses become readable: "planetary-computer", or a function of an address.
    **options
        Of :class:`SceneOptions`: bands, index, quality, composite, resolution, crs, harmonise,
        chunk.

    Returns
    -------
    xarray.Dataset
        As :func:`compose_scenes`.

    Raises
    ------
    ValueError
        As there; nothing is found; no box is given.
    """
    if bbox is None:
        raise ValueError("Say where: bbox=(west, south, east, north), degrees.")
    about = products.find_product(product, collection)
    wish, way = SceneOptions.of(**options), signer(sign)
    wish.plan(about, bbox)
    found = stac.search(url, collection, bbox, start, end, cloud_cover=cloud_cover, limit=limit)
    if not found:
        clouds = "" if cloud_cover is None else f" with at most {cloud_cover:g} % clouds"
        raise ValueError(
            f"{url} has no scene of {collection or 'any collection'} in {tuple(bbox)} "
            f"from {start or 'the beginning'} to {end or 'now'}{clouds}."
        )
    return compose_scenes(found, about, bbox, wish, way)


def signer(sign: str | Sign | None) -> Sign | None:
    """Find the way to sign addresses.

    Parameters
    ----------
    sign : str or callable or None
        "planetary-computer", a function of an address, or nothing.

    Returns
    -------
    callable or None

    Raises
    ------
    ValueError
        The name is unknown.
    """
    if sign is None or callable(sign):
        return sign
    if sign != "planetary-computer":
        hint = did_you_mean(sign, ["planetary-computer"])
        raise ValueError(f"There is no way to sign {sign!r}. {hint}")
    from analysis.sources.imagery.signing import PlanetaryComputer

    return PlanetaryComputer()


def compose_scenes(
    items: Sequence[pystac.Item],
    product: Product,
    bbox: stac.Bounds,
    options: SceneOptions | None = None,
    sign: Sign | None = None,
) -> xr.Dataset:
    """Turn STAC items into one lazy cube: mosaic of each day, masked, scaled, harmonised.

    Several processings of one scene count once, the newest; scenes of one solar day make one
    step; nothing but the windows that somebody asks for is read.

    Parameters
    ----------
    items : sequence of pystac.Item
        Of one product.
    product : Product
        The product.
    bbox : tuple of float
        West, south, east, north, degrees.
    options : SceneOptions, optional
        What to make of them.
    sign : callable, optional
        Turns an address into one that may be read.

    Returns
    -------
    xarray.Dataset
        Bands or index (time, latitude, longitude), or (time, y, x), float32, NaN where masked;
        ``<name>_quality`` (``role="quality"``), the raw flags; with a composite instead
        ``<name>_count``. A reflectance below 0, left over dark water, is 0. ``time`` is the solar
        day (or month), ``time_bounds`` its ends.

    Raises
    ------
    ValueError
        An option is impossible, an item lacks a band or does not tell its baseline.
    """
    wish = options or SceneOptions()
    wanted, classes, box = wish.plan(product, bbox)
    if not items:
        raise ValueError("There are no items.")
    groups: dict[tuple[Any, ...], list[pystac.Item]] = {}
    for item in products.newest(list(items), product):
        keys = tuple(products.asset_key(item, product.bands[band], band) for band in wanted)
        flag = products.asset_key(item, product.flag, "the quality flags")
        groups.setdefault((keys, flag, _shift(item, product, wish.harmonise)), []).append(item)
    days = _join(
        [
            _group(
                load_assets(group, (*key[0], key[1]), box, sign, wish.chunk),
                product,
                wanted,
                key,
                classes,
            )
            for key, group in groups.items()
        ]
    )
    if wish.index:
        days = _with_index(days, wish.index, wanted)
    names = [str(name) for name in days.data_vars if not days[name].attrs.get("role")]
    days.attrs = {
        "product": product.name,
        "scenes": sum(len(group) for group in groups.values()),
        "quality": wish.quality
        if isinstance(wish.quality, str)
        else " ".join(map(str, wish.quality)),
    }
    if wish.composite:
        return monthly(days[names], wish.composite)
    return _bounded(days)


def _shift(item: pystac.Item, product: Product, harmonise: str | int) -> int:
    if product.name != "sentinel2":
        return 0
    return products.sentinel2_shift(item) if harmonise == "auto" else int(harmonise)


def _group(
    raw: xr.Dataset,
    product: Product,
    wanted: Sequence[str],
    key: tuple[Any, ...],
    classes: Sequence[int],
) -> xr.Dataset:
    """Scale and mask what was loaded of items with the same assets and the same shift."""
    keys, flag, shift = key
    keep = masks.good_pixels(raw[flag], product, classes)
    out: dict[str, xr.DataArray] = {}
    for band, name in zip(wanted, keys, strict=True):
        scale, offset, units = product.others.get(band, (product.scale, product.offset, "1"))
        low, high = product.valid if band not in product.others else (1, 65535)
        numbers = raw[name]
        inside = keep & (numbers >= low) & (numbers <= high)
        values = (numbers.astype(np.float32) - np.float32(shift)) * np.float32(scale)
        values = values + np.float32(offset)
        if band not in product.others:
            inside, values = inside & (values <= BRIGHTEST), xr.ufuncs.maximum(values, 0.0)
        out[band] = values.where(inside).astype(np.float32)
        out[band].attrs = {"units": units, "long_name": f"{band} of {product.name}"}
        quality = raw[flag].copy(deep=False)
        quality.attrs = masks.flag_attrs(product, band)
        out[f"{band}_quality"] = quality
    return xr.Dataset(out)


def _join(parts: list[xr.Dataset]) -> xr.Dataset:
    """Put groups of days together; a day that several have takes the first valid value."""
    if len(parts) == 1:
        return parts[0].sortby("time")
    days = np.unique(np.concatenate([one["time"].to_numpy() for one in parts]))
    steps = []
    for day in days:
        same = [one.sel(time=[day]) for one in parts if day in one["time"].to_numpy()]
        step = same[0]
        for other in same[1:]:
            step = xr.Dataset({name: _first(step[name], other[name]) for name in step.data_vars})
        steps.append(step)
    return xr.concat(steps, "time", combine_attrs="override", join="exact")


def _first(one: xr.DataArray, other: xr.DataArray) -> xr.DataArray:
    valid = one != 0 if one.attrs.get("role") else xr.ufuncs.isfinite(one)
    return one.where(valid, other).astype(one.dtype).assign_attrs(one.attrs)


def _with_index(days: xr.Dataset, index: str, wanted: Sequence[str]) -> xr.Dataset:
    flags = days[f"{wanted[0]}_quality"]
    label = spectral_index(days, index)
    quality = flags.assign_attrs(long_name=f"Quality of {label.attrs['long_name']}")
    return xr.Dataset({index: label, f"{index}_quality": quality})


def _bounded(days: xr.Dataset) -> xr.Dataset:
    starts = days["time"].to_numpy()
    bounds = np.stack([starts, starts + np.timedelta64(1, "D")], axis=1)
    days["time"].attrs["bounds"] = "time_bounds"
    return days.assign(time_bounds=(("time", "bnds"), bounds))
