"""What the explorer gives to downloads, printing, statistics and 'copy as Python'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from analysis.outputs import MapLayers, StationChoice, ViewChoice, joined_lines
from analysis.sources import entry
from analysis.sources.regions import region
from analysis.uploads.spaces import visitors_folder
from apps.views import atlas
from apps.views.clock import step_text
from apps.views.judged import JudgedCube
from apps.views.legend import layer_label
from apps.views.points import coordinates
from apps.views.state import Bounds
from apps.views.stations import Station

if TYPE_CHECKING:
    from apps.views.explorer import Explorer

EVENT_COLUMNS = ["longitude", "latitude", "mag", "depth", "time", "place"]
LINE_OVERLAYS = ("plates", "borders")


class Takeaway:
    """The explorer's data as it is seen at the moment of asking.

    Follows :class:`apps.views.downloads.Provider`.
    """

    def __init__(self, explorer: Explorer):
        self.explorer = explorer
        self.session, self.visitor = explorer.session, explorer.state

    @property
    def _layer(self) -> atlas.GridLayer:
        layer = self.explorer.view.layer
        if layer is None:
            raise ValueError(self.session._("No layer is shown."))
        return layer

    @property
    def cube(self) -> Any:
        """The cube of the layer shown, which a visitor's own has no name for."""
        return self._layer.cube

    def _columns(self) -> list[tuple[str, atlas.GridLayer | None, pd.Series]]:
        dock, language = self.explorer.dock, self.session.language
        found: list[tuple[str, atlas.GridLayer | None, pd.Series]] = []
        for place, point in enumerate(self.visitor.points, start=1):
            longitude, latitude = point
            where = f"{place}: {coordinates(longitude, latitude, language)}"
            for layer in self._read(dock):
                try:
                    values = layer.cube.series(longitude, latitude, layer.variable)
                except ValueError:
                    continue
                series = pd.Series(values.to_numpy(), index=pd.DatetimeIndex(layer.cube.times))
                if series.notna().any():
                    label = layer_label(self.session, layer, dock.layers)
                    found.append((f"{label} {where}", layer, series))
            table = dock.tables[place - 1]
            for name, title in dock.activity_titles.items():
                found.append((f"{title} {where}", None, table[name]))
        return found

    def _read(self, dock: Any) -> list[atlas.GridLayer]:
        """Return the layers whose series are taken: what is shown of one, and all others."""
        shown = self.explorer.view.layer
        judged = shown is not None and self.visitor.statistic != "value" and not shown.cube.static
        return [*([shown] if shown is not None and judged else []), *dock.layers.values()]

    def _station_columns(self) -> list[tuple[str, Any, str, pd.Series, str]]:
        return self.explorer.stations.columns()

    def series_table(self) -> pd.DataFrame:
        """Return the series of all points: index time (UTC), a column per variable and point."""
        columns = {name: series for name, _layer, series in self._columns()}
        columns |= {name: series for name, _one, _variable, series, _ in self._station_columns()}
        if not columns:
            return pd.DataFrame()
        table = pd.concat(columns, axis=1).sort_index()
        table.index.name = "time"
        return table

    def series_metadata(self) -> dict[str, Any]:
        """Return unit, source, licence and mark of every column of the series."""
        _, language = self.session._, self.session.language
        columns: dict[str, dict[str, Any]] = {}
        for name, layer, _series in self._columns():
            if layer is None:
                columns[name] = {"units": "", "long_name": name, "source": self._event_credit()}
                continue
            columns[name] = {
                "units": layer.info.units,
                "long_name": layer.name(language),
                "source": layer.citation,
                "licence": layer.licence,
            }
            if layer.simulated:
                columns[name]["simulated"] = True
        for name, station, variable, _series, kind in self._station_columns():
            columns[name] = {
                "units": "1" if kind == "zscore" else station.unit(variable),
                "long_name": station.name(variable, language),
                "source": station.table.citation,
                "licence": station.table.licence,
            }
            if station.table.simulated:
                columns[name]["simulated"] = True
        return {"title": _("History of the chosen cells"), "columns": columns}

    def events_table(self) -> pd.DataFrame:
        """Return the earthquakes that pass the filters, one row each."""
        return self.explorer.view.selection().drop(columns=["x", "y"])

    def events_metadata(self) -> dict[str, Any]:
        """Return where the earthquakes come from."""
        _ = self.session._
        about: dict[str, Any] = {"title": _("Earthquakes"), "source": self._event_credit()}
        licences = {entry(name).licence for name in atlas.events().names(self.visitor.kinds)}
        about["licence"] = "; ".join(sorted(licences))
        if "simulated" in self.visitor.kinds:
            about["simulated"] = True
        return about

    def _event_credit(self) -> str:
        names = atlas.events().names(self.visitor.kinds)
        return "; ".join(entry(name).citation for name in names)

    def _bounds(self) -> Bounds:
        west, south, east, north = self.explorer.view.window_degrees()
        east = min(east, west + 360.0)
        return west, max(south, -85.0), east, min(north, 85.0)

    def view(self) -> xr.DataArray:
        """Return what the map shows on a grid of degrees, dims (y, x), with its credits."""
        layer, plot = self._layer, self.explorer.view.plot
        width, height = plot.size()
        index = self.explorer.view.time_index
        found = layer.cube.view(index, self._bounds(), width, height, layer.variable)
        found.attrs.update(
            long_name=layer.name(self.session.language),
            title=layer.title(self.session.language),
            licence=layer.licence,
            citation=layer.citation,
            credits=[self._event_credit()] if "events" in self.visitor.overlays else [],
        )
        if not layer.cube.static:
            found.attrs["time_text"] = step_text(layer.cube, index, self.session.language)
        return found

    def state(self) -> ViewChoice:
        """Return what is shown in plain values."""
        layer, view = self._layer, self.explorer.view
        area = region(self.visitor.region) if self.visitor.region else None
        dates = self.visitor.dates or (None, None)
        choice: ViewChoice = {
            "cube": layer.cube.name,
            "variable": layer.variable,
            "bounds": self._bounds(),
            "size": view.plot.size(),
            "points": list(self.visitor.points),
            "colormap": view.colormap(layer),
            "limits": view.limits(layer),
            "lines": ["coastline", *(name for name in LINE_OVERLAYS if self._shown(name))],
            "simulated": layer.simulated,
            "title": layer.name(self.session.language),
            "timezone": view.plot.zone or None,
        }
        cube: Any = layer.cube
        if isinstance(cube, JudgedCube):
            choice["statistic"], choice["base"] = cube.statistic, cube.base
        if visitors_folder() in cube.path.parents:
            choice["file"], choice["units"] = (
                layer.citation,
                str(cube.attrs(layer.variable)["units"]),
            )
        if not layer.cube.static:
            choice["time"] = str(layer.cube.times[view.time_index].astype("datetime64[s]"))
        if self.explorer.stations.stations:
            choice["stations"] = [self._station(one) for one in self.explorer.stations.stations]
        if self._shown("events") and self.visitor.kinds:
            choice["events"] = {
                "catalogues": atlas.events().names(self.visitor.kinds),
                "start": dates[0],
                "end": dates[1],
                "magnitude": atlas.events().magnitudes(self.visitor),
                "depth": self.visitor.depth,
                "region": (area.west, area.south, area.east, area.north) if area else None,
            }
        return choice

    def _station(self, station: Station) -> StationChoice:
        table = station.table
        choice: StationChoice = {
            "table": table.name,
            "ident": station.key.partition(":")[2],
            "title": station.title,
            "units": dict(table.units),
            "simulated": table.simulated,
            "statistic": self.visitor.statistic,
            "base": self.visitor.base,
        }
        if table.file:
            choice["file"] = table.file
        return choice

    def _shown(self, overlay: str) -> bool:
        return overlay in self.visitor.overlays

    def map_layers(self) -> MapLayers:
        """Return lines, events and points above the map, in degrees."""
        scale = "50m"
        layers: MapLayers = {"coastline": _scaled("coastline", scale)}
        if self._shown("borders"):
            layers["borders"] = _scaled("borders", scale)
        if self._shown("plates"):
            layers["plates"] = joined_lines(atlas.polygons("plates").geometry)
        if self._shown("events"):
            layers["events"] = self.explorer.view.selection()[EVENT_COLUMNS]
        if self.visitor.area:
            layers["area"] = joined_lines([atlas.area_shape(self.visitor.area)[0]])
        points = np.array(self.visitor.points, float).reshape(-1, 2)
        layers["points"] = pd.DataFrame(
            {
                "longitude": points[:, 0],
                "latitude": points[:, 1],
                "label": [str(place + 1) for place in range(len(points))],
            }
        )
        return layers


def _scaled(name: str, scale: str) -> Any:
    table = atlas.polygons(name)
    return joined_lines(table[table["scale"] == scale].geometry)
