"""A label whose core level cannot lie where the line was found.

Severity: error. Threshold: outside the level's window. ("Cl 1s" near 199 eV is Cl 2p: Cl 1s lies
at 2.8 keV, beyond Al K-alpha.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.registry import UnknownReferenceError
from references.words import Finding, Severity

from ..constraint import parse
from ..limits import place_of
from ..naming import level_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.registry import Registry

    from ..claims import ClaimedLine, Claims
    from ..envelope import Component, Envelope
    from ..result import Fit

NAME = "level_name_vs_energy"


def check(fit: Fit, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each line that lies outside its core level's window."""
    levels = {c.name: c.core_level for c in fit.envelope.components}
    for line in fit.lines:
        if line.minor or line.area.value <= 0:
            continue
        symbol = levels[line.component]
        low, high = registry.core_level(symbol).window
        if low <= line.position.value <= high:
            continue
        yield Finding(
            rule=NAME,
            severity=Severity.ERROR,
            subject=f"{symbol} {line.component}",
            reported=f"{line.position.value:.2f} eV",
            reference=f"{low:g} .. {high:g} eV",
            message=f"{symbol} does not lie there; review the label, or the charge shift",
        )


def review(claims: Claims, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each label whose level cannot lie where its lines were found."""
    groups: dict[tuple[str, str, str, str], list[ClaimedLine]] = {}
    for line in claims.lines:
        if line.position is not None:
            key = (line.sample, line.region, line.label, line.name)
            groups.setdefault(key, []).append(line)
    for (sample, _, label, name), lines in groups.items():
        told = _expected(label, lines, registry)
        if told is None:
            continue
        reference, message = told
        yield Finding(
            rule=NAME,
            severity=Severity.ERROR,
            subject=" ".join(part for part in (sample, f'label "{label}"', name) if part),
            reported=", ".join(f"{line.place:.2f} eV" for line in lines),
            reference=reference,
            message=message,
        )


def _expected(label: str, lines: list[ClaimedLine], registry: Registry) -> tuple[str, str] | None:
    """Where the level of a label lies and what to say, ``None`` where its lines may lie there."""
    named = level_name(label)
    if named is None:
        return None
    found = lines[0].level
    instead = f"; {found.symbol} does" if found and found.symbol != named.symbol else ""
    try:
        low, high = registry.core_level(named.symbol).window
    except UnknownReferenceError as error:
        if not error.hint:  # a level the library does not know, and none of its element lies there
            return None if not instead else ("", f"{label} is not known to lie there{instead}")
        return error.hint.partition(";")[
            0
        ], f"{label} does not lie there{instead}; review the label"
    if all(low <= line.place <= high for line in lines):
        return None
    return (
        f"{low:g} .. {high:g} eV",
        f"{label} does not lie there{instead}; review the label, or the charge shift",
    )


def named_by_energy(envelope: Envelope, registry: Registry) -> tuple[Envelope, tuple[Finding, ...]]:
    """Give components of a level that is unknown the level that lies at their energy, and say so.

    A typed recipe or another program's label may say "Cl 1s" where Cl 2p lies. The fit of what was
    measured there is worth having, with the finding; a level that no energy tells stays as it is.

    Parameters
    ----------
    envelope : Envelope
    registry : Registry

    Returns
    -------
    Envelope
        Its components of an s level stay single lines.
    tuple of Finding
        One for each label that was changed; the severity is error.
    """
    known: dict[str, tuple[str, float, str]] = {}
    for component in envelope.components:
        if component.core_level in known:
            continue
        found = _level_there(component, envelope, registry)
        if found is not None:
            known[component.core_level] = found
    if not known:
        return envelope, ()
    components = tuple(
        c.model_copy(update=_renamed(c, known[c.core_level][0])) if c.core_level in known else c
        for c in envelope.components
    )
    findings = tuple(
        _mislabelled(envelope.region, label, found, registry) for label, found in known.items()
    )
    return envelope.model_copy(update={"components": components}), findings


def _level_there(
    component: Component, envelope: Envelope, registry: Registry
) -> tuple[str, float, str] | None:
    """The one level of the element whose window holds the component, its place, and why."""
    try:
        registry.core_level(component.core_level)
    except UnknownReferenceError as error:
        why = str(error)
    else:
        return None
    others = [c.name for c in envelope.components if c.name != component.name]
    told = place_of(parse(component.position, others))
    if told is None:
        return None
    place = 0.5 * (told[0] + told[1])
    element = component.core_level.partition(" ")[0]
    there = [
        level.symbol
        for level in registry.core_levels
        if level.element == element and level.window[0] <= place <= level.window[1]
    ]
    return (there[0], place, why) if len(there) == 1 else None


def _renamed(component: Component, symbol: str) -> dict[str, object]:
    single = component.core_level.rstrip().endswith("s")
    return {"core_level": symbol, "partner": component.partner and not single}


def _mislabelled(
    region: str, label: str, found: tuple[str, float, str], registry: Registry
) -> Finding:
    symbol, place, why = found
    low, high = registry.core_level(symbol).window
    return Finding(
        rule=NAME,
        severity=Severity.ERROR,
        subject=f"{region} {label}",
        reported=f"{place:.2f} eV",
        reference=f"{symbol} at {low:g} .. {high:g} eV",
        message=f"{label} does not lie there ({why}); it was fitted as {symbol}, review the label",
    )
