"""Image, region, overlay and profiles in real hands."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

import tofsims
from tofsims.recipe import Recipe

pytestmark = pytest.mark.browser

SIDE = 32
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


class Hands:
    """What a user of the view sees and does."""

    def __init__(self, page):
        self.page = page

    def data(self, name):
        return self.page.evaluate(DATA, name)

    def curve(self, number=0):
        return np.array(self.data(f"profile {number}")["y"], dtype=float)

    def pixels(self, name="image counts"):
        return np.array(self.data(name)["image"][0], dtype=float)

    def text(self, css):
        return self.page.locator(f".pw-{css} .bk-clearfix").inner_text()

    def region(self):
        return self.page.locator(".pw-region input").input_value()

    def at(self, x, y, figure="image"):
        return self.page.evaluate(PLACE, [figure, x, y])

    def until(self, true, what):
        end = time.monotonic() + 60.0
        while time.monotonic() < end:
            if true():
                return
            self.page.wait_for_timeout(60)
        raise AssertionError(what)

    def take(self, x, y, *, still=0):
        self.page.mouse.move(*self.at(x, y))
        self.page.mouse.down()
        self.page.wait_for_timeout(still)

    def to(self, x, y, steps=8):
        self.page.mouse.move(*self.at(x, y), steps=steps)

    def drag(self, start, *ends, still=0):
        self.take(*start, still=still)
        for end in ends:
            self.to(*end)
        self.page.mouse.up()

    def choose(self, css, label):
        self.page.locator(f".pw-{css} select").select_option(label=label)

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    run = tofsims.example(side=SIDE, scans=40)
    return tofsims.write_itm(tmp_path_factory.mktemp("events") / "x.itm", run).read_bytes()


@pytest.fixture
def file(tmp_path, events):
    path = tmp_path / "layer.itm"
    path.write_bytes(events)
    return path


@pytest.fixture
def hands(serve, browse, file):
    """The synthetic interlayer, counted, in a browser."""
    recipe = Recipe(ions=("Cl-", "GaCl-", "O-"))
    found = Hands(browse(serve(file, tofsims=recipe).url))
    found.page.locator(".pw-verdict .verdict").wait_for()
    found.page.locator(".pw-image-told p").wait_for()
    found.until(lambda: len(found.curve()) == 40, "no profile is drawn")
    return found


def test_the_profiles_the_image_and_the_answer_are_in_sight(hands):
    assert hands.pixels().shape in {(SIDE, SIDE), (SIDE * SIDE,)}
    for css in ("verdict", "table", "findings", "mass", "ions"):
        box = hands.page.locator(f".pw-{css}").bounding_box()
        assert box["y"] + 20 < 800, css
    assert "GaCl-" in hands.text("table")
    assert "m/Δm" in hands.text("mass")


def test_nothing_is_asked_of_other_machines(hands, browse):
    assert all(
        url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))
        for url in browse.asked
    )


def test_the_slider_chooses_the_scan_with_the_keyboard(hands):
    hands.choose("many", "1")
    hands.until(lambda: "scan 1," in hands.text("image-told"), "no image of one scan")
    first = hands.pixels()
    hands.page.locator(".pw-step .noUi-handle").focus()
    for _ in range(5):
        hands.page.keyboard.press("ArrowRight")
    hands.until(lambda: "scan 6," in hands.text("image-told"), hands.text("image-told"))
    assert (hands.pixels() != first).any()


def test_the_slider_is_dragged(hands):
    hands.choose("many", "5")
    hands.until(lambda: "scans 1 to 5" in hands.text("image-told"), hands.text("image-told"))
    handle = hands.page.locator(".pw-step .noUi-handle").bounding_box()
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    hands.page.mouse.move(x, y)
    hands.page.mouse.down()
    hands.page.mouse.move(x + 140, y, steps=10)
    hands.page.mouse.up()
    hands.until(lambda: "scans 1 " not in hands.text("image-told"), "the slider does not move")


def test_a_click_in_the_profile_shows_the_image_at_that_depth(hands):
    y = float(np.nanmean(hands.curve()))
    hands.page.mouse.click(*hands.at(300.0, y, "profile"))
    hands.until(lambda: "scans 18 to 22" in hands.text("image-told"), hands.text("image-told"))


def test_a_region_is_drawn_and_its_profile_follows_while_it_is(hands):
    whole = hands.curve()
    before = hands.text("verdict")
    hands.take(8, 8)
    hands.to(16, 16)
    hands.until(lambda: hands.curve().mean() < whole.mean() - 0.5, "the profile does not follow")
    assert hands.text("verdict") == before
    small = hands.curve().mean()
    hands.to(24, 24)
    hands.until(lambda: hands.curve().mean() > small + 0.3, "the profile does not follow")
    hands.page.mouse.up()
    assert hands.region() == "8,8,24,24"
    hands.until(lambda: len(hands.data("whole field")["ys"]) == 3, "no answer for the region")
    expected = whole.mean() + np.log10(16 * 16 / SIDE**2)
    assert hands.curve().mean() == pytest.approx(expected, abs=0.05)


def test_a_region_is_moved_pulled_at_its_corner_and_taken_away(hands):
    hands.drag((4, 4), (14, 12))
    hands.until(lambda: hands.region() == "4,4,14,12", hands.region())
    hands.drag((9, 8), (14, 18))
    hands.until(lambda: hands.region() == "9,14,19,22", hands.region())
    hands.drag((19, 22), (28, 29))
    hands.until(lambda: hands.region() == "9,14,28,29", hands.region())
    hands.press("whole field")
    hands.until(lambda: hands.region() == "", hands.region())
    hands.until(lambda: len(hands.data("whole field")["ys"]) == 0, "the region is still there")
    assert hands.data("outline")["xs"] == []


def test_a_region_cannot_be_moved_out_of_the_field(hands):
    hands.drag((4, 4), (14, 12))
    hands.drag((9, 8), (1, 1), (-5, -5))
    hands.until(lambda: hands.region() == "0,0,10,8", hands.region())


def test_who_holds_still_first_can_draw_all_the_same(hands):
    hands.drag((6, 6), (15, 20), still=700)
    hands.until(lambda: hands.region() == "6,6,15,20", hands.region())


def test_a_disc_is_drawn_moved_and_pulled_at_its_rim(hands):
    hands.press("disc")
    hands.drag((16, 16), (22, 16))
    hands.until(lambda: hands.region() == "disc:16,16,6", hands.region())
    hands.drag((16, 16), (12, 10))
    hands.until(lambda: hands.region() == "disc:12,10,6", hands.region())
    hands.drag((18, 10), (21, 10))
    hands.until(lambda: hands.region() == "disc:12,10,9", hands.region())


def test_a_polygon_is_drawn_around_something(hands):
    hands.press("polygon")
    hands.drag((4, 4), (24, 6), (26, 24), (6, 20), (4, 5))
    hands.until(lambda: hands.region().startswith("polygon:"), hands.region())
    corners = np.array(hands.region().removeprefix("polygon:").split(","), dtype=float)
    assert corners.size >= 8
    points = corners.reshape(-1, 2)
    for corner in ((24, 6), (26, 24), (6, 20)):
        assert np.hypot(*(points - corner).T).min() < 1.0
    hands.until(lambda: len(hands.data("whole field")["ys"]) == 3, "no answer for the region")


def test_a_click_draws_nothing_and_says_what_would(hands):
    assert "drag from corner to corner" in hands.text("hint")
    hands.page.mouse.click(*hands.at(10, 10))
    hands.until(lambda: "a click alone draws nothing" in hands.text("hint"), hands.text("hint"))
    assert hands.region() == ""
    assert hands.data("outline")["xs"] == []


def click_corners(hands, *corners):
    hands.press("polygon")
    assert "click corner by corner" in hands.text("hint")
    for corner in corners:
        hands.page.mouse.click(*hands.at(*corner))
        hands.page.wait_for_timeout(350)
    hands.until(lambda: "to close it" in hands.text("hint"), hands.text("hint"))


CORNERS = ((4, 4), (24, 6), (26, 24))


@pytest.mark.parametrize("close", ["first corner", "double click", "Enter"])
def test_a_polygon_is_clicked_corner_by_corner_and_closed(hands, close):
    click_corners(hands, *CORNERS)
    assert hands.region() == ""
    if close == "first corner":
        hands.page.mouse.click(*hands.at(4.3, 4.2))
    elif close == "double click":
        hands.page.mouse.dblclick(*hands.at(6, 20))
    else:
        hands.page.keyboard.press("Enter")
    hands.until(lambda: hands.region().startswith("polygon:"), hands.region())
    flat = np.array(hands.region().removeprefix("polygon:").split(","), dtype=float)
    expected = [*CORNERS, *([(6, 20)] if close == "double click" else [])]
    np.testing.assert_allclose(flat.reshape(-1, 2), expected, atol=0.2)
    hands.until(lambda: len(hands.data("whole field")["ys"]) == 3, "no answer for the region")


def test_a_polygon_that_is_clicked_is_cancelled_and_the_old_region_comes_back(hands):
    hands.drag((4, 4), (14, 12))
    hands.until(lambda: hands.region() == "4,4,14,12", hands.region())
    before = hands.data("outline")
    hands.until(lambda: len(hands.data("whole field")["ys"]) == 3, "no answer for the region")
    curve = hands.curve()
    click_corners(hands, (20, 20), (28, 20), (28, 28), (22, 30))
    hands.page.keyboard.press("Backspace")
    hands.until(lambda: len(hands.data("corners")["x"]) == 3, "no corner is taken back")
    hands.page.mouse.move(*hands.at(18, 26), steps=4)
    hands.page.keyboard.press("Escape")
    hands.until(lambda: hands.data("outline") == before, "the old region is not drawn")
    hands.until(lambda: np.allclose(hands.curve(), curve), "the old profile is not drawn")
    assert hands.region() == "4,4,14,12"


def test_a_drag_is_cancelled(hands):
    hands.take(8, 8)
    hands.to(16, 16)
    hands.page.keyboard.press("Escape")
    hands.page.mouse.up()
    hands.until(lambda: hands.data("outline")["xs"] == [], "it is still drawn")
    assert hands.region() == ""


def test_a_region_is_laid_moved_sized_and_taken_away_with_the_keys(hands):
    place = hands.page.get_by_role("application", name="image of the ions")
    hands.page.locator(".pw-tool .bk-btn").first.focus()
    for _ in range(6):
        if place.evaluate("(e) => e.matches(':focus')"):
            break
        hands.page.keyboard.press("Tab")
    assert "Enter lays a region" in hands.text("hint")
    hands.page.keyboard.press("Enter")
    hands.until(lambda: hands.region() == "8,8,24,24", hands.region())
    for _ in range(3):
        hands.page.keyboard.press("ArrowUp")
    hands.until(lambda: hands.region() == "8,11,24,27", hands.region())
    hands.page.keyboard.press("Shift+ArrowRight")
    hands.until(lambda: hands.region() == "8,11,25,27", hands.region())
    hands.page.keyboard.press("Delete")
    hands.until(lambda: hands.region() == "", hands.region())


def test_a_region_is_written_and_a_wrong_one_refused(hands):
    field = hands.page.locator(".pw-region input")
    field.fill("2,3,12,13")
    field.press("Enter")
    hands.until(lambda: hands.data("outline")["xs"] == [[2, 12, 12, 2]], "it is not drawn")
    field.fill("90,90,95,95")
    field.press("Enter")
    hands.page.get_by_role("alert").first.wait_for()
    hands.until(lambda: hands.region() == "2,3,12,13", hands.region())


def test_two_ions_are_laid_over_each_other(hands):
    hands.press("overlay")
    hands.choose("channel0", "GaCl-")
    hands.choose("channel1", "Cl-")
    hands.choose("channel2", "O-")
    hands.until(lambda: "brightest" in hands.text("image-told"), "there is no overlay")
    hands.until(lambda: hands.text("image-told").count("-,") == 3, hands.text("image-told"))
    assert len(np.unique(hands.pixels("overlay"))) > 50
    for css in ("channel0", "channel1", "channel2"):
        box = hands.page.locator(f".pw-{css}").bounding_box()
        assert box["x"] + box["width"] < hands.page.locator(".pw-verdict").bounding_box()["x"] + 1


def test_profiles_are_compared_over_their_maximum(hands):
    hands.press("linear")
    hands.press("of maximum")
    hands.until(lambda: abs(hands.curve(1).max() - 1.0) < 1e-6, "they are not")
    assert abs(hands.curve(2).max() - 1.0) < 1e-6


def test_an_ion_is_hidden_by_its_legend(hands):
    hands.page.evaluate(
        """() => {
          const figure = Bokeh.documents[0].get_model_by_name("profile")
          const legend = figure.right.find((one) => one.type === "Legend")
          const view = Bokeh.index.find_one(legend)
          window.legend = legend
        }"""
    )
    items = hands.page.locator(".bk-Legend .bk-item")
    items.first.click()
    hands.until(
        lambda: hands.page.evaluate("() => window.legend.items[0].renderers[0].visible === false"),
        "the line is still there",
    )


def test_a_reload_finds_the_region_again(hands):
    hands.drag((4, 4), (14, 12))
    hands.until(lambda: len(hands.data("whole field")["ys"]) == 3, "no answer for the region")
    hands.page.reload()
    hands.page.locator(".pw-image-told p").wait_for()
    assert hands.region() == "4,4,14,12"


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("profile.csv", b"scan,"),
        ("profile.svg", b"<?xml"),
        ("profile.png", b"\x89PNG"),
        ("recipe.toml", b"schema = "),
    ],
)
def test_what_can_be_taken_away(hands, name, begins, tmp_path):
    hands.drag((4, 4), (14, 12))
    hands.until(lambda: len(hands.data("whole field")["ys"]) == 3, "no answer for the region")
    hands.choose("files", name)
    with hands.page.expect_download() as taken:
        hands.press("Download")
    taken.value.save_as(tmp_path / "taken")
    content = (tmp_path / "taken").read_bytes()
    assert taken.value.suggested_filename == f"layer_{name}"
    assert content.startswith(begins)
    if name == "recipe.toml":
        assert b'region = "4,4,14,12"' in content


def test_a_result_is_saved_beside_the_file(hands, file):
    hands.press("Save result")
    hands.until(lambda: "saved in layer_tofsims" in hands.text("progress"), "it is not saved")
    document = json.loads((file.parent / "layer_tofsims/result.json").read_text())
    assert document["schema"] == "peakwright.tofsims.profile/1"


def test_an_ion_that_is_refused_does_not_stand_in_the_way_again(hands):
    other = hands.page.locator(".pw-other input")
    other.fill("GaCl9-")
    other.press("Enter")
    chosen = hands.page.locator(".pw-ions .choices__list--multiple")
    hands.until(lambda: "GaCl9-" in chosen.inner_text(), "it is not chosen")
    hands.press("Follow")
    hands.page.get_by_role("alert").wait_for()
    assert "GaCl9-" in hands.page.get_by_role("alert").inner_text()
    hands.until(lambda: "GaCl9-" not in chosen.inner_text(), "it is chosen still")
    assert "GaCl-" in chosen.inner_text()


def test_what_was_saved_is_what_the_fields_show(hands, file):
    window = hands.page.locator(".pw-window input")
    window.fill("9000,9999")
    window.press("Enter")
    hands.press("Save result")
    hands.until(lambda: "saved in layer_tofsims" in hands.text("progress"), "it is not saved")
    assert "was not followed" in hands.text("progress")
    hands.until(lambda: window.input_value() == "", "the window is not the saved one")
    assert json.loads((file.parent / "layer_tofsims/result.json").read_text())["recipe"] is not None


def test_all_can_be_reached_with_the_keyboard(hands):
    hands.page.locator("body").click(position={"x": 640, "y": 30})
    reached = set()
    # One round is 41 stops; at times the list of ions drops the focus, and is gone through again.
    for _ in range(80):
        hands.page.keyboard.press("Tab")
        reached.add(
            hands.page.evaluate(
                """() => {
                  let e = document.activeElement, css = ""
                  while (e) {
                    for (const c of e.classList ?? []) if (c.startsWith("pw-")) css = c
                    e = e.shadowRoot?.activeElement ?? null
                  }
                  return css
                }"""
            )
        )
    assert {"pw-region", "pw-step", "pw-many", "pw-tool", "pw-ion", "pw-window"} <= reached


def test_an_export_shows_its_profiles_alone(serve, browse, data_dir):
    path = data_dir / "tofsims/surfacelab_profiles/I231114p_A_MAPI_025s-LC_neg-8 - NF.txt"
    hands = Hands(browse(serve(path).url))
    hands.page.locator(".pw-verdict .verdict").wait_for()
    hands.until(lambda: len(hands.curve()) == 480, "no profile is drawn")
    assert "no images" in hands.text("head")
    assert not hands.page.locator(".pw-pictures").is_visible()


def test_a_file_of_spectra_is_told_of_in_a_sentence(serve, browse, data_dir):
    page = browse(serve(data_dir / "tofsims/surfacelab_spectra/N_Ru-Rh_Bi1_2.txt").url)
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "no depth profile" in alert.inner_text()


def test_help_is_shown_and_hidden(hands):
    text = hands.page.locator(".pw-help")
    assert not text.is_visible()
    hands.press("?")
    text.get_by_text("look closer").first.wait_for()
    hands.press("?")
    text.wait_for(state="hidden")


def test_long_names_of_files_ions_and_regions_stay_in_their_places(serve, browse, file):
    long = file.with_name("2024_crater_07_" + 7 * "negative_polarity_" + "region_3.itm")
    file.rename(long)
    ions = ("Cl-", "Ga[37Cl]-", "[71Ga]Cl-", "In[37Cl]-")
    hands = Hands(browse(serve(long, tofsims=Recipe(ions=ions)).url))
    hands.page.set_viewport_size({"width": 1280, "height": 800})
    hands.page.locator(".pw-verdict .verdict").wait_for()
    hands.until(lambda: len(hands.curve()) == 40, "no profile is drawn")
    headline = hands.page.locator(".pw-head h1")
    box, files = headline.bounding_box(), hands.page.locator(".pw-files").bounding_box()
    assert box["height"] < 26
    assert box["x"] + box["width"] <= files["x"]
    end = hands.page.locator(".pw-head .end").bounding_box()
    assert end["x"] + end["width"] <= files["x"]
    assert long.name in headline.get_attribute("title")
    table = hands.page.locator(".pw-table")
    assert "+" in hands.text("table")
    assert table.evaluate("(e) => e.scrollWidth <= e.clientWidth")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_the_view_fills_the_window(hands, width, height):
    hands.page.set_viewport_size({"width": width, "height": height})
    hands.page.wait_for_timeout(500)
    size = hands.page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert size == [width, height]
    lowest = hands.page.locator(".pw-again").bounding_box()
    assert height - 60 < lowest["y"] + lowest["height"] <= height


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_pixels_of_the_image_are_square(hands, width, height):
    hands.page.set_viewport_size({"width": width, "height": height})
    hands.page.wait_for_timeout(500)
    left, bottom = hands.at(0, 0)
    right, top = hands.at(SIDE, SIDE)
    assert right - left == pytest.approx(bottom - top, abs=1.5)
    assert right - left >= 240 * height / 720
