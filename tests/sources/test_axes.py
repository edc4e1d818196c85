"""Dimensions are found by what the file says, then by common names."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from analysis.sources.axes import Axes, find_axes


def coords(**axes):
    return xr.Dataset(coords={n: (n, [0.0, 1.0], attrs) for n, attrs in axes.items()})


@pytest.mark.parametrize(
    ("ds", "wanted"),
    [
        (coords(lon={}, lat={}), Axes("lon", "lat", None, True)),
        (coords(Longitude={}, Latitude={}), Axes("Longitude", "Latitude", None, True)),
        (
            coords(a={"units": "degrees_east"}, b={"units": "degree_north"}),
            Axes("a", "b", None, True),
        ),
        (
            coords(x={"units": "degree_east"}, y={"standard_name": "latitude"}),
            Axes("x", "y", None, True),
        ),
        (coords(x={}, y={}), Axes("x", "y", None, False)),
        (
            coords(rLon={"standard_name": "grid_longitude"}, rLat={}),
            Axes("rLon", "rLat", None, False),
        ),
        (coords(a={"axis": "X"}, b={"axis": "Y"}, c={"axis": "T"}), Axes("a", "b", "c", False)),
        (
            coords(lon={}, lat={}).assign_coords(day=np.array(["2000-01-01"], "datetime64[ns]")),
            Axes("lon", "lat", "day", True),
        ),
    ],
)
def test_dimensions_are_found(ds, wanted):
    assert find_axes(ds) == wanted


def test_order_of_dimensions_does_not_matter():
    ds = coords(time={"standard_name": "time"}, lat={}, lon={})
    assert find_axes(ds) == find_axes(ds.expand_dims("band").transpose(..., "time"))


def test_two_longitudes_are_ambiguous():
    ds = coords(lon={}, lon_u={"units": "degrees_east"}, lat={})
    with pytest.raises(ValueError, match="Several dimensions look like longitude: lon, lon_u"):
        find_axes(ds)


def test_only_the_longitude_in_use_counts():
    ds = coords(lon={}, lon_u={"units": "degrees_east"}, lat={})
    ds["sst"] = (("lat", "lon"), np.zeros((2, 2)))
    assert find_axes(ds).x == "lon"


@pytest.mark.parametrize(
    "ds", [xr.Dataset(), coords(lon={}), xr.Dataset({"a": (("lat", "lon"), np.zeros((2, 2)))})]
)
def test_missing_dimensions_say_what_is_there(ds):
    with pytest.raises(ValueError, match="Name them lon and lat"):
        find_axes(ds)
