"""Images of TOFWERK's HDF5: ions of each peak by extraction, made ions again.

They are read at once, or layer by layer when they are asked for, if they are many; then a few
layers tell for all of them whether they are whole numbers of ions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from references.hdf5 import Hdf5
from references.readers import Skipped, Told
from references.words import Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from references.hdf5_array import Array

__all__ = ["PEAKS", "TABLE", "counts_of", "peaks_of"]

PEAKS, TABLE = "PeakData/PeakData", "PeakData/PeakTable"
LIMITS = ("lower integration limit", "upper integration limit")
MAX_PEAKS = 10_000
IN_MEMORY = 256 * 1024**2
"""Bytes of images that are read at once."""
CHUNK = 32 * 1024**2
"""Bytes that are read together where they are more."""
MAX_COUNT = 1e5
"""Ions of a pixel up to which single precision tells whole numbers."""
WHOLE = 0.02
"""How near to whole numbers ions by extraction are, times extractions."""


def counts_of(file: Hdf5, shots: int | None, told: Told) -> tuple[Any, int | None]:
    """Give ions over peak, write, y and x, and the shots behind them.

    Returns
    -------
    (peaks, writes, height, width) array
        A dask array where it would be large.
    int or None
        ``None`` where they are no ions, but what stands in the file.

    Raises
    ------
    Skipped
        If they are no images, or many, and dask is not installed.
    """
    data = file.array(PEAKS)
    if len(data.shape) != 4 or 0 in data.shape or data.dtype.kind not in "iuf":
        raise Skipped(f"{PEAKS} is {data.shape} {data.dtype}")
    many = data.dtype.itemsize * int(np.prod(data.shape, dtype=float)) > IN_MEMORY
    looked = sorted({0, len(data) // 2, len(data) - 1}) if many else range(len(data))
    are_ions = shots is not None
    for i in looked:
        layer = data.read(i, i + 1)
        if not np.all((layer >= 0) | np.isnan(layer)) or np.any(np.isinf(layer)):
            raise Skipped(f"{PEAKS} holds values that are no counts")
        are_ions = are_ions and _are_whole(layer, shots or 1)
    if many:
        told.say(
            "few_layers_looked_at",
            Severity.INFO,
            f"the images are read when they are asked for; {len(looked)} of {len(data)} layers "
            f"tell that they are{'' if are_ions else ' not'} ions by extraction",
        )
    used = shots if are_ions else None
    return (_lazily(file, data, used) if many else _ions(data.read(), used)), used


def _are_whole(layer: NDArray[Any], shots: int) -> bool:
    many = layer.astype(float) * shots
    # What is not a number is not whole either.
    return bool(np.all((many <= MAX_COUNT) & (np.abs(many - np.rint(many)) <= WHOLE)))


def _ions(values: NDArray[Any], shots: int | None) -> NDArray[Any]:
    """Give ions over peak, write, y and x, of ions by extraction over write, y, x and peak."""
    made = values if shots is None else np.empty(values.shape, dtype=np.uint32)
    if shots is not None:
        for layer, ions in zip(values, made, strict=True):
            ions[:] = np.rint(layer.astype(float) * shots)
    return np.moveaxis(made, 3, 0)


def _lazily(file: Hdf5, data: Array, shots: int | None) -> Any:
    """A dask array of pieces of all peaks and a few writes."""
    try:
        import dask.array as da
    except ImportError:
        raise Skipped(
            f"{PEAKS} is too much for memory; install peakwright[cubes], with which it is read "
            "piece by piece"
        ) from None
    writes, height, width, peaks = data.shape
    step = max(CHUNK // (data.dtype.itemsize * height * width * peaks), 1)
    pieces = tuple(min(step, writes - first) for first in range(0, writes, step))
    kind = data.dtype if shots is None else np.dtype(np.uint32)
    array: Any = da
    return array.map_blocks(
        _Piece(file.path, step, shots),
        chunks=((peaks,), pieces, (height,), (width,)),
        dtype=kind,
        meta=np.empty((0, 0, 0, 0), dtype=kind),
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """Reads a piece of the images; it opens the file itself, perhaps in another process."""

    path: str
    step: int
    shots: int | None

    def __call__(self, *, block_id: tuple[int, ...]) -> NDArray[Any]:
        first = block_id[1] * self.step
        with Hdf5(self.path) as file:
            data = file.array(PEAKS)
            return _ions(data.read(first, min(first + self.step, len(data))), self.shots)


def peaks_of(file: Hdf5, peaks: int) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64]]:
    """Names, masses and windows of the peaks."""
    table = file.array(TABLE)
    fields = table.dtype.fields or {}
    if (
        table.shape != (peaks,)
        or peaks > MAX_PEAKS
        or not {"label", "mass", *LIMITS} <= set(fields)
    ):
        raise Skipped(f"{TABLE} does not name the {peaks} peaks of {PEAKS}")
    rows = table.read()
    if rows["label"].dtype.kind != "S" or any(rows[f].dtype.kind not in "iuf" for f in LIMITS):
        raise Skipped(f"{TABLE} should hold a label and numbers")
    names = [bytes(name).decode("latin-1").rstrip("\0") for name in rows["label"]]
    windows = np.stack([rows[limit].astype(float) for limit in LIMITS], axis=1)
    return names, rows["mass"].astype(float), windows
