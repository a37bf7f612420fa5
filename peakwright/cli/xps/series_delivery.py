"""A finished series handed over: a summary or one JSON document, a table and a figure each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from peakwright.store import csv_text, file_stem

from ...counted import counted
from ..console import emit_json, say
from ..findings import show_finding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import xarray as xr

    from references.registry import Registry
    from references.words import Finding, Row
    from xps.envelope import Envelope
    from xps.recipe import Fractions

    from ...jobs.xps.request import Work

__all__ = ["deliver_series"]

OVER_LEVELS = (
    *("fraction", "fraction_u", "fraction_low", "fraction_high"),
    "fraction_u_sensitivity",
)
"""Numbers of a fraction over several levels; the last is the part of u that all places share."""


def deliver_series(
    name: str,
    sha256: str,
    found: Sequence[tuple[str, Envelope, xr.Dataset]],
    over: Sequence[tuple[str, xr.Dataset]],
    work: Work,
    formed: Fractions,
    registry: Registry,
    *,
    out: Path | None,
    json: bool,
) -> None:
    """Print series as a summary or JSON and write their folder.

    Parameters
    ----------
    name, sha256 : str
        The input's name and hash.
    found : sequence of (sample, Envelope, Dataset)
        Each series with what :func:`xps.fit_series` gave.
    over : sequence of (sample, Dataset)
        Each sample's fractions over several levels, where they were asked for.
    work : Work
        What was fitted, its charge and its notes.
    formed : Fractions
        Which fractions were formed.
    registry : Registry
    out : Path or None
        Folder to write.
    json : bool
        One JSON document instead of a summary.
    """
    from peakwright.store import result_document, write_results
    from xps.recipe import Recipe, to_toml

    envelopes: list[Envelope] = []
    for _, envelope, _ in found:
        if envelope not in envelopes:
            envelopes.append(envelope)
    recipe = Recipe(charge=work.charge, fractions=formed, envelopes=tuple(envelopes))
    findings = [*work.notes, *_reviewed(found, work)]
    document = result_document(
        "peakwright.xps.series/1",
        [{"path": name, "sha256": sha256}],
        registry,
        series=[_described(sample, envelope, fitted) for sample, envelope, fitted in found],
        fractions_over_levels=[_over(sample, fractions) for sample, fractions in over],
        findings=[finding.to_dict() for finding in findings],
        recipe=recipe.model_dump(mode="json", by_alias=True),
    )
    if out is not None:
        rows = [row for sample, _, fitted in found for row in _rows(sample, fitted)]
        write_results(
            out, document, rows, to_toml(recipe), lambda: _files(found) | _files_over(over)
        )
    if json:
        emit_json(document)
        return
    for finding in findings:
        show_finding(finding)
    for sample, envelope, fitted in found:
        _show(sample, envelope, fitted)
    for sample, fractions in over:
        _show_over(sample, fractions)
    if out is not None:
        say(f"written to {out}")


def _described(sample: str, envelope: Envelope, fitted: xr.Dataset) -> dict[str, object]:
    """One series as JSON-ready values: arrays along the spectra, null where there is no number."""
    from xps.series_numbers import ASSESSMENTS, KINDS

    def column(name: str, **at: object) -> list[float | None]:
        return [None if math.isnan(value) else value for value in _numbers(fitted[name].sel(at))]

    quantities = "fraction", "fraction_u", "fraction_low", "fraction_high"
    numbers = "area", "area_u", "position", "position_u", "fwhm", "fwhm_u"
    return {
        "sample": sample,
        "region": envelope.region,
        "spectra": fitted.sizes["spectrum"],
        "along": _along(fitted),
        "assessment": [str(ASSESSMENTS[int(code)]) for code in fitted["assessment"].values],
        "chi2_reduced": column("chi2_reduced"),
        "species": [
            {
                "name": key,
                "basis": "within_level",
                "denominator": str(fitted["core_level"].sel(species=key).values),
                **{name: column(name, species=key) for name in quantities},
                "kind": [
                    KINDS[int(code)] for code in fitted["fraction_kind"].sel(species=key).values
                ],
                "u_parts": {
                    part: column("fraction_u_part", species=key, part=part)
                    for part in fitted["part"].values.tolist()
                },
            }
            for key in fitted["species"].values.tolist()
        ],
        "lines": [
            {
                "name": key,
                "area_unit": fitted["area"].attrs["units"],
                **{name: column(name, line=key) for name in numbers},
            }
            for key in fitted["line"].values.tolist()
        ],
    }


def _over(sample: str, fractions: xr.Dataset) -> dict[str, object]:
    """Fractions over levels as JSON-ready values, null where there is no number."""
    from xps.series_numbers import KINDS

    def column(name: str, key: str) -> list[float | None]:
        values = _numbers(fractions[name].sel(species=key))
        return [None if math.isnan(value) else value for value in values]

    return {
        "sample": sample,
        "basis": fractions["fraction"].attrs["basis"],
        "denominator": fractions["fraction"].attrs["denominator"],
        "along": _along(fractions),
        "species": [
            {
                "name": key,
                **{name: column(name, key) for name in OVER_LEVELS},
                "kind": [
                    KINDS[int(code)] for code in fractions["fraction_kind"].sel(species=key).values
                ],
            }
            for key in fractions["species"].values.tolist()
        ],
    }


def _along(fitted: xr.Dataset) -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "unit": str(fitted[name].attrs.get("units", "")),
            "values": _numbers(fitted[name]),
        }
        for name in _varied(fitted)
    ]


def _varied(fitted: xr.Dataset) -> list[str]:
    """What the file varied from spectrum to spectrum."""
    names = [str(name) for name in fitted.coords]
    return [name for name in names if fitted[name].dims == ("spectrum",)]


def _rows(sample: str, fitted: xr.Dataset) -> list[Row]:
    """A row for each fraction of each spectrum that has an interval."""
    from references.words import Basis, Estimate, Kind, Row, UncertaintyParts
    from xps.budget import PARTS
    from xps.series_numbers import KINDS

    found: list[Row] = []
    for i in range(fitted.sizes["spectrum"]):
        for key in fitted["species"].values.tolist():
            own = fitted.isel(spectrum=i).sel(species=key)
            kind = KINDS[int(own["fraction_kind"])]
            if kind in {"none", "fixed"}:
                continue
            limit = kind == "upper_limit"
            parts = {p: float(own["fraction_u_part"].sel(part=p)) for p in PARTS}
            estimate = Estimate(
                value=float(own["fraction"]),
                u=None if limit else float(own["fraction_u"]),
                u_parts=UncertaintyParts(**parts),
                low=None if limit else float(own["fraction_low"]),
                high=float(own["fraction_high"]),
                level=0.95,
                kind=Kind(kind),
            )
            found.append(
                Row(
                    sample=f"{sample} [{i}]".strip(),
                    technique="xps",
                    quantity="fraction",
                    subject=key,
                    estimate=estimate,
                    unit="1",
                    basis=Basis.WITHIN_LEVEL,
                    denominator=str(own["core_level"].values),
                )
            )
    return found


def _files(found: Sequence[tuple[str, Envelope, xr.Dataset]]) -> dict[str, bytes]:
    """A table and a figure of each series; file name to content."""
    from xps.plot import profile_figure, rendered

    files: dict[str, bytes] = {}
    for number, (sample, envelope, fitted) in enumerate(found):
        same = sum(other.region == envelope.region for _, other, _ in found) > 1
        stem = file_stem(f"{envelope.region} {number + 1}" if same else envelope.region)
        files[f"{stem}.csv"] = _table(fitted).encode()
        drawn = profile_figure(fitted, title=f"{sample} · {envelope.region}".strip(" ·"))
        for kind in ("svg", "png"):
            files[f"{stem}.{kind}"] = rendered(drawn, kind)
    return files


def _files_over(over: Sequence[tuple[str, xr.Dataset]]) -> dict[str, bytes]:
    """A table and a figure of each sample's fractions over levels."""
    from xps.plot import profile_figure, rendered

    files: dict[str, bytes] = {}
    for sample, fractions in over:
        basis, whole = (fractions["fraction"].attrs[name] for name in ("basis", "denominator"))
        stem = file_stem(f"{basis} {sample}" if len(over) > 1 else basis)
        files[f"{stem}.csv"] = _table_over(fractions).encode(errors="backslashreplace")
        drawn = profile_figure(
            fractions.sel(species=_told_apart(fractions)),
            title=f"{sample} · {basis} of {whole}".strip(" ·"),
        )
        for kind in ("svg", "png"):
            files[f"{stem}.{kind}"] = rendered(drawn, kind)
    return files


def _told_apart(fractions: xr.Dataset) -> list[str]:
    """Species, and elements of several of them: an element of one would be drawn over it."""
    names = [str(name) for name in fractions["species"].values]
    values = np.asarray(fractions["fraction"].values, dtype=float)
    kept: list[int] = []
    for i in range(len(names)):
        same = [np.allclose(values[:, i], values[:, k], equal_nan=True) for k in kept]
        if not any(same):
            kept.append(i)
    return [names[i] for i in kept]


def _table_over(fractions: xr.Dataset) -> str:
    """One line a spectrum: where it stands, its outcome, each fraction."""
    from xps.series_numbers import ASSESSMENTS, KINDS

    whole = fractions["fraction"].attrs["denominator"]
    columns: dict[str, list[str]] = {
        "spectrum": [str(i) for i in range(fractions.sizes["spectrum"])],
        **{_with_unit(n, fractions[n]): _cells(fractions[n]) for n in _varied(fractions)},
        "assessment": [str(ASSESSMENTS[int(code)]) for code in fractions["assessment"].values],
    }
    for key in fractions["species"].values.tolist():
        own = fractions.sel(species=key)
        columns[f"{key} fraction of {whole}"] = _cells(own["fraction"])
        for name in OVER_LEVELS[1:]:
            told = name.removeprefix("fraction_").replace("_", " ")
            columns[f"{key} fraction {told}"] = _cells(own[name])
        columns[f"{key} kind"] = [KINDS[int(code)] for code in own["fraction_kind"].values]
    lines = [list(columns), *(list(row) for row in zip(*columns.values(), strict=True))]
    return csv_text(lines)


def _show_over(sample: str, fractions: xr.Dataset) -> None:
    """Each fraction from the first place to the last."""
    attributes = fractions["fraction"].attrs
    say(f"{sample} · {attributes['basis']} of {attributes['denominator']}".strip(" ·"))
    for key in fractions["species"].values.tolist():
        own = fractions.sel(species=key)
        value, u, high = (
            100.0 * np.asarray(own[name].values, dtype=float)
            for name in ("fraction", "fraction_u", "fraction_high")
        )
        seen = np.isfinite(u)
        limits = ~seen & np.isfinite(high)
        parts: list[str] = []
        if seen.any():
            told = f"{value[seen][0]:.3g} to {value[seen][-1]:.3g} %"
            parts.append(f"{told}, median u {float(np.median(u[seen])):.2g} %")
        if limits.any():
            parts.append(f"a limit in {limits.sum()}, the highest {high[limits].max():.2g} %")
        say(f"{key}: {'; '.join(parts) or 'no interval'}", indent=2)


def _table(fitted: xr.Dataset) -> str:
    """One line a spectrum: where it stands, its outcome, every number with its unit."""
    from xps.series_numbers import ASSESSMENTS, KIND, KINDS, PER_LINE

    columns: dict[str, list[str]] = {
        "spectrum": [str(i) for i in range(fitted.sizes["spectrum"])],
        **{_with_unit(name, fitted[name]): _cells(fitted[name]) for name in _varied(fitted)},
        "assessment": [str(ASSESSMENTS[int(code)]) for code in fitted["assessment"].values],
        "chi2_reduced": _cells(fitted["chi2_reduced"]),
    }
    for key in fitted["species"].values.tolist():
        own = fitted.sel(species=key)
        columns[f"{key} fraction of {own['core_level'].values}"] = _cells(own["fraction"])
        for end in ("u", "low", "high"):
            columns[f"{key} fraction {end}"] = _cells(own[f"fraction_{end}"])
        columns[f"{key} kind"] = [KINDS[int(code)] for code in own[KIND].values]
    for key in fitted["line"].values.tolist():
        own = fitted.sel(line=key)
        for name in PER_LINE:
            for end in ("", "_u"):
                column = own[f"{name}{end}"]
                columns[_with_unit(f"{key} {name}{end.replace('_', ' ')}", column)] = _cells(column)
    lines = [list(columns), *(list(row) for row in zip(*columns.values(), strict=True))]
    return csv_text(lines)


def _with_unit(name: str, values: xr.DataArray) -> str:
    unit = str(values.attrs.get("units", ""))
    return f"{name} / {unit}" if unit else name


def _cells(values: xr.DataArray) -> list[str]:
    return ["" if math.isnan(value) else repr(value) for value in _numbers(values)]


def _numbers(values: xr.DataArray) -> list[float]:
    return np.asarray(values.values, dtype=float).tolist()


def _reviewed(found: Sequence[tuple[str, Envelope, xr.Dataset]], work: Work) -> list[Finding]:
    """What is to be reviewed, as far as the numbers of a series tell it."""
    from peakwright.batch.review import UNREVIEWED, review
    from xps.series_numbers import ASSESSMENTS

    seen: list[Finding] = []
    for sample, envelope, fitted in found:
        chi2 = fitted["chi2_reduced"].values
        table = {
            "sample": sample,
            "region": envelope.region,
            "spectra": list(range(chi2.size)),
            "outcome": [str(ASSESSMENTS[int(code)]) for code in fitted["assessment"].values],
            "chi2": [float(value) if np.isfinite(value) else None for value in chi2],
        }
        channels = next(s["binding_energy"].size for s, e in work.jobs if e == envelope)
        seen += review(table, channels)
    return [*seen, UNREVIEWED]


def _show(sample: str, envelope: Envelope, fitted: xr.Dataset) -> None:
    """A summary: outcomes, and each species' fractions from the first spectrum to the last."""
    from xps.series_numbers import ASSESSMENTS, KINDS

    codes = [str(ASSESSMENTS[int(code)]) for code in fitted["assessment"].values]
    told = ", ".join(f"{codes.count(name)} {name}" for name in dict.fromkeys(codes))
    say(f"{sample} · {envelope.region}: {counted(len(codes), 'spectrum')}, {told}".strip(" ·"))
    for key in fitted["species"].values.tolist():
        own = fitted.sel(species=key)
        kinds = [KINDS[int(code)] for code in own["fraction_kind"].values]
        seen = [i for i, kind in enumerate(kinds) if kind in {"standard", "profile"}]
        limits = kinds.count("upper_limit")
        parts: list[str] = []
        if seen:
            value, u = (100.0 * own[name].values[seen] for name in ("fraction", "fraction_u"))
            parts.append(
                f"{value.min():.2f} to {value.max():.2f} % of {own['core_level'].values}, "
                f"median u {float(np.median(u)):.2g} %"
            )
        if limits:
            highest = 100.0 * max(
                own["fraction_high"].values[i] for i, k in enumerate(kinds) if k == "upper_limit"
            )
            parts.append(f"a limit in {limits}, the highest {highest:.2g} %")
        say(f"{key}: {'; '.join(parts) or 'no interval'}", indent=2)
