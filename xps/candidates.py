"""Which species of the library a peak may be, by its place alone: where to begin, not an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from references.element import NATURAL

from .envelope import Component, Envelope, EnvelopeError, default_envelope

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry

__all__ = [
    "Candidate",
    "candidates",
    "first_guess",
    "free_guess",
    "level_named",
    "level_of",
    "levels_within",
    "lying_under",
]

SMOOTHED = 5
"""Channels over which a spectrum is averaged before its maximum is looked for."""
AMBIENT = ("H", "C", "O")
"""Elements that any surface holds, whether or not their regions were measured."""
SHIFTED = 5.0
"""So far charging may have moved a spectrum whose scale is not declared [eV]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A species that has a line on a core level.

    Parameters
    ----------
    species : str
        Key in the library.
    energy : float
        Where the library has its major line [eV].
    distance : float
        From the place asked about to the species' window [eV]; 0 inside it.
    foreign : tuple of str
        Its elements that the sample is not known to hold.
    """

    species: str
    energy: float
    distance: float
    foreign: tuple[str, ...] = ()


def candidates(
    registry: Registry,
    core_level: str,
    energy: float,
    present: Sequence[str] = (),
    *,
    elements: Sequence[str] = (),
) -> tuple[Candidate, ...]:
    """Give the species of a core level, the likeliest at an energy first.

    Those of elements that the sample holds come before all others.

    Parameters
    ----------
    registry : Registry
    core_level : str
    energy : float
        On the calibrated scale [eV].
    present : sequence of str
        Species that are left out: they are components already.
    elements : sequence of str
        Elements in the sample; none where they are not known. The level's own alone says nothing:
        who measured S 2p only has not looked for phosphorus.

    Examples
    --------
    >>> import references
    >>> [c.species for c in candidates(references.load(), "S 2p", 161.6)][0]
    'PS4'
    >>> [c.species for c in candidates(references.load(), "S 2p", 161.6, elements=["S"])][0]
    'PS4'
    """
    known = {*elements, *AMBIENT} if {*elements} - {core_level.split(maxsplit=1)[0]} else None
    found: list[Candidate] = []
    for line in registry.lines(core_level):
        # Of several lines of a species its component is fitted as the first.
        if line.species in present or line != registry.line(core_level, line.species):
            continue
        low, high = line.window
        distance = max(low - energy, energy - high, 0.0)
        made_of = registry.species(line.species).elements
        found.append(
            Candidate(
                species=line.species,
                energy=line.energy.best,
                distance=distance,
                foreign=() if known is None else tuple(e for e in made_of if e not in known),
            )
        )
    return tuple(
        sorted(
            found,
            key=lambda c: (bool(c.foreign), c.distance, abs(c.energy - energy), c.species),
        )
    )


def lying_under(envelope: Envelope, registry: Registry) -> tuple[Component, ...]:
    """Give lines of other elements that may lie under an envelope's, and that it lacks.

    They are what :func:`xps.envelope.default_envelope` adds where the element is in the sample.

    Parameters
    ----------
    envelope : Envelope
    registry : Registry

    Examples
    --------
    >>> import references, xps
    >>> library = references.load()
    >>> [c.name for c in lying_under(xps.envelope("S 2p", ["PS4"]), library)]
    ['Ga 3s']
    >>> lying_under(xps.envelope("P 2p", ["PS4"]), library)
    ()
    """
    there = {component.core_level for component in envelope.components}
    own = dict.fromkeys(c.core_level for c in envelope.components if c.role == "species")
    found: dict[str, Component] = {}
    for level in own:
        lines = registry.lines(level)
        if not lines:
            continue
        whole = default_envelope(registry, level, [lines[0].species], elements=tuple(NATURAL))
        found |= {c.core_level: c for c in whole.components if c.role == "overlap"}
    return tuple(component for level, component in found.items() if level not in there)


def level_of(registry: Registry, label: str) -> str:
    """Give the core level that a region's label names; empty where it names none with species.

    Examples
    --------
    >>> import references
    >>> level_of(references.load(), "S2p scan 3"), level_of(references.load(), "Survey")
    ('S 2p', '')
    """
    with_species = [symbol for symbol in _named(registry, label) if registry.lines(symbol)]
    return max(with_species, key=len, default="")


def level_named(registry: Registry, label: str) -> str:
    """Give the core level that a region's label names, whether or not it has species; or nothing.

    Examples
    --------
    >>> import references
    >>> level_named(references.load(), "Fe 2p"), level_named(references.load(), "Survey")
    ('Fe 2p', '')
    """
    return max(_named(registry, label), key=len, default="")


def _named(registry: Registry, label: str) -> list[str]:
    squeezed = "".join(label.split()).lower()
    return [
        level.symbol
        for level in registry.core_levels
        if squeezed.startswith(key := "".join(level.symbol.split()).lower())
        and not squeezed[len(key) :][:1].isdigit()
    ]


def levels_within(registry: Registry, low: float, high: float) -> tuple[str, ...]:
    """Give the core levels on which a species has its line between two energies.

    One on which the library has no species is given by the middle of its window.

    Parameters
    ----------
    registry : Registry
    low, high : float
        Ends of a spectrum; one that stands on no scale yet may lie :data:`SHIFTED` off [eV].

    Examples
    --------
    >>> import references
    >>> levels_within(references.load(), 280.0, 292.0)
    ('C 1s',)
    """
    found: list[str] = []
    for level in registry.core_levels:
        places = [line.energy.best for line in registry.lines(level.symbol)]
        places = places or [sum(level.window) / 2]
        if any(low - SHIFTED <= place <= high + SHIFTED for place in places):
            found.append(level.symbol)
    return tuple(found)


def first_guess(
    spectrum: xr.Dataset, core_level: str, registry: Registry, *, elements: Sequence[str] = ()
) -> Envelope:
    """Give an envelope to begin with: the one species that lies nearest to the highest point.

    Parameters
    ----------
    spectrum : Dataset
    core_level : str
    registry : Registry
    elements : sequence of str
        Elements in the sample, as in :func:`xps.envelope.default_envelope`.

    Raises
    ------
    EnvelopeError
        If the library has no species on the level.

    Examples
    --------
    >>> import references, xps
    >>> guess = first_guess(xps.example("S 2p"), "S 2p", references.load())
    >>> [component.species for component in guess.components]
    ['PS4']
    """
    top = _highest(spectrum)
    for candidate in candidates(registry, core_level, top, elements=elements):
        return default_envelope(registry, core_level, [candidate.species], elements=elements)
    raise EnvelopeError(f"{core_level}: the library has no species on it; write a recipe by hand")


def free_guess(spectrum: xr.Dataset, region: str, core_level: str) -> Envelope:
    """Give an envelope of one component that is no species, at the spectrum's highest point.

    Parameters
    ----------
    spectrum : Dataset
    region : str
        As the file names it.
    core_level : str
        One of the library's: a doublet is made as it says.

    Examples
    --------
    >>> import xps
    >>> (component,) = free_guess(xps.example("S 2p"), "S 2p", "S 2p").components
    >>> component.name, component.species
    ('peak 1', '')
    """
    peak = Component(name="peak 1", core_level=core_level, position=f"{_highest(spectrum):.2f}")
    return Envelope(region=region, components=(peak,))


def _highest(spectrum: xr.Dataset) -> float:
    """Where a spectrum is highest [eV], on the scale on which it stands."""
    name = "counts" if "counts" in spectrum else "intensity"
    counts = np.asarray(spectrum[name].values, dtype=float)
    shift = float(spectrum["charge_shift"]) if "charge_shift" in spectrum.coords else 0.0
    energy = np.asarray(spectrum["binding_energy"].values, dtype=float) + shift
    window = min(SMOOTHED, counts.size)
    smooth = np.convolve(counts, np.ones(window) / window, mode="valid")
    return float(energy[int(np.argmax(smooth)) + window // 2])
