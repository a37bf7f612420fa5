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
from .grid import grid_html
from .help import HINT
from .plot import drawing
from .side import findings_html, shares_html, verdict_html
from .style import PANELS

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
    "status": {"sizing_mode": "stretch_width", "height": 22},
    "grid": {"sizing_mode": "stretch_width", "height": 172},
    "shares findings": {"sizing_mode": "stretch_both"},
}
"""Blocks of the page by the panels in them."""


def _panels(names: str, **placed: Any) -> Any:
    html = "".join(
        f'<div class="panel {name}" data-panel="{name}"></div>' for name in names.split()
    )
    return block(f'<div class="block">{html}</div>', more=PANELS, margin=0, **placed)


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
    """

    def __init__(self, session: Session, worker: Worker, doc: Any) -> None:
        self.session = session
        self.fitter = Fitter(session.reading, session.registry)
        self.worker, self.quick = worker, worker.another()
        self.after: Callable[..., Any] = getattr(doc, "add_timeout_callback", _never)
        self.resting = 0
        counted = "counts" in session.spectrum
        self.drawn = drawing("counts" if counted else "intensity")
        self.moment: Moment | None = None
        self.taken: Live | None = None
        self.settled: Settled | None = None
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
            self.say(sentence_of(error, "xps"), "error")
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
        session, envelope = self.session, self.session.envelope
        fit = None if self.settled is None else self.settled.fit
        live = None if self.moment is None else self.moment.live
        if live is not None and envelope is not None:
            names = {c.name for c in live.envelope.components}
            live = live if names >= {c.name for c in envelope.components} else None
        energy, _ = self._measured()
        if force:
            self.shown = {name: text for name, text in self.shown.items() if name == "status"}
            self._put({"status": self.shown.pop("status", status_html(HINT, "info"))})
        grid = (
            ""
            if envelope is None
            else grid_html(
                envelope,
                live=live,
                fit=fit,
                selected=session.selected,
                hidden=session.hidden,
                more=session.more,
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
