"""Groups and fields of an HDF5 file, as NeXus writes them."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["binary", "field", "finite", "group", "safe_name"]


def safe_name(name: str) -> str:
    """A name of letters, digits and underscores, as NeXus wants them."""
    kept = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
    return kept.strip("_")[:60] or "unnamed"


def group(parent: Any, name: str, kind: str) -> Any:
    """Make a group of a NeXus class."""
    made = parent.create_group(name)
    made.attrs["NX_class"] = kind
    return made


def field(parent: Any, name: str, value: Any, **attributes: Any) -> Any:
    """Write a field; without value nothing is written."""
    if value is None or (isinstance(value, str) and not value):
        return None
    made = parent.create_dataset(name, data=_storable(value))
    for key, attribute in attributes.items():
        if attribute is not None and attribute != "":
            made.attrs[key] = _storable(attribute)
    return made


def _storable(value: Any) -> Any:
    """HDF5 strings end at a zero byte."""
    return value.replace("\x00", " ") if isinstance(value, str) else value


def binary(text: str) -> Any:
    """A note's content, UTF-8; nothing where it is empty."""
    return np.bytes_(text.encode()) if text else None


def finite(value: Any) -> float | None:
    """Give a number, ``None`` where it is not known."""
    number = float(value)
    return number if np.isfinite(number) else None
