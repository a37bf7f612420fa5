"""The energy scale of the spectra to fit, as the command line declares it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.words import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry
    from xps.charge import ChargeReference
    from xps.envelope import Envelope

    Job = tuple[xr.Dataset, Envelope]

__all__ = ["referenced", "shifted"]


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
