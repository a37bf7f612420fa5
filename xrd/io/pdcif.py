"""Powder CIF: loops of ``_pd_meas_*`` or ``_pd_proc_*`` in one block or several.

A block called ``..._calc`` is a model's, and not taken. Intensities that come with least-squares
weights may be rates of counts: with a counting time tau and N counts, the weight that allows for
few counts is tau**2 / (N + 1), from which tau follows stretch by stretch; if all rates times their
tau are whole numbers, they are those counts (NIST's SRM 660c: without it the uncertainty would be
wrong by up to seven times).
"""

from __future__ import annotations

import math
import re
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.files import DataFileError
from references.readers import Skipped, Told
from references.words import Severity

from .meaning import NO_LINES, Lines, make
from .reading import gather
from .written import MAX_POINTS, even_steps, number, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import gemmi
    import xarray as xr

    from .reading import Reading, Scan


__all__ = ["counted", "is_pdcif", "read_pdcif"]

Array = NDArray[np.float64]

MAX_BYTES = 32 * 1024**2
ANGLES = (
    "_pd_proc_2theta_corrected",
    "_pd_meas_2theta_corrected",
    "_pd_meas_2theta_scan",
    "_pd_meas_angle_2theta",
)
COUNTS = ("_pd_meas_counts_total",)
INTENSITIES = ("_pd_meas_intensity_total", "_pd_proc_intensity_total", "_pd_proc_intensity_net")
GRIDS = ("_pd_meas_2theta_range", "_pd_proc_2theta_range")
WEIGHT = "_pd_proc_ls_weight"
GAP = 5.0
"""A step so many times the usual one begins another stretch."""
ROUNDED = 0.006
"""Rates of two decimals, times a second, are off a whole number by at most this."""

_SU = re.compile(r"([-+]?[\d.]+(?:[eE][-+]?\d+)?)\((\d+)\)")


def is_pdcif(head: bytes) -> bool:
    """Whether a file is a CIF: a block's name, or the mark of version 2."""
    return head.startswith(b"#\\#CIF") or bool(re.search(rb"^data_\S", head, re.MULTILINE))


def read_pdcif(path: str | Path, content: bytes) -> Reading:
    """Read a powder CIF; each block of measured points is a pattern.

    Parameters
    ----------
    path : path
        For messages.
    content : bytes
        The file.

    Returns
    -------
    Reading

    Raises
    ------
    DataFileError
        If it is no well-formed CIF, or its numbers are no pattern.
    """
    return gather(path, content, "pdcif", _scans(path, _blocks(path, content)))


def _scans(path: str | Path, blocks: Sequence[gemmi.cif.Block]) -> Iterator[Scan]:
    measured = [block for block in blocks if _first(block, (*COUNTS, *INTENSITIES))]
    if not measured:
        raise DataFileError(
            path, "is a CIF without points of a pattern", action="give the measured pattern"
        )
    for block in measured:
        told = Told(subject=f"block {block.name[:60]}")
        yield told, partial(_pattern, path, block, blocks, told)


def _blocks(path: str | Path, content: bytes) -> list[gemmi.cif.Block]:
    import gemmi

    if len(content) > MAX_BYTES:
        raise DataFileError(path, f"is {len(content)} bytes; a CIF is read up to {MAX_BYTES}")
    if b"\0" in content:
        raise DataFileError(path, "holds binary data, not a CIF")
    try:
        return list(gemmi.cif.read_string(content.decode("utf-8", errors="replace")))
    except (ValueError, RuntimeError) as error:
        said = " ".join(str(error).split())[:120]
        raise DataFileError(
            path, f"is no well-formed CIF ({said})", action="check it, or export it again"
        ) from None


def _pattern(
    path: str | Path, block: gemmi.cif.Block, blocks: Sequence[gemmi.cif.Block], told: Told
) -> xr.Dataset:
    counted_tag = _first(block, COUNTS)
    tag = counted_tag or _first(block, INTENSITIES)
    if block.name.lower().endswith("_calc"):
        raise Skipped(f"{told.subject}: it is calculated, not measured")
    column = block.find_values(tag)
    if not 2 <= len(column) <= MAX_POINTS:
        raise DataFileError(
            path, f"holds {len(column)} points, expected 2 to {MAX_POINTS}", where=told.subject
        )
    cells = list(column)
    values, u = _with_su(path, cells, told)
    two_theta = _two_theta(path, block, len(cells), told)
    time: float | Array = number(_text(block, "_pd_meas_step_count_time"))
    weights = _column(path, block, WEIGHT, len(cells), told)
    unit = "counts" if counted_tag else "intensity"
    if counted_tag:
        u = None
    elif weights is not None:
        found = counted(two_theta, values, weights)
        if found is None:
            u = _of_weights(path, weights, two_theta, told)
        else:
            values, time, u, unit = *found, None, "counts"
            told.say(
                "counts_recovered",
                Severity.INFO,
                "the intensities are counts per second with weights tau^2 / (N + 1); counts and "
                "counting times are recovered from both",
                reported=f"tau {time.min():g} to {time.max():g} s",
            )
    elif u is None and np.all(values == np.round(values)):
        unit = "counts"
    return make(
        path,
        told,
        two_theta=two_theta,
        values=values,
        u=u,
        unit=unit,
        counting_time=time,
        lines=_lines(blocks),
        radius_mm=number(_anywhere(blocks, "_pd_instr_dist_spec/detc")),
        scan=block.name[:80],
        sample=_text(block, "_pd_phase_name"),
        anode=_anode(blocks),
        monochromator=_anywhere(blocks, "_diffrn_radiation_monochromator"),
    )


# --- values ---------------------------------------------------------------------------------------


def _with_su(path: str | Path, cells: Sequence[str], told: Told) -> tuple[Array, Array | None]:
    """Values as they stand, and the uncertainties in brackets behind them if all have them."""
    matches = [_SU.fullmatch(cell) for cell in cells]
    if not all(matches):
        return numbers(path, cells, where=told.subject, what="an intensity"), None
    found = [match for match in matches if match]
    values = numbers(path, [m[1] for m in found], where=told.subject, what="an intensity")
    digits = [len(m[1].partition(".")[2]) for m in found]
    u = np.array([float(m[2][:15]) for m in found]) / 10.0 ** np.minimum(digits, 30)
    return values, u


def _two_theta(path: str | Path, block: gemmi.cif.Block, size: int, told: Told) -> Array:
    for tag in ANGLES:
        found = _column(path, block, tag, size, told)
        if found is not None:
            return found
    for grid in GRIDS:
        start, step, end = (
            number(_text(block, f"{grid}_{word}")) for word in ("min", "inc", "max")
        )
        if math.isfinite(start) and step > 0:
            if math.isfinite(end) and abs(start + step * (size - 1) - end) > 0.51 * step:
                raise DataFileError(
                    path,
                    f"{size} points in steps of {step:g} lead from {start:g} to "
                    f"{start + step * (size - 1):g}, not to {end:g}",
                    where=told.subject,
                    action="copy or export it again",
                )
            return even_steps(start, step, size)
    raise Skipped(f"{told.subject}: it has intensities, but not over 2 theta")


def _column(
    path: str | Path, block: gemmi.cif.Block, tag: str, size: int, told: Told
) -> Array | None:
    column = block.find_values(tag)
    if not len(column):
        return None
    if len(column) != size:
        raise DataFileError(
            path, f"holds {size} intensities and {len(column)} of {tag}", where=told.subject
        )
    cells = list(column)
    return numbers(path, [_SU.sub(r"\1", cell) for cell in cells], where=told.subject, what=tag)


def _of_weights(path: str | Path, weights: Array, two_theta: Array, told: Told) -> Array:
    at = int(np.argmin(weights))
    if weights[at] <= 0:
        raise DataFileError(
            path,
            f"the weight at {two_theta[at]:g} degrees should be above zero, not {weights[at]:g}",
            where=told.subject,
            action="leave the point out",
        )
    return 1.0 / np.sqrt(weights)


def counted(two_theta: Array, rates: Array, weights: Array) -> tuple[Array, Array] | None:
    """Give counts and counting times of rates with weights tau^2 / (N + 1); None if they are not.

    Parameters
    ----------
    two_theta, rates, weights : (n,) array
        [degrees], [1/s], [s^2].

    Examples
    --------
    >>> counted(np.array([20.0, 20.1, 20.2]), np.array([19.0, 10.5, 12.0]),
    ...         np.array([4 / 39, 4 / 22, 4 / 25]))
    (array([38., 21., 24.]), array([2., 2., 2.]))
    """
    if rates.min() < 0 or weights.min() <= 0 or max(rates.max(), weights.max()) > 1e15:
        return None
    product = weights * rates
    each = (product + np.sqrt(product**2 + 4.0 * weights)) / 2.0
    steps = np.diff(two_theta)
    cuts = np.flatnonzero(steps > GAP * np.median(steps)) + 1
    counts, times = np.empty_like(rates), np.empty_like(rates)
    for stretch in np.split(np.arange(rates.size), cuts):
        middle = float(np.median(each[stretch]))
        tau = max(round(middle), 1)
        exact = rates[stretch] * tau
        whole = np.round(exact)
        # Three digits of the weights leave each tau uncertain; the stretch's median is not.
        if abs(middle - tau) > 0.01 * tau or np.abs(each[stretch] - tau).max() > 0.05 * tau:
            return None
        if np.abs(exact - whole).max() > ROUNDED * tau:
            return None
        counts[stretch], times[stretch] = whole, tau
    return counts, times


# --- what stands once -----------------------------------------------------------------------------


def _first(block: gemmi.cif.Block, tags: Sequence[str]) -> str:
    return next((tag for tag in tags if len(block.find_values(tag)) > 0), "")


def _text(block: gemmi.cif.Block, tag: str) -> str:
    import gemmi

    found = block.find_value(tag)
    if not found or found in {"?", "."}:
        return ""
    return " ".join(gemmi.cif.as_string(found).split())[:200]


def _anywhere(blocks: Sequence[gemmi.cif.Block], tag: str) -> str:
    """What a tag says, if all blocks that have it say the same."""
    found = {text for block in blocks if (text := _text(block, tag))}
    return found.pop() if len(found) == 1 else ""


def _anode(blocks: Sequence[gemmi.cif.Block]) -> str:
    match = re.match(r"([A-Z][a-z]?)\b", _anywhere(blocks, "_diffrn_radiation_type"))
    return match[1] if match else ""


def _lines(blocks: Sequence[gemmi.cif.Block]) -> Lines:
    """One wavelength, or the two strongest of a loop with their ratio."""
    for block in blocks:
        values = [number(v) for v in block.find_values("_diffrn_radiation_wavelength")]
        weights = [number(w) for w in block.find_values("_diffrn_radiation_wavelength_wt")]
        if len(values) == 1 or (len(values) > 1 and len(weights) != len(values)):
            return Lines(values[0])
        if len(values) > 1:
            ranked = sorted(zip(weights, values, strict=True), key=lambda pair: -pair[0])
            (first, alpha1), (second, alpha2) = ranked[:2]
            return Lines(alpha1, alpha2, second / first if first > 0 else math.nan)
    return NO_LINES
