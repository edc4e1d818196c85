"""Writers of files of the ionosphere in the layouts of the data centres."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd


def record(text: str, label: str) -> str:
    """One line of 80 columns with its label in columns 61 to 80."""
    return f"{text:<60}{label:<20}\n"


def write_ionex(
    path: Path,
    times: Sequence[object],
    tec: np.ndarray,
    *,
    rms: np.ndarray | None = None,
    latitudes: np.ndarray | None = None,
    longitudes: np.ndarray | None = None,
    heights: Sequence[float] = (450.0,),
    exponent: int | None = -1,
    interval: int = 7200,
    agency: str = "AIUB",
    stated: int | None = None,
) -> Path:
    """Write maps (time[, height], latitude, longitude) in TECU; NaN becomes 9999.

    The last column is repeated at 180 degrees when the longitudes are left out.
    """
    lat = np.arange(87.5, -90, -2.5) if latitudes is None else np.asarray(latitudes, float)
    lon = np.arange(-180, 180.1, 5.0) if longitudes is None else np.asarray(longitudes, float)
    high = np.asarray(heights, float)
    step = float(high[1] - high[0]) if high.size > 1 else 0.0
    axes = [
        f"  {high[0]:6.1f}{high[-1]:6.1f}{step:6.1f}",
        f"  {lat[0]:6.1f}{lat[-1]:6.1f}{lat[1] - lat[0]:6.1f}",
        f"  {lon[0]:6.1f}{lon[-1]:6.1f}{lon[1] - lon[0]:6.1f}",
    ]
    moments = [pd.Timestamp(one) for one in times]
    out = [
        record("     1.0            IONOSPHERE MAPS     GNSS", "IONEX VERSION / TYPE"),
        record(f"{'TEST V1.0':<20}{agency:<20}12-JAN-20 20:15", "PGM / RUN BY / DATE"),
        record(_epoch(moments[0]), "EPOCH OF FIRST MAP"),
        record(_epoch(moments[-1]), "EPOCH OF LAST MAP"),
        record(f"{interval:6d}", "INTERVAL"),
        record(f"{len(moments) if stated is None else stated:6d}", "# OF MAPS IN FILE"),
        record("  COSZ", "MAPPING FUNCTION"),
        record("    10.0", "ELEVATION CUTOFF"),
        record("  6371.0", "BASE RADIUS"),
        record(f"{2 if high.size == 1 else 3:6d}", "MAP DIMENSION"),
        record(axes[0], "HGT1 / HGT2 / DHGT"),
        record(axes[1], "LAT1 / LAT2 / DLAT"),
        record(axes[2], "LON1 / LON2 / DLON"),
        *([] if exponent is None else [record(f"{exponent:6d}", "EXPONENT")]),
        record("", "END OF HEADER"),
    ]
    for kind, values in (("TEC", tec), ("RMS", rms)):
        if values is None:
            continue
        whole = _whole(np.asarray(values, float), -1 if exponent is None else exponent)
        whole = whole.reshape(len(moments), high.size, lat.size, -1)
        for number, (moment, field) in enumerate(zip(moments, whole, strict=True), 1):
            out.append(record(f"{number:6d}", f"START OF {kind} MAP"))
            out.append(record(_epoch(moment), "EPOCH OF CURRENT MAP"))
            for level, rows in zip(high, field, strict=True):
                for one, row in zip(lat, rows, strict=True):
                    ends = f"{lon[0]:6.1f}{lon[-1]:6.1f}{lon[1] - lon[0]:6.1f}{level:6.1f}"
                    out.append(record(f"  {one:6.1f}{ends}", "LAT/LON1/LON2/DLON/H"))
                    full = [*row, row[0]] if row.size == lon.size - 1 else list(row)
                    texts = [f"{value:5d}" for value in full]
                    out += ["".join(texts[k : k + 16]) + "\n" for k in range(0, len(texts), 16)]
            out.append(record(f"{number:6d}", f"END OF {kind} MAP"))
    out.append(record("", "END OF FILE"))
    return _write(path, "".join(out).encode())


def _epoch(moment: pd.Timestamp) -> str:
    parts = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    return "".join(f"{one:6d}" for one in parts)


def _whole(values: np.ndarray, exponent: int) -> np.ndarray:
    scaled = np.rint(values / 10.0**exponent)
    return np.where(np.isnan(scaled), 9999, scaled).astype(int)


def _write(path: Path, text: bytes) -> Path:
    """Pack the text as the suffix says."""
    path = Path(path)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text))
    elif path.suffix == ".Z":
        import ncompress

        path.write_bytes(ncompress.compress(text))
    else:
        path.write_bytes(text)
    return path


def smooth_tec(times: Sequence[object], *, level: float = 20.0) -> np.ndarray:
    """Bulge that follows the sun, (time, 71, 72) TECU, in steps of 0.1."""
    lat = np.radians(np.arange(87.5, -90, -2.5))[:, None]
    lon = np.arange(-180, 180, 5.0)[None, :]
    out = []
    for one in times:
        moment = pd.Timestamp(one)
        local = np.radians(15 * (moment.hour + moment.minute / 60) + lon - 14 * 15)
        out.append(np.round(level * (1 + np.cos(lat) * np.cos(local)), 1))
    return np.stack(out)


def write_cses(
    folder: Path,
    instrument: str = "LAP",
    number: int = 1,
    *,
    start: str = "2021-04-01T00:34:40",
    rows: int = 600,
    step: float = 3.0,
    ascending: bool = True,
    longitude: float = 70.0,
    values: dict[str, np.ndarray] | None = None,
    units: dict[str, str] | None = None,
    frequencies: np.ndarray | None = None,
    orbit: int = 175381,
) -> Path:
    """Write a half-orbit in the layout of CSES level 2; datasets are (row, samples of a packet)."""
    import h5py

    times = pd.Timestamp(start) + pd.to_timedelta(np.arange(rows) * step, unit="s")
    end = times[-1]
    name = f"CSES_01_{instrument}_{number}_L02_A3_{orbit}_{times[0]:%Y%m%d_%H%M%S}"
    path = Path(folder) / f"{name}_{end:%Y%m%d_%H%M%S}_000.h5"
    angle = np.linspace(-65, 65, rows) * (1 if ascending else -1)
    place = {
        "GEO_LAT": angle,
        "GEO_LON": (longitude - 0.06 * np.arange(rows) * step / 15 + 180) % 360 - 180,
        "MAG_LAT": angle - 5,
        "MAG_LON": angle * 0 + 100,
        "ALTITUDE": angle * 0 + 507.0,
    }
    with h5py.File(path, "w") as file:
        file.attrs["ORBITNUM"] = np.array([orbit])
        verse = (times - pd.Timestamp("2009-01-01")) / pd.Timedelta(milliseconds=1)
        file["VERSE_TIME"] = np.asarray(verse, np.float64).round().astype(np.int64)[:, None]
        stamps = [int(f"{one:%Y%m%d%H%M%S}{one.microsecond // 1000:03d}") for one in times]
        file["UTC_TIME"] = np.array(stamps, np.int64)[:, None]
        for key, column in place.items():
            file[key] = column.astype(np.float32)[:, None]
        if frequencies is not None:
            file["FREQ"] = frequencies.astype(np.float32)[None, :]
        for key, array in (values or {}).items():
            wide = array[:, None] if array.ndim == 1 else array
            data = file.create_dataset(key, data=wide.astype(np.float32), chunks=True)
            if units is None or key in units:
                text = (units or {}).get(key, "m^-3")
                data.attrs["units"] = np.array([text.encode()])
    return path


def twin(folder: Path) -> None:
    """Files of the twin catalogue."""
    for name, file, step in (
        ("tec_code", "COD0OPSFIN_20010080000_01D_01H_GIM.INX.gz", "h"),
        ("tec_igs", "igsg0080.01i.Z", "2h"),
        ("tec_uqrg", "uqrg0080.01i.Z", "15min"),
    ):
        (folder / name).mkdir()
        times = pd.date_range("2001-01-08", periods=3, freq=step)
        tec = smooth_tec(times)
        seconds = int(pd.Timedelta(times[1] - times[0]).total_seconds())
        write_ionex(folder / name / file, times, tec, rms=tec / 10, interval=seconds)
    ones = np.ones(20)
    waves = {f"A11{k}_W": np.tile(ones[:, None], (1, 256)) for k in (1, 2, 3)}
    coils = {f"A23{k}_W": np.tile(ones[:, None], (1, 4096)) for k in (1, 2, 3)}
    for name, instrument, number, values, unit in (
        ("cses_lap", "LAP", 1, {"A311": 2e10 * ones, "A321": 2500 * ones}, "m^-3"),
        ("cses_pap", "PAP", 0, {f"A31{k}": 1e9 * ones for k in (3, 4, 5)}, "m^-3"),
        ("cses_efd", "EFD", 1, waves, "mV/m"),
        ("cses_scm", "SCM", 1, coils, "nT"),
        ("cses_hpm", "HPM", 5, {f"A22{k}": 2e4 * ones for k in (1, 2, 3)}, "nT"),
    ):
        (folder / name).mkdir()
        given = values | ({"A322": 900 * ones} if instrument == "PAP" else {})
        units = {key: "K" if key in ("A321", "A322") else unit for key in given}
        write_cses(folder / name, instrument, number, rows=20, values=given, units=units)
