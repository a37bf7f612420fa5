"""IONTOF's containers share one mark: what is inside tells which reader a file gets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from references.files import DataFileError

from .container import Container
from .ita import IMAGES, SPECTRUM, STACK, read_ita
from .itax import VIEWS, read_itax
from .itm import WORDS, read_itm

if TYPE_CHECKING:
    from pathlib import Path

    from .reading import Reading

__all__ = ["read_iontof"]

DATA_SET = "CommonDataObjects/SIMSDataSet"


def read_iontof(path: str | Path, head: bytes) -> Reading:
    """Read a container as events if it holds any, else as images and spectra.

    Raises
    ------
    DataFileError
        If it holds its events in a form that is not known (.itmx), or nothing that is read.
    """
    file = Container(str(path))
    with file.file:
        raw = file.root.child("rawdata")
        has_events = (
            raw is not None
            and raw.is_directory
            and any(block.name == WORDS for block in raw.listed())
        )
        has_images = any(file.find(place) is not None for place in (STACK, IMAGES))
        has_spectrum = file.find(SPECTRUM) is not None
        is_itmx = file.find(DATA_SET) is not None
        is_itax = file.find(VIEWS) is not None
    if has_events:
        reading = read_itm(path, head)
        passed_over = ("images: the events they were made of are read",) if has_images else ()
        return replace(reading, skipped=(*reading.skipped, *passed_over))
    if is_itmx:
        raise DataFileError(
            path,
            "is an .itmx, whose way to hold events is not publicly known",
            where=DATA_SET,
            action="export it from SurfaceLab as GRD, ITZIP or text",
        )
    if is_itax:
        return read_itax(path, head)
    if has_images or has_spectrum:
        return read_ita(path, head)
    return read_itm(path, head)  # which says what it lacks
