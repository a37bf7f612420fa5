"""A cube on the disk, summed by two processes: equal to the cube in memory, to the last count."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("zarr")
distributed = pytest.importorskip("distributed")

from references.ion import ion
from tofsims import open_cube, reduce_events, write_cube
from tofsims.cubeprofile import profile_of_cube

if "authored_events" in sys.modules:
    authored = sys.modules["authored_events"]
else:
    _spec = importlib.util.spec_from_file_location(
        "authored_events", Path(__file__).with_name("authored.py")
    )
    authored = importlib.util.module_from_spec(_spec)
    sys.modules["authored_events"] = authored
    _spec.loader.exec_module(authored)

IONS = [ion(name) for name in authored.MASSES]


@pytest.mark.slow  # two processes have to start
def test_two_workers_give_what_memory_gives(tmp_path):
    # More scans than one chunk holds.
    run = authored.events(scans=40, per=3.0, shots=20)
    made = reduce_events(run, IONS, anchors=IONS, with_cube=True)
    held = made.counted.cube
    inside = np.zeros((held.sizes["y"], held.sizes["x"]), dtype=bool)
    inside[2:, :5] = True
    expected = profile_of_cube(held), profile_of_cube(held, inside)
    # Pixels alone do not say what came before a peak; the counts are the same.
    np.testing.assert_array_equal(expected[0]["counts"].values, made.profile["counts"].values)
    path = tmp_path / "cube.zarr"
    write_cube(path, run, IONS, anchors=IONS)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert len(client.scheduler_info()["workers"]) == 2
        lazy = open_cube(path)
        assert lazy["counts"].chunks is not None
        for region, one in zip((None, inside), expected, strict=True):
            back = profile_of_cube(lazy, region)
            for name in ("counts", "corrected", "u", "shots"):
                np.testing.assert_array_equal(back[name].values, one[name].values)
        section = lazy["counts"].isel(y=3).sum("scan").compute()
        np.testing.assert_array_equal(section, held["counts"].isel(y=3).sum("scan"))
        slices = lazy["counts"].isel(scan=slice(30, 40)).compute()
        np.testing.assert_array_equal(slices, held["counts"].isel(scan=slice(30, 40)))
