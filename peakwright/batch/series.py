"""XPS spectra by the compiled series: a file is one piece, or blocks of neighbours if it is long.

A block is fitted as :func:`xps.fit_series` fits a chunk, so that its numbers depend on its own
spectra alone. Files of a few spectra are fitted together, for that is quicker, and each spectrum as
if it were alone, so that the others leave no digit of it otherwise.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from xps.series_numbers import ASSESSMENTS, JUMP, KIND, KINDS, PER_LINE, U_PART, series_of

from .review import review
from .tables import number_of, table_of
from .unit import CHANGED, Made, Piece

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import xarray as xr

    from references.registry import Registry
    from references.words import Finding
    from xps.envelope import Envelope
    from xps.series_numbers import Series

    from .unit import Key, Table

__all__ = ["BLOCK", "Block", "SeriesEngine"]

Array = NDArray[np.float64]

BLOCK = 64
"""Spectra of a block; a file with no more than these is one piece."""
STARTS, MORE_STARTS = 4, 16
"""Starts a spectrum; and of one among few whose misfit is more than counts explain."""
FEW = 8
"""Fewer spectra than these are no series: each is fitted as if it were alone."""
SMALL = 128 * 1024
"""A file of more bytes is not fitted together with others."""
LAID_OUT = 16
"""Recipes on an axis that are kept laid out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Spectra of one sample, recipe and axis.

    Attributes
    ----------
    sample : str
    envelope : Envelope
    energy : array
        Binding energies on their scale [eV].
    counts : (N, n) array
    numbers : tuple of int
        Which spectra of the file they are.
    time : float
        Acquisition time [s] that all of them share, NaN where they do not.
    along : tuple of (name, unit, values)
        What the file varied.
    notes : tuple of Finding
        Of the file; its first block has them.
    """

    sample: str
    envelope: Envelope
    energy: Array
    counts: Array
    numbers: tuple[int, ...]
    time: float
    along: tuple[tuple[str, str, tuple[float, ...]], ...]
    notes: tuple[Finding, ...] = ()

    def part(self, first: int) -> Block:
        """Give the block of those that begin with a number of them."""
        those = slice(first, first + BLOCK)
        return replace(
            self,
            counts=self.counts[those],
            numbers=self.numbers[those],
            along=tuple((name, unit, values[those]) for name, unit, values in self.along),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _File:
    """What is to be fitted of a file, and what is said of it."""

    groups: list[Block]
    notes: tuple[Finding, ...]

    @property
    def spectra(self) -> int:
        """How many."""
        return sum(len(group.numbers) for group in self.groups)


@dataclass(slots=True, eq=False)
class _Laid:
    """A recipe laid out over an axis; whether company changes the digits of a spectrum here."""

    series: Series
    mixes: bool | None = None


class SeriesEngine:
    """One recipe for the compiled series.

    Parameters
    ----------
    recipe : str
        As TOML.
    registry : Registry
    """

    def __init__(self, recipe: str, registry: Registry) -> None:
        from xps.recipe import from_toml

        from ..jobs.xps.request import Request

        self.registry = registry
        self.request = Request(recipe=from_toml(recipe))
        self._laid_out: OrderedDict[tuple[str, bytes], _Laid] = OrderedDict()
        self._ready: dict[Key, Made] = {}

    def ahead(self, pieces: Sequence[Piece]) -> None:
        """Fit the files of a few spectra among the next together; what is not asked for is lost."""
        self._ready.clear()
        if len(pieces) == 1 or any(p.blocks or p.size > SMALL for p in pieces[:1]):
            return
        opened: list[tuple[Piece, _File]] = []
        for piece in pieces:
            if piece.blocks or piece.size > SMALL:
                break
            with suppress(Exception):  # told when the file's own turn comes
                found = self._opened(piece)
                if found.spectra < FEW:
                    opened.append((piece, found))
        with suppress(Exception):  # of one of them: each is tried by itself
            tables = self._together([group for _, found in opened for group in found.groups])
            for piece, found in opened:
                own = [next(tables) for _ in found.groups]
                self._ready[piece.key] = _made(found.groups, own, found.notes)

    def is_ready(self, piece: Piece) -> bool:
        """Whether it was fitted with others."""
        return piece.key in self._ready

    def file(self, piece: Piece) -> Made:
        """Fit the spectra of a file, or divide them into blocks where they are many."""
        ready = self._ready.pop(piece.key, None)
        if ready is not None:
            return ready
        found = self._opened(piece)
        if found.spectra < FEW:
            return _made(found.groups, list(self._together(found.groups)), found.notes)
        if found.spectra <= BLOCK:
            fitted = [self._fitted(group) for group in found.groups]
            return _made(found.groups, fitted, found.notes)
        blocks = [
            group.part(first)
            for group in found.groups
            for first in range(0, len(group.numbers), BLOCK)
        ]
        blocks[0] = replace(blocks[0], notes=found.notes)
        return Made(further=[(len(block.numbers), block) for block in blocks])

    def block(self, content: Block) -> Made:
        """Fit a block."""
        return _made([content], [self._fitted(content)], content.notes)

    def _opened(self, piece: Piece) -> _File:
        import xps

        from ..jobs.xps.request import work_of

        reading = xps.read(piece.path)
        if reading.sha256 != piece.sha256:
            raise DataFileError(piece.path, CHANGED, action="run the batch again")
        work = work_of(self.request, reading, self.registry)
        return _File(groups=_groups(list(work.jobs)), notes=(*reading.notes, *work.notes))

    def _fitted(self, block: Block) -> Table:
        """Fit neighbours, each begun from the one before too."""
        series = replace(self._laid(block).series, time=block.time)
        return _table(block, series, series.numbers(block.counts))

    def _together(self, blocks: Sequence[Block]) -> Iterator[Table]:
        """Fit spectra of several files at once, each as if it were alone."""
        alike: dict[tuple[int, str], list[int]] = {}
        laid = [self._laid(block) for block in blocks]
        for i, (one, block) in enumerate(zip(laid, blocks, strict=True)):
            alike.setdefault((id(one), repr(block.time)), []).append(i)
        tables: dict[int, Table] = {}
        for those in alike.values():
            series = replace(laid[those[0]].series, time=blocks[those[0]].time)
            counts = np.concatenate([blocks[i].counts for i in those])
            rows = _independent(laid[those[0]], series, counts)
            first = 0
            for i in those:
                number = len(blocks[i].numbers)
                tables[i] = _table(blocks[i], series, rows[first : first + number])
                first += number
        return (tables[i] for i in range(len(blocks)))

    def _laid(self, block: Block) -> _Laid:
        """The recipe laid out over an axis; the latest are kept."""
        key = block.envelope.model_dump_json(), block.energy.tobytes()
        if key not in self._laid_out:
            made = series_of(block.envelope, self.registry, block.energy, STARTS, 0, float("nan"))
            self._laid_out[key] = _Laid(series=made)
            if len(self._laid_out) > LAID_OUT:
                self._laid_out.popitem(last=False)
        self._laid_out.move_to_end(key)
        return self._laid_out[key]


def _independent(laid: _Laid, series: Series, counts: Array) -> Array:
    """Give the numbers of spectra, to the last digit those of each by itself.

    A machine whose linear algebra lets the company of a spectrum into its last digits is found out,
    and does them one by one.
    """
    if len(counts) > 1 and laid.mixes is None:
        both = series.numbers(counts[:2], independent=True)
        one = series.numbers(counts[:1], independent=True)
        laid.mixes = not np.array_equal(both[:1], one, equal_nan=True)
    if laid.mixes:
        singles = [counts[i : i + 1] for i in range(len(counts))]
        rows = np.concatenate([series.numbers(one, independent=True) for one in singles])
    else:
        rows = series.numbers(counts, independent=True)
    _begin_from_more(series, counts, rows)
    return rows


def _groups(jobs: list[tuple[xr.Dataset, Envelope]]) -> list[Block]:
    """Spectra that belong together: of one sample, recipe and axis, in the file's order."""
    from xps.series import stacked
    from xps.spectrum import acquisition_time

    members: dict[tuple[str, int, bytes], list[xr.Dataset]] = {}
    envelopes: list[Envelope] = []
    for spectrum, envelope in jobs:
        known = next((i for i, other in enumerate(envelopes) if other is envelope), None)
        if known is None:
            known = next((i for i, other in enumerate(envelopes) if other == envelope), None)
        if known is None:
            known = len(envelopes)
            envelopes.append(envelope)
        axis = spectrum["binding_energy"].values + float(spectrum["charge_shift"])
        key = str(spectrum.attrs.get("sample", "")), known, np.asarray(axis, dtype=float).tobytes()
        members.setdefault(key, []).append(spectrum)
    found: list[Block] = []
    for (sample, which, _), spectra in members.items():
        energy, counts, varied = stacked(spectra)
        times = {round(acquisition_time(spectrum), 9) for spectrum in spectra}
        found.append(
            Block(
                sample=sample,
                envelope=envelopes[which],
                energy=energy,
                counts=counts,
                numbers=tuple(int(spectrum.attrs["number"]) for spectrum in spectra),
                time=times.pop() if len(times) == 1 else float("nan"),
                along=tuple(
                    (name, str(attributes.get("units", "")), tuple(values.tolist()))
                    for name, (values, attributes) in varied.items()
                ),
            )
        )
    return found


def _begin_from_more(series: Series, counts: Array, rows: Array) -> None:
    """Begin again, from more starts, where a misfit is more than counts explain; keep the better.

    Among many spectra one that is lost stands out, and is handed to :func:`xps.fit`; of one by
    itself nothing but the counts tell.
    """
    columns = {field.name: field.columns for field in series.fields()}
    chi2, code = (rows[:, columns[name]][:, 0] for name in ("chi2_reduced", "assessment"))
    freedom = max(series.plan.energy.size - series.plan.free.size, 1)
    suspect = (code == 0) & (chi2 > 1.0 + JUMP * np.sqrt(2.0 / freedom))
    more = replace(series, starts=MORE_STARTS)
    for i in np.flatnonzero(suspect):
        again = more.numbers(counts[i : i + 1], independent=True)[0]
        if again[columns["assessment"]][0] == 0 and again[columns["chi2_reduced"]][0] < chi2[i]:
            rows[i] = again


def _made(blocks: Sequence[Block], tables: list[Table], notes: tuple[Finding, ...]) -> Made:
    seen = [f for b, t in zip(blocks, tables, strict=True) for f in review(t, b.energy.size)]
    return Made(tables=tables, findings=(*notes, *seen), exit_code=_exit_code(tables))


def _table(block: Block, series: Series, rows: Array) -> Table:
    """A block's numbers by name."""
    fields = {field.name: field for field in series.fields()}

    def array(name: str) -> Array:
        found = rows[:, fields[name].columns].reshape(len(rows), *fields[name].shape)
        # An evaluator's infinity is no number to keep either.
        return np.where(np.isfinite(found), found, np.nan)

    coords = series.coords()
    levels = coords["core_level"][1]
    kinds = array(KIND)
    parts = array(U_PART)
    share = {name: array(f"fraction{end}") for name, end in _ENDS}
    numbers = [
        number_of(
            "fraction",
            name,
            basis="within_level",
            denominator=levels[i],
            value=share["value"][:, i],
            u=share["u"][:, i],
            low=share["low"][:, i],
            high=share["high"][:, i],
            u_parts={part: parts[:, i, k] for k, part in enumerate(coords["part"])},
            kind=[KINDS[int(code)] for code in kinds[:, i]],
            level=0.95,
        )
        for i, name in enumerate(coords["species"])
    ]
    for name in PER_LINE:
        value, u = array(name), array(f"{name}_u")
        unit = str(fields[name].attributes["units"])
        if name == "area" and np.isfinite(block.time) and block.time > 0:
            unit = "counts/s*eV"
        numbers += [
            number_of(name, line, unit=unit, value=value[:, i], u=u[:, i])
            for i, line in enumerate(coords["line"])
        ]
    return table_of(
        block.sample,
        block.envelope.region,
        [str(ASSESSMENTS[int(code)]) for code in array("assessment")],
        numbers,
        spectra=block.numbers,
        chi2=array("chi2_reduced"),
        along=block.along,
    )


_ENDS = (("value", ""), ("u", "_u"), ("low", "_low"), ("high", "_high"))


def _exit_code(tables: list[Any]) -> int:
    """0 where every spectrum converged, 1 where some did, 3 where none did."""
    settled = [outcome == "converged" for table in tables for outcome in table["outcome"]]
    if not any(settled):
        return 3
    return 0 if all(settled) else 1
