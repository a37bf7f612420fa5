"""A stored fit becomes CasaXPS's region and component lines, the way back of :mod:`xps.casaxps`.

What CasaXPS cannot hold is never dropped in silence: each deviation is measured and said in a
finding. Two of them are always there. CasaXPS computes its background from the data, where ours is
fitted with the peaks; and it knows limits and links, but no knowledge with an uncertainty.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.ion import atomic_mass
from references.registry import UnknownReferenceError
from references.words import Finding, Severity

from .background import BackgroundError, kernel_from, static_background, tougaard
from .casashape import to_casaxps
from .constraint import Affine, Constraint, parse
from .envelope import Background
from .io.casa import CasaCalibration, CasaComponent, CasaFit, CasaParameter, CasaRegion
from .stored import ResultError, StoredFit, StoredLine, replay, window_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry

    from .casashape import CasaShape
    from .envelope import Component, Envelope

__all__ = ["HandedOver", "hand_over"]

Array = NDArray[np.float64]

FREE = -1
"""CasaXPS's link of a parameter that is linked to none."""
SMALLEST_AREA = 1e-20
"""CasaXPS's own lower limit of an area that has none."""
UNIVERSAL = (2866.0, -1643.0, 0.0, 0.0)
"""Parameters of a background that needs none: Tougaard's universal ones, should it be changed."""
BACKGROUND_MATTERS = 0.05
"""Area under a background that differs from ours, as a part of the lines', from which it warns."""
MOVED = 5e-4
"""A position that moves by less [eV] is not worth a word."""
ROUNDING = 1e-9
"""A background that differs by less is the same."""
PHOTONS = {"Al K-alpha": 1486.6, "Mg K-alpha": 1253.6}
"""Photon energies [eV] to which sensitivity sets belong; files state them within 1 eV."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """CasaXPS's lines of one spectrum, and what they leave out or change."""

    casa: CasaFit
    notes: tuple[Finding, ...]


def hand_over(
    fits: Sequence[tuple[StoredFit, Envelope]],
    spectrum: xr.Dataset,
    registry: Registry,
    *,
    sensitivity_set: str = "scofield_al",
) -> HandedOver:
    """Give the fits of one spectrum as CasaXPS's regions and components.

    Parameters
    ----------
    fits : sequence of (StoredFit, Envelope)
        Of this spectrum, each with its recipe.
    spectrum : Dataset
        On its stored axis, with its photon energy.
    registry : Registry
        Its sensitivity set gives the RSFs: of a whole level, for all of its lines.
    sensitivity_set : str
        Its name.

    Returns
    -------
    HandedOver
        Kinetic energies [eV] on the calibrated scale, areas in counts/s eV where the counting time
        is known.

    Raises
    ------
    ResultError
        If the spectrum has no photon energy or is not the one that was fitted, or two fits cannot
        stand in one block.
    UnknownReferenceError
        If there is no such sensitivity set.
    """
    photon = float(spectrum["photon_energy"])
    if not np.isfinite(photon):
        raise ResultError(
            f"{fits[0][0].region}: CasaXPS's lines are kinetic energies, and the measured file "
            "states no photon energy; give it with --photon-energy"
        )
    shifts = {fit.charge.shift for fit, _ in fits}
    if len(shifts) > 1:
        raise ResultError(
            f"{fits[0][0].sample} {fits[0][0].region}: its fits stand on different energy scales "
            f"(shifts of {', '.join(f'{s:+.3f}' for s in sorted(shifts))} eV); export them one by "
            "one with --region"
        )
    registry.sensitivity_set(sensitivity_set)  # refuses an unknown one
    made = _Block(photon, spectrum, registry, sensitivity_set)
    for fit, envelope in fits:
        _Region(made, fit, envelope).add()
    _refuse_twice(made.regions, fits[0][0])
    return HandedOver(
        casa=CasaFit(
            calibrations=_calibrations(shifts.pop()),
            regions=tuple(made.regions),
            components=tuple(made.components),
        ),
        notes=tuple(dict.fromkeys(made.notes)),
    )


def _calibrations(shift: float) -> tuple[CasaCalibration, ...]:
    """The shift as it stands: from 0 to the shift, for which line was assigned is not known."""
    if shift == 0.0:
        return ()
    return (CasaCalibration(measured=0.0, assigned=shift, scale="BE", add=True),)


def _refuse_twice(regions: Sequence[CasaRegion], fit: StoredFit) -> None:
    """Two regions of one tag over the same energies: whose a component is, no one could tell."""
    for i, one in enumerate(regions):
        for other in regions[:i]:
            apart = one.end_ke < other.start_ke or other.end_ke < one.start_ke
            if one.tag == other.tag and not apart:
                raise ResultError(
                    f"{fit.sample} {fit.region}: two fits of {one.tag} lie over the same energies "
                    "of one spectrum, which CasaXPS cannot keep apart; export one of them"
                )


@dataclass(slots=True)
class _Block:
    """The lines of one block as they are collected."""

    photon: float
    spectrum: xr.Dataset
    registry: Registry
    sensitivity_set: str
    regions: list[CasaRegion] = field(default_factory=list[CasaRegion])
    components: list[CasaComponent] = field(default_factory=list[CasaComponent])
    notes: list[Finding] = field(default_factory=list[Finding])

    def say(self, rule: str, severity: Severity, subject: str, message: str) -> None:
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


class _Region:
    """One fit: its region, and its components with their links."""

    def __init__(self, block: _Block, fit: StoredFit, envelope: Envelope) -> None:
        self.block, self.fit, self.envelope = block, fit, envelope
        self.subject = " ".join(part for part in (fit.sample, fit.region) if part)
        self.first = len(block.components)
        self.lines = _ordered(fit, envelope)
        self.places = {(line.name, line.minor): i for i, line in enumerate(self.lines)}
        self.shapes = [
            to_casaxps(line.shape, line.position, line.fwhm, line.theta[2:]) for line in self.lines
        ]
        self.recipes = {component.name: component for component in envelope.components}
        energy, data, inside = window_of(fit, envelope, block.spectrum)
        self.energy, self.data, self.inside = energy, data, inside
        rate = float(data[inside].max()) * fit.area_factor
        width = float(energy[inside][-1] - energy[inside][0])
        self.largest = 10.0 * max(rate * width, *(line.area for line in self.lines))
        """No line holds more: ten times the window filled to its highest channel."""

    def add(self) -> None:
        level = next(c.core_level for c in self.envelope.components if c.role == "species")
        self.block.regions.append(self.region(level))
        self.block.components += [
            self.component(line, shape) for line, shape in zip(self.lines, self.shapes, strict=True)
        ]
        self.say_shapes()
        self.say_what_is_lost()

    # the region

    def region(self, level: str) -> CasaRegion:
        low, high = self.envelope.window or (self.energy[0], self.energy[-1])
        kind, points, parameters = self.background()
        rsf = self.block.rsf(level, self.subject)
        return CasaRegion(
            name=self.named(self.fit.region),
            background=kind,
            start_ke=self.block.photon - float(high),
            end_ke=self.block.photon - float(low),
            rsf=rsf,
            end_points=points - 1,
            parameters=parameters,
            tag=level,
            mass=atomic_mass(level.partition(" ")[0]),
            flag=0.0,
            uncorrected_rsf=rsf,
        )

    def background(self) -> tuple[str, int, tuple[float, float, float, float]]:
        """Kind, end points and parameters of the background that CasaXPS computes."""
        chosen = self.envelope.background
        points = chosen.end_points if chosen.mode == "static" else 3
        kind, parameters = "Shirley", UNIVERSAL
        scale = chosen.scale_to_end or chosen.mode == "active"
        given = Background(
            kind="linear" if chosen.kind == "constant" else chosen.kind,
            mode="static",
            end_points=points,
            kernel=chosen.kernel,
            scale_to_end=scale,
        )
        if chosen.kind in {"linear", "constant"}:
            kind = "Linear"
        elif chosen.kind == "tougaard":
            kernel = kernel_from(chosen.kernel)
            factor = 1.0
            if scale:
                found = tougaard(self.energy, self.data, kernel, inside=self.inside, points=points)
                factor = found.factor
            three = kernel.sign < 0
            kind = "U 3 Tougaard" if three else "U 2 Tougaard"
            c = kernel.C if three else -abs(kernel.C)
            parameters = (kernel.B * factor, c, kernel.D, kernel.gap)
        self.compare(given)
        return kind, points, parameters

    def compare(self, given: Background) -> None:
        """Say how far CasaXPS's background, computed from the data, lies from the fitted one."""
        ours = replay(self.fit, self.envelope, self.block.spectrum)
        area = sum(line.area for line in self.lines) / self.fit.area_factor
        try:
            theirs = static_background(given, self.energy, self.data, self.inside)
        except BackgroundError as error:
            self.say(
                "background_recomputed",
                Severity.WARNING,
                f"CasaXPS computes this background from the data, and that fails here: {error}",
            )
            return
        misplaced = float(np.trapezoid(np.abs(theirs - ours.background), ours.energy))
        part = misplaced / area if area > 0 else np.inf
        if part < ROUNDING:
            return
        self.say(
            "background_recomputed",
            Severity.WARNING if part > BACKGROUND_MATTERS else Severity.INFO,
            f"CasaXPS computes a {given.kind.capitalize()} background from the data; the "
            f"{self.envelope.background.mode} {self.envelope.background.kind} one of this fit "
            f"differs from it by {100 * part:.2g} % of the lines' area, and so will the residual "
            "there; a recipe with a static background gives the same curve in both",
        )

    # the components

    def component(self, line: StoredLine, shape: CasaShape) -> CasaComponent:
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
        self.block.say(rule, severity, self.subject, message)

    def say_shapes(self) -> None:
        """One finding for all lines that are written as one shape."""
        inexact = [pair for pair in zip(self.lines, self.shapes, strict=True) if not pair[1].exact]
        for text in dict.fromkeys(shape.text for _, shape in inexact):
            alike = [(line, shape) for line, shape in inexact if shape.text == text]
            names = ", ".join(dict.fromkeys(line.name for line, _ in alike))
            parts = [f"{names}: {alike[0][0].shape} is written as {text}"]
            worst = max((shape for _, shape in alike), key=lambda shape: shape.misplaced)
            if worst.misplaced > 0:
                parts.append(
                    f"the nearest in CasaXPS: {100 * worst.misplaced:.2g} % of the area lies "
                    f"elsewhere, and it is off by up to {100 * worst.highest:.2g} % of the maximum"
                )
            moved = max((shape.position - line.position for line, shape in alike), key=abs)
            if abs(moved) > MOVED:
                parts.append(f"its position in CasaXPS is {moved:+.3f} eV from ours")
            if text.startswith("LA"):
                parts.append(
                    "whether CasaXPS means the full width or that of the formula is not settled: "
                    f"if the latter, its line is {worst.nominal:.2f} times as wide"
                )
            self.say("shape_approximated", Severity.WARNING, "; ".join(parts))

    def say_what_is_lost(self) -> None:
        if self.fit.assessment != "converged":
            self.say(
                "fit_not_converged",
                Severity.WARNING,
                f"the fit ended as {self.fit.assessment}: {self.fit.message}",
            )
        if self.fit.lines[0].area_unit != "counts/s*eV":
            self.say(
                "time_unknown",
                Severity.WARNING,
                f"areas are in {self.fit.lines[0].area_unit}, for the counting time is not known; "
                "CasaXPS takes them for counts/s eV",
            )
        if self.envelope.knowledge != "free":
            self.say(
                "knowledge_held",
                Severity.INFO,
                "what the library knows with an uncertainty (splittings, area ratios, positions) "
                "is in CasaXPS a link or a limit at its fitted value",
            )
        if any(dict(line.shape_parameters) for line in self.lines):
            self.say(
                "shape_held",
                Severity.INFO,
                "CasaXPS holds the shapes' own parameters, which may have been fitted here",
            )

    def named(self, name: str) -> str:
        """A name that can stand in CasaXPS's lines."""
        plain = unicodedata.normalize("NFKC", name).replace("*", "x")
        plain = plain.encode("latin-1", "replace").decode("latin-1")
        plain = " ".join("".join(c if c.isprintable() else " " for c in plain).split()) or "fit"
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
