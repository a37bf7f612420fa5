"""The peak list of IONTOF's files: the name and the mass window of each peak."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from references.ion import ion
from references.words import InputError

if TYPE_CHECKING:
    from .container import Block

__all__ = ["UNNAMED", "Interval", "intervals_of", "named_by"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A peak of the list.

    Attributes
    ----------
    name : str
        Its ion, else its description, else its mass.
    number : int
    serial : str
        By which images and profiles refer to it.
    low, middle, high : float
        m/z [u]; NaN where not said.
    """

    name: str
    number: int = -1
    serial: str = ""
    low: float = np.nan
    middle: float = np.nan
    high: float = np.nan

    def with_name(self, name: str) -> Interval:
        """Give it another name."""
        return replace(self, name=name)


UNNAMED = Interval(name="")
"""What is known of an image that is in no list."""


def intervals_of(folder: Block | None) -> list[Interval]:
    """Give the peaks of a list; none without one."""
    if folder is None or not folder.is_directory:
        return []
    return [_interval(block) for block in folder.children().get("mi", []) if block.is_directory]


def named_by(serial: bytes, intervals: list[Interval]) -> Interval | None:
    """Give the peak whose serial number stands there, as UTF-16 or plain text."""
    said = {serial.decode(code, errors="replace").rstrip("\0") for code in ("utf-16-le", "latin-1")}
    return next((one for one in intervals if one.serial and one.serial in said), None)


def _interval(block: Block) -> Interval:
    texts = {name: _text(block, name) for name in ("assign", "desc", "SN")}
    low, middle, high = (_real(block, name) for name in ("lmass", "cmass", "umass"))
    number = block.child("id")
    name = texts["assign"] or texts["desc"] or f"m/z {middle:.4f}"
    with contextlib.suppress(InputError):  # a sum, or what the operator called it
        name = ion(name).key
    return Interval(
        name=name,
        number=block.number if number is None else number.whole(),
        serial=texts["SN"],
        low=low,
        middle=middle,
        high=high,
    )


def _text(block: Block, name: str) -> str:
    value = block.child(name)
    return "" if value is None else value.text().strip()


def _real(block: Block, name: str) -> float:
    value = block.child(name)
    return np.nan if value is None else value.real()
