"""What is shown: units, series by year, the judged year, the table of the date.

One :class:`FieldSelection` belongs to one session and knows neither Panel nor Bokeh. All is
computed when it is first asked for and kept until the choice changes that it depends on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from analysis.agrarian import judge_year, season_integral, season_table
from analysis.agrarian.yearly import ranks
from apps.views import unitsets
from apps.views.atlas import GridLayer
from apps.views.fields import data
from apps.views.fields.rain import dryness
from apps.views.fields.state import QUANTITIES, SEASON, FieldState
from apps.views.unitsets import natural

DROUGHT = {
    "vci": ("extreme drought", "severe drought", "moderate drought", "mild drought"),
    "svi": ("very poor", "poor"),
    "spi": ("extremely dry", "severely dry", "moderately dry"),
}
"""Classes of each index that say: too dry."""

_STALE: dict[str, tuple[str, ...]] = {
    "layer": ("series", "year", "judged", "table", "integrals"),
    "level": ("units", "series", "year", "judged", "table", "integrals"),
    "year": ("year", "judged", "table"),
    "day": ("table",),
    "season": ("table", "integrals"),
}


class FieldSelection:
    """Data of one session's choice.

    Parameters
    ----------
    state
        What the visitor chose; watched.
    layers
        Vegetation layers by key; those at hand if not given.
    """

    def __init__(self, state: FieldState, layers: dict[str, GridLayer] | None = None):
        self.state = state
        self.layers = data.vegetation_layers() if layers is None else layers
        self._kept: dict[str, Any] = {}
        for name in _STALE:
            state.param.watch(self._changed, name)

    def _changed(self, event: Any) -> None:
        for name in _STALE[event.name]:
            self._kept.pop(name, None)

    def _once(self, name: str, compute: Callable[[], Any]) -> Any:
        if name not in self._kept:
            self._kept[name] = compute()
        return self._kept[name]

    # what is chosen ------------------------------------------------------------------------------

    @property
    def layer(self) -> GridLayer | None:
        """The chosen layer, else the first; None where there is none."""
        return self.layers.get(self.state.layer, next(iter(self.layers.values()), None))

    @property
    def level(self) -> str:
        """Source of the units."""
        return self.state.level or unitsets.LEVELS["district"]

    @property
    def units(self) -> unitsets.Units:
        """The units of the chosen kind."""
        found: unitsets.Units = self._once("units", lambda: unitsets.units(self.level))
        return found

    @property
    def simulated(self) -> bool:
        """Whether the values or the units are made up."""
        layer = self.layer
        return self.units.simulated or (layer is not None and layer.simulated)

    @property
    def ready(self) -> bool:
        """Whether the series are there already."""
        return "series" in self._kept

    @property
    def quick(self) -> bool:
        """Whether the series can be had at once."""
        layer = self.layer
        return self.ready or (layer is not None and data.at_hand(layer, self.units))

    def load(self, progress: Callable[[int, int], None] | None = None) -> xr.Dataset:
        """Read or compute the series by year."""
        layer = self.layer
        if layer is None:
            raise ValueError("There is no cube of vegetation.")
        found = data.seasons(layer, self.units, progress)
        if not found.sizes["unit"]:
            raise ValueError(f"The grid {layer.cube.name!r} covers none of these units.")
        return found

    def take(self, series: xr.Dataset) -> None:
        """Take over series that were computed elsewhere."""
        self._kept["series"] = series

    @property
    def series(self) -> xr.Dataset:
        """Series of all units by year and day."""
        found: xr.Dataset = self._once("series", self.load)
        return found

    @property
    def years(self) -> list[int]:
        """Years of the series."""
        return [int(year) for year in self.series["year"].to_numpy()]

    @property
    def year(self) -> int:
        """The judged year: the chosen one, else the last one that has a value in the season."""
        if self.state.year in self.years:
            return int(self.state.year)
        found: int = self._once("year", self._last_year)
        return found

    def _last_year(self) -> int:
        days = self.series["day"].to_numpy()
        inside = (days >= self.state.season[0]) & (days <= self.state.season[1])
        known = np.isfinite(self.series["value"].to_numpy()[:, :, inside]).any(axis=(0, 2))
        return self.years[int(np.flatnonzero(known)[-1])] if known.any() else self.years[-1]

    @property
    def days(self) -> list[int]:
        """Days of the axis within the growing season."""
        first, last = self.state.season
        axis = [int(day) for day in self.series["day"].to_numpy()]
        return [day for day in axis if first <= day <= last] or axis

    @property
    def day(self) -> int:
        """The day shown: the nearest to the chosen one, else the height of the season."""
        days = self.days
        if self.state.day:
            return min(days, key=lambda one: (abs(one - self.state.day), one))
        value = self.judged["value"].sel(day=days).to_numpy()
        known = np.isfinite(value).any(axis=0)
        usual = self.judged["mean"].sel(day=days).to_numpy()
        usual = usual if self.has_norm else value
        norm = np.nan_to_num(usual, nan=-9.0).mean(axis=0)
        return days[int(np.argmax(np.where(known, norm, -99.0)))]

    @property
    def date(self) -> pd.Timestamp:
        """Middle of the step that is shown."""
        moment: Any = self.judged["date"].sel(day=self.day).to_numpy()[()]
        return pd.Timestamp(moment)

    # numbers -------------------------------------------------------------------------------------

    @property
    def judged(self) -> xr.Dataset:
        """The judged year by all others; see :func:`analysis.agrarian.judge_year`."""
        found: xr.Dataset = self._once("judged", lambda: judge_year(self.series, self.year))
        return found

    @property
    def table(self) -> pd.DataFrame:
        """One row a unit: the date, and the season up to it."""
        found: pd.DataFrame = self._once("table", self._table)
        return found

    def _table(self) -> pd.DataFrame:
        season = self.state.season or SEASON
        table = season_table(self.series, self.year, self.day, season, judged=self.judged)
        places = [self.units.places[ident] for ident in table.index]
        table.insert(0, "parent", [self.units.parents[place] for place in places])
        for lang in ("en", "ru", "kk"):
            table.insert(0, f"name_{lang}", [self.units.names[lang][place] for place in places])
        for name in ("area_km2", "covered"):
            table[name] = self.series[name].to_numpy()
        rain = dryness(self.units, self.date)
        if rain is not None:
            table = table.join(rain)
        return table

    @property
    def has_rain(self) -> bool:
        """Whether a source of precipitation gave an SPI."""
        return "spi" in self.table

    @property
    def has_norm(self) -> bool:
        """Whether any unit has years enough for a norm."""
        return bool(np.isfinite(self.judged["mean"].to_numpy()).any())

    @property
    def quantities(self) -> list[str]:
        """What the map can show: without a norm the values alone."""
        if not self.has_norm:
            return ["value"]
        return [one for one in QUANTITIES if one != "spi" or self.has_rain]

    @property
    def index(self) -> str:
        """The index of drought that is named: the chosen one where it can be had."""
        return "vci" if self.state.index == "spi" and not self.has_rain else self.state.index

    @property
    def quantity(self) -> str:
        """What the map shows."""
        known = self.quantities
        return self.state.show if self.state.show in known else known[0]

    def is_dry(self, table: pd.DataFrame) -> Any:
        """Tell which units are too dry by the chosen index."""
        return table[f"{self.index}_class"].isin(DROUGHT[self.index])

    def shown(self, language: str) -> pd.DataFrame:
        """Return the rows that pass the filters, in the order of the table."""
        table, state = self.table, self.state
        if state.within:
            table = table[table["parent"] == state.within]
        wanted = state.find.strip().casefold()
        if wanted:
            names = table[f"name_{language}"].str.casefold()
            inside = names.str.contains(wanted, regex=False)
            table = table[inside | (table.index.astype(str).str.casefold() == wanted)]
        if state.dry:
            table = table[self.is_dry(table)]
        column = state.sort.removeprefix("-")
        column = f"name_{language}" if column == "name" else column
        column = column if column in table else "departure"
        keys = table[column].map(natural) if column.startswith("name_") else table[column]
        order = keys.sort_values(
            ascending=not state.sort.startswith("-"), kind="stable", na_position="last"
        )
        return table.loc[order.index]

    @property
    def chosen(self) -> list[str]:
        """The chosen units that are there; the one that departs most from below where none is."""
        table = self.table
        known = set(map(str, table.index))
        found = [one for one in self.state.units if one in known]
        if found or not len(table):
            return found
        here = table[table["parent"] == self.state.within] if self.state.within else table
        here = here if len(here) else table
        return [str(here["departure"].fillna(np.inf).idxmin())]

    @property
    def integrals(self) -> xr.DataArray:
        """Season integral of every unit and year."""
        found: xr.DataArray = self._once(
            "integrals", lambda: season_integral(self.series, self.state.season)
        )
        return found

    def curve_table(self, unit: str) -> pd.DataFrame:
        """One row a date of the judged year in the season, for one unit."""
        found = self.judged.sel(unit=unit, day=self.days)
        names = ("value", "mean", "std", "departure", "percent", "z", "vci", "svi", "rank", "of")
        table = pd.DataFrame({name: found[name].to_numpy() for name in names})
        for share in found["share"].to_numpy():
            table[f"p{round(100 * share)}"] = found["quantile"].sel(share=share).to_numpy()
        for year in self.state.compare:
            if year in self.years and year != self.year:
                one = self.series["value"].sel(unit=unit, year=year, day=self.days)
                table[str(year)] = one.to_numpy()
        table.insert(0, "day", self.days)
        table.insert(0, "time", pd.to_datetime(found["date"].to_numpy()))
        return table

    def year_table(self, unit: str) -> pd.DataFrame:
        """One row a year: season integral of a unit, its rank, and its share of the mean."""
        whole = self.integrals.sel(unit=unit).to_numpy()
        order, _of = ranks(whole)
        mean = np.nanmean(whole) if np.isfinite(whole).any() else np.nan
        return pd.DataFrame(
            {
                "year": self.years,
                "integral": whole,
                "percent": 100.0 * (whole / mean - 1.0),
                "rank": order,
            }
        )
