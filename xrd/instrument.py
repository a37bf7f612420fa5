"""The diffractometer, as a file that a user keeps: its radiation, optics and line profile."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from references.files import read_text
from references.toml import model_of, toml_value
from references.words import Finding, InputError, Severity

from .diffractometer import Diffractometer

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from references.registry import Registry

__all__ = [
    "Instrument",
    "Profile",
    "diffractometer",
    "from_toml",
    "radiation_named",
    "read_instrument",
    "to_toml",
]

SCHEMA = "peakwright.xrd.instrument/1"
LONGEST = 100_000
"""No such file is longer than this [bytes]."""
NEAR = 2e-4
"""Relative difference within which a file's wavelength is that of the library's line,"""
WORTH_SAYING = 1e-5
"""and above which it is said."""
RADIUS = 200.0
"""Taken where none is known [mm]: it only scales the displacement."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Profile(_Frozen):
    """The line profile that a standard without broadening of its own shows.

    Parameters
    ----------
    gauss_uvw_deg2, gauss_uvw_u_deg2 : (float, float, float)
        U, V, W of the squared Gaussian width U tan^2 + V tan + W, and their standard uncertainties.
    lorentz_xy_deg : (float, float)
        X, Y of the Lorentzian width X/cos + Y tan.
    axial, axial_u : float
        Axial divergence S/L.
    shape, shape_u : float
        0 for Voigt lines, 1 for pseudo-Voigt ones.
    """

    gauss_uvw_deg2: tuple[float, float, float]
    gauss_uvw_u_deg2: tuple[float, float, float]
    lorentz_xy_deg: tuple[float, float]
    axial: float = Field(ge=0.0, le=0.12)
    axial_u: float = Field(gt=0.0)
    shape: float = 0.0
    shape_u: float = Field(default=0.5, gt=0.0)


class Instrument(_Frozen):
    """A diffractometer.

    Parameters
    ----------
    radiation : str
        ``"Cu Ka"``, ``"Cu Ka1"``, or one or two wavelengths [Angstrom], ``"0.70932, 0.71361"``;
        empty for what the pattern states.
    monochromator_two_theta_deg : float or None
        Of a crystal in the beam, 26.6 for graphite and Cu; ``None`` for none.
    geometry : str
        ``reflection``, ``transmission`` or ``capillary``.
    radius_mm : float or None
        Of the goniometer; ``None`` for what the pattern states.
    zero_offset_deg : float
        Of 2 theta.
    alpha2_ratio, alpha2_ratio_u : float
        K-alpha2 over K-alpha1.
    profile : Profile or None
        From a standard.
    note : str
        Where this is from.
    """

    schema_: Literal["peakwright.xrd.instrument/1"] = Field(default=SCHEMA, alias="schema")
    radiation: str = ""
    monochromator_two_theta_deg: float | None = Field(default=None, ge=0.0, lt=90.0)
    geometry: Literal["reflection", "transmission", "capillary"] = "reflection"
    radius_mm: float | None = Field(default=None, gt=10.0, lt=2000.0)
    zero_offset_deg: float = Field(default=0.0, ge=-1.0, le=1.0)
    alpha2_ratio: float = Field(default=0.5, ge=0.0, le=1.0)
    alpha2_ratio_u: float = Field(default=0.02, ge=0.0, le=1.0)
    profile: Profile | None = None
    note: str = ""

    @field_validator("radiation")
    @classmethod
    def _named(cls, given: str) -> str:
        if given:
            _wavelengths_of(given)
        return given


def _wavelengths_of(name: str) -> tuple[float, ...] | str:
    """Wavelengths that a name states, or the library's name of its first line."""
    folded = re.sub(r"[\s_-]|alpha", lambda m: "a" if m[0] == "alpha" else "", name.lower())
    folded = folded.replace("α", "a")
    if folded in {"cu", "cuka", "cuka12"}:
        return "both"
    if folded == "cuka1":
        return "first"
    parts = [part for part in re.split(r"[,;\s]+", name.strip()) if part]
    try:
        found = tuple(float(part) for part in parts)
    except ValueError:
        found = ()
    if 1 <= len(found) <= 2 and all(0.1 < value < 5.0 for value in found):
        return found
    raise ValueError(
        f'{name!r} names no radiation; write "Cu Ka", "Cu Ka1", or one or two wavelengths in '
        'Angstrom, for instance "0.70932, 0.71361"'
    )


def radiation_named(name: str, library: Registry) -> tuple[float, ...]:
    """Give the wavelengths [Angstrom] of a radiation.

    Raises
    ------
    InputError
        If the name says nothing.

    Examples
    --------
    >>> from references import load
    >>> radiation_named("Cu Ka", load())
    (1.5405929, 1.5444274)
    >>> radiation_named("0.70932", load())
    (0.70932,)
    """
    try:
        found = _wavelengths_of(name)
    except ValueError as error:
        raise InputError(str(error)) from None
    if not isinstance(found, str):
        return found
    both = tuple(library.radiation(f"Cu K-alpha{i}").quantity.best for i in (1, 2))
    return both if found == "both" else both[:1]


def diffractometer(
    measured: xr.Dataset, instrument: Instrument, library: Registry
) -> tuple[Diffractometer, tuple[Finding, ...]]:
    """Give the diffractometer of a pattern: what the user says of it, else what the file does.

    Raises
    ------
    InputError
        If neither knows the wavelength.
    """
    notes: list[Finding] = []
    stated = [float(measured.coords[key]) for key in ("wavelength", "wavelength_alpha2")]
    if instrument.radiation:
        wavelengths = radiation_named(instrument.radiation, library)
        _compare(stated[0], wavelengths[0], notes)
    else:
        wavelengths = _stated(stated, library, notes)
    radius = instrument.radius_mm or float(measured.coords["radius_mm"])
    if not math.isfinite(radius):
        radius = RADIUS
        notes.append(
            Finding(
                rule="radius",
                severity=Severity.INFO,
                subject="goniometer",
                reference=f"{RADIUS:g} mm",
                message="its radius is not known, so the displacement is that of one of this "
                "radius; state radius_mm in an instrument file",
            )
        )
    bare = Diffractometer(
        wavelengths=wavelengths,
        ratio=instrument.alpha2_ratio,
        ratio_u=instrument.alpha2_ratio_u,
        polarization=_polarization(instrument.monochromator_two_theta_deg),
        radius=radius,
        geometry=instrument.geometry,
        zero=instrument.zero_offset_deg,
    )
    notes += _unused(measured, instrument)
    profile = instrument.profile
    if profile is None:
        return bare, tuple(notes)
    return replace(
        bare,
        gauss=profile.gauss_uvw_deg2,
        gauss_u=profile.gauss_uvw_u_deg2,
        lorentz=profile.lorentz_xy_deg,
        axial=profile.axial,
        axial_u=profile.axial_u,
        shape=profile.shape,
        shape_u=profile.shape_u,
    ), tuple(notes)


def _unused(measured: xr.Dataset, instrument: Instrument) -> list[Finding]:
    """Say what a file states of the optics that is not used."""
    stated = str(measured.attrs.get("monochromator", "")).strip()
    if not stated or instrument.monochromator_two_theta_deg is not None:
        return []
    return [
        Finding(
            rule="monochromator",
            severity=Severity.INFO,
            subject="diffractometer",
            reported=stated[:60],
            message="the file states a monochromator, whose polarization is not taken off; state "
            "monochromator_two_theta_deg in an instrument file (26.6 for graphite and Cu)",
        )
    ]


def _polarization(two_theta: float | None) -> float:
    return 1.0 if two_theta is None else float(np.cos(np.radians(two_theta)) ** 2)


def _stated(stated: list[float], library: Registry, notes: list[Finding]) -> tuple[float, ...]:
    first, second = stated
    if not math.isfinite(first):
        raise InputError(
            "the pattern does not state its wavelength; give --radiation, for instance "
            '--radiation "Cu Ka" or --radiation 0.70932'
        )
    copper = radiation_named("Cu Ka", library)
    if abs(first / copper[0] - 1.0) < NEAR:
        _compare(first, copper[0], notes)
        return copper
    return (first,) if not math.isfinite(second) else (first, second)


def _compare(stated: float, used: float, notes: list[Finding]) -> None:
    """Say where a file's wavelength is not the one that is used."""
    off = stated / used - 1.0
    if not math.isfinite(stated) or abs(off) <= WORTH_SAYING:
        return
    notes.append(
        Finding(
            rule="wavelength",
            severity=Severity.INFO if abs(off) < NEAR else Severity.WARNING,
            subject="radiation",
            reported=f"{stated:.7g} Angstrom in the file",
            reference=f"{used:.7g} Angstrom",
            deviation=f"{1e6 * off:+.0f} ppm",
            message="lattice parameters scale with the wavelength, and are given on the second; "
            "state the other with --radiation to have it",
        )
    )


# --- the file -------------------------------------------------------------------------------------


def from_toml(text: str, *, name: str = "instrument") -> Instrument:
    """Read an instrument from TOML text.

    Raises
    ------
    DataFileError
        If it is no TOML, has a field that is unknown or makes no sense.

    Examples
    --------
    >>> mine = Instrument(monochromator_two_theta_deg=26.6, radius_mm=173.0)
    >>> from_toml(to_toml(mine)) == mine
    True
    """
    hint = "`peakwright xrd instrument` writes such a file"
    return model_of(text, Instrument, "", name=name, hint=hint)


def read_instrument(path: str | Path) -> Instrument:
    """Read an instrument's file; raises as :func:`from_toml` does."""
    return from_toml(read_text(path, max_bytes=LONGEST), name=str(path))


def to_toml(instrument: Instrument) -> str:
    """Write an instrument as TOML that :func:`from_toml` reads back equal."""
    given = instrument.model_dump(mode="json", by_alias=True, exclude_none=True)
    profile = given.pop("profile", None)
    lines = [f"{key} = {toml_value(value)}" for key, value in given.items()]
    if profile is not None:
        lines += [
            "",
            "[profile]",
            *(f"{key} = {toml_value(value)}" for key, value in profile.items()),
        ]
    return "\n".join(lines) + "\n"
