"""What to fit: a request becomes spectra on their energy scale, each with its recipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from references.words import InputError

from .options import BackgroundKind, Statistic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import xarray as xr

    from references.registry import Registry
    from references.words import Finding
    from xps.charge import ChargeReference
    from xps.envelope import Envelope
    from xps.io import Reading

    Job = tuple[xr.Dataset, Envelope]

__all__ = ["Request", "casaxps_notes", "jobs", "species_envelopes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line asked for; nothing of it has been looked up yet.

    Raises
    ------
    InputError
        If two of its parts contradict each other.
    """

    sample: str = ""
    regions: tuple[str, ...] = ()
    species: tuple[str, ...] = ()
    recipe: Path | None = None
    from_casaxps: bool = False
    elements: tuple[str, ...] = ()
    background: BackgroundKind | None = None
    statistic: Statistic | None = None
    charge_shift: float | None = None
    charge_reference: str = ""

    def __post_init__(self) -> None:
        if (self.recipe is not None) + self.from_casaxps + bool(self.species) != 1:
            raise InputError(
                "say what to fit in one way: --species PS4,Li2S with --region, or --recipe FILE, "
                "or --from-casaxps"
            )
        if self.charge_shift is not None and self.charge_reference:
            raise InputError("give --charge-shift or --charge-reference, not both")


def jobs(request: Request, reading: Reading, registry: Registry) -> list[Job]:
    """Give each spectrum to fit, on its energy scale, with its recipe.

    Raises
    ------
    InputError, DataFileError
        If the file, the recipe or the library has not what was asked for.
    """
    from xps.sample import find_region

    spectra = _of_sample(reading, request.sample)
    if request.from_casaxps:
        found = _casaxps_jobs(request, reading, spectra)
    elif request.recipe is not None:
        envelopes = _recipe_envelopes(request, request.recipe)
        found = [(s, e) for e in envelopes for s in find_region(spectra, e.region)]
    else:
        envelopes = _species_envelopes_of_file(request, reading, spectra, registry)
        found = [(s, e) for e in envelopes for s in find_region(spectra, e.region)]
    return _calibrated(request, found, spectra, registry)


def _of_sample(reading: Reading, sample: str) -> list[xr.Dataset]:
    from xps.sample import RegionError, samples_in

    chosen = [s for s in reading.spectra if not sample or s.attrs.get("sample") == sample]
    if not chosen:
        there = ", ".join(repr(name) for name in samples_in(reading.spectra))
        raise RegionError(f"no sample {sample!r} in {Path(reading.path).name}; it holds {there}")
    return chosen


# --- from a recipe --------------------------------------------------------------------------------


def _recipe_envelopes(request: Request, recipe: Path) -> list[Envelope]:
    from xps.envelope import Background, read_recipe
    from xps.sample import RegionError

    envelopes = list(read_recipe(recipe).envelopes)
    if request.regions:
        envelopes = [e for e in envelopes if e.region in request.regions]
        if not envelopes:
            raise RegionError(f"{recipe.name} has no envelope for {', '.join(request.regions)}")
    changes: dict[str, Any] = {}
    if request.background is not None:
        changes["background"] = Background(kind=request.background.value)
    if request.statistic is not None:
        changes["statistic"] = request.statistic.value
    return [e.model_copy(update=changes) for e in envelopes]


# --- from species of the library ------------------------------------------------------------------


def _species_envelopes_of_file(
    request: Request, reading: Reading, spectra: Sequence[xr.Dataset], registry: Registry
) -> list[Envelope]:
    from xps.sample import elements_in

    return species_envelopes(
        registry,
        request.regions or _regions_with(reading, registry, request.species),
        request.species,
        elements=request.elements or elements_in(spectra),
        background=request.background,
        statistic=request.statistic,
    )


def _regions_with(reading: Reading, registry: Registry, keys: Iterable[str]) -> list[str]:
    """Core levels of the file on which the species have lines."""
    from xps.sample import RegionError, find_region

    found: list[str] = []
    for key in keys:
        for line in registry.species(key).lines:
            if line.core_level in found:
                continue
            try:
                find_region(reading.spectra, line.core_level)
            except RegionError:
                continue
            found.append(line.core_level)
    if not found:
        there = ", ".join(dict.fromkeys(str(s.attrs.get("region", "?")) for s in reading.spectra))
        raise RegionError(
            f"no region of {Path(reading.path).name} is a core level of {', '.join(keys)}; "
            f'it holds {there}: say which one it is with --region "S 2p"'
        )
    return found


def species_envelopes(
    registry: Registry,
    regions: Iterable[str],
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
    regions : iterable of str
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

    known = [registry.species(key).key for key in keys]
    envelopes: list[Envelope] = []
    placed: set[str] = set()
    for core_level in dict.fromkeys(registry.core_level(region).symbol for region in regions):
        there = {line.species for line in registry.lines(core_level)}
        here = [key for key in known if key in there]
        placed.update(here)
        if not here:
            raise EnvelopeError(
                f"none of {', '.join(keys)} has a line on {core_level}; the library has "
                f"{', '.join(sorted(there))}"
            )
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


def _background(kind: BackgroundKind | None) -> Any:
    """None is the level's own default: Shirley, which slopes under a wide doublet."""
    from xps.envelope import Background

    if kind is None or kind is BackgroundKind.shirley:
        return None
    return Background(kind=kind.value)  # pyright: ignore[reportArgumentType]


# --- from CasaXPS ---------------------------------------------------------------------------------


def _casaxps_jobs(request: Request, reading: Reading, spectra: Sequence[xr.Dataset]) -> list[Job]:
    from xps.casaxps import take_over
    from xps.sample import RegionError

    found: list[Job] = []
    for spectrum, casa in zip(reading.spectra, reading.casa, strict=True):
        if casa is None or not casa.components or not any(spectrum is s for s in spectra):
            continue
        for calibrated, envelope in take_over(spectrum, casa):
            wanted = any(envelope.region.startswith(region) for region in request.regions)
            if request.regions and not wanted:
                continue
            update = {} if request.statistic is None else {"statistic": request.statistic.value}
            found.append((calibrated, envelope.model_copy(update=update)))
    if not found:
        sample = f" of sample {request.sample!r}" if request.sample else ""
        regions = f" for {', '.join(request.regions)}" if request.regions else ""
        raise RegionError(
            f"{Path(reading.path).name} holds no CasaXPS fit{sample}{regions}; "
            "fit it with --species or --recipe"
        )
    return found


def casaxps_notes(reading: Reading, fitted: Iterable[Job]) -> tuple[Finding, ...]:
    """What of CasaXPS's fits could only be approximated, for the blocks that were fitted."""
    from xps.casaxps import shape_notes

    blocks = {(s.attrs.get("sample"), s.attrs.get("block")) for s, _ in fitted}
    return tuple(
        note
        for spectrum, casa in zip(reading.spectra, reading.casa, strict=True)
        if casa and (spectrum.attrs.get("sample"), spectrum.attrs.get("block")) in blocks
        for note in shape_notes(
            casa, f"{spectrum.attrs.get('sample', '')} {spectrum.attrs['region']}"
        )
    )


# --- the energy scale -----------------------------------------------------------------------------


def _calibrated(
    request: Request, found: list[Job], spectra: Sequence[xr.Dataset], registry: Registry
) -> list[Job]:
    import xps

    if request.charge_shift is not None:
        known = xps.by_shift(request.charge_shift)
        return [(xps.calibrate(s, known), e) for s, e in found]
    if not request.charge_reference:
        return found
    references = _references(request.charge_reference, found, spectra, registry)
    return [(xps.calibrate(s, references[str(s.attrs.get("sample", ""))]), e) for s, e in found]


def _references(
    text: str, found: list[Job], spectra: Sequence[xr.Dataset], registry: Registry
) -> dict[str, ChargeReference]:
    """Fit the reference line of each sample that has a job."""
    from xps.charge import reference_line
    from xps.sample import find_region

    level, _, species = (part.strip() for part in text.partition(":"))
    if not species:
        raise InputError(
            f'--charge-reference {text!r}: expected LEVEL:SPECIES, for instance "C 1s:C-C"'
        )
    return {
        name: reference_line(find_region(spectra, level, sample=name)[0], level, species, registry)
        for name in dict.fromkeys(str(s.attrs.get("sample", "")) for s, _ in found)
    }
