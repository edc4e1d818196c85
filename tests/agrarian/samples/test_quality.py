"""Quality of samples: planted faults are found, clean samples stay clean."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.agrarian.samples.checks import check_samples
from analysis.agrarian.samples.noise import neighbour_noise, som_noise


def clean(count=60, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.repeat(["егін", "су айдыны", "орман"], count)
    peak = np.repeat([0.6, -0.1, 0.8], count)[:, None]
    values = peak * np.sin(np.linspace(0.3, 2.8, 8)) + 0.04 * rng.normal(size=(3 * count, 8))
    table = pd.DataFrame(values, columns=[f"ndvi_{k}" for k in range(1, 9)])
    table["label"] = labels
    table["longitude"] = rng.uniform(60, 75, labels.size)
    table["latitude"] = rng.uniform(48, 55, labels.size)
    table["start"], table["end"] = pd.Timestamp("2021-04-01"), pd.Timestamp("2021-10-01")
    return table


def checks_of(table, **options):
    return check_samples(table, **options).set_index("check")


def test_clean_samples_have_no_findings():
    found = check_samples(clean())
    assert found.empty
    assert found.attrs["classes"] == {"егін": 60, "су айдыны": 60, "орман": 60}


def test_every_planted_fault_is_found_where_it_is():
    table = clean()
    place = ["longitude", "latitude"]
    table.loc[5, place] = table.loc[100, place]
    table.loc[7, place] = table.loc[8, place]
    table.loc[11, "ndvi_3"] = 5000.0
    table.loc[12, "ndvi_3"] = np.nan
    table.loc[13, "end"] = pd.Timestamp("2020-10-01")
    table.loc[14, "end"] = pd.Timestamp("2029-10-01")
    table.loc[15, "ndvi_4"] = -0.9
    table = pd.concat([table, clean(seed=1).iloc[[0]].assign(label="тұз")], ignore_index=True)
    found = checks_of(table)
    assert found.loc["same place, other label", "rows"] == [5, 100]
    assert found.loc["same place twice", "rows"] == [7, 8]
    assert found.loc["units", "rows"] == [11]
    assert found.loc["missing values", "rows"] == [12]
    assert found.loc["period", "rows"].tolist() == [[13], [14]]
    assert found.loc["outlier", "rows"] == [15]
    assert found.loc["few samples", "where"] == "тұз"
    assert found.loc["unbalanced", "count"] == 60
    assert found["severity"].tolist() == sorted(found["severity"])


def test_limits_of_the_caller():
    table = clean().assign(height_1=np.linspace(100, 9000, 180))
    assert check_samples(table).empty
    found = checks_of(table, limits={"height": (0, 5000)})
    assert found.loc["out of range", "where"] == "height"
    assert found.loc["out of range", "count"] == (table["height_1"] > 5000).sum()


@pytest.mark.parametrize("method", [neighbour_noise, som_noise])
def test_changed_labels_are_found_and_right_ones_kept(method):
    table = clean()
    rng = np.random.default_rng(3)
    changed = rng.choice(180, 12, replace=False)
    truth = table["label"].copy()
    table.loc[changed, "label"] = truth.map(
        {"егін": "орман", "орман": "су айдыны", "су айдыны": "егін"}
    )
    found = method(table)
    assert (found.loc[changed, "advice"] != "keep").mean() > 0.9
    assert (found.loc[changed, "suggested"] == truth[changed]).mean() > 0.9
    others = found.drop(index=changed)
    assert (others["advice"] == "keep").mean() > 0.95
    pd.testing.assert_frame_equal(found, method(table))


def test_samples_of_one_place_do_not_speak_for_one_another():
    table = clean()
    table = pd.concat([table, table.iloc[[0] * 8].assign(label="су айдыны")], ignore_index=True)
    alone = neighbour_noise(table, neighbours=6)
    assert (alone["advice"].iloc[180:] == "drop").all()
    together = neighbour_noise(table, neighbours=6, apart=False)
    assert (together["advice"].iloc[180:] == "keep").all()


def test_bad_wishes_say_why():
    with pytest.raises(ValueError, match="impossible"):
        neighbour_noise(clean(), neighbours=500)
    with pytest.raises(ValueError, match="2 to 100"):
        som_noise(clean(), side=1)
