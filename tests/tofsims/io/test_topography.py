"""Surfaces from files: heights in nm, the least y first, and bad files in a sentence."""

from __future__ import annotations

import io

import numpy as np
import pytest

from references import DataFileError
from tofsims.io.topography import read_topography

HEIGHTS = np.arange(20.0).reshape(4, 5)


def text(heights, between=" ", head=""):
    return head + "".join(between.join(f"{cell:g}" for cell in row) + "\n" for row in heights)


@pytest.mark.parametrize("between", [" ", "\t", ",", "; "])
def test_a_matrix_of_text_is_drawn_upwards(tmp_path, between):
    path = tmp_path / "before.txt"
    path.write_text(text(HEIGHTS, between))
    heights, notes = read_topography(path)
    np.testing.assert_array_equal(heights, HEIGHTS[::-1])
    assert [note.rule for note in notes] == ["unit_assumed"]


@pytest.mark.parametrize(("unit", "factor"), [("m", 1e9), ("µm", 1e3), ("nm", 1.0)])
def test_the_head_says_the_unit(tmp_path, unit, factor):
    path = tmp_path / "before.txt"
    head = f"# Channel: Height\n# Width: 5.0 µm\n# Value units: {unit}\n"
    path.write_text(text(HEIGHTS, head=head), encoding="utf-8")
    heights, notes = read_topography(path)
    np.testing.assert_allclose(heights, factor * HEIGHTS[::-1])
    assert notes == ()


def test_an_array_is_as_cubes_are(tmp_path):
    path = tmp_path / "before.npy"
    np.save(path, HEIGHTS.astype(np.float32))
    np.testing.assert_array_equal(read_topography(path, unit="um")[0], 1e3 * HEIGHTS)


def objects():
    stream = io.BytesIO()
    np.save(stream, np.array([[{}, 1]], dtype=object), allow_pickle=True)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds 0 x 0 numbers"),
        (b"1 2 3 4\n1 2\n", "line 2: has 2 numbers, and the first row 4"),
        (b"1 2 3 4\nheight\n", "line 2: expected numbers, found 'height'"),
        (b"1 2 3 4\n" * 2, "holds 2 x 4 numbers"),
        (b"1 2 nan 4\n" * 4, "row 1, column 3: holds a height that is no number"),
        (b"# Value units: V\n" + b"1 2 3 4\n" * 4, "heights in 'V', which is no known length"),
        (objects(), "is no array of numbers"),
        (b"\x93NUMPY\x01\x00", "is no array of numbers"),
        (bytes(range(256)) * 9, "expected numbers"),
    ],
)
def test_bad_files_are_named(tmp_path, content, message):
    path = tmp_path / "surface.txt"
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=message):
        read_topography(path)


def test_an_array_of_other_dimensions_is_refused(tmp_path):
    path = tmp_path / "cube.npy"
    np.save(path, np.zeros((4, 4, 4)))
    with pytest.raises(DataFileError, match="holds 4 x 4 x 4 numbers"):
        read_topography(path)
