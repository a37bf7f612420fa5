"""What an uneven field does to the dead-time correction of its sum.

Bright parts of a field lose more ions than the mean of all does, and the correction of the sum does
not know it: it comes out low, by ``c**2 lambda / 2`` for a relative variance ``c**2`` of ``lambda``
ions a shot. Corrected region by region the loss is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from references.words import Finding, InputError, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray as xr

__all__ = ["Unevenness", "findings_of_field", "unevenness"]

Array = NDArray[np.float64]

UNEVEN_PERCENT = 2.0
"""Bias of a dead-time correction by an uneven field that is worth a warning."""
GROUPS = 8
"""Stretches of scans in each of which the field is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unevenness:
    """How unevenly an ion comes from the field, and what that does to a dead-time correction.

    Attributes
    ----------
    c_squared, u : float
        Variance of the true ions a shot over the pixels, in units of their mean squared, and its
        standard uncertainty; scatter of counting alone gives zero.
    ions : float
        True ions a shot.
    bias_percent : float
        By how much the correction of the field's sum is off.
    """

    c_squared: float
    u: float
    ions: float
    bias_percent: float


def unevenness(image: ArrayLike, shots: float) -> Unevenness:
    """Tell from the counts of pixels how unevenly an ion comes from the field.

    Parameters
    ----------
    image : (height, width) array
        Registered counts; NaN where nothing was measured.
    shots : float
        Of a pixel, at least two.

    Returns
    -------
    Unevenness

    Raises
    ------
    InputError
        If there is no count, more than shots, or one shot a pixel: then pixels tell nothing.

    Notes
    -----
    Of ``k`` counts of ``S`` shots, ``k (k - 1) / S (S - 1)`` has the square of the pixel's share of
    shots for its mean, however few they are. Mean and mean square of the shares are turned into
    mean and variance of the ions a shot as if these were gamma distributed. For a small variance
    the sum is corrected to ``1 - c**2 lambda / 2`` of what it should be.

    Examples
    --------
    >>> draw = np.random.default_rng(1)
    >>> ions = 0.5 * draw.gamma(4.0, 0.25, (128, 128))  # c squared is 1/4
    >>> found = unevenness(draw.binomial(200, -np.expm1(-ions)), 200)
    >>> round(found.c_squared, 2), round(found.bias_percent)
    (0.25, -6)
    """
    k = np.asarray(image, dtype=float).ravel()
    k = k[np.isfinite(k)]
    if not k.size or k.sum() <= 0 or k.min() < 0:
        raise InputError("expected an image with counts in it")
    if shots < 2 or k.max() > shots:
        raise InputError(
            f"a pixel has {k.max():.0f} counts of {shots:g} shots; give the shots of all scans, "
            "two at least"
        )
    share = float(k.mean()) / shots
    square = k * (k - 1.0) / (shots * (shots - 1.0))
    varies = float(square.mean()) - share**2
    u = float(np.std(square - 2.0 * share * k / shots)) / np.sqrt(k.size)
    if share >= 1.0:
        raise InputError("every shot of every pixel has one, and how many there are cannot be told")
    c_squared = _gamma(share, varies)
    ions = _ions(share, c_squared)
    return Unevenness(
        c_squared=c_squared,
        u=_gamma(share, varies + u) - c_squared,
        ions=ions,
        bias_percent=100.0 * (-np.log1p(-share) / ions - 1.0),
    )


def _ions(share: float, c_squared: float) -> float:
    """Mean ions a shot of which such a share of the shots sees one."""
    if c_squared <= 0:
        return float(-np.log1p(-share))
    return float(np.expm1(-c_squared * np.log1p(-share)) / c_squared)


def _gamma(share: float, varies: float) -> float:
    """Relative variance of ions a shot that makes the share of shots vary as much."""
    from scipy import optimize

    alike = ((1.0 - share) * np.log1p(-share)) ** 2
    if varies <= 0:
        return float(varies / alike)
    seen = (1.0 - share) ** 2 + varies

    def beyond(log_c: float) -> float:
        c = float(np.exp(log_c))
        return float(-np.log1p(2.0 * c * _ions(share, c)) / c - np.log(seen))

    low, high = np.log(1e-9), np.log(min(1e4, 500.0 / -np.log1p(-share)))
    if beyond(high) <= 0:
        return float(np.exp(high))
    if beyond(low) >= 0:
        return float(varies / alike)
    return float(np.exp(getattr(optimize, "brentq")(beyond, low, high)))  # noqa: B009 - no types


def findings_of_field(
    images: xr.Dataset | Mapping[str, ArrayLike], shots: float | None = None
) -> list[Finding]:
    """Say of which ions the field is so uneven that the dead-time correction of its sum is off.

    Parameters
    ----------
    images : Dataset or mapping
        A cube (:func:`tofsims.ion_cube`), on the disk or not, or an image of registered counts by
        the name of each ion.
    shots : float, optional
        Pulses of a pixel: a scan of a cube, all scans of an image. A cube may know them itself.

    Returns
    -------
    list of Finding
        ``sims_uneven_field`` where the bias is beyond 2 % and more than two standard
        uncertainties; of a cube at the scans where it is largest. None where shots are not known,
        or too few to tell.

    Examples
    --------
    >>> draw = np.random.default_rng(1)
    >>> ions = np.where(np.arange(64) < 32, 0.1, 1.5) * np.ones((64, 1))
    >>> image = draw.binomial(100, -np.expm1(-ions))
    >>> [one.rule for one in findings_of_field({"Cl-": image}, 100)]
    ['sims_uneven_field']
    """
    found: list[Finding] = []
    for name, several, n in _fields(images, shots):
        told = [unevenness(image, n) for image in several if _can_tell(image, n)]
        sure = [one for one in told if one.c_squared > 2.0 * one.u]
        worst = min(sure, key=lambda one: one.bias_percent, default=None)
        if worst is not None and worst.bias_percent < -UNEVEN_PERCENT:
            found.append(
                Finding(
                    rule="sims_uneven_field",
                    severity=Severity.WARNING,
                    subject=name,
                    reported=f"{100 * np.sqrt(worst.c_squared):.0f} % standard deviation over the "
                    f"field at {worst.ions:.2g} ions a shot",
                    reference=f"{UNEVEN_PERCENT:g} %",
                    deviation=f"{worst.bias_percent:+.1f} %",
                    message="the dead-time correction of the field's sum is off by that much, for "
                    "bright parts lose more than it knows; take regions that are even",
                )
            )
    return found


def _fields(
    images: xr.Dataset | Mapping[str, ArrayLike], shots: float | None
) -> Iterator[tuple[str, list[Array], float]]:
    """Of each ion its images, of some scans each, and the shots of their pixels."""
    if not hasattr(images, "coords"):
        for name, image in cast("Mapping[str, ArrayLike]", images).items():
            yield name, [np.asarray(image, dtype=float)], np.nan if shots is None else shots
        return
    cube = cast("xr.Dataset", images)
    n = float(cube["shots"]) if shots is None and "shots" in cube.coords else shots
    if n is None or not np.isfinite(n):
        return
    step = max(-(-cube.sizes["scan"] // GROUPS), 1)
    for i, name in enumerate(cube["ion"].values):
        several: list[Array] = []
        for first in range(0, cube.sizes["scan"] - step + 1, step):
            part = cube["counts"].isel(ion=i, scan=slice(first, first + step))
            several.append(part.sum("scan", skipna=False).values.astype(float))
        yield str(name), several, n * step


def _can_tell(image: Array, shots: float) -> bool:
    held = image[np.isfinite(image)]
    return bool(
        np.isfinite(shots)
        and shots >= 2
        and held.size
        and 0 < held.sum() < shots * held.size
        and held.max() <= shots
    )
