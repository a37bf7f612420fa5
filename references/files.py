"""The only door to the disk for what could harm: named errors, capped reads, atomic writes.

Readers and writers of every technique go through it, so that a bad input gives one sentence and a
crash never leaves half a file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import BinaryIO

__all__ = [
    "DataFileError",
    "LargeFile",
    "locked",
    "new_folder",
    "read_bytes",
    "read_text",
    "remove_file",
    "sha256",
    "write_atomic",
]

MAX_BYTES = 2 * 1024**3
PIECE = 1024**2


class DataFileError(Exception):
    """An input that cannot be read: which file, where in it, why, and what to do next.

    Parameters
    ----------
    path : str or Path
        The file as the user named it.
    reason : str
        What was found and what was expected.
    where : str, optional
        Line, byte offset or path inside the file.
    action : str, optional
        What to do next.

    Examples
    --------
    >>> print(DataFileError("a.vms", "ends inside block 3 of 5", where="line 812",
    ...                     action="export it again"))
    a.vms, line 812: ends inside block 3 of 5; export it again
    """

    def __init__(self, path: str | Path, reason: str, *, where: str = "", action: str = "") -> None:
        self.path = str(path)
        self.reason = reason
        self.where = where
        self.action = action
        super().__init__(str(self))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with keywords, so that worker processes can report the error."""
        return (_rebuild_error, (self.path, self.reason, self.where, self.action))

    def __str__(self) -> str:
        place = f", {self.where}" if self.where else ""
        action = f"; {self.action}" if self.action else ""
        return f"{self.path}{place}: {self.reason}{action}"


def _capped(stream: BinaryIO, max_bytes: int) -> bytes:
    """Read to the end, or one byte beyond the cap.

    Piece by piece: a read of so many bytes sets that much memory aside before it begins, and what
    pipes and devices hold cannot be asked beforehand.
    """
    found = bytearray()
    while len(found) <= max_bytes:
        piece = stream.read(min(PIECE, max_bytes + 1 - len(found)))
        if not piece:
            break
        found += piece
    return bytes(found)


def _rebuild_error(path: str, reason: str, where: str, action: str) -> DataFileError:
    return DataFileError(path, reason, where=where, action=action)


def read_bytes(path: str | Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Read a whole file, opened read-only and no larger than a cap.

    Parameters
    ----------
    path : str or Path
        File to read.
    max_bytes : int
        Largest size accepted, in bytes.

    Returns
    -------
    bytes
        The file's content.

    Raises
    ------
    DataFileError
        If the file is missing, a folder, unreadable, or larger than ``max_bytes``.
    """
    given = Path(path)
    with _named(path), given.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > max_bytes:
            raise DataFileError(
                path,
                f"is {size} bytes, more than the {max_bytes} bytes that are read at once",
                action="split the file, or check that it is the right one",
            )
        content = _capped(stream, max_bytes)
    if len(content) > max_bytes:
        raise DataFileError(path, f"holds more than {max_bytes} bytes")
    return content


@contextlib.contextmanager
def _named(path: str | Path) -> Generator[None]:
    """Turn what the disk refuses into the named error."""
    try:
        yield
    except FileNotFoundError:
        raise DataFileError(path, "no such file", action=_near_names(Path(path))) from None
    except IsADirectoryError:
        raise DataFileError(path, "is a folder", action="name a file inside it") from None
    except PermissionError:
        raise DataFileError(path, "may not be read", action="check its permissions") from None
    except (OSError, ValueError) as error:
        raise DataFileError(path, f"cannot be read ({error})") from None


class LargeFile:
    """A file read in pieces, from several threads, and never beyond its end.

    Parameters
    ----------
    path : path
        Opened read-only.

    Raises
    ------
    DataFileError
        If the file is missing, a folder or unreadable.

    Examples
    --------
    >>> with LargeFile(__file__) as file:
    ...     file.read(3, 8)
    b'The only'
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        with _named(path):
            self._stream = Path(path).open("rb")  # noqa: SIM115 - it is a context itself
            self.size = os.fstat(self._stream.fileno()).st_size
        # Whoever holds the file last need not know that it is one.
        self._close = weakref.finalize(self, self._stream.close)
        self._one_at_a_time = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._close()

    def read(self, offset: int, length: int, *, max_bytes: int = MAX_BYTES) -> bytes:
        """Read so many bytes from an offset.

        Raises
        ------
        DataFileError
            If they reach beyond the end of the file, or are more than ``max_bytes``.
        """
        where = f"byte {offset}"
        if length > max_bytes:
            raise DataFileError(
                self.path, f"declares {length} bytes, more than {max_bytes}", where=where
            )
        if offset < 0 or length < 0 or offset + length > self.size:
            raise DataFileError(
                self.path,
                f"declares {length} bytes where the file ends at {self.size}",
                where=where,
                action="the file may be cut off; copy or export it again",
            )
        with _named(self.path):
            if hasattr(os, "pread"):
                content = os.pread(self._stream.fileno(), length, offset)
                while len(content) < length:
                    more = os.pread(
                        self._stream.fileno(), length - len(content), offset + len(content)
                    )
                    if not more:
                        break
                    content += more
            else:
                with self._one_at_a_time:
                    self._stream.seek(offset)
                    content = self._stream.read(length)
        if len(content) != length:
            raise DataFileError(self.path, "became shorter while it was read", where=where)
        return content


def read_text(path: str | Path, *, encoding: str = "utf-8", max_bytes: int = MAX_BYTES) -> str:
    """Read a whole text file; a byte-order mark is dropped.

    Raises
    ------
    DataFileError
        As :func:`read_bytes`, or if the bytes are not valid text in ``encoding``.
    """
    content = read_bytes(path, max_bytes=max_bytes)
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise DataFileError(
            path,
            f"is not {encoding} text",
            where=f"byte {error.start}",
            action=f"save it as {encoding}",
        ) from None


def sha256(path: str | Path) -> str:
    """Give the SHA-256 of a file of any size as 64 hexadecimal digits.

    Raises
    ------
    DataFileError
        As :func:`read_bytes`, but for its size.
    """
    with _named(path), Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_atomic(path: str | Path, content: bytes | str) -> Path:
    r"""Write a file so that it is either the old one or the whole new one.

    Temporary file in the same folder, flush, fsync, rename, fsync of the folder.

    Parameters
    ----------
    path : str or Path
        Where to write; missing folders are made.
    content : bytes or str
        What to write; text is written as UTF-8 with ``\n`` line ends.

    Returns
    -------
    Path
        The path written.

    Raises
    ------
    DataFileError
        If the folder cannot be made or the write fails; nothing is left behind.
    """
    target = Path(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=target.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
        temporary = None
        _sync_folder(target.parent)
    except (OSError, ValueError) as error:
        raise DataFileError(
            path, f"cannot be written ({error})", action="check the disk and the permissions"
        ) from None
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
    return target


def remove_file(path: str | Path) -> None:
    """Remove a file that we have written; one that is not there any more is no fault.

    Raises
    ------
    DataFileError
        If the disk refuses.
    """
    with _named(path):
        Path(path).unlink(missing_ok=True)


@contextlib.contextmanager
def new_folder(path: str | Path) -> Generator[Path]:
    """Make a folder that is there with all it holds, or not at all.

    Parameters
    ----------
    path : path
        Nothing may be there yet.

    Yields
    ------
    Path
        A folder beside it, to be filled; it gets its name when all has gone well.

    Raises
    ------
    DataFileError
        If something is there already, or the disk refuses.
    """
    given = Path(path)
    if given.exists():
        raise DataFileError(
            path, "is there already", action="name a new folder, or remove the old one"
        )
    with _named(path):
        given.parent.mkdir(parents=True, exist_ok=True)
        filling = Path(tempfile.mkdtemp(prefix=f".{given.name}.", dir=given.parent))
    try:
        yield filling
        with _named(path):
            filling.chmod(0o777 & ~_umask())
            filling.replace(given)
            _sync_folder(given.parent)
    except BaseException:
        shutil.rmtree(filling, ignore_errors=True)
        raise


@contextlib.contextmanager
def locked(path: str | Path, *, action: str = "wait until it is done") -> Generator[None]:
    """Hold a file that no two processes hold at once; it is let go when the process ends, anyhow.

    Parameters
    ----------
    path : path
        An empty file; made where it is missing, with its folder, and left there.
    action : str
        What to do where another process holds it.

    Raises
    ------
    DataFileError
        If another process holds it, or the disk refuses.
    """
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise DataFileError(
            path, f"cannot be written ({error})", action="check the disk and the permissions"
        ) from None
    try:
        if not _held(handle):
            raise DataFileError(path, "is held by another process that runs", action=action)
        yield
    finally:
        os.close(handle)


def _held(handle: int) -> bool:
    """Try to lock an open file; the system lets go of it with the process."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # pyright: ignore[reportAttributeAccessIssue]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _umask() -> int:
    """Read the process's umask; the call can only be made by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Make a rename durable; some systems cannot sync a folder, and lose nothing by it."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _near_names(path: Path) -> str:
    """Suggest files of a similar name in the same folder."""
    import difflib

    try:
        present = [p.name for p in path.parent.iterdir()]
    except OSError:
        return "check the path"
    near = difflib.get_close_matches(path.name, present, n=3)
    return f"did you mean {', '.join(near)}?" if near else "check the path"
