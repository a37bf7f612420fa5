"""Zip archives from a file that nobody vouches for: looked over before anything is unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from .files import DataFileError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Archive"]

MAX_DIRECTORY = 1024**2
MAX_MEMBER = 64 * 1024**2
MAX_TOTAL = 256 * 1024**2
MAX_RATIO = 100
SMALL = 64 * 1024
"""Below this size no ratio harms."""

_END = b"PK\x05\x06"
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, KeyError, IndexError),
    *(OSError, OverflowError, RuntimeError, ValueError),  # encrypted or unknown methods too
)


class Archive:
    """A zip archive whose members are unpacked one at a time, each within a cap.

    Parameters
    ----------
    path : path
        For messages.
    content : bytes
        The file.

    Raises
    ------
    DataFileError
        If it is no zip archive, or if it would unpack to more than is sensible: a member above
        64 MiB or a hundred times its packed size, 256 MiB in all, names that lead out of a folder.
    """

    def __init__(self, path: str | Path, content: bytes) -> None:
        self._path = path
        self._check_directory(content)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            members = self._zip.infolist()
        except _BROKEN as error:
            raise self._broken(error) from None
        for member in members:
            self._check(member)
        if sum(member.file_size for member in members) > MAX_TOTAL:
            raise self._bomb(f"unpacks to more than {MAX_TOTAL} bytes")
        self.names = tuple(member.filename for member in members)

    def read(self, name: str) -> bytes:
        """Unpack a member.

        Raises
        ------
        DataFileError
            If it is not there, is damaged, or is larger than the archive says.
        """
        if name not in self.names:
            raise DataFileError(
                self._path, f"has no part {name[:80]!r}", action="save it again as .xlsx"
            )
        try:
            with self._zip.open(name) as stream:
                content = stream.read(MAX_MEMBER + 1)
        except _BROKEN as error:
            raise self._broken(error) from None
        if len(content) > MAX_MEMBER:
            raise self._bomb(f"has a part of more than {MAX_MEMBER} bytes")
        return content

    def _check_directory(self, content: bytes) -> None:
        """Refuse a table of contents that is missing, or too long to be read at once."""
        end = content.rfind(_END)
        if end < 0 or len(content) < end + 22:
            raise DataFileError(
                self._path, "is a zip archive without its end", action="copy or export it again"
            )
        (directory,) = struct.unpack_from("<I", content, end + 12)
        if directory > MAX_DIRECTORY:
            raise self._bomb(f"has a table of contents of {directory} bytes")

    def _check(self, member: zipfile.ZipInfo) -> None:
        parts = member.filename.replace("\\", "/").split("/")
        if ".." in parts or not parts[0] or ":" in parts[0]:
            raise self._bomb("has a part whose name leads out of its folder")
        if member.file_size > MAX_MEMBER:
            raise self._bomb(f"has a part of {member.file_size} bytes")
        if member.file_size > SMALL and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise self._bomb(f"has a part that unpacks to more than {MAX_RATIO} times its size")
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise DataFileError(self._path, "is packed in a way that no spreadsheet is")

    def _broken(self, error: Exception) -> DataFileError:
        return DataFileError(
            self._path,
            f"is a damaged zip archive ({type(error).__name__})",
            action="copy or export it again",
        )

    def _bomb(self, reason: str) -> DataFileError:
        return DataFileError(
            self._path, f"{reason}, and is not unpacked", action="check that it is the right file"
        )
