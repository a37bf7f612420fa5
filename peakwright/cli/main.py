"""The ``peakwright`` command: finds the sub-command, and turns every failure into one sentence."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
import traceback
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from references.files import DataFileError, write_atomic
from references.words import InputError

from .. import __version__
from ..ownership import OwnershipError, check
from ..request import asked
from .console import ExitCode, say_error
from .once import refusing_twice
from .stopped import end_as_by_keyboard, say_stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "main", "run"]

SUB_COMMANDS = {
    "xps": "XPS: spectra, envelope fits, species fractions.",
    "xrd": "XRD: phase purity with limits, mass fractions.",
    "tofsims": "TOF-SIMS: ion events, depth profiles, uniformity.",
    "library": "The peak library: every value with its uncertainty and its source.",
    "serve": "Fit by hand and eye: open files in the browser.",
    "batch": "One recipe over many files; survives being stopped, and goes on where it was.",
    "merge": "Put the shards of one batch together.",
    "report": "One page for one sample, in which the techniques check each other.",
    "rerun": "Make a result anew and say whether it is the same.",
    "methods": "The methods paragraph and the table of lines of a result, for a paper.",
}
"""One module of this package each, with its ``app``, imported only when it is asked for."""

# BadParameter -> UsageError -> ClickException, reached through the one name that every typer
# exports: newer ones carry a click of their own.
UsageFault: Any = typer.BadParameter.__mro__[2]

DISK_FAULTS = {errno.ENOSPC, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC)}


class _SubCommands(TyperGroup):
    """Lists the sub-commands by their help texts and imports one only to run it."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        if name in SUB_COMMANDS:
            module = import_module(f".{name}", __package__)
            command = typer.main.get_command(module.app)
            command.name = name
        return name, _kept(command), rest


def _kept(command: Any) -> Any:
    """Have every command of a group keep what was asked for while it runs, each option once."""
    for below in getattr(command, "commands", {}).values():
        _kept(below)
    if command is not None and not hasattr(command, "commands"):
        refusing_twice(command)
        run = command.invoke

        def invoke(context: Any) -> Any:
            with asked(context):
                return run(context)

        command.invoke = invoke
    return command


app = typer.Typer(
    cls=_SubCommands,
    no_args_is_help=True,
    add_completion=False,
    help="XPS, TOF-SIMS and XRD of solid-state battery interphases.",
    epilog="Exit codes: 0 clean; 1 done, with error findings; 2 bad usage or unreadable input; "
    "3 undecidable, or no fit converged; 4 could not finish.",
)


def _entry() -> None:
    """Stand in the list of sub-commands for a module that is not imported yet."""


for _name, _help in SUB_COMMANDS.items():
    app.command(_name, help=_help)(_entry)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it by position
    if wanted:
        typer.echo(f"peakwright {__version__}")
        raise typer.Exit


@app.callback()
def _options(  # pyright: ignore[reportUnusedFunction] - typer calls it
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say which version."),
    ] = False,
) -> None:
    pass


@app.command()
def demo(
    *,
    out: Annotated[Path, typer.Option(help="Folder for tables, figures and recipe.")] = Path(
        "peakwright-demo"
    ),
    json: Annotated[
        bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")
    ] = False,
) -> None:
    """Run all three techniques on bundled, synthetic data, and report on them."""
    from ..demo import run

    raise typer.Exit(run(out, json=json))


def _one_thread_of_algebra() -> None:
    """Keep numpy's linear algebra on one thread, unless the user says otherwise.

    Matrices of a few hundred numbers gain nothing from more, and on a busy machine lose tenfold:
    the threads wait for each other. Read when numpy is imported, which is later.
    """
    for library in ("OPENBLAS", "MKL", "OMP"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code; no traceback reaches the terminal.

    Parameters
    ----------
    args : sequence of str, optional
        Arguments after the command's name; ``sys.argv`` by default.

    Returns
    -------
    int
        One of :class:`~peakwright.cli.console.ExitCode`.

    Examples
    --------
    >>> main(["--version"])  # doctest: +ELLIPSIS
    peakwright ...
    0
    """
    if args is None:
        end_as_by_keyboard()
        _no_chatter()
        _one_thread_of_algebra()
    # A terminal without Greek letters gets them escaped; it is no reason to fail.
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        check()
        code = run(sys.argv[1:] if args is None else args)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort) as stopped:
        return say_stopped(stopped)
    except BrokenPipeError:
        _silence_stdout()
        return ExitCode.READER_GONE
    except Exception as error:  # noqa: BLE001 - the one place where everything ends in a sentence
        return _failed(error)
    return code


def run(args: Sequence[str]) -> int:
    """Run the command line and give its exit code; what fails is raised.

    Parameters
    ----------
    args : sequence of str
        Arguments after the command's name.

    Examples
    --------
    >>> run(["--version"])  # doctest: +ELLIPSIS
    peakwright ...
    0
    """
    # Not app(): that prints usage faults and tracebacks in its own way.
    command = typer.main.get_command(app)
    try:
        with command.make_context("peakwright", list(args)) as context:
            command.invoke(context)
    except typer.Exit as finished:
        return int(finished.exit_code)
    return ExitCode.CLEAN


def _no_chatter() -> None:
    """Keep warnings of the libraries, meant for programmers, off the user's stderr.

    ``python -W`` and ``PYTHONWARNINGS`` bring them back.
    """
    import logging
    import warnings

    if not sys.warnoptions:
        warnings.simplefilter("ignore")
        logging.getLogger().addHandler(logging.NullHandler())


def _failed(error: Exception) -> ExitCode:
    """Say in one sentence what went wrong, and give the exit code for it."""
    if isinstance(error, UsageFault):
        _say_usage(error)
        return ExitCode.UNUSABLE
    if isinstance(error, OSError) and error.filename is None and _disk_failed(error):
        say_error(
            f"what is printed could not be written ({error.strerror}); make room, or send it "
            f"elsewhere{_logged(error)}"
        )
        return ExitCode.UNFINISHED
    if _disk_failed(error):
        say_error(f"{error}; nothing half-written is left behind{_logged(error)}")
        return ExitCode.UNFINISHED
    if isinstance(error, (DataFileError, InputError, OwnershipError)):
        say_error(str(error))
        return ExitCode.UNUSABLE
    if isinstance(error, MemoryError):
        size = str(error) or "more memory was asked for than there is"
        say_error(f"out of memory: {size}; take fewer or smaller inputs at once{_logged(error)}")
        return ExitCode.UNFINISHED
    say_error(
        f"a fault of peakwright, not of your input: {type(error).__name__}: {error}{_logged(error)}"
    )
    return ExitCode.UNFINISHED


def _say_usage(error: Any) -> None:
    message = error.format_message().replace("Value error, ", "")
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoSuchOption":
        message = f"{message.rstrip('.')}; a file whose name begins with - is given as ./-name"
    if message:  # without arguments the help has been printed, and there is nothing to add
        path = context.command_path if context is not None else "peakwright"
        say_error(f"{message.rstrip('.')} (see `{path} --help`)")


def _disk_failed(error: BaseException) -> bool:
    """Whether the disk is full or broken, also where a named error was raised from it."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in DISK_FAULTS:
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _logged(error: Exception) -> str:
    """Write the traceback to a log of this user's own, and say where it is."""
    text = "".join(traceback.format_exception(error))
    header = f"peakwright {__version__}, python {sys.version}\n{sys.argv!r}\n\n"
    try:
        folder = Path(tempfile.mkdtemp(prefix="peakwright-"))
        log = write_atomic(folder / "error.log", (header + text).encode(errors="backslashreplace"))
    except (OSError, DataFileError):
        return " (no log could be written)"
    return f"; the log is {log}"


def _silence_stdout() -> None:
    """Send what is still buffered nowhere, so that the interpreter does not complain at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
