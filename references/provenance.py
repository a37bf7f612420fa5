"""How a number of a table becomes a :class:`Value`: only with a unit, a standing and a source.

A standing is no better than what was read of the sources: what rests on a third party's notes is
``reported``, what nobody has read ``unverified``.
"""

# TOML gives what it gives.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from .tables import finite, near, shown
from .value import Source, Status, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .tables import Entry

__all__ = ["SCALES", "UNITS", "Provenance", "standing"]

UNITS = ("eV", "1", "barn", "Angstrom", "degree", "g/cm3", "u")
SCALES = ("C1s_284.8", "C1s_285.0", "Fermi", "Au4f_84.0", "Ar2p", "VBM", "not_stated")
NUMBERS = ("value", "u", "low", "high")
FIELDS = tuple(field.name for field in fields(Value))
UNSEEN = ("-", "title")
"""What ``read_as`` says of a source of which no number was read."""


class Provenance:
    """The sources of a library, and the values that rest on them.

    Parameters
    ----------
    sources : iterable of Source
        All that a value may name.
    """

    def __init__(self, sources: Iterable[Source]) -> None:
        self.sources = {source.key: source for source in sources}

    def value(self, entry: Entry, field: str, *units: str) -> Value:
        """Give a field as a Value.

        Parameters
        ----------
        entry : Entry
            The entry it is a field of.
        field : str
            Its name.
        *units : str
            Units that make sense for it.

        Raises
        ------
        DataFileError
            If the field is not there or lacks unit, standing or source; if a key is misspelt, a
            source or a unit unknown, or a range upside down.
        """
        if field not in entry.row:
            raise entry.wrong(f"has no {field}", near(field, entry.row) or "add it")
        return self._made(entry, field, entry.row[field], units)

    def optional(self, entry: Entry, field: str, *units: str) -> Value | None:
        """Give a field as a Value, ``None`` where it is not there."""
        return self.value(entry, field, *units) if field in entry.row else None

    def energies(self, entry: Entry, field: str) -> tuple[Value, ...]:
        """Give a list of binding energies, each on a stated scale."""
        given = entry.row.get(field, [])
        if not isinstance(given, list):
            raise entry.wrong(
                f"needs {field} as a list, not {shown(given)}",
                f"write {field} = [{{ value = ..., unit = ... }}]",
            )
        made = tuple(self._made(entry, field, one, ("eV",)) for one in given)
        for value in made:
            if not value.scale:
                raise entry.wrong(
                    f"{field} has no scale, and an energy without its reference says nothing",
                    f'write scale = "C1s_284.8" or another of {", ".join(SCALES)}',
                )
        return made

    def keys(self, entry: Entry, field: str) -> tuple[str, ...]:
        """Give source keys, one text or a list of them, and check that each is known."""
        given = entry.row.get(field, [])
        named = [given] if isinstance(given, str) else given
        if not isinstance(named, list) or not named or not all(isinstance(k, str) for k in named):
            raise entry.wrong(
                f"needs a source, not {shown(given)}", 'for instance source = ["thermo-xps"]'
            )
        for key in named:
            if key not in self.sources:
                raise entry.wrong(
                    f"names a source {shown(key)} that is not in the library",
                    near(key, self.sources) or f'add it as [source."{key}"]',
                )
        return tuple(named)

    def _made(self, entry: Entry, field: str, given: object, units: tuple[str, ...]) -> Value:
        if not isinstance(given, Mapping):
            raise entry.wrong(
                f"{field} should be a table, not {shown(given)}",
                f"write {field} = {{ value = ..., unit = ..., status = ..., source = [...] }}",
            )
        inner = replace(entry, row=given, within=field)
        inner.has_only(*FIELDS)
        for needed in ("unit", "status", "source"):
            if needed not in given:
                raise inner.wrong(
                    f"has no {needed}", "every value says where it comes from: add it"
                )
        keys = self.keys(inner, "source")
        status = inner.of_one(inner.text("status"), "status", Status)
        unit = inner.of_one(inner.text("unit"), "unit", units or UNITS)
        scale = inner.text("scale", "")
        if scale:
            inner.of_one(scale, "scale", SCALES)
        made = Value(
            **_numbers(inner),
            unit=unit,
            status=standing(Status(status), [self.sources[key] for key in keys]),
            source=keys,
            n=inner.whole_number("n") if "n" in given else None,
            scale=scale,
            preferred=inner.truth("preferred", default=False),
            note=inner.text("note", ""),
        )
        _check_range(inner, made)
        return made


def standing(status: Status, sources: Iterable[Source]) -> Status:
    """Give a standing that is no better than what was read of the sources.

    A calculation from a table that others have re-published is still that calculation: there
    reading notes are enough.

    Examples
    --------
    >>> from references import load
    >>> str(standing(Status.MEASURED, [load().source("sundar2025")]))
    'reported'
    """
    if not status.may_constrain:
        return status
    read = [source.read_as for source in sources]
    if all(what in UNSEEN for what in read):
        return Status.UNVERIFIED
    if status is not Status.CALCULATED and all(what in {"digest", *UNSEEN} for what in read):
        return Status.REPORTED
    return status


def _numbers(inner: Entry) -> dict[str, float | None]:
    numbers: dict[str, float | None] = {}
    for name in NUMBERS:
        numbers[name] = finite(inner.row.get(name))
        if name in inner.row and numbers[name] is None:
            raise inner.wrong(
                f"{name} should be a number, not {shown(inner.row[name])}",
                f"write {name} = 1.0, or leave {name} out",
            )
    return numbers


def _check_range(inner: Entry, made: Value) -> None:
    """A value has a spread above zero, and a range the lower end first."""
    if made.u is not None and made.u <= 0:
        raise inner.wrong(f"u should be > 0, not {made.u:g}", "leave it out where it is not known")
    if (made.low is None) != (made.high is None):
        raise inner.wrong("has only one end of its range", "give both low and high, or neither")
    if made.low is not None and made.high is not None and made.low > made.high:
        raise inner.wrong(f"low {made.low:g} is above high {made.high:g}", "change them over")
    if made.value is None and made.low is None:
        raise inner.wrong("has neither a value nor a range", "give value = ...")
