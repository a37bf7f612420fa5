"""From a run of ion events to depth profiles: calibrate, lay windows, count, correct.

The mass scale is checked, and made, on scans spread over the run; then one pass over all events
counts everything that was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from references.words import Finding, InputError, Severity

from .counting import DEAD_TIME_NS
from .cube import integrate
from .ions import windows_of
from .masscal import Calibration, CalibrationError, calibrate, find_scale, kept
from .profile import ProfileError, profile_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from references.ion import Ion

    from .cube import Pass, Window
    from .events import Run
    from .masscal import MassScale

__all__ = ["Reduced", "reduce_events"]

SAMPLED = 24
"""Scans, spread over a run, by which it is calibrated."""
CHANNEL_PS = 50.0
"""Width of a channel that is assumed where a file does not say it: that of IONTOF's converters."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reduced:
    """What a run was reduced to.

    Attributes
    ----------
    run : Run
        With the shots that were given.
    profile : Dataset
        As :func:`tofsims.depth_profile` makes it.
    calibration : Calibration
        With how far each known ion is from its mass.
    windows : tuple of Window
    counted : Pass
        Spectrum, channels about the windows, and the cube where it was asked for.
    findings : tuple of Finding
        What was assumed.
    """

    run: Run
    profile: xr.Dataset
    calibration: Calibration
    windows: tuple[Window, ...]
    counted: Pass
    findings: tuple[Finding, ...]


def reduce_events(
    run: Run,
    ions: Sequence[Ion],
    *,
    anchors: Sequence[Ion],
    scale: MassScale | None = None,
    shots: int | None = None,
    inside: NDArray[np.bool_] | None = None,
    dead_time_ns: float = DEAD_TIME_NS,
    with_cube: bool = False,
    into: Callable[[tuple[int, ...]], Any] | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Reduced:
    """Reduce a run to the depth profiles of ions.

    Parameters
    ----------
    run : Run
    ions : sequence of Ion
        Of the run's polarity.
    anchors : sequence of Ion
        Known ions by which the mass scale is made; those without a clear peak are passed over.
    scale : MassScale, optional
        To begin with, instead of the file's.
    shots : int, optional
        Pulses a pixel and scan, where the file does not say them.
    inside : (height, width) array of bool, optional
        Region.
    dead_time_ns : float
    with_cube : bool
        Whether the cube is wanted too.
    into, threads, progress
        As for :func:`tofsims.cube.integrate`.

    Returns
    -------
    Reduced

    Raises
    ------
    InputError
        If an ion has the other polarity, there is no mass scale, or a window is outside.

    Examples
    --------
    >>> from references.ion import ion
    >>> from tofsims import MassScale, Raster, ion_events
    >>> scale, draw = MassScale(sf=32194.0, k0=-400.0), np.random.default_rng(1)
    >>> ions = [ion(name) for name in ("O-", "S-", "Cl-")]
    >>> def scan():
    ...     of = draw.integers(0, 3, 3000)
    ...     at = scale.channel([i.mz for i in ions])[of] + 3.0 * draw.standard_normal(3000)
    ...     return draw.integers(0, 256, 3000), at
    >>> run = ion_events([scan() for _ in range(10)], raster=Raster(width=16, height=16, shots=30),
    ...                  scale=scale, polarity="negative", channels=300_000, channel_ps=50.0)
    >>> made = reduce_events(run, ions, anchors=ions)
    >>> bool(made.profile["counts"].sum("ion").values.min() > 2980)
    True
    """
    if not ions:
        raise InputError("name the ions of which profiles are wanted, for instance Li-, Cl-")
    _check_polarity(run, ions)
    if shots is not None:
        run = replace(run, raster=replace(run.raster, shots=shots))
    said: list[Finding] = []
    if run.raster.shots is None:
        said.append(
            _said(
                "shots_unknown",
                Severity.WARNING,
                "the file does not say how many shots a pixel had: nothing is corrected for the "
                "dead time, and there are no error bars; give the number of shots",
            )
        )
    calibration = _calibrated(run, anchors, scale, said)
    channel_ps = run.channel_ps
    if not np.isfinite(channel_ps):
        channel_ps = CHANNEL_PS
        said.append(
            _said(
                "channel_assumed",
                Severity.INFO,
                f"the file does not say how wide a channel is; {CHANNEL_PS:g} ps is assumed, which "
                "sets how many channels a dead time has",
            )
        )
    dead_window = round(dead_time_ns * 1000.0 / channel_ps)
    windows = windows_of(ions, calibration)
    counted = integrate(
        run,
        windows,
        calibration.scale,
        dead_window=dead_window,
        inside=inside,
        with_cube=with_cube,
        into=into,
        threads=threads,
        progress=progress,
    )
    if counted.beyond:
        said.append(
            _said(
                "beyond_last_channel",
                Severity.WARNING,
                f"{counted.beyond} of {counted.events} ions came after the longest flight time "
                f"that the file declares ({run.channels} channels) and are not counted",
            )
        )
    pixels = run.raster.pixels if inside is None else int(inside.sum())
    try:
        profile = profile_of(run, counted, windows, dead_window=dead_window, pixels=pixels)
    except ProfileError as error:
        unknown = replace(run, raster=replace(run.raster, shots=None))
        profile = profile_of(unknown, counted, windows, dead_window=dead_window, pixels=pixels)
        said.append(
            _said(
                "shots_impossible",
                Severity.ERROR,
                f"{run.raster.shots} shots a pixel cannot be: {error}. Nothing is corrected for "
                "the dead time, and there are no error bars from counting",
            )
        )
    return Reduced(
        run=run,
        profile=profile,
        calibration=calibration,
        windows=tuple(windows),
        counted=counted,
        findings=tuple(said),
    )


def _check_polarity(run: Run, ions: Sequence[Ion]) -> None:
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


def _calibrated(
    run: Run, anchors: Sequence[Ion], scale: MassScale | None, said: list[Finding]
) -> Calibration:
    spectrum = run.sampled(SAMPLED)
    start = scale or run.scale
    if start is None:
        start = find_scale(spectrum, anchors)
        said.append(
            _said(
                "scale_found",
                Severity.WARNING,
                "the file holds no mass scale; one was found by known ions among the strongest "
                "peaks: look at how far each is from its mass",
            )
        )
    try:
        return calibrate(spectrum, start, anchors)
    except CalibrationError:
        found = kept(spectrum, start, anchors)
        said.append(
            _said(
                "sims_calibration_kept",
                Severity.WARNING,
                "too few known ions have clear peaks to make a mass scale; the one of "
                f"{start.source or 'the request'} is used as it is",
            )
        )
        return found


def _said(rule: str, severity: Severity, message: str) -> Finding:
    return Finding(rule=rule, severity=severity, subject="the measurement", message=message)
