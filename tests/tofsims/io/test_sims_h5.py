"""SIMS-H5: what is written is read again, by us and by others, and what is broken has a name."""

from __future__ import annotations

from dataclasses import replace

import h5py
import numpy as np
import pytest

import tofsims
from references.files import DataFileError
from references.ion import ion
from references.words import InputError
from tofsims.io import mass_major

NONE = {}


def fill(path, *, mode="depth_profile", shape=(2, 2, 2, 3), packed=NONE, **changes):
    """A file of six ions in three flight times; a change of ``None`` leaves a part out."""
    parts = {
        "data/mass_csr/mass_bin": np.array([100, 200, 4000], "u4"),
        "data/mass_csr/indptr": np.array([0, 1, 3, 4], "u8"),
        # Cycle 0, frame 1, y 1, x 2; cycle 0, frame 0, y 0, x 1; cycle 1 twice.
        "data/mass_csr/pixel_id": np.array([11, 1, 12, 23], "u4"),
        "data/mass_csr/count": np.array([1, 2, 1, 2], "u1"),
        "calibration/mass/coefficients": np.array([0.5, -1.0]),
        "frames/sputter_time_s": np.array([1.0, 3.0]),
    }
    attributes = {
        "acquisition_mode": mode, "polarity": "Neg", "row_shape": np.array(shape, "u8"),
        "mass_bin_width_ps": 128.0,
    }  # fmt: skip
    for name, value in changes.items():
        held = attributes if name in attributes else parts
        held[next((key for key in held if key.endswith(name)), name)] = value
    with h5py.File(path, "w") as root:
        for name, value in parts.items():
            if value is not None:
                how = packed if "csr" in name else {}
                root.create_dataset(name, data=value, **how)
        places = {"row_shape": "geometry", "mass_bin_width_ps": "data/mass_csr"}
        for name, value in attributes.items():
            if value is not None:
                root.require_group(places.get(name, "/")).attrs[name] = value
    return path


def test_a_scan_is_a_cycle_with_its_frames_summed(tmp_path):
    reading = tofsims.read(fill(tmp_path / "a"))
    (run,) = reading.runs
    assert (reading.format, run.polarity, run.channel_ps) == ("sims-h5", "negative", 128.0)
    assert (run.raster.width, run.raster.height, run.raster.shots) == (3, 2, None)
    assert run.sputter_time.tolist() == [1, 3]
    assert [note.rule for note in reading.notes] == ["frames_summed"]
    first, second = (scan.hits() for scan in run.scans)
    # The least y is the first row, as in the file.
    assert first.pixel.tolist() == [5, 1, 1]
    assert first.channel.tolist() == [100, 200, 200]
    assert second.pixel.tolist() == [0, 5, 5]
    assert second.channel.tolist() == [200, 4000, 4000]
    # sqrt(m/z) = 0.5 t - 1 at 200 * 128 ps = 0.0256 us
    assert run.scale.mz(200) == pytest.approx((0.5 * 0.0256 - 1.0) ** 2)


def test_a_scan_of_an_image_is_a_frame(tmp_path):
    (run,) = tofsims.read(fill(tmp_path / "a", mode="image_2d", shape=(4, 2, 3))).runs
    assert run.sputter_time is None
    assert [scan.hits().pixel.tolist() for scan in run.scans] == [[1, 1], [5], [0], [5, 5]]


def test_a_width_that_is_not_said_is_one_picosecond(tmp_path):
    (run,) = tofsims.read(fill(tmp_path / "a", mass_bin_width_ps=None)).runs
    assert run.channel_ps == 1.0


def test_times_too_fine_for_channels_are_put_together(tmp_path):
    bins = np.array([60_000_000, 60_000_001, 120_000_000], "u4")
    path = fill(tmp_path / "a", mass_bin=bins, mass_bin_width_ps=1.0)
    (run,) = tofsims.read(path).runs
    assert run.channel_ps == 32.0
    assert run.scans[0].hits().channel.tolist() == [1_875_000, 1_875_000, 1_875_000]
    # The middle of the 32 times that a channel holds.
    assert run.scale.mz(1_875_000) == pytest.approx((0.5 * 60.0000155 - 1.0) ** 2, rel=1e-12)


def test_more_ions_than_a_byte_holds(tmp_path):
    path = fill(
        tmp_path / "a",
        **{
            "data/mass_csr/count": np.array([1, 255, 1, 2], "u1"),
            "data/mass_csr/count_exceptions/nnz_index": np.array([1], "u8"),
            "data/mass_csr/count_exceptions/value": np.array([300], "u4"),
        },
    )
    assert tofsims.read(path).runs[0].scans[0].hits().channel.tolist() == [100] + 300 * [200]


@pytest.mark.parametrize("name", ["Blosc2", "Bitshuffle", "Zstd"])
def test_it_is_unpacked(tmp_path, name):
    plugin = pytest.importorskip("hdf5plugin")
    path = fill(tmp_path / "a", packed=dict(getattr(plugin, name)()))
    assert tofsims.read(path).runs[0].scans[0].hits().pixel.tolist() == [5, 1, 1]


def test_what_is_written_is_read(tmp_path, authored):
    run = authored.events()
    (back,) = tofsims.read(tofsims.write_sims_h5(tmp_path / "a.h5", run)).runs
    assert authored.same(run, back)
    assert (back.raster, back.polarity, back.channel_ps) == (run.raster, "negative", 50.0)
    assert back.sputter_time.tolist() == run.sputter_time.tolist()
    assert (back.scale.sf, back.scale.k0) == pytest.approx((run.scale.sf, run.scale.k0), rel=1e-12)


@pytest.mark.parametrize("held", [1, 500, 8_000_000])
def test_scans_are_sought_in_groups_of_any_size(tmp_path, authored, monkeypatch, held):
    monkeypatch.setattr(mass_major, "HELD", held)
    monkeypatch.setattr(mass_major, "PIECE", 100)
    run = authored.events()
    (back,) = tofsims.read(tofsims.write_sims_h5(tmp_path / "a.h5", run)).runs
    assert authored.same(run, back)


@pytest.mark.parametrize("is_region", [False, True])
@pytest.mark.parametrize("images", [1, 1 << 29])
def test_it_counts_as_any_run_does(tmp_path, authored, monkeypatch, is_region, images):
    monkeypatch.setattr(mass_major, "IMAGES", images)
    run = authored.events(scans=6, per=40)
    (back,) = tofsims.read(tofsims.write_sims_h5(tmp_path / "a.h5", run)).runs
    inside = np.zeros((8, 16), dtype=bool)
    inside[2:5, 3:9] = True
    ions = [ion(name) for name in ("O-", "S-", "Cl-")]
    how = {"anchors": ions, "with_cube": True, "inside": inside if is_region else None}
    one, two = (tofsims.reduce_events(each, ions, **how) for each in (run, back))
    a, b = one.counted, two.counted
    np.testing.assert_array_equal(a.cube["counts"], b.cube["counts"])
    np.testing.assert_array_equal(a.near, b.near)
    np.testing.assert_array_equal(a.totals, b.totals)
    # The file does not say how many channels there could be.
    np.testing.assert_array_equal(a.blocks, b.blocks[:, : a.blocks.shape[1]])
    assert a.blocks.sum() == b.blocks.sum() == a.events
    np.testing.assert_array_equal(a.spectrum, b.spectrum[: a.spectrum.size])
    np.testing.assert_array_equal(one.profile["counts"], two.profile["counts"])


def test_a_run_without_times_is_written_as_an_image(tmp_path, authored):
    run = replace(authored.events(), sputter_time=None)
    path = tofsims.write_sims_h5(tmp_path / "a.h5", run)
    with h5py.File(path) as root:
        assert root.attrs["acquisition_mode"] == "image_2d"
        assert root["geometry"].attrs["row_shape"].tolist() == [5, 8, 16]
    assert authored.same(run, tofsims.read(path).runs[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scales": ()}, "has no mass scale; give it one"),
        ({"channel_ps": np.nan}, "has no width of a channel"),
        ({"scans": ()}, "holds no ion"),
    ],
)
def test_a_run_that_cannot_be_written_is_told_why(tmp_path, authored, change, message):
    with pytest.raises(InputError, match=message):
        tofsims.write_sims_h5(tmp_path / "a.h5", replace(authored.events(), **change))
    assert not list(tmp_path.iterdir())


# --- broken files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mode": "mosaic"}, "is a mosaic of tiles, which is not read; export one tile alone"),
        ({"mode": "other"}, "and is 'other' of 4"),
        ({"shape": (2, 2, 3)}, "is 'depth_profile' of 3"),
        ({"shape": (2, 2, 0, 3)}, "should be a depth_profile of 4 axes"),
        ({"shape": (70_000, 70_000, 2, 3)}, "more than can be"),
        ({"shape": (2, 1, 2, 3)}, "holds an ion outside its raster"),
        ({"mass_bin": np.array([100, 100, 4000])}, "flight times and ends that rise"),
        ({"mass_bin": np.zeros(0, "u4")}, "holds 0 flight times and 4 ends"),
        ({"mass_bin": None}, "data/mass_csr/mass_bin: is not there"),
        ({"indptr": np.array([0, 3, 1, 4])}, "flight times and ends that rise"),
        ({"indptr": np.array([0, 1, 3, 2**63], "u8")}, "flight times and ends that rise"),
        ({"indptr": np.array([0, 1, 3, 5])}, "holds 4 numbers where 5 were expected"),
        ({"indptr": np.array([0, 0, 0, 0])}, "holds no ion"),
        ({"pixel_id": np.array([11, 1, 12])}, "pixel_id: holds 3 numbers where 4 were expected"),
        ({"pixel_id": np.ones(4)}, "should be whole numbers of one axis"),
        ({"data/mass_csr/count": np.array([1, 0, 1, 2], "u1")}, "holds an entry of no ion"),
        ({"mass_bin_width_ps": -1.0}, "should be a width in ps"),
    ],
)  # fmt: skip
def test_a_broken_file_is_named(tmp_path, change, message):
    path = fill(tmp_path / "a", **change)
    with pytest.raises(DataFileError, match=message):
        tofsims.read(path).runs[0].scans[0].hits()


@pytest.mark.parametrize(
    ("index", "value", "message"),
    [
        ([9], [300], "names no entries among 4"),
        ([1, 1], [300, 300], "names no entries among 4"),
        ([1], [2**31], "has a pixel of 2147483648 ions at one flight time"),
        ([1], [300, 301], "holds 2 numbers where 1 were expected"),
    ],
)
def test_broken_exceptions_are_named(tmp_path, index, value, message):
    path = fill(
        tmp_path / "a",
        **{
            "data/mass_csr/count_exceptions/nnz_index": np.array(index, "u8"),
            "data/mass_csr/count_exceptions/value": np.array(value, "u4"),
        },
    )
    with pytest.raises(DataFileError, match=message):
        tofsims.read(path)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"sputter_time_s": np.array([3.0, 1.0])}, "times_unusable"),
        ({"sputter_time_s": np.array([1.0])}, "times_unusable"),
        ({"coefficients": np.array([0.0, 1.0])}, "no_mass_scale"),
        ({"coefficients": None}, "no_mass_scale"),
    ],
)
def test_what_is_left_out_is_said(tmp_path, change, rule):
    reading = tofsims.read(fill(tmp_path / "a", **change))
    assert rule in {note.rule for note in reading.notes}
    assert rule != "times_unusable" or reading.runs[0].sputter_time is None


def test_a_column_in_another_file_is_refused(tmp_path):
    path = fill(tmp_path / "a", pixel_id=None)
    fill(tmp_path / "b")
    with h5py.File(path, "a") as root:
        root["data/mass_csr/pixel_id"] = h5py.ExternalLink("b", "data/mass_csr/pixel_id")
    with pytest.raises(DataFileError, match="is a link out of the file, which is not followed"):
        tofsims.read(path)


def test_hdf5_of_something_else_is_named(tmp_path):
    with h5py.File(tmp_path / "a", "w") as root:
        root["a"] = 1
    with pytest.raises(DataFileError, match="is HDF5, and neither SIMS-H5"):
        tofsims.read(tmp_path / "a")


def content_of(tmp_path, kind):
    """A small file; ``packed`` by what others use, ``plain`` by what we do."""
    if kind == "plain":
        (run,) = tofsims.read(fill(tmp_path / "first.h5")).runs
        return tofsims.write_sims_h5(tmp_path / "a.h5", run).read_bytes()
    plugin = pytest.importorskip("hdf5plugin")
    return fill(tmp_path / "a.h5", packed=dict(plugin.Blosc2())).read_bytes()


@pytest.mark.parametrize("kind", ["plain", "packed"])
def test_mutants_give_data_or_the_named_error(tally, tmp_path, fuzz, kind):
    content = content_of(tmp_path, kind)
    fuzz(tally, tmp_path / "mutant", content, 100, 1, how="words")
    assert tally.errors > 20


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["plain", "packed"])
def test_twenty_thousand_mutants(tally, tmp_path, fuzz, record, kind):
    content = content_of(tmp_path, kind)
    record(fuzz(tally, tmp_path / "mutant", content, 10_000, 2, how="words"))
    assert tally.errors > 2000


def test_truncation_at_every_percent(tally, tmp_path):
    content = content_of(tmp_path, "plain")
    for percent in range(1, 100, 3):
        assert tally.read(tmp_path / "cut", content[: len(content) * percent // 100]) is None


# --- against another program --------------------------------------------------------------------------


@pytest.mark.parametrize("is_profile", [True, False])
def test_another_program_reads_the_same(tmp_path, authored, is_profile):
    simsh5 = pytest.importorskip("simsh5")
    run = authored.events(per=4000.0, width=4, height=2, spread=0.5)
    run = run if is_profile else replace(run, sputter_time=None)
    path = tofsims.write_sims_h5(tmp_path / "a.h5", run)
    (back,) = tofsims.read(path).runs
    assert authored.same(run, back)
    hits = [scan.hits() for scan in run.scans]
    pixel = np.concatenate([one.pixel for one in hits])
    channel = np.concatenate([one.channel for one in hits])
    with simsh5.open_archive(path) as theirs:
        # So many ions of a pixel at one time that a byte does not hold them.
        assert theirs.count.max() > 255
        assert theirs.polarity == "Neg"
        image = np.bincount(pixel, minlength=8).reshape(2, 4)
        np.testing.assert_array_equal(simsh5.total_ion_image(theirs), image)
        mz, counts = simsh5.total_spectrum(theirs)
        times = np.unique(channel)
        np.testing.assert_allclose(mz, run.scale.mz(times), rtol=1e-12)
        np.testing.assert_array_equal(counts, np.bincount(channel)[times])
        low, high = 34.9, 35.1
        mass = run.scale.mz(channel)
        near = np.bincount(pixel[(mass >= low) & (mass <= high)], minlength=8).reshape(2, 4)
        np.testing.assert_array_equal(simsh5.ion_image(theirs, low, high), near)
        if is_profile:
            seconds, cycles = simsh5.depth_profile(theirs)
            assert seconds.tolist() == run.sputter_time.tolist()
            assert cycles.tolist() == [one.pixel.size for one in hits]
