"""The numbers of a record: what every technique's results are put into, ready for JSON.

A table is of one sample and region; a column has a value for each of its spectra, ``None`` where
there is none, and columns that say nothing are left out::

    {"sample", "region", "spectra": [0, 1], "outcome": ["converged", ...], "chi2": [...],
     "along": [{"name", "unit", "values"}],
     "numbers": [{"quantity", "subject", "unit", "basis", "denominator",
                  "value", "u", "u_parts": {part: [...]}, "low", "high", "kind", "level"}]}
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from references.words import Row

    from .unit import Table

__all__ = ["number_of", "number_of_row", "table_of"]


def column(values: Iterable[Any]) -> list[float | None]:
    """Give numbers as JSON has them: none where there is none.

    Examples
    --------
    >>> column([1.0, float("nan"), None])
    [1.0, None, None]
    """
    given: Any = values
    listed = given.tolist() if hasattr(given, "tolist") else values
    return [None if v is None or not math.isfinite(v) else float(v) for v in listed]


def number_of(
    quantity: str,
    subject: str,
    *,
    value: Iterable[Any],
    u: Iterable[Any],
    low: Iterable[Any] | None = None,
    high: Iterable[Any] | None = None,
    u_parts: Mapping[str, Iterable[Any]] | None = None,
    kind: Sequence[str] | None = None,
    level: float | None = None,
    unit: str = "1",
    basis: str = "",
    denominator: str = "",
) -> dict[str, Any]:
    """Give one quantity of a subject, for all spectra of a table."""
    told: dict[str, Any] = {
        "quantity": quantity,
        "subject": subject,
        "unit": unit,
        "basis": basis,
        "denominator": denominator,
        "value": column(value),
        "u": column(u),
    }
    if u_parts:
        told["u_parts"] = {name: column(part) for name, part in u_parts.items()}
    if low is not None:
        told["low"] = column(low)
    if high is not None:
        told["high"] = column(high)
    if kind is not None:
        told["kind"] = list(kind)
    return told if level is None else told | {"level": level}


def number_of_row(row: Row) -> dict[str, Any]:
    """Give a row as a quantity of a table of one spectrum."""
    known = row.estimate
    return number_of(
        row.quantity,
        row.subject,
        value=[known.value],
        u=[known.u],
        low=[known.low],
        high=[known.high],
        u_parts={name: [part] for name, part in known.u_parts.to_dict().items()},
        kind=[str(known.kind)],
        level=known.level,
        unit=row.unit,
        basis="" if row.basis is None else str(row.basis),
        denominator=row.denominator,
    )


def table_of(
    sample: str,
    region: str,
    outcome: Sequence[str],
    numbers: list[dict[str, Any]],
    *,
    spectra: Sequence[int] = (0,),
    chi2: Iterable[Any] = (None,),
    along: Sequence[tuple[str, str, Sequence[float]]] = (),
) -> Table:
    """Give the numbers of spectra of one sample and region."""
    return {
        "sample": sample,
        "region": region,
        "spectra": list(spectra),
        "outcome": list(outcome),
        "chi2": column(chi2),
        "along": [
            {"name": name, "unit": unit, "values": column(values)} for name, unit, values in along
        ],
        "numbers": numbers,
    }
