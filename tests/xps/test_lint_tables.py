"""Tables as papers print them: sound ones raise nothing loud that physics does not demand.

The numbers are the library's own (its sources stand there); a seeded error changes one of them.
"""

from __future__ import annotations

import pytest

import references
from xps.claims_table import from_table
from xps.io.claims_table import parse_claims_table
from xps.lint import review

REGISTRY = references.load()
PHYSICS = {"non_unique", "degenerate_components"}
"""What a sound table may raise as a warning: energies that several species share."""

ARGYRODITE = """core_level,species,line,position_eV,fwhm_eV,area,energy_reference
S2p,PS₄³⁻,2p3/2,161.5,1.1,1000,C 1s 284.8
S2p,PS₄³⁻,2p1/2,162.68,1.1,510,C 1s 284.8
S2p,free S2-,2p3/2,160.1,1.1,250,C 1s 284.8
S2p,free S2-,2p1/2,161.28,1.1,128,C 1s 284.8
P2p,PS4,2p3/2,131.9,1.1,178,C 1s 284.8
P2p,PS4,2p1/2,132.76,1.1,91,C 1s 284.8
Cl2p,lattice Cl,2p3/2,198.7,1.1,340,C 1s 284.8
Cl2p,lattice Cl,2p1/2,200.3,1.1,173,C 1s 284.8
Li 1s,argyrodite,,55.5,1.2,85,C 1s 284.8
"""
INDIUM = """# typed from a table with decimal commas
Level;Assignment;BE (eV);FWHM (eV);sample;energy_reference
In 3d5/2;In metal;443,8;0,8;foil;Fermi level
In 3d3/2;In metal;451,34;0,8;foil;Fermi level
In 3d5/2;In2O3;444,7;1,2;foil;Fermi level
In 3d3/2;In2O3;452,24;1,2;foil;Fermi level
In 3d5/2;InCl3;446,2;1,3;powder;C 1s 285.0
In 3d3/2;InCl3;453,74;1,3;powder;C 1s 285.0
Cl 2p3/2;InCl3;199,1;1,2;powder;C 1s 285.0
Cl 2p1/2;InCl3;200,7;1,2;powder;C 1s 285.0
"""
INTERPHASE = """core_level,species,position_eV,u,energy_reference
P 2p,Li3P,125.8,0.1,C1s 284.8
P 2p,Li3P,126.66,0.1,C1s 284.8
P 2p,reduced P species,128.0,0.2,C1s 284.8
P 2p,PS4 3-,131.8,0.1,C1s 284.8
P 2p,PS4 3-,132.66,0.1,C1s 284.8
S 2p,Li2S,160.3,0.1,C1s 284.8
S 2p,Li2S,161.48,0.1,C1s 284.8
S 2p,PS4 3-,161.6,0.1,C1s 284.8
S 2p,PS4 3-,162.78,0.1,C1s 284.8
S 2p,polysulfide,163.6,0.1,C1s 284.8
S 2p,sulfite,166.8,0.1,C1s 284.8
S 2p,sulfate,168.8,0.1,C1s 284.8
Cl 2p,LiCl,198.6,0.1,C1s 284.8
Cl 2p,LiCl,200.2,0.1,C1s 284.8
Li 1s,LiCl,56.0,0.1,C1s 284.8
Li 1s,Li metal,54.9,0.1,C1s 284.8
C 1s,C-C/C-H,284.8,0.1,C1s 284.8
C 1s,Li2CO3,289.7,0.1,C1s 284.8
O 1s,Li2CO3,531.4,0.1,C1s 284.8
"""
GALLIUM = """core_level,species,line,position_eV,sample,energy_reference
Ga 2p,Ga metal,2p3/2,1116.7,a,C 1s
Ga 2p,Ga metal,2p1/2,1143.55,a,C 1s
Ga 2p,Ga2O3,2p3/2,1117.8,a,C 1s
Ga 2p,Ga2O3,2p1/2,1144.65,a,C 1s
Ga 3d,Ga0,,18.6,a,C 1s
Ga 3s,Ga0,,161.0,a,C 1s
S 2p,Li2S,2p3/2,160.4,a,C 1s
S 2p,Li2S,2p1/2,161.58,a,C 1s
"""
SOUND = {"argyrodite": ARGYRODITE, "indium": INDIUM, "interphase": INTERPHASE, "gallium": GALLIUM}


def _review(text, **options):
    claims = from_table(parse_claims_table("paper.csv", text.encode()), REGISTRY, **options)
    return review(claims, REGISTRY)


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_table_is_free_of_accusations(name):
    loud = [f for f in _review(SOUND[name]) if f.severity != "info"]
    assert {f.rule for f in loud} <= PHYSICS
    assert {str(f.severity) for f in loud} <= {"warning"}


SEEDED = {
    "a splitting": (ARGYRODITE, "162.68", "162.98", "splitting", "error"),
    "a label": (ARGYRODITE.replace("Cl2p", "Cl 1s"), "", "", "level_name_vs_energy", "error"),
    "an area ratio": (ARGYRODITE, "132.76,1.1,91", "132.76,1.1,150", "area_ratio", "error"),
    "a width": (ARGYRODITE, "55.5,1.2", "55.5,3.4", "fwhm_range", "warning"),
    "widths": (ARGYRODITE, "160.1,1.1", "160.1,1.8", "fwhm_consistency", "warning"),
    "phosphorus for sulfur": (ARGYRODITE, "131.9,1.1,178", "131.9,1.1,400",
                              "cross_region_stoichiometry", "warning"),
    "no scale": (ARGYRODITE.replace("C 1s 284.8", ""), "", "", "reference_not_declared", "error"),
    "a place": (INDIUM, "446,2", "444,5", "position", "error"),
    "indium's partner": (INDIUM, "451,34", "451,8", "splitting", "error"),
    "red phosphorus as Li3P": (INTERPHASE, "125.8", "130.1", "position", "warning"),
    "a sulfide as sulfate": (INTERPHASE, "sulfate,168.8", "sulfate,163.9", "position", "error"),
    "carbonate and chloride": (INTERPHASE, "LiCl,56.0", "LiCl,54.9", "charge_free_separation",
                               "error"),
    "no Li3P": (INTERPHASE.replace("P 2p,Li3P,125.8,0.1,C1s 284.8\n", "")
                .replace("P 2p,Li3P,126.66,0.1,C1s 284.8\n", "")
                .replace("P 2p,reduced P species,128.0,0.2,C1s 284.8\n", ""),
                "", "", "missing_species", "warning"),
    "no Ga 3s": (GALLIUM.replace("Ga 3s,Ga0,,161.0,a,C 1s\n", ""), "", "", "overlap", "error"),
    "gallium's partner": (GALLIUM, "1143.55", "1143.0", "splitting", "error"),
    "one name twice": (INTERPHASE, "S 2p,sulfite,166.8", "S 2p,Li2S,162.9",
                       "duplicate_species", "warning"),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEDED)
def test_a_seeded_error_is_found_once(name):
    text, old, new, rule, severity = SEEDED[name]
    assert old in text
    found = [f for f in _review(text.replace(old, new, 1)) if f.rule == rule]
    assert [str(f.severity) for f in found] == [severity]


def test_a_sample_of_its_own_is_judged_on_its_own():
    text = INDIUM.replace("446,2", "445,0").replace("453,74", "452,54")
    found = [f for f in _review(text) if f.rule == "position"]
    assert [f.subject for f in found] == ["powder In 3d InCl3"]
