"""What can be taken away: the figure, the table, the recipe, as a file's name and bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Literal, cast

from references.words import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from references.words import Row
    from xps.recipe import Recipe
    from xps.result import Fit

__all__ = ["exported", "has_excel", "workbook"]


def has_excel() -> bool:
    """Whether Excel files can be written."""
    from importlib.util import find_spec

    return find_spec("openpyxl") is not None


def exported(kind: str, path: Path, recipe: Recipe, fit: Fit | None) -> tuple[str, bytes]:
    """Give an export's file name and content.

    Parameters
    ----------
    kind : {"svg", "pdf", "png", "csv", "xlsx", "toml"}
    path : Path
        The measurement, after which the file is named.
    recipe : Recipe
    fit : Fit or None
        Of the region in sight; a recipe needs none.

    Raises
    ------
    InputError
        If there is no such export, or no fit yet.
    """
    from xps.recipe import to_toml

    from ...store import file_stem, rows_csv

    if kind == "toml":
        return f"{file_stem(path.stem)}_recipe.toml", to_toml(recipe).encode()
    if fit is None:
        raise InputError("there is no fit to export yet; wait until it is done")
    stem = file_stem(f"{path.stem} {fit.region}")
    if kind in {"svg", "pdf", "png"}:
        import xps

        drawn_as = cast("Literal['svg', 'pdf', 'png']", kind)
        return f"{stem}.{kind}", xps.rendered(xps.figure(fit), drawn_as)
    if kind == "csv":
        return f"{stem}.csv", rows_csv(fit.rows()).encode(errors="backslashreplace")
    if kind == "xlsx" and has_excel():
        return f"{stem}.xlsx", workbook(fit.rows())
    raise InputError(f"there is no export {kind!r}")


def workbook(rows: Sequence[Row]) -> bytes:
    """Give rows as an Excel workbook: numbers as numbers, texts as texts, and no formula.

    The columns are those of ``rows.csv``.
    """
    import csv

    import openpyxl

    from ...store import rows_csv

    # Read back from the table that is escaped already, so that both say the same.
    table = list(csv.reader(io.StringIO(rows_csv(rows))))
    library: Any = openpyxl
    book = library.Workbook()
    sheet = book.active
    sheet.title = "rows"
    for i, row in enumerate(table, 1):
        for k, text in enumerate(row, 1):
            cell = sheet.cell(row=i, column=k)
            number = _number(text) if i > 1 and k > TEXTS else None
            if number is not None:
                cell.value = number
            elif text:
                cell.value = _printable(text)
                cell.data_type = "s"  # a text, whatever it begins with
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


TEXTS = 7
"""The first columns are words, whatever they look like."""


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _printable(text: str) -> str:
    """A text without the control characters that a workbook cannot hold."""
    return "".join(c for c in text if c >= " " or c in "\t\n")
