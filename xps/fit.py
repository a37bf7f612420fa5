"""Fit one spectrum: recipe and measurement in, lines, fractions and findings out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .absence import area_limits, no_peak, undetermined
from .assemble import assemble, window_slice
from .background import BackgroundError
from .budget import budget_of
from .envelope import Envelope, EnvelopeError
from .estimate import Intervals, Measured, Quantity
from .lineshape import lineshape
from .quantify import within_level
from .result import Curves, Fit, FittedLine
from .rival import Contest
from .search import search
from .spectrum import acquisition_time
from .standard import other_setting
from .state import state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from references.registry import Registry
    from references.words import Finding

    from .likelihood import Statistic
    from .plan import Parameter, Plan

__all__ = ["STARTS", "Task", "fit", "result_of", "task_of"]

Array = NDArray[np.float64]

STARTS = 6
"""Starts of a fit: enough that the best optimum is found from +-1 eV."""


def fit(
    spectrum: xr.Dataset,
    envelope: Envelope,
    *,
    registry: Registry | None = None,
    intervals: Intervals = "auto",
    starts: int = STARTS,
    seed: int = 0,
) -> Fit:
    """Fit an envelope to one spectrum.

    Parameters
    ----------
    spectrum : xarray.Dataset
        From :func:`xps.read` or :func:`xps.spectrum.spectrum`; dim ``binding_energy`` [eV].
    envelope : Envelope
        The recipe.
    registry : Registry, optional
        The library; the bundled one where not given.
    intervals : {"auto", "covariance", "profile"}
        ``auto`` follows the likelihood below five standard uncertainties or where it is not
        parabolic, and gives an upper limit below three.
    starts : int
        Starts inside the library's windows.
    seed : int
        Seed of their scatter.

    Returns
    -------
    Fit
        Estimates with 95 % intervals where the assessment is ``converged``.

    Raises
    ------
    EnvelopeError
        If the recipe cannot be applied to this spectrum.
    UnknownReferenceError
        If it names something the library does not have.

    Examples
    --------
    >>> import xps
    >>> spectrum = xps.example("S 2p")
    >>> result = xps.fit(spectrum, xps.envelope("S 2p", ["PS4", "Li2S"]))
    >>> str(result.assessment)
    'converged'
    """
    from references import load

    from .lint import check

    registry = load() if registry is None else registry
    task = task_of(spectrum, envelope, registry)
    plan = task.planned()
    problem, solution = search(plan, task.data, task.statistic, starts=max(starts, 1), seed=seed)
    contest = Contest(
        plan=plan,
        problem=problem,
        solution=solution,
        envelope=envelope,
        made=task.assembled,
        channels=slice(None),
        parameters=len(plan.names),
    )
    measured = Measured(
        plan=plan,
        problem=problem,
        solution=solution,
        state=state(plan, solution.values),
        budget=budget_of(contest, plan),
    )
    result = result_of(spectrum, envelope, plan, measured, intervals)
    species = [c.name for c in envelope.components if c.role == "species"]
    if absent := no_peak(measured, result.lines, species):
        nothing = undetermined(measured, absent)
        bare = result_of(spectrum, envelope, plan, nothing, intervals)
        result = replace(bare, fractions=(), absent=area_limits(result.lines, species))
    return replace(result, findings=(*task.notes, *check(result, registry)))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Task:
    """A spectrum and a recipe that is to be fitted to it.

    Attributes
    ----------
    envelope : Envelope
    registry : Registry
    energy, counts : (n,) array
        The whole spectrum: calibrated binding energies [eV], counts or intensities.
    inside : slice
        The channels of the window.
    statistic : {"poisson", "sqrt_counts", "unweighted"}
        Without counts the objective is least squares.
    notes : tuple of Finding
        What to know before the fit.
    """

    envelope: Envelope
    registry: Registry
    energy: Array
    counts: Array
    inside: slice
    statistic: Statistic
    notes: tuple[Finding, ...]

    @property
    def data(self) -> Array:
        """Counts inside the window."""
        return self.counts[self.inside]

    def assembled(self, envelope: Envelope, scales: Mapping[str, Parameter] | None = None) -> Plan:
        """Give the arrays of a recipe for the same components; as :func:`assemble`."""
        return assemble(
            envelope, self.registry, self.energy, self.counts, self.inside, scales=scales
        )

    def planned(self) -> Plan:
        """Give the arrays of the recipe.

        Raises
        ------
        EnvelopeError
            As :func:`assemble`, or if the background cannot be had.
        """
        try:
            return self.assembled(self.envelope)
        except BackgroundError as error:
            raise EnvelopeError(f"{self.envelope.region}: {error}") from None


def task_of(spectrum: xr.Dataset, envelope: Envelope, registry: Registry) -> Task:
    """Take the calibrated axis and the counts, and refuse a window in which nothing was counted.

    Raises
    ------
    EnvelopeError
        If the window holds fewer than five channels, or none above zero.
    """
    from .rules.measurement import not_counts

    shift = float(spectrum["charge_shift"]) if "charge_shift" in spectrum.coords else 0.0
    energy = np.asarray(spectrum["binding_energy"].values, dtype=float) + shift
    notes: tuple[Finding, ...] = ()
    statistic, variable = envelope.statistic, "counts"
    if "counts" not in spectrum:
        notes = () if statistic == "unweighted" else (not_counts(envelope),)
        statistic, variable = "unweighted", "intensity"
    notes = (*notes, *other_setting(spectrum, envelope, registry))
    task = Task(
        envelope=envelope,
        registry=registry,
        energy=energy,
        counts=np.asarray(spectrum[variable].values, dtype=float),
        inside=window_slice(envelope, energy),
        statistic=statistic,
        notes=notes,
    )
    if not np.any(task.data != 0):
        raise EnvelopeError(
            f"{envelope.region}: every channel of the window is zero; "
            "choose another window or region"
        )
    if not np.any(task.data > 0):
        raise EnvelopeError(
            f"{envelope.region}: no channel of the window is above zero (the largest is "
            f"{task.data.max():g}); choose another window, or undo the subtraction of a background"
        )
    return task


def result_of(
    spectrum: xr.Dataset,
    envelope: Envelope,
    plan: Plan,
    measured: Measured,
    intervals: Intervals,
    *,
    asked: Measured | None = None,
) -> Fit:
    """Put the result of a solved fit together; findings are not looked for yet.

    Parameters
    ----------
    spectrum, envelope
        What was fitted with what.
    plan : Plan
        The recipe's arrays.
    measured : Measured
        The solved fit of this spectrum.
    intervals : {"auto", "covariance", "profile"}
    asked : Measured, optional
        Who is asked for estimates of the state, where the spectrum was fitted with others.
    """
    asked, solution = measured if asked is None else asked, measured.solution
    time = acquisition_time(spectrum)
    counted = "counts" in spectrum
    timed = counted and np.isfinite(time) and time > 0
    factor = 1.0 / time if timed else 1.0
    unit = "counts/s*eV" if timed else "counts*eV" if counted else "intensity*eV"
    order = _canonical(plan, measured.state.values)
    sample, region = str(spectrum.attrs.get("sample", "")), envelope.region
    shift_u = float(spectrum["charge_shift_u"]) if "charge_shift_u" in spectrum.coords else np.nan
    freedom = max(measured.problem.data.size - len(solution.names), 1)
    sigma = measured.problem.sigma
    variance = 1.0 if sigma is None else float(sigma[0]) ** 2
    return Fit(
        sample=sample,
        region=region,
        assessment=solution.assessment,
        message=solution.message,
        lines=_lines(plan, asked, solution.values, order, factor, unit, intervals),
        fractions=within_level(asked, envelope, sample, intervals),
        findings=(),
        chi2_reduced=variance * solution.deviance / freedom,
        charge_shift=float(spectrum["charge_shift"]) if "charge_shift" in spectrum.coords else 0.0,
        charge_shift_u=shift_u,
        charge_reference=str(spectrum.attrs.get("charge_reference", "")),
        area_factor=factor,
        photon_energy=float(spectrum["photon_energy"]) if "photon_energy" in spectrum else np.nan,
        envelope=envelope,
        curves=_curves(plan, measured, order, _transmission(spectrum, plan.energy)),
        measured=measured,
        number=spectrum.attrs.get("number"),
    )


def _canonical(plan: Plan, values: Array) -> list[int]:
    """Order of lines: core level, then the component's position, then major before minor."""
    n = len(plan.lines)
    first = {line.component: values[n + i] for i, line in reversed(list(enumerate(plan.lines)))}
    return sorted(
        range(n),
        key=lambda i: (
            plan.lines[i].label.split()[0],
            plan.lines[i].label.split()[1][:2],
            first[plan.lines[i].component],
            plan.lines[i].component,
            plan.lines[i].minor,
        ),
    )


def _lines(
    plan: Plan,
    measured: Measured,
    values: Array,
    order: Sequence[int],
    factor: float,
    unit: str,
    intervals: Intervals,
) -> tuple[FittedLine, ...]:
    n = len(plan.lines)
    thetas = plan.line_shapes(values)
    ends = plan.shape_limits()
    found: list[FittedLine] = []
    for i in order:
        line = plan.lines[i]
        seen = measured.significance(line.component)
        area = measured.estimate(
            _entry(i, 3 * n),
            significance=measured.area_significance(line.component),
            intervals=intervals,
        )
        position, fwhm = (
            measured.estimate(
                _entry(i + k * n, 3 * n), significance=seen, intervals=intervals, magnitude=False
            )
            for k in (1, 2)
        )
        found.append(
            FittedLine(
                component=line.component,
                line=line.label,
                shape=line.shape,
                position=position,
                fwhm=fwhm,
                area=area.scaled(factor),
                area_unit=unit,
                maximum=float(lineshape(line.shape).maximum(thetas[i][0][None, :])[0]),
                minor=line.minor,
                shape_parameters=tuple(
                    zip(
                        lineshape(line.shape).parameters,
                        (float(value) for value in thetas[i][0][2:]),
                        strict=True,
                    )
                ),
                position_limits=ends[i][0],
                fwhm_limits=ends[i][1],
            )
        )
    return tuple(found)


def _entry(index: int, size: int) -> Quantity:
    """One number of the state vector as a quantity."""
    gradient = np.zeros(size)
    gradient[index] = 1.0
    return lambda values: (float(values[index]), gradient)


def _transmission(spectrum: xr.Dataset, window: Array) -> Array | None:
    """The analyser's transmission over the fitted channels."""
    if "transmission" not in spectrum:
        return None
    shift = float(spectrum["charge_shift"]) if "charge_shift" in spectrum.coords else 0.0
    energy = np.asarray(spectrum["binding_energy"].values, dtype=float) + shift
    return np.interp(window, energy, np.asarray(spectrum["transmission"].values, dtype=float))


def _curves(
    plan: Plan, measured: Measured, order: Sequence[int], transmission: Array | None
) -> Curves:
    problem, values = measured.problem, measured.solution.values
    evaluator = plan.evaluator()
    lines, background = evaluator.components(values)
    envelope = evaluator(values)
    noise: Array | float
    if problem.sigma is not None:
        noise = problem.sigma
    elif problem.statistic == "unweighted":
        freedom = max(problem.data.size - len(problem.names), 1)
        noise = np.sqrt(max(measured.solution.deviance / freedom, 1e-300))
    else:
        noise = np.sqrt(np.maximum(envelope, 1e-300))
    return Curves(
        energy=plan.energy,
        measured=problem.data,
        envelope=envelope,
        background=background,
        lines=lines[list(order)],
        residual=(problem.data - envelope) / noise,
        transmission=transmission,
    )
