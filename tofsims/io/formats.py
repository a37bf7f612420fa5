"""The table of readers, and what is refused by name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from references.files import DataFileError, LargeFile, sha256
from references.hdf5 import is_hdf5
from references.readers import Foreign, Format, chosen

from ..cubestore import is_cube, open_cube
from ..eventstore import is_store, open_events
from .bif6 import is_bif6, read_bif6
from .grd import is_grd, read_grd
from .hdf import read_hdf5
from .imzml import is_imzml, read_imzml
from .iontof import read_iontof
from .ita import read_ita
from .itax import read_itax
from .itm import is_itm, read_itm
from .itzip import is_itzip, read_itzip
from .phi_raw import is_phi_raw, read_phi_raw
from .reading import Reading
from .surfacelab import is_profile, is_spectrum, read_profile, read_spectrum

__all__ = ["FORMATS", "checksum_of_folder", "read"]

HEAD = 64 * 1024
"""Bytes by which a format is told; readers open the file themselves."""

FORMATS: tuple[Format[Reading], ...] = (
    Format(name="surfacelab profile", sniff=is_profile, read=read_profile),
    Format(name="surfacelab spectrum", sniff=is_spectrum, read=read_spectrum),
    Format(name="iontof", sniff=is_itm, read=read_iontof),
    Format(name="itm", sniff=is_itm, read=read_itm),
    Format(name="hdf5", sniff=is_hdf5, read=read_hdf5),
    Format(name="phi raw", sniff=is_phi_raw, read=read_phi_raw),
    Format(name="ita", sniff=is_itm, read=read_ita),
    Format(name="itax", sniff=is_itm, read=read_itax),
    Format(name="imzml", sniff=is_imzml, read=read_imzml),
    Format(name="bif6", sniff=is_bif6, read=read_bif6),
    Format(name="grd", sniff=is_grd, read=read_grd),
    Format(name="itzip", sniff=lambda _: False, read=read_itzip),
)
"""Bundled formats, in the order in which they are tried; of IONTOF's containers the first one looks
inside, and ITZIP is told by the names of its files before."""

FOREIGN = (
    Foreign(
        mark=b"PK\x03\x04",
        what="a zip archive",
        action="unpack it and give the file inside",
    ),
    Foreign(
        suffixes=(".ibd",),
        what="one half of an imzML",
        action="give the .imzML beside it",
    ),
)
"""What is refused by name."""


def read(path: str | Path, *, format: str | None = None) -> Reading:  # noqa: A002
    r"""Read a file of TOF-SIMS data; the format is told by its content, not by its name.

    Only ITZIP has no content to tell it by: it is told by the names of its files.

    Parameters
    ----------
    path : path
    format : str, optional
        A name in :data:`FORMATS`, to insist on one.

    Returns
    -------
    Reading

    Raises
    ------
    DataFileError
        If the file cannot be read, is of a format that is not supported, or holds nothing.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.txt"
    ...     _ = path.write_text("Channel\tm/z\tIntensity\n100\t12.1\t5\n300\t12.2\t7\n")
    ...     reading = read(path)
    >>> reading.format, reading.spectra[0]["counts"].values
    ('surfacelab spectrum', array([5., 7.]))
    """
    if format in {None, "itzip"} and is_itzip(path):
        return read_itzip(path)
    if Path(path).is_dir():
        return _folder(path)
    with LargeFile(path) as file:
        head = file.read(0, min(file.size, HEAD))
    if not head.strip():
        raise DataFileError(path, "is empty", action="copy or export it again")
    found = chosen(
        path,
        head,
        FORMATS,
        FOREIGN,
        name=format,
        action="give an .itm, .ita, GRD, ITZIP, BIF6, .imzML, SIMS-H5, TOFWERK's .h5, PHI's .raw, "
        "or what SurfaceLab exports as text",
    )
    with np.errstate(over="ignore", invalid="ignore"):
        return found.read(path, head)


class _Folder(Reading):
    """An event store or a cube, whose checksum reads all that is in it.

    It is made anew whenever a result asks for it: who only opens a cube of many gigabytes to look
    at it does not wait, and what was changed since is told.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> str:
        # Asked only for what an instance lacks, which :func:`_folder` has seen to.
        if name != "sha256":
            raise AttributeError(name)
        return checksum_of_folder(Path(self.path))

    def __repr__(self) -> str:
        return f"Reading(path={self.path!r}, format={self.format!r})"


def checksum_of_folder(folder: Path) -> str:
    """Give the SHA-256 of the names and checksums of all files in a folder, hidden ones aside.

    Neither the place of the folder nor the times of its files come into it.
    """
    lines = "".join(
        f"{one.relative_to(folder).as_posix()} {sha256(one)}\n" for one in _inside(folder)
    )
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def _inside(folder: Path) -> list[Path]:
    """All files in a folder, in the order of their names; a link back into it is followed once."""
    found: list[Path] = []
    pending, seen = [folder], set[Path]()
    while pending:
        here = pending.pop()
        if (place := here.resolve()) in seen:
            continue
        seen.add(place)
        try:
            inside = [one for one in here.iterdir() if not one.name.startswith(".")]
        except OSError as error:
            raise DataFileError(folder, f"cannot be read ({error})") from error
        for one in inside:
            if not (one.is_dir() or one.is_file()):
                raise DataFileError(one, "is no file", action="make the store or cube again")
            (pending if one.is_dir() else found).append(one)
    return sorted(found, key=lambda one: one.relative_to(folder).as_posix())


def _folder(path: str | Path) -> Reading:
    """Open an event store or a cube."""
    found = _opened(path)
    object.__delattr__(found, "sha256")
    return found


def _opened(path: str | Path) -> _Folder:
    if is_cube(path):
        return _Folder(path=str(path), sha256="", format="cube", cubes=(open_cube(path),))
    if not is_store(path):
        raise DataFileError(
            path, "is a folder with neither a cube nor a store", action="name a file inside it"
        )
    stored = open_events(path)
    return _Folder(
        path=str(path),
        sha256="",
        format="event store",
        runs=(stored,),
        notes=stored.notes,
    )
