"""Three small cubes whose values are known, and short ways to a map of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.cubes import ingest
from apps.views import atlas
from apps.views.frame import Session
from apps.views.geometry import mercator_bounds
from apps.views.maps import MapView
from apps.views.state import Bounds, ViewState

SLOPE = "slope/lwe_thickness"
PATCHY = "patchy/sst"
HEIGHT = "height/elevation"


def grid(  # value = longitude + latitude / 1000 + month
    name: str, units: str, months: pd.DatetimeIndex, latitude: np.ndarray, longitude: np.ndarray
) -> xr.Dataset:
    month = np.arange(len(months), dtype=float)[:, None, None]
    values = longitude[None, None, :] + latitude[None, :, None] / 1000 + month
    ends = (months + pd.offsets.MonthBegin(1)).to_numpy()
    dims = ("time", "latitude", "longitude")
    attributes = {"units": units, "long_name": name, "source": "made for the tests"}
    return xr.Dataset(
        {name: (dims, values.astype("float32"), attributes)},
        {
            "time": months.as_unit("ns"),
            "latitude": latitude,
            "longitude": longitude,
            "time_bounds": (
                ("time", "bnds"),
                np.stack([months.to_numpy(), ends], axis=1).astype("datetime64[ns]"),
            ),
        },
    )


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, atlas.GridLayer]]:
    """A global grid without March 2005, a regional one with missing cells, and a static one."""
    world = np.arange(-178.75, 180, 2.5)
    rows = np.arange(-88.75, 90, 2.5)
    months = pd.date_range("2004-01-01", periods=24, freq="MS").delete(14)
    whole = grid("lwe_thickness", "cm", months, rows, world)
    part = grid("sst", "degC", months[:6], np.arange(30.5, 60), np.arange(40.5, 100))
    hole = (part.latitude > 44) & (part.latitude < 50) & (part.longitude > 60)
    part["sst"] = part["sst"].where(~hole)
    part["sst"].loc[{"time": part.time[2]}] = np.nan
    static = grid("elevation", "m", months[:1], rows, world)
    static.attrs["static"] = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(tmp_path_factory.mktemp("cache")))
        for name, data in (("slope", whole), ("patchy", part), ("height", static)):
            ingest(data, name, progress=lambda done, total: None)
        yield atlas.grid_layers()


def make(layers: dict[str, atlas.GridLayer], **values: Any) -> MapView:
    state = ViewState(**{"layer": SLOPE, **values})
    return MapView(Session("en", str), state, layers)


def image(view: MapView, name: str = "image") -> np.ndarray:
    found: np.ndarray = view.plot.source(name).data["image"][0]
    return found


def frame_of(view: MapView) -> Bounds:
    data = view.plot.source("image").data
    west, south = data["x"][0], data["y"][0]
    return west, south, west + data["dw"][0], south + data["dh"][0]


def move(view: MapView, bounds: Bounds) -> None:
    """Set the window as the browser would, in degrees."""
    west, south, east, north = mercator_bounds(bounds)
    view.moves.pending = True  # the four numbers of a move arrive together and are answered once
    view.plot.figure.x_range.update(start=west, end=east)
    view.plot.figure.y_range.update(start=south, end=north)
    view.moves.settle()
