"""Which reader a file gets, what is refused by name, and what a reader says of the parts of a file.

Each technique has a table of :class:`Format` and a list of :class:`Foreign`; here they are asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .files import DataFileError
from .words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Foreign", "Format", "Skipped", "Told", "chosen", "registered"]

R = TypeVar("R")

HEAD = 65536
"""Bytes by which a format is told."""
MARKED = 64
"""Bytes within which a mark stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format(Generic[R]):
    """One format: its name, how it is told by its first bytes, how it is read."""

    name: str
    sniff: Callable[[bytes], bool]
    read: Callable[[str | Path, bytes], R]


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A format that is not read: how it is told, what it is, and what to do instead."""

    what: str
    action: str
    mark: bytes = b""
    suffixes: tuple[str, ...] = ()


def chosen(
    path: str | Path,
    content: bytes,
    formats: Sequence[Format[R]],
    foreign: Sequence[Foreign],
    *,
    name: str | None = None,
    action: str,
) -> Format[R]:
    """Give the format of a file, told by its content.

    Parameters
    ----------
    path : path
        For messages, and for the suffixes of what is refused.
    content : bytes
    formats : sequence of Format
        In the order in which they are tried; one named ``"table"`` takes what nothing else is.
    foreign : sequence of Foreign
        Refused where no format but a table fits; by a suffix only where none fits at all.
    name : str, optional
        Insists on a format.
    action : str
        What to do with a file that nothing fits.

    Raises
    ------
    DataFileError
        If there is no such format, or nothing fits.
    """
    if name is not None:
        insisted = next((f for f in formats if f.name == name), None)
        if insisted is None:
            known = ", ".join(f.name for f in formats)
            raise DataFileError(path, f"no reader {name[:40]!r}", action=f"there are {known}")
        return insisted
    head = content[:HEAD].removeprefix(b"\xef\xbb\xbf")
    found = next((f for f in formats if f.sniff(head)), None)
    if found is None or found.name == "table":
        _refuse(path, head, foreign, by_suffix=found is None)
    if found is None:
        raise DataFileError(path, "is of no known format, nor columns of numbers", action=action)
    return found


def _refuse(path: str | Path, head: bytes, foreign: Sequence[Foreign], *, by_suffix: bool) -> None:
    start, suffix = head.lstrip()[:MARKED], Path(path).suffix.lower()
    for other in foreign:
        marked = bool(other.mark) and start.startswith(other.mark)
        if marked or (by_suffix and suffix in other.suffixes):
            raise DataFileError(path, f"is {other.what}, which is not read", action=other.action)


def registered(group: str) -> tuple[Format[Any], ...]:
    """Give the readers that are registered under an entry-point group."""
    from importlib.metadata import entry_points

    found: list[Format[Any]] = []
    for point in entry_points(group=group):
        reader = point.load()
        found.append(Format(name=point.name, sniff=reader.sniff, read=reader.read))
    return tuple(found)


class Skipped(Exception):  # noqa: N818 - no error: a part of a file that holds no measurement
    """A part of a file that is passed over, and why."""


@dataclass(slots=True, kw_only=True)
class Told:
    """What is said about a part of a file while it is read.

    Attributes
    ----------
    subject : str
        The part: ``"block 3 (S 2p, line 120)"``.
    notes : list of Finding
    """

    subject: str
    notes: list[Finding] = field(default_factory=list[Finding])

    def say(
        self, rule: str, severity: Severity, message: str, reported: str = "", reference: str = ""
    ) -> None:
        """Keep a note about the part."""
        self.notes.append(
            Finding(
                rule=rule,
                severity=severity,
                subject=self.subject,
                reported=reported,
                reference=reference,
                message=message,
            )
        )
