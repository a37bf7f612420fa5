"""TOFWERK's HDF5: events, images and spectrum of one file, and what broken ones are called."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

import tofsims
from references.files import DataFileError
from tofsims.io import tofwerk_images

WRITES, HEIGHT, WIDTH = 3, 2, 4
PEAK = np.dtype(
    [("label", "S64"), ("mass", "f4"), ("lower integration limit", "f4"),
     ("upper integration limit", "f4")]
)  # fmt: skip


def truth():
    """Flight times in periods of the clock, of each write, row and x."""
    generator = np.random.default_rng(5)
    return {
        at: generator.integers(0, 600, generator.integers(0, 4)).astype("u2")
        for at in np.ndindex(WRITES, HEIGHT, WIDTH)
    }


def fill(path, *, leave=(), root=None, full=None, config="Ch1Record=1\nCh2Record=0\n", **parts):
    """A file of three writes of 2 x 4 pixels and two peaks; ``leave`` names what is not in it."""
    counts = np.arange(WRITES * HEIGHT * WIDTH * 2).reshape(WRITES, HEIGHT, WIDTH, 2) % 7
    table = np.array([(b"Li", 7.0, 6.5, 7.5), (b"In", 115.0, 114.5, 115.5)], PEAK)
    held = {
        "FullSpectra/SumSpectrum": np.arange(300.0),
        "FullSpectra/MassAxis": (((np.arange(300) + 20.0) / 20.0) ** 2).astype("f4"),
        "FullSpectra/SaturationWarning": np.zeros((WRITES, HEIGHT), "u1"),
        "PeakData/PeakTable": table,
        "PeakData/PeakData": (counts / 8.0).astype("f4"),
    }
    held.update({key: value for name, value in parts.items() for key in held if key.endswith(name)})
    with h5py.File(path, "w") as file:
        for name, value in held.items():
            if name not in leave:
                file[name] = value
        file.attrs.update({"NbrWaveforms": np.array([8], "i4"), "IonMode": "positive"})
        file.attrs["Configuration File Contents"] = config
        spectra = file.require_group("FullSpectra")
        spectra.attrs.update(
            {"MassCalibMode": np.array([0], "i4"), "MassCalibration p1": 20.0,
             "MassCalibration p2": -20.0, "ClockPeriod": 1e-9, "SampleInterval": 2e-9}
        )  # fmt: skip
        file.attrs.update(root or {})
        spectra.attrs.update(full or {})
        file.create_group("FIBParams").attrs["ViewField"] = 0.05
        if "events" not in leave:
            events = spectra.create_dataset(
                "EventList", (WRITES, HEIGHT, WIDTH), dtype=h5py.vlen_dtype("u2"),
                chunks=(1, HEIGHT, WIDTH),
            )  # fmt: skip
            for at, times in truth().items():
                events[at] = times
    return path


def rules(reading):
    return {note.rule for note in reading.notes}


def test_events_are_read_write_by_write(tmp_path):
    reading = tofsims.read(fill(tmp_path / "a"))
    (run,) = reading.runs
    assert (reading.format, run.polarity) == ("tofwerk", "positive")
    assert (run.raster.width, run.raster.height, run.raster.shots) == (WIDTH, HEIGHT, 8)
    # A view of 0.05 mm.
    assert run.raster.field_um == pytest.approx(50.0)
    # Two periods of the clock are a sample.
    assert run.channel_ps == pytest.approx(2000.0)
    times = truth()
    for i, scan in enumerate(run.scans):
        hits = scan.hits()
        for pixel, (y, x) in enumerate(np.ndindex(HEIGHT, WIDTH)):
            wanted = (times[i, y, x] // 2).tolist()
            assert hits.channel[hits.pixel == pixel].tolist() == wanted
    assert run.scale.mz(280.0) == pytest.approx(225.0)
    assert rules(reading) == {"y_as_stored"}


def test_images_are_ions_again(tmp_path):
    (cube,) = tofsims.read(fill(tmp_path / "a")).cubes
    assert dict(cube.sizes) == {"ion": 2, "scan": WRITES, "y": HEIGHT, "x": WIDTH}
    assert cube["ion"].values.tolist() == ["Li", "In"]
    assert cube["mz"].values.tolist() == [7.0, 115.0]
    assert cube["window_low"].values.tolist() == [6.5, 114.5]
    counts = np.arange(WRITES * HEIGHT * WIDTH * 2).reshape(WRITES, HEIGHT, WIDTH, 2) % 7
    np.testing.assert_array_equal(cube["counts"], np.moveaxis(counts, 3, 0))
    assert cube["counts"].dtype == np.uint32
    assert cube["shots"].item() == 8
    assert cube["x"].values == pytest.approx(12.5 * (np.arange(WIDTH) + 0.5))


@pytest.mark.parametrize("is_whole", [True, False])
def test_many_images_are_read_when_they_are_asked_for(tmp_path, monkeypatch, is_whole):
    pytest.importorskip("dask.array")
    more = {} if is_whole else {"PeakData": np.full((WRITES, HEIGHT, WIDTH, 2), 0.3, "f4")}
    path = fill(tmp_path / "a", **more)
    (whole,) = tofsims.read(path).cubes
    monkeypatch.setattr(tofwerk_images, "IN_MEMORY", 10)
    monkeypatch.setattr(tofwerk_images, "CHUNK", 2 * HEIGHT * WIDTH * 2 * 4)
    reading = tofsims.read(path)
    (cube,) = reading.cubes
    assert cube["counts"].chunks == ((2,), (2, 1), (HEIGHT,), (WIDTH,))
    assert cube.identical(whole.chunk())
    assert "few_layers_looked_at" in rules(reading)


def test_the_spectrum_is_at_its_masses(tmp_path):
    (made,) = tofsims.read(fill(tmp_path / "a")).spectra
    assert made["counts"].values[[0, 299]].tolist() == [0, 299]
    assert made["mz"].values[280] == pytest.approx(225.0)


def test_several_channels_count_as_so_many_shots_and_are_said(tmp_path):
    reading = tofsims.read(fill(tmp_path / "a", config="[x]\nCh1Record=1\nCh3Record = 1\n"))
    assert reading.runs[0].raster.shots == 16
    assert "several_channels" in rules(reading)


def test_saturation_is_said(tmp_path):
    flags = np.zeros((WRITES, HEIGHT), "u1")
    flags[1] = 1
    reading = tofsims.read(fill(tmp_path / "a", SaturationWarning=flags))
    (note,) = [note for note in reading.notes if note.rule == "saturated"]
    assert "in 2 of 6 rows" in note.message


def test_a_write_more_of_events_is_said(tmp_path):
    data = np.zeros((WRITES - 1, HEIGHT, WIDTH, 2), "f4")
    reading = tofsims.read(fill(tmp_path / "a", PeakData=data))
    assert len(reading.runs[0].scans) == WRITES
    assert "writes_differ" in rules(reading)


def test_images_that_are_no_whole_ions_are_said(tmp_path):
    data = np.full((WRITES, HEIGHT, WIDTH, 2), 0.3, "f4")
    reading = tofsims.read(fill(tmp_path / "a", PeakData=data))
    assert "no_whole_counts" in rules(reading)
    (cube,) = reading.cubes
    assert np.isnan(cube["shots"].item())
    assert cube["counts"].values == pytest.approx(0.3)


def test_without_waveforms_no_shots_are_known(tmp_path):
    reading = tofsims.read(fill(tmp_path / "a", root={"NbrWaveforms": 0}))
    assert reading.runs[0].raster.shots is None
    assert "no_whole_counts" in rules(reading)


def test_the_third_calibration_by_the_root_is_the_first(tmp_path):
    full = {"MassCalibMode": 2, "MassCalibration p3": 0.5}
    (run,) = tofsims.read(fill(tmp_path / "a", full=full)).runs
    assert run.scale.mz(280.0) == pytest.approx(225.0)


@pytest.mark.parametrize(
    ("full", "why"),
    [
        ({"MassCalibMode": 3}, "has a mass scale of mode 3, and only mode 0"),
        ({"MassCalibMode": 2, "MassCalibration p3": 0.4999}, "has a mass scale of mode 2"),
        ({"MassCalibration p1": -1.0}, r"has no mass scale \(p1 -1.0"),
        ({"ClockPeriod": 0.0}, "needs FullSpectra @SampleInterval and @ClockPeriod"),
    ],
)
def test_events_without_a_scale_of_ours_are_named(tmp_path, full, why):
    peaks = ("PeakData/PeakData", "PeakData/PeakTable")
    with pytest.raises(DataFileError, match=why):
        tofsims.read(fill(tmp_path / "a", full=full, leave=peaks))
    # Beside images, which have their own masses, they are passed over.
    reading = tofsims.read(fill(tmp_path / "b", full=full))
    assert not reading.runs
    assert len(reading.cubes) == 1
    assert "EventList" in reading.skipped[0]


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"PeakTable": np.zeros(3, PEAK)}, "does not name the 2 peaks"),
        ({"PeakTable": np.zeros(2, [("mass", "f4")])}, "does not name the 2 peaks"),
        ({"PeakData": np.full((3, 2, 4, 2), -1.0)}, "holds values that are no counts"),
        ({"PeakData": np.full((3, 2, 4, 2), np.inf)}, "holds values that are no counts"),
        ({"PeakData": np.zeros((3, 2, 4))}, r"is \(3, 2, 4\)"),
    ],
)
def test_images_that_cannot_be_are_passed_over(tmp_path, parts, why):
    reading = tofsims.read(fill(tmp_path / "a", **parts))
    assert not reading.cubes
    assert len(reading.runs) == 1
    assert why.replace("\\", "") in reading.skipped[0]


def test_a_spectrum_alone_is_enough(tmp_path):
    leave = ("events", "PeakData/PeakData", "PeakData/PeakTable")
    reading = tofsims.read(fill(tmp_path / "a", leave=leave))
    assert (len(reading.spectra), reading.runs, reading.cubes) == (1, (), ())


def test_nothing_at_all_is_named(tmp_path):
    leave = ("events", "PeakData/PeakData", "PeakData/PeakTable", "FullSpectra/SumSpectrum")
    with pytest.raises(DataFileError, match="holds nothing that is read"):
        tofsims.read(fill(tmp_path / "a", leave=leave))


def test_events_in_another_file_are_refused(tmp_path):
    fill(tmp_path / "b")
    path = fill(tmp_path / "a", leave=("events",))
    with h5py.File(path, "a") as root:
        root["FullSpectra/EventList"] = h5py.ExternalLink("b", "FullSpectra/EventList")
    with pytest.raises(DataFileError, match="is a link out of the file, which is not followed"):
        tofsims.read(path)


def test_mutants_give_data_or_the_named_error(tally, tmp_path, fuzz):
    content = fill(tmp_path / "a").read_bytes()
    fuzz(tally, tmp_path / "mutant", content, 100, 1, how="words")
    assert tally.errors > 20


@pytest.mark.slow
def test_twenty_thousand_mutants(tally, tmp_path, fuzz, record):
    content = fill(tmp_path / "a").read_bytes()
    record(fuzz(tally, tmp_path / "mutant", content, 20_000, 2, how="words"))
    assert tally.errors > 4000


def test_truncation_at_every_percent(tally, tmp_path):
    content = fill(tmp_path / "a").read_bytes()
    for percent in range(1, 100, 3):
        assert tally.read(tmp_path / "cut", content[: len(content) * percent // 100]) is None
