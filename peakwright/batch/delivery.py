"""What a batch leaves when it is done: one document, tables, trends; equal results, equal bytes."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from references.files import DataFileError, remove_file, write_atomic
from references.words import Finding, InputError, Severity

from ..store import environment, json_text
from .crew import BatchError
from .inputs import KEPT, results_in
from .names import own_stem
from .summary import findings_csv, rows_csv, summary_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from .inputs import Found, Input, Skipped
    from .unit import Key, Record, Setting

__all__ = ["DOCUMENTS", "Delivered", "Entry", "Share", "deliver", "entries_of"]

SCHEMA = "peakwright.batch/1"
DOCUMENTS = "documents"
NAMED_AT_MOST = 5
ENVIRONMENT = "environment.json"
OURS = ".csv", ".json", ".parquet", ".png", ".svg", ".toml"
"""What a batch writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A shard: which of how many, and what all of them together are over.

    Attributes
    ----------
    number, of : int
        From 1.
    files : int
        Of the whole batch.
    listing : str
        SHA-256 of their names.
    """

    number: int
    of: int
    files: int
    listing: str

    @classmethod
    def of_batch(cls, shard: tuple[int, int], every: Sequence[Input]) -> Share:
        """Give a shard of a batch."""
        names = "\n".join(one.name for one in every)
        listing = hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()
        return cls(number=shard[0], of=shard[1], files=len(every), listing=listing)

    def to_dict(self) -> dict[str, object]:
        """Give it as JSON-ready values."""
        return {
            "number": self.number,
            "of": self.of,
            "files": self.files,
            "listing": self.listing,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file of a batch with the records of it: of each block one, or its failure."""

    found: Found
    records: tuple[Record, ...]

    @property
    def failure(self) -> tuple[str, str] | None:
        """The error's name and sentence, where the file could not be done."""
        if self.found.failure is not None:
            return self.found.failure
        told = (record["failure"] for record in self.records if record["failure"] is not None)
        first = next(told, None)
        return None if first is None else (first["error"], first["message"])

    @property
    def findings(self) -> list[dict[str, Any]]:
        """All findings of the file."""
        return [finding for record in self.records for finding in record["findings"]]

    @property
    def tables(self) -> list[dict[str, Any]]:
        """All its numbers."""
        return [table for record in self.records for table in record["tables"]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Delivered:
    """A batch that is done.

    Attributes
    ----------
    document : dict
        What ``result.json`` holds.
    exit_code : int
        0 clean; 1 where a file failed, a fit did not converge or a finding is an error; 3 where
        nothing was decided.
    out : Path
    files : tuple of Path
        Written.
    """

    document: dict[str, Any]
    exit_code: int
    out: Path
    files: tuple[Path, ...]


def entries_of(found: Sequence[Found], lines: Iterable[str]) -> list[Entry]:
    """Bring kept records into the order of the files.

    Raises
    ------
    DataFileError
        If there are none of a file that could be read.
    """
    kept: dict[Key, Record] = {}
    for line in lines:
        record = json.loads(line)
        kept[record["file"], record["sha256"], record["block"]] = record
    made: list[Entry] = []
    for one in found:
        if one.failure is not None:
            made.append(Entry(found=one, records=()))
            continue
        first = kept.get((one.file, one.sha256, 0))
        number = 1 if first is None else first["blocks"]
        records = [kept.get((one.file, one.sha256, block)) for block in range(number)]
        if first is not None and first["failure"] is not None:
            records = [first]
        if any(record is None for record in records):
            raise DataFileError(one.name, "has no result yet", action="run the batch again")
        made.append(Entry(found=one, records=tuple(r for r in records if r is not None)))
    return made


def deliver(
    folder: Path,
    setting: Setting,
    entries: Sequence[Entry],
    *,
    skipped: Sequence[Skipped],
    inputs: Iterable[Path] = (),
    share: Share | None = None,
    notes: Sequence[Finding] = (),
    parquet: bool = False,
    merged: Mapping[str, object] | None = None,
) -> Delivered:
    """Write the results of a batch; ``merged`` says of which shards they were put together.

    Raises
    ------
    DataFileError
        If none of the files could be used, or a file cannot be written.
    """
    failures = [(entry.found.name, *told) for entry in entries if (told := entry.failure)]
    if failures and len(failures) == len(entries):
        _refuse_all(entries, failures, share)
    notes = [*notes, *_same_samples(entries)]
    documents = _documents(entries)
    document = _document(setting, entries, documents, failures, skipped, share, notes)
    summary = summary_of(setting.technique, entries)
    contents: dict[str, bytes] = {
        "result.json": json_text(document).encode(),
        "summary.csv": summary.csv(),
        "rows.csv": rows_csv(setting.technique, entries),
        "recipe.toml": setting.recipe.encode(errors="backslashreplace"),
        **_if_any("findings.csv", findings_csv(entries)),
        **({"summary.parquet": summary.parquet()} if parquet else {}),
        **{name: told for name, told in documents if name},
        **_figures(entries),
        ENVIRONMENT: b"",
    }
    before = _before(folder) - contents.keys()
    told = environment(inputs) | ({} if merged is None else {"merged": merged})
    # First, so that at any instant it lists what is there.
    contents[ENVIRONMENT] = _environment(told, {*contents, *before})
    for name in reversed(contents):
        write_atomic(folder / name, contents[name])
    # What an earlier run left there and this one has not would be taken for its own.
    for name in sorted(before):
        remove_file(folder / name)
    if before:
        write_atomic(folder / ENVIRONMENT, _environment(told, contents))
    return Delivered(
        document=document,
        exit_code=_exit_code(entries, notes),
        out=folder,
        files=tuple(folder / name for name in contents),
    )


def _environment(told: Mapping[str, object], files: Iterable[str]) -> bytes:
    return json_text({**told, "files": sorted(files)}).encode(errors="backslashreplace")


def _before(folder: Path) -> set[str]:
    """Files that an earlier run of a batch has written into a folder."""
    return {
        name
        for name in results_in(folder)
        if name.endswith(OURS)
        and name.rpartition("/")[0] in {"", DOCUMENTS}
        and "\\" not in name
        and name not in KEPT
    }


def _refuse_all(
    entries: Sequence[Entry], failures: Sequence[tuple[str, str, str]], share: Share | None
) -> None:
    """Say that no file could be done, and whether that is the files' fault.

    Files of a shard may all be bad where those of the others are not.
    """
    first = f"the first, {failures[0][0]}: {failures[0][2]}"
    again = [r["failure"]["again"] for e in entries for r in e.records if r["failure"] is not None]
    if again and all(again):
        raise BatchError(f"none of {len(entries)} files could be done; {first}")
    if share is None:
        raise InputError(f"none of {len(entries)} files could be used by this recipe; {first}")


def _if_any(name: str, content: bytes) -> dict[str, bytes]:
    return {name: content} if content else {}


def _document(
    setting: Setting,
    entries: Sequence[Entry],
    documents: Sequence[tuple[str, bytes]],
    failures: Sequence[tuple[str, str, str]],
    skipped: Sequence[Skipped],
    share: Share | None,
    notes: Sequence[Finding],
) -> dict[str, Any]:
    import tomllib

    outcomes = Counter(o for entry in entries for table in entry.tables for o in table["outcome"])
    return {
        "schema": SCHEMA,
        "version": setting.version,
        "technique": setting.technique,
        "engine": setting.engine,
        "registry": {"version": setting.registry_version, "sha256": setting.registry},
        "recipe_sha256": setting.recipe_sha256,
        "shard": None if share is None else share.to_dict(),
        "files": len(entries),
        "failed": len(failures),
        "spectra": outcomes.total(),
        "outcomes": {name: outcomes[name] for name in sorted(outcomes)},
        "findings": _counted(entries),
        "notes": [note.to_dict() for note in notes],
        "failures": [
            {"file": name, "error": error, "message": message} for name, error, message in failures
        ],
        "skipped": [{"file": one.name, "reason": one.reason} for one in skipped],
        "inputs": [
            {"path": entry.found.name, "sha256": entry.found.sha256}
            | ({"document": name} if name else {})
            for entry, (name, _) in zip(entries, documents, strict=True)
        ],
        "recipe": _plain(tomllib.loads(setting.recipe)),
    }


def _plain(value: Any) -> Any:
    """TOML values as JSON has them."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list):
        return [_plain(v) for v in value]  # pyright: ignore[reportUnknownVariableType]
    return value if isinstance(value, (str, int, float, bool)) else str(value)


def _counted(entries: Sequence[Entry]) -> list[dict[str, object]]:
    """Findings by rule and severity: how many, and in how many files."""
    number: Counter[tuple[str, str]] = Counter()
    files: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        kinds = [(finding["rule"], finding["severity"]) for finding in entry.findings]
        number.update(kinds)
        files.update(set(kinds))
    return [
        {"rule": rule, "severity": severity, "number": number[rule, severity], "files": count}
        for (rule, severity), count in sorted(files.items())
    ]


def _same_samples(entries: Sequence[Entry]) -> list[Finding]:
    """Say that files share a sample's name; what is theirs is told apart by the file."""
    files: dict[str, list[str]] = {}
    for entry in entries:
        for sample in dict.fromkeys(table["sample"] for table in entry.tables):
            files.setdefault(sample, []).append(entry.found.name)
    return [
        Finding(
            rule="sample_name",
            severity=Severity.INFO,
            subject=sample,
            reported=f"{len(names)} files",
            message=f"{len(names)} files call their sample {sample!r} ("
            f"{', '.join(names[:NAMED_AT_MOST])}{', ...' if len(names) > NAMED_AT_MOST else ''}); "
            "the tables tell them apart by the file",
        )
        for sample, names in files.items()
        if sample and len(names) > 1
    ]


def _exit_code(entries: Sequence[Entry], notes: Sequence[Finding]) -> int:
    """0 clean, 3 where nothing is decided, 1 for what lies between."""
    codes = [record["exit_code"] for entry in entries for record in entry.records]
    usable = [c for entry in entries if entry.failure is None for c in _codes(entry)]
    if usable and all(code == 3 for code in usable):
        return 3
    errors = any(f["severity"] == "error" for entry in entries for f in entry.findings)
    errors |= any(note.severity is Severity.ERROR for note in notes)
    failed = any(entry.failure for entry in entries)
    return 1 if failed or errors or any(codes) else 0


def _codes(entry: Entry) -> list[int]:
    return [record["exit_code"] for record in entry.records]


def _documents(entries: Sequence[Entry]) -> list[tuple[str, bytes]]:
    """Of each file the name and text of its whole result; empty where it has none."""
    taken: set[str] = set()
    found: list[tuple[str, bytes]] = []
    for entry in entries:
        told = next((r["document"] for r in entry.records if r["document"] is not None), None)
        if told is None:
            found.append(("", b""))
            continue
        name = f"{DOCUMENTS}/{own_stem(entry.found.name, taken)}.json"
        found.append((name, json_text(told).encode()))
    return found


def _figures(entries: Sequence[Entry]) -> Mapping[str, bytes]:
    from .plot import figures_of

    return figures_of(entries)
