"""Norm, departure, Z, rank and integral against plain loops over years and days."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.agrarian.season import judge_year, season_norm, smoothed, smoothing
from analysis.agrarian.seasontable import season_integral, season_table
from analysis.agrarian.yearly import by_year, fill_gaps, ranks


def modis_like(years: range = range(2010, 2020), units: int = 3, seed: int = 4) -> xr.Dataset:
    """Composites of 16 days that begin anew each year; one value in twenty is missing."""
    rng = np.random.default_rng(seed)
    starts = [
        pd.Timestamp(year, 1, 1) + pd.Timedelta(days=16 * n) for year in years for n in range(23)
    ]
    ends = [*starts[1:], pd.Timestamp(years[-1] + 1, 1, 1)]
    time = pd.DatetimeIndex(starts).as_unit("ns")
    day = time.day_of_year.to_numpy()
    values = 0.2 + 0.4 * np.exp(-(((day - 190) / 50.0) ** 2)) + rng.normal(0, 0.05, (units, 230))
    values[rng.random(values.shape) < 0.05] = np.nan
    return xr.Dataset(
        {"mean": (("unit", "time"), values, {"units": "1"})},
        {
            "unit": [f"u{n}" for n in range(units)],
            "time": time,
            "start": ("time", time),
            "end": ("time", pd.DatetimeIndex(ends).as_unit("ns")),
        },
    )


def test_composites_of_16_days_are_cut_without_a_change() -> None:
    series = modis_like()
    cut = by_year(series)
    assert cut.attrs["interpolated"] is False
    assert cut["value"].shape == (3, 10, 23)
    flat = cut["value"].to_numpy().reshape(3, 230)
    np.testing.assert_array_equal(flat, series["mean"].to_numpy())
    middle = pd.Timestamp(cut["date"].sel(year=2014).to_numpy()[0])
    assert middle == pd.Timestamp("2014-01-09")


def test_a_record_that_begins_in_february_and_ends_in_june_keeps_its_places() -> None:
    series = modis_like()
    part = series.isel(time=slice(3, 218))
    cut, whole = by_year(part), by_year(series)
    assert np.isnan(cut["value"].sel(year=2010)[:, :3]).all()
    assert np.isnan(cut["value"].sel(year=2019)[:, -12:]).all()
    inner = slice(2011, 2018)
    np.testing.assert_array_equal(cut["value"].sel(year=inner), whole["value"].sel(year=inner))


def test_irregular_dates_are_interpolated_only_over_short_gaps() -> None:
    rng = np.random.default_rng(2)
    days = np.sort(rng.choice(np.arange(730), 150, replace=False))
    days = days[(days < 300) | (days > 420)]
    time = pd.Timestamp("2020-01-01") + pd.to_timedelta(days, unit="D")
    line = 0.1 + 0.001 * days
    series = xr.Dataset(
        {"mean": (("unit", "time"), line[None])},
        {"unit": ["a"], "time": pd.DatetimeIndex(time).as_unit("ns")},
    )
    cut = by_year(series)
    assert cut.attrs["interpolated"] is True
    origin = np.datetime64("2020-01-01")
    at = (cut["date"].to_numpy() - origin) / np.timedelta64(1, "D")
    found = cut["value"].to_numpy()[0]
    known = np.isfinite(found)
    np.testing.assert_allclose(found[known], 0.1 + 0.001 * at[known], atol=0.006)
    assert not known[(at > 330) & (at < 390)].any()
    assert known[(at > 30) & (at < 270)].mean() > 0.8


@pytest.mark.parametrize("year", [2010, 2014])
def test_norm_departure_z_and_rank_are_those_of_plain_loops(year: int) -> None:
    cut = by_year(modis_like())
    judged = judge_year(cut, year)
    raw = cut["value"].to_numpy()
    place = year - 2010
    others = np.delete(raw, place, axis=1)
    days = cut["day"].to_numpy().astype(float)
    for unit in range(3):
        mean = np.array([np.mean(one[np.isfinite(one)]) for one in others[unit].T])
        var = np.array([np.var(one[np.isfinite(one)], ddof=1) for one in others[unit].T])
        for name, plain, root in (("mean", mean, False), ("std", var, True)):
            expected = np.empty(23)
            for day in range(23):
                apart = np.abs(days - days[day])
                weight = np.clip(1 - np.minimum(apart, 365.25 - apart) / 24.0, 0, None)
                expected[day] = np.sum(weight * plain) / np.sum(weight)
            expected = np.sqrt(expected) if root else expected
            np.testing.assert_allclose(judged[name].to_numpy()[unit], expected, rtol=1e-12)
        value = raw[unit, place]
        departure = value - judged["mean"].to_numpy()[unit]
        np.testing.assert_allclose(judged["departure"].to_numpy()[unit], departure)
        z = departure / judged["std"].to_numpy()[unit]
        np.testing.assert_allclose(judged["z"].to_numpy()[unit], z)
        for day in range(23):
            every = raw[unit, :, day]
            if np.isfinite(value[day]):
                rank = 1 + int((every[np.isfinite(every)] > value[day]).sum())
                assert judged["rank"].to_numpy()[unit, day] == rank
                low, high = np.nanmin(every), np.nanmax(every)
                vci = 100 * (value[day] - low) / (high - low)
                assert judged["vci"].to_numpy()[unit, day] == pytest.approx(vci)
            else:
                assert np.isnan(judged["rank"].to_numpy()[unit, day])


def test_quantiles_are_ordered_and_hold_their_share_of_a_large_sample() -> None:
    cut = by_year(modis_like(range(1700, 1710), units=1))
    values = np.random.default_rng(0).normal(0.5, 0.1, (1, 400, 23))
    many = xr.Dataset(
        {"value": (("unit", "year", "day"), values, {"units": "1"})},
        {"unit": ["a"], "year": np.arange(1600, 2000), "day": cut["day"]},
    )
    norm = season_norm(many, window=0)
    found = norm["quantile"].to_numpy()[:, 0]
    assert (np.diff(found, axis=0) > 0).all()
    shares = (values[0][None] < found[:, None]).mean(axis=1)
    np.testing.assert_allclose(shares.mean(axis=1), norm["share"], atol=0.005)


def test_a_drought_put_into_one_year_is_found_and_changes_no_norm_of_its_own() -> None:
    series = modis_like()
    dry = series.copy(deep=True)
    hit = (dry["time"].dt.year == 2016) & (dry["time"].dt.month.isin([6, 7, 8]))
    dry["mean"] = dry["mean"].where(~hit, dry["mean"] - 0.3)
    before, after = (judge_year(by_year(one), 2016) for one in (series, dry))
    for name in ("mean", "std", "quantile", "count"):
        np.testing.assert_array_equal(before[name], after[name])
    summer = (after["day"] > 160) & (after["day"] < 240)
    shift = (after["departure"] - before["departure"]).to_numpy()[:, summer]
    np.testing.assert_allclose(shift[np.isfinite(shift)], -0.3)
    table = season_table(by_year(dry), 2016, int(after["day"][15]))
    known = table[table["value"].notna()]
    assert len(known) >= 2
    assert (known["vci_class"] == "extreme drought").all()
    assert (known["integral_rank"] == known["integral_of"]).all()


def test_season_integral_is_the_integral_of_the_line_through_the_dates() -> None:
    cut = by_year(modis_like())
    found = season_integral(cut, (91, 304))
    days = cut["day"].to_numpy().astype(float)
    for unit in range(3):
        for place in range(10):
            row = cut["value"].to_numpy()[unit, place]
            known = np.isfinite(row)
            if np.diff(days[known]).max() > 40:
                continue
            fine = np.linspace(91, 304, 20_001)
            line = np.maximum(np.interp(fine, days[known], row[known]), 0)
            exact = float(np.trapezoid(line, fine))
            assert float(found[unit, place]) == pytest.approx(exact, abs=0.01)


def test_a_season_with_a_long_gap_has_no_integral() -> None:
    cut = by_year(modis_like())
    cut["value"][0, 4, 9:13] = np.nan
    found = season_integral(cut)
    assert np.isnan(found[0, 4])
    assert np.isfinite(found[1, 4])


def test_fewer_than_three_other_years_make_no_norm() -> None:
    cut = by_year(modis_like(range(2010, 2020))).sel(year=[2010, 2011, 2012])
    judged = judge_year(cut, 2012)
    assert np.isnan(judged["mean"]).all()
    assert np.isnan(judged["z"]).all()
    assert np.isfinite(judged["value"]).any()


def test_before_the_season_there_is_no_integral() -> None:
    cut = by_year(modis_like())
    table = season_table(cut, 2015, int(cut["day"][2]))
    assert table["integral"].isna().all()
    assert table["integral_rank"].isna().all()
    assert table["value"].notna().any()


def test_small_parts() -> None:
    weights = smoothing(np.array([1.0, 100.0]), 0.0)
    np.testing.assert_array_equal(weights, np.eye(2))
    assert np.isnan(smoothed(np.array([np.nan, 1.0]), np.ones((2, 2)))[0])
    assert ranks(np.array([[1.0, 2.0], [np.nan, np.nan]]))[1].tolist() == [[2, 2], [0, 0]]
    empty = fill_gaps(np.full((2, 3), np.nan), np.arange(3.0), np.arange(3.0), 9.0)
    assert np.isnan(empty).all()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda cut: judge_year(cut, 1999), "There is no year 1999"),
        (lambda cut: season_norm(cut, quantiles=[1.5]), r"shares from 0 to 1"),
        (lambda cut: season_norm(cut, window=-1), "must not be negative"),
        (lambda cut: season_norm(cut, leave_out=list(range(2010, 2020))), "No year is left"),
        (lambda cut: season_integral(cut, (200, 100)), "two days of the year"),
        (lambda cut: season_table(cut, 2015, 2), "There is no day 2"),
        (lambda cut: by_year(cut), "There is no variable 'mean'"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(call: object, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        call(by_year(modis_like()))  # type: ignore[operator]
