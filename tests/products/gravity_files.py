"""Write gravity products of GRACE and GRACE-FO in their exact layouts."""

from __future__ import annotations

import gzip
from pathlib import Path

import netCDF4
import numpy as np

EPOCH = np.datetime64("2002-01-01", "s")
MONTHS = (  # true spans of solutions: irregular, and with a gap
    ("2002-04-05", "2002-05-01"),
    ("2002-05-02", "2002-05-17"),
    ("2002-08-01", "2002-09-01"),
)


def days(text):
    """Days since 2002-01-01."""
    return (np.datetime64(text, "s") - EPOCH) / np.timedelta64(1, "D")


def grid(step):
    """Latitudes and longitudes from 0 to 360 of cells of `step` degrees."""
    return np.arange(-90 + step / 2, 90, step), np.arange(step / 2, 360, step)


def wave(step, months=MONTHS):
    """Smooth field (time, lat, lon) in cm."""
    lat, lon = (np.radians(axis) for axis in grid(step))
    season = 1 + np.arange(len(months))[:, None, None]
    return 10.0 * season * np.cos(lat)[None, :, None] * np.sin(lon)[None, None, :]


def write_jpl_mascons(path, values=None, *, step=15.0, months=MONTHS, gain=None, land=None):
    """One file of JPL mascons RL06.3M MSCNv04CRI: lon 0..360, cm, fill -99999, true bounds."""
    lat, lon = grid(step)
    values = wave(step, months) if values is None else values
    with netCDF4.Dataset(path, "w") as file:
        file.title = "JPL GRACE and GRACE-FO MASCON RL06.3M CRI"
        file.institution = "NASA/JPL"
        file.Conventions = "CF-1.6, ACDD-1.3"
        for name, size in (("time", None), ("lat", lat.size), ("lon", lon.size), ("bounds", 2)):
            file.createDimension(name, size)
        _axis(file, "lat", lat, "degrees_north", "lat_bounds")
        _axis(file, "lon", lon, "degrees_east", "lon_bounds")
        for name, centres in (("lat", lat), ("lon", lon)):
            edges = file.createVariable(f"{name}_bounds", "f8", (name, "bounds"))
            edges[:] = np.stack([centres - step / 2, centres + step / 2], axis=1)
        time = file.createVariable("time", "f8", ("time",))
        time.setncatts(
            {
                "units": "days since 2002-01-01T00:00:00Z",
                "calendar": "gregorian",
                "standard_name": "Time",
                "axis": "T",
                "bounds": "time_bounds",
            }
        )
        spans = np.array([[days(a), days(b)] for a, b in months])
        time[:] = spans.mean(axis=1)
        file.createVariable("time_bounds", "f8", ("time", "bounds"))[:] = spans
        for name, data in (("lwe_thickness", values), ("uncertainty", np.abs(values) * 0.1)):
            one = file.createVariable(name, "f8", ("time", "lat", "lon"), fill_value=-99999.0)
            one.setncatts({"units": "cm", "long_name": name, "grid_mapping": "WGS84"})
            one[:] = data
        mask = file.createVariable("land_mask", "f8", ("lat", "lon"))
        mask[:] = np.ones((lat.size, lon.size)) if land is None else land
        factor = file.createVariable("scale_factor", "f8", ("lat", "lon"))
        factor[:] = np.ones((lat.size, lon.size)) if gain is None else gain
        mascon = file.createVariable("mascon_ID", "f8", ("lat", "lon"))
        mascon[:] = np.arange(lat.size * lon.size).reshape(lat.size, lon.size)
        file.createVariable("WGS84", "i4").semi_major_axis = 6378137.0
    return path


def write_csr_mascons(path, values=None, *, step=15.0, months=MONTHS):
    """One file of CSR mascons RL06: as that of JPL, but its attribute is Units, and no mask."""
    lat, lon = grid(step)
    values = wave(step, months) if values is None else values
    with netCDF4.Dataset(path, "w") as file:
        file.title = "CSR GRACE and GRACE-FO RL06 Mascon Solutions"
        for name, size in (("time", None), ("timebound", 2), ("lat", lat.size), ("lon", lon.size)):
            file.createDimension(name, size)
        _axis(file, "lat", lat, "degrees_north", None)
        _axis(file, "lon", lon, "degrees_east", None)
        time = file.createVariable("time", "f4", ("time",))
        time.setncatts({"Units": "days since 2002-01-01T00:00:00Z", "bounds": "time_bounds"})
        spans = np.array([[days(a), days(b)] for a, b in months])
        time[:] = spans.mean(axis=1)
        file.createVariable("time_bounds", "f4", ("time", "timebound"))[:] = spans
        one = file.createVariable("lwe_thickness", "f4", ("time", "lat", "lon"))
        one.setncatts({"Units": "cm", "long_name": "Liquid_Water_Equivalent_Thickness"})
        one[:] = values
    return path


def write_level3(folder, *, step=15.0, months=MONTHS, centre="GFZOP"):
    """Monthly files GRD-3 of a centre, in metres, -99999 over the sea."""
    lat, lon = grid(step)
    out = []
    for k, (start, end) in enumerate(months):
        first, last = (np.datetime64(one, "D") for one in (start, end))
        names = [_day_of_year(one) for one in (first, last - 1)]
        path = Path(folder) / f"GRD-3_{names[0]}-{names[1]}_GRAC_{centre}_BA01_0600_LND_v04.nc"
        values = wave(step, months)[k] / 100
        values[: lat.size // 3] = np.nan
        with netCDF4.Dataset(path, "w") as file:
            sizes = {"lon": lon.size, "lat": lat.size, "time": 1, "bounds": 2}
            for name, size in sizes.items():
                file.createDimension(name, size)
            _axis(file, "lat", lat, "degrees_north", None)
            _axis(file, "lon", lon, "degrees_east", None)
            time = file.createVariable("time", "f8", ("time",))
            time.setncatts({"units": "days since 2002-01-01 00:00:00", "bounds": "time_bounds"})
            span = np.array([[days(start), days(end)]])
            time[:] = span.mean(axis=1)
            file.createVariable("time_bounds", "f8", ("time", "bounds"))[:] = span
            for name in ("lwe_thickness", "uncertainty"):
                one = file.createVariable(name, "f8", ("time", "lat", "lon"), fill_value=-99999.0)
                one.units = "m"
                one[:] = np.ma.masked_invalid(values[None])
        out.append(path)
    return out


def _axis(file, name, values, units, bounds):
    one = file.createVariable(name, "f8", (name,))
    one.units, one.axis = units, "Y" if name == "lat" else "X"
    if bounds:
        one.bounds = bounds
    one[:] = values


def _day_of_year(day):
    year = day.astype("datetime64[Y]")
    return f"{year}{(day - year.astype('datetime64[D]')).astype(int) + 1:03d}"


HEADER = """header:
  dimensions:
    degree                : {degree}
    order                 : {degree}
  global_attributes:
    title                 : GRACE Geopotential Coefficients {centre} RL06
    institution           : {centre}
    references            : Dahle et al. (2019): the colon here is no mistake of this file
    time_coverage_start   : {start}T00:00:00.00
    time_coverage_end     : {end}T00:00:00.00
  non-standard_attributes:
    mission               : GRACE
    permanent_tide_flag   : zero-tide
    earth_gravity_param   :
      long_name           : gravitational constant times mass of Earth
      units               : m3/s2
      value               : {gm:.10E}
    mean_equator_radius   :
      long_name           : mean equator radius
      units               : meters
      value               : {radius:.10E}
    normalization         : fully normalized
  variables:
    record_key            : GRCOF2

# End of YAML header
"""


def write_gsm(
    folder, coefficients, span, *, centre="JPLEM", kind="BA01", gm=3.986004415e14, radius=6378136.3
):
    """GSM-2 file of level 2 (gzip): coefficients (2, degree, order)."""
    degree = coefficients.shape[1] - 1
    first, last = (np.datetime64(one, "D") for one in span)
    name = f"GSM-2_{_day_of_year(first)}-{_day_of_year(last - 1)}_GRAC_{centre}_{kind}_0600.gz"
    stamps = [str(one).replace("-", "") + ".0000" for one in (first, last)]
    lines = [
        HEADER.format(
            degree=degree, centre=centre, start=first, end=last - 1, gm=gm, radius=radius
        ).rstrip("\n")
    ]
    for m in range(degree + 1):
        for n in range(m, degree + 1):
            c, s = coefficients[:, n, m]
            lines.append(
                f"GRCOF2 {n:4d} {m:4d} {c:19.12E} {s:19.12E} 0.1E-13 0.1E-13 "
                f"{stamps[0]} {stamps[1]} yyyy"
            )
    path = Path(folder) / name
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))
    return path


def write_tn13(path, rows):
    """Technical Note 13: rows of (start, end, C10, C11, S11)."""
    lines = ["header:", "  title : GRACE Geocenter", "end of header ====="]
    for start, end, c10, c11, s11 in rows:
        stamps = " ".join(one.replace("-", "") + ".0000" for one in (start, end))
        lines.append(f"GRCOF2    1    0 {c10:.10E} 0.0000000000E+00 1.0E-11 0.0E+00 {stamps}")
        lines.append(f"GRCOF2    1    1 {c11:.10E} {s11:.10E} 1.0E-11 1.0E-11 {stamps}")
    path.write_text("\n".join(lines) + "\n")
    return path


def write_tn14(path, rows):
    """Technical Note 14: rows of (start, end, C20, C30 or nan)."""
    lines = ["Title: C30 and C20 from SLR", "Product:"]
    for start, end, c20, c30 in rows:
        mjd = [
            (np.datetime64(one, "D") - np.datetime64("1858-11-17", "D")).astype(int)
            for one in (start, end)
        ]
        lines.append(
            f"{mjd[0]:.1f} 2002.2 {c20:.14E} 0.1 0.2 {c30:.14E} 0.1 0.2 {mjd[1]:.1f} 2002.3"
        )
    path.write_text("\n".join(lines) + "\n")
    return path


def twin(folder):
    """Write tiny files of the gravity entries of the catalogue."""
    folder = Path(folder)
    for name in ("mascons_jpl", "mascons_csr", "grids_gfz", "coefficients_jpl"):
        (folder / f"gravity_{name}").mkdir()
    name = "GRCTellus.JPL.200204_200209.GLO.RL06.3M.MSCNv04CRI.nc"
    write_jpl_mascons(folder / "gravity_mascons_jpl" / name)
    name = "CSR_GRACE_GRACE-FO_RL0603_Mascons_all-corrections.nc"
    write_csr_mascons(folder / "gravity_mascons_csr" / name)
    write_level3(folder / "gravity_grids_gfz")
    for k, span in enumerate(MONTHS):
        values = np.zeros((2, 13, 13))
        values[0, 2, 0], values[0, 2, 2] = -4.841e-4, k * 1e-10
        write_gsm(folder / "gravity_coefficients_jpl", values, span)
