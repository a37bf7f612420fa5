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
from .plan import Knowledge, Line, LineGroup, Loss, Parameter, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from references.core_level import CoreLevel
    from references.registry import Registry
    from references.species import Species, SpeciesLine
    from references.value import Value

__all__ = ["assemble", "window_slice"]

Array = NDArray[np.float64]

POSITION_MARGIN = 0.3
"""Room given to a position beyond its species' range [eV]: the energy scale's own accuracy."""
SCALE_U = 0.5 * POSITION_MARGIN
"""Standard uncertainty of the energy scale [eV]: all lines of a spectrum are off together."""
LEAST_RANGE_U = 0.05
"""A species' energy is not known better than this [eV], however few the records."""
NEIGHBOUR_SHARE = 0.4
"""Share of the distance to a neighbouring species that a margin may use."""
WIDTH_RATIO_U = 0.1
"""Standard uncertainty of the width ratio between two compounds on one level."""
MIX_KNOWLEDGE = (0.3, 0.2)
"""What is known of a pseudo-Voigt's Lorentz share before a fit: a working range, not a datum."""
ASYMMETRY_KNOWLEDGE = (0.1, 0.05)
"""The same for the many-body asymmetry of a simple metal's line."""
BAND_KNOWLEDGE = (7.0, 3.0)
"""The same for the end of its tail, in line widths: free-electron Fermi energies (Li 4.7, In 8.6,
Ga 10.4 eV; Ashcroft and Mermin, Solid State Physics (1976), table 2.1) over lines of 1.1 eV."""
HELD_SHAPES = {"band"}
"""Shape parameters held by default: far from the line, tail and background look alike."""
FREE_POSITION = 1.0
"""Half-width of the window of a free component [eV]."""


def assemble(
    envelope: Envelope,
    registry: Registry,
    energy: Array,
    counts: Array,
    inside: slice | None = None,
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

    Returns
    -------
    Plan
        Arrays over the channels inside the window.

    Raises
    ------
    EnvelopeError
        If the window holds fewer than five channels, a tie runs in a circle, or a constraint is
        impossible.
    UnknownReferenceError
        If a level or species is not in the registry.
    """
    inside = window_slice(envelope, energy) if inside is None else inside
    builder = _Builder(envelope, registry, energy, counts, inside)
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
        self, envelope: Envelope, registry: Registry, energy: Array, counts: Array, inside: slice
    ) -> None:
        self.envelope, self.registry = envelope, registry
        self.full_energy, self.full_counts, self.inside = energy, counts, inside
        self.energy, self.counts = energy[inside], counts[inside]
        self.parameters: dict[str, Parameter] = {}
        self.linear: list[tuple[Affine, float, float]] = []
        self.ratios: list[tuple[Affine, Affine, float, float]] = []
        self.places: list[tuple[Affine, float, float]] = []
        self.levels = {c.core_level: registry.core_level(c.core_level) for c in envelope.components}
        # One order for every recipe that says the same: nothing may depend on typing order.
        self.components = sorted(envelope.components, key=lambda c: (c.core_level, c.name))
        step = float(np.median(np.diff(self.energy)))
        self.scale = max(float(np.ptp(self.counts)), 1e-300) * step

    # parameters

    def add(self, parameter: Parameter) -> Affine:
        if parameter.name in self.parameters:
            raise EnvelopeError(f"parameter {parameter.name!r} is defined twice")
        if not parameter.held and not parameter.low < parameter.high:
            raise EnvelopeError(
                f"{parameter.name}: the window {parameter.low:g} .. {parameter.high:g} is empty"
            )
        self.parameters[parameter.name] = parameter
        return Affine(terms=((parameter.name, 1.0),))

    def constrained(self, default: Parameter, constraint: Constraint) -> Affine:
        """Apply a user's constraint to a parameter the library would start otherwise."""
        start = default.start if constraint.start is None else constraint.start
        if constraint.fixed:
            told = constraint.start is not None
            return self.add(
                Parameter(
                    name=default.name,
                    start=start,
                    held=True,
                    u=None if told else default.u,
                    component=default.component,
                )
            )
        low = default.low if constraint.low is None else constraint.low
        high = default.high if constraint.high is None else constraint.high
        chosen = constraint.low is not None
        if chosen and constraint.start is None:
            start = 0.5 * (low + high) if np.isfinite(low + high) else start
        if constraint.start is not None and not chosen:
            if constraint.u is not None:
                low, high = min(low, start - 8 * constraint.u), max(high, start + 8 * constraint.u)
            elif not default.natural:
                width = min(high - low, 2 * FREE_POSITION)
                if not low < start < high:
                    low, high = start - 0.5 * width, start + 0.5 * width
        spread = default.spread if constraint.u is None else constraint.u
        if chosen:
            spread = min(spread, 0.3 * (high - low)) if spread else 0.25 * (high - low)
        start = min(max(start, low), high)
        value = self.add(
            Parameter(
                name=default.name,
                start=start,
                low=low,
                high=high,
                spread=spread,
                natural=default.natural and not chosen,
                known=default.known and constraint == Constraint(),
                component=default.component,
            )
        )
        if constraint.u is not None:
            self.linear.append((value, start, constraint.u))
        return value

    def known(self, name: str, value: Value, text: str | float, component: str = "") -> Affine:
        """A number of the library: prior, held or free as the user decides, or overridden."""
        constraint = parse(text)
        best, u = value.best, value.u
        room = 8 * u if u else 0.5 * abs(best)
        default = Parameter(
            name=name, start=best, low=best - room, high=best + room, u=u, component=component
        )
        if constraint != Constraint():
            held_number = constraint.start is not None and constraint == Constraint(
                start=constraint.start
            )
            if held_number:
                constraint = Constraint(start=constraint.start, fixed=True)
            return self.constrained(default, constraint)
        how = self.envelope.knowledge
        if how == "hard" or (how == "prior" and u is None and value.status.may_constrain):
            return self.constrained(default, Constraint(fixed=True))
        if not value.status.may_constrain:
            return self.constrained(default, Constraint())  # a place to start, no more
        affine = self.constrained(default, Constraint())
        if how == "prior" and u is not None:
            self.linear.append((affine, best, u))
        return affine

    # components

    def build(self) -> Plan:
        positions = self.tied("position", self.position)
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
        self.position_knowledge()
        self.width_knowledge(widths)
        return self.arrays(rows)

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
        place = self.constrained(default, constraint)
        if component.species and constraint == Constraint():
            line = self.registry.line(component.core_level, component.species)
            if line.energy.status.may_constrain:
                u = max(float(np.ptp(line.window)) / np.sqrt(12.0), LEAST_RANGE_U)
                self.places.append((place, line.energy.best, u))
        return place

    def position_knowledge(self) -> None:
        """What the library knows of places: each within its species' range, all on one scale.

        The ranges are independent, an error of the energy scale is shared. Written as independent
        residuals through the Cholesky factor of their covariance.
        """
        if self.envelope.knowledge != "prior" or not self.places:
            return
        own = np.array([u for _, _, u in self.places])
        factor = np.linalg.cholesky(np.diag(own**2) + SCALE_U**2)
        for row in np.linalg.inv(factor):
            combined, target = Affine(), 0.0
            for weight, (place, best, _) in zip(row.tolist(), self.places, strict=True):
                if weight != 0.0:
                    combined = combined.plus(place, weight)
                    target += weight * best
            self.linear.append((combined, target, 1.0))

    def position_window(
        self, component: Component, constraint: Constraint
    ) -> tuple[float, float, float]:
        if component.species:
            line = self.registry.line(component.core_level, component.species)
            low, high = self.room_beside_neighbours(component, line)
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

    def room_beside_neighbours(
        self, component: Component, line: SpeciesLine
    ) -> tuple[float, float]:
        """The species' range with a margin, but none towards a neighbour that is near.

        Two species whose windows overlap can trade places, or one can mend the other's shape.
        """
        own = line.energy.best
        low, high = line.window[0] - POSITION_MARGIN, line.window[1] + POSITION_MARGIN
        for other in self.components:
            same = other.core_level == component.core_level and other.name != component.name
            if not same or not other.species:
                continue
            there = self.registry.line(other.core_level, other.species).energy.best
            reach = own + NEIGHBOUR_SHARE * (there - own)
            if there > own:
                high = min(high, max(line.window[1], reach))
            elif there < own:
                low = max(low, min(line.window[0], reach))
        return low, high

    def width(self, component: Component, constraint: Constraint) -> Affine:
        low, high, start = _width_range(self.levels[component.core_level], self.species(component))
        group = _width_group(component)
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
        return self.constrained(default, constraint)

    def shared_width(
        self, component: Component, group: str, known: tuple[float, float, float]
    ) -> Affine:
        """One width for the group, and a held deviation of zero that carries the uncertainty."""
        low, high, start = known
        name = f"{group} fwhm"
        if name not in self.parameters:
            shared = Parameter(name=name, start=start, low=low, high=high, spread=0.25 * start)
            self.add(shared)
        members = [c for c in self.components if _width_group(c) == group]
        width = Affine(terms=((name, 1.0),))
        if len(members) < 2:
            return width
        u = WIDTH_RATIO_U / np.sqrt(2.0) * start
        deviation = Parameter(
            name=f"{component.name} fwhm deviation",
            start=0.0,
            held=True,
            u=u,
            component=component.name,
        )
        return width.plus(self.add(deviation))

    def area(self, component: Component, constraint: Constraint) -> Affine:
        default = Parameter(
            name=f"{component.name} area",
            start=self.scale * 10,
            low=0.0,
            high=np.inf,
            natural=True,
            component=component.name,
        )
        return self.constrained(default, constraint)

    def species(self, component: Component) -> Species | None:
        return self.registry.species(component.species) if component.species else None

    def shape_values(self, component: Component) -> list[Affine]:
        """Shape parameters: symmetric components of a level share theirs, others do not."""
        shape = lineshape(component.shape)
        found: list[Affine] = []
        for name in shape.parameters:
            text = component.shape_parameters.get(name, "")
            shared = text == "" and shape.symmetric
            label = (
                f"{component.core_level} {shape.name} {name}"
                if shared
                else f"{component.name} {name}"
            )
            if shared and label in self.parameters:
                found.append(Affine(terms=((label, 1.0),)))
                continue
            low, high, start = shape.bounds(name)
            constraint = parse(text)
            default = Parameter(
                name=label,
                start=start,
                low=low,
                high=high,
                spread=0.2 * min(high - low, 1.0),
                natural=True,
                component="" if shared else component.name,
            )
            prior = _shape_knowledge(shape.name, name, self.species(component))
            if (
                constraint == Constraint()
                and prior is not None
                and self.envelope.knowledge != "free"
            ):
                known = Parameter(
                    name=label,
                    start=prior[0],
                    low=low,
                    high=high,
                    natural=True,
                    held=name in HELD_SHAPES,
                    u=prior[1],
                    component=default.component,
                )
                value = self.add(known)
                if not known.held:
                    self.linear.append((value, *prior))
                found.append(value)
                continue
            found.append(self.constrained(default, constraint))
        return found

    def partner(self, symbol: str) -> tuple[Affine, Affine] | None:
        """Splitting and ratio of a level: one physical constant each, shared by its species."""
        level = self.levels[symbol]
        members = [c for c in self.components if c.core_level == symbol and c.partner]
        plain = [c for c in members if c.splitting == "" or c.ratio == ""]
        if level.splitting is None or level.branching is None or not plain:
            return None
        return (
            self.known(f"{symbol} splitting", level.splitting, ""),
            self.known(f"{symbol} ratio", level.branching.prior, ""),
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
            else self.known(f"{name} splitting", level.splitting, component.splitting, name)
        )
        ratio = (
            shared[1]
            if component.ratio == "" and shared
            else self.known(f"{name} ratio", level.branching.prior, component.ratio, name)
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
        known = level.minor_width
        if known is None and constraint == Constraint():
            return major
        best, u = (known.best, known.u or 0.1) if known else (1.0, 0.2)
        if constraint.u is not None and constraint.start is not None:
            best, u = constraint.start, constraint.u
        low, high, start = _width_range(level, self.species(component))
        width = self.add(
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
            self.ratios.append((width, major, best, u))
        return width

    def width_knowledge(self, widths: dict[str, Affine]) -> None:
        """Compounds on one level have like widths: every pairwise ratio is 1 +- 0.1.

        Written as deviations from the group's mean with u / sqrt(2) each, which gives every pair
        the same standard uncertainty whatever the order of components.
        """
        if self.envelope.knowledge != "prior":
            return
        groups: dict[str, list[Affine]] = {}
        for component in self.components:
            width, group = widths[component.name], _width_group(component)
            if group and width.terms and width not in groups.get(group, []):
                groups.setdefault(group, []).append(width)
        for members in groups.values():
            if len(members) < 2:
                continue
            mean = Affine()
            for width in members:
                mean = mean.plus(width, 1.0 / len(members))
            u = WIDTH_RATIO_U / np.sqrt(2.0)
            self.ratios += [(width, mean, 1.0, u) for width in members]

    # arrays

    def arrays(self, rows: list[tuple[Line, Affine, Affine, list[Affine]]]) -> Plan:
        static, loss = self.background()
        order = list(self.parameters)
        index = {name: i for i, name in enumerate(order)}
        n_lines = len(rows)
        area, area0 = self.matrix([r[1] for r in rows], index)
        ratio, ratio0 = self.matrix([r[2] for r in rows], index)
        groups: list[LineGroup] = []
        for shape in dict.fromkeys(r[0].shape for r in rows):
            chosen = [i for i in range(n_lines) if rows[i][0].shape == shape]
            matrix, offset = self.matrix([value for i in chosen for value in rows[i][3]], index)
            groups.append(LineGroup(lineshape(shape), np.array(chosen), matrix, offset))
        parameters = tuple(self.parameters.values())
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
            knowledge=self.knowledge(index),
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
        self.add(
            Parameter(
                name="background constant",
                start=level,
                # Counts cannot be negative; intensities may have lost their zero.
                low=0.0 if self.counts.min() >= 0 else -np.inf,
                high=np.inf,
                natural=True,
            )
        )
        if chosen.slope or chosen.kind == "linear":
            rise = float(self.counts[-edge:].mean()) - level
            width = float(np.ptp(self.energy))
            start = rise / width if chosen.kind == "linear" else 0.0
            self.add(Parameter(name="background slope", start=start))
        if chosen.kind in {"constant", "linear"}:
            return nothing, None
        # A Shirley loss is a step per area [1/eV]; a Tougaard loss of 1 is the kernel as it stands.
        start = 0.02 if chosen.kind == "shirley" else 1.0
        self.add(Parameter(name="background loss", start=start, low=0.0, high=np.inf, natural=True))
        if chosen.kind == "shirley":
            return nothing, ShirleyLoss(self.energy)
        return nothing, TougaardLoss(self.energy, kernel_from(chosen.kernel))

    @staticmethod
    def matrix(values: Sequence[Affine], index: dict[str, int]) -> tuple[Array, Array]:
        matrix, offset = np.zeros((len(values), len(index))), np.zeros(len(values))
        for i, value in enumerate(values):
            offset[i] = value.constant
            for name, factor in value.terms:
                matrix[i, index[name]] = factor
        return matrix, offset

    def knowledge(self, index: dict[str, int]) -> Knowledge | None:
        if not self.linear and not self.ratios:
            return None
        flat, flat0 = self.matrix([v for v, _, _ in self.linear], index)
        above, above0 = self.matrix([a for a, _, _, _ in self.ratios], index)
        below, below0 = self.matrix([b for _, b, _, _ in self.ratios], index)
        if np.any(above0) or np.any(below0):
            raise EnvelopeError("a width that is offset from another cannot also be in a group")
        return Knowledge(
            linear=flat,
            linear_target=np.array([t for _, t, _ in self.linear]) - flat0,
            linear_u=np.array([u for _, _, u in self.linear]),
            above=above,
            below=below,
            ratio_target=np.array([t for _, _, t, _ in self.ratios]),
            ratio_u=np.array([u for _, _, _, u in self.ratios]),
        )


def _width_range(level: CoreLevel, species: Species | None) -> tuple[float, float, float]:
    """Bounds and start of a width [eV]: the level's range, metals sharper than compounds."""
    known = level.fwhm_for("conductor" if species and species.group == "conductor" else "insulator")
    low, high = known.low or 0.3, known.high or 4.0
    # A linter reports a width outside the range; the fit must be able to reach there to be caught.
    return 0.5 * low, 1.5 * high, known.value or 0.5 * (low + high)


def _shape_knowledge(shape: str, name: str, species: Species | None) -> tuple[float, float] | None:
    if name == "mix" and shape in {"pseudo_voigt", "voigt", "mahan"}:
        return MIX_KNOWLEDGE
    known = None if species is None else species.asymmetry
    if name == "asymmetry" and known is not None and known.status.may_constrain:
        return known.best, known.u or ASYMMETRY_KNOWLEDGE[1]
    if name == "asymmetry":
        return ASYMMETRY_KNOWLEDGE
    if name == "band":
        return BAND_KNOWLEDGE
    return None


def _width_group(component: Component) -> str:
    """Compounds of a level form one group; asymmetric components stand alone unless told."""
    if component.width_group or not lineshape(component.shape).symmetric:
        return component.width_group
    return f"{component.core_level} compounds"
