"""What the view of a powder pattern shows, without a browser: curves, marks, a table, a zoom."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from references.registry import load
from references.rounding import plus_minus, rounded_up
from references.words import InputError

from ..axes import Scale, rescale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry
    from xrd.curves import Curves, Marks
    from xrd.recipe import Recipe
    from xrd.verdict import Purity, Sought

__all__ = ["Looked", "Shown", "chosen_of", "mass_of", "recipe_of", "table_of", "unlike"]

Array = NDArray[np.float64]

ABOUT = 1.2
"""Degrees on either side of a line that is looked at closely."""
CLOSE = 0.5
"""Degrees on either side of it that set the scale."""
FAINT = 0.005
"""Share of a phase's highest point below which its own curve is not drawn."""
STRONG = 0.05
"""Lines of the main phase from this share of the strongest are gone through one by one."""
APART = 0.05
"""Degrees from which on a line is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the user chose to see.

    Parameters
    ----------
    scale : {"linear", "root", "log"}
        Of the intensity.
    subtracted : bool
        Whether the background is taken off.
    hidden : frozenset of str
        Phases that are switched off.
    candidate : str
        The one that is looked at, none if empty.
    """

    scale: Scale = "root"
    subtracted: bool = False
    hidden: frozenset[str] = frozenset()
    candidate: str = ""

    def toggled(self, name: str) -> Shown:
        """Give it with a phase switched on or off."""
        return replace(self, hidden=self.hidden ^ {name})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Looked:
    """A verdict, and what is drawn of it.

    Parameters
    ----------
    found : Purity
    curves : Curves
    absent : dict
        Marks of candidates that are not in the model, made when they are asked for.
    """

    found: Purity
    curves: Curves
    registry: Registry
    absent: dict[str, Marks | None] = field(default_factory=dict[str, "Marks | None"])

    @classmethod
    def of(cls, found: Purity, registry: Registry) -> Looked:
        """Take a verdict apart."""
        from xrd.curves import curves_of

        return cls(found=found, curves=curves_of(found), registry=registry)

    def sought(self, name: str) -> Sought | None:
        """Give what was found of a phase."""
        return next((one for one in self.found.phases if one.name == name), None)

    def pattern(self, shown: Shown) -> dict[str, Array]:
        """Give the columns of the pattern: angles, observed, calculated, background, difference."""
        curves = self.curves
        kept = [name for name in curves.phases if name not in shown.hidden]
        everything = len(kept) == len(curves.phases)
        calculated = curves.calculated(None if everything else kept)
        off = curves.beneath if shown.subtracted else 0.0
        return {
            "two_theta": curves.two_theta,
            "counts": curves.observed,
            "observed": self._drawn(curves.observed - off, shown),
            "calculated": self._drawn(calculated - off, shown),
            "background": self._drawn(curves.beneath - off, shown),
            "difference": curves.difference(None if everything else kept),
        }

    def part(self, name: str, shown: Shown) -> Array:
        """Give the curve of one phase alone on the background; nothing of one that is hidden."""
        if name in shown.hidden:
            return np.full(self.curves.two_theta.shape, np.nan)
        off = 0.0 if shown.subtracted else self.curves.beneath
        part = self.curves.parts[name]
        there = part > FAINT * part.max(initial=0.0)
        return np.where(there, self._drawn(part + off, shown), np.nan)

    def could_be(self, shown: Shown) -> Array:
        """Give the curve with the candidate at its detection limit; nothing where it is found."""
        sought = self.sought(shown.candidate)
        if sought is None or sought.view is None or sought.name in self.curves.parts:
            return np.full(self.curves.two_theta.shape, np.nan)
        kept = [name for name in self.curves.phases if name not in shown.hidden]
        off = self.curves.beneath if shown.subtracted else 0.0
        column = sought.view.column / self.curves.exposure
        return self._drawn(self.curves.calculated(kept) + column - off, shown)

    def rows(self, shown: Shown) -> list[str]:
        """Give the phases that have a row of marks: those of the model, and the candidate."""
        names = list(self.curves.phases)
        if shown.candidate and shown.candidate not in names:
            names.append(shown.candidate)
        return names

    def marks(self, name: str) -> Marks | None:
        """Give where a phase has its lines; ``None`` where that is not known."""
        from xrd.curves import marks_of

        if name in self.curves.marks:
            return self.curves.marks[name]
        if name not in self.absent:
            try:
                self.absent[name] = marks_of(self.found, self.registry.phase(name))
            except InputError:
                self.absent[name] = None
        return self.absent[name]

    def best_line(self, name: str) -> float | None:
        """Two theta [degrees] of the line by which a phase is seen best."""
        sought = self.sought(name)
        if sought is not None and sought.view is not None:
            return sought.view.two_theta
        marks = self.marks(name)
        if marks is None or not marks.two_theta.size:
            return None
        return float(marks.two_theta[marks.share.argmax()])

    def whole(self, shown: Shown) -> tuple[float, float, float, float]:
        """Give the ends of the whole pattern: left, right, bottom, top."""
        x = self.curves.two_theta
        return float(x[0]), float(x[-1]), *self._heights(np.ones(x.size, dtype=bool), shown)

    def about(self, two_theta: float, shown: Shown) -> tuple[float, float, float, float]:
        """Give the ends of a close look at a line: left, right, bottom, top."""
        x = self.curves.two_theta
        left, right = max(two_theta - ABOUT, float(x[0])), min(two_theta + ABOUT, float(x[-1]))
        own = np.abs(x - two_theta) < CLOSE
        return left, right, *self._heights(own if own.any() else x > left, shown)

    def next_line(self, two_theta: float, step: int) -> float:
        """Give the main phase's next strong line, up or down from an angle."""
        marks = self.curves.marks[self.curves.phases[0]]
        places = marks.two_theta[marks.share >= STRONG]
        if not places.size:
            return two_theta
        beyond = (
            places[places > two_theta + 0.05] if step > 0 else places[places < two_theta - 0.05]
        )
        if not beyond.size:
            return float(places[0] if step > 0 else places[-1])
        return float(beyond[0] if step > 0 else beyond[-1])

    def _heights(self, near: NDArray[np.bool_], shown: Shown) -> tuple[float, float]:
        drawn = self.pattern(shown)
        seen = [drawn["observed"][near], drawn["calculated"][near]]
        if np.isfinite(could := self.could_be(shown)[near]).any():
            seen.append(could)
        y = np.concatenate(seen)
        low, high = float(y.min()), float(y.max())
        room = (high - low) or 1.0
        return low - 0.06 * room, high + 0.10 * room

    def _drawn(self, y: Array, shown: Shown) -> Array:
        return rescale(y, shown.scale, lowest=0.5 * self._least)

    @property
    def _least(self) -> float:
        """The smallest count that was seen, that a logarithm has a floor."""
        seen = self.curves.observed[self.curves.observed > 0]
        return float(seen.min()) if seen.size else 1.0


def unlike(found: Purity) -> str:
    """Say in a word how a model fails its pattern; nothing where it does not.

    Fractions are of the mass of the modelled phases: of a model that fails they mean nothing, and
    of one with a single phase they would be 100 %, whatever the pattern is of.
    """
    from references.words import Assessment
    from xrd.verdict import Verdict

    if found.described:
        return ""
    settled = found.refinement.assessment is Assessment.CONVERGED
    return "does not fit" if settled or found.verdict is Verdict.WRONG_PHASE else "not settled"


COLUMNS = ("phase", "presence", "mass", "limit", "sigma", "line")


def table_of(found: Purity, looked: Looked | None = None) -> dict[str, list[Any]]:
    """Give what is said of each phase as columns of text.

    Parameters
    ----------
    found : Purity
    looked : Looked, optional
        Knows the best line of what has no view of its own.

    Returns
    -------
    dict
        ``phase``, ``presence``, ``mass`` (or its bound) and detection ``limit`` in %, ``sigma``,
        and the ``line`` to look at; the main phase and what is there first, then by limits. Of a
        model that fails its pattern no phase has a mass.
    """
    from xrd.verdict import Presence

    order = list(Presence)

    def place(one: Sought) -> tuple[int, float]:
        limit = 0.0 if one.limits is None else one.limits.detection
        return order.index(one.presence), limit

    failed = unlike(found)
    alone = len(found.refinement.model.phases) == 1
    rows = [
        _row(one, looked, failed=failed, alone=alone) for one in sorted(found.phases, key=place)
    ]
    return {key: [row[key] for row in rows] for key in COLUMNS}


def _row(one: Sought, looked: Looked | None, *, failed: str, alone: bool) -> dict[str, str]:
    from xrd.verdict import Presence

    is_main = one.presence is Presence.MAIN
    word = failed if failed and is_main else str(one.presence).replace("_", " ")
    mass = "" if failed else "all modelled" if alone and is_main else mass_of(one)
    line = one.view.two_theta if one.view is not None else None
    if line is None and looked is not None and one.name in looked.curves.parts:
        line = looked.best_line(one.name)
    return {
        "phase": one.name,
        "presence": word,
        "mass": mass,
        "limit": "" if failed or one.limits is None else f"{100 * one.limits.detection:.2g}",
        "sigma": "" if one.significance is None else f"{one.significance:.1f}",
        "line": "" if line is None else f"{line:.2f}",
    }


def mass_of(one: Sought) -> str:
    """Write a phase's share of the crystalline mass in %, or its 95 % bound."""
    if one.fraction is not None:
        percent = one.fraction.scaled(100.0)
        return plus_minus(percent) if percent.u else f"{percent.value:.3g}"
    return "" if one.upper_limit is None else f"< {rounded_up(100 * one.upper_limit)}"


def recipe_of(
    before: Recipe,
    *,
    phase: str,
    chosen: Sequence[str],
    defaults: Sequence[str],
    radiation: str,
    elements: str,
    limit: float | None,
    scan: str,
) -> Recipe:
    """Give the recipe with what the user chose in the page; the rest of it stays.

    Parameters
    ----------
    before : Recipe
    phase : str
        Main phase.
    chosen, defaults : sequence of str
        Candidates that are asked for, and those of the library's that would be.
    radiation, elements : str
        As the command's options.
    limit : float or None
        What must be seen, in %.
    scan : str
        Its number, or nothing.

    Raises
    ------
    InputError
        If something cannot be.
    """
    from xrd.instrument import radiation_named

    from ...jobs.names import elements_named

    if limit is None or not 0.001 <= limit <= 100.0:
        raise InputError("what must be seen should be from 0.001 to 100 %")
    if radiation:
        radiation_named(radiation, load())
    candidates = tuple(name for name in chosen if name != phase)
    if set(candidates) == set(chosen_of(before, defaults)):
        # Nothing was changed, and the order in which they were named is the user's.
        candidates = before.candidates
    elif set(candidates) == set(defaults):
        candidates = ("default",)
    elif set(candidates) > set(defaults):
        candidates = ("default", *(name for name in candidates if name not in defaults))
    return before.model_copy(
        update={
            "phase": phase,
            "candidates": candidates,
            "limit_percent": float(limit),
            "elements": elements_named(elements, "the elements of the sample"),
            "scan": int(scan) if scan else None,
            "instrument": before.instrument.model_copy(update={"radiation": radiation}),
        }
    )


def chosen_of(recipe: Recipe, defaults: Sequence[str]) -> list[str]:
    """Give the candidates that a recipe asks for, those of the library by their names.

    Examples
    --------
    >>> from xrd.recipe import Recipe
    >>> chosen_of(Recipe(candidates=("default", "mine.cif")), ["LiCl"])
    ['LiCl', 'mine.cif']
    """
    found: list[str] = []
    for name in recipe.candidates:
        found += defaults if name == "default" else [name] if name != "none" else []
    return list(dict.fromkeys(found))
