"""Spectra and recipes for the tests of batches, made from the bundled example."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import xps
from xps.io.vamas.write import write_vamas
from xps.recipe import Charge, Recipe, to_toml

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

__all__ = ["RESULTS", "contents", "spectra", "write_files", "write_recipe"]

LEVEL = "P 2p"
RESULTS = {"result.json", "rows.csv", "summary.csv", "recipe.toml"}


def spectra(number: int, *, seed: int = 3, sample: str = "") -> list[xr.Dataset]:
    """Like spectra with Poisson counts of their own, on their stored axis."""
    one = xps.example(LEVEL, calibrated=False)
    generator = np.random.default_rng(seed)
    noisy = [generator.poisson(one["counts"].values) for _ in range(number)]
    made = [one.assign(counts=one["counts"].copy(data=counts)) for counts in noisy]
    return [spectrum.assign_attrs(sample=sample) if sample else spectrum for spectrum in made]


def write_files(folder: Path, number: int, *, seed: int = 3) -> Path:
    """Write so many files of one spectrum each, each of a sample of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, spectrum in enumerate(spectra(number, seed=seed)):
        write_vamas([spectrum.assign_attrs(sample=f"cell {i}")], folder / f"{i:03d}.vms")
    return folder


def write_recipe(
    path: Path, species: tuple[str, ...] = ("PS4", "Li3P"), shift: float = 0.32
) -> Path:
    """Write a recipe of the level with the example's charge shift."""
    recipe = Recipe(charge=(Charge(shift=shift),), envelopes=(xps.envelope(LEVEL, species),))
    path.write_text(to_toml(recipe), encoding="utf-8")
    return path


def contents(out: Path) -> dict[str, bytes]:
    """The results in a folder, but for what varies between machines and what is kept to go on."""
    left_out = {"environment.json", "batch.json", "shard.json", ".lock"}
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in left_out and path.suffix != ".chunk"
    }
