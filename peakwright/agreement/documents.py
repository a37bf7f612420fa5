"""What is read of result documents: only what is needed, each field checked.

A ``result.json`` may have been written by an older version, edited by hand or cut off; what does
not fit is refused with the path to the field, and what is not known is left alone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from references.refusal import refusal
from references.words import (
    Assessment,
    Basis,
    Estimate,
    Finding,
    InputError,
    Kind,
    Row,
    Severity,
    UncertaintyParts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "SCHEMAS",
    "Component",
    "Document",
    "FitDocument",
    "FractionRow",
    "Ion",
    "JointDocument",
    "Pattern",
    "PatternComparison",
    "PatternDocument",
    "PhaseFound",
    "ProfileDocument",
    "QuantityDocument",
    "SampleComparison",
    "SeriesDocument",
    "SurveyDocument",
    "XpsFit",
    "is_cut_off",
    "parts_of",
    "read_document",
    "technique_of",
]

LARGEST = 1e100
"""Beyond any quantity, and far enough from the end of floats that a percentage of it exists."""
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
Uncertainty = Annotated[float, Field(ge=0, le=LARGEST)]
Share = Annotated[float, Field(ge=-1e-9, le=1 + 1e-9, allow_inf_nan=False)]
Text = Annotated[str, Field(max_length=20_000)]


class Read(BaseModel):
    """Part of a document: unknown keys are left alone, nothing can be changed."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class InputFile(Read):
    """An input by its base name and hash."""

    path: Text
    sha256: Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$")]


class Library(Read):
    """Which library a result rests on."""

    version: Text
    sha256: Text


class FoundFinding(Read):
    """A finding of a result."""

    rule: Text
    severity: Severity
    subject: Text = ""
    message: Text = ""
    reported: Text = ""
    reference: Text = ""
    deviation: Text = ""
    sources: tuple[Text, ...] = ()

    def finding(self) -> Finding:
        """Give it as the word that every technique speaks."""
        return Finding(**self.model_dump())


class Estimated(Read):
    """A number with its uncertainty."""

    value: Number
    u: Uncertainty | None = None
    u_parts: dict[str, Uncertainty] = Field(default_factory=dict)
    low: Number | None = None
    high: Number | None = None
    level: Number | None = None
    kind: Kind = Kind.STANDARD

    @model_validator(mode="after")
    def _not_inverted(self) -> Estimated:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"its interval is inverted: {self.low:g} is above {self.high:g}")
        return self

    def estimate(self) -> Estimate:
        """Give it as the word that every technique speaks; ``u`` is that of its parts."""
        parts = parts_of(self.u_parts, self.u)
        level = self.level if self.level is not None or self.high is None else 0.95
        return Estimate(
            value=self.value,
            u=None if self.u is None else parts.total,
            u_parts=parts,
            low=self.low,
            high=self.high,
            level=level,
            kind=self.kind,
        )


def parts_of(given: Mapping[str, float], u: float | None) -> UncertaintyParts:
    """Give the parts of an uncertainty; where none are told, all of it is one."""
    known = UncertaintyParts.__dataclass_fields__
    parts = {name: part for name, part in given.items() if name in known}
    return UncertaintyParts(**parts) if parts or u is None else UncertaintyParts(counting=u)


class FractionRow(Estimated):
    """A fraction with its basis."""

    sample: Text = ""
    subject: Text
    basis: Basis
    denominator: Annotated[str, Field(min_length=1, max_length=1000)]

    def row(self) -> Row:
        """Give it as the word that every technique speaks."""
        return Row(
            sample=self.sample,
            technique="xps",
            quantity="fraction",
            subject=self.subject,
            estimate=self.estimate(),
            unit="1",
            basis=self.basis,
            denominator=self.denominator,
        )


class Document(Read):
    """The head that all results share."""

    schema_: Annotated[str, Field(alias="schema")]
    version: Text = ""
    inputs: tuple[InputFile, ...] = ()
    registry: Library | None = None
    sample: Text = ""
    sentence: Text = ""
    findings: tuple[FoundFinding, ...] = ()

    @property
    def stems(self) -> tuple[str, ...]:
        """Names of the inputs without their suffix: what a pattern or profile is called."""
        return tuple(given.path.rpartition(".")[0] or given.path for given in self.inputs)


class LineEstimates(Read):
    """Position, width and area of a line with their intervals."""

    position: Estimated | None = Field(default=None, alias="position_eV")
    fwhm: Estimated | None = Field(default=None, alias="fwhm_eV")
    area: Estimated | None = None


class Component(Read):
    """A line of a fit."""

    name: Text
    line: Text
    position: Number = Field(alias="position_eV")
    position_u: Uncertainty | None = Field(default=None, alias="position_u_eV")
    fwhm: Number = Field(alias="fwhm_eV")
    fwhm_u: Uncertainty | None = Field(default=None, alias="fwhm_u_eV")
    area: Number
    area_u: Uncertainty | None = None
    area_unit: Text = ""
    shape: Text = ""
    minor: bool = False
    estimates: LineEstimates = LineEstimates()


class Statistics(Read):
    """How well a fit describes its data, and by which statistic."""

    statistic: Text = ""
    chi2_reduced: Number | None = None
    points: int | None = None
    free_parameters: int | None = None


class Charge(Read):
    """The energy scale of a fit."""

    shift: Number | None = Field(default=None, alias="shift_eV")
    shift_u: Uncertainty | None = Field(default=None, alias="shift_u_eV")
    reference: Text = ""


class XpsFit(Read):
    """One fitted region."""

    sample: Text = ""
    region: Text
    assessment: Assessment
    message: Text = ""
    components: tuple[Component, ...] = ()
    fractions: tuple[FractionRow, ...] = ()
    statistics: Statistics = Statistics()
    charge: Charge = Charge()
    findings: tuple[FoundFinding, ...] = ()
    envelope: int | None = None
    photon_energy: Number | None = Field(default=None, alias="photon_energy_eV")


class RecipeComponent(Read):
    """What a recipe says of a component: which species it stands for."""

    name: Text = ""
    core_level: Text = ""
    species: Text = ""
    role: Text = "species"


class RecipeBackground(Read):
    """What a recipe says of the background."""

    kind: Text = ""
    mode: Text = ""


class RecipeEnvelope(Read):
    """What a recipe says of a region."""

    region: Text = ""
    sample: Text = ""
    elements: tuple[Text, ...] = ()
    components: tuple[RecipeComponent, ...] = ()
    background: RecipeBackground = RecipeBackground()


class UsedRecipe(Read):
    """The recipe of a fit, as far as it is read here."""

    envelope: tuple[RecipeEnvelope, ...] = ()


class FitDocument(Document):
    """Of ``peakwright xps fit``."""

    technique: Literal["xps"] = "xps"
    fits: tuple[XpsFit, ...]
    fractions: tuple[FractionRow, ...] = ()
    recipe: UsedRecipe = UsedRecipe()


class JointDocument(FitDocument):
    """Of ``peakwright xps joint``: the same, as one model."""

    assessment: Assessment = Assessment.CONVERGED


class SeriesSpecies(Read):
    """A species along a series."""

    name: Text
    basis: Basis = Basis.WITHIN_LEVEL
    denominator: Text = ""
    fraction: tuple[Number | None, ...] = ()
    fraction_u: tuple[Number | None, ...] = ()
    kind: tuple[Text, ...] = ()


class Along(Read):
    """What varies along a series."""

    name: Text
    unit: Text = ""
    values: tuple[Number | None, ...] = ()


class Series(Read):
    """A region along a series."""

    sample: Text = ""
    region: Text
    spectra: int
    along: tuple[Along, ...] = ()
    assessment: tuple[Text, ...] = ()
    species: tuple[SeriesSpecies, ...] = ()


class SeriesDocument(Document):
    """Of ``peakwright xps series``."""

    technique: Literal["xps"] = "xps"
    series: tuple[Series, ...]
    recipe: UsedRecipe = UsedRecipe()


class ElementFound(Read):
    """An element of a survey."""

    element: Text
    standing: Literal["present", "possible", "absent"]
    reason: Text = ""
    quantified_on: Text = ""
    fraction: FractionRow | None = None


class Survey(Read):
    """One survey."""

    sample: Text = ""
    region: Text = ""
    photon_energy: Number | None = Field(default=None, alias="photon_energy_eV")
    elements: tuple[ElementFound, ...] = ()
    findings: tuple[FoundFinding, ...] = ()


class SurveyDocument(Document):
    """Of ``peakwright xps survey``."""

    technique: Literal["xps"] = "xps"
    surveys: tuple[Survey, ...]


class Side(Read):
    """One side of a comparison."""

    value: Number | None = None
    u: Uncertainty | None = None


class DifferenceValue(Read):
    """By how much two samples differ."""

    value: Number
    u: Uncertainty | None = None
    low: Number | None = None
    high: Number | None = None


class Difference(Read):
    """A fraction in two samples."""

    subject: Text
    basis: Basis
    denominator: Text
    a: Side = Side()
    b: Side = Side()
    difference: DifferenceValue
    p_two_sided: Number | None = None


class ComparedSpot(Read):
    """What was compared."""

    path: Text = ""
    sample: Text = ""


class SampleComparison(Document):
    """Of ``peakwright xps compare``."""

    technique: Literal["xps"] = "xps"
    a: tuple[ComparedSpot, ...] = ()
    b: tuple[ComparedSpot, ...] = ()
    differences: tuple[Difference, ...] = ()


class PhaseFound(Read):
    """A phase of a pattern: how much of it, or how little would be seen."""

    phase: Text
    presence: Literal[
        "main", "present", "tentative", "not_detected", "undecidable", "not_tested"
    ] = "present"
    crystalline_mass_fraction: Share | None = None
    u: Uncertainty | None = None
    u_parts: dict[str, Uncertainty] = Field(default_factory=dict)
    low: Number | None = None
    high: Number | None = None
    kind: Kind = Kind.STANDARD
    significance: Number | None = None
    upper_limit: Share | None = None
    detection_limit: Number | None = None
    detection_limit_broad: Number | None = None
    note: Text = ""


class Axis(Read):
    """A cell parameter against its accepted band."""

    axis: Text
    value: Number
    u: Uncertainty | None = None
    band: tuple[Number, Number] | None = None
    inside: bool | None = None


class Lattice(Read):
    """The lattice of the main phase."""

    axes: tuple[Axis, ...] = ()


class Profile(Read):
    """How well a pattern is described."""

    r_wp: Number | None = None
    gof: Number | None = None
    noise: Text = ""
    assessment: Text = ""


class Pattern(Read):
    """The verdict on one pattern."""

    verdict: Text = ""
    sentence: Text = ""
    phases: tuple[PhaseFound, ...]
    lattice: Lattice | None = None
    profile: Profile = Profile()
    findings: tuple[FoundFinding, ...] = ()


class PatternDocument(Document, Pattern):
    """Of ``peakwright xrd check``."""

    technique: Literal["xrd"] = "xrd"


class QuantityDocument(Document):
    """Of ``peakwright xrd quantify``."""

    technique: Literal["xrd"] = "xrd"
    assessment: Assessment
    phases: tuple[PhaseFound, ...]
    profile: Profile = Profile()


class PatternComparison(Document):
    """Of ``peakwright xrd compare``."""

    technique: Literal["xrd"] = "xrd"
    a: Pattern
    b: Pattern


class Ion(Read):
    """An ion along a depth profile."""

    ion: Text
    mz: Number | None = None
    corrected: tuple[Number | None, ...] = ()
    u: tuple[Number | None, ...] = ()
    saturated_points: int = 0


class Trend(Read):
    """How an ion changes over the window."""

    ion: Text
    slope_percent: Number | None = None
    slope_u_percent: Uncertainty | None = None
    interval_percent: tuple[Number | None, Number | None] | None = None
    mean: Number | None = None
    verdict: Text = ""
    why: Text = ""
    sentence: Text = ""

    @model_validator(mode="after")
    def _not_inverted(self) -> Trend:
        low, high = self.interval_percent or (None, None)
        if low is not None and high is not None and low > high:
            raise ValueError(f"its interval is inverted: {low:g} is above {high:g}")
        return self


class Calibration(Read):
    """The mass scale, and what of the library the spectrum has no peak of."""

    source: Text = ""
    without_a_peak: tuple[Text, ...] = ()


class Interference(Read):
    """An ion in another's window."""

    ion: Text
    interferent: Text = ""
    resolved: bool = True


class ProfileDocument(Document):
    """Of ``peakwright tofsims profile``."""

    technique: Literal["tofsims"] = "tofsims"
    polarity: Text = ""
    calibration: Calibration | None = None
    sputter_time_s: tuple[Number, ...] | None = None
    scan: tuple[int, ...] = ()
    normalised_by: Text = ""
    ions: tuple[Ion, ...]
    unit: Text = "s"
    window: tuple[Number, Number] | None = None
    uniformity: tuple[Trend, ...] = ()
    interferences: tuple[Interference, ...] = ()


class IonDifference(Read):
    """An ion in two profiles."""

    ion: Text
    level_a: Number | None = None
    level_b: Number | None = None
    ratio_percent: Number | None = None
    u_percent: Uncertainty | None = None
    verdict: Text = ""
    sentence: Text = ""


class ProfileComparison(Document):
    """Of ``peakwright tofsims compare``."""

    technique: Literal["tofsims"] = "tofsims"
    ions: tuple[IonDifference, ...]


class Interface(Read):
    """Where a signal rises or falls."""

    ion: Text
    edge: Text = ""
    unit: Text = ""
    t50: Estimated | None = None
    width: Estimated | None = None
    depth_nm: Estimated | None = None
    width_nm: Estimated | None = None


class DepthDocument(Document):
    """Of ``peakwright tofsims depth``."""

    technique: Literal["tofsims"] = "tofsims"
    polarity: Text = ""
    calibrated_by: Text = ""
    interfaces: tuple[Interface, ...] = ()


SCHEMAS: dict[str, type[Document]] = {
    "peakwright.xps.fit/1": FitDocument,
    "peakwright.xps.joint/1": JointDocument,
    "peakwright.xps.series/1": SeriesDocument,
    "peakwright.xps.survey/1": SurveyDocument,
    "peakwright.xps.compare/1": SampleComparison,
    "peakwright.xrd.check/1": PatternDocument,
    "peakwright.xrd.compare/1": PatternComparison,
    "peakwright.xrd.quantify/1": QuantityDocument,
    "peakwright.tofsims.profile/1": ProfileDocument,
    "peakwright.tofsims.compare/1": ProfileComparison,
    "peakwright.tofsims.depth/1": DepthDocument,
}
"""What a report can hold."""


def technique_of(schema: str) -> str:
    """Give the technique of a schema.

    Examples
    --------
    >>> technique_of("peakwright.xrd.check/1")
    'xrd'
    """
    return schema.split(".")[1] if schema.count(".") > 1 else ""


def is_cut_off(error: ValueError | RecursionError) -> bool:
    """Tell whether a JSON document was in order until it ended.

    Examples
    --------
    >>> for text in ('{"a": [1, 2', '{"a": "b', '{a}'):
    ...     try:
    ...         json.loads(text)
    ...     except ValueError as error:
    ...         print(is_cut_off(error))
    True
    True
    False
    """
    if not isinstance(error, json.JSONDecodeError):
        return False
    at_end = error.pos >= len(error.doc.rstrip())
    return bool(error.doc.strip()) and (at_end or error.msg.startswith("Unterminated string"))


def read_document(given: Mapping[str, Any]) -> Document:
    """Check a result document and give what is read of it.

    Parameters
    ----------
    given : mapping
        What a ``result.json`` holds.

    Raises
    ------
    InputError
        If its schema is not one of :data:`SCHEMAS`, or a field is not what it should be; with the
        path to the field.

    Examples
    --------
    >>> read_document({"schema": "peakwright.xrd.check/9"})
    Traceback (most recent call last):
    ...
    references.words.InputError: schema 'peakwright.xrd.check/9' is not one that a report can hold
    """
    schema = given.get("schema")
    model = SCHEMAS.get(schema) if isinstance(schema, str) else None
    if model is None:
        told = "a text is missing" if schema is None else repr(schema)[:60]
        raise InputError(f"schema {told} is not one that a report can hold")
    try:
        return model.model_validate(given)
    except ValidationError as error:
        place, reason = refusal(model, error)
        raise InputError(f"{place}: {reason}" if place else reason) from None
