"""Species fractions from fitted areas: every one with its basis, its parts of u, and its interval.

Within one core level sensitivity, attenuation and transmission cancel. Over several levels
:mod:`xps.amount` turns areas into amounts n, and x_i = n_i / sum(n) with their full covariance.
What a lattice must hold of a species is subtracted in :mod:`xps.lattice`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from references.words import Basis, Row

from .amount import QuantificationError, Sensitivity, amounts
from .inputs import contributions, shared_inputs
from .lattice import LATTICE_SPLITS, LatticeShare, split_lattice, split_lattices
from .share import Whole, fraction_row, whole
from .transmission import transmission_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry

    from .envelope import Envelope
    from .estimate import Intervals, Measured
    from .result import Fit

__all__ = [
    "LATTICE_SPLITS",
    "LatticeShare",
    "QuantificationError",
    "Sensitivity",
    "amounts",
    "fractions",
    "row_dict",
    "split_lattice",
    "split_lattices",
    "subjects",
    "transmission_note",
    "whole",
    "within_level",
]

Array = NDArray[np.float64]
LevelBasis = Literal["area_levels", "atomic", "atomic_all"]


def within_level(
    measured: Measured, envelope: Envelope, sample: str, intervals: Intervals = "auto"
) -> tuple[Row, ...]:
    """Give each species' share of the area of its core level.

    Parameters
    ----------
    measured : Measured
        A solved fit.
    envelope : Envelope
        Its recipe; components whose role is ``overlap`` count in neither numerator nor denominator.
    sample : str
        Label for the rows.
    intervals : {"auto", "covariance", "profile"}
        As in :func:`xps.fit`.

    Returns
    -------
    tuple of Row
        Basis ``within_level``, denominator the core level; they add up to 1.
    """
    rows: list[Row] = []
    lines = measured.plan.lines
    inputs = shared_inputs(measured, envelope)
    levels = dict.fromkeys(c.core_level for c in envelope.components if c.role == "species")
    for level in levels:
        members = [
            c.name for c in envelope.components if c.core_level == level and c.role == "species"
        ]
        inside = np.array([line.component in members for line in lines])
        total = float(measured.state.values[: len(lines)][inside].sum())
        if not total > 0:
            continue
        for name in sorted(members):
            share = _Share(np.array([line.component == name for line in lines]), inside)
            estimate = measured.estimate(
                share, significance=measured.significance(name), intervals=intervals
            )
            _, gradient = share(measured.state.values)
            estimate = replace(estimate, contributions=contributions(inputs, gradient))
            rows.append(fraction_row(sample, name, estimate, Basis.WITHIN_LEVEL, level))
    return tuple(rows)


class _Share:
    """Sum of some lines' areas over the sum of others, with its gradient over the state."""

    def __init__(self, own: NDArray[np.bool_], inside: NDArray[np.bool_]) -> None:
        self._own, self._inside = own.astype(float), inside.astype(float)

    def __call__(self, values: Array) -> tuple[float, Array]:
        areas = values[: self._own.size]
        total = max(float(self._inside @ areas), 1e-300)
        share = float(self._own @ areas) / total
        gradient = (self._own - share * self._inside) / total
        return share, np.concatenate([gradient, np.zeros(values.size - areas.size)])


def fractions(
    fits: Sequence[Fit],
    registry: Registry,
    *,
    basis: LevelBasis = "atomic",
    elements: Sequence[str] = (),
    sensitivity: Sensitivity | None = None,
) -> tuple[Row, ...]:
    """Give species and element fractions over several core levels of one sample.

    Parameters
    ----------
    fits : sequence of Fit
        One fit a core level.
    registry : Registry
    basis : {"area_levels", "atomic", "atomic_all"}
        Uncorrected areas; amounts over ``elements``; amounts over all elements that were fitted.
    elements : sequence of str
        The denominator of ``atomic``; all fitted elements where empty.
    sensitivity : Sensitivity, optional
        Factors of the atomic bases; the default is Scofield's at the magic angle with TPP-2M in
        Li6PS5Cl.

    Returns
    -------
    tuple of Row
        Species first (``"Li2S (S 2p)"``), then elements.

    Raises
    ------
    QuantificationError
        As :func:`amounts`, or if an element of the denominator was not fitted.
    """
    all_of_it = whole(fits, registry, basis=basis, elements=elements, sensitivity=sensitivity)
    return tuple(all_of_it.row(label, own) for label, own in subjects(all_of_it))


def row_dict(row: Row) -> dict[str, object]:
    """Give a fraction as the documents show it: sample, subject, basis, denominator, estimate."""
    named = {
        "sample": row.sample,
        "subject": row.subject,
        "basis": None if row.basis is None else str(row.basis),
        "denominator": row.denominator,
    }
    return named | row.estimate.to_dict()


def subjects(all_of_it: Whole) -> list[tuple[str, NDArray[np.bool_]]]:
    """Give names and members of the fractions: components inside the denominator, then elements."""
    found, inside = all_of_it.amounts, all_of_it.inside
    subjects = [
        (f"{name} ({level})", np.arange(len(found.names)) == i)
        for i, (name, level) in enumerate(zip(found.names, found.levels, strict=True))
        if inside[i]
    ]
    for element in dict.fromkeys(e for e, i in zip(found.elements, inside, strict=True) if i):
        members = np.array([e == element for e in found.elements]) & inside
        subjects.append((element, members))
    return subjects
