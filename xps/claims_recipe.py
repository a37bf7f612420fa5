"""A recipe becomes claims: what it holds, ties and starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.registry import UnknownReferenceError

from .assignment import level_at, tied_pairs
from .claims import ClaimedLine, ClaimedSpectrum, Claims, Stated, Tie
from .constraint import parse
from .naming import level_name

if TYPE_CHECKING:
    from references.core_level import CoreLevel
    from references.registry import Registry

    from .constraint import Constraint
    from .envelope import Component, Envelope
    from .recipe import Recipe

__all__ = ["from_recipe"]


def from_recipe(recipe: Recipe, registry: Registry) -> Claims:
    """Give the claims of a recipe: what it fixes, ties and starts from.

    Parameters
    ----------
    recipe : Recipe
    registry : Registry

    Returns
    -------
    Claims
        A component whose position the library gives stands at it; a splitting, ratio or width that
        the recipe leaves to the library is no claim.
    """
    lines: list[ClaimedLine] = []
    for envelope in recipe.envelopes:
        charge = recipe.charge_of(envelope.sample, envelope.region)
        lines += _Planned(envelope, registry, referenced=charge is not None).lines(len(lines))
    spectra = tuple(
        ClaimedSpectrum(
            sample=envelope.sample,
            region=envelope.region,
            symbol=named.symbol if (named := level_name(envelope.region)) else "",
            window=envelope.window,
            background=envelope.background.kind,
            end_channels=(
                envelope.background.end_points if envelope.background.mode == "static" else None
            ),
        )
        for envelope in recipe.envelopes
    )
    elements = dict.fromkeys(e for envelope in recipe.envelopes for e in envelope.elements)
    return Claims(origin="recipe", lines=tuple(lines), spectra=spectra, elements=tuple(elements))


class _Planned:
    """The components of one envelope, with what is typed of them resolved."""

    def __init__(self, envelope: Envelope, registry: Registry, *, referenced: bool) -> None:
        self.envelope, self.registry, self.referenced = envelope, registry, referenced
        self.names = [component.name for component in envelope.components]
        self.by_name = {component.name: component for component in envelope.components}

    def lines(self, first: int) -> list[ClaimedLine]:
        found: list[ClaimedLine] = []
        for component in self.envelope.components:
            place = self.place(component, ())
            if place is None:
                continue
            line = self.line(component, place, first + len(found))
            found.append(line)
            partner = self.partner(component, line, first + len(found))
            if partner is not None:
                found.append(partner)
        return tied_pairs(found, self.envelope, first)

    def constraint(self, component: Component, text: str | float) -> Constraint:
        return parse(text, [name for name in self.names if name != component.name])

    def place(self, component: Component, seen: tuple[str, ...]) -> float | None:
        """Where a component is told to lie, or the library puts it [eV]."""
        told = self.constraint(component, component.position)
        if told.tie is not None:
            total = told.tie.constant
            for name, factor in told.tie.terms:
                other = None if name in seen else self.place(self.by_name[name], (*seen, name))
                if other is None:
                    return None
                total += factor * other
            return total
        if told.start is not None:
            return told.start
        if told.low is not None and told.high is not None:
            return 0.5 * (told.low + told.high)
        try:
            return self.registry.line(component.core_level, component.species).energy.best
        except UnknownReferenceError:
            return None

    def line(self, component: Component, place: float, index: int) -> ClaimedLine:
        named = level_name(component.core_level)
        level = None if named is None else level_at(named, place, self.registry)
        width = self.constraint(component, component.fwhm)
        return ClaimedLine(
            index=index,
            sample=self.envelope.sample,
            region=self.envelope.region,
            label=named.symbol if named else component.core_level,
            level=level,
            line=level.lines[0] if level else "",
            minor=False,
            name=component.name,
            species=component.species,
            position=Stated(value=place),
            assumed=component.position == "",
            fwhm=None if width.start is None else Stated(value=width.start),
            referenced=self.referenced,
        )

    def partner(self, component: Component, line: ClaimedLine, index: int) -> ClaimedLine | None:
        """The derived partner, at what the recipe says of it or else the library."""
        level = line.level
        if not component.partner or level is None or level.splitting is None:
            return None
        splitting = self.constraint(component, component.splitting).start
        return ClaimedLine(
            index=index,
            sample=line.sample,
            region=line.region,
            label=line.label,
            level=level,
            line=level.lines[1],
            minor=True,
            name=line.name,
            species=line.species,
            position=Stated(
                value=line.place + (level.splitting.best if splitting is None else splitting)
            ),
            fwhm=self.partner_width(component, line, level),
            area=self.partner_area(component, line),
            referenced=line.referenced,
            partner=line.index,
        )

    def partner_area(self, component: Component, line: ClaimedLine) -> Stated | None:
        ratio = self.constraint(component, component.ratio).start
        if ratio is None:
            return None
        return Stated(value=ratio, tie=Tie(line=line.index, factor=ratio))

    def partner_width(
        self, component: Component, line: ClaimedLine, level: CoreLevel
    ) -> Stated | None:
        told = self.constraint(component, component.partner_width).start
        width = line.fwhm.value if line.fwhm else level.fwhm_compound.best
        return None if told is None or line.fwhm is None else Stated(value=told * width)
