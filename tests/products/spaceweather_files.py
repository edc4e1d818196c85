"""Writers of files of geomagnetic and solar indices in the layouts of GFZ, Kyoto and NOAA."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

AP = {0: 0, 1: 2, 2: 3, 3: 4, 4: 5, 5: 6, 6: 7, 7: 9, 8: 12, 9: 15, 10: 18, 11: 22, 12: 27}
"""ap of Kp in thirds, as far as the tests need it."""


def ap_of(kp: float) -> int:
    """ap of a Kp up to 4."""
    return AP[round(kp * 3)]


def write_gfz(path: Path, days: pd.DatetimeIndex, kp: np.ndarray, f107: np.ndarray) -> Path:
    """Write ``Kp_ap_Ap_SN_F107_since_1932.txt``: Kp (day, 8) up to 4, NaN is missing."""
    out = [f"# line {k}\n" for k in range(39)]
    out.append(
        "#YYY MM DD  days  days_m  Bsr dB    Kp1 ...  ap1 ...    Ap  SN F10.7obs F10.7adj D\n"
    )
    for day, row, flux in zip(days, kp, f107, strict=True):
        count = (day - pd.Timestamp("1932-01-01")).days
        k_text = " ".join(f"{-1.0 if np.isnan(one) else one:6.3f}" for one in row)
        ap = [-1 if np.isnan(one) else ap_of(one) for one in row]
        a_text = " ".join(f"{one:4d}" for one in ap)
        mean = -1 if min(ap) < 0 else round(sum(ap) / 8)
        radio = -1.0 if np.isnan(flux) else flux
        out.append(
            f"{day:%Y %m %d} {count:5d} {count + 0.5:7.1f} 2597 18 {k_text} {a_text}  {mean:4d} "
            f"{90:3d} {radio:8.1f} {radio:8.1f} 1\n"
        )
    path.write_text("".join(out))
    return path


def write_gfz_three_hourly(path: Path, times: pd.DatetimeIndex, kp: np.ndarray) -> Path:
    """Write ``Kp_ap_since_1932.txt``: Kp up to 4."""
    out = ["# header\n", "#YYY MM DD hh.h hh._m        days      days_m     Kp   ap D\n"]
    for time, one in zip(times, kp, strict=True):
        days = (time - pd.Timestamp("1932-01-01")) / pd.Timedelta(days=1)
        ap = -1 if np.isnan(one) else ap_of(one)
        value = -1.0 if np.isnan(one) else one
        out.append(
            f"{time:%Y %m %d} {time.hour:04.1f} {time.hour + 1.5:05.2f} {days:11.5f} "
            f"{days + 0.0625:11.5f} {value:6.3f} {ap:4d} 2\n"
        )
    path.write_text("".join(out))
    return path


def write_dst(path: Path, days: pd.DatetimeIndex, dst: np.ndarray, *, version: str = "2") -> Path:
    """Write records of 120 bytes: Dst (day, 24) in nT, NaN is 9999."""
    out = []
    for day, row in zip(days, dst, strict=True):
        base = int(np.nanmin(row) // 100) if np.nanmin(row) < -999 else 0
        fields = [9999 if np.isnan(one) else int(one) - 100 * base for one in row]
        mean = 9999 if np.isnan(row).any() else round(float(np.mean(fields)))
        century = "  " if day.year < 2000 else f"{day.year // 100:02d}"
        head = f"DST{day:%y%m}*{day:%d}  X{version}{century}{base:4d}"
        out.append(head + "".join(f"{one:4d}" for one in fields) + f"{mean:4d}\n")
    path.write_text("".join(out))
    return path


def write_dst_page(
    path: Path, month: str, dst: np.ndarray, *, kind: str = "PROVISIONAL", packed: bool = True
) -> Path:
    """Write a page of a month: Dst (day, 24) in nT, NaN is 9999 or left out at the end."""
    first = pd.Timestamp(month)
    hours = [f"{k:4d}" for k in range(1, 25)]
    lines = [
        '<html><body><pre class="data">',
        "                                     WDC for Geomagnetism, Kyoto",
        f"                                Hourly Equatorial Dst Values ({kind}) <!-- part -->",
        f"                                         {first.strftime('%B').upper()}   {first.year}",
        " unit=nT                                                                  UT",
        "   " + " ".join("".join(hours[k : k + 8]) for k in (0, 8, 16)),
        "DAY",
    ]
    for k, row in enumerate(dst):
        fields = [f"{9999 if np.isnan(one) else int(one):4d}" for one in row]
        groups = " ".join("".join(fields[j : j + 8]) for j in (0, 8, 16))
        lines.append(f"{k + 1:2d} {groups}")
        if k % 10 == 9 and packed:
            lines.append("")
    path.write_text(
        "\n".join([*lines, "<!-- vvvvv S yyyymm_part3.html vvvvv -->", "</pre></html>"])
    )
    return path


def write_swpc_json(path: Path, rows: list[dict[str, Any]], *, table: bool) -> Path:
    """Write objects, or a table of texts whose first row names the columns."""
    if table:
        head = list(rows[0])
        body = [[None if row[name] is None else str(row[name]) for name in head] for row in rows]
        path.write_text(json.dumps([head, *body]))
    else:
        path.write_text(json.dumps(rows))
    return path


def write_dgd(path: Path, days: pd.DatetimeIndex, kp: np.ndarray, a: np.ndarray) -> Path:
    """Write NOAA's daily geomagnetic data: planetary Kp (day, 8), NaN is -1."""
    out = [
        ":Product: Daily Geomagnetic Data          DGD.txt\n",
        ":Issued: 1230 UT 22 Sep 2026\n",
        "#                Middle Latitude        High Latitude            Estimated\n",
        "#  Date        A     K-indices        A     K-indices        A     K-indices\n",
    ]
    for day, row, one in zip(days, kp, a, strict=True):
        planet = "".join(f"{-1.0 if np.isnan(k) else k:6.2f}" for k in row)
        out.append(
            f"{day:%Y %m %d}    10  2 2-1-1 3 3 3 2    -1 -1-1-1-1-1-1-1-1  {one:4d} {planet}\n"
        )
    path.write_text("".join(out))
    return path


def write_dsd(path: Path, days: pd.DatetimeIndex, flux: list[int | None]) -> Path:
    """Write NOAA's daily solar data; no flux is a star."""
    out = [
        ":Product: Daily Solar Data            DSD.txt\n",
        "#  Date     10.7cm Number  Hemis. Regions Field  Flux   C  M  X  S  1  2  3\n",
    ]
    for day, one in zip(days, flux, strict=True):
        text = "   *" if one is None else f"{one:4d}"
        out.append(
            f"{day:%Y %m %d} {text}    107     1920      0    -999      *   3  2  2  4  2  0  0\n"
        )
    path.write_text("".join(out))
    return path


def twin(folder: Path) -> None:
    """Files of the twin catalogue."""
    days = pd.date_range("2001-01-01", periods=5)
    kp = np.round(np.linspace(0, 4, 40).reshape(5, 8) * 3) / 3
    for name in ("kp_ap_f107", "dst_kyoto", "kp_newest", "dst_newest", "f107_newest"):
        (folder / name).mkdir()
    flux = np.linspace(100, 140, 5)
    write_gfz(folder / "kp_ap_f107" / "Kp_ap_Ap_SN_F107_since_1932.txt", days, kp, flux)
    dst = np.round(np.linspace(-40, 10, 31 * 24).reshape(31, 24))
    write_dst_page(folder / "dst_kyoto" / "dst_200101.html", "2001-01", dst)
    for name, file, column in (
        ("kp_newest", "noaa-planetary-k-index.json", "Kp"),
        ("dst_newest", "kyoto-dst.json", "dst"),
        ("f107_newest", "f107_cm_flux.json", "flux"),
    ):
        rows = [
            {"time_tag": f"2001-01-0{k}T00:00:00", column: 80 - 78 * (column == "Kp")}
            for k in (1, 2)
        ]
        write_swpc_json(folder / name / file, rows, table=column == "Kp")
