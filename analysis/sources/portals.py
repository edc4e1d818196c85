"""Portals where somebody clicks: each opens as a table of what this catalogue has from there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.fetching.accounts import ACCOUNTS


def open_portal(entries: Sequence[str], tiles: bool = False, language: str = "en") -> pd.DataFrame:
    """List what the catalogue has from a portal.

    Parameters
    ----------
    entries : sequence of str
        Names of sources whose data the portal has.
    tiles : bool, optional
        The layers of NASA GIBS, too, which NASA Worldview shows.
    language : str, optional
        Language of the titles: kk, ru or en.

    Returns
    -------
    pandas.DataFrame
        One row each; columns source (name in the catalogue, "" for tiles), title, kind, download
        (how it is fetched), account, register (where to get the account), homepage, start, end.

    Raises
    ------
    ValueError
        The catalogue has no such source.

    Examples
    --------
    >>> open_portal(["wind"], language="ru")["title"][0].startswith("Ветер")
    True
    """
    from analysis.sources.catalogue import entry  # it opens us

    rows = []
    for one in map(entry, entries):
        known = ACCOUNTS.get(one.account)
        rows.append(
            {
                "source": one.name,
                "title": one.title.get(language, one.title["en"]),
                "kind": one.kind,
                "download": one.fetch.how if one.fetch else "none",
                "account": one.account,
                "register": known.register if known else "",
                "homepage": one.homepage,
                "start": one.coverage.start or "",
                "end": one.coverage.end or "",
            }
        )
    return pd.DataFrame(rows + (_tiles(language) if tiles else []))


def _tiles(language: str) -> list[dict[str, str]]:
    from analysis.sources.imagery.gibs import LAYERS

    return [
        {
            "source": "",
            "title": one.titles.get(language, one.titles["en"]),
            "kind": "tiles",
            "download": "none",
            "account": "",
            "register": "",
            "homepage": f"https://worldview.earthdata.nasa.gov/?l={one.name}",
            "start": str(one.spans[0].first) if one.spans else "",
            "end": str(one.spans[-1].last or "") if one.spans else "",
        }
        for one in LAYERS.values()
    ]


class PortalReader(FileReader):
    """Table of what the catalogue has from a portal."""

    output_instance = "pandas:DataFrame"
    implements = {datatypes.FileData}  # noqa: RUF012 - Intake's own way to say what it opens
    func = "analysis.sources.portals:open_portal"

    def _read(  # no data: the catalogue itself is read
        self,
        *_data: Any,
        entries: Sequence[str] = (),
        tiles: bool = False,
        language: str = "en",
        **_: Any,
    ) -> pd.DataFrame:
        return open_portal(entries, tiles, language)
