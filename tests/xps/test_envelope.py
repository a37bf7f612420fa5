"""Recipes: what cannot be is refused in one sentence that leads to the field."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import references
import xps
from references.files import DataFileError
from xps.envelope import Component, Envelope, EnvelopeError, check_places
from xps.recipe import Charge, Recipe, from_toml, to_toml

HEAD = 'schema = "peakwright.xps.recipe/1"\n'
REGION = '[[envelope]]\nregion = "S 2p"\nwindow = [157, 168]\n'
FIRST = '[[envelope.components]]\nname = "a"\ncore_level = "S 2p"\nposition = 161\n'
SECOND = '[[envelope.components]]\nname = "b"\ncore_level = "S 2p"\n'


def _component(**fields):
    return Component(**{"name": "a", "core_level": "S 2p", "position": 161.0, **fields})


def _envelope(**fields):
    return Envelope(region="S 2p", components=(_component(**fields),), window=(157, 168))


def _refused(text):
    with pytest.raises(EnvelopeError) as caught:
        from_toml(text, name="my.toml")
    said = str(caught.value)
    assert isinstance(caught.value, DataFileError)
    assert said.startswith("my.toml")
    assert "\n" not in said
    for word in ("Value error", "Extra inputs", "more)", "pydantic", "Input should"):
        assert word not in said
    return said


# --- values that cannot be ------------------------------------------------------------------------

IMPOSSIBLE = [
    ("fwhm", "0 fixed", "0 is not a width in eV, > 0"),
    ("fwhm", "-1 fixed", "-1 is not a width"),
    ("fwhm", "0 .. 2", "0 is not a width"),
    ("fwhm", 0.0, "0 is not a width"),
    ("fwhm", "b * -1", "never be a width"),
    ("fwhm", "1e9", "up to 1000"),
    ("area", "-5 fixed", "-5 is not an area"),
    ("area", "-1 .. 5", "-1 is not an area"),
    ("area", "b * -0.5", "never be an area"),
    ("area", "1 +- 1e-300", "write '1 fixed'"),
    ("area", "1 +- 1e99", "write 'free'"),
    ("ratio", "0 fixed", "0 is not a ratio"),
    ("ratio", "-0.5", "-0.5 is not a ratio"),
    ("splitting", "0 fixed", "0 is not a distance"),
    ("splitting", "b + 1e99", "only position, fwhm, area can be tied"),
    ("splitting", "= b", "only position, fwhm, area can be tied"),
    ("position", "b + 1e99", "1e+99 is beyond"),
    ("position", "1e9", "1e+09 is not a binding energy"),
    ("position", "500 fixed", "500 eV lies outside the window 157 .. 168 eV"),
    ("position", "300 .. 310", "300 .. 310 eV lies outside"),
    ("position", "161,5", "161.5"),
    ("position", "160.2–160.9", "'..'"),
    ("partner_width", "0", "0 is not a ratio of widths"),
]


@pytest.mark.parametrize(("field", "text", "sentence"), IMPOSSIBLE)
def test_an_impossible_value_is_refused_with_its_field(field, text, sentence):
    other = Component(name="b", core_level="S 2p", position=162.0)
    with pytest.raises(EnvelopeError) as caught:
        Envelope(region="S 2p", components=(other, _component(**{field: text})), window=(157, 168))
    said = str(caught.value)
    assert said.startswith(f"components[1].{field}: ")
    assert sentence in said
    assert str(text) in said


@pytest.mark.parametrize(("field", "text", "sentence"), IMPOSSIBLE)
def test_and_so_it_is_in_a_file(field, text, sentence):
    line = f'{field} = "{text}"\n'
    second = SECOND.replace('"b"', '"c"') + line
    if field != "position":
        second += "position = 162\n"
    said = _refused(HEAD + REGION + FIRST.replace('"a"', '"b"') + second)
    assert f"envelope[0].components[1].{field}" in said
    assert sentence in said


def test_a_shape_parameter_stays_within_its_shape():
    with pytest.raises(
        EnvelopeError, match=r"components\[0\].shape_parameters.mix: .*within 0 \.\. 1$"
    ):
        _envelope(shape_parameters={"mix": 5})
    with pytest.raises(EnvelopeError, match="has no parameter 'asymmetry'"):
        _envelope(shape_parameters={"asymmetry": 0.1})
    assert _envelope(shape_parameters={"mix": "1 fixed"})


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("fwhm", "1.2 fixed"),
        ("area", "0 fixed"),
        ("area", "1000 +- 50"),
        ("ratio", "0 .. 1"),
        ("position", "170.5 fixed"),  # its tail reaches into the window
        ("position", "161.4 +- 0.001"),
        ("partner_width", "1.1"),
    ],
)
def test_an_unusual_value_is_the_users_business(field, text):
    assert _envelope(**{field: text})


def test_a_level_has_more_than_overlaps():
    with pytest.raises(EnvelopeError, match="every component is an overlap"):
        _envelope(role="overlap")


def test_a_place_outside_the_spectrum_is_refused():
    envelope = Envelope(region="S 2p", components=(_component(position="500 fixed"),))
    with pytest.raises(EnvelopeError, match=r"500 eV lies outside the spectrum 157 \.\. 170 eV"):
        check_places(envelope, (157.0, 170.0))
    check_places(envelope, (490.0, 510.0))


def test_a_kernel_that_is_none():
    with pytest.raises(EnvelopeError, match="kernel"):
        xps.Background(kind="tougaard", kernel=(1, 2, 3, 4, 5))


# --- keys and types -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        (HEAD + REGION + FIRST + "positon = 1\n", "components[0].positon",
         "no such key 'positon'; did you mean position?"),
        (HEAD + REGION.replace("window", "windwo") + FIRST, "envelope[0].windwo",
         "did you mean window?"),
        (HEAD + "[[envelop]]\n", "envelop", "did you mean envelope?"),
        (HEAD + "zzz = 1\n" + REGION + FIRST, "zzz", "there are schema, charge, fractions, envelope"),
        # One mistake deep inside is worth more than another further out.
        (HEAD + "zzz = 1\n" + REGION + FIRST + 'shpae = "x"\n', "components[0].shpae",
         "did you mean shape?"),
        (HEAD + REGION, "envelope[0].components", "it is missing"),
        (HEAD + REGION.replace("[157, 168]", '"wide"') + FIRST, "envelope[0].window",
         "'wide' is not a list"),
        (HEAD + REGION.replace("[157, 168]", "[168, 157]") + FIRST, "envelope[0].window",
         "low to high"),
        (HEAD + REGION.replace("[157, 168]", "[157, 168, 3]") + FIRST, "envelope[0].window", "2"),
        (HEAD + REGION + FIRST.replace("161", "true"), "components[0].position", "not a number"),
        (HEAD + REGION + FIRST.replace("161", "nan"), "components[0].position", "finite number"),
        (HEAD + REGION + 'statistic = "magic"\n' + FIRST, "envelope[0].statistic",
         "'magic' is not 'poisson'"),
        (HEAD + REGION + FIRST + 'shape = "square"\n', "components[0].shape", "square"),
        (HEAD + REGION + FIRST + FIRST, "envelope[0].components", "must be unique"),
        (HEAD + REGION + "[envelope.background]\nend_points = 4\n" + FIRST,
         "envelope[0].background.end_points", "an odd number"),
        (HEAD + REGION + "[envelope.background]\nend_points = 101\n" + FIRST,
         "envelope[0].background.end_points", "101 should be <= 99"),
        (HEAD.replace("/1", "/9") + REGION + FIRST, "schema", "'peakwright.xps.recipe/1'"),
        (REGION + FIRST, "", "has no schema; write schema ="),
        (HEAD + "[charge]\n" + REGION + FIRST, "charge[0]", "either a shift"),
        (HEAD + "[charge]\nshift = 1e308\n" + REGION + FIRST, "charge[0].shift", "10000"),
        (HEAD + '[charge]\nline = "C 1s"\n' + REGION + FIRST, "charge[0].line",
         "LEVEL:SPECIES"),
        (HEAD + "[charge]\nshift = 1\nu = -1\n" + REGION + FIRST, "charge[0].u", ">= 0"),
        ("not toml at all", "", "is not TOML"),
    ],
)  # fmt: skip
def test_a_wrong_key_or_type(text, place, sentence):
    said = _refused(text)
    assert place in said
    assert sentence in said


def test_the_error_of_a_file_travels_between_processes():
    with pytest.raises(EnvelopeError) as caught:
        from_toml("a = 1", name="my.toml")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again)) == (type(caught.value), str(caught.value))


# --- the energy scale -----------------------------------------------------------------------------


def _recipe(*charge):
    envelope = xps.envelope("P 2p", ["PS4"])
    return Recipe(charge=charge, envelopes=(envelope,))


@pytest.mark.parametrize(
    "charge",
    [
        (),
        (Charge(shift=0.1 + 0.2, u=0.05, reference='C 1s "C-C"'),),
        (Charge(line="C 1s:C-C"),),
        (Charge(shift=1.0, sample="a"), Charge(shift=2.0, sample="b", region="S 2p")),
    ],
)
def test_a_charge_section_round_trips(charge):
    recipe = _recipe(*charge)
    assert from_toml(to_toml(recipe)) == recipe


def test_the_narrowest_entry_holds():
    anywhere, sample = Charge(shift=1.0), Charge(shift=2.0, sample="a")
    region, both = Charge(shift=3.0, region="P 2p"), Charge(shift=4.0, sample="a", region="P 2p")
    recipe = _recipe(anywhere, sample, region, both)
    assert recipe.charge_of("a", "P 2p") is both
    assert recipe.charge_of("a", "S 2p") is sample
    assert recipe.charge_of("b", "P 2p") is region
    assert recipe.charge_of("b", "S 2p") is anywhere
    assert _recipe(sample).charge_of("b", "P 2p") is None


@pytest.mark.parametrize("shift", [1e308, float("nan"), float("inf"), -10_001.0])
def test_a_shift_that_no_charge_makes_is_refused(shift):
    with pytest.raises(references.InputError, match="charge shift"):
        xps.by_shift(shift)


def test_an_uncertainty_of_a_shift_is_not_negative():
    with pytest.raises(references.InputError, match="uncertainty"):
        xps.by_shift(1.0, -0.1)


def test_a_spectrum_of_something_else_is_refused_and_not_fitted():
    elsewhere = xps.spectrum(np.arange(10.0, 80.0, 0.1), counts=np.full(700, 300.0))
    with pytest.raises(EnvelopeError, match="no component may lie"):
        xps.fit(elsewhere, xps.envelope("S 2p", ["PS4", "Li2S"]))
