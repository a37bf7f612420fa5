"""Upper limits of what is not seen: within a level, over levels, of levels that show no peak."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path

import numpy as np
import pytest

import references
import xps
from references.words import InputError, Kind
from xps.amount import QuantificationError, Sensitivity
from xps.detection import absent_fractions, check_in_sight, limit_notes
from xps.envelope import EnvelopeError, with_species
from xps.quantify import whole

_spec = importlib.util.spec_from_file_location("compared", Path(__file__).with_name("compared.py"))
compared = importlib.util.module_from_spec(_spec)
sys.modules["compared"] = compared
_spec.loader.exec_module(compared)

REGISTRY = references.load()


def electrolyte():
    return [
        xps.fit(xps.example(level), xps.envelope(level, species), registry=REGISTRY)
        for level, species in (("S 2p", ["PS4", "Li2S"]), ("P 2p", ["PS4"]))
    ]


def flat(level, low, high, rate, seed=1):
    energy = np.arange(low, high, 0.05)
    counts = np.random.default_rng(seed).poisson(rate, energy.size)
    return xps.spectrum(
        energy, counts, photon_energy=1486.6, dwell_time=0.1, scans=20, region=level
    )


@pytest.fixture(scope="module")
def fits():
    return electrolyte()


@pytest.fixture(scope="module")
def indium():
    return xps.fit(
        flat("In 3d", 438.0, 460.0, 900.0), xps.envelope("In 3d", ["In0"]), registry=REGISTRY
    )


def limited(absent, seen, **options):
    found = whole(seen, REGISTRY, **options)
    return absent_fractions(absent, seen, found, REGISTRY, Sensitivity())


def test_a_window_without_a_peak_keeps_the_limit_of_the_area(indium):
    ((name, high),) = indium.absent
    assert name == "In0"
    # A peak of so many counts under a background of 900 a channel: about twice their noise.
    counts = high * 2.0 / 0.05
    channels = 1.4 / 0.05 * 2.0
    assert 1.0 < counts / math.sqrt(900.0 * channels) < 10.0
    assert indium.to_dict()["absent_area_high"] == {"In0": high}


def test_it_becomes_a_limit_of_the_amount(fits, indium):
    (row,) = limited([indium], fits)
    assert row.subject == "In0 (In 3d)"
    assert row.denominator == "S+P+In"
    assert row.estimate.kind is Kind.UPPER_LIMIT
    assert row.estimate.value == 0.0
    assert 0.0 < row.estimate.high < 0.01
    assert row.estimate.u_parts.sensitivity > 0.0


def test_without_factors_it_is_the_plain_share_of_areas(fits, indium):
    (row,) = limited([indium], fits, basis="area_levels")
    total = sum(line.area.value for fit in fits for line in fit.lines)
    high = dict(indium.absent)["In0"]
    assert row.estimate.high == pytest.approx(high / (total + high), rel=0.01)
    assert row.denominator.endswith("+In 3d")


def test_areas_in_another_unit_give_no_limit(fits):
    energy = np.arange(438.0, 460.0, 0.05)
    counts = np.random.default_rng(1).poisson(900.0, energy.size)
    untimed = xps.fit(
        xps.spectrum(energy, counts, photon_energy=1486.6, region="In 3d"),
        xps.envelope("In 3d", ["In0"]),
        registry=REGISTRY,
    )
    with pytest.raises(QuantificationError, match="needs one unit"):
        limited([untimed], fits)


def test_a_species_joins_the_levels_on_which_it_has_a_line():
    envelope = with_species(xps.envelope("P 2p", ["PS4"]), REGISTRY, ["Li3P", "Li2S"])
    assert [c.name for c in envelope.components] == ["PS4", "Li3P"]
    assert with_species(envelope, REGISTRY, ["Li3P"]) == envelope


def test_what_cannot_be_told_apart_does_not_join():
    with pytest.raises(EnvelopeError, match="cannot be two free components"):
        with_species(xps.envelope("Cl 2p", ["LiCl"]), REGISTRY, ["Cl-lattice"])


def test_what_was_not_measured_has_no_limit():
    envelope = xps.envelope("P 2p", ["PS4", "Li3P"])
    check_in_sight(envelope, REGISTRY, ["Li3P"], (120.0, 140.0))
    with pytest.raises(InputError, match="what is not measured has no limit"):
        check_in_sight(envelope, REGISTRY, ["Li3P"], (129.0, 140.0))


def test_the_notes_tell_limits_and_what_is_there(fits):
    seen, gone = (limit_notes(fits[0].fractions, fits, [key]) for key in ("Li2S", "Li3P"))
    assert "is there" in seen[0].message
    assert gone == ()


# --- do the limits hold? --------------------------------------------------------------------------


def limits(level, peak, fraction, number):
    """Share of draws whose interval or limit is not below the true fraction."""
    case = compared.case_of(level, 0.1)
    names = [name for name, _ in case.shares]
    held = []
    for seed in range(number):
        generator = np.random.default_rng([seed, int(peak), 7])
        shared = compared.constants(case, generator)
        plan, z, index = compared.sample(case, peak, generator, shared)
        fit = compared.fitted(compared.spot(plan, z, index, names, fraction, generator), case)
        held += [
            row.estimate.high >= fraction
            for row in fit.fractions
            if row.subject == names[1] and row.estimate.high is not None
        ]
    return float(np.mean(held)), len(held)


def test_limits_hold_at_nothing():
    share, n = limits("P 2p", 3000.0, 0.0, 4)
    assert n >= 3
    assert share == 1.0


@pytest.mark.slow
@pytest.mark.parametrize(("level", "peak"), [("S 2p", 300.0), ("S 2p", 3000.0), ("P 2p", 3000.0)])
@pytest.mark.parametrize("fraction", [0.0, 0.005, 0.02, 0.04])
def test_limits_hold_in_every_cell(level, peak, fraction):
    share, n = limits(level, peak, fraction, 400)
    assert n >= 380
    assert share >= 0.95 - 4.0 * math.sqrt(0.95 * 0.05 / n)
