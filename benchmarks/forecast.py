"""The forecast page in Chromium: training from a click, a second visit, the threshold slider.

    python benchmarks/forecast.py [--n 20] [--cache FOLDER]

Starts the server as ``qazcube serve`` does, in a temporary cache with the demonstration cubes (of
FOLDER, copied). For Central Asia and for the globe: one training that makes the tables of
features; then, in a server of its own, one that finds them and makes all fits anew, timed from the
click; then n visits, each in a browser that knows nothing, timed from the navigation to the second
animation frame after the scores are seen; then n steps of the threshold slider, from the key's
event to the second frame after the matrix has changed. The table is printed and kept in
``benchmarks/results-forecast.md``. Use a quiet machine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from playwright.sync_api import Browser  # noqa: E402

from analysis.service.demo import prepare_demo  # noqa: E402
from benchmarks.browserkit import Row, brief, chromium, open_page, serve, table  # noqa: E402
from benchmarks.measure import machine, middle_and_tail  # noqa: E402

RESULTS = Path(__file__).with_name("results-forecast.md")
REGIONS = {"kazakhstan_central_asia": "Central Asia", "global": "globe"}
PATIENCE = 300_000  # ms

WATCH = """
window.bench = {}
const frame = requestAnimationFrame
const painted = (then) => frame(() => frame(() => then(performance.now())))
const find = (root, wanted, past) => {
  for (const node of root.querySelectorAll("*")) {
    if (past && node.id == past) continue
    if (node.matches(wanted) && node.getBoundingClientRect().height) return node
    const found = node.shadowRoot && find(node.shadowRoot, wanted, past)
    if (found) return found
  }
  return null
}
bench.find = (wanted) => find(document, wanted, "qc-first")
const look = () => {
  if (!bench.score && find(document, ".qp-card", "")) painted(now => { bench.score ??= now })
  if (!bench.score || !bench.find(".qp-card")) return frame(look)
  painted(now => { bench.live = now })
}
frame(look)
bench.step = () => new Promise((done) => {
  const text = () => bench.find(".qp-matrix").innerText
  const before = text()
  let begun = null
  addEventListener("keydown", (event) => { begun = event.timeStamp }, {capture: true, once: true})
  const wait = () => text() != before ? painted(now => done(now - begun)) : frame(wait)
  wait()
})
"""


def trained(browser: Browser, url: str) -> tuple[float, float]:
    """Seconds from the click to the first scores, and to all models."""
    page = open_page(browser, url, WATCH, PATIENCE)
    page.wait_for_function("() => bench.find('.qp-start')")
    page.wait_for_timeout(3000)  # the map of the baseline is made meanwhile
    begun = time.perf_counter()
    page.get_by_role("button", name="Train and compare").click()
    page.wait_for_function("() => bench.find('.qp-card')", polling=50)
    first = time.perf_counter() - begun
    page.get_by_role("button", name="Trained", exact=True).wait_for(timeout=PATIENCE)
    found = first, time.perf_counter() - begun
    page.context.close()
    return found


def visits(browser: Browser, url: str, n: int) -> tuple[list[float], list[float]]:
    """Seconds of n visits until a score is painted, and until the page's own cards are."""
    scores, lives = [], []
    for turn in range(n + 2):  # the first make the server keep the head
        page = open_page(browser, url, WATCH, PATIENCE)
        page.wait_for_function("() => bench.live", polling=50)
        page.wait_for_timeout(1000)
        score, live = page.evaluate("() => [bench.score / 1e3, bench.live / 1e3]")
        page.context.close()
        if turn > 1:
            scores.append(score)
            lives.append(live)
    return scores, lives


def steps(browser: Browser, url: str, n: int) -> list[float]:
    """Milliseconds of n steps of the slider."""
    page = open_page(browser, f"{url}&tab=alarms", WATCH, PATIENCE)
    page.wait_for_function("() => bench.find('.qp-matrix')")
    page.wait_for_timeout(4000)
    slider = page.get_by_role("slider", name="Alarm where the probability is at least")
    slider.focus()
    found = []
    for turn in range(n + 2):
        page.evaluate("() => { bench.took = null; bench.step().then(took => bench.took = took) }")
        slider.press("ArrowLeft" if turn % 2 else "PageDown")
        page.wait_for_function("() => bench.took !== null", polling=20)
        found.append(float(page.evaluate("() => bench.took")))
        page.wait_for_timeout(250)
    page.context.close()
    return found[2:]


def rows(region: str, name: str, cache: Path, browser: Browser, n: int) -> list[Row]:
    """Measure one region."""

    def ask(url: str) -> str:
        return f"{url.rpartition('/')[0]}/forecast?lang=en&where={region}"

    with serve(cache) as server:  # the tables of features are made
        trained(browser, ask(server.url))
    for folder in ("models", "forecasting/fits"):
        shutil.rmtree(cache / folder, ignore_errors=True)
    with serve(cache) as server:
        page = ask(server.url)
        first, last = trained(browser, page)
        scores, lives = visits(browser, page, n)
        slid = steps(browser, page, n)
    middle, tail = middle_and_tail(scores)
    whole, slow = middle_and_tail(lives)
    step, most = middle_and_tail(slid)
    return [
        (f"{name}: click to first scores, s", brief(first), "<= 10", first <= 10),
        (f"{name}: click to all five models, s", brief(last), "<= 60", last <= 60),
        (f"{name}: second visit to painted score, s, p95", f"{brief(middle)} / {brief(tail)}",
         "< 1", tail < 1),
        (f"{name}: second visit to the page's own cards, s, p95",
         f"{brief(whole)} / {brief(slow)}", "<= 3", slow <= 3),
        (f"{name}: key to painted matrix, ms, p95", f"{brief(step)} / {brief(most)}", "<= 150",
         most <= 150),
    ]  # fmt: skip


def report(rows: list[Row], n: int, busy: str) -> str:
    """Write the table in Markdown."""
    return (
        f"# The forecast page in Chromium\n\n`python benchmarks/forecast.py --n {n}`, {busy}; "
        "browser and server on the same machine, 1400 x 900 pixels, headless, no GPU, packaged "
        f"earthquakes, five models with their defaults.\n\n{table(rows, 'once, or median / p95')}"
    )


def main() -> None:
    """Measure, print and keep the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--n", type=int, default=20, help="visits and steps, at least 5")
    parser.add_argument("--cache", type=Path, help="folder of prepared cubes")
    chosen = parser.parse_args()
    if chosen.n < 5:
        parser.error(f"--n is {chosen.n}; at least 5 repetitions are needed")
    with tempfile.TemporaryDirectory(prefix="qazcube-bench-") as folder:
        cache = Path(folder)
        if chosen.cache:
            shutil.copytree(chosen.cache / "cubes", cache / "cubes")
        os.environ["QAZCUBE_CACHE"] = str(cache)
        prepare_demo()
        busy = machine()
        with chromium() as browser:
            found = [
                row
                for region, name in REGIONS.items()
                for row in rows(region, name, cache, browser, chosen.n)
            ]
    text = report(found, chosen.n, busy)
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
