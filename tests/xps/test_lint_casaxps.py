"""The linter on real CasaXPS fits: six samples of WS2 and MoS2, and one FeO.

The counts follow from the file (limits, links, factors, channels); each was worked out by hand
before the rules were written.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

import references
import xps
from xps.claims_casaxps import from_reading
from xps.io.casa import CasaCalibration, CasaComponent, CasaFit, CasaParameter, CasaRegion
from xps.io.reading import Reading
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


# --- made fits ------------------------------------------------------------------------------------

PHOTON = 1486.6


def _parameter(value, low=0.0, high=0.0, link=-1, factor=1.0):
    return CasaParameter(value=value, low=low, high=high, link=link, factor=factor)


def _component(name, place, size, *, width=1.1, rsf=1.677, room=0.5, **changes):
    given = {
        "name": name, "shape": "GL(30)", "area": _parameter(size, 0.0, 1e6),
        "fwhm": _parameter(width, 0.4, 4.5),
        "position_ke": _parameter(PHOTON - place, PHOTON - place - room, PHOTON - place + room),
        "rsf": rsf, "uncorrected_rsf": rsf, "mass": 32.0, "index": -1, "tag": "S 2p", "constraint": "",
    }  # fmt: skip
    return CasaComponent(**{**given, **changes})


def _linked(name, master, place, area, *, ratio=0.51, offset=1.18, **changes):
    given = {
        "area": _parameter(area * ratio, link=master, factor=ratio),
        "position_ke": _parameter(PHOTON - place - offset, link=master, factor=-offset),
        "fwhm": _parameter(1.1, link=master),
    }
    return _component(name, place + offset, area, **{**given, **changes})


def _stated(*components, region=(155.0, 172.0), calibrated=True, rsf=1.677):
    energy = np.arange(150.0, 180.0, 0.1)
    spectrum = xps.spectrum(
        energy, np.full(energy.size, 100), photon_energy=PHOTON, dwell_time=1.0, scans=1,
        sample="made", region="S 2p",
    )  # fmt: skip
    window = CasaRegion(
        name="S 2p", background="Shirley", start_ke=PHOTON - region[1], end_ke=PHOTON - region[0],
        rsf=rsf, end_points=2, parameters=(0.0,) * 4, tag="S 2p", uncorrected_rsf=rsf,
    )  # fmt: skip
    scale = (CasaCalibration(measured=284.8, assigned=284.8, scale="BE", add=True),)
    casa = CasaFit(
        calibrations=scale if calibrated else (), regions=(window,), components=components
    )
    reading = Reading(path="made.vms", sha256="", format="vamas", spectra=(spectrum,), casa=(casa,))
    return from_reading(reading, REGISTRY, refit=False)


PS4 = _component("PS4", 161.5, 1000.0), _linked("PS4", 0, 161.5, 1000.0)
FIT_ITSELF = {"non_unique", "residual_structure", "chi2_scale", "degenerate_components"}
"""What says that these lines were not measured in a flat spectrum, or lie where they must."""


def _loud(claims):
    found = review(claims, REGISTRY)
    return {f.rule: str(f.severity) for f in found if f.severity != "info"}


def test_a_sound_fit_is_free_of_accusations():
    li2s = _component("Li2S", 160.4, 200.0), _linked("Li2S", 2, 160.4, 200.0)
    assert _loud(_stated(*PS4, *li2s)).keys() <= FIT_ITSELF


@pytest.mark.parametrize(
    "names",
    [("S 2p3/2 PS4", "S 2p1/2 PS4"), ("PS4 2p3/2", "PS4 2p1/2"), ("PS4 S2p3/2", "PS4 S2p1/2")],
)
def test_lines_that_are_named_and_not_linked_are_a_doublet(names):
    claims = _stated(_component(names[0], 161.5, 1000.0), _component(names[1], 162.68, 510.0))
    ((major, minor),) = claims.doublets()
    assert (major.species, major.line, minor.line) == ("PS4", "2p3/2", "2p1/2")
    assert _loud(claims).keys() <= FIT_ITSELF


def test_a_doublet_linked_upside_down_is_one():
    upper = _component("PS4", 162.68, 510.0)
    lower = _linked("PS4", 0, 162.68, 510.0, ratio=1000 / 510, offset=-1.18)
    claims = _stated(upper, lower)
    ((major, minor),) = claims.doublets()
    assert (major.place, minor.place) == pytest.approx((161.5, 162.68))
    assert _loud(claims).keys() <= FIT_ITSELF


SEEDED = {
    "splitting": ((PS4[0], _linked("PS4", 0, 161.5, 1000.0, offset=1.30)), "error"),
    "area_ratio": ((PS4[0], _linked("PS4", 0, 161.5, 1000.0, ratio=0.667)), "error"),
    "doublet_fwhm": ((PS4[0], _linked("PS4", 0, 161.5, 1000.0, fwhm=_parameter(1.3))), "warning"),
    "missing_partner": ((PS4[0],), "error"),
    "zero_area": ((*PS4, _component("S8", 164.0, 0.0), _linked("S8", 2, 164.0, 0.0)), "error"),
    "at_bound": ((_component("PS4", 161.5, 1000.0, position_ke=_parameter(
        PHOTON - 161.5, PHOTON - 162.5, PHOTON - 161.5)), PS4[1]), "error"),
    "rsf_set": ((PS4[0], _linked("PS4", 0, 161.5, 1000.0, rsf=0.668)), "error"),
    "position": ((_component("Li2S", 162.0, 900.0), _linked("Li2S", 0, 162.0, 900.0)), "error"),
    "fwhm_range": ((_component("PS4", 161.5, 1000.0, width=3.0),
                    _linked("PS4", 0, 161.5, 1000.0, fwhm=_parameter(3.0, link=0))), "warning"),
    "level_name_vs_energy": ((*PS4, _component("S 2s", 168.0, 50.0)), "error"),
}  # fmt: skip


@pytest.mark.parametrize("rule", SEEDED)
def test_a_seeded_error(rule):
    components, severity = SEEDED[rule]
    found = [f for f in review(_stated(*components), REGISTRY) if f.rule == rule]
    assert {str(f.severity) for f in found} == {severity}
    assert len(found) == (2 if rule == "zero_area" else 1)


def test_an_area_on_its_limit():
    for high, expected in ((1000.0, ["error"]), (1001.0, [])):
        line = _component("PS4", 161.5, 1000.0, area=_parameter(1000.0, 1e-20, high))
        found = review(_stated(line, PS4[1]), REGISTRY)
        assert [str(f.severity) for f in found if f.rule == "at_bound"] == expected


def test_without_a_calibration_a_place_is_no_error():
    components = _component("Li2S", 162.0, 900.0), _linked("Li2S", 0, 162.0, 900.0)
    loud = _loud(_stated(*components, calibrated=False))
    assert loud["position"] == loud["reference_not_declared"] == "warning"


def test_a_narrow_window():
    assert _loud(_stated(*PS4, region=(160.0, 172.0)))["window"] == "warning"
