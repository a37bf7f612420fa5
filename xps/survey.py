"""The verb: a survey spectrum -> its elements."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from references.element import not_an_element
from references.words import Finding, Severity

from .amount import Sensitivity
from .charge import ChargeReference, by_shift
from .elements.amounts import amount_of, fractions, limit, relative_u
from .elements.identify import Evidence, Scene, established, evidence_for, identify
from .elements.lines import pattern_of, patterns
from .elements.overlaps import auger_parameters, overlaps
from .elements.peaks import SEEN, excesses, find_peaks
from .elements.result import BandFound, ElementFound, LineFound, PeakLeft, Standing, Survey
from .elements.scale import shift_of
from .elements.trace import SurveyError, trace_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry
    from references.words import Row

    from .elements.amounts import Amount
    from .elements.lines import Pattern
    from .elements.peaks import Peak
    from .elements.trace import Trace

__all__ = ["HOUSE", "Standing", "Survey", "SurveyError", "survey"]

HOUSE = ("Li", "C", "N", "O", "F", "Na", "Si", "P", "S", "Cl", "Ga", "In")
"""Elements of a sulfide or halide electrolyte, its coating and its surface: one clear line shows
them, and each has a limit where it is not seen."""
EDGE = 8.0
"""Lines nearer to an end of the data than this [eV] have no background on one side."""
HARDLY_SEEN = 0.01
"""Limit of an atomic fraction above which an element may be there unseen."""
SAME = 1.5
"""Places that differ by less [eV] are one."""
RIVALS = 3
"""How many alternatives are named."""


def survey(
    spectrum: xr.Dataset,
    *,
    registry: Registry | None = None,
    elements: Sequence[str] = (),
    sensitivity: Sensitivity | None = None,
    charge_shift: float | None = None,
) -> Survey:
    """Tell which elements a survey spectrum shows, how much of each, and what overlaps.

    Parameters
    ----------
    spectrum : Dataset
        At least 300 eV wide, better 0 to 1200 eV, with its photon energy.
    registry : Registry, optional
        The library; the bundled one by default.
    elements : sequence of str
        Expected beside those of the house (Li, C, N, O, F, Na, Si, P, S, Cl, Ga, In).
    sensitivity : Sensitivity, optional
        As for :func:`xps.fractions`; the set follows the photon energy.
    charge_shift : float, optional
        To be added to the stored binding energies [eV]; found from the survey where not given.

    Returns
    -------
    Survey

    Raises
    ------
    SurveyError
        If the spectrum is no survey, its photon energy is not known or without cross-sections, it
        holds nothing, or an element is unknown.

    Notes
    -----
    An element is *present* only where a line stands five standard uncertainties above its local
    background that nothing else found explains, and all its other lines that should be seen are,
    within a factor of three of what cross-sections, attenuation and transmission let expect, at one
    chemical shift. An element that is not expected needs two lines, which no other would
    show as well. What may be something
    else is *possible*, and the alternative is named. Auger groups, energy losses and the satellites
    of an unmonochromated anode explain peaks but put forward no element.

    Examples
    --------
    >>> import xps
    >>> energy = np.arange(0.0, 1200.0)
    >>> lines = 9e3 * np.exp(-((energy - 281.8) ** 2)) + 8e3 * np.exp(-((energy - 529.0) ** 2))
    >>> counts = np.random.default_rng(1).poisson(lines + 400.0)
    >>> found = xps.survey(xps.spectrum(energy, counts, photon_energy=1486.6))
    >>> found.standing("present"), round(found.charge.shift, 1)
    (('C', 'O'), 3.0)
    """
    from references import load

    registry = registry or load()
    expected = _expected(elements)
    trace = trace_of(spectrum)
    chosen = _sensitivity(sensitivity, trace)
    scene = _scene(trace, registry, chosen, expected)
    charge = _charge(spectrum, scene, registry, charge_shift)
    scene.shift = charge.shift
    left = identify(scene)
    sample = str(spectrum.attrs.get("sample", ""))
    present = [e for e in scene.found.values() if _present(scene, e)]
    amounts = [amount_of(scene, e, registry, chosen) for e in present]
    listed = _elements(scene, amounts, sample, relative_u(scene, registry, chosen))
    return Survey(
        sample=sample,
        region=str(spectrum.attrs.get("region", "")),
        photon_energy=trace.photon,
        charge=charge,
        elements=listed,
        unassigned=tuple(
            PeakLeft(energy=p.energy + scene.shift, significance=p.significance)
            for p in sorted(left, key=lambda p: p.energy)
        ),
        overlaps=overlaps(
            scene, registry, {a.element: a.value for a in amounts}, _worth_fitting(listed)
        ),
        auger=auger_parameters(scene, registry),
        findings=_findings(scene, sample, amounts, left, spectrum),
        energy=trace.energy + scene.shift,
        counts=trace.counts,
    )


def _expected(elements: Sequence[str]) -> tuple[str, ...]:
    for symbol in elements:
        if wrong := not_an_element(symbol):
            raise SurveyError(wrong)
    return tuple(dict.fromkeys((*HOUSE, *elements)))


def _sensitivity(given: Sensitivity | None, trace: Trace) -> Sensitivity:
    if given is not None:
        return given
    return Sensitivity(set_name="scofield_al" if trace.anode > 1400.0 else "scofield_mg")


def _scene(
    trace: Trace, registry: Registry, sensitivity: Sensitivity, expected: tuple[str, ...]
) -> Scene:
    found = excesses(trace)
    span = (float(trace.energy[0]) + EDGE, float(trace.energy[-1]) - EDGE)
    return Scene(
        trace=trace,
        excesses=found,
        peaks=find_peaks(trace, found),
        patterns=patterns(registry, trace.photon, sensitivity, span),
        shift=0.0,
        expected=expected,
    )


def _charge(
    spectrum: xr.Dataset, scene: Scene, registry: Registry, given: float | None
) -> ChargeReference:
    """The shift that is given, that the spectrum declares, or that the survey itself asks for."""
    if given is not None:
        return by_shift(given)
    declared = str(spectrum.attrs.get("charge_reference", ""))
    if declared:
        return ChargeReference(
            shift=float(spectrum["charge_shift"]),
            u=float(spectrum["charge_shift_u"]),
            how=declared,
        )
    return shift_of(scene, registry)


def _present(scene: Scene, evidence: Evidence) -> bool:
    """Whether an element is established, and by more than what another one would show as well.

    An expected element gives way to other expected ones only.
    """
    rivals = _rivals(scene, evidence)
    if evidence.element in scene.expected:
        rivals = tuple(rival for rival in rivals if rival in scene.expected)
    return established(scene, evidence) and not rivals


def _rivals(scene: Scene, evidence: Evidence) -> tuple[str, ...]:
    """Elements that explain the same peaks and are not contradicted, the better ones first.

    Among them those whose Auger electrons would, where something else hides their own main line.
    Only an element that rests on one level has rivals: two levels in their place are no accident.
    """
    clear = [m for m in evidence.own if m.significance >= SEEN]
    peaks = [p for p in scene.peaks if any(abs(p.energy - m.energy) < SAME for m in clear)]
    if len({m.line.level for m in clear}) != 1 or not peaks:
        return ()
    claims = list(scene.claims)
    scene.claims[:] = [claim for claim in claims if claim.element != evidence.element]
    try:
        others = [
            other
            for other in evidence_for(scene, peaks[0])
            if other.element not in scene.found
            and not other.contradicted
            and all(any(abs(m.energy - p.energy) < SAME for m in other.own) for p in peaks)
        ]
    finally:
        scene.claims[:] = claims
    others.sort(key=lambda other: -other.score)
    hidden = [
        pattern.element
        for pattern in scene.patterns
        if evidence.element not in scene.expected
        and pattern.element in scene.expected
        and pattern.element not in scene.found
        and all(any(b.low <= p.energy <= b.high for b in pattern.bands) for p in peaks)
        and _hiding(scene, pattern)
    ]
    return tuple(dict.fromkeys([*hidden, *(other.element for other in others)]))[:RIVALS]


def _elements(
    scene: Scene, amounts: Sequence[Amount], sample: str, relative: float
) -> tuple[ElementFound, ...]:
    rows = {row.subject: row for row in fractions(amounts, sample)}
    by_element = {amount.element: amount for amount in amounts}
    present = [
        _told(scene, scene.found[a.element], Standing.PRESENT, a.label, rows.get(a.element), a)
        for a in amounts
    ]
    present.sort(key=lambda e: -(e.row.estimate.value if e.row else 0.0))
    possible = [
        _doubtful(scene, evidence, amounts, sample, relative)
        for evidence in scene.found.values()
        if evidence.element not in by_element
    ]
    others = [
        _unseen(scene, pattern, amounts, sample, relative)
        for symbol in scene.expected
        if symbol not in scene.found and (pattern := pattern_of(symbol, scene.patterns)) is not None
    ]
    hidden = [e for e in others if e.standing == Standing.POSSIBLE]
    absent = [e for e in others if e.standing == Standing.ABSENT]
    return (*present, *possible, *hidden, *absent)


def _worth_fitting(listed: Sequence[ElementFound]) -> tuple[str, ...]:
    """Elements that are there or may be; of the absent ones those a survey hardly sees, as Li."""
    return tuple(
        e.element
        for e in listed
        if e.standing != Standing.ABSENT
        or (e.row is not None and (e.row.estimate.high or 0.0) > HARDLY_SEEN)
    )


def _told(
    scene: Scene,
    evidence: Evidence,
    standing: Standing,
    level: str,
    row: Row | None,
    amount: Amount | None = None,
    reason: str = "",
) -> ElementFound:
    lines = tuple(
        LineFound(
            label=m.line.label,
            energy=m.energy + scene.shift,
            expected_energy=m.line.energy,
            significance=m.significance,
            ratio=m.area / m.expected if m.expected > 0 else 0.0,
            shared_with=m.covered,
        )
        for m in evidence.matches
        if m.seen
    )
    clear = [m.line.label for m in evidence.own if m.line.sharp and m.significance >= SEEN]
    said = reason or f"{', '.join(clear)} in place and strength"
    if amount is not None and amount.disturbed:
        said += f"; {amount.disturbed} lies in the window of {amount.label}"
    return ElementFound(
        element=evidence.element,
        standing=standing,
        lines=lines,
        bands=_bands(scene, evidence),
        alternatives=_rivals(scene, evidence),
        level=level,
        row=row,
        reason=said,
    )


def _bands(scene: Scene, evidence: Evidence) -> tuple[BandFound, ...]:
    """The highest peak in each Auger group of an element."""
    highest: dict[str, Peak] = {}
    chief = [band for band in evidence.bands if not band.minor]
    for band in chief or evidence.bands:
        for peak in scene.peaks:
            if not band.low <= peak.energy <= band.high:
                continue
            best, claim = highest.get(band.label), scene.explains(peak.energy, peak.area)
            if (claim is None or claim.kind != "line") and (best is None or peak.area > best.area):
                highest[band.label] = peak
    return tuple(
        BandFound(
            label=label,
            energy=peak.energy + scene.shift,
            kinetic_energy=scene.trace.photon - peak.energy - scene.shift,
        )
        for label, peak in highest.items()
    )


def _doubtful(
    scene: Scene, evidence: Evidence, amounts: Sequence[Amount], sample: str, relative: float
) -> ElementFound:
    """An element that something speaks for, and not enough."""
    bound = limit(scene, evidence.pattern, amounts, sample, relative)
    rivals = _rivals(scene, evidence)
    main = evidence.matches[0]
    if rivals and established(scene, evidence):
        reason = f"{main.line.label} may as well be of {' or '.join(rivals)}"
    else:
        reason = f"{main.line.level} alone is no evidence of an element that is not expected"
    level, row = bound if bound is not None else ("", None)
    return _told(scene, evidence, Standing.POSSIBLE, level, row, reason=reason)


def _unseen(
    scene: Scene, pattern: Pattern, amounts: Sequence[Amount], sample: str, relative: float
) -> ElementFound:
    """An expected element of which nothing of its own is seen: hidden, or absent with a limit."""
    bound = limit(scene, pattern, amounts, sample, relative)
    level, row = bound if bound is not None else ("", None)
    hiding = _hiding(scene, pattern)
    if hiding:
        reason = f"{pattern.main.label} would lie under {', '.join(hiding)}"
    elif row is not None and row.estimate.value > SEEN * (row.estimate.u_parts.counting or 0.0):
        hiding = ("the flank of a neighbour",)
        reason = f"{level} would lie on the flank of a neighbour"
    else:
        reason = f"nothing at {pattern.main.low:.0f} .. {pattern.main.high:.0f} eV"
    return ElementFound(
        element=pattern.element,
        standing=Standing.POSSIBLE if hiding else Standing.ABSENT,
        lines=(),
        bands=(),
        alternatives=hiding,
        level=level,
        row=row,
        reason=reason,
    )


def _hiding(scene: Scene, pattern: Pattern) -> tuple[str, ...]:
    """What stands in the range of an element's main line, if the element is not excluded."""
    main = pattern.main
    there = [p for p in scene.peaks if main.low <= p.energy + scene.shift <= main.high]
    named: list[str] = []
    for peak in there:
        claim = scene.explains(peak.energy, peak.area)
        evidence = [e for e in evidence_for(scene, peak) if e.element == pattern.element]
        if claim is not None and evidence and not evidence[0].contradicted:
            named.append(claim.by)
    return tuple(dict.fromkeys(named))


def _findings(
    scene: Scene,
    sample: str,
    amounts: Sequence[Amount],
    left: Sequence[Peak],
    spectrum: xr.Dataset,
) -> tuple[Finding, ...]:
    subject = sample or str(spectrum.attrs.get("region", "")) or "survey"
    found: list[Finding] = []
    if not scene.trace.counted:
        found.append(
            Finding(
                rule="counts_unknown",
                severity=Severity.INFO,
                subject=subject,
                message="the data are no counts; their noise is taken from their own scatter",
            )
        )
    measured = scene.trace.transmission is not None
    found.append(
        Finding(
            rule="transmission",
            severity=Severity.INFO,
            subject=subject,
            reported="measured" if measured else "assumed constant",
            message="amounts use the analyser's transmission as the file brings it"
            if measured
            else "the file brings no transmission; a constant one is assumed",
        )
    )
    if left:
        places = ", ".join(f"{p.energy + scene.shift:.1f}" for p in left)
        found.append(
            Finding(
                rule="unassigned_peak",
                severity=Severity.WARNING,
                subject=subject,
                reported=f"{places} eV",
                message="no element of the library explains these peaks; name what may be in the "
                "sample with --elements, or review the charge shift",
            )
        )
    if not amounts:
        found.append(
            Finding(
                rule="no_element",
                severity=Severity.ERROR,
                subject=subject,
                message="no element is established, so no fractions are formed",
            )
        )
    if np.abs(scene.shift) > 2.0 and math.isfinite(scene.shift):
        found.append(
            Finding(
                rule="large_charge_shift",
                severity=Severity.INFO,
                subject=subject,
                reported=f"{scene.shift:+.1f} eV",
                message="check that no part of the sample charges differently",
            )
        )
    return tuple(found)
