"""The view of one TOF-SIMS measurement: image, profiles, region, the answer."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from references.words import InputError

from ..look import (
    BAD,
    FAIR,
    GOOD,
    block,
    download,
    findings_html,
    models,
    note,
    on,
    sentence_of,
    show,
    styles,
    verdict_html,
)
from ..saving import content_of, save
from .figures import POOL, ImageFigure, ProfileFigure, swatch
from .gesture import KINDS, listen
from .images import CHANNELS, Images, overlaid
from .opening import Measurement, measurement_of, recipe_with_ions
from .regions import mask_of, outline_of
from .state import Shown, curves_of, mass_sentence, recipe_of, trend_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from references.registry import Registry
    from tofsims.recipe import Recipe

    from ...jobs.job import Done
    from ..worker import Worker

__all__ = ["build"]

LEFT, MIDDLE = 436, 408
"""Widths of the image's column, and of the table under the profiles [pixels]."""
SUMS = [("1", "1"), ("5", "5"), ("11", "11"), ("31", "31"), ("0", "all")]
SCALES, LEVELS = ("linear", "log"), ("counts", "maximum")
TONES = {0: GOOD, 1: BAD, 3: FAIR}
WORDS = {0: "uniform", 1: "not uniform", 3: "undecided"}
RECIPE, DONE, WHOLE, HELD = (f"tofsims {word}" for word in ("recipe", "done", "whole", "held"))
"""What outlives a page."""
READABLE = 0.4
"""Between two steps that are told of [s]."""
CHIPS = """
.choices__inner { padding: 1px 4px !important; min-height: 28px !important; }
.choices__list--multiple .choices__item { margin: 1px 3px 1px 0 !important;
  padding: 0 5px !important; font-size: 12px !important; background: #0b62a8 !important; }
.choices__input { margin: 0 !important; padding: 1px 4px !important; font-size: 12px !important; }
"""
TABLE = """
table { border-collapse: collapse; width: 100%; }
th { text-align: left; color: #57606a; font-weight: 600; font-size: 12px; }
th, td { padding: 2px 6px 2px 0; border-bottom: 1px solid #e7ebef; white-space: nowrap; }
td.number, th.number { text-align: right; }
"""
WORD_TONES = {
    "uniform": GOOD, "even": GOOD, "drifting": BAD, "uneven": BAD, "undecided": FAIR,
    "undecidable": FAIR,
}  # fmt: skip


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
        self.shown = Shown()
        self.held: Measurement | None = None
        self.images: Images | None = None
        self.recipe: Recipe | None = None
        self.done: Done | None = None
        self.image, self.profile = ImageFigure(), ProfileFigure()
        self.setting, self.told_at = False, 0.0
        self._widgets()

    def begin(self) -> Any:
        """Show what is known, read what is not, and give the layout."""
        layout = self._layout()
        held: Measurement | None = self.kept.get(HELD)
        if held is None:
            self._say("reading ...")
            self.worker.submit(self._read, self._opened, failed=self._failed, lane="read")
        else:
            self._opened(held)
        return layout

    # What is there to press

    def _widgets(self) -> None:
        m, css = models(), styles()
        self.head = block(css_classes=["pw-head"], height=22, sizing_mode="stretch_width")
        self.mode = m.RadioButtonGroup(
            labels=["one ion", "overlay"], active=0, stylesheets=css, width=146,
            css_classes=["pw-mode"],
        )  # fmt: skip
        on(self.mode, "active", lambda _: self._look())
        self.ion = m.Select(options=[], stylesheets=css, width=110, css_classes=["pw-ion"])
        on(self.ion, "value", lambda _: self._look())
        self.channels = [
            m.Select(
                options=[],
                stylesheets=css,
                width=76,
                css_classes=[f"pw-channel{i}"],
                margin=(5, 1, 5, 1),
            )
            for i in range(len(CHANNELS))
        ]
        self.swatches = [block(swatch(i), width=13, margin=(10, 0, 0, 2)) for i in range(3)]
        for one in (*self.channels, *self.swatches):
            one.visible = False
        for one in self.channels:
            on(one, "value", lambda _: self._look())
        self.step = m.Slider(
            start=1, end=2, value=1, step=1, title="scan", stylesheets=css, width=280,
            css_classes=["pw-step"], disabled=True,
        )  # fmt: skip
        on(self.step, "value", lambda _: self._look())
        self.many = m.Select(
            title="scans added up", options=SUMS, value="0", stylesheets=css, width=120,
            css_classes=["pw-many"],
        )  # fmt: skip
        on(self.many, "value", lambda _: self._look())
        self.told = block(css_classes=["pw-image-told"], width=LEFT)
        self.tool = m.RadioButtonGroup(
            labels=list(KINDS), active=0, stylesheets=css, width=230, css_classes=["pw-tool"]
        )
        self.clear = m.Button(label="whole field", stylesheets=css, width=100)
        self.clear.on_click(lambda: setattr(self.text, "value", ""))
        self.text = m.TextInput(
            title="region: drag on the image, or write x0,y0,x1,y1", value="", stylesheets=css,
            width=LEFT - 10, css_classes=["pw-region"], placeholder="the whole field",
        )  # fmt: skip
        on(self.text, "value", self._region)
        self.live = block(visible=False, css_classes=["pw-live"])
        on(self.live, "tags", self._drawn)
        self._profile_widgets(m, css)
        self._asked_widgets(m, css)

    def _profile_widgets(self, m: Any, css: Any) -> None:
        self.verdict = block(css_classes=["pw-verdict"], sizing_mode="stretch_width")
        self.progress = block(css_classes=["pw-progress"], sizing_mode="stretch_width")
        self.scale = m.RadioButtonGroup(
            labels=list(SCALES), active=1, stylesheets=css, width=110, css_classes=["pw-scale"]
        )
        on(self.scale, "active", lambda new: self._change(scale=SCALES[new]))
        self.level = m.RadioButtonGroup(
            labels=["counts", "of maximum"], active=0, stylesheets=css, width=170,
            css_classes=["pw-level"],
        )  # fmt: skip
        on(self.level, "active", lambda new: self._change(level=LEVELS[new]))
        self.beside = m.CheckboxGroup(
            labels=["whole field beside, by area (dashed)"], active=[0], stylesheets=css,
            width=270, css_classes=["pw-beside"], visible=False,
        )  # fmt: skip
        on(self.beside, "active", lambda _: self._fill())
        self.table = block(
            more=TABLE, width=MIDDLE, height=172, css_classes=["pw-table"],
            styles={"overflow-y": "auto"},
        )  # fmt: skip
        self.mass = block(css_classes=["pw-mass"], sizing_mode="stretch_width")
        self.findings = block(css_classes=["pw-findings"], height=172, sizing_mode="stretch_width")
        self.findings.styles = {"overflow-y": "auto"}

    def _asked_widgets(self, m: Any, css: Any) -> None:
        self.ions = m.MultiChoice(
            title="ions", options=[], value=[], stylesheets=styles(CHIPS),
            sizing_mode="stretch_width",
            css_classes=["pw-ions"], search_option_limit=60, option_limit=60,
        )  # fmt: skip
        self.other = m.TextInput(
            title="another ion", placeholder="GaCl2-", stylesheets=css, width=100,
            css_classes=["pw-other"],
        )  # fmt: skip
        on(self.other, "value", self._add)
        self.normalise = m.Select(
            title="divided by", options=[("", "nothing"), "total"], value="", stylesheets=css,
            width=100, css_classes=["pw-normalise"],
        )  # fmt: skip
        self.window = m.TextInput(
            title="judged from, to", placeholder="all but the start", stylesheets=css, width=126,
            css_classes=["pw-window"],
        )  # fmt: skip
        self.margin = m.Spinner(
            title="margin / %", value=5.0, low=0.01, high=1000.0, step=1.0, stylesheets=css,
            width=80, css_classes=["pw-margin"],
        )  # fmt: skip
        self.elements = m.TextInput(
            title="elements", placeholder="Li,P,S,Cl,Ga", stylesheets=css, width=120,
            css_classes=["pw-elements"],
        )  # fmt: skip
        self.half = m.Spinner(
            title="half width / ppm", value=200.0, low=0.1, high=1e5, step=50.0, stylesheets=css,
            width=110, visible=False, css_classes=["pw-half"],
        )  # fmt: skip
        self.again = m.Button(
            label="Follow", button_type="primary", stylesheets=css, width=90, align="end",
            css_classes=["pw-again"],
        )  # fmt: skip
        self.again.on_click(self._ask)
        names = ["profile.csv", "profile.svg", "profile.png", "change.svg", "change.png"]
        self.files = m.Select(
            options=[*names, "rows.csv", "recipe.toml", "result.json"], value=names[0],
            stylesheets=css, width=130, css_classes=["pw-files"], align="end",
        )  # fmt: skip
        self.take = m.Button(
            label="Download", stylesheets=css, width=84, disabled=True, align="end"
        )
        self.take.on_click(self._download)
        self.save = m.Button(
            label="Save result", stylesheets=css, width=96, disabled=True, align="end"
        )
        self.save.on_click(self._save)
        self.carrier, self.hand_over = download()

    def _layout(self) -> Any:
        from bokeh.layouts import column, row

        stretch: dict[str, Any] = {"sizing_mode": "stretch_width"}
        listen(
            self.image.drawn, tool=self.tool, text=self.text, live=self.live,
            outline=self.image.outline, corners=self.image.corners,
        )  # fmt: skip
        self.profile.drawn.on_event("tap", self._tapped)
        picks = [one for pair in zip(self.swatches, self.channels, strict=True) for one in pair]
        self.pictures = column(
            row(self.mode, self.ion, *picks, spacing=2),
            self.image.drawn,
            self.told,
            row(self.step, self.many),
            row(self.tool, self.clear),
            self.text,
            width=LEFT,
            visible=False,
            css_classes=["pw-pictures"],
        )
        right = column(
            self.verdict,
            self.progress,
            row(self.scale, self.level, self.beside, **stretch),
            self.profile.drawn,
            row(self.table, self.findings, **stretch),
            self.mass,
            **stretch,
        )
        asked = row(
            self.ions, self.other, self.normalise, self.window, self.margin, self.elements,
            self.half, self.again, **stretch,
        )  # fmt: skip
        files = row(self.files, self.take, self.save)
        return column(
            row(self.head, files, **stretch),
            row(self.pictures, right, spacing=8, **stretch),
            asked,
            self.live,
            self.carrier,
            margin=8,
            **stretch,
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
        options = list(dict.fromkeys([*held.offered, *recipe.ions]))
        self.ions.update(options=options, value=list(recipe.ions))
        self.normalise.options = [("", "nothing"), "total", *options]
        self.normalise.value = recipe.normalise
        self.window.value = "" if recipe.window_s is None else "{:g},{:g}".format(*recipe.window_s)
        self.margin.value = recipe.margin_percent
        self.elements.value = ",".join(recipe.elements)
        self.half.visible = held.reading.format == "imzml"
        self.text.value = recipe.region
        self.setting = False
        self._title()
        done: Done | None = self.kept.get(DONE)
        if not recipe.ions:
            self._say("choose the ions that are to be followed, then press Follow", "warning")
        elif done is not None and self.kept.get(RECIPE) == recipe:
            self._answered(done)
            self._see()
        else:
            self._ask()

    def _title(self) -> None:
        held = self.held
        told = show(self.path.name)
        if held is not None:
            told += f' <span class="muted">{show(held.sentence)}</span>'
        self.head.text = f"<h1>{told}</h1>"

    # What is asked

    def _ask(self) -> None:
        held, before = self.held, self.recipe
        if held is None or before is None:
            return
        try:
            recipe = recipe_of(
                before,
                ions=list(self.ions.value),
                elements=str(self.elements.value),
                normalise=str(self.normalise.value),
                window=str(self.window.value),
                margin=self.margin.value,
                region=str(self.text.value) if held.has_images else before.region,
                half_width=self.half.value if self.half.visible else before.half_width_ppm,
            )
        except InputError as error:
            self._failed(error)
            return
        self.recipe = self.kept[RECIPE] = recipe
        self._follow(recipe)

    def _follow(self, recipe: Recipe) -> None:
        from ...jobs.tofsims.profile import ProfileJob

        job = ProfileJob(recipe=recipe, folder=self.path.parent, libraries=self.libraries)
        self._say("counting ions ...")
        self.worker.submit(
            lambda: job.run(self.path, self.registry, self._step_begins),
            lambda done: self._followed(done, recipe),
            failed=self._failed,
            lane="follow",
        )

    def _step_begins(self, step: str) -> None:
        """Tell of a step, from the worker's thread; not oftener than it can be read."""
        now = time.monotonic()
        if now - self.told_at > READABLE:
            self.told_at = now
            self.doc.add_next_tick_callback(lambda: self._say(f"counting: {step} ..."))

    def _failed(self, error: Exception) -> None:
        self._say(sentence_of(error, "tofsims"), "error")

    def _followed(self, done: Done, recipe: Recipe) -> None:
        self.kept[DONE] = done
        if not recipe.region:
            self.kept[WHOLE] = done
        self._say("")
        self._answered(done)
        self._see()

    def _answered(self, done: Done) -> None:
        # Bokeh counts all models anew at each change, unless it is told to wait.
        with self.doc.models.freeze():
            self._show_answer(done)

    def _show_answer(self, done: Done) -> None:
        self.done, found = done, done.result
        self.take.disabled = self.save.disabled = False
        self.verdict.text = verdict_html(
            WORDS[found.exit_code], found.sentence, TONES[found.exit_code]
        )
        self.table.text = _table(trend_rows(found))
        self.findings.text = findings_html(done.findings, "tofsims")
        self.mass.text = note(mass_sentence(found.calibration))
        self.beside.visible = bool(self.recipe is not None and self.recipe.region)
        self._fill(fit=True)
        if len(found.trends) > POOL:
            self._say(f"the figure holds the first {POOL} of {len(found.trends)} ions")

    # Profiles

    def _change(self, **changed: Any) -> None:
        self.shown = replace(self.shown, **changed)
        self._fill(fit=True)

    def _fill(self, *, fit: bool = False) -> None:
        done = self.done
        if done is None:
            return
        found, shown = done.result, self.shown
        curves = curves_of(found.shown, shown)
        self.profile.lay([one.ion for one in curves])
        self.profile.fill(curves)
        whole = self._beside(found.shown)
        self.profile.fill_whole(whole)
        if fit:
            by = str(found.shown.attrs.get("normalised_by", ""))
            self.profile.fit([*curves, *whole], shown, found.unit, by)
            low, high = found.window
            self.profile.judge(low, high, curves[0].x)

    def _beside(self, profile: Any) -> list[Any]:
        """The whole field's curves, made as small as the region's part of it."""
        whole: Done | None = self.kept.get(WHOLE)
        asked = self.recipe is not None and self.recipe.region and 0 in self.beside.active
        if whole is None or not asked:
            return []
        there = whole.result.shown
        share = float(profile["shots"].values[0] / there["shots"].values[0])
        return curves_of(there, self.shown, factor=share if math.isfinite(share) else 1.0)

    def _tapped(self, event: Any) -> None:
        """Show the image at the depth that was clicked at."""
        if self.images is not None and event.x is not None:
            if self.many.value == "0":
                self.many.value = "5"
            self.step.value = self.images.nearest(float(event.x)) + 1

    # Images

    def _see(self) -> None:
        """Make the images of the ions that are followed, where they are not had yet."""
        held, recipe = self.held, self.recipe
        if held is None or recipe is None or not held.has_images:
            return
        if held.images_of(recipe) is not None:
            self._seen(held.images_of(recipe))
            return
        self.quick.submit(
            lambda: held.make_images(recipe, self.registry),
            self._seen,
            failed=self._failed,
            lane="images",
        )

    def _seen(self, images: Images | None) -> None:
        if images is None:
            return
        is_new = images is not self.images
        self.images = images
        self.pictures.visible = True
        if is_new:
            self.setting = True
            self.image.size_to(images)
            self.step.update(end=max(images.steps, 2), disabled=images.steps < 2)
            self.step.value = min(self.step.value, images.steps)
            options = list(images.ions)
            first = list(dict.fromkeys([self._worth_seeing(options), *options]))
            if self.ion.value not in options:
                self.ion.value = self._worth_seeing(options)
            self.ion.options = options
            for i, one in enumerate(self.channels):
                one.options = [("", "none"), *options]
                if one.value not in options:
                    one.value = first[i] if i < min(len(first), 2) else ""
            self.setting = False
        self._outline()
        self._look()

    def _worth_seeing(self, ions: list[str]) -> str:
        """The first ion that is spread unevenly, else the first."""
        fields = () if self.done is None else self.done.result.fields
        uneven = [one.ion for one in fields if str(one.verdict) == "uneven"]
        return next((ion for ion in uneven if ion in ions), ions[0])

    def _look(self) -> None:
        """Show the image that is chosen."""
        images = self.images
        mixed = self.mode.active == 1
        self.ion.visible = not mixed
        for one in (*self.channels, *self.swatches):
            one.visible = mixed
        if images is None or self.setting:
            return
        start, stop = images.about(int(self.step.value) - 1, int(self.many.value))
        self.step.disabled = self.many.value == "0" or images.steps < 2
        low, high = float(images.first[start]), float(images.last[stop - 1])
        if stop - start == images.steps:
            self.profile.unmark()
        else:
            self.profile.mark(low, high)
        names = [str(one.value) for one in self.channels] if mixed else [str(self.ion.value)]
        place = images.place(start, stop)
        self.step.title = images.word

        def made() -> Any:
            return [images.summed(n, start, stop) if n in images.ions else None for n in names]

        self.quick.submit(
            made,
            lambda got: self._show(got, names, place, mixed=mixed),
            lane="image",
            failed=self._failed,
        )

    def _show(self, got: list[Any], names: list[str], place: str, *, mixed: bool) -> None:
        if mixed:
            self.image.show_overlay(overlaid(got))
            parts = [
                f"{swatch(i)} {show(name)}" for i, name in enumerate(names) if got[i] is not None
            ]
            told = ", ".join(parts) + f", each over its brightest; {place}"
            self.told.text = f'<p class="muted">{told}</p>'
            return
        (image,) = got
        if image is not None:
            self.image.show_one(image)
            seen = image[np.isfinite(image)]
            most = float(seen.max(initial=0.0))
            self.told.text = note(
                f"{names[0]}, {place}: {seen.sum():.0f} counts, at most {most:.0f} a pixel"
            )

    # The region

    def _outline(self) -> None:
        outline: tuple[list[float], list[float]] = ([], [])
        with suppress(ValueError):
            outline = outline_of(str(self.text.value))
        self.image.show_region(outline, square=":" not in str(self.text.value))

    def _drawn(self, tags: list[Any]) -> None:
        """Count what is inside of what is being drawn."""
        images = self.images
        if images is None or not tags or self.shown.level == "maximum":
            return
        text = str(tags[0])

        def made() -> Any:
            inside = mask_of(text, images.raster)
            return None if inside is None else images.profile(inside)

        self.quick.submit(made, self._live, lane="region", failed=lambda _: None)

    def _live(self, profile: Any) -> None:
        if profile is not None:
            self.profile.fill(curves_of(profile, self.shown))

    def _region(self, text: str) -> None:
        """Take a region that was drawn or written; one that cannot be leaves the old one."""
        images, recipe = self.images, self.recipe
        if self.setting or images is None or recipe is None:
            return
        try:
            mask_of(text, images.raster)
        except (InputError, ValueError) as error:
            self._failed(error)
            self.setting = True
            self.text.value = recipe.region
            self.setting = False
            self._outline()
            return
        self.quick.drop("region")
        self._outline()
        if text.replace(" ", "") != recipe.region:
            self._ask()

    # What can be taken away

    def _add(self, text: str) -> None:
        from ...jobs.tofsims.given import ions_named

        if not text.strip():
            return
        try:
            added = [one.key for one in ions_named(text, "another ion")]
        except InputError as error:
            self._failed(error)
            return
        self.ions.options = list(dict.fromkeys([*self.ions.options, *added]))
        self.ions.value = list(dict.fromkeys([*self.ions.value, *added]))
        self.other.value = ""

    def _download(self) -> None:
        done, name = self.done, str(self.files.value)
        if done is not None:
            self._say(f"making {name} ...")
            self._later(lambda: content_of(done, name), lambda content: self._hand(name, content))

    def _hand(self, name: str, content: bytes) -> None:
        self.hand_over(f"{self.path.stem}_{name}", content)
        self._say("")

    def _save(self) -> None:
        done = self.done
        if done is not None:
            self._say("saving ...")
            self._later(lambda: save(done, self.path), self._say)

    def _later(self, work: Callable[[], Any], deliver: Callable[[Any], None]) -> None:
        self.worker.submit(work, deliver, failed=self._failed, lane="files")

    def _say(self, text: str, severity: str = "info") -> None:
        self.progress.text = note(text, severity) if text else ""
        self.progress.visible = bool(text)


def _table(rows: list[dict[str, str]]) -> str:
    """Give what is said of each ion as a table; the whole sentence is the row's title."""
    heads = [
        ("ion", ""), ("counts", "number"), ("change / %", "number"), ("95 % interval", "number"),
        ("along depth", ""), ("over field", ""),
    ]  # fmt: skip
    across = any(one["across"] for one in rows)
    if not across:
        heads.pop()
    head = "".join(f'<th class="{kind}">{name}</th>' for name, kind in heads)
    body = "".join(
        f'<tr title="{show(one["sentence"])}"><td><b>{show(one["ion"])}</b></td>'
        f'<td class="number">{one["mean"]}</td><td class="number">{one["change"]}</td>'
        f'<td class="number">{one["interval"]}</td>'
        f"<td>{_word(one['along'])}</td>{_cell(one['across']) if across else ''}</tr>"
        for one in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(word: str) -> str:
    return f"<td>{_word(word)}</td>"


def _word(word: str) -> str:
    return f'<b style="color:{WORD_TONES.get(word, FAIR)}">{show(word)}</b>' if word else ""
