"""The regions of one sample, fitted in the order in which they inform each other.

Gallium comes before sulfur: its 3s line lies under S 2p, and what Ga 2p or Ga 3p show says how
large it must be.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from references.words import Assessment, Finding, InputError, Severity

from .fit import Fit, fit
from .spectrum import acquisition_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from references.registry import Registry

    from .envelope import Component, Envelope
    from .estimate import Intervals

__all__ = ["RegionError", "elements_in", "find_region", "fit_sample", "samples_in"]

GA_3S_FROM_2P = 0.0527 * 2.63
"""Area of Ga 3s over Ga 2p3/2: cross-sections 1.1325 / 21.49 times the ratio of attenuation lengths
31.08 A / 11.81 A in Li6PS5Cl, at equal transmission."""
U_GA_3S_FROM_2P = 0.5
"""Its relative standard uncertainty: Ga 2p is seen through a layer 2.6 times thinner, so for a
coating this is a bound rather than a value."""


class RegionError(InputError):
    """A region that is not in the file: what was asked for, and what is there."""


def find_region(
    spectra: Sequence[xr.Dataset], core_level: str, *, sample: str = ""
) -> tuple[xr.Dataset, ...]:
    """Give the spectra whose label names a core level.

    Parameters
    ----------
    spectra : sequence of Dataset
        As read from a file.
    core_level : str
        For instance ``"S 2p"``; blanks and case do not matter, and ``"S 2p scan 3"`` matches.
    sample : str
        Only this sample, where given.

    Raises
    ------
    RegionError
        If there is none; the message lists what the file holds.
    """
    chosen = [s for s in spectra if not sample or s.attrs.get("sample") == sample]
    if not chosen:
        there = ", ".join(repr(name) for name in samples_in(spectra))
        raise RegionError(
            f"no sample {sample!r} in the file; it holds {there or 'no named sample'}"
        )
    wanted = _squeezed(core_level)
    found = [s for s in chosen if _names(str(s.attrs.get("region", "")), wanted)]
    if not found and len(chosen) == 1 and not chosen[0].attrs.get("region"):
        return tuple(chosen)
    if not found:
        there = ", ".join(dict.fromkeys(str(s.attrs.get("region", "?")) for s in chosen))
        raise RegionError(
            f"no region {core_level!r} in the file; it holds {there}: "
            "name one of these with --region"
        )
    return tuple(found)


def _squeezed(label: str) -> str:
    return "".join(label.split()).lower()


def _names(label: str, wanted: str) -> bool:
    squeezed = _squeezed(label)
    rest = squeezed.removeprefix(wanted)
    return squeezed.startswith(wanted) and not rest[:1].isdigit()


def samples_in(spectra: Sequence[xr.Dataset]) -> tuple[str, ...]:
    """Give the names of the samples in a file, in order."""
    return tuple(dict.fromkeys(str(s.attrs.get("sample", "")) for s in spectra))


def elements_in(spectra: Sequence[xr.Dataset]) -> tuple[str, ...]:
    """Give the elements that the regions' labels name, in order."""
    found: dict[str, None] = {}
    for spectrum in spectra:
        first = str(spectrum.attrs.get("region", "")).split()
        symbol = first[0].rstrip("0123456789spdf") if first else ""
        if symbol[:1].isupper() and symbol.isalpha() and len(symbol) <= 2:
            found[symbol] = None
    return tuple(found)


def fit_sample(
    jobs: Sequence[tuple[xr.Dataset, Envelope]],
    registry: Registry,
    *,
    intervals: Intervals = "auto",
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> tuple[Fit, ...]:
    """Fit the regions of one sample.

    Parameters
    ----------
    jobs : sequence of (Dataset, Envelope)
        Spectra with their recipes.
    registry : Registry
    intervals, seed
        As in :func:`xps.fit`.
    progress : callable
        Told each region when it begins.

    Returns
    -------
    tuple of Fit
        In the order of ``jobs``. An S 2p fit with Ga 3s in its model takes its size from Ga 2p
        where that was fitted, and says what each species would be without it.
    """
    done: dict[int, Fit] = {}
    for index in sorted(range(len(jobs)), key=lambda i: _has_gallium_3s(jobs[i][1])):
        spectrum, envelope = jobs[index]
        if progress is not None:
            progress(envelope.region)
        if not _has_gallium_3s(envelope):
            done[index] = fit(spectrum, envelope, registry=registry, intervals=intervals, seed=seed)
            continue
        informed = _with_gallium(envelope, spectrum, tuple(done.values()))
        with_it = fit(spectrum, informed, registry=registry, intervals=intervals, seed=seed)
        without = fit(
            spectrum, _without_gallium(informed), registry=registry, intervals=intervals, seed=seed
        )
        done[index] = replace(with_it, findings=(*with_it.findings, *_overlap(with_it, without)))
    return tuple(done[i] for i in range(len(jobs)))


def _has_gallium_3s(envelope: Envelope) -> bool:
    return any(c.core_level == "Ga 3s" and c.role == "overlap" for c in envelope.components)


def _with_gallium(envelope: Envelope, spectrum: xr.Dataset, fits: Sequence[Fit]) -> Envelope:
    """Give Ga 3s an area from Ga 2p of the same sample, as far as that can say."""
    time = acquisition_time(spectrum)
    source = next(
        (
            f
            for f in fits
            if f.assessment is Assessment.CONVERGED
            and any(line.line == "Ga 2p3/2" for line in f.lines)
            and f.lines[0].area_unit == "counts/s*eV"
        ),
        None,
    )
    if source is None or not np.isfinite(time):
        return envelope
    area = sum(line.area.value for line in source.lines if line.line == "Ga 2p3/2")
    expected = area * GA_3S_FROM_2P * time
    if expected <= 0:
        return envelope
    told = f"{expected!r} +- {U_GA_3S_FROM_2P * expected!r}"

    def informed(component: Component) -> Component:
        if component.core_level != "Ga 3s" or component.area != "":
            return component
        return component.model_copy(update={"area": told})

    return envelope.model_copy(
        update={"components": tuple(informed(c) for c in envelope.components)}
    )


def _without_gallium(envelope: Envelope) -> Envelope:
    kept = tuple(c for c in envelope.components if c.role == "species")
    return envelope.model_copy(update={"components": kept})


def _overlap(with_it: Fit, without: Fit) -> tuple[Finding, ...]:
    """Say what Ga 3s does to each species of the level."""
    bare = {row.subject: row.estimate for row in without.fractions}
    found: list[Finding] = []
    for row in with_it.fractions:
        other = bare.get(row.subject)
        if other is None:
            continue
        moved = row.estimate.value - other.value
        u = row.estimate.u or row.estimate.u_parts.total
        found.append(
            Finding(
                rule="overlap",
                severity=Severity.WARNING if u and abs(moved) > 2 * u else Severity.INFO,
                subject=f"{row.denominator} {row.subject}",
                reported=f"{100 * row.estimate.value:.2f} % with Ga 3s in the model",
                reference=f"{100 * other.value:.2f} % without",
                deviation=f"{100 * moved:+.2f} %",
                message=(
                    "Ga 3s lies under S 2p (160.7-161.0 eV); the fraction with it in the model is "
                    "the one to quote"
                ),
                sources=("schoen1973",),
            )
        )
    return tuple(found)
