"""Line shapes: one object each, area-normalised, with the true full width and exact derivatives.

A shape turns ``theta`` (one row a line: position [eV], true FWHM [eV], the shape's own parameters)
into densities [1/eV] on an axis of binding energies, with the derivatives with respect to
``theta``. The integral over all energies is 1, so that an area in counts eV times a density is
counts; a Doniach-Sunjic profile has no finite area and is normalised over a stated window.

=================  ==========================================  =====================================
name               parameters                                  shape
=================  ==========================================  =====================================
gaussian           -                                           exp(-4 ln2 u^2)
lorentzian         -                                           1/(1 + 4 u^2)
pseudo_voigt       mix: area share of the Lorentzian           sum of the two, areas
gl_sum             mix: height share of the Lorentzian         sum of the two, heights (SGL)
gl_product         mix                                         product of the two (GL)
voigt              mix: fL/(fL + fG)                           convolution of the two, exact
la                 low, high: exponent of each side            powers of a Lorentzian
doniach_sunjic     asymmetry                                   (1 - a)-th power, metals
mahan              mix, asymmetry, band: xi/(fL + fG)          the same with an end, broadened
=================  ==========================================  =====================================

Literature: Surf. Interface Anal. 54 (2022), doi 10.1002/sia.7050 (GL and SGL differ); S. Doniach
and M. Sunjic, J. Phys. C 3, 285 (1970) (citation unverified).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .mahan import BANDS, LARGEST_ASYMMETRY, mahan

__all__ = [
    "DS_HALF_WINDOW",
    "SHAPES",
    "LineShape",
    "from_casaxps",
    "lineshape",
    "mix_by_area",
    "nominal_width",
]

Array = NDArray[np.float64]
Formula = Callable[[Array, Array], tuple[Array, Array]]

LN2 = float(np.log(2.0))
GAUSS_AREA = float(np.sqrt(np.pi / LN2) / 2.0)
"""Area of a Gaussian of unit height and unit FWHM."""
LORENTZ_AREA = float(np.pi / 2.0)
"""Area of a Lorentzian of unit height and unit FWHM."""
GAUSS_SIGMA = float(1.0 / np.sqrt(8.0 * LN2))
"""Standard deviation of a Gaussian of unit FWHM."""
DS_HALF_WINDOW = 20.0
"""A Doniach-Sunjic line has unit area within this distance of its position [eV]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShape:
    """A line shape: what it is called, what it takes, and its density.

    Parameters
    ----------
    name : str
        For instance ``"pseudo_voigt"``.
    parameters : tuple of str
        Its own parameters, in the order of ``theta`` after position and FWHM.
    limits : tuple of (float, float, float)
        Lower bound, upper bound and default start of each.
    symmetric : bool
        Whether its two sides are equal for all parameters.
    formula : callable
        ``(x, theta)`` to value (lines, n) and gradient (lines, 2 + k, n).
    peak : callable or None
        ``theta`` to the distance of the maximum from the position [eV]; ``None`` where it is zero.

    Examples
    --------
    >>> import numpy as np
    >>> shape = lineshape("pseudo_voigt")
    >>> theta = np.array([[161.7, 1.1, 0.35]])
    >>> round(float(shape.density(np.array([162.03]), theta)[0, 0]), 10)
    0.5814732135
    >>> value, gradient = shape.density_and_gradient(np.linspace(155, 170, 301), theta)
    >>> value.shape, gradient.shape
    ((1, 301), (1, 3, 301))
    """

    name: str
    parameters: tuple[str, ...] = ()
    limits: tuple[tuple[float, float, float], ...] = ()
    symmetric: bool = True
    formula: Formula = field(repr=False)
    peak: Callable[[Array], Array] | None = field(default=None, repr=False)

    def bounds(self, parameter: str) -> tuple[float, float, float]:
        """Give the lower bound, the upper bound and the default start of a parameter.

        Raises
        ------
        ValueError
            If the shape has no such parameter.

        Examples
        --------
        >>> lineshape("pseudo_voigt").bounds("mix")
        (0.0, 1.0, 0.3)
        """
        if parameter not in self.parameters:
            raise ValueError(
                f"shape {self.name!r} has no parameter {parameter!r}; "
                f"it has {', '.join(self.parameters) or 'none'}"
            )
        return self.limits[self.parameters.index(parameter)]

    def density(self, x: Array, theta: Array) -> Array:
        """Give the densities of lines.

        Parameters
        ----------
        x : (n,) or (lines, n) array
            Binding energies [eV]; with two dimensions each line has its own.
        theta : (lines, 2 + k) array
            Position [eV], true FWHM [eV] and the shape's own parameters of each line.

        Returns
        -------
        (lines, n) array
            Densities [1/eV].
        """
        return self.formula(x, theta)[0]

    def density_and_gradient(self, x: Array, theta: Array) -> tuple[Array, Array]:
        """Give the densities of lines and their derivatives with respect to ``theta``.

        Parameters
        ----------
        x : (n,) or (lines, n) array
            Binding energies [eV].
        theta : (lines, 2 + k) array
            Position [eV], true FWHM [eV] and the shape's own parameters of each line.

        Returns
        -------
        value : (lines, n) array
            Densities [1/eV].
        gradient : (lines, 2 + k, n) array
            Analytic derivatives, in the order of ``theta``'s columns.
        """
        return self.formula(x, theta)

    def maximum(self, theta: Array) -> Array:
        """Give the energy of each line's maximum (lines,) [eV]; of asymmetric lines it may move.

        Examples
        --------
        >>> theta = np.array([[443.8, 0.8, 0.1]])
        >>> round(float(lineshape("doniach_sunjic").maximum(theta)[0]), 4)
        443.8291
        """
        position = theta[:, 0]
        return position.copy() if self.peak is None else position + self.peak(theta)

    def height(self, theta: Array) -> Array:
        """Give the density at each line's maximum (lines,) [1/eV]."""
        return self.density(self.maximum(theta)[:, None], theta)[:, 0]


def _gaussian(x: Array, theta: Array) -> tuple[Array, Array]:
    """Density g = (2/F) sqrt(ln2/pi) exp(-ln2 v^2), v = 2 (x - E0)/F."""
    position, fwhm = theta.T[..., None]
    v = (x - position) * (2.0 / fwhm)
    value = np.exp(-LN2 * v * v) * (1.0 / (GAUSS_AREA * fwhm))
    gradient = np.empty((theta.shape[0], 2, v.shape[-1]))
    slope = np.multiply(value * v, 4.0 * LN2 / fwhm, out=gradient[:, 0])
    np.subtract(0.5 * slope * v, value / fwhm, out=gradient[:, 1])
    return value, gradient


def _lorentzian(x: Array, theta: Array) -> tuple[Array, Array]:
    """Density l = 2/(pi F (1 + v^2)), v = 2 (x - E0)/F."""
    position, fwhm = theta.T[..., None]
    v = (x - position) * (2.0 / fwhm)
    value = 1.0 / (v * v + 1.0) / (LORENTZ_AREA * fwhm)
    gradient = np.empty((theta.shape[0], 2, v.shape[-1]))
    slope = np.multiply(value * value * v, 2.0 * np.pi, out=gradient[:, 0])
    np.subtract(0.5 * slope * v, value / fwhm, out=gradient[:, 1])
    return value, gradient


def _pseudo_voigt(x: Array, theta: Array) -> tuple[Array, Array]:
    """Density (1 - mix) g + mix l. The hot path: in-place steps and few temporaries."""
    position, fwhm, mix = theta.T[..., None]
    scale = 2.0 / fwhm
    gradient = np.empty((theta.shape[0], 3, x.shape[-1]))
    by_position, by_fwhm, by_mix = gradient[:, 0], gradient[:, 1], gradient[:, 2]
    v = x - position
    v *= scale
    lorentz = v * v
    gauss = lorentz * -LN2
    np.exp(gauss, out=gauss)
    gauss *= scale * (0.5 / GAUSS_AREA)
    lorentz += 1.0
    np.divide(scale / np.pi, lorentz, out=lorentz)
    np.subtract(lorentz, gauss, out=by_mix)
    value = by_mix * mix
    value += gauss
    # dg/dE0 = 2 ln2 (2/F) v g and dl/dE0 = 2 pi v l^2; dF is v/2 times that, less value/F.
    lorentz *= lorentz
    lorentz *= mix * (2.0 * np.pi)
    gauss *= (1.0 - mix) * scale * (2.0 * LN2)
    gauss += lorentz
    np.multiply(gauss, v, out=by_position)
    v *= 0.5
    np.multiply(by_position, v, out=by_fwhm)
    np.multiply(value, 0.5 * scale, out=gauss)
    by_fwhm -= gauss
    return value, gradient


def mix_by_area(mix: Array) -> tuple[Array, Array]:
    """Convert a Lorentzian share of heights into one of areas.

    Parameters
    ----------
    mix : array
        Share m of a Gauss-Lorentz sum (1 - m) G + m L of unit heights, 0 to 1 (SGL).

    Returns
    -------
    area_mix, slope : array
        eta = m b/((1 - m) a + m b), with a = sqrt(pi/ln2)/2 and b = pi/2, and d eta/d m.

    Examples
    --------
    >>> round(float(mix_by_area(np.array(0.3))[0]), 10)
    0.3874154416
    """
    total = GAUSS_AREA + (LORENTZ_AREA - GAUSS_AREA) * mix
    return mix * LORENTZ_AREA / total, GAUSS_AREA * LORENTZ_AREA / total**2


def _gl_sum(x: Array, theta: Array) -> tuple[Array, Array]:
    """Give a pseudo-Voigt whose mix is a share of heights."""
    area_mix, slope = mix_by_area(theta[:, 2])
    value, gradient = _pseudo_voigt(x, np.column_stack([theta[:, :2], area_mix]))
    gradient[:, 2] *= slope[:, None]
    return value, gradient


def _product_width(mix: Array) -> tuple[Array, Array]:
    """Give p = (FWHM/F)^2 of a Gauss-Lorentz product, and dp/dm, by the half-maximum condition.

    ln2 (1 - m) p + ln(1 + m p) = ln2 with p in (0.91, 1]; the left side is almost linear there.
    """
    p = 1.0 - 0.35 * mix * (1.0 - mix)
    for _ in range(4):
        excess = LN2 * (1.0 - mix) * p + np.log1p(mix * p) - LN2
        p = p - excess / (LN2 * (1.0 - mix) + mix / (1.0 + mix * p))
    by_mix = p / (1.0 + mix * p) - LN2 * p
    return p, -by_mix / (LN2 * (1.0 - mix) + mix / (1.0 + mix * p))


def nominal_width(fwhm: Array, mix: Array) -> Array:
    """Give the nominal width F of a Gauss-Lorentz product with a true FWHM.

    Parameters
    ----------
    fwhm : array
        True full width at half maximum [eV].
    mix : array
        Share m of exp(-4 ln2 (1 - m) u^2)/(1 + 4 m u^2), u = (E - E0)/F (GL).

    Returns
    -------
    array
        F [eV], the width that stands in the formula.

    Examples
    --------
    >>> round(float(nominal_width(np.array(1.0), np.array(0.3))), 6)
    1.040196
    """
    return fwhm / np.sqrt(_product_width(mix)[0])


def _product_area(mix: Array, p: Array, dp: Array) -> tuple[Array, Array]:
    """Give I = int exp(-a v^2)/(1 + b v^2) dv and d ln I/dm, a = ln2 (1 - m) p, b = m p.

    I = (pi/sqrt b) erfcx(z), z = sqrt(a/b). Where the Gaussian rules, the closed form's derivative
    cancels; there I = sqrt(pi/a) f, f = int exp(-t^2)/(1 + r t^2) dt/sqrt(pi), r = b/a, and the
    trapezoid rule is exact (its error is exp(-2 pi z/h) < 1e-15).
    """
    from scipy.special import erfcx

    rest = np.maximum(1.0 - mix, 1e-30)  # at m = 1 the area has an infinite slope
    gaussian = mix < 0.25
    safe = np.where(gaussian, 0.5, mix)
    z = np.sqrt(LN2 * rest / safe)
    scaled: Array = erfcx(z)
    integral: Array = np.pi / np.sqrt(safe * p) * scaled
    slope: Array = -0.5 / safe - (z - 1.0 / (np.sqrt(np.pi) * scaled)) * z / (safe * rest)
    if gaussian.any():
        r = np.where(gaussian, mix / (LN2 * rest), 0.0)[:, None]
        terms = _T_WEIGHTS / (1.0 + r * _T_SQUARE)
        f = terms.sum(axis=1)
        df = -(terms * terms / _T_WEIGHTS * _T_SQUARE).sum(axis=1)
        integral = np.where(gaussian, np.sqrt(np.pi / (LN2 * rest * p)) * f, integral)
        slope = np.where(gaussian, 0.5 / rest + df / f / (LN2 * rest**2), slope)
    return integral, slope - 0.5 * dp / p


_T_SQUARE = (np.arange(-26, 27) / 4.0) ** 2
_T_WEIGHTS = np.exp(-_T_SQUARE) / (4.0 * np.sqrt(np.pi))


def _gl_product(x: Array, theta: Array) -> tuple[Array, Array]:
    """Density 2 h/(F I), h = exp(-a v^2)/(1 + b v^2), v = 2 (x - E0)/F with the true width F."""
    p, dp = _product_width(theta[:, 2])
    integral, log_slope = _product_area(theta[:, 2], p, dp)
    position, fwhm, mix = theta.T[..., None]
    p, dp = p[:, None], dp[:, None]
    a, b = LN2 * (1.0 - mix) * p, mix * p
    scale = 2.0 / fwhm
    v = (x - position) * scale
    q = v * v
    tail = 1.0 / (1.0 + b * q)
    value = np.exp(-a * q) * tail * (scale / integral[:, None])
    gradient = np.empty((theta.shape[0], 3, v.shape[-1]))
    slope = np.multiply((a + b * tail) * value * v, 2.0 * scale, out=gradient[:, 0])
    np.subtract(0.5 * slope * v, value * (0.5 * scale), out=gradient[:, 1])
    by_a, by_b = LN2 * ((1.0 - mix) * dp - p), p + mix * dp
    np.multiply(value, -q * (by_a + by_b * tail) - log_slope[:, None], out=gradient[:, 2])
    return value, gradient


def _faddeeva(d: Array, s: Array, gamma: Array) -> NDArray[np.complex128]:
    """Give W = w(z)/(s sqrt(2 pi)), z = (d + i gamma)/(s sqrt 2), and its first two derivatives.

    The Voigt density is Re W. Derivatives are with respect to d and stand on the first axis. For
    |z|^2 > 50 they come from the asymptotic series in t = s^2/(d + i gamma)^2, because the closed
    form cancels there (and s = 0 needs no division).
    """
    from scipy.special import wofz

    zeta = d + 1j * gamma
    s = np.broadcast_to(s, zeta.shape)
    far = zeta.real**2 + zeta.imag**2 > 100.0 * s * s
    near = ~far
    out = np.empty((3, *zeta.shape), dtype=np.complex128)
    root = np.sqrt(2.0) * s[near]
    z = zeta[near] / root
    w = wofz(z)
    unit = 1.0 / (root * np.sqrt(np.pi))
    first = 2j / np.sqrt(np.pi) - 2.0 * z * w
    out[:, near] = unit * w, unit / root * first, unit / root**2 * (-2.0 * (w + z * first))
    if far.any():
        inverse = 1.0 / zeta[far]
        t = (s[far] * inverse) ** 2
        series = np.empty((3, t.size), dtype=np.complex128)
        series[:] = _FAR_SERIES[-1][:, None]
        for term in _FAR_SERIES[-2::-1]:
            series *= t
            series += term[:, None]
        series *= inverse
        series[1:] *= inverse
        series[2] *= inverse
        out[:, far] = series
    return out


def _far_series() -> NDArray[np.complex128]:
    """Coefficients (terms, 3) of W = i/pi sum (2n - 1)!! s^(2n)/zeta^(2n + 1) and derivatives."""
    n = np.arange(26.0)
    c = np.cumprod(np.maximum(2.0 * n - 1.0, 1.0))
    columns = np.column_stack([c, -c * (2 * n + 1), c * (2 * n + 1) * (2 * n + 2)])
    return np.asarray(columns * (1j / np.pi), dtype=np.complex128)


_FAR_SERIES = _far_series()


def _voigt_half_width(mix: Array) -> tuple[Array, Array]:
    """Give the half width h of a Voigt line with fL = mix, fG = 1 - mix, and dh/dmix.

    Newton on V(h) - V(0)/2 = 0 from Olivero's width, which is within 0.03 %.
    """
    s, gamma = GAUSS_SIGMA * (1.0 - mix), 0.5 * mix
    h = 0.5 * (0.5346 * mix + np.sqrt(0.2166 * mix * mix + (1.0 - mix) ** 2))
    zero = np.zeros_like(h)
    for _ in range(2):
        value, slope, _bend = _faddeeva(np.column_stack([h, zero]), s[:, None], gamma[:, None])
        h = h - (value[:, 0].real - 0.5 * value[:, 1].real) / slope[:, 0].real
    _value, slope, bend = _faddeeva(np.column_stack([h, zero]), s[:, None], gamma[:, None])
    by_mix = -GAUSS_SIGMA * s[:, None] * bend.real - 0.5 * slope.imag
    return h, -(by_mix[:, 0] - 0.5 * by_mix[:, 1]) / slope[:, 0].real


def _voigt(x: Array, theta: Array) -> tuple[Array, Array]:
    """Density Re w(z)/(s sqrt(2 pi)); dV/ds = s V'' (heat equation), dV/dgamma = -Im W'."""
    h, dh = _voigt_half_width(theta[:, 2])
    position, fwhm, mix = theta.T[..., None]
    h, dh = h[:, None], dh[:, None]
    total = 0.5 * fwhm / h
    d_total = -total * dh / h
    s, gamma = GAUSS_SIGMA * (1.0 - mix) * total, 0.5 * mix * total
    d = x - position
    density, first, second = _faddeeva(d, s, gamma)
    value = np.ascontiguousarray(density.real)
    gradient = np.empty((theta.shape[0], 3, d.shape[-1]))
    np.negative(first.real, out=gradient[:, 0])
    np.divide(d * gradient[:, 0] - value, fwhm, out=gradient[:, 1])
    ds = GAUSS_SIGMA * ((1.0 - mix) * d_total - total)
    d_gamma = 0.5 * (total + mix * d_total)
    np.subtract(s * ds * second.real, d_gamma * first.imag, out=gradient[:, 2])
    return value, gradient


def _la(x: Array, theta: Array) -> tuple[Array, Array]:
    """Density (1 + 4 u^2)^-exponent/area, u = (x - E0)/Fn, with an exponent a side.

    The nominal width is Fn = F/k, k = (sqrt(2^(1/low) - 1) + sqrt(2^(1/high) - 1))/2, the area
    Fn (S(low) + S(high)), S(e) = sqrt(pi) Gamma(e - 1/2)/(4 Gamma(e)).
    """
    from scipy.special import gammaln, psi

    exponents = theta[:, 2:]
    side = 0.25 * np.sqrt(np.pi) * np.exp(gammaln(exponents - 0.5) - gammaln(exponents))
    grown = np.expm1(LN2 / exponents)
    half = 0.5 * np.sqrt(grown)
    k, area = half.sum(axis=1, keepdims=True), side.sum(axis=1, keepdims=True)
    d_half = -0.125 * (grown + 1.0) * LN2 / exponents**2 / half
    log_k = d_half / k
    log_area = side * (psi(exponents - 0.5) - psi(exponents)) / area

    position, fwhm = theta[:, 0:1], theta[:, 1:2]
    scale = 2.0 * k / fwhm
    v = (x - position) * scale
    above = v > 0.0
    exponent = np.where(above, theta[:, 3:4], theta[:, 2:3])
    logarithm = np.log1p(v * v)
    value = np.exp(-exponent * logarithm) * (k / (fwhm * area))
    gradient = np.empty((theta.shape[0], 4, v.shape[-1]))
    pull = 2.0 * exponent * v / (1.0 + v * v)
    np.multiply(pull * value, scale, out=gradient[:, 0])
    narrow = (1.0 - pull * v) * value
    np.divide(narrow, -fwhm, out=gradient[:, 1])
    logarithm *= value
    for i, own in ((0, ~above), (1, above)):
        np.subtract(
            narrow * log_k[:, i : i + 1] - value * log_area[:, i : i + 1],
            np.where(own, logarithm, 0.0),
            out=gradient[:, 2 + i],
        )
    return value, gradient


def _ds_peak(a: Array) -> Array:
    """Angle atan(d/gamma) of a Doniach-Sunjic maximum; there tan(angle) = -cot(pi/(2 - a))."""
    return 0.5 * np.pi * a / (2.0 - a)


def _ds_width(a: Array) -> tuple[Array, Array]:
    """Give FWHM/gamma of a Doniach-Sunjic line and its derivative, by Newton on both half maxima.

    In t = atan(d/gamma) the logarithm of the line, (1 - a) ln cos t + ln cos(pi a/2 - (1 - a) t),
    is concave; its maximum is (2 - a) ln cos(t_max).
    """
    peak = _ds_peak(a)
    target = (2.0 - a) * np.log(np.cos(peak)) - LN2
    # Within 1.1e-3 of the roots for a <= 0.49: three Newton steps reach the last digit.
    low = -0.25 * np.pi + a * (0.20 + 0.18 * a)
    high = 0.25 * np.pi + a * (1.347 + a * (0.322 - 1.064 * a))
    t = np.column_stack([low, high])
    a, target = a[:, None], target[:, None]
    for _ in range(3):
        angle = 0.5 * np.pi * a - (1.0 - a) * t
        level = (1.0 - a) * np.log(np.cos(t)) + np.log(np.cos(angle))
        slope = (1.0 - a) * (np.tan(angle) - np.tan(t))
        t = t - (level - target) / slope
    angle = 0.5 * np.pi * a - (1.0 - a) * t
    slope = (1.0 - a) * (np.tan(angle) - np.tan(t))
    by_a = -np.log(np.cos(t)) - np.tan(angle) * (0.5 * np.pi + t)
    peak = peak[:, None]
    target_by_a = -np.log(np.cos(peak)) - np.tan(peak) * (0.5 * np.pi + peak)
    dt = (target_by_a - by_a) / slope
    tangent = np.tan(t)
    ends = (1.0 + tangent * tangent) * dt
    return tangent[:, 1] - tangent[:, 0], ends[:, 1] - ends[:, 0]


def _ds_area(gamma: Array, a: Array) -> tuple[Array, Array, Array]:
    """Integral over the window, and its derivatives by gamma and a; shapes (lines, 1).

    The line is the real part of exp(i pi a/2) (gamma + i d)^(a - 1), so its primitive is
    r^a sin(a w)/a with r = |gamma + i d| and w = pi/2 + atan(d/gamma).
    """
    d = np.array([[-DS_HALF_WINDOW, DS_HALF_WINDOW]])
    log_r = 0.5 * np.log(gamma * gamma + d * d)
    w = np.arctan2(gamma, -d)
    power = np.exp(a * log_r)
    turn = w * np.sinc(a * w / np.pi)
    square = (a * w) ** 2
    series = -a * w**3 * (1.0 / 3.0 - square / 30.0 + square * square / 840.0)
    safe = np.where(a > 1e-3, a, 1.0)
    d_turn = np.where(a > 1e-3, (w * np.cos(a * w) - turn) / safe, series)
    by_gamma = power * np.exp(-log_r) * np.sin(a * w - (w - 0.5 * np.pi))
    by_a = power * (turn * log_r + d_turn)
    area, by_gamma, by_a = np.diff([power * turn, by_gamma, by_a], axis=2)
    return area, by_gamma, by_a


def _doniach_sunjic(x: Array, theta: Array) -> tuple[Array, Array]:
    """Density f/N, f = cos(psi) r^(a - 1), psi = pi a/2 - (1 - a) atan(d/gamma), d = x - E0."""
    width, d_width = _ds_width(theta[:, 2])
    position, fwhm, a = theta.T[..., None]
    width, d_width = width[:, None], d_width[:, None]
    gamma = fwhm / width
    area, area_by_gamma, area_by_a = _ds_area(gamma, a)
    d = x - position
    angle = np.arctan2(d, gamma)
    log_r = 0.5 * np.log(gamma * gamma + d * d)
    psi = 0.5 * np.pi * a - (1.0 - a) * angle
    power = np.exp((a - 1.0) * log_r) / area
    value = power * np.cos(psi)
    turned = np.exp(-log_r) * power * (1.0 - a)
    gradient = np.empty((theta.shape[0], 3, d.shape[-1]))
    np.multiply(turned, -np.sin(psi - angle), out=gradient[:, 0])
    by_gamma = -turned * np.cos(psi - angle) - value * (area_by_gamma / area)
    np.divide(by_gamma, width, out=gradient[:, 1])
    by_a = value * (log_r - area_by_a / area) - power * np.sin(psi) * (0.5 * np.pi + angle)
    np.subtract(by_a, by_gamma * (gamma * d_width / width), out=gradient[:, 2])
    return value, gradient


def _ds_shift(theta: Array) -> Array:
    width, _ = _ds_width(theta[:, 2])
    return theta[:, 1] / width * np.tan(_ds_peak(theta[:, 2]))


_MIX = (0.0, 1.0, 0.3)

SHAPES: tuple[LineShape, ...] = (
    LineShape(name="gaussian", formula=_gaussian),
    LineShape(name="lorentzian", formula=_lorentzian),
    LineShape(name="pseudo_voigt", parameters=("mix",), limits=(_MIX,), formula=_pseudo_voigt),
    LineShape(name="gl_sum", parameters=("mix",), limits=(_MIX,), formula=_gl_sum),
    # At mix = 1 the area of the product has an infinite slope: that is the shape "lorentzian".
    LineShape(
        name="gl_product", parameters=("mix",), limits=((0.0, 0.99, 0.3),), formula=_gl_product
    ),
    LineShape(name="voigt", parameters=("mix",), limits=(_MIX,), formula=_voigt),
    LineShape(
        name="la",
        parameters=("low", "high"),
        limits=((0.51, 20.0, 1.3), (0.51, 20.0, 0.9)),
        symmetric=False,
        formula=_la,
    ),
    LineShape(
        name="doniach_sunjic",
        parameters=("asymmetry",),
        limits=((0.0, 0.49, 0.1),),
        symmetric=False,
        formula=_doniach_sunjic,
        peak=_ds_shift,
    ),
    LineShape(
        name="mahan",
        parameters=("mix", "asymmetry", "band"),
        limits=(_MIX, (0.0, LARGEST_ASYMMETRY, 0.1), (*BANDS, 7.0)),
        symmetric=False,
        formula=mahan,
    ),
)
"""All line shapes."""

_BY_NAME = {shape.name: shape for shape in SHAPES}


def lineshape(name: str) -> LineShape:
    """Give a line shape by name.

    Parameters
    ----------
    name : str
        One of the names in :data:`SHAPES`.

    Returns
    -------
    LineShape
        The shape.

    Raises
    ------
    ValueError
        If there is no such shape.

    Examples
    --------
    >>> lineshape("la").parameters
    ('low', 'high')
    >>> lineshape("pseudovoigt")
    Traceback (most recent call last):
    ...
    ValueError: no line shape 'pseudovoigt'; did you mean pseudo_voigt or voigt?
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    import difflib

    near = difflib.get_close_matches(name, _BY_NAME, n=2)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(_BY_NAME)}"
    raise ValueError(f"no line shape {name!r}; {hint}")


_CASA = re.compile(r"(SGL|GL|LA|LF|DS|G|L)(?:\(([^()]*)\))?(\*.*)?")


def from_casaxps(text: str) -> tuple[LineShape, tuple[float, ...], bool]:
    """Translate a CasaXPS line-shape text.

    Parameters
    ----------
    text : str
        For instance ``"GL(30)"``, ``"SGL(30)"``, ``"LA(1.53,243)"``, ``"LF(0.54,10,80,100)"``,
        ``"DS(0.1,50)"``, ``"G"``, ``"L"``.

    Returns
    -------
    shape : LineShape
        The shape.
    parameters : tuple of float
        Its own parameters, in the order of ``shape.parameters``; inside their bounds.
    exact : bool
        Whether the profile is the same. For LA and LF it is not: CasaXPS convolves them with a
        Gaussian whose width is not documented well enough to repeat, and an LF's tails are cut.
        A Doniach-Sunjic line differs in its convolution and in the window of its area.

    Raises
    ------
    ValueError
        If the text is not one of these shapes.

    Examples
    --------
    >>> shape, parameters, exact = from_casaxps("GL(30)")
    >>> shape.name, parameters, exact
    ('gl_product', (0.3,), True)
    >>> shape, parameters, exact = from_casaxps("LA(1.53,243)")
    >>> shape.name, parameters, exact
    ('la', (1.53, 1.53), False)
    """
    matched = _CASA.fullmatch(text.strip())
    kind, arguments, appended = matched.groups() if matched else ("", "", "")
    translated = _casa_shape(kind, arguments or "")
    if translated is None:
        raise ValueError(
            f"the CasaXPS line shape {text!r} is not known; GL(m) and SGL(m) with m from 0 to 100, "
            "LA(a,b,m), LF(a,b,w,m), DS(a,m), G and L are: replace it in CasaXPS, or name a "
            "shape in a recipe"
        )
    name, parameters, exact = translated
    shape = lineshape(name)
    inside = tuple(
        min(max(value, low), high)
        for value, (low, high, _) in zip(parameters, shape.limits, strict=True)
    )
    return shape, inside, exact and not appended and inside == parameters


def _casa_shape(kind: str, arguments: str) -> tuple[str, tuple[float, ...], bool] | None:
    """Give name, parameters and exactness; None for what means nothing."""
    try:
        numbers = tuple(float(part) for part in arguments.split(",")) if arguments else ()
    except ValueError:
        return None
    found: tuple[str, tuple[float, ...], bool] | None = None
    match kind, numbers:
        case ("G", ()):
            found = "gaussian", (), True
        case ("L", ()) | ("GL" | "SGL", (100.0,)):
            found = "lorentzian", (), True
        case ("GL" | "SGL", (percent,)) if 0.0 <= percent < 100.0:
            found = "gl_product" if kind == "GL" else "gl_sum", (percent / 100.0,), True
        # Two arguments are one exponent and a convolution; of three the first is the high-BE side.
        case ("LA", (both, _)) if 0.0 < both < np.inf:
            found = "la", (both, both), False
        case ("LA", (high, low, _)) | ("LF", (high, low, _, *_)) if 0.0 < min(high, low) < np.inf:
            found = "la", (low, high), False
        case ("DS", (asymmetry, *_)) if 0.0 <= asymmetry < 1.0:
            found = "doniach_sunjic", (asymmetry,), False
        case _:
            pass
    return found
