"""A whole VAMAS file: header, blocks, and what was passed over."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from references.files import DataFileError
from references.readers import Skipped
from references.words import Finding, Severity

from ..casa import CasaFit, parse_casa
from ..reading import Reading
from .block import Block, read_block
from .counts import to_spectrum
from .header import SPUTTER_MODES, Header, read_header
from .lines import Lines

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["read_vamas", "spectrum_blocks"]

TERMINATOR = "end of experiment"
MAX_BYTES = 128 * 1024**2
"""Of the shortest lines, this costs three quarters of a GiB; real files have some MiB."""
SPUTTER_LINES = (3, 7)
"""Programs disagree on how many entries describe the sputtering ion."""


def read_vamas(path: str | Path, content: bytes) -> Reading:
    """Read a VAMAS file.

    Parameters
    ----------
    path : path
        For messages.
    content : bytes
        The file.

    Returns
    -------
    Reading

    Raises
    ------
    DataFileError
        If the file is not VAMAS, ends early, or holds a number where none can be.
    """
    reading, _ = _read(path, content)
    return reading


def spectrum_blocks(path: str | Path, content: bytes) -> tuple[Block, ...]:
    """Give the block of each spectrum that :func:`read_vamas` makes of a file, in its order.

    Raises
    ------
    DataFileError
        As :func:`read_vamas`.
    """
    _, blocks = _read(path, content)
    return blocks


def _read(path: str | Path, content: bytes) -> tuple[Reading, tuple[Block, ...]]:
    if len(content) > MAX_BYTES:
        raise DataFileError(
            path,
            f"is {len(content)} bytes; VAMAS files are read up to {MAX_BYTES}",
            action="export it in parts",
        )
    if content.count(b"\x00") > 0.01 * len(content):
        raise DataFileError(path, "holds binary data, not VAMAS text")
    digest = hashlib.sha256(content).hexdigest()
    content = content.replace(b"\x00", b"")  # some exports pad a label with zero bytes
    problem: DataFileError | None = None
    for sputter_lines in SPUTTER_LINES:
        try:
            lines = Lines(path, content)
            return _experiment(lines, read_header(lines), sputter_lines, digest)
        except DataFileError as error:
            problem = problem or error
            if not any(mode.encode() in content[:4000].upper() for mode in SPUTTER_MODES):
                break
    assert problem is not None
    raise problem


def _experiment(
    lines: Lines, header: Header, sputter_lines: int, digest: str
) -> tuple[Reading, tuple[Block, ...]]:
    spectra: list[xr.Dataset] = []
    blocks: list[Block] = []
    fits: list[CasaFit | None] = []
    skipped: list[str] = []
    notes: list[Finding] = []
    for number in range(1, header.blocks + 1):
        block = read_block(lines, header, sputter_lines=sputter_lines)
        try:
            made, said = to_spectrum(block, header, path=lines.path, number=number)
        except Skipped as reason:
            skipped.append(str(reason))
            continue
        casa = parse_casa(block.comments)
        spectra.append(made)
        blocks.append(block)
        fits.append(casa)
        notes += said
        if casa is not None:
            subject = f"block {number} ({block.name}, line {block.line})"
            notes += (_unread(subject, line) for line in casa.unread)
    notes += _ending(lines, header)
    reading = Reading(
        path=str(lines.path),
        sha256=digest,
        format="vamas",
        spectra=tuple(spectra),
        casa=tuple(fits),
        skipped=tuple(skipped),
        notes=tuple(notes),
    )
    return reading, tuple(blocks)


def _unread(subject: str, line: str) -> Finding:
    return Finding(
        rule="casaxps_line_not_read",
        severity=Severity.WARNING,
        subject=subject,
        reported=line[:80],
        message="a line of CasaXPS's fit is not understood and was left out of it",
    )


def _ending(lines: Lines, header: Header) -> list[Finding]:
    """Say what stands after the last declared block, if it is not the terminator."""
    while lines.peek() == "":
        lines.place += 1
    last = lines.peek()
    closing = (last or "").strip().lower()
    if closing == TERMINATOR:
        return []
    rule, message = (
        ("no_terminator", "the file does not close with 'end of experiment'; it may be cut off")
        if TERMINATOR.startswith(closing)
        else (
            "more_than_declared",
            f"{lines.left} lines follow the {header.blocks} declared blocks and were not read",
        )
    )
    return [
        Finding(
            rule=rule, severity=Severity.WARNING, subject=Path(lines.path).name, message=message
        )
    ]
