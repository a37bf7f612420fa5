"""The numbers of many spectra at once: one recipe laid out, a chunk of counts in, rows out.

What :mod:`xps.estimate` and :mod:`xps.budget` do for one fit, done for a chunk of them; a spectrum
that a covariance cannot describe is handed to :func:`xps.fit`.
"""

from __future__ import annotations

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
from .series_rivals import LaidRival, Outcome, SeriesContest, laid_rivals, weighed
from .spectrum import spectrum
from .state import states

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry
    from references.words import Estimate

    from .kernel import Answers, Arrays, Errors, Starts
    from .plan import Plan

__all__ = [
    "ASSESSMENTS",
    "KIND",
    "KINDS",
    "NAMES",
    "PER_LINE",
    "Series",
    "SeriesError",
    "no_answers",
    "series_of",
]

Array = NDArray[np.float64]

BLOCK = 64
"""Neighbours that are fitted one after the other; the next block begins from its own starts."""
PER_LINE = "area", "position", "fwhm"
PER_SPECIES = "fraction", "fraction_u", "fraction_low", "fraction_high"
KIND, U_PART = "fraction_kind", "fraction_u_part"
OUTCOME = "assessment", "chi2_reduced", "evaluations"
NAMES = frozenset(
    [
        *("line", "species", "core_level", "part"),
        *(f"{name}{end}" for name in PER_LINE for end in ("", "_u")),
        *(*PER_SPECIES, KIND, U_PART, *OUTCOME),
    ]
)
"""Names of a result's variables, dims and coordinates."""
JUMP = 6.0
"""Standard deviations of chi-squared by which a spectrum's misfit stands out from its chunk's."""
BENT = 1.0
"""Relative departure of the likelihood from a parabola, on the straight way to an interval's ends,
from which the interval has to follow it; a valley's bend, which costs little, stays below."""
ASSESSMENTS = tuple(Assessment)
KINDS = "none", "fixed", "standard", "profile", "upper_limit"
"""Kinds of a fraction's interval, as they are numbered in the result."""


class SeriesError(InputError):
    """Numbers that are no series: what was given, and what was expected."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Field:
    """One variable of a result: its name, dims beside the leading ones, and columns of a row."""

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    attributes: dict[str, Any]
    columns: slice


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Series:
    """A recipe laid out for the kernel, with its rivals."""

    envelope: Envelope
    registry: Registry
    plan: Plan
    arrays: Arrays
    starting: Starts
    errors: Errors
    backgrounds: tuple[LaidRival, ...]
    shapes: tuple[LaidRival, ...]
    inside: slice
    energy: Array
    starts: int
    seed: int
    time: float

    @property
    def factor(self) -> float:
        """From counts to what areas are given in."""
        return 1.0 if np.isnan(self.time) else 1.0 / self.time

    @property
    def species(self) -> tuple[str, ...]:
        """Components that are part of a level's fractions."""
        return tuple(c.name for c in self.envelope.components if c.role == "species")

    def fields(self) -> tuple[Field, ...]:
        """Give what a row holds, in order."""
        lines, species = len(self.plan.lines), len(self.species)
        area = "counts*eV" if np.isnan(self.time) else "counts/s*eV"
        units = dict(zip(PER_LINE, (area, "eV", "eV"), strict=True))
        per_line = [
            (f"{name}{end}", ("line",), (lines,), {"units": unit})
            for name, unit in units.items()
            for end in ("", "_u")
        ]
        level = {"units": "1", "basis": "within_level", "level": 0.95}
        per_species = [(name, ("species",), (species,), level) for name in PER_SPECIES]
        numbered = {"flag_values": list(range(len(KINDS))), "flag_meanings": " ".join(KINDS)}
        outcome = {
            "flag_values": list(range(len(ASSESSMENTS))),
            "flag_meanings": " ".join(str(a) for a in ASSESSMENTS),
        }
        one = {"units": "1"}
        listed = [
            *per_line,
            *per_species,
            (KIND, ("species",), (species,), numbered),
            (U_PART, ("species", "part"), (species, len(PARTS)), level),
            ("assessment", (), (), outcome),
            ("chi2_reduced", (), (), one),
            ("evaluations", (), (), one),
        ]
        found: list[Field] = []
        first = 0
        for name, dims, shape, attributes in listed:
            columns = slice(first, first + int(np.prod(shape, dtype=int)))
            found.append(
                Field(name=name, dims=dims, shape=shape, attributes=attributes, columns=columns)
            )
            first = columns.stop
        return tuple(found)

    @property
    def size(self) -> int:
        """Numbers a spectrum."""
        return self.fields()[-1].columns.stop

    def coords(self) -> dict[str, Any]:
        """Names along the result's own dims, and what each fraction is a fraction of."""
        levels = {c.name: c.core_level for c in self.envelope.components}
        return {
            "line": [f"{line.component} {line.label}" for line in self.plan.lines],
            "species": list(self.species),
            "core_level": ("species", [levels[name] for name in self.species]),
            "part": list(PARTS),
        }

    def numbers(self, data: Array) -> Array:
        """Fit a chunk of spectra and work out all numbers of each."""
        from . import kernel

        static = self.static(data)
        inside = np.array(data[:, self.inside], dtype=float, order="C")
        # Without the background that is asked for there is nothing to fit.
        inside[np.broadcast_to(np.any(np.isnan(static), axis=1), len(inside))] = np.nan
        poisson = self.envelope.statistic == "poisson"
        task = kernel.Task(poisson=poisson, starts=self.starts, guess_loss=self.arrays.loss == 1)
        answers = no_answers(len(data), self.arrays)
        kernel.fit_spectra(self.arrays, self.starting, task, inside, static, BLOCK, answers)
        contest = SeriesContest(
            plan=self.plan,
            arrays=self.arrays,
            poisson=poisson,
            data=inside,
            static=static,
            answers=answers,
        )
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
        try:
            made = spectrum(self.energy[used], counts[used], dwell_time=1.0 / self.factor, scans=1)
            one = fit(made, self.envelope, registry=self.registry, seed=self.seed)
        except InputError:
            return self.failed()
        row = quick.copy()
        lines = {(line.component, line.line): line for line in one.lines}
        fractions = {given.subject: given.estimate for given in one.fractions}
        for field in self.fields():
            if field.name == "assessment":
                row[field.columns] = ASSESSMENTS.index(one.assessment)
            elif field.name == "chi2_reduced":
                row[field.columns] = one.chi2_reduced
            elif field.dims == ("line",):
                quantity, _, of_u = field.name.partition("_")
                told = [lines[line.component, line.label] for line in self.plan.lines]
                estimates = [getattr(line, quantity) for line in told]
                row[field.columns] = [_number(e.u if of_u else e.value) for e in estimates]
            elif "species" in field.dims:
                row[field.columns] = [
                    v for key in self.species for v in _of_fraction(field.name, fractions.get(key))
                ]
        return row

    def failed(self) -> Array:
        """Give the row of a spectrum that cannot be fitted."""
        row = np.full(self.size, np.nan)
        at = {field.name: field.columns for field in self.fields()}
        row[at["assessment"]] = ASSESSMENTS.index(Assessment.FAILED)
        row[at[KIND]] = KINDS.index("none")
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
        backgrounds: list[Outcome],
        shapes: list[Outcome],
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
            "misfit": variance(misfit) + weighed(shapes, weights),
            "background": weighed(backgrounds, weights),
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


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _of_fraction(name: str, estimate: Estimate | None) -> list[float]:
    """What a field tells of a species' fraction; NaN and no kind where there is none."""
    parts = None if estimate is None else estimate.u_parts
    if name == U_PART:
        return [_number(getattr(parts, part, None)) for part in PARTS]
    if name == KIND:
        told = estimate is not None and (estimate.high is not None or estimate.kind == "fixed")
        return [float(KINDS.index(str(estimate.kind)) if told and estimate else 0)]
    attribute = {"fraction": "value"}.get(name, name.removeprefix("fraction_"))
    return [_number(getattr(estimate, attribute, None))]


def no_answers(number: int, arrays: Arrays) -> Answers:
    """Give room for the kernel's answers to a number of spectra, none of them fitted yet."""
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


def series_of(
    envelope: Envelope,
    registry: Registry,
    energy: Array,
    starts: int,
    seed: int,
    acquisition_time: float,
) -> Series:
    """Lay a recipe out over an axis; counts only ever place starts, which a series finds itself.

    Raises
    ------
    SeriesError, EnvelopeError
        As :func:`xps.fit_series`.
    """
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

    def rivals(others: Sequence[Envelope]) -> tuple[LaidRival, ...]:
        return laid_rivals(plan, others, registry, energy, level, inside)

    timed = np.isfinite(acquisition_time) and acquisition_time > 0
    return Series(
        envelope=envelope,
        registry=registry,
        plan=plan,
        arrays=arrays,
        starting=starts_of(plan, arrays.linear, seed),
        errors=errors_of(plan),
        backgrounds=rivals(other_backgrounds(envelope)),
        shapes=rivals(other_shapes(envelope)),
        inside=inside,
        energy=energy,
        starts=max(starts, 1),
        seed=seed,
        time=float(acquisition_time) if timed else float("nan"),
    )
