"""The depth profiles: on which axis, and beside those of the whole field."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..look import models, on, styles
from .figures import POOL, ProfileFigure
from .state import Shown, curves_of

if TYPE_CHECKING:
    from tofsims.verdict import Uniformity

__all__ = ["Profiles"]

SCALES, LEVELS = ("linear", "log"), ("counts", "maximum")


class Profiles:
    """The figure of the profiles, and what is chosen of it.

    Attributes
    ----------
    figure : ProfileFigure
    shown : Shown
    tools : tuple of Bokeh models
        For a row above the figure.
    """

    def __init__(self) -> None:
        m, css = models(), styles()
        self.figure, self.shown = ProfileFigure(), Shown()
        self._found: Uniformity | None = None
        self._whole: Uniformity | None = None
        scale = m.RadioButtonGroup(
            labels=list(SCALES), active=1, stylesheets=css, width=110, css_classes=["pw-scale"]
        )
        on(scale, "active", lambda new: self._change(scale=SCALES[new]))
        level = m.RadioButtonGroup(
            labels=["counts", "of maximum"], active=0, stylesheets=css, width=170,
            css_classes=["pw-level"],
        )  # fmt: skip
        on(level, "active", lambda new: self._change(level=LEVELS[new]))
        self._beside = m.CheckboxGroup(
            labels=["whole field beside, by area (dashed)"], active=[0], stylesheets=css,
            width=270, css_classes=["pw-beside"], visible=False,
        )  # fmt: skip
        on(self._beside, "active", lambda _: self.fill())
        self.tools = (scale, level, self._beside)

    def show(self, found: Uniformity, whole: Uniformity | None) -> str:
        """Show a result; give a sentence where not all of it can be drawn.

        Parameters
        ----------
        found : Uniformity
        whole : Uniformity or None
            That of the whole field, where ``found`` is that of a region.
        """
        self._found, self._whole = found, whole
        self._beside.visible = whole is not None
        self.fill(fit=True)
        many = len(found.trends)
        return f"the figure holds the first {POOL} of {many} ions" if many > POOL else ""

    def _change(self, **changed: Any) -> None:
        self.shown = replace(self.shown, **changed)
        self.fill(fit=True)

    def fill(self, *, fit: bool = False) -> None:
        """Draw what there is; perhaps fit the axes to it."""
        found, shown = self._found, self.shown
        if found is None:
            return
        curves = curves_of(found.shown, shown)
        self.figure.lay([one.ion for one in curves])
        self.figure.fill(curves)
        whole = self._whole_field(found.shown)
        self.figure.fill_whole(whole)
        if fit:
            by = str(found.shown.attrs.get("normalised_by", ""))
            self.figure.fit([*curves, *whole], shown, found.unit, by)
            low, high = found.window
            self.figure.judge(low, high, curves[0].x)

    def _whole_field(self, profile: Any) -> list[Any]:
        """The whole field's curves, made as small as the region's part of it."""
        if self._whole is None or 0 not in self._beside.active:
            return []
        there = self._whole.shown
        share = float(profile["shots"].values[0] / there["shots"].values[0])
        return curves_of(there, self.shown, factor=share if math.isfinite(share) else 1.0)

    def show_live(self, profile: Any) -> None:
        """Draw the profile of what is being drawn; the axes stay."""
        if profile is not None:
            self.figure.fill(curves_of(profile, self.shown))

    def at_depth(self, ends: tuple[float, float] | None) -> None:
        """Mark the depths that the image is of; none where it is of all."""
        if ends is None:
            self.figure.unmark()
        else:
            self.figure.mark(*ends)
