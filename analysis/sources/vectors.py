"""Vectors from files: GeoJSON, GeoPackage, Shapefile; what is unusual in them is told."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

import numpy as np
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.shapefiles import shapefile_parts, table_encoding
from analysis.sources.tables import describe_shapes

FEATURES: Final = 2_000_000
"""Shapes that one file may hold; more are read with ``limit``."""
FILE_BYTES: Final = 2_000_000_000
_SUFFIXES: Final = (".geojson", ".json", ".gpkg", ".shp", ".zip", ".fgb", ".kml", ".gml")
# what the libraries below raise at damaged headers; NameError is pyogrio's of a broken .prj
_DAMAGED: Final = (OverflowError, TypeError, RuntimeError, NameError)


class VectorReader(FileReader):
    """GeoJSON, GeoPackage, Shapefile (zipped, in Cyrillic code pages too) and their kin."""

    output_instance = "geopandas:GeoDataFrame"
    implements = {  # noqa: RUF012 - Intake's own way to say what a reader opens
        datatypes.GeoJSON,
        datatypes.GeoPackage,
        datatypes.Shapefile,
    }
    func = "geopandas:read_file"

    def _read(
        self,
        data: Any,
        layer: str | None = None,
        encoding: str | None = None,
        limit: int | None = None,
        **_: Any,
    ) -> Any:
        url = data.url.removeprefix("file://")
        if "://" in url:
            import fsspec

            url = fsspec.open_local(f"filecache::{url}")
        return open_vectors(_one_file(url), layer=layer, encoding=encoding, limit=limit)


def _one_file(url: str) -> Path:
    """Path of the one file that fits a pattern; the parts of a shapefile are one."""
    if "*" not in url:
        return Path(url)
    folder, pattern = Path(url).parent, Path(url).name
    found = [one for one in sorted(folder.glob(pattern)) if one.suffix.lower() in _SUFFIXES]
    if len(found) != 1:
        names = ", ".join(one.name for one in found) or "none"
        raise ValueError(f"{url} fits {len(found)} files of shapes ({names}); name one with path=.")
    return found[0]


def open_vectors(
    path: str | Path,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    limit: int | None = None,
) -> Any:
    """Read the shapes of a file as they are, in its own coordinates.

    Parameters
    ----------
    path : str or pathlib.Path
        GeoJSON, GeoPackage, Shapefile, or an archive (.zip) with a shapefile.
    layer : str, optional
        Which layer, where there are several.
    encoding : str, optional
        Encoding of the attributes of a shapefile, where it does not say it rightly.
    limit : int, optional
        Shapes at most; a file of more is refused, not cut.

    Returns
    -------
    geopandas.GeoDataFrame
        ``attrs["notes"]``: what was unusual, in English.

    Raises
    ------
    ValueError
        The file is missing, too large, damaged, of an unknown format, has no shapes, or several
        layers and none is chosen.
    """
    file = Path(path)
    if not file.exists():
        raise ValueError(f"There is no file {file}.")
    size = file.stat().st_size if file.is_file() else 0
    if size > FILE_BYTES:
        raise ValueError(f"{file.name} has {size / 1e6:,.0f} MB; at most {FILE_BYTES / 1e6:,.0f}.")
    suffix = file.suffix.lower()
    if suffix not in _SUFFIXES:
        raise ValueError(f"{file.name} is none of {' '.join(_SUFFIXES)}.")
    shapefile = suffix in (".shp", ".zip")
    opened = shapefile_parts(file, layer) if shapefile else nullcontext((file, list[str]()))
    with opened as (inside, notes):
        if shapefile:
            codec, note = table_encoding(inside, encoding)
            frame = _read(inside, file.name, None, "UTF-8" if codec == "utf-8" else "ISO-8859-1")
            if codec != "utf-8":
                frame = _decoded(frame, codec)
            notes += [note] if note else []
        else:
            _check_count(inside, file.name, layer, limit)
            frame = _read(inside, file.name, layer, None)
    if limit is not None and len(frame) > limit:
        raise ValueError(f"{file.name} has {len(frame):,} shapes; at most {limit:,} are read.")
    frame.attrs["notes"] = [*notes, *describe_shapes(frame.geometry.to_numpy())]
    return frame


def read_vectors(path: str | Path, *, crs: str | None = None, **options: Any) -> Any:
    """Read the shapes of a file, mended, in longitude and latitude.

    Parameters
    ----------
    path : str or pathlib.Path
        As in :func:`open_vectors`.
    crs : str, optional
        Coordinate reference system, where the file does not say it.
    **options
        Of :func:`open_vectors`.

    Returns
    -------
    geopandas.GeoDataFrame
        As :func:`analysis.sources.tables.tidy_vectors`.

    Raises
    ------
    ValueError
        As :func:`open_vectors`; the coordinates have no system.
    """
    from analysis.sources.tables import tidy_vectors

    return tidy_vectors(open_vectors(path, **options), crs)


def _check_count(path: Path, label: str, layer: str | None, limit: int | None) -> None:
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        layers = pyogrio.list_layers(path)
        spatial = [str(name) for name, kind in layers if kind is not None]
        if layer is None and len(spatial) > 1:
            raise ValueError(
                f"{label} has {len(spatial)} layers: {', '.join(spatial)}. Choose one: "
                f"layer={spatial[0]!r}."
            )
        if layer is not None and layer not in [str(name) for name, _ in layers]:
            raise ValueError(f"{label} has no layer {layer!r}; it has {', '.join(spatial)}.")
        count = int(pyogrio.read_info(path, layer=layer)["features"])
    except (DataSourceError, DataLayerError) as error:
        raise ValueError(f"{label} cannot be read: {error}") from error
    most = FEATURES if limit is None else limit
    if count > most:
        raise ValueError(f"{label} has {count:,} shapes; at most {most:,} are read.")


def _read(path: Path, label: str, layer: str | None, encoding: str | None) -> Any:
    import geopandas as gpd
    import pyogrio
    import shapely
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError

    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})
    try:
        frame = pyogrio.read_dataframe(path, layer=layer, encoding=encoding, on_invalid="warn")
    except (DataSourceError, DataLayerError, FeatureError, FieldError) as error:
        raise ValueError(f"{label} cannot be read: {error}") from error
    except (UnicodeDecodeError, shapely.errors.GEOSException, *_DAMAGED) as error:
        raise ValueError(f"{label} cannot be read: it is damaged ({error}).") from error
    if not isinstance(frame, gpd.GeoDataFrame) or not len(frame):
        raise ValueError(f"{label} holds no shapes.")
    return frame


def _decoded(frame: Any, codec: str) -> Any:
    """Texts that were read byte for byte, in their real encoding."""

    def decode(text: Any) -> Any:
        if not isinstance(text, str):
            return text
        try:
            return text.encode("latin-1").decode(codec, errors="replace")
        except UnicodeEncodeError:
            return text

    name = frame.geometry.name
    frame = frame.rename(columns={one: decode(one) for one in frame.columns if one != name})
    for column in frame.columns:
        if column != name and not np.issubdtype(np.asarray(frame[column]).dtype, np.number):
            frame[column] = frame[column].map(decode)
    return frame
