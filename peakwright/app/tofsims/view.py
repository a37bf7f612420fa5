"""The view of one TOF-SIMS measurement: image, profiles, region, the answer.

Each of them has a module of its own; here they are put together, and what is asked is followed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from references.words import InputError

from ..headline import headed, headline
from ..look import PAGE, help_of, on, sentence_of
from ..taking import Taking
from .answer import Answer
from .asking import Asking
from .opening import Measurement, measurement_of, recipe_with_ions
from .pictures import Pictures
from .profiles import Profiles
from .regions import mask_of
from .state import refused_ions

if TYPE_CHECKING:
    from pathlib import Path

    from references.registry import Registry
    from tofsims.recipe import Recipe

    from ...jobs.job import Done
    from ..worker import Worker

__all__ = ["build"]

FILES = ("profile.csv", "profile.svg", "profile.png", "change.svg", "change.png")
HANDS = {
    "drag on the image": "draw a region; its profile follows at once, the answer when you let go",
    "drag inside the region": "move it; its corner or its rim: make it larger or smaller",
    "polygon": "click corner by corner, and close it by a click on its first one, a double click "
    "or Enter; Backspace takes one back, Esc cancels; or drag around it",
    "keys, once the image has the focus": "Enter lays a region, arrows move it, Shift and arrows "
    "size it, Delete takes it away",
    "click in the profiles": "see the image at that depth",
    "slider, or its arrow keys": "go from scan to scan",
    "drag, or wheel, in the profiles": "look closer; the round arrow shows all again",
    "click in the legend": "hide an ion's profile, or show it",
    "Follow": "count anew, with the ions and limits that stand beside it",
}
RECIPE, DONE, WHOLE, HELD = (f"tofsims {word}" for word in ("recipe", "done", "whole", "held"))
"""What outlives a page."""
READABLE = 0.4
"""Between two steps that are told of [s]."""


def build(
    path: Path, registry: Registry, worker: Worker, doc: Any, libraries: tuple[Path, ...] = ()
) -> Any:
    """Make the view of a measurement.

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
    """One measurement in one page."""

    def __init__(
        self, path: Path, registry: Registry, worker: Worker, doc: Any, libraries: tuple[Path, ...]
    ) -> None:
        self.path, self.registry, self.worker, self.doc = path, registry, worker, doc
        self.libraries = libraries
        self.kept = worker.kept
        # Images and profiles of what is being drawn do not wait for what takes longer.
        self.quick = worker.another()
        self.held: Measurement | None = None
        self.recipe: Recipe | None = None
        self.followed: Recipe | None = None
        self.done: Done | None = None
        self.setting, self.told_at = False, 0.0
        self.head = headline()
        self.answer = Answer()
        self.profiles = Profiles()
        self.profiles.figure.drawn.on_event("tap", self._tapped)
        self.pictures = Pictures(self.quick, self._failed, self.profiles.at_depth)
        on(self.pictures.text, "value", self._region)
        on(self.pictures.live, "tags", self._drawn)
        self.asking = Asking(self._ask, self._failed, self.answer.say)
        say = self.answer.say
        self.taking = Taking(path, FILES, worker, say, self._failed, self._saved)

    def begin(self) -> Any:
        """Show what is known, read what is not, and give the layout."""
        layout = self._layout()
        held: Measurement | None = self.kept.get(HELD)
        if held is None:
            self.answer.say("reading ...")
            self.worker.submit(self._read, self._opened, failed=self._failed, lane="read")
        else:
            self._opened(held)
        return layout

    def _layout(self) -> Any:
        from bokeh.layouts import column, row

        wide: dict[str, Any] = {"sizing_mode": "stretch_width"}
        both: dict[str, Any] = {"sizing_mode": "stretch_both"}
        answer = self.answer
        drawn = self.profiles.figure.drawn
        words = row(answer.table, answer.findings, styles={"flex": "2 1 150px"}, **both)
        right = column(
            answer.verdict,
            answer.progress,
            row(*self.profiles.tools, **wide),
            drawn,
            words,
            answer.mass,
            **both,
        )
        button, text = help_of(HANDS)
        return column(
            row(self.head, *self.taking.widgets, button, **wide),
            text,
            row(self.pictures.column(drawn), right, spacing=8, **both),
            self.asking.row(),
            self.pictures.live,
            self.taking.carrier,
            styles=PAGE,
            **both,
        )

    # What the file holds

    def _read(self) -> Measurement:
        return measurement_of(self.path, self._recipe_before(), self.registry)

    def _recipe_before(self) -> Recipe:
        """The recipe of the page before a reload, or one that was given, or the default."""
        from tofsims.recipe import Recipe

        for kept in (self.kept.get(RECIPE), self.kept.get("given")):
            if isinstance(kept, Recipe):
                return kept
        return Recipe()

    def _opened(self, held: Measurement) -> None:
        self.held = self.kept[HELD] = held
        try:
            self.recipe = recipe = recipe_with_ions(self._recipe_before(), held)
        except InputError as error:
            self._failed(error)
            return
        self.setting = True
        self.asking.fill(recipe, held)
        self.pictures.text.value = recipe.region
        self.setting = False
        self.head.text = headed(self.path.name, held.sentence)
        done: Done | None = self.kept.get(DONE)
        if not recipe.ions:
            self.answer.say("choose the ions that are to be followed, then press Follow", "warning")
        elif done is not None and self.kept.get(RECIPE) == recipe:
            self.followed = recipe
            self._answered(done)
            self._see()
        else:
            self._ask()

    # What is asked

    def _ask(self) -> None:
        held, before = self.held, self.recipe
        if held is None or before is None:
            return
        region = str(self.pictures.text.value) if held.has_images else before.region
        try:
            recipe = self.asking.recipe(before, region)
        except InputError as error:
            self._failed(error)
            return
        self.recipe = self.kept[RECIPE] = recipe
        self._follow(recipe, before)

    def _follow(self, recipe: Recipe, before: Recipe) -> None:
        from ...jobs.tofsims.profile import ProfileJob

        job = ProfileJob(recipe=recipe, folder=self.path.parent, libraries=self.libraries)
        self.answer.say("counting ions ...")
        self.worker.submit(
            lambda: job.run(self.path, self.registry, self._step_begins),
            lambda done: self._followed(done, recipe),
            failed=lambda error: self._refused(error, recipe, before),
            lane="follow",
        )

    def _refused(self, error: Exception, recipe: Recipe, before: Recipe) -> None:
        """Say why nothing was followed; an ion that cannot be does not stand in the way again."""
        if out := refused_ions(str(error), recipe.ions, before.ions):
            self.recipe = self.kept[RECIPE] = before
            self.asking.take_out(out)
        self._failed(error)

    def _step_begins(self, step: str) -> None:
        """Tell of a step, from the worker's thread; not oftener than it can be read."""
        now = time.monotonic()
        if now - self.told_at > READABLE:
            self.told_at = now
            self.doc.add_next_tick_callback(lambda: self.answer.tell(f"counting: {step} ..."))

    def _failed(self, error: Exception) -> None:
        self.answer.say(sentence_of(error, "tofsims"), "error")

    def _followed(self, done: Done, recipe: Recipe) -> None:
        self.kept[DONE], self.followed = done, recipe
        if not recipe.region:
            self.kept[WHOLE] = done
        self.answer.tell("")
        self._answered(done)
        self._see()

    def _answered(self, done: Done) -> None:
        # Bokeh counts all models anew at each change, unless it is told to wait.
        with self.doc.models.freeze():
            self.done = done
            self.taking.offer(done)
            self.answer.show(done)
            whole: Done | None = self.kept.get(WHOLE)
            is_region = self.recipe is not None and bool(self.recipe.region)
            beside = whole.result if whole is not None and is_region else None
            if said := self.profiles.show(done.result, beside):
                self.answer.tell(said)

    def _saved(self, told: str) -> None:
        """Say where a result was saved, and have the fields show what was saved."""
        held, followed = self.held, self.followed
        if held is not None and followed is not None:
            told += self._show_followed(held, followed)
        self.answer.say(told)

    def _show_followed(self, held: Measurement, followed: Recipe) -> str:
        """Give the fields back what was followed; say so where they held something else."""
        try:
            if self.asking.recipe(followed, followed.region) == followed:
                return ""
        except InputError:
            pass  # what stands there cannot be followed at all
        self.setting = True
        self.asking.fill(followed, held)
        self.setting = False
        return "; the fields show it again, what was changed since was not followed"

    # Images and regions

    def _tapped(self, event: Any) -> None:
        """Show the image at the depth that was clicked at."""
        if event.x is not None:
            self.pictures.go_to(float(event.x))

    def _see(self) -> None:
        """Make the images of the ions that are followed, where they are not had yet."""
        held, recipe = self.held, self.recipe
        if held is None or recipe is None or not held.has_images:
            return
        if (images := held.images_of(recipe)) is not None:
            self.pictures.see(images, self._worth_seeing)
            return
        self.quick.submit(
            lambda: held.make_images(recipe, self.registry),
            lambda made: self.pictures.see(made, self._worth_seeing),
            failed=self._failed,
            lane="images",
        )

    def _worth_seeing(self, ions: list[str]) -> str:
        """The first ion that is spread unevenly, else the first."""
        fields = () if self.done is None else self.done.result.fields
        uneven = [one.ion for one in fields if str(one.verdict) == "uneven"]
        return next((ion for ion in uneven if ion in ions), ions[0])

    def _drawn(self, tags: list[Any]) -> None:
        """Count what is inside of what is being drawn; of what was cancelled nothing is left."""
        images = self.pictures.images
        if not tags:
            self.quick.drop("region")
            self.profiles.fill()
            return
        if images is None or self.profiles.shown.level == "maximum":
            return
        text = str(tags[0])

        def made() -> Any:
            inside = mask_of(text, images.raster)
            return None if inside is None else images.profile(inside)

        self.quick.submit(made, self.profiles.show_live, lane="region", failed=lambda _: None)

    def _region(self, text: str) -> None:
        """Take a region that was drawn or written; one that cannot be leaves the old one."""
        images, recipe = self.pictures.images, self.recipe
        if self.setting or images is None or recipe is None:
            return
        try:
            mask_of(text, images.raster)
        except (InputError, ValueError) as error:
            self._failed(error)
            self.setting = True
            self.pictures.text.value = recipe.region
            self.setting = False
            self.pictures.outline()
            return
        self.quick.drop("region")
        self.pictures.outline()
        if text.replace(" ", "") != recipe.region:
            self._ask()
