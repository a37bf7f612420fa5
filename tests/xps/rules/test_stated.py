"""Rules on stated lines: each finds one seeded error once, is silent beside it, and has its edge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from references.words import Basis, Severity
from xps.claims import ClaimedSpectrum
from xps.claims_table import from_table
from xps.io.claims_table import parse_claims_table
from xps.lint import RULES, review
from xps.result import Curves

E, W, I = Severity.ERROR, Severity.WARNING, Severity.INFO  # noqa: E741
COLUMNS = ("core_level", "species", "line", "position_eV", "fwhm_eV", "area")


@pytest.fixture
def stated(registry):
    """Claims of rows ``core_level species line position fwhm area``, blanks left out."""

    def make(*rows, columns=COLUMNS, **options):
        options = {"reference": "C 1s 284.8", **options}
        lines = [",".join(str(cell) for cell in row) for row in rows]
        text = "\n".join([",".join(columns), *lines]) + "\n"
        return from_table(parse_claims_table("t.csv", text.encode()), registry, **options)

    return make


@pytest.fixture
def found(registry):
    def run(rule, claims):
        (chosen,) = [r for r in RULES if r.name == rule]
        return list(chosen.review(claims, registry))

    return run


def _severities(findings):
    return [finding.severity for finding in findings]


def doublet(level, species, place, splitting, fwhm="", area="", ratio=0.51):
    minor = round(float(area) * ratio, 3) if area else ""
    orbit = level.split()[1]
    spins = ("5/2", "3/2") if orbit.endswith("d") else ("3/2", "1/2")
    return (
        (level, species, orbit + spins[0], place, fwhm, area),
        (level, species, orbit + spins[1], round(place + splitting, 3), fwhm, minor),
    )


# --- doublets -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("splitting", "expected"),
    [(1.18, []), (1.21, []), (1.211, [I]), (1.24, [I]), (1.241, [W]), (1.27, [W]), (1.271, [E])],
)
def test_splitting(stated, found, splitting, expected):
    assert _severities(found("splitting", stated(*doublet("S 2p", "PS4", 161.5, splitting)))) == (
        expected
    )


@pytest.mark.parametrize(
    ("second", "expected"), [(1.18, []), (1.21, []), (1.22, [W]), (1.33, [W]), (1.34, [E])]
)
def test_splitting_equal_across_species(stated, found, second, expected):
    rows = (*doublet("S 2p", "PS4", 161.5, 1.18), *doublet("S 2p", "S8", 164.0, second))
    assert _severities(found("splitting_equal_across_species", stated(*rows))) == expected


@pytest.mark.parametrize(("ratio", "expected"), [(0.51, []), (0.53, []), (0.55, [W]), (0.7, [E])])
def test_area_ratio(stated, found, ratio, expected):
    rows = doublet("S 2p", "PS4", 161.5, 1.18, 1.0, 1000, ratio)
    assert _severities(found("area_ratio", stated(*rows))) == expected


@pytest.mark.parametrize(("width", "expected"), [(1.0, []), (1.05, []), (1.06, [W]), (0.9, [W])])
def test_doublet_fwhm(stated, found, width, expected):
    major, minor = doublet("S 2p", "PS4", 161.5, 1.18, 1.0)
    claims = stated(major, (*minor[:4], width, ""))
    assert _severities(found("doublet_fwhm", claims)) == expected


def test_a_partner_that_is_broadened_is_none(stated, found):
    major, minor = doublet("Ga 2p", "Ga0", 1116.7, 26.85, 1.2)
    assert not found("doublet_fwhm", stated(major, (*minor[:4], 1.5, "")))


def test_missing_partner(stated, found):
    (finding,) = found("missing_partner", stated(("S 2p", "PS4", "2p3/2", 161.5)))
    assert finding.severity is I
    assert not found("missing_partner", stated(*doublet("S 2p", "PS4", 161.5, 1.18)))
    assert not found("missing_partner", stated(("Li 1s", "LiCl", "", 56.1)))


def test_missing_partner_inside_a_known_window(stated, found):
    claims = stated(("S 2p", "PS4", "2p3/2", 161.5))
    for high, expected in ((162.69, E), (162.67, I)):
        seen = ClaimedSpectrum(sample="", region="", symbol="S 2p", window=(157.0, high))
        assert _severities(found("missing_partner", replace(claims, spectra=(seen,)))) == [expected]


# --- widths ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("species", "width", "expected"),
    [("PS4", 0.5, []), ("PS4", 0.49, [W]), ("PS4", 2.5, []), ("PS4", 2.51, [W]),
     ("unknown", 2.0, []), ("unknown", 2.01, [W])],
)  # fmt: skip
def test_fwhm_range(stated, found, species, width, expected):
    claims = stated(("S 2p", species, "2p3/2", 161.5, width))
    assert _severities(found("fwhm_range", claims)) == expected


@pytest.mark.parametrize(("width", "expected"), [(1.3, []), (1.31, [W]), (0.76, [W])])
def test_fwhm_consistency(stated, found, width, expected):
    rows = (("S 2p", "PS4", "2p3/2", 161.5, 1.0), ("S 2p", "S8", "2p3/2", 164.0, width))
    assert _severities(found("fwhm_consistency", stated(*rows))) == expected


def test_a_metal_beside_a_compound_may_be_narrower(stated, found):
    rows = (("In 3d", "In0", "3d5/2", 443.8, 0.8), ("In 3d", "InCl3", "3d5/2", 446.2, 1.3))
    assert _severities(found("fwhm_consistency", stated(*rows))) == [I]


# --- energies -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "reference", "expected"),
    [(161.7, "C 1s 284.8", []), (161.8, "C 1s 284.8", [W]), (162.0, "C 1s 284.8", [W]),
     (162.1, "C 1s 284.8", [E]), (162.1, "", [W]), (162.1, "C 1s 285.0", [W])],
)  # fmt: skip
def test_position(stated, found, place, reference, expected):
    claims = stated(("S 2p", "PS4", "2p3/2", place), reference=reference)
    assert _severities(found("position", claims)) == expected


def test_a_position_with_its_u(stated, found):
    columns = (*COLUMNS[:4], "u")
    for u, expected in ((0.05, [W]), (0.1, [])):
        claims = stated(("S 2p", "PS4", "2p3/2", 161.9, u), columns=columns)
        assert _severities(found("position", claims)) == expected


@pytest.mark.parametrize("label", ["Cl 1s", "Cl1s", "cl 1s"])
def test_level_name(stated, found, label):
    rows = [(label, "LiCl", "", 198.6), (label, "LiCl", "", 200.2)]
    (finding,) = found("level_name_vs_energy", stated(*rows))
    assert finding.severity is E
    assert "2815-2824 eV" in finding.reference
    assert "Cl 2p does" in finding.message
    assert not found("splitting", stated(*rows))  # and it is a doublet of Cl 2p


def test_a_level_at_the_edge_of_its_window(stated, found):
    assert not found("level_name_vs_energy", stated(("S 2p", "SOx", "", 175.0)))
    assert found("level_name_vs_energy", stated(("S 2p", "SOx", "", 175.1)))


INSULATORS = (
    ("Li 1s", "LiCl", "", 56.15), ("Cl 2p", "LiCl", "2p3/2", 198.6), ("S 2p", "PS4", "2p3/2", 161.45),
    ("P 2p", "PS4", "2p3/2", 131.85),
)  # fmt: skip


@pytest.mark.parametrize(("off", "expected"), [(0.0, []), (0.4, []), (0.7, [W]), (-0.7, [W])])
def test_rigid_shift(stated, found, off, expected):
    rows = [(level, name, line, x + 0.5) for level, name, line, x in INSULATORS[:3]]
    moved = (*INSULATORS[3][:3], 131.85 + 0.5 + off)
    assert _severities(found("rigid_shift", stated(*rows, moved))) == expected


def test_metals_do_not_move_with_insulators(stated, found):
    rows = [(level, name, line, x + 1.0) for level, name, line, x in INSULATORS]
    metals = (("In 3d", "In0", "3d5/2", 443.8), ("Ga 2p", "Ga0", "2p3/2", 1116.7))
    assert not found("rigid_shift", stated(*rows, *metals))


def test_two_lines_have_no_median(stated, found):
    rows = (INSULATORS[0], ("Cl 2p", "LiCl", "2p3/2", 200.6))
    assert not found("rigid_shift", stated(*rows))


@pytest.mark.parametrize(("off", "expected"), [(0.3, []), (0.31, [W]), (0.7, [W]), (0.71, [E])])
def test_charge_free_separation(stated, found, off, expected):
    rows = (("Cl 2p", "LiCl", "2p3/2", 198.6 + off), ("Li 1s", "LiCl", "", 56.0))
    assert _severities(found("charge_free_separation", stated(*rows))) == expected


def test_an_unverified_separation_is_no_error(stated, found):
    rows = (("S 2p", "PS4", "2p3/2", 161.5), ("P 2p", "PS4", "2p3/2", 130.0))
    assert _severities(found("charge_free_separation", stated(*rows))) == [W]


@pytest.mark.parametrize(("shift", "expected"), [(-0.5, []), (0.1, []), (0.11, [W])])
def test_shift_sign(stated, found, shift, expected):
    rows = (("In 3d", "In0", "3d5/2", 443.8), ("In 3d", "Li-In alloy", "3d5/2", 443.8 + shift))
    assert _severities(found("shift_sign", stated(*rows))) == expected


@pytest.mark.parametrize(
    ("elements", "place", "other"),
    [((), 161.9, "terminal"), (("In",), 161.6, "In2S3"), ((), 161.1, None)],
)
def test_non_unique(stated, found, elements, place, other):
    claims = stated(("S 2p", "PS4", "2p3/2", place), elements=elements)
    findings = found("non_unique", claims)
    assert _severities(findings) == ([W] if other else [])
    assert all(other in f.reference for f in findings)


def test_parts_of_an_electrolyte_only_where_all_its_elements_are(stated, found):
    row = ("S 2p", "Li2S", "2p3/2", 160.4)
    assert not found("non_unique", stated(row))
    (finding,) = found("non_unique", stated(row, elements=("Li", "P", "S", "Cl")))
    assert "S-free" in finding.reference


def test_species_spread(stated, found):
    columns = (*COLUMNS[:4], "sample")

    def spread(other):
        rows = [("S 2p", "Li2S", "2p3/2", x, s) for s, x in (("a", 160.2), ("b", other))]
        return _severities(found("species_spread", stated(*rows, columns=columns)))

    assert spread(160.5) == []
    assert spread(160.51) == [W]


@pytest.mark.parametrize(("apart", "expected"), [(0.25, []), (0.24, [W])])
def test_degenerate_components(stated, found, apart, expected):
    rows = (("S 2p", "PS4", "2p3/2", 161.5, 1.0), ("S 2p", "In2S3", "2p3/2", 161.5 + apart, 1.2))
    assert _severities(found("degenerate_components", stated(*rows))) == expected


def test_duplicate_species(stated, found):
    rows = (("S 2p", "PS4", "2p3/2", 161.4), ("S 2p", "PS4", "2p3/2", 162.0))
    assert _severities(found("duplicate_species", stated(*rows))) == [W]
    assert not found("duplicate_species", stated(*doublet("S 2p", "PS4", 161.5, 1.18)))


def test_two_sulfurs_of_one_polysulfide_are_two(stated, found):
    rows = (("S 2p", "polysulfide", "2p3/2", 161.8), ("S 2p", "polysulfide", "2p3/2", 163.6))
    assert not found("duplicate_species", stated(*rows))


# --- overlaps and chemistry -----------------------------------------------------------------------

LI2S = ("S 2p", "Li2S", "2p3/2", 160.4)


def test_overlap_without_areas(stated, found):
    assert not found("overlap", stated(LI2S))
    assert _severities(found("overlap", stated(LI2S, elements=("Ga",)))) == [E]
    modelled = stated(LI2S, ("Ga 3s", "Ga0", "", 160.9), elements=("Ga",))
    assert not found("overlap", modelled)
    assert not found("overlap", stated(("S 2p", "SOx", "", 168.7), elements=("Ga",)))


@pytest.mark.parametrize(("gallium", "expected"), [(100, []), (900, [E])])
def test_overlap_by_its_predicted_area(stated, found, gallium, expected):
    # 0.0527 x 2.6 of Ga 2p3/2 against 1000: 1.4 and 12 %
    rows = (
        ("S 2p", "PS4", "2p3/2", 161.4, "", 1000),
        ("Ga 2p", "Ga0", "2p3/2", 1116.7, "", gallium),
    )
    assert _severities(found("overlap", stated(*rows))) == expected


def test_missing_species(stated, found):
    products = (LI2S, ("Cl 2p", "LiCl", "2p3/2", 198.6))
    phosphorus = ("P 2p", "PS4", "2p3/2", 131.9)
    assert _severities(found("missing_species", stated(*products, phosphorus))) == [W]
    assert not found("missing_species", stated(*products))  # P 2p was not looked at
    assert not found("missing_species", stated(LI2S, phosphorus))  # an impurity is no reaction
    seen = ("P 2p", "Li3P", "2p3/2", 125.9)
    assert not found("missing_species", stated(*products, phosphorus, seen))
    reduced = ("P 2p", "LixP", "2p3/2", 128.0)
    assert not found("missing_species", stated(*products, phosphorus, reduced))


FRACTIONS = ("core_level", "species", "position_eV", "fraction", "basis")
ELECTROLYTE = {"columns": FRACTIONS, "elements": ("Li", "P", "S", "Cl")}


def _with_fractions(stated, *rows, basis):
    given = [("P 2p", "PS4", 131.9, "", ""), *((*row, basis) for row in rows)]
    return stated(*given, **ELECTROLYTE)


@pytest.mark.parametrize(
    ("value", "basis", "expected"),
    [(0.142, "atomic", []), (0.144, "atomic", [W]), (0.19, "area_levels", []),
     (0.195, "area_levels", [W]), (0.9, "within_level", []), (0.9, "", [])],
)  # fmt: skip
def test_stoichiometric_bound(stated, found, value, basis, expected):
    claims = _with_fractions(stated, ("Cl 2p", "LiCl", "", value), basis=basis)
    assert _severities(found("stoichiometric_bound", claims)) == expected


@pytest.mark.parametrize(
    ("chloride", "basis", "expected"),
    [(0.099, "atomic", []), (0.101, "atomic", [W]), (0.003, "atomic", [W]), (0.3, "", [])],
)
def test_reaction_balance(stated, found, chloride, basis, expected):
    rows = (("S 2p", "Li2S", "", 0.1), ("Cl 2p", "LiCl", "", chloride))
    claims = _with_fractions(stated, *rows, basis=basis)
    assert _severities(found("reaction_balance", claims)) == expected


@pytest.mark.parametrize(
    ("value", "basis", "expected"),
    [(0.14, "", [W]), (0.142, "", []), (0.19, "within_level", [W]), (0.21, "within_level", [])],
)
def test_lattice_share(stated, found, value, basis, expected):
    claims = _with_fractions(stated, ("S 2p", "Li2S", "", value), basis=basis)
    assert _severities(found("lattice_share", claims)) == expected


@pytest.mark.parametrize(("value", "expected"), [(0.98, []), (0.97, [W]), (1.0, [])])
def test_unassigned_remainder(stated, found, value, expected):
    rows = [("Cl 2p", "LiCl", 198.6, value, "within_level")]
    assert _severities(found("unassigned_remainder", stated(*rows, columns=FRACTIONS))) == expected


def test_a_level_of_which_only_one_species_is_told_has_no_remainder(stated, found):
    rows = [("S 2p", "PS4", 161.5, "", ""), ("S 2p", "Li2S", 160.4, 0.05, "within_level")]
    assert not found("unassigned_remainder", stated(*rows, columns=FRACTIONS))


def test_fraction_basis(stated, found):
    rows = [("Cl 2p", "LiCl", "", 0.4, "")]
    assert _severities(found("fraction_basis", stated(*rows, columns=FRACTIONS))) == [E]
    claims = stated(*rows, columns=FRACTIONS, basis=Basis.ATOMIC)
    assert not found("fraction_basis", claims)


def test_cross_region_stoichiometry(stated, found):
    # PS4: S : P = 4; areas with cross-sections 1.11 and 0.789 of the 2p3/2 lines.
    def rows(sulfur):
        return (
            ("P 2p", "PS4", "2p3/2", 131.9, "", 789),
            ("S 2p", "PS4", "2p3/2", 161.5, "", sulfur),
        )

    assert not found("cross_region_stoichiometry", stated(*rows(4 * 1110)))
    assert not found("cross_region_stoichiometry", stated(*rows(4 * 1110 * 1.2)))
    assert _severities(found("cross_region_stoichiometry", stated(*rows(4 * 1110 * 1.3)))) == [W]
    # A doublet counts as one: whether its partner's area is stated changes nothing.
    partner = ("P 2p", "PS4", "2p1/2", 132.76, "", 403)
    assert not found("cross_region_stoichiometry", stated(*rows(4 * 1110), partner))


# --- factors, statements --------------------------------------------------------------------------


def test_rsf_set(stated, found):
    columns = (*COLUMNS[:4], "rsf")
    rows = (("S 2p", "PS4", "2p3/2", 161.5, 1.677), ("P 2p", "PS4", "2p3/2", 131.9, 1.192))
    assert not found("rsf_set", stated(*rows, columns=columns))
    other = ("P 2p", "PS4", "2p3/2", 131.9, 0.486)
    assert _severities(found("rsf_set", stated(rows[0], other, columns=columns))) == [E]


def test_reference_not_declared(stated, found):
    assert _severities(found("reference_not_declared", stated(LI2S, reference=""))) == [E]
    assert not found("reference_not_declared", stated(LI2S, reference="Fermi"))
    columns = (*COLUMNS[:4], "energy_reference")
    rows = ((*LI2S, "C 1s 284.8"), ("S 2p", "PS4", "2p3/2", 161.5, ""))
    (finding,) = found("reference_not_declared", stated(*rows, columns=columns, reference=""))
    assert finding.subject == "S 2p"


def test_no_uncertainty(stated, found):
    assert _severities(found("no_uncertainty", stated(LI2S))) == [I]
    columns = (*COLUMNS[:4], "u")
    assert not found("no_uncertainty", stated((*LI2S, 0.1), columns=columns))


def test_areas_that_are_nothing(stated, found):
    rows = (("S 2p", "PS4", "2p3/2", 161.5, "", 1000), (*LI2S, "", 0))
    (finding,) = found("insignificant", stated(*rows))
    assert (finding.rule, finding.severity) == ("zero_area", E)
    columns = (*COLUMNS, "area_u")
    for u, expected in ((10.0, []), (11.0, [W])):
        claims = stated((*LI2S, "", 30, u), columns=columns)
        assert _severities(found("insignificant", claims)) == expected


# --- spectra --------------------------------------------------------------------------------------


def _spectrum(background="Shirley", low=100.0, high=200.0, **changes):
    energy = np.linspace(157.0, 168.0, 111)
    level = np.linspace(low, high, 111)
    curves = Curves(
        energy=energy, measured=level, envelope=level, background=level,
        lines=np.zeros((0, 111)), residual=np.zeros(111),
    )  # fmt: skip
    given = {
        "sample": "", "region": "", "symbol": "S 2p", "window": (157.0, 168.0),
        "background": background, "curves": curves,
    }  # fmt: skip
    return ClaimedSpectrum(**{**given, **changes})


@pytest.mark.parametrize(
    ("background", "high", "expected"),
    [("Shirley", 200.0, []), ("Shirley", 90.0, []), ("Shirley", 60.0, [W]), ("Linear", 60.0, [])],
)
def test_shirley_step(stated, found, background, high, expected):
    claims = replace(stated(LI2S), spectra=(_spectrum(background, high=high),))
    assert _severities(found("shirley_step", claims)) == expected


@pytest.mark.parametrize(("window", "expected"), [((158.4, 168), []), ((158.41, 168), [W])])
def test_window(stated, found, window, expected):
    claims = stated(("S 2p", "Li2S", "2p3/2", 160.4, 1.0))
    claims = replace(claims, spectra=(_spectrum(window=window),))
    assert _severities(found("window", claims)) == expected


def test_a_static_background_on_one_channel(stated, found):
    claims = stated(("S 2p", "Li2S", "2p3/2", 160.4, 1.0))
    claims = replace(claims, spectra=(_spectrum(end_channels=1),))
    assert _severities(found("window", claims)) == [W]


@pytest.mark.parametrize(("off", "expected"), [(0.01, []), (-0.011, [W]), (None, [])])
def test_stale_background(stated, found, off, expected):
    claims = replace(stated(LI2S), spectra=(_spectrum(tie_point_off=off),))
    assert _severities(found("stale_background", claims)) == expected


@pytest.mark.parametrize(("gain", "expected"), [(0.05, []), (0.051, [W]), (None, [])])
def test_stale_fit(stated, found, gain, expected):
    claims = replace(stated(LI2S), spectra=(_spectrum(refit_gain=gain),))
    assert _severities(found("stale_fit", claims)) == expected


@pytest.mark.parametrize(
    ("scale", "shaped", "expected"),
    [(1.0, False, []), (0.72, False, []), (0.6, False, [W]), (2.2, False, []), (2.2, True, [W]),
     (1.6, True, [])],
)  # fmt: skip
def test_chi2_scale(stated, found, rng, scale, shaped, expected):
    noise = rng.standard_normal(111)
    residual = np.repeat(noise[:37], 3) if shaped else noise
    residual = scale * residual / np.sqrt(np.mean(residual**2))
    spectrum = _spectrum(exact=True)
    curves = replace(spectrum.curves, residual=residual)
    claims = replace(stated(LI2S), spectra=(replace(spectrum, curves=curves),))
    assert _severities(found("chi2_scale", claims)) == expected


def test_metadata(stated, found):
    claims = replace(stated(LI2S), spectra=(_spectrum(missing=("photon energy",)),))
    assert _severities(found("metadata", claims)) == [I]
    assert not found("metadata", replace(claims, spectra=(_spectrum(),)))


def test_rsf_level(stated, found):
    claims = stated(("S 2s", "S 2s", "", 226.0), ("Mo 3d", "MoS2", "3d5/2", 229.4))
    lines = tuple(replace(x, region="Mo 3d", rsf=9.5) for x in claims.lines)
    spectrum = _spectrum(region="Mo 3d", symbol="Mo 3d", rsf=9.5)
    claims = replace(claims, lines=lines, spectra=(spectrum,))
    assert _severities(found("rsf_level", claims)) == [E]
    own = (replace(lines[0], rsf=1.43), lines[1])
    assert not found("rsf_level", replace(claims, lines=own))


def test_cross_region_species(stated, found):
    claims = stated(("W 4f", "WSe2", "4f7/2", 32.3), ("S 2p", "WS2", "2p3/2", 162.7))
    spectra = tuple(_spectrum(region=s, symbol=s) for s in ("W 4f", "S 2p"))
    claims = replace(claims, origin="casaxps", spectra=spectra)
    assert _severities(found("cross_region_species", claims)) == [W]
    lines = (replace(claims.lines[0], name="WS2"), claims.lines[1])
    assert not found("cross_region_species", replace(claims, lines=lines))
    # A table shows what it likes; what is not in it may have been measured.
    assert not found("cross_region_species", replace(claims, origin="table"))


def test_a_rule_that_is_documented_has_a_name_of_its_own():
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names)) >= 45


def test_all_findings_of_a_review_are_different(stated, registry):
    rows = (*doublet("S 2p", "PS4", 162.4, 1.3), *doublet("S 2p", "Li2S", 160.4, 1.1))
    findings = review(stated(*rows), registry)
    assert len(findings) == len(set(findings))
