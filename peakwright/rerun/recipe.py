"""The recipe in a document, written as the TOML file that its command reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from references.files import DataFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .stored import Stored

__all__ = ["recipe_text", "toml_text"]


NAMES_FILES = {
    "xrd check": ("phase", "candidates", "background_file"),
    "tofsims profile": ("region",),
}
"""What in a recipe may be the name of a file: a base name, whose file the request has with hash."""


def recipe_text(stored: Stored) -> str | None:
    """Give a document's recipe as TOML; ``None`` where it has none.

    Raises
    ------
    DataFileError
        If the recipe is none, or names a file elsewhere.
    """
    recipe = stored.document.get("recipe")
    if recipe is None:
        return None
    if not isinstance(recipe, dict):
        raise DataFileError(stored.path, "should be a table", where="recipe")
    told = cast("dict[str, Any]", recipe)
    for name in NAMES_FILES.get(stored.command, ()):
        given = told.get(name)
        for one in cast("list[Any]", given) if isinstance(given, list) else [given]:
            if isinstance(one, str) and any(mark in one for mark in ("/", "\\", "\0", "..")):
                raise DataFileError(
                    stored.path,
                    f"names a file elsewhere ({one[:60]!r})",
                    where=f"recipe.{name}",
                    action="a result names files by their base names alone",
                )
    return toml_text(told)


def toml_text(table: Mapping[str, Any]) -> str:
    r"""Give JSON values as TOML: nothing for null, tables inside tables on one line.

    Examples
    --------
    >>> print(toml_text({"schema": "a/1", "window": None, "envelope": [{"region": "S 2p"}]}))
    "schema" = "a/1"
    "envelope" = [{"region" = "S 2p"}]
    <BLANKLINE>
    """
    lines = [f"{_string(name)} = {_value(one)}" for name, one in table.items() if one is not None]
    return "\n".join([*lines, ""])


def _value(given: Any) -> str:
    if isinstance(given, dict):
        pairs = cast("dict[str, Any]", given).items()
        inside = [f"{_string(name)} = {_value(one)}" for name, one in pairs if one is not None]
        return f"{{{', '.join(inside)}}}"
    if isinstance(given, list):
        return f"[{', '.join(_value(one) for one in cast('list[Any]', given) if one is not None)}]"
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, str):
        return _string(given)
    return repr(given)


def _string(given: str) -> str:
    """A basic string of TOML: JSON's, but for the one control character that JSON leaves alone."""
    clean = given.encode("utf-8", "replace").decode()
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")
