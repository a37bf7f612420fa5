"""The bundled example: a synthetic measurement of a coated argyrodite's interphase.

An electrolyte Li6PS5Cl coated with GaCl3 and InCl3 after cycling against lithium, as published
studies describe such interphases: lithium chloride and residual halides, gallium, indium and
lithium metal, Li2S beside the electrolyte's PS4. The spectra are made, not measured: line
positions from the library, Voigt lines for compounds and Mahan's asymmetric lines for metals, a
loss background with a slope, Poisson counts from a fixed seed, and a charge shift that the C 1s
region reveals. They are called synthetic wherever they are shown.

:func:`write` writes the file again.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

__all__ = [
    "CHARGE_SHIFT",
    "COMPONENTS",
    "FILE_NAME",
    "SAMPLE",
    "example",
    "example_path",
    "generate",
    "write",
]

SEED = 20240614
SAMPLE = "GaCl3/InCl3-coated Li6PS5Cl, cycled (synthetic)"
FILE_NAME = "interphase_synthetic.vms"
CHARGE_SHIFT = 0.32
"""The stored axis shows every line this much too low [eV]; calibrating adds it."""
PHOTON_ENERGY = 1486.6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """One species: place of the major line and width [eV], area of the doublet [counts/s eV]."""

    species: str
    position: float
    fwhm: float
    area: float
    shape: tuple[str, tuple[float, ...]] = ("voigt", (0.3,))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Region:
    window: tuple[float, float]
    step: float
    dwell: float
    scans: int
    level: float
    loss: float
    slope: float
    doublet: tuple[float, float] | None
    made: tuple[_Made, ...]


_METAL = ("mahan", (0.35, 0.10, 6.0))

_REGIONS: dict[str, _Region] = {
    "C 1s": _Region(
        window=(279.0, 294.0), step=0.05, dwell=0.1, scans=10, level=900.0, loss=0.006, slope=4.0,
        doublet=None,
        made=(
            _Made(species="C-C", position=284.8, fwhm=1.15, area=2600.0),
            _Made(species="C-O", position=286.4, fwhm=1.25, area=420.0),
            _Made(species="Li2CO3", position=289.7, fwhm=1.25, area=510.0),
        ),
    ),
    "Ga 2p": _Region(
        window=(1109.0, 1153.0), step=0.1, dwell=0.2, scans=20, level=2600.0, loss=0.012, slope=6.0,
        doublet=(26.85, 0.505),
        made=(
            _Made(species="Ga0", position=1116.7, fwhm=1.25, area=4300.0, shape=_METAL),
            _Made(species="GaCl3", position=1119.0, fwhm=1.75, area=2900.0),
        ),
    ),
    "In 3d": _Region(
        window=(437.0, 461.0), step=0.05, dwell=0.1, scans=20, level=1400.0, loss=0.014, slope=3.0,
        doublet=(7.55, 0.69),
        made=(
            _Made(species="In0", position=443.8, fwhm=0.85, area=9200.0, shape=_METAL),
            _Made(species="InCl3", position=446.2, fwhm=1.35, area=5400.0),
        ),
    ),
    "Li 1s": _Region(
        window=(50.0, 62.0), step=0.05, dwell=0.2, scans=30, level=60.0, loss=0.03, slope=2.0,
        doublet=None,
        made=(
            _Made(species="LiCl", position=56.1, fwhm=1.3, area=330.0),
            _Made(species="Li0", position=54.9, fwhm=1.0, area=120.0, shape=_METAL),
        ),
    ),
    "P 2p": _Region(
        window=(124.0, 142.0), step=0.05, dwell=0.1, scans=20, level=330.0, loss=0.012, slope=-2.0,
        doublet=(0.86, 0.508),
        made=(
            _Made(species="PS4", position=131.9, fwhm=1.15, area=1000.0),
            _Made(species="Li3P", position=125.8, fwhm=1.2, area=42.0),
        ),
    ),
    "S 2p": _Region(
        window=(150.0, 173.0), step=0.05, dwell=0.1, scans=20, level=520.0, loss=0.011, slope=-1.0,
        doublet=(1.18, 0.508),
        made=(
            _Made(species="PS4", position=161.5, fwhm=1.15, area=5600.0),
            _Made(species="Li2S", position=160.3, fwhm=1.15, area=900.0),
        ),
    ),
    "Cl 2p": _Region(
        window=(193.0, 207.0), step=0.05, dwell=0.1, scans=20, level=450.0, loss=0.014, slope=1.0,
        doublet=(1.60, 0.508),
        made=(_Made(species="LiCl", position=198.7, fwhm=1.25, area=5200.0),),
    ),
}  # fmt: skip

_GALLIUM_3S = _Made(species="Ga 3s", position=160.8, fwhm=2.8, area=400.0, shape=("voigt", (0.75,)))

COMPONENTS = {
    "Ga 2p": ("Ga0", "GaCl3"),
    "In 3d": ("In0", "InCl3"),
    "Li 1s": ("LiCl", "Li0"),
    "P 2p": ("PS4", "Li3P"),
    "S 2p": ("PS4", "Li2S"),
    "Cl 2p": ("LiCl",),
}
"""The species an analyst would fit, by core level."""


def generate(seed: int = SEED) -> tuple[xr.Dataset, ...]:
    """Make the spectra of the example.

    Parameters
    ----------
    seed : int
        Seed of the Poisson counts; the bundled file has the default.

    Returns
    -------
    tuple of Dataset
        C 1s and the six core levels, on the uncalibrated axis.
    """
    from .spectrum import spectrum

    generator = np.random.default_rng(seed)
    made: list[xr.Dataset] = []
    for label, region in _REGIONS.items():
        stored = np.arange(region.window[0], region.window[1] + 1e-9, region.step) - CHARGE_SHIFT
        stored = np.round(stored, 6)
        rate = _rate(label, region, stored + CHARGE_SHIFT)
        counts = generator.poisson(rate * region.dwell * region.scans)
        made.append(
            spectrum(
                stored,
                counts,
                photon_energy=PHOTON_ENERGY,
                dwell_time=region.dwell,
                scans=region.scans,
                sample=SAMPLE,
                region=label,
            )
        )
    return tuple(made)


def _rate(label: str, region: _Region, energy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Expected counts per second on the calibrated axis."""
    from .background import ShirleyLoss
    from .lineshape import lineshape

    peaks = np.zeros_like(energy)
    for made in region.made + ((_GALLIUM_3S,) if label == "S 2p" else ()):
        name, extra = made.shape
        partner = region.doublet if made.species != "Ga 3s" else None
        ratio = partner[1] if partner else 0.0
        lines = [(made.position, made.area / (1.0 + ratio))]
        if partner:
            lines.append((made.position + partner[0], made.area * ratio / (1.0 + ratio)))
        for position, area in lines:
            theta = np.array([[position, made.fwhm, *extra]])
            peaks += area * lineshape(name).density(energy, theta)[0]
    lost = ShirleyLoss(energy).apply(peaks[None, :])[0]
    tilt = region.slope * (energy - energy.mean())
    return region.level + tilt + peaks + region.loss * lost


def example_path() -> str:
    """Give the path of the bundled VAMAS file."""
    with as_file(files("xps") / "data" / FILE_NAME) as path:
        return str(path)


def example(core_level: str, *, calibrated: bool = True) -> xr.Dataset:
    """Give one region of the bundled synthetic example.

    Parameters
    ----------
    core_level : str
        ``"C 1s"``, ``"Ga 2p"``, ``"In 3d"``, ``"Li 1s"``, ``"P 2p"``, ``"S 2p"`` or ``"Cl 2p"``.
    calibrated : bool
        Whether the known charge shift is applied.

    Returns
    -------
    Dataset
        dim ``binding_energy`` [eV]; ``counts``.

    Raises
    ------
    RegionError
        If there is no such region.

    Examples
    --------
    >>> example("S 2p").sizes["binding_energy"]
    461
    """
    from .charge import by_shift, calibrate
    from .io import read
    from .sample import find_region

    found = find_region(read(example_path()).spectra, core_level)[0]
    return calibrate(found, by_shift(CHARGE_SHIFT, 0.05)) if calibrated else found


def write(path: str) -> None:
    """Write the example's VAMAS file again, the same bytes as the bundled one."""
    from .io.vamas import write_vamas

    write_vamas(generate(), path, comment="synthetic: made by xps.example, not measured")
