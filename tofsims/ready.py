"""What has to be known of a run before it is counted: its sign, its mass scale, its dead time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.words import Finding, InputError, Severity

from .counting import DEAD_TIME_NS
from .ions import REACH
from .masscal import Calibration, CalibrationError, calibrate, find_scale, kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.ion import Ion

    from .events import Run
    from .masscal import MassScale

__all__ = [
    "SAMPLED",
    "calibrated",
    "check_polarity",
    "check_word",
    "dead_window_of",
    "known_ions",
    "said",
    "shots_unknown",
]

SAMPLED = 24
"""Scans, spread over a run, by which it is calibrated."""
CHANNEL_PS = 50.0
"""Width of a channel that is assumed where a file does not say it: that of IONTOF's converters."""

POOR = 1000.0
"""m/dm below which hardly any ions of one nominal mass are apart: S- and O2- need 2000 to be."""


def check_polarity(run: Run, ions: Sequence[Ion]) -> None:
    """Refuse ions that cannot be in a measurement.

    Raises
    ------
    InputError
        If their signs differ, or are not the run's.
    """
    signs = {"negative" if known.charge < 0 else "positive" for known in ions}
    if len(signs) > 1:
        raise InputError(
            "ions of both signs were asked for, and one measurement holds those of one sign: "
            + ", ".join(known.key for known in ions)
        )
    if run.polarity in {"negative", "positive"} and signs != {run.polarity}:
        raise InputError(
            f"{', '.join(known.key for known in ions[:5])} cannot be in a measurement of "
            f"{run.polarity} ions; ask for ions of its sign"
        )


def known_ions(asked: Sequence[Ion], library: Sequence[Ion] = ()) -> list[Ion]:
    """Give the library's ions, and those asked for, of the sign of these."""
    if not library:
        from references import load

        library = load().ions
    sign = asked[0].charge
    return list({one.key: one for one in (*library, *asked) if one.charge * sign > 0}.values())


def check_word(what: str, given: str, words: Sequence[str]) -> None:
    """Refuse a choice that is none of those there are.

    Raises
    ------
    InputError
        That names them.
    """
    if given not in words:
        raise InputError(f"{what} should be {' or '.join(words)}, not {given[:40]!r}")


def calibrated(
    run: Run, anchors: Sequence[Ion], scale: MassScale | None, told: list[Finding]
) -> Calibration:
    """Give the mass scale of a run, and tell what was assumed for it.

    Raises
    ------
    InputError
        If there is none, or the ions have not the sign of the run.
    """
    check_polarity(run, anchors)
    spectrum = run.sampled(SAMPLED)
    start = scale or run.scale
    if start is None:
        start = find_scale(spectrum, anchors)
        told.append(
            said(
                "scale_found",
                Severity.WARNING,
                "the file holds no mass scale; one was found by known ions among the strongest "
                "peaks: look at how far each is from its mass",
            )
        )
    try:
        found = calibrate(spectrum, start, anchors)
    except CalibrationError:
        found = kept(spectrum, start, anchors)
        told.append(
            said(
                "sims_calibration_kept",
                Severity.WARNING,
                "too few known ions have clear peaks to make a mass scale; the one of "
                f"{start.source or 'the request'} is used as it is",
            )
        )
    told += _poorly_resolved(found)
    return found


def said(rule: str, severity: Severity, message: str) -> Finding:
    """Say something of the measurement as a whole."""
    return Finding(rule=rule, severity=severity, subject="the measurement", message=message)


def shots_unknown(run: Run) -> Finding:
    """Say why nothing can be corrected for the dead time, and what to give."""
    why = (
        "nobody knows how many pixels had shots, as the raster is a guess: nothing is corrected "
        "for the dead time, and there are no error bars; give the raster (--raster), and the "
        "number of shots a pixel"
        if run.raster.is_assumed
        else "the file does not say how many shots a pixel had: nothing is corrected for the dead "
        "time, and there are no error bars; give the number of shots"
    )
    return said("shots_unknown", Severity.WARNING, why)


def dead_window_of(run: Run, dead_time_ns: float | None, told: list[Finding]) -> int:
    """Give the channels of a dead time, or of the usual one, and tell what was assumed for it."""
    if dead_time_ns is None:
        dead_time_ns = DEAD_TIME_NS
        told += _dead_time_assumed(run)
    channel_ps = run.channel_ps
    if not np.isfinite(channel_ps):
        channel_ps = CHANNEL_PS
        told.append(
            said(
                "channel_assumed",
                Severity.INFO,
                f"the file does not say how wide a channel is; {CHANNEL_PS:g} ps is assumed, which "
                "sets how many channels a dead time has",
            )
        )
    return round(dead_time_ns * 1000.0 / channel_ps)


def _dead_time_assumed(run: Run) -> list[Finding]:
    """Say that a dead time was assumed, where anything is corrected by it."""
    if run.raster.shots is None:
        return []
    is_usual = run.labels.get("instrument") == "IONTOF"
    return [
        Finding(
            rule="dead_time_assumed",
            severity=Severity.INFO if is_usual else Severity.WARNING,
            subject="the measurement",
            reported=f"{DEAD_TIME_NS:g} ns",
            message="the dead time of the counter is not in the file; that of IONTOF's is assumed"
            + ("" if is_usual else ", and the file is of none")
            + "; give yours with --dead-time if it is another",
        )
    ]


def _poorly_resolved(calibration: Calibration) -> list[Finding]:
    """Say that peaks are so wide that neighbours are counted with what was asked for."""
    masses = np.array([anchor.mz for anchor in calibration.anchors])
    resolution = masses / calibration.fwhm(masses)
    told = float(np.median(resolution))
    if told >= POOR:
        return []
    # A window is three widths: from here on it reaches into those of the next nominal masses.
    into = told / (2.0 * REACH)
    return [
        Finding(
            rule="sims_poorly_resolved",
            severity=Severity.WARNING,
            subject="the measurement",
            reported=f"m/dm {told:.0f}",
            reference=f"{POOR:.0f}",
            message="ions of one nominal mass are not told apart at this mass resolution: a "
            "profile has the counts of all of them, and above about m/z "
            f"{into:.0f} some of the nominal masses beside it",
        )
    ]
