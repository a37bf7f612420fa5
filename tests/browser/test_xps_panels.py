"""The grid, the keys, the fractions and findings, undo, regions and what can be taken away."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

import xps

from .conftest import Hands

pytestmark = pytest.mark.browser

NOTHING = re.compile(r"±\s*0(\.0+)?(?![\d.])")


# --- the grid -------------------------------------------------------------------------------------


def test_values_come_with_uncertainties_and_a_fixed_one_says_so(hands):
    assert re.fullmatch(r"± 0\.0\d+", hands.u("position", "PS4").inner_text())
    hands.write("constrain position", "Li2S", "160.25 fixed")
    hands.until(lambda: "160.25 fixed" in hands.status(), "it was not fixed")
    hands.settled()
    assert hands.u("position", "Li2S").inner_text() == "fixed"
    assert not NOTHING.search(hands.page.locator(".panel.grid").inner_text())


def test_a_failed_covariance_says_why(hands):
    hands.write("constrain fwhm", "PS4", "1.9 in 1.8 .. 2.0")
    hands.until(lambda: "1.8 .. 2.0" in hands.status(), "it was not bounded")
    hands.settled()
    for field, said in (("fwhm", "at bound"), ("position", "no u")):
        cell = hands.u(field, "PS4")
        assert cell.inner_text() == said
        assert "no uncertainty" in cell.get_attribute("title")
    assert not NOTHING.search(hands.page.locator(".panel.grid").inner_text())


@pytest.mark.parametrize("text", ["= PS4", "PS4 - 1.2", "160.0 .. 160.9", "160.2 +- 0.1"])
def test_constraints_are_taken_in_shorthand(hands, text):
    field = "fwhm" if text == "= PS4" else "position"
    hands.write(f"constrain {field}", "Li2S", text)
    hands.until(lambda: text in hands.status(), "it was not taken")
    hands.settled()
    assert hands.cell(f"constrain {field}", "Li2S").input_value() == text


@pytest.mark.parametrize(
    "text", ["open('x')", "160,2", "= Nobody", "161 .. 160", "250 fixed", "PS4 * PS4"]
)
def test_an_illegal_entry_is_refused_in_a_sentence_and_the_old_one_stays(hands, text):
    hands.write("constrain position", "Li2S", text)
    alert = hands.page.get_by_role("alert")
    alert.wait_for()
    assert len(alert.inner_text()) > 20
    assert "Traceback" not in alert.inner_text()
    hands.until(lambda: hands.cell("constrain position", "Li2S").input_value() == "", "it stayed")
    assert hands.page.get_by_role("button", name="undo").is_disabled()


def test_a_tie_in_a_circle_is_refused(hands):
    hands.write("constrain position", "Li2S", "PS4 - 1.2")
    hands.until(lambda: "PS4 - 1.2" in hands.status(), "it was not tied")
    hands.write("constrain position", "PS4", "Li2S + 1.2")
    hands.page.get_by_role("alert").wait_for()
    hands.until(lambda: hands.cell("constrain position", "PS4").input_value() == "", "it stayed")


def test_a_typed_value_moves_the_component_and_no_number_is_refused(hands):
    hands.write("value position", "Li2S", "160.4")
    hands.until(lambda: "position of Li2S: 160.4" in hands.status(), "it was not moved")
    cell = hands.cell("constrain position", "Li2S")
    assert (cell.input_value(), cell.get_attribute("placeholder")) == ("", "from 160.4")


def test_a_bare_fixed_holds_the_value_that_is_shown(hands):
    hands.settled()
    shown = float(hands.cell("value position", "Li2S").input_value())
    hands.write("constrain position", "Li2S", "fixed")
    hands.until(lambda: "fixed, the value shown" in hands.status(), "it was not fixed")
    held = hands.cell("constrain position", "Li2S").input_value()
    assert re.fullmatch(r"\d+\.\d{3} fixed", held)
    assert float(held.split()[0]) == pytest.approx(shown, abs=0.006)


def test_a_cell_that_is_being_edited_is_not_made_anew_by_a_fit(hands):
    hands.cell("constrain fwhm", "PS4").fill("1.3 fixed")
    hands.page.keyboard.press("Enter")
    cell = hands.cell("constrain position", "Li2S")
    cell.click()
    hands.page.keyboard.type("160.2 fi")
    hands.page.keyboard.press("ArrowLeft")
    cell.evaluate("(element) => { element.mine = true }")
    hands.settled()
    assert hands.u("fwhm", "PS4").inner_text() == "fixed"
    assert cell.evaluate("(e) => [e.mine, e.value, e.selectionStart]") == [True, "160.2 fi", 7]
    hands.page.keyboard.press("End")
    hands.page.keyboard.type("xed")
    hands.page.keyboard.press("Tab")
    hands.until(lambda: "160.2 fixed" in hands.status(), "it was lost")


def test_an_end_of_the_window_is_taken_when_another_region_is_asked_for(hands):
    low = hands.page.locator("[data-key=low]")
    low.click()
    hands.page.keyboard.press("Control+a")
    hands.page.keyboard.type("155.5")
    button = hands.page.get_by_role("button", name="previous region")
    x, y, width, height = button.bounding_box().values()
    hands.page.mouse.move(x + width / 2, y + height / 2)
    hands.page.mouse.down()
    hands.page.wait_for_timeout(400)  # as long as a finger rests on a button
    hands.page.mouse.up()
    hands.until(lambda: hands.page.locator("[data-key=low]").input_value() != "155.50", "no region")
    hands.page.get_by_role("button", name="next region").click()
    hands.until(
        lambda: hands.page.locator("[data-key=low]").input_value() == "155.50", "it is lost"
    )
    hands.settled()
    hands.write("value position", "Li2S", "about there")
    hands.page.get_by_role("alert").wait_for()
    assert "no number" in hands.status()


def test_a_component_can_be_hidden_and_shown(hands):
    hands.cell("show", "Li2S").uncheck()
    hands.until(lambda: hands.data("components")["alpha"] == [1.0, 0.0], "it is shown")
    assert hands.data("handles")["name"] == ["PS4"]
    hands.cell("show", "Li2S").check()
    hands.until(lambda: hands.data("components")["alpha"] == [1.0, 1.0], "it is hidden")


# --- line shape and doublet ---------------------------------------------------------------------


def opened_details(hands, name):
    hands.page.get_by_role("button", name=f"line shape, splitting and ratio of {name}").click()
    hands.cell("reshape", name).wait_for()
    return hands


def test_a_line_shape_is_chosen_and_undone(hands):
    opened_details(hands, "PS4")
    assert hands.cell("reshape", "PS4").input_value() == "pseudo_voigt"
    hands.cell("reshape", "PS4").select_option("gaussian")
    hands.until(lambda: "line shape of PS4: Gaussian" in hands.status(), "it was not taken")
    hands.settled()
    assert hands.cell("constrain mix", "PS4").count() == 0
    hands.page.get_by_role("button", name="undo").click()
    hands.until(lambda: hands.cell("constrain mix", "PS4").count() == 1, "it was not undone")
    hands.settled()
    hands.page.get_by_role("button", name="line shape, splitting and ratio of PS4").click()
    hands.cell("reshape", "PS4").wait_for(state="detached")


@pytest.mark.parametrize(
    ("field", "text", "found"),
    [("splitting", "1.25 fixed", "1.250 eV"), ("ratio", "0.45 fixed", "0.450")],
)
def test_a_doublet_is_constrained_and_the_fit_obeys(hands, field, text, found):
    opened_details(hands, "PS4")
    value = hands.page.locator("div.details label", has=hands.cell(f"constrain {field}", "PS4"))
    before = value.inner_text()
    hands.write(f"constrain {field}", "PS4", text)
    hands.until(lambda: text in hands.status(), "it was not taken")
    hands.settled()
    assert found in value.inner_text() != before
    assert hands.cell(f"constrain {field}", "PS4").input_value() == text


@pytest.mark.parametrize(("field", "text"), [("mix", "1.5 fixed"), ("splitting", "= Li2S")])
def test_what_a_shape_or_a_doublet_cannot_be_is_refused(hands, field, text):
    opened_details(hands, "PS4")
    hands.write(f"constrain {field}", "PS4", text)
    alert = hands.page.get_by_role("alert")
    alert.wait_for()
    assert "the old one stays" in alert.inner_text()
    hands.until(lambda: hands.cell(f"constrain {field}", "PS4").input_value() == "", "it stayed")
    assert hands.page.get_by_role("button", name="undo").is_disabled()


# --- help ---------------------------------------------------------------------------------------


def test_help_is_there_by_its_key_and_by_its_button(hands):
    assert "? says all" in hands.status()
    dialog = hands.page.get_by_role("dialog")
    for _ in range(2):
        hands.page.keyboard.press("?")
        dialog.wait_for()
        assert "drag a marker" in dialog.inner_text()
        hands.page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
    hands.page.locator('[data-command="help"]').click()
    dialog.wait_for()
    hands.page.keyboard.press("Delete")
    dialog.get_by_role("button").click()
    dialog.wait_for(state="detached")
    assert hands.components() == ["PS4", "Li2S"]


# --- keys -------------------------------------------------------------------------------------------


def test_arrows_move_and_widen_the_selected_component(hands):
    hands.page.get_by_role("application").focus()
    hands.page.keyboard.press("c")
    hands.until(lambda: hands.data("handles")["size"] == [13, 17], "it was not selected")
    before = hands.marker("Li2S")[0]
    hands.page.keyboard.press("Shift+ArrowLeft")
    hands.until(lambda: "Li2S moved to" in hands.status(), "it was not moved")
    told = float(re.search(r"moved to ([\d.]+)", hands.status())[1])
    assert told == pytest.approx(before + 0.1, abs=0.011)
    hands.settled()
    hands.page.keyboard.press("ArrowUp")
    hands.until(lambda: "Li2S made" in hands.status(), "it was not widened")
    hands.page.keyboard.press("Delete")
    hands.until(lambda: hands.components() == ["PS4"], "it is still there")


def test_more_than_thirty_steps_can_be_undone_and_redone(hands):
    hands.page.get_by_role("application").focus()
    for _ in range(32):
        hands.page.keyboard.press("ArrowUp")
        hands.page.wait_for_timeout(30)
    hands.until(lambda: "PS4 made" in hands.status(), "nothing was done")
    hands.page.wait_for_timeout(300)
    for _ in range(32):
        hands.page.keyboard.press("Control+z")
        hands.page.wait_for_timeout(20)
    undo, redo = (hands.page.locator(f'[data-command="{name}"]') for name in ("undo", "redo"))
    hands.until(undo.is_disabled, "not all was undone")
    start = hands.cell("constrain fwhm", "PS4")
    hands.until(lambda: start.get_attribute("placeholder") == "library", "not undone")
    for _ in range(32):
        hands.page.keyboard.press("Control+Shift+Z")
        hands.page.wait_for_timeout(20)
    hands.until(redo.is_disabled, "not all was redone")
    assert start.get_attribute("placeholder").startswith("from ")
    hands.settled()


def test_keys_typed_into_a_field_do_nothing_else(hands):
    cell = hands.cell("constrain area", "Li2S")
    cell.focus()
    cell.press_sequentially("= c[]")
    cell.press("Escape")
    hands.page.wait_for_timeout(200)
    assert hands.components() == ["PS4", "Li2S"]
    assert hands.page.locator('[data-command="undo"]').is_disabled()


def test_the_page_can_be_used_by_tabs_alone(hands):
    names = set()
    for _ in range(40):
        hands.page.keyboard.press("Tab")
        names.add(
            hands.page.evaluate(
                """() => { let e = document.activeElement
                     while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement
                     return e?.dataset?.command ?? e?.getAttribute?.("role") ?? "" }"""
            )
        )
    assert {"region", "add", "background", "window", "export", "save", "application"} <= names
    assert {"value", "constrain", "show", "delete"} <= names


# --- always in sight ----------------------------------------------------------------------------------


def test_fractions_and_findings_are_in_sight_and_a_finding_marks_its_component(hands):
    text = hands.page.locator(".panel.shares").inner_text()
    assert "Fractions of S 2p area" in text
    assert "±" in text
    hands.write("constrain fwhm", "Li2S", "2.6 fixed")
    hands.until(lambda: "2.6 fixed" in hands.status(), "it was not fixed")
    hands.settled()
    finding = hands.page.locator('.findings [data-component="Li2S"]').first
    assert hands.page.locator(".panel.findings .tag").count() >= 1
    finding.click()
    hands.until(
        lambda: hands.page.locator("tr.selected").get_attribute("data-component") == "Li2S",
        "it is not marked",
    )


def test_fractions_change_while_a_marker_is_held(hands):
    shares = hands.page.locator(".panel.shares")
    before = shares.inner_text()
    x, y = hands.take("Li2S")
    hands.page.mouse.move(x - 8, y - 20)
    hands.page.mouse.move(x - 20, y - 60)
    hands.until(lambda: "moving" in shares.inner_text(), "no preview")
    assert shares.inner_text() != before
    hands.page.mouse.up()


def test_findings_change_too_where_a_held_marker_rests(hands):
    findings = hands.page.locator(".panel.findings")
    before = findings.inner_text()
    x, y = hands.take("Li2S")
    for i in range(1, 6):
        hands.page.mouse.move(x - 6 * i, y - 6 * i)
        hands.page.wait_for_timeout(40)
    hands.until(lambda: "held" in hands.page.locator(".panel.shares").inner_text(), "no fit")
    assert findings.inner_text() not in {before, ""}
    assert "being checked" not in findings.inner_text()
    hands.page.mouse.up()
    hands.settled()


def test_background_and_window_can_be_chosen(hands):
    hands.page.select_option('select[data-command="background"]', value="linear static")
    hands.until(lambda: "background: linear, static" in hands.status(), "it was not chosen")
    hands.settled()
    low = hands.page.locator('[data-end="low"]')
    low.fill("158")
    low.press("Enter")
    hands.until(lambda: hands.data("ends")["x"][0] == 158.0, "the window stayed")
    hands.settled()
    low.fill("wide")
    low.press("Enter")
    hands.page.get_by_role("alert").wait_for()
    assert "no energy" in hands.status()


def test_the_energy_scale_is_declared_by_a_shift_or_a_line(hands):
    before = hands.marker("PS4")[0]
    hands.page.select_option('select[data-command="reference"]', value="C 1s:C-C")
    hands.until(lambda: "charge reference: C 1s:C-C" in hands.status(), "it was not taken")
    hands.settled()
    shift = hands.page.locator('[data-command="shift"]')
    assert float(shift.input_value()) == pytest.approx(0.32, abs=0.03)
    shift.fill("0.52")
    shift.press("Enter")
    hands.until(lambda: "charge shift 0.52 eV" in hands.status(), "it was not taken")
    hands.settled()
    assert hands.marker("PS4")[0] == pytest.approx(before + 0.2, abs=0.03)


def test_regions_come_one_after_the_other_with_a_first_guess(serve, browse, example):
    page = browse(serve(example).url)
    hands = Hands(page)
    page.locator(".panel.grid tr[data-component]").first.wait_for()
    assert "C 1s" in page.locator(".panel.shares").inner_text()
    page.get_by_role("application").focus()
    page.keyboard.press("]")
    hands.until(lambda: "Ga 2p" in page.locator(".panel.shares").inner_text(), "no next region")
    hands.settled()
    page.get_by_role("button", name="previous region").click()
    hands.until(lambda: "C 1s" in page.locator(".panel.shares").inner_text(), "no way back")


def test_the_highest_place_of_the_residual_is_asked_about_by_a_key(hands):
    curves = hands.data("curves")
    place = curves["x"][max(range(len(curves["x"])), key=lambda i: curves["residual"][i])]
    hands.page.get_by_role("application").focus()
    hands.page.keyboard.press("a")
    menu = hands.page.get_by_role("menu")
    menu.wait_for()
    assert f"S 2p at {place:.2f} eV" in menu.inner_text()
    hands.page.keyboard.press("ArrowUp")
    hands.page.keyboard.press("Enter")
    hands.until(lambda: "peak 1" in hands.components(), "no peak was added")
    hands.settled()


RANGES = """() => ["x_range", "y_range"].flatMap((name) => {
  const range = Bokeh.documents[0].get_model_by_name("spectrum")[name]
  return [range.start, range.end]
})"""


def test_keys_look_closer_at_what_is_in_hand_and_at_all_again(hands):
    before = hands.page.evaluate(RANGES)
    hands.page.get_by_role("application").focus()
    for _ in range(3):
        hands.page.keyboard.press("+")
    left, right, low, high = hands.page.evaluate(RANGES)
    assert left - right == pytest.approx(0.8**3 * (before[0] - before[1]))
    x, y = hands.marker("PS4")
    assert right < x < left
    assert low < y < high
    for _ in range(9):
        hands.page.keyboard.press("-")
    assert hands.page.evaluate(RANGES) == pytest.approx(before)  # and no farther
    hands.page.keyboard.press("+")
    hands.page.keyboard.press("0")
    assert hands.page.evaluate(RANGES) == pytest.approx(before)


def test_gallium_under_sulfur_is_added_in_the_page(hands):
    hands.page.select_option('select[data-command="add"]', value="under:Ga 3s")
    hands.until(lambda: "Ga 3s" in hands.components(), "it is not there")
    hands.settled()
    hands.page.locator('[data-command="delete"][data-component="Ga 3s"]').click()
    hands.until(lambda: "Ga 3s" not in hands.components(), "it is still there")
    hands.settled()
    x, y = hands.at(161.0, 0.0, "residual")
    hands.page.mouse.click(x, y)
    hands.page.get_by_role("menuitem", name="Ga 3s").click()
    hands.until(lambda: "Ga 3s" in hands.components(), "it is not there again")
    hands.settled()


def test_a_background_has_a_slope_or_none(hands):
    menu = hands.page.locator('select[data-command="background"]')
    assert menu.input_value() == "shirley active slope"
    menu.select_option("shirley active flat")
    hands.until(lambda: "without a slope" in hands.status(), "it was not chosen")
    hands.settled()
    assert menu.input_value() == "shirley active flat"


LONG = "a sample that was cycled at 60 degrees for 400 hours and opened without any contact to air"
OUTSIDE = """() => {
  const found = []
  const look = (root) => {
    for (const e of root.querySelectorAll("*")) {
      const box = e.getBoundingClientRect()
      if (box.width > 0 && box.right > innerWidth + 1) found.push(e.tagName + "." + e.className)
      if (e.matches(".panel") && e.scrollWidth > e.clientWidth + 1) found.push(e.className)
      if (e.shadowRoot) look(e.shadowRoot)
    }
  }
  look(document)
  return found
}"""


def test_long_names_push_nothing_out_of_sight(serve, browse, tmp_path):
    text = Path(xps.example_path()).read_bytes()
    sample = b"GaCl3/InCl3-coated Li6PS5Cl, cycled (synthetic)"
    files = [tmp_path / f"{i}_{LONG.replace(' ', '_')}.vms" for i in range(9)]
    for path in files:
        path.write_bytes(text.replace(sample, LONG.encode()))
    told = xps.envelope("S 2p", ["PS4", "Li2S"])
    names = (LONG, LONG.replace(" ", "_"))
    named = tuple(
        c.model_copy(update={"name": name}) for c, name in zip(told.components, names, strict=True)
    )
    recipe = xps.Recipe(envelopes=(told.model_copy(update={"components": named}),))
    page = browse(serve(*files, xps=recipe).url)
    page.locator(".panel.grid tr[data-component]").first.wait_for()
    hands = Hands(page).settled()
    hands.write("constrain position", LONG, "about there")
    page.get_by_role("alert").wait_for()
    said = page.get_by_role("alert").bounding_box()
    page.wait_for_timeout(300)
    outside = [one for one in page.evaluate(OUTSIDE) if "bk-tab" not in one]  # tabs are scrolled
    assert outside == []
    assert page.evaluate("() => document.documentElement.scrollWidth") == 1280
    assert said["height"] > 30  # in two lines, and the figure is as much lower
    lower = """() => { const plot = Bokeh.documents[0].get_model_by_name("spectrum")
      const view = Bokeh.index.find_one(plot)
      return view.el.getBoundingClientRect().height - view.bbox.height }"""
    hands.until(lambda: abs(page.evaluate(lower)) < 2, "the figure is cut off")
    assert page.locator('button[data-command="delete"]').first.bounding_box()["x"] < 950


def test_a_reload_loses_nothing(hands):
    hands.write("constrain position", "Li2S", "160.25 fixed")
    hands.until(lambda: "160.25 fixed" in hands.status(), "it was not fixed")
    hands.page.reload()
    hands.until(
        lambda: (
            hands.cell("constrain position", "Li2S").count() == 1
            and hands.cell("constrain position", "Li2S").input_value() == "160.25 fixed"
        ),
        "it is lost",
    )
    assert hands.page.locator('[data-command="undo"]').is_enabled()


# --- taking away --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "begins"),
    [
        ("svg", b"<?xml"),
        ("png", b"\x89PNG"),
        ("pdf", b"%PDF"),
        ("csv", b"sample,"),
        ("toml", b"schema"),
    ],
)
def test_exports_are_handed_to_the_browser(hands, kind, begins):
    with hands.page.expect_download() as waiting:
        hands.page.select_option('select[data-command="export"]', value=kind)
    content = waiting.value.path().read_bytes()
    assert content.startswith(begins)
    assert waiting.value.suggested_filename.endswith(f".{kind}")


def test_the_workbook_can_be_opened(hands):
    with hands.page.expect_download() as waiting:
        hands.page.select_option('select[data-command="export"]', value="xlsx")
    assert (
        "xl/workbook.xml" in zipfile.ZipFile(BytesIO(waiting.value.path().read_bytes())).namelist()
    )


COMMAND = (
    sys.executable,
    "-c",
    "import sys; from peakwright.cli.main import main; sys.exit(main())",
)


def test_a_result_saved_by_the_page_is_the_command_lines(browse, example, tmp_path):
    given = tmp_path / "given.toml"
    given.write_text(xps.to_toml(xps.Recipe(envelopes=(xps.envelope("S 2p", ["PS4", "Li2S"]),))))
    folder, other = example.parent / "interphase_xps", tmp_path / "by_command"
    serve = [*COMMAND, "serve", example, "--recipe", given, "--no-browser"]
    with subprocess.Popen([*map(str, serve)], stdout=subprocess.PIPE, text=True) as served:
        try:
            hands = Hands(browse(served.stdout.readline().strip()))
            hands.page.get_by_role("button", name="save result").wait_for()
            hands.until(lambda: hands.components() == ["PS4", "Li2S"], "the recipe is not there")
            hands.settled()
            hands.write("constrain position", "Li2S", "160.0 .. 160.6")
            hands.until(lambda: "160.0 .. 160.6" in hands.status(), "it was not taken")
            hands.add("SOx")
            hands.drag("PS4", -5)
            hands.until(lambda: "PS4 moved" in hands.status(), "it was not moved")
            hands.page.get_by_role("button", name="save result").click()
            hands.until(lambda: "saved in interphase_xps" in hands.status(), "it was not saved")
        finally:
            served.send_signal(signal.SIGTERM)
            served.wait(30)
    fit = [*COMMAND, "xps", "fit", example, "--recipe", folder / "recipe.toml", "--out", other]
    subprocess.run([*map(str, fit)], check=False)
    assert (other / "result.json").read_bytes() == (folder / "result.json").read_bytes()
    recipe = json.loads((other / "result.json").read_text())["recipe"]
    names = [component["name"] for component in recipe["envelope"][0]["components"]]
    assert names == ["PS4", "Li2S", "SOx"]


# --- harm ----------------------------------------------------------------------------------------------


def test_nothing_is_asked_of_any_other_machine(hands, browse):
    hands.drag("Li2S", -10)
    hands.settled()
    foreign = [
        url for url in browse.asked if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))
    ]
    assert browse.asked
    assert foreign == []


def test_names_from_a_file_do_nothing(serve, browse, tmp_path):
    path = tmp_path / "<img src=x onerror=alert(1)> S 2p.csv"
    spectrum = xps.example("S 2p")
    rows = zip(spectrum["binding_energy"].values, spectrum["counts"].values, strict=True)
    text = "".join(f"{x:.3f},{n:.0f}\n" for x, n in rows)
    path.write_text("binding energy (eV),<script>alert(1)</script> S 2p\n" + text)
    recipe = xps.Recipe(
        envelopes=(
            xps.Envelope(
                region="S 2p",
                components=(
                    xps.Component(
                        name='"><script>alert(2)</script>', core_level="S 2p", species="PS4"
                    ),
                ),
            ),
        )
    )
    page = browse(serve(path, xps=recipe).url)
    page.on("dialog", lambda _: pytest.fail("a name in a file was run"))
    page.locator(".panel.grid tr[data-component]").first.wait_for()
    Hands(page).settled()
    assert page.evaluate("() => document.querySelectorAll('img, script[src=x]').length") == 0
    name = page.locator(".panel.grid button.name").first
    assert name.get_attribute("title") == '"><script>alert(2)</script>'
    assert "<s" in name.inner_text()


def test_a_region_that_the_library_does_not_know_says_what_to_do(serve, browse, tmp_path):
    path = tmp_path / "iron.csv"
    spectrum = xps.example("S 2p")
    rows = zip(spectrum["binding_energy"].values, spectrum["counts"].values, strict=True)
    text = "".join(f"{x + 550:.3f},{n:.0f}\n" for x, n in rows)
    path.write_text("binding energy (eV),Fe 2p counts\n" + text)
    hands = Hands(browse(serve(path).url))
    hands.until(lambda: "names no core level of the library" in hands.status(), "mute")
    assert "choose one that lies here under “add”" in hands.status()
    hands.page.select_option('select[data-command="add"]', label="a free peak on Fe 2p")
    hands.until(lambda: hands.components() == ["peak 1"], "there is no free peak")
    hands.settled()
