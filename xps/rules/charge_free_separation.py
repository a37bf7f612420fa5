"""Two lines of one compound at the wrong distance: no charge changes it (rule C3).

The reference is the library's or, for a compound without one that comes in three or more samples
of a file, their median; lines that rest on a limit define no median. Thresholds: 0.3 eV and twice
the stated u warning, 0.7 eV error where the reference may stand behind one. Two metals are
compared alike, for both stand on the Fermi level. Source: Wood and Teeter, ACS Appl. Energy Mater.
(2018), doi:10.1021/acsaem.8b00406.
"""

from __future__ import annotations

import math
from itertools import combinations
from statistics import median_low
from typing import TYPE_CHECKING

from references.words import Finding, Severity

from .at_bound import limit_of
from .insignificant import vanishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.core_level import Separation
    from references.registry import Registry

    from ..claims import ClaimedLine, Claims

NAME = "charge_free_separation"

WARN, ERROR = 0.3, 0.7
LEAST_SAMPLES = 3
CHALCOGENS = frozenset({"S", "Se", "Te"})


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each separation that is off."""
    for sample in claims.samples():
        for separation in registry.all_separations:
            yield from _against_library(claims.of(sample), separation, sample)
    if claims.origin in {"fit", "casaxps"}:
        yield from _against_the_batch(claims)


def _against_library(
    lines: tuple[ClaimedLine, ...], separation: Separation, sample: str
) -> Iterator[Finding]:
    keys = separation.species.split(" - ")
    first, second = (
        [x for x in lines if x.species == key and f"{x.symbol.split()[0]} {x.line}" == label]
        for key, label in ((keys[0], separation.first), (keys[-1], separation.second))
    )
    if len(first) != 1 or len(second) != 1:
        return  # several lines of one name: which belong together is not said
    known = separation.difference
    yield from _judged(
        subject=" ".join(part for part in (sample, separation.species) if part),
        names=f"{separation.first} - {separation.second}",
        measured=first[0].place - second[0].place,
        u=_u(first[0], second[0]),
        reference=known.best,
        within=(known.low, known.high),
        may_be_error=known.status.may_constrain,
        sources=known.source,
    )


def _against_the_batch(claims: Claims) -> Iterator[Finding]:
    """Compare a compound's lines on two levels over the samples of a file."""
    for pairs in _pairs(claims):
        firm = [a.place - b.place for a, b in pairs if not _pinned(a) and not _pinned(b)]
        if len(pairs) < LEAST_SAMPLES or not firm:
            continue
        # The median; of an even number the lower of the middle two, which was measured.
        reference = median_low(firm)
        for a, b in pairs:
            labels = f"{a.symbol.split()[0]} {a.line} - {b.symbol.split()[0]} {b.line}"
            yield from _judged(
                subject=" ".join(part for part in (a.sample, f"{a.name}, {b.name}") if part),
                names=labels,
                measured=a.place - b.place,
                u=_u(a, b),
                reference=reference,
                within=None,
                may_be_error=True,
                sources=("wood2018",),
            )


def _pairs(claims: Claims) -> Iterator[list[tuple[ClaimedLine, ClaimedLine]]]:
    """Yield, for each compound and pair of levels, its two lines in each sample."""
    lines = [x for x in claims.lines if _family(x) and not x.species and not x.minor]
    free = [x for x in lines if x.area is None or x.area.tie is None]
    seen = [x for x in free if x.there and not vanishes(x, claims)]
    for family in dict.fromkeys(_family(x) for x in seen):
        own = [x for x in seen if _family(x) == family]
        symbols = list(dict.fromkeys(x.symbol for x in own))
        chosen = {symbol: _largest(own, symbol) for symbol in symbols}
        for first, second in combinations(sorted(symbols, key=lambda s: -chosen[s][0].place), 2):
            other = {x.sample: x for x in reversed(chosen[second])}
            yield [(x, other[x.sample]) for x in chosen[first] if x.sample in other]


def _largest(own: list[ClaimedLine], symbol: str) -> list[ClaimedLine]:
    """Of a compound's components on a level, the one that is largest over the file."""
    named: dict[str, list[ClaimedLine]] = {}
    for line in own:
        if line.symbol == symbol:
            named.setdefault(line.name, []).append(line)
    return max(named.values(), key=lambda lines: sum(x.area.value for x in lines if x.area))


def _family(line: ClaimedLine) -> tuple[str, ...]:
    """The elements of its compound; which chalcogen a label says is another rule's question."""
    return tuple(sorted({"S" if e in CHALCOGENS else e for e, _ in line.compound}))


def _pinned(line: ClaimedLine) -> bool:
    return line.position is not None and limit_of(line.position) is not None


def _u(*lines: ClaimedLine) -> float:
    """Standard uncertainty of a distance, as far as those of the lines are stated [eV]."""
    return math.hypot(*(x.position.u or 0.0 for x in lines if x.position))


def _judged(
    *,
    subject: str,
    names: str,
    measured: float,
    u: float,
    reference: float,
    within: tuple[float | None, float | None] | None,
    may_be_error: bool,
    sources: tuple[str, ...],
) -> Iterator[Finding]:
    deviation = round(measured - reference, 3)
    if abs(deviation) <= WARN + 2.0 * u:
        return
    low, high = within or (None, None)
    span = "" if low is None or high is None else f" ({low:g} .. {high:g})"
    loud = abs(deviation) > ERROR and may_be_error
    yield Finding(
        rule=NAME,
        severity=Severity.ERROR if loud else Severity.WARNING,
        subject=subject,
        reported=f"{names} = {measured:.2f} eV",
        reference=f"{reference:.2f} eV{span}",
        deviation=f"{deviation:+.2f} eV",
        message=(
            "no charge changes this distance: the two lines are not of one compound, or one of "
            "them is misassigned or misfitted"
        ),
        sources=sources,
    )
