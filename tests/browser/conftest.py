"""A real Chromium, and pages served to it from copies of real files."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass, field

import pytest

import references
import xps
from peakwright.app.opened import opened
from peakwright.app.page import Desk
from peakwright.app.server import start

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 30.0
OUTCOMES = ("converged", "at bound", "max iter", "singular", "multimodal", "failed")


@pytest.fixture(scope="session")
def chromium(request):
    """The installed browser; where there is none its tests are skipped, or fail if one has to be."""
    required = request.config.getoption("--require-browser") or os.environ.get(
        "PEAKWRIGHT_REQUIRE_BROWSER"
    )
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    playwright = pytest.importorskip("playwright.sync_api") if not required else None
    if found is None:
        reason = "no Chromium is installed; on Debian the package is `chromium`"
        if required:
            pytest.fail(f"{reason}, and one is required", pytrace=False)
        pytest.skip(reason)
    if playwright is None:
        from playwright import sync_api as playwright
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium):
    """Open pages at the smallest size that is promised; nothing may fail in them unseen."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    faults, asked = [], []

    def opened_page(url):
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(url)
        return page

    opened_page.asked = asked
    yield opened_page
    context.close()
    assert faults == []


@pytest.fixture
def serve():
    """Serve files for one test."""
    servers = []

    def served(*files, **given):
        servers.append(start(Desk(files=opened(files), registry=references.load(), given=given)))
        return servers[-1]

    yield served
    for server in servers:
        server.stop()


@pytest.fixture
def example(tmp_path):
    """A copy of the bundled measurement: what is saved beside it is this test's own."""
    path = tmp_path / "interphase.vms"
    shutil.copy(xps.example_path(), path)
    return path


MODEL = "(name) => Bokeh.documents[0].get_model_by_name(name)"
DATA = """(name) => Object.fromEntries(
  Object.entries(Bokeh.documents[0].get_model_by_name(name).data).map(
    ([key, column]) => [key, Array.from(column, (x) => ArrayBuffer.isView(x) ? Array.from(x) : x)]))
"""
PLACE = """([figure, x, y]) => {
  const view = Bokeh.index.find_one(Bokeh.documents[0].get_model_by_name(figure))
  const box = view.canvas_view.events_el.getBoundingClientRect()
  return [box.left + view.frame.x_scale.compute(x), box.top + view.frame.y_scale.compute(y)]
}"""


@dataclass
class Hands:
    """What a user of the XPS view sees and does."""

    page: object
    seen: list = field(default_factory=list)

    # seeing

    def data(self, name):
        return self.page.evaluate(DATA, name)

    def marker(self, name):
        handles = self.data("handles")
        i = handles["name"].index(name)
        return handles["x"][i], handles["y"][i]

    def components(self):
        return self.data("components")["name"]

    def at(self, x, y, figure="spectrum"):
        return self.page.evaluate(PLACE, [figure, x, y])

    def status(self):
        return self.page.locator(".panel.status").inner_text()

    def cell(self, field, name):
        return self.page.locator(f'[data-key="{field} {name}"]')

    def u(self, field, name):
        return self.cell(f"value {field}", name).locator("xpath=../following-sibling::td[1]")

    def settled(self):
        """Wait until the fit of what is in sight is there."""
        self.page.wait_for_timeout(100)
        outcome = self.page.locator(".panel.shares .outcome b")
        heading = self.page.locator(".panel.findings h2")
        self.until(
            lambda: (
                outcome.inner_text() in OUTCOMES and "being checked" not in heading.inner_text()
            ),
            "the fit is not there",
        )
        return self

    def until(self, true, what):
        """Wait for something to become so."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if true():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{what}; the page says {self.status()!r}")

    # doing

    def look_at(self, region):
        self.page.select_option('select[data-command="region"]', label=region)
        self.until(lambda: region in self.page.locator(".panel.shares").inner_text(), region)
        return self.settled()

    def add(self, species):
        self.page.select_option('select[data-command="add"]', value=species)
        self.until(lambda: species in self.components(), f"{species} is not added")
        return self.settled()

    def take(self, name):
        x, y = self.at(*self.marker(name))
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        return x, y

    def drag(self, name, dx, dy=0.0, steps=8):
        x, y = self.take(name)
        for i in range(1, steps + 1):
            self.page.mouse.move(x + dx * i / steps, y + dy * i / steps)
            self.page.wait_for_timeout(20)
        self.page.mouse.up()

    def write(self, field, name, text):
        cell = self.cell(field, name)
        cell.fill(text)
        cell.press("Enter")


@pytest.fixture
def hands(serve, browse, example):
    """S 2p of the bundled measurement, fitted with two species, in a browser."""
    recipe = xps.Recipe(
        charge=(xps.Charge(shift=0.32),),
        envelopes=(xps.envelope("S 2p", ["PS4", "Li2S"]),),
    )
    page = browse(serve(example, xps=recipe).url)
    found = Hands(page)
    page.get_by_role("button", name="save result").wait_for()
    found.until(lambda: found.components() == ["PS4", "Li2S"], "the recipe is not there")
    return found.settled()
