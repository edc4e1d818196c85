"""Tracks of CSES, written in the layout of level 2."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from analysis.cells import Cells, align
from analysis.sources.formats import find_format
from analysis.sources.ionosphere.cses import open_cses, read_cses
from tests.products.ionosphere_files import write_cses

LAP = {"A311": "m^-3", "A321": "K"}


def lap(folder: Path, **options: object) -> Path:
    rows = int(options.get("rows", 600))  # type: ignore[call-overload]
    wave = 1 + 0.5 * np.sin(np.linspace(0, 6, rows))
    values = {"A311": 2e10 * wave, "A321": 2500 * wave}
    return write_cses(folder, values=values, units=LAP, **options)  # type: ignore[arg-type]


def test_langmuir_probe_in_our_units_and_coordinates(tmp_path: Path) -> None:
    path = lap(tmp_path, longitude=179.0)
    table = read_cses(path)
    wave = 1 + 0.5 * np.sin(np.linspace(0, 6, 600))
    np.testing.assert_allclose(table["electron_density"], 2e4 * wave, rtol=1e-6)
    np.testing.assert_allclose(table["electron_temperature"], 2500 * wave, rtol=1e-6)
    assert table["time"][0] == pd.Timestamp("2021-04-01T00:34:40")
    assert table["time"][599] == pd.Timestamp("2021-04-01T01:04:37")
    assert table["longitude"].between(-180, 180, inclusive="left").all()
    assert table["ascending"].all()
    assert (table["orbit"] == 175381).all()
    assert table["local_time"][0] == pytest.approx((34 / 60 + 40 / 3600 + 179 / 15) % 24, abs=1e-3)
    assert table.attrs["units"] == {"electron_density": "cm-3", "electron_temperature": "K"}
    assert find_format(str(path)).name == "cses"
    assert not read_cses(lap(tmp_path, ascending=False, orbit=175380))["ascending"].any()


def test_half_orbits_are_pieces_of_a_lazy_table(tmp_path: Path, refuse_compute: None) -> None:
    for k in range(3):
        lap(tmp_path, start=f"2021-04-0{k + 1}T00:34:40", orbit=175381 + 150 * k)
    table = open_cses(tmp_path)
    assert table.npartitions == 3
    assert list(table.columns[:3]) == ["time", "longitude", "latitude"]


def test_tracks_become_cells_with_counts(tmp_path: Path) -> None:
    for k in range(3):
        lap(tmp_path, start=f"2021-04-0{k + 1}T00:34:40", orbit=175381 + 150 * k)
    cells = Cells.from_grid((60, -60, 80, 60), 5.0, start="2021-04-01", end="2021-05-01")
    table = open_cses(tmp_path)
    binned = align(table, cells, "mean", column="electron_density")
    whole = table.compute()
    inside = whole["longitude"].between(60, 80) & whole["latitude"].between(-60, 60)
    counts = binned["electron_density_count"].values
    assert counts.sum() == inside.sum() > 1500
    total = np.nansum(binned["electron_density"].values * counts)
    assert total == pytest.approx(whole.loc[inside, "electron_density"].sum(), rel=1e-6)


def test_waveforms_give_mean_rms_and_power_in_bands(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    wave = rng.normal(2.0, 0.3, (200, 256))
    frequencies = np.linspace(0.5, 62.5, 125)
    power = np.tile(frequencies, (200, 1))
    path = write_cses(
        tmp_path,
        "EFD",
        rows=200,
        step=2.048,
        values={"A111_W": wave, "A112_W": wave, "A113_W": wave, "A111_P": power, "A112_P": power}
        | {"A113_P": power},
        units=dict.fromkeys(("A111_W", "A112_W", "A113_W"), "V/m"),
        frequencies=frequencies,
    )
    table = read_cses(path, bands={"low": (1, 10)})
    kept = wave.astype("f4")
    np.testing.assert_allclose(table["electric_x"], kept.mean(axis=1) * 1e3, rtol=1e-5)
    np.testing.assert_allclose(table["electric_y_rms"], kept.std(axis=1) * 1e3, rtol=1e-4)
    inside = (frequencies >= 1) & (frequencies <= 10)
    np.testing.assert_allclose(table["electric_z_low"], frequencies[inside].mean(), rtol=1e-6)
    with pytest.raises(ValueError, match="No frequency lies in"):
        read_cses(path, bands={"high": (1e5, 2e5)})
    with pytest.raises(ValueError, match="the first must be lower"):
        read_cses(path, bands={"high": (5, 1)})


def test_plasma_analyser_sums_the_ions(tmp_path: Path) -> None:
    one = np.full(100, 1e9)
    values = {"A313": one, "A314": 2 * one, "A315": 3 * one, "A322": np.full(100, 900.0)}
    units = {"A313": "/m3", "A314": "/m3", "A315": "/m3", "A322": "K"}
    table = read_cses(write_cses(tmp_path, "PAP", 0, rows=100, values=values, units=units))
    np.testing.assert_allclose(table["ion_density"], 6e3, rtol=1e-6)


@pytest.mark.parametrize(("instrument", "number", "key"), [("HPM", 5, "A221"), ("HPM", 6, "A211")])
def test_magnetometers(tmp_path: Path, instrument: str, number: int, key: str) -> None:
    values = {key: np.full(50, 25000.0)}
    path = write_cses(tmp_path, instrument, number, rows=50, values=values, units={key: "nT"})
    name = {"A221": "magnetic_x", "A211": "magnetic_total"}[key]
    np.testing.assert_allclose(read_cses(path)[name], 25000.0)


def test_places_beside_the_orbit_are_left_out_and_impossible_values_are_nan(tmp_path: Path) -> None:
    path = lap(tmp_path)
    with h5py.File(path, "r+") as file:
        file["GEO_LAT"][100] = 80.0
        file["GEO_LON"][200] = 9999.0
        file["A311"][300] = -1.0
        file["A311"][301] = 1e30
    table = read_cses(path)
    assert len(table) == 598
    assert table.attrs["left_out"] == 2
    assert table["electron_density"].isna().sum() == 2
    everything = read_cses(path, quality="all")
    assert len(everything) == 600
    assert everything["electron_density"].min() < 0


def test_tracks_of_two_instruments_are_not_mixed(tmp_path: Path) -> None:
    lap(tmp_path)
    values = {"A221": np.full(50, 25000.0)}
    write_cses(tmp_path, "HPM", 5, rows=50, values=values, units={"A221": "nT"})
    with pytest.raises(ValueError, match=r"LAP.*has no magnetic_x, which the first file has"):
        open_cses(tmp_path).compute()


def test_unit_must_be_known(tmp_path: Path) -> None:
    values = {"A311": np.full(50, 2e10)}
    path = write_cses(tmp_path, rows=50, values=values, units={})
    with pytest.raises(ValueError, match="A311 states no unit"):
        read_cses(path)
    np.testing.assert_allclose(read_cses(path, units={"A311": "m-3"})["electron_density"], 2e4)
    with pytest.raises(ValueError, match="no way leads to cm-3"):
        read_cses(path, units={"A311": "furlong"})
    with pytest.raises(ValueError, match=r"'best' is unknown.*good, all"):
        open_cses(path, quality="best")


def test_a_track_that_leaps_is_damaged(tmp_path: Path) -> None:
    path = lap(tmp_path, longitude=70.0)
    with h5py.File(path, "r+") as file:
        file["GEO_LON"][200:300] = 0
    with pytest.raises(ValueError, match=r"leaps from .*6\d\.\d E to .* 0\.0 E in 3 s"):
        read_cses(path)
    assert len(read_cses(path, quality="all")) == 600
    with h5py.File(path, "r+") as file:
        file["GEO_LAT"][:] = 7.5
        file["ALTITUDE"][:10] = 0
    with pytest.raises(ValueError, match="hardly moves"):
        read_cses(path)
    assert (read_cses(path, quality="all")["altitude"] == 0).sum() == 10
    path = lap(tmp_path)
    with h5py.File(path, "r+") as file:
        file["ALTITUDE"][:10] = 0
    assert read_cses(path)["altitude"].isna().sum() == 10


def test_other_and_damaged_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="There is no file"):
        open_cses(tmp_path / "none.h5")
    (tmp_path / "text.h5").write_text("no data")
    with pytest.raises(ValueError, match="no HDF5 file"):
        open_cses(tmp_path / "text.h5")
    path = lap(tmp_path)
    with h5py.File(path, "r+") as file:
        file.move("GEO_LAT", "GEO_XYZ")
    with pytest.raises(ValueError, match="no track of CSES: it has no dataset GEO_LAT"):
        open_cses(path)
    for damage, reason in (
        (lambda file: file["UTC_TIME"].__setitem__(5, 20219901003440000), "UTC_TIME"),
        (
            lambda file: file["UTC_TIME"].__setitem__(5, 20210401013440000),
            "differ by more than 2 s",
        ),
        (lambda file: file["VERSE_TIME"].__setitem__(5, 1), "goes back|2 s"),
        (lambda file: file.move("A311", "A322"), "states|way|range|K"),
    ):
        path = lap(tmp_path)
        with h5py.File(path, "r+") as file:
            damage(file)
        with pytest.raises(ValueError, match=reason):
            read_cses(path)
