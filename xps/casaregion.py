"""One stored fit as a region of CasaXPS's, and its lines as components with links and limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from references.ion import atomic_mass
from references.registry import UnknownReferenceError
from references.words import Finding, Severity

from .background import BackgroundError
from .casabackground import to_casaxps_background
from .casalosses import plain_name, said_of_fit, said_of_shapes
from .casashape import to_casaxps
from .constraint import Affine, Constraint, parse
from .io.casa import CasaComponent, CasaParameter, CasaRegion
from .replay import ResultError, replay, window_of

if TYPE_CHECKING:
    import xarray as xr

    from references.registry import Registry

    from .casabackground import CasaBackground
    from .casashape import CasaShape
    from .envelope import Component, Envelope
    from .stored import StoredFit, StoredLine

__all__ = ["Block", "Region"]

FREE = -1
"""CasaXPS's link of a parameter that is linked to none."""
SMALLEST_AREA = 1e-20
"""CasaXPS's own lower limit of an area that has none."""
BACKGROUND_MATTERS = 0.05
"""Area under a background that differs from ours, as a part of the lines', from which it warns."""
ROUNDING = 1e-9
"""A background that differs by less is the same."""
PHOTONS = {"Al K-alpha": 1486.6, "Mg K-alpha": 1253.6}
"""Photon energies [eV] to which sensitivity sets belong; files state them within 1 eV."""


@dataclass(slots=True)
class Block:
    """The lines of one block as they are collected."""

    photon: float
    spectrum: xr.Dataset
    registry: Registry
    sensitivity_set: str
    regions: list[CasaRegion] = field(default_factory=list[CasaRegion])
    components: list[CasaComponent] = field(default_factory=list[CasaComponent])
    notes: list[Finding] = field(default_factory=list[Finding])

    def say(self, rule: str, severity: Severity, subject: str, message: str) -> None:
        """Keep a finding."""
        self.notes.append(Finding(rule=rule, severity=severity, subject=subject, message=message))

    def rsf(self, level: str, subject: str) -> float:
        """A whole level's factor; 1 where the set has none, and that is said."""
        chosen = self.registry.sensitivity_set(self.sensitivity_set)
        try:
            factor = chosen.factor(level).best
        except UnknownReferenceError:
            self.say(
                "rsf_missing",
                Severity.WARNING,
                subject,
                f"{self.sensitivity_set} has no factor for {level}: its RSF is written as 1; set "
                "it in CasaXPS before you quantify",
            )
            return 1.0
        if abs(PHOTONS.get(chosen.photon_line, self.photon) - self.photon) > 1.0:
            self.say(
                "rsf_photon_energy",
                Severity.WARNING,
                subject,
                f"the RSFs of {self.sensitivity_set} hold for {chosen.photon_line}, not at "
                f"{self.photon:g} eV; choose another set, or set them in CasaXPS",
            )
        return factor


class Region:
    """One fit: its region, and its components with their links."""

    def __init__(self, block: Block, fit: StoredFit, envelope: Envelope) -> None:
        self.block, self.fit, self.envelope = block, fit, envelope
        self.subject = " ".join(part for part in (fit.sample, fit.region) if part)
        self.first = len(block.components)
        self.lines = _ordered(fit, envelope)
        self.places = {(line.name, line.minor): i for i, line in enumerate(self.lines)}
        self.shapes = [
            to_casaxps(line.shape, line.position, line.fwhm, line.theta[2:]) for line in self.lines
        ]
        self.recipes = {component.name: component for component in envelope.components}
        for component in envelope.components:
            block.registry.core_level(component.core_level)  # refuses one that is not known
        energy, data, inside = window_of(fit, envelope, block.spectrum)
        self.energy, self.data, self.inside = energy, data, inside
        rate = float(data[inside].max()) * fit.area_factor
        width = float(energy[inside][-1] - energy[inside][0])
        self.largest = 10.0 * max(rate * width, *(line.area for line in self.lines))
        """No line holds more: ten times the window filled to its highest channel."""

    def add(self) -> None:
        """Put region and components among the block's."""
        level = next(c.core_level for c in self.envelope.components if c.role == "species")
        self.block.regions.append(self.region(level))
        self.block.components += [
            self.component(line, shape) for line, shape in zip(self.lines, self.shapes, strict=True)
        ]
        for told in said_of_shapes(self.lines, self.shapes):
            self.say(*told)
        for told in said_of_fit(self.fit, self.envelope):
            self.say(*told)

    # the region

    def region(self, level: str) -> CasaRegion:
        """The region: window, background, and the factor of its level."""
        low, high = self.envelope.window or (self.energy[0], self.energy[-1])
        background = self.background()
        rsf = self.block.rsf(level, self.subject)
        return CasaRegion(
            name=self.named(self.fit.region),
            background=background.kind,
            start_ke=self.block.photon - float(high),
            end_ke=self.block.photon - float(low),
            rsf=rsf,
            end_points=background.averaged,
            parameters=background.parameters,
            tag=level,
            mass=atomic_mass(level.partition(" ")[0]),
            flag=0.0,
            uncorrected_rsf=rsf,
        )

    def background(self) -> CasaBackground:
        """The background that CasaXPS will compute; how far it is from the fitted one is said."""
        chosen = self.envelope.background
        given = to_casaxps_background(chosen, self.energy, self.data, self.inside)
        ours = replay(self.fit, self.envelope, self.block.spectrum)
        area = sum(line.area for line in self.lines) / self.fit.area_factor
        try:
            part = given.misplaced(self.energy, self.data, self.inside, ours.background) / area
        except BackgroundError as error:
            self.say(
                "background_recomputed",
                Severity.WARNING,
                f"CasaXPS computes this background from the data, and that fails here: {error}",
            )
            return given
        except ZeroDivisionError:
            part = np.inf
        if part > ROUNDING:
            self.say(
                "background_recomputed",
                Severity.WARNING if part > BACKGROUND_MATTERS else Severity.INFO,
                f"CasaXPS computes a {given.kind} background from the data; the {chosen.mode} "
                f"{chosen.kind} one of this fit differs from it by {100 * part:.2g} % of the "
                "lines' area, and so will the residual there; a recipe with a static background "
                "gives the same curve in both",
            )
        return given

    # the components

    def component(self, line: StoredLine, shape: CasaShape) -> CasaComponent:
        """One line as a component."""
        recipe = self.recipes[line.name]
        rsf = self.block.rsf(recipe.core_level, self.subject)
        return CasaComponent(
            name=self.named(line.name),
            shape=shape.text,
            area=self.area(line, recipe),
            fwhm=self.fwhm(line, recipe, shape),
            position_ke=self.position(line, recipe, shape),
            rsf=rsf,
            mass=atomic_mass(recipe.core_level.partition(" ")[0]),
            index=-1,
            tag=recipe.core_level,
            constraint="",
            uncorrected_rsf=rsf,
        )

    def area(self, line: StoredLine, recipe: Component) -> CasaParameter:
        """Area, in proportion to the major line's or a tie's where it hangs on one."""
        link, ratio = FREE, 1.0
        if line.minor:
            link = self.place(line.name)
            major = self.lines[link]
            ratio = line.area / major.area if major.area > 0 else self.branching(recipe)
        elif tie := self.tie(line, "area", recipe.area):
            (name, ratio), *_ = tie.terms
            link = self.place(name)
        return CasaParameter(
            value=line.area,
            low=SMALLEST_AREA,
            high=self.largest,
            link=self.index(link),
            factor=ratio,
        )

    def branching(self, recipe: Component) -> float:
        """The partner's share where both areas are zero: the recipe's, or else the library's."""
        told = parse(recipe.ratio).start
        known = self.block.registry.core_level(recipe.core_level).branching
        return told if told is not None else known.prior.best if known is not None else 1.0

    def fwhm(self, line: StoredLine, recipe: Component, shape: CasaShape) -> CasaParameter:
        """True width, in proportion to another where it hangs on one."""
        grown = shape.fwhm / line.fwhm
        low, high = (end * grown if end is not None else None for end in line.limits.fwhm)
        link, ratio = FREE, 1.0
        if line.minor and self.width_follows(recipe):
            link = self.place(line.name)
            ratio = shape.fwhm / self.shapes[link].fwhm
        elif not line.minor and (tie := self.tie(line, "fwhm", recipe.fwhm)):
            (name, _), *_ = tie.terms
            link = self.place(name)
            ratio = shape.fwhm / self.shapes[link].fwhm
        return CasaParameter(
            value=shape.fwhm,
            low=min(shape.fwhm if low is None else low, shape.fwhm),
            high=max(shape.fwhm if high is None else high, shape.fwhm),
            link=self.index(link),
            factor=ratio,
        )

    def width_follows(self, recipe: Component) -> bool:
        """Whether the partner's width is in proportion to the major line's."""
        told = parse(recipe.partner_width)
        if told.start is not None and told.u is None and told.low is None:
            return True
        known = self.block.registry.core_level(recipe.core_level).minor_width
        return known is None and told == Constraint()

    def position(self, line: StoredLine, recipe: Component, shape: CasaShape) -> CasaParameter:
        """Kinetic energy, at an offset from another where it hangs on one."""
        value = self.block.photon - shape.position
        link = FREE
        if line.minor:
            link = self.place(line.name)
        elif tie := self.tie(line, "position", recipe.position):
            (name, _), *_ = tie.terms
            link = self.place(name)
        if link != FREE:
            offset = self.shapes[link].position - shape.position
            return CasaParameter(value=value, low=0, high=0, link=self.index(link), factor=offset)
        moved = shape.position - line.position
        low, high = (
            value if end is None else self.block.photon - end - moved
            for end in reversed(line.limits.position)
        )
        return CasaParameter(
            value=value, low=min(low, value), high=max(high, value), link=FREE, factor=1.0
        )

    def tie(self, line: StoredLine, what: str, text: str | float) -> Affine | None:
        """A tie that CasaXPS can hold: to one component, a ratio, or of positions an offset."""
        others = [name for name in self.recipes if name != line.name]
        tie = parse(text, others).tie
        if tie is None or not tie.terms:
            return None
        (_, factor), *more = tie.terms
        if not more and (factor == 1.0 if what == "position" else tie.constant == 0.0):
            return tie
        self.say(
            "tie_not_expressed",
            Severity.WARNING,
            f'{line.name}: its {what} is tied by "{text}", which CasaXPS cannot hold; it is '
            "written free, at its fitted value",
        )
        return None

    def place(self, name: str) -> int:
        """Where a component's major line stands among this fit's."""
        return self.places[name, False]

    def index(self, place: int) -> int:
        """CasaXPS's link: an index among all components of the block."""
        return place if place == FREE else self.first + place

    # what is said

    def say(self, rule: str, severity: Severity, message: str) -> None:
        """Keep a finding about this fit."""
        self.block.say(rule, severity, self.subject, message)

    def named(self, name: str) -> str:
        """A name that can stand in CasaXPS's lines."""
        plain = plain_name(name)
        if plain != name:
            self.say("name_changed", Severity.INFO, f"{name!r} is written as {plain!r}")
        return plain


def _ordered(fit: StoredFit, envelope: Envelope) -> list[StoredLine]:
    """The lines in their order, but a component after those that it is tied to."""
    names = list(dict.fromkeys(line.name for line in fit.lines))
    recipes = {c.name: c for c in envelope.components}
    placed: list[str] = []

    def place(name: str, above: tuple[str, ...]) -> None:
        if name in placed or name in above:
            return
        others = [other for other in names if other != name]
        for text in (recipes[name].position, recipes[name].fwhm, recipes[name].area):
            tie = parse(text, others).tie
            for other, _ in tie.terms if tie else ():
                place(other, (*above, name))
        placed.append(name)

    for name in names:
        place(name, ())
    lines = [line for name in placed for line in fit.lines if line.name == name]
    if {(line.name, True) for line in lines if line.minor} - {
        (line.name, True) for line in lines if not line.minor
    }:
        raise ResultError(f"{fit.region}: a partner stands without its major line; fit it again")
    return lines
