"""What lies beneath the lines: a smooth curve in the model, and a first guess of it.

A spline, not a polynomial: the hump of a glass or of a sample holder's dome takes as many terms of
a polynomial as a pattern of noise does, and then bends it everywhere. How smooth the spline is, the
refinement finds out.
"""

# scipy's splines and pybaselines give no types; they are asked here alone.
# pyright: basic
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["baseline", "smooth_rows"]

Array = NDArray[np.float64]

SPACING = 5.0
"""Degrees between knots, unless asked otherwise: the width of a glass's or a dome's hump."""
STIFFNESS = 0.36
"""Degrees over which a baseline may bend: what arpls takes by default at a step of 0.02 degrees."""


def smooth_rows(
    two_theta: Array, beneath: Array | None = None, spacing: float = SPACING
) -> tuple[Array, Array]:
    """Rows (terms, channels) whose sum is a background, and the penalty (terms, terms) of a bend.

    Cubic B-splines, and what no penalty holds: patterns that are known to lie ``beneath``. With
    coefficients b the penalty is b' P b, the sum of their squared second differences (P. H. C.
    Eilers and B. D. Marx, Stat. Sci. 11 (1996) 89).

    Examples
    --------
    >>> rows, penalty = smooth_rows(np.arange(10.0, 80.0, 0.02))
    >>> bool(np.allclose(rows.sum(axis=0), 1.0)), rows.shape[0] == len(penalty)
    (True, True)
    """
    from scipy.interpolate import BSpline

    first, last = float(two_theta[0]), float(two_theta[-1])
    parts = max(int(np.ceil((last - first) / spacing)), 1)
    step = (last - first) / parts
    knots = first + step * np.arange(-3, parts + 4)
    knots[parts + 3] = max(knots[parts + 3], last)
    splines = BSpline.design_matrix(two_theta, knots, 3).toarray().T
    second = np.diff(np.eye(len(splines)), n=2, axis=0)
    stacked = splines if beneath is None else np.vstack([splines, beneath])
    penalty = np.zeros((len(stacked), len(stacked)))
    penalty[: len(splines), : len(splines)] = second.T @ second
    return stacked, penalty


def baseline(two_theta: Array, counts: Array) -> Array:
    """Guess the background (channels,) of a pattern whose lines are not known.

    Asymmetrically reweighted penalized least squares (S.-J. Baek et al., Analyst 140 (2015) 250).

    Examples
    --------
    >>> x = np.arange(20.0, 40.0, 0.02)
    >>> peak = 1000.0 * np.exp(-((x - 30.0) ** 2) / 0.01)
    >>> bool(abs(baseline(x, 100.0 + x + peak)[500] - 130.0) < 2.0)
    True
    """
    from pybaselines.whittaker import arpls

    step = float(np.median(np.diff(two_theta)))
    found: Any = arpls(counts, lam=(STIFFNESS / step) ** 4)
    return np.asarray(found[0], dtype=float)
