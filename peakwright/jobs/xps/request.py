"""What to fit: a request becomes spectra on their energy scale, each with its recipe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from references.words import InputError

from .envelopes import changed, of_regions, species_envelopes
from .scale import by_recipe, overridden, referenced, scale_of, shifted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import xarray as xr

    from references.registry import Registry
    from references.words import Finding
    from xps.envelope import Envelope
    from xps.io import Reading
    from xps.recipe import Charge, Recipe

    from .choices import BackgroundKind, Statistic

    Job = tuple[xr.Dataset, Envelope]

__all__ = ["Request", "Work", "work_of"]

LARGEST_SHIFT = 10_000.0
"""No charge shift reaches this [eV]."""

WIDEST_REGION = 100.0
"""A spectrum wider than this [eV] is a survey, not a region of one core level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for; nothing of it has been looked up yet.

    ``recipe_file`` is where the recipe was read from, if it was.

    Raises
    ------
    InputError
        If two of its parts contradict each other.
    """

    sample: str = ""
    spectrum: int | None = None
    regions: tuple[str, ...] = ()
    species: tuple[str, ...] = ()
    recipe: Recipe | None = None
    recipe_file: Path | None = None
    from_casaxps: bool = False
    elements: tuple[str, ...] = ()
    background: BackgroundKind | None = None
    statistic: Statistic | None = None
    charge_shift: float | None = None
    charge_reference: str = ""
    limit: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if (self.recipe is not None) + self.from_casaxps + bool(self.species) != 1:
            raise InputError(
                "say what to fit in one way: --species PS4,Li2S with --region, or --recipe FILE, "
                "or --from-casaxps"
            )
        referred = self.charge_shift is not None or bool(self.charge_reference)
        if self.charge_shift is not None and not abs(self.charge_shift) <= LARGEST_SHIFT:
            raise InputError(
                f"--charge-shift is {self.charge_shift:g}; give a number in eV, up to "
                f"{LARGEST_SHIFT:g}, for instance --charge-shift -0.4"
            )
        if self.charge_shift is not None and self.charge_reference:
            raise InputError("give --charge-shift or --charge-reference, not both")
        if self.from_casaxps and self.limit:
            raise InputError(
                "--limit adds species to a fit, and --from-casaxps takes CasaXPS's as it is; write "
                "it with --out, and fit its recipe.toml with --limit"
            )
        if self.from_casaxps and referred:
            raise InputError(
                "--from-casaxps takes over CasaXPS's energy scale together with its fit; leave "
                "out --charge-shift and --charge-reference, or fit with --recipe instead"
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Work:
    """What is to be fitted.

    Parameters
    ----------
    jobs : tuple of (Dataset, Envelope)
        Each spectrum on its energy scale, with its recipe.
    charge : tuple of Charge
        How that scale is found again.
    notes : tuple of Finding
        What was skipped, changed or taken over only nearly.
    """

    jobs: tuple[Job, ...]
    charge: tuple[Charge, ...] = ()
    notes: tuple[Finding, ...] = ()


def work_of(request: Request, reading: Reading, registry: Registry) -> Work:
    """Give each spectrum to fit, on its energy scale, with its recipe.

    Raises
    ------
    InputError, DataFileError
        If the file, the recipe or the library has not what was asked for.
    """
    from xps.detection import check_in_sight
    from xps.envelope import check_places
    from xps.rules.level_name import named_by_energy

    found = _asked(request, reading, registry)
    jobs: list[Job] = []
    notes = list(found.notes)
    for spectrum, given in found.jobs:
        envelope, said = named_by_energy(given, registry)
        notes += said
        energy = spectrum["binding_energy"].values + float(spectrum["charge_shift"])
        ends = float(energy[0]), float(energy[-1])
        check_places(envelope, ends)
        check_in_sight(envelope, registry, request.limit, ends)
        jobs.append((spectrum, envelope))
    return replace(found, jobs=tuple(jobs), notes=tuple(notes))


def _asked(request: Request, reading: Reading, registry: Registry) -> Work:
    spectra = _chosen(request, reading)
    if request.from_casaxps:
        return _from_casaxps(request, reading, spectra, registry)
    recipe = request.recipe
    if recipe is not None:
        envelopes = _recipe_envelopes(request, recipe, registry)
    else:
        envelopes = _library_envelopes(request, reading, spectra, registry)
    found = _matched(request, envelopes, spectra, registry)
    return _scaled(request, found, reading, recipe, registry)


def _recipe_envelopes(request: Request, recipe: Recipe, registry: Registry) -> list[Envelope]:
    from xps.envelope import with_species

    where = "the recipe" if request.recipe_file is None else request.recipe_file.name
    chosen = of_regions(list(recipe.envelopes), request.regions, where)
    found = [with_species(_changed(request, e), registry, request.limit) for e in chosen]
    there = {component.species for envelope in found for component in envelope.components}
    if lacking := [key for key in request.limit if registry.species(key).key not in there]:
        raise InputError(
            f"{', '.join(lacking)} of --limit has no line on a level of the recipe "
            f"({', '.join(dict.fromkeys(e.region for e in found))}); add an envelope for its region"
        )
    return found


def _changed(request: Request, envelope: Envelope) -> Envelope:
    return changed(
        envelope,
        background=request.background,
        statistic=request.statistic,
        elements=request.elements,
    )


def _matched(
    request: Request,
    envelopes: Sequence[Envelope],
    spectra: Sequence[xr.Dataset],
    registry: Registry,
) -> list[Job]:
    """Each envelope with the spectra of its sample and region."""
    from xps.sample import RegionError

    found: list[Job] = []
    for envelope in envelopes:
        mine = [s for s in spectra if envelope.sample in {"", _sample(s)}]
        if mine:
            found += [(s, envelope) for s in _of_region(mine, envelope.region, registry)]
        elif not request.sample and request.spectrum is None:
            there = ", ".join(dict.fromkeys(repr(_sample(s)) for s in spectra))
            raise RegionError(
                f"the recipe's {envelope.region} is for sample {envelope.sample!r}; the file "
                f"holds {there}: change the recipe's sample, or leave it out for any"
            )
    if not found:
        raise RegionError(
            f"the recipe has no envelope for sample {request.sample or _sample(spectra[0])!r}; it "
            f"has some for {', '.join(dict.fromkeys(repr(e.sample) for e in envelopes))}"
        )
    return found


def _scaled(
    request: Request,
    found: list[Job],
    reading: Reading,
    recipe: Recipe | None,
    registry: Registry,
) -> Work:
    """Put the jobs on the scale that an option declares, or else the recipe."""
    from xps.recipe import Charge

    if request.charge_shift is not None:
        notes = overridden(recipe, "--charge-shift")
        charge = (Charge(shift=request.charge_shift),)
        return Work(jobs=tuple(shifted(found, request.charge_shift)), charge=charge, notes=notes)
    if request.charge_reference:
        notes = overridden(recipe, "--charge-reference")
        jobs = referenced(found, reading.spectra, request.charge_reference, registry)
        return Work(jobs=tuple(jobs), charge=(Charge(line=request.charge_reference),), notes=notes)
    if recipe is None:
        return Work(jobs=tuple(found))
    jobs = by_recipe(found, reading.spectra, recipe, registry)
    return Work(jobs=tuple(jobs), charge=recipe.charge)


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
    keys = (*request.species, *request.limit)
    return species_envelopes(
        registry,
        request.regions or _regions_with(reading, spectra, registry, keys),
        keys,
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


def _from_casaxps(
    request: Request, reading: Reading, spectra: Sequence[xr.Dataset], registry: Registry
) -> Work:
    from xps.casaxps import take_over_block
    from xps.sample import RegionError

    name = Path(reading.path).name
    found: list[Job] = []
    notes: list[Finding] = []
    for spectrum, casa in zip(reading.spectra, reading.casa, strict=True):
        if casa is not None and casa.components and any(spectrum is s for s in spectra):
            taken, said = take_over_block(spectrum, casa, registry)
            found += taken
            notes += said
    if not found:
        sample = f" of sample {request.sample!r}" if request.sample else ""
        why = f" that can be taken over: {notes[0].subject}: {notes[0].message}" if notes else ""
        raise RegionError(
            f"{name} holds no CasaXPS fit{sample}{why}; fit it with --species or --recipe"
        )
    several = len({_sample(spectrum) for spectrum in reading.spectra}) > 1
    wanted = of_regions([e for _, e in found], request.regions, f"CasaXPS's fit in {name}")
    jobs = [
        (spectrum, _for_sample(_changed(request, envelope), _sample(spectrum) if several else ""))
        for spectrum, envelope in found
        if any(envelope is e for e in wanted)
    ]
    return Work(jobs=tuple(jobs), charge=scale_of(jobs), notes=tuple(notes))


def _for_sample(envelope: Envelope, sample: str) -> Envelope:
    """CasaXPS's fit is of one spectrum: written down, it must not reach another sample's."""
    return envelope.model_copy(update={"sample": sample}) if sample else envelope
