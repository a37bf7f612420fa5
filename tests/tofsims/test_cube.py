"""Events to cube: every ion counted once a window, whatever the threads."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import tofsims
from references.words import InputError
from tofsims.cube import Layout, Window, integrate

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


def by_hand(run, window):
    """Counts of a window in each scan and pixel, the slow way."""
    found = np.zeros((len(run.scans), run.raster.height, run.raster.width))
    for i, scan in enumerate(run.scans):
        hits = scan.hits()
        mz = run.scale.mz(hits.channel)
        inside = (mz >= window.low) & (mz < window.high)
        y, x = np.divmod(hits.pixel[inside], run.raster.width)
        np.add.at(found[i], (y, x), 1)
    return found


@pytest.mark.parametrize("threads", [1, 3])
def test_every_ion_is_counted(threads):
    run = authored.events(scans=7)
    made = integrate(run, WINDOWS, run.scale, dead_window=1300, threads=threads)
    assert made.events == sum(scan.hits().channel.size for scan in run.scans)
    assert made.spectrum.sum() == made.events
    assert made.cube["counts"].dims == ("ion", "scan", "y", "x")
    for i, window in enumerate(WINDOWS):
        np.testing.assert_array_equal(made.cube["counts"].values[i], by_hand(run, window))
    # Five standard deviations of ions that fall beyond a window.
    assert made.cube["counts"].sum() > 0.98 * made.events


@pytest.mark.parametrize("scans", [5, 70])
def test_slices_are_the_scans_added_up(scans):
    run = authored.events(scans=scans, width=8, height=4)
    made = integrate(run, WINDOWS, run.scale, dead_window=100)
    counts = made.cube["counts"].values
    assert made.slices.shape == (len(WINDOWS), min(scans, 32), 4, 8)
    assert np.all(np.isin(np.diff(made.slice_of), (0, 1)))
    for number in range(made.slices.shape[1]):
        expected = counts[:, made.slice_of == number].sum(axis=1)
        np.testing.assert_array_equal(made.slices[:, number], expected)


def test_windows_may_overlap():
    run = authored.events()
    wide = Window(ion="wide", low=31.9, high=35.1)
    parts = [Window(ion="S-", low=31.9, high=32.05), Window(ion="half", low=32.0, high=35.1)]
    made = integrate(run, [wide, *parts], run.scale, dead_window=100)
    for i, window in enumerate([wide, *parts]):
        np.testing.assert_array_equal(made.cube["counts"].values[i], by_hand(run, window))


def test_the_channels_about_a_window_are_kept_by_scan():
    run = authored.events()
    window = WINDOWS[3]
    made = integrate(run, [window], run.scale, dead_window=50, with_cube=False)
    assert made.cube is None
    start, end = made.layout.first[0], made.layout.last[0]
    assert made.layout.channel_of_slot[0] == start - 50
    assert made.layout.channel_of_slot[-1] == end - 1
    for i, scan in enumerate(run.scans):
        histogram = np.bincount(scan.hits().channel, minlength=run.channels)
        np.testing.assert_array_equal(made.near[i], histogram[start - 50 : end])


def test_a_region_counts_its_own_pixels():
    run = authored.events()
    inside = np.zeros((8, 16), dtype=bool)
    inside[2:5, 3:9] = True
    made = integrate(run, WINDOWS, run.scale, dead_window=10, inside=inside)
    for i, window in enumerate(WINDOWS):
        expected = by_hand(run, window) * inside
        np.testing.assert_array_equal(made.cube["counts"].values[i], expected)


def test_what_is_beyond_the_last_channel_is_counted_as_that():
    run = authored.events(channels=200_000)
    made = integrate(run, WINDOWS[:3], run.scale, dead_window=10)
    late = sum(int((scan.hits().channel >= 200_000).sum()) for scan in run.scans)
    assert made.beyond == late > 0


def test_every_format_gives_the_same_cube(tmp_path):
    run = authored.events(width=8, height=8)
    expected = integrate(run, WINDOWS, run.scale, dead_window=10).cube["counts"].values
    for write in (tofsims.write_itm, tofsims.write_grd):
        (back,) = tofsims.read(write(tmp_path / "a", run)).runs
        found = integrate(back, WINDOWS, run.scale, dead_window=10).cube["counts"].values
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("windows", "message"),
    [
        ([], "no window to integrate"),
        (
            [Window(ion="U-", low=237.9, high=238.1)],
            "U- at m/z 237.9000 to 238.1000 is at channels",
        ),
        ([Window(ion="Cl-", low=35, high=35)], "Cl- at m/z 35.0000 to 35.0000"),
    ],
)
def test_windows_outside_are_refused(windows, message):
    run = authored.events(channels=400_000)
    with pytest.raises(InputError, match=message):
        integrate(run, windows, run.scale, dead_window=10)


def test_a_region_of_another_raster_is_refused():
    run = authored.events()
    with pytest.raises(InputError, match="the region is 4 x 4 pixels, the raster 16 x 8"):
        integrate(run, WINDOWS, run.scale, dead_window=10, inside=np.ones((4, 4), dtype=bool))
    with pytest.raises(InputError, match="the region holds no pixel"):
        integrate(run, WINDOWS, run.scale, dead_window=10, inside=np.zeros((8, 16), dtype=bool))


def test_a_cube_beyond_memory_is_refused():
    run = authored.events(scans=1)
    many = type(run)(
        scans=run.scans * 300_000, raster=tofsims.Raster(width=512, height=512), labels={}
    )
    with pytest.raises(InputError, match=r"takes 157.3 GB of memory; write it to a folder"):
        integrate(many, WINDOWS[:1], authored.SCALE, dead_window=10)


def test_parts_make_up_each_window():
    made = Layout.of(
        [Window(ion="a", low=10, high=12), Window(ion="b", low=11, high=13)],
        authored.SCALE, 400_000, 0,
    )  # fmt: skip
    assert made.member.tolist() == [[True, True, False], [False, True, True]]
