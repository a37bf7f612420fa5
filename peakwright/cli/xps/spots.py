"""Results that were written before, read as the spots of a sample."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from references.files import DataFileError, read_text
from references.words import (
    Basis,
    Contribution,
    Estimate,
    InputError,
    Kind,
    Row,
    UncertaintyParts,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from xps.envelope import Envelope

__all__ = ["Spot", "spots_of"]

LEVEL = 0.95
LARGEST = 256 * 1024**2
"""No result is longer than this [bytes]."""
READ = ("peakwright.xps.fit/1", "peakwright.xps.joint/1", "peakwright.xps.series/1")
RESULT = "result.json"

FAR = 1e6
"""No share, nor what it is uncertain by, reaches this."""
Number = Annotated[float, Field(allow_inf_nan=False)]
Shift = Annotated[float, Field(ge=-FAR, le=FAR, allow_inf_nan=False)]
Level = Annotated[float, Field(ge=LEVEL, le=LEVEL)]
Part = Annotated[float, Field(ge=0.0, le=FAR, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One spot's fractions, and where they come from.

    Parameters
    ----------
    path, sha256 : str
        The result's name, and the hash of the measurement it is of.
    sample : str
    rows : tuple of Row
    library : tuple of (str, str)
        Version and hash of the library that was used.
    models : tuple of (str, str)
        Each region with its components and background, in words.
    """

    path: str
    sha256: str
    sample: str
    rows: tuple[Row, ...]
    library: tuple[str, str]
    models: tuple[tuple[str, str], ...]


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Parts(_Told):
    counting: Part | None = None
    misfit: Part | None = None
    background: Part | None = None
    constraints: Part | None = None
    sensitivity: Part | None = None


class _Contribution(_Told):
    source: str
    part: str
    shift: Shift
    value: Number | None = None
    u: Number | None = None
    told_by: str = ""


class _Fraction(_Told):
    sample: str = ""
    subject: str
    basis: Basis
    denominator: Annotated[str, Field(min_length=1)]
    value: Share
    u: Number | None = None
    u_parts: _Parts = _Parts()
    low: Share | None = None
    high: Share | None = None
    level: Level | None = None
    kind: Kind = Kind.STANDARD
    contributions: tuple[_Contribution, ...] = ()

    @model_validator(mode="after")
    def _is_an_estimate(self) -> _Fraction:
        self.row()  # which refuses an interval that is inverted, or has no level
        return self

    def row(self) -> Row:
        """Give the row; its u is what its parts make."""
        parts = UncertaintyParts(**self.u_parts.model_dump())
        estimate = Estimate(
            value=self.value,
            u=None if self.u is None else parts.total,
            u_parts=parts,
            low=self.low,
            high=self.high,
            level=self.level,
            kind=self.kind,
            contributions=tuple(Contribution(**c.model_dump()) for c in self.contributions),
        )
        return Row(
            sample=self.sample,
            technique="xps",
            quantity="fraction",
            subject=self.subject,
            estimate=estimate,
            unit="1",
            basis=self.basis,
            denominator=self.denominator,
        )


class _Fit(_Told):
    sample: str = ""
    region: str = ""
    fractions: tuple[_Fraction, ...] = ()


class _Input(_Told):
    path: str = ""
    sha256: str = ""


class _Library(_Told):
    version: str = ""
    sha256: str = ""


class _Species(_Told):
    name: str
    basis: Basis
    denominator: Annotated[str, Field(min_length=1)]
    fraction: tuple[Share | None, ...]
    fraction_u: tuple[Number | None, ...]
    fraction_low: tuple[Share | None, ...]
    fraction_high: tuple[Share | None, ...]
    kind: tuple[str, ...]
    u_parts: dict[str, tuple[Part | None, ...]] = {}

    @model_validator(mode="after")
    def _of_one_length(self) -> _Species:
        columns = (
            *(self.fraction, self.fraction_u, self.fraction_low, self.fraction_high, self.kind),
            *self.u_parts.values(),
        )
        if len({len(column) for column in columns}) > 1:
            raise ValueError("its columns are of different lengths")
        return self


class _Series(_Told):
    sample: str = ""
    region: str = ""
    spectra: Annotated[int, Field(ge=0)]
    species: tuple[_Species, ...] = ()


class _Document(_Told):
    schema_: Annotated[str, Field(alias="schema")]
    inputs: tuple[_Input, ...] = ()
    registry: _Library = _Library()
    recipe: dict[str, Any] = {}
    fits: tuple[_Fit, ...] = ()
    fractions: tuple[_Fraction, ...] = ()
    series: tuple[_Series, ...] = ()


def spots_of(path: Path, samples: Sequence[str], option: str) -> list[Spot]:
    """Give the spots that a path leads to: one result, or a folder that holds one or several.

    Parameters
    ----------
    path : Path
        A ``result.json``, its folder, or a folder of such folders, one a spot.
    samples : sequence of str
        Only these samples; empty takes the one there is.
    option : str
        How the user chooses samples, for the message.

    Raises
    ------
    DataFileError
        If there is no result, or it cannot be read.
    InputError
        If it holds several samples and none was chosen, or not the one that was.
    """
    found: list[Spot] = []
    for file in _files(path):
        document = _read(file)
        there = dict.fromkeys(row.sample for row in _rows(document))
        if samples and (missing := [name for name in samples if name not in there]):
            raise InputError(
                f"no sample {missing[0]!r} in {file}; it holds {', '.join(map(repr, there))}"
            )
        if not samples and len(there) > 1:
            raise InputError(
                f"{file} holds {len(there)} samples ({', '.join(map(repr, there))}); choose with "
                f"{option}, once for each spot"
            )
        for name in samples or there:
            found += _spots(file, document, name)
    return found


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    if (path / RESULT).is_file():
        return [path / RESULT]
    found = sorted(path.glob(f"*/{RESULT}"))
    if not found:
        raise DataFileError(
            path,
            f"holds no {RESULT}, nor do the folders in it",
            action="name what `peakwright xps fit --out` wrote",
        )
    return found


def _read(file: Path) -> _Document:
    try:
        document = _Document.model_validate(json.loads(read_text(file, max_bytes=LARGEST)))
    except (json.JSONDecodeError, RecursionError) as error:
        raise DataFileError(
            file, f"is not JSON ({error})", action=f"name the {RESULT} that --out wrote"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        raise DataFileError(
            file,
            f"is no result ({first['msg']})",
            where=".".join(map(str, first["loc"])) or "top level",
            action=f"name the {RESULT} that `peakwright xps fit`, `joint` or `series` wrote",
        ) from None
    if document.schema_ not in READ:
        raise DataFileError(
            file, f"is {document.schema_!r}", action=f"expected {' or '.join(READ)}"
        )
    if not any(True for _ in _rows(document)):
        raise DataFileError(
            file, "holds no fraction", action="fit species, not one component alone"
        )
    return document


def _rows(document: _Document) -> Iterator[Row]:
    """All fractions, each once: within levels, and on the basis that was asked for."""
    within = [f for fit in document.fits for f in fit.fractions]
    for given in within:
        yield given.row()
    for given in document.fractions:
        if given.basis is not Basis.WITHIN_LEVEL or given not in within:
            yield given.row()
    for series in document.series:
        for species in series.species:
            yield from _of_series(series.sample, species)


def _of_series(sample: str, species: _Species) -> Iterator[Row]:
    """A species' fraction in each spectrum of a series."""
    for i, kind in enumerate(species.kind):
        value = species.fraction[i]
        if value is None:
            continue
        told = kind in set(Kind)
        parts = {part: species.u_parts[part][i] for part in species.u_parts} if told else {}
        yield _Fraction(
            sample=sample,
            subject=species.name,
            basis=species.basis,
            denominator=species.denominator,
            value=value,
            u=species.fraction_u[i],
            u_parts=_Parts(**{name: part for name, part in parts.items() if part is not None}),
            low=species.fraction_low[i],
            high=species.fraction_high[i],
            level=LEVEL if told and kind != Kind.FIXED else None,
            kind=Kind(kind) if told else Kind.STANDARD,
        ).row()


def _spots(file: Path, document: _Document, sample: str) -> list[Spot]:
    """The spots of one sample: where a fraction comes several times, so many spots."""
    numbered: dict[int, list[Row]] = {}
    times: dict[tuple[str, object, str], int] = {}
    for row in _rows(document):
        if row.sample == sample:
            key = (row.subject, row.basis, row.denominator)
            times[key] = times.get(key, -1) + 1
            numbered.setdefault(times[key], []).append(row)
    return [
        Spot(
            path=str(file),
            sha256="+".join(given.sha256 for given in document.inputs),
            sample=sample,
            rows=tuple(rows),
            library=(document.registry.version, document.registry.sha256),
            models=_models(document.recipe, sample),
        )
        for rows in numbered.values()
    ]


def _models(recipe: dict[str, Any], sample: str) -> tuple[tuple[str, str], ...]:
    """Each region of a recipe with its components and background, in words."""
    from xps.recipe import Recipe

    try:
        envelopes = Recipe.model_validate(recipe).envelopes
    except ValidationError:
        return ()  # of another version; what it says cannot be held against the other's
    return tuple((e.region, _model(e)) for e in envelopes if e.sample in {"", sample})


def _model(envelope: Envelope) -> str:
    components = ", ".join(sorted(f"{c.name} ({c.shape})" for c in envelope.components))
    background = f"{envelope.background.mode} {envelope.background.kind}"
    return f"{components} over {background}, knowledge {envelope.knowledge}"
