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
from .estimate import LIMIT_BELOW, ROUNDING, Z
from .fit import fit
from .layout import arrays_of, errors_of, starts_of
from .rival import other_backgrounds, other_shapes
from .series_faint import Ends, Look, Shares, Whose, elsewhere, followed, improve, look
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

    def numbers(self, data: Array, *, independent: bool = False) -> Array:
        """Fit a chunk of spectra and work out all numbers of each.

        Independent ones are fitted as if each were alone, to the last digit: none is begun from its
        neighbour's answer, nor is its misfit held against theirs.
        """
        from . import kernel

        if independent and len(data) == 1:
            # Sums over arrays with one row take their terms in another order than with more.
            return self.numbers(np.repeat(data, 2, axis=0), independent=True)[:1]
        static = self.static(data)
        inside = np.array(data[:, self.inside], dtype=float, order="C")
        # Without the background that is asked for there is nothing to fit.
        inside[np.broadcast_to(np.any(np.isnan(static), axis=1), len(inside))] = np.nan
        poisson = self.envelope.statistic == "poisson"
        task = kernel.Task(poisson=poisson, starts=self.starts, guess_loss=self.arrays.loss == 1)
        answers = no_answers(len(data), self.arrays)
        nowhere = np.zeros((0, self.arrays.lower.size))
        kernel.fit_spectra(
            self.arrays,
            self.starting,
            task,
            inside,
            static,
            nowhere,
            1 if independent else BLOCK,
            answers,
        )
        whose = [self.whose(name) for name in self.components]
        fitted = inside, static, answers
        others = elsewhere(self.arrays, task, *fitted, self.seen(answers), whose)
        improve(self.arrays, self.starting, task, *fitted, others)
        seen = self.seen(answers)
        found = look(self.arrays, self.starting, task, *fitted, seen, whose, others)
        values, gradient = states(self.plan, answers.values)
        empty = self.empty(values, gradient, answers, found)
        parts, shares = self.uncertainties(inside, static, answers, values, gradient, found)
        ends = followed(self.arrays, task, inside, static, answers, found, shares)
        answers.code[empty] = kernel.SINGULAR
        shares.value[empty] = np.nan
        rows = self.packed(values, parts, answers, found, shares, ends)
        lost = found.lost | ends.open
        if not independent:
            lost |= self.stands_out(answers)
        wanting = (answers.code != kernel.FAILED) & (answers.code != kernel.CONVERGED)
        for i in np.flatnonzero((lost | wanting) & ~empty):
            rows[i] = self.careful(data[i], rows[i])
        return rows

    @property
    def components(self) -> tuple[str, ...]:
        """All components, overlaps too, in the order of their lines."""
        return tuple(dict.fromkeys(line.component for line in self.plan.lines))

    def lines_of(self, *components: str) -> NDArray[np.bool_]:
        """Tell which lines (L,) are those of some components."""
        return np.array([line.component in components for line in self.plan.lines])

    def whose(self, component: str) -> Whose:
        """Give what belongs to a component."""
        named = {self.plan.parameters[int(i)].name: int(i) for i in self.plan.free}
        areas, places = (
            [i for name, i in named.items() if name == f"{component} {what}"]
            for what in ("area", "position")
        )
        return Whose(
            lines=self.lines_of(component),
            areas=np.array(areas, dtype=np.intp),
            places=np.array(places, dtype=np.intp),
        )

    @property
    def fitted(self) -> NDArray[np.int64]:
        """Places of the fitted parameters among all, in the order of the kernel's covariances."""
        return np.concatenate([self.arrays.linear, self.arrays.bent])

    def amounts(self, gradient: Array, groups: Sequence[NDArray[np.bool_]]) -> Array:
        """Give the gradients (N, group, m) of summed areas over the fitted parameters."""
        chosen = np.array(groups, dtype=float)
        return np.einsum("gl,nlm->ngm", chosen, gradient[:, : chosen.shape[1], self.fitted])

    def seen(self, answers: Answers) -> Array:
        """Give areas over their u from counts and constraints (N, component)."""
        values, gradient = states(self.plan, answers.values)
        groups = [self.lines_of(name) for name in self.components]
        return _significance(values, self.amounts(gradient, groups), groups, answers)

    def empty(
        self, values: Array, gradient: Array, answers: Answers, found: Look
    ) -> NDArray[np.bool_]:
        """Tell which spectra (N,) show no peak at all, as :func:`xps.absence.no_peak` does."""
        from . import kernel

        if not any(self.whose(name).areas.size for name in self.species):
            return np.zeros(len(values), dtype=bool)
        together = [self.lines_of(*self.species)]
        seen = _significance(values, self.amounts(gradient, together), together, answers)
        alone = found.significance[:, [self.components.index(name) for name in self.species]]
        most = np.max(np.concatenate([seen, alone], axis=1), axis=1)
        return (answers.code == kernel.CONVERGED) & ~(most >= LIMIT_BELOW)

    def stands_out(self, answers: Answers) -> NDArray[np.bool_]:
        """Tell which spectra (N,) are fitted much worse than their chunk is."""
        from . import kernel

        converged = answers.code == kernel.CONVERGED
        freedom = max(self.plan.energy.size - self.plan.free.size, 1)
        chi2 = answers.deviance / freedom
        usual = float(np.median(chi2[converged])) if np.any(converged) else 0.0
        with np.errstate(invalid="ignore"):
            return converged & (chi2 > usual * (1.0 + JUMP * np.sqrt(2.0 / freedom)))

    def uncertainties(
        self,
        inside: Array,
        static: Array,
        answers: Answers,
        values: Array,
        gradient: Array,
        found: Look,
    ) -> tuple[Array, Shares]:
        """Give the parts of the u of all lines' numbers and fractions, and the latter's makings."""
        from . import kernel

        poisson = self.envelope.statistic == "poisson"
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
        fractions, along = self.fractions(values)
        lines = np.broadcast_to(np.eye(values.shape[1]), (len(values), *2 * values.shape[1:]))
        weights = np.concatenate([lines, along], axis=1)
        variances = self.variances(
            weights, gradient, answers, misfit, backgrounds, shapes, self.others(values, found)
        )
        parts = np.sqrt(np.maximum(np.stack([variances[part] for part in PARTS], axis=2), 0.0))
        own, mates = self.shares()
        last = slice(values.shape[1], None)
        soft, total = variances["soft"][:, last], np.sum(parts[:, last] ** 2, axis=2)
        off = variances["resting"][:, last] + variances["optima"][:, last]
        likely = parts[:, last, PARTS.index("counting")], parts[:, last, PARTS.index("constraints")]
        index = [self.components.index(name) for name in self.species]
        return parts, Shares(
            own=own,
            mates=mates,
            value=fractions,
            gradient=along @ gradient[:, :, self.fitted],
            amount=self.amounts(gradient, [self.lines_of(name) for name in self.components]),
            significance=found.significance[:, index],
            u=np.sqrt(total),
            likely=np.hypot(*likely),
            beside=np.sqrt(np.maximum(total - off - soft, 0.0)),
            resting=variances["resting"][:, last],
        )

    def others(self, values: Array, found: Look) -> list[Outcome]:
        """Give the answers that the data do not exclude as moves of the state."""
        outcomes: list[Outcome] = []
        for k in range(found.rise.shape[1]):
            there = np.isfinite(found.rise[:, k])
            shift = np.zeros_like(values)
            shift[there] = states(self.plan, found.values[there, k])[0] - values[there]
            nothing = np.zeros((len(values), 0))
            outcomes.append(Outcome(weight=found.weights[:, k], shift=shift, difference=nothing))
        return outcomes

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

    def shares(self) -> tuple[Array, Array]:
        """Tell which lines are each species', and which make up its level (species, lines)."""
        level = {c.name: c.core_level for c in self.envelope.components}
        mates = [[n for n in self.species if level[n] == level[name]] for name in self.species]
        own = np.array([self.lines_of(name) for name in self.species], dtype=float)
        return own, np.array([self.lines_of(*names) for names in mates], dtype=float)

    def fractions(self, values: Array) -> tuple[Array, Array]:
        """Give each species' share of its level (N, species), and the gradient over the state."""
        own, mates = self.shares()
        areas = values[:, : own.shape[1]]
        with np.errstate(invalid="ignore", divide="ignore"):
            total = areas @ mates.T
            share = areas @ own.T / total
            slope = (own - share[:, :, None] * mates) / total[:, :, None]
        gradient = np.zeros((len(values), len(self.species), values.shape[1]))
        gradient[:, :, : own.shape[1]] = slope
        return share, gradient

    def variances(
        self,
        weights: Array,
        gradient: Array,
        answers: Answers,
        misfit: Array,
        backgrounds: list[Outcome],
        shapes: list[Outcome],
        others: list[Outcome],
    ) -> dict[str, Array]:
        """Give the variances by part (N, quantities) of linear functions of the state.

        As :class:`xps.budget.Budget` gives them for one fit; ``soft`` is what the likelihood with
        its priors accounts for, ``resting`` and ``optima`` what lies off the optimum.
        """
        shaky = self.arrays.shaky
        u = np.array([self.plan.parameters[int(i)].u for i in shaky], dtype=float)
        along = weights @ gradient[:, :, self.fitted]

        def variance(covariance: Array) -> Array:
            return np.einsum("nqm,nmk,nqk->nq", along, covariance, along, optimize=True)

        counting, soft = variance(answers.counting), variance(answers.constraints)
        resting, optima = variance(answers.resting), weighed(others, weights)
        held = (along @ answers.dragged + weights @ gradient[:, :, shaky]) * u
        return {
            "counting": counting + resting,
            "misfit": variance(misfit) + weighed(shapes, weights),
            "background": weighed(backgrounds, weights),
            "constraints": soft + optima + np.sum(held**2, axis=2),
            "soft": counting + soft,
            "resting": resting,
            "optima": optima,
        }

    def least(self, areas: Array, u: Array) -> Array:
        """Give the least of area over u among the lines of each line's component (N, lines)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.where(u > 0, areas / u, np.inf)
        alike = np.array([self.lines_of(line.component) for line in self.plan.lines])
        return np.where(alike, ratio[:, None, :], np.inf).min(axis=2)

    def packed(
        self,
        values: Array,
        parts: Array,
        answers: Answers,
        found: Look,
        shares: Shares,
        ends: Ends,
    ) -> Array:
        """Put all numbers of each spectrum into one row, in the order of :meth:`fields`."""
        from . import kernel

        lines, species = len(self.plan.lines), len(self.species)
        u = np.sqrt(np.sum(parts**2, axis=2))
        known = (answers.code == kernel.CONVERGED)[:, None]
        u, parts = np.where(known, u, np.nan), np.where(known[:, :, None], parts, np.nan)
        seen = found.significance[:, [self.components.index(q.component) for q in self.plan.lines]]
        columns: list[Array] = []
        for i, factor in enumerate((self.factor, 1.0, 1.0)):
            number, own = values[:, i * lines : (i + 1) * lines], u[:, i * lines : (i + 1) * lines]
            given = np.where(own > ROUNDING * np.abs(number), own, np.nan)
            if i == 0:  # an area that its own u could make nothing is a limit, which has none
                told = np.minimum(seen, self.least(number, own))
                given = np.where(told < LIMIT_BELOW, np.nan, given)
            else:  # and what is not seen is nowhere
                given = np.where(seen < LIMIT_BELOW, np.nan, given)
            columns += [factor * number, factor * given]
        fractions, u_fraction = shares.value, u[:, 3 * lines :]
        limit, tied = shares.limited, u_fraction <= ROUNDING * fractions
        low = np.where(np.isnan(ends.low), fractions - Z * u_fraction, ends.low)
        high = np.where(np.isnan(ends.high), fractions + Z * u_fraction, ends.high)
        told = np.select(
            [tied, limit, np.isfinite(ends.high)],
            [KINDS.index("fixed"), KINDS.index("upper_limit"), KINDS.index("profile")],
            KINDS.index("standard"),
        )
        kind = np.where(known & np.isfinite(fractions), told, KINDS.index("none"))
        freedom = max(self.plan.energy.size - self.plan.free.size, 1)
        columns += [
            fractions,
            np.where(limit | tied, np.nan, u_fraction),
            np.where(tied | limit, np.nan, np.maximum(low, 0.0)),
            np.where(tied, np.nan, np.minimum(high, 1.0)),
            kind.astype(float),
            np.where(tied[:, :, None], np.nan, parts[:, 3 * lines :]).reshape(
                len(values), species * len(PARTS)
            ),
            answers.code[:, None].astype(float),
            answers.deviance[:, None] / freedom,
            answers.evaluations[:, None].astype(float),
        ]
        return np.concatenate(columns, axis=1)


def _significance(
    values: Array, gradient: Array, groups: Sequence[NDArray[np.bool_]], answers: Answers
) -> Array:
    """Give summed areas over their u from counts and constraints (N, group); 0 where unknown."""
    area = values[:, : groups[0].size] @ np.array(groups, dtype=float).T
    soft = answers.counting + answers.constraints
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = area / np.sqrt(np.einsum("ngm,nmk,ngk->ng", gradient, soft, gradient))
    return np.where(np.isfinite(ratio), ratio, 0.0)


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
        resting=np.zeros((number, m, m)),
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
