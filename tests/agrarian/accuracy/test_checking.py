"""Places drawn on a map, judged, against a truth that is known."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.agrarian.accuracy import (
    area_adjusted_accuracy,
    draw_places,
    draw_samples,
    judge_map,
)
from analysis.agrarian.accuracy.checking import NOT_DRAWN
from analysis.agrarian.accuracy.limits import jeffreys, of_matrix, of_ratios, of_sums
from analysis.agrarian.landcover import cross_validate, fit
from analysis.agrarian.legends import legend
from analysis.agrarian.mapping import areas, classify, smooth
from analysis.agrarian.mapping.grid import grid_of
from analysis.agrarian.samples import read_samples
from analysis.agrarian.simulatedland import land_cube, land_samples, land_truth
from tests.agrarian.mapping import mapkit

KEYS = {one.code: one.key for one in legend().classes}


@pytest.fixture(scope="module")
def land() -> xr.Dataset:
    return classify(mapkit.cube(), mapkit.forest())


def labelled(land: xr.Dataset, places: pd.DataFrame, labels: np.ndarray) -> pd.DataFrame:
    """Write the true label at each place; `labels` (row, column)."""
    at = [
        np.rint((places[name] - land[name].values[0]) / np.diff(land[name].values[:2])).astype(int)
        for name in ("latitude", "longitude")
    ]
    return places.assign(label=labels[tuple(at)])


def test_from_places_to_areas_by_way_of_a_file(land: xr.Dataset) -> None:
    truth = np.array(mapkit.LABELS)[mapkit.truth()]
    places = draw_places(land, size=90, allocation="equal", seed=1)
    pd.testing.assert_frame_equal(places, draw_places(land, size=90, allocation="equal", seed=1))
    assert places["place"].tolist() == list(range(1, 91))
    assert not places.duplicated(["longitude", "latitude"]).any()
    assert "map" not in places  # who judges must not know what the map says
    file = io.StringIO(labelled(land, places, truth).to_csv(index=False))
    found = judge_map(land, pd.read_csv(file))
    assert found.drawn
    assert NOT_DRAWN not in found.notes
    assert found.counts.sum(axis=1).tolist() == [30, 30, 30]
    assert found.classes["area"].sum() == pytest.approx(areas(land)["area_ha"].sum())
    table = areas(land, matrix=found)
    assert table.attrs["drawn"]
    np.testing.assert_allclose(table["estimate_ha"], found.classes["area"].loc[mapkit.LABELS])
    for end in ("low", "high"):
        own = found.classes[f"area_{end}"].loc[mapkit.LABELS]
        np.testing.assert_allclose(table[f"{end}_ha"], own)


def test_places_of_another_map_or_of_nobody_are_told(land: xr.Dataset) -> None:
    truth = np.array(mapkit.LABELS)[mapkit.truth()]
    places = labelled(land, draw_places(land, size=90, allocation="equal"), truth)
    other = smooth(land, method="majority", radius=1)
    for given, of in ((places.drop(columns="drawn"), land), (places, other)):
        found = judge_map(of, given)
        assert not found.drawn
        assert found.notes[0] == NOT_DRAWN
        assert NOT_DRAWN in areas(of, matrix=found).attrs["notes"]
    mixed = places.assign(drawn=["another", *places["drawn"].iloc[1:]])
    assert not judge_map(land, mixed).drawn
    assert NOT_DRAWN in areas(land, matrix=found.counts).attrs["notes"]
    with pytest.raises(ValueError, match="column label is empty"):
        judge_map(land, draw_places(land, size=90))
    with pytest.raises(ValueError, match="Did you mean 'neyman'"):
        draw_places(land, allocation="neiman")


def test_a_class_beyond_the_map_takes_its_share(land: xr.Dataset) -> None:
    truth = np.array(mapkit.LABELS)[mapkit.truth()]
    places = labelled(land, draw_places(land, size=90, allocation="equal"), truth)
    places.loc[places["label"] == "water", "label"] = "Солончак"
    found = judge_map(land, places)
    assert found.classes.loc["saline", "area"] > 0
    table = areas(land, matrix=found)
    lost = table["area_ha"].sum() - table["estimate_ha"].sum()
    assert lost == pytest.approx(found.classes.loc["saline", "area"])


def test_intervals_of_shares_hold_the_truth_with_few_errors() -> None:
    rng = np.random.default_rng(0)
    weight = np.array([0.7, 0.25, 0.05])
    share = np.array([[0.985, 0.01, 0.005], [0.02, 0.97, 0.01], [0.1, 0.05, 0.85]])
    area = weight @ share
    true = {
        "users": np.diag(share),
        "producers": weight * np.diag(share) / area,
        "f1": 2 * weight * np.diag(share) / (weight + area),
        "area_share": area,
    }
    held = dict.fromkeys([*true, "overall"], 0.0)
    for _ in range(400):
        found = of_matrix(draw(rng, share), weight, np.full(3, 50.0), 0.95)
        for name, value in (*true.items(), ("overall", weight @ np.diag(share))):
            low, high = found[f"{name}_low"], found[f"{name}_high"]
            held[name] += float(((low <= value) & (value <= high)).mean()) / 400
    assert min(held.values()) > 0.92, held
    normal = []
    for _ in range(60):
        n = np.rint(50 * draw(rng, share))
        old, new = (
            area_adjusted_accuracy(n, 100 * weight, interval=one).classes
            for one in ("normal", "jeffreys")
        )
        for name in true:
            low, middle, high = (new[f"{name}{end}"].to_numpy() for end in ("_low", "", "_high"))
            assert ((low <= middle + 1e-9) & (middle <= high + 1e-9)).all()
        normal.append((old["area_low"] <= 100 * area) & (100 * area <= old["area_high"]))
    assert np.mean(normal) < 0.87  # with so few errors the normal intervals do not hold


def draw(rng: np.random.Generator, share: np.ndarray) -> np.ndarray:
    """Shares found among 50 places of each class."""
    return np.stack([rng.multinomial(50, row) for row in share]) / 50


def test_limits_at_the_ends() -> None:
    low, high = jeffreys([0.0, 1.0, 0.5], [0, 50, 50], 0.95)
    assert (low[0], high[0]) == (0.0, 1.0)
    assert high[1] == 1.0
    assert 0.94 < low[1] < 0.96
    assert low[2] + high[2] == pytest.approx(1.0)
    sure = np.eye(2)
    low, high = of_sums(np.array([[3.0, 1.0]]), sure, np.array([1e9, 1e9]), 0.95)
    np.testing.assert_allclose([low[0], high[0]], [[3, 1], [3, 1]], atol=1e-4)
    one, zero = np.array([1.0]), np.array([0.0])
    assert np.isnan(of_ratios((one, one, one), (zero, zero, one))[0])[0]
    assert np.isinf(of_ratios((one, one, one), (one, zero, one))[1])[0]
    perfect = area_adjusted_accuracy([[60, 0], [0, 60]], [9, 1], interval="jeffreys")
    assert perfect.classes["area_low"].iloc[1] < 1 < perfect.classes["area_high"].iloc[1]
    assert perfect.overall_low < perfect.overall == perfect.overall_high == 1.0
    assert not perfect.notes
    none = area_adjusted_accuracy([[0, 9], [9, 0]], [5, 5], interval="jeffreys").classes
    assert (none[["producers_low", "f1_low"]] == 0).all(axis=None)
    assert none[["producers_high", "f1_high"]].lt(0.6).all(axis=None)
    with pytest.raises(ValueError, match="Did you mean 'jeffreys'"):
        area_adjusted_accuracy([[9, 1], [1, 9]], [5, 5], interval="jefreys")


@pytest.fixture(scope="module")
def simulated() -> tuple[xr.Dataset, np.ndarray, pd.Series]:
    """Map of the simulated land by the linear discriminant, true labels, true hectares."""
    cube = land_cube().sel(time="2021").compute()
    made = classify(cube, fit(read_samples(land_samples()), "LinearDiscriminant"))
    codes = land_truth(2021).to_numpy()
    weight = grid_of(made[["class"]]).hectares(slice(None), slice(None))
    counted = np.bincount(codes.ravel(), np.broadcast_to(weight, codes.shape).ravel())
    true = pd.Series({KEYS[code]: counted[code] for code in np.unique(codes)})
    return made, np.vectorize(KEYS.get)(codes), true


def held(found: pd.DataFrame, true: pd.Series) -> int:
    """Classes whose true area lies in its interval, to a hectare."""
    found = found.loc[true.index]
    return int(((found["area_low"] - 1 <= true) & (true <= found["area_high"] + 1)).sum())


@pytest.mark.slow
def test_places_drawn_on_the_map_hold_the_true_areas(
    simulated: tuple[xr.Dataset, np.ndarray, pd.Series],
) -> None:
    made, labels, true = simulated
    count = []
    for seed in range(12):
        places = labelled(made, draw_places(made, size=600, seed=seed), labels)
        count.append(held(judge_map(made, places).classes, true))
    assert np.mean(count) >= 9.3, count
    assert np.mean(np.array(count) >= 9) > 0.8, count


@pytest.mark.slow
def test_samples_held_back_do_not_hold_the_true_areas(
    simulated: tuple[xr.Dataset, np.ndarray, pd.Series],
) -> None:
    """The pitfall: 60 samples of each class, though held back in blocks, are none of the map."""
    made, _labels, true = simulated
    samples = read_samples(land_samples())
    judged = cross_validate(samples, ["LinearDiscriminant"], "block", block_degrees=0.4)
    matrix = judged.attrs["matrices"]["LinearDiscriminant"]
    assert matrix.attrs["held_back"] == "block"
    plain = matrix.rename_axis(index="map", columns="reference")
    plain.attrs.clear()
    mapped = areas(made).set_index("class")["area_ha"]
    for interval, most in (("normal", 3), ("jeffreys", 6)):
        found = area_adjusted_accuracy(plain, mapped, interval=interval).classes
        assert held(found, true) <= most
    assert found.loc["built", "area"] > 5 * true["built"]  # worse than the plain count of pixels


def test_a_truth_made_with_the_same_seed_has_nothing_to_do_with_the_places(
    land: xr.Dataset,
) -> None:
    codes = land["class"]
    chance = np.random.default_rng(0).random(codes.shape)  # as everybody makes a truth up
    places = draw_samples(codes, {int(code): 12 for code in np.unique(codes) if code})
    seen = chance[places["row"], places["column"]]
    assert 0.3 < seen.mean() < 0.7
    with pytest.raises(ValueError, match="The map is a DataArray; give the Dataset"):
        draw_places(codes, size=30)  # type: ignore[arg-type]
