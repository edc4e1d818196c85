"""``qazcube forecast``: maps of a stored run, and the list of the stored ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.commands.common import echo_table, plainly, terminal_language
from analysis.commands.common import translate as _
from analysis.spelling import did_you_mean

if TYPE_CHECKING:
    import xarray as xr


@plainly
def forecast(
    name: Annotated[
        str | None, typer.Argument(help=_("Name of a stored run; without it all are listed."))
    ] = None,
    issue: Annotated[
        str | None, typer.Option(help=_("When the forecast is made; else at the end of the data."))
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help=_("File to write: its ending .nc, .csv or .tif decides."))
    ] = None,
    model: Annotated[
        str | None, typer.Option(help=_("Model to show and, into .tif, to write; else the best."))
    ] = None,
    cells: Annotated[int, typer.Option(min=0, help=_("Cells to print, the likeliest first."))] = 10,
    layer: Annotated[
        bool,
        typer.Option("--layer", help=_("Make the forecasts a layer of the explorer.")),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help=_("Replace a file of this name."))
    ] = False,
    trusted: Annotated[
        bool,
        typer.Option(
            "--trust",
            help=_("Take a run of another computer as your own: its files can run any code."),
        ),
    ] = False,
) -> None:
    """Forecast with a stored run, or list the stored runs."""
    from analysis.seismic.forecasting import make_layer, stored_forecast, write_forecast
    from analysis.seismic.forecasting.mapfiles import check_file

    if name is None:
        _list()
        return
    if out is not None and out.exists() and not overwrite:
        text = _("There is a file {file} already; give --overwrite to replace it.")
        raise ValueError(text.format(file=out))
    if out is not None:
        check_file(out)
    if trusted:
        _trust(name)
    found = stored_forecast(name, issue)
    chosen = _model(found, name, model)
    _tell(found, chosen, cells)
    if out is not None:
        write_forecast(found, out, chosen)
        typer.echo(_("Written to {file}.").format(file=out))
    if layer:
        key = make_layer(name, chosen)
        typer.echo(_("Layer {key}; to see it: qazcube serve").format(key=key))


def _trust(name: str) -> None:
    """Seal the files of a run as if it had been trained here."""
    from analysis.seismic.forecasting.store import trust_run

    text = _("The {count} files of {name} that can run code are trusted from now on.")
    typer.echo(text.format(count=trust_run(name), name=name))


def _list() -> None:
    """Print the stored runs."""
    from analysis.seismic.forecasting import list_runs

    table = list_runs()
    if table.empty:
        typer.echo(_("No run is stored. To make one: qazcube train"))
        return
    rows = [[_("name"), _("made"), _("region"), _("magnitude"), _("best"), _("average precision"),
             _("of smoothed seismicity"), _("simulated"), _("split at random")]]  # fmt: skip
    for row in table.to_dict("records"):
        rows.append(
            [
                row["name"],
                str(row["made"])[:16],
                str(row["region"]),
                f"{row['magnitude']:g}",
                row["best"],
                f"{row['average_precision']:.4f}",
                f"{row['baseline']:.4f}",
                _("yes") if row["simulated"] else "",
                _("yes") if row["leaky"] else "",
            ]
        )
    echo_table(rows)


def _model(found: xr.Dataset, name: str, wanted: str | None) -> str:
    """Return the model to show: the wanted one, else the best of the run."""
    from analysis.seismic.forecasting.store import Stored

    names = [str(one) for one in found["model"].to_numpy()]
    if wanted is not None:
        if wanted not in names:
            text = _("There is no model {name} in this run.").format(name=wanted)
            raise ValueError(f"{text} {did_you_mean(wanted, names)}")
        return wanted
    scores = Stored.load(name, comparison=False).card["scores"]
    return next((one["name"] for one in scores if one["name"] in names), names[0])


def _tell(found: xr.Dataset, model: str, count: int) -> None:
    """Print the statement, the window, and the likeliest cells beside the base rate."""
    from analysis.seismic.forecasting import statement

    typer.echo(statement(terminal_language()))
    if leaky := found.attrs.get(f"leaky_{terminal_language()}"):
        typer.secho(leaky, fg="red")
    if found.attrs.get("simulated"):
        typer.secho(_("Simulated data: some of the values are no observation."), fg="yellow")
    first, last = (str(found[one].to_numpy())[:16] for one in ("time", "window_end"))
    text = _("{target}, {first} to {last} (UTC), {model}; base rate {share} %")
    share = f"{100 * float(found['base_rate']):.4f}"
    typer.echo(
        text.format(target=found.attrs["target"], first=first, last=last, model=model, share=share)
    )
    if found.attrs["notes"]:
        typer.echo(found.attrs["notes"])
    table = found.sel(model=model).drop_vars(["model", "time", "window_end"]).to_dataframe()
    table = table.dropna(subset="probability").nlargest(count, "probability").reset_index()
    if table.empty:
        return
    typer.echo()
    rows = [[_("longitude"), _("latitude"), _("probability, %"), _("gain over the base rate")]]
    beside = "gain_over_smoothed" in table
    rows[0] += [_("gain over smoothed seismicity")] if beside else []
    for row in table.to_dict("records"):
        line = [f"{row['longitude']:g}", f"{row['latitude']:g}", f"{100 * row['probability']:.3f}"]
        line.append(f"{row['gain']:.1f}" if "gain" in row else "–")
        line += [f"{row['gain_over_smoothed']:.2f}"] if beside else []
        rows.append(line)
    echo_table(rows)
