"""``qazcube fetch``: download what a region and a period need of a source, then make its cube."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from analysis.commands.common import (
    BAD_INPUT,
    FAILED,
    INTERRUPTED,
    plainly,
    progress_bar,
)
from analysis.commands.common import translate as _

if TYPE_CHECKING:
    from analysis.sources.fetching import Plan, Progress, Report

_ASK_FROM: Final = 100e6  # bytes from which somebody is asked before a download
_SHOWN: Final = 20

Where = Annotated[
    str | None,
    typer.Option(
        "--region",
        help=_("Name of a region; or west,south,east,north; or longitude,latitude,km of a circle."),
    ),
]


@plainly
def fetch(
    name: Annotated[str, typer.Argument(help=_("Name of the source."))],
    region: Where = None,
    start: Annotated[
        str | None, typer.Option(help=_("First day: 2021, 2021-06 or 2021-06-15."))
    ] = None,
    end: Annotated[str | None, typer.Option(help=_("Last day."))] = None,
    choose: Annotated[
        list[str] | None,
        typer.Option(help=_("A part of the source, as frame=021D_04972_131213; repeatable.")),
    ] = None,
    only_list: Annotated[
        bool, typer.Option("--list", help=_("Only say what would be downloaded."))
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_("Do not ask."))] = False,
    no_ingest: Annotated[
        bool, typer.Option("--no-ingest", help=_("Make no cube of what came."))
    ] = False,
) -> None:
    """Download what a region and a period need of a source."""
    from analysis.sources import fetching

    found = fetching.plan(name, region, start, end, choose=_choices(choose or []))
    if not found.items:
        text = _("The source {name} has no files for this region and period.")
        raise ValueError(text.format(name=name))
    _tell(found, all_of_it=only_list)
    if only_list:
        return
    if found.wanted and not yes:
        _ask(found)
    report = _download(found)
    _sum_up(report)
    if found.entry.kind == "grid" and not no_ingest and (report.fetched or report.present):
        _make_cube(found, report.fetched)


def _choices(texts: list[str]) -> dict[str, str]:
    """Return the values given as NAME=VALUE."""
    chosen = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not (key and sign and value):
            message = _("--choose is {text}; give NAME=VALUE, for example station=ALMT.")
            raise ValueError(message.format(text=repr(text)))
        chosen[key] = value
    return chosen


def _tell(found: Plan, all_of_it: bool) -> None:
    """Say what would be downloaded, where from, and whether the account is set up."""
    wanted = found.wanted
    size = _("size unknown") if found.size is None else size_words(found.size)
    if found.estimated:
        size = _("about {size}").format(size=size)
    text = _("{name}: {wanted} files to download ({size}), {present} here already; to {folder}")
    numbers = {"wanted": len(wanted), "size": size if wanted else "0", "folder": found.folder}
    typer.echo(text.format(name=found.entry.name, present=len(found.present), **numbers))
    text = _("Region {region}, {first} to {last}. Licence: {licence}")
    region = ", ".join(f"{edge:g}" for edge in found.box)
    about = {"first": found.first, "last": found.last, "licence": found.entry.licence}
    typer.echo(text.format(region=region, **about))
    if found.account == "missing":
        from analysis.sources.fetching.accounts import how_to

        typer.secho(how_to(found.entry.account), fg="yellow", err=True)
    shown = wanted if all_of_it else wanted[:0]
    for item in shown:
        typer.echo(f"  {item.name}  {size_words(item.size) if item.size else ''}  {item.urls[0]}")


def _ask(found: Plan) -> None:
    """Ask before a large download; where nobody can answer, the option is needed."""
    if found.size is not None and found.size < _ASK_FROM:
        return
    if found.size is None and len(found.wanted) <= _SHOWN:
        return
    if not sys.stdin.isatty():
        raise ValueError(_("That is much: give --yes to download it."))
    if not typer.confirm(_("Download it?"), default=True):
        raise typer.Exit(BAD_INPUT)


def _download(found: Plan) -> Report:
    """Download with a bar; Ctrl-C keeps what came."""
    from analysis.sources.fetching import FetchError
    from analysis.sources.fetching import fetch as bring

    bar = progress_bar(found.entry.name, found.size or 0, unit="B", unit_scale=True)

    def show(told: Progress) -> None:
        bar.total = told.total
        bar.set_postfix_str(f"{told.files}/{told.all_files} {told.name}", refresh=False)
        bar.update(told.done - bar.n)

    try:
        with contextlib.closing(bar):
            return bring(found, progress=show)
    except KeyboardInterrupt:
        text = _("Stopped; what came is kept. To continue, give the same command again.")
        typer.echo(text, err=True)
        raise typer.Exit(INTERRUPTED) from None
    except FetchError as error:
        if error.report is not None:
            _sum_up(error.report)
        for name, why in list((error.report.failed if error.report else {}).items())[:_SHOWN]:
            typer.secho(f"  {name}: {why}", fg="red", err=True)
        raise


def _sum_up(report: Report) -> None:
    text = _("{fetched} files came ({size}), {present} were here already.")
    numbers: dict[str, Any] = {"fetched": len(report.fetched), "present": len(report.present)}
    typer.echo(text.format(size=size_words(report.size), **numbers))
    if report.missing:
        text = _("{count} files are nowhere, which may be days without data: {names}")
        names = ", ".join(report.missing[:3]) + (" …" if len(report.missing) > 3 else "")
        typer.echo(text.format(count=len(report.missing), names=names), err=True)


def _make_cube(found: Plan, fetched: list[Path]) -> None:
    """Make or renew the cube of a grid; the old one is read until the new one is whole."""
    from analysis.cubes import list_cubes
    from analysis.cubes.appending import renew
    from analysis.sources import open_source

    source: Any = found.entry.name
    name = found.entry.name
    if found.entry.fetch and found.entry.fetch.folder:  # a part has a cube of its own
        name = f"{name}_{found.folder.name}"
    if name in list_cubes() and not fetched:
        typer.echo(_("The cube {name} is up to date.").format(name=name))
        return
    bar = progress_bar(name, 0)

    def show(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    try:
        with contextlib.closing(bar):
            if name != source:
                source = open_source(source, path=_files_of(found))
            cube = renew(source, name, fetched, progress=show)
    except KeyboardInterrupt:
        text = _("Stopped; what is written is kept. To continue: qazcube ingest {name}")
        typer.echo(text.format(name=name) + " --overwrite", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except (ValueError, OSError, RuntimeError) as error:
        text = _("The files are here, but no cube was made: {reason}")
        typer.secho(text.format(reason=error), fg="red", err=True)
        raise typer.Exit(FAILED) from None
    text = _("Cube {name}: {variables}; {steps} times. To see it: qazcube serve")
    variables = ", ".join(cube.variables)
    typer.echo(text.format(name=name, variables=variables, steps=len(cube.times)))


def _files_of(found: Plan) -> list[str]:
    """List the files of a plan that are here."""
    return [str(path) for one in found.items if (path := found.folder / one.name).is_file()]


def size_words(count: float) -> str:
    """Write a number of bytes.

    Parameters
    ----------
    count : float
        Bytes.

    Returns
    -------
    str

    Examples
    --------
    >>> size_words(1_500_000), size_words(999)
    ('1.5 MB', '999 B')
    """
    if count < 1000:
        return f"{count:.0f} B"
    unit = next((one for one in ("kB", "MB") if (count := count / 1000) < 1000), None)
    return f"{count:.1f} {unit}" if unit else f"{count / 1000:.1f} GB"
