"""What a batch costs: end to end, its store, dask against plain processes, memory.

``python benchmarks/batch.py [--spectra N] [--repeats K] [--only PART]``. Spectra are drawn from the
bundled example's fit; each comparison is of runs in turn, and the quickest of each counts. Compile
the kernel before (any series does): the first one waits a minute for it.
"""

from __future__ import annotations

import os

for _library in ("OPENBLAS", "MKL", "OMP"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import xps
from peakwright.batch import run
from peakwright.batch.chunks import Chunks
from peakwright.batch.dealing import setting_of
from peakwright.batch.inputs import checksum_of, listed
from peakwright.batch.unit import Piece, do
from xps.io.vamas import vamas_bytes
from xps.recipe import Charge, Recipe, to_toml

SHIFT = 0.32
LEVELS = {"P 2p": ("PS4", "Li3P"), "S 2p": ("PS4", "Li2S")}
LONG = 500
"""Spectra of a long file."""
MAIN = "from peakwright.cli.main import main; raise SystemExit(main())"


def made(level, number, seed=1):
    """Spectra drawn from the curve that fits the example: Poisson counts about a right model."""
    species = LEVELS[level]
    one = xps.example(level)
    fitted = xps.fit(one, xps.envelope(level, species))
    curve, energy = np.asarray(fitted.curves.envelope), fitted.curves.energy
    first = int(np.argmin(np.abs(one["binding_energy"].values + SHIFT - energy[0])))
    base = one.isel(binding_energy=slice(first, first + energy.size))
    base = base.assign_coords(charge_shift=0.0)
    generator = np.random.default_rng(seed)
    for _ in range(number):
        counts = base["counts"].copy(data=generator.poisson(curve).astype(float))
        yield base.assign(counts=counts)


def write(folder, level, number):
    """The same spectra as files of one, and as files of 500; and the recipe."""
    stem = level.replace(" ", "")
    single, long = folder / f"{stem}-single", folder / f"{stem}-long"
    for path in (single, long):
        path.mkdir()
    held = []
    for i, spectrum in enumerate(made(level, number)):
        one = spectrum.assign_attrs(sample=f"cell {i}")
        (single / f"{i:06d}.vms").write_bytes(vamas_bytes([one]))
        held.append(spectrum.assign_attrs(sample=f"profile {i // LONG}"))
        if len(held) == LONG or i == number - 1:
            (long / f"{i // LONG:04d}.vms").write_bytes(vamas_bytes(held))
            held = []
    recipe = Recipe(charge=(Charge(shift=SHIFT),), envelopes=(xps.envelope(level, LEVELS[level]),))
    path = folder / f"{stem}.toml"
    path.write_text(to_toml(recipe), encoding="utf-8")
    return {"single": single, "long": long}, path


def timed(call):
    begun, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - begun, time.process_time() - cpu


def end_to_end(folder, number, jobs):
    """The command itself, from its start to its end."""
    print(f"\n### End to end: {number} spectra, {jobs} workers\n")
    print("| recipe | files | time | spectra/s | CPU of all |")
    print("| --- | --- | --- | --- | --- |")
    for level in LEVELS:
        files, recipe = write(folder, level, number)
        for kind, path in files.items():
            out = folder / f"out-{level}-{kind}"
            command = [sys.executable, "-c", MAIN, "batch", str(path), "--recipe", str(recipe)]
            command += ["--out", str(out), "--jobs", str(jobs)]
            before = os.times()
            begun = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            seconds = time.perf_counter() - begun
            after = os.times()
            cpu = sum(after[2:4]) - sum(before[2:4])
            many = len(list(path.iterdir()))
            print(
                f"| {level} | {many} of {number // many} | {seconds:.1f} s "
                f"| {number / seconds:.0f} | {cpu:.1f} s |",
                flush=True,
            )


class _Memory(Chunks):
    """Chunks that are kept in memory: a batch without its store."""

    def __init__(self, folder, batch):
        super().__init__(folder, batch)
        self.lines = []

    def append(self, lines):
        self.lines += lines
        return self.folder

    def read(self, _damaged=None):
        yield from self.lines


def store(folder, number, repeats):
    """The same batch with its store and without, in turn, in this process."""
    files, recipe = write(folder, "P 2p", number)
    import peakwright.batch.plan as plan

    best = {}
    for repeat in range(repeats + 1):
        for name, chunks in (("without", _Memory), ("with", Chunks)):
            plan.Chunks = chunks
            out = folder / f"store-{name}-{repeat}"
            found = timed(lambda out=out: run([files["single"]], recipe, out, jobs=0))
            if repeat:  # the first pays for imports
                old = best.get(name, (np.inf, np.inf))
                best[name] = tuple(min(pair) for pair in zip(old, found, strict=True))
    plan.Chunks = Chunks
    wall, cpu = (best["with"][i] / best["without"][i] - 1.0 for i in (0, 1))
    print(f"\n### The store: {number} files of one P 2p spectrum, best of {repeats} in turn\n")
    print(f"without {best['without'][0]:.2f} s, with {best['with'][0]:.2f} s: {wall:+.1%}")
    print(f"of CPU time {best['without'][1]:.2f} s, {best['with'][1]:.2f} s: {cpu:+.1%}")


def dask(folder, number, repeats):
    """A LocalCluster of two workers against two plain processes, in turn; both warm."""
    from distributed import Client, LocalCluster

    files, recipe = write(folder, "S 2p", number)
    few = folder / "few"
    few.mkdir()
    for path in sorted(files["single"].iterdir())[:16]:
        (few / path.name).write_bytes(path.read_bytes())
    best = {"processes": np.inf, "dask": np.inf}
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        run([few], recipe, folder / "warm", scheduler=client)
        for repeat in range(repeats):
            for name, asked in (("processes", {"jobs": 2}), ("dask", {"scheduler": client})):
                out = folder / f"{name}-{repeat}"
                moments = []
                run(
                    [files["single"]], recipe, out, **asked,
                    tell=lambda now, moments=moments: moments.append((now.seconds, now.done)),
                )  # fmt: skip
                # From the first result on, so that neither is charged for its start.
                (first, done), (last, total) = moments[4], moments[-1]
                best[name] = min(best[name], (last - first) / (total - done))
    print(f"\n### Two dask workers against two processes, {number} files, best of {repeats}\n")
    rate = {name: 1.0 / seconds for name, seconds in best.items()}
    print(f"processes {rate['processes']:.0f} files/s, dask {rate['dask']:.0f} files/s: ", end="")
    print(f"{rate['dask'] / rate['processes']:.1%}")


def memory(folder, number):
    """Growth of a worker's resident memory over so many fits, after the first 500."""
    files, recipe = write(folder, "P 2p", min(number, 500))
    setting = setting_of(recipe)
    pieces = [
        Piece(file=one.path.name, path=str(one.path), sha256=checksum_of(one.path))
        for one in listed([files["single"]])
    ]
    done, at_500 = 0, 0.0
    while done < number:
        for first in range(0, len(pieces), 100):
            do(setting, pieces[first : first + 100], 1e9)
        done += len(pieces)
        at_500 = at_500 or resident()
    print(f"\n### Memory: {done} files in one process\n")
    print(f"{at_500:.1f} MiB after {len(pieces)}, {resident():.1f} MiB at the end: ", end="")
    print(f"{resident() - at_500:+.1f} MiB")


def resident():
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spectra", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", choices=["end", "store", "dask", "memory"])
    asked = parser.parse_args()
    parts = {
        "end": lambda folder: end_to_end(folder, asked.spectra, asked.jobs),
        "store": lambda folder: store(folder, asked.spectra // 10, asked.repeats),
        "dask": lambda folder: dask(folder, 2 * asked.spectra // 5, asked.repeats + 2),
        "memory": lambda folder: memory(folder, asked.spectra),
    }
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name, part in parts.items():
        if asked.only in {None, name}:
            with tempfile.TemporaryDirectory() as folder:
                part(Path(folder))
    print(f"\nload {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
