"""A standing is no better than what was read of the sources."""

from __future__ import annotations

import pytest

from references import Source, Status, load
from references.provenance import standing
from references.value import SourceKind


def _source(read_as):
    return Source(key=read_as, kind=SourceKind.ARTICLE, citation="-", read_as=read_as)


@pytest.mark.parametrize(
    ("status", "read", "expected"),
    [
        ("measured", ["paper"], "measured"),
        ("measured", ["digest"], "reported"),
        ("measured", ["digest", "paper"], "measured"),
        ("measured", ["title"], "unverified"),
        ("handbook", ["-"], "unverified"),
        ("handbook", ["digest", "-"], "reported"),
        ("calculated", ["digest"], "calculated"),
        ("calculated", ["computed"], "calculated"),
        ("calculated", ["title", "-"], "unverified"),
        ("reported", ["-"], "reported"),
        ("reported", ["paper"], "reported"),
        ("unverified", ["paper"], "unverified"),
    ],
)
def test_standing(status, read, expected):
    assert standing(Status(status), [_source(what) for what in read]) == expected


def test_a_metals_asymmetry_is_a_working_range():
    for key in ("Ga0", "In0", "Li0", "Li-Ga", "Li-In"):
        assert load().species(key).asymmetry.status is Status.UNVERIFIED


def test_a_density_is_calculated_only_where_its_cell_is_known():
    assert load().imfp_material("Li6PS5Cl").density.status is Status.CALCULATED
    assert load().imfp_material("In").density.status is Status.UNVERIFIED
