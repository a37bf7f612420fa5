"""What TOF-SIMS says: which ions are seen through the depth. An ion is a fragment, no species."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from references.ion import ion as ion_of
from references.words import Estimate, InputError, Kind, Row, UncertaintyParts

from .depth import sputtered
from .documents import ProfileDocument
from .statement import ElementEvidence, Says, Statement, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from references.registry import Registry
    from references.species import Species

    from .documents import Document, Ion

__all__ = [
    "CHANGE",
    "LEVEL",
    "NEGATIVE",
    "POSITIVE",
    "STRONG",
    "Level",
    "elements_of",
    "evidence",
    "ion_elements",
    "levels",
    "statements",
    "unseen",
    "window_of",
    "within_window",
]

LEVEL = "counts a point, whole profile"
CHANGE = "change over the window"
"""Quantities, each with what of the profile it is of."""
SURFACE_POINTS = 5
"""First points of a profile, which stand for the surface that XPS has seen too."""
SEEN = 3.0
"""Counts above this many of their standard uncertainties are a signal."""
STRONG = 0.01
"""An ion of this share of the strongest ion's counts is no trace: a working value of this table,
for without sensitivity factors no count is an amount."""
NONE_SEEN = 2.996
"""Largest mean number of counts that gives none once in twenty times."""
NEGATIVE = frozenset({"O", "F", "S", "Cl", "Br", "I"})
"""Elements whose own anion is so likely that they are hardly missed among negative ions."""
POSITIVE = frozenset({"Li", "Na", "K", "Mg", "Ca", "Al", "Ga", "In"})
"""Elements whose own cation is so likely that they are hardly missed among positive ions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How strong an ion is.

    Parameters
    ----------
    ion : str
    mean, u : float
        Counts a point over the whole profile.
    surface, u_surface : float
        The same of its first points.
    points : int
        How many points there are.
    doubt : str
        Why the counts say little of the ion; empty where they do.
    foreign : bool
        Whether its isotopes say that it is another ion, in part at least.
    peak : bool
        Whether the mass spectrum has a peak there.
    share : float
        Of the strongest ion's counts at the surface.
    sample : str
        What the profile calls its sample.
    """

    ion: str
    mean: float
    u: float
    surface: float
    u_surface: float
    points: int
    doubt: str = ""
    foreign: bool = False
    peak: bool = True
    share: float = 0.0
    sample: str = ""

    @property
    def seen(self) -> bool:
        """Whether it is a signal, over the whole profile or at its surface."""
        return self.peak and (self.mean > SEEN * self.u or self.surface > SEEN * self.u_surface)

    @property
    def seen_at_surface(self) -> bool:
        """Whether it is a signal at the surface."""
        return self.peak and self.surface > SEEN * self.u_surface

    def estimate(self) -> Estimate:
        """Give the mean counts a point, or their upper limit."""
        if self.seen:
            parts = UncertaintyParts(counting=self.u)
            half = 1.96 * self.u
            return Estimate(
                value=self.mean,
                u=parts.total,
                u_parts=parts,
                low=self.mean - half,
                high=self.mean + half,
                level=0.95,
            )
        high = max(self.mean + 1.645 * self.u, NONE_SEEN / max(self.points, 1))
        return Estimate(value=self.mean, high=high, level=0.95, kind=Kind.UPPER_LIMIT)


def levels(document: ProfileDocument) -> dict[str, Level]:
    """Give how strong each ion of a profile is."""
    no_peak = set(document.calibration.without_a_peak) if document.calibration else set[str]()
    found: dict[str, Level] = {}
    for given in document.ions:
        made = _level(given, document, peak=given.ion not in no_peak)
        if made is not None:
            found[given.ion] = made
    strongest = max((one.surface for one in found.values()), default=0.0)
    if strongest <= 0:
        return found
    return {name: replace(one, share=one.surface / strongest) for name, one in found.items()}


def statements(
    documents: Mapping[str, Document], registry: Registry, elements: frozenset[str]
) -> list[Statement]:
    """Give what depth profiles say of the species whose ions they follow.

    Only of species that are made of the sample's ``elements``: Cl- is no news of NaCl.
    """
    here = [s for s in registry.all_species if set(s.elements) <= elements]
    found: list[Statement] = []
    for where, document in documents.items():
        if isinstance(document, ProfileDocument):
            there = levels(document)
            for species in here:
                asked = [there[name] for name in species.ions if name in there]
                if asked:
                    found.append(_of_species(species, asked, document, where, here))
    return found


def unseen(species: Species, documents: Iterable[Document]) -> str:
    """Say why TOF-SIMS says nothing of a species; nothing where there is no TOF-SIMS."""
    there = [document for document in documents if isinstance(document, ProfileDocument)]
    if not there:
        return ""
    if not species.ions:
        return "the library has no ion of it"
    no_peak = {
        ion for one in there if one.calibration for ion in one.calibration.without_a_peak
    } & set(species.ions)
    if no_peak == set(species.ions):
        return f"{listed(species.ions)} not followed; the mass spectrum has no peak there"
    return f"{listed(species.ions)} not among the ions followed"


def evidence(documents: Mapping[str, Document]) -> list[ElementEvidence]:
    """Give what ions say of elements."""
    found: list[ElementEvidence] = []
    for where, document in documents.items():
        if not isinstance(document, ProfileDocument):
            continue
        for level in levels(document).values():
            likely = POSITIVE if level.ion.endswith("+") else NEGATIVE
            elements = ion_elements(level.ion)
            found += [
                ElementEvidence(
                    element=element,
                    technique="tofsims",
                    seen=level.seen,
                    by=level.ion,
                    limit="" if level.seen else f"below {level.estimate().high:.2g} counts a point",
                    decisive=not level.doubt
                    if level.seen
                    else len(elements) == 1 and element in likely,
                    where=where,
                    sample=document.sample,
                )
                for element in elements
            ]
    return found


def elements_of(documents: Mapping[str, Document]) -> frozenset[str]:
    """Give the elements of the ions that are seen."""
    return frozenset(one.element for one in evidence(documents) if one.seen)


def ion_elements(name: str) -> tuple[str, ...]:
    """Give the elements of an ion; none where the name is no ion's.

    Examples
    --------
    >>> ion_elements("GaCl-"), ion_elements("total")
    (('Ga', 'Cl'), ())
    """
    try:
        atoms = ion_of(name).atoms
    except InputError:
        return ()
    return tuple(dict.fromkeys(element for _, element, _ in atoms))


def _level(given: Ion, document: ProfileDocument, *, peak: bool) -> Level | None:
    """Mean counts a point; where none was counted, u is what one count would have."""
    told = [(n, u) for n, u in _points(given) if n is not None]
    if not told:
        return None
    mean, u = _mean(told)
    surface, u_surface = _mean(told[:SURFACE_POINTS])
    return Level(
        ion=given.ion,
        sample=document.sample,
        mean=mean,
        u=u,
        surface=surface,
        u_surface=u_surface,
        points=len(told),
        doubt=_doubt(given, document),
        foreign=_finding("sims_isotope_ratio", given.ion, document),
        peak=peak,
    )


def _points(given: Ion) -> list[tuple[float | None, float]]:
    """Counts of each point with their u; where none was counted, that of one count."""
    pairs = zip(given.corrected, given.u, strict=False)
    return [(n, u if u is not None and u > 0 else 1.0) for n, u in pairs]


def _mean(told: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Mean counts a point, and its u by counting."""
    n = len(told)
    return sum(count for count, _ in told) / n, math.hypot(*(u for _, u in told)) / n


def window_of(document: ProfileDocument) -> str:
    """Write the window in which a profile was judged; nothing where there is none.

    Examples
    --------
    >>> window_of(ProfileDocument(schema="x", ions=(), window=(90.0, 600.0)))
    '90 to 600 s'
    """
    if document.window is None:
        return ""
    unit = document.unit if document.unit == "s" else "scans"
    return f"{document.window[0]:g} to {document.window[1]:g} {unit}"


def within_window(document: ProfileDocument) -> dict[str, Estimate]:
    """Give the mean counts a point of each ion in the window that was judged."""
    if document.window is None:
        return {}
    low, high = document.window
    axis = document.sputter_time_s if document.unit == "s" else document.scan
    found: dict[str, Estimate] = {}
    for given in document.ions:
        pairs = zip(axis or (), _points(given), strict=False)
        inside = [(n, u) for at, (n, u) in pairs if low <= at <= high and n is not None]
        if inside:
            mean, u = _mean(inside)
            found[given.ion] = Estimate(value=mean, u=u, u_parts=UncertaintyParts(counting=u))
    return found


def _doubt(given: Ion, document: ProfileDocument) -> str:
    """Why the counts say little of the ion."""
    if given.saturated_points:
        return f"{given.saturated_points} points saturated"
    if _finding("sims_isotope_ratio", given.ion, document):
        return "its isotopes do not have its pattern"
    if _finding("sims_unresolved", given.ion, document):
        return "not resolved from its neighbours"
    return ""


def _finding(rule: str, ion: str, document: ProfileDocument) -> bool:
    """Whether a profile has a finding of a rule about an ion."""
    return any(
        found.rule == rule and ion in re.split(", | / ", found.subject)
        for found in document.findings
    )


def _of_species(
    species: Species,
    asked: list[Level],
    document: ProfileDocument,
    where: str,
    here: Sequence[Species],
) -> Statement:
    seen = [one for one in asked if one.seen]
    axis = document.sputter_time_s or tuple(float(n) for n in document.scan)
    unit = "s" if document.sputter_time_s else "scan"
    return Statement(
        species=species.key,
        technique="tofsims",
        sample=document.sample,
        says=_says(seen),
        by=", ".join(one.ion for one in (seen or asked)),
        rows=tuple(row for one in (seen or asked) for row in _rows(one, document)),
        why=_why(species, asked, seen, here),
        depth=sputtered(axis[0] if axis else None, axis[-1] if axis else None, unit),
        where=where,
    )


def _says(seen: list[Level]) -> Says:
    if not seen:
        return Says.BELOW_LIMIT
    return Says.UNDECIDED if all(one.foreign for one in seen) else Says.COMPATIBLE


def _why(species: Species, asked: list[Level], seen: list[Level], here: Sequence[Species]) -> str:
    """What else gives the ions, what is not seen beside them, and what disturbs them."""
    if not seen:
        return "no signal of it through the depth"
    told = [_shared(one.ion, species, here) for one in seen]
    told += [f"{one.ion} not seen" for one in asked if not one.seen]
    told += [f"{one.ion}: {one.doubt}" for one in seen if one.doubt]
    return "; ".join(dict.fromkeys(told))


def _shared(name: str, species: Species, here: Sequence[Species]) -> str:
    """What else gives an ion: of an element, all that contain it."""
    elements = ion_elements(name)
    if len(elements) == 1:
        return f"all that contain {elements[0]} give {name}"
    others = [s.key for s in here if s.key != species.key and name in s.ions]
    return (
        f"{listed(others)} give{'' if len(others) > 1 else 's'} {name} too"
        if others
        else (f"{name} is a fragment, and forms by recombination too")
    )


def _rows(one: Level, document: ProfileDocument) -> list[Row]:
    """Counts a point, and the change over the window."""

    def row(quantity: str, estimate: Estimate, unit: str) -> Row:
        return Row(
            sample=document.sample,
            technique="tofsims",
            quantity=quantity,
            subject=one.ion,
            estimate=estimate,
            unit=unit,
        )

    found = [row(LEVEL, one.estimate(), "counts")]
    for trend in document.uniformity:
        known = trend.slope_percent is not None and trend.slope_u_percent is not None
        if trend.ion == one.ion and one.seen and known:
            assert trend.slope_percent is not None
            assert trend.slope_u_percent is not None
            low, high = trend.interval_percent or (None, None)
            parts = UncertaintyParts(counting=trend.slope_u_percent)
            ends = low is not None and high is not None
            change = Estimate(
                value=trend.slope_percent,
                u=parts.total,
                u_parts=parts,
                low=low if ends else None,
                high=high if ends else None,
                level=0.95 if ends else None,
            )
            over = f" {window}" if (window := window_of(document)) else ""
            found.append(row(f"{CHANGE}{over} ({trend.verdict})", change, "%"))
    return found
