"""``peakwright demo``: the jobs on bundled, synthetic examples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from peakwright.cli.console import ExitCode, emit_json, progress, say
from peakwright.store import check_folder
from references.files import read_bytes, write_atomic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from peakwright.jobs import Done
    from peakwright.jobs.xrd.given import Given
    from references.registry import Registry
    from xrd.verdict import Purity

__all__ = ["run"]

SCHEMA = "peakwright.demo/1"
CAPTION = "synthetic example, not a measurement"
ELEMENTS = ("Li", "P", "S", "Cl", "Ga", "In")
IONS = ("Li-", "Cl-", "GaCl-", "InCl-", "Ga-", "In-", "PS-", "S-", "O-")
RADIUS = 240.0
"""Of the goniometer of the synthetic patterns [mm]."""


def run(out: Path, *, json: bool = False) -> ExitCode:
    """Fit six core levels, follow ions through an interlayer, check a powder, report on all.

    Parameters
    ----------
    out : Path
        Folder; the data and the results of the three are in ``xps``, ``tofsims`` and ``xrd``
        inside it, and ``report.html`` puts them on one page.
    json : bool
        One JSON document on stdout instead of tables, with those of ``xps fit``, ``tofsims
        profile`` and ``xrd compare`` under ``xps``, ``tofsims`` and ``xrd``.

    Returns
    -------
    ExitCode
        As of ``xps fit``.
    """
    from references import load

    check_folder(out)
    registry = load()
    documents = {
        "tofsims": _interlayer(registry, out / "tofsims", quiet=json),
        "xrd": _powder(registry, out / "xrd", quiet=json),
    }
    done = _core_levels(registry, out / "xps", quiet=json)
    page = _report(out, registry)
    if json:
        emit_json({"schema": SCHEMA, "xps": done.document, **documents})
    else:
        say(f"open {page} in a browser: all three techniques on one page, checking each other")
    return ExitCode(done.exit_code)


def _core_levels(registry: Registry, out: Path, *, quiet: bool) -> Done:
    """Fit the core levels of a synthetic interphase, and write the folder."""
    from xps.envelope import default_envelope
    from xps.example import COMPONENTS, example_path
    from xps.recipe import Charge, Fractions, Recipe

    from .cli.xps.fit import show
    from .jobs.xps.fit import FitJob

    file = write_atomic(out / Path(example_path()).name, read_bytes(example_path()))
    recipe = Recipe(
        charge=(Charge(line="C 1s:C-C"),),
        fractions=Fractions(basis="atomic", denominator=("P", "S", "Cl"), split=True),
        envelopes=tuple(
            default_envelope(registry, level, species, elements=ELEMENTS)
            for level, species in COMPONENTS.items()
        ),
    )
    with progress("fitting six core levels", total=len(COMPONENTS)) as begin:
        done = FitJob.of_recipe(recipe).run(file, registry, begin)
    with progress("drawing figures"):
        written = done.write(out, caption=CAPTION)
    if not quiet:
        within = tuple(row for fit in done.result.fits for row in fit.fractions)
        say(f"{CAPTION}: {file.name}")
        show(replace(done.result, fractions=(*within, *done.result.fractions)))
        _say_written(out, written)
    return done


def _report(out: Path, registry: Registry) -> Path:
    """Put the three results on one page, and give its path."""
    from .report import html, make

    with progress("writing the report"):
        return write_atomic(out / "report.html", html(make(out, registry=registry)))


def _interlayer(registry: Registry, out: Path, *, quiet: bool) -> Mapping[str, object]:
    """Follow ions through a synthetic interlayer; give the document."""
    import tofsims
    from tofsims.example import example
    from tofsims.recipe import Recipe

    from .cli.tofsims.profile import show
    from .jobs.tofsims.profile import ProfileJob

    out.mkdir(parents=True, exist_ok=True)
    with progress("writing ion events", total=1):
        file = tofsims.write_itm(out / "interlayer.itm", example())
    job = ProfileJob(recipe=Recipe(ions=IONS, elements=("O", *ELEMENTS)))
    with progress("counting ions") as begin:
        done = job.run(file, registry, begin)
    written = done.write(out, caption=f"{file.name}: {CAPTION}")
    if not quiet:
        say(CAPTION)
        show(done.result, done.findings)
        _say_written(out, written)
    return done.document


def _powder(registry: Registry, out: Path, *, quiet: bool) -> dict[str, object]:
    """Check a synthetic argyrodite before and after annealing; give the document."""
    import xrd
    from xrd.instrument import to_toml

    from .cli.xrd.delivery import deliver_comparison
    from .jobs.xrd.given import pattern_of
    from .request import told

    seen = xrd.Instrument(radiation="Cu Ka", radius_mm=RADIUS)
    stated = write_atomic(out / "instrument.toml", to_toml(seen))
    given: list[Given] = []
    found: list[Purity] = []
    names = "unannealed", "annealed"
    with progress("checking two powder patterns", total=len(names)) as begin:
        for name in names:
            begin(name)
            file = write_atomic(out / f"{name}.xy", xrd.xy_text(xrd.example(name)))
            given.append(pattern_of(file, None, seen.radiation))
            found.append(xrd.check(given[-1].measured, library=registry, instrument=seen))
    asked = {"a": given[0].path, "b": given[1].path, "instrument": stated}
    if not quiet:
        say(CAPTION)
    return deliver_comparison(
        given[0],
        given[1],
        xrd.compare(found[0], found[1]),
        registry,
        request={"command": "xrd compare", "options": told(asked)},
        beside=[stated],
        out=out,
        json=False,
        quiet=quiet,
        caption=CAPTION,
    )


def _say_written(out: Path, written: tuple[Path, ...]) -> None:
    say(f"written to {out}: {', '.join(path.name for path in written)}")
