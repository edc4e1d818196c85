"""Writers of files of GNSS stations, observatories, rivers and wells in their exact layouts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
TENV3_HEAD = (
    "site YYMMMDD yyyy.yyyy __MJD week d reflon _e0(m) __east(m) ____n0(m) _north(m) u0(m)"
    " ____up(m) _ant(m) sig_e(m) sig_n(m) sig_u(m) __corr_en __corr_eu __corr_nu _latitude(deg)"
    " _longitude(deg) __height(m)\n"
)


def _mjd(day: pd.Timestamp) -> int:
    return (day - pd.Timestamp("1858-11-17")).days


def write_tenv3(
    path: Path,
    days: pd.DatetimeIndex,
    metres: np.ndarray,
    *,
    columns: int = 23,
    longitude: float = -268.8960142,
    whole: tuple[int, int, int] = (385, 3282129, 3624),
) -> Path:
    """Write east, north, up (day, 3) in metres beyond the whole parts."""
    station = path.stem[:4].upper()
    out = [TENV3_HEAD]
    for day, (east, north, up) in zip(days, metres, strict=True):
        mjd = _mjd(day)
        date = f"{day:%y}{MONTHS[day.month - 1]}{day:%d}"
        week, weekday = divmod((day - pd.Timestamp("1980-01-06")).days, 7)
        line = (
            f"{station} {date} {2000 + (mjd - 51544) / 365.25:.4f} {mjd} {week:4d} {weekday} "
            f"{91.1:6.1f} {whole[0]:6d} {east:9.6f} {whole[1]:9d} {north:9.6f} {whole[2]:5d} "
            f"{up:9.6f}  0.0000 0.002231 0.001932 0.008643 -0.009728 -0.044382 -0.198749"
        )
        if columns == 23:
            line += f"  29.6573392384 {longitude:.10f}  3624.70788"
        out.append(line + "\n")
    path.write_text("".join(out))
    return path


def write_tenv8(path: Path, days: pd.DatetimeIndex, mm: np.ndarray) -> Path:
    """Write east, north, up (day, 3) in millimetres."""
    out = []
    for day, (east, north, up) in zip(days, mm, strict=True):
        year = 2000 + (_mjd(day) - 51544) / 365.25
        out.append(f"{year:.4f} {east:9.3f} {north:9.3f} {up:9.3f} 0.50 0.60 2.10 0\n")
    path.write_text("".join(out))
    return path


def write_pos(path: Path, days: pd.DatetimeIndex, metres: np.ndarray) -> Path:
    """Write north, east, up (day, 3) in metres from the reference position."""
    out = [
        "PBO Station Position Time Series. Reference Frame : ITRF08\n",
        "Format Version: 1.1.0\n",
        f"4-character ID: {path.name[:4]}\n",
        "Station name  : GibsonRdg_CN2006\n",
        f"First Epoch   : {days[0]:%Y%m%d} 120000\n",
        f"Last Epoch    : {days[-1]:%Y%m%d} 120000\n",
        "XYZ Reference position :  -2728552.76567 -4059578.57836  4080378.74254 (ITRF08)\n",
        "NEU Reference position :    40.0244429509  236.0938828649  488.99986 (ITRF08/WGS84)\n",
        "Start Field Description\n",
        "YYYYMMDD      Year, month, day for the given position epoch\n",
        "End Field Description\n",
        "*YYYYMMDD HHMMSS JJJJJ.JJJJ         X             Y             Z            Sx  ...\n",
    ]
    for day, (north, east, up) in zip(days, metres, strict=True):
        out.append(
            f" {day:%Y%m%d} 120000 {_mjd(day) + 0.5:.4f} -2728552.75872 -4059578.67852"
            " 4080378.65052"
            f"  0.00524  0.00799  0.00709  0.845 -0.808 -0.830      40.0244418478  236.0938835998"
            f"  489.00262    {north:8.5f}  {east:8.5f}  {up:8.5f}    0.00312  0.00246  0.01122"
            " -0.159 -0.205  0.127 repro\n"
        )
    path.write_text("".join(out))
    return path


def write_steps(path: Path) -> Path:
    """Write two steps of each kind."""
    path.write_text(
        "0ABI 06SEP28 1 Antenna_Type_Changed\n"
        "ALBH 01FEB28 2  630.957  218.209 6.8 uw10530748\n"
        "LHAS 97JUN02  1 Receiver_Make_and_Model_Changed\n"
        "CHAN 11MAR11 2 8912.509 1500.000 9.1 official20110311054624120_30\n"
    )
    return path


def write_iaga(
    path: Path,
    times: pd.DatetimeIndex,
    values: dict[str, np.ndarray],
    *,
    longitude: float = 314.56,
    code: str = "NAQ",
) -> Path:
    """Write IAGA-2002 with four elements; NaN is 99999, elements left out are 88888."""
    letters = [*values, *"?" * (4 - len(values))]
    head = {
        "Format": "IAGA-2002",
        "Source of Data": "Danish Meteorological Institute",
        "Station Name": "Narsarsuaq",
        "IAGA CODE": code,
        "Geodetic Latitude": "61.160",
        "Geodetic Longitude": f"{longitude:.3f}",
        "Elevation": "4",
        "Reported": "".join(letters).replace("?", "F"),
        "Sensor Orientation": "DIF",
        "Digital Sampling": "0.01 seconds",
        "Data Interval Type": "Filtered 1-minute (00:30 - 01:29)",
        "Data Type": "Definitive",
    }
    out = [f" {label:<23}{text:<45}|\n" for label, text in head.items()]
    out.append(f" # {'A comment: which must not be taken for a label   x':<66}|\n")
    names = "".join(f"{code + (one if one != '?' else 'G'):>10}" for one in letters)
    out.append(f"DATE       TIME         DOY {names.rstrip()}   |\n")
    for k, time in enumerate(times):
        row = [values[one][k] if one in values else 88888.0 for one in letters]
        cells = "".join(f"{99999.0 if np.isnan(one) else one:10.2f}" for one in row)
        out.append(f"{time:%Y-%m-%d %H:%M:%S.000} {time.day_of_year:03d}   {cells}\n")
    path.write_text("".join(out))
    return path


def write_grdc(path: Path, times: list[str], values: np.ndarray, *, monthly: bool = False) -> Path:
    """Write discharge of a day, or original and calculated ones of a month; NaN is -999."""
    out = [
        "# Title:                 GRDC STATION DATA FILE\r\n",
        "# Format:                DOS-ASCII\r\n",
        "# missing values are indicated by -999.000\r\n",
        "#\r\n",
        "# GRDC-No.:              2908305\r\n",
        "# River:                 ILI\r\n",
        "# Station:               UCH-JARMA\r\n",
        "# Country:               KZ\r\n",
        "# Latitude (DD):       44.1\r\n",
        "# Longitude (DD):      76.8\r\n",
        "# Catchment area (km\xb2):      129000.0\r\n",
        "# Unit of measure:                  m\xb3/s\r\n",
        "# Data lines: 3\r\n",
        "# DATA\r\n",
        "YYYY-MM-DD;hh:mm; " + ("Original; Calculated; Flag" if monthly else "Value") + "\r\n",
    ]
    for time, value in zip(times, values, strict=True):
        text = f"{-999.0 if np.isnan(value) else value:11.3f}"
        cells = f"{text};   -999.000;   0" if monthly else text
        out.append(f"{time};--:--;{cells}\r\n")
    path.write_bytes("".join(out).encode("latin-1"))
    return path


def write_rdb(path: Path, names: list[str], rows: list[list[str]]) -> Path:
    """Write a tab-delimited file of the USGS."""
    widths = ["5s" if name == "agency_cd" else "14n" if "_00" in name else "15s" for name in names]
    body = ["\t".join(one) for one in (names, widths, *rows)]
    path.write_text(
        "# U.S. Geological Survey\n#\n# TS  parameter  Description\n" + "\n".join(body) + "\n"
    )
    return path


def twin(folder: Path) -> None:
    """Files of the twin catalogue."""
    names = ("gnss_ngl", "gnss_pbo", "geomagnetic_observatories", "rivers_grdc")
    for name in (*names, "rivers_usgs", "wells_usgs"):
        (folder / name).mkdir()
    days = pd.date_range("2001-01-01", periods=5)
    metres = np.linspace(0.5, 0.6, 15).reshape(5, 3)
    write_tenv3(folder / "gnss_ngl" / "LHAS.tenv3", days, metres)
    write_pos(folder / "gnss_pbo" / "P156.pbo.final_igs08.pos", days, metres)
    field = {element: np.full(5, 20000.0) for element in "XYZF"}
    write_iaga(
        folder / "geomagnetic_observatories" / "aaa20010101dmin.min", days, field, code="AAA"
    )
    texts = [f"{day:%Y-%m-%d}" for day in days]
    write_grdc(folder / "rivers_grdc" / "2908305_Q_Day.Cmd.txt", texts, np.arange(5.0))
    for name, code in (("rivers_usgs", "00060"), ("wells_usgs", "72019")):
        columns = ["agency_cd", "site_no", "datetime", f"1_{code}_00003", f"1_{code}_00003_cd"]
        rows = [["USGS", "03451500", text, "10", "A"] for text in texts]
        write_rdb(folder / name / "03451500_2001.rdb", columns, rows)
