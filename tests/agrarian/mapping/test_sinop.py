"""The real cube of Sinop, Mato Grosso (MODIS NDVI, sits), classified from 1,218 real samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import rasterio.shutil
import xarray as xr
from sklearn.ensemble import RandomForestClassifier

from analysis.agrarian.accuracy import error_matrix
from analysis.agrarian.mapping import classify


def sinop(folder: Path) -> xr.Dataset:
    """The twelve images, in their own sinusoidal grid."""
    paths = sorted((folder / "sits_sinop").glob("*_NDVI_*.jp2"))
    layers = []
    for path in paths:
        with rasterio.open(path) as file:
            layers.append(file.read(1).astype("float32") * 1e-4)
            transform, crs, shape = file.transform, file.crs.to_wkt(), file.shape
    x = transform.c + transform.a * (np.arange(shape[1]) + 0.5)
    y = transform.f + transform.e * (np.arange(shape[0]) + 0.5)
    times = pd.to_datetime([path.stem[-10:] for path in paths])
    ds = xr.Dataset({"ndvi": (("time", "y", "x"), layers)}, {"time": times, "y": y, "x": x})
    return ds.assign_coords(spatial_ref=((), 0, {"crs_wkt": crs}))


@pytest.mark.slow
def test_sinop_has_the_shares_and_check_points_that_were_found(
    real_data: Path, tmp_path: Path
) -> None:
    folder = real_data / "agrarian"
    long = pd.read_csv(folder / "sits_samples_modis_ndvi.csv")
    wide = long.assign(step=long.groupby("sample_id")["date"].rank().astype(int))
    wide = wide.pivot_table(index="sample_id", columns="step", values="ndvi").add_prefix("ndvi_")
    labels = long.drop_duplicates("sample_id").set_index("sample_id")["label"]
    assert len(wide) == 1218
    model = RandomForestClassifier(500, random_state=0, n_jobs=1).fit(wide, labels[wide.index])
    ds = sinop(folder)
    assert ds["ndvi"].shape == (12, 147, 255)
    land = classify(ds, model, tmp_path / "sinop.tif", workers=2)
    codes = land["class"].to_numpy()
    names = dict(enumerate(land.attrs["classes"], start=1))
    shares = {name: float((codes == code).mean()) for code, name in names.items()}
    wanted = {"Forest": 0.394, "Soy_Corn": 0.309, "Cerrado": 0.189, "Pasture": 0.108}
    for name, share in wanted.items():
        assert shares[name] == pytest.approx(share, abs=0.02)
    points = pd.read_csv(folder / "sits_sinop" / "samples_sinop_crop.csv")
    way = pyproj.Transformer.from_crs("EPSG:4326", ds.spatial_ref.attrs["crs_wkt"], always_xy=True)
    x, y = way.transform(points["longitude"].to_numpy(), points["latitude"].to_numpy())
    where = {"x": xr.DataArray(x, dims="p"), "y": xr.DataArray(y, dims="p")}
    found = land["class"].sel(where, method="nearest").to_numpy()
    seen = pd.Series(found).map(names)
    table = error_matrix(seen, points["label"])
    assert table.to_numpy().sum() == 18
    assert np.trace(table.to_numpy()) >= 12
    with rasterio.open(tmp_path / "sinop.tif") as file:
        assert (file.read(1) == codes).all()
        assert file.colormap(1)[int(codes[0, 0])][3] == 255
    rasterio.shutil.copy(tmp_path / "sinop.tif", tmp_path / "s.vrt", driver="VRT")
    assert "<Category>Soy_Corn</Category>" in (tmp_path / "s.vrt").read_text(encoding="utf-8")
