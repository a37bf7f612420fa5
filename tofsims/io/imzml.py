"""imzML: a mass spectrum of each pixel; the .imzML says where they lie in the .ibd beside it.

It holds m/z and intensities, no flight times, and mostly no depth. So there are no events in it:
reading gives the spectrum of all pixels together, and :func:`images_of` the images of mass windows.
A pixel without a spectrum is missing there (NaN), not empty.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

from references.files import DataFileError, LargeFile, sha256
from references.readers import Told
from references.words import Severity

from ..cube import LARGEST, CubeError, ion_cube
from ..spectrum import mass_spectrum
from .imzml_head import Arrays, read_head
from .reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from ..cube import Window

__all__ = ["images_of", "is_imzml", "read_imzml"]

BATCH = 2_000_000
"""Points of spectra that are added up together."""
MAX_MASSES = 20_000_000
"""Different m/z of the spectrum of all pixels."""


def is_imzml(head: bytes) -> bool:
    """Whether a file begins like an .imzML."""
    return b"<mzML" in head[:4096] and b"IMS:" in head


def read_imzml(path: str | Path, _head: bytes) -> Reading:
    """Read the spectrum of all pixels together, over the m/z that any of them has.

    The checksum is that of the checksums of both files.
    """
    pixels = _Pixels(path)
    told = Told(subject="the measurement")
    spectrum = _total(pixels, told)
    checksums = sha256(path) + sha256(pixels.ibd.path)
    return Reading(
        path=str(path),
        sha256=hashlib.sha256(checksums.encode()).hexdigest(),
        format="imzml",
        spectra=() if spectrum is None else (spectrum,),
        skipped=() if spectrum is not None else (
            f"the spectrum of all pixels: it would have more than {MAX_MASSES} different m/z",
        ),
        notes=(*pixels.head.notes, *told.notes),
    )  # fmt: skip


def images_of(path: str | Path, windows: Sequence[Window]) -> xr.Dataset:
    """Add up the intensities of an imzML within mass windows, pixel by pixel.

    Parameters
    ----------
    path : path
        Of the .imzML.
    windows : sequence of Window
        From ``low`` up to, not including, ``high``.

    Returns
    -------
    Dataset
        As :func:`tofsims.ion_cube` makes it; NaN where a pixel has no spectrum. What the file has
        as z is ``scan``, so of most files there is one. Intensities are kept as they are, whole
        counts or not.

    Raises
    ------
    DataFileError
        If the file cannot be read.
    CubeError
        If there is no window, or more images than memory should hold.

    Examples
    --------
    >>> import tempfile
    >>> from pyimzml.ImzMLWriter import ImzMLWriter
    >>> from tofsims.cube import Window
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.imzML"
    ...     with ImzMLWriter(str(path)) as file:
    ...         file.addSpectrum([34.96, 34.97, 36.97], [1.0, 2.0, 1.0], (1, 1, 1))
    ...         file.addSpectrum([34.97, 36.97], [5.0, 2.0], (3, 1, 1))
    ...     cube = images_of(path, [Window(ion="Cl-", low=34.95, high=35.0)])
    >>> cube["counts"].values
    array([[[[ 3., nan,  5.]]]])
    """
    if not windows:
        raise CubeError("no window to integrate; name an ion")
    pixels = _Pixels(path)
    head = pixels.head
    slices, at = np.unique(head.position["z"], return_inverse=True)
    shape = (len(windows), slices.size, head.height, head.width)
    size = 8 * int(np.prod(shape, dtype=float))
    if size > LARGEST:
        raise CubeError(
            f"a cube of {' x '.join(map(str, shape))} takes {size / 1e9:.1f} GB of memory; "
            "ask for fewer ions"
        )
    counts = np.full(shape, np.nan)
    edges = np.array([(window.low, window.high) for window in windows])
    for i, (mz, intensity) in enumerate(pixels):
        order = np.argsort(mz, kind="stable")
        first, last = np.searchsorted(mz[order], edges).T
        x, y = head.position["x"][i] - 1, head.position["y"][i] - 1
        counts[:, at[i], y, x] = [
            intensity[order[a:b]].sum() for a, b in zip(first, last, strict=True)
        ]
    return ion_cube(
        [window.ion for window in windows],
        counts,
        scan=slices,
        window=edges,
        pixel_um=head.pixel_um,
        polarity=head.polarity,
    )


class _Pixels:
    """The spectra of a file, one by one: m/z and intensity."""

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        self.head = read_head(path)
        self.ibd = LargeFile(_beside(Path(path)))
        self._check_identity()
        self._check_places()

    def __iter__(self) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        for i in range(self.head.spectra):
            mz, intensity = (self._values(one, i) for one in (self.head.mz, self.head.intensity))
            if not (np.all(np.isfinite(mz)) and np.all(np.isfinite(intensity))):
                raise self._wrong("holds a number that is not finite", i)
            if mz.size and (mz.min() < 0 or intensity.min() < 0):
                raise self._wrong("holds a negative m/z or intensity", i)
            yield mz, intensity

    def _values(self, arrays: Arrays, i: int) -> NDArray[np.float64]:
        size = int(arrays.number[i]) * arrays.kind.itemsize
        raw = self.ibd.read(int(arrays.offset[i]), size)
        return np.frombuffer(raw, arrays.kind).astype(np.float64)

    def _wrong(self, reason: str, i: int) -> DataFileError:
        x, y = self.head.position["x"][i], self.head.position["y"][i]
        return DataFileError(
            self.path, reason, where=f"spectrum {i + 1} at x {x}, y {y}", action="export it again"
        )

    def _check_identity(self) -> None:
        """Both files have to begin with the same number; its bytes may be in either order."""
        stored = self.ibd.read(0, min(16, self.ibd.size))
        said: set[bytes] = set()
        with contextlib.suppress(ValueError):
            number = UUID(hex=self.head.uuid)
            said = {number.bytes, number.bytes_le}
        if stored not in said:
            raise DataFileError(
                self.path,
                f"is of the .ibd {self.head.uuid[:40] or 'without a number'}, and beside it is "
                f"{stored.hex()}",
                where=Path(self.ibd.path).name,
                action="put the .ibd that was exported with it beside it",
            )

    def _check_places(self) -> None:
        """Arrays have to lie in the .ibd, be of equal length, and each have a pixel of its own."""
        head = self.head
        for arrays in (head.mz, head.intensity):
            ends = arrays.offset + arrays.number * arrays.kind.itemsize
            if ends.max() > self.ibd.size:
                raise self._wrong(
                    f"reaches to byte {ends.max()} of an .ibd of {self.ibd.size}; it may be cut "
                    "off",
                    int(ends.argmax()),
                )
        unequal = np.flatnonzero(head.mz.number != head.intensity.number)
        if unequal.size:
            i = int(unequal[0])
            raise self._wrong(
                f"has {head.mz.number[i]} m/z for {head.intensity.number[i]} intensities", i
            )
        if int(head.intensity.number.sum()) * head.intensity.kind.itemsize > self.ibd.size:
            raise DataFileError(self.path, "has spectra of several pixels in the same place")
        places = np.stack([head.position[axis] for axis in "xyz"])
        if np.unique(places, axis=1).shape[1] != head.spectra:
            raise DataFileError(self.path, "has several spectra of one pixel")


def _beside(path: Path) -> Path:
    """The .ibd of an .imzML."""
    with contextlib.suppress(OSError):
        for other in sorted(path.parent.iterdir()):
            if other.stem == path.stem and other.suffix.lower() == ".ibd":
                return other
    raise DataFileError(
        path,
        f"has no {path.stem}.ibd beside it, which holds its spectra",
        action="put both files of the export into one folder",
    )


def _total(pixels: _Pixels, told: Told) -> xr.Dataset | None:
    """The spectrum of all pixels; ``None`` if it had too many different m/z."""
    masses, sums = np.empty(0), np.empty(0)
    held: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    waiting = 0
    for i, (mz, intensity) in enumerate(pixels, 1):
        held.append((mz, intensity))
        waiting += mz.size
        if waiting < BATCH and i < pixels.head.spectra:
            continue
        joined, weights = (
            np.concatenate(parts) for parts in zip((masses, sums), *held, strict=True)
        )
        masses, of = np.unique(joined, return_inverse=True)
        sums = np.bincount(of, weights=weights, minlength=masses.size)
        held, waiting = [], 0
        if masses.size > MAX_MASSES:
            return None
    if masses.size < 2:
        raise DataFileError(
            pixels.path, f"holds {masses.size} different m/z, where a spectrum has more"
        )
    told.say(
        "channels_numbered",
        Severity.INFO,
        "the file has m/z and no flight times: its channels are the numbers of its m/z, and no "
        "mass scale can be made of them",
    )
    told.say(
        "correction_unknown",
        Severity.WARNING,
        "whether its intensities are corrected for the dead time is not said; they are kept as "
        "they are",
    )
    return mass_spectrum(
        np.arange(masses.size), sums, mz=masses, is_corrected=True, polarity=pixels.head.polarity
    )
