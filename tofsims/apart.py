"""Which ions lie over each other, and whether they can be told apart with the counts at hand.

Ions nearer than three widths share channels, and a border half way between them gives each some of
the other. They are fitted together instead (:mod:`tofsims.overlap`), unless even the whole run says
too little of how much each has: then their sum is all that can be known, and it is what is given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from references.words import Finding, Severity

from .cube import Window
from .frame import Frame, Lines, lines_of
from .ions import joined
from .overlap import placed, share_u

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from .masscal import Calibration

__all__ = ["Overlaps", "halved", "no_shape", "overlaps_of", "touching"]

TELLS = 1.0 / 6.0
"""Standard uncertainty of a share with which, at three times of it, halves are still told from all
and nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overlaps:
    """What is fitted together.

    Attributes
    ----------
    windows : tuple of Window
        Of ions that can be told apart, or of the sum of some that cannot.
    groups : tuple of tuple of str
        Names of the windows whose ions are fitted together, by mass.
    lines : dict
        m/z and part of the lines of each name in a group.
    findings : tuple of Finding
    """

    windows: tuple[Window, ...]
    groups: tuple[tuple[str, ...], ...] = ()
    lines: dict[str, Lines] = field(default_factory=dict[str, Lines])
    findings: tuple[Finding, ...] = ()


def touching(windows: Sequence[Window]) -> list[list[Window]]:
    """Give the windows that end where the next one begins, group by group.

    Examples
    --------
    >>> a, b, c = (Window(ion=i, low=x, high=x + 1) for i, x in (("a", 1), ("b", 2), ("c", 4)))
    >>> [[w.ion for w in group] for group in touching([c, b, a])]
    [['a', 'b']]
    """
    groups: list[list[Window]] = []
    for window in sorted(windows, key=lambda w: w.low):
        if groups and abs(groups[-1][-1].high - window.low) < 1e-9:
            groups[-1].append(window)
        else:
            groups.append([window])
    return [group for group in groups if len(group) > 1]


def overlaps_of(
    windows: Sequence[Window],
    calibration: Calibration,
    spectrum: NDArray[np.int64],
    *,
    times: float,
) -> Overlaps:
    """Decide which ions are fitted together, and which have a sum only.

    Parameters
    ----------
    windows : sequence of Window
        As :func:`tofsims.ions.windows_of` lays them.
    calibration : Calibration
    spectrum : (channels,) array
        Of a part of the run,
    times : float
        and how many times as many counts the whole has.

    Returns
    -------
    Overlaps
        Windows in the order in which they were given; a sum stands where its first ion did.

    Notes
    -----
    Two neighbours are told apart if the share that one has of both would be known to a standard
    uncertainty of one sixth from the whole run, places and widths as uncertain as they are.
    """
    put: dict[str, Window] = {window.ion: window for window in windows}
    groups: list[tuple[str, ...]] = []
    lines: dict[str, Lines] = {}
    said: list[Finding] = []
    for group in touching(windows):
        own = {window.ion: lines_of(window.ion) for window in group}
        left = list(group)
        while len(left) > 1:
            names = [window.ion for window in left]
            frame = Frame.of(names, own, calibration, spectrum.astype(float))
            if frame is None:
                said.append(no_shape(names))
                break
            part, u, at = _least_told(frame, spectrum, times)
            if u <= TELLS:
                groups.append(tuple(names))
                break
            a, b = left[at], left[at + 1]
            one = Window(ion=joined(a.ion, b.ion), low=a.low, high=b.high)
            own[one.ion] = (
                *((mz, part * share) for mz, share in own[a.ion]),
                *((mz, (1.0 - part) * share) for mz, share in own[b.ion]),
            )
            left[at : at + 2] = [one]
            put = {k: one if w in (a, b) else w for k, w in put.items()}
            said.append(_only_a_sum(a, b, u))
        lines |= own
    return Overlaps(
        windows=tuple(dict.fromkeys(put.values())),
        groups=tuple(groups),
        lines=lines,
        findings=tuple(said),
    )


def _least_told(
    frame: Frame, spectrum: NDArray[np.int64], times: float
) -> tuple[float, float, int]:
    """Share and its uncertainty of the neighbours that are told apart least, and which they are."""
    counts = spectrum[frame.channels].astype(float)
    placing = placed(counts, 0.0 * counts + 1.0, frame, times=times)
    shares = [share_u(placing, i, times) for i in range(len(frame.components) - 1)]
    at = max(range(len(shares)), key=lambda i: shares[i][1])
    return (*shares[at], at)


def halved(names: Sequence[str]) -> Finding:
    """Say that windows end half way between ions."""
    return Finding(
        rule="sims_overlap",
        severity=Severity.WARNING,
        subject=", ".join(names),
        message="nearer than three widths of a peak: each counts up to half way to the next, and "
        "has some of its counts and lacks some of its own; fit them (--overlaps fit)",
    )


def no_shape(names: Sequence[str]) -> Finding:
    """Say that nothing tells what shape peaks have."""
    return Finding(
        rule="sims_overlap",
        severity=Severity.WARNING,
        subject=", ".join(names),
        message="nearer than three widths of a peak, and no known ion has a clean strong peak of "
        "which their shape could be learned: each counts up to half way to the next; name ions "
        "that stand alone with --calibrate",
    )


def _only_a_sum(a: Window, b: Window, u: float) -> Finding:
    return Finding(
        rule="sims_not_told_apart",
        severity=Severity.WARNING,
        subject=f"{a.ion}, {b.ion}",
        reported=f"share uncertain by {u:.2f}",
        reference=f"{TELLS:.2f}",
        message="cannot be told apart with these counts and this mass resolution: their sum is "
        "given; their isotopes, or more counts, have to tell",
    )
