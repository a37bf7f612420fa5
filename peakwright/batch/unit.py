"""The work of a batch in pieces: what a piece is, and doing some of them.

What comes out of a piece depends on the file, the recipe, the library and the version alone: not on
what is done together with it, nor by whom. So a batch that was stopped and goes on gives the same
bytes as one that was not.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Protocol

from references.files import DataFileError
from references.files import sha256 as sha256_of
from references.words import InputError

from .inputs import checksum_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry
    from references.words import Finding

__all__ = [
    "Bundle",
    "Key",
    "Made",
    "Piece",
    "Record",
    "Setting",
    "Told",
    "differs",
    "do",
    "failed",
    "is_of_the_disk",
    "line_of",
    "registry_of",
    "told",
]

TOGETHER = 16
"""Files that are done ahead at once."""

Key = tuple[str, str, int]
"""A piece's file, the file's SHA-256, and which block of it."""
Table = dict[str, Any]
"""Numbers of one or more spectra: see :mod:`peakwright.batch.tables`."""
Record = dict[str, Any]
"""What is kept of a piece: its key, tables, findings, exit code, document, or its failure."""

CHANGED = "was changed while the batch ran"
UNSEEN = (
    "it could be read when the batch listed it: see that all workers see the files at these paths, "
    "and run the batch again"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is done to every file.

    Attributes
    ----------
    technique : str
        ``"xps"``, ``"xrd"`` or ``"tofsims"``.
    engine : str
        ``"series"``, ``"fit"``, or ``"job"`` for the techniques that have but one.
    recipe : str
        As TOML.
    library : tuple of str
        Library files of the user's own.
    registry : str
        SHA-256 of the library.
    version : str
        Of peakwright.
    registry_version : str
        Of the library.
    folder : str
        Where files that the recipe names are.
    beside : tuple of (name, SHA-256)
        Those files.
    """

    technique: str
    engine: str
    recipe: str
    library: tuple[str, ...]
    registry: str
    version: str
    registry_version: str = ""
    folder: str = ""
    beside: tuple[tuple[str, str], ...] = ()

    @property
    def recipe_sha256(self) -> str:
        """Of the recipe, and of the files that it names."""
        named = "".join(f"{name} {digest}\n" for name, digest in self.beside)
        return sha256(f"{self.recipe}{named}".encode("utf-8", "surrogateescape")).hexdigest()

    @property
    def sha256(self) -> str:
        """Of all that a result depends on, the file aside."""
        parts = self.technique, self.engine, self.recipe_sha256, self.registry, self.version
        return sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """A file, or a block of one that holds many spectra.

    Attributes
    ----------
    file : str
        Its base name.
    path : str
    sha256 : str
    size : int
        Bytes of a file, or spectra of a block: what its time is in proportion to.
    block, blocks : int
        Which of how many; a file that is still to be opened has 0 blocks.
    content : object
        Of a block: what its engine made of the file.
    """

    file: str
    path: str
    sha256: str
    size: int = 1
    block: int = 0
    blocks: int = 0
    content: Any = None

    @property
    def key(self) -> Key:
        """Which piece it is of all."""
        return self.file, self.sha256, self.block


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Made:
    """What an engine made of a piece: tables, or further pieces.

    Attributes
    ----------
    tables : list of dict
    findings : tuple of Finding
    exit_code : int
        0 clean, 1 with error findings or a negative verdict, 3 undecidable.
    document : dict or None
        The whole result, where there is more than the tables.
    further : list of (size, content)
        Blocks that are still to be done.
    """

    tables: list[Table] = field(default_factory=list[Table])
    findings: tuple[Finding, ...] = ()
    exit_code: int = 0
    document: dict[str, Any] | None = None
    further: list[tuple[int, Any]] = field(default_factory=list[tuple[int, Any]])


class Engine(Protocol):
    """Opens files and does their blocks."""

    def ahead(self, pieces: Sequence[Piece]) -> None:
        """Do some of the files that are next together, where that is quicker."""
        ...

    def is_ready(self, piece: Piece) -> bool:
        """Whether a file is done already, and is only to be asked for."""
        ...

    def file(self, piece: Piece) -> Made:
        """Do a file, or divide it into blocks."""
        ...

    def block(self, content: Any) -> Made:
        """Do a block."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is kept in mind of a record: which piece, how many spectra, whether it failed.

    A failure that another run may not have (a worker that died, a disk that was away) is done
    ``again`` by it.
    """

    key: Key
    blocks: int
    spectra: int
    failed: bool
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bundle:
    """Pieces that are done: a record each, as lines; the blocks of those that were only opened.

    ``told`` says of each record what is kept in mind; ``done`` counts the pieces, from the first;
    what is left was not begun. Where the worker may do nothing for this batch, ``unfit`` says why.
    """

    lines: list[str]
    told: list[Told]
    further: list[Piece]
    done: int
    seconds: float
    unfit: str = ""


def do(setting: Setting, pieces: Sequence[Piece], patience: float) -> Bundle:
    """Do pieces, one after the other, until they are done or some time has passed.

    Parameters
    ----------
    setting : Setting
    pieces : sequence of Piece
        The first is done in any case.
    patience : float
        After this time [s] no other piece is begun.

    Returns
    -------
    Bundle
        Of a piece that cannot be done the record is its error.
    """
    begun = time.perf_counter()
    records: list[Record] = []
    further: list[Piece] = []
    done = 0
    if why := _unfit(setting):
        return Bundle(lines=[], told=[], further=[], done=0, seconds=0.0, unfit=why)
    engine = _engine(setting)
    for piece in pieces:
        try:
            if not engine.is_ready(piece):
                engine.ahead(pieces[done : done + TOGETHER] if patience > 0 else pieces[done:][:1])
            made = engine.file(piece) if piece.blocks == 0 else engine.block(piece.content)
        except (DataFileError, InputError) as error:
            records.append(_refused(setting, piece, error))
        except MemoryError as error:
            why = str(error) or "more was asked for than there is"
            records.append(failed(piece, "MemoryError", f"out of memory: {why}", again=True))
        except Exception as error:  # noqa: BLE001 - one file never ends a batch
            name = type(error).__name__
            why = f"a fault of peakwright, not of the file: {name}: {error}"
            records.append(failed(piece, name, why, again=True))
        else:
            if made.further:
                further += _blocks(piece, made)
            else:
                records.append(_record_of(piece, made))
        done += 1
        left = done < len(pieces) and engine.is_ready(pieces[done])
        if time.perf_counter() - begun > patience and not left:
            break
    return Bundle(
        lines=[line_of(record) for record in records],
        told=[told(record) for record in records],
        further=further,
        done=done,
        seconds=time.perf_counter() - begun,
    )


def differs(setting: Setting, piece: Piece) -> str:
    """Say what is not as it was when the batch listed it: the file, or one that the recipe names.

    Raises
    ------
    DataFileError
        If one of them cannot be read.
    """
    if checksum_of(Path(piece.path)) != piece.sha256:
        return CHANGED
    folder = Path(setting.folder)
    other = [name for name, digest in setting.beside if sha256_of(folder / name) != digest]
    return f"{other[0]}, which the recipe names, {CHANGED}" if other else ""


def line_of(record: Record) -> str:
    """Give a record as a line of JSON."""
    return json.dumps(record, allow_nan=False, separators=(",", ":"))


def failed(piece: Piece, error: str, message: str, *, again: bool = False) -> Record:
    """Give the record of a piece that could not be done."""
    failure = {"error": error, "message": message, "again": again}
    return _record(piece, tables=[], findings=[], exit_code=1, document=None, failure=failure)


def told(record: Record) -> Told:
    """Give what is kept in mind of a record."""
    failure = record["failure"]
    return Told(
        key=(record["file"], record["sha256"], record["block"]),
        blocks=record["blocks"],
        spectra=sum(len(table["outcome"]) for table in record["tables"]),
        failed=failure is not None,
        again=failure is not None and failure["again"],
    )


def _record_of(piece: Piece, made: Made) -> Record:
    return _record(
        piece,
        tables=made.tables,
        findings=[finding.to_dict() for finding in made.findings],
        exit_code=made.exit_code,
        document=made.document,
        failure=None,
    )


def _record(piece: Piece, **body: Any) -> Record:
    head = {
        "file": piece.file,
        "sha256": piece.sha256,
        "block": piece.block,
        "blocks": max(piece.blocks, 1),
    }
    return head | body


def _blocks(piece: Piece, made: Made) -> list[Piece]:
    return [
        Piece(
            file=piece.file,
            path=piece.path,
            sha256=piece.sha256,
            size=size,
            block=number,
            blocks=len(made.further),
            content=content,
        )
        for number, (size, content) in enumerate(made.further)
    ]


def _refused(setting: Setting, piece: Piece, error: Exception) -> Record:
    """The record of a file that was refused: for good only where the file itself is why.

    What a disk refuses, or gives otherwise than before, it may give to the next run.
    """
    name, message = _named(error, piece)
    if piece.blocks:  # it has been read, and nothing else is
        return failed(piece, name, message)
    try:
        why = differs(setting, piece)
    except DataFileError:
        why = UNSEEN
    if not why and not is_of_the_disk(error):
        return failed(piece, name, message)
    told = message if CHANGED in message else f"{message}; {why or UNSEEN}"
    return failed(piece, name, told, again=True)


def is_of_the_disk(error: BaseException) -> bool:
    """Whether the system refused something; libraries that cannot decode a file give no number."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno is not None:
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _named(error: Exception, piece: Piece) -> tuple[str, str]:
    """An error's name, and its sentence with the base name: where a file lies is no result."""
    if isinstance(error, DataFileError):
        path, whole = PurePath(error.path), PurePath(piece.path)
        file = piece.file if whole in (path, *path.parents) else path.name or piece.file
        known = DataFileError(file, error.reason, where=error.where, action=error.action)
        return "DataFileError", str(known)
    return type(error).__name__, str(error)


@lru_cache(maxsize=4)
def registry_of(library: tuple[str, ...]) -> Registry:
    """Give the library with a user's own files; read once in a process."""
    from references import load

    return load(*library)


@lru_cache(maxsize=4)
def _unfit(setting: Setting) -> str:
    """Say why this process would give other results than the one that deals out the work."""
    from .. import __version__

    try:
        registry = registry_of(setting.library)
    except (DataFileError, InputError) as error:
        return f"a worker cannot read the library: {error}"
    if (setting.version, setting.registry) == (__version__, registry.sha256):
        return ""
    return (
        f"a worker has peakwright {__version__} with the library {registry.sha256[:12]}, the batch "
        f"has {setting.version} with {setting.registry[:12]}; install the same on all machines"
    )


@lru_cache(maxsize=4)
def _engine(setting: Setting) -> Engine:
    """Give the engine of a setting; made once in a process."""
    registry = registry_of(setting.library)
    if setting.engine == "series":
        from .series import SeriesEngine

        return SeriesEngine(setting.recipe, registry)
    from .careful import CarefulEngine

    return CarefulEngine(setting, registry)
