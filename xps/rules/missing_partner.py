"""A p, d or f line without its spin-orbit partner (rule D1).

Severity: error where the window covers the partner's place, info where it does not. What may stand
in for the partner is said in :mod:`xps.rules.pairs`. Sources: Major et al. 2020; Conny and Powell,
Surf. Interface Anal. 26 (1998) 939.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import Finding, Severity

from .pairs import AREA_FACTOR, SAME_PLACE, paired, singles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.core_level import CoreLevel
    from references.registry import Registry

    from ..claims import ClaimedLine, Claims
    from ..result import Fit
    from .pairs import Single

NAME = "missing_partner"


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each single line of a level that splits."""
    alone = singles(fit, registry)
    claimed = {single.component.name for pair in paired(alone) for single in pair}
    for single in alone:
        if single.component.name not in claimed:
            yield _finding(fit, single)


def _finding(fit: Fit, single: Single) -> Finding:
    level, place = single.level, single.line.position.value
    assert level.splitting is not None  # as for every single line here
    expected = place + single.splitting
    covered = float(fit.curves.energy[0]) <= expected <= float(fit.curves.energy[-1])
    usable = level.splitting.status.may_constrain
    loud = Severity.ERROR if usable else Severity.WARNING
    return Finding(
        rule=NAME,
        severity=loud if covered else Severity.INFO,
        subject=f"{fit.region} {single.component.name}",
        reported=f"{single.line.line} alone",
        reference=f"{level.element} {level.lines[1]} at {expected:.2f} eV",
        message=(
            f"{level.symbol} is a doublet; add the partner at +{single.splitting:g} eV "
            + ("(set partner = true)" if covered else "or widen the window to show it")
        ),
        sources=level.splitting.source,
    )


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each stated major line without its partner.

    Where the recorded window is not known, one for all such lines of a level.
    """
    windows = {(s.sample, s.region): s.window for s in claims.spectra}
    for lines in claims.groups:
        alone = [line for line in lines if _alone(line, lines)]
        window = windows.get((lines[0].sample, lines[0].region))
        level = lines[0].level
        if not alone or level is None or level.splitting is None:
            continue
        if window is None:
            yield _stated(level, alone, covered=False)
            continue
        for line in alone:
            covered = window[0] <= line.place + level.splitting.best <= window[1]
            yield _stated(level, [line], covered=covered)


def _alone(line: ClaimedLine, lines: tuple[ClaimedLine, ...]) -> bool:
    """Whether a line of a level that splits has no partner, and none stands in for it."""
    level = line.level
    if level is None or level.splitting is None or len(level.lines) < 2:
        return False
    if line.area is not None and line.area.tie is not None:
        return False  # it goes with another line, and is no species of its own
    if line.partner is not None or any(x.partner == line.index for x in lines):
        return False
    free = [x for x in lines if x is not line and x.partner is None]
    return not any(
        _stands_in(line, x, level) or _stands_in(x, line, level)
        for x in free
        if all(y.partner != x.index for y in lines)
    )


def _stands_in(major: ClaimedLine, minor: ClaimedLine, level: CoreLevel) -> bool:
    """Whether a free line may be meant as the partner: near its place, of a size it may have."""
    assert level.splitting is not None
    wide = 0.25 * max((x.fwhm.value for x in (major, minor) if x.fwhm), default=0.0)
    off = abs(minor.place - major.place - level.splitting.best)
    if off > max(SAME_PLACE, wide):
        return False
    if major.area is None or minor.area is None or level.branching is None:
        return major.name == minor.name
    expected = level.branching.prior.best
    ratio = minor.area.value / major.area.value
    return expected / AREA_FACTOR <= ratio <= expected * AREA_FACTOR


def _stated(level: CoreLevel, lines: list[ClaimedLine], *, covered: bool) -> Finding:
    assert level.splitting is not None
    assert level.branching is not None
    usable = level.splitting.status.may_constrain
    loud = Severity.ERROR if usable else Severity.WARNING
    names = ", ".join(dict.fromkeys(line.name for line in lines))
    return Finding(
        rule=NAME,
        severity=loud if covered else Severity.INFO,
        subject=" ".join(part for part in (lines[0].sample, level.symbol, names) if part),
        reported=", ".join(f"{line.place:.2f} eV" for line in lines),
        reference=(
            f"{level.element} {level.lines[1]} at +{level.splitting.best:g} eV, "
            f"area ratio {level.branching.prior.best:.3g}"
        ),
        message=(
            f"{level.symbol} is a doublet; "
            + (
                "its partner lies in the fitted window and is not in the model"
                if covered
                else "state the partner too, or the window that leaves it out"
            )
        ),
        sources=level.splitting.source,
    )
