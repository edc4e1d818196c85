"""The earthquakes page in Chromium with many events: what a visitor waits for.

    python benchmarks/earthquakes.py [--n 15] [--events 100000]

Puts simulated events into a database in a temporary cache and starts the server as
``qazcube serve`` does (warm, one process). Times are taken inside the browser: from the start of
the navigation, the release of the button or the turn of the wheel to the second animation frame
after the new data have come. The table is printed and kept in ``results-earthquakes.md``.
Use a quiet machine.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from playwright.sync_api import Browser, Page  # noqa: E402

from analysis.seismic import EventDatabase  # noqa: E402
from benchmarks.browserkit import (  # noqa: E402
    Row,
    Server,
    brief,
    chromium,
    first_view,
    open_page,
    serve,
    settle,
    table,
    waited,
)
from benchmarks.measure import machine, middle_and_tail  # noqa: E402

RESULTS = Path(__file__).with_name("results-earthquakes.md")
SEQUENCES = 400

WATCH = """
window.bench = {first: null, changes: 0}
const frame = requestAnimationFrame
const painted = (then) => frame(() => frame(() => then(performance.now())))
for (const kind of ["pointerup", "wheel"])
  addEventListener(kind, (event) => { bench[kind] = event.timeStamp },
                   {capture: true, passive: true})
const drawn = (plot) => !plot.properties.inner_width.is_unset && plot.inner_width > 0
const look = () => {
  const open = window.Bokeh && Bokeh.documents.length > 0
  const map = open && Bokeh.documents[0].get_model_by_name("qazcube-map")
  const all = open ? [...Bokeh.documents[0]._all_models.values()] : []
  const box = all.find(m => m.type == "BoxSelectTool")
  const time = box && all.find(m => m.type == "Plot" && m.toolbar.tools.includes(box))
  const count = time && all.find(m => m.type == "Plot" && m != time && m.x_range == time.x_range)
  const ready = map && drawn(map) && count && drawn(count) && drawn(time)
  const dots = ready && map.renderers.filter(r => r.glyph.type == "Image")
    .map(r => r.data_source).find(s => s.data.image[0].length > 1e4)
  const curve = ready && count.renderers[0].data_source
  const fits = dots && Math.abs(dots.data.x[0] - map.x_range.start) < 1e-3 * dots.data.dw[0]
  if (!fits || !curve.data.y.length || document.getElementById("qc-loading")) return frame(look)
  Object.assign(bench, {map, time})
  painted(now => { bench.first = now })
  const note = (name) => () => { bench.changes += 1; painted(now => { bench[name] = now }) }
  curve.properties.data.change.connect(note("curve"))
  dots.properties.data.change.connect(note("dots"))
}
frame(look)
"""

PLACE = """(name) => {
  const view = Bokeh.index.find_one(bench[name]), box = view.el.getBoundingClientRect()
  const frame = view.frame.bbox
  return [box.x + frame.x0, box.y + frame.y0, frame.x1 - frame.x0, frame.y1 - frame.y0]
}"""


def simulate(n: int, seed: int = 7) -> pd.DataFrame:
    """Simulate events: half in clusters along belts, half anywhere; b = 1, magnitudes from 3.

    Parameters
    ----------
    n : int
        Events.
    seed : int
        Same seed, same events.

    Returns
    -------
    pandas.DataFrame
        (n) rows with ``simulated`` True.
    """
    rng = np.random.default_rng(seed)
    centre = rng.integers(0, SEQUENCES, n)
    west, south = rng.uniform(-180, 180, SEQUENCES), rng.uniform(-60, 70, SEQUENCES)
    near = rng.random(n) < 0.5
    longitude = np.where(near, west[centre] + rng.normal(0, 2, n), rng.uniform(-180, 180, n))
    latitude = np.where(near, south[centre] + rng.normal(0, 2, n), rng.uniform(-85, 85, n))
    seconds = np.sort(rng.integers(0, 20 * 365 * 86_400, n))
    return pd.DataFrame(
        {
            "id": [f"made-{number}" for number in range(n)],
            "agency": "simulator",
            "time": pd.Timestamp("2004-01-01") + pd.to_timedelta(seconds, unit="s"),
            "longitude": (longitude + 180) % 360 - 180,
            "latitude": latitude,
            "depth": rng.exponential(40, n),
            "mag": np.round(3 + rng.exponential(1 / np.log(10), n), 1),
            "magType": "mw",
            "place": "simulated",
            "type": "earthquake",
            "status": "reviewed",
            "source": "benchmark",
            "simulated": True,
        }
    )


def opened(browser: Browser, server: Server) -> tuple[Page, float]:
    """Open the page; milliseconds until the first useful picture."""
    address = server.url.replace("/explorer?", "/earthquakes?catalogue=database&")
    page = open_page(browser, address, WATCH)
    return page, first_view(page)


def interact(page: Page, n: int) -> dict[str, list[float]]:
    """Drag n boxes on the time plot and turn the wheel over the map n times."""
    page.wait_for_timeout(3000)
    rng = np.random.default_rng(3)
    found: dict[str, list[float]] = {"curve": [], "dots": [], "wheel": [], "follow": []}
    for turn in range(n + 1):  # the first of each is not counted
        left, top, width, height = page.evaluate(PLACE, "time")
        x = left + width * rng.uniform(0.1, 0.5)
        page.evaluate("() => { bench.curve = bench.dots = bench.pointerup = 0 }")
        page.mouse.move(x, top + 0.2 * height)
        page.mouse.down()
        across, low = width * rng.uniform(0.1, 0.4), top + height * rng.uniform(0.6, 0.9)
        page.mouse.move(x + across, low, steps=4)
        page.mouse.up()
        curve, dots = waited(page, "pointerup", "curve"), waited(page, "pointerup", "dots")
        settle(page)
        left, top, width, height = page.evaluate(PLACE, "map")
        page.mouse.move(left + width * rng.uniform(0.3, 0.7), top + height * 0.5)
        page.evaluate("() => { bench.curve = bench.dots = bench.wheel = 0 }")
        page.mouse.wheel(0, -120 if turn % 4 < 2 else 120)
        wheel, follow = waited(page, "wheel", "dots"), waited(page, "wheel", "curve")
        settle(page)
        if turn:
            values = (curve, dots, wheel, follow)
            for name, value in zip(found, values, strict=True):
                found[name].append(value)
    return found


def measure(events: int, n: int) -> str:
    """Run everything and write the table in Markdown."""
    with tempfile.TemporaryDirectory(prefix="qazcube-bench-") as folder:
        cache = Path(folder)
        with EventDatabase(cache / "events.sqlite") as database:
            database.apply(simulate(events))
        os.environ["QAZCUBE_CACHE"] = folder
        with serve(cache) as server, chromium() as browser:
            loads = [os.getloadavg()[0]]
            busy = machine()
            page, _ = opened(browser, server)  # reads the catalogue for all
            found = interact(page, n)
            page.context.close()
            found["first"], found["cpu"] = [], []
            for _turn in range(n):
                begin = server.cpu()
                page, first = opened(browser, server)
                time.sleep(1.0)
                found["first"].append(first)
                found["cpu"].append(1e3 * (server.cpu() - begin))
                page.context.close()
            loads.append(os.getloadavg()[0])
    return report(found, events, n, f"{busy}; load at the end {loads[-1]:.1f}")


def report(found: dict[str, list[float]], events: int, n: int, busy: str) -> str:
    """Compare with the targets."""
    lines = [
        ("first useful picture: dots and plots, ms", "first", 3000.0),
        ("release of the box to painted count, ms", "curve", 500.0),
        ("release of the box to painted dots, ms", "dots", 500.0),
        ("wheel on the map to painted dots, ms", "wheel", 500.0),
        ("wheel on the map to painted count, ms", "follow", 500.0),
        ("server CPU per page opened, ms", "cpu", 1500.0),
    ]
    rows: list[Row] = []
    for label, name, target in lines:
        middle, tail = middle_and_tail(found[name])
        figures = f"{brief(middle)} / {brief(tail)}"
        rows.append((label, figures, f"<= {target:g}", tail <= target))
    return (
        f"# The earthquakes page in Chromium\n\n`python benchmarks/earthquakes.py --n {n} --events "
        f"{events}`, {busy}; browser and server on the same machine, 1400 x 900 pixels, headless, "
        f"no GPU, {events:,} simulated events in the local database, warm server.\n\n" + table(rows)
    )


def main() -> None:
    """Measure, print and keep the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--n", type=int, default=15, help="repetitions of each, at least 15")
    parser.add_argument("--events", type=int, default=100_000, help="simulated events")
    chosen = parser.parse_args()
    if chosen.n < 15:
        parser.error(f"--n is {chosen.n}; at least 15 repetitions are needed")
    text = measure(chosen.events, chosen.n)
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
