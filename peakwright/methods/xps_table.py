"""The lines and fractions of XPS fits as a table for the supporting information."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from references.words import Assessment, Kind

from .given import estimate, finite, items, many, part, text
from .prose import spelt
from .sources import library_of
from .table import Column, Said, Table
from .xps import envelope_of
from .xps_constraints import constraint_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from references.words import Estimate

    from .table import Cell

__all__ = ["table"]

CLOSE = 1e-9
"""What differs less from a bound, relative to it, stands there."""


def table(document: Mapping[str, Any]) -> Table:
    """Give a row for each line: energy, FWHM, area, shape, constraint, the component's share."""
    fits = items(document, "fits")
    units = list(
        dict.fromkeys(text(line, "area_unit") for fit in fits for line in items(fit, "components"))
    )
    unit = units[0] if len(units) == 1 else ""
    bases = _bases(document, fits)
    several = len({text(fit, "sample") for fit in fits}) > 1
    columns = (
        *((Column(title="sample"),) if several else ()),
        Column(title="region"),
        Column(title="component"),
        Column(title="line"),
        Column(title="energy", unit="eV", of="estimate"),
        Column(title="FWHM", unit="eV", of="estimate"),
        Column(title="area", unit=unit, of="estimate"),
        *(() if unit else (Column(title="unit of area"),)),
        Column(title="line shape"),
        Column(title="constraint"),
        *(Column(title=title, of="estimate", percent=True) for title, _ in bases),
    )
    registry = library_of(document)
    rows: list[tuple[Cell, ...]] = []
    for fit in fits:
        envelope = envelope_of(fit, document)
        rows += [
            (
                *((text(fit, "sample"),) if several else ()),
                text(fit, "region"),
                text(line, "name"),
                text(line, "line"),
                *(_of_line(line, fit, name) for name in ("position_eV", "fwhm_eV", "area")),
                *(() if unit else (text(line, "area_unit"),)),
                spelt(text(line, "shape")),
                constraint_of(line, fit, envelope, registry),
                *(_share(line, fit, mine) for _, mine in bases),
            )
            for line in items(fit, "components")
        ]
    return Table(columns=columns, rows=tuple(rows))


def _bases(
    document: Mapping[str, Any], fits: Sequence[Mapping[str, Any]]
) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """A column for each basis that fractions were formed on: its title, its fractions."""
    within = [row for fit in fits for row in items(fit, "fractions")]
    found: list[tuple[str, list[Mapping[str, Any]]]] = []
    if within:
        found.append(("share of the level", within))
    others: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in items(document, "fractions"):
        key = text(row, "basis"), text(row, "denominator")
        if key[0] != "within_level":
            others.setdefault(key, []).append(row)
    found += [(f"{spelt(basis)}, of {whole}", mine) for (basis, whole), mine in others.items()]
    return found


def _share(
    line: Mapping[str, Any], fit: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> Estimate | Said | None:
    """The share of a component, on its major line."""
    if line.get("minor") is True:
        return None
    name, level = text(line, "name"), _level(text(line, "line"))
    for row in rows:
        subject, whole = text(row, "subject"), text(row, "denominator")
        within = text(row, "basis") == "within_level"
        mine = (subject, whole) == (name, level) if within else subject == f"{name} ({level})"
        if mine and text(row, "sample") == text(fit, "sample"):
            return _said(estimate(row), fit)
    return None


def _of_line(line: Mapping[str, Any], fit: Mapping[str, Any], name: str) -> Estimate | Said | None:
    """A number of a line; without u it says why."""
    given = estimate(part(line, "estimates").get(name))
    ends = [finite(one) for one in many(part(line, "limits").get(name))]
    bound = given is not None and any(
        end is not None and math.isclose(given.value, end, rel_tol=CLOSE) for end in ends
    )
    return _said(given, fit, "at its bound, " if bound else "")


def _said(
    given: Estimate | None, fit: Mapping[str, Any], where: str = ""
) -> Estimate | Said | None:
    if given is None or given.u is not None or given.kind is not Kind.STANDARD:
        return given
    settled = text(fit, "assessment") == Assessment.CONVERGED
    why = "not determined" if settled else "no u: the fit is not settled"
    return Said(estimate=given, note=f"{where}{why}")


def _level(line: str) -> str:
    """The core level of a line: ``S 2p`` of ``S 2p3/2``."""
    element, _, orbital = line.partition(" ")
    return f"{element} {orbital[:2]}".strip()
