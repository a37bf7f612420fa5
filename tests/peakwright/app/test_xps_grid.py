"""The component grid: what it shows is what a constraint would mean."""

from __future__ import annotations

import re

import pytest

import xps
from peakwright.app.xps import edits
from peakwright.app.xps.grid import grid_html, shown
from peakwright.app.xps.plot import colour_of
from references.plot import PALETTE


@pytest.fixture(scope="module")
def fit():
    """A width at its bound, beside what is not."""
    envelope = edits.edited(xps.envelope("S 2p", ["PS4", "Li2S"]), "PS4", "fwhm", "1.8 .. 2.0")
    return xps.fit(xps.example("S 2p"), envelope)


def of(fit, envelope=None):
    return grid_html(envelope or fit.envelope, live=None, fit=fit, selected="", hidden=())


def test_an_area_is_in_the_unit_in_which_it_would_be_held():
    spectrum = xps.example("P 2p")
    envelope = xps.envelope("P 2p", ["PS4"])
    fit = xps.fit(spectrum, envelope)
    assert fit.lines[0].area_unit == "counts/s*eV"
    shown = grid_html(envelope, live=None, fit=fit, selected="", hidden=())
    assert "area / counts·eV" in shown
    value = float(re.search(r'data-key="value area PS4" value="([^"]+)"', shown)[1])
    held = envelope.components[0].model_copy(update={"area": f"{value} fixed"})
    again = xps.fit(spectrum, envelope.model_copy(update={"components": (held,)}))
    before, after = (f.lines[0].area.value for f in (fit, again))
    assert abs(after / before - 1.0) < 0.01


def test_of_a_fit_at_a_bound_only_what_rests_on_it_says_so(fit):
    assert "PS4 fwhm" in fit.measured.solution.at_bound
    cells = re.findall(
        r'data-key="value (\w+) (\w+)".*?<td class="u" title="([^"]+)">([^<]+)</td>', of(fit)
    )
    marked = {f"{name} {field}" for field, name, _, word in cells if word == "at bound"}
    assert marked == {name for name in fit.measured.solution.at_bound if name[:4] != "S 2p"}
    assert {word for *_, word in cells} == {"at bound", "no u"}
    assert all("at its bound: " in why for _, _, why, _ in cells)


def test_a_start_is_told_apart_from_a_constraint(fit):
    moved = edits.placed(fit.envelope, "Li2S", "position", 160.25)
    cell = r'data-key="constrain {} {}" value="{}" placeholder="{}"'
    assert re.search(cell.format("position", "Li2S", "", "from 160.25"), of(fit, moved))
    assert re.search(cell.format("fwhm", "PS4", r"1\.8 \.\. 2\.0", "library"), of(fit, moved))


def test_what_is_shown_of_a_number_can_be_held(fit):
    value = shown(fit.envelope, "Li2S", "position", live=None, fit=fit)
    assert edits.held_as_shown("position", value) == f"{value:.3f} fixed"
    assert 1.0 < shown(fit.envelope, "Li2S", "splitting", live=None, fit=fit) < 1.3
    assert shown(fit.envelope, "Li2S", "position", live=None, fit=None) is None


def test_colours_are_those_of_the_exported_figure(fit):
    assert fit.components != tuple(c.name for c in fit.envelope.components)
    assert [colour_of(fit.envelope, name) for name in fit.components] == list(PALETTE[:2])
