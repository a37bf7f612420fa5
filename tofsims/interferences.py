"""Which other ions have nearly the mass of one, and what mass resolution tells them apart.

All clusters of a few atoms of the sample's elements are made, each of its isotopes. Whether a
cluster forms is not judged: the list says what could be there, and at which resolution it would be
seen to be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from references.element import not_an_element
from references.ion import ELECTRON_MASS, Ion
from references.words import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["Interference", "interferences"]

AT_MOST = 5
"""Atoms of a cluster."""
WITHIN = 0.060
"""u, on either side."""
LEAST = 0.001
"""Natural fraction of a cluster that is listed."""
RARE = 0.0005
"""Isotopes below this natural fraction make none."""
MAX_ISOTOPES = 60
"""Of all elements together: more make more clusters than are of use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interference:
    """An ion of nearly the mass of another.

    Attributes
    ----------
    target, ion : str
        With all isotopes marked.
    apart : float
        Its m/z less the target's [u].
    resolution : float
        m/z over its distance: the mass resolution (by full width at half maximum) from which two
        equal peaks are told apart; a weak one beside a strong one needs more.
    fraction : float
        Its natural fraction.
    atoms : int
    is_isotopologue : bool
        Whether it has the target's own elements, in other isotopes.
    """

    target: str
    ion: str
    apart: float
    resolution: float
    fraction: float
    atoms: int
    is_isotopologue: bool

    def is_resolved(self, resolution: float) -> bool:
        """Whether a mass resolution tells the two apart."""
        return resolution >= self.resolution


def interferences(
    target: Ion, elements: Iterable[str], *, within: float = WITHIN, atoms: int = AT_MOST
) -> tuple[Interference, ...]:
    """List the clusters near an ion, the hardest to tell apart first.

    Parameters
    ----------
    target : Ion
        Unmarked elements are their main isotopes.
    elements : iterable of str
        Of the sample and of what may be on it: H, C, O, Na, Si too.
    within : float
        u.
    atoms : int
        At most, of a cluster.

    Raises
    ------
    InputError
        If an element is none, or there are too many.

    Examples
    --------
    >>> from references.ion import ion
    >>> first = interferences(ion("PS-"), ["P", "S", "O", "Li", "Cl"])[0]
    >>> first.ion, round(1000 * first.apart, 2), round(first.resolution)
    ('[16O]2[31P]', 17.76, 3545)
    """
    known = tuple(sorted(set(elements)))
    for element in known:
        wrong = not_an_element(element)
        if wrong:
            raise InputError(wrong)
    clusters = _clusters(known, atoms)
    charged = (clusters.mass - target.charge * ELECTRON_MASS) / abs(target.charge)
    own = tuple(sorted(_written(target)))
    formula = sorted(element for element, _ in own)
    near = np.flatnonzero(np.abs(charged - target.mz) <= within)
    found: list[Interference] = []
    for i in near:
        numbers: list[int] = [k for k in clusters.members[i].tolist() if k >= 0]
        labels = tuple(sorted(clusters.labels[k] for k in numbers))
        fraction = clusters.fraction(numbers)
        apart = float(charged[i] - target.mz)
        if labels == own or fraction < LEAST or apart == 0:
            continue
        found.append(
            Interference(
                target=_formula(own),
                ion=_formula(labels),
                apart=apart,
                resolution=target.mz / abs(apart),
                fraction=fraction,
                atoms=len(labels),
                is_isotopologue=sorted(element for element, _ in labels) == formula,
            )
        )
    return tuple(sorted(found, key=lambda one: -one.resolution))


@dataclass(frozen=True, slots=True, eq=False)
class _Clusters:
    """Every cluster of a few isotopes: which, and its mass."""

    labels: tuple[tuple[str, int], ...]
    abundance: NDArray[np.float64]
    members: NDArray[np.int8]
    mass: NDArray[np.float64]

    def fraction(self, numbers: list[int]) -> float:
        """Natural fraction of a cluster of these isotopes among those of its formula."""
        fraction = 1.0
        for element in dict.fromkeys(self.labels[k][0] for k in numbers):
            own = [k for k in numbers if self.labels[k][0] == element]
            fraction *= math.factorial(len(own))
            for k in set(own):
                fraction *= float(self.abundance[k]) ** own.count(k) / math.factorial(own.count(k))
        return fraction


@cache
def _clusters(elements: tuple[str, ...], atoms: int) -> _Clusters:
    labels: list[tuple[str, int]] = []
    masses: list[float] = []
    abundance: list[float] = []
    for element in elements:
        for one in Ion(formula=element, charge=1).isotopologues(0.0):
            if one.fraction >= RARE:
                labels.append((element, int(one.formula[1:].partition(element)[0])))
                masses.append(one.mz + ELECTRON_MASS)
                abundance.append(one.fraction)
    if not labels or len(labels) > MAX_ISOTOPES:
        raise InputError(
            f"{len(labels)} isotopes of {len(elements)} elements make no useful list; "
            f"name those of the sample, with up to {MAX_ISOTOPES} isotopes in all"
        )
    mass = np.array(masses)
    # Numbers that do not fall, so that each cluster is made once; -1 stands for no atom.
    level = np.arange(len(labels), dtype=np.int8)[:, None]
    kept = [np.pad(level, ((0, 0), (0, atoms - 1)), constant_values=-1)]
    for size in range(2, atoms + 1):
        more = [
            np.hstack([level[level[:, -1] <= k], np.full(((level[:, -1] <= k).sum(), 1), k)])
            for k in range(len(labels))
        ]
        level = np.vstack(more).astype(np.int8)
        kept.append(np.pad(level, ((0, 0), (0, atoms - size)), constant_values=-1))
    members = np.vstack(kept)
    total = np.append(mass, 0.0)[members].sum(axis=1)
    return _Clusters(tuple(labels), np.array(abundance), members, total)


def _written(target: Ion) -> list[tuple[str, int]]:
    """Each atom of an ion with its isotope; the main one where it is not marked."""
    found: list[tuple[str, int]] = []
    for number, element, count in target.atoms:
        main = Ion(formula=element, charge=1).isotopologues(0.0)[0].formula
        isotope = number or int(main[1:].partition(element)[0])
        found += [(element, isotope)] * count
    return found


def _formula(labels: Iterable[tuple[str, int]]) -> str:
    listed = list(labels)
    return "".join(
        f"[{number}{element}]{many if (many := listed.count((element, number))) > 1 else ''}"
        for element, number in dict.fromkeys(listed)
    )
