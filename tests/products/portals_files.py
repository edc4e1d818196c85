"""Tables of what portals have, for the twin catalogue."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

PORTALS = ("portal_copernicus", "portal_gracefo", "portal_worldview", "portal_earthengine")


def twin(folder: Path) -> None:
    """Write the files of the twin catalogue."""
    for name in PORTALS:
        row = {"source": ["wind"], "title": ["Wind"], "kind": ["grid"], "download": ["files"]}
        pd.DataFrame(row).to_parquet(folder / f"{name}.parquet")
