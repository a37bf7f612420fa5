"""Envelopes for regions: chosen from a recipe, or made from species of the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .choices import BackgroundKind, Statistic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from references.registry import Registry
    from xps.envelope import Envelope

__all__ = ["changed", "free_envelope", "of_regions", "species_envelopes"]


def of_regions(envelopes: list[Envelope], regions: Sequence[str], where: str) -> list[Envelope]:
    """Give the envelopes of the regions asked for, all of them where none was named.

    Blanks and case do not matter: ``"s2p"`` names the region ``"S 2p"``.

    Raises
    ------
    RegionError
        If one of the regions has no envelope.
    """
    from xps.sample import RegionError

    there = [e.region for e in envelopes]
    missing = [r for r in regions if not any(_names(label, r) for label in there)]
    if missing:
        raise RegionError(
            f"{where} has no envelope for {', '.join(missing)}; "
            f"it has {', '.join(dict.fromkeys(there)) or 'none'}"
        )
    return [e for e in envelopes if not regions or any(_names(e.region, r) for r in regions)]


def _names(label: str, region: str) -> bool:
    squeezed, wanted = ("".join(text.split()).lower() for text in (label, region))
    rest = squeezed.removeprefix(wanted)
    return bool(wanted) and squeezed.startswith(wanted) and not rest[:1].isdigit()


def changed(
    envelope: Envelope,
    *,
    background: BackgroundKind | None,
    statistic: Statistic | None,
    elements: Sequence[str],
) -> Envelope:
    """Give an envelope with what the command line changes of it, and nothing else changed."""
    changes: dict[str, Any] = {}
    if background is not None and background.value != envelope.background.kind:
        # A kernel belongs to the kind of background that it was written for.
        other = {"kind": background.value, "kernel": (), "scale_to_end": True}
        changes["background"] = envelope.background.model_copy(update=other)
    if statistic is not None:
        changes["statistic"] = statistic.value
    if elements:
        changes["elements"] = tuple(elements)
    return envelope.model_copy(update=changes)


def species_envelopes(
    registry: Registry,
    regions: Sequence[str],
    keys: Sequence[str],
    *,
    elements: Sequence[str] = (),
    background: BackgroundKind | None = None,
    statistic: Statistic | None = None,
) -> list[Envelope]:
    """Give the default recipe of each region for those of the species that have a line there.

    Parameters
    ----------
    registry : Registry
    regions : sequence of str
        Core levels.
    keys : sequence of str
        Species; each must have a line on at least one of the regions.
    elements : sequence of str
        Elements in the sample.
    background, statistic : optional
        Other than the default ones.

    Raises
    ------
    EnvelopeError, UnknownReferenceError
        If a level or species is not known, or has no counterpart among the others.
    """
    from xps.envelope import EnvelopeError, default_envelope

    known = list(dict.fromkeys(registry.species(key).key for key in keys))
    envelopes: list[Envelope] = []
    placed: set[str] = set()
    for core_level in dict.fromkeys(registry.core_level(region).symbol for region in regions):
        here = _on_level(registry, core_level, known)
        placed.update(here)
        envelopes.append(
            default_envelope(
                registry,
                core_level,
                here,
                elements=elements,
                background=_background(background),
                statistic=(statistic or Statistic.poisson).value,  # pyright: ignore[reportArgumentType]
            )
        )
    if left := [key for key in known if key not in placed]:
        raise EnvelopeError(
            f"{', '.join(left)} has no line on {', '.join(regions)}; add its region with --region"
        )
    return envelopes


def _on_level(registry: Registry, core_level: str, keys: Iterable[str]) -> list[str]:
    """Those of the species that have a line on the level."""
    from xps.envelope import EnvelopeError

    there = {line.species for line in registry.lines(core_level)}
    here = [key for key in keys if key in there]
    if not here:
        known = (
            f"the library has {', '.join(sorted(there))}"
            if there
            else "the library has no species there: print a recipe with a free component by "
            f'`peakwright xps recipe --region "{core_level}"`'
        )
        raise EnvelopeError(f"none of {', '.join(keys)} has a line on {core_level}; {known}")
    return here


def _background(kind: BackgroundKind | None) -> Any:
    """None is the default: active Shirley with a slope."""
    from xps.envelope import Background

    if kind is None:
        return None
    return Background(kind=kind.value)  # pyright: ignore[reportArgumentType]


def free_envelope(registry: Registry, region: str) -> Envelope:
    """Give an envelope with one component of no species, to edit.

    Its position is the middle of where the level's lines may lie, so it is a start and no value.
    """
    from xps.envelope import Component, Envelope

    level = registry.core_level(region)
    low, high = level.window
    return Envelope(
        region=level.symbol,
        components=(
            Component(
                name="A",
                core_level=level.symbol,
                position=f"{0.5 * (low + high):g} in {low:g} .. {high:g}",
            ),
        ),
    )
