"""The answer to "where are the layers": interfaces of ions, and how deep they are.

Only what was measured makes a depth: of a crater, of layers, or of both. Without, interfaces are
sputter times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from references.words import Estimate, Finding, Row, Severity

from .axis import SECONDS, place, unit_of
from .depth import DepthScale, Layer, layer_scale, with_depth
from .edges import interfaces
from .profile import ProfileError, position

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from .edges import Interface

__all__ = ["Layering", "locate", "scale_of_layers"]

Span = tuple[float, float]

RESOLVED = 2
"""Data points between 16 and 84 % below which a width is that of the sampling."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layering:
    """Interfaces of ions in a depth profile.

    Attributes
    ----------
    sample : str
    profile : Dataset
        Of the ions that were asked for; with ``depth`` where there is a scale.
    interfaces : tuple of Interface
        Ion by ion, in the order in which they were asked for.
    scale : DepthScale or None
    findings : tuple of Finding
    """

    sample: str
    profile: xr.Dataset
    interfaces: tuple[Interface, ...]
    scale: DepthScale | None
    findings: tuple[Finding, ...]

    def depth(self, one: Interface) -> Estimate | None:
        """Depth [nm] of the middle of an interface, if there is a scale that reaches it."""
        if self.scale is None:
            return None
        found = self.scale.of(one.t50)
        return found if math.isfinite(found.value) else None

    def width(self, one: Interface) -> Estimate | None:
        """Width [nm] of an interface from 16 to 84 %."""
        if self.scale is None or one.ends is None or one.width is None:
            return None
        first, last = (Estimate(value=time) for time in sorted(one.ends))
        found = self.scale.between(first, last, u=one.width.u)
        return found if math.isfinite(found.value) else None

    def rows(self) -> list[Row]:
        """Give times, widths and depths as rows of a table."""
        found: list[Row] = []
        for one in self.interfaces:
            found += one.rows(self.sample)
            way = "rising" if one.rising else "falling"
            told = {"depth of t50": self.depth(one), "depth from 16 to 84 %": self.width(one)}
            found += [
                Row(
                    sample=self.sample,
                    technique="tofsims",
                    quantity=f"{name}, {way}",
                    subject=one.ion,
                    estimate=estimate,
                    unit="nm",
                )
                for name, estimate in told.items()
                if estimate is not None
            ]
        return found

    def to_dict(self) -> dict[str, Any]:
        """Give the body of the JSON document."""
        x = position(self.profile)
        depth, u = (None, None) if self.scale is None else self.scale.at(x)
        return {
            "sample": self.sample,
            "polarity": self.profile.attrs.get("polarity", ""),
            "calibrated_by": "" if self.scale is None else self.scale.source,
            "interfaces": [self._told(one) for one in self.interfaces],
            "unit": unit_of(self.profile),
            "sputter_time_s": x.tolist() if "sputter_time" in self.profile.coords else None,
            "scan": self.profile["scan"].values.tolist(),
            "depth_nm": None if depth is None else [_number(z) for z in depth],
            "u_depth_nm": None if u is None else [_number(z) for z in u],
        }

    def _told(self, one: Interface) -> dict[str, Any]:
        times = {"t16": one.t16, "t50": one.t50, "t84": one.t84, "width": one.width}
        told: dict[str, Any] = {name: _estimate(time) for name, time in times.items()}
        told["plateau"] = list(one.plateau)
        # What is counted in scans is not put where seconds are looked for.
        timed = one.unit == SECONDS
        return {
            "ion": one.ion,
            "edge": "rising" if one.rising else "falling",
            "unit": one.unit,
            **told,
            **{f"{name}_s": value if timed else None for name, value in told.items()},
            "points": one.points,
            "plateau_counts": one.level,
            "base_counts": one.base,
            "depth_nm": _estimate(self.depth(one)),
            "width_nm": _estimate(self.width(one)),
        }


def locate(
    profile: xr.Dataset,
    ions: Sequence[str],
    *,
    plateaus: Mapping[str, Span] | None = None,
    bases: Mapping[str, Span] | None = None,
    scale: DepthScale | None = None,
    sample: str = "",
) -> Layering:
    """Find the interfaces of ions, and their depths where there is a scale.

    Parameters
    ----------
    profile : Dataset
        Over all data points.
    ions : sequence of str
    plateaus, bases : mapping, optional
        Sputter times [s] of an ion's plateau, and of the one on the other side, by its name; a
        plateau is found and the other side is zero where not given.
    scale : DepthScale, optional
    sample : str

    Returns
    -------
    Layering
        What an ion does not show is a finding.

    Raises
    ------
    ProfileError
        If an ion is not there, or a stated plateau is none.

    Examples
    --------
    >>> from scipy.special import erfc
    >>> from tofsims import depth_profile
    >>> from tofsims.depth import crater_scale
    >>> t = np.arange(0.0, 100.0)
    >>> made = depth_profile(["Cl-"], [500 * erfc((t - 60) / 5)], sputter_time=t, shots=1e9)
    >>> found = locate(made, ["Cl-"], scale=crater_scale(made, 198.0, 6.0))
    >>> deep = found.depth(found.interfaces[0])
    >>> round(deep.value, 1), round(deep.u, 1)
    (120.0, 3.7)
    """
    from .profile import row_of

    found: list[Interface] = []
    said: list[Finding] = []
    for name in ions:
        row_of(profile, name)
        given = (plateaus or {}).get(name), (bases or {}).get(name)
        try:
            edges = interfaces(profile, name, plateau=given[0], base=given[1])
        except ProfileError as error:
            if any(given):
                raise
            said.append(_said("sims_no_plateau", name, str(error).removeprefix(f"{name} ")))
            continue
        found += edges
        said += _looked_over(name, edges)
    if scale is not None:
        said += _reached(found, scale)
    asked = profile.isel(ion=[row_of(profile, name) for name in ions])
    return Layering(
        sample=sample,
        profile=with_depth(asked, scale),
        interfaces=tuple(found),
        scale=scale,
        findings=tuple(said),
    )


def scale_of_layers(
    profile: xr.Dataset,
    layers: Sequence[Layer],
    *,
    plateaus: Mapping[str, Span] | None = None,
    bases: Mapping[str, Span] | None = None,
) -> DepthScale:
    """Make a scale of layers that are named by an ion each: a layer ends where its ion falls.

    Parameters
    ----------
    profile : Dataset
    layers : sequence of Layer
        From the surface on, named by ions of the profile.
    plateaus, bases : mapping, optional
        As for :func:`locate`.

    Returns
    -------
    DepthScale

    Raises
    ------
    ProfileError
        If an ion does not fall within the profile.
    """
    ends: list[Estimate] = []
    for layer in layers:
        name = layer.name
        edges = interfaces(
            profile, name, plateau=(plateaus or {}).get(name), base=(bases or {}).get(name)
        )
        falling = [one.t50 for one in edges if not one.rising]
        if not falling:
            raise ProfileError(
                f"{name} does not fall to half of its plateau within the profile, and where its "
                "layer ends is not seen: leave that layer out"
            )
        ends.append(falling[0])
    return layer_scale(profile, layers, ends)


def _looked_over(name: str, edges: Sequence[Interface]) -> list[Finding]:
    if not edges:
        return [
            _said(
                "sims_no_interface",
                name,
                "neither rises to its plateau nor falls from it to half within the profile",
                Severity.INFO,
            )
        ]
    return [
        _said(
            "sims_edge_sampled",
            name,
            f"the {'rising' if one.rising else 'falling'} edge at "
            f"{place(one.t50.value, one.unit, '.4g')} has "
            f"{one.points} data points between 16 and 84 %: its width is that of the sampling, an "
            "upper limit",
        )
        for one in edges
        if one.points < RESOLVED
    ]


def _reached(found: Sequence[Interface], scale: DepthScale) -> list[Finding]:
    beyond = [one for one in found if not math.isfinite(scale.of(one.t50).value)]
    said = [
        _said(
            "sims_beyond_scale",
            one.ion,
            f"its interface at {place(one.t50.value, one.unit, '.4g')} lies behind the last layer "
            "of known thickness, and has no depth",
        )
        for one in beyond
    ]
    if not np.any(scale.shifts):
        said.append(
            _said(
                "depth_u_missing",
                "depth",
                "no uncertainty was given with what was measured; that of the depths holds the "
                "times of interfaces alone",
            )
        )
    return said


def _said(
    rule: str, subject: str, message: str, severity: Severity = Severity.WARNING
) -> Finding:  # fmt: skip
    return Finding(rule=rule, severity=severity, subject=subject, message=message)


def _estimate(one: Estimate | None) -> dict[str, object] | None:
    return None if one is None else {"value": one.value, "u": one.u}


def _number(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
