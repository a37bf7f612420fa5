"""Regions: the pixels whose centres they hold."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from references import DataFileError
from references.words import InputError
from tofsims import Raster
from tofsims.io.mask import read_mask
from tofsims.region import disc, polygon, rectangle

RASTER = Raster(width=12, height=7)


def test_a_rectangle_holds_its_first_pixel_and_not_its_last():
    inside = rectangle(RASTER, 2, 1, 5, 3)
    assert inside.sum() == 6
    assert inside[1, 2]
    assert not inside[3, 5]


@pytest.mark.parametrize("corners", [(3, 0, 3, 2), (0, 0, 13, 2), (-1, 0, 2, 2), (0, 5, 2, 8)])
def test_a_rectangle_outside_or_empty_is_refused(corners):
    with pytest.raises(InputError, match="12 x 7"):
        rectangle(RASTER, *corners)


@given(st.integers(0, 11), st.integers(0, 6), st.integers(1, 12), st.integers(1, 7))
def test_a_polygon_of_four_corners_is_its_rectangle(x0, y0, wide, high):
    x1, y1 = min(x0 + wide, 12), min(y0 + high, 7)
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    np.testing.assert_array_equal(polygon(RASTER, corners), rectangle(RASTER, x0, y0, x1, y1))


@given(st.lists(st.tuples(st.floats(-5, 17), st.floats(-5, 12)), min_size=3, max_size=3))
def test_a_triangle_has_the_pixels_that_are_left_of_none_or_all_of_its_edges(corners):
    across, down = np.meshgrid(np.arange(12) + 0.5, np.arange(7) + 0.5)
    sides = []
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        sides.append((x1 - x0) * (down - y0) - (y1 - y0) * (across - x0))
    clear = np.min(np.abs(sides), axis=0) > 1e-6
    expected = np.all(np.array(sides) > 0, axis=0) | np.all(np.array(sides) < 0, axis=0)
    try:
        inside = polygon(RASTER, corners)
    except InputError:
        inside = np.zeros((7, 12), dtype=bool)
    np.testing.assert_array_equal(inside[clear], expected[clear])


def test_a_disc_has_about_its_area():
    inside = disc(Raster(width=256, height=256), 128.0, 128.0, 100.0)
    assert inside.sum() == pytest.approx(np.pi * 1e4, rel=2e-3)


def test_a_disc_beside_the_raster_is_refused():
    with pytest.raises(InputError, match="holds no pixel"):
        disc(RASTER, 40.0, 2.0, 3.0)


@pytest.mark.parametrize("radius", [0.0, -3.0, float("nan")])
def test_a_disc_without_a_radius_is_refused(radius):
    with pytest.raises(InputError, match="above zero"):
        disc(RASTER, 4.0, 2.0, radius)


def test_two_corners_are_no_polygon():
    with pytest.raises(InputError, match="three corners"):
        polygon(RASTER, [(0, 0), (3, 3)])


def painted(path, light, mode="L", kind="PNG"):
    """A picture of the raster, drawn with y upwards."""
    stream = io.BytesIO()
    Image.fromarray(light[::-1]).convert(mode).save(stream, kind)
    path.write_bytes(stream.getvalue())
    return path


@pytest.mark.parametrize("mode", ["L", "1", "RGB", "RGBA", "P"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_a_painted_region_is_what_is_light(tmp_path, mode, kind):
    inside = rectangle(RASTER, 2, 0, 5, 3)
    path = painted(tmp_path / "region", np.where(inside, 255, 0).astype(np.uint8), mode, kind)
    np.testing.assert_array_equal(read_mask(path, RASTER), inside)


def test_a_picture_of_sixteen_bits_is_read_by_its_own_range(tmp_path):
    inside = rectangle(RASTER, 2, 0, 5, 3)
    Image.fromarray(np.where(inside, 900, 3).astype(np.uint16)[::-1]).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png", RASTER), inside)


def test_a_picture_of_another_size_is_refused(tmp_path):
    path = painted(tmp_path / "region.png", np.full((8, 12), 255, dtype=np.uint8))
    with pytest.raises(DataFileError, match=r"12 x 8 pixels, and the raster has 12 x 7"):
        read_mask(path, RASTER)


def test_a_dark_picture_is_refused(tmp_path):
    path = painted(tmp_path / "region.png", np.zeros((7, 12), dtype=np.uint8))
    with pytest.raises(DataFileError, match="dark all over"):
        read_mask(path, RASTER)


def test_what_is_no_picture_is_refused(tmp_path):
    whole = painted(tmp_path / "region.png", np.full((7, 12), 255, dtype=np.uint8)).read_bytes()
    for content in (b"hello", whole[:40], whole[: len(whole) // 2], b""):
        (tmp_path / "region.png").write_bytes(content)
        with pytest.raises(DataFileError):
            read_mask(tmp_path / "region.png", RASTER)
