"""A joint recipe becomes one model: plans of all regions, and the parameters they share.

Of the library come the places that a shared charge shift is told from, of the recipe what is tied.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..constraint import Affine, parse
from ..envelope import EnvelopeError
from ..parameters import Parameters
from ..plan import Parameter
from ..prior import lifetime_broadening, width_group, width_u
from .coupling import Coupled, HeldArea, Part, coupled, qualified
from .recipe import LARGEST_SHIFT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from references.registry import Registry

    from ..envelope import Envelope
    from ..fit import Task
    from ..plan import Plan
    from .proportion import Member, Proportion
    from .recipe import Ties

__all__ = ["Joining", "sensitivity_of", "shift_of"]

Array = NDArray[np.float64]

GROUPS = ("insulator", "conductor")
LARGEST_ERROR = 0.9
"""A sensitivity factor is not wrong by more than this share of itself."""


def shift_of(group: str) -> str:
    """Name the charge shift of an electrical group."""
    return f"{group}s charge shift"


def sensitivity_of(level: str) -> str:
    """Name the relative error of a level's sensitivity factor."""
    return f"{level} sensitivity"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Joining:
    """What is joined, and how.

    Attributes
    ----------
    tasks : tuple of Task
        One a region.
    registry : Registry
    ties : Ties
    proportions : tuple of Proportion
    factors : dict of str to (float, float)
        Sensitivity factor of each level and its relative u; empty where none are to be had.
    rates : dict of str to float
        Of each region, from counts eV to what areas are compared in.
    """

    tasks: tuple[Task, ...]
    registry: Registry
    ties: Ties
    proportions: tuple[Proportion, ...]
    factors: Mapping[str, tuple[float, float]]
    rates: Mapping[str, float]

    def model(self, instead: Mapping[int, Envelope] | None = None) -> Coupled:
        """Give the joint model, with other recipes for some of the regions.

        Parameters
        ----------
        instead : dict of int to Envelope, optional
            Recipes of the same components, by the region's number.

        Raises
        ------
        BackgroundError
            If another background cannot be had.
        EnvelopeError
            If a tie has nothing to tie.
        """
        scales = self._scales()
        shifts = {group: scale.parameter for group, scale in scales.items()}
        envelopes = [(instead or {}).get(i, task.envelope) for i, task in enumerate(self.tasks)]
        plans = [
            task.assembled(envelope, scales=shifts or None)
            for task, envelope in zip(self.tasks, envelopes, strict=True)
        ]
        joint = Parameters("prior")
        held = dict(self._held_areas())
        names: list[dict[str, str]] = []
        for envelope, plan in zip(envelopes, plans, strict=True):
            names.append(_added(joint, envelope.region, plan, held, set(shifts.values())))
        self._add_shared(joint, plans, scales)
        if self.ties.fwhm == "shared":
            joint.ratios += self._alike_widths(envelopes, plans)
        return self._coupled(joint, envelopes, plans, names)

    def _scales(self) -> dict[str, _Scale]:
        """What is known of each electrical group's charge shift, where it is shared."""
        if self.ties.charge_shift != "shared":
            return {}
        return {group: _scale(group, self.ties.shift) for group in GROUPS}

    def _held_areas(self) -> Iterator[tuple[str, tuple[Member, Member, float]]]:
        """Areas that hard proportions hold: parameter, member, the member it follows, factor."""
        for proportion in self.proportions:
            if not proportion.hard:
                continue
            first, *others = proportion.members
            for member in proportion.members:
                self._refuse_told(proportion, member)
            for member in others:
                factor = self._per_area(first) / self._per_area(member)
                name = qualified(member.region, f"{member.component} area")
                yield name, (member, first, factor)

    def _refuse_told(self, proportion: Proportion, member: Member) -> None:
        for task in self.tasks:
            for component in task.envelope.components:
                at = (task.envelope.region, component.name)
                if at == (member.region, member.component) and component.area != "":
                    raise EnvelopeError(
                        f"{member.region}, {member.component}: its area is told as "
                        f'"{component.area}" and follows from the hard proportion of '
                        f"{proportion.name}; leave one of them out"
                    )

    def _per_area(self, member: Member) -> float:
        """Units of a proportion for an area of one count eV."""
        return self.rates[member.region] / (self.factors[member.level][0] * member.atoms)

    def _add_shared(
        self, joint: Parameters, plans: Sequence[Plan], scales: Mapping[str, _Scale]
    ) -> None:
        """Add charge shifts that any place takes part in, and errors of sensitivity factors."""
        used = {parameter.name for plan in plans for parameter in plan.parameters}
        told = [scale for scale in scales.values() if scale.parameter.name in used]
        if scales and not told:
            raise EnvelopeError(
                'tie.charge_shift = "shared": no component takes its place from the library, so '
                "there is nothing that could share a shift; leave positions to the library, or "
                "leave the tie out"
            )
        for scale in told:
            value = joint.add(scale.parameter)
            if scale.u is not None:
                joint.linear.append((value, scale.best, scale.u))
        soft = {
            level
            for proportion in self.proportions
            if not proportion.hard and len(proportion.levels) > 1
            for level in proportion.levels
        }
        for level, (_, u) in self.factors.items():
            free = level in soft
            value = joint.add(
                Parameter(
                    name=sensitivity_of(level),
                    start=0.0,
                    low=-LARGEST_ERROR,
                    high=np.inf,
                    natural=True,
                    held=not free,
                    u=u,
                )
            )
            if free:
                joint.linear.append((value, 0.0, u))

    def _alike_widths(
        self, envelopes: Sequence[Envelope], plans: Sequence[Plan]
    ) -> list[tuple[Affine, Affine, float, float]]:
        """Give what is known of the mean widths of the levels' compounds: all alike.

        Each member of a level has u about the mean of its level already; the mean of k has
        u / sqrt(k) about the mean of all, so that any two compounds differ by as much as two of one
        level do.
        """
        means: list[tuple[Affine, int]] = []
        for envelope, plan in zip(envelopes, plans, strict=True):
            for level, widths in _widths(envelope, plan).items():
                broad = lifetime_broadening(self.registry.core_level(level))
                mean = Affine()
                for width in widths:
                    mean = mean.plus(width, 1.0 / (len(widths) * broad))
                means.append((mean, len(widths)))
        if len(means) < 2:
            raise EnvelopeError(
                'tie.fwhm = "shared": fewer than two levels have compounds with widths of their '
                "own; leave the tie out"
            )
        number = sum(count for _, count in means)
        grand = Affine()
        for mean, count in means:
            grand = grand.plus(mean, count / number)
        return [(mean, grand, 1.0, width_u() / float(np.sqrt(count))) for mean, count in means]

    def _coupled(
        self,
        joint: Parameters,
        envelopes: Sequence[Envelope],
        plans: Sequence[Plan],
        names: Sequence[Mapping[str, str]],
    ) -> Coupled:
        parameters = tuple(joint.by_name.values())
        index = joint.index
        free = np.array([i for i, p in enumerate(parameters) if not p.held], dtype=np.intp)
        bare = {
            envelope.region: Part(
                parameters=parameters,
                lines=plan.lines,
                free=free,
                knowledge=None,
                name=envelope.region,
                plan=plan,
                index=np.array([index.get(known[p.name], -1) for p in plan.parameters]),
            )
            for envelope, plan, known in zip(envelopes, plans, names, strict=True)
        }
        thetas = {level: index[sensitivity_of(level)] for level in self.factors}
        held: dict[str, list[HeldArea]] = {region: [] for region in bare}
        for _, (member, first, factor) in self._held_areas():
            own = [p.name for p in bare[member.region].plan.parameters]
            held[member.region].append(
                HeldArea(
                    parameter=own.index(f"{member.component} area"),
                    component=member.component,
                    followed=bare[first.region],
                    followed_component=first.component,
                    factor=factor,
                    theta=thetas[member.level],
                    followed_theta=thetas[first.level],
                )
            )
        parts = {name: replace(part, held_areas=tuple(held[name])) for name, part in bare.items()}
        soft = [
            (
                it,
                [
                    (parts[m.region], m.component, self._per_area(m), thetas[m.level])
                    for m in it.members
                ],
            )
            for it in self.proportions
            if not it.hard
        ]
        results = [i for i, p in enumerate(parameters) if p.name in _results(self.factors)]
        return coupled(list(parts.values()), parameters, joint.knowledge(), soft, results)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """A charge shift and what is known of it."""

    parameter: Parameter
    best: float
    u: float | None


def _scale(group: str, told: str | float) -> _Scale:
    constraint = parse(told)
    known = Parameters("prior")
    default = Parameter(
        name=shift_of(group), start=0.0, low=-LARGEST_SHIFT, high=LARGEST_SHIFT, spread=0.25
    )
    known.constrained(default, constraint)
    (parameter,) = known.by_name.values()
    return _Scale(parameter=parameter, best=parameter.start, u=constraint.u)


def _results(levels: Mapping[str, object]) -> set[str]:
    """Names of joint parameters that are results beside the lines."""
    return {*(shift_of(group) for group in GROUPS), *(sensitivity_of(level) for level in levels)}


def _added(
    joint: Parameters,
    region: str,
    plan: Plan,
    held: Mapping[str, object],
    shared: set[Parameter],
) -> dict[str, str]:
    """Add a plan's own parameters to the joint ones, and give the joint name of each.

    An area that a proportion holds has none: it is no parameter.
    """
    names: dict[str, str] = {}
    for parameter in plan.parameters:
        name = qualified(region, parameter.name)
        names[parameter.name] = parameter.name if parameter in shared else name
        if parameter not in shared and name not in held:
            owner = qualified(region, parameter.component) if parameter.component else ""
            joint.add(replace(parameter, name=name, component=owner))
    return names


def _widths(envelope: Envelope, plan: Plan) -> dict[str, list[Affine]]:
    """Distinct widths of the compounds of each level, in joint parameters."""
    compounds = {
        c.name: c.core_level
        for c in envelope.components
        if width_group(c) == f"{c.core_level} compounds"
    }
    names = [qualified(envelope.region, p.name) for p in plan.parameters]
    found: dict[str, list[Affine]] = {}
    start = plan.start[plan.free]
    for line, (theta, gradient) in zip(plan.lines, plan.line_shapes(start), strict=True):
        if line.component not in compounds or line.minor:
            continue
        terms = tuple(
            (name, slope) for name, slope in zip(names, gradient[1].tolist(), strict=True) if slope
        )
        constant = float(theta[1] - gradient[1] @ plan.start)
        width = Affine(constant=constant if abs(constant) > 1e-9 else 0.0, terms=terms)
        members = found.setdefault(compounds[line.component], [])
        if terms and width not in members:
            members.append(width)
    return {level: widths for level, widths in found.items() if widths}
