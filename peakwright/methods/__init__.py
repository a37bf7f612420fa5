"""The methods paragraph and the table of a result, for a paper; one room a technique.

Every statement comes from the document itself: what it does not tell is said to be unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .asked import command
from .citing import Cited
from .given import items, text
from .prose import listed, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .table import Table

__all__ = ["methods_of", "paragraph_of", "si_table", "sources_of", "table_of"]


def methods_of(document: Mapping[str, Any]) -> str:
    """Give the methods paragraph of a result, with its sources below.

    Parameters
    ----------
    document : mapping
        What ``result.json`` holds.

    Returns
    -------
    str
        One paragraph, an empty line, and one source a line; sources are cited by number.

    Examples
    --------
    >>> print(methods_of({"schema": "peakwright.xps.fit/1", "version": "0.1.0"})[:75])
    The XPS data were evaluated with peakwright 0.1.0 and a reference library o
    """
    told, cited = _told(document)
    sources = cited.listed()
    return "\n".join([told, "", "Sources", *sources]) if sources else told


def paragraph_of(document: Mapping[str, Any]) -> str:
    """Give the paragraph alone."""
    return _told(document)[0]


def sources_of(document: Mapping[str, Any]) -> list[str]:
    """Give the sources alone, numbered as the paragraph cites them."""
    return _told(document)[1].listed()


def _told(document: Mapping[str, Any]) -> tuple[str, Cited]:
    cited = Cited()
    return " ".join(one for one in (_software(document), *_body(document, cited)) if one), cited


def si_table(document: Mapping[str, Any]) -> list[list[str]]:
    """Give the table of a result for the supporting information, header first.

    Values are written with two digits of their standard uncertainty, limits as ``< x``.
    """
    return table_of(document).rounded()


def table_of(document: Mapping[str, Any]) -> Table:
    """Give the table of a result, its numbers as they are; no columns where it has no table."""
    from .table import Table

    room = _room(document)
    return Table(columns=()) if room is None else room.table(document)


TECHNIQUES = {"xps": "XPS", "xrd": "X-ray diffraction", "tofsims": "TOF-SIMS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """What tells of one kind of document."""

    sentences: Callable[[Mapping[str, Any], Cited], list[str]]
    table: Callable[[Mapping[str, Any]], Table]


def _room(document: Mapping[str, Any]) -> _Room | None:
    """The room for a document; ``None`` where there is none for its kind."""
    kind = _kind(document)
    if kind in {"xps.fit", "xps.joint"}:
        from .xps import paragraph
        from .xps_table import table

        return _Room(sentences=paragraph, table=table)
    if kind == "xps.series":
        from . import series

        return _Room(sentences=series.paragraph, table=series.table)
    if kind.startswith("xrd."):
        from . import xrd

        return {
            "xrd.check": _Room(sentences=xrd.check, table=xrd.check_table),
            "xrd.compare": _Room(sentences=xrd.compare, table=xrd.compare_table),
            "xrd.quantify": _Room(sentences=xrd.quantify, table=xrd.quantify_table),
        }.get(kind)
    if kind.startswith("tofsims."):
        from . import tofsims

        return {
            "tofsims.profile": _Room(sentences=tofsims.profile, table=tofsims.profile_table),
            "tofsims.compare": _Room(sentences=tofsims.compare, table=tofsims.compare_table),
            "tofsims.depth": _Room(sentences=tofsims.depth, table=tofsims.depth_table),
        }.get(kind)
    if kind in {"batch", "merge"}:
        from . import batch

        return _Room(sentences=batch.paragraph, table=batch.table)
    return None


def _kind(document: Mapping[str, Any]) -> str:
    """Give ``xps.fit`` of ``peakwright.xps.fit/1``."""
    schema = text(document, "schema")
    return schema.removeprefix("peakwright.").rpartition("/")[0]


def _software(document: Mapping[str, Any]) -> str:
    """Software, library and files."""
    from .batch import MOST, evaluated
    from .sources import told_by_library

    technique = text(document, "technique") or _kind(document).partition(".")[0]
    version = text(document, "version")
    # What failed in a batch is no data.
    named = evaluated(document)
    files = listed(named) if len(named) <= MOST else f"{len(named)} files"
    noun = "file " if len(named) == 1 else "files " if len(named) <= MOST else ""
    of_files = f"({noun}{files})" if named else ""
    return sentence(
        "the",
        TECHNIQUES.get(technique, ""),
        "data",
        of_files,
        f"were evaluated with peakwright {version or 'of unknown version'} and",
        told_by_library(document),
    )


def _of_report(document: Mapping[str, Any]) -> str:
    """Of which results a report is, for each has methods of its own."""
    places = [text(one, "place") for one in items(document, "results")]
    named = f": {listed(places)}" if any(places) else ""
    return (
        f"This is a report; `peakwright methods` tells the methods of each of its results{named}."
    )


def _body(document: Mapping[str, Any], cited: Cited) -> list[str]:
    room = _room(document)
    if room is not None:
        return room.sentences(document, cited)
    if _kind(document) == "report":
        return [_of_report(document)]
    made = command(document)
    how = f"It was made by `peakwright {made}`" if made else "Which command made it is not recorded"
    return [f"{how}; there is no methods paragraph for this kind of result."]
