"""Kp, ap, Dst and F10.7 in the layouts of GFZ, Kyoto and NOAA."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.sources.ionosphere.dst import open_dst, read_dst
from analysis.sources.ionosphere.gfz import open_gfz, read_gfz
from analysis.sources.ionosphere.swpc import open_swpc, read_swpc
from tests.products import spaceweather_files as files

DAYS = pd.date_range("2024-02-28", periods=4)
KP = np.round(np.linspace(0, 4, 32).reshape(4, 8) * 3) / 3


def dst_days(rng: np.random.Generator, days: int) -> np.ndarray:
    return np.round(rng.normal(-15, 60, (days, 24)))


def test_gfz_days_become_rows_of_three_hours(tmp_path: Path) -> None:
    kp, flux = KP.copy(), np.array([120.5, np.nan, 300.0, 65.1])
    kp[1, 3] = np.nan
    table = read_gfz(files.write_gfz(tmp_path / "Kp_ap_Ap_SN_F107_x.txt", DAYS, kp, flux))
    assert table["time"].tolist() == pd.date_range("2024-02-28", periods=32, freq="3h").tolist()
    np.testing.assert_allclose(table["kp"], kp.ravel(), atol=6e-4)
    np.testing.assert_allclose(table["f107_observed"], np.repeat(flux, 8), atol=1e-4)
    assert table["ap_daily"].isna().sum() == 8  # of the day with a missing value
    assert table["ap"][8 * 3] == files.ap_of(kp[3, 0])


def test_gfz_three_hourly_file_gives_the_same_rows(tmp_path: Path) -> None:
    times = pd.date_range("1999-12-31", periods=16, freq="3h")
    table = read_gfz(files.write_gfz_three_hourly(tmp_path / "k.txt", times, KP.ravel()[:16]))
    assert table["time"].tolist() == times.tolist()
    np.testing.assert_allclose(table["kp"], KP.ravel()[:16], atol=6e-4)
    assert table["f107_observed"].isna().all()


def test_real_lines_of_gfz(tmp_path: Path) -> None:
    line = (
        "2024 01 31 33633 33633.5 2598  1  2.000  2.333  1.333  1.333  1.333  2.000  2.000  1.000"
        "    7    9    5    5    5    7    7    4     6  94    136.2    132.2 1\n"
    )
    path = tmp_path / "real.txt"
    path.write_text("# PURPOSE\n" + line)
    last = read_gfz(path).iloc[-1]
    assert (last["kp"], last["ap"], last["f107_observed"]) == (1.0, 4.0, np.float32(136.2))


def test_dst_records_and_pages_agree(tmp_path: Path) -> None:
    values = dst_days(np.random.default_rng(1), 31)
    values[3, 5], values[9, 0] = np.nan, -589.0
    days = pd.date_range("1989-03-01", periods=31)
    records = read_dst(files.write_dst(tmp_path / "dst.txt", days, values))
    page = read_dst(files.write_dst_page(tmp_path / "p.html", "1989-03", values, kind="FINAL"))
    pd.testing.assert_frame_equal(records, page)
    np.testing.assert_array_equal(records["dst"], values.ravel().astype("f4"))
    assert records["time"][0] == pd.Timestamp("1989-03-01")
    assert (records["version"] == 2).all()


def test_real_lines_of_kyoto_and_noaa(tmp_path: Path) -> None:
    path = tmp_path / "dst"
    path.write_text(
        "DST5701*01  X219 000 011 013 012 012 009 007 007 006 002-001-007-007-008-001 009 008 004"
        " 000 001 003 002 004 009 009 004\n"
        "DST2403*31RRX020   0" + "9999" * 25 + "\n"
    )
    table = read_dst(path)
    assert table["dst"][:13].tolist() == [11, 13, 12, 12, 9, 7, 7, 6, 2, -1, -7, -7, -8]
    assert table["time"][0] == pd.Timestamp("1957-01-01")
    assert table["dst"][24:].isna().all()
    path.write_text(
        '<pre class="data">\n                 WDC for Geomagnetism, Kyoto\n'
        "                                Hourly Equatorial Dst Values (PROVISIONAL)\n"
        "                                              APRIL   2024\n"
        "      1   2   3   4   5   6   7   8    9  10  11  12  13  14  15  16   17  18  19  20  21"
        "  22  23  24\nDAY\n"
        " 1   -4  -5  -9 -10 -17 -19 -22 -33  -30 -26 -23 -20 -17 -18 -16 -11   -9 -10 -14 -12 -12"
        "  -9  -7  -7\n</pre>"
    )
    table = read_dst(path)
    assert table["dst"][:9].tolist() == [-4, -5, -9, -10, -17, -19, -22, -33, -30]
    assert table["dst"][23] == -7
    assert table["time"][0] == pd.Timestamp("2024-04-01")
    path.write_text(
        ":Product: Daily Geomagnetic Data          DGD.txt\n"
        "2025 11 29     7  1 1 0 2 3 3 2 1     4  1 0 0 2 2 1 0 0     5   1.00  1.33  0.67  2.00"
        "  1.67  1.67  1.33  1.00\n"
    )
    kp = [1, 1.33, 0.67, 2, 1.67, 1.67, 1.33, 1]
    np.testing.assert_allclose(read_swpc(path)["kp"], kp, atol=1e-6)
    path.write_text(
        ":Product: Daily Solar Data            DSD.txt\n"
        "2025 11 29  142     91      300      1    -999      *   5  0  0  2  0  0  0\n"
    )
    assert read_swpc(path)["f107_observed"].tolist() == [142]


def test_dst_base_and_century(tmp_path: Path) -> None:
    values = np.full((1, 24), -1050.0)
    table = read_dst(
        files.write_dst(tmp_path / "d.txt", pd.DatetimeIndex(["2031-01-02"]), values, version="0")
    )
    assert (table["dst"] == -1050).all()
    assert table["time"][0] == pd.Timestamp("2031-01-02")
    assert (table["version"] == 0).all()


def test_packed_numbers_of_a_real_time_page(tmp_path: Path) -> None:
    values = np.full((30, 24), np.nan)
    values[0] = -235.0
    table = read_dst(files.write_dst_page(tmp_path / "p.html", "2026-09", values, kind="REAL-TIME"))
    assert len(table) == 720
    assert (table["dst"][:24] == -235).all()
    assert table["dst"][24:].isna().all()
    assert (table["version"] == 0).all()


@pytest.mark.parametrize("table", [True, False])
def test_swpc_json_as_table_and_as_objects(tmp_path: Path, table: bool) -> None:
    rows = [
        {"time_tag": "2026-05-27T18:00:00", "Kp": 2.67, "a_running": 12, "station_count": 8},
        {"time_tag": "2026-05-27T21:00:00", "Kp": None, "a_running": 18, "station_count": 8},
    ]
    out = read_swpc(files.write_swpc_json(tmp_path / "k.json", rows, table=table))
    np.testing.assert_allclose(out["kp"], [2.67, np.nan])
    assert out["time"][1] == pd.Timestamp("2026-05-27T21:00")
    dst = [{"time_tag": "2026-05-27 18:00:00", "dst": -37}]
    assert read_swpc(files.write_swpc_json(tmp_path / "d.json", dst, table=table))["dst"][0] == -37
    flux = [{"time_tag": "2026-05-27T20:00:00", "frequency": 2800, "flux": 151.0}]
    out = read_swpc(files.write_swpc_json(tmp_path / "f.json", flux, table=table))
    assert out["f107_observed"][0] == 151


def test_swpc_texts(tmp_path: Path) -> None:
    kp = np.array([[1.0, 2.33, np.nan, 4.67, 9.0, 0.0, 3.0, 3.33]] * 2)
    days = DAYS[:2]
    table = read_swpc(files.write_dgd(tmp_path / "DGD.txt", days, kp, np.array([12, 5])))
    np.testing.assert_allclose(table["kp"].to_numpy().reshape(2, 8), kp, atol=1e-6)
    assert table["ap_daily"].tolist() == [12.0] * 8 + [5.0] * 8
    table = read_swpc(files.write_dsd(tmp_path / "DSD.txt", days, [220, None]))
    np.testing.assert_allclose(table["f107_observed"], [220, np.nan])


def test_several_files_are_one_lazy_table(tmp_path: Path, refuse_compute: None) -> None:
    for k in range(2):
        days = DAYS + pd.Timedelta(days=4 * k)
        files.write_gfz(tmp_path / f"Kp_ap_Ap_SN_F107_{k}.txt", days, KP, np.full(4, 100.0))
    assert open_gfz(tmp_path).npartitions == 2
    with pytest.raises(ValueError, match="There is no file"):
        open_dst(tmp_path / "none.txt")
    with pytest.raises(ValueError, match="No file matches"):
        open_swpc(str(tmp_path / "*.json"))


@pytest.mark.parametrize(
    ("text", "read", "reason"),
    [
        ("<html>503 Service Unavailable</html>", read_gfz, "no file of Kp"),
        (
            "2024 13 01 1 1.5 2597 18" + " 1.0" * 8 + " 4" * 8 + " 4 90 100 100 1",
            read_gfz,
            "13-1 is no",
        ),
        (
            "2024 12 01 1 1.5 2597 18" + " 33.0" * 8 + " 4" * 8 + " 4 90 100 100 1",
            read_gfz,
            "kp is 33",
        ),
        (
            "2024 12 01 1 1.5 2597 18" + " x" * 8 + " 4" * 8 + " 4 90 100 100 1",
            read_gfz,
            "could not",
        ),
        ("<html>503 Service Unavailable</html>", read_dst, "holds no Dst"),
        ("DST2401*01  X220   0" + "  -5" * 10, read_dst, "no record of Dst"),
        ("DST2401*41  X220   0" + "  -5" * 25, read_dst, "2024-1-41 is no date"),
        ("DST2401*01  X220   0" + "  5x" * 25, read_dst, "stands for a number"),
        ("[1, 2", read_swpc, "no JSON"),
        ("{}", read_swpc, "no table of NOAA"),
        ('[{"time_tag": "2024-01-01", "speed": 3}]', read_swpc, "one of Kp, dst, flux"),
        ('[["time_tag", "Kp"], ["2024-01-01"]]', read_swpc, "another length"),
        ('[{"time_tag": "soon", "Kp": 3}]', read_swpc, "no time"),
        ('[{"time_tag": "2024-01-01", "Kp": "many"}]', read_swpc, "'many'"),
        ("# nothing", read_swpc, "no file of NOAA's indices"),
        (":Product: Daily Solar Data\n2024 01 01 3", read_swpc, "not 5"),
    ],
)
def test_other_and_damaged_files_are_refused(
    tmp_path: Path, text: str, read: Callable[[Path], pd.DataFrame], reason: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=reason):
        read(path)
