"""An envelope and a registry become a plan: every constraint an affine expression.

Components' own parameters come first, ties are resolved in order, and what the library knows with
an uncertainty enters as Gaussian knowledge, as a held value, or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .background import ShirleyLoss, TougaardLoss, kernel_from, static_background
from .constraint import Affine, Constraint, parse
from .envelope import Component, Envelope, EnvelopeError
from .lineshape import lineshape
from .parameters import FREE_POSITION, Parameters, as_matrix
from .plan import Line, LineGroup, Loss, Parameter, Plan
from .prior import (
    HELD_SHAPES,
    alike_mixes,
    alike_widths,
    mix_u,
    places_on_one_scale,
    position_u,
    position_window,
    shape_knowledge,
    width_group,
    width_range,
    width_u,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from references.core_level import CoreLevel, SpeciesLine
    from references.registry import Registry
    from references.species import Species
    from references.standard import Standard

__all__ = ["assemble", "window_slice"]

Array = NDArray[np.float64]


def assemble(
    envelope: Envelope,
    registry: Registry,
    energy: Array,
    counts: Array,
    inside: slice | None = None,
    *,
    scales: Mapping[str, Parameter] | None = None,
) -> Plan:
    """Turn a recipe into arrays over a measured axis.

    Parameters
    ----------
    envelope : Envelope
        The recipe.
    registry : Registry
        Where splittings, ratios, windows and widths come from.
    energy : (n,) array
        Calibrated binding energies [eV], ascending.
    counts : (n,) array
        Measured counts; they place first guesses and static backgrounds.
    inside : slice, optional
        The channels of the window; ``None`` takes the envelope's window.
    scales : dict of str to Parameter, optional
        The charge shift of each electrical group, where it is fitted: the library's places then
        lie that much off on the measured axis, and what is known of the shift is told elsewhere.

    Returns
    -------
    Plan
        Arrays over the channels inside the window.

    Raises
    ------
    EnvelopeError
        If the window holds fewer than five channels or no component may lie in it, a tie runs in a
        circle, or a constraint is impossible.
    UnknownReferenceError
        If a level or species is not in the registry.
    """
    inside = window_slice(envelope, energy) if inside is None else inside
    builder = _Builder(envelope, registry, energy, counts, inside, scales or {})
    return builder.build()


def window_slice(envelope: Envelope, energy: Array) -> slice:
    """Give the channels inside an envelope's window; refuse one that holds fewer than five."""
    low, high = envelope.window or (energy[0], energy[-1])
    first = int(np.searchsorted(energy, low - 1e-9))
    last = int(np.searchsorted(energy, high + 1e-9, side="right"))
    if last - first < 5:
        raise EnvelopeError(
            f"{envelope.region}: the window {low:g} .. {high:g} eV holds {max(last - first, 0)} "
            f"channels of a spectrum from {energy[0]:g} to {energy[-1]:g} eV; at least 5 are "
            "needed: change the window, or the charge shift"
        )
    return slice(first, last)


class _Builder:
    """Collects parameters and affine expressions, then writes them as matrices."""

    def __init__(
        self,
        envelope: Envelope,
        registry: Registry,
        energy: Array,
        counts: Array,
        inside: slice,
        scales: Mapping[str, Parameter],
    ) -> None:
        self.envelope, self.registry, self.scales = envelope, registry, scales
        self.full_energy, self.full_counts, self.inside = energy, counts, inside
        self.energy, self.counts = energy[inside], counts[inside]
        self.parameters = Parameters(envelope.knowledge)
        self.places: list[tuple[Affine, float, float]] = []
        self.mixes: dict[str, list[Affine]] = {}
        self.levels = {c.core_level: registry.core_level(c.core_level) for c in envelope.components}
        # One order for every recipe that says the same: nothing may depend on typing order.
        self.components = sorted(envelope.components, key=lambda c: (c.core_level, c.name))
        step = float(np.median(np.diff(self.energy)))
        self.scale = max(float(np.ptp(self.counts)), 1e-300) * step

    def build(self) -> Plan:
        positions = self.tied("position", self.position)
        self.check_reach()
        widths = self.tied("fwhm", self.width)
        areas = self.tied("area", self.area)
        partners = {level: self.partner(level) for level in self.levels}
        rows: list[tuple[Line, Affine, Affine, list[Affine]]] = []
        for component in self.components:
            shapes = self.shape_values(component)
            rows += self.lines(
                component,
                areas[component.name],
                [positions[component.name], widths[component.name], *shapes],
                partners[component.core_level],
            )
        if self.envelope.knowledge == "prior":
            self.know(widths)
        return self.arrays(rows)

    def check_reach(self) -> None:
        """Refuse a spectrum in which no component can have its line: it is of something else."""
        named = (f"{component.name} position" for component in self.components)
        places = [self.parameters.by_name[n] for n in named if n in self.parameters.by_name]
        first, last = self.energy[0], self.energy[-1]
        if self.scales or not places or any(p.low <= last and p.high >= first for p in places):
            return
        nearest = min(places, key=lambda p: max(p.low - last, first - p.high))
        raise EnvelopeError(
            f"{self.envelope.region}: the spectrum runs from {first:g} to {last:g} eV, where no "
            f"component may lie ({nearest.component} at {nearest.low:.6g} .. {nearest.high:.6g} "
            "eV); give a spectrum of this region, or its charge shift"
        )

    def tied(
        self, field_name: str, default: Callable[[Component, Constraint], Affine]
    ) -> dict[str, Affine]:
        """Resolve one property of all components: own parameters first, then ties in order."""
        names = [c.name for c in self.components]
        pending: dict[str, Affine] = {}
        done: dict[str, Affine] = {}
        for component in self.components:
            text = getattr(component, field_name)
            constraint = parse(text, [n for n in names if n != component.name])
            if constraint.tie is None:
                done[component.name] = default(component, constraint)
            else:
                pending[component.name] = constraint.tie
        while pending:
            ready = [n for n, tie in pending.items() if all(t in done for t, _ in tie.terms)]
            if not ready:
                raise EnvelopeError(
                    f"{self.envelope.region}: the {field_name} ties of "
                    f"{', '.join(sorted(pending))} run in a circle; free one of them"
                )
            for name in ready:
                done[name] = pending.pop(name).substituted(done)
        return done

    def position(self, component: Component, constraint: Constraint) -> Affine:
        low, high, start = self.position_window(component, constraint)
        default = Parameter(
            name=f"{component.name} position",
            start=start,
            low=low,
            high=high,
            spread=0.35 * (high - low),
            known=bool(component.species),
            component=component.name,
        )
        place = self.parameters.constrained(default, constraint)
        if not component.species or constraint != Constraint():
            return place
        line = self.registry.line(component.core_level, component.species)
        if line.energy.status.may_constrain:
            self.places.append((place, line.energy.best, position_u(line)))
        return place.plus(self.shift(component))

    def shift(self, component: Component) -> Affine:
        """The charge shift of a species' electrical group, where it is fitted."""
        species = self.species(component)
        scale = None if species is None else self.scales.get(species.group)
        if scale is None:
            return Affine()
        if scale.name not in self.parameters.by_name:
            self.parameters.add(scale)
        return Affine(terms=((scale.name, 1.0),))

    def position_window(
        self, component: Component, constraint: Constraint
    ) -> tuple[float, float, float]:
        if component.species:
            line = self.registry.line(component.core_level, component.species)
            low, high = position_window(line, self.neighbours(component))
            return low, high, line.energy.best
        known = constraint.start
        if known is None and constraint.low is not None and constraint.high is not None:
            known = 0.5 * (constraint.low + constraint.high)
        if known is None:
            raise EnvelopeError(
                f"component {component.name!r} has neither a species nor a position; "
                'write position = "161.4", or species = "PS4"'
            )
        return known - FREE_POSITION, known + FREE_POSITION, known

    def neighbours(self, component: Component) -> Iterator[SpeciesLine]:
        """Lines of the other species on the same level."""
        for other in self.components:
            same = other.core_level == component.core_level and other.name != component.name
            if same and other.species:
                yield self.registry.line(other.core_level, other.species)

    def width(self, component: Component, constraint: Constraint) -> Affine:
        low, high, start = width_range(self.levels[component.core_level], self.species(component))
        measured = self.standard(component) if constraint == Constraint() else None
        if measured is not None:
            constraint = Constraint(start=measured.fwhm.best, u=measured.fwhm.u)
        group = width_group(component)
        if self.envelope.knowledge == "hard" and group and constraint == Constraint():
            return self.shared_width(component, group, (low, high, start))
        default = Parameter(
            name=f"{component.name} fwhm",
            start=start,
            low=low,
            high=high,
            spread=0.25 * start,
            component=component.name,
        )
        return self.parameters.constrained(default, constraint)

    def shared_width(
        self, component: Component, group: str, known: tuple[float, float, float]
    ) -> Affine:
        """One width for the group, and a held deviation of zero that carries the uncertainty."""
        low, high, start = known
        name = f"{group} fwhm"
        if name not in self.parameters.by_name:
            shared = Parameter(name=name, start=start, low=low, high=high, spread=0.25 * start)
            self.parameters.add(shared)
        members = [c for c in self.components if width_group(c) == group]
        width = Affine(terms=((name, 1.0),))
        if len(members) < 2:
            return width
        return width.plus(self.deviation(component, "fwhm", width_u() * start))

    def deviation(self, component: Component, name: str, u: float) -> Affine:
        """A component's deviation from what its level shares: held at zero, uncertain by ``u``."""
        held = Parameter(
            name=f"{component.name} {name} deviation",
            start=0.0,
            held=True,
            u=u,
            component=component.name,
        )
        return self.parameters.add(held)

    def area(self, component: Component, constraint: Constraint) -> Affine:
        default = Parameter(
            name=f"{component.name} area",
            start=self.scale * 10,
            low=0.0,
            high=np.inf,
            natural=True,
            component=component.name,
        )
        return self.parameters.constrained(default, constraint)

    def species(self, component: Component) -> Species | None:
        return self.registry.species(component.species) if component.species else None

    def shape_values(self, component: Component) -> list[Affine]:
        """Shape parameters, in the order of the shape's theta."""
        return [self.shape_value(component, name) for name in lineshape(component.shape).parameters]

    def shape_value(self, component: Component, name: str) -> Affine:
        """One shape parameter; those of a level's symmetric components are alike unless told.

        Each has its own where how much they differ is known, else they share one.
        """
        shape = lineshape(component.shape)
        known = shape_knowledge(shape.name, name, self.species(component))
        measured = self.standard_shape(component, name)
        if measured is not None:
            parameter = self.shape_parameter(component, name, component.name, measured)
            if name not in HELD_SHAPES:
                self.parameters.linear.append((parameter, *measured))
            return parameter
        if component.shape_parameters.get(name, "") or self.envelope.knowledge == "free":
            known = None
        alike = sum(_alike(component, other, name) for other in self.components)
        family = f"{component.core_level} {shape.name}"
        one_each = alike < 2 or (known is not None and self.envelope.knowledge == "prior")
        owner = component.name if one_each else family
        if f"{owner} {name}" in self.parameters.by_name:
            value = Affine(terms=((f"{owner} {name}", 1.0),))
        else:
            value = self.shape_parameter(component, name, owner, known)
            if known is not None and name not in HELD_SHAPES:
                if alike > 1 and one_each:
                    self.mixes.setdefault(family, []).append(value)
                else:
                    self.parameters.linear.append((value, *known))
        if known is None or one_each:
            return value
        return value.plus(self.deviation(component, name, mix_u()))

    def standard(self, component: Component) -> Standard | None:
        """What a standard of one's own says of a component; asked only where priors are used."""
        if self.envelope.knowledge != "prior" or not component.species:
            return None
        found = self.registry.standard(component.core_level, component.species)
        return found if found is not None and found.fwhm.status.may_constrain else None

    def standard_shape(self, component: Component, name: str) -> tuple[float, float] | None:
        """A shape parameter as a standard has it, where the recipe says nothing of it."""
        found = self.standard(component)
        if found is None or found.shape != component.shape:
            return None
        value = dict(found.parameters).get(name)
        if value is None or value.u is None or component.shape_parameters.get(name, ""):
            return None
        return value.best, value.u

    def shape_parameter(
        self, component: Component, name: str, owner: str, known: tuple[float, float] | None
    ) -> Affine:
        """Add a shape parameter under its owner's name: a component's, or its whole level's."""
        low, high, start = lineshape(component.shape).bounds(name)
        default = Parameter(
            name=f"{owner} {name}",
            start=start if known is None else known[0],
            low=low,
            high=high,
            spread=0.2 * min(high - low, 1.0) if known is None else 0.0,
            natural=True,
            held=known is not None and name in HELD_SHAPES,
            u=None if known is None else known[1],
            component=component.name if owner == component.name else "",
        )
        if default.held:
            return self.parameters.add(default)
        return self.parameters.constrained(default, parse(component.shape_parameters.get(name, "")))

    def partner(self, symbol: str) -> tuple[Affine, Affine] | None:
        """Splitting and ratio of a level: one physical constant each, shared by its species."""
        level = self.levels[symbol]
        members = [c for c in self.components if c.core_level == symbol and c.partner]
        plain = [c for c in members if c.splitting == "" or c.ratio == ""]
        if level.splitting is None or level.branching is None or not plain:
            return None
        told = [s.splitting for c in plain if (s := self.standard(c)) and s.splitting is not None]
        splitting = min((level.splitting, *told), key=lambda value: value.u or np.inf)
        return (
            self.parameters.known(f"{symbol} splitting", splitting, ""),
            self.parameters.known(f"{symbol} ratio", level.branching.prior, ""),
        )

    def lines(
        self,
        component: Component,
        area: Affine,
        theta: list[Affine],
        shared: tuple[Affine, Affine] | None,
    ) -> list[tuple[Line, Affine, Affine, list[Affine]]]:
        level = self.levels[component.core_level]
        major = Line(
            component=component.name,
            label=f"{level.element} {level.lines[0]}" if component.partner else level.symbol,
            minor=False,
            shape=component.shape,
        )
        one = Affine(constant=1.0)
        rows = [(major, area, one, theta)]
        if not component.partner or len(level.lines) < 2 or level.splitting is None:
            return rows
        assert level.branching is not None  # a splitting comes with its ratio
        name = component.name
        splitting = (
            shared[0]
            if component.splitting == "" and shared
            else self.parameters.known(
                f"{name} splitting", level.splitting, component.splitting, name
            )
        )
        ratio = (
            shared[1]
            if component.ratio == "" and shared
            else self.parameters.known(
                f"{name} ratio", level.branching.prior, component.ratio, name
            )
        )
        width = self.partner_width(component, level, theta[1])
        minor = Line(
            component=name,
            label=f"{level.element} {level.lines[1]}",
            minor=True,
            shape=component.shape,
        )
        rows.append((minor, area, ratio, [theta[0].plus(splitting), width, *theta[2:]]))
        return rows

    def partner_width(self, component: Component, level: CoreLevel, major: Affine) -> Affine:
        """The partner is as wide as the major line, but where Coster-Kronig decay broadens it."""
        constraint = parse(component.partner_width)
        if constraint.start is not None and constraint.u is None and constraint.low is None:
            return major.times(constraint.start)
        measured = self.standard(component)
        known = level.minor_width
        if measured is not None and measured.minor_width is not None:
            known = measured.minor_width
        if known is None and constraint == Constraint():
            return major
        best, u = (known.best, known.u or 0.1) if known else (1.0, 0.2)
        if constraint.u is not None and constraint.start is not None:
            best, u = constraint.start, constraint.u
        low, high, start = width_range(level, self.species(component))
        width = self.parameters.add(
            Parameter(
                name=f"{component.name} partner fwhm",
                start=start * best,
                low=low,
                high=2 * high,
                spread=0.25 * start,
                component=component.name,
            )
        )
        if self.envelope.knowledge != "free":
            self.parameters.ratios.append((width, major, best, u))
        return width

    def know(self, widths: dict[str, Affine]) -> None:
        """Enter what the library knows of several components together."""
        if self.places and self.scales:
            self.parameters.linear += self.places  # the scale they share is a parameter
        elif self.places:
            self.parameters.linear += places_on_one_scale(self.places)
        groups: dict[str, list[Affine]] = {}
        for component in self.components:
            width, group = widths[component.name], width_group(component)
            if group and width.terms and width not in groups.get(group, []):
                groups.setdefault(group, []).append(width)
        for members in groups.values():
            self.parameters.ratios += alike_widths(members)
        for mixes in self.mixes.values():
            self.parameters.linear += alike_mixes(mixes)

    # arrays

    def arrays(self, rows: list[tuple[Line, Affine, Affine, list[Affine]]]) -> Plan:
        static, loss = self.background()
        index = self.parameters.index
        n_lines = len(rows)
        area, area0 = as_matrix([r[1] for r in rows], index)
        ratio, ratio0 = as_matrix([r[2] for r in rows], index)
        groups: list[LineGroup] = []
        for shape in dict.fromkeys(r[0].shape for r in rows):
            chosen = [i for i in range(n_lines) if rows[i][0].shape == shape]
            matrix, offset = as_matrix([value for i in chosen for value in rows[i][3]], index)
            groups.append(LineGroup(lineshape(shape), np.array(chosen), matrix, offset))
        parameters = tuple(self.parameters.by_name.values())
        free = np.array([i for i, p in enumerate(parameters) if not p.held], dtype=np.intp)
        return Plan(
            energy=self.energy,
            parameters=parameters,
            lines=tuple(r[0] for r in rows),
            free=free,
            area_matrix=area,
            area_offset=area0,
            ratio_matrix=ratio,
            ratio_offset=ratio0,
            static=static,
            groups=tuple(groups),
            knowledge=self.parameters.knowledge(),
            loss=loss,
            constant=index.get("background constant"),
            slope=index.get("background slope"),
            kappa=index.get("background loss"),
        )

    def background(self) -> tuple[Array, Loss | None]:
        chosen = self.envelope.background
        nothing = np.zeros(self.energy.size)
        if chosen.mode == "static":
            return static_background(chosen, self.full_energy, self.full_counts, self.inside), None
        edge = max(1, min(5, self.energy.size // 10))
        level = float(self.counts[:edge].mean())
        self.parameters.add(
            Parameter(
                name="background constant",
                start=level,
                # Counts cannot be negative; intensities may have lost their zero.
                low=0.0 if self.counts.min() >= 0 else -np.inf,
                high=np.inf,
                natural=True,
            )
        )
        if chosen.kind == "linear" or (chosen.slope and chosen.kind != "constant"):
            rise = float(self.counts[-edge:].mean()) - level
            width = float(np.ptp(self.energy))
            start = rise / width if chosen.kind == "linear" else 0.0
            self.parameters.add(Parameter(name="background slope", start=start))
        if chosen.kind in {"constant", "linear"}:
            return nothing, None
        # A Shirley loss is a step per area [1/eV]; a Tougaard loss of 1 is the kernel as it stands.
        start = 0.02 if chosen.kind == "shirley" else 1.0
        self.parameters.add(
            Parameter(name="background loss", start=start, low=0.0, high=np.inf, natural=True)
        )
        if chosen.kind == "shirley":
            return nothing, ShirleyLoss(self.energy)
        return nothing, TougaardLoss(self.energy, kernel_from(chosen.kernel))


def _alike(component: Component, other: Component, name: str) -> bool:
    """Whether two components' shapes are alike: same level and symmetric shape, nothing told."""
    return (
        lineshape(component.shape).symmetric
        and (other.core_level, other.shape) == (component.core_level, component.shape)
        and not component.shape_parameters.get(name, "")
        and not other.shape_parameters.get(name, "")
    )
