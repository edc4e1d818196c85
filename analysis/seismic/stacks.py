"""Stacks of interferograms as a source: opened and inverted, lazily, when a cube is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.seismic.sbas import sbas
from analysis.sources.filelists import Paths, list_files
from analysis.sources.insar.gunw import open_gunw
from analysis.sources.insar.interferograms import open_interferograms
from analysis.sources.plausible import plausible

SHOW: Final = {
    "displacement": ("los_displacement",),
    "velocity": ("velocity", "velocity_std", "temporal_coherence"),
}
"""What a reader can show -> variables."""


def open_stack(paths: Paths, **options: Any) -> xr.Dataset:
    """Open a stack of interferograms of any kind that is known by the names of its files.

    Parameters
    ----------
    paths : str, pathlib.Path, or a sequence of them
        Files, folder or pattern: S1-GUNW of ARIA, or GeoTIFF of LiCSAR, PyRate and the like.
    **options
        Of :func:`~analysis.sources.insar.interferograms.open_interferograms` (``wavelength``,
        ``sign``); GUNW needs none.

    Returns
    -------
    xarray.Dataset
        Lazy; what :func:`analysis.seismic.sbas` takes.

    Raises
    ------
    ValueError
        As the functions that open the two kinds.
    """
    files = list_files(paths, (".tif", ".tiff", ".nc"), "interferograms")
    if any(path.name.startswith("S1-GUNW-") for path in files):
        return open_gunw([path for path in files if path.suffix == ".nc"])
    return open_interferograms(files, **options)


def invert_stack(
    paths: Paths,
    *,
    show: str = "displacement",
    reference: Any = "coherence",
    weights: str = "none",
    min_coherence: float = 0.0,
    gaps: str = "missing",
    wavelength: float | None = None,
    sign: int = -1,
) -> xr.Dataset:
    """Open a stack and invert it.

    Parameters
    ----------
    paths : str, pathlib.Path, or a sequence of them
        As :func:`open_stack`.
    show : {"displacement", "velocity"}, optional
        The series, or the mean velocity with its standard error.
    reference, weights, min_coherence, gaps
        As :func:`analysis.seismic.sbas`.
    wavelength, sign
        As :func:`~analysis.sources.insar.interferograms.open_interferograms`.

    Returns
    -------
    xarray.Dataset
        Lazy: nothing is inverted before values are asked for. Values beyond 20 m and 2 m/year
        are missing.

    Raises
    ------
    ValueError
        As the functions named.
    """
    if show not in SHOW:
        raise ValueError(f"show is {show!r}; allowed are {', '.join(SHOW)}.")
    place = tuple(reference) if isinstance(reference, list) else reference
    stack = open_stack(paths, wavelength=wavelength, sign=sign)
    solved = sbas(stack, reference=place, weights=weights, min_coherence=min_coherence, gaps=gaps)
    shown = plausible(solved[list(SHOW[show])])
    return shown if show == "displacement" else shown.drop_vars("time", errors="ignore")


class StackReader(FileReader):
    """Reader for the catalogue: `invert_stack`."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.TIFF, datatypes.HDF5}  # noqa: RUF012 - Intake's own way
    func = "xarray:open_dataset"

    def _read(self, data: Any, **options: Any) -> xr.Dataset:
        wanted = ("show", "reference", "weights", "min_coherence", "gaps", "wavelength", "sign")
        given = {key: value for key, value in options.items() if key in wanted}
        urls = data.url if isinstance(data.url, list) else [data.url]
        return invert_stack([Path(str(url).removeprefix("file://")) for url in urls], **given)
