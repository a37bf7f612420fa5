"""The options of the XRD commands: their types, names and help texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "BackgroundOption",
    "CandidatesOption",
    "ElementsOption",
    "FileArgument",
    "InstrumentOption",
    "JsonOption",
    "LibraryOption",
    "LimitOption",
    "OutOption",
    "PhaseOption",
    "RadiationOption",
    "RecipeLimitOption",
    "RecipeOption",
    "ScanOption",
]

FileArgument = Annotated[
    Path,
    typer.Argument(
        help="Powder pattern: xy, xye, csv, xrdml, brml, raw (v4), ras, rasx, pdCIF, GSAS."
    ),
]
ScanOption = Annotated[
    int | None, typer.Option("--scan", min=0, help="Which scan of a file, by `inspect`.")
]
PhaseOption = Annotated[
    str,
    typer.Option(
        "--phase",
        help="What the powder should be: a phase of the library or a CIF (default: Li6PS5Cl).",
    ),
]
CandidatesOption = Annotated[
    str,
    typer.Option(
        "--candidates",
        help='What it may hold beside: "default", "none", or phases and CIF files, '
        'comma-separated; "default,mine.cif" adds one.',
    ),
]
RadiationOption = Annotated[
    str, typer.Option("--radiation", help='"Cu Ka", "Cu Ka1", or wavelengths in Angstrom.')
]
InstrumentOption = Annotated[
    Path | None,
    typer.Option(
        "--instrument",
        help="Diffractometer (TOML): monochromator, radius, geometry, profile; see `instrument`.",
    ),
]
BackgroundOption = Annotated[
    Path | None, typer.Option("--background-file", help="Pattern of the empty holder.")
]
_LIMIT = typer.Option(
    "--limit",
    min=0.001,
    max=100.0,
    help="Mass in % that must be seen; what could hide more is undecidable (default: 10).",
)
LimitOption = Annotated[float, _LIMIT]
RecipeLimitOption = Annotated[float | None, _LIMIT]
RecipeOption = Annotated[
    Path | None,
    typer.Option("--recipe", help="Recipe (TOML), as --out writes it; options go before it."),
]
ElementsOption = Annotated[
    str,
    typer.Option(
        "--elements", help="Elements in the sample, comma-separated; others are tentative at most."
    ),
]
OutOption = Annotated[Path | None, typer.Option("--out", help="Folder for tables and figures.")]
LibraryOption = Annotated[
    list[Path] | None, typer.Option("--library", help="Your own library file (TOML); repeatable.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")
]
