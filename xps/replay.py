"""A stored fit drawn again over the spectrum it was made from; nothing is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import InputError

from .assemble import window_slice
from .background import ShirleyLoss, TougaardLoss, kernel_from, static_background
from .lineshape import lineshape

if TYPE_CHECKING:
    import xarray as xr

    from .envelope import Envelope
    from .stored import StoredFit

__all__ = ["Replay", "ResultError", "replay", "window_of"]

Array = NDArray[np.float64]


class ResultError(InputError):
    """A stored result that does not go with what it is used with: which part, and what to do."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Replay:
    """A stored fit over the spectrum it was made from.

    Attributes
    ----------
    energy : (n,) array
        Calibrated binding energy over the window [eV], ascending.
    measured, envelope, background : (n,) array
        In counts, or the spectrum's own intensity.
    lines : (lines, n) array
        Without background, in the order of the fit's lines.
    """

    energy: Array
    measured: Array
    envelope: Array
    background: Array
    lines: Array


def window_of(
    fit: StoredFit, envelope: Envelope, spectrum: xr.Dataset
) -> tuple[Array, Array, slice]:
    """Give calibrated energies [eV], data, and the channels of a fit's window.

    Raises
    ------
    ResultError
        If the spectrum does not reach over the window.
    """
    energy = np.asarray(spectrum["binding_energy"].values, dtype=float) + fit.charge.shift
    name = "counts" if "counts" in spectrum else "intensity"
    data = np.asarray(spectrum[name].values, dtype=float)
    try:
        inside = window_slice(envelope, energy)
    except InputError as error:
        raise ResultError(f"{error}; is this the spectrum that was fitted?") from None
    if fit.statistics.points != inside.stop - inside.start:
        raise ResultError(
            f"{fit.region}: the fit is of {fit.statistics.points} channels, this spectrum has "
            f"{inside.stop - inside.start} in its window; give the one that was fitted"
        )
    return energy, data, inside


def replay(fit: StoredFit, envelope: Envelope, spectrum: xr.Dataset) -> Replay:
    """Draw a stored fit's curves; nothing is fitted.

    Parameters
    ----------
    fit : StoredFit
    envelope : Envelope
        Its recipe.
    spectrum : Dataset
        On its stored axis.

    Returns
    -------
    Replay

    Raises
    ------
    ResultError
        If the spectrum is not the one that was fitted.
    """
    energy, data, inside = window_of(fit, envelope, spectrum)
    axis = energy[inside]
    lines = np.array(
        [
            line.area
            / fit.area_factor
            * lineshape(line.shape).density(axis, line.theta[None, :])[0]
            for line in fit.lines
        ]
    )
    peaks = lines.sum(axis=0)
    background = _background(fit, envelope, energy, data, inside, peaks)
    return Replay(
        energy=axis,
        measured=data[inside],
        envelope=peaks + background,
        background=background,
        lines=lines,
    )


def _background(
    fit: StoredFit, envelope: Envelope, energy: Array, data: Array, inside: slice, peaks: Array
) -> Array:
    chosen, stored = envelope.background, fit.background
    axis = energy[inside]
    if chosen.mode == "static":
        return static_background(chosen, energy, data, inside)
    curve = np.full(axis.size, stored.constant or 0.0)
    if stored.slope is not None:
        curve += stored.slope * (axis - (axis.mean() if stored.about is None else stored.about))
    if stored.loss is not None:
        shirley = chosen.kind == "shirley"
        loss = ShirleyLoss(axis) if shirley else TougaardLoss(axis, kernel_from(chosen.kernel))
        curve += stored.loss * loss.apply(peaks)
    return curve
