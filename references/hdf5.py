"""HDF5 files, opened to be read: what is in the file itself, and no more than was asked for.

HDF5 can name other files (external links, external storage, virtual datasets) and run plugins that
unpack; a broken file can make its library ask for gigabytes. Here links are followed one by one and
only within the file, datasets are looked at before they are read, known filters alone are used, and
what fails has a name. Sequences of variable length are read in :mod:`references.hdf5_sequences`.
"""

from __future__ import annotations

import contextlib
import math
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from .files import DataFileError, LargeFile
from .hdf5_array import PACKED, Array, library
from .hdf5_heap import Watched

try:
    import resource
except ImportError:  # a system without such limits
    resource = None

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

__all__ = ["MAGIC", "Array", "Hdf5", "is_hdf5"]

MAGIC = b"\x89HDF\r\n\x1a\n"
MAX_HOPS = 16
"""Soft links that are followed on the way to one object."""
MAX_CHILDREN = 10_000
MAX_ATTRIBUTE = 4 * 1024**2
SPARE = 256 * 1024**2
"""Memory that the library may take to look at something [bytes]."""
BROKEN = (
    OSError,
    RuntimeError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
)
"""What h5py raises of a broken file."""

_one_at_a_time = threading.Lock()


def is_hdf5(head: bytes) -> bool:
    """Whether a file begins as HDF5."""
    return head.startswith(MAGIC)


@contextlib.contextmanager
def _little_memory() -> Generator[None]:
    """Limit what may be allocated, where the system can: broken lengths are asked for unchecked."""
    statm = Path("/proc/self/statm")
    if resource is None or not statm.exists():
        yield
        return
    with _one_at_a_time:
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = int(statm.read_text().split()[0]) * resource.getpagesize() + SPARE
        for limit in (soft, hard):
            most = most if limit == resource.RLIM_INFINITY else min(most, limit)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


class Hdf5:
    """An HDF5 file, opened read-only.

    Parameters
    ----------
    path : path

    Raises
    ------
    DataFileError
        If the file is missing, unreadable or no whole HDF5 file. All methods raise it for what is
        broken, and for what leads out of the file.

    Examples
    --------
    >>> import h5py, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with h5py.File(f"{folder}/a.h5", "w") as made:
    ...         made["counts"] = [1, 2, 3]
    ...         made["counts"].attrs["polarity"] = "negative"
    ...     with Hdf5(f"{folder}/a.h5") as file:
    ...         file.array("counts").read(1, 3), file.text("counts", "polarity")
    (array([2, 3]), 'negative')
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        self.file = LargeFile(path)
        try:
            self._open()
        except BaseException:
            self.file.close()
            raise

    def _open(self) -> None:
        if not is_hdf5(self.file.read(0, min(len(MAGIC), self.file.size))):
            raise self.wrong("does not begin as HDF5 files do", "byte 0")
        h5py = library()
        with self._looked(""):
            self._root: Any = h5py.File(Watched(self.file), "r")
            self._top: Any = self._root["/"].id

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(*BROKEN):
            self._root.close()
        self.file.close()

    def wrong(self, reason: str, where: str, action: str = "") -> DataFileError:
        """Make the error of a place in the file."""
        return DataFileError(
            self.path, reason, where=where, action=action or "copy or export the file again"
        )

    @contextlib.contextmanager
    def named(self, where: str) -> Generator[None]:
        """Turn what the library refuses into the named error."""
        try:
            yield
        except BROKEN as error:
            said = " ".join(str(error).split())[:120]
            raise self.wrong(f"is broken or cut off ({said})", where) from None

    @contextlib.contextmanager
    def _looked(self, where: str) -> Generator[None]:
        with self.named(where), _little_memory():
            yield

    def has(self, path: str) -> bool:
        """Whether there is an object at a path."""
        return self.opened(path) is not None

    def names(self, path: str) -> list[str]:
        """Give the names in a group; none where there is no group."""
        h5py = library()
        found = self.opened(path)
        if not isinstance(found, h5py.h5g.GroupID):
            return []
        with self._looked(path):
            number = int(found.get_num_objs())
            if number > MAX_CHILDREN:
                raise self.wrong(f"holds {number} objects, more than {MAX_CHILDREN}", path)
            return [str(name) for name in h5py.Group(found)]

    def opened(self, path: str) -> Any:
        """Give the identifier of the object at a path, links followed within the file alone."""
        h5py = library()
        with self._looked(path):
            here: Any = self._top
            parts, hops = _parts(path), 0
            while parts:
                name = parts.pop(0).encode()
                if not isinstance(here, h5py.h5g.GroupID) or not here.links.exists(name):
                    return None
                kind = here.links.get_info(name).type
                if kind == h5py.h5l.TYPE_HARD:
                    here = h5py.Group(here)[name].id
                    continue
                if kind != h5py.h5l.TYPE_SOFT:
                    raise self.wrong("is a link out of the file, which is not followed", path)
                hops += 1
                if hops > MAX_HOPS:
                    raise self.wrong("is behind links that lead in a circle", path)
                target = here.links.get_val(name).decode("utf-8")
                here = self._top if target.startswith("/") else here
                parts = _parts(target) + parts
            return here

    def text(self, path: str, name: str) -> str:
        """Give an attribute that is text; empty where there is none."""
        value = self._attribute(path, name)
        if isinstance(value, np.ndarray):
            value = value.ravel()[0] if value.size else ""
        if isinstance(value, bytes):
            value = value.decode("latin-1")
        return value[:MAX_ATTRIBUTE].rstrip("\0").strip() if isinstance(value, str) else ""

    def numbers(self, path: str, name: str) -> NDArray[np.float64]:
        """Give an attribute that is numbers; none where there is none."""
        value = self._attribute(path, name)
        found = np.asarray([] if value is None else value)
        return found.ravel().astype(float) if found.dtype.kind in "iuf" else np.zeros(0)

    def number(self, path: str, name: str) -> float | None:
        """Give an attribute that is one number; ``None`` where it is not."""
        found = self.numbers(path, name)
        return float(found[0]) if found.size == 1 and np.isfinite(found[0]) else None

    def _attribute(self, path: str, name: str) -> Any:
        h5py = library()
        where = f"{path} @{name}"
        found = self.opened(path)
        if found is None:
            return None
        with self._looked(where):
            if not h5py.h5a.exists(found, name.encode()):
                return None
            all_of_it = h5py.AttributeManager(_Held(found))
            held = all_of_it.get_id(name)
            kinds = (h5py.h5t.INTEGER, h5py.h5t.FLOAT, h5py.h5t.STRING)
            if held.get_type().get_class() not in kinds:
                return None
            size = math.prod(held.shape) * held.get_type().get_size()
            if size > MAX_ATTRIBUTE:
                raise self.wrong(f"is an attribute of {size} bytes", where)
            value: Any = all_of_it[name]
        return value

    def array(self, path: str, *, packed: float = PACKED) -> Array:
        """Give the dataset at a path.

        Parameters
        ----------
        path : str
        packed : float
            Times that it may be larger than what is stored of it.
        """
        return Array(self, path, self.dataset(path), packed)

    def dataset(self, path: str) -> Any:
        """Give the identifier of a dataset whose data lie in this file."""
        h5py = library()
        found = self.opened(path)
        if not isinstance(found, h5py.h5d.DatasetID):
            what = "is not there" if found is None else "is no dataset"
            raise self.wrong(what, path)
        with self._looked(path):
            made = found.get_create_plist()
            if made.get_layout() == h5py.h5d.VIRTUAL:
                raise self.wrong("is put together from other datasets, which is not read", path)
            if made.get_external_count():
                raise self.wrong("lies in another file, which is not opened", path)
        return found

    def filters(self, dataset: Any, where: str) -> list[int]:
        """Give the filters that packed a dataset, in the order in which they were applied."""
        with self._looked(where):
            made = dataset.get_create_plist()
            return [int(made.get_filter(i)[0]) for i in range(made.get_nfilters())]


class _Held:
    """What h5py's attributes ask of the object that they are of."""

    def __init__(self, id_: Any) -> None:
        self.id = id_


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in {"", "."}]
