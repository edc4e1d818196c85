"""The command line: ``qazcube demo | serve | sources | fetch | ingest | events | train ...``."""

from __future__ import annotations

import contextlib
import functools
import sys
import time
from typing import Annotated, Any

from analysis.compute import thread_limits

with contextlib.suppress(ValueError):  # a wrong limit is reported by `doctor` and by `ingest`
    thread_limits()

import typer
from tqdm import tqdm

from analysis.commands.common import (
    FAILED,
    INTERRUPTED,
    echo_table,
    plainly,
    state,
    terminal_language,
)
from analysis.commands.events import events_app
from analysis.commands.fetch import fetch, size_words
from analysis.commands.forecast import forecast
from analysis.commands.landcover import landcover_app
from analysis.commands.train import train
from analysis.language import translator

_ = translator(terminal_language())
app = typer.Typer(
    name="qazcube",
    help=_("Explore large Earth grids in the browser; click a cell to see its history."),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
sources_app = typer.Typer(invoke_without_command=True)
app.add_typer(sources_app, name="sources", help=_("List, show and add the sources of data."))
app.add_typer(events_app, name="events", help=_("Fetch, list and give out earthquakes."))
app.command(help=_("Download what a region and a period need of a source."))(fetch)
app.add_typer(landcover_app, name="landcover", help=_("Classify, judge and measure land."))
app.command(help=_("Train forecast models, compare them with baselines, store them."))(train)
app.command(help=_("Forecast with a stored run, or list the stored runs."))(forecast)
_state = state


@app.callback()
def common(
    debug: Annotated[
        bool, typer.Option("--debug", help=_("Show the whole trace of an error."))
    ] = False,
) -> None:
    """Take the options of all commands."""
    _state["debug"] = debug


Port = Annotated[int, typer.Option(min=1, max=65535, help=_("Port to listen on."))]
Address = Annotated[str, typer.Option(help=_("Address to listen on; 0.0.0.0 for every network."))]
Prefix = Annotated[str, typer.Option(help=_("Path before every address, for a proxy."))]
Origins = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-websocket-origin",
        help=_("Host that may show the pages, HOST[:PORT]; repeat for several."),
    ),
]
Processes = Annotated[int, typer.Option("--num-procs", min=1, help=_("Worker processes."))]
Threads = Annotated[int, typer.Option("--num-threads", min=0, help=_("Threads for callbacks."))]
Warm = Annotated[bool, typer.Option(help=_("Run each page once before the first visitor."))]
Browser = Annotated[bool, typer.Option(help=_("Open a browser when the pages are ready."))]


@app.command(help=_("Make the cubes of the starter data, then serve the pages."))
@plainly
def demo(
    port: Port = 5006,
    address: Address = "127.0.0.1",
    warm: Warm = True,
    browser: Browser = True,
) -> None:
    """Make the cubes of the starter data, then serve the pages."""
    from analysis.service.server import Site, check_port

    site = Site(port=port, address=address, warm=warm, debug=_state["debug"])
    check_port(site)
    _prepare()
    _serve(site, browser)


@app.command(help=_("Serve the pages."))
@plainly
def serve(  # noqa: PLR0913 - each is an option of the command
    port: Port = 5006,
    address: Address = "127.0.0.1",
    prefix: Prefix = "",
    allow_websocket_origin: Origins = None,
    num_procs: Processes = 1,
    num_threads: Threads = 0,
    warm: Warm = True,
    browser: Browser = False,
    make_demo: Annotated[
        bool, typer.Option("--demo", help=_("First make the cubes of the starter data."))
    ] = False,
) -> None:
    """Serve the pages."""
    from analysis.service.server import Site

    origins = tuple(allow_websocket_origin or ())
    site = Site(port, address, prefix, origins, num_procs, num_threads, warm, _state["debug"])
    if make_demo:
        _prepare()
    _serve(site, browser)


@sources_app.callback()
@plainly
def sources(context: typer.Context) -> None:
    """List the sources of data."""
    if context.invoked_subcommand:
        return
    from analysis.service.holdings import holding
    from analysis.sources import entry, list_sources

    table = list_sources(terminal_language())
    table["here"] = [_here(holding(entry(str(name)))) for name in table["name"]]
    columns = {
        "name": _("name"),
        "kind": _("kind"),
        "access": _("access"),
        "here": _("here"),
        "simulated": _("simulated"),
        "cadence": _("cadence"),
        "title": _("title"),
    }
    rows = [list(columns.values())]
    table["simulated"] = [_("yes") if simulated else "" for simulated in table["simulated"]]
    rows += table[list(columns)].astype(str).to_numpy().tolist()
    echo_table(rows)


def _here(held: Any) -> str:
    """Say what of a source is on this machine."""
    if held.files:
        return _("{files} files, {size}").format(files=held.files, size=size_words(held.size))
    if held.cube:
        return _("cube")
    return _("all") if held.extent == "whole" else ""


@sources_app.command(help=_("Show all that is known of one source."))
@plainly
def show(name: Annotated[str, typer.Argument(help=_("Name of the source."))]) -> None:
    """Show all that is known of one source."""
    from analysis.sources import entry

    language = terminal_language()
    found = entry(name)
    place = found.coverage
    lines = {
        _("name"): found.name,
        _("title"): found.title[language],
        _("description"): found.description.get(language, ""),
        _("kind"): found.kind,
        _("variables"): ", ".join(f"{key} ({unit})" for key, unit in found.units.items()),
        _("cadence"): found.cadence,
        _("region"): f"{place.west} {place.south} {place.east} {place.north}",
        _("period"): f"{place.start or '…'} – {place.end or '…'}",
        _("simulated"): _("yes") if found.simulated else _("no"),
        _("access"): found.access,
        _("licence"): found.licence,
        _("citation"): found.citation,
        _("origin"): found.origin,
        _("provider"): found.provider,
        _("page"): found.homepage,
        _("account"): found.account,
        _("latency"): found.latency,
        _("resolution"): f"{found.resolution:g}°" if found.resolution else "",
        _("downloads"): _download_words(found, language),
        _("catalogue"): str(found.catalogue or ""),
    }
    width = max(map(len, lines))
    for label, value in lines.items():
        if value:
            typer.echo(f"{label.ljust(width)}  {value}")


def _download_words(found: Any, language: str) -> str:
    """Say how the files of a source come here: the command, or where to click."""
    from analysis.sources.missing import command

    if found.fetch is None or found.fetch.how == "none":
        return ""
    if found.fetch.how == "service":
        return str(found.fetch.words.get(language, ""))
    return command(found)


@sources_app.command(help=_("Add a file of yours to your catalogue."))
@plainly
def add(
    file: Annotated[str, typer.Argument(help=_("File or address: NetCDF, Zarr, GeoTIFF, CSV, …"))],
    name: Annotated[str, typer.Option(help=_("Name of the new source."))] = "",
    title: Annotated[str, typer.Option(help=_("Title of the new source."))] = "",
    units: Annotated[
        list[str] | None,
        typer.Option(help=_("Unit of a variable, as level=m; repeat for several.")),
    ] = None,
    licence: Annotated[str, typer.Option(help=_("Terms of use."))] = "",
    simulated: Annotated[
        bool, typer.Option("--simulated", help=_("The values are no observation."))
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help=_("Replace a source of this name."))
    ] = False,
) -> None:
    """Add a file of yours to your catalogue."""
    from pathlib import Path

    from analysis.sources import add_entry

    metadata: dict[str, Any] = {"title": title, "licence": licence, "units": _pairs(units or [])}
    metadata = {key: value for key, value in metadata.items() if value}
    if simulated:
        metadata["simulated"] = True
    chosen = name or Path(file).stem.replace("-", "_").replace(" ", "_")
    added = add_entry(file, chosen, metadata, overwrite=overwrite)
    text = _("Added {name} ({kind}) to {catalogue}.")
    typer.echo(text.format(name=added.name, kind=added.kind, catalogue=added.catalogue))


@app.command(help=_("Make a cube from a gridded source."))
@plainly
def ingest(
    name: Annotated[str, typer.Argument(help=_("Name of the source."))],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help=_("Replace a cube of this name."))
    ] = False,
    append: Annotated[
        bool, typer.Option("--append", help=_("Put later times of the source behind its cube."))
    ] = False,
) -> None:
    """Make a cube from a gridded source."""
    from analysis.cubes import ingest as make_cube
    from analysis.cubes import list_cubes
    from analysis.sources import entry

    entry(name)
    if name in list_cubes() and not (overwrite or append):
        text = _("There is a cube {name} already; give --overwrite to replace it.")
        raise ValueError(text.format(name=name))
    bar = _Bars()
    try:
        cube = make_cube(
            name,
            name,
            overwrite=overwrite,
            append=append,
            progress=functools.partial(bar.report, name),
        )
    except KeyboardInterrupt:
        bar.close()
        text = _("Stopped; what is written is kept. To continue: qazcube ingest {name}")
        extra = " --append" if append else " --overwrite" if overwrite else ""
        typer.echo(text.format(name=name) + extra, err=True)
        raise typer.Exit(INTERRUPTED) from None
    bar.close()
    text = _("Cube {name}: {variables}; {steps} times. To see it: qazcube serve")
    variables = ", ".join(cube.variables)
    typer.echo(text.format(name=name, variables=variables, steps=len(cube.times)))


@app.command(help=_("Check the installation; exit code 1 if something is broken."))
@plainly
def doctor() -> None:
    """Check the installation; exit code 1 if something is broken."""
    from analysis.service.checks import examine

    labels = {"ok": "", "warning": _("WARNING: "), "broken": _("BROKEN: ")}
    colours = {"ok": None, "warning": "yellow", "broken": "red"}
    topic, broken = "", 0
    for finding in examine(_):
        if finding.topic != topic:
            topic = finding.topic
            typer.secho(topic, bold=True)
        typer.secho(f"  {labels[finding.level]}{finding.text}", fg=colours[finding.level])
        broken += finding.level == "broken"
    if broken:
        typer.secho(_("Broken: {count}").format(count=broken), fg="red", err=True)
        raise typer.Exit(FAILED)
    typer.echo(_("Everything that was looked at works."))


class _Bars:
    """One progress bar after another, on the error stream."""

    def __init__(self) -> None:
        self.bar: Any = None
        self.name = ""

    def report(self, name: str, done: int, total: int) -> None:
        """Show how far a cube is."""
        if name != self.name:
            self.close()
            self.name = name
            self.bar = tqdm(desc=name, unit="", file=sys.stderr, disable=not sys.stderr.isatty())
            if self.bar.disable:
                typer.echo(name, err=True)
        self.bar.total = total
        self.bar.update(done - self.bar.n)

    def close(self) -> None:
        """Finish the bar that is shown."""
        if self.bar is not None:
            self.bar.close()


def _prepare() -> None:
    """Make the demonstration's cubes and say how long it took."""
    from analysis.service.demo import prepare_demo

    begin = time.monotonic()
    bars = _Bars()
    try:
        made = prepare_demo(bars.report)
    except KeyboardInterrupt:
        text = _("Stopped; what is written is kept. To continue, give the same command again.")
        typer.echo(text, err=True)
        raise typer.Exit(INTERRUPTED) from None
    finally:
        bars.close()
    if made:
        text = _("{count} cubes made in {seconds} s.")
        took = f"{time.monotonic() - begin:.0f}"
        typer.echo(text.format(count=len(made), seconds=took), err=True)


def _serve(site: Any, browser: bool) -> None:
    """Serve until Ctrl-C; say the address when it answers."""
    from analysis.service.server import serve as run

    typer.echo(_("Qazcube is starting …"), err=True)
    text = _("Qazcube at {url} (stop with Ctrl-C)").format(url=site.url)
    run(site, browser=browser, listening=lambda: typer.echo(text, err=True))


def _pairs(texts: list[str]) -> dict[str, str]:
    """Return the values given as NAME=UNIT."""
    pairs = {}
    for text in texts:
        name, sign, unit = text.partition("=")
        if not (name and sign and unit):
            message = _("--units is {text}; give NAME=UNIT, for example level=m.")
            raise ValueError(message.format(text=repr(text)))
        pairs[name] = unit
    return pairs


if __name__ == "__main__":
    app()
