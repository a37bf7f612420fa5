"""What can be taken away from a view of a pattern or a profile: a list of files, and a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .look import download, models, styles
from .saving import content_of, save

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ..jobs.job import Done
    from .worker import Worker

__all__ = ["Taking"]


class Taking:
    """The buttons with which a result is taken away.

    Parameters
    ----------
    path : Path
        The measurement, beside which a result is saved.
    names : sequence of str
        Files that can be downloaded.
    worker : Worker
    say : callable
        Is told what is done, in a sentence.
    failed : callable
        Is given an error.
    saved : callable, optional
        Is told where a result was saved, instead of ``say``.

    Attributes
    ----------
    widgets : tuple of Bokeh models
        For a row.
    carrier : Bokeh model
        Invisible; has to be in the page.
    """

    def __init__(
        self,
        path: Path,
        names: Sequence[str],
        worker: Worker,
        say: Callable[[str], None],
        failed: Callable[[Exception], None],
        saved: Callable[[str], None] | None = None,
    ) -> None:
        self._path, self._worker, self._say, self._failed = path, worker, say, failed
        self._saved = saved or say
        self._done: Done | None = None
        m, css = models(), styles()
        common: dict[str, Any] = {"stylesheets": css, "align": "end"}
        every = [*names, "rows.csv", "recipe.toml", "result.json"]
        self._file = m.Select(
            options=every, value=every[0], width=140, css_classes=["pw-files"], **common
        )
        self._take = m.Button(label="Download", width=88, disabled=True, **common)
        self._take.on_click(self._download)
        self._save = m.Button(label="Save result", width=100, disabled=True, **common)
        self._save.on_click(self._keep)
        self.widgets = (self._file, self._take, self._save)
        self.carrier, self._hand_over = download()

    def offer(self, done: Done) -> None:
        """Offer a result."""
        self._done = done
        self._take.disabled = self._save.disabled = False

    def _download(self) -> None:
        done, name = self._done, str(self._file.value)
        if done is not None:
            self._say(f"making {name} ...")
            self._later(lambda: content_of(done, name), lambda content: self._hand(name, content))

    def _hand(self, name: str, content: bytes) -> None:
        self._hand_over(f"{self._path.stem}_{name}", content)
        self._say("")

    def _keep(self) -> None:
        done = self._done
        if done is not None:
            self._say("saving ...")
            self._later(lambda: save(done, self._path), self._saved)

    def _later(self, work: Callable[[], Any], deliver: Callable[[Any], None]) -> None:
        self._worker.submit(work, deliver, failed=self._failed, lane="files")
