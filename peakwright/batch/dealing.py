"""One recipe over many files: dealing out the work, keeping what is done, going on where it was."""

from __future__ import annotations

import json
import math
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from references.files import DataFileError, sha256
from references.words import InputError

from ..counted import counted
from ..recognition import techniques_of
from ..store import check_folder, with_action
from .crew import PATIENCE, BatchError, Lost, alone, compiles, dask_workers, processes
from .delivery import Delivered, Share, deliver
from .entries import entries_of
from .inputs import Found, Input, Skipped, identified, listed, share_of
from .plan import held, write_files
from .summary import need_parquet
from .unit import Bundle, Key, Piece, Setting, failed, line_of, registry_of, told

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from .chunks import Chunks
    from .crew import Crew
    from .unit import Record, Told

__all__ = ["Progress", "run", "setting_of"]

LARGEST_BUNDLE = 512
UNREADABLE = "no reader takes it"
TO_BEGIN_WITH = 4
"""Pieces of the first bundle."""
NAMED_AT_MOST = 3
JOINT = "peakwright.xps.joint/1"
ENGINES = "auto", "series", "fit"


@dataclass(slots=True)
class Progress:
    """How far a batch is.

    Attributes
    ----------
    files : int
        Of the batch.
    done : int
        Whose results are kept.
    failed : int
        Of them.
    spectra : int
        Kept in this run.
    seconds : float
        Since this run began.
    left : float or None
        Until it is done, as far as that can be told [s].
    compiles : bool
        Whether its first results may wait for what a machine's first series compiles.
    """

    files: int
    done: int = 0
    failed: int = 0
    spectra: int = 0
    seconds: float = 0.0
    left: float | None = None
    compiles: bool = False


def run(
    paths: Sequence[str | Path],
    recipe: str | Path,
    out: str | Path,
    *,
    jobs: int = 1,
    scheduler: Any = None,
    shard: tuple[int, int] | None = None,
    engine: str = "auto",
    library: Sequence[str | Path] = (),
    parquet: bool = False,
    tell: Callable[[Progress], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> Delivered:
    """Apply a recipe to many files; a batch that was stopped goes on where it was.

    Parameters
    ----------
    paths : sequence of path
        Files, and folders that are gone through.
    recipe : path
        Of any technique, as TOML.
    out : path
        Folder of the results, and of what has been done so far.
    jobs : int
        Worker processes. With 0 the work is done in this process: its last digits are those of the
        others only where numpy's linear algebra is on one thread here too.
    scheduler : str or distributed.Client, optional
        A dask scheduler that does the work instead.
    shard : (number, of), optional
        Do only every ``of``-th file, beginning with the ``number``-th; :func:`merge` puts the
        shards together.
    engine : {"auto", "series", "fit"}
        For XPS: the compiled series, or the careful fit with findings and a whole document a file.
        ``auto`` takes the series where the recipe asks for no fractions over several levels.
    library : sequence of path
        Library files of your own.
    parquet : bool
        Write ``summary.parquet`` too.
    tell : callable, optional
        Called with the :class:`Progress` when results have been kept: they are on the disk then.
    warn : callable, optional
        Called with a sentence on what was found damaged, and on what was left out because results
        of ours wrote it.

    Returns
    -------
    Delivered
        What was written, with the exit code of the command line.

    Raises
    ------
    DataFileError, InputError
        If there is nothing to do, the recipe fits no file, or the folder is another batch's.
    BatchError
        If the workers are gone.

    Examples
    --------
    >>> import tempfile
    >>> import xps
    >>> from xps.recipe import Charge, Recipe, to_toml
    >>> recipe = Recipe(
    ...     charge=(Charge(shift=0.32),), envelopes=(xps.envelope("P 2p", ["PS4"]),)
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     toml = Path(folder) / "recipe.toml"
    ...     _ = toml.write_text(to_toml(recipe))
    ...     done = run([xps.example_path()], toml, Path(folder) / "out", jobs=0)
    >>> done.exit_code, done.document["spectra"]
    (0, 1)
    """
    folder = Path(out)
    _check_asked(paths, folder, jobs, shard)
    if parquet:
        need_parquet()
    setting = setting_of(Path(recipe), engine=engine, library=library)
    ours: list[Path] = []
    every = listed(paths, out=folder, ours=ours)
    share = None if shard is None else Share.of_batch(shard, every)
    mine = every if shard is None else share_of(every, *shard)
    # A shard may have nothing to do, as long as the others have.
    _refuse_nothing(paths, dict.fromkeys((*mine, *every)), ours, setting.technique)
    if ours and warn is not None:
        warn(f"{_left_out(ours)}; name one of them itself to take it")
    with held(folder, setting, share) as chunks:
        batch = _Batch(setting, chunks, mine, tell=tell, warn=warn)
        with batch.told_if_stopped():
            with _crew(setting, jobs, scheduler) as crew:
                batch.work(crew)
            if share is not None:
                write_files(folder, setting, batch.found, batch.skipped)
            return deliver(
                folder,
                setting,
                entries_of((batch.found, chunks)),
                skipped=batch.skipped,
                inputs=batch.paths,
                share=share,
                parquet=parquet,
            )


def _check_asked(
    paths: Sequence[str | Path], folder: Path, jobs: int, shard: tuple[int, int] | None
) -> None:
    """Refuse what cannot be done, before anything is read."""
    if jobs < 0:
        raise InputError(f"jobs is {jobs}; it should be a number of processes, 0 for this one")
    if shard is not None and not 1 <= shard[0] <= shard[1]:
        raise InputError(
            f"shard is {shard[0]}/{shard[1]}; it should be i/n with i from 1 to n, for instance 3/8"
        )
    check_folder(folder)
    if folder.resolve() in {Path(path).resolve() for path in paths if Path(path).is_dir()}:
        raise DataFileError(
            folder,
            "is a folder of the files, which results would be mixed with",
            action=f"name another with --out, for instance {folder / 'results'}",
        )


def setting_of(
    recipe: Path, *, engine: str = "auto", library: Sequence[str | Path] = ()
) -> Setting:
    """Read a recipe, and give what is done by it to every file.

    Raises
    ------
    DataFileError, InputError
        If it is no recipe, or there is no such engine for it.
    """
    from .. import __version__
    from ..jobs import read_job

    if engine not in ENGINES:
        raise InputError(f"no engine {engine!r}; there are {', '.join(ENGINES)}")
    try:
        job = read_job(recipe)
    except DataFileError as error:
        if JOINT not in error.reason:
            raise
        raise DataFileError(
            recipe,
            "is a joint recipe, which fits spectra of several files together",
            action="give it to `peakwright xps joint`; a batch does each file by itself",
        ) from None
    if job.technique != "xps" and engine != "auto":
        raise InputError(
            f"--engine {engine} is for XPS; {recipe.name} is a recipe of {job.technique}, which "
            "has one way only: leave --engine out"
        )
    text = job.toml()
    files = tuple(str(Path(path).absolute()) for path in library)
    registry = registry_of(files)
    return Setting(
        technique=job.technique,
        engine=_engine(engine, text, recipe) if job.technique == "xps" else "job",
        recipe=text,
        library=files,
        registry=registry.sha256,
        registry_version=registry.version,
        version=__version__,
        folder=str(recipe.absolute().parent),
        beside=_beside(text, recipe.parent),
    )


def _beside(text: str, folder: Path) -> tuple[tuple[str, str], ...]:
    """The files that a recipe names (a structure, an empty holder, a picture), with checksums."""
    import tomllib

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value.removeprefix("mask:")
        elif isinstance(value, (dict, list)):
            known = cast("dict[str, Any] | list[Any]", value)
            for one in known.values() if isinstance(known, dict) else known:
                yield from texts(one)

    names = sorted({name for name in texts(tomllib.loads(text)) if name})
    return tuple((name, sha256(folder / name)) for name in names if _is_file(folder / name))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # longer than a name may be
        return False


def _engine(asked: str, text: str, path: Path) -> str:
    """Whether the series can do what the recipe asks for."""
    from xps.recipe import Fractions, from_toml
    from xps.sample import has_gallium_3s

    recipe = from_toml(text)
    wanted = recipe.fractions
    if asked == "fit":
        return "fit"
    regions = [envelope.region for envelope in recipe.envelopes]
    informed = any(map(has_gallium_3s, recipe.envelopes)) and any(
        region.startswith("Ga ") for region in regions
    )
    # What a sample's gallium tells of Ga 3s under S 2p, only the careful fit takes up.
    if wanted == Fractions() and not (informed and asked == "auto"):
        return "series"
    if asked == "auto":
        return "fit"
    raise InputError(
        f"{path.name} asks for fractions that the series does not form of single files (basis "
        f"{wanted.basis}); leave --engine out, or give --engine fit"
    )


# --- which files ----------------------------------------------------------------------------------


def _refuse_nothing(
    paths: Sequence[str | Path], every: Iterable[Input], ours: Sequence[Path], technique: str
) -> None:
    """Refuse paths in which there is nothing to do, before anything is made."""
    skipped: list[Skipped] = []
    for one in every:
        known = _recognised(one, technique)
        if not isinstance(known, Skipped):
            return
        skipped.append(known)
    where = ", ".join(str(path) for path in paths[:NAMED_AT_MOST])
    where += ", ..." if len(paths) > NAMED_AT_MOST else ""
    if others := [one for one in skipped if one.reason != UNREADABLE]:
        raise DataFileError(
            where,
            f"holds no file of {technique}, which the recipe is of; {len(others)} "
            f"{'is' if len(others) == 1 else 'are'} of another technique",
            action="give a recipe of theirs",
        )
    raise DataFileError(
        where,
        "holds no file that a reader takes" + (f"; {_left_out(ours)}" if ours else ""),
        action="name a folder with measurements",
    )


def _left_out(ours: Sequence[Path]) -> str:
    folders = list(dict.fromkeys(str(path.parent) for path in ours))
    where = ", ".join(folders[:NAMED_AT_MOST]) + (", ..." if len(folders) > NAMED_AT_MOST else "")
    were = "file was" if len(ours) == 1 else "files were"
    return f"{len(ours)} {were} left out that results of peakwright wrote, in {where}"


def _size(path: Path) -> int:
    """Bytes of a file; of one that has gone meanwhile its worker will tell."""
    try:
        return max(path.stat().st_size, 1)
    except OSError:
        return 1


def _recognised(one: Input, technique: str) -> Skipped | DataFileError | None:
    """Tell whether a file is left out, or why it cannot be read; ``None`` if it is to be done."""
    try:
        found = techniques_of(one.path)
    except DataFileError as error:
        return error
    if technique in found:
        return None
    reason = f"a file of {found[0]}, the recipe is of {technique}" if found else UNREADABLE
    return Skipped(one.name, reason, one.place)


# --- who does it ----------------------------------------------------------------------------------


@contextmanager
def _crew(setting: Setting, jobs: int, scheduler: Any) -> Generator[Crew]:
    if scheduler is not None:
        with dask_workers(setting, scheduler) as crew:
            yield crew
    elif jobs == 0:
        with alone(setting) as crew:
            yield crew
    else:
        with processes(setting, jobs) as crew:
            yield crew


# --- the work -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Rate:
    """Seconds that a piece takes for its size, learned as they go by.

    The quickest of late counts: a bundle that turns out too large is ended in time by its worker,
    one that is too small makes it wait.
    """

    known: float = math.inf

    def learn(self, seconds: float, size: int) -> None:
        self.known = min(1.3 * self.known, seconds / max(size, 1))

    def of(self, piece: Piece) -> float:
        return self.known * piece.size if math.isfinite(self.known) else PATIENCE / TO_BEGIN_WITH


@dataclass(slots=True)
class _Batch:
    """A batch at work: what is still to do, and what is kept."""

    setting: Setting
    chunks: Chunks
    mine: Sequence[Input]
    tell: Callable[[Progress], None] | None = None
    warn: Callable[[str], None] | None = None
    found: list[Found] = field(default_factory=list[Found])
    skipped: list[Skipped] = field(default_factory=list[Skipped])
    paths: list[Path] = field(default_factory=list[Path])
    progress: Progress = field(default_factory=lambda: Progress(files=0))
    _kept: dict[Key, Told] = field(default_factory=dict[Key, "Told"])
    _left: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    _waiting: deque[Piece] = field(default_factory=deque[Piece])
    _alone: deque[Piece] = field(default_factory=deque[Piece])
    _tried: set[Key] = field(default_factory=set[Key])
    _rates: dict[bool, _Rate] = field(default_factory=lambda: {True: _Rate(), False: _Rate()})
    _fresh: int = 0
    _begun: float = field(default_factory=time.perf_counter)

    def work(self, crew: Crew) -> None:
        """Do all that is not kept yet."""
        self.progress.files = len(self.mine)
        self._resume()
        files = self._files()
        while True:
            self._hand_out(crew, files)
            if not crew.busy:
                break
            for pieces, result in crew.wait():
                if isinstance(result, Lost):
                    given_up = self._lost(pieces, result)
                    self._keep([line_of(one) for one in given_up], [told(one) for one in given_up])
                    continue
                if result.unfit:
                    raise BatchError(result.unfit)
                self._take_back(pieces, result)
                self._hand_out(crew, files)  # nobody waits while the disk does
                self._keep(result.lines, result.told)
        self._say()

    @contextmanager
    def told_if_stopped(self) -> Generator[None]:
        """Say, where somebody stops it, what is kept and how it goes on."""
        try:
            yield
        except KeyboardInterrupt as stopped:
            stopped.add_note(f"{self._told_kept()}give the same command again, which goes on")
            raise

    def _told_kept(self) -> str:
        if not self._kept:
            return "nothing was done yet: "
        files = f"{self.progress.done} of {counted(self.progress.files, 'file')}"
        return f"what was done is kept in {self.chunks.folder.parent} ({files}): "

    def _resume(self) -> None:
        """Find what is kept; what was damaged is done anew."""
        damaged: list[str] = []
        for line in self.chunks.read(damaged):
            self._remember(told(json.loads(line)))
        for sentence in damaged:
            if self.warn is not None:
                self.warn(sentence)
        if damaged:
            self.chunks.remove_damaged()

    def _remember(self, known: Told) -> None:
        if known.again:
            return
        self._kept[known.key] = known

    def _hand_out(self, crew: Crew, files: Iterator[Piece]) -> None:
        while crew.busy < crew.hands:
            pieces = self._bundle(files, crew.hands)
            if not pieces:
                return
            crew.give(pieces)

    def _bundle(self, files: Iterator[Piece], hands: int) -> list[Piece]:
        """Pieces of one sort that make about as much work as a bundle should be."""
        if self._alone:
            return [self._alone.popleft()]
        source: Iterator[Piece] = files
        left = len(self.mine) - len(self.found)
        if self._waiting:
            source = self._popped()
            left = len(self._waiting)
        most = min(LARGEST_BUNDLE, max(1, -(-left // (2 * hands))))
        pieces: list[Piece] = []
        seconds = 0.0
        for piece in source:
            pieces.append(piece)
            seconds += self._rates[piece.blocks == 0].of(piece)
            if seconds >= PATIENCE or len(pieces) >= most:
                break
        return pieces

    def _popped(self) -> Iterator[Piece]:
        sort = self._waiting[0].blocks == 0
        while self._waiting and (self._waiting[0].blocks == 0) == sort:
            yield self._waiting.popleft()

    def _files(self) -> Iterator[Piece]:
        """The files that are still to be done, each read for its checksum when its turn comes."""
        begun: set[tuple[str, str]] = set()
        for given in self.mine:
            known = _recognised(given, self.setting.technique)
            if isinstance(known, Skipped):
                self.skipped.append(known)
                self.progress.files -= 1
                continue
            found = identified(given, known)
            self.found.append(found)
            self.paths.append(given.path)
            if found.failure is not None:
                self.progress.done += 1
                self.progress.failed += 1
                continue
            file = found.file
            if (file, found.sha256) in begun:
                self.progress.done += 1
                continue
            begun.add((file, found.sha256))
            if self._is_kept(file, found.sha256):
                self.progress.done += 1
                self.progress.failed += self._kept[file, found.sha256, 0].failed
                continue
            size = _size(given.path)
            path = str(given.path.absolute())
            yield Piece(file=file, path=path, sha256=found.sha256, size=size)

    def _is_kept(self, file: str, sha256: str) -> bool:
        first = self._kept.get((file, sha256, 0))
        if first is None:
            return False
        return all((file, sha256, block) in self._kept for block in range(first.blocks))

    def _take_back(self, pieces: Sequence[Piece], bundle: Bundle) -> None:
        """Learn how long it took; what was not begun, and new blocks, are next."""
        done = pieces[: bundle.done]
        opened = done[0].blocks == 0
        self._rates[opened].learn(bundle.seconds, sum(piece.size for piece in done))
        fresh = [piece for piece in bundle.further if piece.key not in self._kept]
        for piece in fresh:
            file = piece.file, piece.sha256
            self._left[file] = self._left.get(file, 0) + 1
        self._waiting.extendleft(reversed([*fresh, *pieces[bundle.done :]]))

    def _lost(self, pieces: Sequence[Piece], lost: Lost) -> list[Record]:
        """Try each piece of a dead worker's bundle once more, by itself; then it has failed."""
        if len(pieces) == 1 and pieces[0].key in self._tried:
            why = f"its worker process ended with {lost.why}, twice"
            return [failed(pieces[0], "WorkerDied", why, again=True)]
        self._tried.update(piece.key for piece in pieces)
        self._alone.extend(pieces)
        return []

    def _keep(self, lines: Sequence[str], records: Sequence[Told]) -> None:
        """Write records; from here on they are not lost."""
        if not lines:
            return
        try:
            self.chunks.append(lines)
        except DataFileError as error:
            action = f"{self._told_kept()}make room or mend the disk, and give the same command "
            raise with_action(error, f"{action}again, which goes on") from error
        for known in records:
            self._remember(known)
            file, sha256, _ = known.key
            left = self._left.pop((file, sha256), 1) - 1
            if left > 0:
                self._left[file, sha256] = left
            else:
                self._fresh += 1
                self.progress.done += 1
                self.progress.failed += known.failed
            self.progress.spectra += known.spectra
        self._say()

    def _say(self) -> None:
        now = self.progress
        now.seconds = time.perf_counter() - self._begun
        now.compiles = not now.spectra and compiles(self.setting)
        now.left = now.seconds / self._fresh * (now.files - now.done) if self._fresh else None
        if self.tell is not None:
            self.tell(now)
