"""How much of each phase: mass fractions with all that makes them uncertain.

Masses go with scale times Z M V (R. J. Hill and C. J. Howard, J. Appl. Cryst. 20 (1987) 467). The
lines of a real phase differ from its structure's by a few percent: grains, texture, extinction,
displacements. How far they do, each phase shows (:class:`xrd.phase.Uneven`), and that is what a
fraction is uncertain by, more than by counting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import (
    Assessment,
    Basis,
    Estimate,
    Finding,
    InputError,
    Kind,
    Row,
    Severity,
    UncertaintyParts,
)

from .absorption import attenuation, microabsorption
from .fractions import (
    UNEVEN,
    estimates,
    fractions_and_covariances,
    ground,
    intensity_shares,
    without_pretence,
)
from .instrument import Instrument, diffractometer
from .knowledge import Parameter
from .lattice import TWO_SIDED
from .lint import ghost_phase, not_converged
from .model import PatternModel
from .noise import counted
from .phase import Uneven, phase_model
from .refine import refine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from references.registry import Registry

    from .knowledge import Spread
    from .phase import PhaseModel
    from .refine import Refinement
    from .structure import Structure

__all__ = [
    "Part",
    "Quantification",
    "Standard",
    "holder",
    "quantify",
]

Array = NDArray[np.float64]

STATED = Parameter(name="own B", value=0.0, u=0.0, doubt=0.05)
"""Displacement parameters that a structure states are as uncertain against those of other phases
[Angstrom^2]: a convention of this program, about what published B of one compound differ by."""
USUAL = Parameter(name="own B", value=0.6, low=0.0, high=4.0, u=0.5)
"""Those that it does not state are what crystals have at room temperature, and refined."""
FINE = 1.0
"""Radius of grains [micrometre] whose microabsorption is told where none is given,"""
MATTERS = 0.005
"""if it changes a mass fraction by this much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """An internal standard: what was added, and how much.

    Parameters
    ----------
    name : str
        Of one of the phases.
    fraction : float
        By mass, of the mixture with it.
    """

    name: str
    fraction: float

    def __post_init__(self) -> None:
        if not 0.0 < self.fraction < 1.0:
            raise InputError(
                "an internal standard is some of the mixture, above 0 and below 100 % of its "
                f"mass, not {100 * self.fraction:g} %"
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """One phase of a mixture.

    Attributes
    ----------
    name : str
    structure : Structure
    fraction : Estimate
        Of the mass of the crystalline phases that were modelled.
    intensity_share : float
        Of the calculated intensity above the background.
    unevenness : float
        Relative standard deviation of its lines' intensities from the structure's.
    cell : tuple of float
        a, b, c [Angstrom], alpha, beta, gamma [degrees], refined.
    """

    name: str
    structure: Structure
    fraction: Estimate
    intensity_share: float
    unevenness: float
    cell: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quantification:
    """The phases of a mixture by mass.

    Attributes
    ----------
    sample : str
    parts : tuple of Part
    refinement : Refinement
    amorphous : Estimate or None
        Of the mass of the sample without its internal standard; ``None`` without one.
    standard : Standard or None
    radius_um : float or None
        Of the grains whose microabsorption was corrected for.
    noise : str
        Where the noise is from.
    findings : tuple of Finding
    """

    sample: str
    parts: tuple[Part, ...]
    refinement: Refinement
    amorphous: Estimate | None
    standard: Standard | None
    radius_um: float | None
    noise: str
    findings: tuple[Finding, ...]

    @property
    def assessment(self) -> Assessment:
        """How the refinement ended."""
        return self.refinement.assessment

    def rows(self) -> list[Row]:
        """Give the fractions as rows of a table."""
        found = [
            Row(
                sample=self.sample,
                technique="xrd",
                quantity="crystalline_mass_fraction",
                subject=part.name,
                estimate=part.fraction,
                unit="1",
                basis=Basis.CRYSTALLINE_MASS,
                denominator="modelled crystalline phases",
            )
            for part in self.parts
        ]
        if self.amorphous is not None:
            found.append(
                Row(
                    sample=self.sample,
                    technique="xrd",
                    quantity="amorphous_mass_fraction",
                    subject="what has no lines of these phases",
                    estimate=self.amorphous,
                    unit="1",
                    basis=Basis.CRYSTALLINE_MASS,
                    denominator="sample without the internal standard",
                )
            )
        return found

    def to_dict(self) -> dict[str, object]:
        """Give the result as JSON-ready values."""
        refinement = self.refinement
        return {
            "assessment": str(self.assessment),
            "phases": [
                {
                    "phase": part.name,
                    "crystalline_mass_fraction": part.fraction.value,
                    "u": part.fraction.u,
                    "u_parts": part.fraction.u_parts.to_dict(),
                    "low": part.fraction.low,
                    "high": part.fraction.high,
                    "kind": str(part.fraction.kind),
                    "intensity_share": part.intensity_share,
                    "unevenness": part.unevenness,
                    "cell_A_deg": list(part.cell),
                }
                for part in self.parts
            ],
            "amorphous": None if self.amorphous is None else self.amorphous.to_dict(),
            "standard": None
            if self.standard is None
            else {"phase": self.standard.name, "mass_fraction": self.standard.fraction},
            "grain_radius_um": self.radius_um,
            "profile": {
                "wavelengths_A": list(refinement.model.diffractometer.wavelengths),
                "r_wp": refinement.r_wp,
                "gof": refinement.gof,
                "displacement_mm": refinement.value("displacement"),
                "displacement_u_mm": refinement.u("displacement"),
                "B_A2": refinement.value("B"),
                "noise": self.noise,
            },
            "findings": [finding.to_dict() for finding in self.findings],
        }


def quantify(
    measured: xr.Dataset,
    phases: Sequence[Structure],
    *,
    library: Registry | None = None,
    instrument: Instrument | None = None,
    standard: Standard | None = None,
    texture: Mapping[str, tuple[int, int, int]] | None = None,
    radius_um: float | None = None,
    background: xr.Dataset | None = None,
) -> Quantification:
    """Give the mass fractions of phases in a mixture.

    Parameters
    ----------
    measured : Dataset
        A powder pattern, as :func:`xrd.read` gives it.
    phases : sequence of Structure
        All crystalline phases of the mixture; what is not among them is not counted.
    library : Registry, optional
        Wavelengths are from here.
    instrument : Instrument, optional
    standard : Standard, optional
        An internal standard; with it, what has no lines is told as amorphous.
    texture : mapping, optional
        Axis h, k, l of a texture after March and Dollase, by phase.
    radius_um : float, optional
        Radius of the grains [micrometre]; with it, microabsorption is corrected for.
    background : Dataset, optional
        A pattern of the empty holder.

    Returns
    -------
    Quantification

    Raises
    ------
    InputError
        If the pattern has no noise or wavelength, no two phases are given, two share a name, none
        has lines in the range, or grains are too coarse.

    Examples
    --------
    >>> import numpy as np
    >>> from references import load
    >>> from xrd.pattern import pattern
    >>> from xrd.structure import structure
    >>> from xrd.example import simulated
    >>> x, counts = simulated({"Al2O3": 0.7, "ZnO": 0.3}, seed=1)
    >>> mixture = pattern(x, counts, wavelength=1.5405929)
    >>> found = quantify(mixture, [structure(load().phase(key)) for key in ("Al2O3", "ZnO")])
    >>> [round(part.fraction.value, 1) for part in found.parts]
    [0.7, 0.3]
    """
    from references import load

    library = library or load()
    _check(phases, standard, texture or {})
    data = counted(measured)
    seen, notes = diffractometer(measured, instrument or Instrument(), library)
    model = PatternModel.build(
        data.two_theta,
        seen,
        [
            _laid(given, seen.wavelengths[0], data.two_theta, (texture or {}).get(given.name))
            for given in phases
        ],
        exposure=data.exposure,
        beneath=holder(background, data.two_theta),
    )
    found = without_pretence(refine(model, data.counts))
    fractions, covariances = fractions_and_covariances(found)
    structures = list(phases)
    findings = [*notes, *not_converged(found)]
    if radius_um is not None:
        fractions, covariances = ground(
            fractions, covariances, structures, radius_um, seen.wavelengths[0]
        )
    else:
        findings += _absorbs(fractions, structures, seen.wavelengths[0])
    shares = intensity_shares(found)
    told = estimates(found, fractions, covariances)
    spread = {
        p.name: s.precision**-0.5 for p, s in zip(model.phases, _line_spreads(found), strict=True)
    }
    parts = tuple(
        Part(
            name=phase.name,
            structure=phase.structure,
            fraction=estimate,
            intensity_share=float(share),
            unevenness=float(spread[phase.name]),
            cell=found.cell(phase),
        )
        for phase, estimate, share in zip(model.phases, told, shares, strict=True)
    )
    findings += [
        finding
        for part in parts
        if part.fraction.kind is not Kind.UPPER_LIMIT
        for finding in ghost_phase(part.name, part.fraction.value, part.intensity_share)
    ]
    settled = found.assessment is Assessment.CONVERGED
    amorphous = (
        _amorphous(parts, standard, fractions, covariances)
        if standard is not None and settled
        else None
    )
    if amorphous is not None and amorphous.high is not None and amorphous.high < 0.0:
        findings.append(_too_much(amorphous))
    return Quantification(
        sample=str(measured.attrs.get("sample", "")),
        parts=parts,
        refinement=found,
        amorphous=amorphous,
        standard=standard,
        radius_um=radius_um,
        noise=data.basis,
        findings=tuple(findings),
    )


def _check(
    phases: Sequence[Structure], standard: Standard | None, texture: Mapping[str, object]
) -> None:
    names = [given.name for given in phases]
    if len(names) < 2:
        raise InputError(
            "fractions need two phases at least; give them all, for instance --phases a.cif,b.cif"
        )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"two phases are named {twice!r}; give each once, under a name of its own")
    for name in texture:
        if name not in names:
            raise InputError(f"the textured {name!r} is none of the phases {', '.join(names)}")
    if standard is not None and standard.name not in names:
        raise InputError(
            f"the internal standard {standard.name!r} is none of the phases {', '.join(names)}"
        )


def holder(background: xr.Dataset | None, two_theta: Array) -> Array | None:
    """Give the pattern of an empty holder at other angles (channels,), smoothed."""
    if background is None:
        return None
    from .background import baseline

    empty = counted(background)
    if empty.two_theta[0] > two_theta[0] + 0.5 or empty.two_theta[-1] < two_theta[-1] - 0.5:
        raise InputError(
            f"the background file covers {empty.two_theta[0]:g} to {empty.two_theta[-1]:g} "
            f"degrees, the pattern {two_theta[0]:g} to {two_theta[-1]:g}; measure the holder over "
            "the same range"
        )
    smooth = baseline(empty.two_theta, empty.counts / empty.exposure)
    return np.interp(two_theta, empty.two_theta, smooth)


def _laid(
    given: Structure, wavelength: float, two_theta: Array, axis: tuple[int, int, int] | None
) -> PhaseModel:
    stated = bool(np.any(given.b_iso > 0.0))
    laid = phase_model(
        given.name,
        given,
        wavelength,
        (float(two_theta[0]), float(two_theta[-1])),
        uneven=Uneven(u=UNEVEN, sought=True),
        texture_axis=axis,
        own_b=STATED if stated else USUAL,
    )
    angle = laid.reflections.two_theta(wavelength)
    if not np.any((angle > two_theta[0]) & (angle < two_theta[-1])):
        raise InputError(
            f"{given.name} has no line between {two_theta[0]:g} and {two_theta[-1]:g} degrees, so "
            "the pattern says nothing of it; measure a wider range, or leave it out"
        )
    return laid


def _line_spreads(found: Refinement) -> list[Spread]:
    return [spread for spread in found.knowledge.spreads if spread.part == "misfit"]


def _amorphous(
    parts: Sequence[Part], standard: Standard, fractions: Array, covariances: dict[str, Array]
) -> Estimate:
    """What the crystalline phases do not make up: 1 - (1/W_s - 1) w_s/(1 - w_s).

    With w_s the standard that was weighed in and W_s its share of the crystalline phases.
    """
    place = next(i for i, part in enumerate(parts) if part.name == standard.name)
    seen, added = float(fractions[place]), standard.fraction
    if not seen > 0.0:
        raise InputError(
            f"the internal standard {standard.name} is not seen in the pattern, so nothing can be "
            "said of what is amorphous; check that it was added"
        )
    ratio = added / (1.0 - added)
    value = 1.0 - (1.0 / seen - 1.0) * ratio
    slope = ratio / seen**2
    u_parts = UncertaintyParts(
        **{
            name: slope * float(np.sqrt(max(c[place, place], 0.0)))
            for name, c in covariances.items()
        }
    )
    u = u_parts.total
    return Estimate(
        value=value,
        u=u,
        u_parts=u_parts,
        low=value - TWO_SIDED * u,
        high=value + TWO_SIDED * u,
        level=0.95,
    )


# --- findings -------------------------------------------------------------------------------------


def _absorbs(fractions: Array, structures: list[Structure], wavelength: float) -> list[Finding]:
    mu = np.array([attenuation(given, wavelength) for given in structures])
    fine = min(FINE, 0.04 / (1e-4 * float(mu.max())))
    after = fractions / microabsorption(fractions, structures, fine, wavelength)
    off = after / after.sum() - fractions
    worst = int(np.abs(off).argmax())
    if abs(off[worst]) < MATTERS:
        return []
    return [
        Finding(
            rule="microabsorption",
            severity=Severity.INFO,
            subject=structures[worst].name,
            reported=f"mu {mu.min():.0f} to {mu.max():.0f} 1/cm",
            deviation=f"{100 * off[worst]:+.1f} wt% for grains of {fine:.2g} um radius",
            message="absorption inside the grains is not corrected for; state their radius with "
            "--grain-radius",
        )
    ]


def _too_much(amorphous: Estimate) -> Finding:
    return Finding(
        rule="more_than_all",
        severity=Severity.ERROR,
        subject="internal standard",
        reported=f"{100 * amorphous.value:.1f} %",
        reference=">= 0 %",
        message="the crystalline phases make up more than the sample; check how much of the "
        "standard was weighed in, and that it is fully crystalline",
    )
