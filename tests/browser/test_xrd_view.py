"""Patterns, phases and candidates in real hands."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

import xrd
from xrd.recipe import Recipe

pytestmark = pytest.mark.browser

RECIPE = Recipe(
    candidates=("LiCl", "Li2S", "Li3P", "LiOH"), instrument=xrd.Instrument(radiation="Cu Ka")
)
DATA = """(name) => {
  const plain = (x) => ArrayBuffer.isView(x) ? Array.from(x) : Array.isArray(x) ? x.map(plain) : x
  const {data} = Bokeh.documents[0].get_model_by_name(name)
  return Object.fromEntries(Object.entries(data).map(([key, column]) => [key, plain(column)]))
}"""
PLACE = """([figure, x, y]) => {
  const view = Bokeh.index.find_one(Bokeh.documents[0].get_model_by_name(figure))
  const box = view.canvas_view.events_el.getBoundingClientRect()
  return [box.left + view.frame.x_scale.compute(x), box.top + view.frame.y_scale.compute(y)]
}"""
ENDS = """(name) => {
  const {start, end} = Bokeh.documents[0].get_model_by_name(name)
  return [start, end]
}"""


class Hands:
    """What a user of the view sees and does."""

    def __init__(self, page):
        self.page = page

    def data(self, name="pattern"):
        return {
            key: np.array(column) if name == "pattern" else column
            for key, column in self.page.evaluate(DATA, name).items()
        }

    def calculated(self, two_theta):
        drawn = self.data()
        return float(drawn["calculated"][np.abs(drawn["two_theta"] - two_theta).argmin()])

    def angles(self):
        return self.page.evaluate(ENDS, "angles")

    def at(self, x, y, figure="counts"):
        return self.page.evaluate(PLACE, [figure, x, y])

    def text(self, css):
        return self.page.locator(f".pw-{css} .bk-clearfix").inner_text()

    def until(self, true, what):
        end = time.monotonic() + 60.0
        while time.monotonic() < end:
            if true():
                return
            self.page.wait_for_timeout(60)
        raise AssertionError(what)

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def checkbox(self, css, label):
        return self.page.locator(f".pw-{css} label", has_text=label).locator("input")

    def row(self, name):
        return self.page.locator(".pw-table .slick-cell", has_text=name).first


@pytest.fixture(scope="module")
def text():
    return xrd.xy_text(xrd.example("unannealed"))


@pytest.fixture
def file(tmp_path, text):
    path = tmp_path / "unannealed.xy"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def checked(text, tmp_path_factory):
    """One server with one check for all tests that only look at it."""
    import references
    from peakwright.app.opened import opened
    from peakwright.app.page import Desk
    from peakwright.app.server import start

    path = tmp_path_factory.mktemp("pattern") / "unannealed.xy"
    path.write_text(text)
    desk = Desk(files=opened([path]), registry=references.load(), given={"xrd": RECIPE})
    server = start(desk)
    yield server
    server.stop()


@pytest.fixture
def hands(checked, browse):
    found = Hands(browse(checked.url))
    found.page.locator(".pw-verdict .verdict").wait_for()
    found.until(lambda: np.isfinite(found.data()["calculated"]).all(), "nothing is calculated")
    return found


def test_verdict_limits_and_findings_are_in_sight(hands):
    assert "impurity" in hands.text("verdict")
    assert "< " in "".join(hands.data("candidates")["mass"])
    assert "LiCl" in hands.text("findings")
    for css in ("verdict", "table", "findings", "among"):
        box = hands.page.locator(f".pw-{css}").bounding_box()
        assert box["y"] + 20 < 800, css
    assert hands.page.evaluate("() => document.documentElement.scrollWidth") <= 1280


def test_nothing_is_asked_of_other_machines(hands, browse):
    assert all(
        url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))
        for url in browse.asked
    )


def test_a_phase_is_switched_off_and_on(hands):
    before = hands.calculated(26.96)
    hands.checkbox("phases", "Li2S").click()
    hands.until(lambda: hands.calculated(26.96) < before - 2.0, "the curve still has the phase")
    hands.checkbox("phases", "Li2S").click()
    hands.until(lambda: hands.calculated(26.96) == before, "the phase does not come back")


def test_a_phase_is_switched_off_with_the_keyboard(hands):
    before = hands.calculated(34.93)
    hands.checkbox("phases", "LiCl").focus()
    hands.page.keyboard.press("Space")
    hands.until(lambda: hands.calculated(34.93) < before - 2.0, "the curve still has the phase")


def test_a_candidate_is_clicked_and_seen_at_its_best_line(hands):
    hands.row("Li3P").click()
    hands.until(lambda: hands.angles()[1] - hands.angles()[0] < 3.0, "it is not looked at")
    table = hands.data("candidates")
    line = float(table["line"][table["phase"].index("Li3P")])
    low, high = hands.angles()
    assert low < line < high
    assert np.isfinite(hands.data()["could"].astype(float)).all()
    assert "Li3P" in hands.data("lines")["phase"]


def test_candidates_are_gone_through_with_the_arrows(hands):
    hands.row("LiCl").click()
    hands.until(lambda: hands.angles()[1] < 37.0, "LiCl is not looked at")
    before = hands.angles()
    hands.page.keyboard.press("ArrowDown")
    hands.until(lambda: hands.angles() != before, "the arrow does nothing")


def test_lines_are_gone_through_and_the_whole_is_seen_again(hands):
    hands.press("line ▶")
    hands.until(lambda: hands.angles()[1] - hands.angles()[0] < 3.0, "no line is looked at")
    first = hands.angles()
    hands.press("line ▶")
    hands.until(lambda: hands.angles()[0] > first[0], "no next line")
    hands.press("whole pattern")
    hands.until(lambda: hands.angles()[1] - hands.angles()[0] > 69.0, "the whole is not seen")


def test_the_wheel_zooms_along_the_angles(hands):
    hands.page.mouse.move(*hands.at(40.0, 40.0))
    hands.page.mouse.wheel(0, -400)
    hands.until(lambda: hands.angles()[1] - hands.angles()[0] < 60.0, "the wheel does nothing")
    low, high = hands.angles()
    assert low < 40.0 < high


def test_a_box_zooms(hands):
    x0, y0 = hands.at(25.0, 80.0)
    x1, y1 = hands.at(33.0, 30.0)
    hands.page.mouse.move(x0, y0)
    hands.page.mouse.down()
    hands.page.mouse.move(x1, y1, steps=10)
    hands.page.mouse.up()
    hands.until(lambda: hands.angles()[1] - hands.angles()[0] < 10.0, "the box does nothing")
    assert hands.angles() == pytest.approx([25.0, 33.0], abs=0.6)


@pytest.mark.parametrize(
    ("label", "drawn"),
    [("linear", lambda counts: counts), ("log", np.log10)],
)
def test_the_axis_of_counts_has_three_scales(hands, label, drawn):
    counts = hands.data()["counts"]
    np.testing.assert_allclose(hands.data()["observed"], np.sqrt(counts))
    hands.press(label)
    hands.until(lambda: np.allclose(hands.data()["observed"], drawn(counts)), label)


def test_the_labels_of_the_axis_are_counts_whatever_its_scale(hands):
    labels = """() => {
      const figure = Bokeh.documents[0].get_model_by_name("counts")
      const view = Bokeh.index.find_one(figure.left[0])
      const at = view.tick_coords.major[1]
      return [Array.from(at), Array.from(view.compute_labels(at).items, (one) => one.text)]
    }"""
    places, told = hands.page.evaluate(labels)
    assert len(told) >= 4
    assert [float(one) for one in told] == pytest.approx(np.square(places).tolist(), rel=1e-3)


def test_the_background_is_taken_off(hands):
    hands.checkbox("background", "subtract").click()
    hands.until(lambda: np.abs(hands.data()["background"]).max() == 0.0, "it is still there")


@pytest.mark.parametrize(
    ("name", "begins"),
    [("pattern.svg", b"<?xml"), ("rows.csv", b"sample,"), ("recipe.toml", b"schema = ")],
)
def test_what_can_be_taken_away(hands, name, begins, tmp_path):
    hands.page.locator(".pw-files select").select_option(label=name)
    with hands.page.expect_download() as taken:
        hands.press("Download")
    taken.value.save_as(tmp_path / "taken")
    assert taken.value.suggested_filename == f"unannealed_{name}"
    assert (tmp_path / "taken").read_bytes().startswith(begins)


def test_another_check_is_asked_for_and_its_progress_seen(serve, browse, file):
    hands = Hands(browse(serve(file).url))
    hands.page.get_by_text("choose the radiation").wait_for()
    hands.until(lambda: len(hands.data()["observed"]) == 3501, "the pattern is not drawn")
    hands.page.locator(".pw-radiation select").select_option(label="Cu Kα")
    for name in ("Li3PO4", "In2O3", "LiGa"):
        hands.checkbox("among", name).first.uncheck()
    hands.press("Check")
    hands.page.locator(".pw-progress", has_text="checking").wait_for()
    hands.page.locator(".pw-verdict .verdict").wait_for()
    phases = hands.data("candidates")["phase"]
    assert "Li3P" in phases
    assert "Li3PO4" not in phases
    hands.press("Save result")
    hands.until(lambda: "saved in unannealed_xrd" in hands.text("progress"), "it is not saved")
    document = json.loads((file.parent / "unannealed_xrd/result.json").read_text())
    assert document["verdict"] == "impurity"


def test_a_pattern_that_cannot_be_checked_is_told_of_in_a_sentence(serve, browse, data_dir):
    page = browse(serve(data_dir / "xrd/patterns/formats/rigaku_three_column.ras").url)
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "Traceback" not in alert.inner_text()


def test_a_hostile_name_does_nothing(serve, browse, tmp_path, text):
    path = tmp_path / "<img src=x onerror=window.hit=1>.xy"
    path.write_text(text)
    page = browse(serve(path).url)
    page.get_by_text("choose the radiation").wait_for()
    page.wait_for_timeout(300)
    assert page.evaluate("() => window.hit") is None


def test_each_of_several_files_has_its_tab(serve, browse, file, data_dir):
    other = data_dir / "tofsims/surfacelab_profiles/I240416f_B_MAPI_1f_pos-B1 - NF.txt"
    page = browse(serve(file, other).url)
    page.get_by_text("choose the radiation").wait_for()
    page.locator(".bk-tab").nth(1).click()
    page.locator(".pw-ions").wait_for()
    page.locator(".pw-head", has_text="exported profile").wait_for()
    assert not page.locator(".pw-radiation").is_visible()
    page.locator(".bk-tab").nth(0).click()
    page.locator(".pw-radiation").wait_for()
    assert not page.locator(".pw-ions").is_visible()


def test_a_long_name_stays_above_the_pattern_and_a_wrong_phase_has_no_mass(serve, browse, file):
    long = file.with_name(9 * "unannealed_powder_" + "of_the_third_batch.xy")
    file.rename(long)
    recipe = RECIPE.model_copy(update={"phase": "LiCl", "candidates": ("Li2S",)})
    hands = Hands(browse(serve(long, xrd=recipe).url))
    hands.page.set_viewport_size({"width": 1280, "height": 800})
    hands.page.locator(".pw-verdict .verdict").wait_for()
    headline = hands.page.locator(".pw-head h1").bounding_box()
    assert headline["height"] < 26
    assert (
        headline["x"] + headline["width"] <= hands.page.locator(".pw-verdict").bounding_box()["x"]
    )
    assert hands.page.locator(".pw-head .end").inner_text().endswith("batch.xy")
    alert = hands.page.get_by_role("alert").first
    assert "no mass fraction" in alert.inner_text()
    assert hands.data("candidates")["mass"] == ["", ""]
    for css in ("verdict", "table", "findings"):
        box = hands.page.locator(f".pw-{css}").bounding_box()
        assert box["x"] + box["width"] <= 1272, css


def test_help_is_shown_and_hidden(hands):
    text = hands.page.locator(".pw-help")
    assert not text.is_visible()
    hands.press("?")
    text.get_by_text("look closer").first.wait_for()
    hands.press("?")
    text.wait_for(state="hidden")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_the_view_fills_the_window(hands, width, height):
    hands.page.set_viewport_size({"width": width, "height": height})
    hands.page.wait_for_timeout(500)
    size = hands.page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert size == [width, height]
    lowest = hands.page.locator(".pw-among").bounding_box()
    assert height - 60 < lowest["y"] + lowest["height"] <= height
