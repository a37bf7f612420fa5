"""``peakwright demo``: the main job on the bundled, synthetic example."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from peakwright.cli.console import ExitCode, progress, say
from peakwright.cli.xps.delivery import deliver, exit_code
from peakwright.store import check_folder

if TYPE_CHECKING:
    import xarray as xr

    from references.registry import Registry
    from references.words import Row
    from xps.charge import ChargeReference
    from xps.envelope import Envelope
    from xps.io import Reading
    from xps.result import Fit

__all__ = ["run"]

CAPTION = "synthetic example, not a measurement"


def run(out: Path, *, json: bool = False) -> ExitCode:
    """Fit the six core levels of the example, print fractions, write tables and figures.

    Parameters
    ----------
    out : Path
        Folder for ``result.json``, ``rows.csv``, ``recipe.toml`` and figures.
    json : bool
        One JSON document on stdout instead of tables.

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

    check_folder(out)
    registry = load()
    path = example_path()
    reading = xps.read(path)
    reference = reference_line(xps.find_region(reading.spectra, "C 1s")[0], "C 1s", "C-C", registry)
    work = _jobs(reading, reference, registry)
    with progress("fitting six core levels", total=len(work)) as advance:
        fits = list(xps.fit_sample(work, registry, progress=advance))
    rows = _rows(fits, registry)
    if not json:
        say(f"{CAPTION}: {Path(path).name}")
        say(f"charge reference: {reference.how}, shift {reference.shift:+.3f} eV")
        say("")
    deliver(
        Path(path).name,
        reading.sha256,
        fits,
        rows,
        registry,
        out=out,
        json=json,
        charge=(Charge(line="C 1s:C-C"),),
        caption=CAPTION,
        place=Path(path),
    )
    return exit_code(fits)


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
