"""Depth profiles of a cube: counts of its pixels, or of a region, summed scan by scan.

A cube on the disk is read in pieces, on any dask scheduler where it was opened lazily.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from references.words import Finding, InputError, Severity

from .carried import before_in, intensities_in, otherwise_than_counted
from .counting import corrected, registered
from .cube import measured_in
from .profile import ProfileError, depth_profile

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["findings_of_cube", "profile_of_cube"]

Array = NDArray[np.float64]

SCANS = 32
"""Scans that are held at a time."""

EVENTS = "the events"
SCALED = "the events of the whole field, by shots"
UNKNOWN = "not known of the cube; peaks are taken to be alone in their dead time"
"""What is known of what came before a peak in its dead time."""


def profile_of_cube(cube: xr.Dataset, inside: NDArray[np.bool_] | None = None) -> xr.Dataset:
    """Sum a cube over its field, or over a region of it, to a depth profile.

    A cube that was made of events has its field's intensities from them, and these are taken where
    the whole field is asked for. Of a region, and of other cubes, counts are corrected for the dead
    time with the shots of the pixels that were summed: by what the cube says came before each peak,
    as if it were spread evenly over the field, or else as if nothing did. The attribute
    ``before_from`` says which, and :func:`findings_of_cube` in a sentence. Without shots nothing is
    corrected and there is no ``u``.

    Parameters
    ----------
    cube : Dataset
        As :func:`tofsims.ion_cube` makes it, in memory or lazily on the disk
        (:func:`tofsims.open_cube`).
    inside : (height, width) array of bool, optional
        Region; everything if not given.

    Returns
    -------
    Dataset
        As :func:`tofsims.depth_profile` makes it. Pixels that were not measured (NaN, or outside of
        ``measured``) are left out of the sum and of the shots, and so are scans without any.

    Raises
    ------
    ProfileError
        If the region does not fit the field, nothing was measured in it, ions were measured in
        different pixels, or there are more counts than shots.

    Examples
    --------
    >>> from tofsims import ion_cube
    >>> cube = ion_cube(["Cl-"], np.ones((1, 3, 4, 4), dtype=np.uint16), shots=10)
    >>> made = profile_of_cube(cube)
    >>> made["counts"].values, made["shots"].values
    (array([[16., 16., 16.]]), array([160., 160., 160.]))
    """
    height, width = cube.sizes["y"], cube.sizes["x"]
    region = np.ones((height, width), dtype=bool) if inside is None else np.asarray(inside)
    if region.shape != (height, width) or region.dtype != np.bool_ or not region.any():
        raise ProfileError(
            f"the region should mark some of {width} x {height} pixels as true, and has shape "
            f"{region.shape} with {int(region.astype(bool).sum())} marked"
        )
    region = region & measured_in(cube)
    if not region.any():
        raise ProfileError("nothing was measured in the region")
    counts, pixels = _summed(cube["counts"], region)
    if (pixels != pixels[0]).any():
        raise ProfileError(
            "its ions were measured in different pixels; take those that were measured together"
        )
    held = pixels[0] > 0
    if not held.any():
        raise ProfileError("nothing was measured in the region")
    if not held.all():
        cube = cube.isel(scan=np.flatnonzero(held))
    counts, shots = counts[:, held], pixels[0, held] * _shots(cube)
    intensities = intensities_in(cube, counts, shots)
    labels = {"before_from": EVENTS}
    if intensities is None:
        intensities, labels = _corrected(cube, counts, shots)
    places = cube.coords
    window = None
    if "window_low" in places:
        window = np.stack([places["window_low"].values, places["window_high"].values], axis=1)
    before = intensities.pop("before", None)
    made = depth_profile(
        [str(name) for name in cube["ion"].values],
        intensities.pop("corrected"),
        sputter_time=places["sputter_time"].values if "sputter_time" in places else None,
        counts=counts,
        before=0.0 if before is None else before,
        shots=shots,
        mz=places["mz"].values if "mz" in places else None,
        window=window,
        scan=places["scan"].values,
        polarity=str(cube.attrs.get("polarity", "")),
        shots_from="the cube" if np.isfinite(shots).all() else "",
        **intensities,
        **labels,
    )
    if labels["before_from"] == EVENTS:
        # The events know more of it than sums do.
        made = made.assign(saturation=(("ion", "scan"), cube["saturation"].values))
    if before is None:
        return made
    return made.assign(before=(("ion", "scan"), before, {"units": "counts"}))


def _corrected(
    cube: xr.Dataset, counts: Array, shots: Array
) -> tuple[dict[str, Any], dict[str, str]]:
    """Counts corrected for the dead time, and what that was done by."""
    labels = {"before_from": ""}
    if other := otherwise_than_counted(cube):
        labels["only_counted"] = ", ".join(other)
    if not np.isfinite(shots).all():
        return {"corrected": counts}, labels
    before = before_in(cube, shots)
    if before is not None:
        earlier = registered(before, shots)
        # What is spread unevenly may be more than there is room for: then it is no guide.
        if np.all(earlier < shots) and not (counts + earlier > shots).any():
            held = {"corrected": corrected(counts, shots, earlier), "before": before}
            return held, labels | {"before_from": SCALED}
    try:
        return {"corrected": corrected(counts, shots)}, labels | {"before_from": UNKNOWN}
    except InputError as error:
        raise ProfileError(f"of the cube, {error}") from None


def findings_of_cube(profile: xr.Dataset) -> list[Finding]:
    """Say what was assumed where a cube was summed to a profile.

    Parameters
    ----------
    profile : Dataset
        As :func:`profile_of_cube` makes it.

    Returns
    -------
    list of Finding
    """
    found: list[Finding] = []
    known = profile.attrs.get("before_from", "")
    if known == UNKNOWN:
        found.append(
            _said(
                "before_unknown",
                Severity.WARNING,
                "the cube does not say what came before each peak in its dead time, and peaks are "
                "taken to be alone in it: an intensity behind a strong peak (within 65 ns, for "
                "instance O2- behind S-) is too low; give the events of the measurement",
            )
        )
    if known == SCALED:
        most = -np.expm1(-float(np.max(profile["before"].values / profile["shots"].values)))
        # Where nothing came before, nothing is assumed.
        if most > 0:
            found.append(
                _said(
                    "before_scaled",
                    Severity.INFO,
                    "what came before each peak in its dead time is that of the whole field, taken "
                    f"to be spread evenly over it: at most {100.0 * most:.2g} % of the shots",
                )
            )
    if names := profile.attrs.get("only_counted", ""):
        found.append(
            _said(
                "only_counted",
                Severity.WARNING,
                f"{names}: fitted, or less a background, over the whole field; here everything in "
                "the window is counted; give the events of the measurement with the region",
            )
        )
    return found


def _said(rule: str, severity: Severity, message: str) -> Finding:
    return Finding(rule=f"sims_{rule}", severity=severity, subject="the cube", message=message)


def _shots(cube: xr.Dataset) -> float:
    return float(cube.coords["shots"].item()) if "shots" in cube.coords else np.nan


def _summed(counts: xr.DataArray, region: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Counts, and pixels that were measured, of each ion and scan."""
    if counts.chunks is not None:
        import dask

        lazy = _of_part(counts, region)
        found = dask.compute(*(one.data for one in lazy))  # type: ignore[reportPrivateImportUsage]
        return np.asarray(found[0], dtype=float), np.asarray(found[1], dtype=float)
    told = np.zeros((2, counts.sizes["ion"], counts.sizes["scan"]))
    for i in range(counts.sizes["ion"]):
        for first in range(0, counts.sizes["scan"], SCANS):
            at = slice(first, first + SCANS)
            part = counts.isel(ion=slice(i, i + 1), scan=at)
            for kept, one in zip(told, _of_part(part, region), strict=True):
                kept[i : i + 1, at] = one.values
    return told[0], told[1]


def _of_part(part: xr.DataArray, region: NDArray[np.bool_]) -> tuple[xr.DataArray, xr.DataArray]:
    import xarray as xr

    field = ("y", "x")
    mask = xr.DataArray(region, dims=field)
    if np.issubdtype(part.dtype, np.floating):
        inside = part.where(mask)
        return inside.sum(field), inside.notnull().sum(field)
    # Whole numbers are all measured, and stay as narrow as they are.
    summed = (part * mask.astype(part.dtype)).sum(field, dtype=np.int64)
    return summed, xr.full_like(summed, int(region.sum()))
