"""What every command shares: exit codes, the two consoles, the JSON document, progress."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from ..store import json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

__all__ = [
    "ExitCode",
    "emit_json",
    "err_console",
    "out_console",
    "plain",
    "progress",
    "say",
    "say_error",
]


class _Console(Console):
    """A console that leaves a closed pipe to the command; rich would end it with 1, "findings"."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


out_console = _Console()
err_console = _Console(stderr=True)

PATIENCE = 2.0
"""Work shorter than this shows no progress [s]."""


class ExitCode(IntEnum):
    """What a command's exit code means.

    Examples
    --------
    >>> [f"{code.value} {code.name}" for code in ExitCode][:3]
    ['0 CLEAN', '1 FINDINGS', '2 UNUSABLE']
    """

    CLEAN = 0
    """Done, nothing to review."""
    FINDINGS = 1
    """Done, with error findings or a negative verdict."""
    UNUSABLE = 2
    """Bad usage or unreadable input."""
    UNDECIDABLE = 3
    """Undecidable, or no fit converged."""
    UNFINISHED = 4
    """Could not finish: memory, disk, or a fault of ours."""
    HUNG_UP = 129
    """Stopped as the terminal was closed (128 + SIGHUP)."""
    INTERRUPTED = 130
    """Stopped from the keyboard (128 + SIGINT)."""
    READER_GONE = 141
    """Whoever read the output closed it (128 + SIGPIPE)."""
    TERMINATED = 143
    """Stopped by the system or a queue (128 + SIGTERM)."""


def emit_json(document: Mapping[str, object]) -> None:
    """Print one JSON document on stdout, and nothing else.

    Parameters
    ----------
    document : mapping
        JSON-ready values; floats are printed by ``repr`` and read back bit for bit.

    Raises
    ------
    ValueError
        If a number is not finite; nothing is printed then.

    Examples
    --------
    >>> emit_json({"schema": "example/1", "value": 0.1})
    {
      "schema": "example/1",
      "value": 0.1
    }
    """
    text = json_text(document)
    sys.stdout.write(text)
    sys.stdout.flush()


def plain(text: str) -> Text:
    r"""Give text from a file for a table: no markup, on one line, nothing that steers a terminal.

    Examples
    --------
    >>> plain("[red]a\x1b[2J").plain
    '[red]a\\x1b[2J'
    """
    one_line = " ".join(text.split())
    return Text("".join(c if c.isprintable() else _escaped(c) for c in one_line))


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def say(sentence: str, *, indent: int = 0) -> None:
    """Print one line on stdout, unbroken, so that it can be searched and piped."""
    out_console.print(Text(" " * indent) + plain(sentence), highlight=False, soft_wrap=True)


def say_error(sentence: str) -> None:
    """Print one sentence on stderr, on one line, with nothing in it that steers a terminal.

    File names and cells can hold line ends and control characters; they are shown escaped.
    """
    err_console.print(plain(f"peakwright: {sentence}"), highlight=False, soft_wrap=True)


@contextmanager
def progress(
    description: str, *, total: int | None = None, patience: float | None = None
) -> Generator[Callable[[str], None]]:
    """Show on stderr how far work has come, if it takes longer than two seconds.

    Parameters
    ----------
    description : str
        What is being done, for instance ``"fitting a.vms"``.
    total : int, optional
        Number of steps, where it is known.
    patience : float, optional
        How long to stay silent [s]; 2 s by default.

    Yields
    ------
    callable
        Call it with a step's name when the step begins; the steps before it count as done.

    Examples
    --------
    >>> with progress("fitting", total=2) as begin:
    ...     begin("S 2p")
    ...     begin("P 2p")
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, TimeElapsedColumn(), console=err_console, transient=True)
    task = bar.add_task(description, total=total)
    lock = threading.Lock()
    finished = shown = False
    begun = 0

    def show() -> None:
        nonlocal shown
        with lock:
            if finished:
                return
            if err_console.is_terminal:
                bar.start()
                shown = True
            else:
                err_console.print(f"{description} ...", markup=False, soft_wrap=True)

    def begin(step: str = "") -> None:
        nonlocal begun
        bar.update(task, completed=begun, description=f"{description}: {step}" if step else None)
        begun += 1

    timer = threading.Timer(PATIENCE if patience is None else patience, show)
    timer.daemon = True
    timer.start()
    try:
        yield begin
    finally:
        timer.cancel()
        with lock:
            finished = True
        if shown:
            bar.stop()
