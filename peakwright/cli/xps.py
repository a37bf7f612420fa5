"""``peakwright xps``: inspect a file, fit its regions, print a recipe."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from references.words import InputError

from .console import ExitCode, emit_json, out_console, progress

if TYPE_CHECKING:
    import xarray as xr

    from references.registry import Registry
    from references.words import Finding, Row
    from xps.envelope import Envelope
    from xps.fit import Fit
    from xps.io import Reading

app = typer.Typer(no_args_is_help=True, help="XPS: spectra, envelope fits, species fractions.")


class Basis(StrEnum):
    """What fractions are fractions of."""

    within_level = "within_level"
    area_levels = "area_levels"
    atomic = "atomic"
    atomic_all = "atomic_all"


class Statistic(StrEnum):
    """The objective of a fit."""

    poisson = "poisson"
    sqrt_counts = "sqrt_counts"
    unweighted = "unweighted"


class Intervals(StrEnum):
    """How intervals are made."""

    auto = "auto"
    covariance = "covariance"
    profile = "profile"


class BackgroundKind(StrEnum):
    """What the background is made of."""

    shirley = "shirley"
    tougaard = "tougaard"
    linear = "linear"
    constant = "constant"


FileArgument = Annotated[Path, typer.Argument(help="VAMAS (.vms, .npl) or text file.")]
JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")
]
LibraryOption = Annotated[
    list[Path] | None, typer.Option("--library", help="Your own library file (TOML); repeatable.")
]


@app.command()
def inspect(file: FileArgument, *, json: JsonOption = False) -> None:
    """Say what a file holds: samples, regions, axes, counts, and fits of other programs."""
    import xps

    reading = xps.read(file)
    if json:
        emit_json(_inspection(reading))
        return
    out_console.print(
        f"{file.name}: {len(reading.spectra)} spectra ({reading.format})", markup=False
    )
    rows = _inspection(reading)["spectra"]
    for sample in dict.fromkeys(row["sample"] for row in rows):
        mine = [row for row in rows if row["sample"] == sample]
        photons = ", ".join(dict.fromkeys(_shown(r["photon_energy_eV"], ".2f") for r in mine))
        table = Table(title=f"{sample} (hν {photons} eV)".strip(), title_justify="left")
        table.add_column("#", justify="right", min_width=2)
        table.add_column("region", overflow="fold", min_width=7)
        for column in ("energy / eV", "points", "time / s", "largest", "ordinate", "fit"):
            table.add_column(column, justify="right", overflow="fold")
        for row in mine:
            low, high = row["energy_eV"]
            table.add_row(
                str(row["index"]),
                row["region"],
                f"{low:.1f} .. {high:.1f}",
                str(row["points"]),
                _shown(row["acquisition_time_s"], ".3g"),
                f"{row['largest']:.4g}",
                row["ordinate"],
                f"CasaXPS, {row['casa_components']}" if row["casa_components"] else "-",
            )
        out_console.print(table)
    for skipped in reading.skipped:
        out_console.print(f"skipped: {skipped}", markup=False)
    for note in reading.notes:
        out_console.print(f"{note.severity}: {note.subject}: {note.message}", markup=False)


def _inspection(reading: Reading) -> dict[str, Any]:
    from xps.spectrum import acquisition_time

    rows: list[dict[str, Any]] = []
    for index, (spectrum, casa) in enumerate(zip(reading.spectra, reading.casa, strict=True)):
        energy = spectrum["binding_energy"].values
        name = "counts" if "counts" in spectrum else "intensity"
        rows.append(
            {
                "index": index,
                "sample": str(spectrum.attrs.get("sample", "")),
                "region": str(spectrum.attrs.get("region", "")),
                "technique": str(spectrum.attrs.get("technique", "")),
                "energy_eV": [float(energy[0]), float(energy[-1])],
                "points": int(energy.size),
                "step_eV": float((energy[-1] - energy[0]) / max(energy.size - 1, 1)),
                "photon_energy_eV": _number(spectrum.coords.get("photon_energy", math.nan)),
                "acquisition_time_s": _number(acquisition_time(spectrum)),
                "ordinate": str(spectrum[name].attrs.get("units", name)),
                "largest": float(spectrum[name].max()),
                "casa_regions": len(casa.regions) if casa else 0,
                "casa_components": len(casa.components) if casa else 0,
            }
        )
    return {
        "schema": "peakwright.xps.inspect/1",
        "inputs": [{"path": Path(reading.path).name, "sha256": reading.sha256}],
        "format": reading.format,
        "spectra": rows,
        "skipped": list(reading.skipped),
        "findings": [note.to_dict() for note in reading.notes],
    }


@app.command()
def recipe(
    *,
    region: Annotated[list[str], typer.Option(help='Core level, for instance "S 2p"; repeatable.')],
    species: Annotated[str, typer.Option(help="Species of the library, comma-separated.")],
    elements: Annotated[str, typer.Option(help="Elements in the sample, comma-separated.")] = "",
    background: Annotated[BackgroundKind, typer.Option()] = BackgroundKind.shirley,
    statistic: Annotated[Statistic, typer.Option()] = Statistic.poisson,
    library: LibraryOption = None,
) -> None:
    """Print a recipe (TOML) to edit and give to `fit --recipe`."""
    from references import load
    from xps.envelope import Recipe, to_toml

    registry = load(*(library or []))
    envelopes = _default_envelopes(
        registry, region, _split(species), _split(elements), background.value, statistic.value
    )
    typer.echo(to_toml(Recipe(envelopes=tuple(envelopes))), nl=False)


@app.command()
def fit(
    file: FileArgument,
    *,
    sample: Annotated[str, typer.Option(help="Only this sample of the file.")] = "",
    region: Annotated[
        list[str] | None, typer.Option(help='Core level to fit, for instance "S 2p"; repeatable.')
    ] = None,
    species: Annotated[str, typer.Option(help="Species of the library, comma-separated.")] = "",
    recipe: Annotated[Path | None, typer.Option(help="Recipe file (TOML).")] = None,
    from_casaxps: Annotated[
        bool, typer.Option("--from-casaxps", help="Take over the CasaXPS fits in the file.")
    ] = False,
    elements: Annotated[
        str, typer.Option(help="Elements in the sample, comma-separated (default: by the regions).")
    ] = "",
    basis: Annotated[Basis, typer.Option(help="Basis of the fractions.")] = Basis.within_level,
    denominator: Annotated[
        str,
        typer.Option(help="Elements of the atomic basis, comma-separated (default: all fitted)."),
    ] = "",
    sensitivity_set: Annotated[str, typer.Option(help="Sensitivity factors.")] = "scofield_al",
    intervals: Annotated[Intervals, typer.Option()] = Intervals.auto,
    background: Annotated[BackgroundKind | None, typer.Option()] = None,
    statistic: Annotated[Statistic | None, typer.Option()] = None,
    charge_shift: Annotated[
        float | None, typer.Option(help="Add this to the stored binding energies [eV].")
    ] = None,
    charge_reference: Annotated[
        str, typer.Option(help='Line to put at its known energy, for instance "C 1s:C-C".')
    ] = "",
    split: Annotated[
        bool,
        typer.Option(
            "--split", help="Split LiCl and Li2S from the lattice's share, by subtraction."
        ),
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for tables, figures and recipe.")] = None,
    library: LibraryOption = None,
    seed: Annotated[int, typer.Option(help="Seed of the starts.")] = 0,
    json: JsonOption = False,
) -> None:
    """Fit regions of a file: lines, species fractions with uncertainties, findings."""
    import xps
    from references import load
    from xps.envelope import Recipe
    from xps.sample import elements_in

    if (recipe is not None) + from_casaxps + bool(species) != 1:
        raise InputError(
            "say what to fit in one way: --species PS4,Li2S with --region, or --recipe FILE, or "
            "--from-casaxps"
        )
    if charge_shift is not None and charge_reference:
        raise InputError("give --charge-shift or --charge-reference, not both")
    registry = load(*(library or []))
    reading = xps.read(file)
    spectra = _chosen(reading, sample)
    present = _split(elements) or list(elements_in(spectra))
    envelopes = _requested(
        reading, registry, region, species, recipe, present, background, statistic
    )
    jobs = _jobs(reading, spectra, envelopes, from_casaxps, region, statistic, sample)
    jobs = _calibrated(jobs, spectra, registry, charge_shift, charge_reference)
    with progress(f"fitting {file.name}", total=len(jobs)) as advance:
        fits = _fit_all(jobs, registry, intervals.value, seed, advance)
    rows = _fractions(fits, registry, basis, denominator, sensitivity_set)
    if split:
        rows += _splits(rows)
    different = [f.envelope for i, f in enumerate(fits) if f.envelope not in _envelopes(fits[:i])]
    used = Recipe(envelopes=tuple(different))
    notes = list(reading.notes)
    if from_casaxps:
        notes += _casaxps_notes(reading, jobs)
    deliver(file.name, reading.sha256, fits, rows, used, registry, out=out, json=json, notes=notes)
    raise typer.Exit(exit_code(fits))


def _envelopes(fits: list[Fit]) -> list[Envelope]:
    return [f.envelope for f in fits]


def exit_code(fits: list[Fit]) -> ExitCode:
    """0 clean, 1 with error findings, 3 where no fit converged."""
    if not any(f.assessment == "converged" for f in fits):
        return ExitCode.UNDECIDABLE
    errors = any(finding.severity == "error" for f in fits for finding in f.findings)
    unfinished = any(f.assessment != "converged" for f in fits)
    return ExitCode.FINDINGS if errors or unfinished else ExitCode.CLEAN


def deliver(
    name: str,
    sha256: str,
    fits: list[Fit],
    rows: list[Row],
    used: Any,
    registry: Registry,
    *,
    out: Path | None,
    json: bool,
    notes: list[Finding],
    caption: str = "",
) -> tuple[Path, ...]:
    """Print a fit as tables or JSON and write its folder; give the files written."""
    from peakwright.store import result_document, write_results
    from xps.envelope import to_toml
    from xps.plot import figure, overview, rendered
    from xps.quantify import row_dict

    toml = to_toml(used)
    document = result_document(
        "peakwright.xps.fit/1",
        [{"path": name, "sha256": sha256}],
        registry,
        fits=[fit.to_dict() for fit in fits],
        fractions=[row_dict(row) for row in rows],
        findings=[note.to_dict() for note in notes],
        recipe=used.model_dump(mode="json", by_alias=True),
    )
    written: tuple[Path, ...] = ()
    if out is not None:
        figures: dict[str, bytes] = {}
        for fit in fits:
            drawn = figure(fit, note=caption)
            for kind in ("svg", "png"):
                figures[f"{_file_stem(fit, fits)}.{kind}"] = rendered(drawn, kind)
        if len(fits) > 1 and len({fit.sample for fit in fits}) == 1:
            drawn = overview(fits, title=fits[0].sample, note=caption)
            for kind in ("svg", "png"):
                figures[f"overview.{kind}"] = rendered(drawn, kind)
        all_rows = [row for fit in fits for row in fit.rows()]
        all_rows += [row for row in rows if row not in all_rows]
        written = write_results(out, document, all_rows, toml, figures)
    if json:
        emit_json(document)
    else:
        for note in notes:
            _print_finding(note)
        _print(fits, rows)
        if written:
            out_console.print(
                f"\nwritten to {out}: {', '.join(p.name for p in written)}", markup=False
            )
    return written


# --- what to fit ----------------------------------------------------------------------------------


def _chosen(reading: Reading, sample: str) -> list[xr.Dataset]:
    from xps.sample import RegionError, samples_in

    chosen = [s for s in reading.spectra if not sample or s.attrs.get("sample") == sample]
    if not chosen:
        there = ", ".join(repr(name) for name in samples_in(reading.spectra))
        raise RegionError(f"no sample {sample!r} in {Path(reading.path).name}; it holds {there}")
    return chosen


def _requested(
    reading: Reading,
    registry: Registry,
    region: list[str] | None,
    species: str,
    recipe: Path | None,
    elements: list[str],
    background: BackgroundKind | None,
    statistic: Statistic | None,
) -> list[Envelope]:
    """Envelopes from a recipe or from species; none where CasaXPS's fits are taken over."""
    from xps.envelope import Background, read_recipe
    from xps.sample import RegionError

    if recipe is not None:
        envelopes = list(read_recipe(recipe).envelopes)
        if region:
            envelopes = [e for e in envelopes if e.region in region]
            if not envelopes:
                raise RegionError(f"{recipe.name} has no envelope for {', '.join(region)}")
        changes: dict[str, Any] = {}
        if background is not None:
            changes["background"] = Background(kind=background.value)
        if statistic is not None:
            changes["statistic"] = statistic.value
        return [e.model_copy(update=changes) for e in envelopes]
    if not species:
        return []
    keys = _split(species)
    regions = region or _regions_with(reading, registry, keys)
    return _default_envelopes(
        registry,
        regions,
        keys,
        elements,
        (background or BackgroundKind.shirley).value,
        (statistic or Statistic.poisson).value,
    )


def _regions_with(reading: Reading, registry: Registry, keys: list[str]) -> list[str]:
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


def _default_envelopes(
    registry: Registry,
    regions: list[str],
    keys: list[str],
    elements: list[str],
    background: str,
    statistic: str,
) -> list[Envelope]:
    from xps.envelope import Background, EnvelopeError, default_envelope

    envelopes: list[Envelope] = []
    placed: set[str] = set()
    for core_level in regions:
        there = {line.species for line in registry.lines(registry.core_level(core_level).symbol)}
        here = [registry.species(key).key for key in keys if registry.species(key).key in there]
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
                background=None if background == "shirley" else Background(kind=background),  # pyright: ignore[reportArgumentType]
                statistic=statistic,  # pyright: ignore[reportArgumentType]
            )
        )
    left = [key for key in keys if registry.species(key).key not in placed]
    if left:
        raise EnvelopeError(
            f"{', '.join(left)} has no line on {', '.join(regions)}; add its region with --region"
        )
    return envelopes


def _jobs(
    reading: Reading,
    spectra: list[xr.Dataset],
    envelopes: list[Envelope],
    from_casaxps: bool,  # noqa: FBT001
    region: list[str] | None,
    statistic: Statistic | None,
    sample: str,
) -> list[tuple[xr.Dataset, Envelope]]:
    from xps.sample import RegionError, find_region

    if not from_casaxps:
        return [(s, e) for e in envelopes for s in find_region(spectra, e.region)]
    from xps.casaxps import take_over

    jobs: list[tuple[xr.Dataset, Envelope]] = []
    for spectrum, casa in zip(reading.spectra, reading.casa, strict=True):
        if casa is None or not casa.components or not any(spectrum is s for s in spectra):
            continue
        for calibrated, envelope in take_over(spectrum, casa):
            if region and not any(envelope.region.startswith(r) for r in region):
                continue
            update = {} if statistic is None else {"statistic": statistic.value}
            jobs.append((calibrated, envelope.model_copy(update=update)))
    if not jobs:
        what = f" of sample {sample!r}" if sample else ""
        raise RegionError(
            f"{Path(reading.path).name} holds no CasaXPS fit{what}"
            + (f" for {', '.join(region)}" if region else "")
            + "; fit it with --species or --recipe"
        )
    return jobs


def _casaxps_notes(
    reading: Reading, jobs: list[tuple[xr.Dataset, Envelope]]
) -> tuple[Finding, ...]:
    """What of CasaXPS's fits could only be approximated, for the blocks that were fitted."""
    from xps.casaxps import shape_notes

    fitted = {(s.attrs.get("sample"), s.attrs.get("block")) for s, _ in jobs}
    return tuple(
        note
        for spectrum, casa in zip(reading.spectra, reading.casa, strict=True)
        if casa and (spectrum.attrs.get("sample"), spectrum.attrs.get("block")) in fitted
        for note in shape_notes(
            casa, f"{spectrum.attrs.get('sample', '')} {spectrum.attrs['region']}"
        )
    )


def _calibrated(
    jobs: list[tuple[xr.Dataset, Envelope]],
    spectra: list[xr.Dataset],
    registry: Registry,
    shift: float | None,
    reference: str,
) -> list[tuple[xr.Dataset, Envelope]]:
    import xps

    if shift is not None:
        known = xps.by_shift(shift)
        return [(xps.calibrate(s, known), e) for s, e in jobs]
    if not reference:
        return jobs
    level, _, species = reference.partition(":")
    if not species:
        raise InputError(
            f'--charge-reference {reference!r}: expected LEVEL:SPECIES, for instance "C 1s:C-C"'
        )
    by_sample: dict[str, xps.charge.ChargeReference] = {}
    calibrated: list[tuple[xr.Dataset, Envelope]] = []
    for spectrum, envelope in jobs:
        name = str(spectrum.attrs.get("sample", ""))
        if name not in by_sample:
            by_sample[name] = xps.charge.reference_line(
                xps.find_region(spectra, level.strip(), sample=name)[0], level.strip(),
                species.strip(), registry,
            )  # fmt: skip
        calibrated.append((xps.calibrate(spectrum, by_sample[name]), envelope))
    return calibrated


def _fit_all(
    jobs: list[tuple[xr.Dataset, Envelope]],
    registry: Registry,
    intervals: str,
    seed: int,
    advance: Any,
) -> list[Fit]:
    """Fit sample by sample, so that regions of one sample can inform each other."""
    from xps.sample import fit_sample

    fits: dict[int, Fit] = {}
    names = [str(spectrum.attrs.get("sample", "")) for spectrum, _ in jobs]
    for name in dict.fromkeys(names):
        indices = [i for i, other in enumerate(names) if other == name]
        found = fit_sample(
            [jobs[i] for i in indices],
            registry,
            intervals=intervals,  # pyright: ignore[reportArgumentType]
            seed=seed,
            progress=advance,
        )
        fits |= dict(zip(indices, found, strict=True))
    return [fits[i] for i in range(len(jobs))]


def _fractions(
    fits: list[Fit], registry: Registry, basis: Basis, denominator: str, sensitivity_set: str
) -> list[Row]:
    from xps.quantify import Sensitivity, fractions

    if basis is Basis.within_level:
        return [row for fit in fits for row in fit.fractions]
    rows: list[Row] = []
    for name in dict.fromkeys(fit.sample for fit in fits):
        rows += fractions(
            [fit for fit in fits if fit.sample == name],
            registry,
            basis=basis.value,
            elements=_split(denominator),
            sensitivity=Sensitivity(set_name=sensitivity_set),
        )
    return rows


def _splits(rows: list[Row]) -> list[Row]:
    from xps.quantify import split_known

    return [row for name in dict.fromkeys(r.sample for r in rows)
            for row in split_known([r for r in rows if r.sample == name])]  # fmt: skip


# --- printing -------------------------------------------------------------------------------------


def _print(fits: list[Fit], rows: list[Row]) -> None:
    for fit in fits:
        title = " · ".join(part for part in (fit.sample, fit.region) if part)
        table = Table(title=f"{title}: {fit.assessment}, χ²red {fit.chi2_reduced:.3g}")
        unit = fit.lines[0].area_unit
        for column in ("component", "line", "position / eV", "FWHM / eV", f"area / {unit}"):
            table.add_column(column, justify="left" if column in {"component", "line"} else "right")
        for line in fit.lines:
            table.add_row(
                line.component, line.line, plus_minus(line.position), plus_minus(line.fwhm),
                plus_minus(line.area),
            )  # fmt: skip
        out_console.print(table)
        if fit.assessment != "converged":
            out_console.print(f"no intervals: {fit.message}", markup=False)
        for finding in fit.findings:
            _print_finding(finding)
    if rows:
        _print_fractions(rows)


def _print_finding(finding: Finding) -> None:
    told = " ".join(x for x in (finding.reported, finding.deviation) if x)
    against = f" (expected {finding.reference})" if finding.reference else ""
    seen = f"{told}{against}: " if told or against else ""
    out_console.print(
        f"  {finding.severity}: {finding.subject}: {seen}{finding.message} [{finding.rule}]",
        markup=False,
        highlight=False,
    )


def _print_fractions(rows: list[Row]) -> None:
    """One table a sample and basis, with the largest part of each uncertainty."""
    for sample, basis in dict.fromkeys((row.sample, row.basis) for row in rows):
        title = f"{sample}: " if sample else ""
        table = Table(title=f"{title}species fractions, {basis}, 95 % intervals")
        table.add_column("species", overflow="fold", min_width=10)
        for column in ("of", "fraction / %", "interval / %", "largest part of u / %"):
            table.add_column(column, justify="right", overflow="fold")
        for row in rows:
            if (row.sample, row.basis) != (sample, basis):
                continue
            estimate = row.estimate.scaled(100.0)
            parts = estimate.u_parts.to_dict()
            largest = max(parts, key=lambda name: parts[name], default="")
            table.add_row(
                row.subject, row.denominator, plus_minus(estimate), _interval_text(estimate),
                f"{largest} {parts[largest]:.2g}" if largest and parts[largest] > 0 else "-",
            )  # fmt: skip
        out_console.print(table)


def plus_minus(estimate: Any) -> str:
    """Show a value rounded to two digits of its standard uncertainty."""
    if estimate.kind == "upper_limit" and estimate.high is not None:
        return f"< {estimate.high:.2g}"
    if estimate.kind == "fixed":
        return f"{estimate.value:.6g} (fixed)"
    if not estimate.u:
        return f"{estimate.value:.5g}"
    digits = max(0, 1 - math.floor(math.log10(estimate.u)))
    return f"{estimate.value:.{digits}f} ± {estimate.u:.{digits}f}"


def _interval_text(estimate: Any) -> str:
    if estimate.level is None:
        return "-"
    if estimate.low is None:
        return f"< {estimate.high:.3g}"
    return f"{estimate.low:.3g} .. {estimate.high:.3g}"


def _file_stem(fit: Fit, fits: list[Fit]) -> str:
    """A file name from region and, where there are several, sample and number."""
    base = fit.region
    if len({f.sample for f in fits}) > 1:
        base = f"{fit.sample} {fit.region}"
    same = [f for f in fits if (f.sample, f.region) == (fit.sample, fit.region)]
    if len(same) > 1:
        base = f"{base} {next(i for i, f in enumerate(same) if f is fit) + 1}"
    kept = "".join(c if c.isalnum() or c in "-+." else "_" for c in base).strip("._")
    return kept[:80] or "fit"


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _number(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _shown(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
