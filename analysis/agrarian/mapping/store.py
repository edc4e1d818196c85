"""A map on disk: a Zarr folder that xarray and GDAL read, written tile by tile."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr

from analysis.agrarian.legends import LandClass, Legend, legend_of
from analysis.agrarian.mapping.grid import Grid, grid_of
from analysis.agrarian.mapping.layers import NONE, REJECTED, SCALE, Layers

LAND: Final = "class"
SHARES: Final = ("entropy", "margin")
LAYERS: Final = (LAND, "probability", *SHARES)
_NAMES: Final = {
    LAND: "Class",
    "probability": "Probability of each class",
    "entropy": "Uncertainty (entropy by its greatest value)",
    "margin": "Lead of the most probable class over the second",
}


def create_map(
    folder: Path, grid: Grid, legend: Legend, tile: tuple[int, int], attrs: Mapping[str, Any]
) -> Any:
    """Create an empty map.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the map; what is there is replaced.
    grid : Grid
        Its grid.
    legend : Legend
        Its classes.
    tile : tuple of int
        Rows and columns of a piece.
    attrs : mapping
        About the map; values that JSON can hold.

    Returns
    -------
    zarr.Group
        Open for writing.
    """
    import zarr
    import zarr.codecs

    group = zarr.open_group(folder, mode="w")
    rows, columns = grid.dims
    group.attrs.update(map_attrs(legend, attrs))
    coords = {rows: grid.y, columns: grid.x}
    for name, values in coords.items():
        made = group.create_array(
            name, shape=values.shape, dtype="f8", dimension_names=(name,), chunks=values.shape
        )
        made[:] = values
        made.attrs.update(_axis_attrs(name, grid))
    crs = group.create_array("spatial_ref", shape=(), dtype="i4", dimension_names=())
    crs.attrs.update({"crs_wkt": grid.crs.to_wkt(), "spatial_ref": grid.crs.to_wkt()})
    size = grid.shape
    for name, (shape, chunks, dims, kind, fill) in {
        LAND: (size, tile, grid.dims, "u1", 0),
        "probability": (
            (len(legend), *size),
            (1, *tile),
            ("label", *grid.dims),
            "u2",
            NONE,
        ),
        "entropy": (size, tile, grid.dims, "u2", NONE),
        "margin": (size, tile, grid.dims, "u2", NONE),
    }.items():
        array = group.create_array(
            name,
            shape=shape,
            chunks=chunks,
            dtype=kind,
            fill_value=fill,
            dimension_names=dims,
            compressors=zarr.codecs.ZstdCodec(level=1),
        )
        array.attrs.update(layer_attrs(name, legend))
    return group


def write_tile(group: Any, rows: slice, columns: slice, layers: Layers) -> None:
    """Write the layers of a tile."""
    group[LAND][rows, columns] = layers.land
    group["probability"][:, rows, columns] = layers.probability
    group["entropy"][rows, columns] = layers.entropy
    group["margin"][rows, columns] = layers.margin


def open_map(path: Any) -> xr.Dataset:
    """Open a map that :func:`classify` wrote, lazily.

    Parameters
    ----------
    path : path
        Folder of the map.

    Returns
    -------
    xarray.Dataset
        As :func:`classify` gives it.

    Raises
    ------
    ValueError
        There is no map, or it is not finished.
    """
    folder = Path(path)
    if not (folder / "zarr.json").is_file():
        part = folder.with_name(folder.name + ".part")
        more = " It is not finished: classify it again to continue." if part.is_dir() else ""
        raise ValueError(f"There is no map at {folder}.{more}")
    ds = xr.open_zarr(folder, consolidated=False, mask_and_scale=False, chunks={})
    if LAND not in ds:
        raise ValueError(f"{folder} holds {', '.join(map(str, ds))}, but no map of classes.")
    labels = np.array([str(one) for one in ds.attrs["classes"]], dtype=object)
    return ds.set_coords("spatial_ref").assign_coords(label=labels)


def as_dataset(grid: Grid, legend: Legend, layers: Layers, attrs: Mapping[str, Any]) -> xr.Dataset:
    """Give a map in memory, in the same form as on disk."""
    both = grid.dims
    data: dict[str, Any] = {
        LAND: (both, layers.land, layer_attrs(LAND, legend)),
        "probability": (
            ("label", *both),
            layers.probability,
            layer_attrs("probability", legend),
        ),
    }
    for name in SHARES:
        data[name] = (both, getattr(layers, name), layer_attrs(name, legend))
    coords = {
        both[0]: (both[0], grid.y, _axis_attrs(both[0], grid)),
        both[1]: (both[1], grid.x, _axis_attrs(both[1], grid)),
        "label": np.array(legend.keys, dtype=object),
        "spatial_ref": ((), 0, {"crs_wkt": grid.crs.to_wkt(), "spatial_ref": grid.crs.to_wkt()}),
    }
    return xr.Dataset(data, coords, map_attrs(legend, attrs))


def map_attrs(legend: Legend, attrs: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes of a map: its classes, and what is given."""
    rows = [
        {"code": c.code, "key": c.key, "colour": c.colour, "names": c.names} for c in legend.classes
    ]
    out = {"classes": list(legend.keys), "legend": json.dumps(rows, ensure_ascii=False)}
    return out | {"Conventions": "CF-1.11"} | dict(attrs)


def legend_of_map(land: xr.Dataset) -> Legend:
    """Read the legend of a map.

    Parameters
    ----------
    land : xarray.Dataset
        Of :func:`classify` or :func:`open_map`.

    Returns
    -------
    Legend

    Raises
    ------
    ValueError
        The map does not name its classes.
    """
    if "classes" not in land.attrs:
        raise ValueError("The map does not name its classes: it has no attribute 'classes'.")
    made = legend_of([str(one) for one in land.attrs["classes"]])
    if "legend" not in land.attrs:
        return made
    stored = {one["key"]: one for one in json.loads(land.attrs["legend"])}
    classes = tuple(
        LandClass(
            *(one.code, one.key, stored[one.key]["names"], stored[one.key]["colour"]),
            *(one.cover, one.use, one.worldcover, one.lccs),
        )
        if one.key in stored
        else one
        for one in made.classes
    )
    return Legend(made.key, made.title, classes)


def layer_attrs(name: str, legend: Legend) -> dict[str, Any]:
    """Attributes of a layer by the CF conventions."""
    out: dict[str, Any] = {"long_name": _NAMES[name], "units": "1", "grid_mapping": "spatial_ref"}
    if name == LAND:
        codes = [one.code for one in legend.classes]
        words = [one.key.replace(" ", "_") for one in legend.classes]
        values, words = [*codes, REJECTED], [*words, "rejected"]
        return out | {"flag_values": values, "flag_meanings": " ".join(words), "_FillValue": 0}
    return out | {"scale_factor": 1.0 / SCALE, "_FillValue": NONE}


def map_grid(land: xr.Dataset) -> Grid:
    """Grid of a map."""
    return grid_of(land[[LAND]])


def _axis_attrs(name: str, grid: Grid) -> dict[str, str]:
    degrees = {grid.dims[0]: "degrees_north", grid.dims[1]: "degrees_east"}
    if grid.geographic:
        return {"units": degrees[name]}
    side = "y" if name == grid.dims[0] else "x"
    return {"units": "m", "standard_name": f"projection_{side}_coordinate"}
