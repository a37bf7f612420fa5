"""Peaks that no phase explains: a filter of the lines' own shape, run over what is left.

That a filter looks at many places is paid for by its threshold: 5 standard deviations in one place
are 3.6 in a pattern of 600 lines' width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .detection import Residual
    from .refine import Refinement

__all__ = ["Peak", "unexplained_peaks"]

Array = NDArray[np.float64]

LOCAL = 5.0
"""Standard deviations, in its place, of a peak that is told."""
UNSURE = 0.02
"""Relative standard uncertainty of the phases' own intensity in any one place."""
BROADENINGS = 1.0, 3.0
"""Widths of the peaks that are looked for, in those of the first phase's lines."""
STEPS = 4
"""Places in a width at which one is looked for."""
EDGE = 1.0
"""Widths from the ends of the pattern within which half a peak is none."""
REACH = 25.0
"""Widths to which a peak that is looked for has tails."""
MOST = 40
"""Peaks that are told at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """A peak that no phase explains.

    Attributes
    ----------
    two_theta, d : float
        Of K-alpha1 [degrees, Angstrom], displacement taken off.
    height : float
        Counts above what was calculated.
    significance : float
        In standard deviations, in its place.
    broadening : float
        Width in those of the first phase's lines.
    """

    two_theta: float
    d: float
    height: float
    significance: float
    broadening: float

    def to_dict(self) -> dict[str, float]:
        """Give the peak as JSON-ready values."""
        return {
            "two_theta_deg": self.two_theta,
            "d_A": self.d,
            "height": self.height,
            "significance": self.significance,
            "broadening": self.broadening,
        }


def unexplained_peaks(
    refinement: Refinement, residual: Residual, *, threshold: float = LOCAL
) -> tuple[Peak, ...]:
    """Find the peaks that are left, the most significant first.

    Each is taken off before the next is looked for, so that its flanks are none.
    """
    model = refinement.model
    places, peaks, broadenings = _templates(refinement)
    if not places.size:
        return ()
    white = peaks.multiply(1.0 / residual.sigma).tocsr()
    # With W the whitening, W' = W: (W t) r = t (W r), and |W t|^2 = t t - t (1 - W^2) t.
    hidden = ((white @ residual.basis.T) ** 2) @ (1.0 - (1.0 - residual.shrink) ** 2)
    whole = np.asarray(white.multiply(white).sum(axis=1)).ravel()
    usable = whole - hidden > 1e-6 * np.maximum(whole, 1e-300)
    size = np.sqrt(np.where(usable, whole - hidden, 1.0))
    # What the phases' own lines may be off by in the peak's place is no peak.
    there = refinement.calculated - refinement.beneath
    doubt = UNSURE * np.maximum(white @ (there / np.sqrt(refinement.calculated)), 0.0)
    doubt = doubt / np.maximum(whole, 1e-300)
    rest, found = residual.rest.copy(), list[Peak]()
    while len(found) < MOST:
        strength = np.where(usable, (white @ residual.whitened(rest)) / size, 0.0)
        strength /= np.hypot(residual.excess, doubt * size)
        best = int(strength.argmax())
        if strength[best] < threshold:
            break
        template = np.asarray(peaks[[best]].toarray())[0]
        scale = float(strength[best]) * np.hypot(residual.excess, doubt[best] * size[best])
        scale = float(scale / size[best])
        significance = min(float(strength[best]), _likely(refinement, template, scale))
        if significance < threshold:
            usable[best] = False
            continue
        rest = rest - scale * residual.seen(template)
        wavelength = model.diffractometer.wavelengths[0]
        true = _undisplaced(refinement, float(places[best]))
        found.append(
            Peak(
                two_theta=true,
                d=0.5 * wavelength / float(np.sin(np.radians(0.5 * true))),
                height=scale * float((template * model.exposure).max()),
                significance=significance,
                broadening=float(broadenings[best]),
            )
        )
    return tuple(sorted(found, key=lambda peak: -peak.significance))


def _undisplaced(refinement: Refinement, place: float) -> float:
    seen = refinement.model.diffractometer
    pull = float(seen.pull(np.array([np.radians(0.5 * place)]))[0])
    return place - pull * refinement.value("displacement") - seen.zero


def _templates(refinement: Refinement) -> tuple[Array, Any, Array]:
    """Peaks of K-alpha1 and 2 of unit area at many places: places, sparse columns, widths."""
    from scipy.sparse import csr_array

    from .profile import Lines, draw, line_width

    model = refinement.model
    x, at = model.two_theta, model.at
    first = next(iter(model.lines(model.phases[0], refinement.values)))
    order = np.argsort(first.position)
    axial, shape = refinement.value("axial squared"), refinement.value("shape")
    places: list[float] = []
    where: list[NDArray[np.intp]] = []
    heights, starts = list[Array](), [0]
    wide: list[float] = []
    for broadening in BROADENINGS:
        place = float(x[0])
        while place < x[-1]:
            gauss, lorentz = (
                float(np.interp(place, first.position[order], column[order]))
                for column in (first.gauss, first.lorentz)
            )
            width = float(line_width(np.array([gauss]), np.array([lorentz]))[0])
            lorentz += (broadening - 1.0) * width
            edge = EDGE * width * broadening
            # A gap in the scan holds no peak.
            measured = np.count_nonzero(np.abs(x - place) < 0.5 * width * broadening) >= 2
            if measured and x[0] + edge < place < x[-1] - edge:
                none = np.zeros((1, 0))
                reach = REACH * width * broadening
                begin = int(np.searchsorted(x, place - reach))
                end = int(np.searchsorted(x, place + reach))
                column = np.zeros(end - begin)
                for number, wavelength in enumerate(model.diffractometer.wavelengths):
                    sine = np.sin(np.radians(0.5 * place))
                    sine *= wavelength / model.diffractometer.wavelengths[0]
                    if sine >= 1.0:
                        continue
                    area = 1.0 if number == 0 else refinement.values[at["ratio"]]
                    there = 2.0 * float(np.degrees(np.arcsin(sine)))
                    one = [np.array([value]) for value in (there, area, gauss, lorentz)]
                    lines = Lines(*one, *[none] * 4)
                    draw(
                        x[begin:end],
                        lines,
                        axial,
                        shape,
                        (-1, -1),
                        column,
                        np.zeros((0, column.size)),
                    )
                places.append(place)
                where.append(np.arange(begin, end))
                heights.append(column)
                starts.append(starts[-1] + column.size)
                wide.append(broadening)
            place += width * broadening / STEPS
    if not places:
        return np.zeros(0), csr_array((0, x.size)), np.zeros(0)
    peaks = csr_array(
        (np.concatenate(heights), np.concatenate(where), np.array(starts)),
        shape=(len(places), x.size),
    )
    return np.array(places), peaks, np.array(wide)


def _likely(refinement: Refinement, template: Array, scale: float) -> float:
    """Root of what -2 ln L falls by with a peak: few counts scatter more upwards than downwards."""
    from scipy.special import xlogy

    near = template > 0.02 * template.max()
    mean, counts = refinement.calculated[near], refinement.counts[near]
    shape = (template * refinement.model.exposure)[near]
    # Few steps of Fisher's scoring from the linear estimate are enough; a peak is not negative.
    for _ in range(3):
        whole = mean + scale * shape
        step = float(shape @ (counts / whole - 1.0)) / float(shape @ (shape / whole))
        scale = max(scale + step, 0.0)
    whole = mean + scale * shape
    gain = 2.0 * float(np.sum(xlogy(counts, whole / mean) - (whole - mean)))
    return float(np.sqrt(max(gain, 0.0)))
