"""What to fit: a request becomes spectra on their energy scale, each with its recipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from references.words import InputError

from .envelopes import changed, of_regions, recipe_envelopes, species_envelopes
from .scale import referenced, shifted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import xarray as xr

    from references.registry import Registry
    from references.words import Finding
    from xps.envelope import Envelope
    from xps.io import Reading

    from .options import BackgroundKind, Statistic

    Job = tuple[xr.Dataset, Envelope]

__all__ = ["Request", "casaxps_notes", "jobs"]

WIDEST_REGION = 100.0
"""A spectrum wider than this [eV] is a survey, not a region of one core level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line asked for; nothing of it has been looked up yet.

    Raises
    ------
    InputError
        If two of its parts contradict each other.
    """

    sample: str = ""
    spectrum: int | None = None
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
        """Refuse what contradicts itself."""
        if (self.recipe is not None) + self.from_casaxps + bool(self.species) != 1:
            raise InputError(
                "say what to fit in one way: --species PS4,Li2S with --region, or --recipe FILE, "
                "or --from-casaxps"
            )
        referred = self.charge_shift is not None or bool(self.charge_reference)
        if self.charge_shift is not None and self.charge_reference:
            raise InputError("give --charge-shift or --charge-reference, not both")
        if self.from_casaxps and referred:
            raise InputError(
                "--from-casaxps takes over CasaXPS's energy scale together with its fit; leave "
                "out --charge-shift and --charge-reference, or fit with --recipe instead"
            )


def jobs(request: Request, reading: Reading, registry: Registry) -> list[Job]:
    """Give each spectrum to fit, on its energy scale, with its recipe.

    Raises
    ------
    InputError, DataFileError
        If the file, the recipe or the library has not what was asked for.
    """
    spectra = _chosen(request, reading)
    if request.from_casaxps:
        return _casaxps_jobs(request, reading, spectra)
    if request.recipe is not None:
        envelopes = [
            changed(
                envelope,
                background=request.background,
                statistic=request.statistic,
                elements=request.elements,
            )
            for envelope in recipe_envelopes(request.recipe, request.regions)
        ]
    else:
        envelopes = _library_envelopes(request, reading, spectra, registry)
    found = [(s, e) for e in envelopes for s in _of_region(spectra, e.region, registry)]
    if request.charge_shift is not None:
        return shifted(found, request.charge_shift)
    if request.charge_reference:
        return referenced(found, reading.spectra, request.charge_reference, registry)
    return found


# --- which spectra --------------------------------------------------------------------------------


def _chosen(request: Request, reading: Reading) -> list[xr.Dataset]:
    """The spectra of the sample, or the one of the number, that was asked for."""
    from xps.sample import RegionError

    name = Path(reading.path).name
    spectra = list(reading.spectra)
    if request.spectrum is not None:
        if request.spectrum >= len(spectra):
            last = f"0 to {len(spectra) - 1}" if len(spectra) > 1 else "only 0"
            raise RegionError(
                f"no spectrum {request.spectrum} in {name}; it has {last}, "
                "see `peakwright xps inspect`"
            )
        spectra = [spectra[request.spectrum]]
    chosen = [s for s in spectra if not request.sample or _sample(s) == request.sample]
    if not chosen:
        there = ", ".join(dict.fromkeys(repr(_sample(s)) for s in spectra if _sample(s)))
        raise RegionError(
            f"no sample {request.sample!r} in {name}; it holds {there or 'no named sample'}"
        )
    return chosen


def _sample(spectrum: xr.Dataset) -> str:
    return str(spectrum.attrs.get("sample", ""))


def _of_region(
    spectra: Sequence[xr.Dataset], core_level: str, registry: Registry
) -> tuple[xr.Dataset, ...]:
    """The spectra of a core level; a single one that names no level is the one that is meant."""
    from xps.sample import RegionError, find_region

    if len(spectra) == 1 and not _label(spectra[0]):
        return (_the_one_that_is_meant(spectra[0], core_level),)
    try:
        return find_region(spectra, core_level)
    except RegionError:
        levels = {_squeezed(level.symbol) for level in registry.core_levels}
        if any(_names_a_level(spectrum, levels) for spectrum in spectra):
            raise
        if len(spectra) == 1:
            return (_the_one_that_is_meant(spectra[0], core_level),)
        there = ", ".join(dict.fromkeys(_label(spectrum) or "no name" for spectrum in spectra))
        raise RegionError(
            f"no region of the file names a core level (it holds {there}), so none is known to be "
            f"{core_level!r}; choose one with --spectrum, by its number in `peakwright xps inspect`"
        ) from None


def _label(spectrum: xr.Dataset) -> str:
    return str(spectrum.attrs.get("region", ""))


def _squeezed(label: str) -> str:
    return "".join(label.split()).lower()


def _names_a_level(spectrum: xr.Dataset, levels: Iterable[str]) -> bool:
    """Whether a label begins with a core level of the library, blanks and case aside."""
    label = _squeezed(_label(spectrum))
    return any(label.startswith(level) for level in levels)


def _the_one_that_is_meant(spectrum: xr.Dataset, core_level: str) -> xr.Dataset:
    """A spectrum that names no level may be any, but no level is as wide as a survey."""
    from xps.sample import RegionError

    energy = spectrum["binding_energy"].values
    width = float(energy[-1] - energy[0])
    if width > WIDEST_REGION:
        raise RegionError(
            f"no region {core_level!r} in the file; its one spectrum is {width:g} eV wide, a "
            f"survey: give the part around {core_level} alone"
        )
    return spectrum


# --- which recipe ---------------------------------------------------------------------------------


def _library_envelopes(
    request: Request, reading: Reading, spectra: Sequence[xr.Dataset], registry: Registry
) -> list[Envelope]:
    from xps.sample import elements_in

    same_sample = [s for s in reading.spectra if _sample(s) in {_sample(t) for t in spectra}]
    return species_envelopes(
        registry,
        request.regions or _regions_with(reading, spectra, registry, request.species),
        request.species,
        elements=request.elements or elements_in(same_sample),
        background=request.background,
        statistic=request.statistic,
    )


def _regions_with(
    reading: Reading, spectra: Sequence[xr.Dataset], registry: Registry, keys: Iterable[str]
) -> list[str]:
    """Core levels of the file on which the species have lines."""
    from xps.sample import RegionError, find_region

    found: list[str] = []
    for key in keys:
        for line in registry.species(key).lines:
            if line.core_level in found:
                continue
            try:
                find_region(spectra, line.core_level)
            except RegionError:
                continue
            found.append(line.core_level)
    if not found:
        names = dict.fromkeys(str(s.attrs.get("region", "")) or "no named region" for s in spectra)
        raise RegionError(
            f"no region of {Path(reading.path).name} is a core level of {', '.join(keys)}; "
            f'it holds {", ".join(names)}: say which one it is with --region "S 2p"'
        )
    return found


# --- from CasaXPS ---------------------------------------------------------------------------------


def _casaxps_jobs(request: Request, reading: Reading, spectra: Sequence[xr.Dataset]) -> list[Job]:
    from xps.casaxps import take_over
    from xps.sample import RegionError

    name = Path(reading.path).name
    found: list[Job] = []
    for spectrum, casa in zip(reading.spectra, reading.casa, strict=True):
        if casa is not None and casa.components and any(spectrum is s for s in spectra):
            found += take_over(spectrum, casa)
    if not found:
        sample = f" of sample {request.sample!r}" if request.sample else ""
        raise RegionError(f"{name} holds no CasaXPS fit{sample}; fit it with --species or --recipe")
    wanted = of_regions([e for _, e in found], request.regions, f"CasaXPS's fit in {name}")
    return [
        (
            spectrum,
            changed(
                envelope,
                background=request.background,
                statistic=request.statistic,
                elements=request.elements,
            ),
        )
        for spectrum, envelope in found
        if any(envelope is e for e in wanted)
    ]


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
