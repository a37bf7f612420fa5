"""The XPS view of one file: what the hands say is done to the recipe, and its answers are shown.

The recipe is the only thing that is edited (:mod:`.state`, :mod:`.edits`); curves come from a
preview at once and from the fit when it is done (:mod:`.fitting`), each in a thread of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from references.words import InputError

from ..look import download, sentence_of
from . import edits
from .bar import SLOPES, menu_html
from .details import SHAPES
from .exports import exported
from .fitting import Fitter, asked, saved
from .grid import shown
from .help import help_html
from .holding import Holding
from .state import History, begun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from references.registry import Registry
    from xps.envelope import Envelope

    from ..worker import Worker
    from .gestures import Details
    from .state import Session

__all__ = ["build", "prepare"]

OFFERED = 12
"""Species that a click in the residual offers."""


def build(
    path: Path, registry: Registry, worker: Worker, doc: Any, libraries: tuple[Path, ...] = ()
) -> Any:
    """Make the view of an XPS file.

    Parameters
    ----------
    path : Path
    registry : Registry
    worker : Worker
        Its ``kept`` may hold a recipe to begin with (``given``) or what was done before a reload
        (``history``).
    doc : bokeh.document.Document
    libraries : tuple of Path
        Library files of the user's own, of which the registry was made.

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
    return _View(session, worker, doc, libraries).layout


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


class _View(Holding):
    """One page's view: what its hands can do."""

    def __init__(
        self, session: Session, worker: Worker, doc: Any, libraries: tuple[Path, ...] = ()
    ) -> None:
        super().__init__(session, worker, doc)
        self.libraries = libraries
        self.carrier, self.hand_over = download()
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
            styles={
                "height": "var(--page-height, 100vh)",
                "min-height": "560px",
                "max-width": "100vw",  # whatever names are in the bar
            },
        )

    def told(self, command: str, details: Details) -> None:
        """Do what the page says; what cannot be done is said in a sentence, and nothing changes."""
        does: dict[str, Callable[[Details], None]] = {
            "ready": lambda _: self.draw_panels(force=True),
            "select": self.select,
            "mark": self.select,
            "next": self.select_next,
            "show": self.toggle,
            "more": self.tell_more,
            "help": lambda _: self.show({"help": help_html()}, force=False),
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
            "reshape": self.reshape,
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
            self.say(sentence_of(error, "xps"), "error")
            self.draw_panels(force=True)
            self.redraw()

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

    def tell_more(self, details: Details) -> None:
        """Show a component's line shape and doublet, or not."""
        self.session.more ^= {details.text("component", self.session.selected)}
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

    def delete(self, details: Details) -> None:
        """Leave a component out."""
        name = details.text("component", self.session.selected)
        self.edit(edits.deleted(self._envelope(), name), f"{name} deleted")

    def propose(self, details: Details) -> None:
        """Offer what a peak at a place of the residual may be."""
        from xps.candidates import candidates, lying_under
        from xps.sample import elements_in

        position = details.number("position")
        if position is None:
            return
        envelope = self._envelope()
        level = self._level(envelope)
        there = [c.species for c in envelope.components]
        elements = elements_in(self.session.reading.spectra)
        registry = self.session.registry
        offered = candidates(registry, level, position, there, elements=elements)[:OFFERED]
        under = [component.core_level for component in lying_under(envelope, registry)]
        self.show({"menu": menu_html(position, level, offered, under)}, force=False)

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
        if envelope is None and key == "free:":
            self._begin_free()
        elif envelope is None:
            self._begin(self.session.region.level, key)
        elif key == "free:":
            where = self._highest() if position is None else position
            new = edits.free_peak(envelope, self._level(envelope), where)
            self.session.selected = new.components[-1].name
            self.edit(new, f"free peak added at {where:.2f} eV")
        elif key.startswith("under:"):
            new = edits.added_under(envelope, self.session.registry, key.removeprefix("under:"))
            self.session.selected = new.components[-1].name
            self.edit(new, f"{self.session.selected} added")
        else:
            new = edits.added(envelope, self.session.registry, key, position)
            self.session.selected = new.components[-1].name
            self.edit(new, f"{key} added")

    def _begin(self, level: str, species: str = "") -> None:
        """Begin an envelope for a region that has none."""
        from xps.candidates import first_guess, free_guess
        from xps.envelope import default_envelope

        registry, spectrum = self.session.registry, self.session.spectrum
        if species:
            new = default_envelope(registry, level, [species])
        elif registry.lines(level):
            new = first_guess(spectrum, level, registry)
        else:
            new = free_guess(spectrum, level, level)
        region = self.session.region
        if level != region.level and spectrum.attrs.get("region"):
            # A recipe finds the region by the name that the file gives it.
            new = new.model_copy(update={"region": region.named or region.label})
        self.edit(new, f"begun with {new.components[0].name} on {level}")

    def _begin_free(self) -> None:
        """Begin with a component that is no species, on a region that names its core level."""
        from xps.candidates import free_guess

        level = self.session.region.named
        if not level:
            raise InputError(self._nothing())
        new = free_guess(self.session.spectrum, level, level)
        self.edit(new, f"begun with a free peak on {level} at {new.components[0].position} eV")

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
        envelope, where = self._envelope(), ""
        if edits.is_bare_fixed(envelope, name, text):
            value = self._shown(name, field)
            if value is not None:
                text, where = edits.held_as_shown(field, value), ", the value shown"
        changed = edits.edited(envelope, name, field, text)
        what = edits.word_of(field)
        self.edit(changed, f"{what} of {name}: {text.strip() or 'as the library has it'}{where}")

    def _shown(self, name: str, field: str) -> float | None:
        """What the page shows of a number; ``None`` where it shows none."""
        fit = None if self.settled is None else self.settled.fit
        live = None if self.moment is None else self.moment.live
        return shown(self._envelope(), name, field, live=live, fit=fit)

    def reshape(self, details: Details) -> None:
        """Take another line shape."""
        name, shape = details.text("component"), details.text("value")
        changed = edits.reshaped(self._envelope(), name, shape)
        self.edit(changed, f"line shape of {name}: {SHAPES.get(shape, shape)}")

    def background(self, details: Details) -> None:
        """Take another background."""
        kind, mode, beside = (*details.text("value").split(), "", "", "")[:3]
        slope = SLOPES.get(beside)
        changed = edits.renamed_background(self._envelope(), kind, mode, slope=slope)
        told = "" if slope is None else ", with a slope" if slope else ", without a slope"
        self.edit(changed, f"background: {kind}, {mode}{told}")

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
        samples = dict.fromkeys(region.sample for region in self.session.regions)
        others = [other for other in samples if other != given.sample]
        recipe = edits.scaled(given.recipe, given.sample, charge, others)
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

    def export(self, details: Details) -> None:
        """Give the browser a file to keep."""
        kind, session = details.text("value"), self.session
        if not kind:
            return
        recipe, fit = session.to_keep, None if self.settled is None else self.settled.fit
        if recipe is None:
            raise InputError("there is nothing to export yet; add a species or a free peak first")
        told = session.kept_and_left if kind == "toml" else ""
        self.worker.submit(
            lambda: exported(kind, session.path, recipe, fit),
            lambda file: self._exported(*file, told),
            lane="export",
            failed=lambda error: self.say(sentence_of(error, "xps"), "error"),
        )

    def _exported(self, name: str, content: bytes, told: str) -> None:
        self.hand_over(name, content)
        self.say(f"{name} handed to the browser{f'; {told}' if told else ''}")

    def save(self, _: Details) -> None:
        """Fit all regions but guesses that nobody looked at, and write the result."""
        session, recipe = self.session, self.session.to_keep
        if recipe is None:
            raise InputError("there is nothing to save yet; add a species or a free peak first")
        told = session.kept_and_left
        beside = f"; {told}" if told else ""
        self.say(f"fitting the regions, to save them beside {session.path.name} …")
        self.worker.submit(
            lambda: saved(session.path, recipe, session.registry, _quietly, self.libraries),
            lambda folder: self.say(f"saved in {folder.name}, beside {session.path.name}{beside}"),
            lane="save",
            failed=lambda error: self.say(sentence_of(error, "xps"), "error"),
        )


def _quietly(_step: str) -> None:
    """Say nothing of the steps: the line under the bar says what is being done."""
