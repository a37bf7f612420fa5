"""A component in the hand: previews while it is held, an edit of the recipe when it is let go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from references.words import InputError

from . import edits
from .answers import Answers
from .fitting import asked

if TYPE_CHECKING:
    from xps.envelope import Envelope
    from xps.live import Held, Moment

    from .fitting import Asked, Settled
    from .gestures import Details
    from .state import History

__all__ = ["Holding"]

WIDER = 1.04
"""A step of the wheel makes a line so much wider."""
WITHIN = 0.002
"""How far inside its window a moved line stays [eV]."""
REST = 300
"""After so long without a move what is held is fitted there, later where fits are slow [ms]."""
LONGEST_REST = 1500


class Holding(Answers):
    """What is done to one component at a time, and how any edit is taken."""

    def take(self, details: Details) -> None:
        """Remember the state from which every preview of this drag starts."""
        self.taken = None if self.moment is None else self.moment.live
        self.session.selected = details.text("component", self.session.selected)
        self.worker.drop("fit")
        self.quick.drop("preview")
        self.ahead.drop("early")
        if why := self._why_held(self.session.selected, details.text("field", "position")):
            self.say(why, "error")

    def _why_held(self, name: str, field: str) -> str:
        """Say why a hand cannot move something of a component; empty where it can."""
        envelope = self.session.envelope
        names = [] if envelope is None else [c.name for c in envelope.components]
        if envelope is None or name not in names or field not in edits.FIELDS:
            return ""
        component = edits.component_of(envelope, name)
        if field == "position" and self.taken is not None and self._tied(name):
            return (
                f"{name} follows another component ({component.position}); drag that one, or free "
                f"{name} in the grid"
            )
        return edits.why_held(component, field, names)

    def _tied(self, name: str) -> bool:
        taken = self.taken
        there = taken is not None and name in [c.name for c in taken.envelope.components]
        return taken is not None and there and taken.reach(name).tied

    def _held(self, details: Details) -> Held | None:
        """Where a component is held; ``None`` where nothing of it can be."""
        from xps.live import Held

        name, taken = details.text("component"), self.taken
        if taken is None or name not in [c.name for c in taken.envelope.components]:
            return None
        steps, position = details.number("steps"), details.number("position")
        if self._why_held(name, "position" if steps is None else "fwhm"):
            return None
        if steps is not None:
            steps = min(max(steps, -60.0), 60.0)
            return Held(component=name, fwhm=taken.reach(name).width * WIDER**steps)
        if position is None:
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
        self.quick.submit(
            lambda: taken.moment(held), lambda moment: self._held_there(held, moment), lane="hold"
        )

    def _held_there(self, held: Held, moment: Moment) -> None:
        self.moment = moment
        self.drawn.show(
            moment, selected=self.session.selected, hidden=self.session.hidden, handles=False
        )
        self.draw_moving(moment)
        self.resting += 1
        count = self.resting
        # Who lets go waits for a fit that has begun: a slow one begins when a hand really rests.
        rest = min(max(REST, int(1000 * self.pace)), LONGEST_REST)
        self.after(lambda: self._rested(held, count), rest)

    def _rested(self, held: Held, count: int) -> None:
        """Fit what is held where it rests: fractions and findings of that place."""
        given = asked(self.session)
        if count != self.resting or self.taken is None or given is None or held.position is None:
            return
        try:
            fixed = edits.edited(
                given.envelope, held.component, "position", f"{held.position:.3f} fixed"
            )
        except InputError:
            return
        others = tuple(fixed if e is given.envelope else e for e in given.recipe.envelopes)
        trial = replace(
            given, recipe=given.recipe.model_copy(update={"envelopes": others}), envelope=fixed
        )
        self.worker.submit(
            lambda: self.fitter.settled(trial),
            lambda settled: self._fitted_at_rest(settled, count),
            lane="rest",
            failed=lambda _: None,
        )

    def _fitted_at_rest(self, settled: Settled, count: int) -> None:
        """Show fractions and findings of the place where a component rests."""
        if count == self.resting and self.moment is not None:
            self.found = (*settled.notes, *settled.fit.findings)
            self.draw_rest(settled.fit)

    def let_go(self) -> None:
        """Ask no more about the place where a component was held."""
        self.resting += 1
        self.quick.drop("hold")
        self.worker.drop("rest")

    def release(self, details: Details) -> None:
        """Keep what was done to a component, and fit freely from there."""
        self.let_go()
        held, envelope = self._held(details), self.session.envelope
        if held is None or envelope is None:
            self.redraw()
            self.changed()
            return
        try:
            self._keep(envelope, held)
        except InputError:
            self.cancel(details)
            raise

    def _keep(self, envelope: Envelope, held: Held) -> None:
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
        self.edit(changed, deed, previewed=self.taken is not None)

    def cancel(self, _: Details) -> None:
        """Let go without having done anything."""
        self.let_go()
        if self.taken is not None:
            self.moment = self.taken.moment()
        self.redraw()
        self.changed()

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
        self.edit(changed, f"{name} {what} {value:.2f} eV{wide}", previewed=True)

    def edit(self, envelope: Envelope, deed: str, *, previewed: bool = False) -> None:
        """Take another envelope, if a fit could begin with it."""
        given = asked(self.session)
        if given is not None:
            place = self.session.place
            assert place is not None
            others = given.recipe.envelopes
            new = (*others[:place], envelope, *others[place + 1 :])
            trial = given.recipe.model_copy(update={"envelopes": new})
            self._try(trial, envelope, given)
        before = self.session.history
        self.session.change(envelope, deed)
        if given is None:
            self._try_first(before)
        self.say(deed)
        self.changed(previewed=previewed)

    def _try(self, recipe: Any, envelope: Envelope, given: Asked) -> None:
        """Refuse what no fit could begin with, before it is taken."""
        self.fitter.preview(replace(given, recipe=recipe, envelope=envelope))

    def _try_first(self, before: History) -> None:
        """Take back the first envelope of a region that no fit could begin with."""
        given = asked(self.session)
        if given is None:
            self.session.take_back(before)
            raise InputError(
                f"a recipe cannot mean {self.session.region.label}: other spectra of the file have "
                "the same name, or none; open it as a file of its own"
            )
        try:
            self.fitter.preview(given)
        except InputError:
            self.session.take_back(before)
            raise

    def _envelope(self) -> Envelope:
        envelope = self.session.envelope
        if envelope is None:
            raise InputError("the recipe has nothing for this region yet; add a species first")
        return envelope
