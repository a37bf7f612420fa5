"""A stored ``result.json`` of ours becomes claims, with the findings that only the live fit had."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from references.files import DataFileError
from references.words import Basis, Finding, Kind, Severity

from .assignment import level_at, tied_pairs
from .claims import ClaimedFraction, ClaimedLine, ClaimedSpectrum, Claims, Stated
from .claims_fit import unseen
from .naming import level_name, species_name
from .recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from references.registry import Registry

    from .envelope import Component

__all__ = ["from_result"]

SCHEMA = "peakwright.xps.fit/1"


def from_result(path: str | Path, document: Mapping[str, Any], registry: Registry) -> Claims:
    """Give the claims of a ``result.json`` of ``peakwright xps fit``.

    Parameters
    ----------
    path : path
        For messages.
    document : mapping
        Its content.
    registry : Registry

    Returns
    -------
    Claims
        With the findings that the fits had.

    Raises
    ------
    DataFileError
        If it is another document, or a part of it is missing or of another kind.
    """
    schema = document.get("schema")
    if schema != SCHEMA:
        raise DataFileError(
            path,
            f"has the schema {schema!r}, where {SCHEMA!r} is expected",
            action="give the result.json of `peakwright xps fit`",
        )
    try:
        recipe = Recipe.model_validate(document["recipe"])
        fits = [_Stored(fit, recipe, registry) for fit in document["fits"]]
        lines: list[ClaimedLine] = []
        for fit in fits:
            lines += fit.lines(len(lines))
        rows = [row for fit in document["fits"] for row in fit["fractions"]]
        fractions = tuple(_fraction(row, registry) for row in (*rows, *document["fractions"]))
        stored = [f for fit in document["fits"] for f in fit["findings"]] + document["findings"]
        findings = tuple(_finding(f) for f in stored)
        spectra = tuple(fit.spectrum() for fit in fits)
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        told = f"lacks {error}" if isinstance(error, KeyError) else f"cannot be read ({error})"
        raise DataFileError(
            path, " ".join(told.split())[:300], action="give a result.json as it was written"
        ) from None
    elements = dict.fromkeys(e for envelope in recipe.envelopes for e in envelope.elements)
    return Claims(
        origin="fit",
        lines=tuple(lines),
        fractions=tuple(f for f in dict.fromkeys(fractions) if f is not None),
        spectra=spectra,
        elements=tuple(elements),
        findings=findings,
    )


class _Stored:
    """One fit of a result document."""

    def __init__(self, fit: Mapping[str, Any], recipe: Recipe, registry: Registry) -> None:
        self.fit, self.registry = fit, registry
        self.sample, self.region = str(fit["sample"]), str(fit["region"])
        chosen = [
            e for e in recipe.envelopes if e.region == self.region and e.sample in {"", self.sample}
        ]
        self.envelope = max(chosen, key=lambda e: bool(e.sample), default=None)

    def component(self, name: str) -> Component | None:
        if self.envelope is None:
            return None
        return next((c for c in self.envelope.components if c.name == name), None)

    def lines(self, first: int) -> list[ClaimedLine]:
        found: list[ClaimedLine] = []
        majors: dict[str, int] = {}
        reference = bool(self.fit["charge"]["reference"])
        for line in self.fit["components"]:
            estimates = line["estimates"]
            faint = unseen(
                estimates["area"]["kind"], estimates["position_eV"]["kind"], line["position_u_eV"]
            )
            name, component = str(line["name"]), self.component(str(line["name"]))
            named = level_name(str(line["line"]))
            if named is None:
                raise ValueError(f"line {line['line']!r} names no core level")
            place = _positive(line["position_eV"])
            level = level_at(named, place, self.registry)
            lines = level.lines if level else ()
            minor = len(lines) > 1 and named.line == lines[-1]
            species = component.species if component else ""
            index = first + len(found)
            partner = majors.get(name) if minor else None
            if not minor:
                majors[name] = index
            found.append(
                ClaimedLine(
                    index=index,
                    sample=self.sample,
                    region=self.region,
                    label=named.symbol,
                    level=level,
                    line=named.line or next(iter(lines), ""),
                    minor=minor and partner is not None,
                    name=name,
                    species=species or species_name(name, self.registry)[0],
                    position=Stated(value=place, u=_u(line["position_u_eV"])),
                    fwhm=Stated(value=_positive(line["fwhm_eV"]), u=_u(line["fwhm_u_eV"])),
                    area=Stated(
                        value=0.0 if faint else _finite(line["area"]), u=_u(line["area_u"])
                    ),
                    referenced=reference,
                    partner=partner,
                )
            )
        return found if self.envelope is None else tied_pairs(found, self.envelope, first)

    def spectrum(self) -> ClaimedSpectrum:
        named = level_name(self.region)
        background = self.envelope.background if self.envelope else None
        static = background is not None and background.mode == "static"
        return ClaimedSpectrum(
            sample=self.sample,
            region=self.region,
            symbol=named.symbol if named else "",
            window=self.envelope.window if self.envelope else None,
            background=background.kind if background else "",
            charge_shift=_finite(self.fit["charge"]["shift_eV"]),
            end_channels=background.end_points if background and static else None,
        )


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not finite")
    return number


def _positive(value: Any) -> float:
    number = _finite(value)
    if number <= 0:
        raise ValueError(f"{value!r} is not above zero")
    return number


def _u(value: Any) -> float | None:
    return None if value is None else abs(_finite(value))


def _fraction(row: Mapping[str, Any], registry: Registry) -> ClaimedFraction | None:
    if row["kind"] == Kind.UPPER_LIMIT:
        return None
    subject, _, level = str(row["subject"]).partition(" (")
    basis = Basis(row["basis"])
    symbol = str(row["denominator"]) if basis is Basis.WITHIN_LEVEL else level.rstrip(")")
    return ClaimedFraction(
        sample=str(row["sample"]),
        name=subject,
        species=species_name(subject, registry)[0],
        symbol=symbol,
        value=_finite(row["value"]),
        u=_u(row["u"]),
        basis=basis,
    )


def _finding(stored: Mapping[str, Any]) -> Finding:
    return Finding(
        rule=str(stored["rule"]),
        severity=Severity(stored["severity"]),
        subject=str(stored["subject"]),
        message=str(stored["message"]),
        reported=str(stored["reported"]),
        reference=str(stored["reference"]),
        deviation=str(stored["deviation"]),
        sources=tuple(str(key) for key in stored["sources"]),
    )
