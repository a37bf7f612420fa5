"""What the XPS page offers and says."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import references
import xps
from peakwright.app.xps import edits
from peakwright.app.xps.bar import bar_html, menu_html
from peakwright.app.xps.fitting import Fitter, asked
from peakwright.app.xps.grid import grid_html, numbers
from peakwright.app.xps.help import GESTURES, help_html
from peakwright.app.xps.side import findings_html, verdict_html
from peakwright.app.xps.state import begun
from references.words import Finding, Severity
from xps.candidates import free_guess
from xps.live import Held, Live, ended


@pytest.fixture(scope="module")
def registry():
    return references.load()


@pytest.fixture
def session(registry):
    recipe = xps.Recipe(envelopes=(xps.envelope("S 2p", ["PS4", "Li2S"], elements=["Ga"]),))
    return begun(Path(xps.example_path()), registry, recipe)


def offered(session, command):
    html = bar_html(session, (150.0, 173.0), "", excel=False)
    (menu,) = re.findall(rf'<select data-command="{command}".*?</select>', html)
    return menu


def test_a_line_that_lies_under_a_level_can_be_deleted_and_added_again(session, registry):
    assert "under:Ga 3s" not in offered(session, "add")
    before = session.envelope
    session.change(edits.deleted(before, "Ga 3s"), "deleted")
    assert 'value="under:Ga 3s"' in offered(session, "add")
    assert edits.added_under(session.envelope, registry, "Ga 3s") == before


def test_the_menu_in_the_residual_offers_it_too():
    assert 'data-value="under:Ga 3s"' in menu_html(161.0, "S 2p", (), ["Ga 3s"])


@pytest.mark.parametrize("kind", ["shirley", "tougaard"])
@pytest.mark.parametrize(("slope", "name"), [(True, "slope"), (False, "flat")])
def test_a_background_has_its_slope_in_the_menu(session, kind, slope, name):
    changed = edits.renamed_background(session.envelope, kind, "active", slope=slope)
    assert changed.background.slope is slope
    session.change(changed, "background")
    assert f'value="{kind} active {name}" selected' in offered(session, "background")


def test_exactly_one_background_is_chosen(session):
    for kind, mode in (("shirley", "static"), ("linear", "active"), ("constant", "static")):
        session.change(edits.renamed_background(session.envelope, kind, mode), "background")
        assert re.findall(r'value="([^"]*)" selected', offered(session, "background")) == [
            f"{kind} {mode}"
        ]


def test_a_finding_says_what_was_found_against_what():
    one = Finding(
        rule="a",
        severity=Severity.WARNING,
        subject="S 2p",
        reported="20.1 % of channels",
        reference="2 %",
        message="the background lies above the data",
    )
    html = findings_html([one], None, stale=False)
    assert "20.1 % of channels against 2 %" in html
    assert "expected" not in html


def test_the_reduced_chi_square_of_a_fit_is_one_number():
    fit = xps.fit(xps.example("S 2p"), xps.envelope("S 2p", ["Li2S"]))
    told = [
        re.search(r"χ² ([\d.e+]+)", verdict_html(ended(fit), one, "held"))[1] for one in (fit, None)
    ]
    assert told[0] == told[1]


def test_the_grid_has_numbers_of_what_is_held():
    envelope = xps.envelope("S 2p", ["PS4", "Li2S"])
    fit = xps.fit(xps.example("S 2p"), envelope)
    moment = Live.of(fit).moment(Held(component="Li2S", position=160.5, fwhm=0.8))
    html = grid_html(envelope, live=moment.live, fit=None, selected="", hidden=())
    for field, value in (("position", "160.50"), ("fwhm", "0.80")):
        assert f'data-key="value {field} Li2S" value="{value}"' in html
        assert f'"value {field} Li2S": "{value}"' in numbers(moment.live)
    area = float(re.search(r'"value area Li2S": "([\d.]+)"', numbers(moment.live))[1])
    assert area == pytest.approx(moment.live.reach("Li2S").area, rel=1e-3)
    assert "±" not in html


def test_each_gesture_has_keys_and_the_help_says_so():
    for what, _, keys in GESTURES:
        assert keys, what
        assert keys.replace("'", "&#x27;") in help_html()


def test_a_long_name_keeps_both_its_ends_in_the_grid():
    first, last = (f"thiophosphate of the bulk, {when} annealing" for when in ("before", "after"))
    told = xps.envelope("S 2p", ["PS4", "Li2S"])
    named = tuple(
        c.model_copy(update={"name": name})
        for c, name in zip(told.components, (first, last), strict=True)
    )
    envelope = told.model_copy(update={"components": named})
    html = grid_html(envelope, live=None, fit=None, selected="", hidden=())
    for name in (first, last):
        assert f'title="{name}"' in html
    assert max(len(text) for text in re.findall(r"</span>([^<]+)</button>", html)) <= 16


def of_region(registry, label, low):
    """A session of one spectrum with a label that may be none of the library's."""
    energy = np.arange(low, low + 40.0, 0.1)
    counts = np.round(200.0 + 900.0 * np.exp(-(((energy - low - 15.0) / 1.5) ** 2)))
    spectrum = xps.spectrum(energy, counts, region=label)
    reading = replace(xps.read(xps.example_path()), spectra=(spectrum,))
    return begun(Path("a.vms"), registry, None, reading)


def test_a_core_level_without_species_begins_with_a_free_peak(registry):
    session = of_region(registry, "Fe 2p", 700.0)
    assert (session.recipe, session.region.level, session.region.named) == (None, "", "Fe 2p")
    menu = offered(session, "add")
    assert 'value="free:">a free peak on Fe 2p' in menu
    assert "level:" not in menu  # none of the library's lines lies there
    session.change(free_guess(session.spectrum, "Fe 2p", "Fe 2p"), "begun")
    assert session.envelope.components[0].position == pytest.approx("715.00")
    state = Fitter(session.reading, registry).preview(asked(session))
    assert state.reach("peak 1").position == pytest.approx(715.0)


def test_a_label_that_names_nothing_is_offered_the_levels_that_lie_there(registry):
    menu = offered(of_region(registry, "scan 7", 150.0), "add")
    assert "level:S 2p" in menu
    assert "level:C 1s" not in menu
    assert "free:" not in menu


def test_a_guess_that_is_kept_unseen_is_said(registry):
    session = begun(Path(xps.example_path()), registry)
    session.seen = {"S 2p"}
    assert [e.region for e in session.rested_on] == ["Ga 2p"]
    assert "Ga 2p is kept as first guessed, for Ga 3s under S 2p rests on it" in (
        session.kept_and_left
    )
    session.seen.add("Ga 2p")
    assert "kept" not in session.kept_and_left


def test_the_panel_says_that_nothing_is_fitted_and_why():
    assert "not fitted:</b> no such line" in verdict_html(None, None, "not fitted", "no such line")
    assert "(not fitted)" in findings_html((), None, stale=True, waiting="not fitted")
