"""The search for phases beside the main one: what is found joins the model, and so on."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import Assessment

from .candidates import BROADENINGS, look, supporting_lines
from .detection import Stranger, ask, residual_of
from .knowledge import Parameter
from .phase import Uneven, phase_model
from .refine import refine

if TYPE_CHECKING:
    from collections.abc import Callable

    from .candidates import Candidate, Evidence, Sighting
    from .detection import Residual
    from .phase import PhaseModel
    from .refine import Refinement

__all__ = ["Found", "Search"]

Array = NDArray[np.float64]

ALARM = 0.005
"""Share of pure powders that some candidate may be seen in."""
ROUNDS = 8
"""Phases that are found at most."""
B_DOUBT = 1.0
"""Standard uncertainty of the displacement parameters of what is found beside the main phase
[Angstrom^2];"""
TEXTURE = 0.07
"""and of its line intensities, relative: March's r from 0.8 to 1.2."""
SIZE_U = 0.5
"""How far widths of what is found may be from the main phase's, relative to these."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """A phase that was found beside the main one, and what spoke for it then."""

    sighting: Sighting
    evidence: Evidence


class Search:
    """The search for phases beside the main one: what is found joins the model, then again."""

    def __init__(
        self,
        candidates: list[Candidate],
        ghosts: dict[str, tuple[PhaseModel, float]],
        first: Refinement,
        tell: Callable[[str], None],
    ) -> None:
        self.candidates = candidates
        self.ghosts = ghosts
        self.refinement = first
        self.main = first
        self.tell = tell
        self.found: list[Found] = []
        self.radiation: dict[str, float] = {}
        self.sightings: dict[str, Sighting] = {}
        self.residual: Residual = residual_of(first)

    @property
    def threshold(self) -> float:
        """Standard deviations at which a candidate is seen: one-sided, all questions counted."""
        trials = sum(c.trials for c in self.candidates) * len(BROADENINGS) + len(self.ghosts)
        return NormalDist().inv_cdf(1.0 - ALARM / max(trials, 1.0))

    def run(self) -> None:
        """Search until nothing more is found, and keep the last sightings of all others."""
        if self.refinement.assessment is not Assessment.CONVERGED:
            return
        for _ in range(ROUNDS):
            self._look()
            best = max(self.sightings.values(), key=lambda s: s.significance, default=None)
            strongest = -np.inf if best is None else best.significance
            ghost, seen = self._ghost()
            if max(strongest, seen) < self.threshold:
                return
            if seen > strongest:
                self.radiation[ghost] = 0.0
            elif best is not None:
                evidence = supporting_lines(self.refinement, self.residual, best)
                self.found.append(Found(sighting=best, evidence=evidence))
            self._refine()
        self._look()

    def _look(self) -> None:
        """Ask for all candidates that were not found yet."""
        self.sightings = {}
        known = {found.sighting.candidate.name for found in self.found}
        for candidate in self.candidates:
            if candidate.name not in known:
                self.tell(candidate.name)
                sighting = look(self.refinement, self.residual, candidate)
                if sighting is not None:
                    self.sightings[candidate.name] = sighting

    def _ghost(self) -> tuple[str, float]:
        """Ask for the tube's other lines that were not found yet; the one most seen."""
        best = "", -np.inf
        for name, (phase, length) in self.ghosts.items():
            if name not in self.radiation:
                ghost = Stranger.beside(self.refinement, phase, wavelengths=(length,))
                told = ask(self.residual, [ghost.column()])
                best = max(best, (name, float(told.significance[0])), key=lambda pair: pair[1])
        return best

    def _ghost_columns(self) -> Array | None:
        columns = [
            Stranger.beside(
                self.refinement, self.ghosts[name][0], wavelengths=(self.ghosts[name][1],)
            ).column()
            for name in self._ghosts_in_order()
        ]
        return np.array(columns) if columns else None

    def _refine(self) -> None:
        """Refine the main phase with all that was found."""
        before, phases = self.refinement, [self.main.model.phases[0]]
        known: dict[str, dict[str, float]] = {}
        for found in self.found:
            phase, parameters = _joined(found, before)
            phases.append(phase)
            known |= parameters
        model = self.main.model.with_phases(phases, beneath=self._ghost_columns())
        for name, parameter in known.items():
            model = model.with_parameter(name, **parameter)
        start = before.start(model)
        for found in self.found:
            name = f"{found.sighting.candidate.name} scale"
            if name not in before.model.at:
                start[model.at[name]] = max(found.sighting.scale, 0.0)
        again = refine(model, before.counts, start=start)
        if again.assessment is not Assessment.CONVERGED:
            again = refine(model, before.counts)
        self.refinement = again
        self.residual = residual_of(again)
        scale = again.value(f"{phases[0].name} scale")
        last = model.smooth.stop - len(self.radiation)
        for i, name in enumerate(self._ghosts_in_order()):
            # Of a main phase of which nothing is left there are no lines to be a share of.
            share = float(again.values[last + i]) / scale if scale > 0.0 else 0.0
            self.radiation[name] = share

    def _ghosts_in_order(self) -> list[str]:
        return [name for name in self.ghosts if name in self.radiation]


def _joined(found: Found, refinement: Refinement) -> tuple[PhaseModel, dict[str, dict[str, float]]]:
    """Lay out a phase that was found, and what is known of it: much as the main phase is seen."""
    sighting = found.sighting
    candidate, main = sighting.candidate, refinement.model.phases[0].name
    model = refinement.model
    phase = phase_model(
        candidate.name,
        candidate.structure,
        model.diffractometer.wavelengths[0],
        (float(model.two_theta[0]), float(model.two_theta[-1])),
        uneven=Uneven(u=TEXTURE),
        own_b=Parameter(name="own B", value=0.0, u=0.0, doubt=B_DOUBT),
    )
    seen = {
        name: float(sighting.seen.values[i])
        for name, i in sighting.seen.model.at.items()
        if name.startswith(f"{candidate.name} ")
    }
    known: dict[str, dict[str, float]] = {}
    for key in ("size", "strain"):
        value = max(seen[f"{candidate.name} {key}"], refinement.value(f"{main} {key}"))
        if key == "size":
            value = max(seen[f"{candidate.name} size"], 1e-3)
        known[f"{candidate.name} {key}"] = {
            "value": value,
            "u": SIZE_U * value + 0.01,
            "high": 5.0,
        }
    step = float(np.ptp(candidate.stretches)) / max(len(candidate.stretches) - 1, 1)
    for i, direction in enumerate(phase.cells):
        length = float(phase.cell @ direction / np.abs(direction).sum())
        known[f"{candidate.name} cell {i}"] = {
            "value": seen[f"{candidate.name} cell {i}"],
            "u": abs(length) * max(step, 5e-4),
        }
    return phase, known
