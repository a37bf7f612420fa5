"""What a user decided, wherever a document has it: its recipe, or the options of its request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .given import many, part, text, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["command", "files_of", "is_recorded", "option", "words"]


def command(document: Mapping[str, Any]) -> str:
    """Give the command that made a document; empty where it is not told."""
    return text(part(document, "request"), "command")


def is_recorded(document: Mapping[str, Any]) -> bool:
    """Whether a document says what was decided; what it then leaves out is as it is by default."""
    return bool(part(document, "recipe") or part(document, "request"))


def option(document: Mapping[str, Any], name: str, field: str = "") -> Any:
    """Give what was decided: the recipe's field, or else the request's option; ``None`` if neither.

    Parameters
    ----------
    document : mapping
    name : str
        Of the option.
    field : str
        Of the recipe, where it is called otherwise.

    Examples
    --------
    >>> option({"recipe": {"limit_percent": 5.0}}, "limit", "limit_percent")
    5.0
    """
    recipe = part(document, "recipe")
    if (told := recipe.get(field or name)) not in (None, "", [], ()):
        return told
    return part(document, "request", "options").get(name)


def words(given: Any) -> list[str]:
    """Give a list of texts, or a comma-separated one; of files their names.

    Examples
    --------
    >>> words("Li, O"), words(["Li", "O"]), words({"parts": ["LiCl", ",", {"path": "a.cif"}]})
    (['Li', 'O'], ['Li', 'O'], ['LiCl', 'a.cif'])
    """
    if isinstance(given, str):
        return [one.strip() for one in texts([given])[0].split(",") if one.strip()]
    parts = part(given).get("parts")
    if parts is not None:
        whole = "".join(text(one, "path") or "".join(texts([one])) for one in many(parts))
        return words(whole)
    return texts(given)


def files_of(given: Any) -> list[str]:
    """Give the names of the files that an option has."""
    name = text(given, "path")
    return [name] if name else [told for one in many(given) if (told := text(one, "path"))]
