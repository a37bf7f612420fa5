"""What a fit loses on its way to CasaXPS, in sentences."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from references.words import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .casashape import CasaShape
    from .envelope import Envelope
    from .stored import StoredFit, StoredLine

    Said = tuple[str, Severity, str]

__all__ = ["plain_name", "said_of_fit", "said_of_shapes"]

MOVED = 5e-4
"""A position that moves by less [eV] is not worth a word."""


def said_of_shapes(lines: Sequence[StoredLine], shapes: Sequence[CasaShape]) -> Iterator[Said]:
    """Give rule, severity and message, once for all lines that are written as one shape."""
    inexact = [pair for pair in zip(lines, shapes, strict=True) if not pair[1].exact]
    for text in dict.fromkeys(shape.text for _, shape in inexact):
        alike = [(line, shape) for line, shape in inexact if shape.text == text]
        names = ", ".join(dict.fromkeys(line.name for line, _ in alike))
        parts = [f"{names}: {alike[0][0].shape} is written as {text}"]
        worst = max((shape for _, shape in alike), key=lambda shape: shape.misplaced)
        if worst.misplaced > 0:
            parts.append(
                f"the nearest in CasaXPS: {100 * worst.misplaced:.2g} % of the area lies "
                f"elsewhere, and it is off by up to {100 * worst.highest:.2g} % of the maximum"
            )
        moved = max((shape.position - line.position for line, shape in alike), key=abs)
        if abs(moved) > MOVED:
            parts.append(f"its position in CasaXPS is {moved:+.3f} eV from ours")
        if text.startswith("LA"):
            parts.append(
                "whether CasaXPS means the full width or that of the formula is not settled: "
                f"if the latter, its line is {worst.nominal:.2f} times as wide"
            )
        yield "shape_approximated", Severity.WARNING, "; ".join(parts)


def said_of_fit(fit: StoredFit, envelope: Envelope) -> Iterator[Said]:
    """Give rule, severity and message of what CasaXPS cannot know of a fit."""
    if fit.assessment != "converged":
        yield (
            "fit_not_converged",
            Severity.WARNING,
            f"the fit ended as {fit.assessment}: {fit.message}",
        )
    unit = fit.lines[0].area_unit
    if unit != "counts/s*eV":
        yield (
            "time_unknown",
            Severity.WARNING,
            (
                f"areas are in {unit}, for the counting time is not known; CasaXPS takes them for "
                "counts/s eV"
            ),
        )
    if envelope.knowledge != "free":
        yield (
            "knowledge_held",
            Severity.INFO,
            (
                "what the library knows with an uncertainty (splittings, area ratios, positions) "
                "is in CasaXPS a link or a limit at its fitted value"
            ),
        )
    if any(line.shape_parameters for line in fit.lines):
        yield (
            "shape_held",
            Severity.INFO,
            "CasaXPS holds the shapes' own parameters, which may have been fitted here",
        )


def plain_name(name: str) -> str:
    r"""Give a name that can stand in CasaXPS's lines: Latin-1, printable, without asterisks.

    Examples
    --------
    >>> plain_name("Li\N{SUBSCRIPT TWO}S *")
    'Li2S x'
    """
    plain = unicodedata.normalize("NFKC", name).replace("*", "x")
    plain = plain.encode("latin-1", "replace").decode("latin-1")
    return " ".join("".join(c if c.isprintable() else " " for c in plain).split()) or "fit"
