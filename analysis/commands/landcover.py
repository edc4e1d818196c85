"""``qazcube landcover``: classify imagery, judge and measure maps, without a browser."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from analysis.commands.common import (
    INTERRUPTED,
    echo_table,
    plainly,
    progress_bar,
    terminal_language,
)
from analysis.commands.common import translate as _

landcover_app = typer.Typer(no_args_is_help=True)

Map = Annotated[Path, typer.Argument(help=_("Folder of the map (Zarr)."))]
Out = Annotated[Path, typer.Option("--out", help=_("Folder of the map, or a file .tif."))]
Table = Annotated[Path | None, typer.Option("--out", help=_("CSV file for the table."))]
Workers = Annotated[int, typer.Option(min=1, help=_("Threads."))]
Overwrite = Annotated[bool, typer.Option("--overwrite", help=_("Replace another map there."))]
Units = Annotated[
    str, typer.Option(help=_("Polygons: a source such as demo_districts, or a file; else all."))
]
Matrix = Annotated[
    Path | None,
    typer.Option(help=_("Error matrix as CSV: rows the map, columns the reference, counts.")),
]
Points = Annotated[
    Path | None,
    typer.Option(help=_("In place of a matrix: CSV with longitude, latitude and label.")),
]


@landcover_app.command(help=_("Classify imagery with labelled samples; goes on where it stopped."))
@plainly
def classify(
    imagery: Annotated[str, typer.Argument(help=_("Cube, source, or Zarr or NetCDF file."))],
    samples: Annotated[str, typer.Option(help=_("Source or file of labelled samples."))],
    out: Out,
    classifier: Annotated[str, typer.Option(help=_("Name of the classifier."))] = "RandomForest",
    year: Annotated[int | None, typer.Option(help=_("Only the dates of this year."))] = None,
    workers: Workers = 1,
    seed: Annotated[int, typer.Option(help=_("Same seed, same map."))] = 0,
    overwrite: Overwrite = False,
) -> None:
    """Classify imagery with labelled samples."""
    from analysis.agrarian.landcover import fit
    from analysis.agrarian.mapping import classify as make

    cube = _imagery(imagery, year)
    fitted = fit(_samples(samples, cube), classifier, seed=seed)
    with _shown(out.name) as show:
        land = make(*(cube, fitted, out), workers=workers, overwrite=overwrite, progress=show)
    if land.attrs.get("simulated"):
        typer.echo(_("Simulated imagery: the map shows no real land."), err=True)
    typer.echo(_("Classifier: {name}.").format(name=classifier))
    _hectares(land, None, None, None)
    typer.echo(
        _(
            "Hectares are counted pixels; how right they are is not known yet. Draw places with "
            "`qazcube landcover design`, label them, and give them to `qazcube landcover accuracy`."
        ),
        err=True,
    )


@landcover_app.command(help=_("Take single pixels away that differ from all around them."))
@plainly
def smooth(
    map_: Map,
    out: Out,
    method: Annotated[str, typer.Option(help=_("bayes or majority."))] = "bayes",
    radius: Annotated[int, typer.Option(help=_("Pixels to each side of the window."))] = 3,
    workers: Workers = 1,
    overwrite: Overwrite = False,
) -> None:
    """Smooth a map."""
    from analysis.agrarian.mapping import open_map
    from analysis.agrarian.mapping import smooth as make

    with _shown(out.name) as show:
        make(
            *(open_map(map_), out),
            method=method,
            radius=radius,
            workers=workers,
            overwrite=overwrite,
            progress=show,
        )
    typer.echo(_("Written: {path}").format(path=out))


@landcover_app.command(help=_("Hectares of every class, by unit of land, with intervals."))
@plainly
def areas(
    map_: Map,
    units: Units = "",
    matrix: Matrix = None,
    points: Points = None,
    out: Table = None,
) -> None:
    """Measure hectares by class and unit."""
    import pandas as pd

    from analysis.agrarian.accuracy import judge_map
    from analysis.agrarian.mapping import open_map

    land = open_map(map_)
    if matrix is not None and points is not None:
        raise ValueError(_("Give either --matrix or --points, not both."))
    counts = None
    if matrix is not None:
        counts = _matrix(land, matrix)
    elif points is not None:
        counts = judge_map(land, pd.read_csv(points))
    _hectares(land, units or None, counts, out)


@landcover_app.command(help=_("Accuracy and area of the classes from a sample, with intervals."))
@plainly
def accuracy(
    map_: Map,
    matrix: Matrix = None,
    points: Points = None,
    also: Annotated[
        list[str] | None,
        typer.Option(help=_("A class that the map does not show; may be given several times.")),
    ] = None,
    out: Table = None,
) -> None:
    """Judge a map by a sample."""
    import pandas as pd

    from analysis.agrarian.accuracy import area_adjusted_accuracy, judge_map
    from analysis.agrarian.accuracy.checking import NOT_DRAWN
    from analysis.agrarian.mapping import areas as measure
    from analysis.agrarian.mapping import open_map

    land = open_map(map_)
    if (matrix is None) == (points is None):
        raise ValueError(_("Give either --matrix or --points, not both."))
    if matrix is not None:
        hectares = measure(land).set_index("class")["area_ha"].to_dict()
        found = area_adjusted_accuracy(_matrix(land, matrix), hectares)
        _say([NOT_DRAWN])
    elif points is not None:
        found = judge_map(land, pd.read_csv(points), also=also or ())
    text = _("Overall accuracy {value:.3f}, 95 % interval {low:.3f} to {high:.3f}")
    typer.echo(text.format(value=found.overall, low=found.overall_low, high=found.overall_high))
    rows = [[_("class"), _("user's"), _("producer's"), "F1", "ha", "±"]]
    for name, one in found.classes.iterrows():
        half = (one["area_high"] - one["area_low"]) / 2
        shares = [f"{one[key]:.3f}" for key in ("users", "producers", "f1")]
        rows.append([str(name), *shares, f"{one['area']:.0f}", f"{half:.0f}"])
    echo_table(rows)
    _say(found.notes)
    _save(found.table(), out)


@landcover_app.command(help=_("Draw places at random in each class, to judge the map by."))
@plainly
def design(
    map_: Map,
    out: Annotated[Path, typer.Option("--out", help=_("CSV file for the places."))],
    error: Annotated[
        float, typer.Option(help=_("Standard error wanted of the overall accuracy."))
    ] = 0.01,
    users: Annotated[float, typer.Option(help=_("User's accuracy expected."))] = 0.8,
    allocation: Annotated[
        str, typer.Option(help=_("proportional, equal, neyman or rare."))
    ] = "rare",
    seed: Annotated[int, typer.Option(help=_("Same seed, same places."))] = 0,
) -> None:
    """Plan a sample and draw its places."""
    from analysis.agrarian.accuracy import draw_places
    from analysis.agrarian.mapping import open_map

    places = draw_places(open_map(map_), users, error=error, allocation=allocation, seed=seed)
    places.to_csv(out, index=False)
    text = _("{count} places written to {path}; fill in the column label.")
    typer.echo(text.format(count=len(places), path=out))


@landcover_app.command(help=_("What became of each class between two maps."))
@plainly
def change(
    before: Annotated[Path, typer.Argument(help=_("Folder of the earlier map."))],
    after: Annotated[Path, typer.Argument(help=_("Folder of the later map."))],
    out: Table = None,
) -> None:
    """Compare two maps."""
    from analysis.agrarian.mapping import change as compare
    from analysis.agrarian.mapping import open_map

    found = compare(open_map(before), open_map(after))
    keys = [str(one) for one in found.transitions.columns]
    rows = [[_("before \\ after, ha"), *keys]]
    for name, line in found.transitions.iterrows():
        rows.append([str(name), *(f"{value:.0f}" for value in line)])
    echo_table(rows)
    _say([found.note])
    _save(found.transitions, out)


def _imagery(name: str, year: int | None) -> Any:
    """Open a cube by name, a source, or a file."""
    from analysis.cubes import list_cubes, open_cube
    from analysis.sources import open_source

    path = Path(name)
    if path.suffix or path.exists():
        cube = _opened(path)
    elif name in list_cubes():
        cube = open_cube(name).dataset()
    else:
        cube = open_source(name)
    if year is None or "time" not in cube.dims:
        return cube
    chosen = cube.sel(time=str(year)) if (cube["time"].dt.year == year).any() else None
    if chosen is None:
        years = sorted({int(one) for one in cube["time"].dt.year.to_numpy()})
        text = _("The imagery has no date in {year}; it has {first} to {last}.")
        raise ValueError(text.format(year=year, first=years[0], last=years[-1]))
    return chosen


def _opened(path: Path) -> Any:
    """Open a file or folder of imagery."""
    import xarray as xr

    from analysis.sources.guarded import FAULTS

    if not path.exists():
        raise ValueError(_("There is no file or folder {path}.").format(path=path))
    try:
        return xr.open_dataset(path, engine="zarr" if path.is_dir() else None, chunks={})
    except FAULTS as error:
        text = _("{path} is no imagery that can be read: give a NetCDF file or a Zarr folder.")
        raise ValueError(text.format(path=path)) from error


def _samples(name: str, cube: Any) -> Any:
    """Read samples; where they have no values, take those of the imagery."""
    from analysis.agrarian.samples import extract, read_samples
    from analysis.sources import open_source

    path = Path(name)
    source = path if path.suffix or path.exists() else open_source(name).compute()
    table = read_samples(source)
    return table if table.attrs.get("features") else extract(cube, source)


def _matrix(land: Any, path: Path) -> Any:
    """Read an error matrix; classes may stand there by label, code or name."""
    import pandas as pd

    from analysis.agrarian.accuracy.matrix import as_matrix
    from analysis.agrarian.legends import match_labels
    from analysis.agrarian.mapping import legend_of_map

    counts = as_matrix(pd.read_csv(path, index_col=0))
    return counts.set_axis(match_labels(counts.index, legend_of_map(land)), axis=0).set_axis(
        match_labels(counts.columns, legend_of_map(land)), axis=1
    )


def _hectares(land: Any, units: str | None, counts: Any, out: Path | None) -> None:
    """Print and keep the table of areas."""
    from analysis.agrarian.mapping import areas as measure
    from analysis.sources import open_source
    from analysis.sources.vectors import read_vectors

    shapes = None
    if units is not None:
        shapes = read_vectors(Path(units)) if Path(units).suffix else open_source(units)
    table = measure(land, shapes, counts)
    shown = [name for name in table.columns if name not in ("share", "error_ha")]
    rows = [shown]
    for line in table[table["area_ha"] > 0][shown].itertuples(index=False):
        rows.append([one if isinstance(one, str) else f"{one:.1f}" for one in line])
    echo_table(rows)
    _say(table.attrs["notes"])
    _save(table, out, index=False)


def _say(notes: Iterable[str]) -> None:
    """Print notes in the language of the terminal."""
    from analysis.notes import in_language

    for note in notes:
        typer.echo(in_language(note, terminal_language()), err=True)


def _save(table: Any, out: Path | None, *, index: bool = True) -> None:
    if out is not None:
        table.to_csv(out, index=index)
        typer.echo(_("Written: {path}").format(path=out))


@contextlib.contextmanager
def _shown(name: str) -> Iterator[Callable[[int, int, str], None]]:
    """Show a bar; Ctrl-C keeps what is finished."""
    bar = progress_bar(name, 0)

    def show(done: int, total: int, text: str) -> None:  # noqa: ARG001 - nothing to add
        bar.total = total
        bar.update(done - bar.n)

    try:
        with contextlib.closing(bar):
            yield show
    except KeyboardInterrupt:
        text = _("Stopped; what is written is kept. To continue, give the same command again.")
        typer.echo(text, err=True)
        raise typer.Exit(INTERRUPTED) from None
