"""Fractions over several core levels along a depth profile or an angle series.

Each level of the profile is a series of its own (:func:`xps.fit_series`). Spectrum by spectrum its
areas become amounts as those of single fits do (:mod:`xps.amount`), and a species' fraction is its
share of its level times the level's share of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from references.words import Assessment, Basis

from .amount import Sensitivity, emitted
from .estimate import LEVEL, LIMIT_BELOW, Z
from .series_numbers import KINDS, SeriesError
from .spectrum import acquisition_time
from .transmission import U_ASSUMED, U_MEASURED, transmission_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry

__all__ = ["SeriesLevel", "fractions_along"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SeriesLevel:
    """One core level of a profile.

    Attributes
    ----------
    fitted : Dataset
        As :func:`xps.fit_series` gives it, over the one dim ``spectrum``.
    spectra : sequence of Dataset
        What was fitted, in order: for photon energy, time and transmission.
    """

    fitted: xr.Dataset
    spectra: Sequence[xr.Dataset]


def fractions_along(
    levels: Sequence[SeriesLevel],
    registry: Registry,
    *,
    basis: str = "atomic",
    elements: Sequence[str] = (),
    sensitivity: Sensitivity | None = None,
) -> xr.Dataset:
    """Give species and element fractions over several core levels, spectrum by spectrum.

    Parameters
    ----------
    levels : sequence of SeriesLevel
        Each core level once, all over the same places.
    registry : Registry
    basis, elements, sensitivity
        As :func:`xps.fractions`.

    Returns
    -------
    xarray.Dataset
        ``fraction``, ``fraction_u``, ``fraction_low``, ``fraction_high``, ``fraction_kind`` and
        ``fraction_u_sensitivity`` (spectrum, species), with 95 % intervals; ``assessment``
        (spectrum,) the first that is not converged. Species come first (``"Li2S (S 2p)"``), then
        elements.

    Raises
    ------
    SeriesError
        If levels differ in their number of spectra or in what was varied, one comes twice, or a
        time or photon energy is not known.
    QuantificationError, UnknownReferenceError
        As :func:`xps.fractions`.

    Notes
    -----
    With f a species' share of its level and X the level's share of all, x = f X. A level's area is
    as uncertain as its lines' areas together, at most; that, the sensitivity of the levels and u(f)
    add in quadrature. Single fits (:func:`xps.fractions`) carry the covariance between f and X too,
    which is small against the sensitivity.
    """
    import xarray as xr

    names = [_level_of(level) for level in levels]
    _check(levels, names)
    used = sensitivity or Sensitivity()
    corrected = basis != "area_levels"
    areas, relative = _areas(levels, names)
    factors, relative_u = np.ones_like(areas), np.zeros_like(areas)
    if corrected:
        factors, relative_u = _factors(levels, names, registry, used)
    of_levels = [registry.core_level(name).element for name in names]
    inside, whole = _inside(names, of_levels, basis, elements)
    amounts = areas / factors
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = amounts / amounts[inside].sum(axis=0)
    numbers = _Numbers(shares=shares, relative=relative, sensitivity=relative_u, inside=inside)
    rows = numbers.rows(levels, names, of_levels)
    codes = np.array([level.fitted["assessment"].values for level in levels], dtype=int)
    settled = np.all(codes == list(Assessment).index(Assessment.CONVERGED), axis=0)
    data = np.array([row for _, row in rows])  # (species, number, spectrum)
    data[:, :, ~settled] = np.nan
    data[:, KIND, ~settled] = KINDS.index("none")
    attributes = {"units": "1", "basis": str(Basis(basis)), "denominator": whole, "level": LEVEL}
    first = levels[0].fitted
    along = {n: first.coords[n] for n in first.coords if first.coords[n].dims == ("spectrum",)}
    variables: dict[str, Any] = {
        name: (("spectrum", "species"), data[:, k].T, attributes) for k, name in enumerate(NUMBERS)
    }
    variables["assessment"] = (("spectrum",), codes.max(axis=0), first["assessment"].attrs)
    return xr.Dataset(variables, coords={**along, "species": [name for name, _ in rows]})


NUMBERS = (
    *("fraction", "fraction_u", "fraction_low", "fraction_high", "fraction_kind"),
    "fraction_u_sensitivity",
)
KIND = NUMBERS.index("fraction_kind")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Numbers:
    """Shares of levels (levels, spectra), and what each level is relatively uncertain by."""

    shares: Array
    relative: Array
    sensitivity: Array
    inside: NDArray[np.bool_]

    def rows(
        self, levels: Sequence[SeriesLevel], names: Sequence[str], elements: Sequence[str]
    ) -> list[tuple[str, Array]]:
        """Give species by level, then elements, each with its numbers (6, spectra)."""
        used = np.flatnonzero(self.inside).tolist()
        species = [
            (f"{key} ({names[i]})", self.of_species(levels[i].fitted.sel(species=key), i))
            for i in used
            for key in levels[i].fitted["species"].values.tolist()
        ]
        return [*species, *((elements[i], self.of_levels([i])) for i in used)]

    def of_levels(self, members: Sequence[int]) -> Array:
        """Numbers (6, spectra) of an element's fraction."""
        share = self.shares[list(members)].sum(axis=0)
        u, of_factors = self._u(members)
        reach = Z * np.hypot(u, of_factors)
        limit = share < LIMIT_BELOW * np.hypot(u, of_factors)
        return _told(
            share, np.hypot(u, of_factors), share - reach, share + reach, limit, of_factors
        )

    def of_species(self, own: xr.Dataset, level: int) -> Array:
        """Numbers (6, spectra) of a species' fraction: its share of its level times the level's."""
        f, u_f, low, high = (
            np.asarray(own[name].values, dtype=float)
            for name in ("fraction", "fraction_u", "fraction_low", "fraction_high")
        )
        kind = np.asarray(own["fraction_kind"].values, dtype=int)
        fixed, limit = kind == KINDS.index("fixed"), kind == KINDS.index("upper_limit")
        u_f, low, high = (np.where(fixed, at, v) for at, v in ((0.0, u_f), (f, low), (f, high)))
        share = self.shares[level]
        u, of_factors = self._u([level])
        relative = np.hypot(u, of_factors) / share
        below = share * np.hypot(f - np.where(limit, 0.0, low), Z * relative * f)
        above = share * np.hypot(high - f, Z * relative * np.where(limit, high, f))
        total = share * np.hypot(u_f, relative * f)
        limit = limit | (f * share < LIMIT_BELOW * total)
        told = _told(f * share, total, f * share - below, f * share + above, limit, of_factors * f)
        told[:, kind == KINDS.index("none")] = np.nan
        told[KIND, kind == KINDS.index("none")] = KINDS.index("none")
        return told

    def _u(self, members: Sequence[int]) -> tuple[Array, Array]:
        """Standard uncertainty of the share of some levels: from areas, and from sensitivity.

        Of level l, X_l is moved by dn_m / n_m times (delta_lm - X) X_m.
        """
        own = np.zeros(len(self.shares), dtype=bool)
        own[list(members)] = True
        share = self.shares[own].sum(axis=0)
        slope = np.where(self.inside[:, None], (own[:, None] - share) * self.shares, 0.0)
        found = [
            np.sqrt(np.sum((slope * r) ** 2, axis=0)) for r in (self.relative, self.sensitivity)
        ]
        return found[0], found[1]


def _told(
    value: Array, u: Array, low: Array, high: Array, limit: NDArray[np.bool_], of_factors: Array
) -> Array:
    kind = np.where(limit, KINDS.index("upper_limit"), KINDS.index("standard"))
    return np.array(
        [
            value,
            np.where(limit, np.nan, u),
            np.where(limit, np.nan, np.maximum(low, 0.0)),
            np.minimum(high, 1.0),
            kind.astype(float),
            of_factors,
        ]
    )


def _level_of(level: SeriesLevel) -> str:
    found = dict.fromkeys(level.fitted["core_level"].values.tolist())
    if len(found) != 1:
        raise SeriesError(
            f"a series of {', '.join(map(str, found)) or 'overlaps only'} is not one core level; "
            "fit each level by an envelope of its own"
        )
    return str(next(iter(found)))


def _check(levels: Sequence[SeriesLevel], names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SeriesError(f"{', '.join(twice)} comes twice in the series; give each level once")
    first = levels[0].fitted
    for level, name in zip(levels, names, strict=True):
        if level.fitted.sizes["spectrum"] != first.sizes["spectrum"]:
            raise SeriesError(
                f"{name} has {level.fitted.sizes['spectrum']} spectra and {names[0]} "
                f"{first.sizes['spectrum']}; fractions over levels need every level at every place"
            )
        for coordinate in ("etch_time", "sputter_time", "angle", "depth"):
            if coordinate in first.coords and coordinate in level.fitted.coords:
                here, there = first[coordinate].values, level.fitted[coordinate].values
                if not np.allclose(here, there, equal_nan=True):
                    raise SeriesError(
                        f"{name} and {names[0]} were not taken at the same {coordinate}"
                    )


def _areas(levels: Sequence[SeriesLevel], names: Sequence[str]) -> tuple[Array, Array]:
    """Area of each level (levels, spectra) [counts/s eV], and its relative u, at most."""
    areas: list[Array] = []
    relative: list[Array] = []
    for level, name in zip(levels, names, strict=True):
        fitted = level.fitted
        own = _own_lines(fitted)
        area = np.asarray(fitted["area"].values, dtype=float)[:, own]
        u = np.asarray(fitted["area_u"].values, dtype=float)[:, own]
        total = area.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            relative.append(np.nansum(u, axis=1) / total)
        if fitted["area"].attrs["units"] != "counts/s*eV":
            times = np.array([acquisition_time(spectrum) for spectrum in level.spectra])
            if not np.all(np.isfinite(times) & (times > 0)):
                raise SeriesError(
                    f"not every spectrum of {name} has a dwell time and scans, which fractions "
                    "over levels need; give a file that brings them"
                )
            total = total / times
        areas.append(total)
    return np.array(areas), np.array(relative)


def _own_lines(fitted: xr.Dataset) -> list[bool]:
    """Which lines belong to the level's species: their names end with the line's, "S 2p3/2"."""
    species = set(fitted["species"].values.tolist())
    return [line.rsplit(" ", 2)[0] in species for line in fitted["line"].values.tolist()]


def _factors(
    levels: Sequence[SeriesLevel],
    names: Sequence[str],
    registry: Registry,
    used: Sensitivity,
) -> tuple[Array, Array]:
    """Give s L lambda T of each level (levels, spectra) and its relative standard uncertainty."""
    factors = registry.sensitivity_set(used.set_name)
    energies = [_energies(level) for level in levels]
    measured = _transmissions(levels, energies)
    wanted = not factors.includes_transmission and used.transmission != "assumed"
    if used.transmission == "file" and not factors.includes_transmission and measured is None:
        raise SeriesError(
            "not every spectrum brings a transmission that differs from level to level; assume "
            "one: an exponent of the kinetic energy, or none (constant)"
        )
    found, relative = np.ones((2, len(levels), len(energies[0])))
    for i, (level, name) in enumerate(zip(levels, names, strict=True)):
        photon = np.array([_photon(spectrum, name) for spectrum in level.spectra])
        kinetic = photon - energies[i]
        for k, energy in enumerate(kinetic.tolist()):
            if not np.isfinite(energy):
                found[i, k] = relative[i, k] = np.nan
                continue
            found[i, k], causes = emitted(name, energy, registry, factors, used)
            relative[i, k] = np.hypot.reduce([cause.u for cause in causes])
        if factors.includes_transmission:
            continue
        if wanted and measured is not None:
            found[i] *= measured[i]
        else:
            found[i] *= kinetic**used.transmission_exponent
        u = U_MEASURED if wanted and measured is not None else U_ASSUMED
        relative[i] = np.hypot(relative[i], u)
    return found, relative


def _energies(level: SeriesLevel) -> Array:
    """Mean binding energy of the level's lines in each spectrum, weighted by area [eV]."""
    own = _own_lines(level.fitted)
    area = np.asarray(level.fitted["area"].values, dtype=float)[:, own]
    place = np.asarray(level.fitted["position"].values, dtype=float)[:, own]
    weights = np.maximum(area, 1e-300)  # where there is no area, the lines' mean
    mean: Array = np.average(place, axis=1, weights=weights)
    return mean


def _photon(spectrum: xr.Dataset, name: str) -> float:
    photon = float(spectrum["photon_energy"]) if "photon_energy" in spectrum.coords else np.nan
    if not np.isfinite(photon):
        raise SeriesError(
            f"the photon energy of {name} is not known; attenuation and sensitivity need it: "
            "choose area_levels"
        )
    return photon


def _transmissions(levels: Sequence[SeriesLevel], energies: Sequence[Array]) -> Array | None:
    """The files' transmission (levels, spectra); ``None`` unless all have one that is no dummy."""
    found = np.array(
        [
            [
                transmission_in(spectrum, float(energy))
                for spectrum, energy in zip(level.spectra, of_level, strict=True)
            ]
            for level, of_level in zip(levels, energies, strict=True)
        ]
    )
    if not np.all(np.isfinite(found)) or len(levels) < 2 or np.any(np.ptp(found, axis=0) == 0):
        return None
    return found


def _inside(
    names: Sequence[str], elements: Sequence[str], basis: str, wanted: Sequence[str]
) -> tuple[NDArray[np.bool_], str]:
    """Which levels make up the denominator, and what it is called."""
    fitted = tuple(dict.fromkeys(elements))
    if several := sorted({e for e in fitted if list(elements).count(e) > 1}):
        raise SeriesError(
            f"{', '.join(several)} stands on several levels of the series; choose one of them with "
            "--region"
        )
    if basis == "atomic" and wanted:
        if missing := [e for e in wanted if e not in fitted]:
            raise SeriesError(
                f"{', '.join(missing)} of the denominator was not fitted; fitted are "
                f"{', '.join(fitted)}: add its region, or leave it out of --denominator"
            )
        fitted = tuple(wanted)
    inside = np.array([element in fitted for element in elements])
    named = [n for n, i in zip(names, inside, strict=True) if i]
    return inside, "+".join(named if basis == "area_levels" else fitted)
