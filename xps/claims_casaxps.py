"""The CasaXPS fits of a file become claims: lines with limits and links, regions with data.

A line's level is what its name says, else its region's tag; where the named level cannot lie
there, the element's level that can. Linked lines of one level are a doublet.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .assignment import level_at, paired_lines
from .casaxps import region_members
from .casaxps_spectra import claimed_spectrum, positive, region_label
from .claims import ClaimedLine, ClaimedSpectrum, Claims, Stated, Tie
from .naming import LevelName, level_name, species_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry

    from .io.casa import CasaComponent, CasaFit, CasaParameter, CasaRegion
    from .io.reading import Reading

__all__ = ["from_reading"]

_SPIN = re.compile(r"(?:\b[A-Z][a-z]?\s*)?([1-6][spdf])\s*_?\(?([1357]/2)\)?")


def from_reading(
    reading: Reading, registry: Registry, *, elements: Sequence[str] = (), refit: bool = True
) -> Claims:
    """Give the claims of the CasaXPS fits in a file.

    Parameters
    ----------
    reading : Reading
        From :func:`xps.read`.
    registry : Registry
    elements : sequence of str
        In the samples, beside those of the regions.
    refit : bool
        Whether stored fits in exactly known shapes are fitted again, to see whether they are the
        optimum of their own objective.

    Returns
    -------
    Claims
        All regions, also those without a fit: they say what was measured.
    """
    lines: list[ClaimedLine] = []
    spectra: list[ClaimedSpectrum] = []
    for number, (spectrum, casa) in enumerate(zip(reading.spectra, reading.casa, strict=True)):
        if casa is None or not casa.regions:
            spectra.append(_unfitted(spectrum, number))
            continue
        for region in casa.regions:
            members = region_members(casa, region)
            made = _lines(spectrum, casa, region, members, registry, len(lines))
            lines += made
            again = refit and bool(made)
            spectra.append(claimed_spectrum(spectrum, casa, region, members, registry, refit=again))
    return Claims(
        origin="casaxps",
        lines=paired_lines(tuple(lines)),
        spectra=tuple(spectra),
        elements=tuple(elements),
        findings=reading.notes,
    )


def _unfitted(spectrum: xr.Dataset, number: int) -> ClaimedSpectrum:
    region = str(spectrum.attrs.get("region", "")) or f"spectrum {number}"
    named = level_name(region)
    return ClaimedSpectrum(
        sample=str(spectrum.attrs.get("sample", "")),
        region=region,
        symbol=named.symbol if named else "",
    )


def _lines(
    spectrum: xr.Dataset,
    casa: CasaFit,
    region: CasaRegion,
    members: Sequence[tuple[int, CasaComponent]],
    registry: Registry,
    first: int,
) -> list[ClaimedLine]:
    """The lines of one region; ``first`` is the place of the first of them among all."""
    photon = float(spectrum["photon_energy"])
    places = {own: first + k for k, (own, _) in enumerate(members)}
    made = [
        _line(
            spectrum,
            region,
            component,
            places,
            registry,
            photon,
            referenced=bool(casa.calibrations),
        )
        for _, component in members
    ]
    made = [replace(line, index=first + k) for k, line in enumerate(made)]
    return [_linked(line, made, first) for line in made]


def _line(
    spectrum: xr.Dataset,
    region: CasaRegion,
    component: CasaComponent,
    places: dict[int, int],
    registry: Registry,
    photon: float,
    *,
    referenced: bool,
) -> ClaimedLine:
    ke = component.position_ke
    place = photon - ke.value
    of_region = level_name(region.tag) or level_name(region.name)
    named = level_name(component.name) or of_region
    rest = _without_level(component.name)
    own = of_region.symbol if of_region else ""
    beside = own if named and named.symbol != own else ""
    level = None if named is None else level_at(named, place, registry, beside=beside)
    key, variant = species_name(rest, registry)
    return ClaimedLine(
        index=0,
        sample=str(spectrum.attrs.get("sample", "")),
        region=region_label(spectrum, region),
        label=named.symbol if named else component.name,
        level=level,
        line=_which(component.name, named, level.lines if level else ()),
        minor=False,
        name=rest or component.name.strip() or "component",
        species=key,
        variant=variant,
        position=Stated(
            value=place,
            low=photon - ke.high,
            high=photon - ke.low,
            tie=_tie(ke, places, -ke.factor),
        ),
        fwhm=_stated(component.fwhm, places) if component.fwhm.value > 0 else None,
        area=_stated(component.area, places),
        referenced=referenced,
        rsf=component.rsf or None,
        uncorrected_rsf=positive(component.uncorrected_rsf),
    )


def _without_level(name: str) -> str:
    """What a component's name says beside its level and line."""
    named = level_name(name)
    return " ".join(_SPIN.sub(" ", named.rest if named else name).split())


def _which(name: str, named: LevelName | None, lines: tuple[str, ...]) -> str:
    """The line that a name tells, else the level's major one."""
    spin = _SPIN.search(name)
    told = named.line if named and named.line else "".join(spin.groups()) if spin else ""
    return told if told in lines else lines[0] if lines else ""


def _stated(parameter: CasaParameter, places: dict[int, int]) -> Stated:
    free = parameter.low < parameter.high
    return Stated(
        value=parameter.value,
        low=parameter.low if free else None,
        high=parameter.high if free else None,
        tie=_tie(parameter, places, parameter.factor),
    )


def _tie(parameter: CasaParameter, places: dict[int, int], factor: float) -> Tie | None:
    other = places.get(parameter.link)
    return None if other is None else Tie(line=other, factor=factor)


def _linked(line: ClaimedLine, lines: list[ClaimedLine], first: int) -> ClaimedLine:
    """Make the higher of two linked lines of one level the minor one of a doublet."""
    other = _other(line, lines, first)
    if other is None or line.level is None or other.level != line.level:
        return line
    if len(line.level.lines) < 2 or line.place <= other.place:
        return line
    return replace(line, minor=True, line=line.level.lines[1], partner=other.index)


def _other(line: ClaimedLine, lines: list[ClaimedLine], first: int) -> ClaimedLine | None:
    """The line that this one's area is linked to, or that is linked to this one."""
    if line.area is not None and line.area.tie is not None:
        return lines[line.area.tie.line - first]
    linked = [x for x in lines if x.area and x.area.tie and x.area.tie.line == line.index]
    return linked[0] if len(linked) == 1 else None
