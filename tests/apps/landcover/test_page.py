"""The land-cover page without a browser: samples, training, map, areas, files."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from analysis.agrarian.accuracy import judge_map
from analysis.agrarian.legends import legend
from analysis.agrarian.mapping import open_map
from analysis.agrarian.simulatedland import land_truth
from analysis.language import translator
from apps.views.landcover.checking import check_by_labels, checkable, read_labels
from apps.views.landcover.exports import settings_yaml
from apps.views.landcover.legend import legend_html
from apps.views.landcover.page import LandPage
from apps.views.landcover.words import said
from apps.views.visitor import Session
from tests.apps.landcover.landkit import page_of, settle

QUICK = ["LinearDiscriminant", "NearestNeighbours"]


@pytest.fixture(scope="module")
def trained(land_cache: Path) -> Iterator[LandPage]:
    """A page on which two quick classifiers have been trained, with map and areas."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(land_cache))
        page = page_of(patch, models=",".join(QUICK), folds="3")
        page.train()
        settle(page)
        yield page


def test_scores_stand_beside_each_other_with_their_baseline(trained: LandPage) -> None:
    trained.parts.part("scores")
    frame = trained.parts.part("scores").frame().set_index("classifier")
    assert set(frame.index) == {*QUICK, "commonest"}
    for name in QUICK:
        row = frame.loc[name]
        assert row["accuracy_random_low"] <= row["accuracy_random"] <= row["accuracy_random_high"]
        assert row["difference"] == row["accuracy_random"] - row["accuracy_block"]
        assert row["difference_low"] <= row["difference"] <= row["difference_high"]
        for way in ("random", "block"):
            assert row[f"accuracy_{way}"] > frame.loc["commonest", f"accuracy_{way}"]
        assert row["bytes"] > 0
    shares = trained.selection.table["label"].value_counts(normalize=True)
    for way in ("random", "block"):  # a map of one class knows the shares of all samples
        assert frame.loc["commonest", f"accuracy_{way}"] == pytest.approx(shares.iloc[0])
    text = trained.parts.part("scores").head.object
    assert "The difference is" in text
    matrices = trained.parts.part("matrices")
    matrices.show()
    assert all("map (rows) / reference (columns)" in pane.object for pane in matrices.panes)
    heads = re.findall(r'class="ql-class"><span>([^<]+)', matrices.panes[0].object)
    names = [trained.selection.class_name(one, "en") for one in trained.selection.classes]
    assert heads[: len(names)] == names  # in the order of the legend
    long = matrices.frame()
    counts = long.groupby(["classifier", "judged"])["samples"].sum()
    assert set(counts) == {len(trained.selection.table)}


def test_a_painted_picture_asks_for_no_other_and_another_size_does(trained: LandPage) -> None:
    plot = trained.map.plot
    plot.client.data = {**plot.client.data, "width": [640], "height": [400]}
    frame = plot.frame
    plot.client.data = {**plot.client.data, "ack": [frame]}
    assert plot.frame == frame
    plot.client.data = {**plot.client.data, "width": [500]}
    assert plot.frame == frame + 1


def test_units_of_every_level_add_up(trained: LandPage) -> None:
    sums = {}
    for level in ("district", "oblast"):
        trained.state.level = level
        settle(trained)
        wide = trained.parts.part("areas").wide()
        assert (wide["total"] > 0).all()
        sums[level] = wide.drop(columns=["name", "outside"]).sum()
    pd.testing.assert_series_equal(sums["district"], sums["oblast"], rtol=2e-3)
    whole = trained.selection.shown_areas().whole  # type: ignore[union-attr]
    assert sums["oblast"]["total"] <= whole["mapped"].sum() * 1.001
    assert (whole["low"] <= whole["area"]).all()
    assert np.isclose(whole["area"].sum(), whole["mapped"].sum())
    trained.state.level = "farm"
    settle(trained)
    assert len(trained.parts.part("areas").wide()) > 10
    long = trained.parts.part("areas").long()
    assert "estimate_ha" not in long  # the samples were not drawn at random on the map
    assert "≈" not in trained.parts.part("areas").rows.html
    trained.state.sampled = True
    settle(trained)
    trained.parts.part("areas").show()
    assert "≈" in trained.parts.part("areas").rows.html
    long = trained.parts.part("areas").long()
    assert (long["low_ha"] <= long["high_ha"]).all()
    trained.state.sampled = False
    assert long["name"].str.startswith("Demonstration farm").all()


def labelled_by_truth(view: Any) -> pd.DataFrame:
    """Take the places of the page's CSV and write the made-up truth into their column label."""
    data = view.check.places()
    places = pd.read_csv(io.BytesIO(data), comment="#", encoding="utf-8-sig")
    assert list(places) == ["place", "longitude", "latitude", "label", "drawn"]
    assert places["label"].isna().all()
    at = {one: places[one].to_xarray() for one in ("latitude", "longitude")}
    codes = land_truth(2021).sel(at, method="nearest").to_numpy()
    names = {one.code: one.names["kk"] for one in legend().classes}
    return places.assign(label=[names[int(code)] for code in codes])


def test_labels_of_somebody_judge_a_map_of_any_imagery(
    trained: LandPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.views.landcover.checking.checkable", lambda _imagery: False)
    monkeypatch.setattr("apps.views.landcover.work.checkable", lambda _imagery: False)
    trained.state.param.update(checked=False, level="oblast")
    settle(trained)
    view = trained.parts.part("areas")
    view.show()
    assert view.check.panel.visible
    assert not view.judge.visible
    places = labelled_by_truth(view)
    places.loc[places.index[::10], "label"] = ""
    file = places.to_csv(index=False, sep=";", decimal=",").encode("utf-8-sig")
    view.check.take("labels kk.csv", file)
    view.check.job.wait()
    settle(trained)
    view.show()
    found = trained.selection.shown_areas()
    assert found is not None
    assert found.check is not None
    land = open_map(trained.selection.maps[trained.selection.sides[0]].path)
    expected = judge_map(land, places)
    assert found.check.accuracy.drawn
    pd.testing.assert_frame_equal(found.check.accuracy.counts, expected.counts)
    pd.testing.assert_series_equal(found.whole["area"], expected.area, check_names=False)
    assert expected.counts.to_numpy().sum() == len(places) - len(places.index[::10])
    assert "that somebody has labelled (labels kk.csv)" in view.head.object
    assert "%" in view.head.object
    assert "≈" in view.rows.html
    assert "labels kk.csv" in trained.parts.part("files").code()
    wrong = places.assign(label=["Тоғай ма?", *places["label"][1:]])
    view.check.take("labels.csv", wrong.to_csv(index=False).encode())
    view.check.job.wait()
    assert "Row 2" in view.check.message.pane.object
    assert trained.selection.checked  # what was taken before stays
    view.check.take("others.csv", places.drop(columns="drawn").to_csv(index=False).encode())
    view.check.job.wait()
    settle(trained)
    view.show()
    assert "were not drawn on this map" in view.head.object
    view.check.forget.clicks += 1
    settle(trained)
    assert not trained.selection.checked
    view.show()
    assert "≈" not in view.rows.html


def test_wrong_labels_are_told_with_row_value_and_what_is_allowed(trained: LandPage) -> None:
    land = open_map(trained.selection.maps[trained.selection.sides[0]].path)
    good = pd.DataFrame({"longitude": [64.0, 64.1], "latitude": [51.0, 51.1], "label": ["су", ""]})

    def told(table: pd.DataFrame, name: str = "a.csv", head: str = "") -> str:
        with pytest.raises(ValueError, match=r"\w") as caught:
            read_labels(name, (head + table.to_csv(index=False)).encode(), land, "kk")
        return said(Session("en", translator("en")), caught.value)

    assert read_labels("a.csv", good.to_csv(index=False).encode(), land)["label"].tolist() == [
        "су", None,
    ]  # fmt: skip
    text = told(good.assign(label=["су", "теңіз"]), head="# a comment\n# another\n")
    assert "Row 5" in text
    assert "теңіз" in text
    assert "Су" in text
    assert "Row 3: latitude is 95" in told(good.assign(latitude=[51, 95]))
    assert "Row 2: longitude is far" in told(good.assign(longitude=["far", "64"]))
    assert "no column label" in told(good.drop(columns="label"))
    assert "exe" in told(good, name="a.exe")
    assert "CSV UTF-8" in told(good.rename(columns={"longitude": "Бойлы?"}))
    assert "CSV UTF-8" in told(good.assign(label=["Ег?ст?к", ""]))
    assert "Row 2" in told(good.assign(label=["ма?", ""]))
    with pytest.raises(ValueError, match="empty"):
        check_by_labels(land, good.assign(label=""), "a.csv")
    with pytest.raises(ValueError, match="No place can be compared") as caught:
        check_by_labels(land, good.assign(longitude=20.0), "a.csv")
    assert "басқа картаның" in said(Session("kk", translator("kk")), caught.value)
    kazakh = {"longitude": "Бойлық, °", "latitude": "Ендік", "label": "Класс"}
    text = good.rename(columns=kazakh).to_csv(index=False, sep=";", decimal=",")
    excel = '"# Атауы: орындар; ""тексеру""";;\r\n;;\r\n' + text.replace("\n", "\r\n")
    found = read_labels("excel.csv", excel.encode("utf-8-sig"), land)
    assert found["longitude"].tolist() == [64.0, 64.1]
    assert found["label"].tolist() == ["су", None]


def test_a_map_no_better_than_one_class_is_said_to_be_so(
    trained: LandPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = trained.parts.part("scores")
    scores.show()
    assert "do not use these maps" not in scores.head.object
    best = trained.selection.ranked[0].ways["block"]
    monkeypatch.setattr(scores, "baselines", lambda: {"random": 0.1, "block": best.low + 0.01})
    scores.show()
    assert "do not use these maps" in scores.head.object


def test_a_checking_sample_holds_the_true_areas(trained: LandPage) -> None:
    trained.state.level = "oblast"
    settle(trained)
    view = trained.parts.part("areas")
    view.show()
    assert view.judge.visible
    with pytest.raises(ValueError, match="no checking sample"):
        view.checking()
    view.judge.clicks += 1
    settle(trained)
    view.show()
    assert trained.state.query()["checked"] == "1"
    assert not view.sampled.visible
    assert "600 places" in view.head.object
    assert "simulated truth" in view.head.object
    assert "commonest class" in view.head.object
    found = trained.selection.shown_areas()
    assert found is not None
    assert found.check is not None
    assert found.check.accuracy.drawn
    assert "≈" in view.rows.html
    places = view.checking()
    assert len(places) == len(places.drop_duplicates(["longitude", "latitude"]))
    assert b"imulated" in trained.parts.part("files").files.csv(places)
    here = trained.selection.maps[trained.selection.sides[0]]
    at = {"latitude": here.latitudes, "longitude": here.longitudes}
    codes = land_truth(2021).sel(at, method="nearest").to_numpy()
    weight = np.broadcast_to(np.cos(np.radians(here.latitudes))[:, None], codes.shape)
    whole = view.whole_map().set_index("class")
    total, held, counted = whole["area_ha"].sum(), 0, 0
    for one in legend().classes:
        if (codes == one.code).any():
            true = total * weight[codes == one.code].sum() / weight.sum()
            row = whole.loc[one.key]
            held += bool(row["low_ha"] - 1 <= true <= row["high_ha"] + 1)
            counted += 1
    assert counted == 10
    assert held >= 8
    assert whole["estimate_ha"].sum() == pytest.approx(total)
    compile(trained.parts.part("files").code(), "lines", "exec")
    assert "judge_map" in trained.parts.part("files").code()
    view.judge.clicks += 1
    settle(trained)
    view.show()
    assert "estimate_ha" not in view.whole_map()
    assert view.sampled.visible


def test_a_map_far_beyond_its_samples_says_so(
    trained: LandPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, selection = trained.visit, trained.selection
    trained.state.show = "class"
    settle(trained)
    text = legend_html(visit, selection)
    name, year = selection.sides[0]
    assert f"Class, {selection.outcomes[name].title('en')}, {year}" in text
    assert "samples lie in" not in text
    west, south, east, north = selection.imagery.cube.bounds
    corner = pd.DataFrame(
        {"longitude": [west, (west + east) / 2], "latitude": [south, (south + north) / 2]}
    )
    sines = np.sin(np.radians([south, (south + north) / 2, north]))
    expected = 0.5 * (sines[1] - sines[0]) / (sines[2] - sines[0])
    assert selection.imagery.share_within(corner) == pytest.approx(expected)
    assert selection.imagery.share_within(corner.iloc[:0]) == 1.0
    monkeypatch.setattr(selection, "learnt", corner)
    assert "samples lie in 2" in legend_html(visit, selection)


def test_only_simulated_land_has_a_known_truth(trained: LandPage) -> None:
    imagery = trained.selection.imagery
    assert checkable(imagery)
    assert not checkable(dataclasses.replace(imagery, key="mine"))


def test_a_pixel_is_told_by_all_models_and_beside_the_imagery_in_words(trained: LandPage) -> None:
    trained.state.point = (65.5, 52.25)
    found = trained.selection.classify_pixel((65.5, 52.25))
    assert set(found) == set(QUICK)
    for shares in found.values():
        assert abs(float(shares.sum()) - 1) < 1e-5
    here = trained.selection.maps[trained.selection.sides[0]]
    column = np.abs(here.longitudes - 65.5).argmin()
    row = np.abs(here.latitudes - 52.25).argmin()
    label = here.classes[here.klass[row, column] - 1]
    assert found[trained.selection.left].idxmax() == label
    assert len(trained.pixel.own.data["x"]) == 24
    assert "Simulated data" in trained.pixel.title.object
    trained.state.point = (10.0, 10.0)
    assert "outside" in trained.pixel.title.object


def test_two_sides_are_shown_and_years_too(trained: LandPage) -> None:
    trained.state.level = "district"
    settle(trained)
    assert trained.map.sides.data["right"] == []
    trained.state.right = next(one for one in QUICK if one != trained.selection.left)
    settle(trained)
    assert len(trained.map.sides.data["right"]) == 1
    assert len(trained.pictures.side_names()) == 2
    trained.state.param.update(right="", other=2022)
    settle(trained)
    assert [year for _name, year in trained.selection.sides] == [2021, 2022]
    left = trained.map.plot.source("image").data["image"][0]
    right = trained.map.sides.data["right"][0]
    assert left.shape == right.shape
    assert 0 < (left != right).mean() < 0.5
    trained.state.other = 0
    settle(trained)


def test_every_file_is_made_and_marked(trained: LandPage) -> None:
    trained.state.point = (65.5, 52.25)
    files = trained.parts.part("files")
    with zipfile.ZipFile(io.BytesIO(files.classes())) as whole:
        names = whole.namelist()
        assert {".json", ".tif", ".xml"} <= {Path(name).suffix for name in names}
        item = json.loads(whole.read(next(one for one in names if one.endswith(".json"))))
    assert item["properties"]["simulated"] is True
    assert files._tif("probability")[:2] == b"II"
    assert files.picture()[:4] == b"\x89PNG"
    tables = (files.areas.long, files.scores.frame, files.matrices.frame, files.samples)
    for made in (table() for table in (*tables, files.curves)):
        assert b"imulated" in files.files.csv(made)
        assert files.files.xlsx(made)[:2] == b"PK"
    place = files.pixel()
    assert set(zip(place["longitude"], place["latitude"], strict=True)) == {(65.5, 52.25)}
    assert len(files.curves()) == len(place) * 2 * len(trained.selection.classes)
    outlines = json.loads(files.area_geojson())
    assert outlines["simulated"] is True
    assert outlines["features"]
    about = yaml.safe_load(settings_yaml(trained.selection))
    assert about["classifiers"] == QUICK
    assert set(about["scores"]) == set(QUICK)
    compile(files.code(), "lines", "exec")
    assert "SIMULATED DATA" in files.code()


def test_what_was_trained_stays_when_a_sample_is_drawn_and_is_told(
    trained: LandPage, monkeypatch: pytest.MonkeyPatch, land_cache: Path
) -> None:
    monkeypatch.setenv("QAZCUBE_CACHE", str(land_cache))
    scores = trained.parts.part("scores").frame()
    trained.state.drawn = [("water", ((65.0, 52.0),))]
    settle(trained)
    assert trained.selection.stale
    assert "before the last change" in trained.work.strip.said.object
    assert not trained.state.trained  # the link trains with what is drawn
    assert trained.selection.pictured == "class"
    pd.testing.assert_frame_equal(trained.parts.part("scores").frame(), scores)
    trained.state.drawn = []
    settle(trained)
    assert not trained.selection.stale
    assert trained.state.trained
    assert "Linear discriminant" in trained.work.strip.said.object
