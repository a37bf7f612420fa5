"""Distances in a structure: the shortest of each pair of elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .crystal import SAME_ATOM, atoms_of, distances

if TYPE_CHECKING:
    from .structure import Structure

__all__ = ["covalent_radius", "pair_name", "shortest_distances"]

FULL = 1.2
"""Two sites no fuller than this together need hardly ever be filled side by side."""


def shortest_distances(crystal: Structure) -> dict[tuple[str, str], float]:
    """Give the shortest distance of each pair of elements [Angstrom].

    Sites that share a place, or are split over near ones, are no neighbours: where two sites are
    hardly more than full together, their distance does not count.

    Returns
    -------
    dict
        By pair, the elements of a pair in alphabetical order.

    Examples
    --------
    >>> from references import load
    >>> from xrd.structure import structure
    >>> found = shortest_distances(structure(load().phase("Li6PS5Cl")))
    >>> round(found["P", "S"], 3), round(found["S", "S"], 3)
    (2.039, 3.329)
    """
    vectors, filling = crystal.vectors, crystal.filling
    sites = [site for site in range(len(crystal.xyz)) if filling[site] > 0]
    atoms = [atoms_of(crystal, site) for site in sites]
    every = np.concatenate(atoms) if atoms else np.empty((0, 3))
    ends = np.cumsum([len(found) for found in atoms])[:-1]
    shortest: dict[tuple[str, str], float] = {}
    for site in sites:
        away = np.split(distances(crystal.xyz[site], every, vectors), ends)
        for other, found in zip(sites, away, strict=True):
            if filling[site] + filling[other] <= FULL:
                continue
            near = found[found > SAME_ATOM] if other == site else found
            first, second = sorted((crystal.elements[site], crystal.elements[other]))
            least = min(shortest.get((first, second), np.inf), float(near.min(initial=np.inf)))
            shortest[first, second] = least
    return shortest


def pair_name(first: str, second: str) -> str:
    """Give a pair as text, in alphabetical order.

    Examples
    --------
    >>> pair_name("S", "P")
    'P-S'
    """
    return "-".join(sorted((first, second)))


def covalent_radius(element: str) -> float:
    """Give the covalent radius of an element [Angstrom], as gemmi carries it.

    References
    ----------
    Cordero et al., Dalton Trans. (2008) 2832, doi:10.1039/b801115j
    """
    import gemmi

    return float(gemmi.Element(element).covalent_r)
