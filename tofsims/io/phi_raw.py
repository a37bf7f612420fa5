"""PHI SmartSoft-TOF's .raw: ion events of frames, behind a header that is text.

The header ends at ``HeaderSize``; blocks follow, each a head of 16 bytes (its kind at 0, its length
at 12) and what it holds: events (1), the end of a frame (2), the origin of a tile (6), text that
was added later (14), the end (0). An event is eight bytes: flight time in ps, x and y; words that
are none fill the rest. A mass scale that was added later is the one to use. Frames are scans.
Tiles, and events of fragments (MS/MS), are refused. The origin is taken at the lower left. The
layout is known from other programs' work, not from its maker.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from references.files import DataFileError, LargeFile, sha256
from references.readers import Told
from references.words import Severity

from ..events import CHANNELS, Hits, Raster, Run, Scan
from .flight_times import halvings, scale_from
from .reading import Reading

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ..masscal import MassScale

__all__ = ["is_phi_raw", "read_phi_raw"]

MAGIC, END = b"SOFH", b"EOFH"
HEAD = struct.Struct("<H10xI")
MAX_HEADER = 1 << 20
MAX_TEXT = 1 << 14
IONS, FRAME, TILE, FRAGMENTS, TEXT, LAST = 1, 2, 6, 8, 14, 0
MAX_SIDE = 2048
MAX_OTHERS = 100_000
"""Blocks that hold no events."""
MAX_BLOCK = 256 * 1024**2
TIME, ARE_IONS, NEVER = 0x7FFFFFFF, 1 << 31, 0x3F << 58
OURS = re.compile(rb"Technique:[^\r\n]{0,80}TofSIMS", re.IGNORECASE)


def is_phi_raw(head: bytes) -> bool:
    """Whether a file begins as PHI's do and says that it is of TOF-SIMS."""
    return head.startswith(MAGIC) and OURS.search(head) is not None


def read_phi_raw(path: str | Path, _head: bytes) -> Reading:
    """Read how a measurement was made and where its events lie; they are loaded later."""
    file = LargeFile(path)
    try:
        return _reading(file)
    except BaseException:
        file.close()
        raise


@dataclass(slots=True, eq=False)
class _Found:
    """What the blocks are: where each frame's events lie, and the mass scale that was added."""

    frames: list[list[tuple[int, int]]] = field(default_factory=lambda: [[]])
    text: str = ""
    tiles: set[bytes] = field(default_factory=set[bytes])
    fragments: int = 0
    ended: bool = False
    behind: int = 0

    def closed(self) -> _Found:
        """Leave out what begins behind the end of the last frame and holds nothing."""
        if not self.frames[-1]:
            self.frames.pop()
        return self


def _reading(file: LargeFile) -> Reading:
    told = Told(subject="the measurement")
    known, start = _header(file)
    side = _side(file, known)
    found = _blocks(file, start)
    if len(found.tiles) > 1:
        raise DataFileError(
            file.path,
            f"is a mosaic of {len(found.tiles)} tiles, which is not read",
            action="export one tile alone",
        )
    if found.fragments or known.get("Acq Base/MSMS Active", "Inactive") != "Inactive":
        raise DataFileError(
            file.path, "holds fragments (MS/MS), which are not read", action="give a file of ions"
        )
    longest, ions, dropped = _looked_over(file, found, side)
    _say(told, known, found, ions, dropped)
    shift = halvings(longest)
    scales = _scales(known, found, shift, told)
    frames = found.frames
    field_um = _number(known.get("PHI LMIG/Raster Size (um)", ""))
    polarity = known.get("Polarity/Polarity", known.get("SecIonPolarity", ""))
    run = Run(
        scans=tuple(Scan(i, _Frame(file, tuple(at), side, shift)) for i, at in enumerate(frames)),
        raster=Raster(width=side, height=side, field_um=field_um if field_um > 0 else np.nan),
        polarity=_polarity(polarity),
        scales=scales,
        channels=CHANNELS,
        channel_ps=float(1 << shift),
        labels={"primary": known.get("PHI LMIG/Gun Particle", "")[:80]},
    )
    return Reading(
        path=file.path,
        sha256=sha256(file.path),
        format="phi raw",
        runs=(run,),
        notes=tuple(told.notes),
    )


# --- header and blocks ----------------------------------------------------------------------------


def _header(file: LargeFile) -> tuple[dict[str, str], int]:
    """What the header says, and where the blocks begin."""
    raw = file.read(0, min(file.size, MAX_HEADER))
    end = raw.find(END)
    if end < 0:
        raise DataFileError(file.path, "has a header without its end, EOFH", where="byte 0")
    known = _said(raw[:end].decode("latin-1"))
    start = _number(known.get("HeaderSize", ""))
    if not end + len(END) <= start <= file.size:
        raise DataFileError(
            file.path,
            f"should say where its header ends, and says {known.get('HeaderSize', '')[:40]!r}",
            where="HeaderSize",
            action="the file may be cut off; copy it again",
        )
    return known, int(start)


def _said(text: str) -> dict[str, str]:
    """Keys and values of lines, in a section as ``section/key``; the first of a name counts."""
    found: dict[str, str] = {}
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            section = f"{line[1:-1]}/"
            continue
        key, mark, value = line.partition("=" if section else ":")
        if mark:
            found.setdefault(section + key.strip(), value.strip())
    return found


def _number(text: str) -> float:
    try:
        # Python takes 1_0 for ten.
        value = np.nan if "_" in text else float(text)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan


def _side(file: LargeFile, known: dict[str, str]) -> int:
    side = _number(known.get("ImagePixels", ""))
    if not 1 <= side <= MAX_SIDE:
        raise DataFileError(
            file.path,
            f"should declare a raster of 1 to {MAX_SIDE} pixels a side, and declares "
            f"{known.get('ImagePixels', '')[:40]!r}",
            where="ImagePixels",
        )
    return int(side)


def _blocks(file: LargeFile, at: int) -> _Found:
    """Go from block to block, to the end that is one."""
    found = _Found()
    others = 0
    while at < file.size:
        kind, size = HEAD.unpack(file.read(at, HEAD.size))
        at += HEAD.size
        if kind == LAST:
            found.ended, found.behind = True, file.size - at
            return found.closed()
        others += kind != IONS or not size
        if others > MAX_OTHERS:
            raise DataFileError(
                file.path, f"holds more than {MAX_OTHERS} frames or blocks", where=f"byte {at}"
            )
        if kind == FRAME:
            found.frames.append([])
            continue
        if at + size > file.size or (kind == IONS and (size % 8 or size > MAX_BLOCK)):
            raise DataFileError(
                file.path,
                f"has a block of {size} bytes where {file.size - at} are left",
                where=f"byte {at - HEAD.size}",
                action="the file may be cut off; copy it again",
            )
        if kind == IONS and size:
            found.frames[-1].append((at, size))
        elif kind == TILE:
            found.tiles.add(file.read(at, min(size, 8)))
        elif kind == TEXT:
            text = file.read(at, min(size, MAX_TEXT)).decode("latin-1")
            if {"Mass/Time", "MassOffset"} <= _said(text).keys():
                found.text = text
        found.fragments += kind == FRAGMENTS
        at += size
    return found.closed()


# --- events ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """The events of one frame."""

    file: LargeFile
    spans: tuple[tuple[int, int], ...]
    side: int
    shift: int

    def __call__(self) -> Hits:
        parts = [_ions(self.file, span)[0] for span in self.spans]
        words = np.concatenate([np.zeros(0, dtype=np.uint64), *parts])
        x, y = _places(words)
        pixel = (y * np.uint64(self.side) + x).astype(np.uint32)
        channel = (words & np.uint64(TIME)) >> np.uint64(self.shift)
        return Hits(pixel, channel.astype(np.uint32))


def _ions(file: LargeFile, span: tuple[int, int]) -> tuple[NDArray[np.uint64], int]:
    """Give the words of a block that are events, and how many are not."""
    words = np.frombuffer(file.read(*span), "<u8").astype(np.uint64, copy=False)
    wanted = np.uint64(ARE_IONS)
    are = (words & np.uint64(ARE_IONS | NEVER)) == wanted
    return words[are], int(words.size - are.sum())


def _places(words: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    eleven = np.uint64(0x7FF)
    return words >> np.uint64(32) & eleven, words >> np.uint64(43) & eleven


def _looked_over(file: LargeFile, found: _Found, side: int) -> tuple[int, int, int]:
    """Go over all events once: the longest flight time, how many, and how many words are none."""
    longest = ions = dropped = 0
    for span in (span for frame in found.frames for span in frame):
        words, none = _ions(file, span)
        x, y = _places(words)
        if max(x.max(initial=0), y.max(initial=0)) >= side:
            raise DataFileError(
                file.path,
                f"has an ion outside its raster of {side} x {side} pixels",
                where=f"byte {span[0]}",
                action="copy or export the file again",
            )
        longest = max(longest, int((words & np.uint64(TIME)).max(initial=0)))
        ions, dropped = ions + words.size, dropped + none
    if not ions:
        raise DataFileError(file.path, "holds no ion", action="copy or export it again")
    return longest, ions, dropped


# --- what is said ---------------------------------------------------------------------------------


def _polarity(said: str) -> str:
    if "-" in said or "neg" in said.lower():
        return "negative"
    return "positive" if "+" in said or "pos" in said.lower() else ""


def _scales(known: dict[str, str], found: _Found, shift: int, told: Told) -> tuple[MassScale, ...]:
    """Mass scales, the one that was added last before that of the header."""
    made: list[MassScale] = []
    for source, said in (("added later (block 14)", _said(found.text)), ("header", known)):
        a, b = _number(said.get("Mass/Time", "")), _number(said.get("MassOffset", ""))
        scale = scale_from(a, b, 1.0, shift, source)
        made += [scale] if scale is not None else []
    if len(made) == 2:
        at = np.array([7.0, 35.0, 115.0])
        worst = float(np.abs((made[1].mz(made[0].channel(at)) / at - 1.0) * 1e6).max())
        told.say(
            "two_mass_scales",
            Severity.INFO,
            f"a mass scale was added after the measurement, up to {worst:.1f} ppm from the "
            "header's between m/z 7 and 115; it is the one used",
            reported=f"{worst:.1f} ppm",
        )
    if not made:
        told.say("no_mass_scale", Severity.WARNING, "the file holds no mass scale that can be")
    return tuple(made)


def _say(told: Told, known: dict[str, str], found: _Found, ions: int, dropped: int) -> None:
    frames = len(found.frames)
    declared = _number(known.get("NoFrames", ""))
    if dropped:
        told.say(
            "words_dropped",
            Severity.INFO,
            f"{dropped} of {ions + dropped} words are no events and are left out",
            reported=str(dropped),
        )
    if np.isfinite(declared) and declared != frames:
        told.say(
            "scans_missing",
            Severity.WARNING,
            f"declares {declared:g} frames and holds {frames}",
            reported=str(frames),
            reference=f"{declared:g}",
        )
    if not found.ended or found.behind:
        told.say(
            "end_missing",
            Severity.WARNING,
            f"goes on {found.behind} bytes behind its end"
            if found.behind
            else "does not end with the block that ends it; it may be cut off",
        )
    if _number(known.get("NoSputCycles", "")) > 0:
        told.say(
            "no_sputter_time",
            Severity.WARNING,
            f"declares {known['NoSputCycles'][:20]} sputter cycles and no times of them; scans are "
            "frames in their order",
        )
