"""Fits of ours become claims.

A component that a fit does not see (its area is an upper limit) claims no place: that means nothing
there. What only a live fit knows (its likelihood, its rivals) is judged when it is made.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from references.words import Kind

from .assignment import tied_pairs
from .claims import ClaimedLine, ClaimedSpectrum, Claims, Stated, Tie
from .constraint import parse
from .naming import level_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry
    from references.words import Estimate

    from .result import Fit

__all__ = ["from_fits", "unseen"]


def from_fits(fits: Sequence[Fit], registry: Registry, *, named: bool = True) -> Claims:
    """Give the claims of fits.

    Parameters
    ----------
    fits : sequence of Fit
        Of any samples and regions.
    registry : Registry
    named : bool
        Whether subjects begin with the sample's name; one fit's findings stand under its own.

    Returns
    -------
    Claims
    """
    lines: list[ClaimedLine] = []
    spectra: list[ClaimedSpectrum] = []
    elements: dict[str, None] = {}
    for fit in fits:
        sample = fit.sample if named else ""
        lines += _fitted(fit, sample, registry, len(lines))
        spectra.append(_spectrum(fit, sample))
        elements |= dict.fromkeys(fit.envelope.elements)
    return Claims(
        origin="fit", lines=tuple(lines), spectra=tuple(spectra), elements=tuple(elements)
    )


def _fitted(fit: Fit, sample: str, registry: Registry, first: int) -> list[ClaimedLine]:
    by_name = {component.name: component for component in fit.envelope.components}
    found: list[ClaimedLine] = []
    majors: dict[str, int] = {}
    for line in fit.lines:
        component = by_name[line.component]
        faint = unseen(line.area.kind, line.position.kind, line.position.u)
        level = registry.core_level(component.core_level)
        label = line.line.partition(" ")[2]
        index = first + len(found)
        partner = majors.get(line.component) if line.minor else None
        if not line.minor:
            majors[line.component] = index
        tied = _is_tied(component.fwhm, [c.name for c in fit.envelope.components])
        found.append(
            ClaimedLine(
                index=index,
                sample=sample,
                region=fit.region,
                label=level.symbol,
                level=level,
                line=label if label in level.lines else level.lines[0],
                minor=line.minor,
                name=line.component,
                species=component.species,
                position=_estimated(line.position),
                fwhm=_estimated(line.fwhm, None if not tied else Tie(line=index, factor=1.0)),
                area=Stated(value=0.0) if faint else _estimated(line.area),
                referenced=bool(fit.charge_reference),
                partner=partner,
            )
        )
    return tied_pairs(found, fit.envelope, first)


def _is_tied(constraint: str | float, names: Sequence[str]) -> bool:
    return parse(constraint, names).tie is not None


def _estimated(estimate: Estimate, tie: Tie | None = None) -> Stated:
    return Stated(value=estimate.value, u=estimate.u, tie=tie)


def unseen(area: str, position: str, u: float | None) -> bool:
    """Whether a fit does not see a component: its area is a limit, its place has no interval.

    Parameters
    ----------
    area, position : str
        Kinds of the two estimates.
    u : float or None
        Of the position.
    """
    return area == Kind.UPPER_LIMIT and position != Kind.FIXED and u is None


def _spectrum(fit: Fit, sample: str) -> ClaimedSpectrum:
    named = level_name(fit.region) or level_name(fit.envelope.components[0].core_level)
    background = fit.envelope.background
    missing = [] if math.isfinite(getattr(fit, "photon_energy", 1.0)) else ["photon energy"]
    if fit.lines and fit.lines[0].area_unit == "counts*eV":
        missing.append("dwell time and scans")
    static = background.mode == "static"
    return ClaimedSpectrum(
        sample=sample,
        region=fit.region,
        symbol=named.symbol if named else "",
        window=(float(fit.curves.energy[0]), float(fit.curves.energy[-1])),
        background=background.kind + (" with slope" if background.slope and not static else ""),
        charge_shift=fit.charge_shift,
        curves=fit.curves,
        exact=True,
        # Of data whose noise is not known it would be their variance.
        chi2_reduced=fit.chi2_reduced if fit.statistic != "unweighted" else None,
        missing=tuple(missing),
        end_channels=background.end_points if static else None,
    )
