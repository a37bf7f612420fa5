"""``peakwright tofsims depth``: interfaces of ions, and their depths where those were measured."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from references.words import InputError

from ...jobs.tofsims.given import Request
from ...jobs.tofsims.measured import measured_of
from ..console import ExitCode, emit_json, out_console, plain, progress, say
from ..findings import show_finding
from .options import (  # noqa: TC001 - typer reads them at run time
    BackgroundOption,
    CalibrateOption,
    DeadTimeOption,
    FieldOption,
    FileArgument,
    HalfWidthOption,
    IonsOption,
    JsonOption,
    LibraryOption,
    LockOption,
    NormaliseOption,
    OutOption,
    OverlapsOption,
    RasterOption,
    RegionOption,
    ScaleOption,
    SecondsOption,
    ShotsOption,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.words import Estimate, Finding
    from tofsims.depth import DepthScale
    from tofsims.layering import Layering

    from ...jobs.tofsims.measured import Measured

__all__ = ["depth"]

CraterOption = Annotated[
    float | None, typer.Option("--crater-depth", help="Depth of the crater at the end, in nm.")
]
UOption = Annotated[float, typer.Option("--u", help="Its standard uncertainty, in nm.")]
LayersOption = Annotated[
    str,
    typer.Option(
        "--layers",
        help="Known thicknesses in nm from the surface on, by the ion that falls where one ends: "
        '"Pb2I5-=480+-10,SnO2-=20+-2".',
    ),
]
RatesOption = Annotated[
    str,
    typer.Option(
        "--rates",
        help='Rates of layers that mix, by an ion each, "Pb2I5-=2.1+-0.1,InO2-=0.7": in nm/s, or '
        "relative ones beside --crater-depth.",
    ),
]
PlateauOption = Annotated[
    list[str] | None,
    typer.Option("--plateau", help='An ion\'s plateau in s, "SnO2-=72,118"; repeatable.'),
]
BaseOption = Annotated[
    list[str] | None,
    typer.Option("--base", help="Its plateau on the other side in s, else zero; repeatable."),
]


def depth(
    file: FileArgument,
    *,
    ions: IonsOption = "",
    raster: RasterOption = "",
    region: RegionOption = "",
    normalise: NormaliseOption = "",
    crater_depth: CraterOption = None,
    u: UOption = 0.0,
    layers: LayersOption = "",
    rates: RatesOption = "",
    plateau: PlateauOption = None,
    base: BaseOption = None,
    calibrate: CalibrateOption = "",
    scale: ScaleOption = "",
    shots: ShotsOption = None,
    seconds_per_scan: SecondsOption = None,
    dead_time: DeadTimeOption = None,
    background: BackgroundOption = "none",
    overlaps: OverlapsOption = "fit",
    lock: LockOption = "",
    field_correction: FieldOption = "",
    half_width: HalfWidthOption = None,
    out: OutOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Find where ions rise and fall, and how deep that is if a crater or layers were measured."""
    from peakwright.store import check_folder, result_document, write_results
    from references import load
    from tofsims.layering import locate

    if out is not None:
        check_folder(out)
    request = Request(
        ions=ions, raster=raster, region=region, normalise=normalise, calibrate=calibrate,
        scale=scale, shots=shots, seconds=seconds_per_scan, dead_time=dead_time,
        background=background, overlaps=overlaps, lock=lock, field=field_correction,
        half_width=half_width,
    )  # fmt: skip
    request.known()
    plateaus, bases = _spans(plateau or [], "--plateau"), _spans(base or [], "--base")
    wanted = _wanted(crater_depth, u, layers, rates)
    registry = load(*(library or []))
    with progress(f"counting ions of {file.name}") as begin:
        measured = measured_of(file, request, registry, begin)
    shown, names, missing = _over(measured, normalise)
    made = _scale(shown, wanted, plateaus, bases)
    found = locate(
        shown,
        names,
        plateaus=plateaus,
        bases=bases,
        scale=made,
        sample=file.stem,
    )
    findings = [*measured.notes, *missing, *found.findings]
    document = result_document(
        "peakwright.tofsims.depth/1",
        [measured.entry],
        registry,
        **found.to_dict(),
        normalised_by=normalise,
        findings=[finding.to_dict() for finding in findings],
    )
    written = ()
    if out is not None:
        written = write_results(
            out, document, found.rows(), None, lambda: _figures(found), inputs=[file]
        )
    if json:
        emit_json(document)
    else:
        _show(found)
        for finding in findings:
            show_finding(finding)
        if written:
            say("")
            say(f"written to {out}: {', '.join(one.name for one in written)}")
    raise typer.Exit(ExitCode.CLEAN if found.interfaces else ExitCode.UNDECIDABLE)


def _over(measured: Measured, by: str) -> tuple[xr.Dataset, list[str], list[Finding]]:
    """The profile over a reference, where one was asked for, its ions, and what it leaves out."""
    from tofsims.profile import left_out, normalised

    profile, names = measured.profile, measured.names
    if not by:
        return profile, names, []
    others = [name for name in names if name != by]
    if not others:
        raise InputError(f"{by} divided by itself says nothing; name other ions")
    shown = normalised(profile, profile, by)
    return shown, others, left_out(profile, shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What was measured of the depth, as the options say it: ions with a number and its u."""

    crater: float | None
    u: float
    layers: list[tuple[str, float, float]]
    rates: list[tuple[str, float, float]]


def _wanted(crater: float | None, u: float, layers: str, rates: str) -> _Wanted:
    if layers and (rates or crater is not None):
        raise InputError("--layers makes a scale by itself; leave out --crater-depth and --rates")
    if u and crater is None:
        raise InputError("--u is that of --crater-depth; of a layer or a rate, write 20+-2")
    return _Wanted(
        crater=crater,
        u=u,
        layers=_measures(layers, "--layers") if layers else [],
        rates=_measures(rates, "--rates") if rates else [],
    )


def _scale(
    measured: xr.Dataset,
    wanted: _Wanted,
    plateaus: dict[str, tuple[float, float]],
    bases: dict[str, tuple[float, float]],
) -> DepthScale | None:
    from tofsims.depth import Layer, crater_scale
    from tofsims.layering import scale_of_layers
    from tofsims.mixing import Rate, mixed_scale

    if wanted.layers:
        known = [Layer(name=name, thickness=value, u=u) for name, value, u in wanted.layers]
        return scale_of_layers(measured, known, plateaus=plateaus, bases=bases)
    if wanted.rates:
        mixed = [
            Rate(ion=name, rate=value, u=u, plateau=plateaus.get(name))
            for name, value, u in wanted.rates
        ]
        return mixed_scale(measured, mixed, wanted.crater, wanted.u)
    return None if wanted.crater is None else crater_scale(measured, wanted.crater, wanted.u)


def _measures(text: str, what: str) -> list[tuple[str, float, float]]:
    """Read ions with a number each, and its uncertainty."""
    found: list[tuple[str, float, float]] = []
    for part in text.split(","):
        name, _, number = part.rpartition("=")
        value, *its = re.split(r"\+-|±", number)
        try:
            measured = float(value), float(its[0]) if its else 0.0
        except ValueError:
            raise InputError(
                f'{what} should be ions with a number each, as "SnO2-=20+-2", not {part[:40]!r}'
            ) from None
        found.append((_key(name, what), *measured))
    return found


def _spans(given: Sequence[str], what: str) -> dict[str, tuple[float, float]]:
    """Read ions with two sputter times each."""
    found: dict[str, tuple[float, float]] = {}
    for text in given:
        name, _, numbers = text.rpartition("=")
        try:
            low, high = (float(part) for part in numbers.split(","))
        except ValueError:
            raise InputError(
                f'{what} should be an ion and two times, as "SnO2-=72,118", not {text[:40]!r}'
            ) from None
        found[_key(name, what)] = low, high
    return found


def _key(name: str, what: str) -> str:
    from references.ion import ion

    try:
        return ion(name.strip()).key
    except InputError as error:
        raise InputError(f"{what}: {error}") from None


def _figures(found: Layering) -> dict[str, bytes]:
    from tofsims.plot import depth_figure, rendered

    drawn = depth_figure(found)
    return {f"interfaces.{kind}": rendered(drawn, kind) for kind in ("svg", "png")}


def _show(found: Layering) -> None:
    from tofsims.axis import span, unit_of

    if found.scale is not None:
        say(f"depth by {found.scale.source}")
    table = Table(
        title="where signals pass half of their plateaus, and from 16 to 84 % of them",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("ion", overflow="fold", min_width=6)
    unit = unit_of(found.profile)
    table.add_column("", no_wrap=True)
    columns = [f"t50 / {unit}", f"width / {unit}"]
    if found.scale is not None:
        columns += ["depth / nm", "width / nm"]
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for one in found.interfaces:
        cells = [_with_u(one.t50), _with_u(one.width)]
        if found.scale is not None:
            cells += [_with_u(found.depth(one)), _with_u(found.width(one))]
        table.add_row(plain(one.ion), "rises" if one.rising else "falls", *cells)
    out_console.print(table)
    plateaus = {one.ion: one.plateau for one in found.interfaces}
    for ion, (low, high) in plateaus.items():
        say(f"plateau of {ion}: {span(low, high, unit)}", indent=2)


def _with_u(one: Estimate | None) -> str:
    """A value with its uncertainty, to two digits of that."""
    if one is None:
        return "-"
    if not one.u:
        return f"{one.value:.4g}"
    digits = max(1 - math.floor(math.log10(one.u)), 0)
    return f"{one.value:.{digits}f} ± {one.u:.{digits}f}"
