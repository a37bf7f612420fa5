"""A cube much larger than memory: opened, sliced, profiled: ``python benchmarks/cubes.py``.

20 ions x 1000 scans x 512 x 512 pixels, 10.5 GB of whole numbers, in a folder that is removed
afterwards; ``python benchmarks/cubes.py 2000`` makes twice as many scans. What is measured is
another process, whose memory is that of reading alone.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import tofsims
from tofsims.cubeprofile import profile_of_cube
from tofsims.cubestore import FORMAT, SCANS, CubeWriter

IONS, SIDE, COUNTS_A_PIXEL, DISTINCT = 20, 512, 0.02, 4
SHOTS = 1
GOAL = 2048
"""MiB."""


def stretches():
    """A few stretches of scans with sparse Poisson counts, that come again and again."""
    generator = np.random.default_rng(0)
    pixels = SCANS * SIDE * SIDE
    for _ in range(DISTINCT):
        number = generator.poisson(COUNTS_A_PIXEL * pixels)
        image = np.bincount(generator.integers(0, pixels, number), minlength=pixels)
        yield np.minimum(image, SHOTS).astype(np.uint16).reshape(SCANS, SIDE, SIDE)


def written(folder, scans):
    """Write the cube stretch by stretch, without ever holding it; give the counts in it."""
    shape = (IONS, scans, SIDE, SIDE)
    names = [f"C{i + 1}-" for i in range(IONS)]
    head = tofsims.ion_cube(
        names,
        np.broadcast_to(np.uint16(0), shape),
        shots=SHOTS,
        pixel_um=(0.5, 0.5),
        sputter_time=np.arange(1.0, scans + 1),
        polarity="negative",
    ).drop_vars(["counts", "ion"])
    head.attrs |= {"format": FORMAT, "ions": names}
    head.to_zarr(str(folder), mode="w", zarr_format=3, consolidated=False)
    writer, several, total = CubeWriter(folder, shape), list(stretches()), 0
    for first in range(0, scans, SCANS):
        part = several[first // SCANS % DISTINCT][: scans - first]
        writer[:, first : first + len(part)] = np.broadcast_to(part, (IONS, *part.shape))
        total += IONS * int(part.sum())
    writer.finish()
    return total


def main(scans):
    size = 2 * IONS * scans * SIDE**2
    parent = Path(tempfile.gettempdir())
    free = shutil.disk_usage(parent).free
    if free < size:
        sys.exit(f"{size / 1e9:.0f} GB may be needed in {parent}, and {free / 1e9:.0f} are free")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cube.zarr"
        path.mkdir()
        began = time.perf_counter()
        total = written(path, scans)
        disk = sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
        print(
            f"{IONS} ions x {scans} scans x {SIDE} x {SIDE} pixels, {size / 1e9:.1f} GB, "
            f"{disk / 1e9:.2f} GB on the disk, {total / 1e6:.0f} M ions; written in "
            f"{time.perf_counter() - began:.0f} s",
            flush=True,
        )
        subprocess.run([sys.executable, __file__, "read", str(path), str(total)], check=True)


def peak():
    """MiB of this process alone; what getrusage tells may begin with its parent's."""
    status = Path("/proc/self/status")
    if status.is_file():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(what, work):
    began = time.perf_counter()
    found = work()
    print(f"  {what}: {time.perf_counter() - began:.2f} s, peak {peak():.0f} MiB", flush=True)
    return found


def read(path, total):
    cube = timed("opened", lambda: tofsims.open_cube(path))
    counts, middle = cube["counts"], cube.sizes["scan"] // 2
    timed("one scan of one ion", lambda: counts.isel(ion=3, scan=middle).compute())
    timed("a section of one ion", lambda: counts.isel(ion=3, y=SIDE // 2).compute())
    timed("one ion over all scans", lambda: counts.isel(ion=3).sum("scan").compute())
    made = timed("profiles of all ions", lambda: profile_of_cube(cube))
    assert int(made["counts"].sum()) == total
    inside = np.zeros((SIDE, SIDE), dtype=bool)
    inside[100:200, 100:200] = True
    timed("profiles of a region", lambda: profile_of_cube(cube, inside))
    print(f"  every ion is in them; peak memory {peak():.0f} MiB (goal < {GOAL})")


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        read(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
