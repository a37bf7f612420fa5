"""What a batch leaves when it is done: one document, tables, trends; equal results, equal bytes."""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from references.files import DataFileError, remove_file, write_atomic
from references.words import Finding, InputError, Severity

from ..counted import counted
from ..store import environment, json_text, numbers_kept, with_action
from .crew import BatchError
from .inputs import KEPT, results_in
from .names import own_stem
from .review import UNREVIEWED
from .summary import Summary, findings_csv, rows_csv
from .unit import is_of_the_disk

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
    from pathlib import Path

    from .entries import Entries, Entry
    from .inputs import Input, Skipped
    from .unit import Setting

__all__ = ["DOCUMENTS", "Delivered", "Share", "deliver"]

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


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What one look at all files tells of the whole."""

    summary: Summary
    failures: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    outcomes: Counter[str] = field(default_factory=Counter[str])
    number: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """Of findings, by rule and severity."""
    files: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """In which they are."""
    samples: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Files that name a sample."""
    documents: list[str] = field(default_factory=list[str])
    """Of each file the name that its whole result gets; empty where it has none."""
    inputs: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    codes: set[int] = field(default_factory=set[int])
    usable: set[int] = field(default_factory=set[int])
    """Exit codes of all records, and of those of files that did not fail."""
    again: set[bool] = field(default_factory=set[bool])
    """Whether failures are such that another run may not have them."""
    _taken: set[str] = field(default_factory=set[str])

    def see(self, entry: Entry) -> None:
        """Take note of a file."""
        name = entry.found.name
        self.inputs.append((name, entry.found.sha256))
        self.summary.see(entry)
        codes = {record["exit_code"] for record in entry.records}
        self.codes |= codes
        if entry.failure is not None:
            self.failures.append((name, *entry.failure))
            self.again |= {r["failure"]["again"] for r in entry.records if r["failure"] is not None}
        else:
            self.usable |= codes
        for table in entry.tables:
            self.outcomes.update(table["outcome"])
        for sample in dict.fromkeys(table["sample"] for table in entry.tables):
            self.samples.setdefault(sample, []).append(name)
        kinds = [(finding["rule"], finding["severity"]) for finding in entry.findings]
        self.number.update(kinds)
        self.files.update(set(kinds))
        whole = _document_of(entry) is not None
        self.documents.append(f"{DOCUMENTS}/{own_stem(name, self._taken)}.json" if whole else "")


def deliver(
    folder: Path,
    setting: Setting,
    entries: Entries,
    *,
    skipped: Sequence[Skipped],
    inputs: Iterable[Path] = (),
    share: Share | None = None,
    notes: Sequence[Finding] = (),
    parquet: bool = False,
    merged: Mapping[str, object] | None = None,
) -> Delivered:
    """Write the results of a batch; ``merged`` says of which shards they were put together.

    The files are gone through once for each table, so that no more than one table is in memory.
    Numbers are written before figures are drawn.

    Raises
    ------
    DataFileError
        If none of the files could be used, or a file cannot be written.
    """
    seen = _Seen(summary=Summary(setting.technique))
    for entry in entries:
        seen.see(entry)
    if seen.failures and len(seen.failures) == len(entries):
        _refuse_all(seen, share)
    notes = [*notes, *([UNREVIEWED] if setting.engine == "series" else []), *_same_samples(seen)]
    document = _document(setting, seen, skipped, share, notes)
    numbers: dict[str, Callable[[], bytes]] = {
        "findings.csv": lambda: findings_csv(entries),
        "rows.csv": lambda: rows_csv(setting.technique, entries),
        **({"summary.parquet": lambda: seen.summary.parquet(entries)} if parquet else {}),
        "summary.csv": lambda: seen.summary.csv(entries),
        "recipe.toml": lambda: setting.recipe.encode(errors="backslashreplace"),
        "result.json": lambda: json_text(document).encode(),
    }
    if not seen.number:
        del numbers["findings.csv"]
    files = [*reversed(numbers), ENVIRONMENT, *filter(None, seen.documents)]
    before = _before(folder)
    told = environment(inputs) | ({} if merged is None else {"merged": merged})
    # First, so that at any instant it lists what is there.
    with _to_be_repeated(folder, of_shards=merged is not None):
        write_atomic(folder / ENVIRONMENT, _environment(told, {*files, *before}))
        _write_documents(folder, entries, seen.documents)
        for name, made in numbers.items():
            write_atomic(folder / name, made())
        # What an earlier run left there and this one has not would be taken for its own.
        for name in sorted(before.difference(files)):
            remove_file(folder / name)
    with numbers_kept(folder):
        figures = _figures(entries)
        files += figures
        write_atomic(folder / ENVIRONMENT, _environment(told, files))
        for name, content in figures.items():
            write_atomic(folder / name, content)
    return Delivered(
        document=document,
        exit_code=_exit_code(seen, notes),
        out=folder,
        files=tuple(folder / name for name in files),
    )


@contextmanager
def _to_be_repeated(folder: Path, *, of_shards: bool) -> Generator[None]:
    """Say, where the disk stops the writing, that all that was done is kept and where."""
    try:
        yield
    except DataFileError as error:
        if not is_of_the_disk(error):
            raise
        kept = "the shards are as they were" if of_shards else f"all fits are kept in {folder}"
        action = f"{kept}: make room or mend the disk, and give the same command again, which "
        raise with_action(error, f"{action}fits nothing anew") from error


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


def _refuse_all(seen: _Seen, share: Share | None) -> None:
    """Say that no file could be done, and whether that is the files' fault.

    Files of a shard may all be bad where those of the others are not.
    """
    number, (name, _, why) = len(seen.failures), seen.failures[0]
    who = "the only file could not" if number == 1 else f"none of {number} files could"
    first = f"{name}: {why}" if number == 1 else f"the first, {name}: {why}"
    if seen.again == {True}:
        raise BatchError(f"{who} be done; {first}")
    if share is None:
        raise InputError(f"{who} be used by this recipe; {first}")


def _document(
    setting: Setting,
    seen: _Seen,
    skipped: Sequence[Skipped],
    share: Share | None,
    notes: Sequence[Finding],
) -> dict[str, Any]:
    import tomllib

    outcomes = seen.outcomes
    return {
        "schema": SCHEMA,
        "version": setting.version,
        "technique": setting.technique,
        "engine": setting.engine,
        "registry": {"version": setting.registry_version, "sha256": setting.registry},
        "recipe_sha256": setting.recipe_sha256,
        "shard": None if share is None else share.to_dict(),
        "files": len(seen.inputs),
        "failed": len(seen.failures),
        "spectra": outcomes.total(),
        "outcomes": {name: outcomes[name] for name in sorted(outcomes)},
        "findings": _counted(seen),
        "notes": [note.to_dict() for note in notes],
        "failures": [
            {"file": name, "error": error, "message": message}
            for name, error, message in seen.failures
        ],
        "skipped": [{"file": one.name, "reason": one.reason} for one in skipped],
        "inputs": [
            {"path": name, "sha256": sha256} | ({"document": document} if document else {})
            for (name, sha256), document in zip(seen.inputs, seen.documents, strict=True)
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


def _counted(seen: _Seen) -> list[dict[str, object]]:
    """Findings by rule and severity: how many, and in how many files."""
    return [
        {"rule": rule, "severity": severity, "number": seen.number[rule, severity], "files": count}
        for (rule, severity), count in sorted(seen.files.items())
    ]


def _same_samples(seen: _Seen) -> list[Finding]:
    """Say that files share a sample's name; what is theirs is told apart by the file."""
    return [
        Finding(
            rule="sample_name",
            severity=Severity.INFO,
            subject=sample,
            reported=counted(len(names), "file"),
            message=f"{len(names)} files call their sample {sample!r} ("
            f"{', '.join(names[:NAMED_AT_MOST])}{', ...' if len(names) > NAMED_AT_MOST else ''}); "
            "the tables tell them apart by the file",
        )
        for sample, names in seen.samples.items()
        if sample and len(names) > 1
    ]


def _exit_code(seen: _Seen, notes: Sequence[Finding]) -> int:
    """0 clean, 3 where nothing is decided, 1 for what lies between."""
    if seen.usable == {3}:
        return 3
    errors = any(severity == "error" for _, severity in seen.number)
    errors |= any(note.severity is Severity.ERROR for note in notes)
    return 1 if seen.failures or errors or any(seen.codes) else 0


def _document_of(entry: Entry) -> dict[str, Any] | None:
    """The whole result of a file, where it has one."""
    return next((r["document"] for r in entry.records if r["document"] is not None), None)


def _write_documents(folder: Path, entries: Entries, names: Sequence[str]) -> None:
    if not any(names):
        return
    for entry, name in zip(entries, names, strict=True):
        if name and (told := _document_of(entry)) is not None:
            write_atomic(folder / name, json_text(told))


def _figures(entries: Entries) -> Mapping[str, bytes]:
    from .plot import figures_of

    return figures_of(entries)
