"""The event store: the same ions, the same counts, and no half of one."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("zarr")

import tofsims
from references import DataFileError
from references.words import Finding, Severity
from tofsims import Raster, eventstore
from tofsims.cube import Window, integrate
from tofsims.events import Scan
from tofsims.eventstore import open_events, write_events

if "authored_events" in sys.modules:
    authored = sys.modules["authored_events"]
else:
    _spec = importlib.util.spec_from_file_location(
        "authored_events", Path(__file__).with_name("authored.py")
    )
    authored = importlib.util.module_from_spec(_spec)
    sys.modules["authored_events"] = authored
    _spec.loader.exec_module(authored)

WINDOWS = [Window(ion=name, low=mz - 0.02, high=mz + 0.02) for name, mz in authored.MASSES.items()]


@pytest.fixture
def stored(tmp_path, monkeypatch):
    # Several segments, of few ions each.
    monkeypatch.setattr(eventstore, "SEGMENT", 2000)
    run = authored.events(scans=11)
    return run, open_events(write_events(tmp_path / "events.zarr", run))


def test_it_holds_the_same_ions(stored):
    run, back = stored
    assert len(back.segments) > 2
    assert authored.same(run, back)
    assert back.raster == run.raster
    assert back.scale == run.scale
    np.testing.assert_array_equal(back.sputter_time, run.sputter_time)


@pytest.mark.parametrize("region", [False, True])
def test_it_counts_the_same(stored, region):
    run, back = stored
    inside = None
    if region:
        inside = np.zeros((8, 16), dtype=bool)
        inside[2:6, 1:9] = True
    one, two = (
        integrate(r, WINDOWS, run.scale, dead_window=60, inside=inside) for r in (run, back)
    )
    np.testing.assert_array_equal(one.cube["counts"], two.cube["counts"])
    np.testing.assert_array_equal(one.near, two.near)
    np.testing.assert_array_equal(one.spectrum, two.spectrum)
    np.testing.assert_array_equal(one.totals, two.totals)
    assert one.events == two.events


@pytest.mark.parametrize("region", [False, True])
def test_it_counts_the_same_blocks(stored, region):
    run, back = stored
    inside = np.zeros((8, 16), dtype=bool)
    inside[2:6, 1:9] = True
    one, two = (
        integrate(r, WINDOWS, run.scale, dead_window=1300, inside=inside if region else None)
        for r in (run, back)
    )
    assert one.blocks.sum() == one.events
    np.testing.assert_array_equal(one.blocks, two.blocks)


def test_finer_blocks_than_are_stored_are_none(stored):
    run, back = stored
    assert integrate(back, WINDOWS, run.scale, dead_window=60).blocks is None


def test_what_is_there_is_not_overwritten(stored, tmp_path):
    run, _ = stored
    with pytest.raises(DataFileError, match=r"events\.zarr: is there already"):
        write_events(tmp_path / "events.zarr", run)


def test_of_a_run_that_breaks_nothing_is_left(tmp_path):
    def broken():
        raise DataFileError("a.itm", "breaks off")

    run = authored.events()
    run = replace(run, scans=(*run.scans[:2], Scan(9, broken)))
    with pytest.raises(DataFileError, match="breaks off"):
        write_events(tmp_path / "events.zarr", run)
    assert list(tmp_path.iterdir()) == []


def test_ions_beyond_the_last_channel_are_left_out_and_counted(tmp_path):
    run = authored.events(channels=100_000)
    back = open_events(write_events(tmp_path / "events.zarr", run))
    every = np.concatenate([scan.hits().channel for scan in run.scans])
    assert back.sampled(0).sum() == np.count_nonzero(every < 100_000)
    (note,) = back.notes
    assert note.rule == "beyond_last_channel"
    assert f"{np.count_nonzero(every >= 100_000)} of {every.size} ions" in note.message


def test_notes_and_labels_are_kept(tmp_path):
    note = Finding(
        rule="two_mass_scales", severity=Severity.WARNING, subject="it", message="two", reported="9"
    )
    raster = Raster(width=16, height=8, is_assumed=True)
    run = replace(authored.events(primary_energy_eV="30000"), raster=raster)
    path = write_events(tmp_path / "events.zarr", run, notes=[note])
    back = open_events(path)
    assert back.labels["primary_energy_eV"] == "30000"
    assert back.notes == tofsims.read(path).notes == (note,)
    assert back.raster.is_assumed
    assert back.raster.shots is None


def test_a_store_of_before_notes_and_labels_opens(stored, tmp_path):
    path = tmp_path / "events.zarr" / "zarr.json"
    whole = json.loads(path.read_text())
    for name in ("notes", "labels", "raster_is_assumed"):
        del whole["attributes"][name]
    path.write_text(json.dumps(whole))
    back = open_events(tmp_path / "events.zarr")
    assert back.notes == ()
    assert authored.same(stored[0], back)


def test_a_segment_is_read_once_for_all_of_its_scans(stored, monkeypatch):
    _, back = stored
    reads = []
    whole = eventstore._Loaded._scans
    monkeypatch.setattr(
        eventstore._Loaded, "_scans", lambda self, of: reads.append(of.first) or whole(self, of)
    )
    for scan in back.scans:
        scan.hits()
    assert reads == [segment.first for segment in back.segments]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda told: told.update(format="other"), "its format is 'other'"),
        (lambda told: told.update(width=0), "raster, channels or scans cannot be"),
        (lambda told: told.update(channels=1 << 40), "raster, channels or scans cannot be"),
        (
            lambda told: told.update(channels=7),
            "an array holds 400000 values where 7 were expected",
        ),
        (lambda told: told.update(starts=[0, 0]), "do not follow each other"),
        (lambda told: told.update(starts=[0] * 3), "do not follow each other"),
        (lambda told: told.update(scans="x"), "is no whole event store"),
        (lambda told: told.pop("scales"), "is no whole event store"),
        (lambda told: told.update(notes=[{"rule": "x"}]), "is no whole event store"),
        (lambda told: told.update(labels=[1]), "its labels are none"),
    ],
)
def test_a_changed_store_is_named(stored, tmp_path, change, message):
    path = tmp_path / "events.zarr" / "zarr.json"
    whole = json.loads(path.read_text())
    change(whole["attributes"])
    path.write_text(json.dumps(whole))
    with pytest.raises(DataFileError, match=message):
        open_events(tmp_path / "events.zarr")


def test_an_ion_outside_its_raster_is_named(stored, tmp_path):
    path = tmp_path / "events.zarr" / "zarr.json"
    whole = json.loads(path.read_text())
    whole["attributes"].update(width=4, height=2)
    path.write_text(json.dumps(whole))
    back = open_events(tmp_path / "events.zarr")
    with pytest.raises(DataFileError, match="holds an ion outside its raster"):
        integrate(back, WINDOWS, authored.SCALE, dead_window=10)
    with pytest.raises(DataFileError, match="holds an ion outside its raster"):
        back.scans[0].hits()


def test_a_folder_that_is_none_is_named(tmp_path):
    with pytest.raises(DataFileError, match="is no whole event store"):
        open_events(tmp_path)
