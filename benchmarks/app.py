"""How fast the XPS view follows a hand: real drags in a real browser.

A spectrum of 500 points with three doublets is served and opened in headless Chromium; a marker is
dragged by the mouse, one move each 60 ms, and each move is timed from the pointer event in the page
to the end of the painting that shows its curve. Prints the median and the 95th percentile, how many
moves were drawn, how long the page took to be ready, and what it asked of the network.

Run: ``python benchmarks/app.py [--moves 100] [--json]``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

for library in ("OPENBLAS", "MKL", "OMP"):  # as the command line sets it, before numpy looks
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

import numpy as np

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
POINTS = 500
SPECIES = ("PS4", "Li2S", "SOx")

WATCH = """
() => {
  const doc = Bokeh.documents[0]
  const gestures = doc.get_model_by_name("gestures"), curves = doc.get_model_by_name("curves")
  const pace = {moved: null, seen: [], moves: 0}
  window.pace = pace
  addEventListener("pointermove", () => { pace.moved ??= performance.now() }, {capture: true})
  let sent = null
  gestures.properties.data.change.connect(() => {
    if (gestures.data.command[0] != "hold") return
    pace.moves += 1
    sent = pace.moved ?? performance.now()
    pace.moved = null
  })
  let due = null
  curves.properties.data.change.connect(() => {
    due ??= sent
    sent = null
  })
  const view = Bokeh.index.find_one(doc.get_model_by_name("spectrum"))
  const paint = view.paint.bind(view)
  view.paint = () => {
    paint()
    if (due != null) pace.seen.push(performance.now() - due)
    due = null
  }
}
"""


def write_spectrum(folder):
    """Three doublets on 500 points, with Poisson counts, as a VAMAS-free two-column file."""
    rng = np.random.default_rng(7)
    energy = np.linspace(156.0, 172.0, POINTS)
    rate = 900.0 + 12.0 * (energy - 156.0)
    for place, area in ((160.25, 1500.0), (161.45, 8000.0), (166.7, 1500.0)):
        for shift, share in ((0.0, 1.0), (1.18, 0.5)):
            rate += area * share * np.exp(-0.5 * ((energy - place - shift) / 0.48) ** 2) / 1.2
    counts = rng.poisson(rate)
    path = Path(folder) / "three_doublets.csv"
    lines = ["binding energy (eV),S 2p counts"]
    lines += [f"{x:.3f},{n}" for x, n in zip(energy, counts, strict=True)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def measure(moves):
    """Serve, open, drag; give the figures."""
    from playwright.sync_api import sync_playwright

    import references
    import xps
    from peakwright.app.opened import opened
    from peakwright.app.page import Desk
    from peakwright.app.server import start

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = write_spectrum(folder)
        recipe = xps.Recipe(envelopes=(xps.envelope("S 2p", list(SPECIES)),))
        desk = Desk(files=opened([path]), registry=references.load(), given={"xps": recipe})
        server = start(desk)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(FLAGS)
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        begun = time.perf_counter()
        page.goto(server.url)
        page.get_by_role("button", name="save result").wait_for()
        page.wait_for_function(
            "() => Bokeh.documents[0].get_model_by_name('curves').data.x.length > 0"
        )
        ready = time.perf_counter() - begun
        page.get_by_text("reduced χ²").wait_for()
        page.wait_for_function("() => !document.body.innerText.includes('fitting')", timeout=60_000)
        page.wait_for_timeout(3000)
        page.evaluate(WATCH)
        drag(page, moves)
        page.wait_for_timeout(500)
        pace = page.evaluate("window.pace")
        browser.close()
        server.stop()
    ours = f"http://127.0.0.1:{server.port}/"
    foreign = [url for url in asked if not url.startswith((ours, "data:", "blob:"))]
    seen = pace["seen"]
    return {
        "points": POINTS,
        "components": len(SPECIES),
        "moves": pace["moves"],
        "drawn": len(seen),
        "median_ms": round(statistics.median(seen), 1),
        "p95_ms": round(float(np.percentile(seen, 95)), 1),
        "max_ms": round(max(seen), 1),
        "ready_s": round(ready, 2),
        "foreign_requests": len(foreign),
    }


PLACES = """
(name) => {
  const doc = Bokeh.documents[0]
  const handles = doc.get_model_by_name("handles")
  const plot = doc.get_model_by_name("spectrum")
  const view = Bokeh.index.find_one(plot)
  const box = view.canvas_view.events_el.getBoundingClientRect()
  const i = Array.from(handles.data.name).indexOf(name)
  return [box.left + view.frame.x_scale.compute(handles.data.x[i]),
          box.top + view.frame.y_scale.compute(handles.data.y[i])]
}
"""


def drag(page, moves):
    """Drag the second species about, and back."""
    x, y = page.evaluate(PLACES, SPECIES[1])
    page.mouse.move(x, y)
    page.mouse.down()
    for i in range(moves):
        page.mouse.move(x + 14.0 * np.sin(0.35 * (i + 1)), y + 10.0 * np.cos(0.2 * i))
        page.wait_for_timeout(60)
    page.mouse.up()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.moves)
    if given.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{found['points']} points, {found['components']} doublets")
    print(
        f"mouse move to new curve: median {found['median_ms']} ms, 95th {found['p95_ms']} ms, "
        f"longest {found['max_ms']} ms"
    )
    print(
        f"{found['drawn']} of {found['moves']} moves drawn; page ready {found['ready_s']} s; "
        f"{found['foreign_requests']} foreign requests"
    )


if __name__ == "__main__":
    main()
