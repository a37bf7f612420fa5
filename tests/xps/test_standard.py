"""Standards: shapes and widths of known materials, and what later fits make of them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import references
import xps
from references.files import DataFileError
from xps.lineshape import lineshape
from xps.standard import (
    TRANSFER_SHAPE,
    TRANSFER_WIDTH,
    StandardError,
    library_text,
    standards_of,
)

REGISTRY = references.load()
AXIS = np.arange(194.0, 206.0, 0.05)
SETTING = {"instrument": "Alpha", "pass_energy": "20 eV"}


def chloride(area, seed, *, width=1.15, mix=0.35, second=0.0, second_width=1.15, **labels):
    """A doublet of LiCl, and beside it one of InCl3, on a flat background."""
    lines = [(198.7, area, width), (200.3, 0.511 * area, width)]
    lines += [(199.6, second, second_width), (201.2, 0.511 * second, second_width)]
    mu = 40.0 + sum(
        a * lineshape("pseudo_voigt").density(AXIS, np.array([[place, w, mix]]))[0]
        for place, a, w in lines
    )
    counts = np.random.default_rng(seed).poisson(mu)
    return xps.spectrum(
        AXIS, counts, photon_energy=1486.6, dwell_time=1.0, scans=1, region="Cl 2p", **labels
    )


@cache
def measured():
    spectrum = chloride(60_000.0, 1, **SETTING)
    fit = xps.fit(spectrum, xps.envelope("Cl 2p", ["LiCl"]), registry=REGISTRY)
    (found,) = standards_of(spectrum, fit, source="lab-licl", citation="licl.vms, LiCl powder")
    return fit, found


@pytest.fixture
def library(tmp_path):
    path = tmp_path / "my_lab.toml"
    path.write_text(library_text([measured()[1]], day="2026-11-29"))
    return references.load(path)


def test_a_standard_has_the_fits_values_and_a_u_of_transfer():
    fit, found = measured()
    (line,) = (x for x in fit.lines if not x.minor)
    assert found.fwhm[0] == line.fwhm.value
    assert found.fwhm[1] == pytest.approx(np.hypot(line.fwhm.u, TRANSFER_WIDTH * line.fwhm.value))
    ((name, mix, u),) = found.parameters
    assert name == "mix"
    assert mix == pytest.approx(0.35, abs=0.06)
    assert u > TRANSFER_SHAPE
    assert found.splitting[0] == pytest.approx(1.60, abs=0.02)
    assert (found.instrument, found.pass_energy) == ("Alpha", "20 eV")
    assert found.minor_width is None  # the library holds it at one


def test_the_library_file_reads_back(library):
    _, found = measured()
    read = library.standard("Cl 2p", "LiCl")
    assert read.fwhm.value == pytest.approx(found.fwhm[0], rel=1e-5)
    assert read.fwhm.u == pytest.approx(found.fwhm[1], rel=1e-5)
    assert read.fwhm.status == "measured"
    assert library.source("lab-licl").retrieved == "2026-11-29"
    assert dict(read.parameters)["mix"].best == pytest.approx(found.parameters[0][1], rel=1e-5)
    assert library.standard("Cl 2p", "InCl3") is None
    assert REGISTRY.standard("Cl 2p", "LiCl") is None


def outcome(registry, seed):
    """Width and share of a faint LiCl beside InCl3 on another sample of the same instrument."""
    generator = np.random.default_rng([seed, 4])
    _, found = measured()
    width = found.fwhm[0] * (1.0 + TRANSFER_WIDTH * generator.standard_normal())
    other = found.fwhm[0] * (1.0 + 0.07 * generator.standard_normal())
    spectrum = chloride(700.0, seed, width=width, second=2500.0, second_width=other, **SETTING)
    recipe = xps.Envelope(
        region="Cl 2p",
        components=(
            xps.Component(
                name="LiCl", core_level="Cl 2p", species="LiCl", position="198.7 +- 0.03"
            ),
            xps.Component(name="other", core_level="Cl 2p", position="199.6 +- 0.03"),
        ),
    )
    fit = xps.fit(spectrum, recipe, registry=registry)
    (line,) = (x for x in fit.lines if x.component == "LiCl" and not x.minor)
    (row,) = (row for row in fit.fractions if row.subject == "LiCl")
    return line.fwhm, width, row.estimate, 700.0 / 3200.0


def test_a_fit_that_knows_the_standard_is_narrower_and_still_covers(library):
    narrower, held = [], []
    for seed in range(30):
        width, true_width, share, true_share = outcome(library, seed)
        before, *_ = outcome(REGISTRY, seed) if seed < 4 else (None,)
        held.append((width.low <= true_width <= width.high, share.low <= true_share <= share.high))
        if before is not None:
            narrower.append(width.u / before.u)
    assert max(narrower) < 0.8
    # 5 standard deviations of a count of 30 at 95 %.
    assert np.all(np.mean(held, axis=0) >= 0.95 - 5 * np.sqrt(0.95 * 0.05 / 30))


def test_a_users_own_word_comes_before_the_standard(library):
    spectrum = chloride(700.0, 1, **SETTING)
    component = xps.Component(
        name="LiCl", core_level="Cl 2p", species="LiCl", fwhm="1.4 fixed",
        shape_parameters={"mix": "0.1 fixed"},
    )  # fmt: skip
    fit = xps.fit(spectrum, xps.Envelope(region="Cl 2p", components=(component,)), registry=library)
    assert fit.lines[0].fwhm.value == pytest.approx(1.4)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (SETTING, False),
        ({"instrument": "Alpha", "pass_energy": "50 eV"}, True),
        ({"instrument": "Beta", "pass_energy": "20 eV"}, True),
        ({}, False),
        ({"instrument": "Not Specified"}, False),
    ],
)
def test_another_setting_is_warned_of(library, labels, said):
    spectrum = chloride(700.0, 1, **labels)
    fit = xps.fit(spectrum, xps.envelope("Cl 2p", ["LiCl"]), registry=library)
    found = [f for f in fit.findings if f.rule == "standard_setting"]
    assert bool(found) is said
    if said:
        assert "Alpha, pass energy 20 eV" in found[0].reference


def test_without_priors_a_standard_says_nothing(library):
    spectrum = chloride(700.0, 1, instrument="Beta")
    recipe = xps.envelope("Cl 2p", ["LiCl"]).model_copy(update={"knowledge": "free"})
    fits = [xps.fit(spectrum, recipe, registry=known) for known in (library, REGISTRY)]
    assert fits[0].lines[0].fwhm == fits[1].lines[0].fwhm
    assert not [f for f in fits[0].findings if f.rule == "standard_setting"]


def test_a_metals_standard_has_its_asymmetry_and_not_its_band():
    spectrum = xps.example("In 3d")
    fit = xps.fit(spectrum, xps.envelope("In 3d", ["In0", "InCl3"]), registry=REGISTRY)
    metal, _ = standards_of(spectrum, fit, source="lab", citation="In foil")
    assert metal.shape == "mahan"
    assert [name for name, _, _ in metal.parameters] == ["mix", "asymmetry"]


def test_a_faint_species_is_no_standard():
    spectrum = chloride(100.0, 1)
    fit = xps.fit(spectrum, xps.envelope("Cl 2p", ["LiCl"]), registry=REGISTRY)
    with pytest.raises(StandardError, match="a standard needs 20"):
        standards_of(spectrum, fit, source="lab", citation="")


def test_a_fit_that_did_not_converge_is_no_standard():
    spectrum = chloride(0.0, 1)
    fit = xps.fit(spectrum, xps.envelope("Cl 2p", ["LiCl"]), registry=REGISTRY)
    with pytest.raises(StandardError, match="singular"):
        standards_of(spectrum, fit, source="lab", citation="")


def test_one_line_has_one_standard():
    with pytest.raises(StandardError, match="LiCl on Cl 2p is measured twice"):
        library_text([measured()[1]] * 2)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("u = ", "v = "), "unknown key 'v'"),
        (('species = "LiCl"', 'species = "LiXX"'), "there is no species 'LiXX'"),
        (('shape = "pseudo_voigt"', ""), "has no shape"),
        (("fwhm = { value = 1", "fwhm = { value = -1"), "fwhm should be > 0"),
    ],
)
def test_a_mistake_in_a_library_is_named(tmp_path, change, sentence):
    path = tmp_path / "my_lab.toml"
    path.write_text(library_text([measured()[1]]).replace(*change, 1))
    with pytest.raises(DataFileError, match=sentence):
        references.load(path)
