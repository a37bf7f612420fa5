"""``peakwright demo``: the jobs on bundled, synthetic examples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from peakwright.cli.console import ExitCode, progress, say
from peakwright.cli.delivery import deliver
from peakwright.store import check_folder
from references.files import write_atomic

if TYPE_CHECKING:
    import xarray as xr

    from peakwright.jobs.xrd.given import Given
    from references.registry import Registry
    from references.words import Row
    from xps.charge import ChargeReference
    from xps.envelope import Envelope
    from xps.io import Reading
    from xps.result import Fit
    from xrd.verdict import Purity

__all__ = ["run"]

CAPTION = "synthetic example, not a measurement"
IONS = ("Li-", "Cl-", "GaCl-", "InCl-", "Ga-", "In-", "PS-", "S-", "O-")
RADIUS = 240.0
"""Of the goniometer of the synthetic patterns [mm]."""


def run(out: Path, *, json: bool = False) -> ExitCode:
    """Fit six core levels, follow ions through an interlayer, check a powder, report on all.

    Parameters
    ----------
    out : Path
        Folder for ``result.json``, ``rows.csv``, ``recipe.toml`` and figures; those of the
        depth profile and of the powder are in ``tofsims`` and ``xrd`` inside it, and
        ``report.html`` puts all three on one page.
    json : bool
        One JSON document on stdout instead of tables: that of ``xps fit``, with those of
        ``tofsims profile`` and ``xrd compare`` under ``tofsims`` and ``xrd``.

    Returns
    -------
    ExitCode
        As of ``xps fit``.
    """
    import xps
    from references import load
    from xps.charge import reference_line
    from xps.example import example_path
    from xps.recipe import Charge

    from .cli.xps.fit import show
    from .jobs.xps.document import fits_done

    check_folder(out)
    registry = load()
    path = example_path()
    reading = xps.read(path)
    reference = reference_line(xps.find_region(reading.spectra, "C 1s")[0], "C 1s", "C-C", registry)
    work = _jobs(reading, reference, registry)
    with progress("fitting six core levels", total=len(work)) as advance:
        fits = list(xps.fit_sample(work, registry, progress=advance))
    rows = _rows(fits, registry)
    layer = _interlayer(registry, out / "tofsims", quiet=json)
    powder = _powder(registry, out / "xrd", quiet=json)
    if not json:
        say("")
        say(f"{CAPTION}: {Path(path).name}")
        say(f"charge reference: {reference.how}, shift {reference.shift:+.3f} eV")
        say("")
    done = fits_done(
        Path(path), reading.sha256, fits, rows, registry, charge=(Charge(line="C 1s:C-C"),)
    )
    with_others = {**done.document, "tofsims": layer, "xrd": powder}
    deliver(replace(done, document=with_others), show, out=out, json=json, caption=CAPTION)
    page = _report(out, registry)
    if not json:
        say(f"open {page} in a browser: all three techniques on one page, checking each other")
    return ExitCode(done.exit_code)


def _report(out: Path, registry: Registry) -> Path:
    """Put the three results on one page, and give its path."""
    from .report import html, make

    with progress("writing the report"):
        return write_atomic(out / "report.html", html(make(out, registry=registry)))


def _interlayer(registry: Registry, out: Path, *, quiet: bool) -> dict[str, object]:
    """Follow ions through a synthetic interlayer; give the document."""
    import tofsims
    from tofsims.example import example
    from tofsims.recipe import Recipe

    from .cli.tofsims.profile import show
    from .jobs.tofsims.profile import ProfileJob

    out.mkdir(parents=True, exist_ok=True)
    with progress("writing ion events", total=1):
        file = tofsims.write_itm(out / "interlayer.itm", example())
    job = ProfileJob(recipe=Recipe(ions=IONS, elements=("Li", "O", "P", "S", "Cl", "Ga", "In")))
    with progress("counting ions") as begin:
        done = job.run(file, registry, begin)
    written = done.write(out, caption=f"{file.name}: {CAPTION}")
    if not quiet:
        say(CAPTION)
        show(done.result, done.findings)
        say(f"written to {out}: {', '.join(path.name for path in written)}")
    return dict(done.document)


def _powder(registry: Registry, out: Path, *, quiet: bool) -> dict[str, object]:
    """Check a synthetic argyrodite before and after annealing; give the document."""
    import xrd

    from .cli.xrd.delivery import deliver_comparison
    from .jobs.xrd.given import pattern_of

    seen = xrd.Instrument(radiation="Cu Ka", radius_mm=RADIUS)
    given: list[Given] = []
    found: list[Purity] = []
    names = "unannealed", "annealed"
    with progress("checking two powder patterns", total=len(names)) as begin:
        for name in names:
            begin(name)
            file = write_atomic(out / f"{name}.xy", xrd.xy_text(xrd.example(name)).encode())
            given.append(pattern_of(file, None, seen.radiation))
            found.append(xrd.check(given[-1].measured, library=registry, instrument=seen))
    if not quiet:
        say(CAPTION)
    return deliver_comparison(
        given[0],
        given[1],
        xrd.compare(found[0], found[1]),
        registry,
        out=out,
        json=False,
        quiet=quiet,
        caption=CAPTION,
    )


def _jobs(
    reading: Reading, reference: ChargeReference, registry: Registry
) -> list[tuple[xr.Dataset, Envelope]]:
    """The six core levels on the scale of the reference, each with the recipe of its species."""
    import xps
    from xps.envelope import default_envelope
    from xps.example import COMPONENTS

    elements = ("Li", "P", "S", "Cl", "Ga", "In")
    return [
        (
            xps.calibrate(xps.find_region(reading.spectra, level)[0], reference),
            default_envelope(registry, level, species, elements=elements),
        )
        for level, species in COMPONENTS.items()
    ]


def _rows(fits: list[Fit], registry: Registry) -> list[Row]:
    """Fractions within each level, then of P, S and Cl, split from the lattice's own share."""
    from xps.quantify import fractions, split_lattices

    rows = [row for fit in fits for row in fit.fractions]
    electrolyte = [f for f in fits if f.region in {"P 2p", "S 2p", "Cl 2p"}]
    atomic = list(fractions(electrolyte, registry, basis="atomic"))
    return rows + atomic + split_lattices(electrolyte, registry, basis="atomic")
