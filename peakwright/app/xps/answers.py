"""What the XPS view answers: curves from a preview at once, numbers from the fit when done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from references.words import InputError

from ..look import block, sentence_of
from .bar import bar_html, status_html
from .exports import has_excel
from .fitting import Fitter, asked
from .gestures import connect
from .grid import grid_html, numbers
from .help import HINT
from .memory import Memory
from .plot import drawing
from .side import findings_html, fitting, shares_html, verdict_html
from .style import PANELS, WRAPPED

if TYPE_CHECKING:
    from collections.abc import Callable

    from xps.live import Live, Moment
    from xps.result import Fit

    from ..worker import Worker
    from .fitting import Asked, Settled
    from .gestures import Details
    from .state import Session

__all__ = ["Answers"]

BLOCKS: dict[str, dict[str, Any]] = {
    "bar": {"sizing_mode": "stretch_width", "height": 66},
    "status": {"sizing_mode": "stretch_width"},
    "grid": {"sizing_mode": "stretch_width", "height": 172},
    "shares findings": {"sizing_mode": "stretch_both"},
}
"""Blocks of the page by the panels in them."""
SLOW = 0.7
"""Where the last fit took longer, the next one is shown before its uncertainties are there [s]."""


def _panels(names: str, **placed: Any) -> Any:
    html = "".join(
        f'<div class="panel {name}" data-panel="{name}"></div>' for name in names.split()
    )
    more = PANELS + (WRAPPED if names == "status" else "")
    return block(f'<div class="block">{html}</div>', more=more, margin=0, **placed)


def _never(_function: object, _wait: object) -> None:
    """A page that is only being prepared waits for nothing."""


class Answers:
    """One page's figures and panels, and what they show of its session.

    Attributes
    ----------
    session : Session
    moment : Moment or None
        The model that is drawn.
    taken : Live or None
        The state from which every preview of a drag starts.
    settled : Settled or None
        The fit of the recipe as it is now, once it is there.
    pace : float
        How long the last fit took [s].
    early : bool
        Whether the model that is drawn is the fit's, and only its uncertainties are not there.
    refused : str
        Why the recipe as it is now cannot be fitted.
    """

    def __init__(self, session: Session, worker: Worker, doc: Any) -> None:
        self.session = session
        memory = worker.kept.setdefault("fitted", Memory())
        self.fitter = Fitter(session.reading, session.registry, memory)
        self.worker, self.quick, self.ahead = worker, worker.another(), worker.another()
        self.after: Callable[..., Any] = getattr(doc, "add_timeout_callback", _never)
        self.resting = 0
        counted = "counts" in session.spectrum
        self.drawn = drawing("counts" if counted else "intensity")
        self.moment: Moment | None = None
        self.taken: Live | None = None
        self.settled: Settled | None = None
        self.pace, self.early, self.refused = 0.0, False, ""
        self.found: tuple[Any, ...] = ()
        self.shown: dict[str, str] = {}
        self.blocks = {name: _panels(name, **placed) for name, placed in BLOCKS.items()}
        self.out, self.show = connect(self.drawn, list(self.blocks.values()), self.told)

    def told(self, command: str, details: Details) -> None:
        """Do what the page says."""
        raise NotImplementedError

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
                self.say(sentence_of(error, "xps"), "error")
        name = "counts" if "counts" in spectrum else "intensity"
        shift = float(spectrum["charge_shift"]) if "charge_shift" in spectrum.coords else 0.0
        energy = np.asarray(spectrum["binding_energy"].values, dtype=float) + shift
        return energy, np.asarray(spectrum[name].values, dtype=float)

    def _window(self, energy: Any) -> tuple[float, float]:
        envelope = self.session.envelope
        whole = (float(energy.min()), float(energy.max()))
        return whole if envelope is None or envelope.window is None else envelope.window

    def changed(self, *, previewed: bool = False) -> None:
        """The recipe is another one: preview it now, and have it fitted.

        What was fitted before is there at once, and what a hand has just previewed stays in sight
        until its fit is there.
        """
        self.worker.kept["history"] = self.session.history
        self.worker.kept["current"] = self.session.current
        self.settled, self.early, self.refused = None, False, ""
        given = asked(self.session)
        if given is None:
            self.moment = None
            self.drawn.show_nothing()
            self.found = ()
            self.draw_panels()
            self.say(self._nothing())
            return
        self.quick.drop("preview")
        self.ahead.drop("early")
        if (known := self.fitter.known(given)) is not None:
            self.worker.drop("fit")
            self._fitted(given, known)
            return
        if previewed:
            self.redraw()
        else:
            self._preview(given)
        if self.pace > SLOW:
            self.ahead.submit(
                lambda: self.fitter.quickly(given),
                lambda fit: self._fitted_early(given, fit),
                lane="early",
                failed=lambda _: None,  # the fit itself will say so
            )
        self.worker.submit(
            lambda: self.fitter.settled(given),
            lambda settled: self._fitted(given, settled),
            lane="fit",
            failed=lambda error: self._failed(given, error),
        )
        self.draw_panels()

    def _preview(self, given: Asked) -> None:
        """Have the curves drawn from which the fit starts."""
        near = None if self.moment is None else self.moment.live
        self.quick.submit(
            lambda: self.fitter.preview(given, near).moment(),
            lambda moment: self._previewed(given, moment),
            lane="preview",
            failed=lambda error: self._failed(given, error),
        )

    def _nothing(self) -> str:
        region = self.session.region
        if region.level:
            return f"the recipe has nothing for {region.label}; add a species to begin"
        own = "bring a library of your own: `peakwright serve --library`"
        if region.named:
            return (
                f"the library has no species on {region.named}; begin with a free peak, under "
                f"“add”, or {own}"
            )
        if self.session.levels:
            return (
                f"{region.label} names no core level of the library; choose one that lies here "
                f"under “add” to begin, or {own}"
            )
        return (
            f"{region.label} names no core level of the library, and no species of it has a line "
            f"here; {own}"
        )

    def _previewed(self, given: Asked, moment: Moment) -> None:
        if given.revision != self.session.revision or self.settled is not None or self.early:
            return
        self.moment = moment
        self.redraw()
        self.draw_panels()

    def _fitted_early(self, given: Asked, fit: Fit | None) -> None:
        """Show where a slow fit ended, before its uncertainties are there."""
        from xps.live import ended

        if given.revision != self.session.revision or self.settled is not None or fit is None:
            return
        self.moment, self.early = ended(fit), True
        self.redraw()
        self.draw_panels()

    def _fitted(self, given: Asked, settled: Settled) -> None:
        from xps.live import ended

        if given.revision != self.session.revision:
            return
        self.settled, self.pace = settled, settled.seconds
        self.found = (*settled.notes, *settled.fit.findings)
        self.moment = ended(settled.fit)
        self.redraw()
        self.draw_panels()

    def _failed(self, given: Asked, error: Exception) -> None:
        if given.revision == self.session.revision:
            self.refused = sentence_of(error, "xps")
            self.say(self.refused, "error")
            self.draw_answers()

    def redraw(self) -> None:
        """Draw the model as it is."""
        if self.moment is not None:
            self.drawn.show(self.moment, selected=self.session.selected, hidden=self.session.hidden)

    def say(self, text: str, severity: str = "info") -> None:
        """Answer in the line under the bar."""
        self._put({"status": status_html(text, severity)})

    def draw_answers(self, waiting: str = "") -> None:
        """Show outcome, fractions and findings; without a fit, what is waited for."""
        envelope = self.session.envelope
        fit = None if self.settled is None else self.settled.fit
        if envelope is None:
            nothing = '<h2>Fractions</h2><p class="muted">no recipe for this region</p>'
            self._put({"shares": nothing, "findings": ""})
            return
        if self.refused and not waiting:
            self._put(
                {
                    "shares": verdict_html(None, None, "not fitted", self.refused),
                    "findings": findings_html((), envelope, stale=True, waiting="not fitted"),
                }
            )
            return
        answer = verdict_html(self.moment, fit, waiting or fitting(envelope, early=self.early))
        self._put(
            {
                "shares": answer + shares_html(envelope, self.moment, fit),
                "findings": findings_html(self.found, envelope, stale=fit is None),
            }
        )

    def draw_moving(self, moment: Moment) -> None:
        """Show numbers of the grid and fractions as they are with a component in the hand."""
        if self.settled is not None:
            self.settled = None
            self._draw_grid()
        self._put({"numbers": numbers(moment.live)})
        self.draw_answers("moving")

    def draw_rest(self, fit: Fit) -> None:
        """Show fractions and findings of a fit with a component held where it rests."""
        envelope = self.session.envelope
        if envelope is not None:
            answer = verdict_html(self.moment, None, "held")
            self._put(
                {
                    "shares": answer + shares_html(envelope, None, fit),
                    "findings": findings_html(self.found, envelope, stale=False),
                }
            )

    def draw_panels(self, *, force: bool = False) -> None:
        """Show the bar, the grid and the answers."""
        energy, _ = self._measured()
        if force:
            self.shown = {name: text for name, text in self.shown.items() if name == "status"}
            self._put({"status": self.shown.pop("status", status_html(HINT, "info"))})
        bar = bar_html(self.session, self._window(energy), self._shift(), excel=has_excel())
        self._put({"bar": bar}, force=force)
        self._draw_grid(force=force)
        self.draw_answers()

    def _draw_grid(self, *, force: bool = False) -> None:
        """Show the grid: of the fit where it is there, else of what is drawn."""
        session, envelope = self.session, self.session.envelope
        if envelope is None:
            self._put({"grid": ""}, force=force)
            return
        live = None if self.moment is None else self.moment.live
        if live is not None:
            names = {c.name for c in live.envelope.components}
            live = live if names >= {c.name for c in envelope.components} else None
        grid = grid_html(
            envelope,
            live=live,
            fit=None if self.settled is None else self.settled.fit,
            selected=session.selected,
            hidden=session.hidden,
            more=session.more,
        )
        self._put({"grid": grid}, force=force)

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
        if "numbers" in new:  # the grid is no longer as it was sent
            self.shown.pop("grid", None)
        if "grid" in new:
            self.shown.pop("numbers", None)
        if new:
            self.show(new, force=force)
