"""Axes whose scale can be changed while they are looked at: linear, root and logarithmic.

What is drawn is changed before it reaches the figure, and the axis' labels are changed back: one
figure has all three scales, and keeps its zoom along the other axis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["SCALES", "Scale", "rescale", "scaled"]

Scale = Literal["linear", "root", "log"]
SCALES: tuple[Scale, ...] = ("linear", "root", "log")
LOWEST = 1e-12
"""What is drawn on a logarithmic scale of what is smaller still."""

TICKS = """
const {start, end} = cb_data
const back = {linear: (y) => y, root: (y) => Math.sign(y) * y * y, log: (y) => 10 ** y}[scale]
const there = {linear: (y) => y, root: (y) => Math.sign(y) * Math.sqrt(Math.abs(y)),
  log: (y) => Math.log10(y)}[scale]
if (!(isFinite(start) && isFinite(end)) || start === end) return []
const [low, high] = start < end ? [start, end] : [end, start]
const nice = (step) => {
  const power = 10 ** Math.floor(Math.log10(step))
  return power * [1, 2, 5, 10].find((n) => n * power >= step * (1 - 1e-9))
}
const found = new Set()
if (scale === "log" && high - low > 1.2) {
  const every = Math.ceil((high - low) / 7)
  const within = high - low > 4 ? [0] : high - low > 2.2 ? [0, Math.log10(3)]
    : [0, Math.log10(2), Math.log10(5)]
  for (let k = Math.floor(low); k <= high; k++)
    if (k % every === 0) for (const more of within) found.add(k + more)
  return [...found].filter((y) => y >= low && y <= high)
}
if (scale === "root" && back(low) < 0.2 * back(high)) {
  for (let i = 0; i <= 5; i++) {
    const value = back(low + (high - low) * (i + 0.5) / 6)
    const step = nice(Math.max(Math.abs(value), back(high) / 100) / 4)
    found.add(there(Math.round(value / step) * step))
  }
  return [...found].filter((y) => y >= low && y <= high).sort((a, b) => a - b)
}
const [a, b] = [back(low), back(high)]
const step = nice((b - a) / 7)
for (let y = Math.ceil(a / step) * step; y <= b; y += step) {
  const value = Math.abs(y) < 1e-9 * step ? 0 : y
  if (scale !== "log" || value > 0) found.add(there(value))
}
return [...found]
"""
LABEL = """
const y = {linear: (y) => y, root: (y) => Math.sign(y) * y * y, log: (y) => 10 ** y}[scale](tick)
const size = Math.abs(y)
if (size < 1e-12) return "0"
if (size >= 1e5 || size < 1e-3) {
  const power = Math.floor(Math.log10(size) + 1e-9)
  const first = Number((y / 10 ** power).toPrecision(3))
  const digits = String(power).split("")
    .map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻")
    .join("")
  return (first === 1 ? "" : first + "·") + "10" + digits
}
return String(Number(y.toPrecision(4)))
"""


def rescale(y: ArrayLike, scale: Scale, *, lowest: float = LOWEST) -> NDArray[np.float64]:
    """Give numbers as they stand on an axis of some scale.

    Parameters
    ----------
    y : array
    scale : {"linear", "root", "log"}
    lowest : float
        Where smaller numbers are drawn on a logarithmic axis.

    Examples
    --------
    >>> rescale([0.0, 4.0, -9.0], "root").tolist(), rescale([100.0], "log").tolist()
    ([0.0, 2.0, -3.0], [2.0])
    """
    given = np.asarray(y, dtype=float)
    if scale == "root":
        return np.sign(given) * np.sqrt(np.abs(given))
    if scale == "log":
        return np.log10(np.maximum(given, lowest))
    return given


def scaled(axis: Any, scale: Scale) -> None:
    """Label an axis in the units of what was drawn, whatever its scale."""
    from bokeh.models import CustomJSTicker, CustomJSTickFormatter

    args = {"scale": scale}
    axis.ticker = CustomJSTicker(major_code=TICKS, minor_code="return []", args=args)
    axis.formatter = CustomJSTickFormatter(code=LABEL, args=args)
