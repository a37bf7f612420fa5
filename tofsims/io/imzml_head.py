"""What an .imzML says of its spectra: where each lies in the .ibd, and which pixel it is of.

Terms are told by accession, as exporters misspell their names. Its XML is checked and capped while
it is read; terms of a group are those of whatever refers to it.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from references.files import DataFileError, read_bytes
from references.readers import Told
from references.words import Severity
from references.xmltree import walk_xml

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from references.words import Finding

__all__ = ["Arrays", "Head", "read_head"]

MAX_BYTES = 512 * 1024**2
MAX_ELEMENTS = 10_000_000
MAX_SIDE = 8192
ARRAYS = {"m/z": "MS:1000514", "intensity": "MS:1000515"}
KINDS = {
    "MS:1000521": "<f4", "MS:1000523": "<f8", "MS:1000519": "<i4", "MS:1000522": "<i8",
    "IMS:1000141": "<i4", "IMS:1000142": "<i8",
}  # fmt: skip
UNPACKED = "MS:1000576"
NUMBER, OFFSET, LENGTH = "IMS:1000103", "IMS:1000102", "IMS:1000104"
POSITION = {"x": "IMS:1000050", "y": "IMS:1000051", "z": "IMS:1000052"}
COUNT = {"x": "IMS:1000042", "y": "IMS:1000043"}
DIMENSION = {"x": "IMS:1000044", "y": "IMS:1000045"}
PIXEL = {"x": "IMS:1000046", "y": "IMS:1000047"}
UUID = "IMS:1000080"
POLARITY = {"MS:1000129": "negative", "MS:1000130": "positive"}
IN_UM = {
    "": 1.0, "UO:0000008": 1e6, "UO:0000015": 1e4, "UO:0000016": 1e3, "UO:0000017": 1.0,
    "UO:0000018": 1e-3,
}  # fmt: skip
"""Micrometres of a unit of length; without one they are micrometres."""
UNLIKE = 0.01
"""Relative difference between a width and what its pixels make that is worth a warning."""

Terms = dict[str, dict[str, str]]
"""Attributes of terms by their accession."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrays:
    """Where an array of each spectrum lies: byte, how many numbers, and of what kind."""

    offset: NDArray[np.int64]
    number: NDArray[np.int64]
    kind: np.dtype[np.generic]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Head:
    """What stands in an .imzML.

    Attributes
    ----------
    mz, intensity : Arrays
    position : dict of (spectra,) array
        Along x, y and z, counted from 1.
    width, height : int
        Pixels along x and y.
    pixel_um : (float, float)
        Width and height of a pixel [um]; NaN where not known.
    polarity : str
    uuid : str
        Of the .ibd, 32 hexadecimal digits; empty where not said.
    notes : tuple of Finding
    """

    mz: Arrays
    intensity: Arrays
    position: dict[str, NDArray[np.int64]]
    width: int
    height: int
    pixel_um: tuple[float, float]
    polarity: str
    uuid: str
    notes: tuple[Finding, ...]

    @property
    def spectra(self) -> int:
        """How many there are."""
        return self.position["x"].size


def read_head(path: str | Path) -> Head:
    """Read an .imzML.

    Raises
    ------
    DataFileError
        If its XML could harm, or it does not say where its spectra lie.
    """
    walk = _Walk(str(path))
    walk_xml(path, read_bytes(path, max_bytes=MAX_BYTES), walk, max_elements=MAX_ELEMENTS)
    if not walk.position["x"]:
        raise DataFileError(path, "holds no spectrum", action="export it again")
    told = Told(subject="the measurement")
    position = {axis: np.array(found, dtype=np.int64) for axis, found in walk.position.items()}
    width, height = (_side(walk, axis, position[axis]) for axis in "xy")
    _say_missing(position, width, height, told)
    return Head(
        mz=walk.arrays("m/z"),
        intensity=walk.arrays("intensity"),
        position=position,
        width=width,
        height=height,
        pixel_um=_pixel_um(walk, (width, height), told),
        polarity=walk.polarities.pop() if len(walk.polarities) == 1 else "",
        uuid=walk.file.get(UUID, {}).get("value", "").strip("{} ").replace("-", "").lower(),
        notes=tuple(told.notes),
    )


@dataclass(slots=True)
class _Walk:
    """Collects terms while the elements come: those of the file, of groups and of each spectrum."""

    path: str
    file: Terms = field(default_factory=dict[str, dict[str, str]])
    polarities: set[str] = field(default_factory=set[str])
    position: dict[str, array[int]] = field(default_factory=lambda: {n: array("q") for n in "xyz"})
    lie: dict[str, tuple[array[int], array[int], list[str]]] = field(
        default_factory=lambda: {name: (array("q"), array("q"), []) for name in ARRAYS}
    )
    _groups: dict[str, Terms] = field(default_factory=dict[str, Terms])
    _open: list[Terms] = field(default_factory=list[Terms])
    _of_arrays: list[Terms] = field(default_factory=list[Terms])

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open what terms belong to, or keep a term."""
        here = self._open[-1] if self._open else self.file
        if tag == "cvParam":
            accession = attributes.get("accession", "")
            here[accession] = attributes
            if accession in POLARITY:
                self.polarities.add(POLARITY[accession])
        elif tag == "referenceableParamGroupRef":
            here.update(self._groups.get(attributes.get("ref", ""), {}))
        elif tag == "referenceableParamGroup":
            self._open.append(self._groups.setdefault(attributes.get("id", ""), {}))
        elif tag == "spectrum":
            self._of_arrays = []
            self._open.append({})
        elif tag == "binaryDataArray":
            self._of_arrays.append({})
            self._open.append(self._of_arrays[-1])

    def end(self, tag: str) -> None:
        """Close it; a spectrum is known then."""
        if tag in {"referenceableParamGroup", "spectrum", "binaryDataArray"}:
            terms = self._open.pop()
            if tag == "spectrum":
                self._keep(terms)

    def data(self, text: str) -> None:
        """Nothing is said between elements."""

    def wrong(self, reason: str) -> DataFileError:
        """Make the error of the spectrum at hand."""
        return DataFileError(
            self.path,
            reason,
            where=f"spectrum {len(self.position['x'])}",
            action="export it again, processed or continuous and without compression",
        )

    def arrays(self, name: str) -> Arrays:
        """Give where an array of each spectrum lies; all have to be of one kind."""
        offset, number, kinds = self.lie[name]
        if len(set(kinds)) != 1:
            raise DataFileError(self.path, f"holds {name} arrays of different kinds of numbers")
        return Arrays(
            offset=np.array(offset, dtype=np.int64),
            number=np.array(number, dtype=np.int64),
            kind=np.dtype(kinds[0]),
        )

    def _keep(self, terms: Terms) -> None:
        for axis, accession in POSITION.items():
            place = 1 if axis == "z" and accession not in terms else self.whole(terms, accession)
            self.position[axis].append(place)
            if place < 1:
                raise self.wrong(f"should be at a pixel counted from 1, and is at {axis} {place}")
        for name, accession in ARRAYS.items():
            found = [one for one in self._of_arrays if accession in one]
            if len(found) != 1:
                raise self.wrong(f"should have one {name} array, and has {len(found)}")
            self._keep_array(name, found[0])

    def _keep_array(self, name: str, terms: Terms) -> None:
        kind = next((kind for accession, kind in KINDS.items() if accession in terms), "")
        if not kind or UNPACKED not in terms:
            raise self.wrong(
                f"the {name} array should be plain numbers of 4 or 8 bytes, without compression"
            )
        offset, number = self.whole(terms, OFFSET), self.whole(terms, NUMBER)
        size = number * np.dtype(kind).itemsize
        if LENGTH in terms and self.whole(terms, LENGTH) != size:
            raise self.wrong(
                f"the {name} array has {number} numbers of {np.dtype(kind).itemsize} bytes, and "
                f"is said to be {self.whole(terms, LENGTH)} bytes long"
            )
        for kept, value in zip(self.lie[name], (offset, number, kind), strict=True):
            kept.append(value)  # pyright: ignore[reportArgumentType]

    def whole(self, terms: Terms, accession: str) -> int:
        """Give the whole number of a term, not negative."""
        text = terms.get(accession, {}).get("value", "").strip()
        if not (text.isascii() and text.isdigit() and len(text) < 18):
            raise self.wrong(f"should have a whole number for {accession}, and has {text[:40]!r}")
        return int(text)


def _side(walk: _Walk, axis: str, places: NDArray[np.int64]) -> int:
    """Pixels along an axis: those declared, of which none may be beyond."""
    last = int(places.max())
    declared = walk.whole(walk.file, COUNT[axis]) if COUNT[axis] in walk.file else last
    if not 0 < last <= declared <= MAX_SIDE:
        raise DataFileError(
            walk.path,
            f"declares {declared} pixels along {axis}, of at most {MAX_SIDE}, and has a spectrum "
            f"at pixel {last}",
            action="export it again",
        )
    return declared


def _say_missing(
    position: dict[str, NDArray[np.int64]], width: int, height: int, told: Told
) -> None:
    slices, spectra = np.unique(position["z"]).size, position["x"].size
    pixels = width * height * slices
    if spectra < pixels:
        told.say(
            "pixels_missing",
            Severity.INFO,
            f"{spectra} of {pixels} pixels have a spectrum; the others are missing, not zero",
            reported=str(spectra),
            reference=str(pixels),
        )


def _pixel_um(walk: _Walk, sides: tuple[int, int], told: Told) -> tuple[float, float]:
    """Width and height of a pixel; a width of the field that contradicts them is said."""
    found: list[float] = []
    for axis, number in zip("xy", sides, strict=True):
        size = _length_um(walk.file.get(PIXEL[axis], {}), told)
        whole = _length_um(walk.file.get(DIMENSION[axis], {}), told)
        if abs(whole - number * size) > UNLIKE * number * size:
            told.say(
                "dimension_differs",
                Severity.WARNING,
                f"{number} pixels of {size:g} um along {axis} are {number * size:g} um, and the "
                f"file says {whole:g} um; the pixels are believed",
                reported=f"{whole:g} um",
                reference=f"{number * size:g} um",
            )
        found.append(size)
    return found[0], found[1]


def _length_um(term: dict[str, str], told: Told) -> float:
    """A length [um]; NaN where it is not said, or in a unit that is no length."""
    unit = term.get("unitAccession", "")
    try:
        value = float(term.get("value", "nan"))
    except ValueError:
        value = np.nan
    if unit not in IN_UM:
        told.say(
            "unit_unknown",
            Severity.WARNING,
            f"a length is in {unit[:40]}, which is not known; it is left out",
        )
    return value * IN_UM.get(unit, np.nan) if 0 < value < 1e9 else np.nan
