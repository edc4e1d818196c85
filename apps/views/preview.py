"""The small picture of the home page, drawn from the packaged relief and earthquakes."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from analysis.sources import open_source
from analysis.sources.vocabulary import variable
from apps.views.colours import EVENT_COLOURS, colour_indices, palette

WIDTH, HEIGHT = 1200, 560
SOUTH, NORTH = -62.0, 78.0
STRONG = 6.0
"""Least magnitude of the earthquakes in the picture."""

FINE = 2
"""The picture is drawn that many times larger and then reduced."""


@dataclass(frozen=True)
class Preview:
    """A picture and what it shows.

    Attributes
    ----------
    data : bytes
        The picture as WebP.
    events : int
        Number of earthquakes in it.
    first, last : pandas.Timestamp
        Times of the first and the last of them.
    """

    data: bytes
    events: int
    first: pd.Timestamp
    last: pd.Timestamp


@cache
def preview() -> Preview:
    """Draw relief and strong earthquakes of the whole Earth.

    Returns
    -------
    Preview
        The picture, longitude and latitude as they are (plate carree); it is
        drawn once in the life of a process.

    Raises
    ------
    ValueError
        A source that it needs is not in the catalogue.
    """
    relief = open_source("relief")["elevation"].isel(time=0)
    shown = relief.sel(latitude=slice(SOUTH, NORTH)).to_numpy()[::-1]
    heights = Image.fromarray(shown.astype(np.float32)).resize(
        (WIDTH * FINE, HEIGHT * FINE), Image.Resampling.BICUBIC
    )
    colours = np.array(
        [
            [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
            for colour in relief_colours()
        ],
        dtype=np.uint8,
    )
    picture = Image.fromarray(colours[colour_indices(np.asarray(heights), -7000, 7000)])
    strong = strong_events()
    draw_events(picture, strong)
    file = BytesIO()
    picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(file, "WEBP", quality=82)
    return Preview(file.getvalue(), len(strong), strong["time"].min(), strong["time"].max())


def relief_colours() -> list[str]:
    """List the colours of the relief, the first for places without a value.

    Returns
    -------
    list of str
        256 colours as ``#rrggbb``.

    Examples
    --------
    >>> len(relief_colours())
    256
    """
    return ["#808080", *palette(variable("elevation").colormap, 255)]


def strong_events() -> pd.DataFrame:
    """Read the real earthquakes of at least `STRONG`, the weakest first.

    Returns
    -------
    pandas.DataFrame
        Columns time, longitude, latitude and mag.
    """
    table = open_source("events_gcmt")[["time", "longitude", "latitude", "mag"]]
    strong: pd.DataFrame = table[table["mag"] >= STRONG].compute()
    return strong[strong["latitude"].between(SOUTH, NORTH)].sort_values("mag")


def draw_events(picture: Image.Image, events: pd.DataFrame) -> None:
    """Draw earthquakes into a picture of the Earth.

    Parameters
    ----------
    picture : PIL.Image.Image
        The picture, in plate carree between `SOUTH` and `NORTH`; changed.
    events : pandas.DataFrame
        Columns longitude, latitude and mag; later rows lie above earlier ones.
    """
    pen = ImageDraw.Draw(picture, "RGBA")
    width, height = picture.size
    x = (events["longitude"].to_numpy() + 180) / 360 * width
    y = (NORTH - events["latitude"].to_numpy()) / (NORTH - SOUTH) * height
    classes = np.clip(events["mag"].to_numpy().astype(int) - 3, 0, len(EVENT_COLOURS) - 1)
    sizes = FINE * (1.2 + 2.2 * np.maximum(events["mag"].to_numpy() - STRONG, 0))
    for left, top, size, kind in zip(x, y, sizes, classes, strict=True):
        pen.ellipse(
            (left - size, top - size, left + size, top + size),
            fill=EVENT_COLOURS[kind] + "d0",
            outline="#00000060",
        )
