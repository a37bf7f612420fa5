"""The linter on real CasaXPS fits: six samples of WS2 and MoS2, and one FeO.

The counts follow from the file (limits, links, factors, channels); each was worked out by hand
before the rules were written.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

import references
import xps
from xps.claims_casaxps import from_reading
from xps.lint import review

REGISTRY = references.load()

COUNTS = {
    ("at_bound", "error"): 17,  # positions
    ("at_bound", "warning"): 10,  # widths
    ("zero_area", "error"): 7,
    ("doublet_fwhm", "warning"): 11,
    ("missing_partner", "warning"): 5,
    ("splitting_equal_across_species", "warning"): 3,
    ("area_ratio", "error"): 6,
    ("level_name_vs_energy", "error"): 6,
    ("degenerate_components", "warning"): 12,
    ("fwhm_range", "warning"): 7,
    ("fwhm_consistency", "warning"): 8,
    ("fwhm_consistency", "info"): 1,
    ("duplicate_species", "warning"): 5,
    ("rsf_set", "error"): 4,
    ("rsf_level", "error"): 11,
    ("charge_free_separation", "warning"): 1,
    ("charge_free_separation", "error"): 3,
    ("species_spread", "warning"): 3,
    ("cross_region_species", "warning"): 3,
    ("cross_region_stoichiometry", "warning"): 2,
    ("large_charge_shift", "info"): 6,
    ("stale_background", "warning"): 1,
    ("background_above_data", "warning"): 1,
    ("tougaard_window", "warning"): 12,
    ("window", "warning"): 12,
    ("residual_structure", "warning"): 6,
}


@pytest.fixture(scope="module")
def assigned(data_dir):
    return from_reading(xps.read(data_dir / "xps/cheminfo-vamas/assigned.vms"), REGISTRY)


@pytest.fixture(scope="module")
def found(assigned):
    return review(assigned, REGISTRY)


@pytest.fixture(scope="module")
def iron(data_dir):
    return from_reading(xps.read(data_dir / "xps/pynxtools-xps/FeO_analyzed.vms"), REGISTRY)


@pytest.mark.parametrize("key", COUNTS, ids=" ".join)
def test_the_counts(found, key):
    assert Counter((f.rule, str(f.severity)) for f in found)[key] == COUNTS[key]


def _of(found, rule):
    return [f for f in found if f.rule == rule]


def test_all_is_read(assigned):
    assert len(assigned.lines) == 96
    assert sum(s.window is not None for s in assigned.spectra) == 21
    assert sum(1 for _ in assigned.doublets()) + 6 + 1 >= 40  # 46 links, 6 of them across levels


def test_components_on_limits(found):
    assert len({f.subject.rpartition(" ")[0] for f in _of(found, "at_bound")}) == 24


def test_w_4d_is_w_5p(found):
    assert all("W 5p does" in f.message for f in _of(found, "level_name_vs_energy"))
    assert {f.reference for f in _of(found, "area_ratio")} == {"0.148"}


def test_separations_of_one_compound(found):
    deviations = sorted(f.deviation for f in _of(found, "charge_free_separation"))
    assert deviations == ["+0.57 eV", "+0.74 eV", "+0.76 eV", "+0.81 eV"]


def test_stoichiometry_with_two_sets_of_factors(found):
    ratios = [f.reported for f in _of(found, "cross_region_stoichiometry")]
    assert ratios == ["5.35", "5.47"]


def test_the_stale_background(found):
    (stale,) = _of(found, "stale_background")
    assert stale.reported.startswith("+5.27 %")
    (above,) = _of(found, "background_above_data")
    assert above.subject == stale.subject == "RW_WS2 C 1s"


def test_windows_that_are_wide_enough(found):
    narrow = {f.subject for f in _of(found, "window")}
    assert not {f"RW_{name} S 2p" for name in ("WS2", "Tha_MoS2", "sonic_MoS2")} & narrow


def test_the_nearly_clean_region(found):
    loud = [f for f in found if "Nb 3d" in f.subject and f.severity != "info"]
    assert [(f.rule, f.reported) for f in loud] == [
        ("window", "1.2 FWHM of Nb metal below the first line")
    ]


def test_stored_optima_are_optima(found):
    assert not _of(found, "stale_fit")


# --- FeO ------------------------------------------------------------------------------------------


def test_iron(iron):
    found = review(iron, REGISTRY)
    bounds = _of(found, "at_bound")
    assert {f.reported for f in bounds} == {"716 eV", "8 eV"}
    (named,) = _of(found, "duplicate_species")
    assert named.reported.count("eV") == 4
    assert not _of(found, "missing_partner")
    assert not _of(found, "area_ratio")


def test_iron_once_its_two_main_lines_are_declared_partners(iron):
    lines = list(iron.lines)
    lines[2] = replace(lines[2], minor=True, line="2p1/2", partner=0)
    found = review(replace(iron, lines=tuple(lines)), REGISTRY)
    (ratio,) = _of(found, "area_ratio")
    assert (ratio.severity, ratio.reported) == ("error", "0.772")
    (width,) = _of(found, "doublet_fwhm")
    assert width.reported == "4.87 eV"
    assert width.reference.startswith("3.86 eV")
