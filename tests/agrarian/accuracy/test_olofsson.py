"""Accuracy and area from a stratified sample: published values, laws, awkward matrices."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.agrarian import area_adjusted_accuracy
from analysis.agrarian.accuracy.olofsson import KAPPA_NOTE

NAMES = ["Deforestation", "Forest gain", "Stable forest", "Stable non-forest"]
TABLE_8 = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])
PIXELS = np.array([200_000, 150_000, 3_200_000, 6_450_000])


def frame() -> pd.DataFrame:
    return pd.DataFrame(TABLE_8, index=NAMES, columns=NAMES)


def margin(found: pd.DataFrame, name: str) -> np.ndarray:
    return 1.96 * found[f"{name}_error"].to_numpy()


def test_table_8_of_olofsson_2014_to_the_digit() -> None:
    found = area_adjusted_accuracy(frame(), dict(zip(NAMES, PIXELS * 0.09, strict=True)))
    assert round(found.overall, 3) == 0.947
    assert round(1.96 * found.overall_error, 3) == 0.018
    assert found.users.round(3).tolist() == [0.880, 0.733, 0.927, 0.963]
    assert margin(found.classes, "users").round(3).tolist() == [0.074, 0.101, 0.040, 0.021]
    assert found.producers.round(3).tolist() == [0.749, 0.847, 0.935, 0.962]
    assert margin(found.classes, "producers").round(3).tolist() == [0.213, 0.254, 0.034, 0.018]
    assert found.area.round().tolist() == [21_158, 11_686, 285_770, 581_386]
    assert margin(found.classes, "area").round().tolist() == [6_158, 3_756, 15_510, 16_282]


def test_example_of_olofsson_2013() -> None:
    # Olofsson et al. (2013), example 1: deforestation, forest, other; 30 m pixels.
    n = [[97, 0, 3], [3, 279, 18], [2, 1, 97]]
    found = area_adjusted_accuracy(n, [22_353, 1_122_543, 610_228])
    assert found.users.round(2).tolist() == [0.97, 0.93, 0.97]
    assert round(found.overall, 3) == 0.944
    assert found.area.iloc[0] == pytest.approx(45_112, abs=1)
    assert margin(found.classes, "area")[0] == pytest.approx(21_073, abs=5)
    assert found.producers.round(3).tolist() == [0.481, 0.994, 0.897]


def test_real_file_of_table_8() -> None:
    folder = os.environ.get("QAZCUBE_REAL_DATA")
    if not folder:
        pytest.skip("QAZCUBE_REAL_DATA is not set")
    table = pd.read_csv(Path(folder) / "agrarian/olofsson2014_table8.csv", index_col=0)
    area = table.pop("map_area_pixels_30m")
    table.columns = table.columns.str.removeprefix("ref_")
    found = area_adjusted_accuracy(table, area)
    assert (found.area * 0.09).round().tolist() == [21_158, 11_686, 285_770, 581_386]


def test_all_doors_give_the_same() -> None:
    plain = area_adjusted_accuracy(TABLE_8, PIXELS, labels=NAMES)
    shuffled = frame().iloc[[2, 0, 3, 1], [3, 2, 1, 0]]
    for matrix, area in (
        (frame(), PIXELS),
        (frame(), pd.Series(PIXELS, NAMES)),
        (shuffled, dict(zip(NAMES, PIXELS, strict=True))),
    ):
        found = area_adjusted_accuracy(matrix, area)
        pd.testing.assert_frame_equal(found.classes.loc[NAMES], plain.classes, check_names=False)
        assert found.overall_error == pytest.approx(plain.overall_error)


def test_errors_are_those_of_equations_5_to_11() -> None:
    found = area_adjusted_accuracy(TABLE_8, PIXELS)
    n, weight = TABLE_8.sum(axis=1), PIXELS / PIXELS.sum()
    u = np.diag(TABLE_8) / n
    assert found.overall_error**2 == pytest.approx(np.sum(weight**2 * u * (1 - u) / (n - 1)))
    share = TABLE_8 / n[:, None]
    total = (PIXELS[:, None] * share).sum(axis=0)  # equation 7
    producers = found.producers.to_numpy()
    for j in range(4):
        other = [i for i in range(4) if i != j]
        own = PIXELS[j] ** 2 * (1 - producers[j]) ** 2 * u[j] * (1 - u[j]) / (n[j] - 1)
        rest = sum(PIXELS[i] ** 2 * share[i, j] * (1 - share[i, j]) / (n[i] - 1) for i in other)
        variance = (own + producers[j] ** 2 * rest) / total[j] ** 2
        assert found.classes["producers_error"].iloc[j] == pytest.approx(math.sqrt(variance))


def test_identities() -> None:
    found = area_adjusted_accuracy(frame(), PIXELS)
    p = found.proportions.to_numpy()
    assert p.sum() == pytest.approx(1.0)
    assert np.trace(p) == pytest.approx(found.overall)
    np.testing.assert_allclose(p.sum(axis=1), PIXELS / PIXELS.sum())
    assert found.area.sum() == pytest.approx(PIXELS.sum())
    harmonic = 2 / (1 / found.users + 1 / found.producers)
    np.testing.assert_allclose(found.f1, harmonic)
    np.testing.assert_allclose(found.omission + found.producers, 1.0)
    np.testing.assert_allclose(found.commission + found.users, 1.0)
    assert (found.classes["f1_low"] < found.f1).all()
    assert 0 < found.kappa < found.overall
    assert "not recommended" in KAPPA_NOTE
    assert found.table().loc["all", "overall"] == found.overall


def test_intervals_hold_the_truth() -> None:
    """Sample maps whose truth is known: 95 % intervals hold it nineteen times of twenty."""
    rng = np.random.default_rng(3)
    truth = np.array([[0.90, 0.08, 0.02], [0.05, 0.90, 0.05], [0.02, 0.08, 0.90]])
    area = np.array([10.0, 30.0, 60.0])
    right = area @ truth
    held = np.zeros(4)
    for _ in range(400):
        n = np.stack([rng.multinomial(400, row) for row in truth])
        found = area_adjusted_accuracy(n, area)
        inside = (found.classes["area_low"] <= right) & (right <= found.classes["area_high"])
        held[:3] += inside.to_numpy()
        held[3] += found.overall_low <= 0.9 <= found.overall_high
    assert (held / 400 > 0.92).all()
    assert (held / 400 < 0.98).all()


def test_a_constant_map() -> None:
    n = pd.DataFrame([[40, 10], [0, 0]], ["crop", "water"], ["crop", "water"])
    found = area_adjusted_accuracy(n, {"crop": 100.0, "water": 0.0})
    assert found.overall == pytest.approx(0.8)
    assert found.producers.tolist() == [1.0, 0.0]
    assert math.isnan(found.users["water"])
    assert found.area["water"] == pytest.approx(20.0)
    assert found.kappa == pytest.approx(0.0)


def test_a_class_that_the_reference_never_shows() -> None:
    found = area_adjusted_accuracy([[30, 0], [5, 0]], [90, 10])
    assert found.users.tolist() == [1.0, 0.0]
    assert math.isnan(found.producers[1])
    assert found.area.tolist() == [100.0, 0.0]


def test_a_class_of_the_reference_only_need_not_be_a_row() -> None:
    n = pd.DataFrame({"crop": [30, 2], "water": [1, 20], "bog": [4, 0]}, index=["crop", "water"])
    found = area_adjusted_accuracy(n, {"crop": 80, "water": 20})
    assert found.producers["bog"] == 0.0
    assert found.area["bog"] == pytest.approx(80 * 4 / 35)


def test_area_without_samples_is_refused_or_left_out() -> None:
    n = pd.DataFrame([[40, 10], [5, 45]], ["crop", "water"], ["crop", "water"])
    area = {"crop": 60, "water": 30, "bog": 10}
    with pytest.raises(ValueError, match=r"shows bog but no sample.*10 of 100"):
        area_adjusted_accuracy(n, area)
    found = area_adjusted_accuracy(n, area, unsampled="exclude")
    assert found.area.sum() == pytest.approx(90.0)
    assert "Left out" in found.notes[0]


def test_samples_without_area_count_for_nothing() -> None:
    found = area_adjusted_accuracy([[40, 10], [5, 45]], [100, 0])
    assert found.overall == pytest.approx(0.8)
    assert found.users[1] == pytest.approx(0.9)
    assert "without area" in found.notes[0]


def test_one_sample_has_no_error() -> None:
    found = area_adjusted_accuracy([[40, 10], [0, 1]], [90, 10])
    assert found.overall == pytest.approx(0.82)
    assert math.isnan(found.overall_error)
    assert "One sample" in found.notes[0]


@pytest.mark.parametrize(
    ("matrix", "area", "match"),
    [
        (frame().rename_axis(index="reference", columns="map"), PIXELS, "swapped"),
        (TABLE_8[:, :3], PIXELS, "shape"),
        (TABLE_8, PIXELS[:3], "4 classes"),
        (TABLE_8 / 10, PIXELS, "whole"),
        (-TABLE_8, PIXELS, "whole numbers of 0 or more"),
        (np.zeros((2, 2)), [1, 1], "empty"),
        (TABLE_8, -PIXELS, "is -200000"),
        (TABLE_8, [0, 0, 0, 0], "No class"),
        (frame(), {"Deforestaton": 1} | dict(zip(NAMES[1:], PIXELS[1:], strict=True)), "Deforesta"),
        (frame(), dict.fromkeys(NAMES, "much"), "no number"),
        ([["a", "b"], ["c", "d"]], [1, 1], "no number"),
    ],
)
def test_what_is_wrong_is_told(matrix: object, area: object, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        area_adjusted_accuracy(matrix, area)


def test_the_level_widens_the_interval() -> None:
    narrow = area_adjusted_accuracy(TABLE_8, PIXELS, level=0.5)
    wide = area_adjusted_accuracy(TABLE_8, PIXELS, level=0.99)
    assert (wide.classes["area_high"] > narrow.classes["area_high"]).all()
    with pytest.raises(ValueError, match="between 0 and 1"):
        area_adjusted_accuracy(TABLE_8, PIXELS, level=95)
