"""Where an ion is integrated: a window as wide as its peak, cut where another ion begins.

Isotopologues of one ion that are closer than the peaks are wide cannot be told apart, and half of
each would be neither: they are given one window and one name, ``"Ga[37Cl]- + [71Ga]Cl-"``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.words import Finding, Severity

from .cube import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from references.ion import Ion

    from .masscal import Calibration

__all__ = ["REACH", "formula_of", "joined", "members_of", "together", "windows_of"]

REACH = 1.5
"""Widths at half height on either side of a peak: of a normal one 99.96 %."""
JOINED = " + "
"""What stands between the names of ions that share a window."""


def windows_of(ions: Sequence[Ion], calibration: Calibration) -> list[Window]:
    """Lay a window about each ion, and one about isotopologues that are not resolved.

    Parameters
    ----------
    ions : sequence of Ion
        Unmarked elements are their main isotopes.
    calibration : Calibration
        Gives the width of peaks.

    Returns
    -------
    list of Window
        In the order in which they were asked for, 1.5 full widths at half maximum on either side;
        where two are nearer than that, each ends half way. Isotopologues of one formula and charge
        that are nearer than one full width (m/z over their distance above the mass resolution) are
        one window from the first to the last of them, at the place of the first that was asked for,
        named by all of them with `` + `` between.
    """
    groups = [[ions[i] for i in members] for members in _unresolved(ions, calibration)]
    lowest = np.array([min(known.mz for known in group) for group in groups])
    highest = np.array([max(known.mz for known in group) for group in groups])
    low = lowest - REACH * calibration.fwhm(lowest)
    high = highest + REACH * calibration.fwhm(highest)
    low_cut, high_cut = low.copy(), high.copy()
    middle = 0.5 * (lowest + highest)
    for i in range(len(groups)):
        for j in np.flatnonzero(middle - middle[i] > 1e-6):
            between = 0.5 * (highest[i] + lowest[j])
            high_cut[i] = min(high_cut[i], between)
            low_cut[j] = max(low_cut[j], between)
    return [
        Window(ion=joined(*(known.key for known in group)), low=float(a), high=float(b))
        for group, a, b in zip(groups, low_cut, high_cut, strict=True)
    ]


def joined(*names: str) -> str:
    """Give the name of ions that share a window."""
    return JOINED.join(names)


def members_of(name: str) -> list[str]:
    """Give the ions behind the name of a window.

    Examples
    --------
    >>> members_of("Ga[37Cl]- + [71Ga]Cl-")
    ['Ga[37Cl]-', '[71Ga]Cl-']
    """
    return name.split(JOINED)


def formula_of(known: Ion) -> tuple[tuple[str, int], ...]:
    """Elements and atoms of an ion, whatever their isotopes."""
    many: dict[str, int] = {}
    for _, element, count in known.atoms:
        many[element] = many.get(element, 0) + count
    return tuple(sorted(many.items()))


def together(windows: Sequence[Window]) -> Iterator[Finding]:
    """Say which ions are counted as one."""
    for window in windows:
        members = members_of(window.ion)
        if len(members) > 1:
            yield Finding(
                rule="sims_counted_as_one",
                severity=Severity.INFO,
                subject=window.ion,
                reported=f"m/z {window.low:.4f} to {window.high:.4f}",
                message=f"{len(members)} ions closer than the peaks can be told apart: they are "
                "counted in one window, and their sum is one profile",
            )


def _unresolved(ions: Sequence[Ion], calibration: Calibration) -> list[list[int]]:
    """Places of isotopologues that share a window, each group by mass, as they were asked for."""
    families: dict[tuple[object, ...], list[int]] = {}
    for i, known in enumerate(ions):
        families.setdefault((formula_of(known), known.charge), []).append(i)
    groups: list[list[int]] = []
    for family in families.values():
        ordered = sorted(family, key=lambda i: ions[i].mz)
        groups.append(ordered[:1])
        for i in ordered[1:]:
            before = ions[groups[-1][-1]].mz
            apart = ions[i].mz - before
            # The same ion written twice is not two that are close.
            if 1e-6 < apart < float(calibration.fwhm(before)):
                groups[-1].append(i)
            else:
                groups.append([i])
    return sorted(groups, key=min)
