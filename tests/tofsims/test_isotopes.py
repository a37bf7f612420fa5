"""Isotope patterns and interferences: golden ratios of real exports, a table made elsewhere."""

from __future__ import annotations

import csv
import re

import pytest

import tofsims
from references.ion import ion
from references.words import InputError
from tofsims.interferences import interferences
from tofsims.isotopes import Pattern, fraction_of, isotope_tests, judged

FOLDER = "tofsims/surfacelab_profiles"
A = "I231114p_A_MAPI_025s-LC_neg-8 - NF.txt"
B = "I240416f_B_MAPI_1f_pos-B1 - NF.txt"
REGION = "I240416f_B_MAPI_1f_pos-B1 - NF - with-lat-ROI.txt"
C = "I241209zb_C_MAPI-dev_1f-1nA_neg-B3 - NF.txt"
MAIN = {
    "H": 1,
    "Li": 7,
    "C": 12,
    "N": 14,
    "O": 16,
    "F": 19,
    "Na": 23,
    "Si": 28,
    "P": 31,
    "S": 32,
    "Cl": 35,
    "Ga": 69,
    "In": 115,
}


@pytest.fixture(scope="module")
def tested(data_dir):
    profiles = {
        name: tofsims.read(data_dir / FOLDER / name).profiles[0] for name in (A, B, REGION, C)
    }

    def found(name, low, high):
        return {
            (t.ion, t.reference): t
            for t in isotope_tests(tofsims.between(profiles[name], low, high))
        }

    return found


@pytest.mark.parametrize(
    ("name", "low", "high", "pair", "ratio", "deviation", "verdict"),
    [
        (A, 72, 118, ("[118Sn]O2-", "SnO2-"), 0.7495, 0.8, "consistent"),
        (A, 72, 118, ("[119Sn]O2-", "SnO2-"), 0.2818, 6.9, "consistent"),
        (A, 10, 39, ("[207Pb]I2-", "PbI2-"), 0.4203, -0.3, "consistent"),
        (A, 10, 39, ("[206Pb]I2-", "PbI2-"), 0.4732, 2.9, "consistent"),
        (A, 10, 39, ("[204Pb]I2-", "PbI2-"), 0.0268, 0.4, "consistent"),
        (B, 35, 59, ("[113In]In+", "In2+"), 0.0880, -1.8, "consistent"),
        (REGION, 35, 59, ("[113In]In+", "In2+"), 0.0897, 0.1, "consistent"),
        (B, 35, 59, ("[113In]+", "In+"), 0.1785, 298.2, "saturated"),
        (REGION, 35, 59, ("[113In]+", "In+"), 0.1770, 294.9, "saturated"),
        (A, 72, 118, ("[116Sn]O-", "SnO-"), 0.5067, 13.5, "interference"),
        (C, 190, 238, ("[116Sn]O-", "SnO-"), 0.5126, 14.9, "interference"),
        (B, 35, 59, ("[113In]O+", "InO+"), 0.0451, 0.6, "undecidable"),
    ],
)
def test_ratios_of_real_profiles(tested, name, low, high, pair, ratio, deviation, verdict):
    found = tested(name, low, high)[pair]
    assert found.ratio == pytest.approx(ratio, abs=6e-5)
    assert found.deviation_percent == pytest.approx(deviation, abs=0.3)
    assert found.verdict == verdict


def test_lead_iodide_is_saturated(tested):
    assert tested(A, 10, 39)[("[206Pb]I3-", "PbI3-")].verdict is Pattern.SATURATED


def test_u_is_that_of_counting(tested):
    found = tested(B, 35, 59)[("[113In]O+", "InO+")]
    assert found.u == pytest.approx(0.0031, abs=5e-5)


def test_ratios_of_lithium_are_information():
    made = tofsims.depth_profile(["Li-", "[6Li]-"], [[1e6] * 9, [9e5] * 9], shots=1e9)
    (found,) = isotope_tests(made)
    assert found.verdict is Pattern.INFORMATION


def test_verdicts_by_hand():
    assert judged(1.09, 0.001, 1.0) is Pattern.CONSISTENT
    assert judged(1.11, 0.001, 1.0) is Pattern.INTERFERENCE
    assert judged(1.30, 0.2, 1.0) is Pattern.UNDECIDABLE
    assert judged(float("nan"), 0.2, 1.0) is Pattern.UNDECIDABLE
    assert judged(1.0, 0.001, 1.0, saturated=True) is Pattern.SATURATED


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("[113In]In+", "In2+", 2 * 0.0429 / 0.9571),
        ("[207Pb][206Pb]I3-", "Pb2I3-", 2 * 0.221 * 0.241 / 0.524**2),
        ("Li2[6Li]-", "Li3-", 3 * 0.0759 / 0.9241),
    ],
)
def test_marked_isotopes_stand_in_any_place(one, other, ratio):
    assert fraction_of(ion(one)) / fraction_of(ion(other)) == pytest.approx(ratio, rel=2e-3)


# --- interferences ----------------------------------------------------------------------------------


def _labels(written):
    found = []
    for number, marked, many, plain, few in re.findall(
        r"\[(\d+)([A-Z][a-z]?)\](\d*)|([A-Z][a-z]?)(\d*)", written
    ):
        element = marked or plain
        found += [(element, int(number) if number else MAIN[element])] * int(many or few or 1)
    return sorted(found)


def test_every_interference_of_the_table(data_dir):
    with (data_dir / "reference/tof_sims_interferences.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 643
    by_target = {}
    for row in rows:
        target = row["target_ion"]
        if target not in by_target:
            listed = interferences(ion(target), MAIN)
            by_target[target] = {tuple(_labels(one.ion)): one for one in listed}
        found = by_target[target][tuple(_labels(row["interferent"]))]
        assert 1000 * found.apart == pytest.approx(float(row["delta_mDa"]), abs=0.02)
        assert found.fraction == pytest.approx(float(row["natural_fraction"]), abs=1e-4)
        assert found.atoms == int(row["atoms"])


@pytest.mark.parametrize(
    ("target", "other", "resolution", "resolved"),
    [
        ("PS-", "[16O]2[31P]", 2000, False),
        ("PS-", "[16O]2[31P]", 8000, True),
        ("Ga-", "[37Cl][32S]", 4000, False),
        ("Ga-", "[37Cl][32S]", 6000, True),
        ("[69Ga][37Cl]-", "[35Cl][71Ga]", 40_000, False),
        ("[69Ga][37Cl]-", "[35Cl][71Ga]", 55_000, True),
    ],
)
def test_what_a_resolution_tells_apart(target, other, resolution, resolved):
    listed = interferences(ion(target), ["Li", "P", "S", "Cl", "O", "Ga"])
    (found,) = [one for one in listed if _labels(one.ion) == _labels(other)]
    assert found.is_resolved(resolution) is resolved


def test_the_ion_itself_is_no_interference():
    listed = interferences(ion("GaCl-"), ["Ga", "Cl"])
    assert all(_labels(one.ion) != [("Cl", 35), ("Ga", 69)] for one in listed)


def test_what_is_no_element_is_refused():
    with pytest.raises(InputError, match="did you mean Ga"):
        interferences(ion("Ga-"), ["ga"])
    with pytest.raises(InputError, match="isotopes of 8 elements make no useful list"):
        interferences(ion("Ga-"), ["Sn", "Xe", "Te", "Cd", "Ru", "Pd", "Mo", "Nd"])


def test_what_errs_alike_does_not_average_out():
    points = 400
    y = [[1120.0] * points, [319.6] * points]
    alike = [[168.0] * points, [0.0] * points]
    u = [[float((1120.0 + 168.0**2) ** 0.5)] * points, [319.6**0.5] * points]
    made = tofsims.depth_profile(
        ["Cl-", "[37Cl]-"], y, u=u, u_common=alike, u_from=["fit", "counting"], shots=1e9
    )
    (found,) = isotope_tests(made)
    assert found.u == pytest.approx(0.15 * found.ratio, rel=0.01)
    assert found.verdict is Pattern.UNDECIDABLE
