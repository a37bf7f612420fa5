"""Runs of ion events: what is none is refused, numbers of scans count, and a raster can be given."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import tofsims
from references.words import InputError, Severity
from tofsims import Raster, ion_events
from tofsims.events import Run, Scan, gaps_in, on_raster, times_of

if "authored_events" in sys.modules:
    authored = sys.modules["authored_events"]
else:
    _spec = importlib.util.spec_from_file_location(
        "authored_events", Path(__file__).with_name("authored.py")
    )
    authored = importlib.util.module_from_spec(_spec)
    sys.modules["authored_events"] = authored
    _spec.loader.exec_module(authored)

SQUARE = Raster(width=2, height=2)


@pytest.mark.parametrize(
    ("scans", "message"),
    [
        ([], "there is no scan"),
        ([([0], [np.nan])], "scan 0 has a flight time that is no number"),
        ([([0], [1]), ([0], [np.inf])], "scan 1 has a flight time that is no number"),
        ([([np.nan], [1])], "a pixel that is no number"),
        ([(["a"], [1])], "a pixel that is no number"),
        ([([0], [-0.7])], "from channel -1 to -1"),
        ([([4], [1])], "pixel 4 of a raster of 4"),
        ([([0, 1], [1])], "2 pixels for 1 flight times"),
    ],
)
def test_what_are_no_events_is_refused(scans, message):
    with pytest.raises(InputError, match=message):
        ion_events(scans, raster=SQUARE)


def test_flight_times_are_rounded_to_the_nearest_channel():
    run = ion_events([([0, 1, 2, 3], [9.4, 9.5, 9.6, -0.4])], raster=SQUARE)
    assert run.scans[0].hits().channel.tolist() == [9, 10, 10, 0]


def test_a_scan_may_be_empty():
    run = ion_events([([], []), ([0], [1])], raster=SQUARE)
    assert [scan.hits().channel.size for scan in run.scans] == [0, 1]


def test_sputter_time_goes_by_the_number_of_a_scan():
    assert times_of([3, 4, 8], 2.0).tolist() == [2.0, 4.0, 12.0]
    assert gaps_in([3, 4, 5]) is None
    told = gaps_in([0, 1, 5, 6, 8])
    assert told.severity is Severity.WARNING
    assert told.reported == "2 to 4, 7 to 7"
    assert told.message.startswith("4 scans between")


@pytest.mark.parametrize("write", [tofsims.write_itm, tofsims.write_grd, tofsims.write_itzip])
def test_files_tell_gaps_between_their_scans(tmp_path, write):
    whole = authored.events(scans=4)
    numbers = (5, 6, 9, 10)
    run = Run(
        scans=tuple(Scan(n, one.hits) for n, one in zip(numbers, whole.scans, strict=True)),
        raster=whole.raster,
        polarity="negative",
        channels=whole.channels,
        channel_ps=50.0,
        sputter_time=np.array([1.0, 2.0, 5.0, 6.0]),
        labels={},
    )
    reading = tofsims.read(write(tmp_path / "run", run))
    assert reading.runs[0].numbers == numbers
    (gaps,) = (note for note in reading.notes if note.rule == "scans_left_out")
    assert gaps.reported == "7 to 8"
    if write is not tofsims.write_grd:
        assert reading.runs[0].sputter_time == pytest.approx([1.0, 2.0, 5.0, 6.0])


def test_a_raster_that_is_given_puts_ions_where_they_were(tmp_path):
    run = authored.events(width=12, height=10)
    reading = tofsims.read(tofsims.write_grd(tmp_path / "a.grd", run))
    read = reading.runs[0]
    assert (read.raster.width, read.raster.is_assumed) == (16, True)
    assert "--raster, for instance 12x10" in reading.notes[0].message
    given = on_raster(read, 12, 10)
    assert (given.raster.width, given.raster.height, given.raster.is_assumed) == (12, 10, False)
    assert authored.same(run, given)


def test_a_raster_that_cannot_be_is_refused(tmp_path):
    run = authored.events(width=12, height=10)
    read = tofsims.read(tofsims.write_grd(tmp_path / "a.grd", run)).runs[0]
    with pytest.raises(InputError, match="outside a raster of 11 x 10 pixels"):
        on_raster(read, 11, 10).scans[0].hits()
    with pytest.raises(InputError, match="says that its raster is 12 x 10 pixels, not 16 x 16"):
        on_raster(run, 16, 16)
    assert on_raster(run, 12, 10) is run


def test_of_a_guessed_raster_no_shots_are_kept():
    assert Raster(width=4, height=4, shots=9, is_assumed=True).shots is None
    assert Raster(width=4, height=4, shots=9).shots == 9


def test_what_lies_by_mass_is_looked_at_as_a_whole(tmp_path):
    run = authored.events(scans=5)
    back = tofsims.read(tofsims.write_sims_h5(tmp_path / "a.h5", run)).runs[0]
    assert back.looked_at(2) == 5
    assert back.sampled(2).sum() == sum(scan.hits().channel.size for scan in run.scans)
