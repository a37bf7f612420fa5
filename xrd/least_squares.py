"""Least squares with coefficients that are not negative."""

# scipy gives no types here; it is asked in this place alone.
# pyright: basic
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["non_negative"]

Array = NDArray[np.float64]


def non_negative(columns: Array, told: Array) -> tuple[Array, float]:
    """Give the coefficients of columns (n, channels) that come nearest, and the distance left.

    Examples
    --------
    >>> found, rest = non_negative(np.eye(2), np.array([2.0, -1.0]))
    >>> found.tolist(), rest
    ([2.0, 0.0], 1.0)
    """
    from scipy.optimize import nnls

    if len(columns) == 0:
        return np.zeros(0), float(np.sqrt(told @ told))
    size = np.maximum(np.sqrt(np.sum(columns**2, axis=1)), 1e-300)
    found, rest = nnls((columns / size[:, None]).T, told)
    return found / size, float(rest)
