"""What one technique says of one species, and what all of them say together."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from references.words import Finding, Row

__all__ = [
    "ITSELF",
    "NAMES",
    "TECHNIQUES",
    "Agreement",
    "Depth",
    "ElementEvidence",
    "Says",
    "Statement",
]

TECHNIQUES = ("xps", "tofsims", "xrd")
NAMES = {"xps": "XPS", "tofsims": "TOF-SIMS", "xrd": "XRD"}
"""Techniques as one writes them."""
ITSELF = "the folder itself"
"""How a result is named that lies in the sample's folder, not below it."""


class Says(StrEnum):
    """What a technique says of a species, given what it can see."""

    PRESENT = "present"
    """It is there: what is seen is not explained by anything else that was asked for."""
    COMPATIBLE = "compatible"
    """What it would show is seen, and something else would show the same."""
    BELOW_LIMIT = "below limit"
    """It was asked for and not seen; a limit says how little would have been."""
    UNDECIDED = "undecided"
    """It was asked for, and there is no answer."""
    CANNOT_SEE = "cannot see"
    """It could not have been seen: the reason is with it."""

    @property
    def is_seen(self) -> bool:
        """Whether there is a signal that the species gives."""
        return self in {Says.PRESENT, Says.COMPATIBLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How deep a statement reaches.

    Parameters
    ----------
    text : str
        In words.
    nm : float or None
        Depth from which 95 % of the signal comes [nm], where it is known.
    """

    text: str
    nm: float | None = None

    def to_dict(self) -> dict[str, object]:
        """Give the depth as JSON-ready values."""
        return {"text": self.text, "nm": self.nm}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one result says of one species.

    Parameters
    ----------
    species : str
        Key of the library.
    technique : str
        ``"xps"``, ``"tofsims"`` or ``"xrd"``.
    sample : str
        What the result calls its sample.
    says : Says
    by : str
        What it rests on: a core level, ions, a phase.
    rows : tuple of Row
        The numbers, each with its uncertainty and basis.
    why : str
        The reason, where it cannot see or cannot decide; else what to bear in mind.
    depth : Depth or None
        How deep it reaches; none where it cannot see.
    where : str
        Which result says it.
    """

    species: str
    technique: str
    sample: str
    says: Says
    by: str = ""
    rows: tuple[Row, ...] = ()
    why: str = ""
    depth: Depth | None = None
    where: str = ""

    def to_dict(self) -> dict[str, object]:
        """Give the statement as JSON-ready values."""
        return {
            "technique": self.technique,
            "sample": self.sample,
            "says": str(self.says),
            "by": self.by,
            "rows": [row.to_dict() for row in self.rows],
            "why": self.why,
            "depth": None if self.depth is None else self.depth.to_dict(),
            "result": self.where,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementEvidence:
    """What one result says of an element, whatever it is bound to.

    Parameters
    ----------
    element, technique : str
    seen : bool
        Seen, or looked for and not seen.
    by : str
        What it rests on: ``"survey, In 3d"``, ``"GaCl-"``, ``"LiGa"``.
    limit : str
        How little would have been seen, in words; empty where it is seen.
    below : float or None
        The same as a share of all atoms, where that is known.
    decisive : bool
        Whether the technique would hardly have missed it, or taken something else for it.
    where : str
        Which result says it.
    sample : str
        What the result calls its sample.
    """

    element: str
    technique: str
    seen: bool
    by: str
    limit: str = ""
    below: float | None = None
    decisive: bool = True
    where: str = ""
    sample: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What the techniques say of each species, and where they contradict each other.

    Parameters
    ----------
    statements : tuple of Statement
        Of each species that at least one result was asked about.
    findings : tuple of Finding
        Contradictions, given what each technique can see, and what only looks like one.
    labels : tuple of (str, str)
        Species in the order of the table, each with what it is in words.
    """

    statements: tuple[Statement, ...] = ()
    findings: tuple[Finding, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    evidence: tuple[ElementEvidence, ...] = field(default=(), repr=False)

    @property
    def species(self) -> tuple[str, ...]:
        """Keys, in the order of the table."""
        return tuple(key for key, _ in self.labels)

    @property
    def techniques(self) -> tuple[str, ...]:
        """The techniques of which there is a result, surface first."""
        there = {statement.technique for statement in self.statements}
        return tuple(technique for technique in TECHNIQUES if technique in there)

    def measurements(self, technique: str) -> tuple[str, ...]:
        """Give what a technique's measurements are called: several may be states of one sample."""
        return measurements_of(self.statements, technique)

    def of(self, species: str, technique: str = "") -> tuple[Statement, ...]:
        """Give what is said of a species, by one technique or by all, surface first."""
        said = (
            statement
            for statement in self.statements
            if statement.species == species and technique in {"", statement.technique}
        )
        return tuple(sorted(said, key=lambda one: TECHNIQUES.index(one.technique)))

    def to_dict(self) -> dict[str, Any]:
        """Give the table as JSON-ready values."""
        return {
            "techniques": list(self.techniques),
            "species": [
                {
                    "species": key,
                    "label": label,
                    "statements": [statement.to_dict() for statement in self.of(key)],
                }
                for key, label in self.labels
            ],
            "findings": [finding.to_dict() for finding in self.findings],
        }


def measurements_of(statements: Iterable[Statement], technique: str) -> tuple[str, ...]:
    """Give the names of a technique's measurements, each once, in the order of its statements."""
    return tuple(dict.fromkeys(names_of(statements, technique).values()))


def names_of(statements: Iterable[Statement], technique: str) -> dict[tuple[str, str], str]:
    """Give what measurements are called, by their sample and result.

    Two results that say something of one sample by the same line, ions or phase are two
    measurements of one name: the result tells them apart.
    """
    told = [one for one in statements if one.technique == technique and one.sample]
    places: dict[tuple[str, str, str], set[str]] = {}
    for one in told:
        places.setdefault((one.sample, one.species, one.by), set()).add(one.where)
    twice = {sample for (sample, _, _), where in places.items() if len(where) > 1}
    return {
        (one.sample, one.where): f"{one.sample} in {ITSELF if one.where == '.' else one.where}"
        if one.sample in twice
        else one.sample
        for one in told
    }


def listed(names: Iterable[str], most: int = 4) -> str:
    """Give names in a sentence, at most so many of them.

    Examples
    --------
    >>> listed(["Ga0", "Li-Ga"]), listed("abcdef")
    ('Ga0 and Li-Ga', 'a, b, c, d and 2 more')
    """
    told = list(dict.fromkeys(names))
    if len(told) > most:
        return f"{', '.join(told[:most])} and {len(told) - most} more"
    return f"{', '.join(told[:-1])} and {told[-1]}" if len(told) > 1 else "".join(told)
