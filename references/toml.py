"""Recipes and other files that a user keeps, as TOML: written from a model, and read back equal."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from .files import DataFileError
from .refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Kept", "model_of", "toml_fields", "toml_value"]


class Kept(BaseModel):
    """What a user keeps as a file: frozen, no keys of other kinds, its schema written first."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        populate_by_name=True,
        serialize_by_alias=True,
    )


M = TypeVar("M", bound=BaseModel)


def model_of(
    text: str,
    model: type[M],
    schema: str,
    *,
    name: str,
    hint: str = "",
    refused: type[DataFileError] = DataFileError,
) -> M:
    """Read a model from TOML text.

    Parameters
    ----------
    text : str
    model : type
        What the text should say.
    schema : str
        What such a file calls itself; empty where it need not say so.
    name, hint : str
        Of the file, and what to compare it with, for messages.
    refused : type
        The error that is raised.

    Raises
    ------
    DataFileError
        If it is not TOML, or a key or value is not one the model has; with the path to the field.
    """
    try:
        given = tomllib.loads(text)
        if schema and "schema" not in given:
            raise refused(
                name, "has no schema", action=f'write schema = "{schema}" as its first line'
            )
        if schema and given["schema"] != schema:
            raise refused(
                name,
                f"is of another kind: its schema is {given['schema']!r}, expected {schema!r}",
                where="schema",
                action=hint,
            )
        return model.model_validate(given)
    except tomllib.TOMLDecodeError as error:
        raise refused(name, f"is not TOML ({error})", action=hint) from None
    except RecursionError:
        raise refused(name, "is nested too deeply for a recipe", action=hint) from None
    except ValidationError as error:
        place, reason = refusal(model, error)
        raise refused(name, reason, where=place or "top level", action=hint) from None


def toml_fields(
    model: BaseModel, *, skip: Sequence[str] = (), all_fields: bool = False
) -> list[str]:
    """Give the fields that are required or differ from their default, one line each."""
    lines: list[str] = []
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if name in skip or value is None:
            continue
        if field.is_required() or all_fields or value != field.default:
            lines.append(f"{field.alias or name} = {toml_value(value)}")
    return lines


def toml_value(value: object) -> str:
    """Write a value as TOML.

    Raises
    ------
    TypeError
        If it is none that TOML has.

    Examples
    --------
    >>> toml_value({"mix": "0.3 fixed", "u": (0.1, True)})
    '{ "mix" = "0.3 fixed", "u" = [0.1, true] }'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        items: dict[str, object] = value  # pyright: ignore[reportUnknownVariableType]
        inner = ", ".join(f"{_text(k)} = {toml_value(v)}" for k, v in items.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, tuple | list):
        listed: Any = value  # pyright: ignore[reportUnknownVariableType]
        return f"[{', '.join(toml_value(v) for v in listed)}]"
    raise TypeError(f"a recipe holds no {type(value).__name__}")


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'
    )
