"""``qazcube events``: fetch, list and give out earthquakes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.commands.common import (
    FAILED,
    INTERRUPTED,
    echo_table,
    plainly,
    progress_bar,
    terminal_language,
)
from analysis.commands.common import translate as _

if TYPE_CHECKING:
    from analysis.seismic.database import EventDatabase

events_app = typer.Typer(no_args_is_help=True)

Database = Annotated[
    Path | None,
    typer.Option(help=_("File of the events; events.sqlite in the cache folder if not given.")),
]
Start = Annotated[str | None, typer.Option(help=_("First day or time, UTC: 2020-01-31."))]
End = Annotated[str | None, typer.Option(help=_("Day or time before which they end, UTC."))]
Where = Annotated[
    str | None,
    typer.Option(
        "--region",
        help=_("Name of a region; or west,south,east,north; or longitude,latitude,km of a circle."),
    ),
]
Least = Annotated[float | None, typer.Option("--min-magnitude", help=_("Smallest magnitude."))]
Largest = Annotated[float | None, typer.Option("--max-magnitude", help=_("Largest magnitude."))]
Shallowest = Annotated[float | None, typer.Option("--min-depth", help=_("Smallest depth, km."))]
Deepest = Annotated[float | None, typer.Option("--max-depth", help=_("Greatest depth, km."))]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--type", help=_("Event type, for example earthquake; repeat for several.")),
]
Agencies = Annotated[
    list[str] | None, typer.Option("--agency", help=_("Agency; repeat for several."))
]
Deleted = Annotated[
    bool, typer.Option("--deleted", help=_("Also events deleted or no longer listed."))
]


@events_app.command(help=_("Fetch new and changed earthquakes from the services."))
@plainly
def sync(  # noqa: PLR0913 - each is an option of the command
    agency: Annotated[
        str, typer.Option(help=_("usgs, emsc, all, or another FDSN centre."))
    ] = "usgs",
    start: Start = None,
    end: End = None,
    min_magnitude: Least = None,
    max_magnitude: Largest = None,
    min_depth: Shallowest = None,
    max_depth: Deepest = None,
    region: Where = None,
    base_url: Annotated[
        str | None, typer.Option(help=_("Address of the service, if it is another."))
    ] = None,
    database: Database = None,
    full: Annotated[
        bool, typer.Option("--full", help=_("List everything anew, not only changes."))
    ] = False,
) -> None:
    """Fetch new and changed earthquakes from the services."""
    from analysis.seismic.sync import AGENCIES
    from analysis.seismic.sync import sync as run

    wanted = {
        "region": parse_region(region),
        "magnitude": _range(min_magnitude, max_magnitude),
        "depth": _range(min_depth, max_depth),
    }
    with _open(database, writing=True) as store:
        for name in AGENCIES if agency.strip().lower() == "all" else (agency,):
            bar = progress_bar(
                name, 100, bar_format="{desc}: {percentage:3.0f}%|{bar}| {postfix} {elapsed}"
            )

            def show(_agency: str, share: float, count: int, bar: Any = bar) -> None:
                bar.set_postfix_str(str(count), refresh=False)
                bar.update(100 * share - bar.n)

            try:
                report = run(
                    store, name, start, end, **wanted, base_url=base_url, full=full, progress=show
                )
            except KeyboardInterrupt:
                bar.close()
                text = _(
                    "Stopped; what is written is kept. To continue, give the same command again."
                )
                typer.echo(text, err=True)
                raise typer.Exit(INTERRUPTED) from None
            finally:
                bar.close()
            typer.echo(report.text(_))


@events_app.command("list", help=_("List events, the latest first."))
@plainly
def list_events(  # noqa: PLR0913 - each is an option of the command
    start: Start = None,
    end: End = None,
    min_magnitude: Least = None,
    max_magnitude: Largest = None,
    min_depth: Shallowest = None,
    max_depth: Deepest = None,
    region: Where = None,
    kind: Kinds = None,
    agency: Agencies = None,
    deleted: Deleted = False,
    limit: Annotated[int, typer.Option(min=1, help=_("At most so many events."))] = 20,
    order: Annotated[
        str, typer.Option(help=_("-time, time, -mag or mag; - means the largest first."))
    ] = "-time",
    database: Database = None,
) -> None:
    """List events, the latest first."""
    magnitude, depth = _range(min_magnitude, max_magnitude), _range(min_depth, max_depth)
    with _open(database) as store:
        found = store.query(
            start,
            end,
            parse_region(region),
            magnitude,
            depth,
            kind,
            agency,
            deleted,
            limit=limit,
            order=order,
        )
        table = found.to_frame()
        total = store.query(
            start, end, parse_region(region), magnitude, depth, kind, agency, deleted
        ).count()
    if table.empty:
        typer.echo(_("No event matches. To fetch events: qazcube events sync --start 2020-01-01"))
        return
    head = [_("time (UTC)"), _("magnitude"), _("depth, km"), _("longitude"), _("latitude")]
    head += [_("id"), _("place")]
    rows = [head]
    for row in table.to_dict("records"):
        size = f"{_number(row['mag'], 1)} {_word(row['magType'])}".strip()
        where = [_number(row[name], 3) for name in ("longitude", "latitude")]
        place = _word(row["place"]) + f" ({_('deleted')})" * (row["status"] == "deleted")
        rows.append([f"{row['time']:%Y-%m-%d %H:%M:%S}", size, _number(row["depth"], 1), *where])
        rows[-1] += [f"{row['agency']}:{row['id']}", place]
    echo_table(rows)
    typer.echo(_("{shown} of {total} events").format(shown=len(table), total=total))


@events_app.command(help=_("Show all that is known of one event."))
@plainly
def show(
    identity: Annotated[str, typer.Argument(metavar="ID", help=_("Any id of the event."))],
    raw: Annotated[
        bool, typer.Option("--raw", help=_("Also the rows as the agencies told them."))
    ] = False,
    database: Database = None,
) -> None:
    """Show all that is known of one event."""
    import json

    agency, sign, name = identity.rpartition(":")
    owner = agency if sign else None
    with _open(database) as store:
        solutions = store.solutions(name, agency=owner)
        states = {"present": "", "deleted": _("deleted"), "vanished": _("no longer listed")}
        for row in solutions.drop(columns=["event", "origin"]).to_dict("records"):
            note = states[row.pop("state")]
            heading = f"{row.pop('agency')}:{row.pop('id')}" + f" ({note})" * bool(note)
            typer.secho(heading, bold=True)
            told = {str(key): one for key, one in row.items() if one == one and one != ""}
            width = max(map(len, told))
            for key, value in told.items():
                typer.echo(f"  {key.ljust(width)}  {value}")
        names = store.ids(name, agency=owner)
        typer.echo(_("ids: {names}").format(names=" ".join(f"{one}:{own}" for one, own in names)))
        sizes = store.magnitudes(name, agency=owner)
        known = ", ".join(
            f"{_word(one['magType'])} {one['mag']:g} ({one['agency']})"
            for one in sizes.to_dict("records")
        )
        typer.echo(_("magnitudes: {known}").format(known=known or "–"))
        if raw:
            for line in store.raw(name, agency=owner):
                typer.echo(json.dumps(line, ensure_ascii=False))


@events_app.command(help=_("Write events into a file: csv, xlsx, geojson, quakeml or parquet."))
@plainly
def export(  # noqa: PLR0913 - each is an option of the command
    file: Annotated[Path, typer.Argument(help=_("File to write; its ending tells the format."))],
    start: Start = None,
    end: End = None,
    min_magnitude: Least = None,
    max_magnitude: Largest = None,
    min_depth: Shallowest = None,
    max_depth: Deepest = None,
    region: Where = None,
    kind: Kinds = None,
    agency: Agencies = None,
    deleted: Deleted = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help=_("Replace a file of this name."))
    ] = False,
    database: Database = None,
) -> None:
    """Write events into a file."""
    from analysis.commands.exports import write_events

    if file.exists() and not overwrite:
        text = _("There is a file {file} already; give --overwrite to replace it.")
        raise ValueError(text.format(file=file))
    magnitude, depth = _range(min_magnitude, max_magnitude), _range(min_depth, max_depth)
    with _open(database) as store:
        found = store.query(
            start, end, parse_region(region), magnitude, depth, kind, agency, deleted
        )
        count = write_events(found, file, terminal_language())
    typer.echo(_("{count} events written to {file}.").format(count=count, file=file))


@events_app.command(help=_("Say which events would be set aside before an analysis, and why."))
@plainly
def clean(
    start: Start = None,
    end: End = None,
    region: Where = None,
    min_magnitude: Least = None,
    output: Annotated[
        Path | None, typer.Option(help=_("Write the events that are kept into this file."))
    ] = None,
    database: Database = None,
) -> None:
    """Say which events would be set aside before an analysis, and why."""
    from analysis.commands.exports import write_table
    from analysis.seismic import clean as set_aside

    magnitude = _range(min_magnitude, None)
    with _open(database) as store:
        table = store.query(start, end, parse_region(region), magnitude, deleted=True).to_frame()
    kept, report = set_aside(table[table.pop("state") != "vanished"])
    typer.echo(_("{kept} of {total} events kept").format(kept=len(kept), total=report.total))
    for reason, count in report.reasons.items():
        typer.echo(f"  {reason}  {count}")
    if output is not None:
        write_table(kept, output, terminal_language())
        typer.echo(_("{count} events written to {file}.").format(count=len(kept), file=output))


@events_app.command(help=_("Describe the events: number, extent, magnitudes, depths, types."))
@plainly
def summary(
    start: Start = None,
    end: End = None,
    region: Where = None,
    min_magnitude: Least = None,
    agency: Agencies = None,
    database: Database = None,
) -> None:
    """Describe the events: number, extent, magnitudes, depths, types."""
    place, magnitude = parse_region(region), _range(min_magnitude, None)
    with _open(database) as store:
        found = store.query(start, end, place, magnitude, agency=agency)
        bounds = found.extent()
        if bounds is None:
            typer.echo(_("No event matches."))
            return
        typer.echo(_("{count} events").format(count=found.count()))
        first, last = (f"{bounds[name]:%Y-%m-%d %H:%M}" for name in ("start", "end"))
        typer.echo(_("time (UTC): {first} to {last}").format(first=first, last=last))
        edges = " ".join(f"{bounds[one]:.3f}" for one in ("west", "south", "east", "north"))
        typer.echo(_("west, south, east, north: {edges}").format(edges=edges))
        numbers = found.statistics()
        labels = [_("number"), _("mean"), _("standard deviation"), _("smallest")]
        labels += [_("lower quartile"), _("median"), _("upper quartile"), _("largest")]
        rows = [["", _("magnitude"), _("depth, km")]]
        for label, (_row, values) in zip(labels, numbers.iterrows(), strict=True):
            whole = 0 if label == labels[0] else 2
            rows.append([label, *(_number(values[name], whole) for name in ("mag", "depth"))])
        echo_table(rows)
        for column, name in (("type", _("types")), ("agency", _("agencies"))):
            counted = ", ".join(f"{key} {n}" for key, n in found.counts(column).items())
            typer.echo(f"{name}: {counted}")


@events_app.command(help=_("Show the state of the database: size, agencies, syncs, faults."))
@plainly
def status(
    check: Annotated[
        bool, typer.Option("--check", help=_("Look for faults; exit code 1 if there is any."))
    ] = False,
    database: Database = None,
) -> None:
    """Show the state of the database: size, agencies, syncs, faults."""
    with _open(database) as store:
        size = sum(part.stat().st_size for part in store.path.parent.glob(store.path.name + "*"))
        typer.echo(f"{store.path} ({size / 1e6:.1f} MB)")
        found = store.query(deleted=True, columns=["agency", "state"])
        counted = found.counts("state")
        states = {"present": _("events"), "deleted": _("deleted"), "vanished": _("vanished")}
        for state, label in states.items():
            typer.echo(f"{label}: {counted.get(state, 0)}")
        typer.echo(_("rejected rows: {count}").format(count=len(store.rejected())))
        typer.echo(_("changes: {count}").format(count=store.revision))
        for row in store.syncs.table().tail(5).to_dict("records"):
            done = row["finished"] == row["finished"]
            words = f"{row['finished']:%Y-%m-%d %H:%M}" if done else _("interrupted")
            asked = ", ".join(f"{key} {one}" for key, one in row["request"].items() if one)
            typer.echo(f"sync {row['agency']}: {words} ({asked})")
        faults = store.check() if check else []
    for fault in faults:
        typer.secho(fault, fg="red", err=True)
    if check and not faults:
        typer.echo(_("No fault found."))
    if faults:
        raise typer.Exit(FAILED)


def parse_region(text: str | None) -> Any:
    """Read a region of the command line.

    Parameters
    ----------
    text : str or None
        A name, or three or four numbers between commas or blanks.

    Returns
    -------
    None, str or tuple of float
        As `EventDatabase.query` takes it.

    Examples
    --------
    >>> parse_region("60, 40, 90, 50"), parse_region("77;43;300"), parse_region("japan")
    ((60.0, 40.0, 90.0, 50.0), (77.0, 43.0, 300.0), 'japan')
    """
    if text is None:
        return None
    parts = [part for part in re.split(r"[,;\s]+", text.strip()) if part]
    try:
        numbers = tuple(float(part) for part in parts)
    except ValueError:
        return text.strip()
    if len(numbers) not in (3, 4):
        message = _("--region is {text}; give a name, four numbers, or three for a circle.")
        raise ValueError(message.format(text=repr(text)))
    return numbers


def _open(path: Path | None, *, writing: bool = False) -> EventDatabase:
    """Open the database; one that is only read must be there."""
    from analysis import settings
    from analysis.seismic.database import EventDatabase

    place = settings.cache_dir() / "events.sqlite" if path is None else path
    if not writing and not place.exists():
        text = _("There is no event database {path}. To make one: qazcube events sync")
        raise ValueError(text.format(path=place))
    return EventDatabase(place)


def _range(low: float | None, high: float | None) -> tuple[float | None, float | None] | None:
    return None if low is None and high is None else (low, high)


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if value == value else "–"


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""
