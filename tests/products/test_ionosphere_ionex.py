"""IONEX: all generations of files, joined days, and files that are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dask
import numpy as np
import pandas as pd
import pytest

from analysis.sources import open_source
from analysis.sources.formats import find_format
from analysis.sources.ionosphere.gims import open_ionex
from analysis.sources.ionosphere.packed import unpack
from analysis.sources.normalise import normalise
from tests.products.ionosphere_files import record, smooth_tec, write_ionex

DAY = pd.date_range("2020-01-08", periods=13, freq="2h")
REAL = {
    "IGS0OPSFIN_20243490000_01D_02H_GIM.INX.gz": (13, "2024-12-14", "2024-12-15T00:00"),
    "casg0010.99i.Z": (12, "1999-01-01T01:00", "1999-01-01T23:00"),
    "codg0080.20i.Z": (25, "2020-01-08", "2020-01-09"),
    "codg2930.11i": (13, "2011-10-20", "2011-10-21"),
    "esag0080.20i.Z": (13, "2020-01-08", "2020-01-09"),
    "uqrg1150.19i.Z": (97, "2019-04-25", "2019-04-26"),
}


@pytest.mark.parametrize("name", ["codg0080.20i", "codg0080.20i.Z", "COD0OPSFIN_GIM.INX.gz"])
@pytest.mark.parametrize("exponent", [-1, -2, 0, None])
def test_values_come_back_from_every_packing_and_exponent(
    tmp_path: Path, name: str, exponent: int | None
) -> None:
    tec = smooth_tec(DAY[:2]) if exponent != 0 else np.rint(smooth_tec(DAY[:2]))
    tec[1, 3, 5] = np.nan
    path = write_ionex(tmp_path / name, DAY[:2], tec, rms=tec / 10, exponent=exponent)
    ds = open_ionex(path)
    assert ds["tec"].dims == ("time", "height", "latitude", "longitude")
    assert ds["tec"].shape == (2, 1, 71, 72)  # the meridian at 180 is that at -180
    np.testing.assert_allclose(ds["tec"].values[:, 0], tec, atol=1e-5)
    half = 0.5 * 10.0 ** (-1 if exponent is None else exponent)
    np.testing.assert_allclose(ds["tec_rms"].values[:, 0], tec / 10, atol=half + 1e-5)
    assert ds["tec"].attrs["units"] == "TECU"
    assert "geocentric" in ds.attrs["latitude_kind"]


def test_two_days_share_midnight_once_and_the_later_file_has_it(tmp_path: Path) -> None:
    later = DAY + pd.Timedelta(days=1)
    write_ionex(tmp_path / "b.20i", DAY, smooth_tec(DAY))
    write_ionex(tmp_path / "a.20i", later, smooth_tec(later, level=30.0))
    ds = open_ionex(tmp_path)
    assert ds.sizes["time"] == 25
    np.testing.assert_array_equal(np.diff(ds.time.values), np.timedelta64(2, "h"))
    midnight = ds["tec"].sel(time="2020-01-09T00:00").values[0]
    np.testing.assert_allclose(midnight, smooth_tec(later[:1], level=30.0)[0], atol=1e-5)
    alone = open_ionex(tmp_path / "b.20i")
    assert alone.sizes["time"] == 13  # a file alone keeps all its maps


def test_half_downloads_are_no_files_of_a_pattern_or_folder(tmp_path: Path) -> None:
    write_ionex(tmp_path / "a.20i", DAY, smooth_tec(DAY))
    (tmp_path / ".b.20i.part").write_text("half")
    assert open_ionex(tmp_path).sizes["time"] == 13
    assert open_ionex(str(tmp_path / "*")).sizes["time"] == 13


def test_old_files_that_begin_at_one_oclock_lose_nothing(tmp_path: Path) -> None:
    first = pd.date_range("1999-01-01T01:00", periods=12, freq="2h")
    for k, times in enumerate((first, first + pd.Timedelta(days=1))):
        write_ionex(tmp_path / f"casg00{k}0.99i.Z", times, smooth_tec(times))
    ds = open_ionex(str(tmp_path / "casg*"))
    assert ds.sizes["time"] == 24
    np.testing.assert_array_equal(np.diff(ds.time.values), np.timedelta64(2, "h"))


def test_several_heights_are_a_dimension_to_choose_from(tmp_path: Path) -> None:
    times, levels = DAY[:2], [350.0, 400.0, 450.0]
    base = smooth_tec(times)
    tec = np.stack([base * k for k in (1, 2, 3)], axis=1).round(1)
    path = write_ionex(tmp_path / "h.20i", times, tec, heights=levels)
    ds = open_ionex(path)
    assert ds["tec"].shape == (2, 3, 71, 72)
    np.testing.assert_allclose(ds["tec"].sel(height=400.0).values, tec[:, 1], atol=1e-5)
    with pytest.raises(ValueError, match=r"'height' of 3 values \(350.0 to 450.0\)"):
        normalise(ds)


def test_missing_errors_of_one_day_are_nan(tmp_path: Path) -> None:
    later = DAY + pd.Timedelta(days=1)
    write_ionex(tmp_path / "a.20i", DAY, smooth_tec(DAY), rms=smooth_tec(DAY))
    write_ionex(tmp_path / "b.20i", later, smooth_tec(later))
    rms = open_ionex(tmp_path)["tec_rms"].values
    assert np.isfinite(rms[:12]).all()
    assert np.isnan(rms[12:]).all()


def test_the_number_of_maps_may_count_those_of_the_errors_too(tmp_path: Path) -> None:
    times = pd.date_range("2020-01-08", periods=3, freq="8h")
    tec = smooth_tec(times)
    path = write_ionex(tmp_path / "codg0080.20i", times, tec, rms=tec / 10, stated=6)
    assert open_ionex(path).sizes["time"] == 3
    path = write_ionex(tmp_path / "codg0090.20i", times, tec, rms=tec / 10, stated=5)
    with pytest.raises(ValueError, match="promises 5 maps, but 3"):
        open_ionex(path)


def test_exponent_may_change_on_the_way(tmp_path: Path) -> None:
    path = write_ionex(tmp_path / "a.20i", DAY[:2], smooth_tec(DAY[:2]))
    text = path.read_text()
    second = text.index("START OF TEC MAP", text.index("START OF TEC MAP") + 1)
    line = text.index("\n", second) + 1
    path.write_text(text[:line] + record(f"{-2:6d}", "EXPONENT") + text[line:])
    values = open_ionex(path)["tec"].values[:, 0]
    np.testing.assert_allclose(values[0], smooth_tec(DAY[:1])[0], atol=1e-5)
    np.testing.assert_allclose(values[1], smooth_tec(DAY[1:2])[0] / 10, atol=1e-5)


def test_windows_line_ends_and_trimmed_blanks_do_not_matter(tmp_path: Path) -> None:
    path = write_ionex(tmp_path / "a.20i", DAY[:2], smooth_tec(DAY[:2]))
    want = open_ionex(path)["tec"].values
    lines = [line.rstrip() for line in path.read_text().splitlines()]
    path.write_bytes("\r\n".join(lines).encode())
    np.testing.assert_array_equal(open_ionex(path)["tec"].values, want)


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path, refuse_compute: None) -> None:
    path = write_ionex(tmp_path / "a.20i", DAY, smooth_tec(DAY), rms=smooth_tec(DAY))
    ds = normalise(open_ionex(path))
    assert ds["tec"].shape == (13, 71, 72)
    assert dask.is_dask_collection(ds["tec"].data)
    assert ds.latitude.values[0] == -87.5


def _cut(text: str) -> str:
    return text[: len(text) // 2]


def _swap(old: str, new: str, count: int = 1) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, count)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_cut, "promises 2 maps, but 1|has no end"),
        (_swap("END OF HEADER", "END OF HEATER"), "no IONEX file"),
        (_swap("LAT1 / LAT2 / DLAT", "LAT1 / LAT2 / XXXX"), "no record 'LAT1 / LAT2 / DLAT'"),
        (_swap("  87.5 -87.5  -2.5  ", "  87.5 -87.5  -2.4  "), "does not lead from 87.5"),
        (_swap("  87.5-180.0 180.0", "  42.0-180.0 180.0", 1), r"a latitude \(42\)"),
        (_swap("  85.0-180.0 180.0", "  87.5-180.0 180.0", 1), "same latitude twice"),
        (_swap("     2      ", "     7      ", 1), "promises 7 maps, but 2"),
        (_swap("END OF TEC MAP", "END OF TAC MAP"), "has no end"),
        (_swap("EPOCH OF CURRENT MAP", "EPOCH OF CARRENT MAP", 3), "no epoch"),
        (_swap("  200" * 9 + "\n", ""), "shorter than the header says"),
        (_swap("  200  200", "  2x0  200"), "other signs"),
        (_swap("  200  200", "  2 0  200"), "has a gap"),
        (_swap("  200  200", "  20-  200"), "a minus stands inside"),
        (_swap("  200  200", "  200     "), "is empty"),
    ],
)
def test_damaged_files_are_refused_with_the_reason(
    tmp_path: Path, damage: Callable[[str], str], reason: str
) -> None:
    times = DAY[:2]
    path = write_ionex(tmp_path / "a.20i", times, np.full((2, 71, 72), 20.0))
    whole = path.read_text()
    broken = damage(whole)
    assert broken != whole
    path.write_text(broken)
    with pytest.raises(ValueError, match=reason) as caught:
        open_ionex(path)["tec"].compute()
    assert "a.20i" in str(caught.value)


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    a = write_ionex(tmp_path / "codg.20i", DAY, smooth_tec(DAY))
    b = write_ionex(tmp_path / "esag.20i", DAY, smooth_tec(DAY), agency="ESA")
    with pytest.raises(ValueError, match=r"both begin at 2020-01-08.*different centres"):
        open_ionex([a, b])
    lat = np.array([10.0, 5.0, 0.0])
    later = DAY[1:3] + pd.Timedelta(days=1)
    c = write_ionex(tmp_path / "c.20i", later, np.ones((2, 3, 72)), latitudes=lat)
    with pytest.raises(ValueError, match=r"other latitudes.*3 from 10 to 0"):
        open_ionex([a, c])
    with pytest.raises(ValueError, match=r"no kind of map 'tek'.*tec"):
        open_ionex(a, kinds=["tek"])
    d = write_ionex(tmp_path / "d.20i", DAY, np.full((13, 71, 72), 5000.0), exponent=0)
    with pytest.raises(ValueError, match="holds 5000 TECU, outside"):
        open_ionex(d)["tec"].compute()


def test_cut_packed_files_are_refused(tmp_path: Path) -> None:
    for name in ("a.INX.gz", "a.20i.Z"):
        path = write_ionex(tmp_path / name, DAY[:2], smooth_tec(DAY[:2]))
        path.write_bytes(path.read_bytes()[:2000])
        with pytest.raises(ValueError, match=r"cut short|promises|no IONEX"):
            open_ionex(path)["tec"].compute()
    (tmp_path / "empty.20i").write_bytes(b"")
    with pytest.raises(ValueError, match="is empty"):
        open_ionex(tmp_path / "empty.20i")


def test_half_a_file_of_maps_in_turn_is_refused(tmp_path: Path) -> None:
    tec = smooth_tec(DAY[:2])
    path = write_ionex(tmp_path / "a.20i", DAY[:2], tec, rms=tec)
    whole = path.read_text()
    both = whole.replace("     2" + " " * 54 + "# OF MAPS", "     4" + " " * 54 + "# OF MAPS")
    assert both != whole
    path.write_text(both)
    assert open_ionex(path).sizes["time"] == 2  # the number may be that of both kinds
    row = next(line for line in both.splitlines() if line[60:].startswith("EPOCH OF LAST MAP"))
    path.write_text(both.replace(row, row[:18] + "     6" + row[24:]))
    with pytest.raises(ValueError, match="promises maps until 2020-01-08T06:00:00, but the last"):
        open_ionex(path)


@pytest.mark.parametrize("name", REAL)
def test_real_files_have_the_maps_that_their_headers_state(real_data: Path, name: str) -> None:
    count, first, last = REAL[name]
    path = real_data / "grids" / "ionex" / name
    ds = open_ionex(path)
    assert ds["tec"].shape == (count, 1, 71, 72)
    assert ds.time.values[0] == np.datetime64(first)
    assert ds.time.values[-1] == np.datetime64(last)
    tec, rms = _read_slowly(unpack(path).decode("latin-1"))
    np.testing.assert_allclose(ds["tec"].values[:, 0], tec[:, :, :72], atol=1e-5)
    np.testing.assert_allclose(ds["tec_rms"].values[:, 0], rms[:, :, :72], atol=1e-5)
    out = normalise(ds)
    np.testing.assert_array_equal(out["tec"].values, ds["tec"].values[:, 0, ::-1])


def test_two_real_days_join(real_data: Path) -> None:
    folder = real_data / "grids" / "ionex"
    ds = open_ionex(str(folder / "codg00[89]0.20i.Z"))
    assert ds.sizes["time"] == 49
    np.testing.assert_array_equal(np.diff(ds.time.values), np.timedelta64(1, "h"))
    two = open_ionex(folder / "codg0090.20i.Z")
    np.testing.assert_array_equal(ds["tec"].values[24:], two["tec"].values)


def _read_slowly(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Read maps value by value, in another way than the reader does."""
    found: dict[str, list[list[float]]] = {"TEC": [], "RMS": []}
    kind = ""
    for line in text[text.index("END OF HEADER") :].splitlines():
        label = line[60:].strip()
        if label.startswith("START OF"):
            kind = label.split()[2]
        elif label.startswith("END OF"):
            kind = ""
        elif label.startswith("LAT/"):
            found[kind].append([])
        elif kind and found[kind] and not label.startswith("EPOCH"):
            found[kind][-1] += [float(line[k : k + 5]) for k in range(0, len(line.rstrip()), 5)]
    tec, rms = (np.array(found[one]).reshape(-1, 71, 73) * 0.1 for one in ("TEC", "RMS"))
    return tec, rms


def test_short_entry_of_a_catalogue_opens_a_pattern(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for k in range(2):
        times = DAY + pd.Timedelta(days=k)
        write_ionex(tmp_path / f"codg00{k + 8}0.20i.Z", times, smooth_tec(times))
    own = tmp_path / "catalog.yml"
    own.write_text("entries: {gim: {url: 'codg*.20i.Z', format: ionex, units: {tec: TECU}}}")
    monkeypatch.setenv("QAZCUBE_CATALOG", str(own))
    ds = open_source("gim")
    assert ds["tec"].shape == (25, 71, 72)
    assert find_format("/data/codg0080.20i.Z").name == "ionex"
