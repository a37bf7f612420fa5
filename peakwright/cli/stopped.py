"""Being stopped from outside: by the keyboard, a queue that ends a job, a terminal that closes."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING

from .console import say_error

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["Stopped", "end_as_by_keyboard", "say_stopped"]

KEPT = "files already written are whole"
NAMES = {"SIGTERM": "as the system or a queue asked", "SIGHUP": "as the terminal was closed"}


class Stopped(KeyboardInterrupt):
    """A signal ends the command, and everything is put away as after Ctrl+C."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def end_as_by_keyboard() -> None:
    """Let SIGTERM and SIGHUP end a command as Ctrl+C does, unless somebody has them ignored."""
    for name in NAMES:
        number = getattr(signal, name, None)
        # `nohup` has it ignored, and means it.
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _stop)


def say_stopped(error: BaseException) -> int:
    """Say that a command was stopped, how it goes on, and give the exit code: 128 + the signal."""
    number = error.number if isinstance(error, Stopped) else int(signal.SIGINT)
    how = NAMES.get(signal.Signals(number).name, "from the keyboard")
    notes = "; ".join(getattr(error, "__notes__", ()))
    with contextlib.suppress(OSError, ValueError):  # the terminal may be gone
        say_error(f"stopped {how}; {notes or KEPT}")
    return 128 + number


def _stop(number: int, _: FrameType | None) -> None:
    """Raise once: what is put away then is not to be stopped by the next one."""
    signal.signal(number, signal.SIG_IGN)
    raise Stopped(number)
