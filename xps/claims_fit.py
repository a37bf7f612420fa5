"""Fits of ours, their ``result.json`` and recipes become claims.

A component that a fit does not see (its area is an upper limit) claims no place: that means nothing
there. What only a live fit knows (its likelihood, its rivals) is judged when it is made; of a
stored result those findings are taken over.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from references.files import DataFileError
from references.registry import UnknownReferenceError
from references.words import Basis, Finding, Kind, Severity

from .claims import ClaimedFraction, ClaimedLine, ClaimedSpectrum, Claims, Stated, Tie
from .claims_table import level_at
from .constraint import parse
from .naming import level_name, species_name
from .recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from references.core_level import CoreLevel
    from references.registry import Registry
    from references.words import Estimate

    from .constraint import Constraint
    from .envelope import Component, Envelope
    from .result import Fit

__all__ = ["from_fits", "from_recipe", "from_result"]

SCHEMA = "peakwright.xps.fit/1"


# --- live fits ------------------------------------------------------------------------------------


def from_fits(fits: Sequence[Fit], registry: Registry, *, named: bool = True) -> Claims:
    """Give the claims of fits.

    Parameters
    ----------
    fits : sequence of Fit
        Of any samples and regions.
    registry : Registry
    named : bool
        Whether subjects begin with the sample's name; one fit's findings stand under its own.

    Returns
    -------
    Claims
    """
    lines: list[ClaimedLine] = []
    spectra: list[ClaimedSpectrum] = []
    elements: dict[str, None] = {}
    for fit in fits:
        sample = fit.sample if named else ""
        lines += _fitted(fit, sample, registry, len(lines))
        spectra.append(_spectrum(fit, sample))
        elements |= dict.fromkeys(fit.envelope.elements)
    return Claims(
        origin="fit", lines=tuple(lines), spectra=tuple(spectra), elements=tuple(elements)
    )


def _fitted(fit: Fit, sample: str, registry: Registry, first: int) -> list[ClaimedLine]:
    by_name = {component.name: component for component in fit.envelope.components}
    found: list[ClaimedLine] = []
    majors: dict[str, int] = {}
    for line in fit.lines:
        component = by_name[line.component]
        unseen = _unseen(line.area.kind, line.position.kind, line.position.u)
        level = registry.core_level(component.core_level)
        label = line.line.partition(" ")[2]
        index = first + len(found)
        partner = majors.get(line.component) if line.minor else None
        if not line.minor:
            majors[line.component] = index
        tied = _is_tied(component.fwhm, [c.name for c in fit.envelope.components])
        found.append(
            ClaimedLine(
                index=index,
                sample=sample,
                region=fit.region,
                label=level.symbol,
                level=level,
                line=label if label in level.lines else level.lines[0],
                minor=line.minor,
                name=line.component,
                species=component.species,
                position=_estimated(line.position),
                fwhm=_estimated(line.fwhm, None if not tied else Tie(line=index, factor=1.0)),
                area=Stated(value=0.0) if unseen else _estimated(line.area),
                referenced=bool(fit.charge_reference),
                partner=partner,
            )
        )
    return found


def _is_tied(constraint: str | float, names: Sequence[str]) -> bool:
    return parse(constraint, names).tie is not None


def _estimated(estimate: Estimate, tie: Tie | None = None) -> Stated:
    return Stated(value=estimate.value, u=estimate.u, tie=tie)


def _unseen(area: str, position: str, u: float | None) -> bool:
    """Whether a fit does not see a component: its area is a limit, its place has no interval."""
    return area == Kind.UPPER_LIMIT and position != Kind.FIXED and u is None


def _spectrum(fit: Fit, sample: str) -> ClaimedSpectrum:
    named = level_name(fit.region) or level_name(fit.envelope.components[0].core_level)
    background = fit.envelope.background
    missing = [] if math.isfinite(getattr(fit, "photon_energy", 1.0)) else ["photon energy"]
    if fit.lines and fit.lines[0].area_unit == "counts*eV":
        missing.append("dwell time and scans")
    static = background.mode == "static"
    return ClaimedSpectrum(
        sample=sample,
        region=fit.region,
        symbol=named.symbol if named else "",
        window=(float(fit.curves.energy[0]), float(fit.curves.energy[-1])),
        background=background.kind,
        charge_shift=fit.charge_shift,
        curves=fit.curves,
        exact=True,
        missing=tuple(missing),
        end_channels=background.end_points if static else None,
    )


# --- stored results -------------------------------------------------------------------------------


def from_result(path: str | Path, document: Mapping[str, Any], registry: Registry) -> Claims:
    """Give the claims of a ``result.json`` of ``peakwright xps fit``.

    Parameters
    ----------
    path : path
        For messages.
    document : mapping
        Its content.
    registry : Registry

    Returns
    -------
    Claims
        With the findings that the fits had.

    Raises
    ------
    DataFileError
        If it is another document, or a part of it is missing or of another kind.
    """
    schema = document.get("schema")
    if schema != SCHEMA:
        raise DataFileError(
            path,
            f"has the schema {schema!r}, where {SCHEMA!r} is expected",
            action="give the result.json of `peakwright xps fit`",
        )
    try:
        recipe = Recipe.model_validate(document["recipe"])
        fits = [_Stored(fit, recipe, registry) for fit in document["fits"]]
        lines: list[ClaimedLine] = []
        for fit in fits:
            lines += fit.lines(len(lines))
        rows = [row for fit in document["fits"] for row in fit["fractions"]]
        fractions = tuple(_fraction(row, registry) for row in (*rows, *document["fractions"]))
        stored = [f for fit in document["fits"] for f in fit["findings"]] + document["findings"]
        findings = tuple(_finding(f) for f in stored)
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        told = f"lacks {error}" if isinstance(error, KeyError) else f"cannot be read ({error})"
        raise DataFileError(
            path, " ".join(told.split())[:300], action="give a result.json as it was written"
        ) from None
    elements = dict.fromkeys(e for envelope in recipe.envelopes for e in envelope.elements)
    return Claims(
        origin="fit",
        lines=tuple(lines),
        fractions=tuple(f for f in dict.fromkeys(fractions) if f is not None),
        spectra=tuple(fit.spectrum() for fit in fits),
        elements=tuple(elements),
        findings=findings,
    )


class _Stored:
    """One fit of a result document."""

    def __init__(self, fit: Mapping[str, Any], recipe: Recipe, registry: Registry) -> None:
        self.fit, self.registry = fit, registry
        self.sample, self.region = str(fit["sample"]), str(fit["region"])
        chosen = [
            e for e in recipe.envelopes if e.region == self.region and e.sample in {"", self.sample}
        ]
        self.envelope = max(chosen, key=lambda e: bool(e.sample), default=None)

    def component(self, name: str) -> Component | None:
        if self.envelope is None:
            return None
        return next((c for c in self.envelope.components if c.name == name), None)

    def lines(self, first: int) -> list[ClaimedLine]:
        found: list[ClaimedLine] = []
        majors: dict[str, int] = {}
        reference = bool(self.fit["charge"]["reference"])
        for line in self.fit["components"]:
            estimates = line["estimates"]
            unseen = _unseen(
                estimates["area"]["kind"], estimates["position_eV"]["kind"], line["position_u_eV"]
            )
            name, component = str(line["name"]), self.component(str(line["name"]))
            named = level_name(str(line["line"]))
            if named is None:
                raise ValueError(f"line {line['line']!r} names no core level")
            place = _finite(line["position_eV"])
            level = level_at(named, place, self.registry)
            minor = bool(level and len(level.lines) > 1 and named.line == level.lines[1])
            species = component.species if component else ""
            index = first + len(found)
            partner = majors.get(name) if minor else None
            if not minor:
                majors[name] = index
            found.append(
                ClaimedLine(
                    index=index,
                    sample=self.sample,
                    region=self.region,
                    label=named.symbol,
                    level=level,
                    line=named.line or (level.lines[0] if level else ""),
                    minor=minor and partner is not None,
                    name=name,
                    species=species or species_name(name, self.registry)[0],
                    position=Stated(value=place, u=line["position_u_eV"]),
                    fwhm=Stated(value=_finite(line["fwhm_eV"]), u=line["fwhm_u_eV"]),
                    area=Stated(value=0.0 if unseen else _finite(line["area"]), u=line["area_u"]),
                    referenced=reference,
                    partner=partner,
                )
            )
        return found

    def spectrum(self) -> ClaimedSpectrum:
        named = level_name(self.region)
        background = self.envelope.background if self.envelope else None
        static = background is not None and background.mode == "static"
        return ClaimedSpectrum(
            sample=self.sample,
            region=self.region,
            symbol=named.symbol if named else "",
            window=self.envelope.window if self.envelope else None,
            background=background.kind if background else "",
            charge_shift=_finite(self.fit["charge"]["shift_eV"]),
            end_channels=background.end_points if background and static else None,
        )


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not finite")
    return number


def _fraction(row: Mapping[str, Any], registry: Registry) -> ClaimedFraction | None:
    if row["kind"] == Kind.UPPER_LIMIT:
        return None
    subject, _, level = str(row["subject"]).partition(" (")
    basis = Basis(row["basis"])
    symbol = str(row["denominator"]) if basis is Basis.WITHIN_LEVEL else level.rstrip(")")
    return ClaimedFraction(
        sample=str(row["sample"]),
        name=subject,
        species=species_name(subject, registry)[0],
        symbol=symbol,
        value=_finite(row["value"]),
        u=row["u"],
        basis=basis,
    )


def _finding(stored: Mapping[str, Any]) -> Finding:
    return Finding(
        rule=str(stored["rule"]),
        severity=Severity(stored["severity"]),
        subject=str(stored["subject"]),
        message=str(stored["message"]),
        reported=str(stored["reported"]),
        reference=str(stored["reference"]),
        deviation=str(stored["deviation"]),
        sources=tuple(str(key) for key in stored["sources"]),
    )


# --- recipes --------------------------------------------------------------------------------------


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
        majors: dict[str, int] = {}
        for component in self.envelope.components:
            place = self.place(component, ())
            if place is None:
                continue
            line = self.line(component, place, first + len(found))
            majors[component.name] = line.index
            found.append(line)
            partner = self.partner(component, line, first + len(found))
            if partner is not None:
                found.append(partner)
        return [self.completed(line, majors, found, first) for line in found]

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

    def completed(
        self,
        line: ClaimedLine,
        majors: Mapping[str, int],
        lines: Sequence[ClaimedLine],
        first: int,
    ) -> ClaimedLine:
        """Make a component that is tied to another of its level the partner of it."""
        from dataclasses import replace

        component = self.by_name[line.name]
        tie = self.constraint(component, component.area).tie
        if line.minor or tie is None or len(tie.terms) != 1 or tie.constant != 0:
            return line
        name, factor = tie.terms[0]
        if name not in majors:
            return line
        other = lines[majors[name] - first]
        area = Stated(value=factor, tie=Tie(line=other.index, factor=factor))
        same = line.level is not None and other.level == line.level and not component.partner
        if same and line.level and len(line.level.lines) > 1 and line.place > other.place:
            return replace(
                line, minor=True, line=line.level.lines[1], partner=other.index, area=area
            )
        return replace(line, area=area)
