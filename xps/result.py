"""What a fit gives: lines, fractions, findings, and the curves of its figure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from references.words import Assessment, Estimate, Finding, Row

from .plan import Plan
from .quantify import row_dict
from .solve import lmfit_result

if TYPE_CHECKING:
    from .envelope import Envelope
    from .estimate import Measured
    from .likelihood import Statistic

__all__ = ["Curves", "Fit", "FittedLine"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedLine:
    """One line of a fitted envelope, for instance S 2p1/2 of Li2S.

    Parameters
    ----------
    component, line, shape : str
        Component's name, line label, line shape.
    position, fwhm, area : Estimate
        Calibrated binding energy [eV], true full width [eV], area in ``area_unit``.
    area_unit : str
        ``counts/s*eV`` where the acquisition time is known, else ``counts*eV`` or
        ``intensity*eV``.
    maximum : float
        Energy of the line's maximum [eV]; differs from ``position`` for some asymmetric shapes.
    minor : bool
        Whether it is the derived partner of a doublet.
    shape_parameters : tuple of (str, float)
        The line shape's own parameters.
    position_limits, fwhm_limits : (float, float)
        Between which the fit could move them [eV]; equal where a value is held.
    """

    component: str
    line: str
    shape: str
    position: Estimate
    fwhm: Estimate
    area: Estimate
    area_unit: str
    maximum: float
    minor: bool
    shape_parameters: tuple[tuple[str, float], ...] = ()
    position_limits: tuple[float, float] = (-np.inf, np.inf)
    fwhm_limits: tuple[float, float] = (0.0, np.inf)

    def to_dict(self) -> dict[str, object]:
        """Give the line as JSON-ready values."""
        return {
            "name": self.component,
            "line": self.line,
            "position_eV": self.position.value,
            "position_u_eV": self.position.u,
            "fwhm_eV": self.fwhm.value,
            "fwhm_u_eV": self.fwhm.u,
            "area": self.area.value,
            "area_u": self.area.u,
            "area_unit": self.area_unit,
            "shape": self.shape,
            "shape_parameters": dict(self.shape_parameters),
            "maximum_eV": self.maximum,
            "minor": self.minor,
            "limits": {
                "position_eV": [_finite(end) for end in self.position_limits],
                "fwhm_eV": [_finite(end) for end in self.fwhm_limits],
            },
            "estimates": {
                "position_eV": self.position.to_dict(),
                "fwhm_eV": self.fwhm.to_dict(),
                "area": self.area.to_dict(),
            },
        }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Curves:
    """What a figure needs, over the window, in counts (or the spectrum's own intensity).

    Attributes
    ----------
    energy : (n,) array
        Calibrated binding energy [eV], ascending.
    measured, envelope, background : (n,) array
    lines : (lines, n) array
        Without background, in the order of :attr:`Fit.lines`.
    residual : (n,) array
        Signed, in standard deviations of the noise the objective assumes.
    transmission : (n,) array or None
        The analyser's, where the file brings it.
    """

    energy: Array
    measured: Array
    envelope: Array
    background: Array
    lines: Array
    residual: Array
    transmission: Array | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fit:
    """The result of a fit: estimates, assessment, findings and the recipe they came from.

    Attributes
    ----------
    sample, region : str
        Labels of the spectrum.
    assessment : Assessment
        Intervals exist only for ``converged``.
    message : str
        What the assessment rests on.
    lines : tuple of FittedLine
        One a line, by core level, then position.
    fractions : tuple of Row
        Within the core level.
    findings : tuple of Finding
        What to review.
    chi2_reduced : float
        Objective per degree of freedom; for unweighted fits in squared units of the data.
    charge_shift, charge_shift_u : float
        Added to the stored axis [eV].
    charge_reference : str
        How the shift was found; empty where none was declared.
    area_factor : float
        From counts eV to ``area_unit``.
    envelope : Envelope
        The recipe.
    curves : Curves
        Data and model over the window.
    measured : Measured
        Plan, solution and uncertainty budget.
    number : int or None
        Of the spectrum in its file, from 0; ``None`` where it came from no file.
    absent : tuple of (str, float)
        Of a window that shows no peak: the 95 % upper limit of each species' area [``area_unit``].
    given : Envelope or None
        The recipe as it was given, where other regions of the sample have informed it.
    """

    sample: str
    region: str
    assessment: Assessment
    message: str
    lines: tuple[FittedLine, ...]
    fractions: tuple[Row, ...]
    findings: tuple[Finding, ...]
    chi2_reduced: float
    charge_shift: float
    charge_shift_u: float
    charge_reference: str
    area_factor: float
    photon_energy: float
    envelope: Envelope
    curves: Curves = field(repr=False)
    measured: Measured = field(repr=False)
    number: int | None = None
    absent: tuple[tuple[str, float], ...] = ()
    given: Envelope | None = field(default=None, repr=False)

    @property
    def recipe(self) -> Envelope:
        """The recipe for other samples: without what this one's other regions have told."""
        return self.envelope if self.given is None else self.given

    @property
    def background(self) -> dict[str, float]:
        """Give the fitted numbers of an active background; empty for a static one.

        ``constant`` [counts] and ``slope`` [counts/eV] about the energy ``about_eV``, and ``loss``:
        the step per area of a Shirley background [1/eV], the factor on a Tougaard kernel.
        """
        plan = self.measured.plan
        if not isinstance(plan, Plan):
            return {}
        values = plan.expand(self.measured.solution.values)
        places = {"constant": plan.constant, "slope": plan.slope, "loss": plan.kappa}
        found = {name: float(values[i]) for name, i in places.items() if i is not None}
        return found | {"about_eV": float(plan.energy.mean())} if found else {}

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the components, in canonical order."""
        return tuple(dict.fromkeys(line.component for line in self.lines))

    @property
    def statistic(self) -> Statistic:
        """The objective that was minimised; intensities are fitted ``unweighted``."""
        used = self.measured.problem.statistic
        return "unweighted" if used == "sigma" else used

    @property
    def lmfit(self) -> Any:
        """Lmfit's own ``MinimizerResult``; its ``p0, p1, ...`` are ``measured.solution.names``."""
        return lmfit_result(self.measured.problem, self.measured.solution.values)

    def rows(self) -> tuple[Row, ...]:
        """Give every number as a row: positions, widths and areas of lines, then fractions."""
        found: list[Row] = []
        for line in self.lines:
            for quantity, estimate, unit in (
                ("position", line.position, "eV"),
                ("fwhm", line.fwhm, "eV"),
                ("area", line.area, line.area_unit),
            ):
                found.append(
                    Row(
                        sample=self.sample,
                        technique="xps",
                        quantity=quantity,
                        subject=f"{line.component} {line.line}",
                        estimate=estimate,
                        unit=unit,
                    )
                )
        return (*found, *self.fractions)

    def to_dict(self) -> dict[str, object]:
        """Give the result as JSON-ready values."""
        solution = self.measured.solution
        shift_u = self.charge_shift_u if np.isfinite(self.charge_shift_u) else None
        return {
            "sample": self.sample,
            "region": self.region,
            "number": self.number,
            "photon_energy_eV": _finite(self.photon_energy),
            "assessment": str(self.assessment),
            "message": self.message,
            "components": [line.to_dict() for line in self.lines],
            "fractions": [row_dict(row) for row in self.fractions],
            "statistics": {
                "statistic": self.statistic,
                "chi2_reduced": _finite(self.chi2_reduced),
                "points": self.curves.energy.size,
                "free_parameters": len(solution.names),
                "starts": solution.starts,
                "condition": _finite(solution.condition),
                "optima": [
                    {
                        "objective": optimum.objective,
                        "values": dict(zip(solution.names, optimum.values, strict=True)),
                    }
                    for optimum in (*solution.optima, *solution.lesser)
                    if len(solution.optima) + len(solution.lesser) > 1
                ],
            },
            "charge": {
                "shift_eV": self.charge_shift,
                "shift_u_eV": shift_u,
                "reference": self.charge_reference,
            },
            "background": self.background,
            "area_factor": self.area_factor,
            "findings": [finding.to_dict() for finding in self.findings],
            **({"absent_area_high": dict(self.absent)} if self.absent else {}),
        }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
