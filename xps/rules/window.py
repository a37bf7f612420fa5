"""A fitted window that ends beside, or within, a line (rule B2).

Severity: warning. Threshold: less than two widths between the outermost line and the window's end,
or a static background that meets the data in a single channel. Source: Sherwood, Surf. Interface
Anal. 51 (2019) 589.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

from .insignificant import vanishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import ClaimedLine, ClaimedSpectrum, Claims

NAME = "window"

WIDTHS = 2.0


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each spectrum whose window is too narrow for its lines."""
    for spectrum in claims.spectra:
        key = (spectrum.sample, spectrum.region)
        lines = [
            x
            for x in claims.lines
            if x.there and x.fwhm and (x.sample, x.region) == key and not vanishes(x, claims)
        ]
        if spectrum.window is None or not lines:
            continue
        low, high = spectrum.window
        first = min(lines, key=lambda line: line.place)
        last = max(lines, key=lambda line: line.place)
        said = [
            f"{room:.1f} FWHM of {line.name} {side}"
            for line, room, side in (
                (first, _widths(first, first.place - low), "below the first line"),
                (last, _widths(last, high - last.place), "above the last line"),
            )
            if room < WIDTHS
        ]
        if spectrum.end_channels == 1:
            said.append("ends of one channel")
        if said:
            yield _finding(spectrum, said)


def _widths(line: ClaimedLine, room: float) -> float:
    assert line.fwhm is not None
    return round(room / line.fwhm.value, 3)


def _finding(spectrum: ClaimedSpectrum, said: list[str]) -> Finding:
    low, high = spectrum.window or (0.0, 0.0)
    return Finding(
        rule=NAME,
        severity=Severity.WARNING,
        subject=spectrum.subject,
        reported="; ".join(said),
        reference=f">= {WIDTHS:g} FWHM on both sides",
        message=(
            f"the background of the window {low:.1f} .. {high:.1f} eV is told where a line still "
            "is; widen the window"
        ),
        sources=("sherwood2019",),
    )
