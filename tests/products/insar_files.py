"""Write radar interferometry products in their exact layouts."""

from __future__ import annotations

import zipfile
from pathlib import Path

import h5py
import numpy as np
import pyproj
import rasterio
from rasterio.transform import from_origin

WAVELENGTH = 299_792_458.0 / 5.405e9


def write_geotiff(path, values, *, west=67.0, north=44.0, step=0.001, nodata=None, tags=None):
    """One band in longitude and latitude, north up."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.asarray(values)
    profile = {
        "driver": "GTiff",
        "height": values.shape[0],
        "width": values.shape[1],
        "count": 1,
        "dtype": values.dtype.name,
        "crs": "EPSG:4326",
        "transform": from_origin(west, north, step, step),
        "nodata": nodata,
    }
    with rasterio.open(path, "w", **profile) as file:
        file.write(values, 1)
        file.update_tags(**(tags or {}))
    return path


def write_licsar(folder, moved, dates, pairs, *, coherence=None, frame="021D_04972_131213"):
    """Folder of a LiCSAR frame: interferograms, metadata, vector to the satellite.

    `moved` (date, row, column) is the displacement toward the satellite in mm, row 0 the north.
    """
    folder = Path(folder)
    for a, b in pairs:
        name = f"{dates[a]}_{dates[b]}"
        phase = -4 * np.pi / (WAVELENGTH * 1000) * (moved[b] - moved[a])
        coherent = np.full(phase.shape, 0.8) if coherence is None else coherence
        at = folder / "interferograms" / name
        write_geotiff(at / f"{name}.geo.unw.tif", phase.astype("float32"), nodata=0)
        cc = np.round(coherent * 255).astype("uint8")
        write_geotiff(at / f"{name}.geo.cc.tif", cc, nodata=0)
    at = folder / "metadata"
    for letter, value in (("E", -0.63), ("N", -0.11), ("U", 0.77)):
        write_geotiff(
            at / f"{frame}.geo.{letter}.tif", np.full(moved.shape[1:], value, "float32"), nodata=0
        )
    (at / "metadata.txt").write_text(
        "master=20170106\ncenter_time=00:40:06.123456\nheading=-169.9\navg_incidence_angle=39.7\n"
    )
    (at / "baselines").write_text("20170106 20170130 12.0 24.0\n")
    return folder


def write_opera(
    folder, moved, pair, *, frame="11116", mask=None, crs=32611, made="20241219T231545"
):
    """OPERA DISP-S1 V1 of one pair: displacement (y, x) in metres, row 0 the north."""
    stamps = [f"{day}T140755Z" for day in pair]
    name = f"OPERA_L3_DISP-S1_IW_F{frame}_VV_{stamps[0]}_{stamps[1]}_v1.0_{made}Z.nc"
    path = Path(folder) / name
    rows, columns = moved.shape
    with h5py.File(path, "w") as file:
        file.attrs["Conventions"] = "CF-1.8"
        file.attrs["title"] = "OPERA_L3_DISP-S1 Product"
        x = file.create_dataset("x", data=500_015.0 + 30.0 * np.arange(columns))
        y = file.create_dataset("y", data=3_800_000.0 - 30.0 * np.arange(rows))
        for axis, name in ((x, "x"), (y, "y")):
            axis.make_scale(name)
            axis.attrs["units"] = "m"
            axis.attrs["standard_name"] = f"projection_{name}_coordinate"
        reference = file.create_dataset("spatial_ref", data=np.int64(0))
        wkt = pyproj.CRS.from_epsg(crs).to_wkt()
        reference.attrs["crs_wkt"] = wkt
        reference.attrs["spatial_ref"] = wkt
        layers = {
            "displacement": moved.astype("float32"),
            "short_wavelength_displacement": (moved - np.nanmean(moved)).astype("float32"),
            "temporal_coherence": np.full(moved.shape, 0.9, "float32"),
            "recommended_mask": np.ones(moved.shape, "uint8") if mask is None else mask,
            "connected_component_labels": np.ones(moved.shape, "uint16"),
        }
        for key, values in layers.items():
            one = file.create_dataset(key, data=values, chunks=(min(rows, 128), min(columns, 128)))
            one.dims[0].attach_scale(y)
            one.dims[1].attach_scale(x)
            one.attrs["grid_mapping"] = "spatial_ref"
            fill = {"f": np.nan, "u": 255 if values.itemsize == 1 else 65535}[values.dtype.kind]
            one.attrs["_FillValue"] = values.dtype.type(fill)
            if "displacement" in key:
                one.attrs["units"] = "meters"
        group = file.create_group("corrections")
        group.create_dataset("solid_earth_tide", data=np.zeros(moved.shape, "float32"))
    return path


def write_licsbas(path, moved, days, *, velocity=None):
    """``cum.h5`` of LiCSBAS: displacement (date, row, column) in mm, row 0 the north."""
    with h5py.File(path, "w") as file:
        file.create_dataset("imdates", data=np.array(days, "int32"))
        file.create_dataset("cum", data=moved.astype("float32"), compression="gzip")
        for name, value in (
            ("corner_lat", 43.9995),
            ("corner_lon", 67.0005),
            ("post_lat", -0.001),
            ("post_lon", 0.001),
        ):
            file.create_dataset(name, data=value)
        file.create_dataset("refarea", data="1:2/1:2")
        file.create_dataset("bperp", data=np.zeros(len(days), "float32"))
        if velocity is not None:
            file.create_dataset("vel", data=velocity.astype("float32"))
    return path


MINTPY = {
    "X_FIRST": "67.0",
    "Y_FIRST": "44.0",
    "X_STEP": "0.001",
    "Y_STEP": "-0.001",
    "X_UNIT": "degrees",
    "Y_UNIT": "degrees",
    "REF_DATE": "20170106",
    "REF_LAT": "43.9",
    "REF_LON": "67.1",
    "WAVELENGTH": str(WAVELENGTH),
    "PROCESSOR": "isce",
}


def write_mintpy(path, moved, days, **changes):
    """``timeseries.h5`` of MintPy: displacement (date, row, column) in m, row 0 the north."""
    with h5py.File(path, "w") as file:
        file.create_dataset("timeseries", data=moved.astype("float32"), chunks=True)
        file.create_dataset("date", data=np.array(days, "S8"))
        file.create_dataset("bperp", data=np.zeros(len(days), "float32"))
        _attributes(file, {"FILE_TYPE": "timeseries", "UNIT": "m", **MINTPY, **changes}, moved)
    return path


def write_mintpy_velocity(path, velocity, spread, **changes):
    """``velocity.h5`` of MintPy, m/year."""
    with h5py.File(path, "w") as file:
        file.create_dataset("velocity", data=velocity.astype("float32"))
        file.create_dataset("velocityStd", data=spread.astype("float32"))
        _attributes(
            file, {"FILE_TYPE": "velocity", "UNIT": "m/year", **MINTPY, **changes}, velocity
        )
    return path


def _attributes(file, attrs, values):
    file.attrs["LENGTH"], file.attrs["WIDTH"] = (str(one) for one in values.shape[-2:])
    for key, value in attrs.items():
        if value is not None:
            file.attrs[key] = value


def write_gunw(folder, moved, pair, *, west=67.0, north=44.0, coherence=0.8, track="071"):
    """S1-GUNW of ARIA: displacement toward the satellite in mm from the earlier to the later date.

    Row 0 is the north; the pair is (earlier, later), the name has the later first.
    """
    step = 1 / 1200
    early, late = pair
    path = Path(folder) / (
        f"S1-GUNW-D-R-{track}-tops-{late}_{early}-135156-34956N_32979N-PP-913f-v2_0_4.nc"
    )
    phase = 4 * np.pi / (WAVELENGTH * 1000) * moved
    rows, columns = moved.shape
    with h5py.File(path, "w") as file:
        file.attrs["Conventions"] = "CF-1.6"
        group = file.create_group("science/grids/data")
        lat = group.create_dataset("latitude", data=north - step * np.arange(rows))
        lon = group.create_dataset("longitude", data=west + step * np.arange(columns))
        for axis, name in ((lat, "latitude"), (lon, "longitude")):
            axis.make_scale(name)
            axis.attrs["units"] = "degrees_north" if name == "latitude" else "degrees_east"
        for name, values in (
            ("unwrappedPhase", phase.astype("float32")),
            ("coherence", np.full(moved.shape, coherence, "float32")),
            ("connectedComponents", np.ones(moved.shape, "int16")),
        ):
            one = group.create_dataset(name, data=values)
            one.dims[0].attach_scale(lat)
            one.dims[1].attach_scale(lon)
            one.attrs["_FillValue"] = values.dtype.type(0 if values.dtype.kind == "f" else -1)
        file.create_dataset("science/radarMetaData/wavelength", data=WAVELENGTH)
    return path


DIM = """<?xml version="1.0" encoding="ISO-8859-1"?>
<Dimap_Document name="{stem}.dim">
    <Metadata_Id><METADATA_FORMAT version="2.12.1">DIMAP</METADATA_FORMAT></Metadata_Id>
    <Raster_Dimensions><NCOLS>{columns}</NCOLS><NROWS>{rows}</NROWS><NBANDS>{count}</NBANDS></Raster_Dimensions>
    <Coordinate_Reference_System><WKT>{wkt}</WKT></Coordinate_Reference_System>
    <Geoposition><IMAGE_TO_MODEL_TRANSFORM>{step},0.0,0.0,-{step},67.0,44.0</IMAGE_TO_MODEL_TRANSFORM></Geoposition>
    <Data_Access><DATA_FILE_FORMAT>ENVI</DATA_FILE_FORMAT>{files}</Data_Access>
    <Image_Interpretation>{bands}</Image_Interpretation>
    <Dataset_Sources><MDElem name="metadata"><MDElem name="Abstracted_Metadata">
        <MDATTR name="first_line_time" type="utc">06-JAN-2018 00:40:21.000000</MDATTR>
        <MDATTR name="radar_frequency" type="float64" unit="MHz">5405.000454334349</MDATTR>
    </MDElem></MDElem></Dataset_Sources>
</Dimap_Document>
"""
HDR = """ENVI
description = {{{name} - Unit: {units}}}
samples = {columns}
lines = {rows}
bands = 1
header offset = 0
file type = ENVI Standard
data type = 4
interleave = bsq
byte order = 1
band names = {{ {name} }}
"""


def write_dimap(folder, bands, *, stem="S1_Stack_ifg_ML_TC", geocoded=True):
    """BEAM-DIMAP of SNAP: name of band -> (unit, values (row, column), row 0 the north)."""
    folder = Path(folder)
    at = folder / f"{stem}.data"
    at.mkdir(parents=True)
    files, infos = [], []
    for k, (name, (units, values)) in enumerate(bands.items()):
        rows, columns = values.shape
        values.astype(">f4").tofile(at / f"{name}.img")
        (at / f"{name}.hdr").write_text(
            HDR.format(name=name, units=units, rows=rows, columns=columns)
        )
        files.append(
            f'<Data_File><DATA_FILE_PATH href="{stem}.data/{name}.hdr" />'
            f"<BAND_INDEX>{k}</BAND_INDEX></Data_File>"
        )
        infos.append(
            f"<Spectral_Band_Info><BAND_INDEX>{k}</BAND_INDEX><BAND_NAME>{name}</BAND_NAME>"
            f"<DATA_TYPE>float32</DATA_TYPE><PHYSICAL_UNIT>{units}</PHYSICAL_UNIT>"
            "<SCALING_FACTOR>1.0</SCALING_FACTOR><SCALING_OFFSET>0.0</SCALING_OFFSET>"
            "<NO_DATA_VALUE_USED>true</NO_DATA_VALUE_USED><NO_DATA_VALUE>0.0</NO_DATA_VALUE>"
            "</Spectral_Band_Info>"
        )
    wkt = pyproj.CRS.from_epsg(4326).to_wkt("WKT1_GDAL").replace('"', "&quot;")
    text = DIM.format(
        stem=stem,
        rows=rows,
        columns=columns,
        count=len(bands),
        wkt=wkt,
        step=0.001,
        files="".join(files),
        bands="".join(infos),
    )
    if not geocoded:
        text = text.replace(wkt, "")
    path = folder / f"{stem}.dim"
    path.write_text(text, encoding="latin-1")
    return path


EGMS = (
    "pid,mp_type,latitude,longitude,easting,northing,height,height_wgs84,line,pixel,rmse,"
    "temporal_coherence,amplitude_dispersion,incidence_angle,track_angle,los_east,los_north,"
    "los_up,mean_velocity,mean_velocity_std,acceleration,acceleration_std,seasonality,"
    "seasonality_std"
)


def egms_text(points, days, *, level=2):
    """CSV of EGMS: points are (id, longitude, latitude, velocity), displacement is linear."""
    turn = pyproj.Transformer.from_crs(4326, 3035, always_xy=True)
    header = (
        EGMS if level == 2 else "pid,easting,northing,height,rmse,mean_velocity,mean_velocity_std"
    )
    lines = [",".join([header, *days])]
    start = np.datetime64(f"{days[0][:4]}-{days[0][4:6]}-{days[0][6:]}")
    for name, lon, lat, rate in points:
        x, y = turn.transform(lon, lat)
        series = [
            rate * (np.datetime64(f"{d[:4]}-{d[4:6]}-{d[6:]}") - start).astype(int) / 365.25
            for d in days
        ]
        front = (
            f"{name},1,{lat:.8f},{lon:.8f},{x:.2f},{y:.2f},340.2,388.3,275,36,1.3,0.8,0.2,39.1,"
            f"-169.0,0.61,-0.11,0.78,{rate},0.1,0.0,0.1,1.5,0.2"
            if level == 2
            else f"{name},{x:.4f},{y:.4f},340.2,1.3,{rate},0.1"
        )
        lines.append(",".join([front, *(f"{one:.2f}" for one in series)]))
    return "\n".join(lines) + "\n"


def write_egms(path, points, days, *, level=2):
    """``EGMS_*.zip`` that holds a CSV of the same name."""
    path = Path(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{path.stem}.csv", egms_text(points, days, level=level))
    return path


def twin(folder):
    """Write tiny files of the interferometry entries of the catalogue."""
    folder = Path(folder)
    days = ("20180106", "20180118", "20180130")
    moved = np.array([0.0, -5.0, -8.0])[:, None, None] * np.linspace(0.2, 1.0, 12).reshape(3, 4)
    pairs = ((0, 1), (1, 2), (0, 2))
    write_licsar(folder / "insar_licsar", moved, days, pairs)
    for name in ("aria", "opera", "egms", "licsbas", "mintpy", "snap"):
        (folder / f"insar_{name}").mkdir()
    for a, b in pairs:
        write_gunw(folder / "insar_aria", moved[b] - moved[a], (days[a], days[b]))
    for b in (1, 2):
        write_opera(folder / "insar_opera", moved[b] / 1000, (days[0], days[b]))
    points = [("p1", 6.0, 48.0, -7.0), ("p2", 6.1, 48.1, 1.0)]
    write_egms(folder / "insar_egms" / "EGMS_L2b_088_0286_IW2_VV.zip", points, days)
    write_licsbas(folder / "insar_licsbas" / "cum_filt.h5", moved, days)
    write_mintpy(folder / "insar_mintpy" / "timeseries.h5", moved / 1000, days)
    bands = {"displacement_VV_06Jan2018_30Jan2018": ("meters", moved[2] / 1000)}
    write_dimap(folder / "insar_snap", bands)
