"""The header of a VAMAS file: what all its blocks have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .lines import Lines

__all__ = ["IDENTIFIER", "SPUTTER_MODES", "Header", "is_vamas", "read_header"]

IDENTIFIER = "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4"
SPUTTER_MODES = {"MAPDP", "MAPSVDP", "SDP", "SDPSV"}
SCAN_MODES = {"REGULAR", "IRREGULAR", "MAPPING"}
LEAST_BLOCK_LINES = 44
"""A block without values, of the mode with the fewest fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a block needs to know of its file.

    Attributes
    ----------
    mode : str
        Experiment mode (``NORM``, ``SDP``, ``MAP``, ...): decides which fields a block has.
    scan : str
        ``REGULAR`` (start and increment), ``IRREGULAR`` (the axis is a variable) or ``MAPPING``.
    variables : tuple of (label, unit)
        The experimental variables (etch time, temperature), one value a block.
    future_block_entries, blocks : int
    instrument : str
        As the file names it.
    """

    mode: str
    scan: str
    variables: tuple[tuple[str, str], ...]
    future_block_entries: int
    blocks: int
    instrument: str = ""

    @property
    def sputters(self) -> bool:
        """Whether blocks describe a sputtering ion."""
        return self.mode in SPUTTER_MODES


def is_vamas(head: bytes) -> bool:
    """Whether the first bytes of a file carry the VAMAS identifier."""
    return IDENTIFIER.lower().encode()[:40] in head[:4096].lower()


def read_header(lines: Lines) -> Header:
    """Read up to the number of blocks."""
    _identifier(lines)
    lines.text("the institution")
    instrument = lines.text("the instrument").strip()
    for what in ("operator", "experiment"):
        lines.text(f"the {what}")
    lines.skip(lines.count("the number of comment lines"), "a comment line")
    mode, scan = _modes(lines)
    variables = [
        (lines.text("a variable's label").strip(), lines.text("a variable's unit").strip())
        for _ in range(lines.count("the number of experimental variables", lines_each=2))
    ]
    if lines.number("the number of entries in the inclusion list") != 0:
        lines.place -= 1
        raise lines.wrong(
            "uses a list of included block parameters, which is not supported",
            "export it with complete blocks",
        )
    lines.skip(lines.count("the number of manually entered items"), "a manual item")
    future = lines.count("the number of future upgrade experiment entries")
    future_block = lines.count("the number of future upgrade block entries")
    lines.skip(future, "a future experiment entry")
    return Header(
        mode=mode,
        scan=scan,
        variables=tuple(variables),
        future_block_entries=future_block,
        blocks=lines.count("the number of blocks", lines_each=LEAST_BLOCK_LINES),
        instrument=instrument,
    )


def _identifier(lines: Lines) -> None:
    """Pass the identifier; some programs write blank lines before it."""
    while lines.peek() == "":
        lines.place += 1
    if lines.text("the format identifier").strip().lower() != IDENTIFIER.lower():
        lines.place -= 1
        raise lines.wrong("does not begin with the VAMAS identifier")


def _modes(lines: Lines) -> tuple[str, str]:
    mode = lines.text("the experiment mode").strip().upper()
    scan = lines.text("the scan mode").strip().upper()
    if scan not in SCAN_MODES:
        lines.place -= 1
        raise lines.wrong(
            f"the scan mode should be REGULAR, IRREGULAR or MAPPING, not {scan[:40]!r}"
        )
    if mode in {"MAP", "MAPDP", "NORM", "SDP"}:
        # Real files hold 1, 9 or 0 here, whatever they contain: nothing follows from it.
        lines.number("the number of spectral regions")
    if mode in {"MAP", "MAPDP"}:
        lines.skip(3, "a map parameter")
    return mode, scan
