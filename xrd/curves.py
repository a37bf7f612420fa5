"""What is drawn of a verdict, as plain arrays: counts, each phase's part, where its lines are.

Where channels were counted for different times, everything is for one unit of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.phase import Phase

from .detection import Stranger
from .phase import phase_model
from .structure import structure

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .phase import PhaseModel
    from .profile import Lines
    from .refine import Refinement
    from .structure import Structure
    from .verdict import Purity

__all__ = ["Curves", "Marks", "curves_of", "marks_of"]

Array = NDArray[np.float64]

FAINT = 0.005
"""Lines below this share of a phase's strongest have no mark."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marks:
    """Where a phase has lines in a pattern.

    Attributes
    ----------
    two_theta : (n,) array
        As they are seen, the sample's displacement with them [degrees].
    share : (n,) array
        Of the strongest.
    hkl : (n, 3) array
    """

    two_theta: Array
    share: Array
    hkl: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curves:
    """A refined pattern, taken apart.

    Attributes
    ----------
    two_theta, observed, beneath : (channels,) arrays
        Degrees; counts; counts of the background.
    exposure : (channels,) array
        Counting times that were taken off, in units of the usual one.
    parts : mapping of str to (channels,) array
        Counts of each phase of the model.
    marks : mapping of str to Marks
        Of each of them.
    """

    two_theta: Array
    observed: Array
    beneath: Array
    exposure: Array
    parts: Mapping[str, Array]
    marks: Mapping[str, Marks]
    _refinement: Refinement

    @property
    def phases(self) -> tuple[str, ...]:
        """Of the model, the main phase first."""
        return tuple(self.parts)

    def calculated(self, phases: Collection[str] | None = None) -> Array:
        """Give the counts of some of the phases on the background; of all if not given."""
        if phases is None:
            return self._refinement.calculated / self.exposure
        return self.beneath + sum(
            (part for name, part in self.parts.items() if name in phases),
            np.zeros_like(self.beneath),
        )

    def difference(self, phases: Collection[str] | None = None) -> Array:
        """Give observed less calculated, in standard deviations of the whole model's counts."""
        rest = (self.observed - self.calculated(phases)) * self.exposure
        return np.asarray(rest / np.sqrt(self._refinement.calculated), dtype=float)


def curves_of(found: Purity) -> Curves:
    """Take the pattern behind a verdict apart.

    Parameters
    ----------
    found : Purity

    Returns
    -------
    Curves

    Examples
    --------
    >>> from xrd import check, example
    >>> curves = curves_of(check(example("annealed"), candidates=[]))
    >>> curves.phases, bool(np.allclose(curves.calculated(["Li6PS5Cl"]), curves.calculated()))
    (('Li6PS5Cl',), True)
    """
    refinement = found.refinement
    model, values = refinement.model, refinement.values
    exposure = np.broadcast_to(np.asarray(model.exposure, dtype=float), refinement.counts.shape)
    return Curves(
        two_theta=model.two_theta,
        observed=refinement.counts / exposure,
        beneath=refinement.beneath / exposure,
        exposure=exposure,
        parts={phase.name: refinement.part(phase) / exposure for phase in model.phases},
        marks={
            phase.name: _marks(phase, next(iter(model.lines(phase, values))), model.two_theta)
            for phase in model.phases
        },
        _refinement=refinement,
    )


def marks_of(found: Purity, phase: Phase | Structure) -> Marks:
    """Give where a phase that is not in the model would have its lines, with the cell it states.

    Parameters
    ----------
    found : Purity
    phase : Phase or Structure

    Returns
    -------
    Marks

    Raises
    ------
    InputError
        If it has no structure.

    Examples
    --------
    >>> from references import load
    >>> from xrd import check, example
    >>> found = check(example("annealed"), candidates=[])
    >>> marks = marks_of(found, load().phase("LiCl"))
    >>> [round(float(place), 1) for place in marks.two_theta[:2]]
    [30.1, 34.9]
    """
    model = found.refinement.model
    x = model.two_theta
    crystal = structure(phase) if isinstance(phase, Phase) else phase
    ends = float(x[0]), float(x[-1])
    laid = phase_model(crystal.name, crystal, model.diffractometer.wavelengths[0], ends)
    return _marks(laid, Stranger.beside(found.refinement, laid).lines()[0], x)


def _marks(phase: PhaseModel, lines: Lines, x: Array) -> Marks:
    hkl = np.asarray(phase.reflections.hkl, dtype=np.int64)
    most = float(lines.area.max(initial=0.0))
    share = lines.area / most if most > 0.0 else np.zeros(lines.area.size)
    shown = (share > FAINT) & (lines.position > x[0]) & (lines.position < x[-1])
    order = np.argsort(lines.position[shown])
    return Marks(
        two_theta=lines.position[shown][order],
        share=share[shown][order],
        hkl=hkl[shown][order],
    )
