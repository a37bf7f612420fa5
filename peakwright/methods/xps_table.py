"""The lines and fractions of XPS fits as a table for the supporting information."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .given import estimate, items, part, text
from .prose import spelt
from .sources import library_of
from .table import Column, Table
from .xps import envelope_of
from .xps_constraints import constraint_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from references.words import Estimate

__all__ = ["table"]


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
        Column(title="energy", unit="eV", estimates=True),
        Column(title="FWHM", unit="eV", estimates=True),
        Column(title="area", unit=unit, estimates=True),
        *(() if unit else (Column(title="unit of area"),)),
        Column(title="line shape"),
        Column(title="constraint"),
        *(Column(title=title, percent=True, estimates=True) for title, _ in bases),
    )
    registry = library_of(document)
    rows: list[tuple[str | Estimate | None, ...]] = []
    for fit in fits:
        envelope = envelope_of(fit, document)
        for line in items(fit, "components"):
            known = part(line, "estimates")
            rows.append(
                (
                    *((text(fit, "sample"),) if several else ()),
                    text(fit, "region"),
                    text(line, "name"),
                    text(line, "line"),
                    estimate(known.get("position_eV")),
                    estimate(known.get("fwhm_eV")),
                    estimate(known.get("area")),
                    *(() if unit else (text(line, "area_unit"),)),
                    spelt(text(line, "shape")),
                    constraint_of(line, fit, envelope, registry),
                    *(_share(line, fit, mine) for _, mine in bases),
                )
            )
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
) -> Estimate | None:
    """The share of a component, on its major line."""
    if line.get("minor") is True:
        return None
    name, level = text(line, "name"), _level(text(line, "line"))
    for row in rows:
        subject, whole = text(row, "subject"), text(row, "denominator")
        within = text(row, "basis") == "within_level"
        mine = (subject, whole) == (name, level) if within else subject == f"{name} ({level})"
        if mine and text(row, "sample") == text(fit, "sample"):
            return estimate(row)
    return None


def _level(line: str) -> str:
    """The core level of a line: ``S 2p`` of ``S 2p3/2``."""
    element, _, orbital = line.partition(" ")
    return f"{element} {orbital[:2]}".strip()
