"""The files that were opened, each with its technique."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from references.files import DataFileError

from ..recognition import technique_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..recognition import Technique

__all__ = ["Opened", "labels", "opened"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file that the page shows.

    Parameters
    ----------
    path : Path
        Absolute; results are saved beside it, and the page reaches nothing else.
    technique : {"xps", "xrd", "tofsims"}
    """

    path: Path
    technique: Technique


def opened(paths: Iterable[str | Path]) -> tuple[Opened, ...]:
    """Say what files are, before a page is made of them.

    Raises
    ------
    DataFileError
        If one is missing, unreadable, or of no technique.

    Examples
    --------
    >>> import xps
    >>> [file.technique for file in opened([xps.example_path()])]
    ['xps']
    """
    found: dict[Path, Opened] = {}
    for given in paths:
        technique = technique_of(given)
        if technique is None:
            raise DataFileError(
                given,
                "is no XPS spectrum, XRD pattern or TOF-SIMS measurement that is known",
                action="see the list of formats in the guide",
            )
        path = Path(given).resolve()
        found[path] = Opened(path=path, technique=technique)
    return tuple(found.values())


def labels(files: Sequence[Opened]) -> list[str]:
    """Give each file a short name; two of one name get their folder's too.

    Examples
    --------
    >>> labels([Opened(path=Path("/a/x.vms"), technique="xps"),
    ...         Opened(path=Path("/b/x.vms"), technique="xps")])
    ['a/x.vms', 'b/x.vms']
    """
    names = [file.path.name for file in files]
    return [
        name if names.count(name) == 1 else f"{file.path.parent.name}/{name}"
        for name, file in zip(names, files, strict=True)
    ]
