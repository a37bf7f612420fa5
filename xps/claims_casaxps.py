"""The CasaXPS fits of a file become claims: lines with limits and links, regions with data.

A line's level is what its name says, else its region's tag; where the named level cannot lie
there, the element's level that can. Linked lines of one level are a doublet.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import InputError

from .assignment import level_at, paired_lines
from .background import BackgroundError, end_level, static_background
from .casaxps import region_background, region_members, take_over_region
from .claims import ClaimedLine, ClaimedSpectrum, Claims, Stated, Tie
from .lineshape import from_casaxps
from .naming import LevelName, level_name, species_name
from .result import Curves
from .spectrum import acquisition_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry

    from .io.casa import CasaComponent, CasaFit, CasaParameter, CasaRegion
    from .io.reading import Reading

__all__ = ["from_reading"]

Array = NDArray[np.float64]

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
            members = region_members(spectrum, casa, region)
            made = _lines(spectrum, casa, region, members, registry, len(lines))
            lines += made
            spectra.append(_spectrum(spectrum, casa, region, members, refit=refit and bool(made)))
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


# --- lines ----------------------------------------------------------------------------------------


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
        region=_region_label(spectrum, region),
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
        raw_rsf=_known(component.raw_rsf),
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


def _known(value: float) -> float | None:
    return value if math.isfinite(value) and value > 0 else None


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


# --- spectra --------------------------------------------------------------------------------------


def _region_label(spectrum: xr.Dataset, region: CasaRegion) -> str:
    return region.tag.strip() or region.name.strip() or str(spectrum.attrs.get("region", ""))


def _spectrum(
    spectrum: xr.Dataset,
    casa: CasaFit,
    region: CasaRegion,
    members: Sequence[tuple[int, CasaComponent]],
    *,
    refit: bool,
) -> ClaimedSpectrum:
    photon = float(spectrum["photon_energy"])
    low, high = sorted((photon - region.start_ke, photon - region.end_ke))
    named = level_name(region.tag) or level_name(region.name)
    time = acquisition_time(spectrum)
    missing = () if math.isfinite(time) and time > 0 else ("dwell time and scans",)
    claimed = ClaimedSpectrum(
        sample=str(spectrum.attrs.get("sample", "")),
        region=_region_label(spectrum, region),
        symbol=named.symbol if named else "",
        window=(low, high),
        background=region.background,
        rsf=_known(region.rsf),
        raw_rsf=_known(region.raw_rsf),
        charge_shift=casa.energy_shift if casa.calibrations else None,
        missing=missing,
    )
    measured = _measured(spectrum, casa, (low, high))
    if measured is None:
        return claimed
    x, y, inside = measured
    try:
        chosen = region_background(region)
        background = static_background(chosen, x, y, inside)
    except (BackgroundError, InputError):
        return claimed
    claimed = replace(
        claimed,
        window=(float(x[inside][0]), float(x[inside][-1])),
        end_channels=1 if chosen.end_points == 1 else None,
        tie_point_off=_tie_point(region, y, inside, background, chosen.end_points),
        curves=_curves(x[inside], y[inside], background, None),
    )
    envelope = _envelope(x[inside], members, photon, time) if not missing else None
    if envelope is None:
        return claimed
    curves = _curves(x[inside], y[inside], background, envelope)
    gain = _refit_gain(spectrum, casa, region, curves) if refit else None
    return replace(claimed, curves=curves, exact=True, refit_gain=gain)


def _measured(
    spectrum: xr.Dataset, casa: CasaFit, window: tuple[float, float]
) -> tuple[Array, Array, slice] | None:
    """Calibrated energies, counts and the channels of a window; ``None`` where there are none."""
    if "counts" not in spectrum:
        return None
    x = np.asarray(spectrum["binding_energy"].values, dtype=float) + casa.energy_shift
    y = np.asarray(spectrum["counts"].values, dtype=float)
    chosen = np.flatnonzero((x >= window[0] - 1e-6) & (x <= window[1] + 1e-6))
    if chosen.size < 5:
        return None
    return x, y, slice(int(chosen[0]), int(chosen[-1]) + 1)


def _tie_point(
    region: CasaRegion, y: Array, inside: slice, background: Array, points: int
) -> float | None:
    """By how much a stored Tougaard curve misses the data's end, of the data's range."""
    if "tougaard" not in region.background.lower() or not region.parameters[0]:
        return None
    spread = float(np.ptp(y[inside]))
    if spread <= 0:
        return None
    return float(background[-1] - end_level(y, inside.stop - 1, points)) / spread


def _envelope(
    x: Array, members: Sequence[tuple[int, CasaComponent]], photon: float, time: float
) -> Array | None:
    """The lines' sum in counts, ``None`` where a shape is not exactly known."""
    total = np.zeros_like(x)
    for _, component in members:
        if component.area.value <= 0:
            continue
        try:
            shape, extra, exact = from_casaxps(component.shape)
        except ValueError:
            return None
        if not exact or component.fwhm.value <= 0:
            return None
        theta = np.array([[photon - component.position_ke.value, component.fwhm.value, *extra]])
        total += time * component.area.value * shape.density(x, theta)[0]
    return total if members else None


def _curves(x: Array, y: Array, background: Array, lines: Array | None) -> Curves:
    envelope = y if lines is None else background + lines
    noise = np.sqrt(np.maximum(envelope, 1.0))
    return Curves(
        energy=x,
        measured=y,
        envelope=envelope,
        background=background,
        lines=np.zeros((0, x.size)),
        residual=(y - envelope) / noise,
    )


def _refit_gain(
    spectrum: xr.Dataset, casa: CasaFit, region: CasaRegion, stored: Curves
) -> float | None:
    """Share of the stored sum of squares that a refit from the stored values takes off."""
    from references import load

    from .assemble import assemble, window_slice
    from .plan import Evaluator
    from .search import search

    try:
        taken = take_over_region(spectrum, casa, region)
        if taken is None:
            return None
        calibrated, envelope = taken
        x = np.asarray(calibrated["binding_energy"].values, dtype=float) + float(
            calibrated["charge_shift"]
        )
        y = np.asarray(calibrated["counts"].values, dtype=float)
        inside = window_slice(envelope, x)
        plan = assemble(envelope, load(), x, y, inside)
        _, solution = search(plan, y[inside], "unweighted", starts=1, seed=0)
    except InputError:
        return None
    refitted = Evaluator(plan)(solution.values)
    if refitted.size != stored.measured.size:
        return None
    before = float(np.sum((stored.measured - stored.envelope) ** 2))
    after = float(np.sum((y[inside] - refitted) ** 2))
    return 1.0 - after / before if before > 0 else None
