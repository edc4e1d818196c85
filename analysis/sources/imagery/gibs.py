"""NASA GIBS: open map tiles of satellites, a picture for every day, in Web Mercator.

Tiles are pictures for the eye, not measurements: they are shown as layers, never read as values.
The layers listed here and the form of their addresses are those that public programs use; the
start of each is that of its satellite. What the service has today it says in its capabilities,
which :func:`read_capabilities` reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final
from xml.etree import ElementTree

import pandas as pd

from analysis.spelling import did_you_mean

SERVICE: Final = "https://gibs.earthdata.nasa.gov/wmts/epsg3857/best"
CAPABILITIES: Final = f"{SERVICE}/1.0.0/WMTSCapabilities.xml"
CREDIT: Final = "NASA EOSDIS GIBS"
_SPACES: Final = {
    "wmts": "http://www.opengis.net/wmts/1.0",
    "ows": "http://www.opengis.net/ows/1.1",
}
_LARGEST: Final = 60_000_000  # bytes of capabilities
_MATRIX: Final = "GoogleMapsCompatible_Level"
_SUFFIXES: Final = {"image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True)
class Span:
    """Dates that a layer has: from the first to the last, a step of days or months apart."""

    first: date
    last: date | None
    step: str

    def latest(self, wanted: date) -> date | None:
        """Latest date of the span that is not after the one wanted.

        Parameters
        ----------
        wanted : datetime.date
            The day asked for.

        Returns
        -------
        datetime.date or None
            None where the span begins later.

        Examples
        --------
        >>> str(Span(date(2021, 1, 1), None, "P8D").latest(date(2021, 1, 20)))
        '2021-01-17'
        >>> str(Span(date(2021, 1, 1), None, "P1M").latest(date(2021, 3, 20)))
        '2021-03-01'
        """
        if wanted < self.first:
            return None
        end = wanted if self.last is None else min(wanted, self.last)
        unit, count = self.step[-1], int(self.step[1:-1])
        if unit == "D":
            days = (end - self.first).days // count * count
            return self.first + timedelta(days=days)
        months = (end.year - self.first.year) * 12 + end.month - self.first.month
        months -= end.day < self.first.day
        steps = months // (count * (12 if unit == "Y" else 1)) * count * (12 if unit == "Y" else 1)
        moment: date = (pd.Timestamp(self.first) + pd.DateOffset(months=steps)).date()
        return moment


@dataclass(frozen=True)
class TileLayer:
    """One layer of tiles.

    Attributes
    ----------
    name : str
        Identifier of the layer at the service.
    titles : mapping
        Name by language (kk, ru, en).
    spans : tuple of Span
        Dates that there are; empty where the layer has no time.
    level : int
        Greatest level of zoom with tiles of its own.
    suffix : str
        jpg or png.
    """

    name: str
    titles: Mapping[str, str]
    spans: tuple[Span, ...]
    level: int
    suffix: str

    @property
    def matrix_set(self) -> str:
        """Name of the tile matrix set."""
        return f"{_MATRIX}{self.level}"

    def day(self, wanted: Any) -> date | None:
        """Find the date whose picture is shown for a day.

        Parameters
        ----------
        wanted : date, datetime, Timestamp or str
            The day.

        Returns
        -------
        datetime.date or None
            The latest date of the layer up to that day; None where there is none yet.

        Raises
        ------
        ValueError
            It is no date.
        """
        try:
            moment = pd.Timestamp(wanted)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{wanted!r} is no date.") from error
        if pd.isna(moment):
            raise ValueError(f"{wanted!r} is no date.")
        found = [one for span in self.spans if (one := span.latest(moment.date())) is not None]
        return max(found) if found else None

    def address(self, wanted: Any = None) -> str:
        """Address of the tiles of a day, with ``{Z}``, ``{Y}``, ``{X}`` for level, row, column.

        Parameters
        ----------
        wanted : date, datetime, Timestamp or str, optional
            The day; without it, and for a layer without time, the picture that the service takes.

        Returns
        -------
        str

        Raises
        ------
        ValueError
            It is no date, or the layer begins later.

        Examples
        --------
        >>> find_layer("MODIS_Terra_NDVI_8Day").address("2021-07-01")[-72:]
        'NDVI_8Day/default/2021-06-26/GoogleMapsCompatible_Level9/{Z}/{Y}/{X}.png'
        """
        time = "default"
        if wanted is not None and self.spans:
            found = self.day(wanted)
            if found is None:
                first = min(span.first for span in self.spans)
                raise ValueError(f"{self.name} begins on {first}; {wanted} is before it.")
            time = found.isoformat()
        place = f"{self.name}/default/{time}/{self.matrix_set}"
        return f"{SERVICE}/{place}/{{Z}}/{{Y}}/{{X}}.{self.suffix}"


def _layer(
    name: str, titles: tuple[str, str, str], start: str, step: str, level: int, suffix: str
) -> TileLayer:
    names = dict(zip(("kk", "ru", "en"), titles, strict=True))
    first = date.fromisoformat(start)
    spans: tuple[Span, ...] = (Span(first, None, step),)
    if step == "P8D":  # composites of 8 days begin anew on 1 January
        years = range(first.year + 1, 2101)
        spans = (
            Span(first, date(first.year, 12, 31), step),
            *(Span(date(year, 1, 1), date(year, 12, 31), step) for year in years),
        )
    return TileLayer(name, MappingProxyType(names), spans, level, suffix)


LAYERS: Final[Mapping[str, TileLayer]] = {
    one.name: one
    for one in (
        _layer(
            "MODIS_Terra_CorrectedReflectance_TrueColor",
            (
                "Табиғи түстер, MODIS Terra",
                "Естественные цвета, MODIS Terra",
                "True colour, MODIS Terra",
            ),
            *("2000-02-24", "P1D", 9, "jpg"),
        ),
        _layer(
            "VIIRS_SNPP_CorrectedReflectance_TrueColor",
            (
                "Табиғи түстер, VIIRS Suomi NPP",
                "Естественные цвета, VIIRS Suomi NPP",
                "True colour, VIIRS Suomi NPP",
            ),
            *("2015-11-24", "P1D", 9, "jpg"),
        ),
        _layer(
            "VIIRS_NOAA20_CorrectedReflectance_TrueColor",
            (
                "Табиғи түстер, VIIRS NOAA-20",
                "Естественные цвета, VIIRS NOAA-20",
                "True colour, VIIRS NOAA-20",
            ),
            *("2017-12-01", "P1D", 9, "jpg"),
        ),
        _layer(
            "MODIS_Terra_CorrectedReflectance_Bands721",
            (
                "Өрт пен су тасқыны (7-2-1 арналары), MODIS Terra",
                "Пожары и паводки (каналы 7-2-1), MODIS Terra",
                "Fires and floods (bands 7-2-1), MODIS Terra",
            ),
            *("2000-02-24", "P1D", 9, "jpg"),
        ),
        _layer(
            "MODIS_Terra_NDVI_8Day",
            (
                "NDVI, 8 тәулік, MODIS Terra",
                "NDVI за 8 суток, MODIS Terra",
                "NDVI of 8 days, MODIS Terra",
            ),
            *("2000-02-18", "P8D", 9, "png"),
        ),
        _layer(
            "MODIS_Terra_Land_Surface_Temp_Day",
            (
                "Жер бетінің күндізгі температурасы, MODIS Terra",
                "Дневная температура поверхности земли, MODIS Terra",
                "Land surface temperature by day, MODIS Terra",
            ),
            *("2000-02-24", "P1D", 7, "png"),
        ),
        _layer(
            "MODIS_Terra_Snow_Cover",
            (
                "Қар жамылғысы, MODIS Terra",
                "Снежный покров, MODIS Terra",
                "Snow cover, MODIS Terra",
            ),
            *("2000-02-24", "P1D", 8, "png"),
        ),
    )
}
"""Layers offered in the explorer, by name."""


def find_layer(name: str, layers: Mapping[str, TileLayer] = LAYERS) -> TileLayer:
    """Find a layer by its name.

    Parameters
    ----------
    name : str
        Identifier at the service.
    layers : mapping, optional
        Where to look.

    Returns
    -------
    TileLayer

    Raises
    ------
    ValueError
        There is none; the message proposes the closest.
    """
    if name not in layers:
        raise ValueError(f"There is no tile layer {name!r}. {did_you_mean(name, layers)}")
    return layers[name]


def read_capabilities(
    text: str | bytes, names: Sequence[str] | None = None
) -> dict[str, TileLayer]:
    """Read which layers the service has, and of which dates.

    Parameters
    ----------
    text : str or bytes
        The service's ``WMTSCapabilities.xml``.
    names : sequence of str, optional
        Layers wanted; without it all that are pictures in Web Mercator.

    Returns
    -------
    dict
        Name -> layer; titles in Kazakh and Russian only for those of :data:`LAYERS`, else the
        service's own for all three.

    Raises
    ------
    ValueError
        It is no such document, it is too large, or holds a wanted layer not.
    """
    data = text.encode() if isinstance(text, str) else text
    if len(data) > _LARGEST:
        raise ValueError(f"The capabilities have {len(data) / 1e6:.0f} MB; that is no such file.")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:  # a document could swell without end
        raise ValueError("The capabilities define entities; that is no such file.")
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - entities are refused above
    except ElementTree.ParseError as error:
        raise ValueError(f"The capabilities are no XML: {error}") from error
    rows = root.findall("wmts:Contents/wmts:Layer", _SPACES)
    if not rows:
        raise ValueError("The document holds no layers; it is no WMTS capabilities.")
    found: dict[str, TileLayer] = {}
    for row in rows:
        name = row.findtext("ows:Identifier", "", _SPACES).strip()
        if not name or (names is not None and name not in names):
            continue
        layer = _read_layer(name, row)
        if layer is not None:
            found[name] = layer
    for name in names or ():
        if name not in found:
            raise ValueError(f"The service has no tile layer {name!r}. {did_you_mean(name, found)}")
    return found


def _read_layer(name: str, row: Any) -> TileLayer | None:
    """Read one layer; None where it is no picture in Web Mercator."""
    kinds = [
        one.get("format", "")
        for one in row.findall("wmts:ResourceURL", _SPACES)
        if one.get("resourceType") == "tile"
    ] or [str(one.text).strip() for one in row.findall("wmts:Format", _SPACES)]
    suffix = next((_SUFFIXES[kind] for kind in kinds if kind in _SUFFIXES), None)
    matrix = row.findtext("wmts:TileMatrixSetLink/wmts:TileMatrixSet", "", _SPACES).strip()
    level = matrix.removeprefix(_MATRIX)
    if suffix is None or not matrix.startswith(_MATRIX) or not level.isdigit():
        return None
    title = row.findtext("ows:Title", name, _SPACES).strip()
    known = LAYERS.get(name)
    titles = known.titles if known else dict.fromkeys(("kk", "ru", "en"), title)
    spans: list[Span] = []
    for dimension in row.findall("wmts:Dimension", _SPACES):
        if dimension.findtext("ows:Identifier", "", _SPACES).strip().lower() == "time":
            values = dimension.findall("wmts:Value", _SPACES)
            spans += [one for value in values if (one := _span(value.text)) is not None]
    return TileLayer(name, titles, tuple(spans), int(level), suffix)


def _span(text: str | None) -> Span | None:
    """Read ``2000-02-24/2026-10-06/P1D``; None for times of day, which are not shown."""
    parts = str(text).strip().split("/")
    if len(parts) == 1:
        parts = [parts[0], parts[0], "P1D"]
    step = parts[-1]
    if len(parts) != 3 or step[:1] != "P" or step[-1:] not in "DMY" or not step[1:-1].isdigit():
        return None
    try:
        first, last = (date.fromisoformat(part[:10]) for part in parts[:2])
    except ValueError:
        return None
    return Span(first, last, step) if int(step[1:-1]) > 0 and first <= last else None
