"""What is to be reviewed of a survey as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.words import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .peaks import Peak
    from .scene import Scene

__all__ = ["findings_of"]

LARGE_SHIFT = 2.0
"""Charge shift [eV] beyond which parts of a sample may charge differently."""


def findings_of(
    scene: Scene, subject: str, left: Sequence[Peak], *, established: bool
) -> tuple[Finding, ...]:
    """Give the findings of a survey.

    Parameters
    ----------
    scene : Scene
        With its elements found.
    subject : str
        What they are about.
    left : sequence of Peak
        Peaks that nothing explains.
    established : bool
        Whether any element is.
    """
    return tuple(
        Finding(rule=rule, severity=severity, subject=subject, reported=reported, message=message)
        for rule, severity, reported, message in (
            *_of_the_data(scene),
            *_of_the_answer(scene, left, established=established),
        )
    )


Told = tuple[str, Severity, str, str]


def _of_the_data(scene: Scene) -> Iterator[Told]:
    """Noise, saturation, transmission."""
    trace = scene.trace
    if not trace.counted:
        yield (
            "counts_unknown", Severity.INFO, "",
            "the data are no counts; their noise is taken from their own scatter",
        )  # fmt: skip
    top = trace.counts == trace.counts.max()
    if np.any(top[:-2] & top[1:-1] & top[2:]):
        yield (
            "saturated", Severity.WARNING,
            f"{trace.counts.max():g} in at least three channels in a row",
            ("the highest peak has a flat top; its element is underrated, and so are the others' "
            "fractions overrated"),
        )  # fmt: skip
    if trace.transmission is None:
        said = "the file brings no transmission; a constant one is assumed"
        yield "transmission", Severity.INFO, "assumed constant", said
    else:
        said = "amounts use the analyser's transmission as the file brings it"
        yield "transmission", Severity.INFO, "measured", said


def _of_the_answer(scene: Scene, left: Sequence[Peak], *, established: bool) -> Iterator[Told]:
    """What is out of range, unexplained, not established, or far shifted."""
    known = {pattern.element for pattern in scene.patterns}
    beyond = [symbol for symbol in scene.expected if symbol not in known]
    if beyond:
        yield (
            "out_of_range", Severity.INFO, ", ".join(beyond),
            ("nothing is said of these: the library has no line of theirs that this range could "
            "show; a survey from 0 to 1200 eV shows most elements"),
        )  # fmt: skip
    if left:
        places = ", ".join(f"{e:.1f}" for e in sorted(p.energy + scene.shift for p in left))
        yield (
            "unassigned_peak", Severity.WARNING, f"{places} eV",
            ("no element of the library explains these peaks; name what may be in the sample with "
            "--elements, or review the charge shift"),
        )  # fmt: skip
    if not established:
        yield (
            "no_element", Severity.ERROR, "",
            "no element is established, so no fractions are formed",
        )  # fmt: skip
    if abs(scene.shift) > LARGE_SHIFT:
        yield (
            "large_charge_shift", Severity.INFO, f"{scene.shift:+.1f} eV",
            "check that no part of the sample charges differently",
        )  # fmt: skip
