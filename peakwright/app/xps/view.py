"""The XPS view of one file: what the hands say is done to the recipe, and its answers are shown.

The recipe is the only thing that is edited (:mod:`.state`, :mod:`.edits`); curves come from a
preview at once and from the fit when it is done (:mod:`.fitting`), each in a thread of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from references.words import InputError

from ..look import block, download, sentence_of, styles
from . import edits
from .bar import bar_html, menu_html, status_html
from .exports import exported, has_excel
from .fitting import Fitter, asked, saved
from .gestures import connect
from .grid import grid_html
from .plot import drawing
from .side import findings_html, shares_html, verdict_html
from .state import History, begun
from .style import PANELS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from references.registry import Registry
    from xps.envelope import Envelope
    from xps.live import Held, Live, Moment

    from ..worker import Worker
    from .fitting import Asked, Settled
    from .gestures import Details
    from .state import Session

__all__ = ["build", "prepare"]

WIDER = 1.04
"""A step of the wheel makes a line so much wider."""
WITHIN = 0.002
"""How far inside its window a moved line stays [eV]."""
OFFERED = 12
"""Species that a click in the residual offers."""


BLOCKS: dict[str, dict[str, Any]] = {
    "bar": {"sizing_mode": "stretch_width", "height": 66},
    "status": {"sizing_mode": "stretch_width", "height": 22},
    "grid": {"sizing_mode": "stretch_width", "height": 172},
    "shares findings": {"sizing_mode": "stretch_both"},
}
"""Blocks of the page by the panels in them."""


def _panels(names: str, **placed: Any) -> Any:
    html = "".join(
        f'<div class="panel {name}" data-panel="{name}"></div>' for name in names.split()
    )
    made = block(f'<div class="block">{html}</div>', **placed)
    made.stylesheets = styles(PANELS)
    made.margin = 0
    return made


def build(path: Path, registry: Registry, worker: Worker, doc: Any) -> Any:  # noqa: ARG001
    """Make the view of an XPS file.

    Parameters
    ----------
    path : Path
    registry : Registry
    worker : Worker
        Its ``kept`` may hold a recipe to begin with (``given``) or what was done before a reload
        (``history``).
    doc : bokeh.document.Document

    Returns
    -------
    bokeh LayoutDOM

    Raises
    ------
    DataFileError, InputError
        If the file cannot be read.
    """
    session = begun(path, registry, worker.kept.get("given"), worker.kept.get("reading"))
    worker.kept["reading"] = session.reading
    before = worker.kept.get("history")
    if isinstance(before, History):
        session.history = before
        session.look_at(int(worker.kept.get("current", session.current)))
    return _View(session, worker).layout


def prepare(path: Path, registry: Registry, worker: Worker) -> None:
    """Do beforehand what the first page would wait for: read the file, load the libraries.

    Parameters
    ----------
    path, registry
        As for :func:`build`.
    worker : Worker
        Closed: nothing is fitted.
    """
    build(path, registry, worker, None)
    session = begun(path, registry, worker.kept.get("given"), worker.kept["reading"])
    if (given := asked(session)) is not None:
        Fitter(session.reading, registry).preview(given).moment()


class _View:
    """One page's view: its session, its figures, its panels."""

    def __init__(self, session: Session, worker: Worker) -> None:
        self.session = session
        self.fitter = Fitter(session.reading, session.registry)
        self.worker, self.quick = worker, worker.another()
        counted = "counts" in session.spectrum
        self.drawn = drawing("counts" if counted else "intensity")
        self.moment: Moment | None = None
        self.taken: Live | None = None
        self.settled: Settled | None = None
        self.found: tuple[Any, ...] = ()
        self.shown: dict[str, str] = {}
        self.carrier, self.hand_over = download()
        self.blocks = {name: _panels(name, **placed) for name, placed in BLOCKS.items()}
        self.out, self.show = connect(self.drawn, list(self.blocks.values()), self.told)
        self.layout = self._layout()
        self.arrive()

    def _layout(self) -> Any:
        from bokeh.models import Column, Row

        left: Any = Column(
            self.drawn.spectrum,
            self.drawn.residual,
            self.blocks["grid"],
            sizing_mode="stretch_both",
            spacing=0,
        )
        right: Any = Column(
            self.blocks["shares findings"],
            self.carrier,
            width=330,
            sizing_mode="stretch_height",
            spacing=4,
            styles={"border-left": "1px solid #d0d7de", "padding": "4px 8px"},
        )
        middle: Any = Row(left, right, sizing_mode="stretch_both", spacing=0)
        return Column(
            self.blocks["bar"],
            self.blocks["status"],
            middle,
            sizing_mode="stretch_both",
            spacing=0,
            styles={"height": "var(--page-height, 100vh)", "min-height": "560px"},
        )

    # what is said

    def told(self, command: str, details: Details) -> None:
        """Do what the page says; what cannot be done is said in a sentence, and nothing changes."""
        does: dict[str, Callable[[Details], None]] = {
            "ready": lambda _: self.draw_panels(force=True),
            "select": self.select,
            "mark": self.select,
            "next": self.select_next,
            "show": self.toggle,
            "take": self.take,
            "hold": self.hold,
            "release": self.release,
            "cancel": self.cancel,
            "nudge": self.nudge,
            "delete": self.delete,
            "propose": self.propose,
            "add": self.add,
            "value": self.value,
            "constrain": self.constrain,
            "background": self.background,
            "window": self.window,
            "shift": self.shift,
            "reference": self.reference,
            "region": self.region,
            "undo": lambda _: self.step(self.session.undo, "undone"),
            "redo": lambda _: self.step(self.session.redo, "done again"),
            "export": self.export,
            "save": self.save,
        }
        if command not in does:
            return
        try:
            does[command](details)
        except InputError as error:
            self.say(sentence_of(error), "error")
            self.draw_panels(force=True)
            self.redraw()

    # looking

    def arrive(self) -> None:
        """Show the region in sight: its data at once, its model when it is there."""
        self.moment = self.settled = self.taken = None
        self.draw_data()
        self.drawn.show_nothing()
        self.changed()

    def draw_data(self) -> None:
        """Show the data on the scale that is declared, as far as it is known."""
        energy, counts = self._measured()
        self.drawn.show_data(energy, counts, self._window(energy))

    def _measured(self) -> tuple[Any, Any]:
        """Energies on the declared scale and counts of the whole spectrum."""
        given = asked(self.session)
        spectrum = self.session.spectrum
        if given is not None:
            try:
                spectrum = self.fitter.spectrum(given)
            except InputError as error:
                self.say(sentence_of(error), "error")
        name = "counts" if "counts" in spectrum else "intensity"
        shift = float(spectrum["charge_shift"]) if "charge_shift" in spectrum.coords else 0.0
        energy = np.asarray(spectrum["binding_energy"].values, dtype=float) + shift
        return energy, np.asarray(spectrum[name].values, dtype=float)

    def _window(self, energy: Any) -> tuple[float, float]:
        envelope = self.session.envelope
        whole = (float(energy.min()), float(energy.max()))
        return whole if envelope is None or envelope.window is None else envelope.window

    def select(self, details: Details) -> None:
        """Take a component in hand, by its name."""
        name = details.text("component")
        envelope = self.session.envelope
        if envelope is None or name not in [c.name for c in envelope.components]:
            return
        if name != self.session.selected:
            self.session.selected = name
            self.redraw()
            self.draw_panels()

    def select_next(self, _: Details) -> None:
        """Take the next component in hand."""
        envelope = self.session.envelope
        if envelope is None:
            return
        names = [c.name for c in envelope.components]
        now = names.index(self.session.selected) if self.session.selected in names else -1
        self.session.selected = names[(now + 1) % len(names)]
        self.redraw()
        self.draw_panels()

    def toggle(self, details: Details) -> None:
        """Show a component's curve, or not."""
        name = details.text("component")
        if details.flag("value"):
            self.session.hidden.discard(name)
        else:
            self.session.hidden.add(name)
        self.redraw()
        self.draw_panels()

    def region(self, details: Details) -> None:
        """Go to another region."""
        by, to = details.number("by"), details.number("value")
        number = self.session.current + int(by) if by is not None else int(to or 0)
        if not 0 <= number < len(self.session.regions) or number == self.session.current:
            return
        self.session.look_at(number)
        self.say("")
        self.arrive()

    # holding

    def take(self, details: Details) -> None:
        """Remember the state from which every preview of this drag starts."""
        self.taken = None if self.moment is None else self.moment.live
        self.session.selected = details.text("component", self.session.selected)
        self.worker.drop("fit")
        if self._tied(self.session.selected):
            self.say(self._why_tied(self.session.selected), "error")

    def _tied(self, name: str) -> bool:
        if self.taken is None:
            return False
        names = [c.name for c in self.taken.envelope.components]
        return name in names and self.taken.reach(name).tied

    def _why_tied(self, name: str) -> str:
        envelope = self.session.envelope
        assert envelope is not None
        text = edits.component_of(envelope, name).position
        return (
            f"{name} follows another component ({text}); drag that one, or free {name} in the grid"
        )

    def _held(self, details: Details) -> Held | None:
        """Where a component is held; ``None`` where nothing of it can be."""
        from xps.live import Held

        name, taken = details.text("component"), self.taken
        if taken is None or name not in [c.name for c in taken.envelope.components]:
            return None
        steps, position = details.number("steps"), details.number("position")
        if steps is not None:
            steps = min(max(steps, -60.0), 60.0)
            return Held(component=name, fwhm=taken.reach(name).width * WIDER**steps)
        if position is None or self._tied(name):
            return None
        reach = taken.reach(name)
        # A start at the very end of a window would be taken for a wish to leave it.
        position = min(max(position, reach.low + WITHIN), reach.high - WITHIN)
        level = details.number("level")
        height = None
        if level is not None and self.moment is not None:
            ground = np.interp(position, self.moment.energy, self.moment.background)
            height = max(level - float(ground), 0.0)
        return Held(component=name, position=position, height=height)

    def hold(self, details: Details) -> None:
        """Show what it would be with a component held somewhere; the latest place wins."""
        held, taken = self._held(details), self.taken
        if held is None or taken is None:
            return
        self.quick.submit(lambda: taken.moment(held), self._held_there, lane="hold")

    def _held_there(self, moment: Moment) -> None:
        self.moment, self.settled = moment, None
        self.drawn.show(
            moment, selected=self.session.selected, hidden=self.session.hidden, handles=False
        )
        self.draw_answers("moving")

    def release(self, details: Details) -> None:
        """Keep what was done to a component, and fit freely from there."""
        self.quick.drop("hold")
        held, envelope = self._held(details), self.session.envelope
        if held is None or envelope is None:
            self.redraw()
            self.changed()
            return
        name = held.component
        if held.position is not None:
            changed = edits.placed(envelope, name, "position", held.position)
            deed = f"{name} moved to {held.position:.2f} eV"
        else:
            assert held.fwhm is not None
            changed = edits.placed(envelope, name, "fwhm", held.fwhm)
            deed = f"{name} made {held.fwhm:.2f} eV wide"
        if self.taken is not None:
            self.moment = self.taken.moment(held)
        self.edit(changed, deed)

    def cancel(self, _: Details) -> None:
        """Let go without having done anything."""
        self.quick.drop("hold")
        if self.taken is not None:
            self.moment = self.taken.moment()
        self.redraw()
        self.changed()

    # editing

    def edit(self, envelope: Envelope, deed: str) -> None:
        """Take another envelope, if a fit could begin with it."""
        given = asked(self.session)
        if given is not None:
            place = self.session.place
            assert place is not None
            others = given.recipe.envelopes
            new = (*others[:place], envelope, *others[place + 1 :])
            trial = given.recipe.model_copy(update={"envelopes": new})
            self._try(trial, envelope, given)
        self.session.change(envelope, deed)
        self.say(deed)
        self.changed()

    def _try(self, recipe: Any, envelope: Envelope, given: Asked) -> None:
        """Refuse what no fit could begin with, before it is taken."""
        from dataclasses import replace

        self.fitter.preview(replace(given, recipe=recipe, envelope=envelope))

    def _envelope(self) -> Envelope:
        envelope = self.session.envelope
        if envelope is None:
            raise InputError("the recipe has nothing for this region yet; add a species first")
        return envelope

    def nudge(self, details: Details) -> None:
        """Move or widen the selected component a little."""
        field, by = details.text("field"), details.number("by")
        envelope, name = self._envelope(), self.session.selected
        if self.moment is None or by is None or field not in {"position", "fwhm"}:
            return
        reach = self.moment.live.reach(name)
        if field == "position":
            value = min(max(reach.position + by, reach.low + WITHIN), reach.high - WITHIN)
        else:
            value = max(reach.width + by, 0.05)
        self.taken = self.moment.live
        changed = edits.placed(envelope, name, field, value)
        from xps.live import Held

        held = Held(component=name, **{"position" if field == "position" else "fwhm": value})
        self.moment = self.taken.moment(held)
        what = "moved to" if field == "position" else "made"
        wide = "" if field == "position" else " wide"
        self.edit(changed, f"{name} {what} {value:.2f} eV{wide}")

    def delete(self, details: Details) -> None:
        """Leave a component out."""
        name = details.text("component", self.session.selected)
        self.edit(edits.deleted(self._envelope(), name), f"{name} deleted")

    def propose(self, details: Details) -> None:
        """Offer what a peak at a place of the residual may be."""
        from xps.candidates import candidates
        from xps.sample import elements_in

        position = details.number("position")
        if position is None:
            return
        envelope = self._envelope()
        level = self._level(envelope)
        there = [c.species for c in envelope.components]
        elements = elements_in(self.session.reading.spectra)
        offered = candidates(self.session.registry, level, position, there, elements=elements)
        self.show({"menu": menu_html(position, level, offered[:OFFERED])}, force=False)

    def _level(self, envelope: Envelope) -> str:
        return next(c.core_level for c in envelope.components if c.role == "species")

    def add(self, details: Details) -> None:
        """Add a species, or a free peak; or say which core level a region is."""
        key, position = details.text("value"), details.number("position")
        if not key:
            return
        if key.startswith("level:"):
            self._begin(key.removeprefix("level:"))
            return
        envelope = self.session.envelope
        if envelope is None:
            self._begin(self.session.region.level, key)
        elif key == "free:":
            where = self._highest() if position is None else position
            new = edits.free_peak(envelope, self._level(envelope), where)
            self.session.selected = new.components[-1].name
            self.edit(new, f"free peak added at {where:.2f} eV")
        else:
            new = edits.added(envelope, self.session.registry, key, position)
            self.session.selected = new.components[-1].name
            self.edit(new, f"{key} added")

    def _begin(self, level: str, species: str = "") -> None:
        """Begin an envelope for a region that has none."""
        from xps.candidates import first_guess
        from xps.envelope import default_envelope

        registry, spectrum = self.session.registry, self.session.spectrum
        if species and species != "free:":
            new = default_envelope(registry, level, [species])
        else:
            new = first_guess(spectrum, level, registry)
        self.edit(new, f"begun with {new.components[0].name} on {level}")

    def _highest(self) -> float:
        """Where the residual is highest: what the model lacks most."""
        if self.moment is None:
            return float(self.session.spectrum["binding_energy"].values.mean())
        return float(self.moment.energy[int(np.argmax(self.moment.residual))])

    def value(self, details: Details) -> None:
        """Take a number typed into the grid."""
        name, field = details.text("component"), details.text("field")
        number = details.number("value")
        if field not in edits.FIELDS:
            return
        if number is None:
            raise InputError(
                f"{details.text('value')[:40]!r} is no number; the old {edits.FIELDS[field]} of "
                f"{name} stays"
            )
        changed = edits.placed(self._envelope(), name, field, number)
        self.edit(changed, f"{edits.FIELDS[field]} of {name}: {number:g}")

    def constrain(self, details: Details) -> None:
        """Take a constraint typed into the grid."""
        name, field, text = (details.text(key) for key in ("component", "field", "value"))
        changed = edits.edited(self._envelope(), name, field, text)
        what = edits.FIELDS[field]
        self.edit(changed, f"{what} of {name}: {text.strip() or 'as the library has it'}")

    def background(self, details: Details) -> None:
        """Take another background."""
        kind, _, mode = details.text("value").partition(" ")
        self.edit(
            edits.renamed_background(self._envelope(), kind, mode), f"background: {kind}, {mode}"
        )

    def window(self, details: Details) -> None:
        """Fit another window, dragged or typed."""
        envelope = self._envelope()
        energy, _ = self._measured()
        low, high = self._window(energy)
        end, typed = details.text("end"), details.number("value")
        if end and typed is None:
            raise InputError(
                f"{details.text('value')[:40]!r} is no energy in eV; the old window stays"
            )
        low = typed if end == "low" and typed is not None else details.number("low") or low
        high = typed if end == "high" and typed is not None else details.number("high") or high
        whole = (float(energy.min()), float(energy.max()))
        self.edit(
            edits.windowed(envelope, (low, high), whole), f"window {low:.2f} .. {high:.2f} eV"
        )
        self.draw_data()

    def shift(self, details: Details) -> None:
        """Declare a charge shift, or none."""
        from xps.recipe import Charge

        text, number = details.text("value").strip(), details.number("value")
        if text and number is None:
            raise InputError(f"{text[:40]!r} is no shift in eV; the old energy scale stays")
        charge = None if number is None else Charge(shift=number)
        self._scale(charge, f"charge shift {number:g} eV" if charge else "no charge shift")

    def reference(self, details: Details) -> None:
        """Refer the energy scale to a line, or to none."""
        from xps.recipe import Charge

        line = details.text("value")
        self._scale(Charge(line=line) if line else None, f"charge reference: {line or 'none'}")

    def _scale(self, charge: Any, deed: str) -> None:
        from dataclasses import replace

        given = asked(self.session)
        if given is None:
            raise InputError("add a species first; the energy scale is part of its recipe")
        sample = given.sample
        if charge is not None and len({r.sample for r in self.session.regions}) > 1:
            charge = charge.model_copy(update={"sample": sample})
        recipe = edits.scaled(given.recipe, sample, charge)
        self.fitter.preview(replace(given, recipe=recipe))
        self.session.record(recipe, deed)
        self.say(deed)
        self.moment = None
        self.draw_data()
        self.changed()

    def step(self, go: Callable[[], str], word: str) -> None:
        """Undo or redo."""
        deed = go()
        if not deed:
            raise InputError("there is nothing to undo" if word == "undone" else "nothing to redo")
        self.say(f"{word}: {deed}")
        self.draw_data()
        self.changed()

    # answering

    def changed(self) -> None:
        """The recipe is another one: preview it now, and have it fitted."""
        self.worker.kept["history"] = self.session.history
        self.worker.kept["current"] = self.session.current
        self.settled = None
        given = asked(self.session)
        if given is None:
            self.moment = None
            self.drawn.show_nothing()
            self.found = ()
            self.draw_panels()
            self.say(self._nothing())
            return
        near = None if self.moment is None else self.moment.live
        self.quick.submit(
            lambda: self.fitter.preview(given, near).moment(),
            lambda moment: self._previewed(given, moment),
            lane="preview",
            failed=lambda error: self._failed(given, error),
        )
        self.worker.submit(
            lambda: self.fitter.settled(given),
            lambda settled: self._fitted(given, settled),
            lane="fit",
            failed=lambda error: self._failed(given, error),
        )
        self.draw_panels()

    def _nothing(self) -> str:
        region = self.session.region
        if region.level:
            return f"the recipe has nothing for {region.label}; add a species to begin"
        return f"{region.label} names no core level; choose one under 'add' to begin"

    def _previewed(self, given: Asked, moment: Moment) -> None:
        if given.revision != self.session.revision or self.settled is not None:
            return
        self.moment = moment
        self.redraw()
        self.draw_panels()

    def _fitted(self, given: Asked, settled: Settled) -> None:
        from xps.live import Live

        if given.revision != self.session.revision:
            return
        self.settled = settled
        self.found = (*settled.notes, *settled.fit.findings)
        self.moment = Live.of(settled.fit).moment()
        self.redraw()
        self.draw_panels()

    def _failed(self, given: Asked, error: Exception) -> None:
        if given.revision == self.session.revision:
            self.say(sentence_of(error), "error")
            self.draw_answers("not fitted")

    def redraw(self) -> None:
        """Draw the model as it is."""
        if self.moment is not None:
            self.drawn.show(self.moment, selected=self.session.selected, hidden=self.session.hidden)

    def say(self, text: str, severity: str = "info") -> None:
        """Answer in the line under the bar."""
        self._put({"status": status_html(text, severity)})

    def draw_answers(self, waiting: str = "fitting …") -> None:
        """Show outcome, fractions and findings."""
        envelope = self.session.envelope
        fit = None if self.settled is None else self.settled.fit
        if envelope is None:
            nothing = '<h2>Fractions</h2><p class="muted">no recipe for this region</p>'
            self._put({"shares": nothing, "findings": ""})
            return
        answer = verdict_html(self.moment, fit, waiting)
        self._put(
            {
                "shares": answer + shares_html(envelope, self.moment, fit),
                "findings": findings_html(self.found, envelope, stale=fit is None),
            }
        )

    def draw_panels(self, *, force: bool = False) -> None:
        """Show the bar, the grid and the answers."""
        session, envelope = self.session, self.session.envelope
        fit = None if self.settled is None else self.settled.fit
        live = None if self.moment is None else self.moment.live
        if live is not None and envelope is not None:
            names = {c.name for c in live.envelope.components}
            live = live if names >= {c.name for c in envelope.components} else None
        energy, _ = self._measured()
        if force:
            self.shown = {name: text for name, text in self.shown.items() if name == "status"}
            self._put({"status": self.shown.pop("status", status_html("", "info"))})
        grid = (
            ""
            if envelope is None
            else grid_html(
                envelope, live=live, fit=fit, selected=session.selected, hidden=session.hidden
            )
        )
        bar = bar_html(session, self._window(energy), self._shift(), excel=has_excel())
        self._put({"bar": bar, "grid": grid}, force=force)
        self.draw_answers()

    def _shift(self) -> str:
        """The shift that the recipe declares, or that its reference line gives."""
        given = asked(self.session)
        recipe, region = self.session.recipe, self.session.region
        entry = None if recipe is None else recipe.charge_of(region.sample, region.label)
        if given is None or entry is None:
            return ""
        try:
            return f"{float(self.fitter.spectrum(given)['charge_shift']):.3f}"
        except InputError:
            return ""

    def _put(self, html: dict[str, str], *, force: bool = False) -> None:
        new = {k: text for k, text in html.items() if force or self.shown.get(k) != text}
        self.shown |= new
        if new:
            self.show(new, force=force)

    # taking away

    def export(self, details: Details) -> None:
        """Give the browser a file to keep."""
        kind, session = details.text("value"), self.session
        if not kind:
            return
        recipe, fit = session.recipe, None if self.settled is None else self.settled.fit
        if recipe is None:
            raise InputError("there is nothing to export yet; add a species first")
        self.worker.submit(
            lambda: exported(kind, session.path, recipe, fit),
            lambda file: self._exported(*file),
            lane="export",
            failed=lambda error: self.say(sentence_of(error), "error"),
        )

    def _exported(self, name: str, content: bytes) -> None:
        self.hand_over(name, content)
        self.say(f"{name} handed to the browser")

    def save(self, _: Details) -> None:
        """Fit all regions and write the result beside the file."""
        session, recipe = self.session, self.session.recipe
        if recipe is None:
            raise InputError("there is nothing to save yet; add a species first")
        self.say(f"fitting all regions of the recipe, to save them beside {session.path.name} …")
        self.worker.submit(
            lambda: saved(session.path, recipe, session.registry, _quietly),
            lambda folder: self.say(f"saved in {folder.name}, beside {session.path.name}"),
            lane="save",
            failed=lambda error: self.say(sentence_of(error), "error"),
        )


def _quietly(_step: str) -> None:
    """Say nothing of the steps: the line under the bar says what is being done."""
