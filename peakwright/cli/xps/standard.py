"""``peakwright xps standard``: shapes and widths of known materials, for later fits."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...jobs.xps.request import Request, work_of
from ..console import ExitCode, emit_json, progress, say
from .options import (
    BackgroundOption,
    JsonOption,
    LibraryOption,
    ReferenceOption,
    RegionOption,
    SampleOption,
    SeedOption,
    ShiftOption,
    SpeciesOption,
    listed,
)
from .tables import show_fits

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry
    from xps.io import Reading
    from xps.result import Fit
    from xps.standard import MeasuredStandard

__all__ = ["standard"]

FilesArgument = Annotated[
    list[Path], typer.Argument(help="Spectra of known materials: VAMAS or text.")
]
OwnRecipe = Annotated[
    Path | None, typer.Option("--recipe", help="Recipe file (TOML), in place of --species.")
]
LibraryOut = Annotated[
    Path | None, typer.Option("--out", help="Library file to write (default: to the screen).")
]


def standard(
    files: FilesArgument,
    *,
    species: SpeciesOption = "",
    recipe: OwnRecipe = None,
    region: RegionOption = [],  # noqa: B006 - typer makes a new one at each call
    sample: SampleOption = "",
    background: BackgroundOption = None,
    charge_shift: ShiftOption = None,
    charge_reference: ReferenceOption = "",
    out: LibraryOut = None,
    library: LibraryOption = None,
    seed: SeedOption = 0,
    json: JsonOption = False,
) -> None:
    """Fit spectra of known materials: their shapes and widths as a library for later fits."""
    import xps
    from peakwright.store import result_document
    from references import load
    from references.files import write_atomic
    from xps.recipe import read_recipe
    from xps.standard import library_text

    if out is not None:
        _check_new(out)
    registry = load(*(library or []))
    told = None if recipe is None else read_recipe(recipe)
    found: list[MeasuredStandard] = []
    fits: list[Fit] = []
    inputs: list[dict[str, str]] = []
    with progress(f"fitting {', '.join(file.name for file in files)}") as advance:
        for number, file in enumerate(files, start=1):
            reading = xps.read(file)
            inputs.append({"path": file.name, "sha256": reading.sha256})
            request = Request(
                sample=sample,
                regions=_regions(region, reading, listed(species), registry),
                species=_of_file(listed(species), reading, registry, file.name),
                recipe=told,
                recipe_file=recipe,
                background=background,
                charge_shift=charge_shift,
                charge_reference=charge_reference,
            )
            for spectrum, envelope in work_of(request, reading, registry).jobs:
                advance(f"{file.name}, {envelope.region}")
                fit = xps.fit(spectrum, envelope, registry=registry, seed=seed)
                fits.append(fit)
                found += _measured(spectrum, fit, file, reading, number)
    text = library_text(found, day=datetime.now(UTC).date().isoformat())
    if out is not None:
        write_atomic(out, text.encode())
    if json:
        emit_json(
            result_document(
                "peakwright.xps.standard/1",
                inputs,
                registry,
                fits=[fit.to_dict() for fit in fits],
                standards=[asdict(it) for it in found],
                library=text,
            )
        )
    else:
        _hand_over(found, fits, text, out)
    raise typer.Exit(ExitCode.CLEAN)


def _check_new(out: Path) -> None:
    """Refuse to write over a library: it may hold entries made by hand."""
    from references.files import DataFileError

    if out.exists():
        raise DataFileError(
            out,
            "is there already, and a library is not written over",
            action="give another name, and --library both of them to a fit",
        )


def _of_file(
    keys: Sequence[str], reading: Reading, registry: Registry, name: str
) -> tuple[str, ...]:
    """Those of the species, parts in place of a phase, that a file shows."""
    from references.words import InputError

    if not keys:
        return ()
    levels = _levels_in(reading, registry)
    shown = [part for key in keys for level in levels for part in registry.parts(key, level)]
    if not shown:
        raise InputError(
            f"no region of {name} is a core level of {', '.join(keys)}; it shows "
            f"{', '.join(levels) or 'no named level'}: name species that it holds"
        )
    return tuple(dict.fromkeys(shown))


def _regions(
    asked: Sequence[str], reading: Reading, keys: Sequence[str], registry: Registry
) -> tuple[str, ...]:
    """The regions asked for that a file has; without any, those on which a phase's parts show."""
    if asked or not keys:
        return tuple(asked)
    return tuple(
        level
        for level in _levels_in(reading, registry)
        if any(registry.parts(key, level) for key in keys)
    )


def _levels_in(reading: Reading, registry: Registry) -> list[str]:
    from xps.sample import RegionError, find_region

    found: list[str] = []
    for level in registry.core_levels:
        try:
            named = find_region(reading.spectra, level.symbol)
        except RegionError:
            continue
        if any(spectrum.attrs.get("region") for spectrum in named):
            found.append(level.symbol)
    return found


def _measured(
    spectrum: xr.Dataset, fit: Fit, file: Path, reading: Reading, number: int
) -> tuple[MeasuredStandard, ...]:
    from peakwright import __version__
    from peakwright.store import file_stem
    from xps.standard import standards_of

    labels = (str(spectrum.attrs.get(name, "")) for name in ("instrument", "pass_energy"))
    instrument, pass_energy = labels
    told = [
        f"{file.name}, sha256 {reading.sha256}",
        f"{fit.region} of {fit.sample!r}" if fit.sample else fit.region,
        instrument,
        f"pass energy {pass_energy}" if pass_energy else "",
        f"fitted by peakwright {__version__}",
    ]
    return standards_of(
        spectrum,
        fit,
        source=f"standard-{number}-{file_stem(file.stem)}-{file_stem(fit.region)}",
        citation="; ".join(part for part in told if part),
    )


def _hand_over(
    found: Sequence[MeasuredStandard], fits: Sequence[Fit], text: str, out: Path | None
) -> None:
    """Print the library, or say what was written where."""
    if out is None:
        typer.echo(text, nl=False)
        return
    show_fits(fits)
    lines = ", ".join(f"{it.species} ({it.core_level})" for it in found)
    say(f"written to {out}: {lines}; give it to a fit with --library {out}")
