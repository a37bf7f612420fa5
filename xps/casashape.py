"""Line shapes in CasaXPS's words: the same function where it has one, else the nearest.

=====================  =====================  =================================================
shape here             in CasaXPS             how near
=====================  =====================  =================================================
gaussian, lorentzian   GL(0), GL(100)         the same function
gl_product, gl_sum     GL(100 m), SGL(100 m)  the same function
pseudo_voigt           SGL(100 m)             the same function: a share of areas becomes one of
                                              heights, m = eta a/[(1 - eta) b + eta a]
la                     LA(high, low, 0)       the same function, if CasaXPS means the true width
voigt                  SGL or GL              nearest in profile; how far is measured
doniach_sunjic, mahan  LA(high, low, 0)       nearest in profile; how far is measured
=====================  =====================  =================================================

with a = sqrt(pi/ln2)/2 and b = pi/2, the areas of a Gaussian and a Lorentzian of unit height and
width. CasaXPS's LA may also be convolved with a Gaussian, by an integer from 0 to 499; how wide
that Gaussian is has not been published well enough to repeat, so none is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .lineshape import GAUSS_AREA, LORENTZ_AREA, LineShape, lineshape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["CasaShape", "mix_by_height", "to_casaxps"]

Array = NDArray[np.float64]

REACH = 15.0
"""How far from a line two shapes are compared, in full widths."""
POINTS = 3001
STARTS = ((1.2, 0.9), (3.0, 0.8), (1.0, 0.6))
"""Exponents (low, high) from which the nearest LA is sought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CasaShape:
    """A line in CasaXPS's words.

    Parameters
    ----------
    text : str
        For instance ``"SGL(30)"``.
    position, fwhm : float
        Binding energy [eV] and true full width [eV] that go with it.
    exact : bool
        Whether it is known to be the same function; of an LA it never is, for whether CasaXPS
        means the true width or that of the formula is not settled.
    misplaced : float
        Area that lies elsewhere than in the fit, as a part of the line's area, 0 to 1.
    highest : float
        Largest deviation of the profile, as a part of the line's maximum.
    nominal : float
        True width over the width in LA's own formula; 1 for every other shape.
    """

    text: str
    position: float
    fwhm: float
    exact: bool = True
    misplaced: float = 0.0
    highest: float = 0.0
    nominal: float = 1.0


def mix_by_height(area_mix: float) -> float:
    """Convert a Lorentzian share of areas into one of heights, the inverse of ``mix_by_area``.

    Parameters
    ----------
    area_mix : float
        Share eta of a pseudo-Voigt line, 0 to 1.

    Returns
    -------
    float
        m = eta a/[(1 - eta) b + eta a], with a = sqrt(pi/ln2)/2 and b = pi/2.

    Examples
    --------
    >>> round(mix_by_height(0.3874154416), 10)
    0.3
    """
    gauss = area_mix * GAUSS_AREA
    return gauss / ((1.0 - area_mix) * LORENTZ_AREA + gauss)


def to_casaxps(shape: str, position: float, fwhm: float, parameters: Iterable[float]) -> CasaShape:
    """Give a line in CasaXPS's words.

    Parameters
    ----------
    shape : str
        Name of the line shape.
    position, fwhm : float
        Binding energy and true full width [eV].
    parameters : iterable of float
        The shape's own parameters, in their order.

    Returns
    -------
    CasaShape
        The same function, or the nearest that CasaXPS is known to compute, and how far it is.

    Raises
    ------
    ValueError
        If there is no such shape, or it has another number of parameters.

    Examples
    --------
    >>> to_casaxps("gl_product", 161.5, 1.1, [0.3]).text
    'GL(30)'
    >>> near = to_casaxps("voigt", 161.5, 1.1, [0.4])
    >>> near.exact, round(100 * near.misplaced, 1) < 2
    (False, True)
    """
    values = [float(value) for value in parameters]
    if len(values) != len(lineshape(shape).parameters):
        raise ValueError(
            f"shape {shape!r} has {len(lineshape(shape).parameters)} parameters, not {len(values)}"
        )
    match shape, values:
        case "gaussian", []:
            text = "GL(0)"
        case "lorentzian", []:
            text = "GL(100)"
        case "gl_product", [mix]:
            text = f"GL({_percent(mix)})"
        case "gl_sum", [mix]:
            text = f"SGL({_percent(mix)})"
        case "pseudo_voigt", [mix]:
            text = f"SGL({_percent(mix_by_height(mix))})"
        case "la", [low, high]:
            return _la(position, fwhm, low, high)
        case _:
            return _nearest(lineshape(shape), np.array([[position, fwhm, *values]]))
    return CasaShape(text=text, position=position, fwhm=fwhm)


def _percent(mix: float) -> str:
    """Give 100 m as the shortest text from which exactly m comes back."""
    percent = 100.0 * mix
    for text in (f"{percent:.12g}", repr(percent)):
        if float(text) / 100.0 == mix:
            return text
    return repr(percent)


def _la(position: float, fwhm: float, low: float, high: float) -> CasaShape:
    """CasaXPS names the exponent of the high binding energy side first."""
    half = sum(np.sqrt(np.expm1(np.log(2.0) / exponent)) for exponent in (low, high))
    return CasaShape(
        text=f"LA({high!r},{low!r},0)",
        position=position,
        fwhm=fwhm,
        exact=False,
        nominal=0.5 * float(half),
    )


def _nearest(shape: LineShape, theta: Array) -> CasaShape:
    """Seek the nearest of CasaXPS's shapes, of equal area, over some widths about the line."""
    place, width = float(shape.maximum(theta)[0]), float(theta[0, 1])
    v = np.linspace(-REACH, REACH, POINTS)
    wanted = shape.density(place + width * v, theta)[0] * width
    if shape.symmetric:
        found = [_symmetric(name, wanted, v) for name in ("gl_sum", "gl_product")]
        _, name, mix = min(found)
        near = np.array([[0.0, 1.0, mix]])
        title = "SGL" if name == "gl_sum" else "GL"
        text, nominal = f"{title}({_percent(mix)})", 1.0
    else:
        name, near = "la", _asymmetric(wanted, v)
        found_la = _la(0.0, 1.0, *(float(value) for value in near[0, 2:]))
        text, nominal = found_la.text, found_la.nominal
    difference = lineshape(name).density(v, near)[0] - wanted
    return CasaShape(
        text=text,
        position=place + width * float(near[0, 0]),
        fwhm=width * float(near[0, 1]),
        exact=False,
        misplaced=0.5 * float(np.abs(difference).sum() * (v[1] - v[0])),
        highest=float(np.abs(difference).max() / wanted.max()),
        nominal=nominal,
    )


def _symmetric(name: str, wanted: Array, v: Array) -> tuple[float, str, float]:
    """The share of the Lorentzian that comes nearest, at the same width: squares, name, share."""

    def misfit(p: Array) -> Array:
        return lineshape(name).density(v, np.array([[0.0, 1.0, p[0]]]))[0] - wanted

    low, high, start = lineshape(name).bounds("mix")
    found = _least_squares(misfit, [start], ([low], [high]))
    mix = round(float(found[0]), 4)  # a share of heights is not known better than that
    return float(np.sum(misfit(np.array([mix])) ** 2)), name, mix


def _asymmetric(wanted: Array, v: Array) -> Array:
    """The LA of equal area that comes nearest: theta (1, 4) in widths of the line."""
    la = lineshape("la")
    lowest, highest = la.limits[0][:2]

    def misfit(p: Array) -> Array:
        return la.density(v, p[None, :])[0] - wanted

    bounds = ([-1.0, 0.3, lowest, lowest], [1.0, 3.0, highest, highest])
    found = [_least_squares(misfit, [0.0, 1.0, *start], bounds) for start in STARTS]
    best = min(found, key=lambda p: float(np.sum(misfit(p) ** 2)))
    return np.round(best, 6)[None, :]


def _least_squares(
    misfit: Callable[[Array], Array], start: list[float], bounds: tuple[list[float], list[float]]
) -> Array:
    """Adapter to scipy."""
    from scipy import optimize

    solver: Any = getattr(optimize, "least_squares")  # noqa: B009 - it has no types
    return np.asarray(solver(misfit, start, bounds=bounds).x, dtype=np.float64)
