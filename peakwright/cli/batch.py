"""``peakwright batch``: one recipe over many files; goes on where it was stopped."""

from __future__ import annotations

import os
import re
import sys
import time
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..counted import counted
from .console import ExitCode, emit_json, err_console, plain, say, say_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..batch import Delivered, Progress

__all__ = ["app", "show"]

app = typer.Typer(add_completion=False)

EVERY = 1.0
"""Progress is told no more often than this [s]."""
NAMED_AT_MOST = 5


class Engine(StrEnum):
    """Who fits XPS spectra."""

    AUTO = "auto"
    SERIES = "series"
    FIT = "fit"


@app.command()
def batch(
    paths: Annotated[
        list[Path], typer.Argument(help="Files, and folders that are gone through.", metavar="PATH")
    ],
    *,
    recipe: Annotated[Path, typer.Option(help="Recipe of any technique, as TOML.")],
    out: Annotated[Path, typer.Option(help="Folder of the results, and of what is done so far.")],
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Worker processes (default: all cores).")
    ] = None,
    scheduler: Annotated[
        str, typer.Option(help="Address of a dask scheduler that does the work: tcp://HOST:8786.")
    ] = "",
    shard: Annotated[
        str,
        typer.Option(help="Do only part i of n of the files, as 3/8; `merge` puts them together."),
    ] = "",
    engine: Annotated[
        Engine,
        typer.Option(help="XPS: the compiled series, or the careful fit with findings."),
    ] = Engine.AUTO,
    library: Annotated[
        list[Path] | None, typer.Option(help="A library file of your own; may be repeated.")
    ] = None,
    parquet: Annotated[bool, typer.Option("--parquet", help="Write summary.parquet too.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")
    ] = False,
) -> None:
    """Apply one recipe to many files; a batch that was stopped goes on where it was."""
    from ..batch import BatchError, run

    if scheduler and jobs is not None:
        raise typer.BadParameter("give --jobs or --scheduler, not both", param_hint="--scheduler")
    try:
        done = run(
            paths,
            recipe,
            out,
            jobs=jobs or _cores(),
            scheduler=scheduler or None,
            shard=_shard(shard),
            engine=engine.value,
            library=library or [],
            parquet=parquet,
            tell=_teller(),
            warn=say_error,
        )
    except BatchError as error:
        say_error(str(error))
        raise typer.Exit(ExitCode.UNFINISHED) from None
    show(done, json=json)
    raise typer.Exit(ExitCode(done.exit_code))


def _cores() -> int:
    """Cores that this process may use."""
    affinity: Any = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else (os.cpu_count() or 1)


def _shard(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    told = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text.strip())
    if told is None or not 1 <= int(told[1]) <= int(told[2]):
        raise typer.BadParameter(
            f"{text!r} should be i/n with i from 1 to n, for instance 3/8", param_hint="--shard"
        )
    return int(told[1]), int(told[2])


def _teller() -> Callable[[Progress], None]:
    """Tell on stderr how far it is: what is told is kept."""
    last, before = -EVERY, -1
    terminal = err_console.is_terminal

    def tell(now: Progress) -> None:
        nonlocal last, before
        moment = time.monotonic()
        if now.done == before or (moment - last < EVERY and now.done < now.files):
            return
        last, before = moment, now.done
        sentence = _sentence(now)
        if terminal:
            end = "\n" if now.done >= now.files else ""
            sys.stderr.write(f"\r\x1b[2K{sentence}{end}")
            sys.stderr.flush()
        else:
            err_console.print(plain(sentence), highlight=False, soft_wrap=True)

    return tell


def _sentence(now: Progress) -> str:
    rate = now.spectra / now.seconds if now.seconds > 0 else 0.0
    parts = [f"{now.done} of {counted(now.files, 'file')} kept"]
    if now.failed:
        parts.append(f"{now.failed} failed")
    if now.spectra:
        parts.append(f"{rate:.3g} spectra/s")
    elif now.compiles and now.done < now.files:
        parts.append("the first series on a machine compiles itself, once, for about a minute")
    if now.left is not None and now.done < now.files:
        parts.append(f"{_time(now.left)} left")
    if now.done >= now.files:
        parts.append("putting the results together")
    return ", ".join(parts)


def _named(failure: dict[str, str]) -> str:
    """A failure's sentence, with the file where it does not begin with it."""
    file, message = failure["file"], failure["message"]
    return message if message.startswith(file.rpartition("/")[2]) else f"{file}: {message}"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def show(done: Delivered, *, json: bool) -> None:
    """Print what a batch gave: a summary, or its document."""
    if json:
        emit_json(done.document)
        return
    told = done.document
    outcomes = ", ".join(f"{number} {name}" for name, number in told["outcomes"].items())
    spectra, files = counted(told["spectra"], "spectrum"), counted(told["files"], "file")
    say(f"{spectra} of {files}: {outcomes or 'nothing done'}")
    for note in told["notes"]:
        say(f"{note['severity']}: {note['message']}", indent=2)
    for failure in told["failures"][:NAMED_AT_MOST]:
        say(f"failed: {_named(failure)}", indent=2)
    if (left := len(told["failures"]) - NAMED_AT_MOST) > 0:
        say(f"and {left} more that failed", indent=2)
    loud = [f for f in told["findings"] if f["severity"] != "info"]
    for finding in loud:
        where = counted(finding["files"], "file")
        say(f"{finding['severity']}: {finding['rule']} in {where}, see findings.csv", indent=2)
    if told["skipped"]:
        first = told["skipped"][0]
        say(
            f"{len(told['skipped'])} left out, the first: {first['file']}: {first['reason']}",
            indent=2,
        )
    say(f"written to {done.out}")
