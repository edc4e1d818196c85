"""What is shown: imagery, samples with their features, results of the training, maps.

One :class:`LandSelection` belongs to one session and knows neither Panel nor Bokeh. All is
computed when it is first asked for and kept until the choice changes that it depends on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from apps.views import unitsets
from apps.views.colours import default_limits
from apps.views.landcover import samplesets
from apps.views.landcover.areas import UnitAreas
from apps.views.landcover.checking import Check, can_check
from apps.views.landcover.classes import colours_of, name_of, ordered
from apps.views.landcover.imagery import GREENS, GREYS, Imagery, imageries
from apps.views.landcover.maps import ClassMap
from apps.views.landcover.state import LandState
from apps.views.landcover.training import WAYS, Outcome

DEFAULTS = ("MaximumLikelihood", "RandomForest", "TempCNN")
STAND_IN = "MLP"
"""What stands for the deep family where there is no PyTorch."""

FOR_IMAGES = ("UNet",)
"""Classifiers that learn from whole labelled images, not from samples."""

LEVEL_SOURCES = {
    "district": "demo_districts",
    "farm": "demo_farms",
    "oblast": "kz_oblasts",
}
Report = Callable[[int, int, str], None]


class LandSelection:
    """Data of one session's choice.

    Parameters
    ----------
    state
        What the visitor chose.
    visit
        Language and texts.
    """

    def __init__(self, state: LandState, visit: Any):
        from analysis.agrarian.landcover.registry import CLASSIFIERS

        self.state, self.language, self._ = state, visit.language, visit._
        self.classifiers = CLASSIFIERS
        self.imageries = imageries()
        self._sets = samplesets.known_sets(self.language)
        self._classes: tuple[Any, list[str]] = (None, [])
        self.upload: samplesets.SampleSet | None = None
        self.outcomes: dict[str, Outcome] = {}
        self.failures: dict[str, Exception] = {}
        self.maps: dict[tuple[str, int], ClassMap] = {}
        self.areas: dict[tuple[str, int, str, bool], UnitAreas] = {}
        self.labelled: dict[str, Check] = {}
        self.table = pd.DataFrame()
        self.dropped: tuple[samplesets.Left, ...] = ()
        self.variogram_block = 1.0
        self.training, self.learnt = False, pd.DataFrame()
        self._learnt_drawn: list[Any] = []

    # choices -------------------------------------------------------------------------------------

    @property
    def deep(self) -> bool:
        """Whether the deep family can be trained here."""
        return self.classifiers["TempCNN"].available

    @property
    def families(self) -> dict[str, list[Any]]:
        """Return family -> classifiers that can be trained from samples here."""
        found: dict[str, list[Any]] = {"parametric": [], "ml": [], "dl": []}
        for one in self.classifiers.values():
            if one.available and one.name not in FOR_IMAGES:
                stands = one.name == STAND_IN and not self.deep
                found["dl" if stands else one.family].append(one)
        return found

    @property
    def methods(self) -> list[str]:
        """Chosen classifiers; one of each family where none is chosen."""
        known = [one.name for members in self.families.values() for one in members]
        chosen = [one for one in self.state.methods if one in known]
        return chosen or [one if one in known else STAND_IN for one in DEFAULTS]

    @property
    def imagery(self) -> Imagery:
        """The chosen imagery, else the first."""
        return self.imageries.get(self.state.imagery) or next(iter(self.imageries.values()))

    @property
    def year(self) -> int:
        """The chosen year, else the one of most samples, else the last."""
        years = self.imagery.years
        if self.state.year in years:
            return int(self.state.year)
        base = self.base
        if base is not None and base.table["start"].notna().any():
            counted = base.table["start"].dt.year.value_counts()
            for year in counted.index:
                if int(year) in years:
                    return int(year)
        return years[-1]

    def sample_options(self) -> dict[str, str]:
        """Return title -> key of the sets of samples that can be chosen."""
        own = self.upload
        found = {} if own is None else {own.title(self.language): own.key}
        found |= {title: key for key, title in self._sets.items()}
        return found | {self._("only what is drawn on the map"): "none"}

    @property
    def sample_key(self) -> str:
        """Key of the chosen set of samples."""
        known = list(self.sample_options().values())
        return self.state.samples if self.state.samples in known else known[0]

    @property
    def base(self) -> samplesets.SampleSet | None:
        """The chosen set of samples; None where only drawn ones count."""
        key = self.sample_key
        if key == "none":
            return None
        if self.upload is not None and key == self.upload.key:
            return self.upload
        return samplesets.packaged(key)

    @property
    def simulated(self) -> bool:
        """Whether imagery or samples are made up."""
        base = self.base
        return self.imagery.simulated or (base is not None and base.simulated)

    @property
    def quantity(self) -> str:
        """What the map shows: the imagery as long as nothing is trained."""
        return self.state.show if self.outcomes else "imagery"

    @property
    def pictured(self) -> str:
        """What the map shows at this moment: the imagery as long as there is no map."""
        sides = self.sides
        return self.quantity if sides and sides[0] in self.maps else "imagery"

    # samples -------------------------------------------------------------------------------------

    def places(self) -> pd.DataFrame:
        """Return all samples: label, longitude, latitude, start, end, origin."""
        parts = []
        base = self.base
        lon, lat = self.imagery.cube.longitudes, self.imagery.cube.latitudes
        if base is not None:
            parts += [base.table, samplesets.fill(base.areas, lon, lat)]
        origin = [base.key if base is not None else ""] * sum(map(len, parts))
        points, areas = samplesets.drawn_areas(self.state.drawn)
        drawn = [points, samplesets.fill(areas, lon, lat)]
        origin += ["drawn"] * sum(map(len, drawn))
        found = [one for one in (*parts, *drawn) if len(one)]
        if not found:
            return pd.DataFrame(columns=["label", "longitude", "latitude", "start", "end"])
        table = pd.concat(found, ignore_index=True).assign(origin=origin)
        year = self.year
        known = table["start"].notna()
        table["start"] = table["start"].where(known, pd.Timestamp(year, 1, 1))
        table["end"] = table["end"].where(table["end"].notna(), table["start"] + _LAST)
        return table

    @property
    def classes(self) -> list[str]:
        """Classes of all samples, in the order of the legend."""
        base, drawn = self.base, self.state.drawn
        if self._classes[0] != (id(base), drawn):
            labels = {label for label, _corners in drawn}
            if base is not None:
                labels |= set(base.table["label"]) | {label for label, _shape in base.areas}
            self._classes = ((id(base), drawn), ordered(labels))
        return self._classes[1]

    @property
    def colours(self) -> dict[str, str]:
        """Return class -> colour."""
        return colours_of(self.classes)

    def class_name(self, label: str, language: str) -> str:
        """Return the name of a class in the reader's language; as it stands where unknown."""
        return name_of(label, language)

    def blocks(self) -> Any:
        """Return the block of each sample that was learnt from, shape (sample,)."""
        from analysis.agrarian.samples.semivariance import blocks_of

        east, north = (self.learnt[one].to_numpy(float) for one in ("longitude", "latitude"))
        return blocks_of(east, north, self.block_side())

    def shown_samples(self) -> pd.DataFrame:
        """Return the points of the chosen set: label, longitude, latitude; drawn ones left out."""
        base = self.base
        if base is None:
            return pd.DataFrame(columns=["label", "longitude", "latitude"])
        lon, lat = self.imagery.cube.longitudes, self.imagery.cube.latitudes
        return pd.concat(
            [one for one in (base.table, samplesets.fill(base.areas, lon, lat)) if len(one)]
        )

    def take_samples(self, result: tuple[pd.DataFrame, tuple[samplesets.Left, ...], float]) -> None:
        """Take over samples with their features that were extracted elsewhere."""
        self.table, self.dropped, self.variogram_block = result

    def block_side(self) -> float:
        """Return the side of a block, degrees: the chosen one, else that of the variogram."""
        return self.state.block or self.variogram_block

    # pixels --------------------------------------------------------------------------------------

    def mean_curves(self, band: str) -> dict[str, Any]:
        """Return class -> mean of its samples at every step; nothing before there are features."""
        if self.table.empty:
            return {}
        names = [f"{band}_{step + 1}" for step in range(len(self.imagery.positions(self.year)))]
        if not set(names) <= set(self.table):
            return {}
        means = self.table.groupby("label")[names].mean()
        return {one: means.loc[one].to_numpy() for one in self.classes if one in means.index}

    def pixel(self, point: tuple[float, float]) -> dict[str, Any]:
        """Return band -> values of the pixel that holds a place, in the chosen year.

        Raises
        ------
        ValueError
            The place lies outside the imagery.
        """
        imagery, steps = self.imagery, self.imagery.positions(self.year)
        return {
            band: np.asarray(imagery.cube.series(*point, band).to_numpy())[steps]
            for band in imagery.bands
        }

    def classify_pixel(self, point: tuple[float, float]) -> dict[str, pd.Series]:
        """Return classifier -> probability of each class at a place, in the order of the scores."""
        values = self.pixel(point)
        row = {
            f"{band}_{step + 1}": [value]
            for band, series in values.items()
            for step, value in enumerate(series)
        }
        table, found = pd.DataFrame(row), {}
        for one in self.ranked:
            shares = one.fitted.predict_proba(table)[0]
            if np.isfinite(shares).all():
                found[one.name] = pd.Series(shares, [str(label) for label in one.fitted.classes])
        return found

    # imagery as a picture ------------------------------------------------------------------------

    @property
    def picture_band(self) -> str:
        """The band that is shown before there is a map: the one of the pixel's curve."""
        bands = self.imagery.bands
        if self.state.band in bands:
            return str(self.state.band)
        return next((one for one in ("ndvi", "evi") if one in bands), bands[0])

    @property
    def picture_colours(self) -> tuple[str, ...]:
        """Colours of the band, from low to high."""
        return GREENS if self.picture_band in ("ndvi", "evi") else GREYS

    def picture_step(self) -> int:
        """Position in the cube of the step that is shown: the one nearest to the end of June."""
        dates = self.imagery.dates(self.year)
        gap = np.abs((dates - pd.Timestamp(self.year, 6, 30)).days.to_numpy())
        return self.imagery.positions(self.year)[int(np.argmin(gap))]

    def picture_date(self) -> str:
        """Date of the step that is shown, for the reader."""
        from analysis.language import format_date

        where = self.imagery.positions(self.year).index(self.picture_step())
        return format_date(self.imagery.dates(self.year)[where], self.language, "medium")

    def picture_limits(self) -> tuple[float, float]:
        """Return the ends of the colours of the band; they do not depend on the window."""
        known = self.imagery.cube.attrs(self.picture_band).get("percentiles", (0.0, 1.0))
        return default_limits(known, None)

    # results -------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Drop what was trained: samples or imagery are others now."""
        self.outcomes, self.failures, self.maps, self.areas = {}, {}, {}, {}
        self.training = False
        self.table = self.learnt = pd.DataFrame()

    def learn(self) -> None:
        """Take the samples of the moment for what is trained from now on."""
        if self.stale:
            self.outcomes, self.failures, self.maps, self.areas = {}, {}, {}, {}
        self.learnt, self._learnt_drawn = self.table, list(self.state.drawn)
        self.training = True

    @property
    def stale(self) -> bool:
        """Whether samples were drawn, or taken back, since what is shown was trained."""
        return bool(self.outcomes) and self._learnt_drawn != self.state.drawn

    @property
    def ranked(self) -> list[Outcome]:
        """Results, the best in blocks first."""
        return sorted(
            self.outcomes.values(), key=lambda one: (-one.ways[WAYS[1]].accuracy, one.name)
        )

    @property
    def left(self) -> str:
        """Classifier of the map: the chosen one, else the best in blocks; '' for none.

        While others are still learning it is one that has a map already.
        """
        if self.state.left in self.outcomes:
            return str(self.state.left)
        names = [one.name for one in self.ranked]
        mapped = [one for one in names if (one, self.year) in self.maps]
        return ((mapped if self.training else []) or names or [""])[0]

    @property
    def right(self) -> str:
        """Classifier right of the divider; '' for none."""
        return self.state.right if self.state.right in self.outcomes else ""

    @property
    def sides(self) -> list[tuple[str, int]]:
        """Classifier and year of the map, and of what lies right of the divider if anything."""
        if not self.left:
            return []
        year = self.state.other if self.state.other in self.imagery.years else self.year
        found = [(self.left, self.year)]
        beside = (self.right or self.left, year)
        return [*found, beside] if beside != found[0] else found

    # areas ---------------------------------------------------------------------------------------

    @property
    def units(self) -> unitsets.Units:
        """Units of the chosen kind."""
        return unitsets.units(LEVEL_SOURCES[self.state.level])

    @property
    def cover(self) -> str:
        """The class whose share the units show: the chosen one, else the first."""
        classes = self.classes
        return self.state.cover if self.state.cover in classes else (classes or [""])[0]

    @property
    def checked(self) -> bool:
        """Whether the maps are judged by checking samples."""
        return bool(self.state.checked) and can_check(self)

    @property
    def estimated(self) -> bool:
        """Whether areas are estimated, not only counted."""
        return self.checked or bool(self.state.sampled)

    def missing_areas(self) -> list[tuple[str, int]]:
        """Return the sides whose map is there and whose areas by unit are not."""
        return [
            side
            for side in self.sides
            if side in self.maps and (*side, self.state.level, self.checked) not in self.areas
        ]

    def shown_areas(self) -> UnitAreas | None:
        """Return the areas by unit of the map; None where they are not there yet."""
        key = (self.state.level, self.checked)
        return self.areas.get((*self.sides[0], *key)) if self.sides else None

    def unit_shares(self) -> pd.DataFrame | None:
        """Return area, its interval (ha) and share of a class by unit; None where not there yet."""
        found = self.shown_areas()
        return None if found is None else found.shares(self.cover)

    def share_ends(self) -> tuple[float, float]:
        """Return the ends of the colours of the units."""
        shares = self.unit_shares()
        if shares is None or not shares["share"].notna().any():
            return 0.0, 1.0
        return 0.0, max(0.05, float(np.ceil(20 * shares["share"].max()) / 20))


_LAST = pd.Timedelta(days=364)
