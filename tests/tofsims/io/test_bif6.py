"""BIF6: images of windows, as IONTOF and as PHI write them."""

from __future__ import annotations

import struct

import numpy as np
import pytest

import tofsims
from references import DataFileError
from tofsims.io.bif6 import is_bif6

MASSES = [(0.0, 0.0, 900.0), (34.94, 34.9694, 35.0), (103.8, 103.895, 104.0)]
IMAGES = np.arange(3 * 2 * 4).reshape(3, 2, 4)  # windows, rows, columns


def content(masses=MASSES, images=IMAGES, *, is_phi=False, first=0):
    """A file: rows as they are stored."""
    whole = "H" if is_phi else "I"
    made = b"" if is_phi else b"\0\0BIF6"
    made += struct.pack("<3H", len(masses), images.shape[2], images.shape[1])
    for number, (mass, image) in enumerate(zip(masses, images, strict=True), first):
        made += struct.pack(f"<{whole}3f", number, *mass)
        made += image.astype(f"<u{struct.calcsize(whole)}").tobytes()
    return made


def read(tmp_path, raw, **more):
    path = tmp_path / "a.bif6"
    path.write_bytes(raw)
    return tofsims.read(path, **more)


@pytest.mark.parametrize("is_phi", [False, True])
def test_images_masses_and_names(tmp_path, is_phi):
    reading = read(tmp_path, content(is_phi=is_phi))
    (cube,) = reading.cubes
    assert reading.format == "bif6"
    assert cube["counts"].dims == ("ion", "scan", "y", "x")
    assert cube["ion"].values.tolist() == ["total", "m/z 34.9694", "m/z 103.8950"]
    np.testing.assert_allclose(cube["window_low"], [0, 34.94, 103.8], rtol=1e-6)
    np.testing.assert_allclose(cube["window_high"], [900, 35, 104], rtol=1e-6)
    np.testing.assert_allclose(cube["mz"], [0, 34.9694, 103.895], rtol=1e-6)
    assert np.isnan(cube["shots"])


def test_rows_of_iontof_come_from_the_greatest_y(tmp_path):
    counts = read(tmp_path, content()).cubes[0]["counts"].values
    np.testing.assert_array_equal(counts[:, 0], IMAGES[:, ::-1])


def test_lines_of_phi_come_from_the_greatest_x_too(tmp_path):
    counts = read(tmp_path, content(is_phi=True)).cubes[0]["counts"].values
    np.testing.assert_array_equal(counts[:, 0], IMAGES[:, ::-1, ::-1])


def test_counts_beyond_two_bytes_are_kept(tmp_path):
    counts = read(tmp_path, content(images=IMAGES + 70_000)).cubes[0]["counts"].values
    assert counts.max() == 70_023


@pytest.mark.parametrize("is_phi", [False, True])
@pytest.mark.parametrize("change", [lambda raw: raw[:-1], lambda raw: raw + b"\0"])
def test_a_size_that_does_not_fit_is_named(tmp_path, is_phi, change):
    raw = change(content(is_phi=is_phi))
    assert is_bif6(raw) is not is_phi
    with pytest.raises(DataFileError, match=r"should be \d+ bytes for 3 images of 4 x 2 pixels"):
        read(tmp_path, raw, format="bif6")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"\0\0BIF6\1\0", "ends within its heading"),
        (b"\0\0BIF6" + struct.pack("<3H", 0, 4, 2), "for 0 images"),
        (b"\0\0BIF6" + struct.pack("<3H", 65535, 65535, 65535), "for 65535 images of 65535 x 65535"),
        (content([(float("nan"), 1, 2)] * 3), r"image 1 has masses \[nan, 1.0, 2.0\]"),
        (content([(1, 2, 3), (1, -2, 3), (1, 2, 3)]), "image 2 has masses"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(tmp_path, raw, message):
    with pytest.raises(DataFileError, match=message):
        read(tmp_path, raw, format="bif6")


def test_other_files_are_not_taken_for_it(tmp_path, authored):
    grd = tofsims.write_grd(tmp_path / "a.grd", authored.events(scans=2))
    for raw in (grd.read_bytes(), b"Channel\tm/z\tIntensity\n" * 9, bytes(100), b"\xff" * 100):
        assert not is_bif6(raw)


def test_noise_is_not_taken_for_it(rng):
    taken = sum(is_bif6(rng.integers(0, 256, 65536, dtype=np.uint8).tobytes()) for _ in range(300))
    assert taken == 0


def test_a_large_one_of_phi_is_told_by_the_masses_within_sight(tmp_path):
    masses = [(i + 0.5, i + 1.0, i + 1.5) for i in range(20)]
    images = np.ones((20, 64, 64), dtype=int)
    assert read(tmp_path, content(masses, images, is_phi=True)).format == "bif6"
    masses[3] = (5.0, 4.0, 3.0)
    assert not is_bif6(content(masses, images, is_phi=True)[:65536])


@pytest.mark.parametrize("is_phi", [False, True])
def test_mutants_give_data_or_the_named_error(tally, tmp_path, fuzz, is_phi):
    fuzz(tally, tmp_path / "mutant", content(is_phi=is_phi), 80, 1, how="words")
    assert tally.errors > 20


@pytest.mark.slow
@pytest.mark.parametrize("is_phi", [False, True])
def test_twenty_thousand_mutants(tally, tmp_path, fuzz, record, is_phi):
    record(fuzz(tally, tmp_path / "mutant", content(is_phi=is_phi), 20_000, 2, how="words"))
    assert tally.errors > 2_000
