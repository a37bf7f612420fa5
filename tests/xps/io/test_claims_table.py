"""Tables of claims: every cell means something or is refused, with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import references
from references.element import ELEMENTS
from references.files import DataFileError
from references.words import Basis
from xps.claims_table import from_table
from xps.io.claims_table import COLUMNS, parse_claims_table
from xps.lint import review
from xps.naming import level_name, species_name

REGISTRY = references.load()
GOOD = """core_level,species,line,position_eV,u,fwhm_eV,area,fraction_percent,basis,sample
S 2p,PS4,2p3/2,161.5,0.1,1.1,1000,80,within_level,a
S 2p,Li2S,2p3/2,160.4,0.1,1.1,250,20,within_level,a
"""


def _parse(text):
    return parse_claims_table("t.csv", text if isinstance(text, bytes) else text.encode())


def _rows(text):
    return _parse(text).rows


def test_a_row():
    row = _rows(GOOD)[0]
    assert (row.core_level, row.species, row.line, row.sample) == ("S 2p", "PS4", "2p3/2", "a")
    assert (row.position, row.u, row.fwhm, row.area) == (161.5, 0.1, 1.1, 1000.0)
    assert (row.fraction, row.basis, row.number) == (0.8, Basis.WITHIN_LEVEL, 2)


@pytest.mark.parametrize(("mark", "decimal"), [(",", "."), (";", ","), ("\t", ","), (";", ".")])
def test_marks_and_decimal_commas(mark, decimal):
    text = GOOD.replace(",", mark)
    text = "\n".join(
        [text.splitlines()[0], *(line.replace(".", decimal) for line in text.splitlines()[1:])]
    )
    assert _rows(text) == _rows(GOOD)


def test_encodings_blank_lines_and_remarks():
    wide = ("# a remark\n\n" + GOOD).encode("utf-16")
    assert [row.position for row in _rows(wide)] == [161.5, 160.4]
    marked = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    assert _rows(marked) == _rows(GOOD)


@pytest.mark.parametrize(
    ("cell", "value"), [("4.88 %", 0.0488), ("4.88%", 0.0488), ("0.0488", 0.0488)]
)
def test_fractions(cell, value):
    (row,) = _rows(f"species,fraction\nLi2S,{cell}\n")
    assert row.fraction == pytest.approx(value)


def test_a_fraction_above_one_makes_the_column_percent_and_says_so():
    table = _parse("species,fraction\nLi2S,4.88\nLi2S,0.5\n")
    assert [row.fraction for row in table.rows] == pytest.approx([0.0488, 0.005])
    assert "read as percent" in table.notes[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("core_level,species,position_eV\nS 2p,a,161\nS 2p,b,x\n", "line 3: position_eV 'x'"),
        ("core_level,species,position_eV\nS 2p,a,1e9\n", "up to 15000"),
        ("core_level,species,position_eV,u\nS 2p,a,161,0\n", "u '0' is no number above 0"),
        ("core_level,species,position_eV,area\nS 2p,a,161,-3\n", "area '-3'"),
        ("core_level,species,position_eV\n,a,161\n", "a position and no core_level"),
        ("core_level,position_eV\nS 2p,161\n", "has no column species"),
        ("species,position_eV\na,161\n", "has no column core_level"),
        ("core_level,species\nS 2p,a\n", "neither positions nor fractions"),
        ("species,fraction,fraction_percent\na,1,1\n", "has both"),
        ("core_level,species,position_eV,BE\nS 2p,a,1,1\n", "the column position_eV twice"),
        ("core_level,species,position_eV\nS 2p,a,161,4,5\n", "5 cells under 3 columns"),
        ("core_level,species,position_eV\nS 2p,a,1_61\n", "no number"),
        ("species,fraction\na,inf\n", "no number"),
        (b"core_level\x00,species", "binary"),
        ("#\n\n", "is empty"),
    ],
)
def test_what_is_refused(text, said):
    with pytest.raises(DataFileError, match=r"t\.csv") as caught:
        _parse(text)
    assert said in str(caught.value)


def test_an_unknown_column_lists_the_known_ones():
    with pytest.raises(DataFileError) as caught:
        _parse("core_level,species,position_eV,colour\nS 2p,a,161,red\n")
    assert all(name in str(caught.value) for name in COLUMNS)


def test_an_auger_line_is_no_core_level_and_no_error():
    claims = from_table(_parse("core_level,species,position_eV\nGa LMM,Ga0,424.0\n"), REGISTRY)
    assert claims.lines[0].level is None
    found = {f.rule for f in review(claims, REGISTRY)}
    assert found == {"reference_not_declared", "no_uncertainty", "no_reference"}


def test_lines_that_are_not_said_are_told_by_energy():
    text = "core_level,species,position_eV\nS 2p,PS4,162.7\nS 2p,PS4,161.5\nS 2p,Li2S,160.4\n"
    lines = from_table(_parse(text), REGISTRY).lines
    assert [(line.line, line.partner) for line in lines] == [
        ("2p1/2", 1), ("2p3/2", None), ("2p3/2", None),
    ]  # fmt: skip


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["S 2p", "S2p", "s 2p", "S2p3/2", "S 2p 3/2", "S 2p₃/₂", "S_2p(1/2)"]
)
def test_ways_to_write_a_level(text):
    assert level_name(text).symbol == "S 2p"


@pytest.mark.parametrize(
    "text", ["", "wide", "2p", "Xx 2p", "S 2x", "sulfur", "C=O", "SO3", "P2S5", "Li2S"]
)
def test_what_is_no_level(text):
    assert level_name(text) is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("PS4", "PS4"), ("PS4 3-", "PS4"), ("PS4^3-", "PS4"), ("PS₄³⁻", "PS4"),
        ("PS_4^{3-}", "PS4"), ("thiophosphate", "PS4"), ("argyrodite", "Li6PS5Cl"),
        ("In metal", "In0"), ("metallic In", "In0"), ("In(0)", "In0"), ("In0", "In0"),
        ("In^0", "In0"), ("In3+ (InCl3)", "InCl3"), ("Li-In alloy", "Li-In"), ("LixIn", "Li-In"),
        ("free S2-", "S-free"), ("Li2S", "Li2S"), ("P2S5", "P4S10"), ("S 2p Li2S", "Li2S"),
        ("Li2S / S2-", "Li2S"), ("C-C/C-H", "C-C"), ("P–S–P", "P-S-P"), ("sulfate", "SOx"),
        ("In3+", ""), ("Li alloy", ""), ("MoS2 2H", ""), ("", ""), ("?", ""), ("W(0)", ""),
    ],
)  # fmt: skip
def test_ways_to_write_a_species(text, key):
    assert species_name(text, REGISTRY)[0] == key


# --- fuzz -----------------------------------------------------------------------------------------


@given(st.text(max_size=300))
def test_any_label_is_a_name_or_none(text):
    found = level_name(text)
    assert found is None or found.element in ELEMENTS
    key, _ = species_name(text, REGISTRY)
    assert key == "" or REGISTRY.species(key).key == key


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=6))
def test_a_broken_table_is_read_or_refused(changes):
    content = bytearray(GOOD.encode())
    for place, value in changes:
        content[place] = value
    try:
        claims = from_table(_parse(bytes(content)), REGISTRY)
    except DataFileError as error:
        assert "\n" not in str(error)
        return
    assert all(f.rule for f in review(claims, REGISTRY))


@pytest.mark.parametrize("percent", range(0, 100, 5))
def test_a_table_cut_short(percent):
    content = GOOD.encode()[: len(GOOD) * percent // 100]
    try:
        from_table(_parse(content), REGISTRY)
    except DataFileError as error:
        assert str(error).startswith("t.csv")
