"""Damaged files of gravity and of radar interferometry: refused in words, or plausible."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from analysis.seismic.stacks import SHOW, invert_stack
from analysis.sources.gravity.level2 import open_level2
from analysis.sources.gravity.mascons import open_mascons
from analysis.sources.insar.egms import open_egms
from analysis.sources.insar.opera import open_disp
from analysis.sources.insar.snap import open_snap
from analysis.sources.insar.timeseries import open_licsbas, open_mintpy
from analysis.sources.normalise import normalise
from tests.products import gravity_files, insar_files
from tests.products.mutations import check_survives, mutations

DAYS = ("20180106", "20180118", "20180130")
MOVED = np.array([0.0, -5.0, -8.0])[:, None, None] * np.linspace(0.2, 1, 120).reshape(10, 12)
PAIR = "06Jan2018_30Jan2018"
POINTS = [(f"p{k}", 6 + k / 100, 48.0, -7.0 + k) for k in range(30)]


def coefficients(folder: Path) -> Path:
    values = np.zeros((2, 13, 13))
    values[0, 2, 0] = -4.841e-4
    (folder / "other").mkdir()
    gravity_files.write_gsm(folder / "other", values, gravity_files.MONTHS[1])
    return gravity_files.write_gsm(folder, values, gravity_files.MONTHS[0])


def harmonic(path: Path) -> Any:
    return normalise(
        open_level2([path, *path.parent.glob("other/*.gz")], degree=12, resolution=10.0)
    )


def phase(folder: Path) -> Path:
    insar_files.write_licsar(folder, MOVED, DAYS, ((0, 1), (1, 2), (0, 2)))
    return next(folder.rglob("20180106_20180118.geo.unw.tif"))


def inverted(path: Path) -> Any:
    others = [p for p in path.parents[2].rglob("2018*.tif") if p.name != path.name]
    others = [p for p in others if "mutated" not in p.parts]
    shown = [invert_stack([path, *others], reference="mean", show=one) for one in SHOW]
    return xr.merge([normalise(shown[0]), shown[1]], compat="override")


def gunw(folder: Path) -> Path:
    insar_files.write_gunw(folder, MOVED[2] - MOVED[1], DAYS[1:])
    return insar_files.write_gunw(folder, MOVED[1], DAYS[:2])


def aria(path: Path) -> Any:
    others = [one for one in path.parents[2].glob("S1-GUNW*.nc") if one.name != path.name]
    shown = [invert_stack([path, *others], reference="mean", show=one) for one in SHOW]
    return xr.merge([normalise(shown[0]), shown[1]], compat="override")


def image(folder: Path) -> Path:
    header(folder)
    return next(folder.rglob("displacement*.img"))


def header(folder: Path) -> Path:
    bands = {
        f"displacement_VV_{PAIR}": ("meters", MOVED[2] / 1000),
        f"coh_VV_{PAIR}": ("1", MOVED[1] * 0 + 0.5),
    }
    return insar_files.write_dimap(folder, bands)


def imaged(path: Path) -> Any:
    """Open the header beside which the damaged image lies."""
    root = next(one for one in path.parents if (one / "S1_Stack_ifg_ML_TC.dim").is_file())
    here = path.parent / "S1_Stack_ifg_ML_TC.data"
    if path.parent.suffix != ".data":
        here.mkdir(exist_ok=True)
        for one in (root / here.name).iterdir():
            (here / one.name).symlink_to(path if one.name == path.name else one)
        shutil.copy(root / "S1_Stack_ifg_ML_TC.dim", path.parent)
        root = path.parent
    return normalise(open_snap(root / "S1_Stack_ifg_ML_TC.dim"))


READERS: dict[str, tuple[Callable[[Path], Path], Callable[[Path], Any]]] = {
    "jpl": (
        lambda to: gravity_files.write_jpl_mascons(to / "m.nc", step=30.0),
        lambda path: normalise(open_mascons(path)),
    ),
    "csr": (
        lambda to: gravity_files.write_csr_mascons(to / "m.nc", step=30.0),
        lambda path: normalise(open_mascons(path)),
    ),
    "level3": (
        lambda to: gravity_files.write_level3(to, step=30.0)[0],
        lambda path: normalise(open_mascons(path)),
    ),
    "gsm": (coefficients, harmonic),
    "stack": (phase, inverted),
    "gunw": (gunw, aria),
    "opera": (
        lambda to: insar_files.write_opera(to, MOVED[1] / 1000, DAYS[:2]),
        lambda path: normalise(open_disp(path)),
    ),
    "licsbas": (
        lambda to: insar_files.write_licsbas(to / "cum.h5", MOVED, DAYS, velocity=MOVED[1]),
        lambda path: normalise(open_licsbas(path)),
    ),
    "mintpy": (
        lambda to: insar_files.write_mintpy(to / "timeseries.h5", MOVED / 1000, DAYS),
        lambda path: normalise(open_mintpy(path)),
    ),
    "mintpy_velocity": (
        lambda to: insar_files.write_mintpy_velocity(
            to / "v.h5", MOVED[1] / 99, MOVED[1] ** 2 / 9e3
        ),
        lambda path: normalise(open_mintpy(path)),
    ),
    "snap": (header, lambda path: normalise(open_snap(path))),
    "snap_image": (image, imaged),
    "snap_tif": (
        lambda to: insar_files.write_geotiff(
            to / f"displacement_{PAIR}.tif", (MOVED[2] / 1000).astype("float32")
        ),
        lambda path: normalise(open_snap(path)),
    ),
    "egms": (lambda to: insar_files.write_egms(to / "EGMS_L2b.zip", POINTS, DAYS), open_egms),
    "egms_series": (
        lambda to: insar_files.write_egms(to / "EGMS_L3_U.zip", POINTS, DAYS, level=3),
        lambda path: open_egms(path, what="series"),
    ),
}
CHEAP = ("gsm", "snap", "snap_image", "snap_tif", "egms", "egms_series", "licsbas")
BESIDE = {"gsm": ("other",), "snap": ("S1_Stack_ifg_ML_TC.data",)}


def survive(name: str, folder: Path, count: int, seed: int) -> dict[str, int]:
    """Open damaged copies of the file of a reader."""
    write, read = READERS[name]
    whole = write(folder)
    assert len(read(whole).compute() if hasattr(read(whole), "compute") else read(whole))
    beside = [whole.parent / one for one in BESIDE.get(name, ())]
    copies = mutations(whole, count, seed, folder=folder / "mutated", companions=beside)
    return check_survives(read, copies)


@pytest.mark.parametrize("name", READERS)
def test_damaged_files_are_refused_or_plausible(name, tmp_path):
    number = 30 if name in CHEAP else 10
    counts = survive(name, tmp_path, number, seed=9)
    assert sum(counts.values()) == number
    assert counts["refused"] >= 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", READERS)
def test_a_thousand_damaged_files(name, tmp_path):
    counts = survive(name, tmp_path, 1000, seed=11)
    assert counts["refused"] > 100
