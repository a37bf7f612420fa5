"""Many spectra, one recipe: a depth profile, a map, a night of measurements.

The same plan, likelihood and uncertainty budget as :func:`xps.fit`, run by the compiled
:mod:`xps.kernel`. A spectrum is begun from its neighbour's answer and from starts of its own; each
gets its own assessment, and no other is touched where one is unusable.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .series_numbers import ASSESSMENTS, KINDS, NAMES, Series, SeriesError, series_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry

    from .envelope import Envelope

__all__ = ["ASSESSMENTS", "KINDS", "SeriesError", "fit_series", "stack", "stacked"]

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

CHUNK = 512
"""Spectra whose numbers are worked out together."""
STARTS = 4
SAME_AXIS = 1e-3
"""Difference of two axes [eV] that is rounding."""
NOT_VARIED = {
    *("binding_energy", "photon_energy", "dwell_time", "scans", "charge_shift", "charge_shift_u"),
}
"""Coordinates of a spectrum that do not tell where it stands in a series."""


def fit_series(
    counts: xr.DataArray,
    envelope: Envelope,
    *,
    registry: Registry | None = None,
    starts: int = STARTS,
    seed: int = 0,
    acquisition_time: float = float("nan"),
    threads: int | None = None,
    independent: bool = False,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Fit one recipe to every spectrum of an array.

    Parameters
    ----------
    counts : xarray.DataArray
        Counts over ``binding_energy`` [eV] and any leading dims; a dask array is fitted chunk by
        chunk, when its numbers are asked for. A coordinate ``charge_shift`` is added to the axis,
        as :func:`xps.fit` adds it.
    envelope : Envelope
        The recipe. Its statistic is ``poisson`` or ``sqrt_counts``.
    registry : Registry, optional
        The library; the bundled one where not given.
    starts : int
        Starts a spectrum, its neighbour's answer among them.
    seed : int
        Seed of their scatter.
    acquisition_time : float
        Dwell time x scans [s]; with it areas are rates. The array's own coordinates ``dwell_time``
        and ``scans`` serve where it is not given.
    threads : int, optional
        Threads; all cores where not given. The answers do not depend on it. A lazy array's chunks
        go to its own scheduler.
    independent : bool
        Fit each spectrum as if it were alone, to the last digit, whatever else is in the array:
        it is neither begun from its neighbour's answer nor compared with the others' misfit.
    progress : callable, optional
        Called with the number of spectra done and their total; not for lazy arrays.

    Returns
    -------
    xarray.Dataset
        With the leading dims of ``counts``:

        ``area``, ``position``, ``fwhm`` (..., line) and their ``_u``
            [counts*eV, or counts/s*eV; eV; eV].
        ``fraction``, ``fraction_u``, ``fraction_low``, ``fraction_high``, ``fraction_kind``
            (..., species), within their core level, with 95 % intervals.
        ``fraction_u_part`` (..., species, part)
            ``counting``, ``misfit``, ``background`` and ``constraints``; their root sum of squares
            is ``fraction_u``, which a limit has not.
        ``assessment``, ``chi2_reduced``, ``evaluations`` (...)
            The outcome as a number, named by its attributes.

    Raises
    ------
    SeriesError
        If the array has no ``binding_energy`` that ascends, differs in its energy scale from
        spectrum to spectrum, or has names that the result needs.
    EnvelopeError
        If the recipe cannot be applied to these spectra, or a series cannot fit it.

    Notes
    -----
    NaN, negative counts, spectra without any and saturated ones (four neighbouring channels at the
    largest value) are ``failed``; uncertainties are NaN unless a spectrum has ``converged``, and
    where :func:`xps.fit` would give a limit or nothing. Where a component is below 12 standard
    uncertainties, answers without it are looked for and intervals follow the likelihood, as there.
    A spectrum without one answer, or whose misfit stands out from those that are fitted with it
    (512, or a lazy array's chunk), is handed to :func:`xps.fit`.

    Examples
    --------
    >>> import xarray as xr, xps
    >>> one = xps.example("S 2p")["counts"]
    >>> profile = xr.concat([one, one], dim="depth")
    >>> result = xps.fit_series(profile, xps.envelope("S 2p", ["PS4", "Li2S"]))
    >>> result["fraction"].dims
    ('depth', 'species')
    """
    import xarray as xr

    from references import load

    registry = load() if registry is None else registry
    ordered = _ordered(counts)
    if threads is not None and threads < 1:
        raise SeriesError(f"a series is fitted on one thread or more, not on {threads}")
    energy = np.array(ordered["binding_energy"].values, dtype=float) + _scalar(
        ordered, "charge_shift", 0.0
    )
    if np.isnan(acquisition_time):
        acquisition_time = _scalar(ordered, "dwell_time") * _scalar(ordered, "scans")
    series = series_of(envelope, registry, energy, starts, seed, acquisition_time)
    if taken := sorted({str(name) for name in (*ordered.dims, *ordered.coords)} & NAMES):
        raise SeriesError(
            f"the array's {', '.join(taken)} would stand for two things in the result; rename it, "
            f'for instance counts.rename({taken[0]}="{taken[0]}_set")'
        )
    size = series.size

    def packed(block: Any) -> Array:
        rows = np.asarray(block, dtype=float)
        flat = rows.reshape(-1, energy.size)
        found = _fitted(series, flat, 1, None, independent=independent)
        return found.reshape(*rows.shape[:-1], size)

    data = ordered.data
    if hasattr(data, "dask"):
        whole = data.rechunk({-1: -1})
        found = whole.map_blocks(
            packed,
            dtype=float,
            chunks=(*whole.chunks[:-1], (size,)),
            meta=np.empty((0,) * whole.ndim),
        )
    else:
        flat = np.asarray(data, dtype=float).reshape(-1, energy.size)
        numbers = _fitted(series, flat, threads, progress, independent=independent)
        found = numbers.reshape(*ordered.shape[:-1], size)
    leading = ordered.dims[:-1]
    coords: dict[Any, Any] = {
        name: ordered.coords[name]
        for name in ordered.coords
        if "binding_energy" not in ordered.coords[name].dims
    }
    variables = {
        field.name: (
            (*leading, *field.dims),
            found[..., field.columns].reshape((*found.shape[:-1], *field.shape)),
            field.attributes,
        )
        for field in series.fields()
    }
    return xr.Dataset(variables, coords={**coords, **series.coords()})


def _fitted(
    series: Series,
    data: Array,
    threads: int | None,
    progress: Progress | None,
    *,
    independent: bool,
) -> Array:
    """Fit spectra (N, n), chunks of them on threads; give their numbers (N, size)."""
    from concurrent.futures import ThreadPoolExecutor

    found = np.full((len(data), series.size), np.nan)
    firsts = range(0, len(data), CHUNK)
    done, lock = 0, threading.Lock()

    def one(first: int) -> None:
        nonlocal done
        chunk = slice(first, first + CHUNK)
        counts = np.ascontiguousarray(data[chunk], dtype=float)
        found[chunk] = series.numbers(counts, independent=independent)
        with lock:
            done += len(data[chunk])
            if progress is not None:
                progress(done, len(data))

    if threads == 1 or len(firsts) == 1:
        for first in firsts:
            one(first)
    else:
        with ThreadPoolExecutor(max_workers=threads) as pool:
            list(pool.map(one, firsts))
    return found


def _ordered(counts: xr.DataArray) -> xr.DataArray:
    """The counts with their energies last; refuse what has none."""
    import xarray as xr

    given: Any = counts
    if isinstance(given, xr.Dataset):
        raise SeriesError('a series is an array of counts, not a Dataset; give dataset["counts"]')
    if "binding_energy" not in counts.dims or "binding_energy" not in counts.coords:
        raise SeriesError(
            "a series has the dim and coordinate binding_energy, not "
            f"{', '.join(map(str, counts.dims))}"
        )
    return counts.transpose(..., "binding_energy")


def _scalar(counts: xr.DataArray, name: str, missing: float = np.nan) -> float:
    """A coordinate that all spectra share."""
    if name not in counts.coords:
        return missing
    values = np.unique(np.asarray(counts[name].values, dtype=float))
    if values.size == 1:
        return float(values[0])
    if name == "charge_shift":
        raise SeriesError(
            "the spectra have different charge shifts; put them on one energy scale, or fit them "
            "apart"
        )
    return np.nan


def stack(spectra: Sequence[xr.Dataset]) -> xr.DataArray:
    """Put spectra of one axis into one array, for :func:`fit_series`.

    Parameters
    ----------
    spectra : sequence of Dataset
        With counts, of the same calibrated binding energies.

    Returns
    -------
    xarray.DataArray
        Counts (spectrum, binding_energy), the axis calibrated. What the spectra's files varied
        (etch time, angle, place on a map) stands along ``spectrum``.

    Raises
    ------
    SeriesError
        If there is none, one has no counts, or axes differ.
    """
    import xarray as xr

    energy, counts, varied = stacked(spectra)
    return xr.DataArray(
        counts,
        dims=("spectrum", "binding_energy"),
        coords={
            "binding_energy": energy,
            **{name: ("spectrum", *column) for name, column in varied.items()},
        },
    )


def stacked(
    spectra: Sequence[xr.Dataset],
) -> tuple[Array, Array, dict[str, tuple[Array, dict[str, Any]]]]:
    """Give what :func:`stack` puts together: the axis, the counts, what varied with its attributes.

    Raises
    ------
    SeriesError
        As :func:`stack`.
    """
    if not spectra:
        raise SeriesError("a series is made of spectra; none was given")
    axes = [_calibrated(spectrum) for spectrum in spectra]
    for number, (made, axis) in enumerate(zip(spectra, axes, strict=True)):
        if "counts" not in made:
            raise SeriesError(
                f"spectrum {number} of the series has no counts, only intensities; a series is "
                "fitted to counts: give files with dwell time and scans"
            )
        if axis.size != axes[0].size or np.max(np.abs(axis - axes[0])) > SAME_AXIS:
            raise SeriesError(
                f"spectrum {number} of the series runs from {axis[0]:g} to {axis[-1]:g} eV over "
                f"{axis.size} channels, the first from {axes[0][0]:g} to {axes[0][-1]:g} eV over "
                f"{axes[0].size}: fit those of one axis together"
            )
    first = spectra[0]
    names = dict.fromkeys(str(name) for made in spectra for name in made.coords)
    columns = {
        name: np.array([_setting(made, name) for made in spectra])
        for name in names
        if name not in NOT_VARIED
    }
    varied: dict[str, tuple[Array, dict[str, Any]]] = {
        # What a file calls a position is none of the result's.
        f"{name}_set" if name in NAMES else name: (
            values,
            dict(first[name].attrs) if name in first.coords else {},
        )
        for name, values in columns.items()
        if np.any(np.isfinite(values))
    }
    return axes[0], np.array([made["counts"].values for made in spectra], dtype=float), varied


def _setting(made: xr.Dataset, name: str) -> float:
    """A scalar coordinate of a spectrum; NaN where it has none, or no number."""
    try:
        return float(made[name])
    except (KeyError, TypeError, ValueError):
        return np.nan


def _calibrated(made: xr.Dataset) -> Array:
    shift = float(made["charge_shift"]) if "charge_shift" in made.coords else 0.0
    return np.asarray(made["binding_energy"].values, dtype=float) + shift
