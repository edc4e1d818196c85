"""Files of a map: Cloud-Optimised GeoTIFF, a picture with its legend, the settings."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from analysis.language import format_number, translator
from apps.views.credits import credit
from apps.views.landcover.legend import DOUBT, SHARES
from apps.views.landcover.maps import ClassMap
from apps.views.landcover.pictures import codes
from apps.views.landcover.selection import LandSelection
from apps.views.landcover.state import write_drawn
from apps.views.landcover.words import percent

SIDE = 11.0
"""Longer side of the picture's map, inches."""


def settings_yaml(selection: LandSelection) -> bytes:
    """Write what was chosen, so that it can be read and repeated.

    Parameters
    ----------
    selection
        What is shown.

    Returns
    -------
    bytes
        YAML in UTF-8.
    """
    state, base = selection.state, selection.base
    about: dict[str, Any] = {
        "imagery": selection.imagery.key,
        "bands": list(selection.imagery.bands),
        "year": selection.year,
        "samples": selection.sample_key,
        "samples_title": base.title(selection.language) if base is not None else "",
        "drawn": write_drawn(state.drawn),
        "trained_before_last_drawn": selection.stale,
        "classes": selection.classes,
        "classifiers": selection.methods,
        "folds": state.folds,
        "block_degrees": selection.block_side(),
        "block_from_variogram": not state.block,
        "seed": 0,
        "simulated": selection.simulated,
        "link": state.query(),
    }
    scores = {
        one.name: {
            way: {
                "overall_accuracy": round(judged.accuracy, 6),
                "low": round(judged.low, 6),
                "high": round(judged.high, 6),
                "commonest_class": round(judged.commonest, 6),
            }
            for way, judged in one.ways.items()
        }
        for one in selection.ranked
    }
    if scores:
        about["scores"] = scores
    return yaml.safe_dump(about, allow_unicode=True, sort_keys=False).encode()


def map_picture(visit: Any, selection: LandSelection, one: ClassMap) -> bytes:
    """Draw the map as a PNG: classes (or probability, uncertainty), legend, sources.

    Parameters
    ----------
    visit
        Language and texts.
    selection, one
        What is shown, and the map.

    Returns
    -------
    bytes
        PNG.
    """
    from matplotlib.colors import LinearSegmentedColormap, ListedColormap
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    language = visit.language
    _ = translator(language)
    quantity = (
        selection.quantity if selection.quantity in ("probability", "uncertainty") else "class"
    )
    lon, lat = one.longitudes, one.latitudes
    half_x, half_y = (abs(axis[1] - axis[0]) / 2 if len(axis) > 1 else 0.5 for axis in (lon, lat))
    extent = (lon[0] - half_x, lon[-1] + half_x, lat[0] - half_y, lat[-1] + half_y)
    aspect = 1.0 / np.cos(np.radians(float(np.mean(lat))))
    tall = (extent[3] - extent[2]) * aspect / (extent[1] - extent[0])
    wide = SIDE if tall <= 1 else SIDE / tall
    longest = max(
        (len(selection.class_name(one, language)) for one in selection.classes), default=0
    )
    figure = Figure(
        figsize=(wide + max(3.4, 1.9 + 0.115 * longest), wide * tall + 2.0),
        dpi=110,
        facecolor="white",
    )
    width, height = figure.get_size_inches()
    axes = figure.add_axes((0.5 / width, 0.9 / height, wide / width, wide * tall / height))
    name, year = selection.sides[0]
    title = f"{selection.outcomes[name].title(language)}, {year}"
    figure.text(0.5 / width, 1 - 0.5 / height, title, fontsize=18, weight="bold")
    options: dict[str, Any] = {"extent": extent, "origin": "lower", "aspect": aspect}
    options["interpolation"] = "nearest"
    if quantity == "class":
        classes = selection.classes
        shown = codes(one, classes)[one.klass]
        colours = ["#ffffff00", *(selection.colours[label] for label in classes)]
        axes.imshow(
            shown, cmap=ListedColormap(colours), vmin=-0.5, vmax=len(classes) + 0.5, **options
        )
        handles = [
            Patch(facecolor=selection.colours[label], edgecolor="#37474f",
                  label=selection.class_name(label, language))
            for label in classes
        ]  # fmt: skip
        figure.legend(
            handles=handles, loc="upper left", frameon=False, fontsize=12,
            bbox_to_anchor=((wide + 0.7) / width, 1 - 0.9 / height),
        )  # fmt: skip
    else:
        values = getattr(one, quantity).astype(float)
        values[values == 0] = np.nan
        ramp = LinearSegmentedColormap.from_list(
            quantity, list(SHARES if quantity == "probability" else DOUBT)
        )
        image = axes.imshow((values - 1) / 254, cmap=ramp, vmin=0, vmax=1, **options)
        bar = figure.add_axes(((wide + 0.8) / width, 0.9 / height, 0.2 / width, 3.0 / height))
        figure.colorbar(image, cax=bar)
    axes.tick_params(labelsize=9)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda at, _place: f"{format_number(at, language)}°")
    judged = selection.outcomes[name].ways["block"].accuracy
    told = _("{share} right in whole blocks that were not learnt from").format(
        share=percent(judged, language)
    )
    figure.text(0.5 / width, 1 - 0.76 / height, told, fontsize=11, color="#37474f")
    lines = [selection.imagery.title(language), credit(_, selection.imagery.citation)]
    if selection.base is not None:
        lines.append(selection.base.title(language))
    figure.text(
        0.5 / width, 0.12 / height, "\n".join(line[:150] for line in lines if line)[:500],
        fontsize=8, color="#455a64", va="bottom",
    )  # fmt: skip
    if selection.simulated:
        box = {"boxstyle": "round,pad=0.4", "facecolor": "#fff3e0", "edgecolor": "#8a5200"}
        text = _("Simulated data")
        figure.text(
            1 - 0.3 / width, 1 - 0.5 / height, text, fontsize=14, color="#8a5200", ha="right",
            bbox=box,
        )  # fmt: skip
    made = io.BytesIO()
    figure.savefig(made, format="png")
    return made.getvalue()


def geotiff(one: ClassMap, layer: str, language: str) -> bytes:
    """Write a layer of a map as Cloud-Optimised GeoTIFF.

    Parameters
    ----------
    one
        The map.
    layer : {"probability", "entropy", "margin"}
        Layer of the stored map.
    language : str
        Of the names of the classes.

    Returns
    -------
    bytes
        The file.
    """
    from analysis.agrarian.mapping import open_map, write_cog

    with tempfile.TemporaryDirectory(prefix="qazcube-map-") as folder:
        path = write_cog(open_map(one.path), Path(folder) / "map.tif", layer, language=language)
        return path.read_bytes()


def class_zip(selection: LandSelection, one: ClassMap, name: str, language: str) -> bytes:
    """Write the classes as GeoTIFF with the names of the classes beside it, and a STAC item.

    Parameters
    ----------
    selection, one
        What is shown, and the map.
    name : str
        Name of the files without suffix.
    language : str
        Of the names of the classes.

    Returns
    -------
    bytes
        ZIP of name.tif (colours inside), name.tif.aux.xml (names, for QGIS) and name.json (STAC).
    """
    from analysis.agrarian.mapping import open_map, stac_item, write_cog

    land = open_map(one.path)
    made = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="qazcube-map-") as folder:
        path = write_cog(land, Path(folder) / f"{name}.tif", language=language)
        about = {"license": selection.imagery.licence or "other"}
        dates = selection.imagery.dates(selection.sides[0][1])
        when = dates[len(dates) // 2].to_pydatetime()
        item = stac_item(land, {"class": path.name}, name=name, when=when, properties=about)
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as whole:
            for file in sorted(Path(folder).iterdir()):
                whole.write(file, file.name)
            whole.writestr(f"{name}.json", json.dumps(item, ensure_ascii=False, indent=1))
    return made.getvalue()
