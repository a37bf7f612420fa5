"""Images by name: each once, as the cube calls it, and by window only where that is no ion."""

from __future__ import annotations

import numpy as np
import pytest

from references.ion import ion
from references.words import InputError
from tofsims import ion_cube
from tofsims.cubenames import named_in_cube

JOINT = "Ga[37Cl]- + [71Ga]Cl-"


@pytest.fixture(scope="module")
def cube():
    names = [JOINT, "PS-", "m/z 35", "Cl-"]
    windows = [(105.88, 105.90), (62.93, 62.98), (34.95, 34.99), (34.95, 34.99)]
    counts = np.arange(4, dtype=np.uint16)[:, None, None, None] * np.ones((1, 2, 3, 3), np.uint16)
    return ion_cube(names, counts, window=windows)


def named(cube, *names):
    held, found = named_in_cube(cube, [ion(name) for name in names])
    return held["ion"].values.tolist(), [one.rule for one in found]


def test_ions_of_one_window_are_one_image(cube):
    assert named(cube, "Ga[37Cl]-", "PS-", "[71Ga]Cl-") == (
        [JOINT, "PS-"],
        ["sims_counted_as_one"],
    )
    assert named(cube, "[71Ga]Cl-")[0] == [JOINT]


def test_an_ion_of_its_own_name_is_not_looked_for_by_window(cube):
    assert named(cube, "Cl-") == (["Cl-"], [])


def test_a_label_is_taken_by_its_window_and_said():
    cube = ion_cube(["m/z 35"], np.ones((1, 2, 3, 3)), window=[(34.95, 34.99)])
    assert named(cube, "Cl-") == (["Cl-"], ["sims_named_by_window"])


def test_the_window_of_another_ion_is_refused(cube):
    with pytest.raises(InputError, match=r"no image of PO2-: .* window of PS-; ask for that"):
        named(cube, "PO2-")
    with pytest.raises(InputError, match=r"no image of In-"):
        named(cube, "In-")
