"""Ion events to spectrum and cube beside pySPM: ``python benchmarks/events.py``.

A packed .itm (level 6, one block a scan, 128 x 128 pixels, 20 ions a pixel and scan, six ions asked
for), in this environment with pySPM where it is installed. 214 scans are 7e7 ions;
``python benchmarks/events.py 916`` makes 3e8.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import numpy as np

import tofsims
from references.ion import ion
from tofsims.cube import integrate
from tofsims.ions import windows_of
from tofsims.masscal import calibrate

SCALE = tofsims.MassScale(sf=32194.0, k0=-400.0)
SIDE, IONS_A_PIXEL, DISTINCT = 128, 20, 4
KNOWN = ("Li-", "O-", "F-", "S-", "Cl-", "PS-", "Ga-", "GaCl-", "In-", "InCl-", "C2-", "PS2-")
ASKED = ("Li-", "Cl-", "GaCl-", "InCl-", "Ga-", "In-")


def made(scans):
    """A run of a few scans that come again and again."""
    generator = np.random.default_rng(0)
    middles = SCALE.channel([ion(name).mz for name in KNOWN])
    several = []
    for _ in range(DISTINCT):
        number = generator.poisson(IONS_A_PIXEL * SIDE * SIDE)
        pixel = np.sort(generator.integers(0, SIDE * SIDE, number))
        of = generator.integers(0, middles.size, number)
        channel = np.round(middles[of] + 4.0 * generator.standard_normal(number))
        stray = generator.random(number) < 0.1
        channel[stray] = generator.integers(1000, 500_000, int(stray.sum()))
        several.append((pixel, channel))
    return tofsims.ion_events(
        [several[i % DISTINCT] for i in range(scans)],
        raster=tofsims.Raster(width=SIDE, height=SIDE, shots=30, field_um=100.0),
        scale=SCALE,
        polarity="negative",
        channels=2_000_000,
        channel_ps=50.0,
        sputter_time=np.arange(1.0, scans + 1),
        primary="Bi3+",
        primary_energy_eV="30000",
    )


def seconds(run, windows, **more):
    began = time.perf_counter()
    found = integrate(run, windows, SCALE, dead_window=1300, **more)
    return time.perf_counter() - began, found


def main(scans):
    with tempfile.TemporaryDirectory() as folder:
        path = tofsims.write_itm(Path(folder) / "run.itm", made(scans))
        tofsims.write_itm(Path(folder) / "few.itm", made(4))
        print(f"{scans} scans, {path.stat().st_size / 1e6:.0f} MB", flush=True)
        # Another process, whose memory is that of reading alone.
        subprocess.run([sys.executable, __file__, "read", folder], check=True)


def read(folder):
    run = tofsims.read(folder / "run.itm").runs[0]
    calibration = calibrate(run.sampled(4), SCALE, [ion(name) for name in KNOWN])
    windows = windows_of([ion(name) for name in ASKED], calibration)
    few = tofsims.read(folder / "few.itm").runs[0]
    seconds(few, windows)  # compiles
    best, found = min((seconds(run, windows) for _ in range(3)), key=lambda t: t[0])
    rate = found.events / best
    print(f"  {found.events / 1e6:.1f} M ions in {best:.2f} s: {rate / 1e6:.0f} M/s (goal 50)")
    print(f"  inflating alone, one thread: {inflated(run) / 1e6:.0f} M/s")
    # Of this process alone; what getrusage tells begins with its parent's.
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    cube = found.cube.nbytes / 2**20
    print(f"  peak memory {peak:.0f} MiB, {cube:.0f} of it the cube (goal: < 1024 beyond it)")
    stored(run, windows, folder / "events.zarr")
    peer(few, folder / "few.itm", windows, rate)


def inflated(run):
    """Ions a second if nothing but zlib had to be done."""
    packed = run.scans[0].hits.pieces[0]
    at, length, *_ = packed._head(packed.at)
    raw = packed.container.file.read(at, length)
    ions = run.scans[0].hits().channel.size
    began = time.perf_counter()
    for _ in range(20):
        zlib.decompress(raw)
    return 20 * ions / (time.perf_counter() - began)


def stored(run, windows, path):
    began = time.perf_counter()
    tofsims.write_events(path, run)
    print(f"  sorted into a store in {time.perf_counter() - began:.1f} s")
    back = tofsims.open_events(path)
    best, _ = min((seconds(back, windows) for _ in range(2)), key=lambda t: t[0])
    print(f"  six new ions from the store in {best:.2f} s (goal < 2)")


def peer(run, path, windows, rate):
    """The same from pySPM: its spectrum, then its images of six ions."""
    try:
        import pySPM
    except ImportError:
        print("  pySPM is not installed")
        return
    theirs = pySPM.ITM(str(path), readonly=True)
    ions = sum(scan.hits().channel.size for scan in run.scans)
    began = time.perf_counter()
    theirs.get_raw_spectrum(prog=False, dead_time_corr=False)
    spectrum = time.perf_counter() - began
    began = time.perf_counter()
    for scan in range(len(run.scans)):
        told = theirs.get_raw_data(scan)
        image = np.zeros((len(windows), SIDE, SIDE), dtype=np.uint16)
        for (x, y), channels in told.items():
            mz = SCALE.mz(np.array(channels))
            for i, window in enumerate(windows):
                image[i, y, x] = np.sum((mz >= window.low) & (mz < window.high))
    cube = time.perf_counter() - began
    print(
        f"  pySPM: spectrum {ions / spectrum / 1e6:.2f} M/s, events by pixel and six ions of them "
        f"{ions / cube / 1e6:.3f} M/s; ours / its both together "
        f"{rate * (spectrum + cube) / ions:.0f} (goal 50), / its spectrum alone "
        f"{rate * spectrum / ions:.0f}"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        read(Path(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 214)
