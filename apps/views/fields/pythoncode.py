"""Lines of Python that give what the fields page shows."""

from __future__ import annotations

from apps.views.fields.selection import FieldSelection

LINES = """\
# {title}{simulated}
from analysis.agrarian import by_year, judge_year, season_integral, season_table, unit_series
from analysis.cubes import open_cube
from analysis.sources import open_source

units = open_source({level!r})
series = unit_series(open_cube({cube!r}), units, {variable!r})  # mean, std, count (unit, time)
series = series.isel(unit=(series["covered"] >= {least}).to_numpy())
years = by_year(series)  # (unit, year, day)

table = season_table(years, {year}, {day}, season={season})  # one row a unit, on {date}
print(table.sort_values({sort!r}).head(10))

judged = judge_year(years, {year})  # {year} by all other years
for unit in {units}:
    names = ["value", "mean", "std", "departure", "z", "vci", "rank"]
    print(judged.sel(unit=unit)[names].to_dataframe()[names])
    print(season_integral(years, {season}).sel(unit=unit).to_series())
"""


def python_code(selection: FieldSelection) -> str:
    """Write the lines of the present choice.

    Parameters
    ----------
    selection : FieldSelection
        What is shown.

    Returns
    -------
    str
        They run wherever the cube and the units are at hand.

    Raises
    ------
    ValueError
        There is no cube of vegetation.
    """
    from apps.views.fields.data import LEAST

    layer = selection.layer
    if layer is None:
        raise ValueError("There is no cube of vegetation.")
    sort = selection.state.sort.removeprefix("-")
    return LINES.format(
        title=f"{layer.variable.upper()} of {selection.year} by unit, against all other years",
        simulated="; SIMULATED DATA" if selection.simulated else "",
        level=selection.level,
        cube=layer.cube.name,
        variable=layer.variable,
        least=LEAST,
        year=selection.year,
        day=selection.day,
        date=f"{selection.date:%Y-%m-%d}",
        season=tuple(selection.state.season),
        sort=sort if sort in selection.table and sort not in ("name", "spi") else "departure",
        units=selection.chosen,
    )
