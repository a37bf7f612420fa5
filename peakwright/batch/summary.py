"""The tables of a batch: one line a measurement, one line a number, one line a finding.

Each is made by going through the files once, holding no more of them than its own text.
"""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from references.files import DataFileError

from ..store import COLUMNS, csv_text

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from .entries import Entry

__all__ = ["Summary", "findings_csv", "rows_csv"]

OUTCOMES = {"xps": "assessment", "xrd": "verdict", "tofsims": "verdict"}
"""What the outcome of a measurement is called in each technique."""
SETTLED = "converged"
OF_NUMBER = "value", "u", "low", "high", "kind", "verdict"
FIRST = "file", "region", "spectrum"
FINDING = "rule", "severity", "subject", "reported", "reference", "deviation", "message"
TEXTS = "file", "sample", "findings", "error"
END_OF_TEXT = "assessment", "verdict", " kind"
TOGETHER = 10_000
"""Lines that a Parquet file takes at once."""

Cell = str | int | float | None
Cells = dict[str, Cell]


@dataclass(slots=True)
class _Line:
    """What is known of one measurement: of a sample, where it was varied, of all its regions."""

    sample: str
    along: Cells
    cells: Cells = field(default_factory=dict[str, "Cell"])
    outcomes: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Summary:
    """One line a measurement: where it is from, its outcome, each number with its interval.

    The regions of a sample stand side by side. Its columns are known when all files have been
    :meth:`seen <see>`.

    Parameters
    ----------
    technique : str
    """

    technique: str
    _along: dict[str, None] = field(default_factory=dict[str, None])
    _cells: dict[str, None] = field(default_factory=dict[str, None])

    def see(self, entry: Entry) -> None:
        """Take note of the columns that a file needs."""
        for line in _measured(self.technique, entry):
            self._along |= dict.fromkeys(line.along)
            self._cells |= dict.fromkeys(line.cells)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        outcome = OUTCOMES[self.technique]
        return ("file", "sample", *self._along, outcome, "findings", *self._cells, "error")

    def lines(self, entries: Iterable[Entry]) -> Iterator[Cells]:
        """Give the lines: of each file its measurements, or its error."""
        outcome = OUTCOMES[self.technique]
        for entry in entries:
            loud = [f["rule"] for f in entry.findings if f["severity"] != "info"]
            head: Cells = {"file": entry.found.name, "findings": " ".join(sorted(set(loud)))}
            if entry.failure is not None:
                yield head | {outcome: "error", "error": entry.failure[1]}
            for line in _measured(self.technique, entry):
                unsettled = (one for one in line.outcomes if one != SETTLED)
                told = {"sample": line.sample, outcome: next(unsettled, SETTLED)}
                yield head | told | line.along | line.cells

    def csv(self, entries: Iterable[Entry]) -> bytes:
        """Give it as comma-separated text."""
        columns = self.columns
        made = io.BytesIO()
        made.write(_encoded(csv_text([columns])))
        for line in self.lines(entries):
            made.write(_encoded(",".join([_cell(line.get(name)) for name in columns]) + "\n"))
        return made.getvalue()

    def parquet(self, entries: Iterable[Entry]) -> bytes:
        """Give it as a Parquet file.

        Raises
        ------
        DataFileError
            If pyarrow is not there.
        """
        arrow, writer = need_parquet()
        kinds = {"text": arrow.string(), "whole": arrow.int64(), "number": arrow.float64()}
        schema = arrow.schema([(name, kinds[_kind(name)]) for name in self.columns])
        stream = arrow.BufferOutputStream()
        with writer.ParquetWriter(stream, schema) as made:
            for some in _some(self.lines(entries), TOGETHER):
                cells = {name: [_plain(line.get(name)) for line in some] for name in schema.names}
                made.write_table(arrow.table(cells, schema=schema))
        return stream.getvalue().to_pybytes()


def _kind(name: str) -> str:
    """What a column holds, by its name."""
    if name in TEXTS or name.endswith(END_OF_TEXT):
        return "text"
    return "whole" if name.endswith(" spectrum") else "number"


def _some(lines: Iterable[Cells], number: int) -> Iterator[list[Cells]]:
    """So many lines at a time; once none, where there are none at all."""
    some: list[Cells] = []
    for line in lines:
        some.append(line)
        if len(some) == number:
            yield some
            some = []
    yield some


def _plain(value: Cell) -> Cell:
    """A cell whose text any reader takes."""
    return _encoded(value).decode() if isinstance(value, str) else value


def _encoded(text: str) -> bytes:
    return text.encode(errors="backslashreplace")


def _measured(technique: str, entry: Entry) -> list[_Line]:
    """The measurements of a file: spectra of several regions are one where they belong together.

    They do where they are of one sample and varied alike, and each region has as many of them: the
    first of each is then one measurement, the second of each the next.
    """
    places: list[tuple[Hashable, dict[str, Any], int]] = []
    number: Counter[tuple[Hashable, str]] = Counter()
    for table in entry.tables:
        for i in range(len(table["spectra"])):
            at = table["sample"], tuple((a["name"], a["values"][i]) for a in table["along"])
            places.append((at, table, i))
            number[at, table["region"]] += 1
    counts: dict[Hashable, set[int]] = {}
    for (at, _), times in number.items():
        counts.setdefault(at, set()).add(times)
    lines: dict[Hashable, _Line] = {}
    met: Counter[tuple[Hashable, str]] = Counter()
    columns: dict[int, dict[str, Sequence[Cell]]] = {}
    for at, table, i in places:
        region = table["region"]
        met[at, region] += 1
        key = at, met[at, region], "" if len(counts[at]) == 1 else region
        if key not in lines:
            varied = {_with_unit(a["name"], a["unit"]): a["values"][i] for a in table["along"]}
            lines[key] = _Line(table["sample"], varied)
        if id(table) not in columns:
            columns[id(table)] = _columns(technique, table)
        lines[key].outcomes.append(table["outcome"][i])
        lines[key].cells |= {name: values[i] for name, values in columns[id(table)].items()}
    return list(lines.values())


def _columns(technique: str, table: dict[str, Any]) -> dict[str, Sequence[Cell]]:
    """Columns of a table: which spectrum and how its fit went, then its numbers."""
    found: dict[str, Sequence[Cell]] = {}
    if region := table["region"]:
        # Fractions over several levels are of no spectrum.
        if all(number["basis"] != region for number in table["numbers"]):
            found[f"{region} spectrum"] = table["spectra"]
        found[f"{region} {OUTCOMES[technique]}"] = table["outcome"]
        if any(value is not None for value in table["chi2"]):
            found[f"{region} chi2_reduced"] = table["chi2"]
    for number in table["numbers"]:
        of = f" of {number['denominator']}" if number["denominator"] else ""
        name = f"{number['subject']} {number['quantity']}"
        found[_with_unit(name + of, number["unit"])] = number["value"]
        for key in OF_NUMBER[1:]:
            if key in number:
                unit = number["unit"] if key in {"u", "low", "high"} else ""
                found[_with_unit(f"{name}{of} {key}", unit)] = number[key]
    return found


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


def _with_unit(name: str, unit: str) -> str:
    return name if unit in {"", "1"} else f"{name} / {unit}"


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    return _text(value) if isinstance(value, str) else repr(value)


@lru_cache(maxsize=4096)
def _text(value: str) -> str:
    """A cell of text, escaped as all tables escape it."""
    return csv_text([[value]])[:-1]


def rows_csv(technique: str, entries: Iterable[Entry]) -> bytes:
    """Give a line for each number that has an uncertainty, a limit or was held."""
    parts = [name.removeprefix("u_") for name in COLUMNS if name.startswith("u_")]
    made = io.BytesIO()
    made.write(_encoded(csv_text([(*FIRST, *COLUMNS)])))
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
                    made.write(_encoded(f"{before}{spectrum}{middle}{cells},{kind}\n"))
    return made.getvalue()


def findings_csv(entries: Iterable[Entry]) -> bytes:
    """Give a line for each finding; nothing where there is none."""
    made = io.BytesIO()
    for entry in entries:
        lines = [(entry.found.name, *(told[name] for name in FINDING)) for told in entry.findings]
        if lines and not made.tell():
            lines.insert(0, ("file", *FINDING))
        made.write(_encoded(csv_text(lines)))
    return made.getvalue()
