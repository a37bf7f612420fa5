"""The methods paragraph and the table of a result, for a paper; one room a technique.

Every statement comes from the document itself: what it does not tell is said to be unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .citing import Cited
from .given import items, text
from .prose import listed, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .table import Table

__all__ = ["methods_of", "si_table", "table_of"]


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
    cited = Cited()
    told = " ".join(one for one in (_software(document), *_body(document, cited)) if one)
    sources = cited.listed()
    return "\n".join([told, "", "Sources", *sources]) if sources else told


def si_table(document: Mapping[str, Any]) -> list[list[str]]:
    """Give the table of a result for the supporting information, header first.

    Values are written with two digits of their standard uncertainty, limits as ``< x``.
    """
    return table_of(document).rounded()


def table_of(document: Mapping[str, Any]) -> Table:
    """Give the table of a result with its numbers as they are."""
    from .table import Table

    kind = _kind(document)
    if kind in {"xps.fit", "xps.joint"}:
        from .xps_table import table

        return table(document)
    return Table(columns=())


def _kind(document: Mapping[str, Any]) -> str:
    schema = text(document, "schema")
    return schema.removeprefix("peakwright.").rpartition("/")[0]


TECHNIQUES = {"xps": "XPS", "xrd": "X-ray diffraction", "tofsims": "TOF-SIMS"}


def _software(document: Mapping[str, Any]) -> str:
    """Software, library and files."""
    from .sources import told_by_library

    technique = TECHNIQUES.get(_kind(document).partition(".")[0], "")
    version = text(document, "version")
    files = [f"{text(one, 'path')}" for one in items(document, "inputs") if text(one, "path")]
    of_files = f"({'file' if len(files) == 1 else 'files'} {listed(files)})" if files else ""
    return sentence(
        "the",
        technique,
        "data",
        of_files,
        f"were evaluated with peakwright {version or 'of unknown version'} and",
        told_by_library(document),
    )


def _body(document: Mapping[str, Any], cited: Cited) -> list[str]:
    kind = _kind(document)
    if kind in {"xps.fit", "xps.joint"}:
        from .xps import paragraph

        return paragraph(document, cited)
    return []
