"""CasaXPS's own fits, refitted: its numbers come back when its objective is used."""

from __future__ import annotations

import pytest

import references
import xps
from xps.casaxps import take_over

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
    import dataclasses

    spectrum, casa = next(
        (s, c) for s, c in zip(assigned.spectra, assigned.casa, strict=True) if c and c.components
    )
    odd = dataclasses.replace(
        casa, regions=(dataclasses.replace(casa.regions[0], background="Spline"),)
    )
    with pytest.raises(references.InputError, match="Spline"):
        take_over(spectrum, odd)
