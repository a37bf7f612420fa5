"""The options of the TOF-SIMS commands: their types, names and help texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "BackgroundOption",
    "CalibrateOption",
    "DeadTimeOption",
    "ElementsOption",
    "FieldOption",
    "FileArgument",
    "HalfWidthOption",
    "IonsOption",
    "JsonOption",
    "LibraryOption",
    "LockOption",
    "MarginOption",
    "NormaliseOption",
    "OutOption",
    "OverlapsOption",
    "RasterOption",
    "RecipeMarginOption",
    "RecipeOption",
    "RegionOption",
    "ScaleOption",
    "SecondsOption",
    "ShotsOption",
    "WindowOption",
]

FileArgument = Annotated[
    Path,
    typer.Argument(help="Ion events, images of ions, or an export from SurfaceLab."),
]
IonsOption = Annotated[
    str, typer.Option("--ions", help='Ions with their charge, comma-separated: "Li-,Cl-,GaCl-".')
]
HalfWidthOption = Annotated[
    float | None,
    typer.Option("--half-width", min=0.1, max=1e5, help="Half of a window in ppm, of an imzML."),
]
RasterOption = Annotated[
    str,
    typer.Option(
        "--raster", help="Pixels along x and y, as 256x256, of a file that does not say its raster."
    ),
]
RegionOption = Annotated[
    str,
    typer.Option(
        "--region",
        help="Pixels: x0,y0,x1,y1 (the last not in it), disc:x,y,radius, polygon:x,y,x,y,... or "
        "mask:PICTURE, light where it is.",
    ),
]
NormaliseOption = Annotated[
    str, typer.Option("--normalise", help='Divide by "total", "dose" or an ion.')
]
CalibrateOption = Annotated[
    str, typer.Option("--calibrate", help="Known ions that make the mass scale, comma-separated.")
]
ScaleOption = Annotated[
    str, typer.Option("--scale", help="Mass scale to begin with, sf,k0 in channels.")
]
ShotsOption = Annotated[
    int | None,
    typer.Option("--shots", min=1, help="Shots a pixel and scan; of an export, a point."),
]
SecondsOption = Annotated[
    float | None,
    typer.Option(
        "--seconds-per-scan", min=1e-3, max=1e6, help="Sputter time of a scan in s, of events."
    ),
]
DeadTimeOption = Annotated[
    float | None,
    typer.Option(
        "--dead-time",
        min=0.0,
        max=1000.0,
        help="Dead time of the counter in ns; 65, that of IONTOF's, if not given.",
    ),
]
BackgroundOption = Annotated[
    str,
    typer.Option(
        "--background", help='What lies under a peak: "none" leaves it, "local" takes it off.'
    ),
]
OverlapsOption = Annotated[
    str,
    typer.Option(
        "--overlaps",
        help='Ions nearer than three widths: "fit" them together, or "window" up to half way.',
    ),
]
LockOption = Annotated[
    str,
    typer.Option("--lock", help="Strong known ions by which the mass scale is followed, with ','."),
]
FieldOption = Annotated[
    str,
    typer.Option(
        "--field-correction",
        help="Side of the field the primary beam reaches later: +x, -x, +y or -y; with its ion "
        "and energy in eV where the file says neither: +x,Bi3+,30000.",
    ),
]
WindowOption = Annotated[
    str, typer.Option("--window", help="Sputter times from,to in s; else all but the start.")
]
_MARGIN = typer.Option(
    "--margin", min=0.01, max=1000.0, help="Change in % called uniform (default: 5)."
)
MarginOption = Annotated[float, _MARGIN]
RecipeMarginOption = Annotated[float | None, _MARGIN]
RecipeOption = Annotated[
    Path | None,
    typer.Option("--recipe", help="Recipe (TOML), as --out writes it; options go before it."),
]
ElementsOption = Annotated[
    str,
    typer.Option(
        "--elements", help="Elements in the sample, comma-separated, for ions that interfere."
    ),
]
OutOption = Annotated[Path | None, typer.Option("--out", help="Folder for tables and figures.")]
LibraryOption = Annotated[
    list[Path] | None, typer.Option("--library", help="Your own library file (TOML); repeatable.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")
]
