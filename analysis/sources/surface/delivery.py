"""Metadata beside purchased scenes: when a scene was taken, whatever form its supplier writes.

Planet writes JSON (``properties.acquired``) and XML (``eop:acquisitionDate``); DIMAP (Airbus, who
built KazEOSat-1) ``IMAGING_DATE`` with ``IMAGING_TIME``; ISO 19139 ``gml:beginPosition``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import numpy as np
import pandas as pd

_MOST_BYTES: Final = 20_000_000
_TIMES: Final = (
    "acquired",
    "acquisitionDateTime",
    "acquisitionDate",
    "IMAGING_DATE",
    "beginPosition",
    "ACQUISITION_DATE",
    "START_TIME",
    "time_coverage_start",
)
_HOURS: Final = {"IMAGING_DATE": "IMAGING_TIME", "ACQUISITION_DATE": "ACQUISITION_TIME"}
_STAMP: Final = re.compile(r"((?:19|20)\d{6})[_T](\d{6})")


@dataclass(frozen=True)
class Delivery:
    """What the metadata of a scene tell.

    Attributes
    ----------
    time : numpy.datetime64
        When it was taken, UTC.
    told_by : str
        File and key that say so.
    coefficients : mapping of int to float
        Band, counted from 1 -> factor to reflectance at the top of the atmosphere.
    """

    time: np.datetime64
    told_by: str
    coefficients: Mapping[int, float] = field(default_factory=dict)


def read_delivery(image: str, time: str | None = None) -> Delivery:
    """Find when a scene was taken.

    Parameters
    ----------
    image : str
        Raster of the scene; its metadata lie beside it, their names begin like that of the raster
        or they are the only metadata in the folder.
    time : str, optional
        Overrides the metadata, for example ``2021-06-03T06:12:44``.

    Returns
    -------
    Delivery

    Raises
    ------
    ValueError
        Nothing tells when the scene was taken, or the metadata are damaged.
    """
    if time is not None:
        return Delivery(_moment(time, "the option time"), "the option time")
    coefficients: dict[int, float] = {}
    found: list[tuple[int, Path, dict[str, list[str]]]] = []
    for path in _beside(Path(image)):
        values = _flat_json(path) if path.suffix.lower() == ".json" else _flat_xml(path)
        coefficients |= _coefficients(values)
        found += [(rank, path, values) for rank, key in enumerate(_TIMES) if values.get(key)]
    if found:
        rank, path, values = min(found, key=lambda one: one[0])
        key = _TIMES[rank]
        hour = values.get(_HOURS.get(key, ""), [""])[0]
        stamp = f"{values[key][0]}T{hour}" if hour else values[key][0]
        return Delivery(_moment(stamp, str(path)), f"{path.name}: {key}", coefficients)
    inside = _STAMP.search(Path(image).name)
    if inside is None:
        raise ValueError(
            f"Nothing tells when {image} was taken: no JSON or XML beside it has "
            f"{', '.join(_TIMES[:5])}, and its name has no date and time. State time."
        )
    return Delivery(_moment("T".join(inside.groups()), image), "name of the file", coefficients)


def _beside(image: Path) -> list[Path]:
    suffixes = (".json", ".xml", ".dim")
    files = sorted(f for f in image.parent.iterdir() if f.suffix.lower() in suffixes)
    files = [f for f in files if not f.name.lower().endswith((".aux.xml", ".tif.xml"))]
    names = [f.name.split("_Analytic")[0].split("_metadata")[0] for f in files]
    own = [f for f, n in zip(files, names, strict=True) if image.name.startswith(n.split(".")[0])]
    return own or (files if len(files) == 1 else [])


def _moment(text: str, where: str) -> np.datetime64:
    found = pd.to_datetime(text.strip(), errors="coerce", utc=True)
    if pd.isna(found) or not 1970 <= found.year <= 2100:
        raise ValueError(f"{where} says that the scene was taken at {text!r}, which is no time.")
    return np.datetime64(found.tz_localize(None), "ns")


def _text(path: Path) -> str:
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError(f"{path} is larger than {_MOST_BYTES} bytes, which no metadata are.")
    return path.read_text(encoding="utf-8", errors="replace")


def _flat_json(path: Path) -> dict[str, list[str]]:
    try:
        rows = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON: {error}") from error
    found: dict[str, list[str]] = {}
    waiting: list[Any] = [rows]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            for key, value in one.items():
                if isinstance(value, (str, int, float)):
                    found.setdefault(str(key), []).append(str(value))
                else:
                    waiting.append(value)
        elif isinstance(one, list):
            waiting.extend(one)
    return found


def _flat_xml(path: Path) -> dict[str, list[str]]:
    text = _text(path)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError(f"{path} defines entities, which metadata of scenes do not.")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - entities are refused above
    except ElementTree.ParseError as error:
        raise ValueError(f"{path} is no XML: {error}") from error
    found: dict[str, list[str]] = {}
    for one in root.iter():
        key, value = str(one.tag).rsplit("}", 1)[-1], (one.text or "").strip()
        if value:
            found.setdefault(key, []).append(value)
    return found


def _coefficients(values: Mapping[str, list[str]]) -> dict[int, float]:
    bands, factors = values.get("bandNumber", []), values.get("reflectanceCoefficient", [])
    if len(bands) != len(factors):
        return {}
    try:
        pairs = {int(b): float(f) for b, f in zip(bands, factors, strict=True)}
    except ValueError:
        return {}
    return {b: f for b, f in pairs.items() if 0.0 < f < 1.0}
