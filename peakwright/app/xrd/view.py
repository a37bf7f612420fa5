"""The view of one powder pattern: how it is looked at, what is asked of it, what is answered.

Each of these has a module of its own; here they are put together, and what is asked is checked.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from references.words import InputError

from ..headline import headed, headline
from ..look import PAGE, help_of, sentence_of
from ..taking import Taking
from .answer import Answer
from .asking import Asking
from .looking import Looking
from .state import Looked

if TYPE_CHECKING:
    from pathlib import Path

    from references.registry import Registry
    from xrd.recipe import Recipe

    from ...jobs.job import Done
    from ..worker import Worker

__all__ = ["build"]

FILES = (
    *("pattern.svg", "pattern.png", "candidates.svg", "candidates.png"),
    *("limits.svg", "limits.png"),
)
HANDS = {
    "drag in the pattern": "look closer at a part of it; “whole pattern” shows all again",
    "wheel in the pattern": "look closer along the angles",
    "◀ line, line ▶": "go through the lines of the main phase",
    "click a phase in the table": "see its best line, and what it would add at its detection limit",
    "arrow keys in the table": "the same, phase by phase",
    "the boxes above the pattern": "take a phase out of the calculated curve, and put it back",
    "Check": "check anew, with what stands beside it and the candidates under it",
}
RECIPE, DONE = "xrd recipe", "xrd done"
"""What outlives a page."""
READABLE = 0.3
"""Between two steps that are told of [s]."""


def build(
    path: Path, registry: Registry, worker: Worker, doc: Any, libraries: tuple[Path, ...] = ()
) -> Any:
    """Make the view of a powder pattern.

    Parameters
    ----------
    path : Path
    registry : Registry
    worker : Worker
    doc : bokeh.document.Document
    libraries : tuple of Path
        Library files of the user's own, of which the registry was made.

    Returns
    -------
    bokeh layout
    """
    return _View(path, registry, worker, doc, libraries).begin()


class _View:
    """One pattern in one page."""

    def __init__(
        self, path: Path, registry: Registry, worker: Worker, doc: Any, libraries: tuple[Path, ...]
    ) -> None:
        self.path, self.registry, self.worker, self.doc = path, registry, worker, doc
        self.libraries = libraries
        self.recipe = self._recipe_before()
        self.told_at = 0.0
        self.head = headline()
        self.looking = Looking()
        self.answer = Answer(self._pick)
        self.asking = Asking(self.recipe, registry, self._ask)
        self.taking = Taking(path, FILES, worker, self.answer.say, self._failed)

    def begin(self) -> Any:
        """Show what is known, read what is not, and give the layout."""
        layout = self._layout()
        done: Done | None = self.worker.kept.get(DONE)
        if done is None:
            self.answer.say("reading ...")
            self.worker.submit(self._read, self._opened, failed=self._failed, lane="read")
        else:
            self._answered(done)
        return layout

    def _layout(self) -> Any:
        from bokeh.layouts import column, row

        both: dict[str, Any] = {"sizing_mode": "stretch_both"}
        button, text = help_of(HANDS)
        left = column(self.head, text, *self.looking.rows(), *self.asking.rows(), **both)
        right = self.answer.column(row(*self.taking.widgets, button), self.taking.carrier)
        return row(left, right, spacing=10, styles=PAGE, **both)

    # What is asked

    def _recipe_before(self) -> Recipe:
        """The recipe of the page before a reload, or one that was given, or the default."""
        from xrd.recipe import Recipe

        for kept in (self.worker.kept.get(RECIPE), self.worker.kept.get("given")):
            if isinstance(kept, Recipe):
                return kept
        return Recipe()

    def _read(self) -> Any:
        import xrd

        return xrd.read(self.path)

    def _opened(self, reading: Any) -> None:
        many, scan = len(reading.patterns), self.recipe.scan
        if many > 1:
            self.asking.offer_scans(
                [
                    str(one.attrs.get("sample") or one.attrs.get("scan") or "")
                    for one in reading.patterns
                ]
            )
        if many == 1 or (scan is not None and scan < many):
            measured = reading.patterns[scan or 0]
            self.looking.figures.fill_raw(measured)
            self._title(str(measured.attrs.get("sample", "")))
        if many > 1 and scan is None:
            self.answer.say(f"the file holds {many} scans; choose one, then check", "warning")
            return
        stated = any(math.isfinite(float(one.coords["wavelength"])) for one in reading.patterns)
        if not (stated or self.recipe.instrument.radiation):
            told = "the file does not state its wavelength: choose the radiation"
            self.answer.say(told, "warning")
            return
        self._ask()

    def _ask(self) -> None:
        from ...jobs.xrd.check import CheckJob

        try:
            self.recipe = self.asking.recipe()
        except InputError as error:
            self._failed(error)
            return
        self.worker.kept[RECIPE] = self.recipe
        job = CheckJob(recipe=self.recipe, folder=self.path.parent, libraries=self.libraries)
        self.asking.again.disabled = True
        self.answer.say("checking ...")
        self.worker.submit(
            lambda: job.run(self.path, self.registry, self._step),
            self._answered,
            failed=self._failed,
            lane="check",
        )

    def _step(self, step: str) -> None:
        """Tell of a step, from the worker's thread; not oftener than it can be read."""
        now = time.monotonic()
        if now - self.told_at > READABLE:
            self.told_at = now
            self.doc.add_next_tick_callback(lambda: self.answer.say(f"checking: {step} ..."))

    def _failed(self, error: Exception) -> None:
        self.asking.again.disabled = False
        self.answer.say(sentence_of(error, "xrd"), "error")

    def _answered(self, done: Done) -> None:
        # Bokeh counts all models anew at each change, unless it is told to wait.
        with self.doc.models.freeze():
            self.worker.kept[DONE] = done
            self.asking.again.disabled = False
            self.taking.offer(done)
            looked = Looked.of(done.result, self.registry)
            self.answer.show(done, looked)
            self._title(done.result.sample)
            self.answer.say("")
            self.looking.show(looked)

    # What is shown

    def _pick(self, name: str) -> None:
        said = self.looking.pick(name)
        self.answer.say(said, "warning")

    def _title(self, sample: str) -> None:
        self.head.text = headed(self.path.name, "" if sample == self.path.stem else sample)
