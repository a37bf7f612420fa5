"""The energy scale of the spectra to fit, as the command line declares it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from references.words import Finding, InputError, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry
    from xps.charge import ChargeReference
    from xps.envelope import Envelope
    from xps.recipe import Charge, Scaled

    Job = tuple[xr.Dataset, Envelope]

__all__ = ["by_recipe", "overridden", "referenced", "scale_of", "shifted"]


def shifted(jobs: Sequence[Job], shift: float) -> list[Job]:
    """Add a given shift [eV] to each spectrum's scale."""
    import xps

    known = xps.by_shift(shift)
    return [(xps.calibrate(spectrum, known), envelope) for spectrum, envelope in jobs]


def referenced(
    jobs: Sequence[Job], spectra: Sequence[xr.Dataset], text: str, registry: Registry
) -> list[Job]:
    """Put a line at its known energy, for each sample that has a job.

    Parameters
    ----------
    jobs : sequence of (Dataset, Envelope)
    spectra : sequence of Dataset
        Where the reference line is looked for.
    text : str
        ``"C 1s:C-C"``.
    registry : Registry

    Raises
    ------
    InputError
        If the line is not known, not in the file, or cannot be fitted.
    """
    import xps

    level, _, species = (part.strip() for part in text.partition(":"))
    if not level or not species:
        raise InputError(
            f'--charge-reference {text!r}: expected LEVEL:SPECIES, for instance "C 1s:C-C"'
        )
    registry.line(level, species)  # known at all, before the file is searched for it
    found: dict[str, ChargeReference] = {}
    for name in dict.fromkeys(_sample(spectrum) for spectrum, _ in jobs):
        found[name] = _reference(spectra, name, level, species, registry)
    return [(xps.calibrate(s, found[_sample(s)]), envelope) for s, envelope in jobs]


def by_recipe(
    jobs: Sequence[Job], spectra: Sequence[xr.Dataset], recipe: Scaled, registry: Registry
) -> list[Job]:
    """Put each job on the scale that its recipe declares; where it declares none, nothing is done.

    Raises
    ------
    InputError
        If a reference line is not known, not in the file, or cannot be fitted.
    """
    import xps

    found: list[Job] = []
    lines: dict[tuple[str, str], Job] = {}
    for job in jobs:
        spectrum, envelope = job
        entry = recipe.charge_of(_sample(spectrum), str(spectrum.attrs.get("region", "")))
        if entry is None:
            found.append(job)
        elif entry.line:
            # One fit of the reference line serves all regions of a sample.
            key = (_sample(spectrum), entry.line)
            if key not in lines:
                lines[key] = referenced([job], spectra, entry.line, registry)[0]
            found.append((xps.calibrate(spectrum, _scale_in(lines[key][0])), envelope))
        else:
            found.append((xps.calibrate(spectrum, _given(entry)), envelope))
    return found


def _given(entry: Charge) -> ChargeReference:
    """A recipe's shift, with the words that it was first found by."""
    import xps

    assert entry.shift is not None
    known = xps.by_shift(entry.shift, math.nan if entry.u is None else entry.u)
    return replace(known, how=entry.reference) if entry.reference else known


def _scale_in(spectrum: xr.Dataset) -> ChargeReference:
    """The reference that a calibrated spectrum carries."""
    from xps.charge import ChargeReference

    return ChargeReference(
        shift=float(spectrum["charge_shift"]),
        u=float(spectrum["charge_shift_u"]),
        how=str(spectrum.attrs["charge_reference"]),
    )


def overridden(recipe: Scaled | None, option: str) -> tuple[Finding, ...]:
    """Say that an option took the place of the energy scale in the recipe."""
    if recipe is None or not recipe.charge:
        return ()
    note = Finding(
        rule="charge_overridden",
        severity=Severity.INFO,
        subject=option,
        message=(
            f"the energy scale is {option}'s; the recipe's charge section was not used, and the "
            "recipe written beside this result holds the new one"
        ),
    )
    return (note,)


def scale_of(jobs: Sequence[Job]) -> tuple[Charge, ...]:
    """Give the charge section that puts each job's spectrum where it stands.

    One entry where all agree, else one a sample, else one a region of a sample.
    """
    declared = [(_sample(s), str(s.attrs.get("region", "")), _entry(s)) for s, _ in jobs]
    found: dict[tuple[str, str], Charge | None] = {}
    for named in (0, 1, 2):
        found = {}
        keyed = [
            ((sample if named > 0 else "", region if named > 1 else ""), entry)
            for sample, region, entry in declared
        ]
        if all(found.setdefault(key, entry) == entry for key, entry in keyed):
            break
    return tuple(
        entry.model_copy(update={"sample": sample, "region": region})
        for (sample, region), entry in found.items()
        if entry is not None
    )


def _entry(spectrum: xr.Dataset) -> Charge | None:
    """The scale of one spectrum; none where no reference was declared."""
    from xps.recipe import Charge

    if not spectrum.attrs.get("charge_reference"):
        return None
    known = _scale_in(spectrum)
    u = known.u if math.isfinite(known.u) else None
    return Charge(shift=known.shift, u=u, reference=known.how)


def _reference(
    spectra: Sequence[xr.Dataset], sample: str, level: str, species: str, registry: Registry
) -> ChargeReference:
    from xps.charge import reference_line
    from xps.sample import RegionError, find_region

    try:
        (spectrum, *_) = find_region(spectra, level, sample=sample)
    except RegionError:
        there = ", ".join(
            dict.fromkeys(
                str(s.attrs.get("region", "")) or "a region without a name"
                for s in spectra
                if _sample(s) == sample
            )
        )
        whose = f" of sample {sample!r}" if sample else ""
        raise RegionError(
            f"the charge reference {level}{whose} is not in the file; it holds {there}: "
            "name one of these lines, or give --charge-shift"
        ) from None
    return reference_line(spectrum, level, species, registry)


def _sample(spectrum: xr.Dataset) -> str:
    return str(spectrum.attrs.get("sample", ""))
