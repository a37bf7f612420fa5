"""The options of the XPS commands: their types, names and help texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...jobs.names import elements_named, listed
from ...jobs.xps.choices import BackgroundKind, Basis, Intervals, Statistic

__all__ = [
    "BackgroundKind",
    "BackgroundOption",
    "Basis",
    "BasisOption",
    "BudgetOption",
    "CasaOption",
    "DenominatorOption",
    "ElementsOption",
    "FileArgument",
    "Intervals",
    "IntervalsOption",
    "JsonOption",
    "LibraryOption",
    "LimitOption",
    "MonteCarloOption",
    "OutOption",
    "RecipeBasisOption",
    "RecipeFile",
    "RecipeOption",
    "ReferenceOption",
    "RegionOption",
    "SampleOption",
    "SeedOption",
    "SensitivityOption",
    "ShiftOption",
    "SpeciesOption",
    "SpectrumOption",
    "SplitOption",
    "Statistic",
    "StatisticOption",
    "TransmissionOption",
    "elements_named",
    "listed",
]


FileArgument = Annotated[
    Path, typer.Argument(help="VAMAS, PHI, SPECS, Scienta, Igor, Avantage or text file.")
]
SampleOption = Annotated[str, typer.Option("--sample", help="Only this sample of the file.")]
SpectrumOption = Annotated[
    int | None,
    typer.Option("--spectrum", min=0, help="Only this spectrum, by its number in `inspect`."),
]
RegionOption = Annotated[
    list[str], typer.Option("--region", help='Core level, for instance "S 2p"; repeatable.')
]
SpeciesOption = Annotated[
    str, typer.Option("--species", help="Species of the library, comma-separated.")
]
RecipeOption = Annotated[Path | None, typer.Option("--recipe", help="Recipe file (TOML).")]
RecipeFile = Annotated[Path, typer.Option("--recipe", help="Recipe file (TOML).")]
CasaOption = Annotated[
    bool, typer.Option("--from-casaxps", help="Take over the CasaXPS fits in the file.")
]
ElementsOption = Annotated[
    str,
    typer.Option(
        "--elements", help="Elements in the sample, comma-separated (default: by the regions)."
    ),
]
BasisOption = Annotated[Basis, typer.Option("--basis", help="Basis of the fractions.")]
RecipeBasisOption = Annotated[
    Basis | None,
    typer.Option(
        "--basis", help="Basis of the fractions (default: the recipe's, or within_level)."
    ),
]
DenominatorOption = Annotated[
    str,
    typer.Option(
        "--denominator",
        help="Elements of the atomic basis, comma-separated (default: all fitted).",
    ),
]
SensitivityOption = Annotated[
    str,
    typer.Option(
        "--sensitivity-set", help="Sensitivity factors of the atomic bases (default: scofield_al)."
    ),
]
TransmissionOption = Annotated[
    str,
    typer.Option(
        "--transmission",
        help="Of the analyser, on an atomic basis: the file's where every region has it (auto, the "
        "default), always the file's (file), constant (none), or the exponent of the kinetic "
        "energy, for instance -0.5.",
    ),
]
LimitOption = Annotated[
    str,
    typer.Option(
        "--limit",
        help="Species that may not be there, comma-separated: how much of each can be (95 %).",
    ),
]
MonteCarloOption = Annotated[
    int | None,
    typer.Option(
        "--monte-carlo",
        min=20,
        max=1_000_000,
        help="Draw so many replicas of each fit, and say where their scatter differs from u.",
    ),
]
BudgetOption = Annotated[
    bool, typer.Option("--budget", help="Print what each source adds to each fraction's u.")
]
IntervalsOption = Annotated[
    Intervals,
    typer.Option(
        "--intervals", help="From the covariance, along the likelihood, or as each value needs."
    ),
]
BackgroundOption = Annotated[
    BackgroundKind | None,
    typer.Option("--background", help="Kind of background (default: shirley, or the recipe's)."),
]
StatisticOption = Annotated[
    Statistic | None,
    typer.Option("--statistic", help="Objective of the fit (default: poisson, or the recipe's)."),
]
ShiftOption = Annotated[
    float | None,
    typer.Option(
        "--charge-shift",
        help="Add this, in eV, to the stored binding energies.",
    ),
]
ReferenceOption = Annotated[
    str,
    typer.Option(
        "--charge-reference", help='Line to put at its known energy, for instance "C 1s:C-C".'
    ),
]
SplitOption = Annotated[
    bool,
    typer.Option("--split", help="Split LiCl and Li2S from the lattice's share, by subtraction."),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="Folder for tables, figures and recipe.")
]
LibraryOption = Annotated[
    list[Path] | None, typer.Option("--library", help="Your own library file (TOML); repeatable.")
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Seed of the starts.")]
JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")
]
