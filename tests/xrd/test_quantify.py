"""Mass fractions of mixtures: of another engine's, and of a round robin's."""

from __future__ import annotations

import json

import numpy as np
import pytest

from references import load
from references.words import InputError, Kind
from xrd.example import simulated
from xrd.instrument import Instrument
from xrd.io import read
from xrd.pattern import pattern
from xrd.quantify import Standard, quantify
from xrd.structure import structure

LIBRARY = load()
MIXTURE = {"corundum": "Al2O3", "fluorite": "CaF2", "zincite": "ZnO"}


def phases(*keys):
    return [structure(LIBRARY.phase(key)) for key in keys]


def mixed(fractions, **changes):
    x, counts = simulated(fractions, **{"seed": 3, **changes})
    return pattern(x, counts, wavelength=1.5405929, radius_mm=173.0)


GRAPHITE = Instrument(monochromator_two_theta_deg=26.6)


def test_fractions_of_another_engine_s_mixture_come_out():
    truth = {"Al2O3": 0.6, "CaF2": 0.3, "ZnO": 0.1}
    found = quantify(mixed(truth), phases(*truth), library=LIBRARY, instrument=GRAPHITE)
    assert found.assessment == "converged"
    for part in found.parts:
        assert abs(part.fraction.value - truth[part.name]) < 3.0 * part.fraction.u, part.name
        assert part.fraction.u < 0.015
    assert sum(part.fraction.value for part in found.parts) == pytest.approx(1.0, abs=1e-12)
    parts = found.parts[0].fraction.u_parts.to_dict()
    assert set(parts) == {"counting", "misfit", "background", "constraints"}


def test_a_phase_that_is_not_there_has_a_limit():
    found = quantify(
        mixed({"Al2O3": 0.7, "ZnO": 0.3}), phases("Al2O3", "ZnO", "LaB6"), library=LIBRARY,
        instrument=GRAPHITE,
    )  # fmt: skip
    absent = found.parts[2].fraction
    assert absent.kind is Kind.UPPER_LIMIT
    assert absent.low is None
    assert 0.0 < absent.high < 0.01


def test_an_internal_standard_tells_what_is_amorphous():
    """20 % standard in 80 % sample, of which half is amorphous: 1/3 of what is crystalline."""
    found = quantify(
        mixed({"Al2O3": 0.2, "ZnO": 0.4}), phases("Al2O3", "ZnO"), library=LIBRARY,
        instrument=GRAPHITE, standard=Standard(name="Al2O3", fraction=0.2),
    )  # fmt: skip
    assert found.amorphous.value == pytest.approx(0.5, abs=3.0 * found.amorphous.u)
    assert 0.0 < found.amorphous.u < 0.05
    assert found.rows()[-1].quantity == "amorphous_mass_fraction"


def test_more_standard_than_there_is_is_said():
    found = quantify(
        mixed({"Al2O3": 0.2, "ZnO": 0.8}), phases("Al2O3", "ZnO"), library=LIBRARY,
        instrument=GRAPHITE, standard=Standard(name="Al2O3", fraction=0.5),
    )  # fmt: skip
    assert [f.rule for f in found.findings if f.severity == "error"] == ["more_than_all"]


def test_grains_are_corrected_for_and_their_radius_adds_to_u():
    given = mixed({"Al2O3": 0.5, "ZnO": 0.5})
    bare, ground = (
        quantify(given, phases("Al2O3", "ZnO"), library=LIBRARY, instrument=GRAPHITE, radius_um=r)
        for r in (None, 1.0)
    )
    assert "microabsorption" in [f.rule for f in bare.findings]
    assert "microabsorption" not in [f.rule for f in ground.findings]
    assert ground.parts[1].fraction.value > bare.parts[1].fraction.value + 0.003
    assert ground.parts[1].fraction.u > bare.parts[1].fraction.u


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"keys": ["Al2O3"]}, "two phases"),
        ({"keys": ["Al2O3", "Al2O3"]}, "each once"),
        ({"standard": Standard(name="Si", fraction=0.1)}, "none of the phases"),
    ],
)
def test_what_cannot_be_weighed_is_refused(given, message):
    keys = given.pop("keys", ["Al2O3", "ZnO"])
    with pytest.raises(InputError, match=message):
        quantify(mixed({"Al2O3": 1.0}), phases(*keys), library=LIBRARY, **given)


def test_a_wavelength_is_asked_for():
    x, counts = simulated({"ZnO": 1.0}, seed=1)
    with pytest.raises(InputError, match="--radiation"):
        quantify(pattern(x, counts), phases("Al2O3", "ZnO"), library=LIBRARY)


@pytest.mark.parametrize("sample", ["cpd-1d", "cpd-1e", "cpd-1f", "cpd-1g", "cpd-1h"])
def test_a_round_robin_s_mixtures(data_dir, sample):
    """Weighed fractions of the IUCr CPD round robin; nothing is tuned to them."""
    folder = data_dir / "xrd/patterns/round_robin"
    truth = json.loads((folder / "weighed.json").read_text())["samples"][sample]
    found = quantify(
        read(folder / f"{sample}.prn").patterns[0], phases(*MIXTURE.values()), library=LIBRARY,
        instrument=Instrument(radiation="Cu Ka", monochromator_two_theta_deg=26.6, radius_mm=173),
    )  # fmt: skip
    off = [100 * p.fraction.value - truth[n] for p, n in zip(found.parts, MIXTURE, strict=True)]
    assert np.abs(off).max() < 1.2
    assert all(
        abs(error) < 200 * part.fraction.u for error, part in zip(off, found.parts, strict=True)
    )
    assert np.median([100 * part.fraction.u for part in found.parts]) < 0.7


@pytest.mark.parametrize("ends", [(10.0, 80.0), (10.0, 36.0)])
def test_an_absent_phase_makes_itself_no_background(ends):
    whole = mixed({"ZnO": 1.0}).sel(two_theta=slice(*ends))
    found = quantify(whole, phases("ZnO", "LiCl"), library=LIBRARY, instrument=GRAPHITE)
    assert found.assessment == "converged"
    absent = found.parts[1].fraction
    assert absent.kind is Kind.UPPER_LIMIT
    assert 0.0 < absent.high < 0.01
    assert found.parts[0].fraction.u > 0.0


def test_a_real_pure_powder_holds_no_other(data_dir):
    path = data_dir / "xrd/patterns/round_robin/zincite.prn"
    found = quantify(
        read(path).patterns[0], phases("ZnO", "CaF2", "Al2O3"), library=LIBRARY,
        instrument=Instrument(radiation="Cu Ka", monochromator_two_theta_deg=26.6, radius_mm=173),
    )  # fmt: skip
    for part in found.parts[1:]:
        assert part.fraction.value < 0.004
        assert part.fraction.high > 0.0


def test_a_range_without_lines_is_refused():
    part = mixed({"ZnO": 1.0}).sel(two_theta=slice(10.0, 14.0))
    with pytest.raises(InputError, match="no line between"):
        quantify(part, phases("ZnO", "LiCl"), library=LIBRARY, instrument=GRAPHITE)


def test_a_textured_phase_is_weighed_by_its_axis():
    found = quantify(
        mixed({"Al2O3": 0.5, "ZnO": 0.5}), phases("Al2O3", "ZnO"), library=LIBRARY,
        instrument=GRAPHITE, texture={"ZnO": (0, 0, 1)},
    )  # fmt: skip
    assert abs(found.parts[0].fraction.value - 0.5) < 3.0 * found.parts[0].fraction.u
    assert abs(found.refinement.value("ZnO texture")) < 0.05
