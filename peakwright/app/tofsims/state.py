"""What the view of a depth profile shows, without a browser: curves, words, what can be asked."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from references.words import InputError

from ..axes import Scale, rescale

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.ion import Ion
    from references.registry import Registry
    from tofsims.io import Reading
    from tofsims.masscal import Calibration
    from tofsims.recipe import Recipe
    from tofsims.verdict import Uniformity

__all__ = [
    "Curve",
    "Shown",
    "curves_of",
    "default_ions",
    "ends_of",
    "mass_sentence",
    "offered_ions",
    "recipe_of",
    "refused_ions",
    "so_many",
    "trend_rows",
]

Array = NDArray[np.float64]
Level = Literal["counts", "maximum"]

TOLD_PPM = 0.1
"""What is nearer than this is not told as a distance."""
MOST = 10
"""Ions that are followed where none were named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the user chose to see.

    Parameters
    ----------
    scale : {"linear", "log"}
        Of the intensity.
    level : {"counts", "maximum"}
        As counted, or each over its own maximum.
    """

    scale: Scale = "log"
    level: Level = "counts"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """One ion as it is drawn: on the axis' scale, NaN where nothing is.

    Parameters
    ----------
    ion : str
    x, y : (points,) arrays
    low, high : (points,) arrays
        One standard uncertainty below and above.
    limit : (points,) array
        ``y`` where it is a lower limit.
    """

    ion: str
    x: Array
    y: Array
    low: Array
    high: Array
    limit: Array


def curves_of(profile: xr.Dataset, shown: Shown, *, factor: float = 1.0) -> list[Curve]:
    """Give the curves of a depth profile.

    Parameters
    ----------
    profile : Dataset
    shown : Shown
    factor : float
        All intensities are multiplied by it first.
    """
    from tofsims.counting import Saturation
    from tofsims.profile import position

    x = position(profile)
    made: list[Curve] = []
    for i, name in enumerate(profile["ion"].values):
        y = factor * profile["corrected"].values[i].astype(float)
        u = factor * np.nan_to_num(profile["u"].values[i].astype(float))
        if shown.level == "maximum":
            most = float(y.max(initial=0.0)) or 1.0
            y, u = y / most, u / most
        limit = profile["saturation"].values[i] >= Saturation.LOWER_LIMIT
        low = y - u
        if shown.scale == "log":
            y = np.where(y > 0, y, np.nan)
            low = np.maximum(low, 0.3 * y)
        drawn = _scaled(y, shown)
        made.append(
            Curve(
                ion=str(name),
                x=x,
                y=drawn,
                low=_scaled(low, shown),
                high=_scaled(y + u, shown),
                limit=np.where(limit, drawn, np.nan),
            )
        )
    return made


def _scaled(y: Array, shown: Shown) -> Array:
    return np.where(np.isfinite(y), rescale(np.nan_to_num(y), shown.scale), np.nan)


def ends_of(curves: Sequence[Curve], shown: Shown) -> tuple[float, float]:
    """Give the ends of the axis that holds curves and their bands."""
    every = np.concatenate([np.concatenate([one.y, one.high]) for one in curves])
    every = every[np.isfinite(every)]
    if not every.size:
        return 0.0, 1.0
    low, high = float(every.min()), float(every.max())
    if shown.scale == "log":
        return low - 0.1, high + 0.1 + 0.03 * (high - low)
    room = (high - min(low, 0.0)) or 1.0
    return min(low, 0.0) - 0.02 * room, high + 0.06 * room


def trend_rows(found: Uniformity) -> list[dict[str, str]]:
    """Give what is said of each ion: its change with the interval, along depth and over the field.

    Returns
    -------
    list of dict
        ``ion``, ``mean``, ``change``, ``interval``, ``along``, ``across``, and the whole
        ``sentence``.
    """
    fields = {one.ion: one for one in found.fields}
    rows: list[dict[str, str]] = []
    for one in found.trends:
        known = math.isfinite(one.change_percent)
        low, high = one.interval
        field = fields.get(one.ion)
        told = [one.sentence(), *([] if field is None else [field.sentence()])]
        rows.append(
            {
                "ion": one.ion,
                "mean": f"{one.mean:.4g}",
                "change": f"{one.change_percent:+.1f}" if known else "",
                "interval": f"{low:+.1f} .. {high:+.1f}" if known else "",
                "along": str(one.verdict),
                "across": "" if field is None else str(field.verdict),
                "sentence": "; ".join(told),
            }
        )
    return rows


def mass_sentence(made: Calibration | None) -> str:
    """Say the mass resolution, and how far the ions are from their masses."""
    if made is None or not made.anchors:
        return "mass resolution: not known of this file, which holds no events"
    middle = made.anchors[len(made.anchors) // 2]
    resolution = middle.mz / float(made.fwhm(middle.mz))
    known = f"mass resolution m/Δm {resolution:.0f} at {middle.ion}; mass scale by "
    if len(made.anchors) == 1:
        return f"{known}1 ion, {middle.ion}"
    worst = max(made.anchors, key=lambda one: abs(one.left_out_ppm))
    off = (
        f"the farthest from its mass {worst.ion} ({worst.left_out_ppm:+.1f} ppm)"
        if abs(worst.left_out_ppm) >= TOLD_PPM
        else f"all within {TOLD_PPM:g} ppm of their masses"
    )
    return f"{known}{so_many(len(made.anchors), 'ion')}, {off}"


def so_many(number: int, noun: str) -> str:
    """Give a number with its noun, which is one or several.

    Examples
    --------
    >>> so_many(1, "scan"), so_many(120, "scan")
    ('1 scan', '120 scans')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def default_ions(reading: Reading, registry: Registry) -> tuple[str, ...]:
    """Give the ions that are followed where none were named: those of the library that are there.

    Of an export or a cube, where they are few, those with the strongest signals as well.
    """
    if reading.runs:
        return _seen_in_run(reading, registry)
    held = _held(reading)
    known = {one.key for one in registry.ions}
    strongest = sorted(held, key=lambda name: -held[name])
    ours = [name for name in strongest if name in known]
    chosen = list(dict.fromkeys([*ours, *strongest]))[:MOST]
    return tuple(name for name in held if name in chosen)


def _seen_in_run(reading: Reading, registry: Registry) -> tuple[str, ...]:
    from tofsims.ready import calibrated

    run = reading.runs[0]
    ions = _of_sign(run.polarity, registry)
    if not ions:
        return ()
    try:
        found = calibrated(run, ions, None, [])
    except InputError:
        return ()
    seen = {one.ion: one.peak.counts for one in found.anchors}
    strongest = sorted(seen, key=lambda name: -seen[name])[:MOST]
    return tuple(one.key for one in ions if one.key in strongest)


def offered_ions(reading: Reading, registry: Registry) -> list[str]:
    """Give the ions that can be chosen: those that a file holds, or those of the library."""
    if reading.runs:
        return [one.key for one in _of_sign(reading.runs[0].polarity, registry)]
    if reading.format == "imzml":
        return [one.key for one in registry.ions]
    return list(_held(reading))


def _of_sign(polarity: str, registry: Registry) -> list[Ion]:
    signs = {"negative": (-1,), "positive": (1,)}.get(polarity, (-1,))
    return [one for one in registry.ions if (1 if one.charge > 0 else -1) in signs]


def _held(reading: Reading) -> dict[str, float]:
    """Ions that an export or a cube holds by their names, each once, and how much of them."""
    from references.ion import ion

    if reading.profiles:
        held = reading.profiles[0]
        means = held["corrected"].mean("scan").values
    elif reading.cubes:
        held = reading.cubes[0]
        means = np.ones(held.sizes["ion"])
    else:
        return {}
    names = [str(name) for name in held["ion"].values]
    found: dict[str, float] = {}
    for name, mean in zip(names, means, strict=True):
        try:
            known = ion(name)
        except InputError:
            continue
        if known.key == name and names.count(name) == 1:
            found[name] = float(mean)
    return found


def refused_ions(why: str, asked: Sequence[str], before: Sequence[str]) -> tuple[str, ...]:
    """Give the ions that were asked for anew and that a refusal names.

    Examples
    --------
    >>> refused_ions("GaCl9-: no peak in reach", ["Cl-", "GaCl9-"], ["Cl-"])
    ('GaCl9-',)
    """
    words = set(re.split(r"[\s,;:()'\"“”]+", why))
    return tuple(one for one in asked if one not in before and one in words)


def recipe_of(
    before: Recipe,
    *,
    ions: Sequence[str],
    elements: str,
    normalise: str,
    window: str,
    margin: float | None,
    region: str,
    half_width: float | None,
) -> Recipe:
    """Give the recipe with what the user chose in the page; the rest of it stays.

    Raises
    ------
    InputError
        If something cannot be.
    """
    from ...jobs.names import elements_named
    from ...jobs.tofsims.given import ions_named, numbers

    named = ions_named(",".join(ions), "ions")
    if not named:
        raise InputError("choose the ions that are to be followed")
    if margin is None or not 0.01 <= margin <= 1000.0:
        raise InputError("the margin should be from 0.01 to 1000 %")
    between = None
    if window.strip():
        low, high = numbers(window, 2, "what is judged", "20,600")
        if low > high:
            raise InputError(f"what is judged should rise, as 20,600, not {window[:40]}")
        between = low, high
    return before.model_copy(
        update={
            "ions": tuple(one.key for one in named),
            "elements": elements_named(elements, "the elements of the sample"),
            "normalise": normalise,
            "window_s": between,
            "margin_percent": float(margin),
            "region": region.replace(" ", ""),
            "half_width_ppm": half_width,
        }
    )
