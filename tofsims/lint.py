"""What a depth profile cannot be taken for: findings on saturation, masses, isotopes, meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.ion import Ion, ion
from references.words import Finding, InputError, Severity

from .counting import Saturation
from .field import Even
from .isotopes import Pattern
from .profile import position
from .uniformity import CORRELATED, FEWEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import xarray as xr

    from .field import Field
    from .isotopes import IsotopeTest
    from .masscal import Calibration
    from .neighbours import Neighbour
    from .patterns import PatternTest
    from .uniformity import Trend

__all__ = ["findings_of"]

METALS = frozenset({"Ga", "In"})
FLUCTUATES = 2.0
"""Dispersion against counting beyond which a signal is said to fluctuate."""
FAR_PPM = 50.0
"""Distance of an anchor from its mass that is worth a warning."""
LISTED = 3
"""Interfering ions that are named."""
PLAIN_ATOMS = 3
"""Atoms of a cluster that is likely enough to be named."""


def findings_of(
    *,
    judged: xr.Dataset,
    trends: Sequence[Trend],
    fields: Sequence[Field] = (),
    isotopes: Sequence[IsotopeTest],
    patterns: Sequence[PatternTest] = (),
    calibration: Calibration | None,
    neighbours: Sequence[Neighbour] = (),
    normalise: str,
) -> list[Finding]:
    """Look a profile over.

    Parameters
    ----------
    judged : Dataset
        The ions that were asked for, over the window.
    trends, fields, isotopes, patterns : sequences
    calibration : Calibration or None
    neighbours : sequence
        Of the ions that were asked for.
    normalise : str

    Returns
    -------
    list of Finding
    """
    return [
        *_polarity(judged),
        *_saturated(judged),
        *_fluctuating(trends),
        *_uneven(fields),
        *_isotope_ratios(judged, isotopes, patterns),
        *_calibrated(judged, calibration),
        *_unresolved(neighbours),
        *_meaning(judged),
        *_normalised(judged, normalise),
    ]


def _polarity(profile: xr.Dataset) -> Iterator[Finding]:
    """Ions of both signs, or of the other sign than the measurement."""
    signs = {
        str(name): "negative" if known.charge < 0 else "positive"
        for name in profile["ion"].values
        if (known := _known(str(name)))
    }
    stated = str(profile.attrs.get("polarity", ""))
    if stated not in {"negative", "positive"} and len(set(signs.values())) < 2:
        return
    first = stated if stated in {"negative", "positive"} else next(iter(signs.values()))
    others = [name for name, sign in signs.items() if sign != first]
    if others:
        yield Finding(
            rule="polarity",
            severity=Severity.ERROR,
            subject=", ".join(others),
            reference=f"{first} ions",
            message="one measurement holds ions of one sign: these are of the other one, and were "
            "named wrongly or come from another measurement",
        )


def _saturated(profile: xr.Dataset) -> Iterator[Finding]:
    for i, name in enumerate(profile["ion"].values):
        flags = profile["saturation"].values[i]
        limits = int((flags >= Saturation.LOWER_LIMIT).sum())
        near = int((flags >= Saturation.SATURATING).sum())
        if limits:
            yield Finding(
                rule="sims_saturated",
                severity=Severity.ERROR,
                subject=str(name),
                reported=f"{limits} of {flags.size} points",
                reference="99.3 % of the shots",
                message="nearly every shot has one: these intensities are lower limits, not to be "
                "fitted, divided by or compared; use an isotope that is rarer",
            )
        elif near:
            yield Finding(
                rule="sims_saturated",
                severity=Severity.WARNING,
                subject=str(name),
                reported=f"{near} of {flags.size} points",
                reference="95 % of the shots",
                message="close to one a shot: shots that never give an ion bias the correction",
            )


def _fluctuating(trends: Sequence[Trend]) -> Iterator[Finding]:
    for one in trends:
        if one.correlation > CORRELATED and one.dispersion > FLUCTUATES:
            yield Finding(
                rule="sims_not_stationary",
                severity=Severity.WARNING,
                subject=one.ion,
                reported=f"{one.dispersion:.2g} times the variance of counting, neighbours "
                f"correlated by {one.correlation:.2f}",
                message="the signal itself moves, on a longer scale than one data point: the "
                "straight line is not all there is to it; look at the figure",
            )
        elif one.dispersion > FLUCTUATES and one.noise > FLUCTUATES:
            yield Finding(
                rule="sims_noise",
                severity=Severity.WARNING,
                subject=one.ion,
                reported=f"{one.noise:.2g} times the variance of counting",
                message="points scatter more than counting explains; the interval allows for it",
            )


def _uneven(fields: Sequence[Field]) -> Iterator[Finding]:
    for one in fields:
        if one.verdict is Even.UNEVEN and one.strongest is not None:
            yield Finding(
                rule="sims_uneven",
                severity=Severity.WARNING,
                subject=one.ion,
                reported=f"{one.strongest.contrast_percent:.2g} % between blocks of "
                f"{one.strongest.block} pixels, p {one.p:.2g}",
                reference="chance",
                message="not spread evenly over the field: the depth profile is an average over "
                "what differs; look at its images (`peakwright tofsims render`), and whether all "
                "ions share it, as they do where beam or detector make it",
            )


def _isotope_ratios(
    profile: xr.Dataset, isotopes: Sequence[IsotopeTest], patterns: Sequence[PatternTest]
) -> Iterator[Finding]:
    asked = {str(name) for name in profile["ion"].values}
    chance = {name: f"; the whole pattern has p {one.p:.2g}"
              for one in patterns if np.isfinite(one.p) for name in one.members}  # fmt: skip
    for one in isotopes:
        if one.verdict not in {Pattern.INTERFERENCE, Pattern.SATURATED}:
            continue
        if not asked & {one.ion, one.reference}:
            continue
        because = (
            "one of the two is saturated"
            if one.verdict is Pattern.SATURATED
            else "another ion lies in one of the two windows"
        )
        yield Finding(
            rule="sims_isotope_ratio",
            severity=Severity.WARNING,
            subject=f"{one.ion} / {one.reference}",
            reported=f"{one.ratio:.4g} ± {one.u:.2g}",
            reference=f"{one.natural:.4g} in nature",
            deviation=f"{one.deviation_percent:+.1f} %",
            message=f"not the natural ratio of isotopes: {because}{chance.get(one.ion, '')}",
        )


def _calibrated(profile: xr.Dataset, calibration: Calibration | None) -> Iterator[Finding]:
    if calibration is None:
        return
    asked = {str(name) for name in profile["ion"].values}
    for anchor in calibration.anchors:
        if abs(anchor.left_out_ppm) > FAR_PPM:
            yield Finding(
                rule="sims_calibration",
                # Of an ion that nobody asked for it says no more than that another one is there.
                severity=Severity.WARNING if anchor.ion in asked else Severity.INFO,
                subject=anchor.ion,
                reported=f"{anchor.left_out_ppm:+.0f} ppm",
                reference=f"{FAR_PPM:g} ppm",
                message="the other known ions put this one elsewhere: it may be another ion, or "
                "its peak is distorted; it hardly pulls on the mass scale",
            )
    outside = [
        str(name)
        for name, mz in zip(profile["ion"].values, profile["mz"].values, strict=True)
        if calibration.is_extrapolated(float(mz))
    ]
    if outside:
        low, high = calibration.anchors[0].mz, calibration.anchors[-1].mz
        yield Finding(
            rule="sims_calibration_extrapolated",
            severity=Severity.WARNING,
            subject=", ".join(outside),
            reference=f"m/z {low:.1f} to {high:.1f}",
            message="beyond the masses of the known ions that made the mass scale; name others "
            "on the far side with --calibrate",
        )


def _unresolved(neighbours: Sequence[Neighbour]) -> Iterator[Finding]:
    of: dict[str, list[Neighbour]] = {}
    for one in neighbours:
        if one.is_resolved is False and one.atoms <= PLAIN_ATOMS:
            of.setdefault(one.ion, []).append(one)
    for name, near in of.items():
        near.sort(key=lambda one: (one.atoms, -one.fraction))
        listed = "; ".join(
            f"{one.interferent} {1000 * one.apart:+.2f} mDa, needs {one.needs:.0f}"
            for one in near[:LISTED]
        )
        yield Finding(
            rule="sims_unresolved",
            severity=Severity.WARNING,
            subject=name,
            reported=f"m/Δm {near[0].measured:.0f}",
            message=f"ions of the sample's elements lie in its window: {listed}"
            f"{' and others' if len(near) > LISTED else ''}; its isotopes have to tell",
        )


def _meaning(profile: xr.Dataset) -> Iterator[Finding]:
    """What counts of ions cannot say."""
    known = [found for name in profile["ion"].values if (found := _known(str(name)))]
    chlorides = [one for one in known if METALS & _elements(one) and "Cl" in _elements(one)]
    clusters = [one.key for one in chlorides]
    if clusters:
        sign = "-" if chlorides[0].charge < 0 else "+"
        metals = sorted({metal for one in chlorides for metal in METALS & _elements(one)})
        higher = ", ".join(f"{metal}Cl{n}{sign}" for metal in metals for n in (2, 4))
        yield Finding(
            rule="sims_cluster",
            severity=Severity.INFO,
            subject=", ".join(clusters),
            message="a cluster ion is no species: it also forms by recombination over metal and "
            f"LiCl; {higher} and a blank tell more",
        )
    if len({frozenset(_elements(one)) for one in known}) > 1:
        yield Finding(
            rule="sims_no_rsf",
            severity=Severity.INFO,
            subject=", ".join(one.key for one in known[:6]),
            message="counts of different ions are no concentrations: without relative sensitivity "
            "factors they cannot be ranked against each other",
        )


def _normalised(shown: xr.Dataset, normalise: str) -> Iterator[Finding]:
    if normalise == "total" and shown.sizes["scan"] >= FEWEST:
        total = shown["total"].values.astype(float)
        x = position(shown)
        slope = float(np.polynomial.Polynomial.fit(x, total, 1).convert().coef[-1])
        change = 100.0 * slope * float(x[-1] - x[0]) / float(total.mean())
        yield Finding(
            rule="sims_total_reference",
            severity=Severity.WARNING if abs(change) > 2.0 else Severity.INFO,
            subject="total",
            reported=f"{change:+.1f} % over the window",
            message="the total of all ions is no safe reference: it follows its strongest ions",
        )


def _known(name: str) -> Ion | None:
    try:
        return ion(name)
    except InputError:
        return None


def _elements(known: Ion) -> set[str]:
    return {element for _, element, _ in known.atoms}
