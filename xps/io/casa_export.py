"""What CasaXPS exports as text: counts and the curves of a fit, then the same as rates.

A block's columns are ``K.E.``, ``Counts``, one a component, ``Background``, ``Envelope``, an empty
one, then ``B.E.``, ``CPS`` and the curves again. Lines above give the components' position, width,
area and shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .columns import cells_of
from .curves import Component, Curves
from .written import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .columns import Rows

__all__ = ["exported_curves", "is_casa_export"]


def is_casa_export(header: Sequence[str]) -> bool:
    """Whether columns are named as CasaXPS names them."""
    lowered = [cell.lower() for cell in header]
    return lowered[:2] == ["k.e.", "counts"] and "b.e." in lowered


def exported_curves(block: Rows, header: Sequence[str], delimiter: str) -> Curves | None:
    """Give the curves of a fit, in counts; ``None`` where there are none.

    Parameters
    ----------
    block : Rows
    header : sequence of str
        The names of its columns.
    delimiter : str
        What divides the cells of a line.
    """
    if not is_casa_export(header):
        return None
    lowered = [cell.lower() for cell in header]
    curves = {
        j: np.array([number(row[j].replace(",", ".")) for row in block.rows])
        for j in range(2, lowered.index("b.e."))
    }
    if not curves:
        return None
    above = [cells_of(line, delimiter) for line in block.above]
    said = {cells[0].lower(): cells for cells in above if cells}

    def of(what: str, j: int) -> str:
        cells, at = said.get(what, []), block.filled[j]
        return cells[at] if at < len(cells) else ""

    named = {lowered[j]: curve for j, curve in curves.items()}
    return Curves(
        program="CasaXPS",
        background=named.get("background"),
        envelope=named.get("envelope"),
        components=tuple(
            Component(
                name=header[j],
                curve=curve,
                position=number(of("position", j).replace(",", ".")),
                fwhm=number(of("fwhm", j).replace(",", ".")),
                area=number(of("area", j).replace(",", ".")),
                shape=of("lineshape", j),
            )
            for j, curve in curves.items()
            if lowered[j] not in {"background", "envelope"}
        ),
    )
