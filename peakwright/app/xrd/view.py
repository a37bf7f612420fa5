"""The view of one powder pattern: what is drawn, what is said, what can be asked."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

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
from .figures import Figures
from .state import COLUMNS, Looked, Shown, chosen_of, recipe_of, table_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from references.registry import Registry
    from xrd.recipe import Recipe

    from ...jobs.job import Done
    from ..worker import Worker

__all__ = ["build"]

SIDE = 404
"""Width of what is beside the pattern [pixels]."""
TONES = {"single_phase": GOOD, "undecidable": FAIR, "unidentified": FAIR}
RADIATIONS = [
    ("", "as the file says"),
    ("Cu Ka", "Cu Kα"),
    ("Cu Ka1", "Cu Kα1"),
    ("0.70932, 0.71361", "Mo Kα"),
    ("1.78900, 1.79283", "Co Kα"),
]
TITLES = {
    "phase": ("phase", 88),
    "presence": ("", 88),
    "mass": ("mass / %", 92),
    "limit": ("limit / %", 56),
    "sigma": ("σ", 40),
    "line": ("2θ / °", 48),
}
LEGEND = "crystalline mass, or its 95 % bound; the detection limit; click a phase for its best line"
SCALES = ("linear", "root", "log")
RECIPE, DONE = "xrd recipe", "xrd done"
"""What outlives a page."""
READABLE = 0.3
"""Between two steps that are told of [s]."""
WRAPPED = """
.bk-input-group { flex-wrap: wrap; gap: 1px 10px; }
label { color: #1b1f24; }
"""
TABLE = """
.slick-cell, .slick-header-column { font-size: 12px !important; padding: 1px 4px !important; }
.slick-row.odd { background: #f6f8fa; }
.slick-cell.selected { background: #cfe4f7 !important; color: #1b1f24 !important; }
"""


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
        self.shown = Shown()
        self.recipe = self._recipe_before()
        self.done: Done | None = None
        self.looked: Looked | None = None
        self.figures = Figures()
        self.at: float | None = None
        self.told_at = 0.0
        self._widgets()

    def begin(self) -> Any:
        """Show what is known, read what is not, and give the layout."""
        layout = self._layout()
        done: Done | None = self.worker.kept.get(DONE)
        if done is None:
            self._say("reading ...")
            self.worker.submit(self._read, self._opened, failed=self._failed, lane="read")
        else:
            self._answered(done)
        return layout

    # What is there to press

    def _widgets(self) -> None:
        m = models()
        css = styles()
        self.verdict = block(width=SIDE, css_classes=["pw-verdict"])
        self.findings = block(width=SIDE, height=172, css_classes=["pw-findings"])
        self.findings.styles = {"overflow-y": "auto"}
        self.progress = block(width=SIDE, css_classes=["pw-progress"])
        self.head = block(css_classes=["pw-head"], height=22, sizing_mode="stretch_width")
        self.scale = m.RadioButtonGroup(
            labels=["linear", "root", "log"],
            active=1,
            stylesheets=css,
            css_classes=["pw-scale"],
            width=160,
        )
        on(self.scale, "active", lambda new: self._change(scale=SCALES[new]))
        self.background = m.CheckboxGroup(
            labels=["subtract background"],
            stylesheets=css,
            css_classes=["pw-background"],
            width=150,
        )
        on(self.background, "active", lambda new: self._change(subtracted=bool(new)))
        self.phases = m.CheckboxGroup(
            inline=True,
            stylesheets=styles(WRAPPED),
            css_classes=["pw-phases"],
            sizing_mode="stretch_width",
        )
        on(self.phases, "active", self._toggle)
        buttons = [("whole pattern", self._whole), ("◀ line", self._back), ("line ▶", self._on)]
        self.zooms = [
            m.Button(label=label, stylesheets=css, width=110 if i == 0 else 70)
            for i, (label, _) in enumerate(buttons)
        ]
        for button, (_, does) in zip(self.zooms, buttons, strict=True):
            button.on_click(does)
        self.rows = m.ColumnDataSource(data={name: [] for name in COLUMNS}, name="candidates")
        on(self.rows.selected, "indices", self._pick)
        whole = [one.key for one in self.registry.phases if one.cif]
        self.main = m.Select(
            title="main phase",
            css_classes=["pw-main"],
            value=self.recipe.phase,
            options=list(dict.fromkeys([*whole, self.recipe.phase])),
            stylesheets=css,
            width=120,
        )
        self.among = m.CheckboxGroup(
            inline=True,
            stylesheets=styles(WRAPPED),
            css_classes=["pw-among"],
            sizing_mode="stretch_width",
        )
        on(self.main, "value", lambda _: self._offer())
        self.radiation = m.Select(
            title="radiation", css_classes=["pw-radiation"],
            value=self.recipe.instrument.radiation, options=RADIATIONS, stylesheets=css,
            width=130,
        )  # fmt: skip
        self.elements = m.TextInput(
            title="elements of the sample", css_classes=["pw-elements"],
            value=",".join(self.recipe.elements), placeholder="Li,P,S,Cl",
            stylesheets=css, width=150,
        )  # fmt: skip
        self.limit = m.Spinner(
            title="must be seen / %", css_classes=["pw-limit"],
            value=self.recipe.limit_percent, low=0.001, high=100.0, step=1.0,
            stylesheets=css, width=110,
        )  # fmt: skip
        self.scan = m.Select(
            title="scan", stylesheets=css, width=160, visible=False, css_classes=["pw-scan"]
        )
        self.again = m.Button(
            label="Check",
            button_type="primary",
            stylesheets=css,
            width=110,
            css_classes=["pw-again"],
            align="end",
        )
        self.again.on_click(self._ask)
        self.files = m.Select(options=[], stylesheets=css, width=150, css_classes=["pw-files"])
        self.take = m.Button(label="Download", stylesheets=css, width=90, disabled=True)
        self.take.on_click(self._download)
        self.save = m.Button(label="Save result", stylesheets=css, width=100, disabled=True)
        self.save.on_click(self._save)
        self.carrier, self.hand_over = download()
        self._offer()

    def _layout(self) -> Any:
        from bokeh.layouts import column, row

        figures = self.figures
        stretch: dict[str, Any] = {"sizing_mode": "stretch_width"}
        tools = row(self.scale, self.background, *self.zooms, **stretch)
        options = row(
            self.main, self.radiation, self.elements, self.limit, self.scan, self.again, **stretch
        )
        ask = row(block("<h2>candidates</h2>", width=80), self.among, **stretch)
        left = column(
            self.head, tools, self.phases, figures.upper, figures.middle, figures.lower,
            options, ask, **stretch,
        )  # fmt: skip
        right = column(
            self.verdict,
            self.progress,
            block(note(LEGEND), width=SIDE),
            self._table(),
            block("<h2>findings</h2>", width=SIDE),
            self.findings,
            row(self.files, self.take, self.save),
            self.carrier,
            width=SIDE,
        )
        return row(left, right, sizing_mode="stretch_width", spacing=10, margin=8)

    def _table(self) -> Any:
        m = models()
        columns = [
            m.TableColumn(field=key, title=TITLES[key][0], width=TITLES[key][1], sortable=False)
            for key in COLUMNS
        ]
        return m.DataTable(
            source=self.rows, columns=columns, width=SIDE, height=330, index_position=None,
            row_height=22, autosize_mode="none", selectable=True, reorderable=False,
            stylesheets=styles(TABLE), css_classes=["pw-table"],
        )  # fmt: skip

    # What is asked

    def _read(self) -> Any:
        import xrd

        return xrd.read(self.path)

    def _opened(self, reading: Any) -> None:
        many = len(reading.patterns)
        if many > 1:
            names = [
                str(one.attrs.get("sample") or one.attrs.get("scan") or "")
                for one in reading.patterns
            ]
            self.scan.options = [("", "choose one")] + [
                (str(i), f"{i}: {name}"[:40]) for i, name in enumerate(names)
            ]
            self.scan.value = "" if self.recipe.scan is None else str(self.recipe.scan)
            self.scan.visible = True
        if many and (many == 1 or self.recipe.scan is not None):
            measured = reading.patterns[self.recipe.scan or 0]
            self.figures.fill_raw(measured)
            self._title(str(measured.attrs.get("sample", "")))
        if many > 1 and self.recipe.scan is None:
            self._say(f"the file holds {many} scans; choose one, then check", "warning")
            return
        stated = any(math.isfinite(float(one.coords["wavelength"])) for one in reading.patterns)
        if not (stated or self.recipe.instrument.radiation):
            self._say("the file does not state its wavelength: choose the radiation", "warning")
            return
        self._ask()

    def _offer(self) -> None:
        """Offer the candidates of a main phase, those that are asked for marked."""
        from xrd.candidates import default_candidates

        main = str(self.main.value)
        self.defaults = [one.key for one in default_candidates(self.registry, main)[0]]
        chosen = chosen_of(self.recipe, self.defaults)
        whole = [one.key for one in self.registry.phases if one.cif and one.key != main]
        labels = [name for name in dict.fromkeys([*self.defaults, *whole, *chosen]) if name != main]
        self.among.update(
            labels=labels, active=[i for i, label in enumerate(labels) if label in chosen]
        )

    def _ask(self) -> None:
        from ...jobs.xrd.check import CheckJob

        try:
            self.recipe = recipe_of(
                self.recipe,
                phase=str(self.main.value),
                chosen=[self.among.labels[i] for i in self.among.active],
                defaults=self.defaults,
                radiation=str(self.radiation.value),
                elements=str(self.elements.value),
                limit=self.limit.value,
                scan=str(self.scan.value),
            )
        except InputError as error:
            self._failed(error)
            return
        self.worker.kept[RECIPE] = self.recipe
        job = CheckJob(recipe=self.recipe, folder=self.path.parent, libraries=self.libraries)
        self.again.disabled = True
        self._say("checking ...")
        self.worker.submit(
            lambda: job.run(self.path, self.registry, self._step),
            self._answered,
            failed=self._failed,
            lane="check",
        )

    def _recipe_before(self) -> Recipe:
        """The recipe of the page before a reload, or one that was given, or the default."""
        from xrd.recipe import Recipe

        for kept in (self.worker.kept.get(RECIPE), self.worker.kept.get("given")):
            if isinstance(kept, Recipe):
                return kept
        return Recipe()

    def _step(self, step: str) -> None:
        """Tell of a step, from the worker's thread; not oftener than it can be read."""
        now = time.monotonic()
        if now - self.told_at > READABLE:
            self.told_at = now
            self.doc.add_next_tick_callback(lambda: self._say(f"checking: {step} ..."))

    def _failed(self, error: Exception) -> None:
        self.again.disabled = False
        self._say(sentence_of(error, "xrd"), "error")

    def _answered(self, done: Done) -> None:
        # Bokeh counts all models anew at each change, unless it is told to wait.
        with self.doc.models.freeze():
            self._show_answer(done)

    def _show_answer(self, done: Done) -> None:
        self.worker.kept[DONE] = done
        self.done, found = done, done.result
        self.looked = looked = Looked.of(found, self.registry)
        self.again.disabled = self.take.disabled = self.save.disabled = False
        self.shown = replace(self.shown, hidden=frozenset(), candidate="")
        names = list(looked.curves.phases)
        self.phases.update(labels=names, active=list(range(len(names))))
        self.rows.selected.indices = []
        self.rows.data = dict(table_of(found, looked))
        word = str(found.verdict)
        told = found.sentence.partition(": ")[2] or found.sentence
        self.verdict.text = verdict_html(
            word.replace("_", " "), told, TONES.get(word, BAD)
        ) + _more(found)
        self.findings.text = findings_html(done.findings, "xrd")
        self._title(found.sample)
        self._say("")
        self.figures.fill(looked, self.shown)
        self._whole()
        self._list_files()

    # What is shown

    def _change(self, **changed: Any) -> None:
        self.shown = replace(self.shown, **changed)
        if self.looked is None:
            return
        self.figures.fill(self.looked, self.shown)
        self._fit()

    def _fit(self) -> None:
        """Give what is looked at the heights it needs; its angles stay."""
        if self.looked is None:
            return
        if self.at is None:
            *_, bottom, top = self.looked.whole(self.shown)
        else:
            *_, bottom, top = self.looked.about(self.at, self.shown)
        self.figures.heights.update(start=bottom, end=top)

    def _toggle(self, active: Sequence[int]) -> None:
        hidden = frozenset(n for i, n in enumerate(self.phases.labels) if i not in active)
        if hidden != self.shown.hidden and self.looked is not None:
            self.shown = replace(self.shown, hidden=hidden)
            self.figures.fill(self.looked, self.shown)

    def _pick(self, indices: Sequence[int]) -> None:
        if self.looked is None or not indices:
            return
        name = str(self.rows.data["phase"][indices[0]])
        self.shown = replace(self.shown, candidate=name)
        self.figures.fill(self.looked, self.shown)
        place = self.looked.best_line(name)
        if place is None:
            self._say(f"{name} has no structure in the library, or no line in the range", "warning")
            return
        self._say("")
        self._go(place)

    def _whole(self) -> None:
        self.at = None
        if self.looked is not None:
            self.figures.look(self.looked.whole(self.shown))

    def _on(self) -> None:
        self._next(1)

    def _back(self) -> None:
        self._next(-1)

    def _next(self, step: int) -> None:
        if self.looked is not None:
            low, high = (float(x) for x in self.looked.curves.two_theta[[0, -1]])
            here = self.at if self.at is not None else (low if step > 0 else high)
            self._go(self.looked.next_line(here, step))

    def _go(self, place: float) -> None:
        if self.looked is not None:
            self.at = place
            self.figures.look(self.looked.about(place, self.shown), place)

    def _title(self, sample: str) -> None:
        told = show(self.path.name)
        if sample and sample != self.path.stem:
            told += f' <span class="muted">{show(sample)}</span>'
        self.head.text = f"<h1>{told}</h1>"

    def _say(self, text: str, severity: str = "info") -> None:
        self.progress.text = note(text, severity) if text else ""
        self.progress.visible = bool(text)

    # What can be taken away

    def _list_files(self) -> None:
        names = ["pattern.svg", "pattern.png", "candidates.svg", "candidates.png", "limits.svg"]
        self.files.options = [*names, "limits.png", "rows.csv", "recipe.toml", "result.json"]
        self.files.value = self.files.options[0]

    def _download(self) -> None:
        done, name = self.done, str(self.files.value)
        if done is None:
            return
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


def _more(found: Any) -> str:
    """Say the lattice and how good the fit is."""
    from references.rounding import plus_minus

    told = [
        f"{axis.name} = {plus_minus(axis.estimate)} {'Å' if axis.name in {'a', 'b', 'c'} else '°'}"
        for axis in (() if found.lattice is None else found.lattice.axes)
    ]
    profile = found.refinement
    told += [f"R_wp {100 * profile.r_wp:.2f} %", f"goodness of fit {profile.gof:.2f}"]
    return note("; ".join(told))
