"""CasaXPS's own fits, refitted: its numbers come back when its objective is used."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import references
import xps
from xps.casaxps import CasaXpsError, take_over, take_over_block
from xps.io.casa import CasaCalibration, CasaComponent, CasaFit, CasaParameter, CasaRegion

REGISTRY = references.load()


@pytest.fixture(scope="module")
def assigned(data_dir):
    return xps.read(data_dir / "xps/cheminfo-vamas/assigned.vms")


def _refit(reading, sample, region, statistic):
    """Refit one region; give fit and CasaXPS's component by our name."""
    for spectrum, casa in zip(reading.spectra, reading.casa, strict=True):
        if casa is None or spectrum.attrs["sample"] != sample:
            continue
        for calibrated, envelope in take_over(spectrum, casa):
            if envelope.region != region:
                continue
            chosen = envelope.model_copy(update={"statistic": statistic})
            fit = xps.fit(calibrated, chosen, registry=REGISTRY)
            photon = float(spectrum["photon_energy"])
            first = {}
            for component in casa.components:
                first.setdefault(component.name.strip(), component)
            return fit, first, photon
    raise AssertionError


@pytest.mark.parametrize("sample", ["RW_WS2", "RW_Tha_MoS2", "RW_sonic_MoS2"])
def test_sulfur_lines_return_casaxps_numbers(assigned, sample):
    fit, casa, photon = _refit(assigned, sample, "S 2p", "unweighted")
    line = next(line for line in fit.lines if "#" not in line.component)
    theirs = casa[line.component]
    assert line.area.value == pytest.approx(theirs.area.value, rel=2e-4)
    assert line.fwhm.value == pytest.approx(theirs.fwhm.value, rel=5e-4)
    assert line.position.value == pytest.approx(photon - theirs.position_ke.value, abs=2e-4)


@pytest.mark.parametrize(
    ("sample", "region", "names"),
    [
        ("RW_WS2_MoS2", "S 2p", ["S 2p MoS2"]),
        ("RW_WS2_MoS2_thicker", "S 2p", ["S 2p MoS2"]),
        ("RW_Nb_MoS2", "S 2p", ["S 2p MoS2"]),
        ("RW_Nb_MoS2", "Nb 3d", ["Nb 3d Nb metal", "Nb 3d Nb2O5, NbS2"]),
    ],
)
def test_the_other_main_lines(assigned, sample, region, names):
    fit, casa, _ = _refit(assigned, sample, region, "unweighted")
    areas = {line.component: line.area.value for line in fit.lines}
    for name in names:
        assert areas[name] == pytest.approx(casa[name].area.value, rel=7e-3)


@pytest.mark.parametrize("sample", ["RW_WS2", "RW_Tha_MoS2", "RW_sonic_MoS2", "RW_WS2_MoS2"])
def test_the_poisson_likelihood_stays_near(assigned, sample):
    fit, casa, _ = _refit(assigned, sample, "S 2p", "poisson")
    line = max(fit.lines, key=lambda line: line.area.value)
    assert line.area.value == pytest.approx(casa[line.component].area.value, rel=0.015)


def test_every_fit_in_the_file_can_be_taken_over(assigned):
    taken = sum(
        len(take_over(spectrum, casa))
        for spectrum, casa in zip(assigned.spectra, assigned.casa, strict=True)
        if casa
    )
    assert taken == 15


def test_a_background_that_is_not_known_is_refused(assigned):
    spectrum, casa = next(
        (s, c) for s, c in zip(assigned.spectra, assigned.casa, strict=True) if c and c.components
    )
    odd = dataclasses.replace(
        casa, regions=(dataclasses.replace(casa.regions[0], background="Spline"),)
    )
    with pytest.raises(references.InputError, match="Spline"):
        take_over(spectrum, odd)


# --- what cannot be taken over --------------------------------------------------------------------

PHOTON = 1486.6


def _parameter(value, low=0.0, high=0.0, link=-1, factor=0.0):
    return CasaParameter(value=value, low=low, high=high, link=link, factor=factor)


def _casa_component(place, **changes):
    given = {
        "name": "one", "shape": "GL(30)", "area": _parameter(1000.0),
        "fwhm": _parameter(1.2, 0.5, 2.0),
        "position_ke": _parameter(PHOTON - place, PHOTON - place - 0.5, PHOTON - place + 0.5),
        "rsf": 1.0, "mass": 32.0, "index": -1, "tag": "", "constraint": "",
    }  # fmt: skip
    return CasaComponent(**{**given, **changes})


def _casa_region(low, high, **changes):
    given = {
        "name": "S 2p", "background": "Shirley", "start_ke": PHOTON - high, "end_ke": PHOTON - low,
        "rsf": 1.0, "end_points": 2, "parameters": (0.0, 0.0, 0.0, 0.0), "tag": "S 2p",
    }  # fmt: skip
    return CasaRegion(**{**given, **changes})


def _block(*pairs):
    """A block of counts with these CasaXPS regions and components."""
    energy = np.arange(150.0, 480.0, 0.1)
    spectrum = xps.spectrum(
        energy, np.full(energy.size, 100), photon_energy=PHOTON, sample="made", region="wide"
    )
    regions, components = zip(*pairs, strict=True)
    return spectrum, CasaFit(calibrations=(), regions=regions, components=components)


SULFUR = (_casa_region(157, 168), _casa_component(161.5))
LEFT_OUT = {
    "level": (_casa_region(455, 470, name="Yy 9p", tag="Yy 9p"), _casa_component(460), "Yy 9p"),
    "shape": (_casa_region(455, 470), _casa_component(460, shape="XX(3)"), "XX(3)"),
    "background": (_casa_region(455, 470, background="Odd"), _casa_component(460), "Odd"),
    "width": (_casa_region(455, 470), _casa_component(460, fwhm=_parameter(-1.2)), "-1.2"),
    "limits": (
        _casa_region(455, 470),
        _casa_component(460, position_ke=_parameter(PHOTON - 460, PHOTON - 310, PHOTON - 300)),
        "300 .. 310 eV",
    ),
}


@pytest.mark.parametrize("case", LEFT_OUT)
def test_one_region_that_cannot_be_taken_over_costs_that_region(case):
    region, component, named = LEFT_OUT[case]
    spectrum, casa = _block(SULFUR, (region, component))
    taken, notes = take_over_block(spectrum, casa, REGISTRY)
    assert [envelope.window for _, envelope in taken] == [pytest.approx((157, 168))]
    (note,) = notes
    assert note.rule == "region_left_out"
    assert named in note.message
    assert region.name in note.subject


@pytest.mark.parametrize("case", [name for name in LEFT_OUT if name != "level"])
def test_alone_it_is_one_sentence(case):
    region, component, _ = LEFT_OUT[case]
    with pytest.raises(CasaXpsError) as caught:
        take_over(*_block((region, component)))
    assert "\n" not in str(caught.value)
    assert "validation error" not in str(caught.value)


def test_a_spline_background_is_taken_for_a_plain_one_and_said():
    region = _casa_region(157, 168, background="Spline Linear")
    taken, notes = take_over_block(*_block((region, _casa_component(161.5))), REGISTRY)
    assert taken[0][1].background.kind == "linear"
    assert [note.rule for note in notes] == ["background_approximated"]
    assert "Spline Linear" in notes[0].message


def test_a_label_of_a_level_that_cannot_lie_there():
    region = _casa_region(195, 205, name="Cl1s", tag="Cl1s")
    taken, notes = take_over_block(*_block((region, _casa_component(199.0))), REGISTRY)
    assert taken[0][1].components[0].core_level == "Cl 2p"
    (note,) = notes
    assert (note.rule, note.severity) == ("level_name_vs_energy", "error")
    assert "Cl 1s" in note.subject


def test_a_calibration_that_no_charge_makes():
    spectrum, casa = _block(SULFUR)
    mad = CasaCalibration(measured=0.0, assigned=1e29, scale="BE", add=True)
    with pytest.raises(CasaXpsError, match="calibration"):
        take_over(spectrum, dataclasses.replace(casa, calibrations=(mad,)))
