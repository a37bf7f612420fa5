"""A CasaXPS fit becomes a recipe: same window, background, components, links and limits.

Gaussian-Lorentzian shapes are taken over exactly. LA and LF are not: their convolution is not
settled, so they become the nearest shape here and the recipe says so in the component's name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from references.registry import UnknownReferenceError
from references.words import Finding, Severity

from .background import BackgroundError
from .charge import ChargeError, by_shift, calibrate
from .envelope import OUTSIDE, Background, Component, Envelope, EnvelopeError
from .lineshape import from_casaxps
from .rules.level_name import named_by_energy

if TYPE_CHECKING:
    import xarray as xr

    from references.registry import Registry

    from .io.casa import CasaComponent, CasaFit, CasaParameter, CasaRegion

__all__ = [
    "CasaXpsError",
    "notes_on",
    "region_background",
    "region_members",
    "take_over",
    "take_over_block",
    "take_over_region",
]


_LEVEL = re.compile(r"[A-Z][a-z]? ?[1-7][spdf]")


class CasaXpsError(EnvelopeError):
    """A CasaXPS fit that cannot be taken over: what is in it, and what to do."""


def take_over(spectrum: xr.Dataset, casa: CasaFit) -> tuple[tuple[xr.Dataset, Envelope], ...]:
    """Give, for each region with components, the calibrated spectrum and the recipe.

    Parameters
    ----------
    spectrum : Dataset
        The block on its stored axis.
    casa : CasaFit
        Its CasaXPS information.

    Returns
    -------
    tuple of (Dataset, Envelope)
        The envelope has CasaXPS's background parameters, links and limits; its statistic is the
        Poisson likelihood (``unweighted`` reproduces CasaXPS's own optimum).

    Raises
    ------
    CasaXpsError
        If a line shape or background is not known, or a value is impossible.
    """
    shifted = _calibrated(spectrum, casa)
    taken = (_region(spectrum, casa, region) for region in casa.regions)
    return tuple((shifted, envelope) for envelope in taken if envelope is not None)


def take_over_block(
    spectrum: xr.Dataset, casa: CasaFit, registry: Registry
) -> tuple[tuple[tuple[xr.Dataset, Envelope], ...], tuple[Finding, ...]]:
    """Take over what can be fitted here, and say of each other region why it was left out.

    Parameters
    ----------
    spectrum, casa
        As for :func:`take_over`.
    registry : Registry
        Whose core levels are known.

    Returns
    -------
    tuple of (Dataset, Envelope)
    tuple of Finding
        Regions left out, labels changed, shapes and backgrounds that are only near.
    """
    shifted = _calibrated(spectrum, casa)
    taken: list[tuple[xr.Dataset, Envelope]] = []
    notes: list[Finding] = []
    for region in casa.regions:
        try:
            given = _region(spectrum, casa, region)
            if given is None:
                continue
            envelope, said = named_by_energy(given, registry)
            for level in dict.fromkeys(c.core_level for c in envelope.components):
                registry.core_level(level)
        except (CasaXpsError, UnknownReferenceError) as error:
            notes.append(_left_out(spectrum, region, str(error)))
            continue
        taken.append((shifted, envelope))
        notes += (*said, *notes_on(spectrum, region))
    if taken:
        notes += _shape_notes(spectrum, casa)
    return tuple(taken), tuple(notes)


def _calibrated(spectrum: xr.Dataset, casa: CasaFit) -> xr.Dataset:
    if not casa.calibrations:
        return spectrum
    try:
        shifted = calibrate(spectrum, by_shift(casa.energy_shift))
    except ChargeError as error:
        raise CasaXpsError(f"CasaXPS's calibration: {error}") from None
    shifted.attrs["charge_reference"] = f"CasaXPS calibration of {casa.energy_shift:+.4f} eV"
    return shifted


def take_over_region(
    spectrum: xr.Dataset, casa: CasaFit, region: CasaRegion
) -> tuple[xr.Dataset, Envelope] | None:
    """Give the calibrated spectrum and the recipe of one region; ``None`` without components.

    Raises
    ------
    CasaXpsError
        As :func:`take_over`.
    """
    envelope = _region(spectrum, casa, region)
    return None if envelope is None else (_calibrated(spectrum, casa), envelope)


def region_members(casa: CasaFit, region: CasaRegion) -> list[tuple[int, CasaComponent]]:
    """Give the components of a region with their numbers."""
    return [(i, c) for i, c in enumerate(casa.components) if region in _regions_of(c, casa)]


def _region(spectrum: xr.Dataset, casa: CasaFit, region: CasaRegion) -> Envelope | None:
    """The envelope of one region, ``None`` where it has no components."""
    photon = float(spectrum["photon_energy"])
    low, high = sorted((photon - region.start_ke, photon - region.end_ke))
    members = region_members(casa, region)
    if not members:
        return None
    names = _names(members)
    level = _level(region.tag or region.name)
    try:
        return Envelope(
            region=str(spectrum.attrs.get("region", "")) or region.name,
            components=tuple(
                _component(c, names[i], names, level, photon, (low, high)) for i, c in members
            ),
            window=(low, high),
            background=region_background(region),
            knowledge="free",
        )
    except CasaXpsError:
        raise
    except EnvelopeError as error:
        raise CasaXpsError(f"CasaXPS's region {region.name!r}: {error}") from None


def _regions_of(component: CasaComponent, casa: CasaFit) -> list[CasaRegion]:
    """The regions in which a component lies; of several, and outside of all, those of its tag."""
    place = component.position_ke.value
    inside = [r for r in casa.regions if _low(r) - 1e-6 <= place <= _high(r) + 1e-6]
    tagged = [r for r in inside or casa.regions if r.tag == component.tag]
    if inside:
        return tagged or inside
    return tagged if len(tagged) == 1 else []


def _low(region: CasaRegion) -> float:
    return min(region.start_ke, region.end_ke)


def _high(region: CasaRegion) -> float:
    return max(region.start_ke, region.end_ke)


def _label(spectrum: xr.Dataset, what: str) -> str:
    parts = (str(spectrum.attrs.get(key, "")) for key in ("sample", "region"))
    return " ".join(part for part in (*parts, what) if part)


def _left_out(spectrum: xr.Dataset, region: CasaRegion, why: str) -> Finding:
    return Finding(
        rule="region_left_out",
        severity=Severity.WARNING,
        subject=_label(spectrum, f"CasaXPS region {region.name!r}"),
        message=f"not taken over: {why}",
    )


def notes_on(spectrum: xr.Dataset, region: CasaRegion) -> tuple[Finding, ...]:
    """Say where a region's background is only the nearest one here."""
    words = region.background.lower().split()
    plain = (["linear"], ["shirley"], ["u", "2", "tougaard"], ["u", "3", "tougaard"])
    if words in plain:
        return ()
    kind = region_background(region).kind
    note = Finding(
        rule="background_approximated",
        severity=Severity.WARNING,
        subject=_label(spectrum, region.background),
        message=(
            f"CasaXPS's background {region.background!r} is taken over as a plain {kind} one "
            "between the region's ends; areas of this refit are not comparable with CasaXPS's"
        ),
    )
    return (note,)


def _shape_notes(spectrum: xr.Dataset, casa: CasaFit) -> tuple[Finding, ...]:
    """Say which line shapes are only approximated: a refit of those is not CasaXPS's fit."""
    inexact: dict[str, None] = {}
    for component in casa.components:
        try:
            _, _, exact = from_casaxps(component.shape)
        except ValueError:
            continue
        if not exact:
            inexact[component.shape] = None
    return tuple(
        Finding(
            rule="shape_approximated",
            severity=Severity.WARNING,
            subject=_label(spectrum, shape),
            message=(
                f"CasaXPS's {shape} is taken over as the nearest line shape here, without its "
                "convolution; areas and widths of this refit are not comparable with CasaXPS's"
            ),
        )
        for shape in inexact
    )


def _names(members: list[tuple[int, CasaComponent]]) -> dict[int, str]:
    """Unique names, since CasaXPS allows one name for several components."""
    names: dict[int, str] = {}
    for i, component in members:
        plain = component.name.strip() or "component"
        same = sum(1 for name in names.values() if name.split(" #")[0] == plain)
        names[i] = plain if not same else f"{plain} #{same + 1}"
    return names


def _component(
    component: CasaComponent,
    name: str,
    names: dict[int, str],
    level: str,
    photon: float,
    window: tuple[float, float],
) -> Component:
    try:
        shape, extra, _ = from_casaxps(component.shape)
    except ValueError as error:
        raise CasaXpsError(f"component {component.name!r}: {error}") from None
    low, high = photon - component.position_ke.high, photon - component.position_ke.low
    place = photon - component.position_ke.value
    if component.position_ke.link in names:
        # CasaXPS's offset is in kinetic energy: a higher one is a lower binding energy.
        position = (
            f"{names[component.position_ke.link]} - {component.position_ke.factor!r}".replace(
                "- -", "+ "
            )
        )
    elif low < high:
        if high < window[0] - OUTSIDE or low > window[1] + OUTSIDE:
            raise CasaXpsError(
                f"component {component.name!r}: its limits {low:.6g} .. {high:.6g} eV lie outside "
                f"the region {window[0]:.6g} .. {window[1]:.6g} eV; mend them in CasaXPS"
            )
        low, high = max(low, window[0] - OUTSIDE), min(high, window[1] + OUTSIDE)
        position = f"{min(max(place, low), high)!r} in {low!r} .. {high!r}"
    else:
        position = f"{place!r} fixed"
    return Component(
        name=name,
        # A component of another level than its region's (Ga 3s under S 2p) has a tag of its own.
        core_level=_level(component.tag) if _LEVEL.fullmatch(component.tag) else level,
        shape=shape.name,
        position=position,
        fwhm=_linked(component.fwhm, names),
        area=_linked(component.area, names, area=True),
        shape_parameters={
            key: f"{value!r} fixed" for key, value in zip(shape.parameters, extra, strict=True)
        },
        partner=False,
        width_group="CasaXPS links",
    )


def _level(tag: str) -> str:
    """A core level's symbol from a region's tag, ``"S 2p"`` or ``"S2p"``."""
    squeezed = "".join(tag.split())
    split = next((i for i, c in enumerate(squeezed) if c.isdigit()), len(squeezed))
    return f"{squeezed[:split]} {squeezed[split : split + 2]}".strip()


def _linked(parameter: CasaParameter, names: dict[int, str], *, area: bool = False) -> str:
    if parameter.link in names:
        return f"{names[parameter.link]} * {parameter.factor!r}"
    if area:
        return ""
    if parameter.low < parameter.high:
        start = min(max(parameter.value, parameter.low), parameter.high)
        return f"{start!r} in {parameter.low!r} .. {parameter.high!r}"
    return f"{parameter.value!r} fixed"


def region_background(region: CasaRegion) -> Background:
    """CasaXPS averages three channels centred on the end channel where it says 2."""
    points = 2 * (region.end_points // 2) + 1
    kind = region.background.lower()
    b, c, d, gap = region.parameters
    try:
        if "tougaard" in kind and kind.startswith("u 3"):
            kernel = (b, c, d, gap)
        elif "tougaard" in kind:
            kernel = (b, c) if b and c else ()
        elif "shirley" in kind:
            return Background(kind="shirley", mode="static", end_points=points)
        elif "linear" in kind:
            return Background(kind="linear", mode="static", end_points=points)
        else:
            raise CasaXpsError(
                f"region {region.name!r} has a background {region.background!r} that is not known; "
                "write a recipe with another one"
            )
        # The stored B already meets the data's end, so nothing is scaled.
        return Background(
            kind="tougaard",
            mode="static",
            end_points=points,
            kernel=kernel,
            scale_to_end=not kernel,
        )
    except BackgroundError as error:
        raise CasaXpsError(f"region {region.name!r}: {error}") from None
