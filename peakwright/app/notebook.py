"""The page inside a notebook: the same server, in the kernel's process, shown in a frame."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from references.words import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry
    from xps.io import Reading
    from xps.recipe import Recipe

    from .page import Desk
    from .server import AppServer

__all__ = ["Interactive", "interactive"]

HEIGHT = 780
"""Of the frame [pixels]."""


class Interactive:
    """A page that is being served; a notebook shows it as a frame.

    Attributes
    ----------
    url : str
        With the token: whoever has it can use the page.
    """

    def __init__(self, server: AppServer, desk: Desk, height: int) -> None:
        self._server, self._desk, self._height = server, desk, height
        self.url = server.url

    @property
    def recipe(self) -> Recipe | None:
        """The XPS recipe as the page has it now, for :func:`xps.fit` or a file."""
        from .xps.state import History

        for kept in self._desk.kept.values():
            if isinstance(kept.get("history"), History):
                return cast("History", kept["history"]).recipe
        return None

    def stop(self) -> None:
        """Serve it no more."""
        self._server.stop()

    def __repr__(self) -> str:
        return f"<the page of peakwright at {self.url.rsplit('/', 2)[0]}/>"

    def _repr_html_(self) -> str:
        """Give the frame that a notebook shows."""
        return (
            f'<iframe src="{escape(self.url, quote=True)}" width="100%" height="{self._height}" '
            'style="border:1px solid #d0d7de" referrerpolicy="no-referrer" '
            'title="peakwright"></iframe>'
        )


def interactive(
    spectrum: xr.Dataset | str | Path,
    *,
    recipe: Recipe | None = None,
    registry: Registry | None = None,
    library: Sequence[str | Path] = (),
    port: int = 0,
    height: int = HEIGHT,
    through: str = "",
) -> Interactive:
    """Serve a page from this process, and give what a notebook shows of it.

    Parameters
    ----------
    spectrum : Dataset or path
        A spectrum of :func:`xps.read`, or a file of any technique.
    recipe : Recipe, optional
        Begin with it, not with a first guess.
    registry : Registry, optional
        The library; the bundled one where not given.
    library : sequence of path
        Your own library files instead: a saved result names them, and can be made again.
    port : int
        0 takes any free one.
    height : int
        Of the frame [pixels].
    through : str
        On a hub, where the browser is on another machine: the address by which it reaches a port
        here, as that of jupyter-server-proxy,
        ``"https://hub.example.org/user/me/proxy/{port}/"``. Whoever may use that proxy and has the
        token can use the page.

    Returns
    -------
    Interactive
        Its ``url`` can be opened in any browser of this machine; ``recipe`` is what was made.

    Raises
    ------
    DataFileError, InputError
        If the file cannot be read, Bokeh is not installed, or ``through`` is no such address.

    Examples
    --------
    >>> import xps
    >>> page = interactive(xps.example("S 2p"))
    >>> page.url.startswith("http://127.0.0.1:")
    True
    >>> page.stop()
    """
    from references import load

    from .opened import Opened, opened
    from .page import Desk
    from .server import start

    if registry is not None and library:
        raise InputError("give a registry, or the library files of which to make one, not both")
    kept: dict[str, dict[str, Any]] = {}
    if isinstance(spectrum, str | Path):
        files = opened([spectrum])
    else:
        place = Path.cwd() / "spectrum"
        files = (Opened(path=place, technique="xps"),)
        kept[str(place)] = {"given": recipe, "reading": _reading(spectrum, place)}
    desk = Desk(
        files=files,
        registry=load(*library) if registry is None else registry,
        libraries=tuple(Path(path) for path in library),
        given={"xps": recipe},
        kept=kept,
    )
    return Interactive(start(desk, port=port, through=through), desk, height)


def _reading(spectrum: xr.Dataset, place: Path) -> Reading:
    """A spectrum in memory as if it were the only one of a file."""
    from xps.io import Reading

    if "binding_energy" not in getattr(spectrum, "dims", ()):
        raise InputError(
            "this is no spectrum of xps.read: it has no dimension binding_energy; give such a "
            "Dataset, or the path of a file"
        )
    alone = spectrum.copy()
    alone.attrs["number"] = 0
    if "charge_shift" not in alone.coords:
        alone = alone.assign_coords(charge_shift=0.0)
    return Reading(path=str(place), sha256="", format="memory", spectra=(alone,), casa=(None,))
