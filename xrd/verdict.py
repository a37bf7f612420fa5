"""What a search for second phases comes to: a verdict in words, and the record behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.phase import Phase
from references.words import Assessment, Basis, Estimate, Kind, Row

from .background import baseline
from .lint import findings_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from references.words import Finding

    from .detection import Residual
    from .lattice import Lattice
    from .refine import Refinement
    from .structure import Structure
    from .unexplained import Peak

__all__ = [
    "ALPHA2",
    "NOT_DESCRIBED",
    "Limits",
    "Presence",
    "Purity",
    "Sought",
    "Verdict",
    "View",
    "judge",
]

Array = NDArray[np.float64]

ALPHA2 = "Cu K-alpha2"
"""The tube's line that is half of a doublet: where it is seen, one line was fitted to two."""
BASIS = "modelled crystalline phases"
FEWEST_LINES = 3
"""Lines of the main phase below which a range is too short to decide on it,"""
STRONG = 0.1
"""of those above this share of the strongest."""
NOTHING = 6.0
"""Standard deviations of all that stands above the background, below which nothing does."""
LITTLE = 0.5
"""Share of what stands above the background that the phases must explain, else the pattern is none
of theirs."""
GONE = 0.25
"""Share of its strong lines that a main phase may lack."""
NOT_DESCRIBED = "the model does not describe the pattern: no mass fraction and no limit holds"
"""Note of a phase whose share of a model that fails means nothing."""


class Verdict(StrEnum):
    """What a powder is."""

    SINGLE_PHASE = "single_phase"
    IMPURITY = "impurity"
    UNIDENTIFIED = "unidentified"
    WRONG_PHASE = "wrong_phase"
    UNDECIDABLE = "undecidable"


class Presence(StrEnum):
    """What is said of one phase."""

    MAIN = "main"
    PRESENT = "present"
    TENTATIVE = "tentative"
    NOT_DETECTED = "not_detected"
    UNDECIDABLE = "undecidable"
    NOT_TESTED = "not_tested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How little of a phase a pattern shows, as mass fractions.

    Attributes
    ----------
    detection, detection_broad : float
        What is seen in 95 of 100 patterns, with lines as wide as the main phase's and three times
        as wide.
    quantification : float
        What is known to a tenth.
    """

    detection: float
    detection_broad: float
    quantification: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """Where to look for a phase in a pattern.

    Attributes
    ----------
    two_theta : float
        Of the line by which it is seen best [degrees].
    column : (channels,) array
        Counts that it would have at its detection limit.
    """

    two_theta: float
    column: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """One phase that was asked for.

    Attributes
    ----------
    name : str
    presence : Presence
    fraction : Estimate or None
        Of the mass of all crystalline phases that are there.
    significance : float or None
        In standard deviations, when it was asked for.
    upper_limit : float or None
        One-sided 95 % bound of the fraction of what was not detected.
    limits : Limits or None
    lines, missing : tuple of float
        Two theta [degrees] of the lines that speak for it, and of those that should and do not.
    broadening : float
        Width of its lines, in those of the main phase.
    note : str
    guess : (float, float)
        Mass fraction without a bound at nothing, and its standard deviation by counting.
    view : View or None
    """

    name: str
    presence: Presence
    fraction: Estimate | None = None
    significance: float | None = None
    upper_limit: float | None = None
    limits: Limits | None = None
    lines: tuple[float, ...] = ()
    missing: tuple[float, ...] = ()
    broadening: float = 1.0
    note: str = ""
    guess: tuple[float, float] = (0.0, 0.0)
    view: View | None = None

    def to_dict(self) -> dict[str, object]:
        """Give the phase as JSON-ready values."""
        fraction, limits = self.fraction, self.limits
        return {
            "phase": self.name,
            "presence": str(self.presence),
            "crystalline_mass_fraction": None if fraction is None else fraction.value,
            "u": None if fraction is None else fraction.u,
            "u_parts": {} if fraction is None else fraction.u_parts.to_dict(),
            "significance": self.significance,
            "upper_limit": self.upper_limit,
            "detection_limit": None if limits is None else limits.detection,
            "detection_limit_broad": None if limits is None else limits.detection_broad,
            "quantification_limit": None if limits is None else limits.quantification,
            "lines_used": list(self.lines),
            "lines_missing": list(self.missing),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Purity:
    """What is known of a powder's purity.

    Attributes
    ----------
    sample : str
    verdict : Verdict
    sentence : str
        The verdict in words, with what it does not say.
    main : str
    lattice : Lattice or None
    phases : tuple of Sought
        The main phase first.
    peaks : tuple of Peak
        That no phase explains.
    radiation : mapping
        Lines of the tube that are seen, and their intensity over that of K-alpha1.
    refinement : Refinement
        Of all phases that are there.
    threshold : float
        Standard deviations at which a candidate is seen.
    noise : str
    findings : tuple of Finding
    """

    sample: str
    verdict: Verdict
    sentence: str
    main: str
    lattice: Lattice | None
    phases: tuple[Sought, ...]
    peaks: tuple[Peak, ...]
    radiation: Mapping[str, float]
    refinement: Refinement
    threshold: float
    noise: str
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0 single phase; 1 impurity, unidentified peaks or wrong phase; 3 undecidable."""
        codes = {Verdict.SINGLE_PHASE: 0, Verdict.UNDECIDABLE: 3}
        return codes.get(self.verdict, 1)

    @property
    def described(self) -> bool:
        """Whether the model describes the pattern: only then do shares of its mass mean anything.

        It does where the fit settled, the phases explain at least half of what stands above a
        smooth baseline, and the main phase has its lines. One whose cell alone is another describes
        the pattern all the same.
        """
        return _described(self.verdict, self.refinement, self.lattice)

    @property
    def displacement_deg(self) -> float:
        """By how much the sample's displacement moves a line at 30 degrees."""
        seen = self.refinement.model.diffractometer
        pull = float(seen.pull(np.array([np.radians(15.0)]))[0])
        return pull * self.refinement.value("displacement")

    def rows(self) -> list[Row]:
        """Give fractions and the lattice as rows of a table."""
        found = [
            Row(
                sample=self.sample,
                technique="xrd",
                quantity="crystalline_mass_fraction",
                subject=phase.name,
                estimate=estimate,
                unit="1",
                basis=Basis.CRYSTALLINE_MASS,
                denominator=BASIS,
            )
            for phase in self.phases
            if (estimate := _estimate(phase)) is not None
        ]
        return found + [
            Row(
                sample=self.sample,
                technique="xrd",
                quantity=f"lattice_{axis.name}",
                subject=self.main,
                estimate=axis.estimate,
                unit="Angstrom" if axis.name in {"a", "b", "c"} else "degree",
            )
            for axis in (() if self.lattice is None else self.lattice.axes)
        ]

    def to_dict(self) -> dict[str, object]:
        """Give the result as JSON-ready values."""
        return {
            "verdict": str(self.verdict),
            "sentence": self.sentence,
            "phases": [phase.to_dict() for phase in self.phases],
            "lattice": None if self.lattice is None else self.lattice.to_dict(),
            "unexplained": [peak.to_dict() for peak in self.peaks],
            "radiation": dict(self.radiation),
            "threshold_sigma": self.threshold,
            "profile": {
                "wavelengths_A": list(self.refinement.model.diffractometer.wavelengths),
                "r_wp": self.refinement.r_wp,
                "gof": self.refinement.gof,
                "displacement_deg": self.displacement_deg,
                "displacement_mm": self.refinement.value("displacement"),
                "displacement_u_mm": self.refinement.u("displacement"),
                "assessment": str(self.refinement.assessment),
                "noise": self.noise,
            },
            "findings": [finding.to_dict() for finding in self.findings],
        }


def _estimate(phase: Sought) -> Estimate | None:
    if phase.fraction is not None:
        return phase.fraction
    if phase.upper_limit is None:
        return None
    return Estimate(value=0.0, high=phase.upper_limit, level=0.95, kind=Kind.UPPER_LIMIT)


def judge(
    *,
    sample: str,
    phase: Phase | Structure,
    refinement: Refinement,
    residual: Residual,
    lattice: Lattice | None,
    sought: tuple[Sought, ...],
    peaks: tuple[Peak, ...],
    radiation: Mapping[str, float],
    threshold: float,
    noise: str,
    limit: float,
    own: Sequence[Structure],
    examined: Sequence[Finding],
    notes: tuple[Finding, ...],
) -> Purity:
    """Come to a verdict."""
    main = refinement.model.phases[0].name
    verdict, why = _verdict(refinement, lattice, sought, peaks, radiation)
    if not _described(verdict, refinement, lattice):
        sought = tuple(
            replace(
                one, fraction=None, upper_limit=None, limits=None, note=one.note or NOT_DESCRIBED
            )
            for one in sought
        )
    findings = findings_of(
        phase=phase,
        refinement=refinement,
        residual=residual,
        lattice=lattice,
        sought=sought,
        peaks=peaks,
        radiation=radiation,
        limit=limit,
        own=own,
        examined=examined,
    )
    return Purity(
        sample=sample,
        verdict=verdict,
        sentence=f"{why}; {_not_said(phase, verdict, sought)}",
        main=main,
        lattice=lattice,
        phases=sought,
        peaks=peaks,
        radiation=radiation,
        refinement=refinement,
        threshold=threshold,
        noise=noise,
        findings=(*notes, *findings),
    )


def _verdict(
    refinement: Refinement,
    lattice: Lattice | None,
    sought: tuple[Sought, ...],
    peaks: tuple[Peak, ...],
    radiation: Mapping[str, float],
) -> tuple[Verdict, str]:
    main = sought[0].name
    strong = _strong_lines(refinement)
    if strong < FEWEST_LINES:
        return Verdict.UNDECIDABLE, (
            f"undecidable: {_several(strong, 'strong line')} of {main} in the range, too few to "
            "know it by; measure a wider range"
        )
    above, explained = _explained(refinement)
    if above < NOTHING:
        return Verdict.UNDECIDABLE, (
            "undecidable: nothing stands above the background; count longer, or check the sample"
        )
    if explained < LITTLE:
        return Verdict.WRONG_PHASE, f"wrong phase: the pattern is not that of {main}"
    if refinement.assessment is not Assessment.CONVERGED or lattice is None:
        return Verdict.UNDECIDABLE, (
            f"undecidable: the fit of {main} did not settle ({refinement.assessment})"
        )
    if ALPHA2 in radiation:
        return Verdict.UNDECIDABLE, (
            "undecidable: the lines are doublets of K-alpha1 and K-alpha2, and were fitted as one; "
            'give --radiation "Cu Ka"'
        )
    if len(lattice.missing) > GONE * strong:
        lost = ", ".join(f"{line.two_theta:.2f}" for line in lattice.missing)
        return Verdict.WRONG_PHASE, f"wrong phase: lines of {main} are missing at {lost} degrees"
    if lattice.inside is False:
        axis = next(a for a in lattice.axes if a.inside is False)
        assert axis.band is not None
        return Verdict.WRONG_PHASE, (
            f"wrong phase: {axis.name} = {axis.estimate.value:.4f} is outside the band of {main}, "
            f"{axis.band[0]:g} to {axis.band[1]:g} "
            f"{'Angstrom' if axis.name in {'a', 'b', 'c'} else 'degrees'}"
        )
    present = [s.name for s in sought if s.presence is Presence.PRESENT]
    if present:
        return Verdict.IMPURITY, f"impurity: {', '.join(present)} beside {main}"
    tentative = [s.name for s in sought if s.presence is Presence.TENTATIVE]
    if peaks or tentative:
        told = [f"{len(peaks)} peaks that no phase explains"] if len(peaks) > 1 else []
        told += ["a peak that no phase explains"] if len(peaks) == 1 else []
        told += [f"{name}, tentatively" for name in tentative]
        return Verdict.UNIDENTIFIED, f"unidentified: {', '.join(told)} beside {main}"
    open_ = [s.name for s in sought if s.presence is Presence.UNDECIDABLE]
    if open_:
        return Verdict.UNDECIDABLE, (
            f"undecidable: {main} alone is seen, but {', '.join(open_)} could not have been"
        )
    limited = [s for s in sought if s.limits is not None]
    told = "; nothing else was asked for"
    if limited:
        worst = max(limited, key=_limit)
        told = (
            f"; every candidate would have been seen from {100 * _limit(worst):.2g} wt% "
            f"({worst.name}) on, with lines as wide as its own"
        )
    return Verdict.SINGLE_PHASE, f"single phase: {main} alone is seen{told}"


def _described(verdict: Verdict, refinement: Refinement, lattice: Lattice | None) -> bool:
    if refinement.assessment is not Assessment.CONVERGED or lattice is None:
        return False
    has_its_lines = verdict is not Verdict.WRONG_PHASE or (
        lattice.inside is False and not lattice.missing
    )
    return has_its_lines and _explained(refinement)[1] >= LITTLE


def _several(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _limit(sought: Sought) -> float:
    return 0.0 if sought.limits is None else sought.limits.detection


def _not_said(phase: Phase | Structure, verdict: Verdict, sought: tuple[Sought, ...]) -> str:
    lattice = ""
    fits = verdict not in {Verdict.WRONG_PHASE, Verdict.UNDECIDABLE}
    if fits and isinstance(phase, Phase) and phase.space_group == 216:
        lattice = "F lattice with intensities consistent with the F-43m model; "
    untested = sum(1 for s in sought if s.presence is Presence.NOT_TESTED)
    told = f"crystalline phases only; {lattice}"
    if untested:
        told += (
            f"{_several(untested, 'phase')} of this chemistry could not be tested for want of a "
            "structure"
        )
    return told.rstrip("; ")


def _explained(refinement: Refinement) -> tuple[float, float]:
    """How surely something stands above a baseline, and what share of it is explained."""
    model = refinement.model
    exposure = np.broadcast_to(np.asarray(model.exposure), refinement.counts.shape)
    beneath = baseline(model.two_theta, refinement.counts / exposure) * exposure
    weight = 1.0 / np.maximum(refinement.counts, 1.0)
    whole = float(np.sum(weight * (refinement.counts - beneath) ** 2)) - refinement.counts.size
    left = float(np.sum(weight * (refinement.counts - refinement.calculated) ** 2))
    above = whole / float(np.sqrt(2.0 * refinement.counts.size))
    return above, 1.0 - max(left - refinement.counts.size, 0.0) / max(whole, 1.0)


def _strong_lines(refinement: Refinement) -> int:
    model = refinement.model
    # By the structure alone: a fit that went astray may have moved or lost them.
    start = np.array([p.value for p in model.parameters])
    start[model.at[f"{model.phases[0].name} scale"]] = 1.0
    lines = next(iter(model.lines(model.phases[0], start)))
    inside = (lines.position > model.two_theta[0]) & (lines.position < model.two_theta[-1])
    if not inside.any():
        return 0
    return int(np.count_nonzero(lines.area[inside] > STRONG * lines.area.max()))
