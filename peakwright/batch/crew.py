"""Who does the work: this process, processes beside it, or the workers of a dask scheduler.

Each takes bundles of pieces and gives them back done, in no particular order. What becomes of a
piece does not depend on who did it.
"""

from __future__ import annotations

import os
import queue
import signal
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .unit import Bundle, Piece, Setting, do

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["BatchError", "Crew", "Lost", "alone", "compiles", "dask_workers", "processes"]

PATIENCE = 0.7
"""A worker begins no other piece of a bundle after this time [s]: a bundle is what is lost when a
worker is."""
SCHEDULER_ANSWERS = 5.0
"""A scheduler that does not answer within this time [s] is not there."""
STILLBORN = 3
"""Workers that die one after the other before any has done anything."""


class BatchError(RuntimeError):
    """A batch cannot go on; what it has kept so far is whole."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A bundle whose worker died, and what is known of its death."""

    why: str


Returned = tuple[list[Piece], Bundle | Lost]
"""A bundle, and what became of it."""


class Crew(Protocol):
    """Takes bundles, and gives them back done."""

    @property
    def hands(self) -> int:
        """How many bundles it can hold at once."""
        ...

    @property
    def busy(self) -> int:
        """How many it holds."""
        ...

    def give(self, pieces: list[Piece]) -> None:
        """Hand over a bundle."""
        ...

    def wait(self) -> list[Returned]:
        """Wait until some are done."""
        ...


# --- this process ---------------------------------------------------------------------------------


class _Alone:
    """Does each bundle itself, when it is waited for."""

    hands = 1

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._given: list[list[Piece]] = []

    @property
    def busy(self) -> int:
        return len(self._given)

    def give(self, pieces: list[Piece]) -> None:
        self._given.append(pieces)

    def wait(self) -> list[Returned]:
        pieces = self._given.pop(0)
        return [(pieces, do(self._setting, pieces, PATIENCE))]


@contextmanager
def alone(setting: Setting) -> Generator[Crew]:
    """Work in this process."""
    yield _Alone(setting)


# --- processes beside it --------------------------------------------------------------------------


def serve(connection: Any, setting: Setting) -> None:
    """Do what comes through a connection until nobody is at its other end."""
    # Who stops the batch from the keyboard stops the process that deals out the work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _no_chatter()
    while True:
        try:
            connection.send(do(setting, connection.recv(), PATIENCE))
        except (EOFError, OSError):
            return


def _no_chatter() -> None:
    import warnings

    warnings.simplefilter("ignore")


def compiles(setting: Setting) -> bool:
    """Whether the first of a batch's work seems to compile the series, once on a machine."""
    if setting.engine != "series":
        return False
    import xps
    from references.compiled import seems_kept

    return not seems_kept(Path(xps.__file__).with_name("kernel.py"), "_fit_spectra")


@dataclass(slots=True)
class _Worker:
    """A process, our end of the connection to it, and the bundle it holds."""

    process: Any
    connection: Any
    pieces: list[Piece] = field(default_factory=list[Piece])


class _Processes:
    """So many processes; one that dies is replaced."""

    def __init__(self, setting: Setting, number: int) -> None:
        import multiprocessing

        self._setting = setting
        # Neither threads nor locks of this process come along.
        self._context = multiprocessing.get_context("spawn")
        self._stillborn = 0
        self._workers: list[_Worker] = []
        self.hands = number

    @property
    def busy(self) -> int:
        return sum(bool(worker.pieces) for worker in self._workers)

    def give(self, pieces: list[Piece]) -> None:
        free = next((worker for worker in self._workers if not worker.pieces), None)
        if free is None:
            free = self._started()
            self._workers.append(free)
        free.pieces = pieces
        with suppress(OSError):  # it may have died; waiting for it will tell
            free.connection.send(pieces)

    def wait(self) -> list[Returned]:
        from multiprocessing.connection import wait

        held = {worker.connection: worker for worker in self._workers if worker.pieces}
        found: list[Returned] = []
        for ready in wait(list(held)):
            worker = held[ready]  # pyright: ignore[reportArgumentType]
            pieces, worker.pieces = worker.pieces, []
            try:
                found.append((pieces, worker.connection.recv()))
                self._stillborn = 0
            except (EOFError, OSError):
                found.append((pieces, self._buried(worker)))
        return found

    def _started(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=serve, args=(theirs, self._setting), daemon=True)
        with _one_thread_of_algebra(), _program_unseen():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _buried(self, worker: _Worker) -> Lost:
        """Take a worker that died out of the crew, and tell of what."""
        self._workers.remove(worker)
        worker.connection.close()
        worker.process.join(5.0)
        code = worker.process.exitcode
        self._stillborn += 1
        if self._stillborn > max(STILLBORN, 2 * self.hands):
            raise BatchError(
                f"one worker after the other ends with {_of_what(code)}; see whether "
                "`peakwright xps fit` of one of the files works"
            )
        return Lost(_of_what(code))

    def close(self) -> None:
        for worker in self._workers:
            worker.connection.close()
            worker.process.kill()
        for worker in self._workers:
            worker.process.join(5.0)


def _of_what(code: int | None) -> str:
    """What an exit code says."""
    if code is None or code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
    memory = ", as a system short of memory does it" if name == "SIGKILL" else ""
    return f"{name}{memory}"


@contextmanager
def _one_thread_of_algebra() -> Generator[None]:
    """Let processes that start now keep linear algebra on one thread each."""
    names = [f"{library}_NUM_THREADS" for library in ("OPENBLAS", "MKL", "OMP")]
    before = {name: os.environ.get(name) for name in names}
    os.environ.update({name: "1" for name, value in before.items() if value is None})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)


@contextmanager
def _program_unseen() -> Generator[None]:
    """Let processes that start now know nothing of the program that starts them.

    They would run it once more from its first line, and a script that calls :func:`run` there would
    begin a batch in each of them.
    """
    import sys
    from types import ModuleType

    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program


@contextmanager
def processes(setting: Setting, number: int) -> Generator[Crew]:
    """Work in so many processes; they end with this one."""
    crew = _Processes(setting, number)
    try:
        yield crew
    finally:
        crew.close()


# --- dask -----------------------------------------------------------------------------------------


class _Dask:
    """The workers of a scheduler; each holds one bundle and has another ready."""

    REFRESHED = 5.0

    def __init__(self, setting: Setting, client: Any) -> None:
        self._setting = setting
        self._client = client
        self._held: dict[str, tuple[list[Piece], Any]] = {}
        self._done: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._counted = -self.REFRESHED
        self._threads = 0
        self._known: set[str] = set()

    @property
    def hands(self) -> int:
        if time.monotonic() - self._counted >= self.REFRESHED:
            self._count()
        return 2 * max(self._threads, 1)

    def _count(self) -> None:
        """Count the workers, and ask those that are new which peakwright they have.

        One that has none, or another, could not so much as take its bundle out of the parcel: it
        would end, and its bundle wait for ever.
        """
        try:
            threads: dict[str, int] = self._client.nthreads()
        except OSError:
            raise _gone(self._client) from None
        self._threads = sum(threads.values())
        self._counted = time.monotonic()
        if new := sorted(threads.keys() - self._known):
            self._check(new)
            self._known.update(new)

    def _check(self, workers: list[str]) -> None:
        from pkgutil import resolve_name

        asked = "peakwright:__version__"
        told: dict[str, Any] = self._client.run(
            resolve_name, asked, workers=workers, on_error="return"
        )
        for worker, version in told.items():
            if isinstance(version, ImportError):
                raise BatchError(f"the worker at {worker} has no peakwright ({version}); {_SAME}")
            if isinstance(version, str) and version != self._setting.version:
                raise BatchError(
                    f"the worker at {worker} has peakwright {version}, the batch "
                    f"{self._setting.version}; {_SAME}"
                )

    @property
    def busy(self) -> int:
        return len(self._held)

    def give(self, pieces: list[Piece]) -> None:
        future = self._client.submit(do, self._setting, pieces, PATIENCE, pure=False)
        self._held[future.key] = (pieces, future)
        future.add_done_callback(self._tell)

    def _tell(self, done: Any) -> None:
        self._done.put(done.key)

    def wait(self) -> list[Returned]:
        keys = [self._next()]
        while not self._done.empty():
            keys.append(self._done.get())
        return [self._returned(key) for key in keys]

    def _next(self) -> str:
        while True:
            try:
                return self._done.get(timeout=1.0)
            except queue.Empty:
                if self._client.status not in {"running", "connecting"}:
                    raise _gone(self._client) from None
                self._count()

    def _returned(self, key: str) -> Returned:
        from distributed import CancelledError, KilledWorker

        pieces, future = self._held.pop(key)
        try:
            return pieces, future.result()
        except KilledWorker:
            return pieces, Lost("several workers of the scheduler died of it")
        except (CancelledError, OSError):
            raise _gone(self._client) from None
        except Exception as error:  # what `do` itself meets it tells in its records
            first: BaseException = error
            while first.__cause__ is not None:
                first = first.__cause__
            raise BatchError(
                "the scheduler or a worker of it cannot take the work up "
                f"({type(first).__name__}: {first}); {_SAME}"
            ) from error


_SAME = "install the same on all machines"


def _gone(client: Any) -> BatchError:
    return BatchError(
        f"the scheduler at {client.scheduler.address} has gone; what was done is kept: run the "
        "batch again to go on"
    )


@contextmanager
def dask_workers(setting: Setting, scheduler: Any) -> Generator[Crew]:
    """Work on a dask scheduler: a client, or the address of one.

    Raises
    ------
    DataFileError
        If no scheduler answers at the address.
    """
    if not isinstance(scheduler, str):
        yield _Dask(setting, scheduler)
        return
    client = _connected(scheduler)
    try:
        yield _Dask(setting, client)
    finally:
        client.close(timeout=2.0)


def _connected(address: str) -> Any:
    import logging

    from references.files import DataFileError

    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise DataFileError(
            address, "needs dask", action='install it: pip install "peakwright[cubes]"'
        ) from None
    # Its retries are no news to a user.
    for name in ("distributed.comm", "distributed.client", "distributed.core"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=SCHEDULER_ANSWERS, name="peakwright batch")
    except (OSError, TimeoutError, ValueError):
        raise DataFileError(
            address,
            f"no scheduler answers there within {SCHEDULER_ANSWERS:g} s",
            action="start one with `dask scheduler`, or leave --scheduler out to use this "
            "machine's own cores",
        ) from None
