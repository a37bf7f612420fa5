"""Where the values of a result come from: keys of the library's sources turned into citations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .given import part, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from references.registry import Registry

__all__ = ["citations", "library_of", "told_by_library"]


def library_of(document: Mapping[str, Any]) -> Registry | None:
    """Give the library, where it is the one the document was made with; else ``None``."""
    from references import load

    here = load()
    return here if text(part(document, "registry"), "sha256") == here.sha256 else None


def told_by_library(document: Mapping[str, Any]) -> str:
    """Say which library was used, by version and hash."""
    given = part(document, "registry")
    version, digest = text(given, "version"), text(given, "sha256")
    if not version:
        return "a reference library of unknown version"
    return f"its reference library {version} (SHA-256 {digest[:12] or 'unknown'})"


def citations(keys: Iterable[str]) -> list[str]:
    """Give the citation of each source, once, with its DOI; a key that is not known stays a key."""
    from references import UnknownReferenceError, load

    found: dict[str, str] = {}
    for key in keys:
        if not key or key in found:
            continue
        try:
            source = load().source(key)
        except UnknownReferenceError:
            found[key] = f"{key} (not a source of this library)"
            continue
        doi = f", doi:{source.doi}" if source.doi and source.doi not in source.citation else ""
        found[key] = f"{source.citation}{doi}"
    return list(found.values())
