"""The tables of a batch: one line a spectrum, one line a number, one line a finding."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from references.files import DataFileError

from ..store import COLUMNS, csv_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .delivery import Entry

__all__ = ["Summary", "findings_csv", "rows_csv", "summary_of"]

OUTCOMES = {"xps": "assessment", "xrd": "verdict", "tofsims": "verdict"}
"""What the outcome of a measurement is called in each technique."""
OF_NUMBER = "value", "u", "low", "high", "kind", "verdict"
FIRST = "file", "region", "spectrum"
FINDING = "rule", "severity", "subject", "reported", "reference", "deviation", "message"

Cell = str | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One line a spectrum: where it is from, its outcome, each number with its interval."""

    columns: tuple[str, ...]
    lines: list[dict[str, Cell]]

    def csv(self) -> bytes:
        """Give it as comma-separated text."""
        columns = self.columns
        head = csv_text([columns])
        body = "".join(
            ",".join([_cell(line.get(name)) for name in columns]) + "\n" for line in self.lines
        )
        return (head + body).encode(errors="backslashreplace")

    def parquet(self) -> bytes:
        """Give it as a Parquet file.

        Raises
        ------
        DataFileError
            If pyarrow is not there.
        """
        arrow, writer = need_parquet()
        columns = {name: [line.get(name) for line in self.lines] for name in self.columns}
        made = {
            name: arrow.array(
                [
                    v.encode(errors="backslashreplace").decode() if isinstance(v, str) else v
                    for v in values
                ],
                type=arrow.string() if _is_text(values) else arrow.float64(),
            )
            for name, values in columns.items()
        }
        stream = arrow.BufferOutputStream()
        writer.write_table(arrow.table(made), stream)
        return stream.getvalue().to_pybytes()


def need_parquet() -> tuple[Any, Any]:
    """Give pyarrow and its Parquet writer.

    Raises
    ------
    DataFileError
        If they are not there.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as writer
    except ModuleNotFoundError:
        raise DataFileError(
            "summary.parquet",
            "needs pyarrow",
            action='install it: pip install "peakwright[exchange]", or leave --parquet out',
        ) from None
    return pa, writer


def _is_text(values: Iterable[Cell]) -> bool:
    return any(isinstance(value, str) for value in values)


def summary_of(technique: str, entries: Sequence[Entry]) -> Summary:
    """Give a line for each spectrum, and one for each file that has none."""
    outcome = OUTCOMES[technique]
    along: dict[str, None] = {}
    numbers: dict[str, None] = {}
    lines: list[dict[str, Cell]] = []
    for entry in entries:
        if entry.failure is not None:
            lines.append({"file": entry.found.name, outcome: "error", "error": entry.failure[1]})
        for table in entry.tables:
            varied = {_with_unit(a["name"], a["unit"]): a["values"] for a in table["along"]}
            told = _columns(table["numbers"])
            along |= dict.fromkeys(varied)
            numbers |= dict.fromkeys(told)
            columns = varied | told
            for i, spectrum in enumerate(table["spectra"]):
                line: dict[str, Cell] = {
                    "file": entry.found.name,
                    "sample": table["sample"],
                    "region": table["region"],
                    "spectrum": str(spectrum),
                    outcome: table["outcome"][i],
                    "chi2_reduced": table["chi2"][i],
                }
                line |= {name: values[i] for name, values in columns.items()}
                lines.append(line)
    first = ["file", "sample", "region", "spectrum"]
    chi2 = ["chi2_reduced"] if technique == "xps" else []
    return Summary(columns=(*first, *along, outcome, *chi2, *numbers, "error"), lines=lines)


def _columns(numbers: Sequence[dict[str, Any]]) -> dict[str, list[Cell]]:
    """Columns of a table's numbers: the value, then what is known of it."""
    found: dict[str, list[Cell]] = {}
    for number in numbers:
        of = f" of {number['denominator']}" if number["denominator"] else ""
        name = f"{number['subject']} {number['quantity']}"
        found[_with_unit(name + of, number["unit"])] = number["value"]
        for key in OF_NUMBER[1:]:
            if key in number:
                unit = number["unit"] if key in {"u", "low", "high"} else ""
                found[_with_unit(f"{name}{of} {key}", unit)] = number[key]
    return found


def _with_unit(name: str, unit: str) -> str:
    return name if unit in {"", "1"} else f"{name} / {unit}"


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else _text(value)


@lru_cache(maxsize=4096)
def _text(value: str) -> str:
    """A cell of text, escaped as all tables escape it."""
    return csv_text([[value]])[:-1]


def rows_csv(technique: str, entries: Sequence[Entry]) -> bytes:
    """Give a line for each number that has an uncertainty, a limit or was held."""
    parts = [name.removeprefix("u_") for name in COLUMNS if name.startswith("u_")]
    lines = [csv_text([(*FIRST, *COLUMNS)])]
    for entry in entries:
        file = _text(entry.found.name)
        for table in entry.tables:
            before = f"{file},{_text(table['region'])},"
            for number in table["numbers"]:
                told = (table["sample"], technique, number["quantity"], number["subject"])
                told += (number["unit"], number["basis"], number["denominator"])
                middle = "," + ",".join(_text(text) for text in told) + ","
                kinds, values, us = number.get("kind"), number["value"], number["u"]
                shares, level = number.get("u_parts", {}), number.get("level")
                for i, spectrum in enumerate(table["spectra"]):
                    kind = "standard" if kinds is None else kinds[i]
                    if kind == "none" or (kinds is None and us[i] is None):
                        continue
                    numbers = [values[i], us[i]]
                    numbers += [shares[part][i] if part in shares else None for part in parts]
                    numbers += [
                        number[key][i] if key in number else None for key in ("low", "high")
                    ]
                    numbers.append(level)
                    cells = ",".join(["" if v is None else repr(v) for v in numbers])
                    lines.append(f"{before}{spectrum}{middle}{cells},{kind}\n")
    return "".join(lines).encode(errors="backslashreplace")


def findings_csv(entries: Sequence[Entry]) -> bytes:
    """Give a line for each finding; nothing where there is none."""
    lines = [
        (entry.found.name, *(finding[name] for name in FINDING))
        for entry in entries
        for finding in entry.findings
    ]
    if not lines:
        return b""
    return csv_text([("file", *FINDING), *lines]).encode(errors="backslashreplace")
