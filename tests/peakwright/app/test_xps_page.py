"""What the XPS page offers and says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import references
import xps
from peakwright.app.xps import edits
from peakwright.app.xps.bar import bar_html, menu_html
from peakwright.app.xps.grid import grid_html, numbers
from peakwright.app.xps.help import GESTURES, help_html
from peakwright.app.xps.side import findings_html, verdict_html
from peakwright.app.xps.state import begun
from references.words import Finding, Severity
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
