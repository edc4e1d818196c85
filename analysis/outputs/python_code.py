"""The current view as lines of Python that make it again in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

LINES = ("coastline", "borders", "plates", "countries")
SCALED = ("coastline", "borders", "countries")  # packaged at two scales
DEFAULT_SIZE = (900, 600)


class EventChoice(TypedDict, total=False):
    """Which events are shown; a missing part means no limit.

    Attributes
    ----------
    catalogues : sequence of str
        Names of catalogue entries, for example ``events_gcmt``.
    start, end : str
        ISO 8601, UTC.
    magnitude, depth : tuple of float
        Lowest and highest; depth in km.
    region : tuple of float
        West, south, east, north in degrees.
    """

    catalogues: Sequence[str]
    start: str | None
    end: str | None
    magnitude: tuple[float, float]
    depth: tuple[float, float]
    region: tuple[float, float, float, float] | None


class StationChoice(TypedDict, total=False):
    """A station or a track whose series are shown; ``table`` and ``ident`` are needed.

    Attributes
    ----------
    table : str
        Name of the catalogue entry, or of the table made from the reader's own file.
    ident : str
        Station or orbit, or ``name@longitude,latitude``.
    title : str
        What it is called.
    units : dict of str to str
        Unit of each column.
    file : str
        Name of the reader's own file; left out for a source of the catalogue.
    simulated : bool
        Whether the values are made up.
    statistic : str
        ``"value"``, ``"departure"`` or ``"zscore"``.
    base : tuple of int
        First and last year of the norm; None for all years.
    """

    table: str
    ident: str
    title: str
    units: dict[str, str]
    file: str
    simulated: bool
    statistic: str
    base: tuple[int, int] | None


class ViewChoice(TypedDict, total=False):
    """What a view shows, in plain values; ``cube``, ``variable`` and ``bounds`` are needed.

    Attributes
    ----------
    cube, variable : str
        Names of the cube (the entry it was made from) and of its variable.
    file : str
        Name of the reader's own file from which the cube was made; left out for other cubes.
    units : str
        Unit of the variable of such a file, which the file itself may not tell.
    statistic : str
        ``"departure"`` from the norm or ``"zscore"``; left out for the values themselves.
    base : tuple of int
        First and last year of the norm; None for all years.
    time : str
        ISO 8601, UTC; left out for a grid without time.
    bounds : tuple of float
        West, south, east, north in degrees.
    size : tuple of int
        Width and height in pixels.
    points : sequence of tuple of float
        Longitude and latitude of the cells whose series are shown.
    stations : sequence of StationChoice
        Stations and tracks whose series are shown.
    colormap : str
        ``"colorcet:NAME"`` or ``"cmocean:NAME"``.
    limits : tuple of float
        Values of the lowest and the highest colour.
    lines : sequence of str
        Line layers: ``coastline, borders, plates, countries``.
    events : EventChoice
        Earthquakes shown.
    simulated : bool
        Whether the values are made up.
    address : str
        Share link of the view.
    title : str
        Title of the view in the reader's language, for a printed map.
    timezone : str
        IANA name of the reader's time zone; left out for UTC alone.
    """

    cube: str
    variable: str
    file: str
    units: str
    statistic: str
    base: tuple[int, int] | None
    time: str | None
    bounds: tuple[float, float, float, float]
    size: tuple[int, int]
    points: Sequence[tuple[float, float]]
    stations: Sequence[StationChoice]
    colormap: str
    limits: tuple[float, float] | None
    lines: Sequence[str]
    events: EventChoice | None
    simulated: bool
    address: str
    title: str
    timezone: str | None


def python_code(choice: ViewChoice) -> str:
    """Write the lines that make a view again in a notebook.

    Every value is written as a Python literal, so text in a share link can never become code.

    Parameters
    ----------
    choice : ViewChoice
        What the view shows.

    Returns
    -------
    str
        Python source; its last line is the picture, which a notebook displays. It leaves
        ``cube``, ``view``, ``picture`` and, where asked for, ``series``, ``stations`` and
        ``events``.

    Raises
    ------
    ValueError
        If the cube, the variable or the bounds are missing, or a line layer is unknown.

    Examples
    --------
    >>> code = python_code({"cube": "wind", "variable": "u_wind", "bounds": (40, 35, 90, 60)})
    >>> code.splitlines()[-1]
    'picture'
    >>> _ = compile(code, "view.py", "exec")
    """
    missing = [key for key in ("cube", "variable", "bounds") if not choice.get(key)]
    if missing:
        raise ValueError(f"The view does not say its {', '.join(missing)}.")
    unknown = [name for name in choice.get("lines", ()) if name not in LINES]
    if unknown:
        raise ValueError(f"Unknown line layers {unknown}: allowed are {LINES}.")
    parts = (_head, _imports, _cube, _picture, _series, _stations)
    return "\n".join([*(line for part in parts for line in part(choice)), "picture"])


def _head(choice: ViewChoice) -> list[str]:
    """Say what the lines make, in comments that hold one line each."""
    time = f" at {choice['time']} UTC" if choice.get("time") else ""
    lines = [f"# Qazcube: {choice['variable']} of {choice['cube']}{time}"]
    if choice.get("address"):
        lines.append(f"# {choice['address']}")
    if choice.get("simulated") or any(one.get("simulated") for one in choice.get("stations", ())):
        lines.append("# SIMULATED DATA: made by a simulator, not observations.")
    return [" ".join(line.split()) for line in lines]


def _imports(choice: ViewChoice) -> list[str]:
    """Import only what the lines below use."""
    events = choice.get("events")
    lines = ["import holoviews as hv"]
    lines += ["import hvplot.pandas"] if events else []
    lines += ["import hvplot.xarray", *(["import pandas as pd"] if events else [])]
    lines += [
        "",
        "from analysis.cubes import CubeNotFoundError, ingest, open_cube",
        "from analysis.outputs import colour_map",
    ]
    if choice.get("statistic"):
        lines[-2] = "from analysis.cubes import CubeNotFoundError, ingest, norms, open_cube"
    if choice.get("lines"):
        lines[-1] = "from analysis.outputs import colour_map, joined_lines"
    stations = choice.get("stations", ())
    if stations:
        own = ["own_points"] if any(one.get("file") for one in stations) else []
        found = ", ".join([*own, "station_series"])
        lines.append(f"from analysis.outputs.stationseries import {found}")
    if events:
        lines.append("from analysis.seismic import select_events")
    names = ["add_entry"] if choice.get("file") else []
    listed = any(not one.get("file") for one in stations)
    names += ["open_source"] if events or choice.get("lines") or listed else []
    if names:
        lines.append(f"from analysis.sources import {', '.join(names)}")
    return [*lines, "", 'hv.extension("bokeh")', ""]


def _cube(choice: ViewChoice) -> list[str]:
    """Open the cube, making it at the first use, and take the view."""
    width, height = choice.get("size", DEFAULT_SIZE)
    name, kind = choice["cube"], choice.get("statistic")
    lines = [
        "try:",
        f"    cube = open_cube({name!r})",
        "except CubeNotFoundError:  # the first time on this computer",
        f"    cube = ingest({name!r}, {name!r})",
    ]
    if choice.get("file"):
        metadata = {"units": {choice["variable"]: choice.get("units", "1")}}
        added = f"add_entry({choice['file']!r}, {name!r}, {metadata!r}, overwrite=True)"
        lines[:0] = ["# your own file: its path on this computer", added]
    if kind:
        base = choice.get("base")
        lines.append(f"norm = norms.of(cube, {choice['variable']!r}, base={base!r})")
    return [
        *lines,
        f"view = {'norm' if kind else 'cube'}.view(",
        f"    {choice.get('time') or 0!r},",
        f"    bounds={_floats(choice['bounds'])},",
        f"    width={int(width)},",
        f"    height={int(height)},",
        f"    kind={kind!r}," if kind else f"    variable={choice['variable']!r},",
        ")",
    ]


def _picture(choice: ViewChoice) -> list[str]:
    """Draw the view, the lines and the events."""
    width, height = choice.get("size", DEFAULT_SIZE)
    west, south, east, north = _floats(choice["bounds"])
    if west > east:
        east += 360.0
    lines = [
        "picture = view.hvplot.image(",
        '    x="x",',
        '    y="y",',
        f"    cmap=colour_map({choice.get('colormap', 'cmocean:thermal')!r}),",
    ]
    limits = choice.get("limits")
    if limits is not None:
        lines.append(f"    clim={_floats(limits)},")
    mark = "SIMULATED DATA" if choice.get("simulated") else ""
    shown = choice.get("statistic"), choice.get("time"), mark
    title = " ".join(part for part in (choice["variable"], *shown) if part)
    lines += [
        f"    title={title!r},",
        '    xlabel="longitude, degrees",',
        '    ylabel="latitude, degrees",',
        '    clabel=view.attrs["units"],',
        f"    xlim=({west}, {east}),",
        f"    ylim=({south}, {north}),",
        f"    frame_width={int(width)},",
        f"    frame_height={int(height)},",
        ")",
    ]
    colours = {"plates": "red", "borders": "gray"}
    for name in choice.get("lines", ()):
        table = f"open_source({name!r})"
        if name in SCALED:
            table += ".query(\"scale == '50m'\")"
        colour = colours.get(name, "black")
        lines += [
            f"outlines = joined_lines({table}.geometry)",
            f"picture *= hv.Curve(outlines).opts(color={colour!r}, line_width=1)",
        ]
    events = choice.get("events")
    return [*lines, *(_events(events) if events else [])]


def _events(events: EventChoice) -> list[str]:
    """Read and filter the events and lay them over the picture."""
    names = list(events.get("catalogues", ("events_gcmt",)))
    lines = [
        f"tables = [open_source(name) for name in {names!r}]",
        'tables = [t.compute() if hasattr(t, "compute") else t for t in tables]',
        "events = select_events(",
        "    pd.concat(tables, ignore_index=True),",
        f"    start={events.get('start')!r},",
        f"    end={events.get('end')!r},",
    ]
    lines += [
        f"    {key}={_floats(limits)},"
        for key, limits in (
            ("magnitude", events.get("magnitude")),
            ("depth", events.get("depth")),
            ("region", events.get("region")),
        )
        if limits is not None
    ]
    return [
        *lines,
        ")",
        'picture *= events.hvplot.points(x="longitude", y="latitude", size=20, color="white",',
        '    alpha=0.6, line_color="black", hover_cols=["time", "mag", "depth", "place"])',
    ]


def _series(choice: ViewChoice) -> list[str]:
    """Read the series of the chosen cells and put them under the picture."""
    points = [_floats(point) for point in choice.get("points", ())]
    if not points or not choice.get("time"):
        return []
    read = f"cube.series(lon, lat, {choice['variable']!r})"
    if choice.get("statistic"):
        base, kind = choice.get("base"), choice["statistic"]
        read = f"norms.series(cube, lon, lat, {choice['variable']!r}, {base!r})[{kind!r}]"
    return [
        "series = {",
        f'    f"{{lon:.2f}}, {{lat:.2f}}": {read}',
        f"    for lon, lat in {points!r}",
        "}",
        "curves = [",
        '    hv.Curve((one["time"].values, one.values), "time (UTC)", one.name, label=label)',
        "    for label, one in series.items()",
        "]",
        "picture = picture + hv.Overlay(curves).opts(",
        '    hv.opts.Curve(ylabel=view.attrs["units"], responsive=False)',
        f").opts(frame_width={int(choice.get('size', DEFAULT_SIZE)[0])}, frame_height=200)",
        "picture = picture.cols(1)",
    ]


def _stations(choice: ViewChoice) -> list[str]:
    """Read the series of the chosen stations and put them under the picture, a row a variable."""
    stations = choice.get("stations", ())
    if not stations:
        return []
    files = {one["table"]: one.get("file", "") for one in stations}
    lines = []
    if any(files.values()):
        lines.append("# your own file: its path on this computer")
    lines.append("tables = {")
    for name, file in files.items():
        opened = f"own_points({file!r})" if file else f"open_source({name!r})"
        lines.append(f"    {name!r}: {opened},")
    lines += ["}", "stations = {"]
    for place, one in enumerate(stations, start=1):
        lines += [
            f"    {f'S{place}: ' + one.get('title', one['ident'])!r}: station_series(",
            f"        tables[{one['table']!r}],",
            f"        {one['ident']!r},",
            f"        {dict(one.get('units', {}))!r},",
            f"        statistic={one.get('statistic', 'value')!r},",
            f"        base={one.get('base')!r},",
            "    ),",
        ]
    return [
        *lines,
        "}",
        "for name in dict.fromkeys(name for one in stations.values() for name in one):",
        "    curves = [",
        '        hv.Curve((one.index, one[name].to_numpy()), "time (UTC)", name, label=label)',
        "        for label, one in stations.items()",
        "        if name in one",
        "    ]",
        "    picture = picture + hv.Overlay(curves).opts(",
        "        hv.opts.Curve(responsive=False)",
        f"    ).opts(frame_width={int(choice.get('size', DEFAULT_SIZE)[0])}, frame_height=200)",
        "picture = picture.cols(1)",
    ]


def _floats(values: Sequence[float]) -> tuple[float, ...]:
    """Plain floats, rounded to nine digits: a millimetre on the ground."""
    return tuple(float(f"{value:.9g}") for value in values)
