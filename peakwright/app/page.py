"""The page: a header, and one tab for each file that was opened."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from references.words import InputError

from .look import block, sentence_of, shortened, show
from .opened import labels
from .worker import Worker
from .xps.style import MENU

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from references.registry import Registry

    from .opened import Opened

__all__ = ["Desk", "build_page", "prepare", "sentence"]

STYLE = """
  html, body { margin: 0; height: 100%; background: #ffffff; color: #1b1f24;
    font-family: system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif; }
"""
TABS = ":root { --page-height: calc(100vh - 40px); }"
"""What a view may be high where tabs stand above it."""
HEADER = """
:host { max-width: 100vw; grid-template-columns: minmax(0, 1fr); }
.bk-header { min-width: 0; overflow-x: auto; scrollbar-width: thin; }
"""
"""Many tabs are scrolled, and never make the page wider than its window."""
LONGEST = 36
"""Characters of a file's name in a tab."""
TEMPLATE = """
{% block preamble %}
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<style>{{ page_style }}</style>
{% endblock %}
"""
"""What the page has beside Bokeh's own: nothing that would have to be fetched."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Desk:
    """What lies open: files, the library, and what was done to each file so far.

    Parameters
    ----------
    files : tuple of Opened
    registry : Registry
    given : dict
        What the views are told beforehand, by technique: for XPS a recipe.
    libraries : tuple of Path
        The library files of the user's own, of which the registry was made: a result names them.

    Raises
    ------
    InputError
        If something is given for a technique of which no file is opened.
    """

    files: tuple[Opened, ...]
    registry: Registry
    libraries: tuple[Path, ...] = ()
    given: dict[str, Any] = field(default_factory=dict[str, Any])
    kept: dict[str, dict[str, Any]] = field(default_factory=dict[str, "dict[str, Any]"])

    def __post_init__(self) -> None:
        """Refuse a recipe that no opened file could begin with."""
        there = list(dict.fromkeys(file.technique for file in self.files))
        for technique, recipe in self.given.items():
            if recipe is not None and technique not in there:
                raise InputError(
                    f"a recipe for {technique} was given, but what is opened is "
                    f"{' and '.join(there) or 'nothing'}; open a file that it is for, or leave "
                    "the recipe out"
                )

    def kept_of(self, file: Opened) -> dict[str, Any]:
        """Give what outlives a page of this file: a reload finds it again."""
        return self.kept.setdefault(str(file.path), {"given": self.given.get(file.technique)})


def build_page(doc: Any, desk: Desk) -> None:
    """Fill a Bokeh document; a file's view is made when its tab is first looked at.

    Parameters
    ----------
    doc : bokeh.document.Document
    desk : Desk
    """
    from bokeh.models import Column, InlineStyleSheet, TabPanel, Tabs

    doc.title = _title(desk)
    doc.template = TEMPLATE
    doc.template_variables["page_style"] = STYLE + MENU + (TABS if len(desk.files) > 1 else "")
    workers: dict[int, Worker] = {}

    def close(_context: Any) -> None:
        for worker in workers.values():
            worker.close()

    doc.on_session_destroyed(close)

    def view(number: int) -> Any:
        file = desk.files[number]
        workers[number] = Worker(doc, desk.kept_of(file))
        return _view(file, desk, workers[number], doc)

    if len(desk.files) == 1:
        doc.add_root(view(0))
        return
    names = labels(desk.files)
    # A tab does not notice that it was given another child; a column does.
    places: list[Any] = [
        Column(children=[_waiting(name)], sizing_mode="stretch_both") for name in names
    ]
    panels = [
        TabPanel(title=shortened(name, LONGEST), child=at)
        for name, at in zip(names, places, strict=True)
    ]
    narrow: Any = InlineStyleSheet(css=HEADER)
    tabs = Tabs(tabs=panels, active=0, sizing_mode="stretch_both", stylesheets=[narrow])
    places[0].children = [view(0)]

    def look_at(_attr: str, _old: int, new: int) -> None:
        if new not in workers and 0 <= new < len(places):
            places[new].children = [view(new)]

    tabs.on_change("active", look_at)
    doc.add_root(tabs)


def prepare(desk: Desk) -> None:
    """Do beforehand what the first page would wait for; what fails is said by the page itself."""
    from bokeh.document import Document

    if not desk.files:
        return
    file = desk.files[0]
    module = import_module(f".{file.technique}.view", __package__)
    ready: Callable[..., None] | None = getattr(module, "prepare", None)
    if ready is None:
        return
    worker = Worker(Document(), desk.kept_of(file))
    worker.close()
    with contextlib.suppress(Exception):
        ready(file.path, desk.registry, worker)


def _title(desk: Desk) -> str:
    names = labels(desk.files)
    return f"{names[0]} · peakwright" if len(names) == 1 else f"{len(names)} files · peakwright"


def _view(file: Opened, desk: Desk, worker: Worker, doc: Any) -> Any:
    """The view of a file, or the sentence that says why there is none."""
    module = import_module(f".{file.technique}.view", __package__)
    build: Callable[..., Any] = module.build
    try:
        return build(file.path, desk.registry, worker, doc, desk.libraries)
    except Exception as error:  # noqa: BLE001 - the other files of the page can still be seen
        return sentence(sentence_of(error, file.technique))


def _waiting(name: str) -> Any:
    return sentence(f"opening {name} ...")


def sentence(text: str) -> Any:
    """Give one sentence as a layout: what is said where a view cannot be."""
    said = f'<p role="alert" style="font-size:15px;margin:24px">{show(text)}</p>'
    return block(said, sizing_mode="stretch_width")
