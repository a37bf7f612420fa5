"""Which fractions of two samples can be compared, and what stands between the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from references.words import Basis, Contribution, Estimate, Finding, Kind, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from references.words import Row

    Spots = Sequence[Sequence[Row]]
    Key = tuple[str, Basis, str]

__all__ = ["Pair", "paired"]

NOT_ITSELF = "factor", "asymmetry", "attenuation length"
"""Inputs that make a fraction another quantity when they are chosen otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One fraction in both samples: an estimate for each spot that has an interval."""

    subject: str
    basis: Basis
    denominator: str
    a: tuple[Estimate, ...]
    b: tuple[Estimate, ...]


def paired(a: Spots, b: Spots) -> tuple[tuple[Pair, ...], tuple[Finding, ...]]:
    """Match the fractions of two samples by species, basis and denominator.

    Parameters
    ----------
    a, b : sequence of sequences of Row
        Fractions of each spot.

    Returns
    -------
    pairs : tuple of Pair
    findings : tuple of Finding
        Each fraction that has no partner or no interval, and what does not cancel.
    """
    of_a, of_b = _by_key(a), _by_key(b)
    pairs: list[Pair] = []
    findings: list[Finding] = _unmatched(of_a, of_b)
    for key in of_a:
        if key not in of_b:
            continue
        subject, basis, denominator = key
        sides = [tuple(e for e in found[key] if _known(e)) for found in (of_a, of_b)]
        findings += _without_interval(key, of_a[key], of_b[key])
        if not all(sides) or all(e.kind is Kind.FIXED for side in sides for e in side):
            continue
        if different := _other_quantity(key, *sides):
            findings.append(different)
            continue
        findings += _not_shared(key, *sides)
        pairs.append(
            Pair(subject=subject, basis=basis, denominator=denominator, a=sides[0], b=sides[1])
        )
    findings += _one_spot(pairs)
    return tuple(pairs), tuple(dict.fromkeys(findings))


def _by_key(spots: Spots) -> dict[Key, list[Estimate]]:
    found: dict[Key, list[Estimate]] = {}
    for rows in spots:
        for row in rows:
            if row.basis is not None:
                key = (row.subject, row.basis, row.denominator)
                found.setdefault(key, []).append(row.estimate)
    return found


def _known(estimate: Estimate) -> bool:
    return estimate.level is not None or estimate.kind is Kind.FIXED


def _unmatched(of_a: Iterable[Key], of_b: Iterable[Key]) -> list[Finding]:
    """Say of each fraction that only one sample has what the other has in its place."""
    found: list[Finding] = []
    for name, own, others in (("A", list(of_a), list(of_b)), ("B", list(of_b), list(of_a))):
        for subject, basis, denominator in own:
            if (subject, basis, denominator) in others:
                continue
            other = "B" if name == "A" else "A"
            there = [d for s, b, d in others if (s, b) == (subject, basis)]
            if there:
                if name == "B":
                    continue  # said of A already
                found.append(
                    Finding(
                        rule="different_denominators",
                        severity=Severity.ERROR,
                        subject=f"{subject} ({basis})",
                        reported=f"A: of {denominator}",
                        reference=f"B: of {', '.join(there)}",
                        message=(
                            "shares of different wholes are not compared; form both with the same "
                            "regions and --denominator"
                        ),
                    )
                )
            elif any(b == basis for _, b, _ in others):
                found.append(
                    Finding(
                        rule="not_in_both",
                        severity=Severity.WARNING,
                        subject=f"{subject} ({basis} of {denominator})",
                        message=(
                            f"{other} has no such fraction; fit both samples with one recipe: what "
                            "is not there gets a limit"
                        ),
                    )
                )
            else:
                found.append(
                    Finding(
                        rule="different_bases",
                        severity=Severity.ERROR,
                        subject=f"{subject} ({basis} of {denominator})",
                        message=(
                            f"{other} has no fraction on the basis {basis}; form both with the "
                            "same --basis"
                        ),
                    )
                )
    return found


def _without_interval(key: Key, *sides: Sequence[Estimate]) -> list[Finding]:
    return [
        Finding(
            rule="no_interval",
            severity=Severity.WARNING,
            subject=f"{key[0]} ({key[1]} of {key[2]})",
            reported=f"{lacking} of {len(side)} in {name}",
            message="fractions of fits that did not converge have no interval and are left out",
        )
        for name, side in zip("AB", sides, strict=True)
        if (lacking := sum(not _known(e) for e in side))
    ]


def _other_quantity(key: Key, a: Sequence[Estimate], b: Sequence[Estimate]) -> Finding | None:
    """Refuse amounts that different sensitivity factors were used for."""
    for one, other in _differing(a, b):
        if one.part == "sensitivity" and one.source.endswith(NOT_ITSELF):
            return Finding(
                rule="different_sensitivity",
                severity=Severity.ERROR,
                subject=f"{key[0]} ({key[1]} of {key[2]})",
                reported=f"A: {one.source} {_told(one)}",
                reference=f"B: {_told(other)}",
                message=(
                    "amounts by different sensitivity factors differ by the factors too, and are "
                    "not compared; form both with one --sensitivity-set and one library"
                ),
            )
    return None


def _not_shared(key: Key, a: Sequence[Estimate], b: Sequence[Estimate]) -> list[Finding]:
    """Say which inputs were taken differently, so that what they contribute does not cancel."""
    found = [
        Finding(
            rule="input_differs",
            severity=Severity.WARNING,
            subject=f"{key[2]}: {one.source}",
            reported=f"A: {_told(one)}",
            reference=f"B: {_told(other)}",
            message=(
                "the two fits took it differently, so it does not cancel, and the difference may "
                "be its own; fit both with one recipe and one library"
            ),
        )
        for one, other in _differing(a, b)
    ]
    if not all(e.contributions for e in (*a, *b) if e.kind is not Kind.FIXED):
        found.append(
            Finding(
                rule="nothing_cancels",
                severity=Severity.INFO,
                subject=key[2],
                message=(
                    "not every result says what it shares with others (a series and a joint fit do "
                    "not), so nothing cancels and the interval is wider than it need be"
                ),
            )
        )
    return found


def _differing(
    a: Sequence[Estimate], b: Sequence[Estimate]
) -> list[tuple[Contribution, Contribution]]:
    """Inputs of one name that are not the same in all spots of both samples."""
    found: list[tuple[Contribution, Contribution]] = []
    known: dict[str, Contribution] = {}
    for estimate in (*a, *b):
        for given in estimate.contributions:
            first = known.setdefault(given.source, given)
            if not first.is_of(given) and all(one.source != given.source for one, _ in found):
                found.append((first, given))
    return found


def _told(given: Contribution) -> str:
    number = "" if given.value is None else f"{given.value:.6g}"
    if given.u:
        number = f"{number} +- {given.u:.2g}".strip()
    return " ".join(part for part in (given.told_by, number) if part)


def _one_spot(pairs: Sequence[Pair]) -> list[Finding]:
    single = [name for name in "AB" if any(len(getattr(p, name.lower())) == 1 for p in pairs)]
    if not single:
        return []
    return [
        Finding(
            rule="one_spot",
            severity=Severity.INFO,
            subject=" and ".join(single),
            message=(
                "one spot says nothing of how the sample differs from place to place; the interval "
                "is of these spots, and of the samples only if they are alike throughout"
            ),
        )
    ]
