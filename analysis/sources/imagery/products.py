"""What is known of the products that STAC catalogues hold: bands, scale, offset, flags."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from analysis.spelling import did_you_mean

if TYPE_CHECKING:
    import pystac

SENTINEL2_SHIFT: Final = 1000
"""Added to all digital numbers of Sentinel-2 from processing baseline 04.00 on."""

_BASELINE_IN_NAME: Final = re.compile(r"_N(\d\d)(\d\d)_")
_COLLECTION_1: Final = re.compile(r"^S2[A-Z]_T\d\d[A-Z]{3}_\d{8}T\d{6}_L2A$")
_BASELINE_KEYS: Final = ("s2:processing_baseline", "sentinel:processing_baseline")
_BASELINE_KEYS_OTHER: Final = ("processing:version",)


@dataclass(frozen=True)
class Product:
    """One product: how its digital numbers become values, and which pixels are good.

    Attributes
    ----------
    name : str
        Name here.
    collections : tuple of str
        Ids of its collections in STAC catalogues.
    bands : mapping
        Name here -> names of the asset, the first that an item has is taken.
    flag : tuple of str
        Names of the asset of flags.
    classes : mapping
        Value of a flag, or its bit -> meaning.
    good, usable : tuple of int
        Classes kept by ``quality="good"`` and ``"usable"``; for bits: those that must be 0.
    bits : bool
        Whether flags are bits.
    scale, offset : float
        Value = digital number * scale + offset.
    valid : tuple of int
        Least and greatest valid digital number.
    resolution : float
        Side of a pixel, m.
    others : mapping
        Bands with another scale and offset: name -> (scale, offset, units).
    """

    name: str
    collections: tuple[str, ...]
    bands: Mapping[str, tuple[str, ...]]
    flag: tuple[str, ...]
    classes: Mapping[int, str]
    good: tuple[int, ...]
    usable: tuple[int, ...]
    bits: bool
    scale: float
    offset: float
    valid: tuple[int, int]
    resolution: float
    others: Mapping[str, tuple[float, float, str]] = field(default_factory=dict)


SENTINEL2: Final = Product(
    name="sentinel2",
    collections=("sentinel-2-l2a", "sentinel-2-c1-l2a", "sentinel-s2-l2a-cogs"),
    bands={
        "blue": ("B02", "blue", "B02_10m"),
        "green": ("B03", "green", "B03_10m"),
        "red": ("B04", "red", "B04_10m"),
        "nir": ("B08", "nir", "B08_10m"),
        "swir16": ("B11", "swir16", "B11_20m"),
        "swir22": ("B12", "swir22", "B12_20m"),
    },
    flag=("SCL", "scl", "SCL_20m"),
    classes={
        0: "no_data",
        1: "saturated_or_defective",
        2: "dark_area",
        3: "cloud_shadow",
        4: "vegetation",
        5: "not_vegetated",
        6: "water",
        7: "unclassified",
        8: "cloud_medium_probability",
        9: "cloud_high_probability",
        10: "thin_cirrus",
        11: "snow_or_ice",
    },
    good=(4, 5, 6),
    usable=(2, 4, 5, 6, 7, 11),
    bits=False,
    scale=1e-4,
    offset=0.0,
    valid=(1, 65535),
    resolution=10.0,
)

LANDSAT: Final = Product(
    name="landsat",
    collections=("landsat-c2-l2", "landsat-c2l2-sr"),
    bands={
        "blue": ("blue", "SR_B2"),
        "green": ("green", "SR_B3"),
        "red": ("red", "SR_B4"),
        "nir": ("nir08", "SR_B5"),
        "swir16": ("swir16", "SR_B6"),
        "swir22": ("swir22", "SR_B7"),
        "surface_temperature": ("lwir11", "lwir", "ST_B10", "ST_B6"),
    },
    flag=("qa_pixel", "QA_PIXEL"),
    classes={
        0: "fill",
        1: "dilated_cloud",
        2: "cirrus",
        3: "cloud",
        4: "cloud_shadow",
        5: "snow",
        6: "clear",
        7: "water",
    },
    good=(0, 1, 2, 3, 4, 5),
    usable=(0, 2, 3, 4),
    bits=True,
    scale=2.75e-5,
    offset=-0.2,
    valid=(7273, 43636),
    resolution=30.0,
    others={"surface_temperature": (0.00341802, 149.0, "K")},
)

PRODUCTS: Final[Mapping[str, Product]] = {one.name: one for one in (SENTINEL2, LANDSAT)}


def find_product(name: str | None, collection: str | None = None) -> Product:
    """Product by its name here, or by the id of its collection.

    Parameters
    ----------
    name : str or None
        sentinel2 or landsat.
    collection : str, optional
        Id of a collection, where no name is given.

    Returns
    -------
    Product

    Raises
    ------
    ValueError
        Neither is known.

    Examples
    --------
    >>> find_product(None, "landsat-c2-l2").name, find_product("sentinel2").resolution
    ('landsat', 10.0)
    """
    if name is not None:
        if name not in PRODUCTS:
            raise ValueError(f"There is no product {name!r}. {did_you_mean(name, PRODUCTS)}")
        return PRODUCTS[name]
    for one in PRODUCTS.values():
        if collection in one.collections:
            return one
    known = ", ".join(name for one in PRODUCTS.values() for name in one.collections)
    raise ValueError(
        f"The collection {collection!r} is unknown; known are {known}. Say what it holds: "
        f"product={' or '.join(PRODUCTS)}."
    )


def asset_key(item: pystac.Item, names: tuple[str, ...], what: str) -> str:
    """Name under which an item has a band.

    Parameters
    ----------
    item : pystac.Item
        The item.
    names : tuple of str
        Possible names, the best first.
    what : str
        The band, for the error.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        The item has none of them.
    """
    for name in names:
        if name in item.assets:
            return name
    have = ", ".join(sorted(item.assets)) or "none"
    raise ValueError(
        f"The item {item.id!r} has no asset for {what} ({', '.join(names)}); it has {have}."
    )


def sentinel2_shift(item: pystac.Item) -> int:
    """Tell what has to be taken from the digital numbers of a Sentinel-2 scene.

    From processing baseline 04.00 on (25 January 2022, and all scenes processed again since, of
    whatever date) the digital numbers are 1000 higher. Some services take it away themselves and
    say so (``earthsearch:boa_offset_applied``). The date of a scene says nothing.

    Parameters
    ----------
    item : pystac.Item
        With the baseline in its properties, or in the name of its product (``_N0400_``).

    Returns
    -------
    int
        1000 or 0.

    Raises
    ------
    ValueError
        The item does not say by which baseline it was made.
    """
    given = item.properties
    if str(given.get("earthsearch:boa_offset_applied")).lower() == "true":
        return 0
    for key in ("sentinel:boa_offset_applied",):
        if str(given.get(key)).lower() == "true":
            return 0
    number = baseline(item)
    if number is None:
        raise ValueError(
            f"The Sentinel-2 item {item.id!r} does not say its processing baseline, so nobody "
            "knows whether its numbers are 1000 too high. Say it: harmonise=1000 or harmonise=0."
        )
    return SENTINEL2_SHIFT if number >= 4.0 else 0


def baseline(item: pystac.Item) -> float | None:
    """Read the processing baseline of a Sentinel-2 scene, None where it is not said.

    Parameters
    ----------
    item : pystac.Item
        The item.

    Returns
    -------
    float or None
        For example 4.0; the 99.99 of products processed outside ESA counts as not said. An id of
        Collection 1 (``S2B_T42UXB_20220126T061142_L2A``) that says nothing else is 5.0.
    """
    given = item.properties
    texts = [given.get(key) for key in (*_BASELINE_KEYS, *_BASELINE_KEYS_OTHER)]
    for name in (given.get("s2:product_uri"), given.get("sentinel:product_id"), item.id):
        found = _BASELINE_IN_NAME.search(str(name))
        texts.append(".".join(found.groups()) if found else None)
    for text in texts:
        try:
            number = float(str(text))
        except ValueError:
            continue
        if 0 < number < 90:
            return number
    # Collection 1 is the archive processed again by 05.00 and later; its ids look so, no others
    return 5.0 if _COLLECTION_1.match(str(item.id)) else None


def scene_key(item: pystac.Item, product: Product) -> tuple[Any, ...]:
    """Key of the scene that an item shows: items with one key are processings of it.

    Parameters
    ----------
    item : pystac.Item
        The item.
    product : Product
        Its product.

    Returns
    -------
    tuple
        Place and moment; the item's id where the item does not say its place.
    """
    given = item.properties
    keys = ("s2:mgrs_tile", "grid:code")
    if product.bits:
        place: Any = (given.get("landsat:wrs_path"), given.get("landsat:wrs_row"))
        known = None not in place
    else:
        place = next((given[key] for key in keys if given.get(key)), None)
        known = place is not None
    if not known or item.datetime is None:
        return (str(item.id),)
    return (str(place), item.datetime.replace(microsecond=0), str(given.get("platform")))


def rank(item: pystac.Item) -> tuple[Any, ...]:
    """Order of several processings of one scene: the greatest is the newest.

    Parameters
    ----------
    item : pystac.Item
        The item.

    Returns
    -------
    tuple
        Tier 1 before others, then baseline, then time of processing, then id.
    """
    given = item.properties
    made = given.get("s2:generation_time") or given.get("processing:datetime")
    made = made or given.get("created") or ""
    tier = given.get("landsat:collection_category") == "T1"
    return (tier, baseline(item) or 0.0, str(made), str(item.id))


def newest(items: list[pystac.Item], product: Product) -> list[pystac.Item]:
    """Keep the newest processing of each scene.

    Parameters
    ----------
    items : list of pystac.Item
        As found.
    product : Product
        Their product.

    Returns
    -------
    list of pystac.Item
        In the same order.
    """
    best: dict[tuple[Any, ...], pystac.Item] = {}
    for item in items:
        key = scene_key(item, product)
        if key not in best or rank(item) > rank(best[key]):
            best[key] = item
    kept = {id(one) for one in best.values()}
    return [one for one in items if id(one) in kept]


Sign = Callable[[str], str]
