"""The line profile of a diffractometer, from a standard whose own lines are narrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from references.words import Assessment, Finding, InputError, Severity

from .instrument import Instrument, Profile, diffractometer
from .model import PatternModel
from .noise import counted
from .phase import phase_model
from .refine import refine
from .structure import structure

if TYPE_CHECKING:
    import xarray as xr

    from references.phase import Phase
    from references.registry import Registry

    from .refine import Refinement

__all__ = ["Calibration", "calibrate"]

WIDTH_U = 0.1
"""Relative standard uncertainty with which a profile holds for another sample: a convention."""
AXIAL_U = 0.003
RATIO_U = 0.01
SHAPE_U = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """A diffractometer as a standard shows it.

    Attributes
    ----------
    instrument : Instrument
        To be written to a file.
    refinement : Refinement
        With the standard's certified cell held.
    displacement, displacement_u : float
        Of the standard [mm].
    noise : str
    findings : tuple of Finding
    """

    instrument: Instrument
    refinement: Refinement
    displacement: float
    displacement_u: float
    noise: str
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, object]:
        """Give the calibration as JSON-ready values."""
        return {
            "instrument": self.instrument.model_dump(mode="json", by_alias=True),
            "displacement_mm": self.displacement,
            "displacement_u_mm": self.displacement_u,
            "profile": {
                "r_wp": self.refinement.r_wp,
                "gof": self.refinement.gof,
                "assessment": str(self.refinement.assessment),
                "noise": self.noise,
            },
            "findings": [finding.to_dict() for finding in self.findings],
        }


def calibrate(
    measured: xr.Dataset,
    standard: Phase,
    *,
    instrument: Instrument | None = None,
    library: Registry | None = None,
) -> Calibration:
    """Fit a diffractometer's profile to a standard's pattern.

    Parameters
    ----------
    measured : Dataset
        A powder pattern, as :func:`xrd.read` gives it.
    standard : Phase
        Its cell is held, so that displacement and widths are the diffractometer's.
    instrument : Instrument, optional
        What is known already: radiation, monochromator, radius, geometry.
    library : Registry, optional

    Raises
    ------
    InputError
        If the pattern has no noise or wavelength, or the fit does not settle.
    """
    from references import load

    library = library or load()
    known = instrument or Instrument()
    data = counted(measured)
    seen, notes = diffractometer(measured, known, library)
    ends = float(data.two_theta[0]), float(data.two_theta[-1])
    laid = phase_model(standard.key, structure(standard), seen.wavelengths[0], ends)
    model = PatternModel.build(data.two_theta, seen, [laid], exposure=data.exposure)
    for i in range(len(laid.cells)):
        model = model.with_parameter(f"{laid.name} cell {i}", value=0.0, u=0.0)
    found = refine(model, data.counts, reach=0.0)
    if found.assessment is not Assessment.CONVERGED:
        raise InputError(
            f"the pattern does not fit {standard.key} ({found.assessment}); check that it is the "
            "standard's, and the wavelength"
        )
    findings = list(notes)
    if standard.a is not None and not standard.status.may_constrain:
        findings.append(
            Finding(
                rule="standard_cell",
                severity=Severity.WARNING,
                subject=standard.key,
                reported=str(standard.status),
                message="the cell of this standard has not been read in its certificate, and the "
                "displacement is as wrong as it is; check it, or take LaB6",
            )
        )
    u, v, w = (found.value(f"gauss {key}") for key in "UVW")
    width = max(w, 1e-4)
    profile = Profile(
        gauss_uvw_deg2=(u, v, w),
        gauss_uvw_u_deg2=(WIDTH_U * width, WIDTH_U * width, WIDTH_U * width),
        lorentz_xy_deg=(
            found.value(f"{laid.name} size"),
            found.value(f"{laid.name} strain"),
        ),
        axial=float(np.sqrt(found.value("axial squared"))),
        axial_u=AXIAL_U,
        shape=found.value("shape"),
        shape_u=SHAPE_U,
    )
    lengths = seen.wavelengths
    made = known.model_copy(
        update={
            "radiation": known.radiation or ", ".join(f"{length:.7g}" for length in lengths),
            "radius_mm": known.radius_mm or _stated_radius(measured),
            "alpha2_ratio": found.value("ratio") if len(lengths) > 1 else known.alpha2_ratio,
            "alpha2_ratio_u": RATIO_U,
            "profile": profile,
            "note": f"from {standard.key}, R_wp {found.r_wp:.3f}, gof {found.gof:.2f}",
        }
    )
    return Calibration(
        instrument=made,
        refinement=found,
        displacement=found.value("displacement"),
        displacement_u=found.u("displacement"),
        noise=data.basis,
        findings=tuple(findings),
    )


def _stated_radius(measured: xr.Dataset) -> float | None:
    radius = float(measured.coords["radius_mm"])
    return radius if np.isfinite(radius) else None
