"""The event store: the same ions, the same counts, and no half of one."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("zarr")

from references import DataFileError
from tofsims import eventstore
from tofsims.cube import Window, integrate
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


def test_what_is_there_is_not_overwritten(stored, tmp_path):
    run, _ = stored
    with pytest.raises(DataFileError, match=r"events\.zarr: is there already"):
        write_events(tmp_path / "events.zarr", run)


def test_of_a_run_that_breaks_nothing_is_left(tmp_path):
    run = authored.events(channels=100_000)
    with pytest.raises(ValueError, match="beyond the 100000 channels"):
        write_events(tmp_path / "events.zarr", run)
    assert list(tmp_path.iterdir()) == []


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


def test_a_folder_that_is_none_is_named(tmp_path):
    with pytest.raises(DataFileError, match="is no whole event store"):
        open_events(tmp_path)
