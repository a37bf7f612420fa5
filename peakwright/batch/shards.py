"""Shards of one batch put together: what is written is what one batch over all files writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from references.files import DataFileError
from references.words import Finding, InputError, Severity

from ..counted import counted
from ..store import check_folder
from .chunks import Chunks
from .delivery import DOCUMENTS, deliver
from .entries import entries_of
from .inputs import environment_of
from .plan import CHUNKS, PLAN, at_work, read_files, read_plan, sweep
from .summary import need_parquet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .delivery import Delivered, Share
    from .inputs import Found, Skipped
    from .unit import Setting

    Part = tuple[Path, Setting, Share]

__all__ = ["merge"]


def merge(folders: Sequence[str | Path], out: str | Path, *, parquet: bool = False) -> Delivered:
    """Put the shards of one batch together.

    Parameters
    ----------
    folders : sequence of path
        One a shard, in any order.
    out : path
        Folder to write; none of them. What an earlier merge of the same batch left there is
        written anew.
    parquet : bool
        Write ``summary.parquet`` too.

    Returns
    -------
    Delivered
        Shards that are missing are an error finding among its notes.

    Raises
    ------
    DataFileError
        If a folder is no finished shard, they are not all of one batch, or the folder to write
        holds another result or a batch.
    InputError
        If there are no folders.
    """
    if not folders:
        raise InputError("nothing to merge; give the folders of the shards")
    if parquet:
        need_parquet()
    target = Path(out)
    check_folder(target)
    parts = _parts([Path(folder) for folder in folders], target)
    whole = _whole_of(parts[0])
    _refuse_other(target, whole)
    with at_work(target, "something is written there: wait, or name another folder"):
        _refuse_other(target, whole)  # it may have been written meanwhile
        sweep(target, target / DOCUMENTS)
        return _put_together(parts, target, whole, parquet=parquet)


def _put_together(
    parts: Sequence[Part], target: Path, whole: dict[str, object], *, parquet: bool
) -> Delivered:
    done: list[tuple[list[Found], Chunks]] = []
    skipped: list[Skipped] = []
    for folder, setting, _ in parts:
        found, left_out = read_files(folder, setting)
        done.append((found, Chunks(folder / CHUNKS, setting.sha256)))
        skipped += left_out
    _, setting, share = parts[0]
    return deliver(
        target,
        setting,
        entries_of(*done),
        skipped=sorted(skipped, key=lambda one: one.place),
        inputs=[folder for folder, _, _ in parts],
        notes=_missing({one.number for _, _, one in parts}, share),
        parquet=parquet,
        merged=whole,
    )


def _whole_of(part: Part) -> dict[str, object]:
    """What all shards of a batch have in common."""
    _, setting, share = part
    return {
        "batch": setting.sha256,
        "shards": share.of,
        "files": share.files,
        "listing": share.listing,
    }


def _refuse_other(target: Path, whole: dict[str, object]) -> None:
    """Refuse a folder that holds anything else than what was put together of the same shards."""
    if (target / PLAN).exists():
        raise DataFileError(target, "holds a batch", action="name another with --out")
    if not (target / "result.json").exists():
        return
    before = environment_of(target)
    if before is None or before.get("merged") != whole:
        raise DataFileError(
            target,
            "holds a result that is not of these shards",
            action="name another with --out",
        )


def _parts(folders: Sequence[Path], target: Path) -> list[Part]:
    """The shards, as long as they are of one batch."""
    found: list[Part] = []
    places: dict[int, Path] = {}
    for folder in folders:
        if folder.resolve() == target.resolve():
            raise DataFileError(target, "is one of the shards", action="name another with --out")
        setting, share = read_plan(folder)
        if share is None:
            raise DataFileError(
                folder,
                "holds a whole batch, no shard of one",
                action="give folders that were made with --shard",
            )
        if found:
            _check_alike(found[0], (folder, setting, share))
        if share.number in places:
            raise DataFileError(
                folder,
                f"is shard {share.number} of {share.of}, as {places[share.number]} is",
                action="give each shard once",
            )
        places[share.number] = folder
        found.append((folder, setting, share))
    return found


def _check_alike(one: Part, other: Part) -> None:
    """Refuse a shard of another batch."""
    (first, a, of_a), (folder, b, of_b) = one, other
    different = [
        what
        for what, same in (
            ("technique", a.technique == b.technique),
            ("recipe", a.recipe_sha256 == b.recipe_sha256),
            ("engine", a.engine == b.engine),
            ("peak library", a.registry == b.registry),
            ("version of peakwright", a.version == b.version),
            ("number of shards", of_a.of == of_b.of),
            ("list of files", of_a.listing == of_b.listing),
        )
        if not same
    ]
    if different:
        raise DataFileError(
            folder,
            f"is no shard of the batch that {first} is one of: another {', '.join(different)}",
            action="give the shards of one batch",
        )


def _missing(there: set[int], share: Share) -> list[Finding]:
    lacking = [number for number in range(1, share.of + 1) if number not in there]
    if not lacking:
        return []
    named = ", ".join(f"{number}/{share.of}" for number in lacking)
    return [
        Finding(
            rule="missing_shards",
            severity=Severity.ERROR,
            subject="the batch",
            reported=f"{len(there)} of {counted(share.of, 'shard')}",
            reference=counted(share.files, "file"),
            message=f"shard {named} is missing; what its files gave is not in these results",
        )
    ]
