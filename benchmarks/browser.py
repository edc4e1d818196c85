"""The explorer in Chromium: what a visitor waits for, and what a session costs the server.

    python benchmarks/browser.py [--n 20] [--cache FOLDER]

Starts the server as ``qazcube serve`` does (warm, one process) with the demonstration cubes in a
temporary cache, or in FOLDER. Times are taken inside the browser: from the event of the pointer
(or the start of the navigation) to the second animation frame after the new data have come. The
table is printed and kept in ``benchmarks/results-browser.md``. Use a quiet machine.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np  # noqa: E402
from playwright.sync_api import Browser, Page  # noqa: E402

from analysis.service.demo import prepare_demo  # noqa: E402
from benchmarks.browserkit import (  # noqa: E402
    Row,
    Server,
    brief,
    chromium,
    first_view,
    open_page,
    serve,
    table,
    waited,
)
from benchmarks.measure import machine, middle_and_tail  # noqa: E402

RESULTS = Path(__file__).with_name("results-browser.md")

WATCH = """
window.bench = {first: null, changes: 0}
const frame = requestAnimationFrame
const painted = (then) => frame(() => frame(() => then(performance.now())))
const all = () => [...Bokeh.documents[0]._all_models.values()]
for (const kind of ["pointerup", "wheel", "pointermove"])
  addEventListener(kind, (event) => {
    if (kind == "pointermove" && !event.buttons) return
    bench[kind] = event.timeStamp
  }, {capture: true, passive: true})
const drawn = (plot) => !plot.properties.inner_width.is_unset && plot.inner_width > 0
const look = () => {
  const open = window.Bokeh && Bokeh.documents.length > 0
  const fig = open && Bokeh.documents[0].get_model_by_name("qazcube-map")
  const image = fig && drawn(fig) && all().find(m => m.data && m.data.frame)
  const main = fig && all().find(
    m => m.type == "Plot" && m.renderers.some(r => r.glyph.type == "Patches"))
  const near = (a, b, share) => Math.abs(a - b) < share * image.data.dw[0]
  const fits = image && near(image.data.x[0], fig.x_range.start, 1e-3)
  if (!main || !drawn(main) || !fits || document.getElementById("qc-loading"))
    return frame(look)
  const curves = main.renderers.find(r => r.glyph.type == "MultiLine").data_source
  bench.fig = fig
  painted(now => { bench.first = now })
  curves.properties.data.change.connect(() => painted(now => { bench.curve = now }))
  image.properties.data.change.connect(() => {
    bench.changes += 1
    const width = fig.x_range.end - fig.x_range.start
    if (near(image.data.x[0], fig.x_range.start, 1e-6) && near(image.data.dw[0], width, 1e-6))
      painted(now => { bench.fresh = now })
  })
}
frame(look)
"""

PLACE = """() => {
  const view = Bokeh.index.find_one(bench.fig), box = view.el.getBoundingClientRect()
  const frame = view.frame.bbox
  return [box.x + frame.x0, box.y + frame.y0, frame.x1 - frame.x0, frame.y1 - frame.y0]
}"""


def answer(page: Page, event: str, what: str, act: Callable[[], None]) -> float:
    """Milliseconds from the last pointer event of an act to what it paints."""
    page.evaluate("([event, what]) => { bench[event] = bench[what] = 0 }", [event, what])
    act()
    return waited(page, event, what, last=True)


def interact(page: Page, n: int) -> dict[str, list[float]]:
    """Click, turn the wheel and drag n times each, then play for n seconds."""
    page.wait_for_timeout(3000)  # the last parts of the page take their places
    rng = np.random.default_rng(3)
    found: dict[str, list[float]] = {"click": [], "wheel": [], "drag": [], "play": []}

    def anywhere() -> tuple[float, float]:
        left, top, width, height = page.evaluate(PLACE)
        across, down = rng.uniform(0.15, 0.7), rng.uniform(0.2, 0.7)
        return left + across * width, top + down * height

    for turn in range(n + 1):  # the first of each is not counted
        x, y = anywhere()
        click = answer(page, "pointerup", "curve", lambda: page.mouse.click(x, y))  # noqa: B023
        page.mouse.move(x, y)
        step = -120 if turn % 4 < 2 else 120
        wheel = answer(page, "wheel", "fresh", lambda: page.mouse.wheel(0, step))  # noqa: B023
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 30, y + 5)

        def release() -> None:
            page.mouse.move(x + (90 if turn % 2 else -90), y + 15, steps=3)  # noqa: B023
            page.mouse.up()

        drag = answer(page, "pointermove", "fresh", release)
        if turn:
            for name, value in (("click", click), ("wheel", wheel), ("drag", drag)):
                found[name].append(value)
    play = page.get_by_label("Play or pause the animation", exact=True)
    play.dispatch_event("click")
    page.wait_for_timeout(1500)
    for _ in range(n):
        count, begin = page.evaluate("() => [bench.changes, performance.now()]")
        page.wait_for_timeout(1000)
        more, end = page.evaluate("() => [bench.changes, performance.now()]")
        found["play"].append(1e3 * (more - count) / (end - begin))
    play.dispatch_event("click")
    return found


def sessions(browser: Browser, server: Server, n: int) -> tuple[list[float], list[float], float]:
    """Open n pages that stay open: first views (ms), CPU (s) of each, MB of each in the mean."""
    views, used, open_pages = [], [], []
    for _ in range(2):  # the first pages fill what all sessions share
        open_pages.append(open_page(browser, server.url, WATCH))
        first_view(open_pages[-1])
    before = server.memory()
    for _ in range(n):
        begin = server.cpu()
        page = open_page(browser, server.url, WATCH)
        first = first_view(page)
        time.sleep(1.0)
        used.append(server.cpu() - begin)
        views.append(first)
        open_pages.append(page)
    grown = (server.memory() - before) / n
    for page in open_pages:
        page.context.close()
    return views, used, grown


def rows(found: dict[str, list[float]], grown: float) -> list[Row]:
    """Compare with the targets."""

    def times(name: str, label: str, target: float, unit: float = 1.0) -> Row:
        middle, tail = middle_and_tail([value / unit for value in found[name]])
        return f"{label}, p95", f"{brief(middle)} / {brief(tail)}", f"<= {target:g}", tail <= target

    slow = float(np.percentile(found["play"], 5))
    images = (
        "animation, images a second (median / p5)",
        f"{brief(float(np.median(found['play'])))} / {brief(slow)}",
        ">= 15",
        slow >= 15,
    )
    used, most = middle_and_tail(found["cpu"])
    return [
        times("first", "first useful view, s", 3, 1e3),
        times("click", "click to painted curve, ms", 250),
        times("wheel", "wheel to new image, ms", 400),
        times("drag", "drag to new image, ms", 400),
        images,
        ("server CPU per page opened, s (median / p95)", f"{brief(used)} / {brief(most)}", "<= 1",
         used <= 1),
        ("memory per open session, MB (mean)", brief(grown), "<= 5", grown <= 5),
    ]  # fmt: skip


def report(rows: list[Row], n: int, busy: str) -> str:
    """Write the table in Markdown."""
    return (
        f"# The explorer in Chromium\n\n`python benchmarks/browser.py --n {n}`, {busy}; browser and"
        " server on the same machine, 1400 x 900 pixels, headless, no GPU, demonstration cubes, "
        f"warm server.\n\n{table(rows)}"
    )


def measure(cache: Path, n: int) -> str:
    """Run everything."""
    prepare_demo()
    with serve(cache) as server, chromium() as browser:
        busy = machine()
        page = open_page(browser, server.url, WATCH)
        first_view(page)
        found = interact(page, n)
        page.context.close()
        found["first"], found["cpu"], grown = sessions(browser, server, n)
    return report(rows(found, grown), n, busy)


def main() -> None:
    """Measure, print and keep the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--n", type=int, default=20, help="repetitions of each, at least 15")
    parser.add_argument("--cache", type=Path, help="folder of prepared cubes")
    chosen = parser.parse_args()
    if chosen.n < 15:
        parser.error(f"--n is {chosen.n}; at least 15 repetitions are needed")
    with tempfile.TemporaryDirectory(prefix="qazcube-bench-") as folder:
        cache = chosen.cache.absolute() if chosen.cache else Path(folder)
        os.environ["QAZCUBE_CACHE"] = str(cache)
        text = measure(cache, chosen.n)
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
