"""A made-up catalogue with a dense region and an aftershock sequence, and selections of it."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from bokeh.document import Document

from analysis.language import translator
from apps.views.earthquakes.catalogues import Catalogue, Events
from apps.views.earthquakes.selection import Selection
from apps.views.earthquakes.state import QuakeState

WORLD = (-180.0, -85.0, 180.0, 85.0)


def visitor(language: str = "en") -> Any:
    return SimpleNamespace(language=language, _=translator(language), theme="light", timezone=None)


def made_up(count: int = 4000, seed: int = 1, *, simulated: bool = False) -> pd.DataFrame:
    """Events round Fiji (over the date line), b = 1 from M 4.0; a mainshock with aftershocks."""
    rng = np.random.default_rng(seed)
    days = np.sort(rng.uniform(0, 3650, count))
    size = np.minimum(np.round(rng.exponential(1 / np.log(10), count) + 3.95, 1), 7.5)
    longitude, latitude = rng.normal(180, 3, count), rng.normal(-18, 4, count)
    burst = slice(count // 2, count // 2 + count // 8)
    start = days[burst.start]
    number = burst.stop - burst.start
    days[burst] = start + np.sort(rng.uniform(0.001, 60, number))
    longitude[burst], latitude[burst] = (
        rng.normal(179.5, 0.1, number),
        rng.normal(-17, 0.1, number),
    )
    size[burst.start], days[burst.start] = 7.9, start
    depth = rng.uniform(1, 650, count).round(1)
    depth[::9] = 10.0
    depth[5::101] = np.nan
    times = pd.Timestamp("2010-01-01") + pd.to_timedelta(days, unit="D")
    return pd.DataFrame(
        {
            "id": [f"t{place}" for place in range(count)],
            "time": times.astype("datetime64[ms]"),
            "longitude": longitude,
            "latitude": latitude,
            "depth": depth,
            "mag": size,
            "magType": rng.choice(["mww", "mb"], count),
            "place": [f"{place} km <b>S</b> of Suva" for place in range(count)],
            "type": "earthquake",
            "regime": rng.choice(["subduction", "active"], count),
            "status": "reviewed",
            "simulated": simulated,
        }
    )


def selection(table: pd.DataFrame | None = None, **state: Any) -> Selection:
    """A selection of these events; `state` is what the visitor chose."""
    found = Events.from_table(made_up() if table is None else table)
    simulated = bool(len(found)) and bool(found.table["simulated"].any())
    known = {"made": Catalogue("made", {"en": "Made up"}, simulated, "Nobody (2026)", "CC0-1.0")}
    return Selection(QuakeState(**({"bounds": WORLD} | state)), known, lambda key: found)


def rendered(panel: Any) -> Any:
    """Build the panel and all its models as for a browser; return the panel."""
    assert panel.view is panel.view
    document = Document()
    document.add_root(panel.view.get_root(document))
    document.to_json()
    return panel


def opened(panel: Any) -> Any:
    """Build the panel and wait for its work; return the panel."""
    rendered(panel)
    panel.job.wait()
    return panel


def press(button: Any) -> bytes | None:
    """Press a button of a file and return what the browser is sent."""
    button._clicks += 1
    return base64.b64decode(button.data.split(",", 1)[1]) if button.data else None
