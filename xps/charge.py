"""Charge referencing: where the binding-energy scale stands, how that was decided, and how well.

The stored axis is never overwritten: a reference adds ``charge_shift`` [eV] and its uncertainty as
coordinates and says in a label how it was found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from references.words import InputError

if TYPE_CHECKING:
    import xarray as xr

    from references.registry import Registry

    from .result import Fit

__all__ = [
    "ChargeError",
    "ChargeReference",
    "by_line",
    "by_separation",
    "by_shift",
    "calibrate",
    "reference_line",
]


REFERENCE_BELOW, REFERENCE_ABOVE = 3.0, 2.6
"""Window about a reference line [eV]: its tail, and the nearest neighbour at higher energy."""
LARGEST_SHIFT = 15.0
"""A larger charge shift than this [eV] is taken for a wrong line."""
LARGEST_GIVEN = 10_000.0
"""No charge shift reaches this [eV], not even one that is given."""


class ChargeError(InputError):
    """A charge reference that cannot be made: what is missing, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeReference:
    """A shift of the binding-energy scale: E_calibrated = E_stored + shift.

    Parameters
    ----------
    shift : float
        In eV.
    u : float
        Its standard uncertainty [eV]; NaN where it is not known.
    how : str
        For the record, for instance ``"C 1s C-C = 284.8 eV"``.
    """

    shift: float
    u: float
    how: str


def by_shift(shift: float, u: float = math.nan) -> ChargeReference:
    """Reference by a given shift [eV].

    Raises
    ------
    ChargeError
        If the shift is not finite, larger than any charge makes it, or its uncertainty is negative.

    Examples
    --------
    >>> by_shift(3.44).how
    'given shift of +3.440 eV'
    """
    if not abs(shift) <= LARGEST_GIVEN:
        raise ChargeError(
            f"a charge shift is a number of eV within +-{LARGEST_GIVEN:g}, not {shift:g}; it is "
            "added to the stored binding energies"
        )
    if u < 0 or math.isinf(u):
        raise ChargeError(f"the uncertainty of a charge shift is >= 0 eV, not {u:g}")
    return ChargeReference(shift=shift, u=u, how=f"given shift of {shift:+.3f} eV")


def by_line(fit: Fit, component: str, registry: Registry) -> ChargeReference:
    """Reference by one fitted line whose energy the library knows.

    Parameters
    ----------
    fit : Fit
        Fit of the reference line's region on the stored axis.
    component : str
        Component of the fit, a species of the library, for instance ``"C-C"``.
    registry : Registry

    Raises
    ------
    ChargeError
        If the fit did not converge or has no such component.
    """
    measured, u_measured, line = _position(fit, component)
    known = registry.line(_level(fit, component), _species(fit, component)).energy
    u_known = known.u if known.u is not None else _range_u(known.low, known.high)
    return ChargeReference(
        shift=known.best - measured + fit.charge_shift,
        u=math.hypot(u_measured, u_known),
        how=f"{line} {component} = {known.best:g} eV ({', '.join(known.source)})",
    )


def reference_line(
    spectrum: xr.Dataset, core_level: str, species: str, registry: Registry
) -> ChargeReference:
    """Find a reference line in a spectrum whose scale is not known, and reference by it.

    The strongest maximum is taken for the line, fitted with neighbours left free to be there, and
    its place compared with the library's.

    Parameters
    ----------
    spectrum : Dataset
        The reference line's region, for instance C 1s.
    core_level, species : str
        For instance ``"C 1s"`` and ``"C-C"``.
    registry : Registry

    Raises
    ------
    ChargeError
        If the line cannot be fitted well enough to refer to.
    """
    from .envelope import Component, Envelope
    from .fit import fit

    known = registry.line(core_level, species).energy.best
    variable = "counts" if "counts" in spectrum else "intensity"
    energy, counts = spectrum["binding_energy"].values, spectrum[variable].values
    place = float(energy[int(counts.argmax())])
    near = (place - REFERENCE_BELOW, place + REFERENCE_ABOVE)
    window = (max(near[0], float(energy[0])), min(near[1], float(energy[-1])))
    line = Component(
        name=species,
        core_level=core_level,
        species=species,
        position=f"{place!r} in {place - 0.8!r} .. {place + 0.8!r}",
    )
    neighbour = Component(
        name="neighbour",
        core_level=core_level,
        position=f"{place + 1.6!r} in {place + 0.9!r} .. {place + 2.4!r}",
    )
    plain = spectrum.assign_coords(charge_shift=((), 0.0, {"units": "eV"}))
    found = fit(
        plain,
        Envelope(region=core_level, components=(line, neighbour), window=window),
        registry=registry,
    )
    if abs(known - place) > LARGEST_SHIFT:
        raise ChargeError(
            f"the strongest line of {core_level} lies at {place:.2f} eV, "
            f"{abs(known - place):.1f} eV "
            f"from {species} ({known:g} eV); name the line it is, or give --charge-shift"
        )
    return by_line(found, species, registry)


def by_separation(
    first: tuple[Fit, str], second: tuple[Fit, str], registry: Registry
) -> ChargeReference:
    """Reference by two lines of one compound, whose separation no charge can change.

    The shift is the mean that both lines ask for; half of what their separation differs from the
    library's is its uncertainty, so a wrong assignment shows as a large one.

    Parameters
    ----------
    first, second : (Fit, str)
        A fit on the stored axis and the component in it.
    registry : Registry

    Raises
    ------
    ChargeError
        If a fit did not converge, or the two components are not one species.
    """
    species = {_species(*first), _species(*second)}
    if len(species) > 1:
        raise ChargeError(
            "a separation is between two lines of one compound, not of "
            + " and ".join(sorted(species))
        )
    one, other = by_line(*first, registry), by_line(*second, registry)
    spread = 0.5 * abs(one.shift - other.shift)
    u = math.hypot(0.5 * math.hypot(one.u, other.u), spread)
    return ChargeReference(
        shift=0.5 * (one.shift + other.shift),
        u=u,
        how=f"separation of {one.how} and {other.how} (they disagree by {2 * spread:.2f} eV)",
    )


def calibrate(spectrum: xr.Dataset, reference: ChargeReference) -> xr.Dataset:
    """Put a spectrum on a reference's scale; the stored axis stays as it is.

    Returns
    -------
    xarray.Dataset
        A copy with coordinates ``charge_shift`` and ``charge_shift_u`` [eV] and the label
        ``charge_reference``.
    """
    calibrated = spectrum.assign_coords(
        charge_shift=((), reference.shift, {"units": "eV"}),
        charge_shift_u=((), reference.u, {"units": "eV"}),
    )
    calibrated.attrs["charge_reference"] = reference.how
    return calibrated


def _position(fit: Fit, component: str) -> tuple[float, float, str]:
    for line in fit.lines:
        if line.component == component and not line.minor:
            if line.position.u is None:
                raise ChargeError(
                    f"{component} in {fit.region} has no uncertainty ({fit.message}); "
                    "a reference line must be fitted well"
                )
            return line.position.value, line.position.u, line.line
    raise ChargeError(
        f"{fit.region} has no component {component!r}; it has {', '.join(fit.components)}"
    )


def _level(fit: Fit, component: str) -> str:
    return next(c.core_level for c in fit.envelope.components if c.name == component)


def _species(fit: Fit, component: str) -> str:
    for c in fit.envelope.components:
        if c.name == component and c.species:
            return c.species
    raise ChargeError(f"{component!r} is not a species of the library, so its energy is not known")


def _range_u(low: float | None, high: float | None) -> float:
    """Standard uncertainty of a value known only to lie in a range (uniform)."""
    if low is None or high is None:
        return 0.1
    return (high - low) / math.sqrt(12.0)
