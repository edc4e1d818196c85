"""Catalogues of synthetic events for the local server, and the formats in which they are told."""

from __future__ import annotations

import json
import threading
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

START, END = pd.Timestamp("2014-01-01"), pd.Timestamp("2024-01-01")
FIRST_NOW = pd.Timestamp("2024-06-01")
CSV = (
    "time",
    "latitude",
    "longitude",
    "depth",
    "mag",
    "magType",
    "nst",
    "gap",
    "dmin",
    "rms",
    "net",
    "id",
    "updated",
    "place",
    "type",
    "horizontalError",
    "depthError",
    "magError",
    "magNst",
    "status",
    "locationSource",
    "magSource",
)
HEADER = (
    "EventID",
    "Time",
    "Latitude",
    "Longitude",
    "Depth/km",
    "Author",
    "Catalog",
    "Contributor",
    "ContributorID",
    "MagType",
    "Magnitude",
    "MagAuthor",
    "EventLocationName",
)


def synthetic(count: int = 60_000, seed: int = 3) -> pd.DataFrame:
    """Make a catalogue of ten years, Gutenberg-Richter, half of it in ten dense sequences.

    Times are whole milliseconds; every fiftieth is a whole hour and every hundredth equals the one
    before, so that borders of windows are hit. All events lie round belts that cross the date line.
    """
    rng = np.random.default_rng(seed)
    span = int((END - START).total_seconds() * 1000)
    time = rng.integers(0, span, count)
    shocks = rng.integers(0, span - 40 * 86_400_000, 10)
    dense = rng.random(count) < 0.5
    delay = (rng.pareto(1.1, count) * 3_600_000).astype(np.int64) % (40 * 86_400_000)
    time = np.where(dense, shocks[rng.integers(0, 10, count)] + delay, time)
    time[::50] = time[::50] // 3_600_000 * 3_600_000
    time[::100] = np.roll(time, 1)[::100]
    time.sort()
    belt = rng.integers(0, 4, count)
    west = np.array([175.0, 60.0, -75.0, -180.0])[belt]
    longitude = (west + rng.normal(0, 6, count) + 180) % 360 - 180
    latitude = np.clip(
        np.array([52.0, 40.0, -20.0, -18.0])[belt] + rng.normal(0, 6, count), -89, 89
    )
    mag = np.round(2.5 + rng.exponential(1 / np.log(10), count), 1)
    kinds = rng.choice(
        ["earthquake", "quarry blast", "explosion", "mining explosion", "ice quake"],
        count,
        p=[0.96, 0.02, 0.01, 0.005, 0.005],
    )
    number = np.arange(count)
    ids = [f"us{7_000_000 + i:x}" for i in number]
    second = rng.random(count) < 0.1
    return pd.DataFrame(
        {
            "id": ids,
            "time": START + pd.to_timedelta(time, unit="ms"),
            "updated": START + pd.to_timedelta(time, unit="ms") + pd.Timedelta(days=60),
            "longitude": np.round(longitude, 4),
            "latitude": np.round(latitude, 4),
            "depth": np.where(rng.random(count) < 0.4, 10.0, np.round(rng.gamma(2, 25, count), 2)),
            "mag": mag,
            "magType": np.where(mag >= 5.5, "mww", np.where(mag >= 4, "mb", "ml")),
            "place": [f"{i % 300} km N of Somewhere, No. {i % 97}" for i in number],
            "type": kinds,
            "status": np.where(rng.random(count) < 0.9, "reviewed", "automatic"),
            "ids": [
                f",{one},at{one}," if two else f",{one},"
                for one, two in zip(ids, second, strict=True)
            ],
            "sig": (mag * mag * 15).astype(int),
            "nst": rng.integers(4, 300, count).astype(float),
            "gap": rng.integers(15, 300, count).astype(float),
            "deleted": False,
        }
    )


def as_emsc(table: pd.DataFrame, seed: int = 4) -> pd.DataFrame:
    """Tell the same events as another agency: own ids, times, places and magnitudes."""
    rng = np.random.default_rng(seed)
    count = len(table)
    times = table["time"] + pd.to_timedelta(rng.integers(-1500, 1500, count), unit="ms")
    other = table.assign(
        time=times.dt.round("100ms"),
        longitude=np.round((table["longitude"] + rng.normal(0, 0.03, count) + 180) % 360 - 180, 4),
        latitude=np.round(table["latitude"] + rng.normal(0, 0.03, count), 4),
        depth=np.round(np.abs(table["depth"] + rng.normal(0, 4, count)), 1),
        mag=np.round(table["mag"] + rng.normal(0, 0.1, count), 1),
    ).sort_values("time", ignore_index=True)
    days = other["time"].dt.strftime("%Y%m%d")
    other["id"] = days + "_" + (other.groupby(days).cumcount() + 1).astype(str).str.zfill(7)
    other["ids"] = "," + other["id"] + ","
    return other


class Book:
    """The catalogue of one agency, which changes as real ones do.

    Attributes
    ----------
    table : pandas.DataFrame
        All events, deleted ones too (column ``deleted``).
    now : pandas.Timestamp
        Moment that the next change gets as its ``updated``; each change moves it by a second.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table.reset_index(drop=True)
        self.now = FIRST_NOW
        self.lock = threading.RLock()

    def kept(self) -> pd.DataFrame:
        """Return the events that are not deleted."""
        return self.table[~self.table["deleted"]]

    def update(self, event: str, **changes: Any) -> None:
        """Change values of an event; ``updated`` becomes now."""
        with self.lock:
            row = self._row(event)
            for name, value in {**changes, "updated": self._tick()}.items():
                self.table.loc[row, name] = value

    def delete(self, event: str) -> None:
        """Delete an event; it stays to be told as deleted."""
        self.update(event, deleted=True, status="deleted")

    def add(self, **values: Any) -> str:
        """Add an event like the first one but for the values given; return its id."""
        with self.lock:
            row = {**self.table.iloc[0].to_dict(), "deleted": False, "status": "reviewed"}
            row["updated"] = self._tick()
            row |= {"id": f"us{9_000_000 + len(self.table):x}", **values}
            row["ids"] = values.get("ids", f",{row['id']},")
            self.table = pd.concat([self.table, pd.DataFrame([row])], ignore_index=True)
            return str(row["id"])

    def select(self, asked: dict[str, Any]) -> pd.DataFrame:
        """Return what a query asks for, both ends of every range included, as the services do."""
        with self.lock:
            table = self.table
            keep = np.ones(len(table), dtype=bool)
            for column in ("time", "latitude", "depth", "mag"):
                if f"min{column}" in asked:
                    keep &= table[column] >= asked[f"min{column}"]
                if f"max{column}" in asked:
                    keep &= table[column] <= asked[f"max{column}"]
            if "updatedafter" in asked:
                keep &= table["updated"] >= asked["updatedafter"]
            keep &= between(table["longitude"], asked)
            if "maxradiuskm" in asked:
                keep &= away(table, asked) <= asked["maxradiuskm"]
            if asked.get("includedeleted") == "only":
                keep &= table["deleted"]
            elif asked.get("includedeleted") != "true":
                keep &= ~table["deleted"]
            if "eventid" in asked:
                keep &= table["ids"].str.contains(f",{asked['eventid']},", regex=False)
            order = str(asked.get("orderby", "time"))
            column = "mag" if order.startswith("mag") else "time"
            found = table[keep].sort_values(column, kind="stable", ascending=order.endswith("-asc"))
            first = int(asked.get("offset", 1)) - 1
            return found.iloc[first:]

    def _row(self, event: str) -> int:
        return int(np.flatnonzero(self.table["id"] == event)[0])

    def _tick(self) -> pd.Timestamp:
        self.now += pd.Timedelta(seconds=1)
        return self.now


def between(longitude: pd.Series, asked: dict[str, Any]) -> Any:
    """Return which longitudes lie in a range that may pass 180 degrees on one side."""
    west, east = asked.get("minlongitude", -180.0), asked.get("maxlongitude", 180.0)
    inside = longitude.between(west, east)
    for turn in (360, -360):
        if west < -180 or east > 180:
            inside |= (longitude + turn).between(west, east)
    return inside


def away(table: pd.DataFrame, asked: dict[str, Any]) -> Any:
    """Return the distance of each event from the point asked for, km."""
    lon, lat = np.radians(table["longitude"]), np.radians(table["latitude"])
    lon0, lat0 = np.radians(asked["longitude"]), np.radians(asked["latitude"])
    half = np.sin((lat - lat0) / 2) ** 2
    half += np.cos(lat) * np.cos(lat0) * np.sin((lon - lon0) / 2) ** 2
    return 111.2 * np.degrees(2 * np.arcsin(np.sqrt(half)))


def epoch(moment: pd.Timestamp) -> int:
    """Return milliseconds since 1970."""
    return int((moment - pd.Timestamp(0)) // pd.Timedelta(milliseconds=1))


def iso(moment: pd.Timestamp, digits: int = 3) -> str:
    """Return a time with so many decimals of a second."""
    text = f"{moment.isoformat(timespec='microseconds')}"
    return text[: 20 + digits].rstrip(".")


def blank(value: Any) -> Any:
    """Return None for a missing number."""
    return None if value is None or value != value else value


def usgs_feature(row: Any) -> dict[str, Any]:
    """Tell an event as the USGS does in GeoJSON."""
    net, code = row.id[:2], row.id[2:]
    page = f"https://earthquake.example/earthquakes/eventpage/{row.id}"
    words = {"place": row.place, "magType": row.magType, "type": row.type, "status": row.status}
    numbers = {"nst": blank(row.nst), "gap": blank(row.gap), "dmin": None, "rms": 0.5}
    properties = {
        **{"mag": blank(row.mag), "time": epoch(row.time), "updated": epoch(row.updated)},
        **{"tz": None, "url": page, "detail": page, "felt": None, "cdi": None, "mmi": None},
        **{"alert": "green" if row.mag >= 5.5 else None, "tsunami": int(row.mag >= 7)},
        **{"sig": int(row.sig), "net": net, "code": code, "ids": row.ids, "sources": f",{net},"},
        **{"types": ",origin,phase-data,", **numbers, **words},
        "title": f"M {row.mag:.1f} - {row.place}",
    }
    where = {"type": "Point", "coordinates": [row.longitude, row.latitude, blank(row.depth)]}
    return {"type": "Feature", "properties": properties, "geometry": where, "id": row.id}


def emsc_feature(row: Any) -> dict[str, Any]:
    """Tell an event as EMSC does in JSON: depth negative in the geometry, letters for the type."""
    letters = {"earthquake": "ke", "quarry blast": "sm", "mining explosion": "km"}
    properties = {
        **{"source_id": row.id[-7:].lstrip("0"), "source_catalog": "EMSC-RTS"},
        **{
            "lastupdate": iso(row.updated, 6) + "Z",
            "time": iso(row.time, (1, 2, 6)[row.Index % 3]) + "Z",
        },
        **{"flynn_region": row.place.upper(), "lat": row.latitude, "lon": row.longitude},
        **{"depth": row.depth, "evtype": letters.get(row.type, "uk"), "auth": "EMSC"},
        **{"mag": row.mag, "magtype": row.magType.upper() if row.Index % 7 == 0 else row.magType},
        "unid": row.id,
    }
    where = {"type": "Point", "coordinates": [row.longitude, row.latitude, -row.depth]}
    return {"type": "Feature", "geometry": where, "id": row.id, "properties": properties}


def geojson(table: pd.DataFrame, metadata: dict[str, Any], agency: str) -> str:
    """Tell events as a collection of features."""
    tell = usgs_feature if agency == "usgs" else emsc_feature
    features = [tell(row) for row in table.itertuples()]
    return json.dumps(
        {"type": "FeatureCollection", "metadata": metadata, "features": features},
        separators=(",", ":"),
    )


def csv(table: pd.DataFrame) -> str:
    """Tell events in the 22 columns of the USGS."""
    rows = table.assign(
        time=[iso(one) + "Z" for one in table["time"]],
        updated=[iso(one) + "Z" for one in table["updated"]],
        net="us",
        locationSource="us",
        magSource="us",
    )
    return str(rows.reindex(columns=list(CSV)).to_csv(index=False))


def text(table: pd.DataFrame, agency: str) -> str:
    """Tell events as FDSN text; EMSC has blanks in the header and Z after the time."""
    own = agency == "emsc"
    lines = ["#" + (" | " if own else "|").join(HEADER)]
    for row in table.itertuples():
        when = iso(row.time, 1) + "Z" if own else iso(row.time)
        name = agency.upper() if own else agency
        where = f"{row.latitude}|{row.longitude}|{row.depth}"
        who = f"{name}|{name}|{name}|{row.id}"
        lines.append(f"{row.id}|{when}|{where}|{who}|{row.magType}|{row.mag}|{name}|{row.place}")
    return "\n".join(lines) + "\n"


def quakeml(table: pd.DataFrame) -> str:
    """Tell events in QuakeML 1.2."""
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?><q:quakeml '
        'xmlns="http://quakeml.org/xmlns/bed/1.2" xmlns:q="http://quakeml.org/xmlns/quakeml/1.2">'
        '<eventParameters publicID="smi:local/catalogue">'
    ]
    for row in table.itertuples():
        name = f"smi:local/{row.id}"
        mode = "manual" if row.status == "reviewed" else "automatic"
        parts.append(
            f'<event publicID="{name}"><preferredOriginID>{name}/o</preferredOriginID>'
            f"<preferredMagnitudeID>{name}/m</preferredMagnitudeID><type>{row.type}</type>"
            f"<description><text>{escape(row.place)}</text><type>region name</type></description>"
            f'<origin publicID="{name}/o"><time><value>{iso(row.time)}Z</value></time>'
            f"<latitude><value>{row.latitude}</value></latitude>"
            f"<longitude><value>{row.longitude}</value></longitude>"
            f"<depth><value>{row.depth * 1000}</value></depth>"
            f"<evaluationMode>{mode}</evaluationMode>"
            f"<creationInfo><agencyID>LOC</agencyID></creationInfo></origin>"
            f'<magnitude publicID="{name}/m"><mag><value>{row.mag}</value></mag>'
            f"<type>{row.magType}</type><originID>{name}/o</originID></magnitude></event>"
        )
    return "".join(parts) + "</eventParameters></q:quakeml>"
