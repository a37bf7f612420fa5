"""What lies beside ions: the whole list, against the peaks at hand."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

import tofsims
from tofsims.masscal import MassScale
from tofsims.neighbours import neighbours, table_of

ELEMENTS = ["Li", "P", "S", "Cl", "O", "Ga", "In"]


class Peaks:
    """Stands for a mass scale whose peaks have one width everywhere."""

    anchors = ()
    scale = MassScale(sf=1.0, k0=0.0, source="test")

    def __init__(self, resolution):
        self.resolution = resolution

    def fwhm(self, mz):
        return mz / self.resolution


def profile(ions):
    return tofsims.depth_profile(
        ions, [[1000.0] * 20] * len(ions), sputter_time=np.arange(20.0), shots=1e9
    )


def test_an_isotopologue_of_the_ion_is_none_of_its_neighbours():
    found = neighbours(profile(["InCl-"]), ["InCl-"], ELEMENTS)
    assert len(found) > 10
    assert "[37Cl][113In]" not in {one.interferent for one in found}
    assert {one.is_resolved for one in found} == {None}


@pytest.mark.parametrize(("resolution", "resolved"), [(4000.0, False), (6000.0, True)])
def test_what_is_needed_and_what_there_is(resolution, resolved):
    made = profile(["Ga-", "[71Ga]-"])
    found = neighbours(made, ["Ga-"], ELEMENTS, Peaks(resolution))
    (one,) = [one.to_dict() for one in found if one.interferent == "[37Cl][32S]"]
    assert one["dm_mu"] == pytest.approx(12.40, abs=0.01)
    assert one["needs"] == pytest.approx(5560, abs=5)
    assert one["measured"] == pytest.approx(resolution)
    assert one["resolved"] is resolved
    assert one["guard"] == "[71Ga]-"


def test_the_list_is_a_table_too():
    found = neighbours(profile(["Ga-"]), ["Ga-"], ELEMENTS, Peaks(4000.0))
    rows = list(csv.DictReader(io.StringIO(table_of(found))))
    assert len(rows) == len(found)
    assert float(rows[0]["needs"]) == pytest.approx(found[0].needs, rel=1e-5)
    assert rows[0]["guard"] == ""


def test_the_answer_holds_the_list():
    told = tofsims.check(profile(["Ga-", "Cl-"]), ["Ga-"], elements=ELEMENTS).to_dict()
    assert {one["ion"] for one in told["interferences"]} == {"Ga-"}
    assert tofsims.check(profile(["Ga-"])).to_dict()["interferences"] == []
