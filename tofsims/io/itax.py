"""IONTOF's .itax (SurfaceLab 7): the spectrum and the profiles that it keeps at hand.

Only values whose names say plain numbers are read. The options of the measurement are a pickle,
which is never loaded; so the raster, the sputter time and what was corrected are not known, which
notes say. The layout is known from other programs' work: no file of an instrument was at hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.files import DataFileError, sha256
from references.readers import Told
from references.words import Severity

from ..masscal import MassScale
from ..profile import ProfileError, depth_profile
from .container import PACKED, Block, Container
from .ita import numbers_of, spectrum_of_values
from .massintervals import UNNAMED, Interval, intervals_of
from .reading import Reading
from .settings import property_of

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

__all__ = ["VIEWS", "read_itax"]

VIEWS = "CommonDataObjects/DataViewCollection"
OPTIONS = "CommonDataObjects/MeasurementOptions"
CACHE = "dataSource/simsDataCache"
EXPORT = "export the profiles from SurfaceLab as text"


def read_itax(path: str | Path, _head: bytes) -> Reading:
    """Read the spectra and profiles of a container, one of each for each view of the data."""
    file = Container(str(path))
    with file.file:
        told = Told(subject="the measurement")
        spectra: list[xr.Dataset] = []
        profiles: list[xr.Dataset] = []
        skipped: list[str] = []
        intervals = _intervals(file)
        for view in _folders(file.find(VIEWS)):
            cache = view.below(CACHE)
            if cache is None:
                continue
            scale = _scale(view)
            stored = cache.below("spectrum/correctedData")
            if stored is not None and not stored.is_directory:
                spectra.append(
                    spectrum_of_values(stored, "<f8", scale, is_corrected=True, polarity="")
                )
            made = _profile(cache, intervals, skipped)
            profiles += [made] if made is not None else []
        if not spectra and not profiles:
            raise DataFileError(
                path, "is an .itax without a spectrum or profile", where=VIEWS, action=EXPORT
            )
        if profiles:
            _say_unknown(told)
        return Reading(
            path=str(path),
            sha256=sha256(path),
            format="itax",
            spectra=tuple(spectra),
            profiles=tuple(profiles),
            skipped=tuple(skipped),
            notes=tuple(told.notes),
        )


def _say_unknown(told: Told) -> None:
    told.say(
        "sputter_time_unknown",
        Severity.WARNING,
        f"the file does not say its sputter times in a form that is read: data points are numbered "
        f"only; {EXPORT} to have them",
    )
    told.say(
        "correction_unknown",
        Severity.WARNING,
        "whether its profiles are corrected for the dead time is not known; they are taken as they "
        "are, and there are no error bars",
    )


def _folders(block: Block | None) -> list[Block]:
    if block is None or not block.is_directory:
        return []
    return [one for one in block.listed() if one.is_directory]


def _intervals(file: Container) -> list[Interval]:
    """The peaks of the measurement's options; what else these are is not looked at."""
    return [
        interval
        for one in _folders(file.find(OPTIONS))
        for interval in intervals_of(one.below("massintervals"))
    ]


def _scale(view: Block) -> MassScale | None:
    sf, k0 = (view.below(f"properties/Context.MassScale.{name}") for name in ("SF", "K0"))
    if sf is None or k0 is None:
        return None
    scale = MassScale(
        sf=property_of(sf)[1].real, k0=property_of(k0)[1].real, source="Context.MassScale"
    )
    return scale if np.isfinite(scale.sf) and np.isfinite(scale.k0) and scale.sf > 0 else None


def _profile(cache: Block, intervals: list[Interval], skipped: list[str]) -> xr.Dataset | None:
    """The profiles of a view as one, of the peaks that have as many data points as most."""
    found: list[tuple[Interval, np.ndarray]] = []
    for folder in _folders(cache):
        stored = folder.child("profile")
        if stored is None:
            continue
        interval = next(
            (one for one in intervals if one.serial == folder.name), UNNAMED.with_name(folder.name)
        )
        if stored.kind == PACKED:
            found.append((interval, numbers_of(stored, "<f8")))
        else:
            skipped.append(f"{interval.name}: a profile that is not packed numbers")
    if not found:
        return None
    sizes = [values.size for _, values in found]
    points = max(sizes, key=sizes.count)
    kept = [(interval, values) for interval, values in found if values.size == points]
    skipped += [
        f"{interval.name}: {values.size} data points, not {points} as other peaks"
        for interval, values in found
        if values.size != points
    ]
    try:
        return depth_profile(
            [interval.name for interval, _ in kept],
            np.stack([values for _, values in kept]),
            mz=[interval.middle for interval, _ in kept],
            window=[(interval.low, interval.high) for interval, _ in kept],
        )
    except ProfileError as error:
        raise cache.container.wrong(str(error), cache.at) from None
