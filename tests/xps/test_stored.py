"""Results read back: the same numbers, the same curves, and one sentence for what is broken."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import xps
from peakwright.cli.main import main
from references.files import DataFileError
from xps.envelope import Background
from xps.example import example_path
from xps.replay import ResultError, replay
from xps.stored import StoredFit, read_result

_spec = importlib.util.spec_from_file_location(
    "stored_fits", Path(__file__).with_name("stored_fits.py")
)
stored_fits = importlib.util.module_from_spec(_spec)
sys.modules["stored_fits"] = stored_fits
_spec.loader.exec_module(stored_fits)
example_fit, fit_of, line = stored_fits.example_fit, stored_fits.fit_of, stored_fits.line


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A result as the command writes it."""
    place = tmp_path_factory.mktemp("result")
    code = main(
        ["xps", "fit", str(example_path()), "--region", "S 2p", "--species", "PS4,Li2S",
         "--charge-reference", "C 1s:C-C", "--out", str(place)]
    )  # fmt: skip
    assert code == 0
    return place


@pytest.fixture(scope="module")
def document(folder):
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


def test_the_numbers_are_the_document_s(folder, document):
    stored = read_result(folder / "result.json")
    (fit,), (given,) = stored.fits, document["fits"]
    assert [line.area for line in fit.lines] == [line["area"] for line in given["components"]]
    assert (
        fit.lines[0].estimates.area.u_parts
        == given["components"][0]["estimates"]["area"]["u_parts"]
    )
    assert stored.envelope_of(fit).region == "S 2p"
    assert stored.recipe.charge[0].line == "C 1s:C-C"


def test_the_spectrum_is_known_by_its_number(folder):
    (fit,) = read_result(folder / "result.json").fits
    assert xps.read(example_path()).spectra[fit.number].attrs["region"] == "S 2p"


@pytest.mark.parametrize(
    ("level", "species"),
    [("S 2p", ("PS4", "Li2S")), ("In 3d", ("In0", "InCl3")), ("Li 1s", ("LiCl",))],
)
def test_the_curves_are_those_of_the_fit(level, species):
    live, spectrum, stored = example_fit(level, species)
    again = replay(stored, live.envelope, spectrum)
    largest = live.curves.envelope.max()
    assert np.abs(again.envelope - live.curves.envelope).max() <= 1e-12 * largest
    assert np.abs(again.background - live.curves.background).max() <= 1e-12 * largest
    assert np.abs(again.lines - live.curves.lines).max() <= 1e-12 * largest
    assert np.array_equal(again.measured, live.curves.measured)


@pytest.mark.parametrize(
    "background",
    [
        Background(mode="static"),
        Background(kind="tougaard"),
        Background(kind="linear"),
        Background(kind="constant"),
        Background(slope=False),
    ],
    ids=str,
)
def test_every_background_is_drawn_again(background):
    spectrum = xps.example("P 2p")
    envelope = xps.envelope("P 2p", ["PS4"], background=background)
    live = xps.fit(spectrum, envelope)
    stored = StoredFit.model_validate(
        json.loads(json.dumps(live.to_dict())) | {"envelope": 0, "number": 0}
    )
    again = replay(stored, envelope, spectrum)
    assert np.abs(again.background - live.curves.background).max() <= 1e-9


def test_limits_are_those_of_the_fit():
    live, _, _ = example_fit()
    for fitted in live.lines:
        assert fitted.position_limits[0] <= fitted.position.value <= fitted.position_limits[1]
        assert fitted.fwhm_limits[0] <= fitted.fwhm.value <= fitted.fwhm_limits[1]
        assert np.isfinite([*fitted.position_limits, *fitted.fwhm_limits]).all()


def test_another_spectrum_is_refused():
    live, spectrum, stored = example_fit()
    with pytest.raises(ResultError, match="channels"):
        replay(stored, live.envelope, spectrum.isel(binding_energy=slice(3, None)))


# --- broken results -------------------------------------------------------------------------------


def _written(tmp_path, text):
    path = tmp_path / "result.json"
    path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return path


def _changed(document, *place, value):
    changed = json.loads(json.dumps(document))
    inner = changed
    for key in place[:-1]:
        inner = inner[key]
    if value is None:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return changed


LINE = ("fits", 0, "components", 0)
BROKEN = {
    "a number that is text": ((*LINE, "area"), "much", "fits[0].components[0].area"),
    "a width of zero": ((*LINE, "fwhm_eV"), 0.0, "fwhm_eV"),
    "a negative area": ((*LINE, "area"), -1.0, "area"),
    "a shape that is not there": ((*LINE, "shape"), "triangle", "triangle"),
    "a parameter that is not the shape's": ((*LINE, "shape_parameters"), {"tail": 1}, "tail"),
    "a component of no recipe": ((*LINE, "name"), "Xx", "no component of its recipe"),
    "a component without a line": (("fits", 0, "components"), "first", "has no line"),
    "an envelope that is not there": (("fits", 0, "envelope"), 7, "none of the recipe's 1"),
    "no fits": (("fits",), [], "fits"),
    "a field that is missing": (("fits", 0, "charge"), None, "missing"),
    "an earlier version": (("fits", 0, "area_factor"), None, "earlier version"),
    "a recipe that is none": (("recipe", "envelope"), [], "recipe"),
    "two inputs": (("inputs",), [{"path": "a", "sha256": "b"}] * 2, "inputs"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_field_is_named(document, tmp_path, case):
    place, value, named = BROKEN[case]
    if value == "first":
        value = document["fits"][0]["components"][:1]
    with pytest.raises(DataFileError) as caught:
        read_result(_written(tmp_path, _changed(document, *place, value=value)))
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "validation error" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "not JSON"),
        ("[1, 2]", "names no schema"),
        ("null", "names no schema"),
        ('{"schema": "other/1"}', "'other/1'"),
        ('{"schema": "peakwright.xps.series/1"}', "result of a series"),
        ('{"schema": "peakwright.xps.fit/1"}', "missing"),
        ('{"value": NaN}', "NaN is no number"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_result(tmp_path, text, named):
    with pytest.raises(DataFileError) as caught:
        read_result(_written(tmp_path, text))
    assert named in str(caught.value)


def test_unknown_keys_of_a_later_version_are_passed_over(document, tmp_path):
    later = _changed(document, "fits", 0, "colour", value="blue")
    assert read_result(_written(tmp_path, later)).fits[0].region == "S 2p"


def test_mutants_are_results_or_named_errors(folder, tmp_path, rng):
    """300 damaged results: one sentence each, or a result (a changed digit is one)."""
    whole = (folder / "result.json").read_bytes()
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(int(rng.integers(1, 4))):
            place = int(rng.integers(len(damaged)))
            kind = int(rng.integers(3))
            if kind == 0:
                damaged[place] = int(rng.integers(256))
            elif kind == 1:
                del damaged[place : place + int(rng.integers(1, 40))]
            else:
                damaged[place:place] = damaged[max(place - 30, 0) : place]
        path = tmp_path / "mutant.json"
        path.write_bytes(bytes(damaged))
        try:
            read_result(path)
        except DataFileError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize("percent", range(0, 100, 4))
def test_a_result_that_is_cut_off(folder, tmp_path, percent):
    whole = (folder / "result.json").read_bytes()
    path = tmp_path / "cut.json"
    path.write_bytes(whole[: len(whole) * percent // 100])
    with pytest.raises(DataFileError):
        read_result(path)
