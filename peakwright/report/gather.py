"""What a sample's folder holds: its results, and what is to be said of them as files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NoReturn, cast

from references.files import DataFileError, read_bytes, read_text
from references.words import Finding, InputError, Severity

from ..agreement.documents import (
    SCHEMAS,
    Document,
    FitDocument,
    PatternDocument,
    ProfileDocument,
    SeriesDocument,
    SurveyDocument,
    is_cut_off,
    read_document,
    technique_of,
)
from ..agreement.statement import ITSELF, TECHNIQUES
from ..recognition import is_input, is_there
from .remarks import remarks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from references.registry import Registry

__all__ = ["Gathered", "Result", "gather"]

NAME = "result.json"
MAX_BYTES = 256_000_000
MAX_RESULTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One result of a folder.

    Parameters
    ----------
    place : str
        Its folder within the sample's, ``"."`` for that itself.
    folder : path
    document : Document
        What is read of it.
    raw : mapping
        All of it.
    sha256 : str
        Of the file.
    recipe : str
        The TOML that repeats it; empty where there is none.
    environment : mapping
        What it was made with; empty where that is not known.
    inputs : tuple of (str, str, str)
        Name, hash and standing of each input: ``"unchanged"``, ``"changed"``, ``"not there"``.
    """

    place: str
    folder: Path
    document: Document
    raw: Mapping[str, Any] = field(repr=False)
    sha256: str
    recipe: str = ""
    environment: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    inputs: tuple[tuple[str, str, str], ...] = ()

    @property
    def label(self) -> str:
        """Its folder in words."""
        return _named(self.place)

    @property
    def technique(self) -> str:
        """``"xps"``, ``"tofsims"`` or ``"xrd"``."""
        return technique_of(self.document.schema_)

    @property
    def samples(self) -> tuple[str, ...]:
        """What the result calls what it was made from."""
        found: list[str] = []
        document = self.document
        if isinstance(document, FitDocument):
            found = [fit.sample for fit in document.fits]
        elif isinstance(document, SeriesDocument):
            found = [series.sample for series in document.series]
        elif isinstance(document, SurveyDocument):
            found = [survey.sample for survey in document.surveys]
        named = [name for name in found or [document.sample] if name]
        return tuple(dict.fromkeys(named or document.stems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The results of a folder, surface first, and findings about them as files."""

    results: tuple[Result, ...]
    findings: tuple[Finding, ...]


def gather(folder: Path, registry: Registry) -> Gathered:
    """Read all results in a sample's folder and below it.

    Parameters
    ----------
    folder : path
    registry : Registry
        That of the report.

    Raises
    ------
    DataFileError
        If it is no folder, holds too many results, or none that can be read.
    """
    places = _places(folder)
    results: list[Result] = []
    findings: list[Finding] = []
    for path in places:
        place = PurePosixPath(path.parent.relative_to(folder).as_posix())
        try:
            found = _read(path, str(place))
        except DataFileError as error:
            findings.append(_unreadable(str(place), error))
            continue
        if isinstance(found, Finding):
            findings.append(found)
        elif same := [one for one in results if one.sha256 == found.sha256]:
            findings.append(
                Finding(
                    rule="same_result_twice",
                    severity=Severity.INFO,
                    subject=_named(str(place)),
                    message=f"holds the same result as {same[0].label}, which is shown",
                )
            )
        else:
            results.append(found)
    if not results:
        _nothing(folder, findings)
    results.sort(key=lambda one: (TECHNIQUES.index(one.technique), _rank(one), one.place))
    findings += remarks(results, registry)
    return Gathered(results=tuple(results), findings=tuple(findings))


def _rank(result: Result) -> int:
    """Surveys before fits, fits before comparisons: as one would read them."""
    order = (SurveyDocument, FitDocument, SeriesDocument, ProfileDocument, PatternDocument)
    return next((i for i, kind in enumerate(order) if isinstance(result.document, kind)), 9)


def _places(folder: Path) -> list[Path]:
    """All files of that name, in an order that no disk decides."""
    if not folder.is_dir():
        there = folder.exists()
        raise DataFileError(
            folder,
            "is no folder" if there else "no such folder",
            action="name the folder of one sample, with the results that --out wrote",
        )
    found = sorted(
        path
        for path in folder.rglob(NAME)
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if len(found) > MAX_RESULTS:
        raise DataFileError(
            folder,
            f"holds {len(found)} results, and a report is about one sample",
            action=f"name a folder with at most {MAX_RESULTS}",
        )
    return found


def _nothing(folder: Path, findings: Sequence[Finding]) -> NoReturn:
    if not findings:
        recipe = next((p for p in sorted(folder.rglob("*.toml")) if p.is_file()), None)
        raise DataFileError(
            folder,
            f"holds no {NAME}, neither itself nor in the folders below it",
            action="run `peakwright xps fit` or another command with --out inside it"
            + (f" (there is a recipe, {recipe.name}: give it with --recipe)" if recipe else ""),
        )
    first, others = findings[0], len(findings) - 1
    more = (
        ""
        if not others
        else "; nor can another be"
        if others == 1
        else f"; nor can {others} more be"
    )
    told = f"{first.subject}: {first.reported}{' ' if first.reported else ''}{first.message}"
    raise DataFileError(folder, f"holds no result that a report can show: {told}{more}")


def _named(place: str) -> str:
    return ITSELF if place == "." else place


def _read(path: Path, place: str) -> Result | Finding:
    content = read_bytes(path, max_bytes=MAX_BYTES)
    raw = _parsed(path, content)
    schema = raw.get("schema")
    if not (isinstance(schema, str) and schema in SCHEMAS):
        return _foreign(place, schema)
    try:
        document = read_document(raw)
    except InputError as error:
        raise DataFileError(
            path, f"is no {schema}: {error}", action="make the result again"
        ) from None
    environment = _environment(path.parent)
    return Result(
        place=place,
        folder=path.parent,
        document=document,
        raw=raw,
        sha256=hashlib.sha256(content).hexdigest(),
        recipe=_text(path.parent / "recipe.toml"),
        environment=environment,
        inputs=tuple(_inputs(document, path.parent, environment)),
    )


def _parsed(path: Path, content: bytes) -> dict[str, Any]:
    def refuse(name: str) -> NoReturn:
        raise ValueError(f"{name} is no number")

    try:
        found: Any = json.loads(content, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        reason = "is cut off" if is_cut_off(error) else "is not JSON as a result is"
        raise DataFileError(path, reason, where=where, action="make the result again") from None
    if not isinstance(found, dict):
        raise DataFileError(path, "is no result: a table is expected", action="make it again")
    return cast("dict[str, Any]", found)


def _foreign(place: str, schema: object) -> Finding:
    """What is not for a report: of a newer version, of another command, or of another program."""
    told = repr(schema)[:80] if schema is not None else "no schema"
    base = schema.rpartition("/")[0] if isinstance(schema, str) else ""
    if any(known.rpartition("/")[0] == base for known in SCHEMAS):
        return Finding(
            rule="unknown_schema",
            severity=Severity.ERROR,
            subject=_named(place),
            reported=told,
            message="is of another version than this program reads; left out: update peakwright, "
            "or make the result again",
        )
    ours = isinstance(schema, str) and schema.startswith("peakwright.")
    return Finding(
        rule="unknown_schema",
        severity=Severity.INFO if ours else Severity.WARNING,
        subject=_named(place),
        reported=told,
        message="is not of a kind that a report shows; left out"
        if ours
        else "is no schema of peakwright; left out",
    )


def _unreadable(place: str, error: DataFileError) -> Finding:
    at = f"{error.where}: " if error.where else ""
    action = f"; {error.action}" if error.action else ""
    return Finding(
        rule="unreadable_result",
        severity=Severity.ERROR,
        subject=_named(place),
        message=f"{NAME}: {at}{error.reason}{action}",
    )


def _text(path: Path) -> str:
    if not path.is_file():
        return ""
    try:
        return read_text(path, max_bytes=2_000_000)
    except DataFileError:
        return ""


def _environment(folder: Path) -> dict[str, Any]:
    try:
        found: Any = json.loads(_text(folder / "environment.json") or "{}")
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _inputs(
    document: Document, folder: Path, environment: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    """Whether each input is still what the result was made from."""
    for given in document.inputs:
        there = [path for path in _candidates(given.path, folder, environment) if is_there(path)]
        if not there:
            yield given.path, given.sha256, "not there"
            continue
        try:
            same = any(is_input(path, given.sha256.lower()) for path in there)
        except DataFileError:
            yield given.path, given.sha256, "not there"
            continue
        yield given.path, given.sha256, "unchanged" if same else "changed"


def _candidates(name: str, folder: Path, environment: Mapping[str, Any]) -> list[Path]:
    """Where an input may lie: as the environment says, or beside the result.

    Nothing over a network, and only what has the input's own name: the file that says it may come
    from anywhere.
    """
    listed_ones: Any = environment.get("inputs")
    told = cast("list[Any]", listed_ones) if isinstance(listed_ones, list) else []
    paths = [
        Path(path)
        for path in told
        if isinstance(path, str)
        and "\0" not in path
        and not path.startswith(("//", "\\\\"))
        and Path(path).name == name
    ]
    plain = Path(name).name == name and "\0" not in name
    return paths or ([folder / name] if plain else [])
