"""A result as it was stored: the numbers of its fits, and what they came from.

``fit --out`` writes a ``result.json``; :func:`read_result` gives it back, checked field by field.
:func:`xps.replay.replay` draws a stored fit's curves over the spectrum it was made from.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from references.files import DataFileError, read_text
from references.refusal import FieldError, refusal

from .lineshape import lineshape
from .recipe import Recipe  # noqa: TC001 - pydantic reads it at run time

if TYPE_CHECKING:
    from pathlib import Path

    from .envelope import Envelope

__all__ = [
    "StoredEstimate",
    "StoredFit",
    "StoredInput",
    "StoredLine",
    "StoredResult",
    "read_result",
]

Array = NDArray[np.float64]

SCHEMA = "peakwright.xps.fit/1"
SERIES = "peakwright.xps.series/1"
LONGEST = 256 * 1024**2
"""No result is longer than this [bytes]."""
Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Stored(BaseModel):
    """A part of a result; keys that other versions add are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class StoredEstimate(_Stored):
    """A number with its standard uncertainty, the parts of it, and its interval."""

    value: Finite
    u: Finite | None = None
    u_parts: dict[str, Finite] = {}
    low: Finite | None = None
    high: Finite | None = None
    level: Finite | None = None
    kind: str = "standard"


class _Limits(_Stored):
    """Between which the fit could move a line [eV]; ``None`` where nothing held it."""

    position: tuple[Finite | None, Finite | None] = Field(default=(None, None), alias="position_eV")
    fwhm: tuple[Finite | None, Finite | None] = Field(default=(None, None), alias="fwhm_eV")


class _Estimates(_Stored):
    position: StoredEstimate = Field(alias="position_eV")
    fwhm: StoredEstimate = Field(alias="fwhm_eV")
    area: StoredEstimate


class StoredLine(_Stored):
    """One line: position and true width [eV], area in its unit, and its shape's parameters."""

    name: str
    line: str
    position: Finite = Field(alias="position_eV")
    fwhm: Annotated[float, Field(gt=0)] = Field(alias="fwhm_eV")
    area: Annotated[float, Field(ge=0)]
    area_unit: str
    shape: str
    shape_parameters: dict[str, Finite]
    minor: bool
    limits: _Limits
    estimates: _Estimates

    @model_validator(mode="after")
    def _known_shape(self) -> StoredLine:
        known = lineshape(self.shape).parameters
        if set(self.shape_parameters) != set(known):
            raise FieldError(
                f"shape {self.shape!r} has the parameters {', '.join(known) or 'none'}, not "
                f"{', '.join(self.shape_parameters) or 'none'}",
                "shape_parameters",
            )
        return self

    @property
    def theta(self) -> Array:
        """Position, width and the shape's own parameters, in the shape's order (2 + k,)."""
        own = (self.shape_parameters[name] for name in lineshape(self.shape).parameters)
        return np.array([self.position, self.fwhm, *own])


class StoredBackground(_Stored):
    """The fitted numbers of an active background; all ``None`` for a static one."""

    constant: Finite | None = None
    slope: Finite | None = None
    loss: Finite | None = None
    about: Finite | None = Field(default=None, alias="about_eV")


class StoredCharge(_Stored):
    """The charge shift that was added to the stored axis [eV], and how it was found."""

    shift: Finite = Field(alias="shift_eV")
    u: Finite | None = Field(default=None, alias="shift_u_eV")
    reference: str = ""


class StoredStatistics(_Stored):
    """Objective, and what it came to."""

    statistic: str
    chi2_reduced: Finite | None = None
    points: int = 0
    free_parameters: int = 0


class StoredFit(_Stored):
    """One fit.

    ``envelope`` is its place among the recipe's, ``number`` its spectrum's in the file, from 0.
    """

    sample: str
    region: str
    number: Annotated[int, Field(ge=0)] | None
    envelope: Annotated[int, Field(ge=0)]
    assessment: str
    message: str = ""
    components: Annotated[tuple[StoredLine, ...], Field(min_length=1)]
    statistics: StoredStatistics
    charge: StoredCharge
    background: StoredBackground
    area_factor: Annotated[float, Field(gt=0)]

    @property
    def lines(self) -> tuple[StoredLine, ...]:
        """Its lines, in canonical order."""
        return self.components


class StoredInput(_Stored):
    """A measured file: its name and its hash."""

    path: str
    sha256: str


class StoredRegistry(_Stored):
    """The library that was used."""

    version: str
    sha256: str


class StoredResult(_Stored):
    """A result document.

    Parameters
    ----------
    schema_ : str
        Written as ``schema``.
    version : str
        Of the program that made it.
    inputs : tuple of StoredInput
        The measured file.
    registry : StoredRegistry
    fits : tuple of StoredFit
    recipe : Recipe
        Which repeats the fits.
    """

    schema_: Annotated[str, Field(alias="schema")]
    version: str
    inputs: Annotated[tuple[StoredInput, ...], Field(min_length=1, max_length=1)]
    registry: StoredRegistry
    fits: Annotated[tuple[StoredFit, ...], Field(min_length=1)]
    recipe: Recipe

    @model_validator(mode="after")
    def _whole(self) -> StoredResult:
        for number, fit in enumerate(self.fits):
            if fit.envelope >= len(self.recipe.envelopes):
                raise FieldError(
                    f"{fit.envelope} is none of the recipe's {len(self.recipe.envelopes)} "
                    "envelopes, counted from 0",
                    *("fits", number, "envelope"),
                )
            known = {c.name for c in self.recipe.envelopes[fit.envelope].components}
            for place, line in enumerate(fit.components):
                if line.name not in known:
                    raise FieldError(
                        f"{line.name[:60]!r} is no component of its recipe",
                        *("fits", number, "components", place, "name"),
                    )
            if left := sorted(known - {line.name for line in fit.components}):
                raise FieldError(
                    f"{left[0][:60]!r} of its recipe has no line", *("fits", number, "components")
                )
        return self

    def envelope_of(self, fit: StoredFit) -> Envelope:
        """Give the recipe that a fit has."""
        return self.recipe.envelopes[fit.envelope]


def read_result(path: str | Path) -> StoredResult:
    """Read a ``result.json``.

    Parameters
    ----------
    path : path

    Returns
    -------
    StoredResult

    Raises
    ------
    DataFileError
        If it is not JSON, is no result of ``peakwright xps fit``, or a field is missing or
        impossible; with the path to the field.
    """
    text = read_text(path, max_bytes=LONGEST)
    try:
        given: Any = json.loads(text, parse_constant=_no_number)
    except (json.JSONDecodeError, ValueError) as error:
        raise DataFileError(path, f"is not JSON ({error})", action=_GIVE_A_RESULT) from None
    except RecursionError:
        raise DataFileError(path, "is nested too deeply for a result") from None
    schema = given.get("schema") if isinstance(given, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if schema == SERIES:
        raise DataFileError(
            path,
            "is the result of a series, which holds numbers of each fit but not what it is drawn "
            "from",
            action="fit the spectra you need with `peakwright xps fit --spectrum N --out`",
        )
    if schema != SCHEMA:
        shown = f"it is {str(schema)[:60]!r}" if schema else "it names no schema"  # pyright: ignore[reportUnknownArgumentType]
        raise DataFileError(path, f"is no result of this kind: {shown}", action=_GIVE_A_RESULT)
    try:
        return StoredResult.model_validate(given)
    except ValidationError as error:
        place, reason = refusal(StoredResult, error)
        if place.split(".")[-1] in _LATER and reason == "it is missing":
            reason = "it is missing: an earlier version made this result"
        raise DataFileError(
            path, reason, where=place or "top level", action="run the fit again"
        ) from None
    except RecursionError:
        raise DataFileError(path, "is nested too deeply for a result") from None


_GIVE_A_RESULT = "give a result.json that `peakwright xps fit --out` wrote"
_LATER = {"number", "envelope", "shape_parameters", "limits", "background", "area_factor"}
"""What the first results did not hold."""


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
