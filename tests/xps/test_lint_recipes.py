"""Recipes and fits as claims: what is typed is judged, what is left to the library is not."""

from __future__ import annotations

import pytest

import references
import xps
from xps.claims_fit import from_fits
from xps.claims_recipe import from_recipe
from xps.lint import check, review
from xps.recipe import Charge, Recipe

REGISTRY = references.load()


def _recipe(*components, **changes):
    charge = changes.pop("charge", (Charge(shift=0.0),))
    made = tuple(
        xps.Component(**{"name": f"c{i}", "core_level": "S 2p", "species": "", **given})
        for i, given in enumerate(components)
    )
    given = {"region": "S 2p", "window": (150.0, 178.0), **changes}
    return Recipe(charge=charge, envelopes=(xps.Envelope(components=made, **given),))


def _loud(recipe):
    found = review(from_recipe(recipe, REGISTRY), REGISTRY)
    return {f.rule: str(f.severity) for f in reversed(found) if f.severity != "info"}


def test_the_library_own_recipe_raises_nothing():
    for level, species in (
        ("S 2p", ["PS4", "Li2S"]),
        ("In 3d", ["In0", "InCl3"]),
        ("Li 1s", ["LiCl"]),
    ):
        recipe = Recipe(envelopes=(xps.envelope(level, species),))
        assert _loud(recipe) == {}


PS4 = {"name": "PS4", "species": "PS4"}
CASES = {
    "a held splitting": (({**PS4, "splitting": "1.30 fixed"},), {"splitting": "error"}),
    "a held ratio": (({**PS4, "ratio": "0.65 fixed"},), {"area_ratio": "error"}),
    "a place": (({**PS4, "position": "162.4"},), {"position": "error"}),
    "a width": (({**PS4, "fwhm": "3.1 fixed"},), {"fwhm_range": "warning"}),
    "a partner's width": (({**PS4, "fwhm": "1.2", "partner_width": "1.3"},),
                          {"doublet_fwhm": "warning"}),
    "no partner": (({**PS4, "partner": False},), {"missing_partner": "error"}),
    "a level": (({**PS4, "core_level": "Cl 1s", "species": "", "position": "163"},),
                {"level_name_vs_energy": "error"}),
    "a tied partner": (
        ({**PS4, "partner": False}, {"name": "b", "partner": False, "position": "PS4 + 1.18",
                                     "area": "PS4 * 0.51"}), {}),
    "a tied partner that is off": (
        ({**PS4, "partner": False}, {"name": "b", "partner": False, "position": "PS4 + 1.30",
                                     "area": "PS4 * 0.70"}),
        {"splitting": "error", "area_ratio": "error"}),
    "two lines at one place": (
        (PS4, {"name": "b", "position": "161.5 in 161 .. 162"}),
        {"degenerate_components": "warning"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_typed(name):
    components, expected = CASES[name]
    assert _loud(_recipe(*components)) == expected


def test_gallium_without_its_3s_line():
    assert _loud(_recipe(PS4, elements=("Ga",))) == {"overlap": "error"}
    own = xps.envelope("S 2p", ["PS4"], elements=["Ga"])
    assert _loud(Recipe(charge=(Charge(shift=0.0),), envelopes=(own,))) == {}


def test_a_window_that_leaves_the_partner_out():
    found = review(
        from_recipe(_recipe({**PS4, "partner": False}, window=(158.0, 162.5)), REGISTRY), REGISTRY
    )
    (missing,) = [f for f in found if f.rule == "missing_partner"]
    assert missing.severity == "info"


# --- fits -----------------------------------------------------------------------------------------


def test_a_fit_and_its_claims_say_the_same():
    fit = xps.fit(xps.example("P 2p"), xps.envelope("P 2p", ["PS4"]))
    claims = from_fits([fit], REGISTRY)
    assert [line.line for line in claims.lines] == ["2p3/2", "2p1/2"]
    assert [line.place for line in claims.lines] == [x.position.value for x in fit.lines]
    assert {f.rule for f in check(fit, REGISTRY)} == {f.rule for f in fit.findings}


def test_what_a_fit_does_not_see_claims_no_place():
    fit = xps.fit(xps.example("P 2p"), xps.envelope("P 2p", ["PS4", "P2O5"]))
    claims = from_fits([fit], REGISTRY)
    assert {line.name for line in claims.lines if line.there} == {"PS4"}
