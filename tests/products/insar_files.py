"""Write radar interferometry products in their exact layouts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
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
