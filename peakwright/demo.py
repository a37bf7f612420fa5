"""``peakwright demo``: the main job on the bundled, synthetic example."""

from __future__ import annotations

from pathlib import Path

from peakwright.cli.console import ExitCode, progress, say
from peakwright.cli.xps.delivery import deliver, exit_code
from peakwright.store import check_folder

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
    from xps.envelope import default_envelope
    from xps.example import COMPONENTS, example_path
    from xps.quantify import fractions, split_known

    check_folder(out)
    registry = load()
    path = example_path()
    reading = xps.read(path)
    reference = reference_line(xps.find_region(reading.spectra, "C 1s")[0], "C 1s", "C-C", registry)
    elements = ("Li", "P", "S", "Cl", "Ga", "In")
    jobs = [
        (
            xps.calibrate(xps.find_region(reading.spectra, level)[0], reference),
            default_envelope(registry, level, species, elements=elements),
        )
        for level, species in COMPONENTS.items()
    ]
    with progress("fitting six core levels", total=len(jobs)) as advance:
        fits = list(xps.fit_sample(jobs, registry, progress=advance))
    rows = [row for fit in fits for row in fit.fractions]
    atomic = list(
        fractions(
            [f for f in fits if f.region in {"P 2p", "S 2p", "Cl 2p"}], registry, basis="atomic"
        )
    )
    rows += atomic + split_known(atomic)
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
        caption=CAPTION,
    )
    return exit_code(fits)
