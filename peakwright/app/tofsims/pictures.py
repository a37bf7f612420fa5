"""The images of ions: which one, of which scans, and the region that is drawn on it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from ..look import block, models, note, on, show, styles
from .figures import ImageFigure, swatch
from .gesture import HINTS, listen, title_of
from .images import CHANNELS, overlaid
from .regions import outline_of
from .shapes import KINDS
from .state import so_many

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..worker import Worker
    from .images import Images

__all__ = ["Pictures"]

WIDTH = 436
"""Of the column at least [pixels]."""
SUMS = [("1", "1"), ("5", "5"), ("11", "11"), ("31", "31"), ("0", "all")]
"""Scans that are added up."""


class Pictures:
    """The column of the image.

    Parameters
    ----------
    quick : Worker
        Sums images.
    failed : callable
        Is given an error.
    at_depth : callable
        Is given the ends of the depths that the image is of; ``None`` where it is of all.

    Attributes
    ----------
    figure : ImageFigure
    images : Images or None
    text : TextInput
        The region.
    live : Bokeh model
        Whose tags have the region while it is drawn; has to be in the page.
    """

    def __init__(
        self,
        quick: Worker,
        failed: Callable[[Exception], None],
        at_depth: Callable[[tuple[float, float] | None], None],
    ) -> None:
        self._quick, self._failed, self._at_depth = quick, failed, at_depth
        self.figure = ImageFigure()
        self.images: Images | None = None
        self._setting = False
        self._choosing()
        self._stepping()
        self._drawing()

    def _choosing(self) -> None:
        """One ion, or up to three over each other."""
        m, css = models(), styles()
        self._mode = m.RadioButtonGroup(
            labels=["one ion", "overlay"], active=0, stylesheets=css, width=146,
            css_classes=["pw-mode"],
        )  # fmt: skip
        self._ion = m.Select(options=[], stylesheets=css, width=200, css_classes=["pw-ion"])
        self._channels = [
            m.Select(
                options=[],
                stylesheets=css,
                width=76,
                css_classes=[f"pw-channel{i}"],
                margin=(5, 1, 5, 1),
                visible=False,
            )
            for i in range(len(CHANNELS))
        ]
        self._swatches = [
            block(swatch(i), width=13, margin=(10, 0, 0, 2), visible=False)
            for i in range(len(CHANNELS))
        ]
        on(self._mode, "active", lambda _: self.look())
        for one in (self._ion, *self._channels):
            on(one, "value", lambda _: self.look())

    def _stepping(self) -> None:
        """From which depth."""
        m, css = models(), styles()
        self._step = m.Slider(
            start=1, end=2, value=1, step=1, title="image", show_value=False, stylesheets=css,
            width=270, sizing_mode="stretch_width", css_classes=["pw-step"], disabled=True,
        )  # fmt: skip
        self._many = m.Select(
            title="scans added up", options=SUMS, value="0", stylesheets=css, width=120,
            css_classes=["pw-many"],
        )  # fmt: skip
        for one in (self._step, self._many):
            on(one, "value", lambda _: self.look())
        self._told = block(css_classes=["pw-image-told"], sizing_mode="stretch_width")

    def _drawing(self) -> None:
        """Which region."""
        m, css = models(), styles()
        self._tool = m.RadioButtonGroup(
            labels=list(KINDS), active=0, stylesheets=css, width=230, css_classes=["pw-tool"]
        )
        self._clear = m.Button(label="whole field", stylesheets=css, width=100)
        self._clear.on_click(lambda: setattr(self.text, "value", ""))
        self.text = m.TextInput(
            title=title_of(KINDS[0]), value="", stylesheets=css,
            sizing_mode="stretch_width", css_classes=["pw-region"], placeholder="the whole field",
        )  # fmt: skip
        self.live = block(visible=False, css_classes=["pw-live"])
        self._hint = block(
            note(HINTS[KINDS[0]]), css_classes=["pw-hint"], height=18, margin=(0, 5, 0, 5),
            sizing_mode="stretch_width",
        )  # fmt: skip
        listen(
            self.figure.drawn, tool=self._tool, text=self.text, live=self.live, hint=self._hint,
            outline=self.figure.outline, corners=self.figure.corners,
        )  # fmt: skip

    def column(self, grown_with: Any) -> Any:
        """Give the column; its image grows with the height of another figure."""
        from bokeh.layouts import column, row

        picks = [one for pair in zip(self._swatches, self._channels, strict=True) for one in pair]
        wide: dict[str, Any] = {"sizing_mode": "stretch_width"}
        self._column = column(
            row(self._mode, self._ion, *picks, spacing=2),
            row(self._tool, self._clear),
            self._hint,
            self.figure.drawn,
            self._told,
            row(self._step, self._many, **wide),
            self.text,
            width=WIDTH,
            visible=False,
            css_classes=["pw-pictures"],
        )
        self.figure.grow_with(grown_with, self._column, WIDTH)
        return self._column

    # What is shown

    def see(self, images: Images, worth_seeing: Callable[[list[str]], str]) -> None:
        """Show images; of new ones first the ion that is worth seeing."""
        is_new = images is not self.images
        self.images = images
        self._column.visible = True
        if is_new:
            self._setting = True
            self._offer(images, worth_seeing(list(images.ions)))
            self._setting = False
        self.outline()
        self.look()

    def _offer(self, images: Images, worth_seeing: str) -> None:
        self.figure.size_to(images)
        self._step.update(end=max(images.steps, 2), disabled=images.steps < 2)
        self._step.value = min(self._step.value, images.steps)
        options = list(images.ions)
        first = list(dict.fromkeys([worth_seeing, *options]))
        if self._ion.value not in options:
            self._ion.value = worth_seeing
        self._ion.options = options
        for i, one in enumerate(self._channels):
            one.options = [("", "none"), *options]
            if one.value not in options:
                one.value = first[i] if i < min(len(first), 2) else ""

    def look(self) -> None:
        """Show the image that is chosen."""
        images = self.images
        mixed = self._mode.active == 1
        self._ion.visible = not mixed
        for one in (*self._channels, *self._swatches):
            one.visible = mixed
        if images is None or self._setting:
            return
        start, stop = images.about(int(self._step.value) - 1, int(self._many.value))
        self._step.disabled = self._many.value == "0" or images.steps < 2
        ends = float(images.first[start]), float(images.last[stop - 1])
        self._at_depth(None if stop - start == images.steps else ends)
        names = [str(one.value) for one in self._channels] if mixed else [str(self._ion.value)]
        place = images.place(start, stop)
        # Its own value is the middle of what is added up, and of all of them none.
        self._step.title = f"image of {images.steps_named(start, stop)}"

        def made() -> Any:
            return [images.summed(n, start, stop) if n in images.ions else None for n in names]

        self._quick.submit(
            made,
            lambda got: self._show(got, names, place, mixed=mixed),
            lane="image",
            failed=self._failed,
        )

    def _show(self, got: list[Any], names: list[str], place: str, *, mixed: bool) -> None:
        if mixed:
            self.figure.show_overlay(overlaid(got))
            parts = [
                f"{swatch(i)} {show(name)}" for i, name in enumerate(names) if got[i] is not None
            ]
            told = ", ".join(parts) + f", each over its brightest; {place}"
            self._told.text = f'<p class="muted">{told}</p>'
            return
        (image,) = got
        if image is not None:
            self.figure.show_one(image)
            seen = image[np.isfinite(image)]
            most = float(seen.max(initial=0.0))
            self._told.text = note(
                f"{names[0]}, {place}: {so_many(round(seen.sum()), 'count')}, at most "
                f"{most:.0f} a pixel"
            )

    def go_to(self, depth: float) -> None:
        """Show the image at a depth."""
        if self.images is not None:
            if self._many.value == "0":
                self._many.value = "5"
            self._step.value = self.images.nearest(depth) + 1

    def outline(self) -> None:
        """Draw the region that is written."""
        outline: tuple[list[float], list[float]] = ([], [])
        with suppress(ValueError):
            outline = outline_of(str(self.text.value))
        self.figure.show_region(outline, square=":" not in str(self.text.value))
