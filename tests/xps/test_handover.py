"""Stored fits as CasaXPS's lines: what comes back is what was given, and what is lost is said."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xps
from references.registry import UnknownReferenceError
from xps.casaxps import take_over
from xps.constraint import parse
from xps.envelope import Background
from xps.handover import hand_over
from xps.io.casa import CasaCalibration, CasaFit, parse_casa
from xps.io.casa_lines import casa_lines, put_beside
from xps.lineshape import from_casaxps, lineshape
from xps.replay import ResultError, replay
from xps.stored import StoredFit

_spec = importlib.util.spec_from_file_location(
    "stored_fits", Path(__file__).with_name("stored_fits.py")
)
stored_fits = importlib.util.module_from_spec(_spec)
sys.modules["stored_fits"] = stored_fits
_spec.loader.exec_module(stored_fits)
PHOTON, REGISTRY = stored_fits.PHOTON, stored_fits.REGISTRY
envelope_of, fit_of, example_fit = (
    stored_fits.envelope_of,
    stored_fits.fit_of,
    stored_fits.example_fit,
)
flat_spectrum, line, single = stored_fits.flat_spectrum, stored_fits.line, stored_fits.single

SHAPES = ["gaussian", "lorentzian", "pseudo_voigt", "gl_sum", "gl_product", "la"]
X = np.linspace(150.0, 180.0, 601)


def _handed(lines, *components, **others):
    fit = fit_of(
        lines, **{k: v for k, v in others.items() if k in {"shift", "points", "background"}}
    )
    recipe = {k: v for k, v in others.items() if k in {"knowledge", "window"}}
    return hand_over([(fit, envelope_of(*components, **recipe))], flat_spectrum(), REGISTRY)


def _rules(handed):
    return [note.rule for note in handed.notes]


def _back(handed, spectrum=None):
    """Written, read by the reader, taken over."""
    casa = parse_casa(casa_lines(handed.casa))
    assert casa == handed.casa
    return take_over(flat_spectrum() if spectrum is None else spectrum, casa), casa


# --- what comes back ------------------------------------------------------------------------------


@st.composite
def envelopes(draw):
    """Lines of one to four components, singles and doublets, some tied to an earlier one."""
    lines, components = [], []
    for number in range(draw(st.integers(1, 4))):
        name = f"species {number}"
        shape = draw(st.sampled_from(SHAPES))
        own = {
            key: draw(st.floats(low + 0.01, min(high, 5.0) - 0.02))
            for key, (low, high, _) in zip(
                lineshape(shape).parameters, lineshape(shape).limits, strict=True
            )
        }
        position, fwhm = draw(st.floats(157.0, 168.0)), draw(st.floats(0.4, 2.5))
        area = draw(st.floats(1e-3, 1e7))
        text = {"position": f"{position!r}", "fwhm": f"{fwhm!r}", "area": ""}
        if lines and draw(st.booleans()):
            other = lines[0]
            shape, own = other["shape"], other["shape_parameters"]
            what = draw(st.sampled_from(["position", "fwhm", "area"]))
            if what == "position":
                offset = draw(st.floats(0.1, 2.0))
                position = other["position_eV"] + offset
                text["position"] = f"{other['name']} + {offset!r}"
            else:
                ratio = draw(st.floats(0.3, 2.0))
                key = {"fwhm": "fwhm_eV", "area": "area"}[what]
                value = other[key] * ratio
                text[what] = f"{other['name']} * {ratio!r}"
                fwhm, area = (value, area) if what == "fwhm" else (fwhm, value)
        limits = ((position - 0.5, position + 0.25), (0.3, 6.0))
        lines.append(
            line(name, position, fwhm=fwhm, area=area, shape=shape, own=own, limits=limits)
        )
        doublet = draw(st.booleans())
        if doublet:
            lines.append(
                line(name, position + 1.18, fwhm=fwhm, area=0.511 * area, shape=shape, own=own,
                     limits=limits, minor=True, label="S 2p1/2")
            )  # fmt: skip
        components.append(single(name, shape=shape, partner=doublet, **text))
    shift = draw(st.one_of(st.just(0.0), st.floats(-8.0, 8.0)))
    return lines, components, shift


@given(envelopes())
def test_any_envelope_comes_back(made):
    lines, components, shift = made
    spectrum = flat_spectrum(low=140.0, high=190.0)
    fit = fit_of(lines, shift=shift, points=_points(spectrum, shift))
    handed = hand_over([(fit, envelope_of(*components))], spectrum, REGISTRY)
    ((calibrated, envelope),), casa = _back(handed, spectrum)
    assert float(calibrated["charge_shift"]) == shift
    assert envelope.window == pytest.approx((155.0, 172.0), abs=1e-9)
    names = [component.name for component in envelope.components]
    for given_line, found, component in zip(
        _in_order(lines, casa), casa.components, envelope.components, strict=True
    ):
        assert PHOTON - found.position_ke.value == pytest.approx(
            given_line["position_eV"], abs=1e-9
        )
        assert found.fwhm.value == pytest.approx(given_line["fwhm_eV"], rel=1e-14)
        assert found.area.value == given_line["area"]
        shape, own, _ = from_casaxps(found.shape)
        position, width = given_line["position_eV"], given_line["fwhm_eV"]
        theirs = shape.density(X, np.array([[position, width, *own]]))
        ours = lineshape(given_line["shape"]).density(
            X, np.array([[position, width, *given_line["shape_parameters"].values()]])
        )
        assert np.abs(theirs - ours).max() <= 1e-11 * ours.max()
        _same_links(component, given_line, envelope, names, lines)


def _points(spectrum, shift):
    energy = spectrum["binding_energy"].values + shift
    return int(np.sum((energy >= 155.0 - 1e-9) & (energy <= 172.0 + 1e-9)))


def _in_order(lines, casa):
    """The given lines in the order of CasaXPS's components."""
    left = list(lines)
    found = []
    for component in casa.components:
        mine = next(one for one in left if one["name"] == component.name)
        left.remove(mine)
        found.append(mine)
    assert not left
    return found


def _same_links(component, given_line, envelope, names, lines):
    """A partner hangs on its major line, a tie on the component it was tied to."""
    tie = parse(component.position, [n for n in names if n != component.name]).tie
    if given_line["minor"]:
        assert tie is not None
        assert tie.terms == ((given_line["name"], 1.0),)
        assert tie.constant == pytest.approx(1.18, abs=1e-9)
        area = parse(component.area, [n for n in names if n != component.name]).tie
        assert area.terms[0][0] == given_line["name"]
        assert area.terms[0][1] == pytest.approx(0.511, rel=1e-12)


@pytest.mark.parametrize(
    ("field", "text", "link", "factor"),
    [
        ("position", "A + 1.25", "position_ke", -1.25),
        ("position", "= A", "position_ke", 0.0),
        ("fwhm", "A * 1.5", "fwhm", 1.5),
        ("fwhm", "= A", "fwhm", 1.0),
        ("area", "A * 0.25", "area", 0.25),
    ],
)
def test_a_tie_is_a_link(field, text, link, factor):
    values = {"position": 161.5, "fwhm": 1.1, "area": 1000.0}
    if field == "position":
        values["position"] += -factor
    else:
        values[field] *= factor
    lines = [
        line("A", 161.5),
        line("B", values["position"], fwhm=values["fwhm"], area=values["area"]),
    ]
    casa = _handed(lines, single("A"), single("B", **{field: text})).casa
    parameter = getattr(casa.components[1], link)
    assert parameter.link == 0
    assert parameter.factor == pytest.approx(factor, abs=1e-12)


def test_a_component_stands_behind_the_one_it_is_tied_to():
    lines = [line("A", 160.0), line("B", 161.5)]
    casa = _handed(lines, single("A", fwhm="= B"), single("B")).casa
    assert [c.name for c in casa.components] == ["B", "A"]
    assert casa.components[1].fwhm.link == 0


@pytest.mark.parametrize("text", ["A + B", "A * 0.5 + 3", "A * 2 - B"])
def test_a_tie_that_casaxps_cannot_hold_is_said(text):
    lines = [line("A", 160.0), line("B", 161.5), line("C", 163.0)]
    handed = _handed(lines, single("A"), single("B"), single("C", area=text))
    assert handed.casa.components[2].area.link == -1
    assert "tie_not_expressed" in _rules(handed)


def test_limits_are_limits_and_a_held_value_has_none():
    lines = [line("A", 161.5, limits=((161.0, 162.5), (1.1, 1.1)))]
    component = _handed(lines, single("A", fwhm="1.1 fixed")).casa.components[0]
    assert component.position_ke.low == pytest.approx(PHOTON - 162.5)
    assert component.position_ke.high == pytest.approx(PHOTON - 161.0)
    assert (component.fwhm.low, component.fwhm.high) == (1.1, 1.1)


def test_a_window_goes_there_and_back():
    ((_, envelope),), _ = _back(_handed([line("A", 161.5)], single("A")))
    assert envelope.window == pytest.approx((155.0, 172.0), abs=1e-9)
    assert envelope.background.kind == "linear"
    assert envelope.background.end_points == 3


def test_the_shift_is_a_calibration_line():
    handed = _handed([line("A", 161.5)], single("A"), shift=-0.4)
    (calibration,) = handed.casa.calibrations
    assert (calibration.measured, calibration.assigned, calibration.scale) == (0.0, -0.4, "BE")
    assert handed.casa.components[0].position_ke.value == pytest.approx(PHOTON - 161.5)


def test_a_partner_outside_the_window_stays_with_its_region():
    lines = [line("A", 161.5), line("A", 175.0, area=511.0, minor=True)]
    handed = _handed(lines, single("A", partner=True))
    ((_, envelope),), _ = _back(handed)
    assert len(envelope.components) == 2


def test_an_overlap_keeps_its_own_level():
    lines = [line("A", 161.5), line("Ga 3s", 160.85, fwhm=2.6)]
    extra = single("Ga 3s", core_level="Ga 3s", role="overlap")
    handed = _handed(lines, single("A"), extra)
    ((_, envelope),), _ = _back(handed)
    assert [c.core_level for c in envelope.components] == ["S 2p", "Ga 3s"]


def test_factors_are_those_of_the_whole_level():
    component = _handed([line("A", 161.5)], single("A")).casa.components[0]
    expected = REGISTRY.sensitivity_set("scofield_al").factor("S 2p").best
    assert component.rsf == component.uncorrected_rsf == expected
    assert component.mass == pytest.approx(32.06, abs=0.02)


# --- a real fit -----------------------------------------------------------------------------------


def test_the_example_comes_back():
    live, spectrum, stored = example_fit()
    handed = hand_over([(stored, live.envelope)], spectrum, REGISTRY)
    ((calibrated, envelope),), casa = _back(handed, spectrum)
    by_place = {line.position.value: line for line in live.lines}
    for component in casa.components:
        place = float(spectrum["photon_energy"]) - component.position_ke.value
        mine = by_place[min(by_place, key=lambda p: abs(p - place))]
        assert place == pytest.approx(mine.position.value, abs=1e-9)
        assert component.fwhm.value == mine.fwhm.value
        assert component.area.value == mine.area.value
    assert len(envelope.components) == len(live.lines)
    # Refitted with CasaXPS's background it stays near: the bound is the stated background's share.
    again = xps.fit(calibrated, envelope, registry=REGISTRY)
    assert {line.line for line in again.lines} == {"S 2p"}


def test_the_background_that_differs_is_measured():
    live, spectrum, stored = example_fit()
    handed = hand_over([(stored, live.envelope)], spectrum, REGISTRY)
    (note,) = (note for note in handed.notes if note.rule == "background_recomputed")
    curves = replay(stored, live.envelope, spectrum)
    static = xps.background.shirley(
        spectrum["binding_energy"].values, spectrum["counts"].values, points=3
    ).curve
    off = np.trapezoid(np.abs(static - curves.background), curves.energy)
    area = sum(line.area.value for line in live.lines) / live.area_factor
    assert f"{100 * off / area:.2g} %" in note.message


def test_a_metal_is_the_nearest_and_says_how_near():
    live, spectrum, stored = example_fit("In 3d", ("In0", "InCl3"))
    handed = hand_over([(stored, live.envelope)], spectrum, REGISTRY)
    said = [n.message for n in handed.notes if n.rule == "shape_approximated"]
    assert any("mahan is written as LA(" in text and "% of the area" in text for text in said)
    shapes = {c.name: c.shape for c in handed.casa.components}
    assert shapes["In0"].startswith("LA(")
    assert shapes["InCl3"].startswith("SGL(")


@pytest.mark.parametrize(
    ("background", "kind", "parameters"),
    [
        (Background(kind="shirley", mode="static", end_points=5), "Shirley", (2866, -1643, 0, 0)),
        (Background(kind="linear", mode="static", end_points=1), "Linear", (2866, -1643, 0, 0)),
        (
            Background(kind="tougaard", mode="static", kernel=(300.0, 450.0), scale_to_end=False),
            "U 2 Tougaard",
            (300.0, -450.0, 0, 0),
        ),
        (
            Background(
                kind="tougaard", mode="static", kernel=(300, 551, 436, 3), scale_to_end=False
            ),
            "U 3 Tougaard",
            (300.0, 551.0, 436.0, 3.0),
        ),
    ],
)
def test_a_background_goes_there_and_back(background, kind, parameters):
    envelope = envelope_of(single("A"), background=background)
    handed = hand_over([(fit_of([line("A", 161.5)]), envelope)], flat_spectrum(), REGISTRY)
    (region,) = handed.casa.regions
    assert (region.background, region.parameters) == (kind, parameters)
    ((_, back),), _ = _back(handed)
    assert back.background.kind == background.kind
    assert back.background.end_points == background.end_points
    if background.kernel:
        assert xps.background.kernel_from(back.background.kernel) == xps.background.kernel_from(
            background.kernel
        )


def test_a_kernel_is_scaled_as_casaxps_scales_it():
    """Read back, the background meets the data's end without any factor."""
    live, spectrum, stored = example_fit()
    chosen = Background(kind="tougaard", mode="static", end_points=3)
    envelope = live.envelope.model_copy(update={"background": chosen})
    stored = stored.model_copy(update={"background": type(stored.background)()})
    handed = hand_over([(stored, envelope)], spectrum, REGISTRY)
    assert "background_recomputed" not in _rules(handed)  # the same curve
    b, c, *_ = handed.casa.regions[0].parameters
    energy, counts = spectrum["binding_energy"].values, spectrum["counts"].values
    curve = xps.background.tougaard(
        energy, counts, xps.background.U2(b, c), points=3, scale_to_end=False
    ).curve
    assert curve[-1] == pytest.approx(counts[-2:].mean(), rel=1e-9)


# --- what is said, and what is refused ------------------------------------------------------------


def test_a_fit_that_loses_nothing_says_nothing():
    handed = _handed([line("A", 161.5, shape="gaussian", own={})], single("A", shape="gaussian"))
    assert handed.notes == ()


SAID = {
    "rsf_missing": ([line("A", 161.5)], single("A", core_level="Au 4f"), {}),
    "knowledge_held": ([line("A", 161.5)], single("A"), {"knowledge": "prior"}),
    "time_unknown": ([line("A", 161.5, unit="counts*eV")], single("A"), {}),
    "shape_held": ([line("A", 161.5)], single("A"), {}),
    "name_changed": ([line("Li\N{SUBSCRIPT TWO}S", 161.5)], single("Li\N{SUBSCRIPT TWO}S"), {}),
}


@pytest.mark.parametrize("rule", SAID)
def test_what_is_lost_is_said(rule):
    lines, component, others = SAID[rule]
    assert rule in _rules(_handed(lines, component, **others))


def test_factors_of_another_source_are_said():
    fit, envelope = fit_of([line("A", 161.5)]), envelope_of(single("A"))
    handed = hand_over([(fit, envelope)], flat_spectrum(photon=1253.6), REGISTRY)
    assert "rsf_photon_energy" in _rules(handed)
    right = hand_over(
        [(fit, envelope)], flat_spectrum(photon=1253.6), REGISTRY, sensitivity_set="scofield_mg"
    )
    assert "rsf_photon_energy" not in _rules(right)


def test_a_fit_that_did_not_converge_is_said():
    fit = fit_of([line("A", 161.5)], assessment="at_bound", message="at its bound: A fwhm")
    handed = hand_over([(fit, envelope_of(single("A")))], flat_spectrum(), REGISTRY)
    assert "fit_not_converged" in _rules(handed)


def test_without_a_photon_energy_there_are_no_kinetic_energies():
    fit = fit_of([line("A", 161.5)])
    with pytest.raises(ResultError, match="photon-energy"):
        hand_over([(fit, envelope_of(single("A")))], flat_spectrum(photon=np.nan), REGISTRY)


def test_a_sensitivity_set_that_is_not_there():
    fit = fit_of([line("A", 161.5)])
    with pytest.raises(UnknownReferenceError, match="nothing"):
        hand_over([(fit, envelope_of(single("A")))], flat_spectrum(), REGISTRY,
                  sensitivity_set="nothing")  # fmt: skip


def test_a_level_that_the_library_does_not_have():
    fit = fit_of([line("A", 161.5)])
    with pytest.raises(UnknownReferenceError, match="Zz 9p"):
        hand_over([(fit, envelope_of(single("A", core_level="Zz 9p")))], flat_spectrum(), REGISTRY)


def test_two_fits_over_the_same_energies_cannot_share_a_block():
    pair = (fit_of([line("A", 161.5)]), envelope_of(single("A")))
    with pytest.raises(ResultError, match="same energies"):
        hand_over([pair, pair], flat_spectrum(), REGISTRY)


def test_two_fits_side_by_side_share_a_block():
    low = (fit_of([line("A", 157.5)], points=51), envelope_of(single("A", position="157.5"),
                                                               window=(155.0, 160.0)))  # fmt: skip
    high = (fit_of([line("B", 166.0), line("B", 167.18, area=511.0, minor=True)], points=81),
            envelope_of(single("B", position="166", partner=True), window=(162.0, 170.0)))  # fmt: skip
    handed = hand_over([low, high], flat_spectrum(), REGISTRY)
    assert handed.casa.components[2].area.link == 1  # counted through the whole block
    taken, _ = _back(handed)
    assert [len(envelope.components) for _, envelope in taken] == [1, 2]


def test_fits_on_different_scales_cannot_share_a_block():
    one, other = (
        (fit_of([line("A", 161.5)], shift=shift), envelope_of(single("A"))) for shift in (0.1, 0.2)
    )
    with pytest.raises(ResultError, match="different energy scales"):
        hand_over([one, other], flat_spectrum(), REGISTRY)


def test_another_spectrum_than_the_one_that_was_fitted():
    fit = fit_of([line("A", 161.5)], points=99)
    with pytest.raises(ResultError, match="99 channels"):
        hand_over([(fit, envelope_of(single("A")))], flat_spectrum(), REGISTRY)


# --- beside what a block holds --------------------------------------------------------------------


def _calibration(measured, assigned):
    return CasaCalibration(measured=measured, assigned=assigned, scale="BE", add=True)


def test_calibration_lines_of_the_same_shift_are_kept():
    present = CasaFit(
        calibrations=(_calibration(281.0, 284.5), _calibration(284.5, 284.8)),
        regions=(), components=(), annotations=("a", "b"),
    )  # fmt: skip
    new = CasaFit(calibrations=(_calibration(0.0, 3.8),), regions=(), components=())
    kept = put_beside(new, present)
    assert kept.calibrations == present.calibrations
    assert kept.annotations == ("a", "b")


def test_calibration_lines_of_another_shift_are_replaced():
    present = CasaFit(calibrations=(_calibration(281.0, 284.8),), regions=(), components=())
    new = CasaFit(calibrations=(_calibration(0.0, 3.0),), regions=(), components=())
    assert put_beside(new, present).calibrations == new.calibrations
    assert put_beside(new, None) is new


@pytest.mark.parametrize("region", ["S 2p", "Nb 3d", "Mo 3d", "W 4f"])
def test_casaxps_own_fit_goes_through_and_back(data_dir, region):
    """A CasaXPS fit, refitted here and handed back, links what CasaXPS linked."""
    reading = xps.read(data_dir / "xps/cheminfo-vamas/assigned.vms")
    spectrum, casa = next(
        (s, c) for s, c in zip(reading.spectra, reading.casa, strict=True)
        if c and c.components and c.regions[0].tag == region
    )  # fmt: skip
    ((calibrated, envelope),) = take_over(spectrum, casa)
    live = xps.fit(calibrated, envelope, registry=REGISTRY)
    stored = StoredFit.model_validate(json.loads(json.dumps(live.to_dict())) | {"envelope": 0})
    handed = hand_over([(stored, envelope)], spectrum, REGISTRY)
    again = parse_casa(casa_lines(handed.casa))

    def links(fit, names):
        found = set()
        for own, c in enumerate(fit.components):
            for what in ("area", "fwhm", "position_ke"):
                parameter = getattr(c, what)
                if parameter.link != -1:
                    factor = round(parameter.factor, 6)
                    found.add((names[own], what, names[parameter.link], factor))
        return found

    ours = [c.name for c in again.components]
    theirs = [c.name for c in envelope.components]  # made unique, in CasaXPS's order
    assert links(again, ours) == links(casa, theirs)
    (mine,), (was,) = again.regions, casa.regions
    assert (mine.start_ke, mine.end_ke) == pytest.approx((was.start_ke, was.end_ke), abs=1e-9)
    assert (mine.background, mine.end_points) == (was.background, was.end_points)
    if was.background.startswith("U"):
        assert mine.parameters == was.parameters
