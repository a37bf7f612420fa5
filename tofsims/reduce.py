"""From a run of ion events to depth profiles: calibrate, lay windows, count, correct.

The mass scale is checked, and made, on scans spread over the run; then one pass over all events
counts everything that was asked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from references.words import Finding, InputError, Severity

from .apart import Overlaps, halved, overlaps_of, touching
from .carried import carrying
from .cube import integrate
from .fits import fits_of
from .flight import relocked
from .intensity import impossible_of, profile_of
from .ions import together, windows_of
from .local_background import FARTHEST, Beside, sides_of, worth_it
from .massdrift import drift_of, followed, mass_drift, unfollowed
from .ready import (
    SAMPLED,
    calibrated,
    check_polarity,
    check_word,
    dead_window_of,
    known_ions,
    said,
    shots_unknown,
)
from .slices import Slices, slices_of_pass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import xarray as xr
    from numpy.typing import NDArray

    from references.ion import Ion

    from .cube import Pass, Window
    from .events import Run
    from .masscal import Calibration, MassScale
    from .massdrift import MassDrift

__all__ = ["Reduced", "reduce_events"]


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
    slices : Slices
        Images of each ion in thick slices, for what they say of the field.
    drift : MassDrift or None
        Of the mass scale, where lock ions followed it; ``run`` is then without it.
    findings : tuple of Finding
        What was assumed.
    """

    run: Run
    profile: xr.Dataset
    calibration: Calibration
    windows: tuple[Window, ...]
    counted: Pass
    slices: Slices
    drift: MassDrift | None
    findings: tuple[Finding, ...]


def reduce_events(
    run: Run,
    ions: Sequence[Ion],
    *,
    anchors: Sequence[Ion] = (),
    scale: MassScale | None = None,
    shots: int | None = None,
    inside: NDArray[np.bool_] | None = None,
    dead_time_ns: float | None = None,
    background: str = "none",
    overlaps: str = "fit",
    lock: Sequence[Ion] = (),
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
        Known ions by which the mass scale is made; those without a clear peak are passed over. If
        not given, those of the library and those that are asked for.
    scale : MassScale, optional
        To begin with, instead of the file's.
    shots : int, optional
        Pulses a pixel and scan, where the file does not say them.
    inside : (height, width) array of bool, optional
        Region.
    dead_time_ns : float, optional
        65, that of IONTOF's counters, which is then said, if not given.
    background : {"none", "local"}
        Whether what lies under a peak, by the channels beside it, is taken off. Where it is not and
        would matter, a finding says how much it is.
    overlaps : {"fit", "window"}
        What is done with ions nearer than three widths: fitted together, or counted up to half way
        between them.
    lock : sequence of Ion
        Strong known ions by which the mass scale is followed from scan to scan.
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
        If an ion has the other polarity, there is no mass scale, a window is outside, or lock ions
        have too few counts.

    Examples
    --------
    >>> import numpy as np
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
    >>> made = reduce_events(run, ions)
    >>> bool(made.profile["counts"].sum("ion").values.min() > 2980)
    True
    """
    if not ions:
        raise InputError("name the ions of which profiles are wanted, for instance Li-, Cl-")
    ions, lock = _once(ions), _once(lock)
    check_polarity(run, [*ions, *lock])
    check_polarity(run, [*ions, *anchors])
    check_word("background", background, ("none", "local"))
    check_word("overlaps", overlaps, ("fit", "window"))
    told: list[Finding] = []
    if shots is not None:
        if run.raster.shots not in {None, shots}:
            told.append(
                said(
                    "shots_replaced",
                    Severity.WARNING,
                    f"the file says {run.raster.shots} shots a pixel; the {shots} that were given "
                    "are used",
                )
            )
        run = replace(run, raster=replace(run.raster, shots=shots))
    if run.raster.shots is None:
        told.append(shots_unknown(run))
    dead_window = dead_window_of(run, dead_time_ns, told)
    anchors = anchors or known_ions(ions)
    calibration = calibrated(run, anchors, scale, told)
    drift = None
    if lock:
        drift = mass_drift(
            run, lock, calibration, dead_window=dead_window, threads=threads, progress=progress
        )
        run = relocked(run, drift)
        told.append(followed(drift, lock))
        calibration = calibrated(run, anchors, calibration.scale, told)
    laid = _laid(run, ions, calibration, inside, fit=overlaps == "fit")
    counted = integrate(
        run,
        laid.windows,
        calibration.scale,
        dead_window=dead_window,
        beside=round(FARTHEST * float(calibration.fwhm_channels([i.mz for i in ions]).max())) + 2,
        inside=inside,
        with_cube=with_cube,
        into=into,
        threads=threads,
        progress=progress,
    )
    if counted.beyond:
        told.append(
            said(
                "beyond_last_channel",
                Severity.WARNING,
                f"{counted.beyond} of {counted.events} ions came after the longest flight time "
                f"that the file declares ({run.channels} channels) and are not counted",
            )
        )
    pixels = run.raster.pixels if inside is None else int(inside.sum())
    fitted = {name for group in laid.groups for name in group}
    sides = sides_of(laid.windows, calibration, counted.spectrum, skipped=fitted)
    less = background == "local"
    more = [
        *worth_it(laid.windows, sides, counted.spectrum, calibration, is_taken=less, skipped=fitted)
    ]
    made = _Made(run, counted, laid, calibration, dead_window, pixels)
    try:
        profile, found = made.profile(sides if less else ())
    except InputError as error:
        told.append(
            said(
                "shots_impossible",
                Severity.ERROR,
                f"{run.raster.shots} shots a pixel cannot be: {error}. Nothing is corrected for "
                "the dead time, and there are no error bars from counting",
            )
        )
        made = made.shotless()
        profile, found = made.profile(sides if less else ())
    if not lock:
        found += made.drifting()
    if counted.cube is not None:
        counted = replace(counted, cube=carrying(counted.cube, profile))
    return Reduced(
        run=run,
        profile=profile,
        calibration=calibration,
        windows=laid.windows,
        counted=counted,
        slices=slices_of_pass(counted, profile, shots=made.run.raster.shots, inside=inside),
        drift=drift,
        findings=(*told, *laid.findings, *more, *found),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """What can be made of one pass."""

    run: Run
    counted: Pass
    laid: Overlaps
    calibration: Calibration
    dead_window: int
    pixels: int
    limit: NDArray[np.bool_] | None = None

    def shotless(self) -> _Made:
        """Give it without its shots: where there were more ions than these, even more came."""
        limit = None
        if self.shots is not None:
            limit = impossible_of(self.counted, self.shots, self.dead_window)
        raster = replace(self.run.raster, shots=None)
        return replace(self, run=replace(self.run, raster=raster), limit=limit)

    @property
    def shots(self) -> int | None:
        """Behind a scan."""
        return self.pixels * self.run.raster.shots if self.run.raster.shots else None

    def profile(self, sides: Sequence[Beside | None]) -> tuple[xr.Dataset, list[Finding]]:
        """Give the profile, and what is to be said of what was fitted."""
        fits, found = fits_of(
            self.counted,
            self.laid,
            self.calibration,
            shots=self.shots,
            dead_window=self.dead_window,
        )
        profile = profile_of(
            self.run,
            self.counted,
            self.laid.windows,
            dead_window=self.dead_window,
            pixels=self.pixels,
            sides=sides,
            fitted=fits,
            limit=self.limit,
        )
        return profile, found

    def drifting(self) -> list[Finding]:
        """Say whether the mass scale drifts, by the ions that stand alone."""
        fitted = {name for group in self.laid.groups for name in group}
        masses = {
            window.ion: math.nan if window.ion in fitted else 0.5 * (window.low + window.high)
            for window in self.laid.windows
        }
        try:
            drift = drift_of(
                self.run,
                self.counted,
                masses,
                self.calibration,
                shots=self.shots,
                dead_window=self.dead_window,
            )
        except InputError:  # more counts than shots, which is said elsewhere
            return []
        warning = None if drift is None else unfollowed(drift)
        return [] if warning is None else [warning]


def _once(ions: Sequence[Ion]) -> list[Ion]:
    """Ions without repeats, in their order; one that is named in two ways is one."""
    kept: dict[tuple[float, int], Ion] = {}
    for one in ions:
        kept.setdefault((round(one.mz, 7), one.charge), one)
    return list(kept.values())


def _laid(
    run: Run,
    ions: Sequence[Ion],
    calibration: Calibration,
    inside: NDArray[np.bool_] | None,
    *,
    fit: bool,
) -> Overlaps:
    """Windows of ions, and which of them are fitted together."""
    windows = windows_of(ions, calibration)
    groups = touching(windows)
    if not (fit and groups):
        told = [*together(windows), *(halved([w.ion for w in group]) for group in groups)]
        return Overlaps(windows=tuple(windows), findings=tuple(told))
    part = 1.0 if inside is None else float(inside.mean())
    times = part * len(run.scans) / run.looked_at(SAMPLED)
    laid = overlaps_of(windows, calibration, run.sampled(SAMPLED), times=times)
    return replace(laid, findings=(*together(windows), *laid.findings))
