"""Backgrounds: what inelastic losses and other lines put under the peaks.

Two kinds. A *static* background is computed from the data first and held (:func:`constant`,
:func:`linear`, :func:`shirley`, :func:`tougaard`). An *active* one is a linear operator on the
peaks and is fitted with them (:class:`ShirleyLoss`, :class:`TougaardLoss`)::

    mu = c0 + c1 (E - E_ref) + (1 + kappa G) sum_j A_j phi_j

The axis is ascending binding energy in eV, regular or not; sums carry the step, so that a curve
depends neither on the step nor on the direction in which the spectrum was taken. The loss at an
energy comes from lines at lower binding energy.

Literature: D. A. Shirley, Phys. Rev. B 5, 4709 (1972); S. Tougaard, Solid State Commun. 61, 547
(1987) and Surf. Sci. 216, 343 (1989); S. Hajati et al., Surf. Sci. 600, 3015 (2006); R. Hesse et
al., Surf. Interface Anal. 43, 1514 (2011).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .envelope import Background

__all__ = [
    "U2",
    "U3",
    "BackgroundError",
    "Kernel",
    "ShirleyLoss",
    "StaticBackground",
    "TougaardLoss",
    "constant",
    "end_level",
    "kernel_from",
    "linear",
    "shirley",
    "static_background",
    "tougaard",
    "trapezoid_weights",
]

Array = NDArray[np.float64]

UNIVERSAL_B = 2866.0
"""B of the universal loss cross-section [eV^2]."""
UNIVERSAL_C = 1643.0
"""C of the universal loss cross-section [eV^2]."""
TOLERANCE = 1e-9
"""Shirley's iteration ends when no channel moves by more than this part of the step height."""
GAP_TOLERANCE = 1e-6
"""Rounding of an energy axis [eV]: a loss this close below the gap counts as at the gap."""


class BackgroundError(InputError):
    """A background that cannot be computed: what was given, what was expected, what to do."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StaticBackground:
    """A background computed from the data.

    Parameters
    ----------
    curve : (n,) array
        Background over the channels inside the window, in the unit of the data.
    iterations : int
        Iterations made; 0 where none are needed.
    converged : bool
        Whether the iteration reached its tolerance.
    factor : float
        What the kernel was multiplied by so that the curve meets the data; 1 where it was not.
    """

    curve: Array
    iterations: int = 0
    converged: bool = True
    factor: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """An inelastic-loss cross-section K(T) = B T/((C + sign T^2)^2 + D T^2), zero below a gap.

    Parameters
    ----------
    B, C, D : float
        In eV^2.
    sign : int
        +1 for the two-parameter form, -1 for the three-parameter form.
    gap : float
        Energy below which nothing is lost [eV].

    Raises
    ------
    BackgroundError
        If a parameter is not finite, B or the gap is negative, or K has a pole.

    Examples
    --------
    >>> round(float(U2()(np.array([23.402]))[0]), 7)
    0.013976
    """

    B: float
    C: float
    D: float = 0.0
    sign: int = 1
    gap: float = 0.0

    def __post_init__(self) -> None:
        given = f"B = {self.B:g}, C = {self.C:g}, D = {self.D:g}, gap = {self.gap:g}"
        if not np.all(np.isfinite([self.B, self.C, self.D, self.gap])):
            raise BackgroundError(f"a Tougaard kernel takes finite numbers, not {given}")
        if self.B < 0 or self.D < 0 or self.gap < 0 or self.sign not in {-1, 1}:
            raise BackgroundError(
                f"a Tougaard kernel takes B, D and gap >= 0 and sign +1 or -1, not {given}, "
                f"sign = {self.sign}"
            )
        if self.C == 0 or (self.D == 0 and self.sign * self.C < 0):
            raise BackgroundError(
                f"the Tougaard kernel with {given} is infinite at a loss of "
                f"{abs(self.C) ** 0.5:g} eV; give D > 0, or use the two-parameter form U2"
            )

    def __call__(self, loss: Array) -> Array:
        """Give K [1/eV] at energy losses T [eV]; zero below the gap and for T <= 0."""
        square = loss * loss
        below = self.C + self.sign * square
        below *= below
        if self.D:
            square *= self.D
            below += square
        value = np.divide(loss, below, out=below)
        value *= self.B
        value *= loss >= max(self.gap - GAP_TOLERANCE, 0.0)
        return value


def U2(B: float = UNIVERSAL_B, C: float = UNIVERSAL_C, *, gap: float = 0.0) -> Kernel:
    """Give a two-parameter cross-section, by default Tougaard's universal one.

    K(T) = B T/(C + T^2)^2. CasaXPS writes it as B T/(C - T^2)^2 with C negative; either sign of C
    is understood.

    Parameters
    ----------
    B, C : float
        In eV^2.
    gap : float
        Energy below which nothing is lost [eV].

    Returns
    -------
    Kernel
        The cross-section; its integral is B/(2 C), its maximum lies at sqrt(C/3).

    Examples
    --------
    >>> U2(2684.4, -450) == U2(2684.4, 450)
    True
    """
    return Kernel(B=B, C=abs(C), gap=gap)


def U3(B: float, C: float, D: float, gap: float = 0.0) -> Kernel:
    """Give a three-parameter cross-section K(T) = B T/((C - T^2)^2 + D T^2), zero for T < gap.

    Parameters
    ----------
    B, C, D : float
        In eV^2.
    gap : float
        Energy below which nothing is lost [eV].

    Returns
    -------
    Kernel
        The cross-section.

    Examples
    --------
    >>> round(float(U3(335.44588, 551, 436, 3)(np.array([20.0]))[0]), 6)
    0.034021
    """
    return Kernel(B=B, C=C, D=D, sign=-1, gap=gap)


def kernel_from(parameters: Sequence[float]) -> Kernel:
    """Give the cross-section of up to four numbers B, C, D, gap; what is missing is U2's.

    Parameters
    ----------
    parameters : sequence of float
        B, C, D [eV^2] and gap [eV]. With D missing or zero the form is that of :func:`U2`, else
        that of :func:`U3`.

    Returns
    -------
    Kernel
        The cross-section.

    Raises
    ------
    BackgroundError
        If there are more than four numbers, or they make no kernel.

    Examples
    --------
    >>> kernel_from(()) == U2()
    True
    >>> kernel_from((335.4, 551, 436, 3)) == U3(335.4, 551, 436, 3)
    True
    """
    if len(parameters) > 4:
        raise BackgroundError(
            f"a Tougaard kernel is B, C, D and gap, not {len(parameters)} numbers"
        )
    defaults = (UNIVERSAL_B, UNIVERSAL_C, 0.0, 0.0)
    B, C, D, gap = (*parameters, *defaults[len(parameters) :])
    return U3(B, C, D, gap) if D else U2(B, C, gap=gap)


def end_level(y: Array, index: int, points: int) -> float:
    """Give the mean of the channels about a window's end.

    The average is centred on the end channel, so that half of its other channels lie outside the
    window (CasaXPS's convention); at the end of the data it takes those that exist.

    Parameters
    ----------
    y : (n,) array
        Data over the whole axis.
    index : int
        The window's first or last channel.
    points : int
        How many channels, odd.

    Returns
    -------
    float
        The mean.

    Raises
    ------
    BackgroundError
        If ``points`` is not odd and positive, or ``index`` is not a channel.

    Examples
    --------
    >>> end_level(np.array([1.0, 2.0, 6.0, 0.0]), 1, 3)
    3.0
    """
    if points < 1 or points % 2 == 0:
        raise BackgroundError(
            f"an odd number of channels is averaged at each end of a window, not {points}"
        )
    if not 0 <= index < y.size:
        raise BackgroundError(f"channel {index} is not one of the spectrum's {y.size} channels")
    half = points // 2
    return float(y[max(index - half, 0) : index + half + 1].mean())


def _window(
    x: Array, y: Array, inside: slice | None, points: int
) -> tuple[Array, Array, float, float]:
    """Give axis and data inside a window, and the levels at its low and high end."""
    if x.ndim != 1 or x.shape != y.shape:
        raise BackgroundError(
            f"axis and data must be one row of equal length, not {x.shape} and {y.shape}"
        )
    first, last, step = (slice(None) if inside is None else inside).indices(x.size)
    if step != 1 or last - first < 3:
        raise BackgroundError(
            f"the window holds {max(last - first, 0)} of {x.size} channels; a background needs at "
            "least 3 neighbouring ones: widen the window"
        )
    axis, data = x[first:last], y[first:last]
    if not np.all(np.diff(axis) > 0):
        raise BackgroundError("the binding energies must ascend: sort the spectrum first")
    if not np.all(np.isfinite(data)):
        raise BackgroundError("the data in the window are not all finite; remove those channels")
    low, high = end_level(y, first, points), end_level(y, last - 1, points)
    if not np.isfinite(low + high):
        raise BackgroundError("the data beside the window are not finite; average fewer channels")
    return axis, data, low, high


def constant(
    x: Array, y: Array, *, inside: slice | None = None, points: int = 1
) -> StaticBackground:
    """Give the level at the low binding energy end, where no line of the window has lost energy.

    Parameters
    ----------
    x, y : (n,) array
        Binding energies [eV], ascending, and data, over the whole spectrum.
    inside : slice, optional
        The channels of the window; ``None`` takes them all.
    points : int
        Channels averaged about the end (:func:`end_level`).

    Returns
    -------
    StaticBackground
        The curve inside the window.

    Raises
    ------
    BackgroundError
        If the window holds fewer than three channels, or axis or data are unusable.
    """
    axis, _, low, _ = _window(x, y, inside, points)
    return StaticBackground(curve=np.full(axis.size, low))


def linear(x: Array, y: Array, *, inside: slice | None = None, points: int = 1) -> StaticBackground:
    """Give the straight line through the levels at the two ends.

    Parameters and errors are those of :func:`constant`.

    Examples
    --------
    >>> x = np.array([0.0, 1.0, 2.0, 4.0])
    >>> linear(x, np.array([1.0, 9.0, 9.0, 3.0])).curve
    array([1. , 1.5, 2. , 3. ])
    """
    axis, _, low, high = _window(x, y, inside, points)
    return StaticBackground(curve=low + (high - low) * (axis - axis[0]) / (axis[-1] - axis[0]))


def shirley(
    x: Array,
    y: Array,
    *,
    inside: slice | None = None,
    points: int = 1,
    max_iterations: int = 200,
) -> StaticBackground:
    """Give the iterative Shirley background.

    From B = I_lo, repeated with trapezoid sums until no channel moves by 1e-9 of the step height::

        B(E) = I_lo + (I_hi - I_lo) int_lo^E (I - B) dE' / int_lo^hi (I - B) dE'

    Parameters
    ----------
    x, y : (n,) array
        Binding energies [eV], ascending, and data, over the whole spectrum.
    inside : slice, optional
        The channels of the window; ``None`` takes them all.
    points : int
        Channels averaged about each end (:func:`end_level`).
    max_iterations : int
        After so many the curve is returned as not converged.

    Returns
    -------
    StaticBackground
        Curve, iterations, and whether they converged. A step that falls towards high binding
        energy is followed like any other; where the area above the background vanishes there is
        no solution, and the last finite curve is returned as not converged.

    Raises
    ------
    BackgroundError
        If the window holds fewer than three channels, or axis or data are unusable.

    Notes
    -----
    D. A. Shirley, Phys. Rev. B 5, 4709 (1972). Strong steps need more than 30 iterations.

    Examples
    --------
    >>> x = np.linspace(0.0, 30.0, 601)
    >>> peak = np.exp(-((x - 15.0) ** 2))
    >>> result = shirley(x, 5.0 + peak + 0.05 * ShirleyLoss(x).apply(peak))
    >>> result.converged, bool(np.isclose(result.curve[-1], 5.0 + 0.05 * np.sqrt(np.pi)))
    (True, True)
    """
    axis, data, low, high = _window(x, y, inside, points)
    half = 0.5 * np.diff(axis)
    rise = high - low
    if rise == 0.0:
        return StaticBackground(curve=np.full(axis.size, low))
    above = data - low
    curve = np.zeros(axis.size)  # background above I_lo
    new = np.zeros(axis.size)
    for iteration in range(1, max_iterations + 1):
        net = above - curve
        cells = net[1:] + net[:-1]
        cells *= half
        np.cumsum(cells, out=new[1:])
        total = new[-1]
        if not abs(total) > 1e-12 * float(half @ (abs(net[1:]) + abs(net[:-1]))):
            return StaticBackground(curve=low + curve, iterations=iteration, converged=False)
        new *= rise / total
        np.subtract(new, curve, out=net)
        np.abs(net, out=net)
        moved = float(net.max())
        curve, new = new, curve
        if moved < TOLERANCE * abs(rise):
            return StaticBackground(curve=low + curve, iterations=iteration)
    return StaticBackground(curve=low + curve, iterations=max_iterations, converged=False)


def tougaard(
    x: Array,
    y: Array,
    kernel: Kernel | None = None,
    *,
    inside: slice | None = None,
    points: int = 1,
    scale_to_end: bool = True,
) -> StaticBackground:
    """Give the Tougaard background of a loss cross-section.

    With b the level at the low binding energy end and f the scale factor::

        B(E) = b + f int_0^(E - E_lo) K(T) (I(E - T) - b) dT

    Parameters
    ----------
    x, y : (n,) array
        Binding energies [eV], ascending, and data, over the whole spectrum.
    kernel : Kernel, optional
        The cross-section; the universal :func:`U2` if not given.
    inside : slice, optional
        The channels of the window; ``None`` takes them all.
    points : int
        Channels averaged about each end (:func:`end_level`).
    scale_to_end : bool
        Whether the kernel is scaled so that the curve meets the data at the high binding energy
        end; the factor is in the result. It is negative where the data fall.

    Returns
    -------
    StaticBackground
        Curve and factor.

    Raises
    ------
    BackgroundError
        If the window holds fewer than three channels, axis or data are unusable, or the kernel
        loses nothing in the window although the data rise.

    Notes
    -----
    S. Tougaard, Surf. Sci. 216, 343 (1989). A window narrower than about 50 eV determines the
    universal cross-section badly: only 12 % of its loss is below 15 eV.
    """
    kernel = U2() if kernel is None else kernel
    axis, data, low, high = _window(x, y, inside, points)
    lost = _convolve(axis, data - low, kernel)
    if not scale_to_end:
        return StaticBackground(curve=low + lost)
    if abs(lost[-1]) <= 1e-12 * abs(data - low).max():
        if high == low:
            return StaticBackground(curve=low + lost)
        raise BackgroundError(
            f"the Tougaard kernel loses nothing within the window of {axis[-1] - axis[0]:g} eV "
            f"(gap {kernel.gap:g} eV), so that it cannot be scaled to the data: widen the window, "
            "or use an active Shirley background"
        )
    factor = (high - low) / float(lost[-1])
    return StaticBackground(curve=low + factor * lost, factor=factor)


def static_background(chosen: Background, x: Array, y: Array, inside: slice | None) -> Array:
    """Compute the static background that a recipe asks for.

    Parameters
    ----------
    chosen : Background
        Kind, end points, kernel and scaling of the recipe.
    x, y : (n,) array
        Binding energies [eV], ascending, and data, over the whole spectrum.
    inside : slice or None
        The channels of the window.

    Returns
    -------
    (n inside,) array
        The background.

    Raises
    ------
    BackgroundError
        If it cannot be computed, or the iteration does not converge.
    """
    points = chosen.end_points
    if chosen.kind == "constant":
        return constant(x, y, inside=inside, points=points).curve
    if chosen.kind == "linear":
        return linear(x, y, inside=inside, points=points).curve
    if chosen.kind == "tougaard":
        kernel, scale = kernel_from(chosen.kernel), chosen.scale_to_end
        return tougaard(x, y, kernel, inside=inside, points=points, scale_to_end=scale).curve
    found = shirley(x, y, inside=inside, points=points)
    if not found.converged:
        raise BackgroundError(
            f"the static Shirley background does not converge ({found.iterations} iterations): the "
            "data do not lie above a step between the window's ends; use an active or a linear "
            "background, or move the window"
        )
    return found.curve


@dataclass(frozen=True, slots=True, eq=False)
class ShirleyLoss:
    """The Shirley operator: the peak area at lower binding energy, (G p)(E) = int_lo^E p dE'.

    Parameters
    ----------
    x : (n,) array
        Binding energies [eV], ascending.

    Examples
    --------
    >>> ShirleyLoss(np.array([0.0, 1.0, 3.0])).apply(np.array([2.0, 4.0, 4.0]))
    array([ 0.,  3., 11.])
    """

    x: Array
    _half: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_half", 0.5 * np.diff(self.x))

    def apply(self, rows: Array, /) -> Array:
        """Apply to the last axis of (..., n); the result is in the rows' unit times eV."""
        out = np.empty(rows.shape)
        out[..., 0] = 0.0
        rest = out[..., 1:]
        np.add(rows[..., 1:], rows[..., :-1], out=rest)
        rest *= self._half
        np.cumsum(rest, axis=-1, out=rest)
        return out


@dataclass(frozen=True, slots=True, eq=False)
class TougaardLoss:
    """The Tougaard operator: (G p)(E) = int_0^(E - E_lo) K(T) p(E - T) dT.

    Parameters
    ----------
    x : (n,) array
        Binding energies [eV], ascending.
    kernel : Kernel
        The cross-section; with it as it stands, kappa is 1.
    """

    x: Array
    kernel: Kernel
    _matrix: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_matrix", _loss_matrix(self.x, self.kernel).T)

    def apply(self, rows: Array, /) -> Array:
        """Apply to the last axis of (..., n); the result is in the rows' unit.

        In blocks of channels: the matrix is triangular, and products this small stay on the calling
        thread. Threads that a linear-algebra library starts for them cost more than they save, a
        hundredfold where every core already runs a fit.
        """
        n = self.x.size
        flat = rows.reshape(-1, n)
        out = np.empty(flat.shape)
        block = max(min(9_000, 250_000 // max(len(flat), 1)) // n, 4)
        for first in range(0, n, block):
            last = min(first + block, n)
            out[:, first:last] = flat[:, :last] @ self._matrix[:last, first:last]
        return out.reshape(rows.shape)


def _convolve(x: Array, p: Array, kernel: Kernel) -> Array:
    """Give int K(T) p(E - T) dT by the trapezoid rule.

    K(0) = 0, so that only the low binding energy end is halved. On a regular axis the double sum
    is a plain convolution.
    """
    step = (x[-1] - x[0]) / (x.size - 1)
    weighted = trapezoid_weights(x) * p
    if np.all(abs(np.diff(x) - step) < 1e-9 * step):
        return np.convolve(kernel(step * np.arange(x.size)), weighted)[: x.size]
    out = np.empty(x.size)
    block = max(14_400 // x.size, 1)  # blocks that stay in cache; nothing above the diagonal
    for first in range(0, x.size, block):
        last = min(first + block, x.size)
        loss = x[first:last, None] - x[:last]
        out[first:last] = kernel(loss) @ weighted[:last]
    return out


def trapezoid_weights(x: Array) -> Array:
    """Trapezoid weights [eV] of the channels."""
    step = np.diff(x)
    weights = np.empty(x.size)
    weights[0], weights[-1] = 0.5 * step[0], 0.5 * step[-1]
    weights[1:-1] = 0.5 * (step[1:] + step[:-1])
    return weights


def _loss_matrix(x: Array, kernel: Kernel) -> Array:
    """Give the trapezoid rule of the loss integral as a lower triangular matrix."""
    return kernel(x[:, None] - x) * trapezoid_weights(x)
