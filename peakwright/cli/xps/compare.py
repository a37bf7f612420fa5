"""``peakwright xps compare``: what became of each fraction from one sample to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import ExitCode
from .compare_delivery import deliver_comparison
from .options import (  # noqa: TC001 - typer reads them at run time
    JsonOption,
    OutOption,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.words import Finding

    from .spots import Spot

__all__ = ["compare"]

AArgument = Annotated[
    Path, typer.Argument(help="Result of sample A: result.json, its folder, or a folder of spots.")
]
BArgument = Annotated[
    Path | None, typer.Argument(help="The same of sample B (default: A's, with --sample-b).")
]
MoreA = Annotated[list[Path], typer.Option("--a", help="Another spot of A; repeatable.")]
MoreB = Annotated[list[Path], typer.Option("--b", help="Another spot of B; repeatable.")]
SampleA = Annotated[
    list[str],
    typer.Option("--sample-a", help="Which sample of A's result; repeatable, one a spot."),
]
SampleB = Annotated[
    list[str],
    typer.Option("--sample-b", help="Which sample of B's result; repeatable, one a spot."),
]


def compare(
    a: AArgument,
    b: BArgument = None,
    *,
    more_a: MoreA = [],  # noqa: B006 - typer makes a new one at each call
    more_b: MoreB = [],  # noqa: B006
    sample_a: SampleA = [],  # noqa: B006
    sample_b: SampleB = [],  # noqa: B006
    out: OutOption = None,
    json: JsonOption = False,
) -> None:
    """Compare fractions of two samples: difference, ratio, probability that each fell."""
    from peakwright.store import check_folder
    from references.words import InputError
    from xps.compare import compare as compared

    from .spots import spots_of

    if b is None and not (sample_a and sample_b):
        raise InputError(
            "two results are compared: name B's too, or say which samples of the one are A and B "
            "with --sample-a and --sample-b"
        )
    if out is not None:
        check_folder(out)
    first = [s for path in (a, *more_a) for s in spots_of(path, sample_a, "--sample-a")]
    second = [s for path in (b or a, *more_b) for s in spots_of(path, sample_b, "--sample-b")]
    _refuse_the_same(first, second)
    found = compared([spot.rows for spot in first], [spot.rows for spot in second])
    notes = (*found.findings, *_libraries(first, second, found.findings), *_models(first, second))
    deliver_comparison(found.differences, first, second, notes, out=out, json=json)
    if not found.differences:
        raise typer.Exit(ExitCode.UNDECIDABLE)
    errors = any(note.severity == "error" for note in notes)
    raise typer.Exit(ExitCode.FINDINGS if errors else ExitCode.CLEAN)


def _refuse_the_same(a: Sequence[Spot], b: Sequence[Spot]) -> None:
    """Refuse counts that stand on both sides, or twice on one: they are no second measurement."""
    from references.words import InputError

    spots = [*a, *b]
    for i, one in enumerate(spots):
        for other in spots[:i]:
            same = (one.sha256, one.sample) == (other.sha256, other.sample)
            if same and one.sha256 and _values(one) & _values(other):
                where = "A and B" if i >= len(a) > spots.index(other) else "one sample"
                raise InputError(
                    f"{other.path} and {one.path} are the same measurement of {one.sample!r}, "
                    f"given for {where}; its counts cannot be compared with themselves"
                )


def _values(spot: Spot) -> set[tuple[str, str, float]]:
    return {
        (row.subject, row.denominator, row.estimate.value)
        for row in spot.rows
        if 0.0 < row.estimate.value < 1.0
    }


def _libraries(
    a: Sequence[Spot], b: Sequence[Spot], findings: Sequence[Finding]
) -> tuple[Finding, ...]:
    """Say that two libraries were used, and whether anything here rests on the difference."""
    from references.words import Finding, Severity

    of_a, of_b = ({spot.library for spot in spots} for spots in (a, b))
    if len(of_a | of_b) == 1:
        return ()
    rules = {finding.rule for finding in findings}
    unclear = "input_differs" in rules or "nothing_cancels" in rules
    return (
        Finding(
            rule="different_libraries",
            severity=Severity.WARNING if unclear else Severity.INFO,
            subject="library",
            reported=f"A: {', '.join(sorted(version for version, _ in of_a))}",
            reference=f"B: {', '.join(sorted(version for version, _ in of_b))}",
            message=(
                "the fits used different libraries; fit both with one"
                if unclear
                else "the fits used different libraries, but the same values where these fractions "
                "rest on them"
            ),
        ),
    )


def _models(a: Sequence[Spot], b: Sequence[Spot]) -> tuple[Finding, ...]:
    """Say of each region that A and B were not fitted by one recipe."""
    from references.words import Finding, Severity

    of_a, of_b = ({m for spot in spots for m in spot.models} for spots in (a, b))
    found: list[Finding] = []
    for region in dict.fromkeys(name for name, _ in sorted(of_a)):
        mine, others = ({m for name, m in of if name == region} for of in (of_a, of_b))
        if others and len(mine | others) > 1:
            found.append(
                Finding(
                    rule="different_models",
                    severity=Severity.WARNING,
                    subject=region,
                    reported=f"A: {'; '.join(sorted(mine))}",
                    reference=f"B: {'; '.join(sorted(others))}",
                    message=(
                        "the difference may be the models'; fit both with one recipe: what is not "
                        "there gets a limit"
                    ),
                )
            )
    return tuple(found)
