"""What looks wrong in a pattern's fit, one rule a function: each finding says what to review."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.phase import Phase
from references.words import Assessment, Finding, Severity

from .candidates import UNSURE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .detection import Residual
    from .lattice import Lattice
    from .refine import Refinement
    from .structure import Structure
    from .unexplained import Peak
    from .verdict import Sought

__all__ = ["findings_of", "ghost_phase", "not_converged"]

TEXTURED = 0.08
"""Change of an intensity by preferred orientation that is told."""
SHAPELESS = 1.3
"""Standard deviation of the whitened rest above which a fit is no description."""
GHOST = 3.0
"""A mass fraction this many times its share of the intensity may be a ghost's,"""
LITTLE = 0.01
"""if it is above this."""
FEW = 500.0
"""Counts of the strongest line below which a pattern tells little."""


def findings_of(
    *,
    phase: Phase | Structure,
    refinement: Refinement,
    residual: Residual,
    lattice: Lattice | None,
    sought: tuple[Sought, ...],
    peaks: tuple[Peak, ...],
    radiation: Mapping[str, float],
    limit: float,
    own: Sequence[Structure],
    examined: Sequence[Finding],
) -> tuple[Finding, ...]:
    """Give what is to be reviewed in a search for second phases.

    ``own`` are structures of the user's among the candidates, ``examined`` what their examination
    found, and that of the main phase.
    """
    found = [*examined, *_cells(own)]
    found += _fit(refinement, residual)
    found += _lattice(phase, lattice)
    found += _missing_lines(refinement, lattice)
    found += _texture(refinement)
    found += _counts(refinement)
    found += _radiation(radiation)
    for one in sought[1:]:
        found += _candidate(one, limit)
    found += _ghosts(refinement, sought)
    found += _peaks(peaks)
    found += _untested(sought)
    return tuple(found)


def _cells(own: Sequence[Structure]) -> Iterator[Finding]:
    for given in own:
        yield Finding(
            rule="cell_as_given",
            severity=Severity.INFO,
            subject=given.name,
            reported=f"{given.cell[0]:.4f}, {given.cell[1]:.4f}, {given.cell[2]:.4f} Angstrom",
            message=f"asked for with this cell, to {100 * UNSURE:g} %; limits hold for no other: "
            "calculated cells are often off by more",
        )


def not_converged(refinement: Refinement) -> Iterator[Finding]:
    """Say where a fit did not settle."""
    if refinement.assessment is not Assessment.CONVERGED:
        yield Finding(
            rule="not_converged",
            severity=Severity.ERROR,
            subject="refinement",
            reported=str(refinement.assessment),
            reference="converged",
            message="the fit did not settle, so nothing has an interval; check the phases, the "
            "wavelength and the range; a structure without its symmetry (P1) has a cell too free "
            "to settle",
        )


def ghost_phase(name: str, fraction: float, share: float) -> Iterator[Finding]:
    """Say where much mass rests on a small share of the intensity."""
    if fraction > LITTLE and fraction > GHOST * share:
        yield Finding(
            rule="ghost_phase",
            severity=Severity.WARNING,
            subject=name,
            reported=f"{100 * fraction:.2g} % of the mass",
            reference=f"{100 * share:.2g} % of the intensity",
            message="so much mass rests on so few counts; see whether the phase has lines of its "
            "own in the pattern",
        )


def _fit(refinement: Refinement, residual: Residual) -> Iterator[Finding]:
    yield from not_converged(refinement)
    if refinement.assessment is Assessment.CONVERGED and residual.excess > SHAPELESS:
        yield Finding(
            rule="misfit",
            severity=Severity.WARNING,
            subject="refinement",
            reported=f"{residual.excess:.2f} times the noise",
            reference="1",
            message="more is left over than noise and imperfect lines; limits are widened by it; "
            "look at the difference curve",
        )


def _lattice(phase: Phase | Structure, lattice: Lattice | None) -> Iterator[Finding]:
    for axis in () if lattice is None else lattice.axes:
        if axis.inside is False and axis.band is not None and axis.estimate.u is not None:
            yield Finding(
                rule="lattice",
                severity=Severity.ERROR,
                subject=f"{phase.key if isinstance(phase, Phase) else phase.name} {axis.name}",
                reported=f"{axis.estimate.value:.4f} +- {axis.estimate.u:.4f}",
                reference=f"{axis.band[0]:g} to {axis.band[1]:g}",
                message="the cell is not that of this phase: another composition or phase, or the "
                "wrong wavelength",
            )


def _missing_lines(refinement: Refinement, lattice: Lattice | None) -> Iterator[Finding]:
    name = refinement.model.phases[0].name
    for line in () if lattice is None else lattice.missing:
        yield Finding(
            rule="missing_line",
            severity=Severity.ERROR,
            subject=f"{name} {line.two_theta:.2f} degrees",
            reported=f"{100 * line.share:.0f} +- {100 * line.u:.0f} % of its intensity",
            reference="100 %",
            message="a line of the phase is not there: another structure, or a strong texture",
        )


def _texture(refinement: Refinement) -> Iterator[Finding]:
    main = refinement.model.phases[0]
    if main.harmonics is None or not len(main.harmonics):
        return
    sizes = [refinement.value(f"{main.name} harmonic {k}") for k in range(len(main.harmonics))]
    change = np.array(sizes) @ main.harmonics
    worst = int(np.abs(change).argmax())
    if abs(change[worst]) > TEXTURED:
        h, k, m = main.reflections.hkl[worst]
        yield Finding(
            rule="texture",
            severity=Severity.INFO,
            subject=main.name,
            reported=f"{100 * change[worst]:+.0f} % of {h} {k} {m}",
            message="the intensities speak of preferred orientation; load the sample from the "
            "side, or spin it",
        )


def _counts(refinement: Refinement) -> Iterator[Finding]:
    above = refinement.part(refinement.model.phases[0])
    if above.max() < FEW:
        yield Finding(
            rule="few_counts",
            severity=Severity.WARNING,
            subject="pattern",
            reported=f"{above.max():.0f} counts in the strongest line",
            reference=f">= {FEW:.0f}",
            message="so few counts hide much; count longer: four times as long halves all limits",
        )


def _radiation(radiation: Mapping[str, float]) -> Iterator[Finding]:
    for name, ratio in radiation.items():
        yield Finding(
            rule="radiation",
            severity=Severity.WARNING,
            subject=name,
            reported=f"{100 * ratio:.2g} % of K-alpha1",
            message="lines of the main phase by another line of the tube are seen, and taken off; "
            "check the filter or the monochromator, or the tube's age",
        )


def _candidate(one: Sought, limit: float) -> Iterator[Finding]:
    from .verdict import Presence

    if one.presence is Presence.PRESENT and one.fraction is not None:
        yield Finding(
            rule="impurity",
            severity=Severity.ERROR,
            subject=one.name,
            reported=f"{100 * one.fraction.value:.2g} wt%",
            message="a second crystalline phase is present; "
            f"{len(one.lines)} lines of its own speak for it",
        )
    elif one.presence is Presence.TENTATIVE:
        missing = ", ".join(f"{place:.2f}" for place in one.missing)
        because = one.note or (
            f"lines that it should have are missing at {missing} degrees"
            if missing
            else "fewer than two lines of its own stand out"
        )
        yield Finding(
            rule="tentative",
            severity=Severity.WARNING,
            subject=one.name,
            reported=f"{one.significance or 0.0:.1f} standard deviations",
            message=f"something is there that {one.name} would explain, but {because}; count "
            "longer at its lines",
        )
    elif one.presence is Presence.UNDECIDABLE:
        yield Finding(
            rule="undecidable",
            severity=Severity.WARNING,
            subject=one.name,
            reported=""
            if one.limits is None
            else f"detection limit {100 * one.limits.detection:.2g} wt%",
            reference=f"<= {100 * limit:.2g} wt%",
            message=f"{one.note}; measure the angles of its lines, and longer",
        )


def _ghosts(refinement: Refinement, sought: tuple[Sought, ...]) -> Iterator[Finding]:
    parts = {p.name: float(refinement.part(p).sum()) for p in refinement.model.phases}
    whole = max(sum(parts.values()), 1e-300)
    for one in sought[1:]:
        if one.fraction is None or one.name not in parts:
            continue
        yield from ghost_phase(one.name, one.fraction.value, parts[one.name] / whole)


def _peaks(peaks: tuple[Peak, ...]) -> Iterator[Finding]:
    for peak in peaks:
        yield Finding(
            rule="unexplained_peak",
            severity=Severity.ERROR,
            subject=f"{peak.two_theta:.2f} degrees, d = {peak.d:.4f} Angstrom",
            reported=f"{peak.significance:.1f} standard deviations",
            reference="no phase that was asked for",
            message="identify it: give the CIF of what it may be with --candidates, or look for it "
            "in the sample holder",
        )


def _untested(sought: tuple[Sought, ...]) -> Iterator[Finding]:
    from .verdict import Presence

    names = [one.name for one in sought if one.presence is Presence.NOT_TESTED]
    if names:
        yield Finding(
            rule="not_tested",
            severity=Severity.INFO,
            subject=", ".join(names),
            message="the library has no structure of these, so they could not be asked for; give "
            "their CIFs with --candidates",
        )
