"""What is wrong with a recipe, in our own words: the field, what it holds, what to write."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

__all__ = ["FieldError", "refusal"]

Place = tuple[int | str, ...]

_WANTED = {
    "string_type": "text in quotes",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


class FieldError(ValueError):
    """What a model finds wrong in one of its fields.

    Parameters
    ----------
    reason : str
        What was given and what was expected.
    place : int or str
        The way to the field from the model that raises it.
    """

    def __init__(self, reason: str, *place: int | str) -> None:
        super().__init__(reason)
        self.place: Place = place


def refusal(model: type[BaseModel], error: ValidationError) -> tuple[str, str]:
    """Give the path to the field and what is wrong there, for the error that lies deepest.

    Parameters
    ----------
    model : type
        What was to be built.
    error : ValidationError
        Why it could not.

    Returns
    -------
    place, reason : str
        For instance ``envelope[0].components[1].fwhm``; empty at the top level.
    """
    first = max(error.errors(), key=_worth)
    place = _place(first)
    return _path(place), _reason(model, place, first)


def _worth(error: ErrorDetails) -> tuple[int, bool, bool]:
    """The deepest is nearest to the mistake; then a misspelt key, which others may follow from."""
    kind = error["type"]
    return len(_place(error)), kind == "extra_forbidden", kind != "string_type"


def _place(error: ErrorDetails) -> Place:
    """Where it is; the branches of a union (``str``, ``float``) are no part of a recipe."""
    place = tuple(part for part in error["loc"] if part not in {"str", "float"})
    cause = error.get("ctx", {}).get("error")
    return (*place, *cause.place) if isinstance(cause, FieldError) else place


def _path(place: Place) -> str:
    path = ""
    for part in place:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _reason(model: type[BaseModel], place: Place, error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _no_such_key(model, place)
    if kind == "missing":
        return "it is missing"
    if kind == "value_error":
        return str(context["error"])
    given = _shown(error["input"])
    if kind == "literal_error":
        return f"{given} is not {context['expected']}"
    if kind in {"too_short", "too_long"}:
        bound = "at least" if kind == "too_short" else "at most"
        number = context["min_length" if kind == "too_short" else "max_length"]
        return f"it has {context['actual_length']} entries; expected {bound} {number}"
    if kind in {"string_too_short", "string_too_long"}:
        return f"{given} should have 1 to 100 characters"
    if kind == "greater_than_equal":
        return f"{given} should be >= {context['ge']:g}"
    if kind == "less_than_equal":
        return f"{given} should be <= {context['le']:g}"
    return f"{given} is not {_WANTED.get(kind, 'what a recipe has there')}"


def _no_such_key(model: type[BaseModel], place: Place) -> str:
    key = str(place[-1])
    keys = _keys(model, place[:-1])
    near = get_close_matches(key, keys, n=1, cutoff=0.6)
    told = f"did you mean {near[0]}?" if near else f"there are {', '.join(keys)}"
    return f"no such key {key[:40]!r}; {told}"


def _keys(model: type[BaseModel], place: Place) -> list[str]:
    """The keys of the model at a place, as they are written in a file."""
    for part in place:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if isinstance(part, str) and part in fields:
            model = _model_in(fields[part].annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a field holds, one or several."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _model_in(each))), None)


def _shown(given: object) -> str:
    text = repr(given)
    return text if len(text) <= 60 else f"{text[:57]}..."
