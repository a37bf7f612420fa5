"""Species fractions from fitted areas: every one with its basis, its parts of u, and its interval.

Within one core level sensitivity, attenuation and transmission cancel. Over several levels

    n_i = A_i / [s_i L_i(gamma) lambda_i(E_k) T_i(E_k)],    x_i = n_i / sum(n),

with the full covariance of the areas, and the uncertainty of each level's sensitivity kept apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from references.words import Basis, Estimate, InputError, Kind, Row, UncertaintyParts

from .estimate import LEVEL, LIMIT_BELOW, Intervals, Measured, Z

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry

    from .envelope import Envelope
    from .fit import Fit

__all__ = [
    "LATTICE_SPLITS",
    "QuantificationError",
    "Sensitivity",
    "amounts",
    "fractions",
    "row_dict",
    "split_known",
    "split_lattice",
    "within_level",
]

Array = NDArray[np.float64]
LevelBasis = Literal["area_levels", "atomic", "atomic_all"]

U_IMFP = 0.10
"""Relative standard uncertainty of an attenuation length from TPP-2M (Powell and Jablonski,
J. Phys. Chem. Ref. Data 28 (1999) 19: about 10 % root mean square)."""
U_TRANSMISSION = 0.10
"""Relative standard uncertainty of a transmission function that is only assumed."""


class QuantificationError(InputError):
    """Fractions that cannot be formed: what is missing, and what to do."""


def within_level(
    measured: Measured, envelope: Envelope, sample: str, intervals: Intervals = "auto"
) -> tuple[Row, ...]:
    """Give each species' share of the area of its core level.

    Parameters
    ----------
    measured : Measured
        A solved fit.
    envelope : Envelope
        Its recipe; components whose role is ``overlap`` count in neither numerator nor denominator.
    sample : str
        Label for the rows.
    intervals : {"auto", "covariance", "profile"}
        As in :func:`xps.fit`.

    Returns
    -------
    tuple of Row
        Basis ``within_level``, denominator the core level; they add up to 1.
    """
    rows: list[Row] = []
    lines = measured.plan.lines
    levels = dict.fromkeys(c.core_level for c in envelope.components if c.role == "species")
    for level in levels:
        members = [
            c.name for c in envelope.components if c.core_level == level and c.role == "species"
        ]
        inside = np.array([line.component in members for line in lines])
        total = float(measured.state.values[: len(lines)][inside].sum())
        if not total > 0:
            continue
        for name in sorted(members):
            own = np.array([line.component == name for line in lines])
            estimate = measured.estimate(
                _Share(own, inside), significance=measured.significance(name), intervals=intervals
            )
            rows.append(
                Row(
                    sample=sample,
                    technique="xps",
                    quantity="fraction",
                    subject=name,
                    estimate=_capped(estimate),
                    unit="1",
                    basis=Basis.WITHIN_LEVEL,
                    denominator=level,
                )
            )
    return tuple(rows)


class _Share:
    """Sum of some lines' areas over the sum of others, with its gradient over the state."""

    def __init__(self, own: NDArray[np.bool_], inside: NDArray[np.bool_]) -> None:
        self._own, self._inside = own.astype(float), inside.astype(float)

    def __call__(self, values: Array) -> tuple[float, Array]:
        areas = values[: self._own.size]
        total = max(float(self._inside @ areas), 1e-300)
        share = float(self._own @ areas) / total
        gradient = (self._own - share * self._inside) / total
        return share, np.concatenate([gradient, np.zeros(values.size - areas.size)])


def _capped(estimate: Estimate) -> Estimate:
    """A share cannot leave 0 .. 1."""
    from dataclasses import replace

    low = None if estimate.low is None else min(max(estimate.low, 0.0), 1.0)
    high = None if estimate.high is None else min(estimate.high, 1.0)
    return replace(estimate, low=low, high=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """How areas of several core levels become amounts.

    Parameters
    ----------
    set_name : str
        Sensitivity set of the library, for instance ``"scofield_al"``.
    angle : float
        Angle between X-rays and analyser [degree]; at 54.7 the asymmetry L is 1.
    material : str
        Library material whose attenuation lengths are used; empty leaves them out.
    transmission_exponent : float
        T ~ E_k ** exponent where the file brings no transmission function; 0 is constant.
    """

    set_name: str = "scofield_al"
    angle: float = 54.7356
    material: str = "Li6PS5Cl"
    transmission_exponent: float = 0.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Amounts:
    """Amounts of components over several levels, with covariances by source.

    Attributes
    ----------
    names, levels, elements : tuple of str
        One a component.
    values : (k,) array
        Amounts, in arbitrary but common units.
    covariance : tuple of (str, (k, k) array)
        Parts by name.
    significance : (k,) array
        Of each component's area.
    """

    names: tuple[str, ...]
    levels: tuple[str, ...]
    elements: tuple[str, ...]
    values: Array
    covariance: tuple[tuple[str, Array], ...]
    significance: Array


def amounts(fits: Sequence[Fit], registry: Registry, sensitivity: Sensitivity | None) -> Amounts:
    """Turn fitted areas into amounts.

    Parameters
    ----------
    fits : sequence of Fit
        Of one sample; each core level once.
    registry : Registry
        Sensitivity sets, asymmetry and attenuation lengths.
    sensitivity : Sensitivity or None
        ``None`` leaves the areas as they are (basis ``area_levels``).

    Raises
    ------
    QuantificationError
        If a fit did not converge, a level comes twice, or areas are in different units.
    UnknownReferenceError
        If the set has no factor for a level.
    """
    _check(fits)
    names: list[str] = []
    levels: list[str] = []
    values: list[float] = []
    seen: list[float] = []
    blocks: list[dict[str, Array]] = []
    for fit in fits:
        assert fit.measured.budget is not None  # _check refused the others
        members = [c for c in fit.envelope.components if c.role == "species"]
        rows = np.array([fit.measured.area_gradient(c.name) for c in members]) * fit.area_factor
        budget = fit.measured.budget
        blocks.append(
            {
                part: rows @ getattr(budget, part) @ rows.T
                for part in ("counting", "misfit", "background", "constraints")
            }
        )
        names += [c.name for c in members]
        levels += [c.core_level for c in members]
        values += list(rows @ fit.measured.state.values)
        seen += [fit.measured.significance(c.name) for c in members]
    area = np.array(values)
    factor, relative_u = _factors(fits, levels, registry, sensitivity)
    scale = np.outer(1.0 / factor, 1.0 / factor)
    parts = [
        (part, _block_diagonal([block[part] for block in blocks]) * scale) for part in blocks[0]
    ]
    amount = area / factor
    same = np.array([[a == b for b in levels] for a in levels], dtype=float)
    shared = same * np.outer(relative_u, relative_u)
    parts.append(("sensitivity", shared * np.outer(amount, amount)))
    return Amounts(
        names=tuple(names),
        levels=tuple(levels),
        elements=tuple(registry.core_level(level).element for level in levels),
        values=amount,
        covariance=tuple(parts),
        significance=np.array(seen),
    )


def fractions(
    fits: Sequence[Fit],
    registry: Registry,
    *,
    basis: LevelBasis = "atomic",
    elements: Sequence[str] = (),
    sensitivity: Sensitivity | None = None,
) -> tuple[Row, ...]:
    """Give species and element fractions over several core levels of one sample.

    Parameters
    ----------
    fits : sequence of Fit
        One fit a core level.
    registry : Registry
    basis : {"area_levels", "atomic", "atomic_all"}
        Uncorrected areas; amounts over ``elements``; amounts over all elements that were fitted.
    elements : sequence of str
        The denominator of ``atomic``; all fitted elements where empty.
    sensitivity : Sensitivity, optional
        Factors of the atomic bases; the default is Scofield's at the magic angle with TPP-2M in
        Li6PS5Cl.

    Returns
    -------
    tuple of Row
        Species first (``"Li2S (S 2p)"``), then elements.

    Raises
    ------
    QuantificationError
        As :func:`amounts`, or if an element of the denominator was not fitted.
    """
    corrected = None if basis == "area_levels" else (sensitivity or Sensitivity())
    found = amounts(fits, registry, corrected)
    one_level = _one_level_an_element(found)
    wanted = _wanted(found, basis, elements)
    inside = np.array(
        [
            e in wanted and level in one_level
            for e, level in zip(found.elements, found.levels, strict=True)
        ]
    )
    total = float(found.values[inside].sum())
    if not total > 0:
        raise QuantificationError(f"no signal in {'+'.join(wanted)}; nothing to form fractions of")
    sample = fits[0].sample
    denominator = (
        "+".join(dict.fromkeys(name for name, i in zip(found.levels, inside, strict=True) if i))
        if basis == "area_levels"
        else "+".join(wanted)
    )
    rows: list[Row] = []
    for label, own in _subjects(found, inside):
        share = float(found.values[own].sum() / total)
        gradient = (own - share * inside) / total
        parts = UncertaintyParts(
            **{
                part: float(np.sqrt(max(gradient @ matrix @ gradient, 0.0)))
                for part, matrix in found.covariance
                if part != "sensitivity" or corrected is not None
            }
        )
        rows.append(
            Row(
                sample=sample,
                technique="xps",
                quantity="fraction",
                subject=label,
                estimate=_capped(_interval(share, parts, float(found.significance[own].max()))),
                unit="1",
                basis=Basis(basis),
                denominator=denominator,
            )
        )
    return tuple(rows)


def split_lattice(
    total: Row,
    companion: Row,
    *,
    subject: str,
    lattice: str,
    per_companion: float,
    u_relative: float,
) -> tuple[Row, Row]:
    """Split a component into what the lattice must hold and the rest, by subtraction.

    LiCl and lattice chloride, Li2S and free sulfide cannot be told apart by position. The lattice
    share follows from a companion of the same lattice: lattice = companion x ``per_companion``.

    Parameters
    ----------
    total : Row
        Fraction of the unresolved component.
    companion : Row
        Fraction of the companion (PS4) on the same basis and denominator.
    subject, lattice : str
        Names of the two results, for instance ``"LiCl"`` and ``"Cl-lattice"``.
    per_companion : float
        Amount of the lattice species per amount of the companion in the pristine electrolyte.
    u_relative : float
        Relative standard uncertainty of that ratio.

    Returns
    -------
    tuple of Row
        The remainder (an upper limit where insignificant) and the lattice share.

    Raises
    ------
    QuantificationError
        If the two rows do not share basis and denominator, or carry no uncertainty.
    """
    if (total.basis, total.denominator) != (companion.basis, companion.denominator):
        raise QuantificationError(
            f"{total.subject} is a fraction of {total.denominator} ({total.basis}), "
            f"{companion.subject} of {companion.denominator} ({companion.basis}); "
            "a subtraction needs one basis and denominator"
        )
    if total.estimate.u is None and companion.estimate.u is None:
        raise QuantificationError(f"{total.subject} and {companion.subject} carry no uncertainty")
    held = companion.estimate.value * per_companion
    held_parts = _joined(
        companion.estimate.u_parts.scaled(per_companion),
        UncertaintyParts(constraints=abs(held) * u_relative),
    )
    rest = total.estimate.value - held
    parts = _joined(total.estimate.u_parts, held_parts)
    from dataclasses import replace

    seen = rest / parts.total if parts.total else np.inf
    return (
        replace(total, subject=subject, estimate=_capped(_interval(max(rest, 0.0), parts, seen))),
        replace(total, subject=lattice, estimate=_capped(_interval(held, held_parts, np.inf))),
    )


LATTICE_SPLITS = (
    ("LiCl", "Cl-lattice", "PS4", "Cl 2p", "P 2p", 1.0),
    ("Li2S", "S-free", "PS4", "S 2p", "S 2p", 0.25),
)
"""What Li6PS5Cl holds beside each PS4: one Cl per P, and one free S per four S of PS4.

Columns: unresolved component, its lattice share, companion, their core levels, amount of the
lattice species per amount of the companion."""
U_LATTICE = 0.05
"""Relative standard uncertainty of the pristine electrolyte's proportions (off-stoichiometry)."""


def split_known(rows: Sequence[Row]) -> list[Row]:
    """Split LiCl and Li2S from the lattice's own chloride and sulfide, where the rows allow it.

    Parameters
    ----------
    rows : sequence of Row
        Fractions of one sample on one basis.

    Returns
    -------
    list of Row
        The remainders and the lattice shares; empty where a companion is missing. Lattice chloride
        needs a basis that spans P 2p and Cl 2p.
    """
    found: list[Row] = []
    named = {row.subject: row for row in rows}
    for whole, lattice, companion, level, companion_level, share in LATTICE_SPLITS:
        within = level == companion_level
        for one, other in (
            (whole, companion),
            (f"{whole} ({level})", f"{companion} ({companion_level})"),
        ):
            if one not in named or other not in named or one == other:
                continue
            total, beside = named[one], named[other]
            if (total.basis, total.denominator) != (beside.basis, beside.denominator):
                continue
            if total.basis is Basis.WITHIN_LEVEL and not within:
                continue
            found += split_lattice(
                total,
                beside,
                subject=f"{one} beyond the lattice",
                lattice=lattice,
                per_companion=share,
                u_relative=U_LATTICE,
            )
    return found


def row_dict(row: Row) -> dict[str, object]:
    """Give a fraction as the documents show it: sample, subject, basis, denominator, estimate."""
    named = {
        "sample": row.sample,
        "subject": row.subject,
        "basis": None if row.basis is None else str(row.basis),
        "denominator": row.denominator,
    }
    return named | row.estimate.to_dict()


def _joined(one: UncertaintyParts, other: UncertaintyParts) -> UncertaintyParts:
    first, second = one.to_dict(), other.to_dict()
    return UncertaintyParts(
        **{k: float(np.hypot(first.get(k, 0.0), second.get(k, 0.0))) for k in first | second}
    )


def _interval(value: float, parts: UncertaintyParts, significance: float) -> Estimate:
    if parts.total == 0:
        return Estimate(value=value, kind=Kind.FIXED)
    if significance < LIMIT_BELOW:
        return Estimate(
            value=value,
            u_parts=parts,
            high=value + Z * parts.total,
            level=LEVEL,
            kind=Kind.UPPER_LIMIT,
        )
    reach = Z * parts.total
    return Estimate(
        value=value,
        u=parts.total,
        u_parts=parts,
        low=value - reach,
        high=value + reach,
        level=LEVEL,
    )


def _check(fits: Sequence[Fit]) -> None:
    if not fits:
        raise QuantificationError("no fit was given")
    units = {fit.lines[0].area_unit for fit in fits}
    if len(units) > 1:
        raise QuantificationError(
            f"areas come in {' and '.join(sorted(units))}; fractions over several levels need one "
            "unit: give the dwell time and scans of every region"
        )
    seen: set[str] = set()
    for fit in fits:
        if fit.measured.budget is None:
            raise QuantificationError(
                f"the fit of {fit.region} is {fit.assessment}, not converged ({fit.message}); "
                "fractions over several levels need every fit"
            )
        levels = {c.core_level for c in fit.envelope.components if c.role == "species"}
        if levels & seen:
            raise QuantificationError(
                f"{', '.join(sorted(levels & seen))} was fitted twice; "
                "choose one sample, one fit a level"
            )
        seen |= levels


def _factors(
    fits: Sequence[Fit], levels: Sequence[str], registry: Registry, sensitivity: Sensitivity | None
) -> tuple[Array, Array]:
    """Give s L lambda T of each component and its relative standard uncertainty."""
    from references.quantification import angular_factor, tpp2m

    if sensitivity is None:
        return np.ones(len(levels)), np.zeros(len(levels))
    factors = registry.sensitivity_set(sensitivity.set_name)
    energies = {
        c.core_level: (fit.photon_energy, fit) for fit in fits for c in fit.envelope.components
    }
    found: list[float] = []
    relative: list[float] = []
    for level in levels:
        photon, fit = energies[level]
        if not np.isfinite(photon):
            raise QuantificationError(
                f"the photon energy of {level} is not known; attenuation and sensitivity need it"
            )
        kinetic = photon - float(np.median(fit.curves.energy))
        value = factors.factor(level)
        factor, u = value.best, (value.u or 0.0) / value.best
        beta = registry.beta(level)
        if beta is not None and not factors.includes_asymmetry:
            factor *= angular_factor(beta.best, sensitivity.angle)
        if sensitivity.material and not factors.includes_imfp:
            factor *= tpp2m(registry.imfp_material(sensitivity.material), kinetic)
            u = np.hypot(u, U_IMFP)
        if not factors.includes_transmission:
            factor *= kinetic**sensitivity.transmission_exponent
            u = np.hypot(u, U_TRANSMISSION)
        found.append(factor)
        relative.append(float(u))
    return np.array(found), np.array(relative)


def _block_diagonal(blocks: Sequence[Array]) -> Array:
    size = sum(block.shape[0] for block in blocks)
    total = np.zeros((size, size))
    place = 0
    for block in blocks:
        end = place + block.shape[0]
        total[place:end, place:end] = block
        place = end
    return total


def _one_level_an_element(found: Amounts) -> set[str]:
    """An element measured on two levels is counted once, on the level with more signal."""
    best: dict[str, tuple[float, str]] = {}
    for element, level in dict.fromkeys(zip(found.elements, found.levels, strict=True)):
        signal = float(
            sum(v for v, at in zip(found.values, found.levels, strict=True) if at == level)
        )
        best[element] = max(best.get(element, (-1.0, "")), (signal, level))
    return {level for _, level in best.values()}


def _wanted(found: Amounts, basis: str, elements: Sequence[str]) -> tuple[str, ...]:
    fitted = tuple(dict.fromkeys(found.elements))
    if basis != "atomic" or not elements:
        return fitted
    missing = [e for e in elements if e not in fitted]
    if missing:
        raise QuantificationError(
            f"{', '.join(missing)} of the denominator was not fitted; "
            f"fitted are {', '.join(fitted)}: "
            "add its region, or leave it out of --denominator"
        )
    return tuple(elements)


def _subjects(found: Amounts, inside: NDArray[np.bool_]) -> list[tuple[str, NDArray[np.bool_]]]:
    """Components of the levels inside the denominator, then their elements."""
    subjects = [
        (f"{name} ({level})", np.arange(len(found.names)) == i)
        for i, (name, level) in enumerate(zip(found.names, found.levels, strict=True))
        if inside[i]
    ]
    for element in dict.fromkeys(e for e, i in zip(found.elements, inside, strict=True) if i):
        members = np.array([e == element for e in found.elements]) & inside
        subjects.append((element, members))
    return subjects
