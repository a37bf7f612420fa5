"""The verb: a survey spectrum -> its elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.element import not_an_element

from .amount import Sensitivity
from .charge import ChargeReference, by_shift
from .elements.amounts import amount_of, relative_u
from .elements.findings import findings_of
from .elements.identify import identify
from .elements.lines import out_of_sight, patterns
from .elements.overlaps import auger_parameters, overlaps
from .elements.peaks import excesses, find_peaks
from .elements.result import ElementFound, PeakLeft, Standing, Survey
from .elements.scale import shift_of
from .elements.scene import Scene
from .elements.trace import SurveyError, trace_of
from .elements.verdict import present, verdicts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry

    from .elements.trace import Trace

__all__ = ["HOUSE", "Standing", "Survey", "SurveyError", "survey"]

HOUSE = ("Li", "C", "N", "O", "F", "Na", "Si", "P", "S", "Cl", "Ga", "In")
"""Elements of a sulfide or halide electrolyte, its coating and its surface: one clear line shows
them, and each has a limit where it is not seen."""
EDGE = 8.0
"""Lines nearer to an end of the data than this [eV] have no background on one side."""
HARDLY_SEEN = 0.01
"""Limit of an atomic fraction above which an element may be there unseen."""


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
    >>> import numpy as np, xps
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
    sample, region = (str(spectrum.attrs.get(name, "")) for name in ("sample", "region"))
    there = [e for e in scene.found.values() if present(scene, e)]
    amounts = [amount_of(scene, e, registry, chosen) for e in there]
    listed = verdicts(scene, amounts, sample, relative_u(scene, registry, chosen))
    return Survey(
        sample=sample,
        region=region,
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
        findings=findings_of(scene, sample or region or "survey", left, established=bool(amounts)),
        energy=trace.energy + scene.shift,
        counts=trace.counts,
        unit="counts" if trace.counted else str(spectrum["intensity"].attrs.get("units", "")),
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
        unseen=out_of_sight(registry, trace.photon, sensitivity, span, expected),
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


def _worth_fitting(listed: Sequence[ElementFound]) -> tuple[str, ...]:
    """Elements that are there or may be; of the absent ones those a survey hardly sees, as Li."""
    return tuple(
        e.element
        for e in listed
        if e.standing != Standing.ABSENT
        or (e.row is not None and (e.row.estimate.high or 0.0) > HARDLY_SEEN)
    )
