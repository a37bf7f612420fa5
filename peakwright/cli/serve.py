"""``peakwright serve``: open files in the browser."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it at run time
from typing import Annotated

import typer

from .console import emit_json, say, say_error

__all__ = ["app"]

app = typer.Typer()


@app.command()
def serve(
    files: Annotated[
        list[Path], typer.Argument(help="XPS, XRD or TOF-SIMS files, or folders that are cubes.")
    ],
    *,
    recipe: Annotated[
        Path | None, typer.Option(help="XPS: begin with this recipe, not with a first guess.")
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
    given: dict[str, object] = {}
    if recipe is not None:
        from xps.recipe import read_recipe

        given["xps"] = read_recipe(recipe)
    libraries = tuple(library or ())
    desk = Desk(files=found, registry=load(*libraries), libraries=libraries, given=given)
    server = start(desk, port=port)
    if json:
        emit_json({"schema": "peakwright.serve/1", "url": server.url, "port": server.port})
    else:
        say(server.url)
        say_error("serving on this machine alone; whoever has the address can use it; Ctrl+C ends")
    if not no_browser:
        import webbrowser

        webbrowser.open_new_tab(server.url)
    try:
        server.wait()
    except KeyboardInterrupt:
        server.stop()
