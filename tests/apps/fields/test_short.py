"""A record of one year, as a first download or a student's own is; and real ones of that kind."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from analysis.agrarian import judge_year, season_norm
from analysis.cubes import ingest, open_cube
from analysis.sources import add_entry
from analysis.sources.normalise import normalise
from analysis.sources.surface.indexrasters import open_index_rasters
from apps.views.fields import page as page_module
from apps.views.fields.curve import CurvePlot
from apps.views.fields.page import FieldsPage
from apps.views.fields.selection import FieldSelection
from apps.views.fields.state import FieldState
from apps.views.fields.twins import CurveTable, YearsPlot
from apps.views.fields.words import sentence
from tests.apps.fields.test_page import visitor

NORMED = ("mean", "std", "departure", "percent", "z", "svi", "vci", "lowest", "highest")


def test_the_only_year_is_shown_without_a_norm(vegetation: Path) -> None:
    selection = FieldSelection(FieldState())
    whole = selection.series
    selection.take(whole.isel(year=[3]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        judged = selection.judged
        for name in NORMED:
            assert judged[name].isnull().all(), name
        assert (judged["count"] == 0).all()
        assert judged.attrs["years"] == []
        np.testing.assert_array_equal(judged["value"], whole["value"].isel(year=3))
        assert selection.quantity == "value"
        assert selection.quantities == ["value"]
        assert not selection.has_norm
        best = judged["value"].sel(day=selection.days).mean("unit")
        assert selection.day == selection.days[int(np.argmax(best.to_numpy()))]
        text = sentence(visitor("en"), selection, selection.chosen[0])
    assert "there is no norm" in text
    assert "Rank" not in text
    curve = CurvePlot(visitor("en"), selection, lambda _day: None)
    for part in (curve, CurveTable(visitor("en"), selection), YearsPlot(visitor("en"), selection)):
        part.show()


def test_two_other_years_are_no_norm_either_and_three_are(vegetation: Path) -> None:
    whole = FieldSelection(FieldState()).series
    for count, known in ((1, False), (2, False), (3, False), (4, True)):
        judged = judge_year(whole.isel(year=slice(0, count)), int(whole["year"][0]))
        assert bool(judged["mean"].notnull().any()) is known
    with pytest.raises(ValueError, match="No year is left"):
        season_norm(whole.isel(year=[0]), leave_out=int(whole["year"][0]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "years"), [("mod13a1_modistsp_2016", [2016]), ("mod13q1_sinop_sits", [2013, 2014])]
)
def test_real_composites_by_units_of_their_pixels(
    folder: str, years: list[int], real_data: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("QAZCUBE_CACHE", str(tmp_path))
    monkeypatch.setenv("QAZCUBE_CATALOG", str(tmp_path / "own.yml"))
    grid = normalise(open_index_rasters(real_data / "grids" / "ndvi" / folder)).load()
    ingest(grid, "real_ndvi", progress=lambda done, total: None)
    cube = open_cube("real_ndvi")
    lon, lat = cube.longitudes, cube.latitudes
    across, along = float(np.diff(lon).mean()), float(np.diff(lat).mean())
    parts = [(slice(10, 30), slice(5, 25)), (slice(40, 60), slice(20, 50))]
    boxes = [
        shapely.box(lon[x][0] - across / 2, lat[y][0] - along / 2,
                    lon[x][-1] + across / 2, lat[y][-1] + along / 2)
        for y, x in parts
    ]  # fmt: skip
    name = f"blocks_{folder}"  # outlines of a name are read once
    file = tmp_path / "blocks.geojson"
    gpd.GeoDataFrame({"id": ["a", "b"], "name": ["A", "B"]}, geometry=boxes, crs=4326).to_file(file)
    add_entry(file, name)
    asked = {"layer": "real_ndvi/ndvi", "units": name}
    monkeypatch.setattr(page_module, "arguments", lambda _raw: asked)
    page = FieldsPage(visitor("kk"))
    if not page.selection.ready:
        page.job.wait()
    assert page.problems == []
    assert not page.message.visible, page.message[0].object
    assert page.selection.years == years
    assert page.selection.quantity == "value"
    assert not page.selection.simulated
    assert "норма жоқ" in page.words.object
    weights = np.cos(np.radians(lat))[:, None]
    for unit, (y, x) in zip("ab", parts, strict=True):
        values = grid["ndvi"].to_numpy()[:, y, x].astype(float)
        share = np.where(np.isfinite(values), weights[y], 0.0)
        wanted = (np.nan_to_num(values) * share).sum((1, 2)) / share.sum((1, 2))
        found = page.selection.series["value"].sel(unit=unit).to_numpy().ravel()
        found = found[np.isfinite(found)]
        if len(years) == 1:  # the steps stay where they are
            np.testing.assert_allclose(found, wanted, atol=2e-4)
        assert 0.1 < found.min() < found.max() < 1.0
