"""Markers, the wheel, the residual and the window in real hands; each trap has its test."""

from __future__ import annotations

import re
import threading

import numpy as np
import pytest

from peakwright.app.xps import answers
from xps import sample

pytestmark = pytest.mark.browser


def test_the_axis_of_binding_energies_runs_from_right_to_left(hands):
    left, _ = hands.at(165.0, 2000.0)
    right, _ = hands.at(160.0, 2000.0)
    assert left < right


def test_the_curve_follows_the_marker_while_it_is_held(hands):
    before = np.array(hands.data("curves")["envelope"])
    x, y = hands.take("Li2S")
    seen = []
    for i in range(1, 11):
        hands.page.mouse.move(x - 4 * i, y)
        hands.page.wait_for_timeout(120)
        seen.append(hands.data("curves")["envelope"])
    assert len({tuple(curve) for curve in seen}) >= 8
    assert np.abs(np.array(seen[-1]) - before).max() > 50
    hands.page.mouse.up()


def test_the_marker_is_under_the_pointer(hands):
    x, y = hands.take("Li2S")
    hands.page.mouse.move(x - 9, y - 10)
    hands.page.mouse.move(x - 18, y - 20)
    hands.page.wait_for_timeout(200)
    assert hands.at(*hands.marker("Li2S")) == pytest.approx([x - 18, y - 20], abs=1.5)
    hands.page.mouse.up()


def test_who_holds_still_first_can_drag_all_the_same(hands):
    start, _ = hands.marker("Li2S")
    x, y = hands.take("Li2S")
    hands.page.wait_for_timeout(700)
    hands.page.mouse.move(x - 6, y)
    hands.page.mouse.move(x - 15, y)
    hands.page.wait_for_timeout(300)
    assert hands.marker("Li2S")[0] > start + 0.1
    hands.page.mouse.up()
    hands.until(lambda: "Li2S moved" in hands.status(), "it was not moved")


def test_on_release_the_fit_is_free_again_and_one_undo_away(hands):
    before = hands.marker("Li2S")[0]
    hands.drag("Li2S", -12)
    hands.until(lambda: "Li2S moved to" in hands.status(), "it was not moved")
    hands.settled()
    assert hands.marker("Li2S")[0] == pytest.approx(before, abs=0.02)  # back where the data are
    hands.page.get_by_role("button", name="undo").click()
    hands.until(lambda: "undone: Li2S moved" in hands.status(), "no undo")


def test_a_way_over_another_species_and_back_costs_none_its_area(hands):
    # Chained warm starts collapsed a species on the way, and the fit on release stayed there.
    before = np.array(hands.data("curves")["envelope"])
    x, y = hands.take("PS4")
    for dx in (*range(0, 40, 4), *range(40, -40, -4), *range(-40, 1, 4)):
        hands.page.mouse.move(x + dx, y)
        hands.page.wait_for_timeout(30)
    hands.page.mouse.move(x, y)
    hands.page.wait_for_timeout(400)
    assert np.abs(np.array(hands.data("curves")["envelope"]) - before).max() < 0.05 * before.max()
    hands.page.mouse.up()
    hands.settled()
    after = np.array(hands.data("curves")["envelope"])
    assert np.abs(after - before).max() < 0.005 * before.max()


def test_a_marker_stops_at_the_end_of_the_librarys_window(hands):
    high = dict(zip(hands.data("handles")["name"], hands.data("handles")["high"], strict=True))
    x, y = hands.take("PS4")
    hands.page.mouse.move(x - 60, y)
    hands.page.mouse.move(x - 260, y)
    hands.page.wait_for_timeout(200)
    assert hands.marker("PS4")[0] == pytest.approx(high["PS4"], abs=1e-6)
    hands.page.mouse.up()
    hands.until(lambda: "PS4 moved" in hands.status(), "it was not moved")
    hands.settled()
    # At the very end it would have been taken for a wish to leave the window.
    assert hands.page.locator(".panel.shares .outcome b").inner_text() == "converged"


def test_an_active_box_zoom_does_not_fight_the_markers(hands):
    span = hands.page.evaluate(
        "() => { const r = Bokeh.documents[0].get_model_by_name('spectrum').x_range;"
        " const t = Bokeh.documents[0].get_model_by_name('spectrum').toolbar;"
        " t.tools[0].active = true; return [r.start, r.end] }"
    )
    hands.drag("Li2S", -15)
    hands.until(lambda: "Li2S moved" in hands.status(), "it was not moved")
    now = hands.page.evaluate(
        "() => { const r = Bokeh.documents[0].get_model_by_name('spectrum').x_range;"
        " return [r.start, r.end] }"
    )
    assert now == span


def test_escape_lets_go_without_a_trace(hands):
    before = hands.marker("Li2S")
    x, y = hands.take("Li2S")
    hands.page.mouse.move(x - 10, y - 10)
    hands.page.mouse.move(x - 30, y - 30)
    hands.page.wait_for_timeout(200)
    hands.page.keyboard.press("Escape")
    hands.page.mouse.up()
    hands.settled()
    assert hands.marker("Li2S") == pytest.approx(before, rel=1e-3)
    assert hands.page.get_by_role("button", name="undo").is_disabled()


@pytest.fixture
def fits(monkeypatch):
    """The regions that the page has had fitted; its server is in this process."""
    done = []
    fit = sample.fit

    def counted(spectrum, envelope, **given):
        done.append(envelope.region)
        return fit(spectrum, envelope, **given)

    monkeypatch.setattr(sample, "fit", counted)
    return done


def numbers(hands, name):
    return [
        float(hands.cell(f"value {f}", name).input_value()) for f in ("position", "fwhm", "area")
    ]


def test_the_grid_follows_a_held_marker(hands):
    before = numbers(hands, "Li2S")
    other = numbers(hands, "PS4")[2]
    x, y = hands.take("Li2S")
    seen = set()
    for i in range(1, 9):
        hands.page.mouse.move(x - 4 * i, y - 5 * i)
        hands.page.wait_for_timeout(120)
        seen.add(hands.cell("value position", "Li2S").input_value())
    assert len(seen) >= 6
    position, _, area = numbers(hands, "Li2S")
    assert position == pytest.approx(hands.marker("Li2S")[0], abs=0.006)
    assert area > 1.2 * before[2]
    assert numbers(hands, "PS4")[2] != other
    assert hands.u("position", "Li2S").inner_text() == "…"  # and says no old uncertainty
    hands.page.keyboard.press("Escape")
    hands.page.mouse.up()
    hands.until(lambda: numbers(hands, "Li2S") == before, "the grid stayed where the hand was")
    assert "±" in hands.u("position", "Li2S").inner_text()


def test_the_grid_follows_the_wheel(hands):
    before = numbers(hands, "Li2S")
    hands.page.mouse.move(*hands.at(*hands.marker("Li2S")))
    for _ in range(4):
        hands.page.mouse.wheel(0, -100)
        hands.page.wait_for_timeout(30)
    hands.until(lambda: numbers(hands, "Li2S")[1] > 1.1 * before[1], "the width did not follow")
    hands.settled()


def test_what_was_let_go_undone_or_done_again_is_not_fitted_again(hands, fits):
    first = hands.data("curves")["envelope"]
    x, y = hands.take("Li2S")
    hands.page.mouse.move(x - 10, y - 10)
    hands.page.mouse.move(x - 25, y - 25)
    hands.until(lambda: hands.data("curves")["envelope"] != first, "nothing moved")
    hands.page.keyboard.press("Escape")
    hands.page.mouse.up()
    hands.until(lambda: hands.data("curves")["envelope"] == first, "it is not as it was")
    hands.settled()
    assert fits == []
    hands.write("constrain position", "Li2S", "160.5 fixed")
    hands.until(lambda: "160.5 fixed" in hands.status(), "it was not fixed")
    hands.settled()
    second = hands.data("curves")["envelope"]
    done = list(fits)
    hands.page.get_by_role("application").focus()
    hands.page.keyboard.press("Control+z")
    hands.until(lambda: hands.data("curves")["envelope"] == first, "it is not as it was")
    hands.page.keyboard.press("Control+Shift+Z")
    hands.until(lambda: hands.data("curves")["envelope"] == second, "it is not as it was")
    hands.settled()
    assert fits == done


def test_the_last_preview_stays_until_the_fit_is_there(hands, monkeypatch):
    go = threading.Event()
    fit = sample.fit

    def late(spectrum, envelope, **given):
        assert go.wait(20)
        return fit(spectrum, envelope, **given)

    monkeypatch.setattr(sample, "fit", late)
    hands.drag("Li2S", -20, -40)
    hands.until(lambda: "Li2S moved to" in hands.status(), "it was not moved")
    outcome = hands.page.locator(".panel.shares .outcome")
    hands.until(lambda: "fitting" in outcome.inner_text(), "nothing says that it is fitted")
    held = hands.data("curves")["envelope"]
    place = float(re.search(r"moved to ([\d.]+)", hands.status())[1])
    assert hands.marker("Li2S")[0] == pytest.approx(place, abs=0.006)
    hands.page.wait_for_timeout(500)
    assert hands.data("curves")["envelope"] == held
    go.set()
    hands.settled()
    assert hands.data("curves")["envelope"] != held


def test_a_slow_fit_is_shown_before_its_uncertainties_are_there(hands, monkeypatch):
    go = threading.Event()
    fit = sample.fit

    def late(spectrum, envelope, **given):
        assert go.wait(20)
        return fit(spectrum, envelope, **given)

    monkeypatch.setattr(sample, "fit", late)
    monkeypatch.setattr(answers, "SLOW", -1.0)
    hands.drag("Li2S", -20, -40)
    outcome = hands.page.locator(".panel.shares .outcome")
    hands.until(lambda: "uncertainties follow" in outcome.inner_text(), "nothing is shown")
    early = hands.data("curves")["envelope"]
    assert hands.u("position", "Li2S").inner_text() == "…"
    go.set()
    hands.settled()
    assert hands.data("curves")["envelope"] == early
    assert "±" in hands.u("position", "Li2S").inner_text()


def test_the_wheel_over_a_marker_is_its_width(hands):
    hands.page.mouse.move(*hands.at(*hands.marker("Li2S")))
    before = np.array(hands.data("curves")["envelope"])
    for _ in range(5):
        hands.page.mouse.wheel(0, -100)
        hands.page.wait_for_timeout(40)
    hands.until(
        lambda: np.abs(np.array(hands.data("curves")["envelope"]) - before).max() > 10,
        "the curve did not follow",
    )
    hands.until(lambda: "Li2S made" in hands.status(), "no new width")
    hands.settled()


def turned(hands, name, steps):
    """Turn the wheel over a marker, and give the width before."""
    before = float(hands.cell("value fwhm", name).input_value())
    hands.page.mouse.move(*hands.at(*hands.marker(name)))
    for _ in range(steps):
        hands.page.mouse.wheel(0, -100)
    hands.page.wait_for_timeout(60)
    return before


def width(hands, name):
    return float(started(hands, name).removeprefix("from "))


def started(hands, name):
    return hands.cell("constrain fwhm", name).get_attribute("placeholder")


@pytest.mark.parametrize("then", ["drag", "undo", "region", "wait"])
def test_what_follows_the_wheel_at_once_does_not_widen_twice(hands, then):
    before = turned(hands, "Li2S", 5)
    if then == "drag":
        hands.drag("Li2S", -15)
        hands.until(lambda: "Li2S moved" in hands.status(), "it was not moved")
        hands.page.wait_for_timeout(500)
    elif then == "undo":
        hands.page.keyboard.press("Control+z")
        hands.until(lambda: "undone: Li2S made" in hands.status(), "nothing was undone")
        hands.page.keyboard.press("Control+Shift+Z")
        hands.until(lambda: "done again: Li2S made" in hands.status(), "nothing was done again")
    elif then == "region":
        hands.page.keyboard.press("]")
        hands.page.wait_for_timeout(600)
        hands.page.keyboard.press("[")
    hands.until(lambda: started(hands, "Li2S").startswith("from "), "no new width")
    assert width(hands, "Li2S") == pytest.approx(before * 1.04**5, abs=0.012)


def test_delete_after_the_wheel_deletes_and_an_undo_finds_the_width(hands):
    before = turned(hands, "Li2S", 5)
    hands.page.keyboard.press("Delete")
    hands.until(lambda: hands.components() == ["PS4"], "it is still there")
    hands.page.keyboard.press("Control+z")
    hands.until(lambda: "Li2S" in hands.components(), "it is not back")
    hands.settled()
    assert width(hands, "Li2S") == pytest.approx(before * 1.04**5, abs=0.012)


def test_a_right_click_deletes(hands):
    hands.page.mouse.click(*hands.at(*hands.marker("Li2S")), button="right")
    hands.until(lambda: hands.components() == ["PS4"], "it is still there")
    assert "Li2S deleted" in hands.status()
    hands.page.mouse.click(*hands.at(*hands.marker("PS4")), button="right")
    hands.until(lambda: "last species" in hands.status(), "the last one went")
    assert hands.components() == ["PS4"]


def test_a_click_in_the_residual_offers_species_and_adds_one(hands):
    hands.page.mouse.click(*hands.at(166.7, 0.0, "residual"))
    menu = hands.page.get_by_role("menu")
    menu.wait_for()
    assert "S 2p at 166.7" in menu.inner_text()
    menu.get_by_role("menuitem", name="SOx").click()
    hands.until(lambda: hands.components() == ["PS4", "Li2S", "SOx"], "it was not added")
    assert not menu.is_visible()
    hands.settled()
    assert 165.0 < hands.marker("SOx")[0] < 168.0


def test_the_menu_closes_by_escape_and_adds_a_free_peak_by_keys(hands):
    where = hands.at(164.0, 0.0, "residual")
    hands.page.mouse.click(*where)
    hands.page.get_by_role("menu").wait_for()
    hands.page.keyboard.press("Escape")
    hands.page.get_by_role("menu").wait_for(state="detached")
    hands.page.mouse.click(*where)
    hands.page.get_by_role("menu").wait_for()
    hands.page.keyboard.press("ArrowUp")  # from the first to the last: a free peak
    hands.page.keyboard.press("Enter")
    hands.until(lambda: "peak 1" in hands.components(), "no peak was added")


def test_the_ends_of_the_window_can_be_dragged(hands):
    low, high = hands.data("ends")["x"]
    x, y = hands.at(high, 3000.0)
    hands.page.mouse.move(x, y)
    hands.page.mouse.down()
    for i in range(1, 9):
        hands.page.mouse.move(x + 8 * i, y)
    hands.page.mouse.up()
    hands.until(lambda: "window" in hands.status(), "the window stayed")
    hands.settled()
    now = hands.data("ends")["x"]
    assert now[0] == pytest.approx(low, abs=0.01)
    assert now[1] < high - 0.5
    assert max(hands.data("curves")["x"]) <= now[1] + 0.01


def test_a_tied_component_says_what_it_is_tied_to(hands):
    hands.write("constrain position", "Li2S", "PS4 - 1.2")
    hands.until(lambda: "position of Li2S: PS4 - 1.2" in hands.status(), "it was not tied")
    hands.settled()
    before = hands.marker("Li2S")
    hands.drag("Li2S", -30)
    hands.until(lambda: "follows another component (PS4 - 1.2)" in hands.status(), "no word")
    hands.settled()
    assert hands.marker("Li2S") == pytest.approx(before, rel=1e-3)


def test_what_is_known_is_not_dragged(hands):
    hands.write("constrain position", "Li2S", "160.25 +- 0.05")
    hands.until(lambda: "160.25 +- 0.05" in hands.status(), "it was not taken")
    hands.settled()
    before = hands.marker("Li2S")
    hands.drag("Li2S", -30)
    hands.until(lambda: "known as 160.25 ± 0.05; edit the constraint" in hands.status(), "no word")
    hands.settled()
    assert hands.marker("Li2S") == pytest.approx(before, rel=1e-3)
    assert hands.cell("constrain position", "Li2S").input_value() == "160.25 +- 0.05"
