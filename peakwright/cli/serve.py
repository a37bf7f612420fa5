"""``peakwright serve``: open files in the browser."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path  # noqa: TC003 - typer reads it at run time
from typing import TYPE_CHECKING, Annotated, cast

import typer

from .console import emit_json, say, say_error

if TYPE_CHECKING:
    from ..app.server import AppServer
    from ..jobs.job import Job
    from ..jobs.tofsims.profile import ProfileJob
    from ..jobs.xrd.check import CheckJob

__all__ = ["app"]

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    files: Annotated[
        list[Path], typer.Argument(help="XPS, XRD or TOF-SIMS files, or folders that are cubes.")
    ],
    *,
    recipe: Annotated[
        list[Path] | None,
        typer.Option(help="Begin with this recipe; one of each technique may be given."),
    ] = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address, open no browser.")
    ] = False,
    library: Annotated[
        list[Path] | None, typer.Option(help="Your own library file; may be given repeatedly.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")
    ] = False,
) -> None:
    """Fit by hand and eye: open files in the browser."""
    from references import load

    from ..app.opened import opened
    from ..app.page import Desk
    from ..app.server import start

    found = opened(files)
    given = _recipes(recipe or [])
    libraries = tuple(library or ())
    desk = Desk(files=found, registry=load(*libraries), libraries=libraries, given=given)
    server = start(desk, port=port)
    try:
        _announce(server, json=json, browser=not no_browser)
        server.wait()
    except KeyboardInterrupt:
        server.stop()
        with suppress(OSError):  # the terminal may be gone
            say_error("ended; what was saved is kept")


def _announce(server: AppServer, *, json: bool, browser: bool) -> None:
    """Say where the page is, and open it."""
    if json:
        emit_json({"schema": "peakwright.serve/1", "url": server.url, "port": server.port})
    else:
        say(server.url)
        say_error("serving on this machine alone; whoever has the address can use it; Ctrl+C ends")
    if browser:
        import webbrowser

        webbrowser.open_new_tab(server.url)


def _recipes(paths: list[Path]) -> dict[str, object]:
    """Read recipes, each of another technique."""
    from references.words import InputError

    from ..jobs.job import read_job

    found: dict[str, object] = {}
    for path in paths:
        job = read_job(path)
        if job.technique in found:
            raise InputError(
                f"--recipe {path.name}: a recipe for {job.technique} was given already; give one "
                "of each technique"
            )
        found[job.technique] = _recipe_of(job)
    return found


def _recipe_of(job: Job) -> object:
    from ..jobs.xps.fit import FitJob

    if isinstance(job, FitJob):
        return job.request.recipe
    return cast("CheckJob | ProfileJob", job).recipe
