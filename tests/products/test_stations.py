"""GNSS, observatories, rivers and wells in the layouts of their centres."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.cells import Cells, align
from analysis.sources.stations.gnss import open_gnss, read_gnss
from analysis.sources.stations.observatories import open_observatories, read_observatory
from analysis.sources.stations.plain import open_stations, read_stations
from analysis.sources.stations.rivers import open_grdc, read_grdc
from analysis.sources.stations.steps import read_steps
from analysis.sources.stations.waterdata import open_water, read_sites, read_water
from tests.products import stations_files as files

DAYS = pd.date_range("1999-12-25", periods=20)


def path_of(rate: float = 15.5) -> np.ndarray:
    years = np.arange(20) / 365.25
    return np.column_stack([0.88 + 0.045 * years, 0.6 + rate / 1e3 * years, 0.7 - 0.002 * years])


def rate(table: pd.DataFrame, axis: str) -> float:
    years = (table["time"] - table["time"][0]) / pd.Timedelta(days=365.25)
    return float(np.polyfit(years, table[axis], 1)[0])


@pytest.mark.parametrize("columns", [20, 23])
def test_tenv3_whole_and_fractional_metres(tmp_path: Path, columns: int) -> None:
    path = files.write_tenv3(tmp_path / "LHAS.tenv3", DAYS, path_of(), columns=columns)
    places = None if columns == 23 else {"LHAS": (91.104, 29.657)}
    table = read_gnss(path, places=places)
    assert rate(table, "north") == pytest.approx(15.5, abs=0.02)
    assert rate(table, "up") == pytest.approx(-2.0, abs=0.02)
    assert table["longitude"][0] == pytest.approx(91.104, abs=1e-3)
    assert table["time"][0] == pd.Timestamp("1999-12-25T12:00")
    assert table["east"][0] == 0
    assert table["north_sigma"][0] == pytest.approx(1.932)
    assert table.attrs["units"]["east"] == "mm"


def test_tenv3_fraction_beyond_one_and_new_whole_part_are_one_curve(tmp_path: Path) -> None:
    metres = path_of() + np.linspace(0, 25, 20)[:, None]
    path = files.write_tenv3(tmp_path / "AMU2.tenv3", DAYS, metres)
    lines = path.read_text().splitlines(keepends=True)
    for k in range(12, 21):  # the whole part was set anew after ten metres
        east = metres[k - 1][0]
        assert f"   385 {east:9.6f}" in lines[k]
        lines[k] = lines[k].replace(f"   385 {east:9.6f}", f"   395 {east - 10:9.6f}")
    path.write_text("".join(lines))
    np.testing.assert_allclose(read_gnss(path)["east"], (metres[:, 0] - 0.88) * 1e3, atol=1e-2)


@pytest.mark.parametrize("kind", ["tenv3", "tenv8"])
def test_lines_in_any_order_count_from_the_first_day(tmp_path: Path, kind: str) -> None:
    metres = path_of()
    if kind == "tenv3":
        path = files.write_tenv3(tmp_path / "LHAZ.tenv3", DAYS, metres)
    else:
        path = files.write_tenv8(tmp_path / "000007_NA.tenv8", DAYS, metres * 1e3)
    places = {"000007": (91.1, 29.7)}
    expected = read_gnss(path, places=places)
    lines = path.read_text().splitlines()
    head = lines[: len(lines) - len(DAYS)]
    path.write_text("\n".join([*head, *lines[len(head) :][::-1]]) + "\n")
    found = read_gnss(path, places=places)
    axes = ["east", "north", "up"]
    assert found["time"].tolist() == expected["time"].tolist()
    np.testing.assert_allclose(found[axes], expected[axes], atol=1e-6)
    assert (found[axes].iloc[0] == 0).all()


def test_tenv3_without_a_place_asks_for_it(tmp_path: Path) -> None:
    path = files.write_tenv3(tmp_path / "LHAS.tenv3", DAYS, path_of(), columns=20)
    with pytest.raises(ValueError, match=r"where the station LHAS stands.*places="):
        read_gnss(path)


def test_tenv8_with_and_without_its_table_of_places(tmp_path: Path) -> None:
    path = files.write_tenv8(tmp_path / "000007_NA.tenv8", DAYS, path_of() * 1e3)
    with pytest.raises(ValueError, match="where the station 000007 stands"):
        read_gnss(path)
    (tmp_path / "grid_latlon_lookup.txt").write_text("1 235.0 40.0\n7 236.5 41.25\n")
    table = read_gnss(path)
    assert (table["longitude"][0], table["latitude"][0]) == (-123.5, 41.25)
    assert table["time"].tolist() == (DAYS + pd.Timedelta(hours=12)).tolist()
    assert rate(table, "north") == pytest.approx(15.5, abs=0.1)


def test_pos_of_pbo(tmp_path: Path) -> None:
    metres = path_of()[:, [1, 0, 2]]
    table = read_gnss(files.write_pos(tmp_path / "P156.pbo.final_igs08.pos", DAYS, metres))
    assert table["station"][0] == "P156"
    assert table["longitude"][0] == pytest.approx(-123.9061171, abs=1e-6)
    np.testing.assert_allclose(table["north"], metres[:, 0] * 1e3, atol=0.006)
    np.testing.assert_allclose(table["east"], metres[:, 1] * 1e3, atol=0.006)
    assert table["up_sigma"][0] == pytest.approx(11.22)


def test_stations_of_a_folder_become_cells(tmp_path: Path) -> None:
    files.write_tenv3(tmp_path / "LHAS.tenv3", DAYS, path_of())
    files.write_pos(tmp_path / "P156.pbo.final_igs08.pos", DAYS, path_of())
    (tmp_path / "README.txt").write_text("about")
    table = open_gnss(tmp_path)
    assert table.npartitions == 2
    cells = Cells.from_grid((90, 28, 93, 31), 1.0, start="1999-12-20", end="2000-02-01")
    data = align(table, cells, "mean", column="north")
    assert int(data["north_count"].sum()) == 20


def test_steps(tmp_path: Path) -> None:
    table = read_steps(files.write_steps(tmp_path / "steps.txt"))
    assert table["kind"].tolist() == ["equipment", "earthquake", "equipment", "earthquake"]
    assert table["time"][2] == pd.Timestamp("1997-06-02")
    assert table.loc[3, "distance"] == 1500
    assert table.loc[1, "magnitude"] == 6.8
    (tmp_path / "other.txt").write_text("a b c\n")
    with pytest.raises(ValueError, match="is no step"):
        read_steps(tmp_path / "other.txt")


def test_observatory_minutes_with_missing_values(tmp_path: Path) -> None:
    times = pd.date_range("2003-01-01", periods=1440, freq="min")
    x = np.linspace(10000, 10100, 1440)
    x[7] = np.nan
    values = {"X": x, "Y": -x, "Z": x * 4, "F": x * 5}
    table = read_observatory(files.write_iaga(tmp_path / "naq20030101dmin.min", times, values))
    np.testing.assert_allclose(table["magnetic_x"], x, atol=0.006)
    assert table["magnetic_x"].isna().sum() == 1
    assert table["declination"].isna().all()
    assert table["longitude"][0] == pytest.approx(-45.44)
    assert table["station"][0] == "NAQ"
    assert table.attrs["units"]["magnetic_total"] == "nT"
    assert table["time"][1439] == pd.Timestamp("2003-01-01T23:59")


def test_observatory_hours_in_other_elements(tmp_path: Path) -> None:
    times = pd.date_range("2003-01-01T00:30", periods=24, freq="h")
    values = {"H": np.full(24, 25000.0), "D": np.full(24, 300.0), "Z": np.full(24, 50000.0)}
    path = files.write_iaga(tmp_path / "aaa2003dhor.hor", times, values, code="AAA", longitude=76.9)
    table = read_observatory(path)
    assert (table["declination"] == 5.0).all()  # 300 minutes of arc
    assert (table["magnetic_h"] == 25000).all()
    assert table["magnetic_total"].isna().all()
    assert open_observatories([path]).npartitions == 1


@pytest.mark.parametrize("monthly", [False, True])
def test_grdc(tmp_path: Path, monthly: bool) -> None:
    times = ["1970-01-00", "1970-02-00", "1970-03-00"] if monthly else ["1970-01-01", "1970-01-02"]
    times = times if monthly else [*times, "1970-01-03"]
    values = np.array([389.0, np.nan, 0.0])
    path = files.write_grdc(tmp_path / "2908305_Q_Day.Cmd.txt", times, values, monthly=monthly)
    table = read_grdc(path)
    np.testing.assert_allclose(table["discharge"], values)
    assert table["time"][2] == pd.Timestamp("1970-03-01" if monthly else "1970-01-03")
    assert (table["station"][0], table["river"][0]) == ("2908305", "ILI")
    assert open_grdc(path).compute()["latitude"][0] == 44.1


def test_usgs_discharge_wells_and_zones(tmp_path: Path) -> None:
    names = ["agency_cd", "site_no", "datetime", "tz_cd", "1_00060_00003", "1_00060_00003_cd"]
    rows = [
        ["USGS", "03451500", "2024-01-01 23:30", "EST", "1000", "A"],
        ["USGS", "03451500", "2024-01-02 00:30", "EST", "Ice", "P"],
    ]
    places = {"03451500": (-82.58, 35.61)}
    table = read_water(files.write_rdb(tmp_path / "a.rdb", names, rows), places=places)
    assert table["discharge"][0] == pytest.approx(28.316846592)
    assert np.isnan(table["discharge"][1])
    assert table["time"][0] == pd.Timestamp("2024-01-02T04:30")
    assert table["approved"].tolist() == [True, False]
    names = ["agency_cd", "site_no", "site_tp_cd", "lev_dt", "lev_tm", "lev_tz_cd", "lev_va"]
    names += ["sl_lev_va", "lev_age_cd"]
    rows = [
        ["USGS", "452840122302202", "GW", "1988-03-14", "", "", "9.78", "", "A"],
        ["USGS", "452840122302202", "GW", "1988-04-05", "10:50", "PDT", "8.77", "120.5", "A"],
    ]
    sites = files.write_rdb(
        tmp_path / "sites.rdb",
        ["agency_cd", "site_no", "dec_lat_va", "dec_long_va"],
        [["USGS", "452840122302202", "45.4779", "-122.5061"]],
    )
    path = files.write_rdb(tmp_path / "gw.rdb", names, rows)
    table = open_water(path, sites=sites).compute()
    np.testing.assert_allclose(table["water_depth"], np.array([9.78, 8.77]) * 0.3048)
    assert table["water_level"][1] == pytest.approx(120.5 * 0.3048)
    assert table["time"][1] == pd.Timestamp("1988-04-05T17:50")
    assert read_sites(sites)["452840122302202"] == (-122.5061, 45.4779)
    with pytest.raises(ValueError, match="where the station 452840122302202 stands"):
        read_water(path)


def test_usgs_mean_goes_before_the_largest_of_the_day(tmp_path: Path) -> None:
    names = ["agency_cd", "site_no", "datetime", "2_00060_00001", "1_00060_00003"]
    rows = [
        ["USGS", "03451500", "2024-01-01", "5000", "1000"],
        ["USGS", "03451500", "2024-01-02", "7", ""],
    ]
    path = files.write_rdb(tmp_path / "a.rdb", names, rows)
    table = read_water(path, places={"03451500": (-82.58, 35.61)})
    np.testing.assert_allclose(table["discharge"], [28.316846592, np.nan])


def test_tables_as_people_keep_them(tmp_path: Path) -> None:
    path = tmp_path / "wells.csv"
    text = "Скважина;Дата;Долгота;Широта;Уровень (см)\n"
    text += "А-1;03.04.2020;76,9;43,2;1 250,5\nА-1;04.04.2020;76,9;43,2;нет\n"
    path.write_bytes(text.encode("cp1251"))
    table = open_stations(path).compute()
    assert table["уровень"][0] == pytest.approx(12.505)
    assert np.isnan(table["уровень"][1])
    assert table["time"][0] == pd.Timestamp("2020-04-03")
    assert table["station"][0] == "А-1"
    assert read_stations(path).attrs["units"] == {"уровень": "m"}
    plain = tmp_path / "gauge.csv"
    plain.write_text("time,discharge\n2020-04-03T06:00:00+06:00,1500\n")
    with pytest.raises(ValueError, match=r"where the station gauge stands"):
        open_stations(plain)
    with pytest.raises(ValueError, match=r"'discharge' states no unit"):
        open_stations(plain, places={"gauge": (76.9, 43.2)})
    given = {"discharge": "l/s"}
    table = open_stations(plain, places={"gauge": (76.9, 43.2)}, units=given).compute()
    assert table["discharge"][0] == 1.5
    assert table["time"][0] == pd.Timestamp("2020-04-03T00:00")


GOOD_DATE = "LHAS 95MAY19 1995.3785 49856  801 5 91.1 385 0.88 3282129 0.60 3624 0.70 0 0 0 0 0 0 0"
PLACE = " 29.6 91.1 3624.7"


@pytest.mark.parametrize(
    ("text", "name", "read", "reason"),
    [
        ("<html>404</html>", "a.tenv3", read_gnss, "no tenv3 file"),
        (GOOD_DATE.replace("49856", "49857") + PLACE, "a.tenv3", read_gnss, "at once"),
        (GOOD_DATE.replace("0.88", "zero") + PLACE, "a.tenv3", read_gnss, "damaged"),
        (GOOD_DATE + " 129.6 91.1 3624.7", "a.tenv3", read_gnss, "nowhere on the globe"),
        (f"{GOOD_DATE}{PLACE}\n{GOOD_DATE}{PLACE}", "a.tenv3", read_gnss, "twice"),
        (f"{GOOD_DATE}{PLACE}\nAAAA{GOOD_DATE[4:]}{PLACE}", "a.tenv3", read_gnss, "one to a file"),
        ("1 2 3", "a.tenv8", read_gnss, "3 columns, not 8"),
        ("PBO Station Position", "a.pos", read_gnss, "no station or no reference"),
        ("DATE TIME\n2003", "a.min", read_observatory, "no IAGA-2002 file"),
        ("YYYY-MM-DD; Value\n", "a.txt", read_grdc, "Global Runoff Data Centre"),
        ("a\tb\n1\t2", "a.rdb", read_water, "no RDB"),
        ("site_no\tx\n5s\t5s\n1\t2", "a.rdb", read_water, "none of the known parameters"),
        ("time;level (m)\nsoon;3", "a.csv", read_stations, "no time"),
        ("time;level (m)", "a.csv", read_stations, "no head and lines"),
    ],
)
def test_other_and_damaged_files_are_refused(
    tmp_path: Path, text: str, name: str, read: Callable[[Path], pd.DataFrame], reason: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ValueError, match=reason):
        read(path)


def test_real_lhasa_moves_north(real_data: Path) -> None:
    table = read_gnss(real_data / "grids" / "gnss" / "LHAS.tenv3")
    assert len(table) == 3631
    assert table["time"].iloc[[0, -1]].dt.strftime("%Y-%m-%d").tolist() == [
        "1995-05-19",
        "2007-01-29",
    ]
    assert rate(table, "north") == pytest.approx(15.5, abs=0.1)
    assert table["longitude"][0] == pytest.approx(91.104, abs=1e-3)
    gaps = table["time"].diff().dt.days
    assert (gaps > 30).sum() == 5


def test_real_pbo_station(real_data: Path) -> None:
    table = read_gnss(real_data / "grids" / "gnss" / "P156.pbo.final_igs08.pos")
    assert (table["time"].min(), len(table)) == (pd.Timestamp("2006-06-08T12:00"), 3196)
    assert (table["north"][0], table["east"][0]) == pytest.approx((-122.8, 62.65))
    assert table["longitude"][0] == pytest.approx(-123.9061, abs=1e-3)
