"""What a depth profile goes along: sputter time where it is known, else the scan's number.

A scan's number is no time, and nothing that is said of one may look like the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["SCAN", "SECONDS", "lasting", "place", "span", "unit_of"]

SECONDS, SCAN = "s", "scan"


def unit_of(profile: xr.Dataset) -> str:
    """Give the unit of :func:`tofsims.profile.position`: ``"s"``, or ``"scan"`` where no time is.

    Examples
    --------
    >>> from tofsims import depth_profile
    >>> unit_of(depth_profile(["Cl-"], [[9.0, 9.0]]))
    'scan'
    """
    return SECONDS if "sputter_time" in profile.coords else SCAN


def place(at: float, unit: str, digits: str = "g") -> str:
    """Say where something is.

    Examples
    --------
    >>> place(49.7, "s"), place(12, "scan")
    ('49.7 s', 'scan 12')
    """
    return f"scan {at:{digits}}" if unit == SCAN else f"{at:{digits}} {unit}"


def span(low: float, high: float, unit: str) -> str:
    """Say from where to where something is.

    Examples
    --------
    >>> span(10, 39, "s"), span(10, 39, "scan")
    ('10 to 39 s', 'scan 10 to 39')
    """
    return f"scan {low:g} to {high:g}" if unit == SCAN else f"{low:g} to {high:g} {unit}"


def lasting(length: float, unit: str) -> str:
    """Say how long something is.

    Examples
    --------
    >>> lasting(29, "s"), lasting(29, "scan")
    ('29 s', '29 scans')
    """
    return f"{length:g} scans" if unit == SCAN else f"{length:g} {unit}"
