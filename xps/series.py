"""Many spectra, one recipe: a depth profile, a map, a night of measurements.

The same plan, likelihood and uncertainty budget as :func:`xps.fit`, run by the compiled
:mod:`xps.kernel`. A spectrum is begun from its neighbour's answer and from starts of its own; each
gets its own assessment, and no other is touched where one is unusable.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from references.words import Assessment, InputError

from .assemble import assemble, window_slice
from .background import BackgroundError, static_background
from .budget import BACKGROUND_ODDS, PARTS, SHAPE_ODDS
from .envelope import Envelope, EnvelopeError
from .estimate import LIMIT_BELOW, LOOK_CLOSELY_BELOW, ROUNDING, Z
from .fit import fit
from .layout import arrays_of, errors_of, starts_of
from .rival import other_backgrounds, other_shapes
from .spectrum import spectrum
from .state import states

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry
    from references.words import Estimate

    from .kernel import Answers, Arrays, Errors, Starts
    from .plan import Plan

__all__ = ["ASSESSMENTS", "KINDS", "SeriesError", "fit_series", "stack"]

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

BLOCK = 64
"""Neighbours that are fitted one after the other; the next block begins from its own starts."""
CHUNK = 512
"""Spectra whose numbers are worked out together."""
STARTS = 4
RESULTS = {
    *(
        "line",
        "species",
        "core_level",
        "part",
        "area",
        "area_u",
        "position",
        "position_u",
        "fwhm",
        "fwhm_u",
    ),
    *("fraction", "fraction_u", "fraction_low", "fraction_high", "fraction_kind"),
    *("fraction_u_part", "assessment", "chi2_reduced", "evaluations"),
}
"""Names of the result's own."""
JUMP = 6.0
"""Standard deviations of chi-squared by which a spectrum's misfit stands out from its chunk's."""
BENT = 1.0
"""Relative departure of the likelihood from a parabola, on the straight way to an interval's ends,
from which the interval has to follow it; a valley's bend, which costs little, stays below."""
SAME_AXIS = 1e-3
"""Difference of two axes [eV] that is rounding."""
NOT_VARIED = {
    *("binding_energy", "photon_energy", "dwell_time", "scans", "charge_shift", "charge_shift_u"),
}
"""Coordinates of a spectrum that do not tell where it stands in a series."""
ASSESSMENTS = tuple(Assessment)
KINDS = "none", "fixed", "standard", "profile", "upper_limit"
"""Kinds of a fraction's interval, as they are numbered in the result."""


class SeriesError(InputError):
    """Numbers that are no series: what was given, and what was expected."""


def fit_series(
    counts: xr.DataArray,
    envelope: Envelope,
    *,
    registry: Registry | None = None,
    starts: int = STARTS,
    seed: int = 0,
    acquisition_time: float = float("nan"),
    threads: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Fit one recipe to every spectrum of an array.

    Parameters
    ----------
    counts : xarray.DataArray
        Counts over ``binding_energy`` [eV] and any leading dims; a dask array is fitted chunk by
        chunk, when its numbers are asked for. A coordinate ``charge_shift`` is added to the axis,
        as :func:`xps.fit` adds it.
    envelope : Envelope
        The recipe. Its statistic is ``poisson`` or ``sqrt_counts``.
    registry : Registry, optional
        The library; the bundled one where not given.
    starts : int
        Starts a spectrum, its neighbour's answer among them.
    seed : int
        Seed of their scatter.
    acquisition_time : float
        Dwell time x scans [s]; with it areas are rates. The array's own coordinates ``dwell_time``
        and ``scans`` serve where it is not given.
    threads : int, optional
        Threads; all cores where not given. The answers do not depend on it. A lazy array's chunks
        go to its own scheduler.
    progress : callable, optional
        Called with the number of spectra done and their total; not for lazy arrays.

    Returns
    -------
    xarray.Dataset
        With the leading dims of ``counts``:

        ``area``, ``position``, ``fwhm`` (..., line) and their ``_u``
            [counts eV, or counts/s eV; eV; eV].
        ``fraction``, ``fraction_u``, ``fraction_low``, ``fraction_high``, ``fraction_kind``
            (..., species), within their core level, with 95 % intervals.
        ``fraction_u_part`` (..., species, part)
            ``counting``, ``misfit``, ``background`` and ``constraints``; their root sum of squares
            is ``fraction_u``, which a limit has not.
        ``assessment``, ``chi2_reduced``, ``evaluations`` (...)
            The outcome as a number, named by its attributes.

    Raises
    ------
    SeriesError
        If the array has no ``binding_energy`` that ascends, differs in its energy scale from
        spectrum to spectrum, or has names that the result needs.
    EnvelopeError
        If the recipe cannot be applied to these spectra, or a series cannot fit it.

    Notes
    -----
    NaN, negative counts, spectra without any and saturated ones (four neighbouring channels at the
    largest value) are ``failed``; uncertainties are NaN unless a spectrum has ``converged``, and
    where :func:`xps.fit` would give a limit or nothing. A spectrum in which a component is below 12
    standard uncertainties, the likelihood is no parabola, or the misfit stands out from those that
    are fitted with it (512, or a lazy array's chunk) is handed to :func:`xps.fit`.

    Examples
    --------
    >>> import xarray as xr, xps
    >>> one = xps.example("S 2p")["counts"]
    >>> profile = xr.concat([one, one], dim="depth")
    >>> result = xps.fit_series(profile, xps.envelope("S 2p", ["PS4", "Li2S"]))
    >>> result["fraction"].dims
    ('depth', 'species')
    """
    import xarray as xr

    from references import load

    registry = load() if registry is None else registry
    ordered = _ordered(counts)
    if threads is not None and threads < 1:
        raise SeriesError(f"a series is fitted on one thread or more, not on {threads}")
    energy = np.array(ordered["binding_energy"].values, dtype=float) + _scalar(
        ordered, "charge_shift", 0.0
    )
    if np.isnan(acquisition_time):
        acquisition_time = _scalar(ordered, "dwell_time") * _scalar(ordered, "scans")
    series = _prepared(envelope, registry, energy, starts, seed, acquisition_time)
    own = {name for name, *_ in series.fields()} | set(series.coords())
    if taken := sorted({str(name) for name in (*ordered.dims, *ordered.coords)} & own):
        raise SeriesError(
            f"the array's {', '.join(taken)} would stand for two things in the result; rename it, "
            f'for instance counts.rename({taken[0]}="{taken[0]}_set")'
        )
    size = series.size

    def packed(block: Any) -> Array:
        rows = np.asarray(block, dtype=float)
        flat = rows.reshape(-1, energy.size)
        return series.fit(flat, threads=1).reshape(*rows.shape[:-1], size)

    data = ordered.data
    if hasattr(data, "dask"):
        whole = data.rechunk({-1: -1})
        found = whole.map_blocks(
            packed,
            dtype=float,
            chunks=(*whole.chunks[:-1], (size,)),
            meta=np.empty((0,) * whole.ndim),
        )
    else:
        flat = np.asarray(data, dtype=float).reshape(-1, energy.size)
        numbers = series.fit(flat, threads=threads, progress=progress)
        found = numbers.reshape(*ordered.shape[:-1], size)
    leading = ordered.dims[:-1]
    coords: dict[Any, Any] = {
        name: ordered.coords[name]
        for name in ordered.coords
        if "binding_energy" not in ordered.coords[name].dims
    }
    variables = {
        name: (
            (*leading, *dims),
            found[..., first : first + int(np.prod(shape, dtype=int))].reshape(
                (*found.shape[:-1], *shape)
            ),
            attributes,
        )
        for name, first, dims, shape, attributes in series.fields()
    }
    return xr.Dataset(variables, coords={**coords, **series.coords()})


def _ordered(counts: xr.DataArray) -> xr.DataArray:
    """The counts with their energies last; refuse what has none."""
    import xarray as xr

    given: Any = counts
    if isinstance(given, xr.Dataset):
        raise SeriesError('a series is an array of counts, not a Dataset; give dataset["counts"]')
    if "binding_energy" not in counts.dims or "binding_energy" not in counts.coords:
        raise SeriesError(
            "a series has the dim and coordinate binding_energy, not "
            f"{', '.join(map(str, counts.dims))}"
        )
    return counts.transpose(..., "binding_energy")


def _scalar(counts: xr.DataArray, name: str, missing: float = np.nan) -> float:
    """A coordinate that all spectra share."""
    if name not in counts.coords:
        return missing
    values = np.unique(np.asarray(counts[name].values, dtype=float))
    if values.size == 1:
        return float(values[0])
    if name == "charge_shift":
        raise SeriesError(
            "the spectra have different charge shifts; put them on one energy scale, or fit them "
            "apart"
        )
    return np.nan


def stack(spectra: Sequence[xr.Dataset]) -> xr.DataArray:
    """Put spectra of one axis into one array, for :func:`fit_series`.

    Parameters
    ----------
    spectra : sequence of Dataset
        With counts, of the same calibrated binding energies.

    Returns
    -------
    xarray.DataArray
        Counts (spectrum, binding_energy), the axis calibrated. What the spectra's files varied
        (etch time, angle, place on a map) stands along ``spectrum``.

    Raises
    ------
    SeriesError
        If there is none, one has no counts, or axes differ.
    """
    import xarray as xr

    if not spectra:
        raise SeriesError("a series is made of spectra; none was given")
    axes = [_calibrated(spectrum) for spectrum in spectra]
    for number, (made, axis) in enumerate(zip(spectra, axes, strict=True)):
        if "counts" not in made:
            raise SeriesError(
                f"spectrum {number} of the series has no counts, only intensities; a series is "
                "fitted to counts: give files with dwell time and scans"
            )
        if axis.size != axes[0].size or np.max(np.abs(axis - axes[0])) > SAME_AXIS:
            raise SeriesError(
                f"spectrum {number} of the series runs from {axis[0]:g} to {axis[-1]:g} eV over "
                f"{axis.size} channels, the first from {axes[0][0]:g} to {axes[0][-1]:g} eV over "
                f"{axes[0].size}: fit those of one axis together"
            )
    first = spectra[0]
    names = dict.fromkeys(str(name) for made in spectra for name in made.coords)
    varied = [name for name in names if name not in NOT_VARIED]
    columns = {name: [_setting(made, name) for made in spectra] for name in varied}
    return xr.DataArray(
        np.array([made["counts"].values for made in spectra], dtype=float),
        dims=("spectrum", "binding_energy"),
        coords={
            "binding_energy": axes[0],
            **{
                # What a file calls a position is none of the result's.
                f"{name}_set" if name in RESULTS else name: (
                    "spectrum",
                    np.array(values),
                    first[name].attrs if name in first.coords else {},
                )
                for name, values in columns.items()
                if np.any(np.isfinite(values))
            },
        },
    )


def _setting(made: xr.Dataset, name: str) -> float:
    """A scalar coordinate of a spectrum; NaN where it has none, or no number."""
    try:
        return float(made[name])
    except (KeyError, TypeError, ValueError):
        return np.nan


def _calibrated(made: xr.Dataset) -> Array:
    shift = float(made["charge_shift"]) if "charge_shift" in made.coords else 0.0
    return np.asarray(made["binding_energy"].values, dtype=float) + shift


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Rival:
    """Another model of the same components, and which of its parameters the own one shares."""

    plan: Plan
    arrays: Arrays
    shared: tuple[NDArray[np.intp], NDArray[np.intp]]
    penalty: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Series:
    """A recipe laid out for the kernel, with its rivals."""

    envelope: Envelope
    registry: Registry
    plan: Plan
    arrays: Arrays
    starting: Starts
    errors: Errors
    backgrounds: tuple[_Rival, ...]
    shapes: tuple[_Rival, ...]
    inside: slice
    energy: Array
    starts: int
    seed: int
    factor: float

    @property
    def species(self) -> tuple[str, ...]:
        """Components that are part of a level's fractions."""
        return tuple(c.name for c in self.envelope.components if c.role == "species")

    def fields(self) -> list[tuple[str, int, tuple[str, ...], tuple[int, ...], dict[str, Any]]]:
        """Name, first column, dims, shape and attributes of what :meth:`fit` gives."""
        lines, species = len(self.plan.lines), len(self.species)
        area = "counts eV" if self.factor == 1.0 else "counts/s eV"
        per_line = [
            (f"{name}{end}", ("line",), (lines,), {"units": unit})
            for name, unit in (("area", area), ("position", "eV"), ("fwhm", "eV"))
            for end in ("", "_u")
        ]
        level = {"units": "1", "basis": "within_level", "level": 0.95}
        per_species = [
            (name, ("species",), (species,), level)
            for name in ("fraction", "fraction_u", "fraction_low", "fraction_high")
        ]
        numbered = {"flag_values": list(range(len(KINDS))), "flag_meanings": " ".join(KINDS)}
        outcome = {
            "flag_values": list(range(len(ASSESSMENTS))),
            "flag_meanings": " ".join(str(a) for a in ASSESSMENTS),
        }
        listed: list[tuple[str, tuple[str, ...], tuple[int, ...], dict[str, Any]]] = [
            *per_line,
            *per_species,
            ("fraction_kind", ("species",), (species,), numbered),
            ("fraction_u_part", ("species", "part"), (species, len(PARTS)), level),
            ("assessment", (), (), outcome),
            ("chi2_reduced", (), (), {"units": "1"}),
            ("evaluations", (), (), {"units": "1"}),
        ]
        found: list[tuple[str, int, tuple[str, ...], tuple[int, ...], dict[str, Any]]] = []
        first = 0
        for name, dims, shape, attributes in listed:
            found.append((name, first, dims, shape, attributes))
            first += int(np.prod(shape, dtype=int))
        return found

    @property
    def size(self) -> int:
        """Numbers a spectrum."""
        _, first, _, shape, _ = self.fields()[-1]
        return first + int(np.prod(shape, dtype=int))

    def coords(self) -> dict[str, Any]:
        """Names along the result's own dims, and what each fraction is a fraction of."""
        levels = {c.name: c.core_level for c in self.envelope.components}
        return {
            "line": [f"{line.component} {line.label}" for line in self.plan.lines],
            "species": list(self.species),
            "core_level": ("species", [levels[name] for name in self.species]),
            "part": list(PARTS),
        }

    def fit(
        self, data: Array, *, threads: int | None = None, progress: Progress | None = None
    ) -> Array:
        """Fit spectra (N, n) and give their numbers (N, size)."""
        found = np.full((len(data), self.size), np.nan)
        firsts = range(0, len(data), CHUNK)
        done, lock = 0, threading.Lock()

        def one(first: int) -> None:
            nonlocal done
            chunk = slice(first, first + CHUNK)
            found[chunk] = self.numbers(np.ascontiguousarray(data[chunk], dtype=float))
            with lock:
                done += len(data[chunk])
                if progress is not None:
                    progress(done, len(data))

        if threads == 1 or len(firsts) == 1:
            for first in firsts:
                one(first)
        else:
            with ThreadPoolExecutor(max_workers=threads) as pool:
                list(pool.map(one, firsts))
        return found

    def numbers(self, data: Array) -> Array:
        """Fit a chunk of spectra and work out all numbers of each."""
        from . import kernel

        static = self.static(data)
        inside = np.array(data[:, self.inside], dtype=float, order="C")
        inside[np.any(np.isnan(static), axis=1) if len(static) > 1 else slice(0)] = np.nan
        poisson = self.envelope.statistic == "poisson"
        task = kernel.Task(poisson=poisson, starts=self.starts, guess_loss=self.arrays.loss == 1)
        answers = _empty(len(data), self.arrays)
        kernel.fit_spectra(self.arrays, self.starting, task, inside, static, BLOCK, answers)
        contest = _Contest(series=self, data=inside, static=static, answers=answers)
        shapes = [contest.against(rival, SHAPE_ODDS) for rival in self.shapes]
        backgrounds = [contest.against(rival, BACKGROUND_ODDS) for rival in self.backgrounds]
        misfit = np.zeros_like(answers.counting)
        other = shapes[0].difference if shapes else np.zeros_like(inside)
        kernel.misfit_of(self.arrays, self.errors, poisson, inside, static, other, answers, misfit)
        values, gradient = states(self.plan, answers.values)
        fractions, along = self.fractions(values)
        lines = np.broadcast_to(np.eye(values.shape[1]), (len(data), *2 * values.shape[1:]))
        weights = np.concatenate([lines, along], axis=1)
        parts = self.parts(weights, gradient, answers, misfit, backgrounds, shapes)
        found = self.packed(values, fractions, parts, answers)
        majors = [self.major(name) for name in self.species]
        amounts = np.concatenate([weights[:, majors], along], axis=1)
        fitted = np.concatenate([self.arrays.linear, self.arrays.bent])
        bent = self.bent(amounts @ gradient[:, :, fitted], inside, static, answers)
        for i in np.flatnonzero(
            self.delicate(values, parts, answers) | (bent & (answers.code == kernel.CONVERGED))
        ):
            found[i] = self.careful(data[i], found[i])
        return found

    def major(self, component: str) -> int:
        """Give the place of a component's major line among the lines."""
        return next(i for i, line in enumerate(self.plan.lines) if line.component == component)

    def delicate(self, values: Array, parts: Array, answers: Answers) -> NDArray[np.bool_]:
        """Tell which spectra (N,) ask for more than a covariance.

        Those in which a species is faint or gone, for its interval follows the likelihood and other
        answers have to be looked for; those whose misfit stands out; those that did not converge.
        """
        from . import kernel

        everything = tuple(dict.fromkeys(line.component for line in self.plan.lines))
        seen = self.significance(values, parts, everything)
        faint = ~np.all(seen >= LOOK_CLOSELY_BELOW, axis=1)
        converged = answers.code == kernel.CONVERGED
        wanting = (answers.code != kernel.FAILED) & ~converged
        freedom = max(self.plan.energy.size - self.plan.free.size, 1)
        chi2 = answers.deviance / freedom
        usual = float(np.median(chi2[converged])) if np.any(converged) else 0.0
        with np.errstate(invalid="ignore"):
            jumped = chi2 > usual * (1.0 + JUMP * np.sqrt(2.0 / freedom))
        return (converged & (faint | jumped)) | wanting

    def bent(self, along: Array, data: Array, static: Array, answers: Answers) -> NDArray[np.bool_]:
        """Tell where (N,) the likelihood at the ends of an amount's interval is no parabola's.

        ``along`` (N, amounts, m) are the gradients of areas and fractions over what is fitted.
        """
        from . import kernel

        soft = answers.counting + answers.constraints
        toward = np.einsum("nmk,nqk->nqm", soft, along)
        with np.errstate(invalid="ignore", divide="ignore"):
            reach = toward * (Z / np.sqrt(np.einsum("nqm,nqm->nq", toward, along)))[:, :, None]
        reach = np.where(np.isfinite(reach), reach, 0.0)  # what is tied has no ends
        fitted = np.concatenate([self.arrays.linear, self.arrays.bent])
        points = np.repeat(answers.values[:, None, :], 2 * along.shape[1], axis=1)
        points[:, :, fitted] += np.concatenate([reach, -reach], axis=1)
        outside = np.any((points < self.arrays.lower) | (points > self.arrays.upper), axis=(1, 2))
        found = np.full(points.shape[:2], Z**2)
        kernel.rises(
            self.arrays, self.envelope.statistic == "poisson", data, static, answers, points, found
        )
        moved = np.any(np.concatenate([reach, reach], axis=1) != 0.0, axis=2)
        off = np.abs(found / Z**2 - 1.0) > BENT
        return outside | np.any(off & moved, axis=1)

    def careful(self, counts: Array, quick: Array) -> Array:
        """Fit one spectrum by :func:`xps.fit`, as a row in the order of :meth:`fields`."""
        # Outside the window only a static background looks at the counts.
        used = slice(None) if self.envelope.background.mode == "static" else self.inside
        row = quick.copy()
        try:
            made = spectrum(self.energy[used], counts[used], dwell_time=1.0 / self.factor, scans=1)
            one = fit(made, self.envelope, registry=self.registry, seed=self.seed)
        except InputError:
            row[:] = np.nan
            for name, first, _, shape, _ in self.fields():
                if name in {"assessment", "fraction_kind"}:
                    failed = ASSESSMENTS.index(Assessment.FAILED)
                    size = int(np.prod(shape, dtype=int))
                    row[first : first + size] = failed if name == "assessment" else 0.0
            return row
        lines = {(line.component, line.line): line for line in one.lines}
        fractions = {given.subject: given.estimate for given in one.fractions}
        for name, first, dims, shape, _ in self.fields():
            size = int(np.prod(shape, dtype=int))
            if name in {"assessment", "chi2_reduced"}:
                code = ASSESSMENTS.index(one.assessment)
                row[first] = code if name == "assessment" else one.chi2_reduced
            elif dims == ("line",):
                quantity, _, of_u = name.partition("_")
                told = [lines[line.component, line.label] for line in self.plan.lines]
                estimates = [getattr(line, quantity) for line in told]
                row[first : first + size] = [_number(e.u if of_u else e.value) for e in estimates]
            elif "species" in dims:
                row[first : first + size] = [
                    v for key in self.species for v in _of_fraction(name, fractions.get(key))
                ]
        return row

    def static(self, data: Array) -> Array:
        """Give what is held under the peaks: a row for all spectra, or one each."""
        chosen = self.envelope.background
        if chosen.mode != "static":
            return np.zeros((1, self.plan.energy.size))
        rows = np.zeros((len(data), self.plan.energy.size))
        for i, counts in enumerate(data):
            try:
                rows[i] = static_background(chosen, self.energy, counts, self.inside)
            except BackgroundError:
                rows[i] = np.nan
        return rows

    def fractions(self, values: Array) -> tuple[Array, Array]:
        """Give each species' share of its level (N, species), and the gradient over the state."""
        level = {c.name: c.core_level for c in self.envelope.components}
        role = {c.name: c.role for c in self.envelope.components}
        owner = [line.component for line in self.plan.lines]
        own = np.array([[name == o for o in owner] for name in self.species], dtype=float)
        mates = np.array(
            [
                [role[o] == "species" and level[o] == level[name] for o in owner]
                for name in self.species
            ],
            dtype=float,
        )
        areas = values[:, : len(owner)]
        with np.errstate(invalid="ignore", divide="ignore"):
            total = areas @ mates.T
            share = areas @ own.T / total
            slope = (own - share[:, :, None] * mates) / total[:, :, None]
        gradient = np.zeros((len(values), len(self.species), values.shape[1]))
        gradient[:, :, : len(owner)] = slope
        return share, gradient

    def parts(
        self,
        weights: Array,
        gradient: Array,
        answers: Answers,
        misfit: Array,
        backgrounds: list[_Outcome],
        shapes: list[_Outcome],
    ) -> Array:
        """Give the parts of the uncertainty (N, quantities, part) of linear functions of the state.

        As :class:`xps.budget.Budget` gives them for one fit.
        """
        fitted = np.concatenate([self.arrays.linear, self.arrays.bent])
        shaky = self.arrays.shaky
        u = np.array([self.plan.parameters[int(i)].u for i in shaky], dtype=float)
        along = weights @ gradient[:, :, fitted]

        def variance(covariance: Array) -> Array:
            return np.einsum("nqm,nmk,nqk->nq", along, covariance, along, optimize=True)

        held = (along @ answers.dragged + weights @ gradient[:, :, shaky]) * u
        found = {
            "counting": variance(answers.counting),
            "misfit": variance(misfit) + _weighed(shapes, weights),
            "background": _weighed(backgrounds, weights),
            "constraints": variance(answers.constraints) + np.sum(held**2, axis=2),
        }
        return np.sqrt(np.maximum(np.stack([found[part] for part in PARTS], axis=2), 0.0))

    def packed(self, values: Array, fractions: Array, parts: Array, answers: Answers) -> Array:
        """Put all numbers of each spectrum into one row, in the order of :meth:`fields`."""
        from . import kernel

        lines, species = len(self.plan.lines), len(self.species)
        u = np.sqrt(np.sum(parts**2, axis=2))
        known = (answers.code == kernel.CONVERGED)[:, None]
        u, parts = np.where(known, u, np.nan), np.where(known[:, :, None], parts, np.nan)
        columns: list[Array] = []
        for i, factor in enumerate((self.factor, 1.0, 1.0)):
            own = slice(i * lines, (i + 1) * lines)
            given = np.where(u[:, own] > ROUNDING * np.abs(values[:, own]), u[:, own], np.nan)
            if i == 0:  # an area that its own u could make nothing is a limit, which has none
                given = np.where(values[:, own] < LIMIT_BELOW * given, np.nan, given)
            columns += [factor * values[:, own], factor * given]
        u_fraction, seen = u[:, 3 * lines :], self.significance(values, parts, self.species)
        limit = np.minimum(seen * u_fraction, fractions) < LIMIT_BELOW * u_fraction
        tied = u_fraction <= ROUNDING * fractions
        low = np.where(limit, np.nan, np.maximum(fractions - Z * u_fraction, 0.0))
        high = np.where(tied, np.nan, np.minimum(fractions + Z * u_fraction, 1.0))
        told = np.select(
            [tied, limit],
            [KINDS.index("fixed"), KINDS.index("upper_limit")],
            KINDS.index("standard"),
        )
        kind = np.where(known & np.isfinite(fractions), told, KINDS.index("none"))
        freedom = max(self.plan.energy.size - self.plan.free.size, 1)
        columns += [
            fractions,
            np.where(limit | tied, np.nan, u_fraction),
            np.where(tied, np.nan, low),
            high,
            kind.astype(float),
            np.where(tied[:, :, None], np.nan, parts[:, 3 * lines :]).reshape(
                len(values), species * len(PARTS)
            ),
            answers.code[:, None].astype(float),
            answers.deviance[:, None] / freedom,
            answers.evaluations[:, None].astype(float),
        ]
        return np.concatenate(columns, axis=1)

    def significance(self, values: Array, parts: Array, components: Sequence[str]) -> Array:
        """Give components' areas over their u from counts and constraints (N, components)."""
        first = [self.major(name) for name in components]
        kept = [PARTS.index("counting"), PARTS.index("constraints")]
        u = np.sqrt(np.sum(parts[:, first][:, :, kept] ** 2, axis=2))
        with np.errstate(invalid="ignore", divide="ignore"):
            return values[:, first] / u


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Outcome:
    """How a rival fared on each spectrum: odds beforehand, weight, shift of the state, curves."""

    weight: Array
    shift: Array
    difference: Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Contest:
    """A chunk's answers, and the counts to which rivals are fitted in turn (:mod:`xps.rival`)."""

    series: _Series
    data: Array
    static: Array
    answers: Answers

    def against(self, rival: _Rival, odds: float) -> _Outcome:
        """Refit a rival from the own answer."""
        from . import kernel

        series, answers = self.series, self.answers
        poisson = series.envelope.statistic == "poisson"
        there, here = rival.shared
        values = np.tile(rival.plan.start, (len(self.data), 1))
        values[:, there] = answers.values[:, here]
        objective = np.full(len(self.data), np.inf)
        # A rival is active: it takes nothing of what is held under the peaks.
        static = np.zeros((1, self.data.shape[1]))
        kernel.refine_spectra(
            rival.arrays, poisson, self.data, static, answers.code, values, objective
        )
        freedom = max(self.data.shape[1] - series.plan.free.size, 1)
        with np.errstate(invalid="ignore"):
            scale = np.maximum(1.0, answers.deviance / freedom)
            evidence = (objective - answers.objective) / scale + rival.penalty
        own, _ = states(series.plan, answers.values)
        other, _ = states(rival.plan, values)
        curves = np.zeros((2, *self.data.shape))
        kernel.predict_spectra(rival.arrays, static, answers.code, values, curves[0])
        kernel.predict_spectra(series.arrays, self.static, answers.code, answers.values, curves[1])
        with np.errstate(invalid="ignore", over="ignore"):
            weight = odds * np.exp(-0.5 * np.clip(evidence, -40.0, 700.0))
        lost = ~np.isfinite(weight)
        return _Outcome(
            weight=np.where(lost, 0.0, weight),
            shift=np.where(lost[:, None], 0.0, other - own),
            difference=curves[0] - curves[1],
        )


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _of_fraction(name: str, estimate: Estimate | None) -> list[float]:
    """What a field tells of a species' fraction; NaN and no kind where there is none."""
    parts = None if estimate is None else estimate.u_parts
    if name == "fraction_u_part":
        return [_number(getattr(parts, part, None)) for part in PARTS]
    if name == "fraction_kind":
        told = estimate is not None and (estimate.high is not None or estimate.kind == "fixed")
        return [float(KINDS.index(str(estimate.kind)) if told and estimate else 0)]
    attribute = {"fraction": "value"}.get(name, name.removeprefix("fraction_"))
    return [_number(getattr(estimate, attribute, None))]


def _weighed(outcomes: list[_Outcome], weights: Array) -> Array:
    """Squared shifts of linear functions of the state (N, quantities), by the rivals' odds."""
    total = np.zeros(weights.shape[:2])
    odds = np.ones((len(weights), 1))
    for outcome in outcomes:
        moved = np.einsum("nqs,ns->nq", weights, outcome.shift)
        total += outcome.weight[:, None] * moved**2
        odds += outcome.weight[:, None]
    return total / odds


def _empty(number: int, arrays: Arrays) -> Answers:
    from .kernel import FAILED, Answers

    m, size = arrays.linear.size + arrays.bent.size, arrays.lower.size
    return Answers(
        values=np.full((number, size), np.nan),
        counting=np.full((number, m, m), np.nan),
        constraints=np.full((number, m, m), np.nan),
        dragged=np.zeros((number, m, arrays.shaky.size)),
        objective=np.full(number, np.nan),
        deviance=np.full(number, np.nan),
        condition=np.full(number, np.nan),
        code=np.full(number, FAILED),
        evaluations=np.zeros(number, dtype=np.int64),
    )


def _prepared(
    envelope: Envelope,
    registry: Registry,
    energy: Array,
    starts: int,
    seed: int,
    acquisition_time: float,
) -> _Series:
    """Lay a recipe out over an axis; counts only ever place starts, which a series finds itself."""
    if energy.size < 2 or not np.all(np.diff(energy) > 0):
        raise SeriesError("the binding energies of a series must ascend: sort it along them first")
    if envelope.statistic == "unweighted":
        raise EnvelopeError(
            f'{envelope.region}: a series is fitted to counts; take statistic = "poisson"'
        )
    inside = window_slice(envelope, energy)
    level = np.full(energy.size, 100.0)
    plan = assemble(envelope, registry, energy, level, inside)
    if not plan.names:
        raise EnvelopeError(f"{envelope.region}: every parameter is held; free at least one")
    if len(plan.names) >= plan.energy.size:
        raise EnvelopeError(
            f"{len(plan.names)} free parameters cannot be found from {plan.energy.size} channels; "
            "widen the window, or tie or fix some"
        )
    arrays = arrays_of(plan)

    def rival(other: Envelope) -> _Rival:
        theirs = assemble(other, registry, energy, level, inside)
        names = {p.name: i for i, p in enumerate(plan.parameters)}
        if type(theirs.loss) is not type(plan.loss):
            names.pop("background loss", None)
        pairs = [(i, names[p.name]) for i, p in enumerate(theirs.parameters) if p.name in names]
        there, here = np.array(pairs, dtype=np.intp).T
        return _Rival(
            plan=theirs,
            arrays=arrays_of(theirs),
            shared=(there, here),
            penalty=(len(theirs.names) - len(plan.names)) * float(np.log(plan.energy.size)),
        )

    timed = np.isfinite(acquisition_time) and acquisition_time > 0
    return _Series(
        envelope=envelope,
        registry=registry,
        plan=plan,
        arrays=arrays,
        starting=starts_of(plan, arrays.linear, seed),
        errors=errors_of(plan),
        backgrounds=tuple(rival(other) for other in other_backgrounds(envelope)),
        shapes=tuple(rival(other) for other in other_shapes(envelope)),
        inside=inside,
        energy=energy,
        starts=max(starts, 1),
        seed=seed,
        factor=1.0 / acquisition_time if timed else 1.0,
    )
