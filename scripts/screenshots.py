"""Take the pictures of the pages for README and docs, from a running server.

Start the server first (``qazcube demo --no-browser --port 5006``), then::

    .venv/bin/python scripts/screenshots.py http://127.0.0.1:5006 [NAME.png ...]

Every page is opened wide and narrow, light and dark, in the three languages, in headless
Chromium; the pictures are written to ``docs/images/`` with at most 128 colours, so that they stay
small.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
WIDE, NARROW = (1400, 900), (390, 844)
SETTLE_MS = 12_000
TOHOKU = "layer=gravity_simulated/lwe_thickness&view=60,5,175,62&points=142.4,38.3;76.95,43.24"
NDVI = (
    "layer=vegetation_simulated/ndvi&time=2023-07-12&view=58,46,78,57&points=68,53.5"
    "&area=oblast:KZ-11"
)
WIND = "layer=wind/u_wind&style=both&points=76.95,43.24"
LAND = (
    "models=LinearDiscriminant,RandomForest&trained=1&left=LinearDiscriminant&right=RandomForest"
    "&divider=50&point=65.6,52.3"
)
QUAKES = (
    "view=90,-15,165,55&show=plates,regimes,borders,names"
    "&brush=2004-12-01,2011-12-31,6,9.4&event=gcmt-20110311T054623"
)

# file, page, size, query
PICTURES = (
    ("explorer.png", "explorer", WIDE, f"lang=en&theme=light&{TOHOKU}"),
    ("explorer-kk-light.png", "explorer", WIDE, f"lang=kk&theme=light&{NDVI}"),
    ("explorer-ru-dark.png", "explorer", WIDE, f"lang=ru&theme=dark&{WIND}"),
    ("explorer-kk-phone.png", "explorer", NARROW, f"lang=kk&theme=light&{TOHOKU}"),
    ("explorer-ru-phone-dark.png", "explorer", NARROW, f"lang=ru&theme=dark&{TOHOKU}"),
    ("earthquakes.png", "earthquakes", WIDE, f"lang=en&theme=light&{QUAKES}"),
    ("earthquakes-kk-dark.png", "earthquakes", WIDE, "lang=kk&theme=dark&colour=depth"),
    ("earthquakes-ru-phone.png", "earthquakes", NARROW, "lang=ru&theme=light"),
    ("sources-kk-light.png", "sources", WIDE, "lang=kk&theme=light"),
    ("sources-ru-phone-dark.png", "sources", NARROW, "lang=ru&theme=dark"),
    ("forecast.png", "forecast", WIDE, "lang=en&theme=light"),
    ("forecast-kk-phone-dark.png", "forecast", NARROW, "lang=kk&theme=dark&map=one"),
    ("landcover.png", "landcover", WIDE, f"lang=en&theme=light&{LAND}"),
    ("fields.png", "fields", WIDE, "lang=en&theme=light"),
    ("fields-kk-dark.png", "fields", WIDE, "lang=kk&theme=dark"),
    ("fields-en-phone.png", "fields", NARROW, "lang=en&theme=light"),
    ("explorer-kk-departure.png", "explorer", WIDE, f"lang=kk&theme=light&as=departure&{TOHOKU}"),
    ("home-kk-light.png", "home", WIDE, "lang=kk&theme=light"),
    ("home-en-dark.png", "home", WIDE, "lang=en&theme=dark"),
    ("home-ru-phone.png", "home", NARROW, "lang=ru&theme=light"),
    ("home-kk-phone-dark.png", "home", NARROW, "lang=kk&theme=dark"),
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]


def wait_for_training(page: Page) -> None:
    """Wait, ten minutes at most, until nothing that can be cancelled has run for six seconds."""
    cancel, idle = page.get_by_role("button", name="Cancel", exact=True), 0
    for _try in range(300):
        idle = 0 if cancel.is_visible() else idle + 1
        if idle > 3:
            return
        page.wait_for_timeout(2000)


def main(address: str, names: list[str]) -> None:
    """Take the named pictures, or all, from the server at an address."""
    known = [name for name, *_rest in PICTURES]
    if strange := [name for name in names if name not in known]:
        raise SystemExit(f"There is no picture {strange[0]}. There are {', '.join(known)}.")
    IMAGES.mkdir(parents=True, exist_ok=True)
    system = Path("/usr/bin/chromium")
    with sync_playwright() as playwright:
        path = str(system) if system.exists() else None
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for name, page_name, (width, height), query in PICTURES:
            if names and name not in names:
                continue
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(f"{address}/{page_name}?{query}")
            page.wait_for_timeout(SETTLE_MS)
            wait_for_training(page)
            shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            shot.quantize(128).save(IMAGES / name, optimize=True)
            page.close()
            print(f"{name}: {(IMAGES / name).stat().st_size // 1024} kB")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:5006", sys.argv[2:])
