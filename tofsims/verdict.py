"""The answer to "is it uniform?": trends of the ions that were asked for, and what speaks against.

One window for all ions: what was asked for, or the whole profile without the start of sputtering.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from references.words import Estimate, Finding, Kind, Row, UncertaintyParts

from .axis import SECONDS, span, unit_of
from .counting import NOTHING_SEEN, Saturation
from .field import Even
from .isotopes import isotope_tests
from .lint import findings_of
from .neighbours import neighbours
from .patterns import pattern_tests
from .profile import between, left_out, normalised, position, row_of
from .uniformity import Trend, Uniform, settled, trend

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from .field import Field
    from .isotopes import IsotopeTest
    from .masscal import Calibration
    from .neighbours import Neighbour
    from .patterns import PatternTest
    from .slices import Slices

__all__ = ["Uniformity", "check"]

COUNTED = 5.0
"""Counts a data point from which an ion has a say in where the start of sputtering ends."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Uniformity:
    """How the signals of ions change through a depth profile.

    Attributes
    ----------
    sample : str
    profile : Dataset
        Of the ions that were asked for, over all data points, as measured.
    shown : Dataset
        The same, normalised where that was asked for.
    window : (float, float)
        Sputter time [s] of the first and last point that was judged, or their scans.
    cut : int
        Points before it that were left out as the start of sputtering.
    trends : tuple of Trend
        One an ion, in the order in which they were asked for.
    isotopes : tuple of IsotopeTest
        Over the window, of all ions of the profile,
    patterns : tuple of PatternTest
        and of each formula all its isotopologues at once.
    interferences : tuple of Neighbour
        Of the ions that were asked for; none where no elements were named.
    fields : tuple of Field
        How evenly each ion is spread over the field; none of what has no images.
    calibration : Calibration or None
        ``None`` where the file holds no events.
    findings : tuple of Finding
    """

    sample: str
    profile: xr.Dataset
    shown: xr.Dataset
    window: tuple[float, float]
    cut: int
    trends: tuple[Trend, ...]
    isotopes: tuple[IsotopeTest, ...]
    patterns: tuple[PatternTest, ...] = ()
    interferences: tuple[Neighbour, ...] = ()
    fields: tuple[Field, ...]
    calibration: Calibration | None
    findings: tuple[Finding, ...]

    @property
    def sentence(self) -> str:
        """Say which ions are uniform, which drift, which cannot be told, and which are uneven."""
        margin = self.trends[0].margin_percent
        words = {
            Uniform.UNIFORM: f"uniform within {margin:g} %",
            Uniform.DRIFTING: f"drifting by more than {margin:g} %",
            Uniform.UNDECIDED: "undecided",
        }
        said = [
            f"{word}: {', '.join(names)}"
            for kind, word in words.items()
            if (names := [t.ion for t in self.trends if t.verdict is kind])
        ]
        low, high = self.window
        if uneven := [one.ion for one in self.fields if one.verdict is Even.UNEVEN]:
            said.append(f"uneven over the field: {', '.join(uneven)}")
        return f"from {span(low, high, self.unit)}: {'; '.join(said)}"

    @property
    def unit(self) -> str:
        """Of the window: ``"s"``, or ``"scan"`` where no time is known."""
        return unit_of(self.profile)

    @property
    def exit_code(self) -> int:
        """0 all uniform, 1 one drifts, 3 undecided."""
        verdicts = {t.verdict for t in self.trends}
        if Uniform.DRIFTING in verdicts:
            return 1
        return 3 if Uniform.UNDECIDED in verdicts else 0

    def rows(self) -> list[Row]:
        """Give the changes as rows of a table."""
        return [
            Row(
                sample=self.sample,
                technique="tofsims",
                quantity="change over the window",
                subject=one.ion,
                estimate=_estimate(one),
                unit="%",
            )
            for one in self.trends
            if math.isfinite(one.change_percent)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Give the body of the JSON document."""
        x = position(self.profile)
        shots = np.unique(self.profile["shots"].values)
        return {
            "sample": self.sample,
            "polarity": self.profile.attrs.get("polarity", ""),
            "shots_per_point": _number(shots[0]) if shots.size == 1 else None,
            "shots_from": self.profile.attrs.get("shots_from", ""),
            "calibration": None if self.calibration is None else _calibration(self.calibration),
            "sputter_time_s": x.tolist() if "sputter_time" in self.profile.coords else None,
            "scan": self.profile["scan"].values.tolist(),
            "normalised_by": self.shown.attrs.get("normalised_by", ""),
            "ions": [_ion(self.shown.isel(ion=i)) for i in range(self.shown.sizes["ion"])],
            "unit": self.unit,
            "window": list(self.window),
            "window_s": list(self.window) if self.unit == SECONDS else None,
            "points_cut": self.cut,
            "uniformity": [_trend(one) for one in self.trends],
            "isotopes": [_isotopes(one) for one in self.isotopes],
            "isotope_patterns": [one.to_dict() for one in self.patterns],
            "interferences": [one.to_dict() for one in self.interferences],
            "field": [one.to_dict() for one in self.fields],
            "sentence": self.sentence,
        }


def check(
    profile: xr.Dataset,
    ions: Sequence[str] = (),
    *,
    window: tuple[float, float] | None = None,
    margin_percent: float = 5.0,
    normalise: str = "",
    slices: Slices | None = None,
    calibration: Calibration | None = None,
    elements: Sequence[str] = (),
    sample: str = "",
) -> Uniformity:
    """Judge how the signals of ions change through a depth profile.

    Parameters
    ----------
    profile : Dataset
    ions : sequence of str
        Their names; all if not given.
    window : (float, float), optional
        Sputter times [s], or scans where no time is known; the whole profile without the start of
        sputtering if not given.
    margin_percent : float
        Change over the window that is called uniform.
    normalise : str
        ``"total"``, ``"dose"`` or an ion's name; counts as they are if not given.
    slices : Slices, optional
        Images of the ions, for how evenly they are spread over the field.
    calibration : Calibration, optional
        Of a profile that was made of events.
    elements : sequence of str
        In the sample, for the ions that could interfere.
    sample : str

    Returns
    -------
    Uniformity

    Raises
    ------
    InputError
        If an ion is not there, or the window holds no point.

    Examples
    --------
    >>> from tofsims import depth_profile
    >>> counts = np.random.default_rng(1).poisson(1000, (1, 200))
    >>> made = depth_profile(["Cl-"], counts, sputter_time=np.arange(1.0, 201.0), shots=1e9)
    >>> check(made).sentence
    'from 1 to 200 s: uniform within 5 %: Cl-'
    """
    names = list(ions) or [str(name) for name in profile["ion"].values]
    asked = profile.isel(ion=[row_of(profile, name) for name in names]) if ions else profile
    if normalise and window is not None:
        # A reference need not be there outside of what is judged.
        profile, asked = between(profile, *window), between(asked, *window)
    shown, missing = asked, list[Finding]()
    if normalise:
        shown = normalised(profile, asked, normalise)
        missing = left_out(asked, shown)
        names = [str(name) for name in shown["ion"].values]
        # Data points that have no reference of their own are none.
        first = asked.sizes["scan"] - shown.sizes["scan"]
        profile, asked = (
            one.isel(scan=slice(first, None))
            for one in (profile, asked.isel(ion=asked["ion"].isin(names)))
        )
    x = position(profile)
    cut = 0
    if window is None:
        cut = _start(shown)
        window = (float(x[cut]), float(x[-1]))
    judged = between(shown, *window)
    trends = [trend(judged.isel(ion=i), margin_percent=margin_percent) for i in range(len(names))]
    whole = between(profile, *window)
    tests, patterns = isotope_tests(whole), pattern_tests(whole)
    beside = neighbours(profile, names, elements, calibration)
    images = None if slices is None else slices.of(names).within(*window)
    fields = () if images is None else images.fields(margin_percent)
    findings = findings_of(
        judged=judged,
        trends=trends,
        fields=fields,
        isotopes=tests,
        patterns=patterns,
        calibration=calibration,
        neighbours=beside,
        normalise=normalise,
    )
    findings += [*([] if images is None else images.findings()), *missing]
    inside = position(judged)
    return Uniformity(
        sample=sample,
        profile=asked,
        shown=shown,
        window=(float(inside[0]), float(inside[-1])),
        cut=cut,
        trends=tuple(trends),
        isotopes=tests,
        patterns=patterns,
        interferences=beside,
        fields=fields,
        calibration=calibration,
        findings=tuple(findings),
    )


def _start(profile: xr.Dataset) -> int:
    """Points until the last of the ions has settled; those that say something have a say."""
    x = position(profile)
    starts = [0]
    for i in range(profile.sizes["ion"]):
        one = profile.isel(ion=i)
        y = one["corrected"].values
        clear = one["saturation"].values.max() < Saturation.LOWER_LIMIT
        if clear and y.mean() >= COUNTED:
            starts.append(settled(x, y, one["u"].values))
    return max(starts)


def _estimate(one: Trend) -> Estimate:
    low, high = one.interval
    counting = one.u_counting if math.isfinite(one.u_counting) else 0.0
    rest = math.sqrt(max(one.u**2 - counting**2, 0.0))
    return Estimate(
        value=one.change_percent,
        u=math.hypot(counting, rest),
        u_parts=UncertaintyParts(counting=counting, misfit=rest),
        low=low,
        high=high,
        level=0.95,
        kind=Kind.STANDARD,
    )


def _calibration(made: Calibration) -> dict[str, Any]:
    return {
        "sf": made.scale.sf,
        "k0": made.scale.k0,
        "source": made.scale.source,
        "ppm": {anchor.ion: anchor.ppm for anchor in made.anchors},
        "left_out_ppm": {anchor.ion: anchor.left_out_ppm for anchor in made.anchors},
        "resolution": {a.ion: a.mz / float(made.fwhm(a.mz)) for a in made.anchors},
        "without_a_peak": list(made.missing),
    }


def _ion(one: xr.Dataset) -> dict[str, Any]:
    y, u = one["corrected"].values, one["u"].values
    edges = [_number(one.coords.get(f"window_{end}", math.nan)) for end in ("low", "high")]
    return {
        "ion": str(one["ion"].item()),
        "mz": _number(one.coords.get("mz", math.nan)),
        "window_u": edges if None not in edges else None,
        "counts": [_number(k) for k in one["counts"].values],
        "corrected": y.tolist(),
        # Of no count there is no error bar but a bound.
        "u": [_number(v) if v > 0 else None for v in u],
        "upper_limit_of_none": NOTHING_SEEN,
        "saturated_points": int((one["saturation"].values >= Saturation.SATURATING).sum()),
        "limit_points": int((one["saturation"].values >= Saturation.LOWER_LIMIT).sum()),
    }


def _trend(one: Trend) -> dict[str, Any]:
    low, high = one.interval
    return {
        "ion": one.ion,
        "slope_percent": _number(one.change_percent),
        "slope_u_percent": _number(one.u),
        "slope_u_counting_percent": _number(one.u_counting),
        "interval_percent": [_number(low), _number(high)],
        "level": 0.95,
        "p_trend": _number(one.p_trend),
        "p_trend_correlated": _number(one.p_correlated),
        "kendall_tau": _number(one.tau),
        "dispersion": _number(one.dispersion),
        "noise": _number(one.noise),
        "correlation": _number(one.correlation),
        "independent_points": _number(one.independent),
        "points": one.points,
        "mean": one.mean,
        "reference_mean": one.reference,
        "margin_percent": one.margin_percent,
        "detectable_percent": _number(one.detectable_percent),
        "verdict": str(one.verdict),
        "why": one.why,
        "sentence": one.sentence(),
    }


def _isotopes(one: IsotopeTest) -> dict[str, Any]:
    return {
        "ion": one.ion,
        "reference": one.reference,
        "ratio": _number(one.ratio),
        "u": _number(one.u),
        "natural": one.natural,
        "deviation_percent": _number(one.deviation_percent),
        "counts": [one.counts, one.reference_counts],
        "verdict": str(one.verdict),
    }


def _number(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
