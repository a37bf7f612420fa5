"""Monte Carlo: the fitted model drawn again and again, and what the fit makes of each draw.

A parametric bootstrap: counts are drawn from the fitted curve and fitted like the measurement. What
is known beforehand stays as it is, so that the scatter of the replicas is to be held against the
part ``counting`` of u; the other parts, which no draw of counts shows, are not in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import Assessment, Basis, Finding, InputError, Severity

from .series import fit_series

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from references.registry import Registry
    from references.words import Row

    from .result import Fit
    from .share import Whole

__all__ = ["MonteCarlo", "MonteCarloError", "Replicas", "draw", "monte_carlo"]

Array = NDArray[np.float64]

LEAST, MOST = 20, 1_000_000
APART = 0.1
"""Relative difference of two standard deviations that matters, beside what a draw scatters by."""
BIASED = 0.25
"""Bias, in standard deviations, that matters: at it 95 % intervals hold 94.3 %."""
SCATTER = 3.0
"""Standard deviations of its own scatter that a difference has to exceed."""
CONVERGED = 0.95
"""Share of replicas that should converge."""


class MonteCarloError(InputError):
    """Replicas that cannot be drawn: of which fit, why, and what to do."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Replicas:
    """What a fit made of draws from its own model.

    Attributes
    ----------
    fit : Fit
    number : int
        Draws.
    areas : dict of str to (n,) array
        Each component's area in the draws that converged [the fit's ``area_unit``].
    """

    fit: Fit
    number: int
    areas: dict[str, Array]

    @property
    def converged(self) -> int:
        """Number of draws whose fit converged."""
        return next(iter(self.areas.values())).size


@dataclass(frozen=True, slots=True, kw_only=True)
class MonteCarlo:
    """The scatter of one fraction over replicas, beside what the fit says of itself.

    Attributes
    ----------
    sample, subject, denominator : str
    basis : Basis
    replicas, converged : int
    value, counting : float
        The fit's own fraction and the part of its u that replicas show.
    mean, sd : float
        Of the replicas.
    low, median, high : float
        Their percentiles 2.5, 50 and 97.5.
    """

    sample: str
    subject: str
    basis: Basis
    denominator: str
    replicas: int
    converged: int
    value: float
    counting: float
    mean: float
    sd: float
    low: float
    median: float
    high: float

    @property
    def disagrees(self) -> str:
        """Where replicas and the fit's own uncertainty disagree, in words; empty where not."""
        n = self.converged
        if n < CONVERGED * self.replicas:
            return f"only {n} of {self.replicas} replicas converged"
        if not self.counting > 0:
            return ""
        ratio = self.sd / self.counting
        if abs(ratio - 1.0) > APART + SCATTER / math.sqrt(2.0 * n):
            return f"the replicas scatter {ratio:.2f} times as much as the part counting says"
        bias = self.mean - self.value
        if abs(bias) > BIASED * self.counting + SCATTER * self.sd / math.sqrt(n):
            return f"the replicas lie {bias / self.counting:+.2f} of it beside what was drawn from"
        return ""

    def finding(self) -> Finding | None:
        """Give what to review, if anything."""
        if not self.disagrees:
            return None
        return Finding(
            rule="monte_carlo",
            severity=Severity.WARNING,
            subject=" ".join(p for p in (self.sample, self.subject) if p),
            reported=f"{100 * self.low:.3g} .. {100 * self.high:.3g} % in 95 of 100 replicas",
            reference=f"{100 * self.value:.3g} +- {100 * self.counting:.2g} % (counting)",
            message=(
                f"{self.disagrees}: the fraction of {self.denominator} is no Gaussian there; quote "
                "the interval, which follows the likelihood below five u, or the percentiles"
            ),
        )

    def to_dict(self) -> dict[str, object]:
        """Give it as JSON-ready values."""
        return {
            "sample": self.sample,
            "subject": self.subject,
            "basis": str(self.basis),
            "denominator": self.denominator,
            "replicas": self.replicas,
            "converged": self.converged,
            "value": self.value,
            "u_counting": self.counting,
            "mean": self.mean,
            "sd": self.sd,
            "percentile_2.5": self.low,
            "percentile_50": self.median,
            "percentile_97.5": self.high,
            "disagrees": self.disagrees,
        }


def draw(
    spectrum: xr.Dataset,
    fit: Fit,
    number: int,
    *,
    registry: Registry,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Replicas:
    """Draw counts from a fitted model and fit each draw as the measurement was.

    Parameters
    ----------
    spectrum : Dataset
        The measurement.
    fit : Fit
        Its converged fit, by counts.
    number : int
        Draws; 1000 tell a standard deviation to 2 %.
    registry : Registry
    seed : int
        The same draws for the same seed, however many threads there are.
    progress : callable, optional
        Told the number done and the total.

    Raises
    ------
    MonteCarloError
        If there is nothing to draw from, or too few or too many draws are asked for.

    Notes
    -----
    The fits are :func:`xps.fit_series`: fast, but a species below 12 standard uncertainties is
    fitted with care in every replica, which takes its time.
    """
    import xarray as xr

    where = fit.region
    if not LEAST <= number <= MOST:
        raise MonteCarloError(f"{number} replicas; between {LEAST} and {MOST} are drawn")
    if fit.assessment is not Assessment.CONVERGED:
        raise MonteCarloError(
            f"the fit of {where} is {fit.assessment}: there is no model to draw from"
        )
    if "counts" not in spectrum or fit.statistic == "unweighted":
        raise MonteCarloError(
            f"{where} is not fitted to counts, so that its noise is not known; give a file with "
            "dwell time and scans, and the statistic poisson"
        )
    shift = float(spectrum["charge_shift"]) if "charge_shift" in spectrum.coords else 0.0
    energy = np.asarray(spectrum["binding_energy"].values, dtype=float) + shift
    first = int(np.argmin(np.abs(energy - fit.curves.energy[0])))
    window = slice(first, first + fit.curves.energy.size)
    counts = np.tile(np.asarray(spectrum["counts"].values, dtype=float), (number, 1))
    generator = np.random.default_rng(seed)
    counts[:, window] = generator.poisson(fit.curves.envelope, (number, fit.curves.energy.size))
    found = fit_series(
        xr.DataArray(counts, dims=("replica", "binding_energy"), coords={"binding_energy": energy}),
        fit.envelope,
        registry=registry,
        seed=seed,
        acquisition_time=1.0 / fit.area_factor,
        progress=progress,
    )
    settled = found["assessment"].values == list(Assessment).index(Assessment.CONVERGED)
    areas = {
        component: found["area"]
        .sel(line=[f"{component} {line.line}" for line in fit.lines if line.component == component])
        .values[settled]
        .sum(axis=1)
        for component in fit.components
    }
    if not settled.any():
        raise MonteCarloError(f"no replica of {where} converged; the fit is no stable answer")
    return Replicas(fit=fit, number=number, areas=areas)


def monte_carlo(
    replicas: Sequence[Replicas], rows: Sequence[Row], all_of_it: Whole | None = None
) -> tuple[MonteCarlo, ...]:
    """Give the scatter of fractions over replicas.

    Parameters
    ----------
    replicas : sequence of Replicas
        Of each fit of one sample.
    rows : sequence of Row
        The fits' fractions on one basis; those that are no share of single components or elements
        (a split lattice's) are left out.
    all_of_it : Whole, optional
        What the fractions over several levels are of; not needed within one level.

    Returns
    -------
    tuple of MonteCarlo
        In the order of the rows.
    """
    shares = _within(replicas) if all_of_it is None else _over_levels(replicas, all_of_it)
    found: list[MonteCarlo] = []
    for row in rows:
        values = shares.get((row.subject, row.denominator))
        if values is None or row.basis is None:
            continue
        low, median, high = np.percentile(values, (2.5, 50.0, 97.5)).tolist()
        found.append(
            MonteCarlo(
                sample=row.sample,
                subject=row.subject,
                basis=row.basis,
                denominator=row.denominator,
                replicas=min(r.number for r in replicas),
                converged=values.size,
                value=row.estimate.value,
                counting=row.estimate.u_parts.counting or 0.0,
                mean=float(values.mean()),
                sd=float(values.std(ddof=1)) if values.size > 1 else 0.0,
                low=low,
                median=median,
                high=high,
            )
        )
    return tuple(found)


def _within(replicas: Sequence[Replicas]) -> dict[tuple[str, str], Array]:
    """Shares of core levels, by species and level."""
    found: dict[tuple[str, str], Array] = {}
    for own in replicas:
        species = [c for c in own.fit.envelope.components if c.role == "species"]
        for level in dict.fromkeys(c.core_level for c in species):
            names = [c.name for c in species if c.core_level == level]
            total = np.sum([own.areas[name] for name in names], axis=0)
            for name in names:
                found[name, level] = own.areas[name] / np.maximum(total, 1e-300)
    return found


def _over_levels(replicas: Sequence[Replicas], all_of_it: Whole) -> dict[tuple[str, str], Array]:
    """Shares over levels, by subject and denominator; each region's draws are independent."""
    amounts, inside = all_of_it.amounts, all_of_it.inside
    n = min(own.converged for own in replicas)
    areas = {
        (c.name, c.core_level): own.areas[c.name][:n]
        for own in replicas
        for c in own.fit.envelope.components
        if c.role == "species"
    }
    keys = list(zip(amounts.names, amounts.levels, strict=True))
    if any(key not in areas for key in keys):
        return {}
    drawn = np.array([areas[key] for key in keys]) / amounts.factor[:, None]
    total = np.maximum(drawn[inside].sum(axis=0), 1e-300)
    whole = all_of_it.denominator
    found = {
        (f"{name} ({level})", whole): drawn[i] / total
        for i, (name, level) in enumerate(keys)
        if inside[i]
    }
    for element in dict.fromkeys(e for e, i in zip(amounts.elements, inside, strict=True) if i):
        members = np.array([e == element for e in amounts.elements]) & inside
        found[element, whole] = drawn[members].sum(axis=0) / total
    return found
