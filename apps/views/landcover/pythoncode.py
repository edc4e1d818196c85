"""Lines of Python that give what the land-cover page shows."""

from __future__ import annotations

from apps.views.landcover.checking import PLACES, SEED, labelled
from apps.views.landcover.selection import LEVEL_SOURCES, LandSelection

LINES = """\
# {title}{simulated}
import pandas as pd

from analysis.agrarian import area_adjusted_accuracy, cross_validate
from analysis.agrarian.landcover import fit
from analysis.agrarian.mapping import areas, classify
from analysis.agrarian.samples import extract
from analysis.cubes import open_cube
from analysis.sources import open_source

bands = {bands}
cube = open_cube({cube!r})
{samples}
samples = extract(cube, places, bands=bands)
print(samples["label"].value_counts(), samples.attrs["dropped"])

for by in ("random", "block"):  # the difference is what neighbours give away
    scores = cross_validate(samples, {methods}, by, folds={folds}, block_degrees={block}, seed=0)
    print(by, scores[["overall_accuracy", "overall_accuracy_low", "overall_accuracy_high"]])
    print(scores["always_commonest"].iloc[0], "is what always the commonest class scores")

model = fit(samples, {left!r}, seed=0)
season = cube.dataset()[bands].isel(time={steps})
land = classify(season, model, "land.zarr", bands=bands)  # class, probability, entropy, margin
{judge}
table = areas(land, open_source({units!r}), matrix)  # hectares by unit and class
print(table[table["area_ha"] > 0])

# U-Net looks at the pixels around (PyTorch is needed; it takes minutes for each part):
# patches = extract(cube, places, bands=bands, patch=9)
# print(cross_validate(patches, ["UNet"], "block", folds={folds}, block_degrees={block}, seed=0))
"""

BY_BLOCKS = """\
matrix = scores.attrs["matrices"][{left!r}].rename_axis(index="map", columns="reference")
whole = areas(land).set_index("class")["area_ha"]
print(area_adjusted_accuracy(matrix, whole, unsampled="exclude").table())"""

BY_CHECK = """\
from analysis.agrarian import draw_places, judge_map
from analysis.agrarian.legends import legend
from analysis.agrarian.simulatedland import land_truth

drawn = draw_places(land, size={size}, seed={seed})  # a checking sample, in each class at random
where = {{name: drawn[name].to_xarray() for name in ("latitude", "longitude")}}
codes = land_truth({year}).sel(where, method="nearest").to_numpy()  # simulated truth
keys = {{one.code: one.key for one in legend().classes}}
matrix = judge_map(land, drawn.assign(label=[keys[int(code)] for code in codes]))
print(matrix.table())"""

BY_LABELS = """\
from pathlib import Path

from analysis.agrarian import judge_map
from analysis.uploads.csvfile import read_csv

labelled = read_csv(Path({file!r}), "labels")  # the places drawn on this map, with their labels
matrix = judge_map(land, labelled)
print(matrix.table(), matrix.notes)"""

FROM_SOURCE = """\
places = pd.DataFrame(open_source({key!r}).compute())
places = places.rename(columns={{"start_date": "start", "end_date": "end"}})
places = places.drop_duplicates({by})[["label", "longitude", "latitude", "start", "end"]]"""

FROM_ROWS = """\
places = pd.DataFrame(  # drawn on the map, or taken from a file
    {rows},
    columns=["label", "longitude", "latitude", "start", "end"],
).astype({{"start": "datetime64[ns]", "end": "datetime64[ns]"}})"""


def python_code(selection: LandSelection) -> str:
    """Write the lines of the present choice.

    Parameters
    ----------
    selection : LandSelection
        What is shown.

    Returns
    -------
    str
        They run wherever the cube and the samples are at hand.
    """
    state, imagery = selection.state, selection.imagery
    year = selection.sides[0][1] if selection.sides else selection.year
    steps = imagery.positions(year)
    even = steps == list(range(steps[0], steps[-1] + 1))
    names = ", ".join(selection.methods)
    left = selection.left or selection.methods[-1]
    judge = BY_BLOCKS.format(left=left)
    if selection.checked:
        own = labelled(selection)
        judge = BY_CHECK.format(size=PLACES, seed=SEED, year=year)
        judge = BY_LABELS.format(file=own.file) if own is not None else judge
    return LINES.format(
        title=f"Land cover of {year}: {names}",
        simulated="; SIMULATED DATA" if selection.simulated else "",
        bands=list(imagery.bands),
        cube=imagery.key,
        samples=_samples(selection),
        methods=selection.methods,
        folds=state.folds,
        block=selection.block_side(),
        left=left,
        judge=judge,
        steps=f"slice({steps[0]}, {steps[-1] + 1})" if even else steps,
        units=LEVEL_SOURCES[state.level],
    )


def _samples(selection: LandSelection) -> str:
    """Write where the samples come from: a source, or the rows themselves."""
    base = selection.base
    plain = base is not None and base is not selection.upload and not selection.state.drawn
    if plain:
        return FROM_SOURCE.format(key=selection.sample_key, by='"sample_id"')
    table = selection.places()
    rows = [
        (str(label), round(float(lon), 5), round(float(lat), 5), str(start.date()), str(end.date()))
        for label, lon, lat, start, end in table[
            ["label", "longitude", "latitude", "start", "end"]
        ].itertuples(index=False)
    ]
    return FROM_ROWS.format(rows=rows)
